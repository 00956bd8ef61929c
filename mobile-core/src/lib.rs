#![doc = include_str!("../README.md")]

mod account;
mod api;
#[cfg(feature = "cli")]
pub mod cli;
#[warn(missing_docs)]
mod client;
mod clock;
mod dpop;
#[warn(missing_docs)]
mod error;
#[warn(missing_docs)]
mod events;
#[cfg(feature = "ffi")]
#[warn(missing_docs)]
pub mod ffi;
#[warn(missing_docs)]
mod keys;
#[cfg(any(feature = "ffi", feature = "web"))]
mod opened;
mod random;
mod shelf;
mod storage;
mod tell;
#[warn(missing_docs)]
mod transport;
#[warn(missing_docs)]
mod view;
#[cfg(feature = "web")]
pub mod web;

#[cfg(feature = "ffi")]
uniffi::setup_scaffolding!();

pub use account::{accounts, remove_account};
pub use client::{BehalfInput, Client, DoorProof, DoorRecipient, FieldInput, Outside, PositionInput, PostalInput};
pub use clock::{Clock, SystemClock};
pub use dossier::sentence::Language;
pub use error::{Error, ErrorKind, ReasonView};
pub use events::{EventKind, EventView, EventsView, Observer};
#[cfg(feature = "file-key")]
pub use keys::FileKey;
pub use keys::{KeyError, KeyStore};
pub use shelf::Progress;
pub use storage::StorageError;
#[cfg(feature = "http")]
pub use transport::Http;
pub use transport::{Header, HttpRequest, HttpResponse, Offline, Transport, TransportError};
pub use view::{
    AccountView, AsideView, CardView, ChoiceView, ComponentView, DetailView, DeviceView, FieldSpecView, FieldView,
    FindingView, KeptReceiptView, ListView, PaperView, ParcelView, PlaceView, PostView, ProcedureView, ReadingView,
    ReceiptView, RequestView, SignInView, StepView, SyncView, UnitView,
};

/// Apps call from any thread, and bindings run the futures on threads of their own: what cannot go there does not compile.
const _: () = {
    const fn shared<T: Send + Sync>() {}
    shared::<Client>();
    shared::<Outside>();
    shared::<Error>();
};
const _: fn(&Client) = |client| {
    fn sent<T: Send>(_: T) {}
    sent(client.sync());
    sent(client.begin_sign_in("", None));
    sent(client.finish_sign_in(""));
    sent(client.enrol("", ""));
    sent(client.devices());
    sent(client.report_lost(""));
    sent(client.sign_out());
};
