//! Where an account's file lies, and how it is deleted for good.

use super::{StorageError, Store, Syncs, beside, flush_folder_of, remove};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

/// Why an account keeps nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gone {
    /// The device was reported lost.
    Lost,
    /// The app let go of it.
    Removed,
}

/// What stands in a note beside a file; anything else is of a removal.
const LOST: &str = "lost";

/// One account's place: a file in a folder, or what a web page may keep. A deletion is noted before it begins and the note
/// goes last, so that one that was broken off goes on when the account is opened next.
pub(crate) trait Place: Send + Sync {
    /// Opens what is kept here, or makes it.
    fn open(&self, key: &[u8; 32], syncs: Arc<Syncs>) -> Result<Store, StorageError>;
    /// Notes that what is kept here is to be deleted, and why.
    fn condemn(&self, why: Gone) -> io::Result<()>;
    /// Why, if that was noted.
    fn condemned(&self) -> io::Result<Option<Gone>>;
    /// Deletes what is kept here, and not the note.
    fn clear(&self) -> io::Result<()>;
    /// Deletes the note.
    fn acquit(&self) -> io::Result<()>;
}

/// The file of this path; the note lies beside it.
pub(crate) struct InFolder(pub(crate) PathBuf);

impl InFolder {
    fn note(&self) -> PathBuf {
        self.0.with_extension(crate::account::WIPE)
    }
}

impl Place for InFolder {
    fn open(&self, key: &[u8; 32], syncs: Arc<Syncs>) -> Result<Store, StorageError> {
        if let Some(folder) = self.0.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Store::open(&self.0, key, syncs)
    }
    fn condemn(&self, why: Gone) -> io::Result<()> {
        let note = self.note();
        let mut file = File::create(&note)?;
        file.write_all(if why == Gone::Lost { LOST.as_bytes() } else { b"" })?;
        file.sync_all()?;
        flush_folder_of(&note)
    }
    fn condemned(&self) -> io::Result<Option<Gone>> {
        match std::fs::read(self.note()) {
            Ok(why) if why == LOST.as_bytes() => Ok(Some(Gone::Lost)),
            Ok(_) => Ok(Some(Gone::Removed)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
    fn clear(&self) -> io::Result<()> {
        [&self.0, &beside(&self.0)].into_iter().try_for_each(|file| remove(file))
    }
    fn acquit(&self) -> io::Result<()> {
        remove(&self.note())
    }
}
