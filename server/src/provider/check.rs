//! What makes an ID token one to believe (OpenID Connect Core §3.1.3.7, RFC 8725). A pure function: keys, time and what was
//! asked are arguments. The signature is verified by the library that reads our own tokens; which algorithm may be used with
//! which key, whom the token is for, and when, is decided here.

use super::Claims;
use aws_lc_rs::digest::{Algorithm as Hash, SHA256, SHA384, SHA512, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dossier::time::Timestamp;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde_json::Value;
use std::fmt;

/// How far two honest clocks may be apart.
const LEEWAY_SECONDS: i64 = 60;
/// A token that was made longer ago was not made for this sign-in, which lives ten minutes.
const AGE_SECONDS: i64 = 10 * 60;
/// OpenID Connect Core §2: of a subject, in characters of ASCII.
const SUBJECT_MAX: usize = 255;

/// What was asked for, and when it came.
pub(super) struct Expected<'a> {
    pub issuer: &'a str,
    pub client: &'a str,
    pub nonce: &'a str,
    pub algorithms: &'a [Algorithm],
    /// The access token that came beside it.
    pub access_token: Option<&'a str>,
    pub now: Timestamp,
}

/// Which check a token does not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    /// None of the provider's keys is the one that it names.
    Key,
    Check(&'static str),
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key => f.write_str("key"),
            Self::Check(check) => f.write_str(check),
        }
    }
}

/// The claims of a token that passes every check.
pub(super) fn id_token(token: &str, keys: &[Jwk], expected: &Expected<'_>) -> Result<Claims, Bad> {
    // An algorithm that the library does not know ("none" is one) does not read.
    let header = jsonwebtoken::decode_header(token).map_err(|_| Bad::Check("header"))?;
    if !expected.algorithms.contains(&header.alg) {
        return Err(Bad::Check("alg"));
    }
    // Another kind of token of the same provider is no ID token; what must be understood and is not cannot be passed over.
    if header.typ.as_ref().is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) || header.crit.is_some() {
        return Err(Bad::Check("typ or crit"));
    }
    let key = key(&header, keys)?;
    let mut rules = Validation::new(header.alg);
    // Whom and what it is for is compared below, to the letter; the library takes a list that holds the right value.
    rules.validate_aud = false;
    rules.validate_exp = false;
    rules.set_required_spec_claims::<&str>(&[]);
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &rules).map_err(|_| Bad::Check("signature"))?.claims;
    for_us(&claims, expected)?;
    in_time(&claims, expected.now)?;
    match expected.access_token {
        Some(access_token) if !fits(&claims, header.alg, access_token) => Err(Bad::Check("at_hash")),
        _ => Ok(claims),
    }
}

/// Its name for whoever signed in.
pub(super) fn subject(claims: &Claims) -> Option<String> {
    let subject = text(claims, "sub")?;
    ((1..=SUBJECT_MAX).contains(&subject.len()) && subject.is_ascii()).then(|| subject.to_owned())
}

/// The one key that the token can be signed with.
fn key(header: &Header, keys: &[Jwk]) -> Result<DecodingKey, Bad> {
    let named = keys.iter().filter(|key| header.kid.is_none() || key.common.key_id == header.kid);
    let mut fit = named.filter(|key| is_for(key, header.alg));
    match (fit.next(), fit.next()) {
        (Some(key), None) => DecodingKey::from_jwk(key).map_err(|_| Bad::Check("the provider's key")),
        (None, _) => Err(Bad::Key),
        (Some(_), Some(_)) => Err(Bad::Check("kid")),
    }
}

/// Whether a key verifies this algorithm; the key says so, not the token.
fn is_for(key: &Jwk, algorithm: Algorithm) -> bool {
    let common = &key.common;
    let signs = common.public_key_use.as_ref().is_none_or(|used| *used == PublicKeyUse::Signature);
    let same = common.key_algorithm.is_none_or(|said| said == KeyAlgorithm::from(algorithm));
    let kind = match (&key.algorithm, algorithm) {
        (AlgorithmParameters::EllipticCurve(ec), Algorithm::ES256) => ec.curve == EllipticCurve::P256,
        (AlgorithmParameters::EllipticCurve(ec), Algorithm::ES384) => ec.curve == EllipticCurve::P384,
        (AlgorithmParameters::OctetKeyPair(okp), Algorithm::EdDSA) => okp.curve == EllipticCurve::Ed25519,
        (
            AlgorithmParameters::RSA(_),
            Algorithm::RS256
            | Algorithm::RS384
            | Algorithm::RS512
            | Algorithm::PS256
            | Algorithm::PS384
            | Algorithm::PS512,
        ) => true,
        _ => false,
    };
    signs && same && kind
}

fn for_us(claims: &Claims, expected: &Expected<'_>) -> Result<(), Bad> {
    if text(claims, "iss") != Some(expected.issuer) {
        return Err(Bad::Check("iss"));
    }
    // Nobody else is trusted to be given the same token.
    let ours = match claims.get("aud") {
        Some(Value::Array(all)) => all.len() == 1 && all[0] == expected.client,
        Some(one) => one == expected.client,
        None => false,
    };
    if !ours {
        return Err(Bad::Check("aud"));
    }
    if claims.get("azp").is_some_and(|azp| azp != expected.client) {
        return Err(Bad::Check("azp"));
    }
    if text(claims, "nonce") != Some(expected.nonce) {
        return Err(Bad::Check("nonce"));
    }
    Ok(())
}

fn in_time(claims: &Claims, now: Timestamp) -> Result<(), Bad> {
    let second = now.0.div_euclid(1000);
    // NumericDate may have a fraction (RFC 7519 §2).
    let at = |name| claims.get(name).and_then(Value::as_f64).map(|at| at as i64);
    let (Some(exp), Some(iat)) = (at("exp"), at("iat")) else { return Err(Bad::Check("exp or iat is missing")) };
    if second >= exp.saturating_add(LEEWAY_SECONDS) {
        return Err(Bad::Check("exp"));
    }
    if iat > second + LEEWAY_SECONDS || iat < second - AGE_SECONDS - LEEWAY_SECONDS {
        return Err(Bad::Check("iat"));
    }
    match claims.get("nbf") {
        Some(_) if at("nbf").is_none_or(|nbf| nbf > second + LEEWAY_SECONDS) => Err(Bad::Check("nbf")),
        _ => Ok(()),
    }
}

/// Whether the access token is the one that the ID token was made with, where it says so.
fn fits(claims: &Claims, algorithm: Algorithm, access_token: &str) -> bool {
    let Some(said) = claims.get("at_hash") else { return true };
    let hash = digest(hash_of(algorithm), access_token.as_bytes());
    *said == URL_SAFE_NO_PAD.encode(&hash.as_ref()[..hash.as_ref().len() / 2])
}

fn hash_of(algorithm: Algorithm) -> &'static Hash {
    match algorithm {
        Algorithm::ES256 | Algorithm::RS256 | Algorithm::PS256 => &SHA256,
        Algorithm::ES384 | Algorithm::RS384 | Algorithm::PS384 => &SHA384,
        // Of what `is_for` lets through, RS512, PS512 and Ed25519.
        _ => &SHA512,
    }
}

fn text<'a>(claims: &'a Claims, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::super::double::Key;
    use super::*;
    use crate::app::tests::MONDAY;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
    use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
    use jsonwebtoken::EncodingKey;
    use serde_json::json;

    const NOW: i64 = MONDAY.0 / 1000;

    fn honest() -> Value {
        json!({
            "iss": "https://id.example", "aud": "hoso", "sub": "s-1", "nonce": "n-1", "iat": NOW, "exp": NOW + 300,
        })
    }

    fn check(token: &str, keys: &[Value]) -> Result<Claims, Bad> {
        let keys: Vec<Jwk> = keys.iter().map(|key| serde_json::from_value(key.clone()).unwrap()).collect();
        let expected = Expected {
            issuer: "https://id.example",
            client: "hoso",
            nonce: "n-1",
            algorithms: &[Algorithm::ES256, Algorithm::RS256],
            access_token: Some("at-1"),
            now: MONDAY,
        };
        id_token(token, &keys, &expected)
    }

    /// Which check honest claims do not pass with these in their place.
    fn changed(changes: Value) -> Option<&'static str> {
        let key = Key::new("k");
        let mut claims = honest();
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        match check(&key.token(&claims), &[key.jwk()]) {
            Ok(_) => None,
            Err(Bad::Check(check)) => Some(check),
            Err(Bad::Key) => Some("key"),
        }
    }

    #[test]
    fn an_honest_token_passes_with_or_without_what_is_optional() {
        let half = URL_SAFE_NO_PAD.encode(&digest(&SHA256, b"at-1").as_ref()[..16]);
        for changes in [
            json!({}),
            json!({"aud": ["hoso"]}),
            json!({"azp": "hoso"}),
            json!({"at_hash": half}),
            json!({"nbf": NOW}),
            json!({"iat": NOW as f64 + 0.5}),
            json!({"exp": NOW - 59}),
            json!({"iat": NOW + 60, "nbf": NOW + 60}),
        ] {
            assert_eq!(changed(changes.clone()), None, "{changes}");
        }
    }

    #[test]
    fn a_token_for_another_from_another_or_of_another_time_is_refused_by_name() {
        let cases = [
            (json!({"iss": "https://id.example/"}), "iss"),
            (json!({"iss": null}), "iss"),
            (json!({"iss": ["https://id.example"]}), "iss"),
            (json!({"aud": "other"}), "aud"),
            (json!({"aud": null}), "aud"),
            (json!({"aud": []}), "aud"),
            (json!({"aud": ["hoso", "other"]}), "aud"),
            (json!({"aud": ["hoso", "hoso"]}), "aud"),
            (json!({"azp": "other"}), "azp"),
            (json!({"azp": 1}), "azp"),
            (json!({"nonce": "other"}), "nonce"),
            (json!({"nonce": null}), "nonce"),
            (json!({"nonce": ""}), "nonce"),
            (json!({"exp": NOW - 60}), "exp"),
            (json!({"exp": null}), "exp or iat is missing"),
            (json!({"exp": "never"}), "exp or iat is missing"),
            (json!({"iat": null}), "exp or iat is missing"),
            (json!({"iat": NOW + 61}), "iat"),
            (json!({"iat": NOW - 661}), "iat"),
            (json!({"nbf": NOW + 61}), "nbf"),
            (json!({"nbf": "later"}), "nbf"),
            (json!({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}), "at_hash"),
            (json!({"at_hash": 1}), "at_hash"),
        ];
        for (changes, check) in cases {
            assert_eq!(changed(changes.clone()), Some(check), "{changes}");
        }
    }

    #[test]
    fn a_token_without_a_signature_or_with_one_that_anybody_can_make_is_refused() {
        let key = Key::new("k");
        let honest = honest();
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        for alg in ["none", "None", "nOnE", "XX256"] {
            let bare = format!("{}.{}.", part(&json!({"alg": alg, "kid": "k"})), part(&honest));
            assert_eq!(check(&bare, &[key.jwk()]), Err(Bad::Check("header")), "{alg}");
        }
        // The public key as the secret of an HMAC: who does not fix the algorithm verifies it with what everybody knows.
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some("k".into());
        let secret = EncodingKey::from_secret(key.public());
        let forged = jsonwebtoken::encode(&header, &honest, &secret).unwrap();
        assert_eq!(check(&forged, &[key.jwk()]), Err(Bad::Check("alg")));
        // Even where it were among those that are allowed, no key of that kind is ever used.
        let octets = json!({"kty": "oct", "kid": "k", "k": URL_SAFE_NO_PAD.encode(key.public())});
        let keys: Vec<Jwk> = [octets, key.jwk()].into_iter().map(|k| serde_json::from_value(k).unwrap()).collect();
        let careless = Expected {
            issuer: "https://id.example",
            client: "hoso",
            nonce: "n-1",
            algorithms: &[Algorithm::HS256],
            access_token: None,
            now: MONDAY,
        };
        assert_eq!(id_token(&forged, &keys, &careless), Err(Bad::Key));
        let mut altered: Vec<String> = key.token(&honest).split('.').map(str::to_owned).collect();
        let mut claims = honest.clone();
        claims["sub"] = json!("s-2");
        altered[1] = part(&claims);
        assert_eq!(check(&altered.join("."), &[key.jwk()]), Err(Bad::Check("signature")));
        for torn in ["", "a.b.c", "..", &altered[..2].join(".")] {
            assert!(check(torn, &[key.jwk()]).is_err(), "{torn}");
        }
    }

    #[test]
    fn the_key_is_the_provider_s_and_made_for_this() {
        let (ours, theirs) = (Key::new("k"), Key::new("k"));
        let token = ours.token(&honest());
        assert_eq!(check(&token, &[theirs.jwk()]), Err(Bad::Check("signature")));
        assert_eq!(check(&token, &[Key::new("other").jwk()]), Err(Bad::Key));
        assert_eq!(check(&token, &[]), Err(Bad::Key));
        for (name, value) in [("use", json!("enc")), ("alg", json!("ES384")), ("crv", json!("P-384"))] {
            let mut jwk = ours.jwk();
            jwk[name] = value.clone();
            assert_eq!(check(&token, &[jwk]), Err(Bad::Key), "{name} {value}");
        }
        // Without a name in the token there must be one key only that it can be.
        let bare = ours.token_with(&json!({"alg": "ES256"}), &honest());
        assert!(check(&bare, &[ours.jwk()]).is_ok());
        assert_eq!(check(&bare, &[ours.jwk(), Key::new("other").jwk()]), Err(Bad::Check("kid")));
    }

    #[test]
    fn keys_and_types_that_a_token_brings_itself_are_not_believed() {
        let (ours, thief) = (Key::new("k"), Key::new("k"));
        let own = json!({"alg": "ES256", "kid": "k", "jwk": thief.jwk(), "jku": "https://evil.example/keys"});
        let brought = thief.token_with(&own, &honest());
        assert_eq!(check(&brought, &[ours.jwk()]), Err(Bad::Check("signature")));
        for typ in ["at+jwt", "logout+jwt", "dpop+jwt"] {
            let other = ours.token_with(&json!({"alg": "ES256", "kid": "k", "typ": typ}), &honest());
            assert_eq!(check(&other, &[ours.jwk()]), Err(Bad::Check("typ or crit")), "{typ}");
        }
        let critical = ours.token_with(&json!({"alg": "ES256", "kid": "k", "crit": ["b64"], "b64": false}), &honest());
        assert!(check(&critical, &[ours.jwk()]).is_err());
    }

    #[test]
    fn rsa_signs_too_and_a_key_of_one_kind_verifies_none_of_the_other() {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let public = pair.public_key();
        let (n, e) =
            (public.modulus().big_endian_without_leading_zero(), public.exponent().big_endian_without_leading_zero());
        let jwk = json!({"kty": "RSA", "use": "sig", "kid": "r",
            "n": URL_SAFE_NO_PAD.encode(n), "e": URL_SAFE_NO_PAD.encode(e)});
        let token = |alg: &str| {
            let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let signed = format!("{}.{}", part(json!({"alg": alg, "kid": "r"})), part(honest()));
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
        };
        assert!(check(&token("RS256"), std::slice::from_ref(&jwk)).is_ok());
        assert_eq!(check(&token("ES256"), std::slice::from_ref(&jwk)), Err(Bad::Key));
        assert_eq!(check(&token("PS256"), std::slice::from_ref(&jwk)), Err(Bad::Check("alg")));
        let curve = Key::new("r");
        assert_eq!(check(&token("RS256"), &[curve.jwk()]), Err(Bad::Key));
    }

    #[test]
    fn a_subject_is_a_short_text() {
        let of = |sub: Value| subject(json!({"sub": sub}).as_object().unwrap());
        assert_eq!(of(json!("s-1")).as_deref(), Some("s-1"));
        for odd in [json!(""), json!(1), json!(null), json!("ế"), json!("x".repeat(256))] {
            assert_eq!(of(odd.clone()), None, "{odd}");
        }
    }
}
