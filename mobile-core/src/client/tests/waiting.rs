//! A key store that waits for a person, who is asked on the thread that an app pauses the core on.

use super::*;
use crate::keys::KeyError;
use crate::opened::Opened;
use crate::storage::InFolder;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// Longer than anything here takes that is not stuck.
const STUCK: Duration = Duration::from_secs(60);

/// Keys in a file, made anew where they were deleted; asked, it says so and waits until it is let go.
struct Prompting {
    keys: Box<dyn Fn() -> FileKey + Send + Sync>,
    prompts: std::sync::atomic::AtomicBool,
    asked: Mutex<Sender<()>>,
    confirmed: Mutex<Receiver<()>>,
}

/// The other side of it: what the person sees and does.
struct Person {
    asked: Receiver<()>,
    confirms: Sender<()>,
}

impl Person {
    fn is_asked(&self) {
        self.asked.recv_timeout(STUCK).unwrap();
    }

    fn confirms(&self) {
        self.confirms.send(()).unwrap();
    }
}

impl Prompting {
    fn new(dir: &Path, account: &'static str) -> (Arc<Self>, Person) {
        let dir = dir.to_owned();
        let keys = Box::new(move || key(&dir, account));
        let ((ask, asked), (confirms, confirmed)) = (channel(), channel());
        let prompts = std::sync::atomic::AtomicBool::new(false);
        let keys = Self { keys, prompts, asked: Mutex::new(ask), confirmed: Mutex::new(confirmed) };
        (Arc::new(keys), Person { asked, confirms })
    }

    fn prompts(&self, prompts: bool) {
        self.prompts.store(prompts, Ordering::SeqCst);
    }

    fn prompt(&self) {
        if self.prompts.load(Ordering::SeqCst) {
            self.asked.lock().unwrap().send(()).unwrap();
            self.confirmed.lock().unwrap().recv_timeout(STUCK).unwrap();
        }
    }
}

impl KeyStore for Prompting {
    fn public_key(&self) -> Result<Vec<u8>, KeyError> {
        (self.keys)().public_key()
    }
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, KeyError> {
        self.prompt();
        (self.keys)().sign(message)
    }
    fn storage_key(&self) -> Result<Vec<u8>, KeyError> {
        self.prompt();
        (self.keys)().storage_key()
    }
    fn forget(&self) -> Result<(), KeyError> {
        self.prompt();
        (self.keys)().forget()
    }
}

fn code<T>(done: Result<T, Error>) -> Option<String> {
    done.err().map(|error| error.code().to_owned())
}

/// A phone's accounts, whose keys a person confirms.
struct Installation {
    phone: Phone,
    opened: Opened,
    keys: Arc<Prompting>,
}

impl Installation {
    fn new() -> (Self, Person) {
        let phone = Phone::new(&Hub::open());
        let (keys, person) = Prompting::new(phone.dir.path(), "an");
        (Self { phone, opened: Opened::default(), keys }, person)
    }

    fn open(&self) -> Result<Arc<Client>, Error> {
        self.open_account("an")
    }

    fn open_account(&self, account: &str) -> Result<Arc<Client>, Error> {
        let place = Box::new(InFolder(account::file(self.phone.dir.path(), account)?));
        let outside = Outside { keys: self.keys.clone(), ..self.phone.client.outside.clone() };
        self.opened.client(account, || Unopened::at(place, outside, Language::Vietnamese))
    }

    /// Nothing that an app calls on its main thread waits for the person.
    fn is_paused_at_once(&self) {
        std::thread::scope(|scope| {
            let (tell, told) = channel();
            scope.spawn(move || {
                self.opened.pause();
                tell.send(()).unwrap();
            });
            told.recv_timeout(STUCK / 2).unwrap();
        });
    }
}

#[test]
fn pausing_does_not_wait_for_an_account_that_is_being_opened() {
    let (here, person) = Installation::new();
    here.keys.prompts(true);
    std::thread::scope(|scope| {
        let opening = scope.spawn(|| here.open());
        person.is_asked();
        here.is_paused_at_once();
        person.confirms();
        assert_eq!(code(opening.join().unwrap()).as_deref(), Some("storage_paused"), "nothing is opened while paused");
    });
    assert_eq!(code(here.open()).as_deref(), Some("storage_paused"));
    assert!(person.asked.try_recv().is_err(), "nobody is asked in vain");
    here.keys.prompts(false);
    here.opened.resume();
    here.open().unwrap();
}

#[test]
fn pausing_does_not_wait_for_a_file_that_is_being_opened_again() {
    let (here, person) = Installation::new();
    let clients = [here.open().unwrap(), here.open_account("binh").unwrap()];
    here.opened.pause();
    here.keys.prompts(true);
    // Nor does it ask anybody: the app may resume on its main thread too.
    here.opened.resume();
    assert!(person.asked.try_recv().is_err());
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| clients[0].list().map(drop));
        person.is_asked();
        here.is_paused_at_once();
        here.keys.prompts(false);
        person.confirms();
        assert_eq!(code(reading.join().unwrap()).as_deref(), Some("storage_paused"));
    });
    for client in &clients {
        assert_eq!(code(client.list()).as_deref(), Some("storage_paused"), "the last word counts, for all of them");
    }
    here.opened.resume();
    assert!(clients.iter().all(|client| client.list().is_ok()));
}

#[test]
fn two_who_open_an_account_at_once_ask_for_its_keys_once() {
    let (here, person) = Installation::new();
    here.keys.prompts(true);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| here.open().unwrap());
        person.is_asked();
        let second = scope.spawn(|| here.open().unwrap());
        person.confirms();
        assert!(Arc::ptr_eq(&first.join().unwrap(), &second.join().unwrap()));
    });
    assert!(person.asked.try_recv().is_err());
}

#[test]
fn many_who_find_a_file_closed_ask_for_its_key_once() {
    let (here, person) = Installation::new();
    let client = here.open().unwrap();
    client.pause();
    client.resume();
    here.keys.prompts(true);
    std::thread::scope(|scope| {
        let calls = [(); 4].map(|()| scope.spawn(|| client.list().map(|list| list.cards.len())));
        person.is_asked();
        // Each of the others has come by now, or finds it open later.
        assert!(person.asked.recv_timeout(Duration::from_millis(200)).is_err());
        person.confirms();
        assert!(calls.into_iter().all(|call| call.join().unwrap().unwrap() == 0));
    });
    assert!(person.asked.try_recv().is_err());
}

#[test]
fn keys_that_are_made_anew_are_not_those_that_a_removal_deletes() {
    let (here, person) = Installation::new();
    let client = here.open().unwrap();
    let before = client.device();
    here.keys.prompts(true);
    std::thread::scope(|scope| {
        let removing = scope.spawn(|| client.delete(Gone::Lost));
        person.is_asked();
        here.is_paused_at_once();
        here.opened.resume();
        let opening = scope.spawn(|| here.open());
        // It waits: were it to ask for keys now, they would be deleted under it.
        assert!(person.asked.recv_timeout(Duration::from_millis(200)).is_err());
        here.keys.prompts(false);
        person.confirms();
        removing.join().unwrap().unwrap();
        let anew = opening.join().unwrap().unwrap();
        assert!(anew.device() != before && anew.new_draft(PROCEDURE).is_ok());
    });
    assert_eq!(code(client.list()).as_deref(), Some("wiped"));
    drop(client);
    here.open().unwrap();
}

/// A courier's phone with a parcel on its list.
struct Courier {
    client: Client,
    id: String,
    keys: Arc<Prompting>,
    person: Person,
    _phone: Phone,
}

impl Courier {
    async fn of(hub: &Arc<Mutex<Hub>>) -> Self {
        let phone = Phone::of(hub, 7, true).await;
        let parcel = ParcelId::from_bytes([8; 16]);
        hub.lock().unwrap().list(PersonId::from_bytes([7; 16]), parcel);
        phone.sync().await;
        let (keys, person) = Prompting::new(phone.dir.path(), "me");
        phone.client.pause();
        let outside = Outside { keys: keys.clone(), ..phone.client.outside.clone() };
        let client = Client::open(phone.dir.path(), "me", outside, Language::Vietnamese).unwrap();
        Self { client, id: parcel.to_string(), keys, person, _phone: phone }
    }
}

#[tokio::test]
async fn a_deletion_waits_for_what_is_being_signed() {
    let hub = Hub::open();
    let courier = Courier::of(&hub).await;
    let Courier { client, id, keys, person, .. } = &courier;
    keys.prompts(true);
    std::thread::scope(|scope| {
        let signing = scope.spawn(|| client.failed_attempt(id, "absent", None));
        person.is_asked();
        let deleting = scope.spawn(|| client.delete(Gone::Lost));
        assert!(person.asked.recv_timeout(Duration::from_millis(200)).is_err());
        person.confirms();
        person.is_asked();
        person.confirms();
        deleting.join().unwrap().unwrap();
        // Whether it was kept before all of it was deleted is a matter of who came first.
        let _ = signing.join().unwrap();
    });
    assert_eq!(code(client.list()).as_deref(), Some("wiped"));
}

#[tokio::test]
async fn a_courier_s_records_are_signed_one_behind_the_other() {
    let hub = Hub::open();
    let courier = Courier::of(&hub).await;
    let Courier { client, id, keys, person, .. } = &courier;
    keys.prompts(true);
    std::thread::scope(|scope| {
        let records = [(); 2].map(|()| scope.spawn(|| client.failed_attempt(id, "absent", None)));
        person.is_asked();
        // Everything else goes on meanwhile; the other record waits, and nobody is asked twice for one.
        client.manifest().unwrap();
        assert!(person.asked.recv_timeout(Duration::from_millis(200)).is_err());
        person.confirms();
        person.is_asked();
        person.confirms();
        records.into_iter().for_each(|record| record.join().unwrap().unwrap());
    });
    assert!(person.asked.try_recv().is_err());
    keys.prompts(false);
    client.sync().await.unwrap();
    let hub = hub.lock().unwrap();
    let chain: Vec<_> = hub.records.iter().map(|r| (r.read().unwrap(), r.hash())).collect();
    assert_eq!(chain.iter().map(|(r, _)| r.counter).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(chain[1].0.previous, chain[0].1);
}
