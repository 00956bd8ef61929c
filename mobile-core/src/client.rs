//! One account on one phone: everything an app calls. Local calls answer at once and are on the disk when they return;
//! only `sync` and signing in use the network.

mod aside;
mod catalogue;
mod courier;
mod delivery;
mod devices;
mod draft;
mod log;
mod read;
mod readings;
mod receipt;
mod receipts;
mod restore;
mod sign_in;
mod sync;
mod wipe;

pub use courier::{DoorProof, DoorRecipient, PositionInput};
pub use delivery::PostalInput;
pub use draft::{BehalfInput, FieldInput};
pub(crate) use wipe::delete;

use crate::account::{self, Account, Heard, Remembered, Session};
use crate::clock::Clock;
use crate::error::Error;
use crate::events::{Events, EventsView, Happened, Observer};
use crate::keys::{self, KeyStore};
use crate::storage::{Gone, InFolder, Place, StorageError, Store, Syncs, Touched};
use crate::transport::Transport;
use dossier::ids::{DossierId, NotA, PublicKey, Signature, Thumbprint};
use dossier::procedure::{Catalogue, Procedure};
use dossier::replica::Replica;
use dossier::sentence::{Language, Sentence};
use dossier::time::Timestamp;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use uuid::Builder;

/// The phone's outside world.
#[derive(Clone)]
pub struct Outside {
    /// Of this account.
    pub keys: Arc<dyn KeyStore>,
    /// The network.
    pub transport: Arc<dyn Transport>,
    /// The device's clocks.
    pub clock: Arc<dyn Clock>,
}

impl Outside {
    /// The phone's wall clock.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.clock.now_ms())
    }
}

/// An account that is about to be opened: the app's key store was asked, which may have waited for a person, and nothing is
/// open or locked yet.
pub(crate) struct Unopened {
    place: Box<dyn Place>,
    outside: Outside,
    language: Language,
    /// By which servers know this device.
    public_key: PublicKey,
    key: [u8; 32],
}

impl Unopened {
    /// What lies at a place, or is made there; see `Client::open`.
    pub(crate) fn at(place: Box<dyn Place>, outside: Outside, language: Language) -> Result<Self, Error> {
        wipe::go_on(place.as_ref(), outside.keys.as_ref())?;
        let key = keys::storage_key(outside.keys.as_ref())?;
        let public_key = keys::public_key(outside.keys.as_ref())?;
        Ok(Self { place, outside, language, public_key, key })
    }

    pub(crate) fn open(self) -> Result<Client, Error> {
        let Self { place, outside, language, public_key, key } = self;
        let syncs = Arc::<Syncs>::default();
        let store = place.open(&key, syncs.clone())?;
        let session = Session::read(&store)?.unwrap_or_default();
        let account = Account::read(&store)?;
        Ok(Client {
            place,
            outside,
            language,
            public_key,
            device: public_key.thumbprint(),
            syncs,
            store: Mutex::new(Some(store)),
            paused: AtomicBool::new(false),
            gone: OnceLock::new(),
            asking: Mutex::new(()),
            recording: Mutex::new(()),
            account: Mutex::new(account),
            session: Mutex::new(session),
            line: tokio::sync::Mutex::new(()),
            stop: tokio::sync::Notify::new(),
            events: Events::default(),
        })
    }
}

/// One account, open. Two accounts of an installation are two clients with two files and two keys.
pub struct Client {
    place: Box<dyn Place>,
    outside: Outside,
    language: Language,
    public_key: PublicKey,
    device: Thumbprint,
    syncs: Arc<Syncs>,
    /// `None` while paused, while it cannot be opened again, and for good once wiped.
    store: Mutex<Option<Store>>,
    /// By the app. Changes only while the store is locked, as `gone` does.
    paused: AtomicBool,
    gone: OnceLock<Gone>,
    /// Held while the app's key store is asked for anything: one prompt at a time, and no key is made while they are being deleted.
    /// Before the store, never after it; `pause` does not take it.
    asking: Mutex<()>,
    /// Held while a courier's record is made: each is signed behind the one before. Before `asking`.
    recording: Mutex<()>,
    /// As it was last read: a lost phone is to hear of it also when its file cannot be read.
    account: Mutex<Option<Account>>,
    session: Mutex<Session>,
    /// One synchronisation at a time.
    line: tokio::sync::Mutex<()>,
    stop: tokio::sync::Notify,
    events: Events,
}

impl Client {
    /// Opens an account of an installation, or makes it. Nothing is asked of the network. `Wiped` or `Removed` where a
    /// deletion was broken off and is now done; opened once more, the account begins anew.
    pub fn open(dir: &Path, account: &str, outside: Outside, language: Language) -> Result<Self, Error> {
        Unopened::at(Box::new(InFolder(account::file(dir, account)?)), outside, language)?.open()
    }

    /// Closes the file and lets go of its lock, as a system asks before it suspends an app. A synchronisation under way
    /// ends with `cancelled`; nothing of it is lost.
    pub fn pause(&self) {
        self.cancel();
        let mut held = self.lock();
        self.paused.store(true, Ordering::Relaxed);
        *held = None;
    }

    /// From here on the next call opens the file again. Like `pause` it waits for no key store, so that the last of the two counts.
    pub fn resume(&self) {
        let _changes_with_the_store = self.lock();
        self.paused.store(false, Ordering::Relaxed);
    }

    /// Ends a synchronisation that is under way.
    pub fn cancel(&self) {
        self.stop.notify_waiters();
    }

    /// How often this client has waited for the disk.
    pub fn disk_flushes(&self) -> u64 {
        self.syncs.count()
    }

    /// In which everything is said.
    pub fn language(&self) -> Language {
        self.language
    }

    fn lock(&self) -> MutexGuard<'_, Option<Store>> {
        // A panic while the lock was held left no half-written transaction behind: batches are values until written.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store, alone: `None` while paused. After a failed write (a full disk), or where it could not be opened, the file is
    /// opened anew. The app's key store is asked for its key while nothing is locked: it may wait for a person.
    fn opened(&self) -> Result<MutexGuard<'_, Option<Store>>, Error> {
        let opens = |held: &mut Option<Store>| {
            // A broken one is closed: a file is open once.
            held.take_if(|store| store.is_broken());
            held.is_none() && !self.paused.load(Ordering::Relaxed)
        };
        let mut held = alone(&self.store)?;
        self.must_be_there()?;
        if !opens(&mut held) {
            return Ok(held);
        }
        drop(held);
        let _one_at_a_time = alone(&self.asking)?;
        let mut held = alone(&self.store)?;
        self.must_be_there()?;
        if !opens(&mut held) {
            return Ok(held);
        }
        drop(held);
        let key = keys::storage_key(self.outside.keys.as_ref())?;
        let mut held = alone(&self.store)?;
        // Unless it was paused meanwhile.
        if opens(&mut held) {
            *held = Some(self.place.open(&key, self.syncs.clone())?);
        }
        Ok(held)
    }

    /// Does something with the store, alone.
    fn with<T>(&self, f: impl FnOnce(&Store) -> Result<T, Error>) -> Result<T, Error> {
        let held = self.opened()?;
        let store = held.as_ref().ok_or(StorageError::Paused)?;
        let done = f(store);
        let touched = store.take_touched();
        drop(held);
        let happened = |touched| match touched {
            Touched::Dossier(id) => Happened::Dossier(id),
            Touched::Parcels => Happened::Parcels,
        };
        self.events.publish(&touched.into_iter().map(happened).collect::<Vec<_>>());
        done
    }

    /// What changed after the event of this number, at most 500 at a time; from 0 on.
    pub fn next_events(&self, after: u64, max: u32) -> EventsView {
        self.events.after(after, max)
    }

    /// Tells somebody from now on that there are new events, for as long as the caller holds the observer.
    pub fn observe(&self, observer: &Arc<dyn Observer>) {
        self.events.observe(observer);
    }

    /// The server's time as well as this phone can tell it.
    fn now(&self, store: &Store) -> Result<Timestamp, Error> {
        Ok(Heard::read(store)?.unwrap_or_default().now(self.outside.now()))
    }

    /// The same, also when the store cannot be read just now.
    fn server_time(&self) -> Timestamp {
        self.with(|store| self.now(store)).unwrap_or_else(|_| self.outside.now())
    }

    /// Who signed in. Where the disk gives nothing just now, as it was last read: whether this phone is lost is heard all the same.
    fn signed_in(&self) -> Result<Account, Error> {
        let read = self.with(|store| Ok(Account::read(store)?));
        let mut known = self.account.lock().unwrap_or_else(PoisonError::into_inner);
        match read {
            Err(Error::Storage(StorageError::Full | StorageError::Io(_))) => {}
            read => *known = read?,
        }
        known.clone().ok_or(Error::NotEnrolled)
    }

    pub(crate) fn outside(&self) -> &Outside {
        &self.outside
    }

    /// By which servers know this device.
    pub(crate) fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Signs with the device's key, unless it is deleted: hardware might make another.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Signature, Error> {
        let _one_at_a_time = alone(&self.asking)?;
        self.must_be_there()?;
        Ok(keys::sign(self.outside.keys.as_ref(), message)?)
    }

    /// A UUIDv7 of this moment, for what is born on this phone.
    fn new_id(&self) -> Result<uuid::Uuid, Error> {
        let millis = u64::try_from(self.outside.clock.now_ms()).unwrap_or_default();
        Ok(Builder::from_unix_timestamp_millis(millis, &crate::random::bytes()?).into_uuid())
    }

    fn say(&self, sentence: &Sentence) -> String {
        sentence.say(self.language)
    }
}

/// Waits until nobody else holds it. On a page that would be for ever: there who calls back out of a file or a key store is told
/// that it is busy.
pub(crate) fn alone<T>(mutex: &Mutex<T>) -> Result<MutexGuard<'_, T>, Error> {
    if cfg!(target_family = "wasm") {
        return mutex.try_lock().map_err(|_| StorageError::Busy.into());
    }
    // A panic while it was held left nothing half done behind: batches are values until they are written.
    Ok(mutex.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Parses what an app passes in.
fn parse<T: std::str::FromStr<Err = NotA>>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|not: NotA| not_understood(not.0))
}

fn not_understood(what: &'static str) -> Error {
    Error::refused("not_understood", Sentence::new("refused-not-understood").with("what", what))
}

fn dossier_id(text: &str) -> Result<DossierId, Error> {
    parse(text)
}

/// The rules of a dossier. A procedure that this app does not know came with a later catalogue.
fn procedure_of(replica: &Replica) -> Result<&'static Procedure, Error> {
    Catalogue::built_in().procedure(&replica.open.procedure).ok_or(Error::TooOld)
}

#[cfg(all(test, feature = "file-key"))]
mod tests;
