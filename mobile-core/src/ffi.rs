//! The core for Kotlin, Swift and Python: the plain API once more, in objects and interfaces that UniFFI can carry. Nothing
//! is decided here. Calls into the app go through `hands`, so that an app that blocks or throws is an error and no end.
//!
//! Calls that are not asynchronous read and write the account's file and belong on a background thread; each is on the disk
//! when it returns. Asynchronous calls use the network and may be given up through their `Cancel`.

mod hands;

use crate::client::{Client, Outside, Unopened};
use crate::error::{Error, ErrorKind, ReasonView};
use crate::events::EventsView;
use crate::keys::KeyError;
use crate::opened::Opened;
use crate::storage::{InFolder, StorageError};
use crate::transport::{Header, HttpRequest, HttpResponse, TransportError};
use crate::view::{
    AccountView, AsideView, DetailView, DeviceView, FieldView, FindingView, KeptReceiptView, ListView, PaperView,
    ParcelView, ProcedureView, ReadingView, ReceiptView, RequestView, SignInView, StepView, SyncView, UnitView,
};
use crate::{BehalfInput, ChoiceView, DoorProof, DoorRecipient, FieldInput, PositionInput, PostalInput, SystemClock};
use async_trait::async_trait;
use dossier::sentence::Language;
use hands::{GaveUp, Hands};
use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use uniffi::UnexpectedUniFFICallbackError;

/// A key in hardware may wait for a finger on it.
const KEY_PATIENCE: Duration = Duration::from_secs(60);
/// A clock answers at once, or is not there.
const CLOCK_PATIENCE: Duration = Duration::from_secs(2);
/// So many threads may wait for a clock.
const CLOCK_CALLS: usize = 16;

/// The language of everything that is shown.
#[uniffi::remote(Enum)]
pub enum Language {
    Vietnamese,
    English,
}

/// Printed, a record that holds what people wrote, or a token, is its name alone: apps print what they are given.
macro_rules! printed_by_name {
    ($($record:ty),*) => {$(
        impl fmt::Display for $record {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($record), "(…)"))
            }
        }
    )*};
}
printed_by_name!(
    AsideView,
    BehalfInput,
    DetailView,
    DeviceView,
    DoorProof,
    DoorRecipient,
    FieldInput,
    FieldView,
    FindingView,
    Header,
    HttpRequest,
    HttpResponse,
    KeptReceiptView,
    PaperView,
    ParcelView,
    PostalInput,
    ReadingView,
    ReasonView,
    RequestView,
    SignInView,
    StepView
);

/// What went wrong: for programs, for people, and what to do about it. Printed, it is its code: the sentences may quote what
/// a citizen wrote, and errors end up in logs.
#[derive(Clone, uniffi::Record)]
#[uniffi::export(Display)]
pub struct ErrorView {
    /// Stable: `offline`, `has_findings`, `storage_full`, …
    pub code: String,
    /// For people, in the core's language.
    pub message: String,
    /// What to do about it.
    pub kind: ErrorKind,
    /// Why something was refused, one by one.
    pub reasons: Vec<ReasonView>,
    /// After how many seconds the server says that it will answer.
    pub retry_after_seconds: Option<u32>,
}

impl fmt::Display for ErrorView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)
    }
}

/// What can go wrong, by what an app shows. Nothing that was said to be saved is lost by any of them.
// `about` is the same in each.
#[allow(missing_docs)]
#[derive(uniffi::Error)]
pub enum CoreError {
    /// No answer came. What is saved goes out later.
    Offline { about: ErrorView },
    /// Nobody is signed in, or the server does not know this device any more.
    SignInAgain { about: ErrorView },
    /// This device was reported lost, or the app removed the account; what it kept here is deleted.
    Wiped { about: ErrorView },
    /// It cannot be done as things stand; nothing changed. `reasons` tell why.
    Refused { about: ErrorView },
    /// The app must be updated.
    TooOld { about: ErrorView },
    /// The disk is full, the file is damaged, in use, paused, or of another key.
    Storage { about: ErrorView },
    /// The app's key store could not do it.
    Key { about: ErrorView },
    /// Given up by the app.
    Cancelled { about: ErrorView },
    /// The server could not answer now.
    Server { about: ErrorView },
    /// What came is not from the server that this account is bound to, or its log contradicts itself.
    Untrusted { about: ErrorView },
}

impl CoreError {
    /// What every error tells.
    pub fn about(&self) -> &ErrorView {
        match self {
            Self::Offline { about }
            | Self::SignInAgain { about }
            | Self::Wiped { about }
            | Self::Refused { about }
            | Self::TooOld { about }
            | Self::Storage { about }
            | Self::Key { about }
            | Self::Cancelled { about }
            | Self::Server { about }
            | Self::Untrusted { about } => about,
        }
    }

    fn of(error: &Error, language: Language) -> Self {
        let reasons = match error {
            Error::Refused { reasons, .. } => reasons.clone(),
            _ => Vec::new(),
        };
        let retry_after_seconds = match error {
            Error::Server { after, .. } => *after,
            _ => None,
        };
        let (code, message, kind) = (error.code().to_owned(), error.message(language), error.kind());
        let about = ErrorView { code, message, kind, reasons, retry_after_seconds };
        match error {
            Error::Offline(_) => Self::Offline { about },
            Error::SignInAgain | Error::NotEnrolled => Self::SignInAgain { about },
            Error::Wiped | Error::Removed => Self::Wiped { about },
            Error::Refused { .. } => Self::Refused { about },
            Error::TooOld | Error::Storage(StorageError::Newer(_)) => Self::TooOld { about },
            Error::Storage(_) => Self::Storage { about },
            Error::Key(_) => Self::Key { about },
            Error::Cancelled => Self::Cancelled { about },
            Error::Server { .. } => Self::Server { about },
            Error::Untrusted(_) | Error::LogInconsistent(_) => Self::Untrusted { about },
        }
    }
}

impl fmt::Display for CoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.about().code)
    }
}
impl fmt::Debug for CoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl std::error::Error for CoreError {}

/// The app's network: OkHttp, URLSession or what it has.
#[uniffi::export(with_foreign)]
#[async_trait]
pub trait HttpTransport: Send + Sync {
    /// Sends a request and waits for the whole response. Every status that came from a server is a response. Redirects are
    /// not to be followed: a token must not travel to another address. The core waits 90 seconds, and longer for large
    /// bodies; what comes later is dropped.
    async fn request(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;
}

/// The keys of one account on this device: a P-256 key that the hardware keeps, and the key of the account's file. Asked for one
/// thing at a time. After 60 seconds a call is given up; until it has come back nothing else is asked for, and what needs a key
/// answers `key_failed`: a deletion that is late is not to meet keys that were made anew.
#[uniffi::export(with_foreign)]
pub trait KeyStore: Send + Sync {
    /// The key that servers know this device by: x and y, 32 bytes each.
    fn public_key(&self) -> Result<Vec<u8>, KeyError>;
    /// ECDSA over SHA-256 of the message: r and s, 32 bytes each.
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, KeyError>;
    /// 32 bytes that stay the same as long as the account is on this device.
    fn storage_key(&self) -> Result<Vec<u8>, KeyError>;
    /// Deletes both for good, because this device was reported lost or the account removed. Called again after a crash; keys
    /// that are gone are no failure.
    fn forget(&self) -> Result<(), KeyError>;
}

/// The device's clocks, where the platform's know more than the standard library's. They answer at once, on any thread.
#[uniffi::export(with_foreign)]
pub trait Clock: Send + Sync {
    /// The wall clock: milliseconds since 1970-01-01 00:00 UTC.
    fn now_ms(&self) -> i64;
    /// A number made anew at each start of the device.
    fn boot(&self) -> u64;
    /// Milliseconds since that start, never going back.
    fn elapsed_ms(&self) -> u64;
}

/// Told that there are new events.
#[uniffi::export(with_foreign)]
pub trait Observer: Send + Sync {
    /// Something changed: `next_events` tells what. Called on a thread of its own and never while anything is locked;
    /// several changes may be one call.
    fn changed(&self);
}

impl From<UnexpectedUniFFICallbackError> for TransportError {
    fn from(thrown: UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { reason: thrown.reason }
    }
}
impl From<UnexpectedUniFFICallbackError> for KeyError {
    fn from(thrown: UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { reason: thrown.reason }
    }
}

/// What a host's transport is to the core. It is awaited with a time limit where it is called.
struct HostTransport(Arc<dyn HttpTransport>);

#[async_trait]
impl crate::Transport for HostTransport {
    async fn request(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.0.request(request).await
    }
}

/// An account's keys. However many of them the app makes for one account, its calls go through the same hands.
struct HostKeys {
    keys: Arc<dyn KeyStore>,
    hands: Arc<Hands>,
    patience: Duration,
}

impl HostKeys {
    fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn KeyStore) -> Result<T, KeyError> + Send + 'static,
    ) -> Result<T, KeyError> {
        let keys = self.keys.clone();
        let failed = |why| KeyError::Failed { reason: format!("the key store {why}") };
        self.hands.call(self.patience, move || call(keys.as_ref())).unwrap_or_else(|gave_up| Err(failed(why(gave_up))))
    }
}

fn why(gave_up: GaveUp) -> &'static str {
    match gave_up {
        GaveUp::TimedOut => "did not answer in time",
        GaveUp::Busy => "did not come back yet",
        GaveUp::Threw => "threw",
    }
}

impl crate::KeyStore for HostKeys {
    fn public_key(&self) -> Result<Vec<u8>, KeyError> {
        self.call(|keys| keys.public_key())
    }
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, KeyError> {
        self.call(|keys| keys.sign(message))
    }
    fn storage_key(&self) -> Result<Vec<u8>, KeyError> {
        self.call(|keys| keys.storage_key())
    }
    fn forget(&self) -> Result<(), KeyError> {
        self.call(|keys| keys.forget())
    }
}

/// A host's clock; where it does not answer, the standard library's.
struct HostClock {
    clock: Arc<dyn Clock>,
    hands: Hands,
    otherwise: SystemClock,
}

impl HostClock {
    fn ask<T: Send + 'static>(&self, ask: impl FnOnce(&dyn Clock) -> T + Send + 'static) -> Option<T> {
        let clock = self.clock.clone();
        self.hands.call(CLOCK_PATIENCE, move || ask(clock.as_ref())).ok()
    }
}

impl crate::Clock for HostClock {
    fn now_ms(&self) -> i64 {
        self.ask(|clock| clock.now_ms()).unwrap_or_else(|| self.otherwise.now_ms())
    }
    fn boot(&self) -> u64 {
        self.ask(|clock| clock.boot()).unwrap_or_else(|| self.otherwise.boot())
    }
    fn elapsed_ms(&self) -> u64 {
        self.ask(|clock| clock.elapsed_ms()).unwrap_or_else(|| self.otherwise.elapsed_ms())
    }
}

/// Tells a host's observer, on a thread that waits for there to be something; while the host is busy with one call, what
/// else happens is one more.
struct HostObserver(std::sync::mpsc::SyncSender<()>);

impl HostObserver {
    fn new(observer: Arc<dyn Observer>) -> Self {
        let (tell, told) = std::sync::mpsc::sync_channel(1);
        // Without a thread the app is told nothing and still can ask.
        let _ = std::thread::Builder::new().name("hoso-observer".into()).spawn(move || {
            for () in told {
                let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| observer.changed()));
            }
        });
        Self(tell)
    }
}

impl crate::Observer for HostObserver {
    fn changed(&self) {
        // Full: the call that is to come tells this too.
        let _ = self.0.try_send(());
    }
}

/// Gives up asynchronous calls: one handle for one call, or for all of a screen. What was exchanged by then is kept.
#[derive(Default, uniffi::Object)]
pub struct Cancel {
    given_up: tokio::sync::watch::Sender<bool>,
}

#[uniffi::export]
impl Cancel {
    /// One that nobody has pressed yet.
    #[uniffi::constructor]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Every call with this handle ends with `Cancelled`, those that are still to come too.
    pub fn cancel(&self) {
        self.given_up.send_replace(true);
    }
}

/// The phone's side of Hồ Sơ: a folder with an account for each person. Make one and keep it for as long as the app runs.
#[derive(uniffi::Object)]
pub struct Core {
    folder: PathBuf,
    language: Language,
    transport: Arc<dyn crate::Transport>,
    clock: Arc<dyn crate::Clock>,
    opened: Opened,
    /// One for each account's keys.
    hands: Mutex<HashMap<String, Arc<Hands>>>,
    patience: Duration,
}

/// Versions, for a report of something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct VersionsView {
    /// Of this library.
    pub library: String,
    /// Of the files that it writes; older ones are read.
    pub store: u32,
    /// Of the protocol that it speaks.
    pub wire: u32,
}

#[uniffi::export]
impl Core {
    /// `folder` is in the app's private storage and excluded from backups. Without a clock the standard library's is used.
    #[uniffi::constructor]
    pub fn new(
        folder: String,
        language: Language,
        transport: Arc<dyn HttpTransport>,
        clock: Option<Arc<dyn Clock>>,
    ) -> Arc<Self> {
        let clock: Arc<dyn crate::Clock> = match clock {
            Some(clock) => {
                Arc::new(HostClock { clock, hands: Hands::new(CLOCK_CALLS), otherwise: SystemClock::default() })
            }
            None => Arc::new(SystemClock::default()),
        };
        let transport = Arc::new(HostTransport(transport));
        Arc::new(Self {
            folder: folder.into(),
            language,
            transport,
            clock,
            opened: Opened::default(),
            hands: Mutex::default(),
            patience: KEY_PATIENCE,
        })
    }

    /// The accounts of this folder, by name.
    pub fn accounts(&self) -> Result<Vec<String>, CoreError> {
        self.told(crate::accounts(&self.folder))
    }

    /// Opens a citizen's account, or makes it. A name has 1 to 40 of a–z, 0–9, `-` and `_`. Opened twice, it is the same, with the keys
    /// of the first time; the observer is told for as long as this session is held. `storage_paused` between `pause` and `resume`.
    pub fn citizen(
        &self,
        account: String,
        keys: Arc<dyn KeyStore>,
        observer: Option<Arc<dyn Observer>>,
    ) -> Result<Arc<CitizenSession>, CoreError> {
        Ok(Arc::new(CitizenSession(self.session(&account, keys, observer)?)))
    }

    /// The same for a courier. Who signs in as somebody else has no list.
    pub fn courier(
        &self,
        account: String,
        keys: Arc<dyn KeyStore>,
        observer: Option<Arc<dyn Observer>>,
    ) -> Result<Arc<CourierSession>, CoreError> {
        Ok(Arc::new(CourierSession(self.session(&account, keys, observer)?)))
    }

    /// Deletes what an account keeps on this device, its keys too: because its person lets go of it, or because it cannot be
    /// opened any more (`key_gone`, `storage_wrong_key`, `storage_damaged`). Sessions of it answer `account_removed`. What was
    /// not sent is gone; what was sent comes back with the next sign-in. Calls `forget` of the account's keys; where that
    /// fails, it goes on when it is called again, or when the account is opened, which answers `account_removed` once. The server is told nothing: `sign_out` does.
    pub fn remove_account(&self, account: String, keys: Arc<dyn KeyStore>) -> Result<(), CoreError> {
        let place = self.told(self.place(&account))?;
        self.told(self.opened.remove(&account, &place, &self.keys(&account, keys)))
    }

    /// Closes all files and lets go of their locks, as a system asks before it suspends an app; none is opened until
    /// `resume`. What is under way ends with `Cancelled`; nothing of it is lost. Waits for no key store.
    pub fn pause(&self) {
        self.opened.pause();
    }

    /// From here on calls open the files again. Like `pause` it may be called on the main thread, so that the last of the two
    /// counts: it opens nothing itself and waits for no key store.
    pub fn resume(&self) {
        self.opened.resume();
    }

    /// For a report of something that went wrong.
    pub fn versions(&self) -> VersionsView {
        VersionsView {
            library: env!("CARGO_PKG_VERSION").into(),
            store: crate::storage::FORMAT,
            wire: dossier::wire::PROTOCOL.into(),
        }
    }
}

impl Core {
    fn session(
        &self,
        account: &str,
        keys: Arc<dyn KeyStore>,
        observer: Option<Arc<dyn Observer>>,
    ) -> Result<Session, CoreError> {
        let prepare = || {
            let (transport, clock) = (self.transport.clone(), self.clock.clone());
            let outside = Outside { keys: Arc::new(self.keys(account, keys)), transport, clock };
            Unopened::at(Box::new(self.place(account)?), outside, self.language)
        };
        let client = self.told(self.opened.client(account, prepare))?;
        let observer = observer.map(|observer| Arc::new(HostObserver::new(observer)) as Arc<dyn crate::Observer>);
        observer.iter().for_each(|observer| client.observe(observer));
        Ok(Session { client, _observer: observer })
    }

    fn keys(&self, account: &str, keys: Arc<dyn KeyStore>) -> HostKeys {
        let mut all = self.hands.lock().unwrap_or_else(PoisonError::into_inner);
        let hands = all.entry(account.to_owned()).or_insert_with(|| Arc::new(Hands::new(1))).clone();
        HostKeys { keys, hands, patience: self.patience }
    }

    fn place(&self, account: &str) -> Result<InFolder, Error> {
        Ok(InFolder(crate::account::file(&self.folder, account)?))
    }

    fn told<T>(&self, done: Result<T, Error>) -> Result<T, CoreError> {
        done.map_err(|error| CoreError::of(&error, self.language))
    }
}

/// What both kinds of session rest on.
struct Session {
    client: Arc<Client>,
    /// Told for as long as the app holds its session.
    _observer: Option<Arc<dyn crate::Observer>>,
}

impl Session {
    fn here<T>(&self, call: impl FnOnce(&Client) -> Result<T, Error>) -> Result<T, CoreError> {
        call(&self.client).map_err(|error| CoreError::of(&error, self.client.language()))
    }

    /// Awaits a call, unless it is given up.
    async fn there<T>(
        &self,
        cancel: Option<Arc<Cancel>>,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, CoreError> {
        let given_up = async {
            match &cancel {
                // The sender lives as long as the handle, which is held here.
                Some(cancel) => drop(cancel.given_up.subscribe().wait_for(|given_up| *given_up).await),
                None => std::future::pending().await,
            }
        };
        let done = tokio::select! {
            biased;
            () = given_up => Err(Error::Cancelled),
            done = call => done,
        };
        done.map_err(|error| CoreError::of(&error, self.client.language()))
    }
}

/// What a citizen does: write, hand in, follow, answer.
#[derive(uniffi::Object)]
pub struct CitizenSession(Session);

/// What a courier does: read the list, record what happens at doors.
#[derive(uniffi::Object)]
pub struct CourierSession(Session);

/// What both do: sign in, synchronise, see what changed, see one's devices.
macro_rules! of_every_session {
    ($session:ty) => {
        #[uniffi::export(async_runtime = "tokio")]
        impl $session {
            /// Who is signed in; without network.
            pub fn account(&self) -> Result<Option<AccountView>, CoreError> {
                self.0.here(|client| client.account())
            }

            /// The fingerprint of this device's key, by which the server knows it.
            pub fn device(&self) -> String {
                self.0.client.device()
            }

            /// Asks the server where to sign in. `redirect_uri` is where the browser is to come back to, as the office has
            /// registered it for the app. Open the address in the person's own browser (RFC 8252), not in a view of the app.
            #[uniffi::method(default(redirect_uri = None, cancel = None))]
            pub async fn begin_sign_in(
                &self,
                server: String,
                redirect_uri: Option<String>,
                cancel: Option<Arc<Cancel>>,
            ) -> Result<SignInView, CoreError> {
                self.0.there(cancel, self.0.client.begin_sign_in(&server, redirect_uri.as_deref())).await
            }

            /// Takes the address that the browser came back with, and enrols this device. What this account has not sent
            /// stays and is sent; what other accounts have is not touched.
            #[uniffi::method(default(cancel = None))]
            pub async fn finish_sign_in(
                &self,
                callback: String,
                cancel: Option<Arc<Cancel>>,
            ) -> Result<AccountView, CoreError> {
                self.0.there(cancel, self.0.client.finish_sign_in(&callback)).await
            }

            /// Enrols this device with a single-use code from the office.
            #[uniffi::method(default(cancel = None))]
            pub async fn enrol(
                &self,
                server: String,
                code: String,
                cancel: Option<Arc<Cancel>>,
            ) -> Result<AccountView, CoreError> {
                self.0.there(cancel, self.0.client.enrol(&server, &code)).await
            }

            /// Exchanges everything with the server, in as many rounds as it takes.
            #[uniffi::method(default(cancel = None))]
            pub async fn sync(&self, cancel: Option<Arc<Cancel>>) -> Result<SyncView, CoreError> {
                self.0.there(cancel, self.0.client.sync()).await
            }

            /// What changed after the event of this number, at most `max` (500) at a time; from 0 on. Does not wait.
            pub fn next_events(&self, after: u64, max: u32) -> EventsView {
                self.0.client.next_events(after, max)
            }

            /// The devices of whoever is signed in, those that were shut out too.
            #[uniffi::method(default(cancel = None))]
            pub async fn devices(&self, cancel: Option<Arc<Cancel>>) -> Result<Vec<DeviceView>, CoreError> {
                self.0.there(cancel, self.0.client.devices()).await
            }

            /// Calls a device otherwise.
            #[uniffi::method(default(cancel = None))]
            pub async fn name_device(
                &self,
                device: String,
                name: String,
                cancel: Option<Arc<Cancel>>,
            ) -> Result<(), CoreError> {
                self.0.there(cancel, self.0.client.name_device(&device, &name)).await
            }

            /// Shuts a device out, this one too. What is on it stays there.
            #[uniffi::method(default(cancel = None))]
            pub async fn revoke_device(&self, device: String, cancel: Option<Arc<Cancel>>) -> Result<(), CoreError> {
                self.0.there(cancel, self.0.client.revoke_device(&device)).await
            }

            /// Says that a device is lost: it is shut out for good, and deletes what this account keeps on it when it next
            /// comes to the server. What it has not sent is gone then.
            #[uniffi::method(default(cancel = None))]
            pub async fn report_lost(&self, device: String, cancel: Option<Arc<Cancel>>) -> Result<(), CoreError> {
                self.0.there(cancel, self.0.client.report_lost(&device)).await
            }

            /// Ends this device's session. Everything on it stays, what was not sent too.
            #[uniffi::method(default(cancel = None))]
            pub async fn sign_out(&self, cancel: Option<Arc<Cancel>>) -> Result<(), CoreError> {
                self.0.there(cancel, self.0.client.sign_out()).await
            }

            /// What a receipt shows: a kept file, or the text or the bytes of a QR code, from anybody. Without network.
            pub fn verify_receipt(&self, presented: Vec<u8>) -> Result<ReceiptView, CoreError> {
                self.0.here(|client| client.verify_receipt(&presented))
            }

            /// The report of a log that contradicted itself, to hand to somebody who looks into it: JSON.
            pub fn log_report(&self) -> Result<Option<Vec<u8>>, CoreError> {
                self.0.here(|client| client.log_report())
            }
        }
    };
}
of_every_session!(CitizenSession);
of_every_session!(CourierSession);

/// All of it works without network but `readings`.
#[uniffi::export(async_runtime = "tokio")]
impl CitizenSession {
    /// The procedures of the catalogue, with their forms.
    pub fn catalogue(&self) -> Vec<ProcedureView> {
        self.0.client.catalogue()
    }

    /// One procedure, by its code.
    pub fn procedure(&self, code: String) -> Result<ProcedureView, CoreError> {
        self.0.here(|client| client.procedure(&code))
    }

    /// A form filled in with made-up examples, to try an app out.
    pub fn examples(&self, procedure: String) -> Result<Vec<FieldInput>, CoreError> {
        self.0.here(|client| client.examples(&procedure))
    }

    /// The units that receive dossiers.
    pub fn units(&self) -> Vec<UnitView> {
        self.0.client.units()
    }

    /// All dossiers, as a list shows them.
    pub fn list(&self) -> Result<ListView, CoreError> {
        self.0.here(|client| client.list())
    }

    /// One dossier in full.
    pub fn detail(&self, dossier: String) -> Result<DetailView, CoreError> {
        self.0.here(|client| client.detail(&dossier))
    }

    /// What a dossier waits for, in a sentence.
    pub fn why(&self, dossier: String) -> Result<String, CoreError> {
        self.0.here(|client| client.why(&dossier))
    }

    /// What must be mended before it is handed in, and what should be.
    pub fn findings(&self, dossier: String) -> Result<Vec<FindingView>, CoreError> {
        self.0.here(|client| client.findings(&dossier))
    }

    /// A new draft, also before anybody signed in; its id.
    pub fn new_draft(&self, procedure: String) -> Result<String, CoreError> {
        self.0.here(|client| client.new_draft(&procedure))
    }

    /// Sets fields as one change; a value as it was typed, `null` empties a field. A field that two devices filled in
    /// differently is settled by it.
    pub fn set_fields(&self, dossier: String, fields: Vec<FieldInput>) -> Result<(), CoreError> {
        self.0.here(|client| client.set_fields(&dossier, &fields))
    }

    /// Adds a photograph or a PDF of a paper, at most 10 MiB: JPEG, PNG or PDF.
    pub fn add_paper(
        &self,
        dossier: String,
        component: String,
        name: String,
        bytes: Vec<u8>,
    ) -> Result<PaperView, CoreError> {
        self.0.here(|client| client.add_paper(&dossier, &component, &name, &bytes))
    }

    /// Takes a paper out again; `sha256` of its `PaperView`.
    pub fn remove_paper(&self, dossier: String, component: String, sha256: String) -> Result<(), CoreError> {
        self.0.here(|client| client.remove_paper(&dossier, &component, &sha256))
    }

    /// Hands in to a unit; for somebody else, with the right to do so.
    #[uniffi::method(default(behalf = None))]
    pub fn submit(&self, dossier: String, unit: String, behalf: Option<BehalfInput>) -> Result<(), CoreError> {
        self.0.here(|client| match &behalf {
            Some(behalf) => client.submit_for(&dossier, &unit, behalf),
            None => client.submit(&dossier, &unit),
        })
    }

    /// Hands in what the office had asked for.
    pub fn supplement(&self, dossier: String) -> Result<(), CoreError> {
        self.0.here(|client| client.supplement(&dossier))
    }

    /// Takes a dossier back, with the reason.
    pub fn withdraw(&self, dossier: String, reason: String) -> Result<(), CoreError> {
        self.0.here(|client| client.withdraw(&dossier, &reason))
    }

    /// The result is fetched at the counter.
    pub fn choose_counter(&self, dossier: String) -> Result<(), CoreError> {
        self.0.here(|client| client.choose_counter(&dossier))
    }

    /// The result comes by post.
    pub fn choose_post(&self, dossier: String, to: PostalInput) -> Result<(), CoreError> {
        self.0.here(|client| client.choose_post(&dossier, &to))
    }

    /// The parcel is here, its seal intact; without a parcel, the one that is on its way or came last.
    #[uniffi::method(default(parcel = None))]
    pub fn confirm_receipt(&self, dossier: String, parcel: Option<String>) -> Result<(), CoreError> {
        self.0.here(|client| client.confirm_receipt(&dossier, parcel.as_deref()))
    }

    /// Writes again what was set aside; `number` as in `DetailView.set_aside`.
    pub fn bring_back(&self, dossier: String, number: u32) -> Result<(), CoreError> {
        self.0.here(|client| client.bring_back(&dossier, number))
    }

    /// Lets go of what was set aside.
    pub fn dismiss(&self, dossier: String, number: u32) -> Result<(), CoreError> {
        self.0.here(|client| client.dismiss(&dossier, number))
    }

    /// The receipts that this phone keeps of a dossier.
    pub fn receipts(&self, dossier: String) -> Result<Vec<KeptReceiptView>, CoreError> {
        self.0.here(|client| client.receipts(&dossier))
    }

    /// A receipt as a file for others. That of an acceptance holds the secret of the public tracking page.
    pub fn export_receipt(&self, dossier: String, seq: u32) -> Result<Vec<u8>, CoreError> {
        self.0.here(|client| client.export_receipt(&dossier, seq))
    }

    /// Who of the office looked into a dossier. Needs a network.
    #[uniffi::method(default(cancel = None))]
    pub async fn readings(&self, dossier: String, cancel: Option<Arc<Cancel>>) -> Result<Vec<ReadingView>, CoreError> {
        self.0.there(cancel, self.0.client.readings(&dossier)).await
    }

    /// Does not wait for another phone that is gone, after the server was put back from a backup.
    pub fn go_on_without(&self, dossier: String) -> Result<u32, CoreError> {
        self.0.here(|client| client.go_on_without(&dossier))
    }
}

/// All of it works without network.
#[uniffi::export]
impl CourierSession {
    /// The parcels of the lists, with what was recorded of each. `lease_ended` 24 hours after the server was last heard.
    pub fn manifest(&self) -> Result<Vec<ParcelView>, CoreError> {
        self.0.here(|client| client.manifest())
    }

    /// Records a delivery.
    #[uniffi::method(default(position = None))]
    pub fn confirm_delivery(
        &self,
        parcel: String,
        proof: DoorProof,
        recipient: DoorRecipient,
        position: Option<PositionInput>,
    ) -> Result<(), CoreError> {
        self.0.here(|client| client.confirm_delivery(&parcel, &proof, &recipient, position))
    }

    /// Records an attempt that failed; `reason` is the id of one of `failure_reasons`.
    #[uniffi::method(default(position = None))]
    pub fn failed_attempt(
        &self,
        parcel: String,
        reason: String,
        position: Option<PositionInput>,
    ) -> Result<(), CoreError> {
        self.0.here(|client| client.failed_attempt(&parcel, &reason, position))
    }

    /// The reasons that a failed attempt can have.
    pub fn failure_reasons(&self) -> Vec<ChoiceView> {
        self.0.client.failure_reasons()
    }
}

/// The keys of an account in a file, readable by its owner alone: for the JVM, command lines and tests. A phone has hardware
/// for them, and there this fails.
#[uniffi::export]
pub fn file_keys(path: String) -> Result<Arc<dyn KeyStore>, KeyError> {
    if cfg!(any(target_os = "android", all(target_os = "ios", not(target_abi = "sim")))) {
        return Err(KeyError::Failed { reason: "the keys of a phone belong into its hardware".into() });
    }
    Ok(Arc::new(FileKeys(crate::FileKey::open(std::path::Path::new(&path))?)))
}

struct FileKeys(crate::FileKey);

impl KeyStore for FileKeys {
    fn public_key(&self) -> Result<Vec<u8>, KeyError> {
        crate::KeyStore::public_key(&self.0)
    }
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, KeyError> {
        crate::KeyStore::sign(&self.0, message)
    }
    fn storage_key(&self) -> Result<Vec<u8>, KeyError> {
        crate::KeyStore::storage_key(&self.0)
    }
    fn forget(&self) -> Result<(), KeyError> {
        crate::KeyStore::forget(&self.0)
    }
}

#[cfg(test)]
mod tests;
