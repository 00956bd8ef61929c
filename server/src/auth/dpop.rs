//! Proofs that a caller holds a device's key (DPoP, RFC 9449): a JWS over method, path, token and a nonce of ours. The
//! phone's clock is not asked: the nonce says when.

use super::nonce;
use super::signature::verify_either;
use crate::keys::Keys;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dossier::ids::{PublicKey, Signature};
use dossier::time::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The request that a proof must be for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub method: &'a str,
    pub path: &'a str,
    /// The token that came with it, if the route asks for one.
    pub token: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadProof {
    /// The proof is right, but its nonce is missing or old: ask again with a new one.
    Nonce,
    Wrong(&'static str),
}

#[derive(Deserialize)]
struct Header {
    typ: String,
    alg: String,
    jwk: Jwk,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
    /// A private key must never come here; a client that sends one is broken.
    d: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Claims {
    htm: String,
    htu: String,
    jti: String,
    nonce: Option<String>,
    ath: Option<String>,
}

/// Checks a proof; returns the key that made it.
pub(crate) fn check(keys: &Keys, now: Timestamp, proof: &str, asked: Asked<'_>) -> Result<PublicKey, BadProof> {
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
    if claims.htm != asked.method || path_of(&claims.htu) != Some(asked.path) || claims.jti.is_empty() {
        return Err(BadProof::Wrong("for another request"));
    }
    let ath = asked.token.map(|token| URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes())));
    if ath.is_some() && claims.ath != ath {
        return Err(BadProof::Wrong("for another token"));
    }
    if claims.nonce.is_some_and(|n| nonce::is_fresh(keys, now, &n)) { Ok(key) } else { Err(BadProof::Nonce) }
}

fn bytes(part: &str) -> Result<Vec<u8>, BadProof> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| BadProof::Wrong("encoding"))
}

fn read<T: for<'a> Deserialize<'a>>(part: &str) -> Result<T, BadProof> {
    serde_json::from_slice(&bytes(part)?).map_err(|_| BadProof::Wrong("content"))
}

fn key_of(jwk: &Jwk) -> Result<PublicKey, BadProof> {
    if jwk.kty != "EC" || jwk.crv != "P-256" || jwk.d.is_some() {
        return Err(BadProof::Wrong("key"));
    }
    let both = [bytes(&jwk.x)?, bytes(&jwk.y)?].concat();
    PublicKey::try_from(both.as_slice()).map_err(|_| BadProof::Wrong("key"))
}

/// The path of an absolute URL. Scheme and host are not compared: a proxy in front of the server changes both, and a
/// proof for another server lacks our nonce.
fn path_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let path = &rest[rest.find('/')?..];
    path.split(['?', '#']).next()
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

        pub(crate) fn proof(&self, method: &str, path: &str, token: Option<&str>, nonce: &str) -> String {
            self.jws(&self.header(), &claims(method, path, token, nonce))
        }
    }

    fn claims(method: &str, path: &str, token: Option<&str>, nonce: &str) -> Value {
        let ath = token.map(|t| URL_SAFE_NO_PAD.encode(digest(&SHA256, t.as_bytes())));
        json!({"htm": method, "htu": format!("http://localhost{path}"), "jti": "1", "iat": 0, "nonce": nonce, "ath": ath})
    }

    #[test]
    fn a_proof_serves_one_request_one_token_and_one_server() {
        let dir = tempfile::tempdir().unwrap();
        let (keys, phone) = (Keys::open(&dir.path().join("keys")).unwrap(), PhoneKey::new());
        let nonce = nonce::make(&keys, MONDAY);
        let asked = Asked { method: "POST", path: "/v1/sync", token: Some("token") };
        let check = |proof: &str| super::check(&keys, MONDAY, proof, asked);
        assert_eq!(check(&phone.proof("POST", "/v1/sync", Some("token"), &nonce)), Ok(phone.public()));
        for wrong in [
            phone.proof("PUT", "/v1/sync", Some("token"), &nonce),
            phone.proof("POST", "/v1/token", Some("token"), &nonce),
            phone.proof("POST", "/v1/sync", Some("other"), &nonce),
            phone.proof("POST", "/v1/sync", None, &nonce),
            "a.b.c".into(),
            String::new(),
        ] {
            assert!(matches!(check(&wrong), Err(BadProof::Wrong(_))), "{wrong}");
        }
        assert_eq!(check(&phone.proof("POST", "/v1/sync", Some("token"), "old")), Err(BadProof::Nonce));
    }

    #[test]
    fn type_algorithm_and_key_of_a_proof_are_fixed() {
        let dir = tempfile::tempdir().unwrap();
        let (keys, phone) = (Keys::open(&dir.path().join("keys")).unwrap(), PhoneKey::new());
        let claims = claims("POST", "/v1/sync", None, &nonce::make(&keys, MONDAY));
        let asked = Asked { method: "POST", path: "/v1/sync", token: None };
        let with = |change: &dyn Fn(&mut Value)| {
            let mut header = phone.header();
            change(&mut header);
            super::check(&keys, MONDAY, &phone.jws(&header, &claims), asked)
        };
        assert!(with(&|_| {}).is_ok());
        assert!(with(&|h| h["typ"] = json!("JWT")).is_err());
        assert!(with(&|h| h["alg"] = json!("none")).is_err());
        assert!(with(&|h| h["jwk"]["d"] = json!("AA")).is_err());
        assert!(with(&|h| h["jwk"]["x"] = PhoneKey::new().header()["jwk"]["x"].clone()).is_err());
        assert!(with(&|h| *h = PhoneKey::new().header()).is_err(), "another's key");
    }
}
