//! The key that signs the log's checkpoints: Ed25519, as C2SP's signed notes ask. It is published as a note verifier key
//! (`dossier::log::LogKey`) and has no successor: who knows a log knows it by its key.

use super::KeysError;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use std::path::Path;

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

#[cfg(test)]
mod tests {
    use super::*;

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
