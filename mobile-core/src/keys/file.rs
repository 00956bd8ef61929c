//! A key in a file, for command lines and tests: PEM, readable by its owner alone, made at first use.

use super::{KeyError, KeyStore};
use crate::storage::{beside, flush_folder_of, remove};
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::Signer;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use sha2::{Digest, Sha256};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Both keys of an account in a file, readable by its owner alone.
pub struct FileKey {
    path: PathBuf,
    /// None once it was forgotten.
    key: Mutex<Option<SigningKey>>,
}

impl FileKey {
    /// Reads the key of a file, or makes the file and its key.
    pub fn open(path: &Path) -> Result<Self, KeyError> {
        match std::fs::read_to_string(path) {
            Ok(pem) => SigningKey::from_pkcs8_pem(&pem)
                .map(|key| Self::of(path, key))
                .map_err(|_| KeyError::Failed { reason: "the key file holds no P-256 key".into() }),
            Err(e) if e.kind() == ErrorKind::NotFound => Self::make(path),
            Err(e) => Err(failed(e)),
        }
    }

    fn of(path: &Path, key: SigningKey) -> Self {
        Self { path: path.to_owned(), key: Mutex::new(Some(key)) }
    }

    fn with<T>(&self, f: impl FnOnce(&SigningKey) -> Result<T, KeyError>) -> Result<T, KeyError> {
        let key = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        f(key.as_ref().ok_or(KeyError::Gone)?)
    }

    fn make(path: &Path) -> Result<Self, KeyError> {
        let key = loop {
            // All but a few of 2^256 byte strings are keys.
            let bytes: [u8; 32] = crate::random::bytes().map_err(failed)?;
            if let Ok(key) = SigningKey::from_slice(&bytes) {
                break key;
            }
        };
        let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(failed)?;
        if write_new(path, pem.as_bytes()).map_err(failed)? {
            return Ok(Self::of(path, key));
        }
        // Another program made it meanwhile.
        Self::open(path)
    }
}

impl KeyStore for FileKey {
    fn public_key(&self) -> Result<Vec<u8>, KeyError> {
        self.with(|key| {
            let point = key.verifying_key().to_sec1_point(false);
            // The first byte of an uncompressed point only says that it is one.
            Ok(point.as_bytes().get(1..).unwrap_or_default().to_vec())
        })
    }

    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, KeyError> {
        self.with(|key| {
            let signature: p256::ecdsa::Signature = key.try_sign(&message).map_err(failed)?;
            Ok(signature.normalize_s().to_bytes().to_vec())
        })
    }

    /// Derived from the key: whoever can read the file can do both.
    fn storage_key(&self) -> Result<Vec<u8>, KeyError> {
        self.with(|key| {
            let mut hash = Sha256::new();
            hash.update(b"hoso/storage/1");
            hash.update(key.to_bytes());
            Ok(hash.finalize().to_vec())
        })
    }

    fn forget(&self) -> Result<(), KeyError> {
        let mut key = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        for path in [&self.path, &beside(&self.path)] {
            remove(path).map_err(failed)?;
        }
        *key = None;
        Ok(())
    }
}

/// Writes a file whole or not at all; false if it has come to be there meanwhile. What a power cut leaves is the name
/// beside it, which the next one writes over.
fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<bool> {
    let beside = beside(path);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    // Who waited here may hold the very file that the other one put in place: it looks before it writes.
    file.lock()?;
    if path.try_exists()? {
        return Ok(false);
    }
    file.set_len(0)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    flush_folder_of(path)?;
    Ok(true)
}

fn failed(why: impl std::fmt::Display) -> KeyError {
    KeyError::Failed { reason: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.pem");
        let first = FileKey::open(&path).unwrap();
        let again = FileKey::open(&path).unwrap();
        assert_eq!(first.public_key(), again.public_key());
        assert_eq!(first.storage_key(), again.storage_key());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_key_that_could_not_be_written_whole_leaves_nothing_that_blocks_the_next_start() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.pem");
        // The disk takes nothing under any name but the last one.
        std::fs::create_dir(dir.path().join("a.pem.new")).unwrap();
        assert!(FileKey::open(&path).is_err());
        assert!(!path.exists(), "a key has its name only when it is whole");
        std::fs::remove_dir(dir.path().join("a.pem.new")).unwrap();
        // What a power cut left: more bytes than a key has.
        std::fs::write(dir.path().join("a.pem.new"), [b'x'; 4_096]).unwrap();
        let made = FileKey::open(&path).unwrap();
        assert_eq!(made.public_key(), FileKey::open(&path).unwrap().public_key());
    }

    #[test]
    fn two_programs_that_begin_at_once_have_one_key() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.pem");
        let open = || FileKey::open(&path).unwrap().public_key().unwrap();
        let keys: Vec<_> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == open()));
    }

    #[test]
    fn what_the_key_signs_verifies() {
        let dir = tempfile::tempdir().unwrap();
        let keys = FileKey::open(&dir.path().join("a.pem")).unwrap();
        let signature = super::super::sign(&keys, b"m").unwrap();
        assert!(super::super::verify(&super::super::public_key(&keys).unwrap(), b"m", &signature));
    }

    #[test]
    fn a_key_that_is_forgotten_is_nowhere_and_the_next_one_is_another() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.pem");
        let keys = FileKey::open(&path).unwrap();
        let before = keys.public_key().unwrap();
        std::fs::write(dir.path().join("a.pem.new"), "what a power cut left").unwrap();
        for _ in 0..2 {
            keys.forget().unwrap();
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        assert_eq!(keys.sign(b"m".to_vec()), Err(KeyError::Gone));
        assert_eq!((keys.public_key(), keys.storage_key()), (Err(KeyError::Gone), Err(KeyError::Gone)));
        assert_ne!(FileKey::open(&path).unwrap().public_key().unwrap(), before);
    }

    #[test]
    fn a_file_that_holds_no_key_is_refused_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.pem");
        std::fs::write(&path, "not a key").unwrap();
        assert!(matches!(FileKey::open(&path), Err(KeyError::Failed { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"not a key");
    }
}
