//! The device's key, behind a trait: on a phone the hardware makes and keeps it, and it never leaves.

#[cfg(feature = "file-key")]
mod file;
#[cfg(feature = "file-key")]
pub use file::FileKey;

use dossier::ids::{PublicKey, Signature};
use p256::ecdsa::signature::Verifier;

/// One P-256 key for an installation and account, and the key that the account's file is sealed with.
pub trait KeyStore: Send + Sync {
    /// The key that servers know this device by.
    fn public_key(&self) -> Result<PublicKey, KeyError>;
    /// ECDSA over SHA-256 of the message.
    fn sign(&self, message: &[u8]) -> Result<Signature, KeyError>;
    /// 32 bytes that stay the same as long as the account is on this device.
    fn storage_key(&self) -> Result<[u8; 32], KeyError>;
}

/// The key store could not do it: locked, taken away by the system, or broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// The owner has to unlock the device or confirm.
    Locked,
    /// The key is gone (a new fingerprint, a reset): the account must be enrolled anew.
    Gone,
    Failed(String),
}

impl std::fmt::Display for KeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Locked => f.write_str("the key store is locked"),
            Self::Gone => f.write_str("the key is gone"),
            Self::Failed(why) => write!(f, "the key store failed: {why}"),
        }
    }
}
impl std::error::Error for KeyError {}

/// Signs with the device's key. Hardware may answer with a high S, which verifiers here refuse; (r, −s) is the same
/// signature.
pub(crate) fn sign(keys: &dyn KeyStore, message: &[u8]) -> Result<Signature, KeyError> {
    let signature = keys.sign(message)?;
    let parsed = p256::ecdsa::Signature::from_slice(signature.bytes())
        .map_err(|_| KeyError::Failed("it answered with no signature".into()))?;
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
        fn public_key(&self) -> Result<PublicKey, KeyError> {
            Ok(public_of(&self.0))
        }
        fn sign(&self, message: &[u8]) -> Result<Signature, KeyError> {
            use p256::ecdsa::signature::Signer;
            let low: p256::ecdsa::Signature = self.0.sign(message);
            let low = low.normalize_s();
            let (r, s) = (low.r(), low.s());
            let high = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
            Ok(Signature(high.to_bytes().into()))
        }
        fn storage_key(&self) -> Result<[u8; 32], KeyError> {
            Err(KeyError::Gone)
        }
    }

    fn public_of(key: &p256::ecdsa::SigningKey) -> PublicKey {
        PublicKey(key.verifying_key().to_sec1_point(false).as_bytes()[1..].try_into().unwrap())
    }

    #[test]
    fn a_high_s_from_hardware_is_made_low_and_a_high_one_is_refused() {
        let keys = HighS(p256::ecdsa::SigningKey::from_slice(&[9; 32]).unwrap());
        let public = keys.public_key().unwrap();
        assert!(verify(&public, b"m", &sign(&keys, b"m").unwrap()));
        assert!(!verify(&public, b"m", &keys.sign(b"m").unwrap()));
        assert!(!verify(&public, b"other", &sign(&keys, b"m").unwrap()));
    }
}
