//! Key files: private, on disk whole or not at all.

use super::KeysError;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// A key that was not there, and where it is to lie.
pub(super) type Fresh = Vec<(PathBuf, Vec<u8>)>;

/// Reads a key that must be there or, if it is not, makes it in memory.
pub(super) fn read_or_make(path: &Path, make: fn() -> Vec<u8>, fresh: &mut Fresh) -> Result<Vec<u8>, KeysError> {
    match read(path)? {
        Some(bytes) => Ok(bytes),
        None => {
            let bytes = make();
            fresh.push((path.into(), bytes.clone()));
            Ok(bytes)
        }
    }
}

/// What a private file holds; `None` if it is not there.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, KeysError> {
    match fs::read(path) {
        Ok(bytes) => {
            must_be_private(path)?;
            Ok(Some(bytes))
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(KeysError::File(path.into(), e)),
    }
}

/// Written beside, then renamed.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), KeysError> {
    let write = || {
        let beside = path.with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
    };
    write().map_err(|cause| KeysError::File(path.into(), cause))
}

pub(super) fn must_be_private(path: &Path) -> Result<(), KeysError> {
    let mode = fs::metadata(path).map_err(|e| KeysError::File(path.into(), e))?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(KeysError::Open(path.into(), mode)) }
}
