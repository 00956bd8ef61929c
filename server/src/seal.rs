//! Sealing what is stored: XChaCha20-Poly1305 with a random nonce in front. The associated data says what the bytes are
//! and where they belong, so that a sealed value moved to another row, table or dossier does not open.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

const NONCE: usize = 24;

/// A key that seals: the store key, or a dossier's data key.
#[derive(Clone)]
pub(crate) struct Seal(XChaCha20Poly1305);

/// What a sealed value is and whose: kind, the dossier or person it belongs to, its row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub kind: &'static str,
    pub owner: &'a [u8],
    pub row: &'a [u8],
}

/// The bytes do not open here: another key, another place, or altered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable(pub &'static str);

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a sealed {} does not open", self.0)
    }
}
impl std::error::Error for Unreadable {}

impl Seal {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    pub(crate) fn seal(&self, place: Place<'_>, plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE] = random();
        let aad = place.bytes();
        let sealed = self.0.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &aad });
        let sealed = sealed.expect("encryption fails only above 256 GiB");
        [nonce.as_slice(), &sealed].concat()
    }

    pub(crate) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, Unreadable> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE>().ok_or(Unreadable(place.kind))?;
        let aad = place.bytes();
        self.0.decrypt(&XNonce::from(*nonce), Payload { msg: body, aad: &aad }).map_err(|_| Unreadable(place.kind))
    }
}

impl Place<'_> {
    /// Lengths stand before the parts, so that no two places have the same bytes.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.kind.len() + self.owner.len() + self.row.len() + 6);
        for part in [self.kind.as_bytes(), self.owner, self.row] {
            bytes.extend_from_slice(&(part.len() as u16).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }
}

/// Random bytes of the operating system. Without them nothing here is safe, so there is no going on.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Place<'static> = Place { kind: "event", owner: b"dossier", row: b"1" };

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let seal = Seal::new(&[7; 32]);
        let sealed = seal.seal(HERE, b"text");
        assert_eq!(seal.open(HERE, &sealed).unwrap(), b"text");
        for elsewhere in [
            Place { kind: "frozen", ..HERE },
            Place { owner: b"another", ..HERE },
            Place { row: b"2", ..HERE },
            Place { owner: b"dossier1", row: b"", ..HERE },
        ] {
            assert_eq!(seal.open(elsewhere, &sealed), Err(Unreadable(elsewhere.kind)));
        }
        assert!(Seal::new(&[8; 32]).open(HERE, &sealed).is_err());
    }

    #[test]
    fn altered_or_short_bytes_do_not_open() {
        let seal = Seal::new(&[7; 32]);
        let mut sealed = seal.seal(HERE, b"text");
        assert!(seal.open(HERE, &sealed[..20]).is_err());
        *sealed.last_mut().unwrap() ^= 1;
        assert!(seal.open(HERE, &sealed).is_err());
    }
}
