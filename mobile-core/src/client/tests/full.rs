//! A disk that was full for a while, under an app that goes on running.

use super::disk::PowerCutDisk;
use super::*;
use redb::StorageBackend;
use std::io;
use std::sync::atomic::AtomicBool;

/// A disk with an account's file, which for a while takes nothing and then does not even open it.
#[derive(Clone, Debug, Default)]
struct FullDisk {
    disk: PowerCutDisk,
    full: Arc<AtomicBool>,
}

impl FullDisk {
    fn is(&self, full: bool) {
        self.full.store(full, Ordering::SeqCst);
    }

    fn takes(&self) -> io::Result<()> {
        if self.full.load(Ordering::SeqCst) { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

impl StorageBackend for FullDisk {
    fn len(&self) -> io::Result<u64> {
        self.disk.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.disk.read(offset, out)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.takes()?;
        self.disk.set_len(len)
    }
    fn sync_data(&self) -> io::Result<()> {
        self.disk.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.takes()?;
        self.disk.write(offset, data)
    }
}

impl Place for FullDisk {
    fn open(&self, key: &[u8; 32], syncs: Arc<Syncs>) -> Result<Store, StorageError> {
        self.takes().map_err(StorageError::from)?;
        Store::open_backend(self.clone(), key, syncs)
    }
    fn condemn(&self, _: Gone) -> io::Result<()> {
        self.takes()
    }
    fn condemned(&self) -> io::Result<Option<Gone>> {
        self.disk.condemned()
    }
    fn clear(&self) -> io::Result<()> {
        self.disk.clear()
    }
    fn acquit(&self) -> io::Result<()> {
        self.disk.acquit()
    }
}

/// A phone on such a disk that nobody has signed in on.
fn phone(hub: &Arc<Mutex<Hub>>) -> (Phone, FullDisk) {
    let (dir, disk, clock) = (tempfile::tempdir().unwrap(), FullDisk::default(), Noon::default());
    let keys = Arc::new(key(dir.path(), "me"));
    let line = Line::new(hub, keys::public_key(keys.as_ref()).unwrap());
    let outside = Outside { keys, transport: Arc::new(line.clone()), clock: Arc::new(clock.clone()) };
    let client = Unopened::at(Box::new(disk.clone()), outside, Language::Vietnamese).unwrap().open().unwrap();
    (Phone { client, line, dir, clock }, disk)
}

#[tokio::test]
async fn an_app_goes_on_by_itself_when_its_disk_has_space_again() {
    let (phone, disk) = phone(&Hub::open());
    let client = &phone.client;
    let id = client.new_draft(PROCEDURE).unwrap();

    disk.is(true);
    let code = |done: Result<String, Error>| done.unwrap_err().code().to_owned();
    assert_eq!(code(client.new_draft(PROCEDURE)), "storage_full");
    // The file cannot be opened again either, however often: nobody paused it.
    assert_eq!(code(client.new_draft(PROCEDURE)), "storage_full");
    assert_eq!(code(client.new_draft(PROCEDURE)), "storage_full");

    disk.is(false);
    client.new_draft(PROCEDURE).unwrap();
    assert!(client.detail(&id).is_ok() && client.list().unwrap().cards.len() == 2);

    // What the app paused stays so.
    client.pause();
    assert_eq!(code(client.new_draft(PROCEDURE)), "storage_paused");
    disk.is(true);
    assert_eq!(client.resume().unwrap_err().code(), "storage_full");
    disk.is(false);
    client.new_draft(PROCEDURE).unwrap();
}

#[tokio::test]
async fn a_lost_phone_obeys_also_where_nothing_can_be_written() {
    let hub = Hub::open();
    let (phone, disk) = phone(&hub);
    hub.lock().unwrap().codes.insert("C0DE".into(), (PersonId::from_bytes([1; 16]), false));
    phone.enrol("C0DE").await.unwrap();
    // The refusal brings a nonce to be kept; that fails, and the file cannot be read any more either.
    disk.is(true);
    phone.mishap(Mishap::Lost);
    assert_eq!(phone.client.devices().await.unwrap_err().code(), "wiped");
    assert!(disk.disk.now().is_empty() && phone.client.list().is_err_and(|error| error.code() == "wiped"));
}

#[tokio::test]
async fn a_lost_phone_obeys_also_where_what_it_would_send_cannot_be_noted() {
    let hub = Hub::open();
    let (phone, disk) = phone(&hub);
    hub.lock().unwrap().codes.insert("C0DE".into(), (PersonId::from_bytes([1; 16]), false));
    phone.enrol("C0DE").await.unwrap();
    phone.filled();
    disk.is(true);
    assert_eq!(phone.client.sync().await.unwrap_err().code(), "storage_full");
    disk.is(false);
    assert_eq!(phone.client.list().unwrap().cards.len(), 1);
    disk.is(true);
    phone.mishap(Mishap::Lost);
    assert_eq!(phone.client.sync().await.unwrap_err().code(), "wiped");
}
