//! What a typed text becomes before it is a value: one spelling of each letter, and nothing that cannot be seen.

use unicode_normalization::UnicodeNormalization;

/// NFC, so that two keyboards write the same "ế"; without control characters except the newline, and without the bidi
/// embeddings, overrides and isolates that make a name read otherwise than it is stored (UAX #9, CVE-2021-42574).
pub fn clean(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    lines.chars().filter(|c| *c == '\n' || !(c.is_control() || is_bidi_control(*c))).nfc().collect()
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
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
        assert_eq!(clean("a\u{202e}b\u{2066}c\u{2069}\u{0}\u{7}\u{7f}\u{85}\td"), "abcd");
        assert_eq!(clean("một\r\nhai\rba\nbốn"), "một\nhai\nba\nbốn");
    }

    #[test]
    fn cleaning_twice_is_cleaning_once() {
        // A mark that a hidden character kept apart from its letter joins it only after that character is gone.
        for text in ["e\u{202e}\u{301}", "Đặng", "\u{1112}\u{2066}\u{1161}", ""] {
            let once = clean(text);
            assert_eq!(clean(&once), once);
        }
    }
}
