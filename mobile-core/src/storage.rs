//! What the phone keeps: one file for an account, in which every value is sealed.
//!
//! A batch is one transaction: after `write` returns, all of it is on the disk, or none. Ids are keys and stand in
//! clear; what they name is sealed under the key store's storage key.

mod backend;
mod papers;
mod place;
mod seal;

pub(crate) use backend::Syncs;
pub(crate) use papers::{put_paper, put_upload, read_paper, remove_upload, uploads};
pub(crate) use place::{Gone, InFolder, Place};

use backend::Counted;
use dossier::ids::DossierId;
use redb::{Builder, Database, DatabaseError, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition};
use seal::Seal;
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The format of the file. A file of a later one is left alone; see `StorageError::Newer`.
pub(crate) const FORMAT: u32 = 1;
/// Pages kept in memory. Dossiers are small and read one at a time; a phone has better uses for its memory.
const CACHE: usize = 4 * 1024 * 1024;

/// Where the format stands: the one value that is not sealed, so that a later app's file is told from a wrong key's. Its
/// table is of the same types as all others, because each pair of types is the whole database's code once more.
const FORMAT_TABLE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("format");
const FORMAT_ID: &[u8] = b"format";
/// A sealed constant: opening it tells a wrong key from a damaged value.
const CHECK: (&str, &[u8]) = ("key", b"hoso");

/// The families of values. The name is the table's and a part of what each value is sealed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Account, server, cursor, tokens, the courier's chain.
    Meta,
    /// One for each dossier: what the list shows.
    Card,
    /// One for each dossier: events, outbox, what was set aside.
    Replica,
    /// One for each dossier: the acknowledged document, written only when something was acknowledged.
    Document,
    /// Dossiers with something to send; the value is empty.
    Outbox,
    /// What is known of a paper's bytes.
    Paper,
    /// A paper's bytes, in pieces.
    Piece,
    /// Papers that this phone has to bring to the server, by dossier and hash; the value is empty.
    Upload,
    /// A courier's lists.
    Manifest,
    /// A courier's records, by counter, until the server has them.
    Record,
    /// Receipts as they are handed on, by dossier, number and time of the event.
    Receipt,
    /// Dossiers with an event whose receipt and proof are not here; the value is the time to ask from, or empty.
    ReceiptDue,
    /// What the server said of a dossier last, signed: should it be put back from a backup, it believes its own word.
    Standing,
    /// Dossiers of which a restored server lacks something; the value is empty.
    Refill,
}

/// Why the store could not do what was asked. Nothing that was said to be saved is lost by any of them.
#[derive(Debug)]
pub enum StorageError {
    /// The disk is full; what was being saved was not, everything before it was.
    Full,
    /// Another process, or another client of this one, has the account open.
    Busy,
    /// The storage key does not open this file. Nothing was changed.
    WrongKey,
    /// A later version of the app wrote this file.
    Newer(u32),
    /// The file, or the named value in it, is not what was written.
    Damaged(String),
    /// Closed by `pause`.
    Paused,
    /// What the system or the database says of it.
    Io(String),
}

/// An account's file, open.
pub(crate) struct Store {
    database: Guarded,
    seal: Seal,
    /// A write failed below us: the database refuses everything until it is opened again.
    broken: AtomicBool,
    /// What was written since it was last asked.
    touched: Mutex<BTreeSet<Touched>>,
}

/// What of an account was written to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Touched {
    Dossier(DossierId),
    Parcels,
}

/// Where a file lies until it is whole.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    beside.into()
}

/// A name that is new, or gone, is so on the disk once its folder is there.
pub(crate) fn flush_folder_of(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Folders can be flushed on the systems that these programs run on; elsewhere there is no such call.
    if cfg!(unix) { std::fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Deletes a file, if there is one; when this returns, it stays deleted also after a power cut.
pub(crate) fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    match flush_folder_of(path) {
        // A folder that is not there holds nothing.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        flushed => flushed,
    }
}

/// An id and its opened value.
pub(crate) type Row = (Vec<u8>, Vec<u8>);

/// What one transaction writes.
#[derive(Default)]
pub(crate) struct Batch {
    puts: Vec<(Kind, Vec<u8>, Vec<u8>)>,
    removes: Vec<(Kind, Vec<u8>)>,
}

impl Batch {
    pub(crate) fn put(&mut self, kind: Kind, id: &[u8], value: impl Into<Vec<u8>>) -> &mut Self {
        self.puts.push((kind, id.to_vec(), value.into()));
        self
    }

    pub(crate) fn remove(&mut self, kind: Kind, id: &[u8]) -> &mut Self {
        self.removes.push((kind, id.to_vec()));
        self
    }
}

fn number(bytes: &[u8]) -> Result<u32, StorageError> {
    Ok(u32::from_be_bytes(bytes.try_into().map_err(|_| StorageError::Damaged("format".into()))?))
}

/// The library panics on some damaged files; to people that is damage like any other.
fn guarded<T>(work: impl FnOnce() -> Result<T, StorageError>) -> Result<T, StorageError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(StorageError::Damaged("file".into())))
}

/// A database that is closed without a panic too.
struct Guarded(Option<Database>);

impl Deref for Guarded {
    type Target = Database;

    fn deref(&self) -> &Database {
        self.0.as_ref().expect("it is there until it is dropped")
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let _ = guarded(|| {
            drop(self.0.take());
            Ok(())
        });
    }
}

impl Store {
    /// Opens an account's file, or makes it. A file without content was cut off: one that was being made has another
    /// name until it is whole.
    pub(crate) fn open(path: &Path, key: &[u8; 32], syncs: Arc<Syncs>) -> Result<Self, StorageError> {
        match std::fs::metadata(path) {
            Ok(about) if about.len() == 0 => Err(StorageError::Damaged("file".into())),
            Ok(_) => Self::open_file(path, key, syncs),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::make(path, key, syncs),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a new file beside its place and moves it there when it is on the disk, so that a crash leaves either none or
    /// a whole one. Who makes it holds its lock from the beginning.
    fn make(path: &Path, key: &[u8; 32], syncs: Arc<Syncs>) -> Result<Self, StorageError> {
        let beside = &beside(path);
        let store = match Self::open_file(beside, key, syncs.clone()) {
            Err(StorageError::Damaged(_) | StorageError::WrongKey | StorageError::Newer(_)) => {
                // Left by a crash; nobody was ever told that anything is in it.
                std::fs::remove_file(beside)?;
                Self::open_file(beside, key, syncs.clone())?
            }
            opened => opened?,
        };
        if path.exists() {
            // Another process was first.
            drop(store);
            std::fs::remove_file(beside)?;
            return Self::open_file(path, key, syncs);
        }
        std::fs::rename(beside, path)?;
        flush_folder_of(path)?;
        Ok(store)
    }

    fn open_file(path: &Path, key: &[u8; 32], syncs: Arc<Syncs>) -> Result<Self, StorageError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        Self::open_backend(redb::backends::FileBackend::new(file)?, key, syncs)
    }

    /// The same over any bytes that can be read, written and flushed: memory, a browser's file.
    pub(crate) fn open_backend(
        backend: impl StorageBackend,
        key: &[u8; 32],
        syncs: Arc<Syncs>,
    ) -> Result<Self, StorageError> {
        guarded(|| {
            let database = Builder::new().set_cache_size(CACHE).create_with_backend(Counted::new(backend, syncs))?;
            let database = Guarded(Some(database));
            let store =
                Self { database, seal: Seal::new(key), broken: AtomicBool::new(false), touched: Mutex::default() };
            store.greet()?;
            Ok(store)
        })
    }

    pub(crate) fn get(&self, kind: Kind, id: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        guarded(|| {
            let read = self.database.begin_read()?;
            let table = read.open_table(kind.table())?;
            let Some(sealed) = table.get(id)? else { return Ok(None) };
            self.seal.open(kind, id, sealed.value()).map(Some)
        })
    }

    /// Every value of a kind whose id begins with `prefix`, in the order of ids.
    pub(crate) fn all(&self, kind: Kind, prefix: &[u8]) -> Result<Vec<Row>, StorageError> {
        guarded(|| {
            let read = self.database.begin_read()?;
            let table = read.open_table(kind.table())?;
            let mut found = Vec::new();
            for row in table.range(prefix..)? {
                let (id, sealed) = row?;
                if !id.value().starts_with(prefix) {
                    break;
                }
                found.push((id.value().to_vec(), self.seal.open(kind, id.value(), sealed.value())?));
            }
            Ok(found)
        })
    }

    /// The ids of a kind, without opening a value.
    pub(crate) fn ids(&self, kind: Kind) -> Result<Vec<Vec<u8>>, StorageError> {
        guarded(|| {
            let read = self.database.begin_read()?;
            let table = read.open_table(kind.table())?;
            table.iter()?.map(|row| Ok(row?.0.value().to_vec())).collect()
        })
    }

    /// Writes a batch; when this returns `Ok`, it is on the disk.
    pub(crate) fn write(&self, batch: &Batch) -> Result<(), StorageError> {
        guarded(|| self.try_write(batch)).inspect_err(|_| self.broken.store(true, Ordering::Relaxed))?;
        let puts = batch.puts.iter().map(|(kind, id, _)| (*kind, id));
        let removes = batch.removes.iter().map(|(kind, id)| (*kind, id));
        let touched = puts.chain(removes).filter_map(|(kind, id)| kind.touches(id));
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).extend(touched);
        Ok(())
    }

    /// What was written since this was last called, and can be seen.
    pub(crate) fn take_touched(&self) -> BTreeSet<Touched> {
        std::mem::take(&mut self.touched.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    fn try_write(&self, batch: &Batch) -> Result<(), StorageError> {
        let write = self.database.begin_write()?;
        for (kind, id) in &batch.removes {
            write.open_table(kind.table())?.remove(id.as_slice())?;
        }
        for (kind, id, value) in &batch.puts {
            let sealed = self.seal.seal(*kind, id, value)?;
            write.open_table(kind.table())?.insert(id.as_slice(), sealed.as_slice())?;
        }
        write.commit()?;
        Ok(())
    }

    /// Makes the tables of a new file, or finds out whether this file is ours, of a known format, and opens.
    fn greet(&self) -> Result<(), StorageError> {
        let known = {
            let read = self.database.begin_read()?;
            match read.open_table(FORMAT_TABLE) {
                Ok(table) => table.get(FORMAT_ID)?.map(|value| number(value.value())).transpose()?,
                Err(redb::TableError::TableDoesNotExist(_)) => None,
                Err(e) => return Err(e.into()),
            }
        };
        match known {
            None => self.found(),
            Some(FORMAT) => match self.get(Kind::Meta, CHECK.0.as_bytes()) {
                Ok(Some(value)) if value == CHECK.1 => self.complete(),
                Ok(_) | Err(StorageError::Damaged(_)) => Err(StorageError::WrongKey),
                // It could not be read: that says nothing of the key.
                Err(other) => Err(other),
            },
            Some(later) => Err(StorageError::Newer(later)),
        }
    }

    /// Makes the tables that a file of an earlier app lacks. Receipts and standings of all its dossiers are then to be asked
    /// for.
    fn complete(&self) -> Result<(), StorageError> {
        let read = self.database.begin_read()?;
        let mut lacks = false;
        for kind in Kind::ALL {
            match read.open_table(kind.table()) {
                Ok(_) => {}
                Err(redb::TableError::TableDoesNotExist(_)) => lacks = true,
                Err(error) => return Err(error.into()),
            }
        }
        if !lacks {
            return Ok(());
        }
        let write = self.database.begin_write()?;
        for kind in Kind::ALL {
            write.open_table(kind.table())?;
        }
        {
            let mut due = write.open_table(Kind::ReceiptDue.table())?;
            for dossier in self.ids(Kind::Card)? {
                due.insert(dossier.as_slice(), self.seal.seal(Kind::ReceiptDue, &dossier, &[])?.as_slice())?;
            }
        }
        write.commit()?;
        Ok(())
    }

    fn found(&self) -> Result<(), StorageError> {
        let write = self.database.begin_write()?;
        write.open_table(FORMAT_TABLE)?.insert(FORMAT_ID, FORMAT.to_be_bytes().as_slice())?;
        for kind in Kind::ALL {
            write.open_table(kind.table())?;
        }
        let sealed = self.seal.seal(Kind::Meta, CHECK.0.as_bytes(), CHECK.1)?;
        write.open_table(Kind::Meta.table())?.insert(CHECK.0.as_bytes(), sealed.as_slice())?;
        write.commit()?;
        Ok(())
    }
}

impl Kind {
    const ALL: [Self; 14] = [
        Self::Meta,
        Self::Card,
        Self::Replica,
        Self::Document,
        Self::Outbox,
        Self::Paper,
        Self::Piece,
        Self::Upload,
        Self::Manifest,
        Self::Record,
        Self::Receipt,
        Self::ReceiptDue,
        Self::Standing,
        Self::Refill,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Card => "card",
            Self::Replica => "replica",
            Self::Document => "document",
            Self::Outbox => "outbox",
            Self::Paper => "paper",
            Self::Piece => "piece",
            Self::Upload => "upload",
            Self::Manifest => "manifest",
            Self::Record => "record",
            Self::Receipt => "receipt",
            Self::ReceiptDue => "receipt_due",
            Self::Standing => "standing",
            Self::Refill => "refill",
        }
    }

    /// What of an account is another thing to look at when this value is.
    fn touches(self, id: &[u8]) -> Option<Touched> {
        match self {
            // Their ids begin with the dossier's.
            Self::Card | Self::Replica | Self::Document | Self::Outbox | Self::Upload | Self::Receipt => {
                let id: [u8; 16] = id.get(..16)?.try_into().ok()?;
                Some(Touched::Dossier(DossierId::from_bytes(id)))
            }
            Self::Manifest | Self::Record => Some(Touched::Parcels),
            Self::Meta | Self::Paper | Self::Piece | Self::ReceiptDue | Self::Standing | Self::Refill => None,
        }
    }

    fn table(self) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
        TableDefinition::new(self.name())
    }
}

impl From<std::io::Error> for StorageError {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind;
        match error.kind() {
            // A file size limit (RLIMIT_FSIZE, a quota) is a full disk to whoever writes.
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Self::Full,
            ErrorKind::ResourceBusy => Self::Busy,
            ErrorKind::InvalidData | ErrorKind::UnexpectedEof => Self::Damaged("file".into()),
            _ => Self::Io(error.to_string()),
        }
    }
}

impl From<redb::StorageError> for StorageError {
    fn from(error: redb::StorageError) -> Self {
        match error {
            redb::StorageError::Io(io) => io.into(),
            redb::StorageError::Corrupted(_) => Self::Damaged("file".into()),
            other => Self::Io(other.to_string()),
        }
    }
}

impl From<DatabaseError> for StorageError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::DatabaseAlreadyOpen => Self::Busy,
            DatabaseError::UpgradeRequired(version) => Self::Newer(version.into()),
            DatabaseError::RepairAborted => Self::Damaged("file".into()),
            DatabaseError::Storage(storage) => storage.into(),
            other => Self::Io(other.to_string()),
        }
    }
}

/// redb has one error for each call; what matters to us is the storage error inside.
macro_rules! through_storage {
    ($($error:ident),*) => {$(
        impl From<redb::$error> for StorageError {
            fn from(error: redb::$error) -> Self {
                match error {
                    redb::$error::Storage(storage) => storage.into(),
                    other => Self::Io(other.to_string()),
                }
            }
        }
    )*};
}
through_storage!(TransactionError, TableError, CommitError);

impl std::fmt::Display for StorageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Full => f.write_str("the disk is full"),
            Self::Busy => f.write_str("the account is open elsewhere"),
            Self::WrongKey => f.write_str("the storage key does not open this file"),
            Self::Newer(version) => write!(f, "the file is of format {version}, this app knows {FORMAT}"),
            Self::Damaged(what) => write!(f, "damaged: {what}"),
            Self::Paused => f.write_str("the account is paused"),
            Self::Io(why) => f.write_str(why),
        }
    }
}
impl std::error::Error for StorageError {}

#[cfg(test)]
mod tests;
