//! Proofs that a caller holds a device's key (DPoP, RFC 9449): a JWS over method, address, token and a nonce of ours. The
//! phone's clock is not asked: the nonce says when.

use super::nonce;
use super::signature::verify_either;
use crate::address::Address;
use crate::keys::Keys;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dossier::ids::{PublicKey, Signature};
use dossier::time::Timestamp;
use serde::Deserialize;

/// Of a proof in bytes; ours have some 600.
const SIZE_MAX: usize = 4 * 1024;
/// Of its id in characters.
const ID_MAX: usize = 64;

/// The request that a proof must be for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub method: &'a str,
    /// Where the request came in.
    pub address: &'a Address,
    pub path: &'a str,
    /// The token that came with it.
    pub token: &'a str,
}

/// What a proof shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proven {
    pub key: PublicKey,
    pub id: String,
    /// Of its nonce.
    pub minute: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadProof {
    /// The proof is right, but its nonce is missing or old: ask again with a new one.
    Nonce,
    Wrong(&'static str),
}

/// Exactly these: what else a JWS header may hold names other keys, or changes how it is to be read (RFC 7515 §4.1).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    jwk: Jwk,
}

/// A public key and nothing else: a client that sends more of it sends a private one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
}

#[derive(Deserialize)]
struct Claims {
    htm: String,
    htu: String,
    jti: String,
    /// A number, and not believed.
    #[serde(rename = "iat")]
    _iat: f64,
    nonce: Option<String>,
    ath: Option<String>,
}

/// Checks a proof. Whether it comes for the first time is another matter (`Replays`).
pub(crate) fn check(keys: &Keys, now: Timestamp, proof: &str, asked: Asked<'_>) -> Result<Proven, BadProof> {
    if proof.len() > SIZE_MAX {
        return Err(BadProof::Wrong("size"));
    }
    let mut parts = proof.split('.');
    let (Some(head), Some(body), Some(sig), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(BadProof::Wrong("shape"));
    };
    let header: Header = read(head)?;
    if header.typ != "dpop+jwt" || header.alg != "ES256" {
        return Err(BadProof::Wrong("type or algorithm"));
    }
    let key = key_of(&header.jwk)?;
    let signature = bytes(sig)?.as_slice().try_into().map_err(|_| BadProof::Wrong("signature"))?;
    let signed = &proof.as_bytes()[..head.len() + 1 + body.len()];
    if !verify_either(&key, signed, &Signature(signature)) {
        return Err(BadProof::Wrong("signature"));
    }
    let claims: Claims = read(body)?;
    if claims.htm != asked.method || !asked.address.is_named(&claims.htu, asked.path) {
        return Err(BadProof::Wrong("for another request"));
    }
    if claims.ath != Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, asked.token.as_bytes()))) {
        return Err(BadProof::Wrong("for another token"));
    }
    if !(1..=ID_MAX).contains(&claims.jti.chars().count()) {
        return Err(BadProof::Wrong("id"));
    }
    let minute = claims.nonce.and_then(|n| nonce::fresh(keys, now, &n)).ok_or(BadProof::Nonce)?;
    Ok(Proven { key, id: claims.jti, minute })
}

fn bytes(part: &str) -> Result<Vec<u8>, BadProof> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| BadProof::Wrong("encoding"))
}

fn read<T: for<'a> Deserialize<'a>>(part: &str) -> Result<T, BadProof> {
    serde_json::from_slice(&bytes(part)?).map_err(|_| BadProof::Wrong("content"))
}

fn key_of(jwk: &Jwk) -> Result<PublicKey, BadProof> {
    let (x, y) = (bytes(&jwk.x)?, bytes(&jwk.y)?);
    if jwk.kty != "EC" || jwk.crv != "P-256" || x.len() != 32 || y.len() != 32 {
        return Err(BadProof::Wrong("key"));
    }
    PublicKey::try_from([x, y].concat().as_slice()).map_err(|_| BadProof::Wrong("key"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::app::tests::MONDAY;
    use crate::keys::coordinates;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
    use serde_json::{Value, json};

    /// A phone's key, and proofs made with it.
    pub(crate) struct PhoneKey(EcdsaKeyPair);

    impl PhoneKey {
        pub(crate) fn new() -> Self {
            Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
        }

        pub(crate) fn public(&self) -> PublicKey {
            PublicKey::try_from(&self.0.public_key().as_ref()[1..]).unwrap()
        }

        pub(crate) fn sign(&self, message: &[u8]) -> Signature {
            let signature = self.0.sign(&SystemRandom::new(), message).unwrap();
            super::super::signature::low_s(Signature::try_from(signature.as_ref()).unwrap())
        }

        pub(crate) fn header(&self) -> Value {
            let (x, y) = coordinates(&self.public());
            json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256", "x": x, "y": y}})
        }

        pub(crate) fn jws(&self, header: &Value, claims: &Value) -> String {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).unwrap());
            let signed = format!("{}.{}", part(header), part(claims));
            let signature = self.sign(signed.as_bytes());
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.bytes()))
        }

        /// The proof of an honest request; no two are the same.
        pub(crate) fn proof(&self, method: &str, path: &str, token: &str, nonce: &str) -> String {
            self.jws(&self.header(), &claims(method, path, token, nonce))
        }
    }

    pub(crate) const HERE: &str = "http://localhost";

    pub(crate) fn claims(method: &str, path: &str, token: &str, nonce: &str) -> Value {
        let ath = URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes()));
        let id = hex::encode(crate::seal::random::<16>());
        json!({"htm": method, "htu": format!("{HERE}{path}"), "jti": id, "iat": 0, "nonce": nonce, "ath": ath})
    }

    #[test]
    fn a_proof_serves_one_request_one_token_and_one_server() {
        let dir = tempfile::tempdir().unwrap();
        let (keys, phone) = (Keys::open(&dir.path().join("keys")).unwrap(), PhoneKey::new());
        let nonce = nonce::make(&keys, MONDAY);
        let here = Address::parse(HERE).unwrap();
        let asked = Asked { method: "POST", address: &here, path: "/v1/sync", token: "token" };
        let check = |proof: &str| super::check(&keys, MONDAY, proof, asked);
        let proven = check(&phone.proof("POST", "/v1/sync", "token", &nonce)).unwrap();
        assert_eq!((proven.key, proven.minute), (phone.public(), nonce::minute(MONDAY)));
        for wrong in [
            phone.proof("PUT", "/v1/sync", "token", &nonce),
            phone.proof("POST", "/v1/token", "token", &nonce),
            phone.proof("POST", "/v1/sync", "other", &nonce),
            phone.proof("POST", "/v1/sync", "", &nonce),
            "a.b.c".into(),
            String::new(),
        ] {
            assert!(matches!(check(&wrong), Err(BadProof::Wrong(_))), "{wrong}");
        }
        assert_eq!(check(&phone.proof("POST", "/v1/sync", "token", "old")), Err(BadProof::Nonce));
        let elsewhere = Address::parse("https://localhost").unwrap();
        let asked = Asked { address: &elsewhere, ..asked };
        let proof = phone.proof("POST", "/v1/sync", "token", &nonce);
        assert!(super::check(&keys, MONDAY, &proof, asked).is_err());
    }
}
