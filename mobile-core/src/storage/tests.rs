use super::*;
use dossier::ids::PaperHash;
use redb::backends::InMemoryBackend;

const KEY: [u8; 32] = [7; 32];

fn open(path: &Path) -> Result<Store, StorageError> {
    Store::open(path, &KEY, Arc::default())
}

fn put(store: &Store, id: &str, value: &str) -> Result<(), StorageError> {
    let mut batch = Batch::default();
    batch.put(Kind::Card, id.as_bytes(), value);
    store.write(&batch)
}

fn value(store: &Store, id: &str) -> Option<Vec<u8>> {
    store.get(Kind::Card, id.as_bytes()).unwrap()
}

#[test]
fn what_was_saved_is_there_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.hoso");
    put(&open(&path).unwrap(), "1", "one").unwrap();
    assert_eq!(value(&open(&path).unwrap(), "1").unwrap(), b"one");
}

#[test]
fn a_process_killed_inside_a_transaction_loses_only_that_transaction() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.hoso");
    let store = open(&path).unwrap();
    put(&store, "1", "one").unwrap();
    // Copies of the file while a transaction is open are what a kill leaves behind.
    let write = store.database.begin_write().unwrap();
    write.open_table(Kind::Card.table()).unwrap().insert(b"2".as_slice(), b"x".as_slice()).unwrap();
    let killed = dir.path().join("killed.hoso");
    std::fs::copy(&path, &killed).unwrap();
    drop(write);
    for path in [&killed, &path] {
        let store = if *path == killed { &open(&killed).unwrap() } else { &store };
        assert_eq!(value(store, "1").unwrap(), b"one");
        assert_eq!(value(store, "2"), None);
    }
}

#[test]
fn one_saved_batch_waits_for_the_disk_at_most_twice() {
    let syncs = Arc::<Syncs>::default();
    let store = Store::open_backend(InMemoryBackend::new(), &KEY, syncs.clone()).unwrap();
    let before = syncs.count();
    put(&store, "1", "one").unwrap();
    let syncs = syncs.count() - before;
    assert!((1..=2).contains(&syncs), "{syncs} flushes");
}

#[test]
fn a_wrong_key_is_refused_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.hoso");
    put(&open(&path).unwrap(), "1", "one").unwrap();
    assert!(matches!(Store::open(&path, &[8; 32], Arc::default()), Err(StorageError::WrongKey)));
    assert_eq!(value(&open(&path).unwrap(), "1").unwrap(), b"one");
}

#[test]
fn a_file_of_a_later_format_is_refused_by_its_number() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.hoso");
    let store = open(&path).unwrap();
    let write = store.database.begin_write().unwrap();
    write.open_table(FORMAT_TABLE).unwrap().insert(FORMAT_ID, 9u32.to_be_bytes().as_slice()).unwrap();
    write.commit().unwrap();
    drop(store);
    assert!(matches!(open(&path), Err(StorageError::Newer(9))));
}

#[test]
fn a_file_whose_format_is_no_number_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.hoso");
    let store = open(&path).unwrap();
    let write = store.database.begin_write().unwrap();
    write.open_table(FORMAT_TABLE).unwrap().insert(FORMAT_ID, [0, 0, 1].as_slice()).unwrap();
    write.commit().unwrap();
    drop(store);
    assert!(matches!(open(&path), Err(StorageError::Damaged(what)) if what == "format"));
}

#[test]
fn what_the_system_says_is_told_by_what_to_do_about_it() {
    use std::io::{Error, ErrorKind};
    let told = |kind| StorageError::from(Error::from(kind));
    assert!(matches!(told(ErrorKind::ResourceBusy), StorageError::Busy));
    assert!(matches!(told(ErrorKind::StorageFull), StorageError::Full));
    assert!(matches!(told(ErrorKind::PermissionDenied), StorageError::Io(_)));
}

#[test]
fn a_file_that_is_no_store_is_named_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.hoso");
    std::fs::write(&path, vec![1; 8192]).unwrap();
    assert!(matches!(open(&path), Err(StorageError::Damaged(_))));
    assert_eq!(std::fs::read(&path).unwrap(), vec![1; 8192], "it is left as it was");
}

#[test]
fn a_file_that_was_cut_off_to_nothing_is_named_damaged_and_left() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.hoso");
    put(&open(&path).unwrap(), "1", "one").unwrap();
    std::fs::File::create(&path).unwrap();
    assert!(matches!(open(&path), Err(StorageError::Damaged(_))));
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
}

#[test]
fn a_crash_while_the_file_was_being_made_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let (path, beside) = (dir.path().join("a.hoso"), dir.path().join("a.hoso.new"));
    let whole = dir.path().join("whole.hoso");
    drop(open(&whole).unwrap());
    let bytes = std::fs::read(&whole).unwrap();
    let strangers = dir.path().join("strangers.hoso");
    drop(Store::open(&strangers, &[8; 32], Arc::default()).unwrap());
    let left = [vec![], vec![1; 100], bytes[..bytes.len() / 2].to_vec(), bytes, std::fs::read(&strangers).unwrap()];
    for (n, left) in left.into_iter().enumerate() {
        std::fs::write(&beside, left).unwrap();
        put(&open(&path).unwrap(), "1", "one").unwrap();
        assert!(!beside.exists(), "{n}");
        assert_eq!(value(&open(&path).unwrap(), "1").unwrap(), b"one");
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn of_two_that_make_an_account_at_once_the_second_is_told_that_it_is_busy() {
    let dir = tempfile::tempdir().unwrap();
    let (path, beside) = (dir.path().join("a.hoso"), dir.path().join("a.hoso.new"));
    let being_made = open(&beside).unwrap();
    assert!(matches!(open(&path), Err(StorageError::Busy)));
    drop(being_made);
    let store = open(&path).unwrap();
    assert!(matches!(open(&path), Err(StorageError::Busy)), "and its lock moves with it");
    drop(store);
}

#[test]
fn an_account_that_is_open_is_busy() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.hoso");
    let _first = open(&path).unwrap();
    assert!(matches!(open(&path), Err(StorageError::Busy)));
}

#[test]
fn a_value_that_was_altered_or_moved_is_named() {
    let store = Store::open_backend(InMemoryBackend::new(), &KEY, Arc::default()).unwrap();
    put(&store, "1", "one").unwrap();
    let sealed = {
        let read = store.database.begin_read().unwrap();
        read.open_table(Kind::Card.table()).unwrap().get(b"1".as_slice()).unwrap().unwrap().value().to_vec()
    };
    let mut altered = sealed.clone();
    altered[30] ^= 1;
    for (id, bytes) in [(b"1".as_slice(), altered), (b"2".as_slice(), sealed), (b"3".as_slice(), vec![1, 2])] {
        let write = store.database.begin_write().unwrap();
        write.open_table(Kind::Card.table()).unwrap().insert(id, bytes.as_slice()).unwrap();
        write.commit().unwrap();
        let name = format!("card/{:02x}", id[0]);
        assert!(matches!(store.get(Kind::Card, id), Err(StorageError::Damaged(n)) if n == name));
    }
}

#[test]
fn nothing_of_a_value_stands_in_the_file_in_clear() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.hoso");
    put(&open(&path).unwrap(), "1", "Nguyen Van An").unwrap();
    let file = std::fs::read(&path).unwrap();
    assert!(!file.windows(8).any(|w| w == b"guyen Va"));
}

#[test]
fn a_paper_of_every_size_comes_back_whole() {
    let store = Store::open_backend(InMemoryBackend::new(), &KEY, Arc::default()).unwrap();
    for (n, size) in [1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 700_000].into_iter().enumerate() {
        let (hash, bytes) = (PaperHash([n as u8; 32]), vec![n as u8; size]);
        let mut batch = Batch::default();
        put_paper(&mut batch, &hash, &bytes);
        store.write(&batch).unwrap();
        assert_eq!(read_paper(&store, &hash).unwrap().unwrap(), bytes);
    }
}

/// A backend whose disk is full from a given size on.
#[derive(Debug)]
struct SmallDisk(InMemoryBackend, u64);

impl StorageBackend for SmallDisk {
    fn len(&self) -> std::io::Result<u64> {
        self.0.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        self.0.read(offset, out)
    }
    fn set_len(&self, len: u64) -> std::io::Result<()> {
        if len > self.1 { Err(std::io::ErrorKind::StorageFull.into()) } else { self.0.set_len(len) }
    }
    fn sync_data(&self) -> std::io::Result<()> {
        self.0.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> std::io::Result<()> {
        self.0.write(offset, data)
    }
}

#[test]
fn a_full_disk_is_said_so() {
    let store = Store::open_backend(SmallDisk(InMemoryBackend::new(), 4 << 20), &KEY, Arc::default()).unwrap();
    let big = "x".repeat(100_000);
    let full = (0..200).map(|n| put(&store, &n.to_string(), &big)).find_map(Result::err);
    assert!(matches!(full, Some(StorageError::Full)), "{full:?}");
    assert!(store.is_broken());
}

#[test]
fn a_file_that_was_damaged_anywhere_is_told_and_never_ends_the_program() {
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("whole.hoso");
    (0..40).for_each(|n| put(&open(&whole).unwrap(), &n.to_string(), &"x".repeat(500)).unwrap());
    let bytes = std::fs::read(&whole).unwrap();
    let damaged = dir.path().join("damaged.hoso");
    let mut told = 0;
    for at in (0..bytes.len().min(64 * 1024)).step_by(509) {
        let mut garbled = bytes.clone();
        let end = (at + 64).min(garbled.len());
        garbled[at..end].iter_mut().for_each(|byte| *byte ^= 0x5a);
        std::fs::write(&damaged, &garbled).unwrap();
        let read = open(&damaged).and_then(|store| guarded(|| store.all(Kind::Card, b"")));
        told += usize::from(read.is_err());
    }
    assert!(told > 10, "only {told} damages were noticed");
}

#[test]
fn a_file_from_before_receipts_were_kept_has_all_its_dossiers_looked_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.hoso");
    let store = open(&path).unwrap();
    put(&store, "dossier", "card").unwrap();
    let write = store.database.begin_write().unwrap();
    for kind in [Kind::Receipt, Kind::ReceiptDue, Kind::Standing, Kind::Refill] {
        assert!(write.delete_table(kind.table()).unwrap());
    }
    write.commit().unwrap();
    drop(store);
    let store = open(&path).unwrap();
    assert_eq!(store.all(Kind::ReceiptDue, &[]).unwrap(), [(b"dossier".to_vec(), Vec::new())]);
    assert_eq!(store.all(Kind::Receipt, &[]).unwrap(), []);
    let mut batch = Batch::default();
    batch.remove(Kind::ReceiptDue, b"dossier");
    store.write(&batch).unwrap();
    drop(store);
    assert_eq!(open(&path).unwrap().all(Kind::ReceiptDue, &[]).unwrap(), [], "only once");
}

#[cfg(unix)]
#[test]
fn file_and_folder_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let (folder, path) = (dir.path().join("data"), dir.path().join("data/me.hoso"));
    drop(InFolder(path.clone()).open(&[1; 32], Arc::default()).unwrap());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&path)), (0o700, 0o600));
}

/// The library checks a page where it first needs it, and gives up on some with a panic.
#[test]
fn a_damaged_file_ends_no_call_in_a_panic() {
    let dir = tempfile::tempdir().unwrap();
    let (whole, path) = (dir.path().join("whole.hoso"), dir.path().join("a.hoso"));
    let store = open(&whole).unwrap();
    let mut batch = Batch::default();
    for n in 0..400_u32 {
        batch.put(Kind::Card, &n.to_be_bytes(), [7; 100]);
    }
    store.write(&batch).unwrap();
    drop(store);
    let bytes = std::fs::read(&whole).unwrap();
    let (mut opened, mut damaged) = (0, 0);
    // The first bytes of a page say what lies where in it.
    let spots = (0..12).map(|n| (64 * n, 64, 0)).chain((0..6).map(|n| (8 + 24 * n, 8, 0xff)));
    for (page, (from, len, fill)) in
        (0..bytes.len() / 4096).step_by(4).flat_map(|page| spots.clone().map(move |spot| (page, spot)))
    {
        let mut bytes = bytes.clone();
        bytes[4096 * page + from..][..len].fill(fill);
        std::fs::write(&path, &bytes).unwrap();
        let Ok(store) = open(&path) else { continue };
        opened += 1;
        let one = |n: u32| store.get(Kind::Card, &n.to_be_bytes()).map(drop);
        let read = (0..400).step_by(20).try_for_each(one);
        let rest = [store.all(Kind::Card, &[]).map(drop), store.ids(Kind::Card).map(drop), put(&store, "new", "one")];
        damaged += u32::from(read.is_err() || rest.iter().any(Result::is_err));
    }
    assert!(opened > 100 && damaged > 10, "{opened} opened, {damaged} of them damaged");
}
