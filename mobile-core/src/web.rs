//! The core for a web page's worker or Node: the plain API once more, in classes that `wasm-bindgen` can carry. Records are
//! plain objects of the same fields, in camel case; errors are `Error`s with `code`, `kind`, `reasons` and
//! `retryAfterSeconds`. Nothing is decided here.
//!
//! A panic ends the module: nothing that was said to be saved is lost, and the page has to be loaded anew.

// What the attribute writes around each class needs it; nothing here does.
#![allow(unsafe_code)]

mod host;

use crate::client::{Client, Outside, Unopened};
use crate::error::Error;
use crate::opened::Opened;
use crate::{BehalfInput, DoorProof, DoorRecipient, FieldInput, PositionInput, PostalInput, SystemClock, account};
use dossier::sentence::{Language, Sentence};
use host::{Files, HttpTransport, KeyStore, Observer, OnPage, PageFiles, PageKeys, PageObserver, PageTransport};
use js_sys::{Function, JSON, Promise, Reflect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::pin::Pin;
use std::sync::Arc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

#[wasm_bindgen]
extern "C" {
    /// Gives a call up.
    #[wasm_bindgen(typescript_type = "AbortSignal")]
    #[derive(Clone)]
    pub type AbortSignal;
    #[wasm_bindgen(method, getter, catch)]
    fn aborted(this: &AbortSignal) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = "addEventListener")]
    fn add_event_listener(this: &AbortSignal, event: &str, told: &Function) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = "removeEventListener")]
    fn remove_event_listener(this: &AbortSignal, event: &str, told: &Function) -> Result<(), JsValue>;
}

/// Somebody who is told of a signal, until this is dropped: a signal may live longer than a call.
struct Listening {
    signal: AbortSignal,
    told: Function,
}

impl Listening {
    const EVENT: &str = "abort";

    fn to(signal: AbortSignal, told: Function) -> Self {
        // What is no signal gives nothing up; nothing can be thrown from here.
        let _ = signal.add_event_listener(Self::EVENT, &told);
        Self { signal, told }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.signal.remove_event_listener(Self::EVENT, &self.told);
        // What waits for it holds itself until it comes; nobody looks at it any more.
        let _ = self.told.call0(&JsValue::UNDEFINED);
    }
}

/// An error as a page catches it.
fn thrown(error: &Error, language: Language) -> JsValue {
    let made = js_sys::Error::new(&error.message(language));
    made.set_name("CoreError");
    let (reasons, after) = match error {
        Error::Refused { reasons, .. } => (reasons.as_slice(), None),
        Error::Server { after, .. } => (&[][..], *after),
        _ => (&[][..], None),
    };
    let about = [
        ("code", error.code().into()),
        ("kind", js(&error.kind())),
        ("reasons", js(&reasons)),
        ("retryAfterSeconds", after.map_or(JsValue::NULL, JsValue::from)),
    ];
    for (name, value) in about {
        // An object that was made here takes every property.
        let _ = Reflect::set(&made, &name.into(), &value);
    }
    made.into()
}

/// A record as a page sees it.
fn js(value: &impl Serialize) -> JsValue {
    // Records are of texts, numbers and lists: each has a spelling, and what is spelled is read.
    serde_json::to_string(value).ok().and_then(|text| JSON::parse(&text).ok()).unwrap_or(JsValue::NULL)
}

/// A record as a page passes it in.
fn read<T: DeserializeOwned>(value: &JsValue, what: &'static str) -> Result<T, Error> {
    let text = JSON::stringify(value).ok().and_then(|text| text.as_string());
    let refused = || Error::refused("not_understood", Sentence::new("refused-not-understood").with("what", what));
    text.and_then(|text| serde_json::from_str(&text).ok()).ok_or_else(refused)
}

/// One that can be left out.
fn read_some<T: DeserializeOwned>(value: &JsValue, what: &'static str) -> Result<Option<T>, Error> {
    if value.is_undefined() || value.is_null() { Ok(None) } else { read(value, what).map(Some) }
}

/// The phone's side of Hồ Sơ: an account for each person. Make one and keep it.
#[wasm_bindgen]
pub struct Core {
    files: Arc<PageFiles>,
    transport: Arc<PageTransport>,
    clock: Arc<SystemClock>,
    language: Language,
    opened: Opened,
}

#[wasm_bindgen]
impl Core {
    /// `language` is `vi` or `en`.
    #[wasm_bindgen(constructor)]
    pub fn new(files: Files, language: &str, transport: HttpTransport) -> Self {
        Self {
            files: Arc::new(PageFiles::new(files)),
            transport: Arc::new(PageTransport::new(transport)),
            clock: Arc::default(),
            language: if language == "en" { Language::English } else { Language::Vietnamese },
            opened: Opened::default(),
        }
    }

    /// The accounts that there are, by name.
    pub fn accounts(&self) -> Result<Vec<String>, JsValue> {
        let names = self.told(self.files.names().map_err(Error::from))?;
        // One that was deleted leaves an empty file.
        let holds = |account: &String| account::file_name(account).is_ok_and(|name| self.files.holds(&name));
        Ok(account::accounts_of(names).into_iter().filter(holds).collect())
    }

    /// Opens a citizen's account, or makes it. A name has 1 to 40 of a–z, 0–9, `-` and `_`.
    pub fn citizen(
        &self,
        account: &str,
        keys: KeyStore,
        observer: Option<Observer>,
    ) -> Result<CitizenSession, JsValue> {
        Ok(CitizenSession(self.session(account, keys, observer)?))
    }

    /// Opens a courier's account, or makes it.
    pub fn courier(
        &self,
        account: &str,
        keys: KeyStore,
        observer: Option<Observer>,
    ) -> Result<CourierSession, JsValue> {
        Ok(CourierSession(self.session(account, keys, observer)?))
    }

    /// Deletes what an account keeps here, its keys too: because its person lets go of it, or because it cannot be opened any
    /// more. Sessions of it answer `account_removed`. What was not sent is gone; the server is told nothing, `signOut` does.
    #[wasm_bindgen(js_name = "removeAccount")]
    pub fn remove_account(&self, account: &str, keys: KeyStore) -> Result<(), JsValue> {
        let place = self.told(self.place(account))?;
        self.told(self.opened.remove(account, &place, &PageKeys::new(keys)))
    }

    /// Closes all files; none stays open until `resume`: `accounts` and `removeAccount` open one for a moment. What is under way
    /// ends with `cancelled`; nothing of it is lost.
    pub fn pause(&self) {
        self.opened.pause();
    }

    /// From here on calls open the files again.
    pub fn resume(&self) {
        self.opened.resume();
    }

    /// `{ library, store, wire }`, for a report of something that went wrong.
    pub fn versions(&self) -> JsValue {
        let (store, wire) = (crate::storage::FORMAT, dossier::wire::PROTOCOL);
        js(&serde_json::json!({ "library": env!("CARGO_PKG_VERSION"), "store": store, "wire": wire }))
    }

    fn session(&self, account: &str, keys: KeyStore, observer: Option<Observer>) -> Result<Session, JsValue> {
        let prepare = || {
            let (transport, clock) = (self.transport.clone(), self.clock.clone());
            let outside = Outside { keys: Arc::new(PageKeys::new(keys)), transport, clock };
            Unopened::at(Box::new(self.place(account)?), outside, self.language)
        };
        let client = self.told(self.opened.client(account, prepare))?;
        let observer = observer.map(|observer| Arc::new(PageObserver::new(observer)) as Arc<dyn crate::Observer>);
        observer.iter().for_each(|observer| client.observe(observer));
        Ok(Session { client, _observer: observer })
    }

    fn place(&self, account: &str) -> Result<OnPage, Error> {
        Ok(OnPage { files: self.files.clone(), name: account::file_name(account)? })
    }

    fn told<T>(&self, done: Result<T, Error>) -> Result<T, JsValue> {
        done.map_err(|error| thrown(&error, self.language))
    }
}

/// What both kinds of session rest on.
struct Session {
    client: Arc<Client>,
    /// Told for as long as the page holds its session.
    _observer: Option<Arc<dyn crate::Observer>>,
}

impl Session {
    fn here<T: Serialize>(&self, call: impl FnOnce(&Client) -> Result<T, Error>) -> Result<JsValue, JsValue> {
        self.told(call(&self.client)).map(|value| js(&value))
    }

    fn told<T>(&self, done: Result<T, Error>) -> Result<T, JsValue> {
        done.map_err(|error| thrown(&error, self.client.language()))
    }

    /// Promises what a call comes to, unless it is given up.
    fn there<T: Serialize, F: Future<Output = Result<T, Error>> + 'static>(
        &self,
        signal: Option<AbortSignal>,
        call: impl FnOnce(Arc<Client>) -> F,
    ) -> Promise {
        let call = call(self.client.clone());
        promise(self.client.language(), signal, Box::pin(async move { call.await.map(|value| js(&value)) }))
    }

    fn begin_sign_in(&self, server: String, redirect_uri: Option<String>, signal: Option<AbortSignal>) -> Promise {
        self.there(signal, |client| async move { client.begin_sign_in(&server, redirect_uri.as_deref()).await })
    }

    fn finish_sign_in(&self, callback: String, signal: Option<AbortSignal>) -> Promise {
        self.there(signal, |client| async move { client.finish_sign_in(&callback).await })
    }

    fn enrol(&self, server: String, code: String, signal: Option<AbortSignal>) -> Promise {
        self.there(signal, |client| async move { client.enrol(&server, &code).await })
    }

    fn sync(&self, signal: Option<AbortSignal>) -> Promise {
        self.there(signal, |client| async move { client.sync().await })
    }

    fn devices(&self, signal: Option<AbortSignal>) -> Promise {
        self.there(signal, |client| async move { client.devices().await })
    }

    fn name_device(&self, device: String, name: String, signal: Option<AbortSignal>) -> Promise {
        self.there(signal, |client| async move { client.name_device(&device, &name).await })
    }

    fn revoke_device(&self, device: String, signal: Option<AbortSignal>) -> Promise {
        self.there(signal, |client| async move { client.revoke_device(&device).await })
    }

    fn report_lost(&self, device: String, signal: Option<AbortSignal>) -> Promise {
        self.there(signal, |client| async move { client.report_lost(&device).await })
    }

    fn sign_out(&self, signal: Option<AbortSignal>) -> Promise {
        self.there(signal, |client| async move { client.sign_out().await })
    }
}

/// Awaits a call, unless it is given up. Of one type for all calls: each type is this code once more.
fn promise(
    language: Language,
    signal: Option<AbortSignal>,
    call: Pin<Box<dyn Future<Output = Result<JsValue, Error>>>>,
) -> Promise {
    let given_up = async move {
        let Some(signal) = signal else { return std::future::pending().await };
        if !signal.aborted().is_ok_and(|aborted| aborted.is_truthy()) {
            let mut listening = None;
            let told = Promise::new(&mut |resolve, _| listening = Some(Listening::to(signal.clone(), resolve)));
            let _ = JsFuture::from(told).await;
            drop(listening);
        }
    };
    future_to_promise(async move {
        let done = tokio::select! {
            biased;
            () = given_up => Err(Error::Cancelled),
            done = call => done,
        };
        done.map_err(|error| thrown(&error, language))
    })
}

/// What a citizen does: write, hand in, follow, answer.
#[wasm_bindgen]
pub struct CitizenSession(Session);

/// What a courier does: read the list, record what happens at doors.
#[wasm_bindgen]
pub struct CourierSession(Session);

/// What both do: sign in, synchronise, see what changed, see one's devices.
macro_rules! of_every_session {
    ($session:ident) => {
        #[wasm_bindgen]
        impl $session {
            pub fn account(&self) -> Result<JsValue, JsValue> {
                self.0.here(|client| client.account())
            }

            pub fn device(&self) -> String {
                self.0.client.device()
            }

            #[wasm_bindgen(js_name = "beginSignIn")]
            pub fn begin_sign_in(
                &self,
                server: String,
                redirect_uri: Option<String>,
                signal: Option<AbortSignal>,
            ) -> Promise {
                self.0.begin_sign_in(server, redirect_uri, signal)
            }

            #[wasm_bindgen(js_name = "finishSignIn")]
            pub fn finish_sign_in(&self, callback: String, signal: Option<AbortSignal>) -> Promise {
                self.0.finish_sign_in(callback, signal)
            }

            pub fn enrol(&self, server: String, code: String, signal: Option<AbortSignal>) -> Promise {
                self.0.enrol(server, code, signal)
            }

            pub fn sync(&self, signal: Option<AbortSignal>) -> Promise {
                self.0.sync(signal)
            }

            #[wasm_bindgen(js_name = "nextEvents")]
            pub fn next_events(&self, after: f64, max: u32) -> JsValue {
                js(&self.0.client.next_events(after as u64, max))
            }

            pub fn devices(&self, signal: Option<AbortSignal>) -> Promise {
                self.0.devices(signal)
            }

            #[wasm_bindgen(js_name = "nameDevice")]
            pub fn name_device(&self, device: String, name: String, signal: Option<AbortSignal>) -> Promise {
                self.0.name_device(device, name, signal)
            }

            #[wasm_bindgen(js_name = "revokeDevice")]
            pub fn revoke_device(&self, device: String, signal: Option<AbortSignal>) -> Promise {
                self.0.revoke_device(device, signal)
            }

            #[wasm_bindgen(js_name = "reportLost")]
            pub fn report_lost(&self, device: String, signal: Option<AbortSignal>) -> Promise {
                self.0.report_lost(device, signal)
            }

            #[wasm_bindgen(js_name = "signOut")]
            pub fn sign_out(&self, signal: Option<AbortSignal>) -> Promise {
                self.0.sign_out(signal)
            }

            #[wasm_bindgen(js_name = "verifyReceipt")]
            pub fn verify_receipt(&self, presented: &[u8]) -> Result<JsValue, JsValue> {
                self.0.here(|client| client.verify_receipt(presented))
            }

            #[wasm_bindgen(js_name = "logReport")]
            pub fn log_report(&self) -> Result<Option<Vec<u8>>, JsValue> {
                self.0.told(self.0.client.log_report())
            }
        }
    };
}
of_every_session!(CitizenSession);
of_every_session!(CourierSession);

#[wasm_bindgen]
impl CitizenSession {
    pub fn catalogue(&self) -> JsValue {
        js(&self.0.client.catalogue())
    }

    pub fn procedure(&self, code: &str) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.procedure(code))
    }

    pub fn examples(&self, procedure: &str) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.examples(procedure))
    }

    pub fn units(&self) -> JsValue {
        js(&self.0.client.units())
    }

    pub fn list(&self) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.list())
    }

    pub fn detail(&self, dossier: &str) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.detail(dossier))
    }

    pub fn why(&self, dossier: &str) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.why(dossier))
    }

    pub fn findings(&self, dossier: &str) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.findings(dossier))
    }

    #[wasm_bindgen(js_name = "newDraft")]
    pub fn new_draft(&self, procedure: &str) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.new_draft(procedure))
    }

    /// `fields`: `{ key, value }` each.
    #[wasm_bindgen(js_name = "setFields")]
    pub fn set_fields(&self, dossier: &str, fields: &JsValue) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.set_fields(dossier, &read::<Vec<FieldInput>>(fields, "fields")?))
    }

    #[wasm_bindgen(js_name = "addPaper")]
    pub fn add_paper(&self, dossier: &str, component: &str, name: &str, bytes: &[u8]) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.add_paper(dossier, component, name, bytes))
    }

    #[wasm_bindgen(js_name = "removePaper")]
    pub fn remove_paper(&self, dossier: &str, component: &str, sha256: &str) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.remove_paper(dossier, component, sha256))
    }

    pub fn submit(&self, dossier: &str, unit: &str, behalf: &JsValue) -> Result<JsValue, JsValue> {
        self.0.here(|client| match read_some::<BehalfInput>(behalf, "behalf")? {
            Some(behalf) => client.submit_for(dossier, unit, &behalf),
            None => client.submit(dossier, unit),
        })
    }

    pub fn supplement(&self, dossier: &str) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.supplement(dossier))
    }

    pub fn withdraw(&self, dossier: &str, reason: &str) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.withdraw(dossier, reason))
    }

    #[wasm_bindgen(js_name = "chooseCounter")]
    pub fn choose_counter(&self, dossier: &str) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.choose_counter(dossier))
    }

    /// `to`: `{ recipient, phone, area, line }`.
    #[wasm_bindgen(js_name = "choosePost")]
    pub fn choose_post(&self, dossier: &str, to: &JsValue) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.choose_post(dossier, &read::<PostalInput>(to, "to")?))
    }

    #[wasm_bindgen(js_name = "confirmReceipt")]
    pub fn confirm_receipt(&self, dossier: &str, parcel: Option<String>) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.confirm_receipt(dossier, parcel.as_deref()))
    }

    #[wasm_bindgen(js_name = "bringBack")]
    pub fn bring_back(&self, dossier: &str, number: u32) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.bring_back(dossier, number))
    }

    pub fn dismiss(&self, dossier: &str, number: u32) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.dismiss(dossier, number))
    }

    pub fn receipts(&self, dossier: &str) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.receipts(dossier))
    }

    #[wasm_bindgen(js_name = "exportReceipt")]
    pub fn export_receipt(&self, dossier: &str, seq: u32) -> Result<Vec<u8>, JsValue> {
        self.0.told(self.0.client.export_receipt(dossier, seq))
    }

    pub fn readings(&self, dossier: String, signal: Option<AbortSignal>) -> Promise {
        self.0.there(signal, |client| async move { client.readings(&dossier).await })
    }

    #[wasm_bindgen(js_name = "goOnWithout")]
    pub fn go_on_without(&self, dossier: &str) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.go_on_without(dossier))
    }
}

#[wasm_bindgen]
impl CourierSession {
    pub fn manifest(&self) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.manifest())
    }

    /// `proof`: `{ kind: "code", code }`, `{ kind: "recipientSigned" }` or `{ kind: "unconfirmed", reason }`; `recipient`:
    /// `{ kind: "owner", identity }` or `{ kind: "proxy", identity, authorisation }`; `position`: `{ latitude, longitude }` in
    /// thousandths of a degree, or nothing.
    #[wasm_bindgen(js_name = "confirmDelivery")]
    pub fn confirm_delivery(
        &self,
        parcel: &str,
        proof: &JsValue,
        recipient: &JsValue,
        position: &JsValue,
    ) -> Result<JsValue, JsValue> {
        self.0.here(|client| {
            let proof = read::<DoorProof>(proof, "proof")?;
            let recipient = read::<DoorRecipient>(recipient, "recipient")?;
            client.confirm_delivery(parcel, &proof, &recipient, read_some::<PositionInput>(position, "position")?)
        })
    }

    #[wasm_bindgen(js_name = "failedAttempt")]
    pub fn failed_attempt(&self, parcel: &str, reason: &str, position: &JsValue) -> Result<JsValue, JsValue> {
        self.0.here(|client| client.failed_attempt(parcel, reason, read_some::<PositionInput>(position, "position")?))
    }

    #[wasm_bindgen(js_name = "failureReasons")]
    pub fn failure_reasons(&self) -> JsValue {
        js(&self.0.client.failure_reasons())
    }
}
