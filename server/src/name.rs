//! A person's name as it is kept.

use dossier::procedure::clean;

/// Of a person's name, in characters; the longest that civil registers print is far below.
const NAME_MAX: usize = 200;

/// In NFC, so that two keyboards write the same name, without spaces around it. What nobody can see in a name (control and
/// direction characters) is refused, not taken out: it was not typed by chance.
pub(crate) fn named(text: &str) -> Result<String, String> {
    let hidden = |c: char| c == '\n' || clean(&c.to_string()).is_empty() || "\u{61c}\u{200e}\u{200f}".contains(c);
    if text.chars().any(hidden) {
        return Err("it holds control or direction characters".into());
    }
    let name = clean(text.trim());
    match name.chars().count() {
        1..=NAME_MAX => Ok(name),
        0 => Err("it is empty".into()),
        count => Err(format!("it has {count} characters; a name has at most {NAME_MAX}")),
    }
}

/// Whether two spellings are the same name: registers print names in capitals.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    let folded = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    folded(one) == folded(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_1_to_200_characters_that_can_be_seen() {
        assert_eq!(named("  Nguye\u{302}\u{303}n Thi\u{323} Lan "), Ok("Nguyễn Thị Lan".to_owned()));
        assert_eq!(named(&"ế".repeat(NAME_MAX)), Ok("ế".repeat(NAME_MAX)));
        for bad in ["", "   ", "\u{202e}Lan", "La\u{2066}n", "La\u{200f}n", "La\nn", "La\0n", "\u{85}"] {
            assert!(named(bad).is_err(), "{bad:?}");
        }
        assert!(named(&"e".repeat(NAME_MAX + 1)).unwrap_err().contains("201"));
    }

    #[test]
    fn capitals_and_spaces_make_no_other_name_and_marks_do() {
        assert!(is_same("NGUYỄN  VĂN ĐỨC", "Nguyễn Văn Đức"));
        for other in ["Nguyên Văn Đức", "Nguyễn Văn Duc", "Nguyễn Văn"] {
            assert!(!is_same("Nguyễn Văn Đức", other), "{other}");
        }
    }
}
