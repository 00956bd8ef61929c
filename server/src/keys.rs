//! The server's own keys, made at the first start: one that signs tokens and answers, one that seals what is stored, one
//! that makes numbers and codes searchable without storing them, one for nonces, one that signs the log's checkpoints.
//! Who has this folder has everything.

pub(crate) mod log;

use crate::auth::signature::low_s;
use crate::seal::{Seal, random};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dossier::ids::{PublicKey, Signature};
use log::LogKey;
use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// The log's key came later than the others: a server that has no log yet may make it.
const LOG: &str = "log.key";

pub(crate) struct Keys {
    signing: EcdsaKeyPair,
    pub public: PublicKey,
    pub(crate) token_signing: jsonwebtoken::EncodingKey,
    pub(crate) token_verifying: jsonwebtoken::DecodingKey,
    pub store: Seal,
    lookup: hmac::Key,
    nonce: hmac::Key,
    log: LogKey,
    /// Keys that were not there and are not on disk yet: fine for a new server, the loss of everything for an old one.
    fresh: Vec<(PathBuf, Vec<u8>)>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

#[derive(Debug)]
pub(crate) enum KeysError {
    /// Others on this machine can read it.
    Open(PathBuf, u32),
    /// It is not a key of the kind that its name says.
    Bad(PathBuf),
    File(PathBuf, io::Error),
}

impl fmt::Display for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(path, mode) => write!(
                f,
                "others can read {} (mode {mode:o}); make it private with `chmod go-rwx {}`",
                path.display(),
                path.display()
            ),
            Self::Bad(path) => {
                write!(f, "{} does not hold the key it should; restore it from a backup", path.display())
            }
            Self::File(path, cause) => write!(f, "{}: {cause}", path.display()),
        }
    }
}
impl std::error::Error for KeysError {}

impl Keys {
    /// Reads the keys in a folder; what is not there is made, in memory until `keep`.
    pub(crate) fn open(dir: &Path) -> Result<Self, KeysError> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|e| KeysError::File(dir.into(), e))?;
        must_be_private(dir)?;
        let mut fresh = Vec::new();
        let mut key = |name: &str, make: fn() -> Vec<u8>| read_or_make(&dir.join(name), make, &mut fresh);
        let signing = key("signing.pkcs8", || {
            let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
            made.expect("a key can be made where there are random numbers").as_ref().to_vec()
        })?;
        let store = key("store.key", || random::<32>().to_vec())?;
        let lookup = key("lookup.key", || random::<32>().to_vec())?;
        let nonce = key("nonce.key", || random::<32>().to_vec())?;
        let log = key(LOG, || random::<32>().to_vec())?;
        let bad = |name: &str| KeysError::Bad(dir.join(name));
        let store: [u8; 32] = store.as_slice().try_into().map_err(|_| bad("store.key"))?;
        if lookup.len() != 32 || nonce.len() != 32 {
            return Err(bad(if nonce.len() == 32 { "lookup.key" } else { "nonce.key" }));
        }
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &signing);
        let pair = pair.map_err(|_| bad("signing.pkcs8"))?;
        let public = PublicKey::try_from(&pair.public_key().as_ref()[1..]).map_err(|_| bad("signing.pkcs8"))?;
        let (x, y) = coordinates(&public);
        Ok(Self {
            signing: pair,
            public,
            token_signing: jsonwebtoken::EncodingKey::from_ec_der(&signing),
            token_verifying: jsonwebtoken::DecodingKey::from_ec_components(&x, &y).map_err(|_| bad("signing.pkcs8"))?,
            store: Seal::new(&store),
            lookup: hmac::Key::new(hmac::HMAC_SHA256, &lookup),
            nonce: hmac::Key::new(hmac::HMAC_SHA256, &nonce),
            log: LogKey::read(&dir.join(LOG), &log)?,
            fresh,
        })
    }

    /// Whether a server has kept keys in this folder.
    pub(crate) fn are_in(dir: &Path) -> bool {
        fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some())
    }

    /// Whether a key had to be made, the log's apart.
    pub(crate) fn is_fresh(&self) -> bool {
        self.fresh.iter().any(|(path, _)| !path.ends_with(LOG))
    }

    /// Whether the log's key had to be made.
    pub(crate) fn is_log_fresh(&self) -> bool {
        self.fresh.iter().any(|(path, _)| path.ends_with(LOG))
    }

    /// Writes the keys that were made. Only a new server does: what is written is believed at the next start.
    pub(crate) fn keep(&self) -> Result<(), KeysError> {
        self.fresh.iter().try_for_each(|(path, bytes)| {
            write_private(path, bytes).map_err(|cause| KeysError::File(path.clone(), cause))
        })
    }

    /// Signs a message; S is the low one of the two, as phones require.
    pub(crate) fn sign(&self, message: &[u8]) -> Signature {
        let signature = self.signing.sign(&SystemRandom::new(), message);
        let signature = signature.expect("signing fails only without random numbers");
        let raw = Signature::try_from(signature.as_ref()).expect("a fixed signature has 64 bytes");
        low_s(raw)
    }

    /// Signs a checkpoint of the log.
    #[allow(dead_code, reason = "checkpoints are signed with it")]
    pub(crate) fn sign_log(&self, message: &[u8]) -> [u8; 64] {
        self.log.sign(message)
    }

    pub(crate) fn log_public(&self) -> [u8; 32] {
        self.log.public()
    }

    /// What stands in the database for a value that must be found but not read.
    pub(crate) fn lookup(&self, kind: &str, value: &str) -> Vec<u8> {
        hmac::sign(&self.lookup, format!("{kind}\0{value}").as_bytes()).as_ref().to_vec()
    }

    pub(crate) fn nonce_mac(&self, bucket: &[u8]) -> [u8; 16] {
        let mut mac = [0; 16];
        mac.copy_from_slice(&hmac::sign(&self.nonce, bucket).as_ref()[..16]);
        mac
    }
}

/// A public key's coordinates as JWK members.
pub(crate) fn coordinates(key: &PublicKey) -> (String, String) {
    (URL_SAFE_NO_PAD.encode(&key.bytes()[..32]), URL_SAFE_NO_PAD.encode(&key.bytes()[32..]))
}

fn read_or_make(path: &Path, make: fn() -> Vec<u8>, fresh: &mut Vec<(PathBuf, Vec<u8>)>) -> Result<Vec<u8>, KeysError> {
    match fs::read(path) {
        Ok(bytes) => {
            must_be_private(path)?;
            Ok(bytes)
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let bytes = make();
            fresh.push((path.into(), bytes.clone()));
            Ok(bytes)
        }
        Err(e) => Err(KeysError::File(path.into(), e)),
    }
}

/// On disk whole or not at all: written beside, then renamed.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}

fn must_be_private(path: &Path) -> Result<(), KeysError> {
    let mode = fs::metadata(path).map_err(|e| KeysError::File(path.into(), e))?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(KeysError::Open(path.into(), mode)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::signature;

    fn made(dir: &Path) -> Keys {
        let keys = Keys::open(dir).unwrap();
        keys.keep().unwrap();
        keys
    }

    #[test]
    fn keys_are_made_once_and_are_private() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("keys");
        let first = made(&dir);
        let again = Keys::open(&dir).unwrap();
        assert!(first.is_fresh() && !again.is_fresh());
        assert_eq!(first.public, again.public);
        assert!(signature::verify(&again.public, b"text", &first.sign(b"text")));
    }

    #[test]
    fn keys_that_others_can_read_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("keys");
        drop(made(&dir));
        fs::set_permissions(dir.join("store.key"), fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Keys::open(&dir), Err(KeysError::Open(..))));
        fs::set_permissions(dir.join("store.key"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(Keys::open(&dir), Err(KeysError::Open(..))));
    }

    #[test]
    fn a_broken_key_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("keys");
        drop(made(&dir));
        fs::write(dir.join("store.key"), b"short").unwrap();
        assert!(Keys::open(&dir).unwrap_err().to_string().contains("store.key"));
    }
}
