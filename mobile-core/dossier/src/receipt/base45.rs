//! Base45 (RFC 9285): two bytes as three characters of those that a QR code's alphanumeric mode holds.

const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(2) * 3);
    let mut push = |mut value: usize, characters: usize| {
        for _ in 0..characters {
            text.push(char::from(ALPHABET[value % 45]));
            value /= 45;
        }
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    for pair in pairs {
        push(usize::from(u16::from_be_bytes(*pair)), 3);
    }
    for byte in rest {
        push(usize::from(*byte), 2);
    }
    text
}

/// `None` for a character outside the alphabet, a group that is too large for its bytes, or one of a single character.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 3 * 2 + 1);
    for group in text.as_bytes().chunks(3) {
        let mut value = 0_u32;
        for character in group.iter().rev() {
            value = value * 45 + ALPHABET.iter().position(|a| a == character)? as u32;
        }
        match group.len() {
            3 => bytes.extend(u16::try_from(value).ok()?.to_be_bytes()),
            2 => bytes.push(u8::try_from(value).ok()?),
            _ => return None,
        }
    }
    Some(bytes)
}
