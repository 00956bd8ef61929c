//! The server's clock is a value: the system's, or one that the demo and tests set.

use dossier::time::Timestamp;
#[cfg(any(test, feature = "demo"))]
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Clone, Debug)]
pub(crate) enum Clock {
    System,
    /// Stands still until it is set.
    #[cfg(any(test, feature = "demo"))]
    Settable(Arc<AtomicI64>),
}

impl Clock {
    #[cfg(any(test, feature = "demo"))]
    pub(crate) fn settable(at: Timestamp) -> Self {
        Self::Settable(Arc::new(AtomicI64::new(at.0)))
    }

    pub(crate) fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(since.as_millis() as i64)
            }
            #[cfg(any(test, feature = "demo"))]
            Self::Settable(at) => Timestamp(at.load(Ordering::SeqCst)),
        }
    }

    /// Sets a settable clock; the system's is not ours to set.
    #[cfg(any(test, feature = "demo"))]
    pub(crate) fn set(&self, to: Timestamp) {
        if let Self::Settable(at) = self {
            at.store(to.0, Ordering::SeqCst);
        }
    }
}
