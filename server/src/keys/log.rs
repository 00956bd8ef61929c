//! The key that signs the log's checkpoints: Ed25519, as C2SP's signed notes ask. It is published as a note verifier key,
//! `name+id+base64`, and has no successor: who knows a log knows it by its key.

use super::KeysError;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dossier::ids::ServerId;
use std::path::Path;

/// C2SP signed-note: the type of an Ed25519 key.
const ED25519: u8 = 1;

pub(super) struct LogKey {
    pair: Ed25519KeyPair,
    public: [u8; 32],
}

impl LogKey {
    /// From its seed, as it lies in its file.
    pub(super) fn read(path: &Path, seed: &[u8]) -> Result<Self, KeysError> {
        let bad = || KeysError::Bad(path.into());
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| bad())?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| bad())?;
        Ok(Self { pair, public })
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signature = self.pair.sign(message);
        signature.as_ref().try_into().expect("an Ed25519 signature has 64 bytes")
    }

    pub(super) fn public(&self) -> [u8; 32] {
        self.public
    }
}

/// The log's name: what stands first in its checkpoints and in its verifier key.
pub(crate) fn log_name(server: &ServerId) -> String {
    format!("hoso/{server}")
}

/// First four bytes of SHA-256 over name, newline, type and key: what a note's signature line begins with.
pub(crate) fn key_id(name: &str, public: &[u8; 32]) -> [u8; 4] {
    let hash = digest(&SHA256, &[name.as_bytes(), b"\n", &[ED25519], public].concat());
    let mut id = [0; 4];
    id.copy_from_slice(&hash.as_ref()[..4]);
    id
}

/// A verifier key (C2SP signed-note, "vkey").
pub(crate) fn verifier_key(name: &str, public: &[u8; 32]) -> String {
    let id = hex::encode(key_id(name, public));
    format!("{name}+{id}+{}", STANDARD.encode([&[ED25519], public.as_slice()].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_key_is_as_other_programs_write_it() {
        // The example of Go's golang.org/x/mod/sumdb/note.
        let known = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let bytes = STANDARD.decode(known.rsplit_once('+').unwrap().1).unwrap();
        assert_eq!(verifier_key("PeterNeumann", bytes[1..].try_into().unwrap()), known);
    }

    #[test]
    fn a_signature_is_as_rfc_8032_has_it() {
        // RFC 8032 §7.1, test 2.
        let seed = hex::decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").unwrap();
        let key = LogKey::read(Path::new("log.key"), &seed).unwrap();
        assert_eq!(hex::encode(key.public()), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        let signature = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        assert_eq!(hex::encode(key.sign(&[0x72])), signature);
        assert!(LogKey::read(Path::new("log.key"), &seed[1..]).is_err());
    }
}
