//! Plays sessions of the core as an app in Rust would, through the very objects that the other languages see.

use super::player::{Failed, Plays};
use async_trait::async_trait;
use mobile_core::ffi::{
    Cancel, CitizenSession, Core, CoreError, CourierSession, HttpTransport, KeyStore, Observer, file_keys,
};
use mobile_core::{
    DoorProof, DoorRecipient, FieldInput, Header, Http, HttpRequest, HttpResponse, KeyError, Language, PostalInput,
    SyncView, Transport as _, TransportError,
};
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub(super) struct Native {
    runtime: Runtime,
    homes: TempDir,
    sessions: HashMap<String, Held>,
}

type Fault = Mutex<String>;

/// The transport of the command line; and what a host's can do wrong.
struct Host {
    fault: Fault,
    real: Http,
}

struct Keys {
    fault: Fault,
    keys: Arc<dyn KeyStore>,
}

#[derive(Default)]
struct Watches(AtomicU32);

#[derive(Clone)]
struct Phone {
    folder: std::path::PathBuf,
    host: Arc<Host>,
    core: Arc<Core>,
}

struct Held {
    phone: Phone,
    keys: Arc<Keys>,
    watches: Arc<Watches>,
    it: Session,
}

enum Session {
    Citizen(Arc<CitizenSession>),
    Courier(Arc<CourierSession>),
}

fn fault(of: &Fault) -> String {
    of.lock().expect("nobody panics with it").clone()
}

#[async_trait]
impl HttpTransport for Host {
    async fn request(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let empty = |status| HttpResponse { status, headers: Vec::new(), body: Vec::new() };
        let fault = fault(&self.fault);
        match fault.as_str() {
            "offline" => return Err(TransportError::Offline),
            "timed_out" => return Err(TransportError::TimedOut),
            // In Rust nothing is thrown that an interface does not name.
            "failed" | "throws" | "nothing" => {
                return Err(TransportError::Failed { reason: "a bug of the app".into() });
            }
            "blocked" => std::future::pending().await,
            "late" => {
                tokio::time::sleep(Duration::from_millis(500)).await;
                return Ok(empty(200));
            }
            "redirected" => {
                let header = Header { name: "Location".into(), value: "https://elsewhere.example/".into() };
                return Ok(HttpResponse { headers: vec![header], ..empty(302) });
            }
            "empty" => return Ok(empty(200)),
            _ => {}
        }
        let mut answer = self.real.request(request).await?;
        match fault.as_str() {
            "lies" => (answer.status, answer.body) = (500, Vec::new()),
            "garbage" => answer.body = b"\xff\x00<html>".to_vec(),
            "truncated" => answer.body.truncate(answer.body.len() / 2),
            _ => {}
        }
        Ok(answer)
    }
}

impl Keys {
    fn or_wrong(&self, right: impl FnOnce() -> Result<Vec<u8>, KeyError>) -> Result<Vec<u8>, KeyError> {
        match fault(&self.fault).as_str() {
            "locked" => Err(KeyError::Locked),
            "gone" => Err(KeyError::Gone),
            "throws" | "nothing" => panic!("a bug of the app"),
            "short" => Ok(b"short".to_vec()),
            _ => right(),
        }
    }
}

impl KeyStore for Keys {
    fn public_key(&self) -> Result<Vec<u8>, KeyError> {
        self.or_wrong(|| self.keys.public_key())
    }
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, KeyError> {
        self.or_wrong(|| self.keys.sign(message))
    }
    fn storage_key(&self) -> Result<Vec<u8>, KeyError> {
        if fault(&self.fault) == "other" {
            return Ok(vec![1; 32]);
        }
        self.or_wrong(|| self.keys.storage_key())
    }
    fn forget(&self) -> Result<(), KeyError> {
        self.keys.forget()
    }
}

impl Observer for Watches {
    fn changed(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Native {
    pub(super) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let homes = tempfile::tempdir().expect("a folder");
        Self { runtime: runtime.expect("a runtime starts"), homes, sessions: HashMap::new() }
    }

    fn phone(&self, who: &str) -> Phone {
        let folder = self.homes.path().join(who);
        std::fs::create_dir_all(&folder).expect("a folder");
        let host = Arc::new(Host { fault: Mutex::default(), real: Http::new().expect("a client") });
        let path = folder.display().to_string();
        let core = Core::new(path, Language::English, host.clone(), None);
        Phone { folder, host, core }
    }

    fn open(&mut self, who: &str, phone: Phone, kind: &str, account: &str) -> Result<(), CoreError> {
        let path = phone.folder.join(format!("{account}.pem")).display().to_string();
        let keys = Arc::new(Keys { fault: Mutex::default(), keys: file_keys(path).expect("a key") });
        let watches = Arc::new(Watches::default());
        let (own, told) = (keys.clone(), Some(watches.clone() as Arc<dyn Observer>));
        let it = match kind {
            "courier" => Session::Courier(phone.core.courier(account.into(), own, told)?),
            _ => Session::Citizen(phone.core.citizen(account.into(), own, told)?),
        };
        self.sessions.insert(who.to_owned(), Held { phone, keys, watches, it });
        Ok(())
    }
}

impl Plays for Native {
    fn play(&mut self, who: &str, what: &str, with: &[String]) -> Result<String, Failed> {
        let with: Vec<&str> = with.iter().map(String::as_str).collect();
        let played = match (what, &with[..]) {
            ("open", [kind, account]) => {
                let phone = self.phone(who);
                self.open(who, phone, kind, account).map(|()| String::new())
            }
            ("open_beside", [other, kind, account]) => {
                let phone = self.sessions[*other].phone.clone();
                self.open(who, phone, kind, account).map(|()| String::new())
            }
            ("close", []) => {
                self.sessions.remove(who);
                Ok(String::new())
            }
            _ => self.runtime.block_on(self.sessions[who].play(what, &with)),
        };
        played.map_err(|error| Failed { code: error.to_string(), kind: kind(&error).to_owned() })
    }
}

fn kind(error: &CoreError) -> &'static str {
    match error.about().kind {
        mobile_core::ErrorKind::Retryable => "retryable",
        mobile_core::ErrorKind::NeedsUser => "needs_user",
        mobile_core::ErrorKind::Fatal => "fatal",
    }
}

impl Held {
    async fn play(&self, what: &str, with: &[&str]) -> Result<String, CoreError> {
        let core = &self.phone.core;
        match (what, with) {
            ("fault", ["transport", fault]) => *self.phone.host.fault.lock().expect("free") = (*fault).to_owned(),
            ("fault", ["keys", fault]) => *self.keys.fault.lock().expect("free") = (*fault).to_owned(),
            ("versions", []) => return Ok(format!("store {}, wire {}", core.versions().store, core.versions().wire)),
            ("accounts", []) => return Ok(core.accounts()?.join(" ")),
            ("remove_account", [account]) => core.remove_account((*account).into(), self.keys.clone())?,
            ("pause", []) => core.pause(),
            ("resume", []) => core.resume(),
            ("observed", []) => {
                for _ in 0..500 {
                    if self.watches.0.load(Ordering::Relaxed) > 0 {
                        return Ok("yes".into());
                    }
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
            _ => {
                return match &self.it {
                    Session::Citizen(it) => citizen(it, what, with).await,
                    Session::Courier(it) => courier(it, what, with).await,
                };
            }
        }
        Ok(String::new())
    }
}

async fn citizen(it: &Arc<CitizenSession>, what: &str, with: &[&str]) -> Result<String, CoreError> {
    let owned = |text: &str| text.to_owned();
    match (what, with) {
        ("account", []) => return Ok(it.account()?.map(|account| account.person).unwrap_or_default()),
        ("events", []) => {
            let events = it.next_events(0, 500).events.into_iter();
            let kinds: BTreeSet<String> = events.map(|event| format!("{:?}", event.kind).to_lowercase()).collect();
            return Ok(kinds.into_iter().collect::<Vec<_>>().join(" "));
        }
        ("begin_sign_in", [server]) => return Ok(it.begin_sign_in(owned(server), None, None).await?.url),
        ("finish_sign_in", [callback]) => return Ok(it.finish_sign_in(owned(callback), None).await?.person),
        ("enrol", [server, code]) => return Ok(it.enrol(owned(server), owned(code), None).await?.person),
        ("enrol_given_up", [server, code]) => {
            it.enrol(owned(server), owned(code), Some(given_up())).await?;
        }
        ("sign_out", []) => it.sign_out(None).await?,
        ("sync", []) => return Ok(synced(&it.sync(None).await?)),
        ("sync_given_up", []) => {
            it.sync(Some(given_up())).await?;
        }
        ("device", []) => return Ok(it.device()),
        ("report_lost", [device]) => it.report_lost((*device).into(), None).await?,
        ("devices", []) => return Ok(joined(it.devices(None).await?, |device| device.state)),
        ("crowd", [procedure]) => {
            std::thread::scope(|crowd| {
                for n in 0..8 {
                    crowd.spawn(move || (0..5).for_each(|_| drop(draft(it, procedure, n).expect("a draft"))));
                }
            });
            return Ok(it.list()?.cards.len().to_string());
        }
        ("new_draft", [procedure]) => return it.new_draft(owned(procedure)),
        ("fill", [dossier]) => it.set_fields(owned(dossier), it.examples("2.000635".into())?)?,
        ("set", [dossier, key, value]) => {
            it.set_fields(owned(dossier), vec![FieldInput { key: owned(key), value: Some(owned(value)) }])?;
        }
        ("photo", [dossier, component]) => {
            let bytes = [&[0xff, 0xd8, 0xff, 0xe0][..], &[0; 3000]].concat();
            return Ok(it.add_paper(owned(dossier), owned(component), "can-cuoc.jpg".into(), bytes)?.sha256);
        }
        ("paper", [dossier, component]) => {
            let bytes = b"plain text".to_vec();
            return Ok(it.add_paper(owned(dossier), owned(component), "a.txt".into(), bytes)?.sha256);
        }
        ("submit", [dossier, unit]) => it.submit(owned(dossier), owned(unit), None)?,
        ("supplement", [dossier]) => it.supplement(owned(dossier))?,
        ("withdraw", [dossier, reason]) => it.withdraw(owned(dossier), owned(reason))?,
        ("choose_post", [dossier, recipient, phone, area, line]) => {
            let [recipient, phone, area, line] = [recipient, phone, area, line].map(|text| owned(text));
            it.choose_post(owned(dossier), PostalInput { recipient, phone, area, line })?;
        }
        ("status", [dossier]) => return Ok(it.detail(owned(dossier))?.card.status_key),
        ("value", [dossier, key]) => {
            let field = it.detail(owned(dossier))?.fields.into_iter().find(|field| field.key == *key);
            return Ok(field.map(|field| field.values.join(" / ")).unwrap_or_default());
        }
        ("printed", [dossier]) => {
            let detail = it.detail(owned(dossier))?;
            let proof = DoorProof::Code { code: "00000".into() };
            let recipient = DoorRecipient::Owner { identity: "passport".into() };
            return Ok(format!("{detail} {} {} {proof} {recipient}", detail.fields[0], detail.papers[0]));
        }
        ("asides", [dossier]) => return Ok(joined(it.detail(owned(dossier))?.set_aside, |aside| aside.code)),
        ("dismiss", [dossier, number]) => it.dismiss(owned(dossier), number.parse().expect("a number"))?,
        ("recipient_code", [dossier]) => return Ok(it.detail(owned(dossier))?.recipient_code.unwrap_or_default()),
        ("receipts", [dossier]) => {
            let mut subjects = Vec::new();
            for kept in it.receipts(owned(dossier))? {
                subjects.push(it.verify_receipt(it.export_receipt(owned(dossier), kept.seq)?)?.subject);
            }
            return Ok(subjects.join(" "));
        }
        ("verify", [dossier]) => {
            let seq = it.receipts(owned(dossier))?[0].seq;
            return Ok(it.verify_receipt(it.export_receipt(owned(dossier), seq)?)?.log);
        }
        ("verify_text", [text]) => return Ok(it.verify_receipt(text.as_bytes().to_vec())?.subject),
        ("readings", [dossier]) => return Ok(joined(it.readings(owned(dossier), None).await?, |one| one.purpose)),
        _ => panic!("nobody plays {what} {with:?}"),
    }
    Ok(String::new())
}

/// A draft with a name in it, read again.
fn draft(it: &CitizenSession, procedure: &str, n: u32) -> Result<String, CoreError> {
    let dossier = it.new_draft(procedure.into())?;
    let name = format!("Nguyễn Văn {n}");
    it.set_fields(dossier.clone(), vec![FieldInput { key: "applicant_name".into(), value: Some(name.clone()) }])?;
    assert!(it.detail(dossier.clone())?.fields.iter().any(|field| field.values == [name.clone()]));
    Ok(dossier)
}

async fn courier(it: &Arc<CourierSession>, what: &str, with: &[&str]) -> Result<String, CoreError> {
    let owned = |text: &str| text.to_owned();
    match (what, with) {
        ("enrol", [server, code]) => return Ok(it.enrol(owned(server), owned(code), None).await?.person),
        ("sync", []) => return Ok(synced(&it.sync(None).await?)),
        ("parcels", []) => return Ok(joined(it.manifest()?, |parcel| parcel.parcel)),
        ("failed", [parcel, reason]) => it.failed_attempt(owned(parcel), owned(reason), None)?,
        ("delivered", [parcel, code]) => {
            let recipient = DoorRecipient::Owner { identity: "citizen_card".into() };
            it.confirm_delivery(owned(parcel), DoorProof::Code { code: owned(code) }, recipient, None)?;
        }
        _ => panic!("nobody plays {what} {with:?}"),
    }
    Ok(String::new())
}

/// A handle that gives up in a moment.
fn given_up() -> Arc<Cancel> {
    let cancel = Cancel::new();
    let later = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(200)).await;
        later.cancel();
    });
    cancel
}

fn synced(done: &SyncView) -> String {
    format!("sent {} set aside {} {:?}", done.sent, done.set_aside, done.problems)
}

fn joined<T>(all: Vec<T>, of: impl Fn(T) -> String) -> String {
    all.into_iter().map(of).collect::<Vec<_>>().join(" ")
}
