//! The key that signs tokens, answers and manifests, and those that did before it. A new key is signed by the old one
//! (`dossier::succession`); the old private key is gone then, and tokens that it signed are taken until they have run
//! out.

use super::{KeysError, file};
use crate::auth::signature::low_s;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dossier::ids::{PublicKey, ServerId, Signature};
use dossier::succession::{Succession, succession_message};
use dossier::time::Timestamp;
use std::fmt::Write as _;
use std::path::Path;

/// How long a key that was replaced verifies tokens: no token lives longer.
pub(super) const OVERLAP_SECONDS: i64 = 60 * 60;

const CURRENT: &str = "signing.pkcs8";
const FORMER: &str = "signing.former";

pub(super) struct Signing {
    pair: EcdsaKeyPair,
    pub(super) public: PublicKey,
    verifying: Vec<Verifier>,
    pub(super) former: Vec<Succession>,
}

/// A key that verifies tokens, by its name.
struct Verifier {
    kid: String,
    key: jsonwebtoken::DecodingKey,
    /// When it was replaced.
    until: Option<Timestamp>,
}

impl Signing {
    /// Reads the key, and what came before it; a key that is not there is made.
    pub(super) fn open(dir: &Path, fresh: &mut file::Fresh) -> Result<Self, KeysError> {
        // The key first: while it is replaced, its links are written before it.
        let pkcs8 = file::read_or_make(&dir.join(CURRENT), new_key, fresh)?;
        let former = file::read(&dir.join(FORMER))?.unwrap_or_default();
        let links = links(&former).ok_or_else(|| KeysError::Bad(dir.join(FORMER)))?;
        Self::of(&pkcs8, links).ok_or_else(|| KeysError::Bad(dir.join(CURRENT)))
    }

    fn of(pkcs8: &[u8], mut former: Vec<Succession>) -> Option<Self> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).ok()?;
        let public = PublicKey::try_from(&pair.public_key().as_ref()[1..]).ok()?;
        // A link to a key that never came to sign: it was being replaced when the machine stopped.
        while former.last().is_some_and(|link| link.next != public) {
            former.pop();
        }
        let verifier = |key: &PublicKey, until| {
            let (x, y) = coordinates(key);
            let key_of_token = jsonwebtoken::DecodingKey::from_ec_components(&x, &y).ok()?;
            Some(Verifier { kid: key.thumbprint().jkt(), key: key_of_token, until })
        };
        let mut verifying = vec![verifier(&public, None)?];
        for link in &former {
            verifying.push(verifier(&link.from, Some(link.since))?);
        }
        Some(Self { pair, public, verifying, former })
    }

    /// Signs a message; S is the low one of the two, as phones require.
    pub(super) fn sign(&self, message: &[u8]) -> Signature {
        let signature = self.pair.sign(&SystemRandom::new(), message);
        let signature = signature.expect("signing fails only without random numbers");
        let raw = Signature::try_from(signature.as_ref()).expect("a fixed signature has 64 bytes");
        low_s(raw)
    }

    /// The key of this name, if it is today's, or if tokens of it may still be about.
    pub(super) fn verifier(&self, kid: &str, now: Timestamp) -> Option<jsonwebtoken::DecodingKey> {
        let known = self.verifying.iter().find(|v| v.kid == kid);
        known.filter(|v| v.until.is_none_or(|until| now < until.plus_seconds(OVERLAP_SECONDS))).map(|v| v.key.clone())
    }

    /// Puts a new key in this one's place.
    pub(super) fn replace(&self, dir: &Path, server: &ServerId, now: Timestamp) -> Result<(), KeysError> {
        let pkcs8 = new_key();
        let next = Self::of(&pkcs8, Vec::new()).expect("a key that was just made can be read").public;
        let signature = self.sign(&succession_message(server, &self.public, &next, now));
        let mut links = self.former.clone();
        links.push(Succession { from: self.public, next, since: now, signature });
        // The links first: without the last one no phone would follow.
        file::write(&dir.join(FORMER), lines(&links).as_bytes())?;
        file::write(&dir.join(CURRENT), &pkcs8)
    }
}

/// A public key's coordinates as JWK members.
pub(crate) fn coordinates(key: &PublicKey) -> (String, String) {
    (URL_SAFE_NO_PAD.encode(&key.bytes()[..32]), URL_SAFE_NO_PAD.encode(&key.bytes()[32..]))
}

fn new_key() -> Vec<u8> {
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    made.expect("a key can be made where there are random numbers").as_ref().to_vec()
}

/// One link a line: old key, new key, moment, signature.
fn lines(links: &[Succession]) -> String {
    links.iter().fold(String::new(), |mut text, link| {
        let _ = writeln!(text, "{} {} {} {}", link.from, link.next, link.since.0, link.signature);
        text
    })
}

fn links(bytes: &[u8]) -> Option<Vec<Succession>> {
    let link = |line: &str| {
        let mut words = line.split(' ');
        let (from, next) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let (since, signature) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        words.next().is_none().then_some(Succession { from, next, since: Timestamp(since), signature })
    };
    std::str::from_utf8(bytes).ok()?.lines().map(link).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::MONDAY;
    use crate::auth::signature::verify;
    use dossier::succession::follow;

    const SERVER: ServerId = ServerId(uuid::Uuid::from_u128(1));

    fn open(dir: &Path) -> Signing {
        let mut fresh = Vec::new();
        let signing = Signing::open(dir, &mut fresh).unwrap();
        fresh.iter().for_each(|(path, bytes)| file::write(path, bytes).unwrap());
        signing
    }

    #[test]
    fn keys_follow_one_another_and_the_old_one_verifies_for_an_hour() {
        let dir = tempfile::tempdir().unwrap();
        let first = open(dir.path());
        first.replace(dir.path(), &SERVER, MONDAY).unwrap();
        let second = open(dir.path());
        second.replace(dir.path(), &SERVER, MONDAY.plus_seconds(10)).unwrap();
        let third = open(dir.path());
        let keys = follow(&first.public, &third.public, &SERVER, &third.former, &verify);
        assert_eq!(keys, Some(vec![second.public, third.public]));
        let kid = first.public.thumbprint().jkt();
        assert!(third.verifier(&kid, MONDAY.plus_seconds(OVERLAP_SECONDS - 1)).is_some());
        assert!(third.verifier(&kid, MONDAY.plus_seconds(OVERLAP_SECONDS)).is_none());
        assert!(third.verifier(&third.public.thumbprint().jkt(), MONDAY.plus_seconds(1_000_000)).is_some());
        assert!(third.verifier("nobody's", MONDAY).is_none());
    }

    #[test]
    fn a_replacement_that_broke_off_is_as_if_it_had_not_begun() {
        let dir = tempfile::tempdir().unwrap();
        let first = open(dir.path());
        let key = std::fs::read(dir.path().join(CURRENT)).unwrap();
        first.replace(dir.path(), &SERVER, MONDAY).unwrap();
        // The links are on disk, the key is not.
        file::write(&dir.path().join(CURRENT), &key).unwrap();
        let again = open(dir.path());
        assert!(again.public == first.public && again.former.is_empty());
        again.replace(dir.path(), &SERVER, MONDAY).unwrap();
        let second = open(dir.path());
        assert!(follow(&first.public, &second.public, &SERVER, &second.former, &verify).is_some());
    }

    #[test]
    fn a_damaged_list_of_former_keys_is_named() {
        let dir = tempfile::tempdir().unwrap();
        open(dir.path()).replace(dir.path(), &SERVER, MONDAY).unwrap();
        for bad in ["x", "1 2 3 4", "\n"] {
            file::write(&dir.path().join(FORMER), bad.as_bytes()).unwrap();
            let refused = Signing::open(dir.path(), &mut Vec::new()).err().expect("it is damaged");
            assert!(refused.to_string().contains(FORMER));
        }
    }
}
