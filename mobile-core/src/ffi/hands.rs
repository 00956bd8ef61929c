//! Calls into the app, each on a thread that can be given up: a host that never answers must not hold the phone for ever.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

type Job = Box<dyn FnOnce() + Send>;

/// The host did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GaveUp {
    /// Not in time; what it answers later is dropped.
    TimedOut,
    /// All threads are with calls that did not come back yet.
    Busy,
    /// It threw something that its interface does not name.
    Threw,
}

/// Threads for calls into the host. One that has answered is used again.
pub(super) struct Hands {
    /// So many may be out at the same time, those that were given up and did not come back included.
    most: usize,
    idle: Mutex<Vec<Sender<Job>>>,
    out: Arc<AtomicUsize>,
}

impl Hands {
    pub(super) fn new(most: usize) -> Self {
        Self { most, idle: Mutex::default(), out: Arc::default() }
    }

    /// Calls the host and waits for it, so long at most.
    pub(super) fn call<T: Send + 'static>(
        &self,
        patience: Duration,
        call: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, GaveUp> {
        let hand = self.take()?;
        let (tell, told) = channel();
        let job: Job = Box::new(move || {
            let _ = tell.send(catch_unwind(AssertUnwindSafe(call)));
        });
        hand.send(job).map_err(|_| GaveUp::Threw)?;
        // A thread that is waited for no longer ends when its call comes back: its place to take jobs from is gone.
        let answer = told.recv_timeout(patience).map_err(|_| GaveUp::TimedOut)?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(hand);
        answer.map_err(|_| GaveUp::Threw)
    }

    fn take(&self) -> Result<Sender<Job>, GaveUp> {
        if let Some(hand) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Ok(hand);
        }
        if self.out.fetch_add(1, Ordering::Relaxed) >= self.most {
            self.out.fetch_sub(1, Ordering::Relaxed);
            return Err(GaveUp::Busy);
        }
        let (hand, jobs) = channel::<Job>();
        let out = self.out.clone();
        let spawned = std::thread::Builder::new().name("hoso-host".into()).spawn(move || {
            jobs.iter().for_each(|job| job());
            out.fetch_sub(1, Ordering::Relaxed);
        });
        if spawned.is_err() {
            self.out.fetch_sub(1, Ordering::Relaxed);
            return Err(GaveUp::Busy);
        }
        Ok(hand)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    const LONG: Duration = Duration::from_secs(60);
    const SHORT: Duration = Duration::from_millis(20);

    #[test]
    fn a_call_is_answered_on_another_thread_that_is_used_again() {
        let hands = Hands::new(2);
        let here = std::thread::current().id();
        let there = hands.call(LONG, || std::thread::current().id()).unwrap();
        assert_ne!(here, there);
        assert_eq!(hands.call(LONG, || std::thread::current().id()), Ok(there));
        assert_eq!(hands.out.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn who_throws_is_told_apart_and_the_next_call_goes_well() {
        let hands = Hands::new(1);
        assert_eq!(hands.call(LONG, || panic!("a host's own error")), Err::<(), _>(GaveUp::Threw));
        assert_eq!(hands.call(LONG, || 1), Ok(1));
    }

    #[test]
    fn who_never_answers_costs_a_thread_each_time_until_there_are_no_more_and_comes_back() {
        let most = 3;
        let hands = Hands::new(most);
        let wall = Arc::new(Barrier::new(most + 1));
        for _ in 0..most {
            let wall = wall.clone();
            assert_eq!(hands.call(SHORT, move || wall.wait().is_leader()), Err(GaveUp::TimedOut));
        }
        assert_eq!(hands.call(LONG, || 1), Err(GaveUp::Busy));
        wall.wait();
        while hands.out.load(Ordering::Relaxed) > 0 {
            std::thread::yield_now();
        }
        assert_eq!(hands.call(LONG, || 1), Ok(1));
    }
}
