//! The server's own keys, made at the first start: one that signs tokens and answers, one that seals what is stored, one
//! that makes numbers and codes searchable without storing them, one for nonces, one that signs the log's checkpoints.
//! Who has this folder has everything. Nothing outside this module sees a private key: what is done with one is a method
//! here, so that a hardware module can do it in its place.

mod file;
mod log;
mod signing;

pub(crate) use signing::coordinates;

use crate::seal::{Seal, random};
use aws_lc_rs::hmac;
use dossier::ids::{PublicKey, ServerId, Signature, Thumbprint};
use dossier::succession::Succession;
use dossier::time::Timestamp;
use file::must_be_private;
use log::LogKey;
use signing::Signing;
use std::fmt;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// The log's key came later than the others: a server that has no log yet may make it.
const LOG: &str = "log.key";

pub(crate) struct Keys {
    dir: PathBuf,
    /// Replaced while the server runs, by `hoso keys rotate`.
    signing: RwLock<Arc<Signing>>,
    pub store: Seal,
    lookup: hmac::Key,
    nonce: hmac::Key,
    log: LogKey,
    /// Keys that were not there and are not on disk yet: fine for a new server, the loss of everything for an old one.
    fresh: file::Fresh,
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
        let signing = Signing::open(dir, &mut fresh)?;
        let mut key = |name: &str| {
            let path = dir.join(name);
            let bytes = file::read_or_make(&path, || random::<32>().to_vec(), &mut fresh)?;
            <[u8; 32]>::try_from(bytes).map_err(|_| KeysError::Bad(path))
        };
        let (store, lookup, nonce, log) = (key("store.key")?, key("lookup.key")?, key("nonce.key")?, key(LOG)?);
        Ok(Self {
            dir: dir.into(),
            signing: RwLock::new(Arc::new(signing)),
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
        self.fresh.iter().try_for_each(|(path, bytes)| file::write(path, bytes))
    }

    /// The key that signs now.
    pub(crate) fn public(&self) -> PublicKey {
        self.signing().public
    }

    /// Today's key, then those that it replaced, the last one first. What they signed once, a receipt or a list, is
    /// verified with them for ever; tokens are another matter (`token_verifier`).
    pub(crate) fn verifying(&self) -> Vec<PublicKey> {
        let signing = self.signing();
        std::iter::once(signing.public).chain(signing.former.iter().rev().map(|link| link.from)).collect()
    }

    /// Every change of that key, the oldest first.
    pub(crate) fn successions(&self) -> Vec<Succession> {
        self.signing().former.clone()
    }

    /// Every key that this server has ever signed with, that of today the last.
    pub(crate) fn ever(&self) -> Vec<PublicKey> {
        self.successions().into_iter().map(|link| link.from).chain([self.public()]).collect()
    }

    /// Signs a message; S is the low one of the two, as phones require.
    pub(crate) fn sign(&self, message: &[u8]) -> Signature {
        self.signing().sign(message)
    }

    /// Signs with the key whose name stands in what is signed.
    pub(crate) fn sign_as(&self, message: impl FnOnce(&str) -> Vec<u8>) -> (Vec<u8>, Signature) {
        let signing = self.signing();
        let message = message(&signing.public.thumbprint().jkt());
        let signature = signing.sign(&message);
        (message, signature)
    }

    /// The key that a token names, if tokens of it may be about. One that is not known may have been made a moment ago
    /// by another program on these keys.
    pub(crate) fn token_verifier(&self, kid: &str, now: Timestamp) -> Option<jsonwebtoken::DecodingKey> {
        self.signing().verifier(kid, now).or_else(|| {
            self.refresh();
            self.signing().verifier(kid, now)
        })
    }

    /// Puts a new signing key in place of the old one, which signs the new one and is gone.
    pub(crate) fn rotate(&self, server: &ServerId, now: Timestamp) -> Result<PublicKey, KeysError> {
        // Of two at the same time, the second one goes on from the first one's key.
        let lock = self.dir.join("rotate.lock");
        let alone = fs::File::create(&lock).and_then(|file| file.lock().map(|()| file));
        let alone = alone.map_err(|cause| KeysError::File(lock, cause))?;
        Signing::open(&self.dir, &mut Vec::new())?.replace(&self.dir, server, now)?;
        drop(alone);
        self.refresh();
        Ok(self.public())
    }

    /// Takes up a signing key that another program has put in place. One that cannot be read is said and changes
    /// nothing.
    pub(crate) fn refresh(&self) {
        let mut fresh = Vec::new();
        match Signing::open(&self.dir, &mut fresh) {
            Ok(read) if fresh.is_empty() && read.public != self.public() => {
                *self.signing.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(read);
            }
            Ok(_) => {}
            Err(cause) => tracing::error!(%cause, "the signing key cannot be read"),
        }
    }

    fn signing(&self) -> Arc<Signing> {
        self.signing.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Signs a checkpoint of the log.
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

    /// What shows that this server gave a refresh token to this device.
    pub(crate) fn refresh_mac(&self, token: &[u8], device: &Thumbprint) -> [u8; 16] {
        let mut mac = [0; 16];
        let signed = [b"refresh\0".as_slice(), token, device.bytes()].concat();
        mac.copy_from_slice(&hmac::sign(&self.lookup, &signed).as_ref()[..16]);
        mac
    }

    pub(crate) fn nonce_mac(&self, bucket: &[u8]) -> [u8; 16] {
        let mut mac = [0; 16];
        mac.copy_from_slice(&hmac::sign(&self.nonce, bucket).as_ref()[..16]);
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::signature;
    use std::os::unix::fs::PermissionsExt as _;

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
        assert_eq!(first.public(), again.public());
        assert!(signature::verify(&again.public(), b"text", &first.sign(b"text")));
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
    fn a_key_that_another_program_put_in_place_is_taken_up() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("keys");
        let (server, now) = (ServerId(uuid::Uuid::from_u128(1)), Timestamp(0));
        let serving = made(&dir);
        let old = serving.public();
        let beside = Keys::open(&dir).unwrap();
        let new = beside.rotate(&server, now).unwrap();
        assert!(new == beside.public() && new != old && serving.public() == old);
        assert!(serving.token_verifier(&new.thumbprint().jkt(), now).is_some(), "a token by the new key came");
        assert_eq!(serving.public(), new);
        assert!(serving.token_verifier(&old.thumbprint().jkt(), now).is_some());
        let later = now.plus_seconds(signing::OVERLAP_SECONDS);
        assert!(serving.token_verifier(&old.thumbprint().jkt(), later).is_none(), "its tokens have run out");
        assert_eq!(serving.verifying(), [new, old], "its receipts have not");
        let third = serving.rotate(&server, now).unwrap();
        beside.rotate(&server, now).unwrap();
        assert_eq!(beside.successions().len(), 3, "each goes on from the last one's key");
        assert_eq!(beside.successions()[2].from, third);
        // A key that cannot be read is not taken up.
        let signing = dir.join("signing.pkcs8");
        fs::write(&signing, b"x").unwrap();
        serving.refresh();
        fs::remove_file(&signing).unwrap();
        serving.refresh();
        assert_eq!(serving.public(), third);
        assert!(!signing.exists());
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
