//! What runs on the phone: dossiers kept, changed and exchanged without network.

mod clock;
mod dpop;
mod keys;
mod random;
mod storage;
mod transport;

pub use clock::{Clock, SystemClock};
#[cfg(feature = "file-key")]
pub use keys::FileKey;
pub use keys::{KeyError, KeyStore};
pub use storage::{StorageError, Syncs};
#[cfg(feature = "http")]
pub use transport::Http;
pub use transport::{Header, HttpRequest, HttpResponse, Offline, Transport, TransportError};
