//! Sealing of values: XChaCha20-Poly1305 under the storage key, bound to kind and id, so that no value can be moved to
//! another place. A sealed value is 24 random nonce bytes, then the ciphertext with its tag.

use super::{Kind, StorageError};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

const NONCE: usize = 24;

pub(super) struct Seal(XChaCha20Poly1305);

impl Seal {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(&Key::from(*key)))
    }

    pub(super) fn seal(&self, kind: Kind, id: &[u8], value: &[u8]) -> Result<Vec<u8>, StorageError> {
        let nonce: [u8; NONCE] = crate::random::bytes().map_err(std::io::Error::other)?;
        let mut sealed = nonce.to_vec();
        let payload = Payload { msg: value, aad: &bound_to(kind, id) };
        let secret = self.0.encrypt(&XNonce::from(nonce), payload);
        // The cipher's own limit is 256 GiB; no value of ours comes near.
        sealed.extend(secret.map_err(|_| StorageError::Damaged(name(kind, id)))?);
        Ok(sealed)
    }

    pub(super) fn open(&self, kind: Kind, id: &[u8], sealed: &[u8]) -> Result<Vec<u8>, StorageError> {
        let damaged = || StorageError::Damaged(name(kind, id));
        let (nonce, secret) = sealed.split_first_chunk::<NONCE>().ok_or_else(damaged)?;
        let payload = Payload { msg: secret, aad: &bound_to(kind, id) };
        self.0.decrypt(&XNonce::from(*nonce), payload).map_err(|_| damaged())
    }
}

fn bound_to(kind: Kind, id: &[u8]) -> Vec<u8> {
    [kind.name().as_bytes(), b"\0", id].concat()
}

/// How an error names a value: kind and id, which are no personal data.
fn name(kind: Kind, id: &[u8]) -> String {
    let id: String = match std::str::from_utf8(id) {
        Ok(text) if kind == Kind::Meta => text.to_owned(),
        _ => id.iter().map(|b| format!("{b:02x}")).collect(),
    };
    format!("{}/{id}", kind.name())
}
