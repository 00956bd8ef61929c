//! Proofs of possession (RFC 9449): each request shows that whoever sends the token also holds the device's key.

use crate::error::Error;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dossier::ids::{PublicKey, Signature};
use dossier::time::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};

/// What a proof is for.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    /// Without query and fragment (RFC 9449 §4.2).
    pub(crate) url: &'a str,
    pub(crate) token: &'a str,
    pub(crate) nonce: Option<&'a str>,
    pub(crate) now: Timestamp,
    pub(crate) id: [u8; 16],
}

/// A `DPoP` header's value, of a device with this key.
pub(crate) fn proof(
    key: &PublicKey,
    sign: impl FnOnce(&[u8]) -> Result<Signature, Error>,
    asked: &Asked<'_>,
) -> Result<String, Error> {
    let (x, y) = key.bytes().split_at(32);
    let header = json!({
        "typ": "dpop+jwt",
        "alg": "ES256",
        "jwk": { "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y) },
    });
    let mut claims = json!({
        "jti": text(&asked.id),
        "htm": asked.method,
        "htu": asked.url.split(['?', '#']).next().unwrap_or_default(),
        "iat": asked.now.0.div_euclid(1000),
        "ath": text(&Sha256::digest(asked.token.as_bytes())),
    });
    if let Some(nonce) = asked.nonce {
        claims["nonce"] = nonce.into();
    }
    let signed = format!("{}.{}", text(header.to_string().as_bytes()), text(claims.to_string().as_bytes()));
    let signature = sign(signed.as_bytes())?;
    Ok(format!("{signed}.{}", text(signature.bytes())))
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(all(test, feature = "file-key"))]
mod tests {
    use super::*;
    use crate::keys::{self, FileKey, verify};

    #[test]
    fn a_proof_names_method_address_token_and_nonce_and_verifies() {
        let dir = tempfile::tempdir().unwrap();
        let keys = FileKey::open(&dir.path().join("a.pem")).unwrap();
        let asked = Asked {
            method: "POST",
            url: "http://h/v1/sync?x=1",
            token: "t",
            nonce: Some("n"),
            now: Timestamp(1_795_397_400_999),
            id: [1; 16],
        };
        let public_key = keys::public_key(&keys).unwrap();
        let proof = proof(&public_key, |message| Ok(keys::sign(&keys, message)?), &asked).unwrap();
        let (signed, signature) = proof.rsplit_once('.').unwrap();
        let signature = Signature::try_from(URL_SAFE_NO_PAD.decode(signature).unwrap().as_slice()).unwrap();
        assert!(verify(&public_key, signed.as_bytes(), &signature));

        let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.').unwrap().1).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        // RFC 9449 §4.3: ath is the hash of the token; SHA-256("t") in base64url.
        let ath = URL_SAFE_NO_PAD.encode(Sha256::digest(b"t"));
        let expected = json!({"jti": "AQEBAQEBAQEBAQEBAQEBAQ", "htm": "POST", "htu": "http://h/v1/sync",
            "iat": 1_795_397_400, "ath": ath, "nonce": "n"});
        assert_eq!(claims, expected);
    }
}
