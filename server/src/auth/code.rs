//! Single-use codes that enrol a device: 16 characters of Crockford's base 32, 80 bits, written in groups of four.

use crate::seal::random;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

pub(crate) fn make() -> String {
    let bytes: [u8; 16] = random();
    let code: Vec<char> = bytes.iter().map(|b| char::from(ALPHABET[usize::from(b & 31)])).collect();
    code.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// The code in its one spelling, out of what people type.
pub(crate) fn normal(typed: &str) -> String {
    let upper = typed.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_uppercase());
    upper
        .map(|c| {
            if c == 'O' {
                '0'
            } else if matches!(c, 'I' | 'L') {
                '1'
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_taken_as_people_type_it() {
        let code = make();
        assert_eq!(code.len(), 19);
        assert_eq!(normal(&code.to_lowercase().replace('-', " ").replace('0', "o")), normal(&code));
    }
}
