//! A disk that was full for a while, under an app that goes on running.

use super::disk::PowerCutDisk;
use super::*;
use crate::keys::KeyError;
use redb::StorageBackend;
use std::io;
use std::sync::atomic::AtomicBool;

/// A disk with an account's file, which for a while takes nothing and then does not even open it.
#[derive(Clone, Debug, Default)]
struct FullDisk {
    disk: PowerCutDisk,
    full: Arc<AtomicBool>,
    note: Arc<Mutex<Option<Gone>>>,
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
    fn condemn(&self, why: Gone) -> io::Result<()> {
        // There is room once the file is gone.
        if !self.disk.now().is_empty() {
            self.takes()?;
        }
        *self.note.lock().unwrap() = Some(why);
        Ok(())
    }
    fn condemned(&self) -> io::Result<Option<Gone>> {
        Ok(*self.note.lock().unwrap())
    }
    fn clear(&self) -> io::Result<()> {
        self.disk.clear()
    }
    fn acquit(&self) -> io::Result<()> {
        *self.note.lock().unwrap() = None;
        Ok(())
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

async fn enrolled(hub: &Arc<Mutex<Hub>>) -> (Phone, FullDisk) {
    let (phone, disk) = phone(hub);
    hub.lock().unwrap().codes.insert("C0DE".into(), (PersonId::from_bytes([1; 16]), false));
    phone.enrol("C0DE").await.unwrap();
    (phone, disk)
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
    client.resume();
    assert_eq!(code(client.new_draft(PROCEDURE)), "storage_full");
    disk.is(false);
    client.new_draft(PROCEDURE).unwrap();
}

#[tokio::test]
async fn a_lost_phone_obeys_also_where_nothing_can_be_written() {
    let hub = Hub::open();
    let (phone, disk) = enrolled(&hub).await;
    // The refusal brings a nonce to be kept; that fails, and the file cannot be read any more either.
    disk.is(true);
    phone.mishap(Mishap::Lost);
    assert_eq!(phone.client.devices().await.unwrap_err().code(), "wiped");
    assert!(disk.disk.now().is_empty() && phone.client.list().is_err_and(|error| error.code() == "wiped"));
}

/// Keys that cannot be deleted just now.
struct Locked(FileKey);

impl KeyStore for Locked {
    fn public_key(&self) -> Result<Vec<u8>, KeyError> {
        self.0.public_key()
    }
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, KeyError> {
        self.0.sign(message)
    }
    fn storage_key(&self) -> Result<Vec<u8>, KeyError> {
        self.0.storage_key()
    }
    fn forget(&self) -> Result<(), KeyError> {
        Err(KeyError::Locked)
    }
}

#[test]
fn a_deletion_on_a_full_disk_is_noted_before_its_keys_go() {
    let (phone, disk) = phone(&Hub::open());
    disk.is(true);
    let keys = Locked(key(phone.dir.path(), "me"));
    assert_eq!(delete(&disk, &keys, Gone::Lost).unwrap_err().code(), "key_locked");
    assert_eq!(disk.condemned().unwrap(), Some(Gone::Lost), "it goes on when the account is next opened");
}

#[tokio::test]
async fn a_lost_phone_obeys_also_where_what_it_would_send_cannot_be_noted() {
    let hub = Hub::open();
    let (phone, disk) = enrolled(&hub).await;
    phone.filled();
    disk.is(true);
    assert_eq!(phone.client.sync().await.unwrap_err().code(), "storage_full");
    disk.is(false);
    assert_eq!(phone.client.list().unwrap().cards.len(), 1);
    disk.is(true);
    phone.mishap(Mishap::Lost);
    assert_eq!(phone.client.sync().await.unwrap_err().code(), "wiped");
}

#[tokio::test]
async fn a_lost_phone_obeys_also_where_its_file_opens_no_more() {
    for asks in [false, true] {
        let hub = Hub::open();
        let (phone, disk) = enrolled(&hub).await;
        disk.is(true);
        assert!(phone.client.new_draft(PROCEDURE).is_err() && phone.client.list().is_err());
        assert_eq!(phone.client.sync().await.unwrap_err().code(), "storage_full", "nobody reported it lost");
        phone.mishap(Mishap::Lost);
        let told = if asks { phone.client.devices().await.err() } else { phone.client.sync().await.err() };
        assert_eq!(told.unwrap().code(), "wiped");
        assert!(disk.disk.now().is_empty());
    }
}
