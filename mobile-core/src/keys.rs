//! The device's key, behind a trait: on a phone the hardware makes and keeps it, and it never leaves.

#[cfg(feature = "file-key")]
mod file;
#[cfg(feature = "file-key")]
pub use file::FileKey;

use dossier::ids::{PublicKey, Signature};
use p256::ecdsa::signature::Verifier;

/// One P-256 key for an installation and account, and the key that the account's file is sealed with. All of it is plain
/// bytes, so that an app needs no type of ours to answer; they are measured where they come in.
pub trait KeyStore: Send + Sync {
    /// The key that servers know this device by: x and y, 32 bytes each.
    fn public_key(&self) -> Result<Vec<u8>, KeyError>;
    /// ECDSA over SHA-256 of the message: r and s, 32 bytes each.
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, KeyError>;
    /// 32 bytes that stay the same as long as the account is on this device.
    fn storage_key(&self) -> Result<Vec<u8>, KeyError>;
    /// Deletes both keys for good, because this device was reported lost: they are asked for no more, and whoever opens the
    /// account next finds new ones. Called again after a crash; keys that are gone are no failure.
    fn forget(&self) -> Result<(), KeyError>;
}

/// The key store could not do it: locked, taken away by the system, or broken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Error))]
pub enum KeyError {
    /// The owner has to unlock the device or confirm.
    Locked,
    /// The key is gone (a new fingerprint, a reset): the account must be enrolled anew.
    Gone,
    /// It is broken, or the app's part of it threw.
    Failed {
        /// For a log.
        reason: String,
    },
}

impl std::fmt::Display for KeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Locked => f.write_str("the key store is locked"),
            Self::Gone => f.write_str("the key is gone"),
            Self::Failed { reason } => write!(f, "the key store failed: {reason}"),
        }
    }
}
impl std::error::Error for KeyError {}

pub(crate) fn public_key(keys: &dyn KeyStore) -> Result<PublicKey, KeyError> {
    let bytes = keys.public_key()?;
    PublicKey::try_from(bytes.as_slice())
        .map_err(|_| KeyError::Failed { reason: "it answered with no public key".into() })
}

pub(crate) fn storage_key(keys: &dyn KeyStore) -> Result<[u8; 32], KeyError> {
    let bytes = keys.storage_key()?;
    bytes.try_into().map_err(|_| KeyError::Failed { reason: "it answered with no storage key".into() })
}

/// Signs with the device's key. Hardware may answer with a high S, which verifiers here refuse; (r, −s) is the same
/// signature.
pub(crate) fn sign(keys: &dyn KeyStore, message: &[u8]) -> Result<Signature, KeyError> {
    let signature = keys.sign(message.to_vec())?;
    let parsed = p256::ecdsa::Signature::from_slice(&signature)
        .map_err(|_| KeyError::Failed { reason: "it answered with no signature".into() })?;
    let bytes: [u8; 64] = parsed.normalize_s().to_bytes().into();
    Ok(Signature(bytes))
}

/// Verifies on the phone; a high S is refused, so that a signature has one spelling.
pub(crate) fn verify(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
    let Ok(key) = p256::ecdsa::VerifyingKey::from_sec1_bytes(&key.sec1()) else { return false };
    let Ok(parsed) = p256::ecdsa::Signature::from_slice(signature.bytes()) else { return false };
    parsed.normalize_s() == parsed && key.verify(message, &parsed).is_ok()
}

/// Verifies a checkpoint of the log, strictly: one key, one message, one signature.
pub(crate) fn verify_ed25519(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let signature = ed25519_dalek::Signature::from_bytes(signature);
    ed25519_dalek::VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct HighS(p256::ecdsa::SigningKey);

    impl KeyStore for HighS {
        fn public_key(&self) -> Result<Vec<u8>, KeyError> {
            Ok(self.0.verifying_key().to_sec1_point(false).as_bytes()[1..].to_vec())
        }
        fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, KeyError> {
            use p256::ecdsa::signature::Signer;
            let low: p256::ecdsa::Signature = self.0.sign(&message);
            let low = low.normalize_s();
            let (r, s) = (low.r(), low.s());
            let high = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
            Ok(high.to_bytes().to_vec())
        }
        fn storage_key(&self) -> Result<Vec<u8>, KeyError> {
            Err(KeyError::Gone)
        }
        fn forget(&self) -> Result<(), KeyError> {
            Err(KeyError::Gone)
        }
    }

    /// Answers with so many bytes, whatever it is asked for.
    struct Short(usize);

    impl KeyStore for Short {
        fn public_key(&self) -> Result<Vec<u8>, KeyError> {
            Ok(vec![1; self.0])
        }
        fn sign(&self, _: Vec<u8>) -> Result<Vec<u8>, KeyError> {
            Ok(vec![1; self.0])
        }
        fn storage_key(&self) -> Result<Vec<u8>, KeyError> {
            Ok(vec![1; self.0])
        }
        fn forget(&self) -> Result<(), KeyError> {
            Ok(())
        }
    }

    #[test]
    fn a_high_s_from_hardware_is_made_low_and_a_high_one_is_refused() {
        let keys = HighS(p256::ecdsa::SigningKey::from_slice(&[9; 32]).unwrap());
        let public = public_key(&keys).unwrap();
        let high = Signature::try_from(keys.sign(b"m".to_vec()).unwrap().as_slice()).unwrap();
        assert!(verify(&public, b"m", &sign(&keys, b"m").unwrap()));
        assert!(!verify(&public, b"m", &high));
        assert!(!verify(&public, b"other", &sign(&keys, b"m").unwrap()));
    }

    #[test]
    fn an_answer_of_another_length_is_a_key_store_that_failed() {
        let right = Short(32);
        assert_eq!(storage_key(&right), Ok([1; 32]));
        for wrong in [0, 31, 33, 63, 65] {
            let keys = Short(wrong);
            assert!(matches!(public_key(&keys), Err(KeyError::Failed { .. })), "{wrong}");
            assert!(matches!(sign(&keys, b"m"), Err(KeyError::Failed { .. })), "{wrong}");
            assert!(matches!(storage_key(&keys), Err(KeyError::Failed { .. })), "{wrong}");
        }
    }
}
