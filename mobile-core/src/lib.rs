//! What runs on the phone: dossiers kept, changed and exchanged without network.

mod clock;
mod random;
mod storage;

pub use clock::{Clock, SystemClock};
pub use storage::{StorageError, Syncs};
