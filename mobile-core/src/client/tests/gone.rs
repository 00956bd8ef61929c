//! Accounts that are deleted from a phone: what is left of them, and who is told what.

use super::*;
use crate::keys::KeyError;
use crate::transport::{HttpRequest, HttpResponse, TransportError};

fn code<T>(done: Result<T, Error>) -> Option<String> {
    done.err().map(|error| error.code().to_owned())
}

#[tokio::test]
async fn a_lost_phone_deletes_one_account_and_it_begins_anew() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let other = open(phone.dir.path(), "other", &phone.line);
    phone.filled();
    let before = phone.client.device();
    phone.mishap(Mishap::Lost);
    assert_eq!(code(phone.client.sync().await).as_deref(), Some("wiped"));
    assert_eq!(code(phone.client.new_draft(PROCEDURE)).as_deref(), Some("wiped"));
    assert_eq!(crate::accounts(phone.dir.path()).unwrap(), ["other"]);
    assert!(other.new_draft(PROCEDURE).is_ok());
    let phone = phone.restarted();
    assert!(phone.client.list().unwrap().cards.is_empty() && phone.client.device() != before, "with a new key");
}

#[tokio::test]
async fn an_order_that_the_server_has_not_signed_deletes_nothing() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let id = phone.filled();
    // Signed for another device.
    let other = Line::new(&hub, keys::public_key(&key(phone.dir.path(), "other")).unwrap());
    let outside = Outside { transport: Arc::new(other), ..phone.client.outside.clone() };
    phone.client.pause();
    let client = Client::open(phone.dir.path(), "me", outside, Language::Vietnamese).unwrap();
    let phone = Phone { client, ..phone };
    phone.mishap(Mishap::Lost);
    assert!(code(phone.client.sync().await).is_some_and(|code| code != "wiped"));
    assert!(phone.client.detail(&id).is_ok());
}

#[test]
fn a_deletion_that_was_broken_off_goes_on_and_says_why() {
    let phone = Phone::new(&Hub::open());
    for (why, told) in [(Gone::Lost, "wiped"), (Gone::Removed, "account_removed")] {
        phone.client.pause();
        let place = InFolder(account::file(phone.dir.path(), "me").unwrap());
        let id = open(phone.dir.path(), "me", &phone.line).new_draft(PROCEDURE).unwrap();
        place.condemn(why).unwrap();
        assert_eq!(crate::accounts(phone.dir.path()).unwrap(), ["me"]);
        let outside = Outside { keys: Arc::new(key(phone.dir.path(), "me")), ..phone.client.outside.clone() };
        let opened = Client::open(phone.dir.path(), "me", outside, Language::Vietnamese);
        assert_eq!(code(opened).as_deref(), Some(told));
        assert_eq!(code(open(phone.dir.path(), "me", &phone.line).detail(&id)).as_deref(), Some("not_found"));
    }
}

#[test]
fn who_began_anew_keeps_file_and_keys_whatever_the_old_session_is_told() {
    let phone = Phone::new(&Hub::open());
    phone.client.remove().unwrap();
    let anew = open(phone.dir.path(), "me", &phone.line);
    let id = anew.new_draft(PROCEDURE).unwrap();
    // An order that was on its way to the old one.
    assert_eq!(code(phone.client.delete(Gone::Lost)).as_deref(), Some("account_removed"));
    assert_eq!(code(phone.client.list()).as_deref(), Some("account_removed"));
    drop(anew);
    assert!(open(phone.dir.path(), "me", &phone.line).detail(&id).is_ok());
    // A folder that is not there keeps nothing.
    let keys = key(phone.dir.path(), "other");
    crate::remove_account(&phone.dir.path().join("nowhere"), "other", &keys).unwrap();
    assert!(keys.storage_key().is_err(), "its keys are gone too");
}

#[test]
fn an_account_is_removed_whether_it_is_open_or_its_key_is_gone() {
    let phone = Phone::new(&Hub::open());
    phone.client.new_draft(PROCEDURE).unwrap();
    phone.client.remove().unwrap();
    assert_eq!(code(phone.client.list()).as_deref(), Some("account_removed"));
    assert!(crate::accounts(phone.dir.path()).unwrap().is_empty());

    // Of another the file is there and the key is not.
    drop(open(phone.dir.path(), "me", &phone.line));
    let keys = Arc::new(key(phone.dir.path(), "me"));
    keys.forget().unwrap();
    let outside = Outside { keys: keys.clone(), ..phone.client.outside.clone() };
    assert_eq!(code(Client::open(phone.dir.path(), "me", outside, Language::Vietnamese)).as_deref(), Some("key_gone"));
    assert_eq!(crate::accounts(phone.dir.path()).unwrap(), ["me"]);
    crate::remove_account(phone.dir.path(), "me", keys.as_ref()).unwrap();
    assert!(crate::accounts(phone.dir.path()).unwrap().is_empty());
    // There is nothing any more, and nothing is missed.
    crate::remove_account(phone.dir.path(), "me", keys.as_ref()).unwrap();
    assert!(open(phone.dir.path(), "me", &phone.line).list().unwrap().cards.is_empty());
}

#[tokio::test]
async fn an_order_is_obeyed_whichever_answer_it_came_with() {
    for answered_before in 0.. {
        let hub = receipts::with_log();
        let phone = Phone::of(&hub, 1, false).await;
        let id = phone.filled();
        phone.submit(&id).unwrap();
        hub.lock().unwrap().requests.clear();
        (0..answered_before).for_each(|_| phone.mishap(Mishap::Nothing));
        phone.mishap(Mishap::Lost);
        let told = code(phone.client.sync().await);
        if hub.lock().unwrap().requests.len() <= answered_before {
            // With its papers and receipts.
            assert!(told.is_none() && answered_before > 3, "{answered_before}");
            return;
        }
        assert_eq!(told.as_deref(), Some("wiped"), "{answered_before}");
        assert!(crate::accounts(phone.dir.path()).unwrap().is_empty());
    }
}

/// Hardware that makes a key whenever it is asked for one.
struct Hardware {
    keys: FileKey,
    gone: std::sync::atomic::AtomicBool,
}

impl KeyStore for Hardware {
    fn public_key(&self) -> Result<Vec<u8>, KeyError> {
        assert!(!self.gone.load(Ordering::SeqCst), "a key is made for somebody who is gone");
        self.keys.public_key()
    }
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, KeyError> {
        assert!(!self.gone.load(Ordering::SeqCst), "a key is asked for somebody who is gone");
        self.keys.sign(message)
    }
    fn storage_key(&self) -> Result<Vec<u8>, KeyError> {
        self.keys.storage_key()
    }
    fn forget(&self) -> Result<(), KeyError> {
        self.gone.store(true, Ordering::SeqCst);
        self.keys.forget()
    }
}

#[tokio::test]
async fn a_removed_account_asks_its_key_store_for_nothing() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let keys = Arc::new(Hardware { keys: key(phone.dir.path(), "me"), gone: Default::default() });
    phone.client.pause();
    let slow = Arc::new(Slow { line: phone.line.clone(), asked: Default::default() });
    let outside = Outside { keys, transport: slow.clone(), ..phone.client.outside.clone() };
    let client = Client::open(phone.dir.path(), "me", outside, Language::Vietnamese).unwrap();
    hub.lock().unwrap().codes.insert("C0DE".into(), (PersonId::from_bytes([1; 16]), false));
    // It is removed while the server says who it is, before the device signs that it is this one.
    let removing = async {
        slow.asked.notified().await;
        client.remove().unwrap();
    };
    let (told, ()) = tokio::join!(client.enrol("http://localhost", "C0DE"), removing);
    assert_eq!(code(told).as_deref(), Some("account_removed"));
    assert_eq!(code(client.sync().await).as_deref(), Some("account_removed"));
}

/// A line whose answers come when everybody else has had their turn.
struct Slow {
    line: Line,
    asked: tokio::sync::Notify,
}

#[async_trait::async_trait]
impl Transport for Slow {
    async fn request(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.asked.notify_one();
        tokio::task::yield_now().await;
        self.line.request(request).await
    }
}

#[test]
fn an_account_that_is_open_elsewhere_is_not_removed() {
    let phone = Phone::new(&Hub::open());
    let id = phone.client.new_draft(PROCEDURE).unwrap();
    let keys = key(phone.dir.path(), "me");
    assert_eq!(code(crate::remove_account(phone.dir.path(), "me", &keys)).as_deref(), Some("storage_busy"));
    assert!(phone.client.detail(&id).is_ok());
    let phone = phone.restarted();
    assert!(phone.client.detail(&id).is_ok(), "nor is anything noted");
    // One that has paused, while another has it open.
    phone.client.pause();
    let other = open(phone.dir.path(), "me", &phone.line);
    assert_eq!(code(phone.client.remove()).as_deref(), Some("storage_busy"));
    drop(other);
    phone.client.resume();
    assert!(phone.client.detail(&id).is_ok(), "what could not begin is not told as done");
    phone.client.remove().unwrap();
    assert_eq!(code(phone.client.list()).as_deref(), Some("account_removed"));
}
