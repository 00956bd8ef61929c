//! What a typed text becomes before it is a value: one spelling of each letter, and nothing that cannot be seen. And
//! whether a text holds anything to read at all.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;

const NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfc();
/// What class a mark has among those of one letter; 0 for what stands alone.
const MARKS: CanonicalCombiningClassMapBorrowed<'static> = CanonicalCombiningClassMapBorrowed::new();

/// NFC, so that two keyboards write the same "ế"; lines end with a newline, other spacing controls (a tab from a table)
/// are a space, so that no two words become one. Other control characters go, and so does what is drawn as nothing:
/// a name must not be stored otherwise than it reads (UAX #9, CVE-2021-42574), nor differ from its like unseen.
pub fn clean(text: &str) -> String {
    let lines = text.replace("\r\n", "\n");
    NFC.normalize_iter(lines.chars().filter_map(cleaned)).collect()
}

/// The same for a text of one line: what would begin another is a space.
pub fn clean_line(text: &str) -> String {
    clean(text).replace('\n', " ")
}

/// Whether a text shows anything: not only spaces, marks without a letter, or characters that are drawn as nothing.
pub fn is_readable(text: &str) -> bool {
    let blank = |c: char| c.is_whitespace() || c.is_control() || is_unseen(c) || MARKS.get_u8(c) != 0;
    // The empty Braille pattern is a symbol by its category and blank by its looks.
    text.chars().any(|c| !blank(c) && c != '\u{2800}')
}

/// Bidi_Control (PropList.txt): what turns the order in which a text is read, so that it reads otherwise than it is.
pub fn is_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn cleaned(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        '\t' => Some(' '),
        // Joiners and variation selectors shape the letters and pictures beside them.
        '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => Some(c),
        // So do the tags that tell some flags apart, and the fillers and vowel marks that belong to a script.
        '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{e0020}'..='\u{e007f}' => {
            Some(c)
        }
        _ if c.is_control() || is_unseen(c) => None,
        _ => Some(c),
    }
}

/// Default_Ignorable_Code_Point (DerivedCoreProperties.txt, Unicode 17): drawn as nothing where it stands alone. The list
/// is stable: code points that are set aside for the future already have the property.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decomposed_letters_become_one() {
        assert_eq!(clean("Nguye\u{302}\u{303}n Thi\u{323}"), "Nguyễn Thị");
    }

    #[test]
    fn what_cannot_be_seen_is_taken_out_and_lines_stay() {
        assert_eq!(clean("a\u{202e}b\u{2066}c\u{2069}\u{0}\u{7}\u{7f}d"), "abcd");
        assert_eq!(clean("Ng\u{200b}uy\u{ad}ễn\u{feff}\u{2060}\u{200f}"), "Nguyễn");
        assert_eq!(clean("một\r\nhai\rba\nbốn\u{2028}năm"), "một\nhai\nba\nbốn\nnăm");
        assert_eq!(clean("👨\u{200d}👩❤\u{fe0f}"), "👨\u{200d}👩❤\u{fe0f}", "what shapes a picture stays");
    }

    #[test]
    fn no_two_words_become_one() {
        assert_eq!(clean("Số 1\tđường Ví Dụ"), "Số 1 đường Ví Dụ");
        assert_eq!(clean_line("Số 1\r\nđường\u{85}Ví Dụ"), "Số 1 đường Ví Dụ");
    }

    #[test]
    fn cleaning_twice_is_cleaning_once() {
        // A mark that a hidden character kept apart from its letter joins it only after that character is gone.
        for text in ["e\u{202e}\u{301}", "Đặng", "\u{1112}\u{2066}\u{1161}", "a\t\u{85}b", ""] {
            let once = clean(text);
            assert_eq!(clean(&once), once);
            assert_eq!(clean_line(&clean_line(text)), clean_line(text));
        }
    }

    #[test]
    fn what_is_drawn_as_nothing_is_nothing_to_read() {
        let blank = [
            "",
            " \t\n",
            "\u{a0}\u{3000}",
            "\u{200b}",
            "\u{2060}",
            "\u{feff}",
            "\u{200e}\u{200f}",
            "\u{ad}",
            "\u{fe0f}",
            "\u{e0100}",
            "\u{3164}",
            "\u{115f}",
            "\u{34f}",
            "\u{61c}",
            "\u{180e}",
            "\u{2800}",
            "\u{301}",
            "\u{200d} \u{200c}",
            "\u{0}\u{7f}",
            "\u{e0041}",
        ];
        for text in blank {
            assert!(!is_readable(text), "{text:?}");
        }
        for text in ["a", "\u{200b}Ế", "1", "?", "漢", "👍", "-"] {
            assert!(is_readable(text), "{text:?}");
        }
    }
}
