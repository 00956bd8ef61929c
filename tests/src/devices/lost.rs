//! A phone that was reported lost deletes what its account keeps as soon as the server says so, signed, and on nobody
//! else's word.

use super::listed;
use crate::handset::Key;
use crate::harness::{Hub, Phone};
use async_trait::async_trait;
use dossier::ids::{ServerId, Signature, Thumbprint};
use dossier::time::Timestamp;
use dossier::wire::wipe_message;
use mobile_core::{
    Client, ErrorKind, FileKey, Http, HttpRequest, HttpResponse, KeyError, KeyStore, Language, Outside, SystemClock,
    Transport, TransportError, accounts,
};
use serde_json::{Value, json};
use std::future::Future;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// The other of two devices, as the one in the hand lists them.
fn other_of(phone: &Phone) -> String {
    let lines = listed(phone);
    let other = lines.iter().find(|line| !line.contains(" * ")).expect("another one");
    other.split_whitespace().next().expect("a fingerprint").to_owned()
}

fn is_there(home: &Path, account: &str) -> [bool; 2] {
    ["hoso", "pem"].map(|ending| home.join(format!("{account}.{ending}")).exists())
}

#[test]
fn a_lost_phone_is_wiped_when_it_next_comes_and_the_other_account_on_it_is_not() {
    let hub = Hub::start();
    let (kept, lost) = (hub.phone("an"), hub.phone("an"));
    lost.says(&["--account", "binh", "enrol", "--server", &hub.url(), &hub.enrolment_code("binh")]);
    lost.says(&["draft", "2.000635"]);
    let draft = lost.says(&["--account", "binh", "draft", "2.000635"]).trim().to_owned();
    let (copy, key_alone) = (lost.copied(), Phone::new());
    std::fs::copy(lost.home().join("me.pem"), key_alone.home().join("me.pem")).expect("a copy");

    let id = other_of(&kept);
    for _ in 0..2 {
        kept.says(&["lost", &id]);
    }
    assert!(listed(&kept).iter().any(|line| line.starts_with(&id) && line.ends_with("  lost")));
    let devices = hub.hoso(&["devices"]).out;
    assert!(devices.lines().any(|line| line.starts_with(&id) && line.contains("  lost ")), "{devices}");
    assert_eq!(is_there(lost.home(), "me"), [true, true], "until it comes");

    // It has not heard of the keys that the server signs with by now.
    for _ in 0..2 {
        assert!(hub.hoso(&["keys", "rotate"]).ok);
    }
    let told = lost.run(&["--lang", "en", "sync"]);
    assert!(told.code == 1 && told.err.contains("reported lost"), "{}{}", told.out, told.err);
    assert_eq!(is_there(lost.home(), "me"), [false, false]);
    assert_eq!(is_there(lost.home(), "binh"), [true, true]);
    lost.says(&["--account", "binh", "sync"]);
    assert!(lost.says(&["--account", "binh", "show", &draft]).contains(&draft));

    // Whoever has the key alone is let in by no code; who has the store too is told what the phone was told.
    let code = hub.enrolment_code("an");
    let enrol = ["--lang", "en", "enrol", "--server", &hub.url(), &code];
    let refused = key_alone.run(&enrol);
    assert!(refused.code == 1 && refused.err.contains("shut out for good"), "{}", refused.err);
    assert!(key_alone.home().join("me.pem").exists(), "nothing is pinned there, so nothing is believed");
    assert!(copy.run(&enrol).err.contains("was deleted"));
    assert_eq!((is_there(copy.home(), "me"), is_there(copy.home(), "binh")), ([false, false], [true, true]));

    // The phone itself begins anew, with another key and that code.
    lost.says(&enrol);
    lost.says(&["sync"]);
    assert_eq!(listed(&kept).len(), 3);
    assert!(hub.hoso(&["verify"]).ok);
}

#[test]
fn the_office_reports_a_phone_lost_also_after_it_was_revoked() {
    let hub = Hub::start();
    let phone = hub.phone("an");
    let id = hub.device_in_the_log();
    assert!(hub.hoso(&["revoke", &id]).ok && !hub.hoso(&["revoke", &id]).ok);
    let revoked = hub.until_felt(|| phone.run(&["--lang", "en", "sync"]), |said| !said.ok);
    assert!(revoked.err.contains("sign in again") && is_there(phone.home(), "me") == [true, true]);
    assert!(hub.hoso(&["revoke", "--lost", &id]).ok && !hub.hoso(&["revoke", "--lost", &id]).ok);
    let wiped = hub.until_felt(|| phone.run(&["--lang", "en", "sync"]), |said| said.err.contains("reported lost"));
    assert!(wiped.code == 1 && is_there(phone.home(), "me") == [false, false]);
    assert!(!hub.hoso(&["revoke", "--lost", &"0".repeat(64)]).ok);
}

/// A line on which somebody answers exchanges in the server's place, with this.
struct Forger {
    http: Http,
    says: Mutex<Option<Value>>,
}

#[async_trait]
impl Transport for Forger {
    async fn request(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let forged = self.says.lock().expect("no test panics with it").clone();
        match forged.filter(|_| request.url.ends_with("/v1/sync")) {
            Some(body) => Ok(HttpResponse { status: 403, headers: Vec::new(), body: body.to_string().into_bytes() }),
            None => self.http.request(request).await,
        }
    }
}

/// A key store that is locked when it is to forget its keys, as a phone is that dies at that moment.
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

fn key(home: &Path) -> FileKey {
    FileKey::open(&home.join("me.pem")).expect("a key")
}

fn open(home: &Path, keys: Arc<dyn KeyStore>, transport: Arc<dyn Transport>) -> Result<Client, mobile_core::Error> {
    let outside = Outside { keys, transport, clock: Arc::new(SystemClock::default()) };
    Client::open(home, "me", outside, Language::English)
}

fn now<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

fn code_of<T>(done: Result<T, mobile_core::Error>) -> String {
    done.map_or_else(|error| error.code().to_owned(), |_| "ok".to_owned())
}

fn every_call_says_wiped(client: &Client) {
    for said in [
        code_of(client.list()),
        code_of(client.account()),
        code_of(client.new_draft("2.000635")),
        code_of(client.manifest()),
        code_of(now(client.sync())),
        code_of(now(client.devices())),
    ] {
        assert_eq!(said, "wiped");
    }
}

#[test]
fn an_order_that_is_not_the_servers_or_for_another_device_deletes_nothing() {
    let hub = Hub::start();
    let home = tempfile::tempdir().expect("a folder");
    let line = Arc::new(Forger { http: Http::new().expect("a client"), says: Mutex::new(None) });
    let client = open(home.path(), Arc::new(key(home.path())), line.clone()).expect("a new store");
    now(client.enrol(&hub.url(), &hub.enrolment_code("an"))).expect("enrolled");
    let draft = client.new_draft("2.000635").expect("a draft");
    let about = hub.stranger().get("/v1/server").json();
    let server: ServerId = about["server_id"].as_str().and_then(|id| id.parse().ok()).expect("a server's id");
    let (device, at): (Thumbprint, i64) = (client.device().parse().expect("a thumbprint"), 1_795_395_600_000);
    let (key, other) = (Key::of_server(&hub), Key::numbered(9));
    let word = |signature: Signature| json!({"code": "device_lost", "status": 403, "wipe_at": at, "wipe_signature": signature.to_string()});
    let (right, moment) = (wipe_message(&server, &device, Timestamp(at)), Timestamp(at));
    let forged = [
        ("by another key", word(other.sign(&right))),
        ("for another device", word(key.sign(&wipe_message(&server, &other.public().thumbprint(), moment)))),
        ("of another server", word(key.sign(&wipe_message(&ServerId::from_bytes([9; 16]), &device, moment)))),
        ("of another moment", word(key.sign(&wipe_message(&server, &device, Timestamp(at + 1))))),
        ("the other signature", word(key.sign_high(&right))),
        ("no signature", json!({"code": "device_lost", "status": 403, "wipe_at": at})),
        ("no moment", json!({"code": "device_lost", "status": 403, "wipe_signature": key.sign(&right).to_string()})),
    ];
    for (what, says) in forged {
        *line.says.lock().expect("no panic") = Some(says);
        let refused = now(client.sync()).map(|_| ()).expect_err(what);
        assert_eq!((refused.code(), refused.kind()), ("device_lost", ErrorKind::NeedsUser), "{what}");
        assert_eq!(is_there(home.path(), "me"), [true, true], "{what}");
        assert_eq!(client.list().expect(what).cards[0].dossier, draft, "{what}");
    }
    *line.says.lock().expect("no panic") = Some(json!({"code": "device_revoked", "wipe_at": at,
        "wipe_signature": key.sign(&right).to_string()}));
    assert_eq!(code_of(now(client.sync())), "sign_in_again", "an order comes with its code alone");
    assert_eq!(is_there(home.path(), "me"), [true, true]);

    *line.says.lock().expect("no panic") = Some(word(key.sign(&right)));
    let wiped = now(client.sync()).map(|_| ()).expect_err("the order is genuine");
    assert_eq!((wiped.code(), wiped.kind()), ("wiped", ErrorKind::NeedsUser));
    assert_eq!(std::fs::read_dir(home.path()).expect("its folder").count(), 0);
    every_call_says_wiped(&client);
}

#[test]
fn a_wipe_that_a_crash_broke_off_goes_on_when_the_account_is_next_opened() {
    let hub = Hub::start();
    let home = tempfile::tempdir().expect("a folder");
    let http: Arc<dyn Transport> = Arc::new(Http::new().expect("a client"));
    let client = open(home.path(), Arc::new(Locked(key(home.path()))), http.clone()).expect("a new store");
    now(client.enrol(&hub.url(), &hub.enrolment_code("an"))).expect("enrolled");
    let lost = client.device();
    assert!(hub.hoso(&["revoke", "--lost", &lost]).ok);
    let told = hub.until_felt(|| code_of(now(client.sync())), |code| code != "ok");
    assert_eq!(told, "key_locked");
    assert_eq!(is_there(home.path(), "me"), [false, true], "its key is still to go");
    every_call_says_wiped(&client);
    drop(client);
    assert_eq!(accounts(home.path()).expect("its folder"), ["me"], "so that the app opens it");

    // Also a crash before the file was gone.
    std::fs::write(home.path().join("me.hoso"), "what was there").expect("a file");
    assert_eq!(code_of(open(home.path(), Arc::new(Locked(key(home.path()))), http.clone())), "key_locked");
    assert_eq!(is_there(home.path(), "me"), [false, true]);
    assert_eq!(code_of(open(home.path(), Arc::new(key(home.path())), http.clone())), "wiped");
    assert_eq!(std::fs::read_dir(home.path()).expect("its folder").count(), 0);

    let anew = open(home.path(), Arc::new(key(home.path())), http).expect("it begins anew");
    assert!(anew.account().expect("a store").is_none() && anew.device() != lost);
    now(anew.enrol(&hub.url(), &hub.enrolment_code("an"))).expect("with another key");
}
