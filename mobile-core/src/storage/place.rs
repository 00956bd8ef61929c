//! Where an account's file lies, and how it is deleted for good.

use super::{StorageError, Store, Syncs, beside, flush_folder_of, remove};
use crate::account;
use redb::StorageBackend as _;
use redb::backends::FileBackend;
use std::fs::File;
use std::io;
use std::ops::Bound;
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

/// One account's place: a file in a folder, or what a web page may keep. A deletion is noted before it begins and the note
/// goes last, so that one that was broken off goes on when the account is opened next.
pub(crate) trait Place: Send + Sync {
    /// Opens what is kept here, or makes it.
    fn open(&self, key: &[u8; 32], syncs: Arc<Syncs>) -> Result<Store, StorageError>;
    /// Fails where another program, or another part of this one, has it open: what is said to be saved there must not be deleted.
    /// A place where opening alone tells has nothing to ask.
    fn free(&self) -> io::Result<()> {
        Ok(())
    }
    /// Notes that what is kept here is to be deleted, and why.
    fn condemn(&self, why: Gone) -> io::Result<()>;
    /// Why, if that was noted.
    fn condemned(&self) -> io::Result<Option<Gone>>;
    /// Deletes what is kept here, and not the note.
    fn clear(&self) -> io::Result<()>;
    /// Deletes the note.
    fn acquit(&self) -> io::Result<()>;
}

/// The file of this path; the note is an empty file beside it, whose ending says why: it is there whole or not at all.
pub(crate) struct InFolder(pub(crate) PathBuf);

impl InFolder {
    fn note(&self, why: Gone) -> PathBuf {
        self.0.with_extension(match why {
            Gone::Lost => account::LOST,
            Gone::Removed => account::REMOVED,
        })
    }
}

impl Place for InFolder {
    fn open(&self, key: &[u8; 32], syncs: Arc<Syncs>) -> Result<Store, StorageError> {
        if let Some(folder) = self.0.parent() {
            let mut options = std::fs::DirBuilder::new();
            options.recursive(true);
            // As the file is: its owner's alone.
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut options, 0o700);
            options.create(folder)?;
        }
        Store::open(&self.0, key, syncs)
    }
    fn free(&self) -> io::Result<()> {
        let file = match File::options().read(true).write(true).open(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            file => file?,
        };
        // As the database locks it; a system without locks has nobody who could hold one.
        let locked = FileBackend::new(file).map(|file| file.try_lock_range(Bound::Included(1), Bound::Unbounded));
        if matches!(locked, Ok(Ok(false))) { Err(io::ErrorKind::ResourceBusy.into()) } else { Ok(()) }
    }
    fn condemn(&self, why: Gone) -> io::Result<()> {
        let note = self.note(why);
        File::create(&note)?.sync_all()?;
        flush_folder_of(&note)
    }
    fn condemned(&self) -> io::Result<Option<Gone>> {
        for why in [Gone::Lost, Gone::Removed] {
            if self.note(why).try_exists()? {
                return Ok(Some(why));
            }
        }
        Ok(None)
    }
    fn clear(&self) -> io::Result<()> {
        [&self.0, &beside(&self.0)].into_iter().try_for_each(|file| remove(file))
    }
    fn acquit(&self) -> io::Result<()> {
        [Gone::Lost, Gone::Removed].into_iter().try_for_each(|why| remove(&self.note(why)))
    }
}
