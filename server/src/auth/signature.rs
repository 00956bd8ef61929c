//! ECDSA on P-256 by aws-lc. Of the two signatures that fit a message only the one with the low S counts, so that a
//! signature is one string of bytes and can stand for what it signs.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey};
use dossier::ids::{PublicKey, Signature};

/// Order of the group (SEC 2, secp256r1).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// Whether the signature fits; one with a high S does not.
pub(crate) fn verify(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
    signature.has_low_s() && verify_either(key, message, signature)
}

/// Ed25519, as checkpoints are signed.
pub(crate) fn verify_ed25519(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok()
}

/// The same for JWS, where RFC 7518 knows no low S and nothing is named by a signature's bytes.
pub(crate) fn verify_either(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.sec1());
    key.verify(message, signature.bytes()).is_ok()
}

/// The low one of the two signatures that say the same.
pub(crate) fn low_s(signature: Signature) -> Signature {
    if signature.has_low_s() { signature } else { other(signature) }
}

/// The other one of the two signatures that say the same: S taken from the order of the group.
pub(crate) fn other(mut signature: Signature) -> Signature {
    let mut borrow = 0i16;
    for i in (0..32).rev() {
        let difference = i16::from(ORDER[i]) - i16::from(signature.0[32 + i]) - borrow;
        borrow = i16::from(difference < 0);
        signature.0[32 + i] = (difference + 256 * borrow) as u8;
    }
    signature
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};

    #[test]
    fn of_two_signatures_that_fit_only_the_low_one_counts() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let key = PublicKey::try_from(&pair.public_key().as_ref()[1..]).unwrap();
        let mut high = 0;
        for _ in 0..40 {
            let raw = pair.sign(&SystemRandom::new(), b"text").unwrap();
            let raw = Signature::try_from(raw.as_ref()).unwrap();
            assert!(verify_either(&key, b"text", &raw) && verify(&key, b"text", &low_s(raw)));
            high += usize::from(!verify(&key, b"text", &raw));
            assert!(!verify(&key, b"other", &low_s(raw)));
        }
        assert!(high > 0, "half of all signatures are high");
    }
}
