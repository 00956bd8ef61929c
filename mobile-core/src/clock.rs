//! The phone's clocks. The wall clock is shown and recorded, never believed: what the law asks of a moment is the
//! server's.

use std::sync::OnceLock;
use std::time::Duration;
pub(crate) use web_time::Instant;
use web_time::{SystemTime, UNIX_EPOCH};

/// What the phone knows of time, in plain numbers: an app gives its own where the platform's knows more, in whatever
/// language it is written.
pub trait Clock: Send + Sync {
    /// The wall clock, which its owner can set as they like: milliseconds since 1970-01-01 00:00 UTC.
    fn now_ms(&self) -> i64;
    /// A number made anew at each start of the device.
    fn boot(&self) -> u64;
    /// Milliseconds since that start, never going back.
    fn elapsed_ms(&self) -> u64;
}

/// The clocks of the standard library; a process counts as a start of the device.
#[derive(Default)]
pub struct SystemClock {
    started: OnceLock<(Instant, u64)>,
}

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
    fn boot(&self) -> u64 {
        self.start().1
    }
    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.start().0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl SystemClock {
    fn start(&self) -> &(Instant, u64) {
        // Without randomness the wall clock tells two starts apart well enough.
        self.started.get_or_init(|| {
            let boot = crate::random::bytes().map(u64::from_be_bytes).unwrap_or(self.now_ms().unsigned_abs());
            (Instant::now(), boot)
        })
    }
}

/// Waits for something so long at most.
#[cfg(not(target_family = "wasm"))]
pub(crate) async fn within<T>(patience: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(patience, work).await.ok()
}

/// The same with a browser's timer: there is no other.
#[cfg(target_family = "wasm")]
pub(crate) async fn within<T>(patience: Duration, work: impl Future<Output = T>) -> Option<T> {
    let timer = send_wrapper::SendWrapper::new(gloo_timers::future::sleep(patience));
    tokio::select! {
        biased;
        done = work => Some(done),
        () = timer => None,
    }
}
