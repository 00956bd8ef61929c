//! What a phone sends, before anything is decided on it: its place in the queue, its quotas, and the reading of its
//! request on the pool of threads that computes. A caller who has used up what is theirs costs no more than this.

use crate::app::App;
use crate::auth::signature;
use crate::problem::{self, Problem};
use crate::quota::UnderWay;
use dossier::decide::{Device, Evidence};
use dossier::exchange::{ExchangeError, server};
use dossier::ids::{PublicKey, Thumbprint};
use dossier::prescan::prescan;
use dossier::wire::{DossierPush, SyncRequest};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

/// Threads for what computes, and a queue of a bounded length before them.
pub(crate) struct Work {
    threads: Semaphore,
    places: Semaphore,
    /// Pieces of work that were begun.
    done: AtomicU64,
}

/// A place for one exchange, as long as it lasts.
pub(crate) struct Place<'a> {
    _place: SemaphorePermit<'a>,
    _under_way: UnderWay<'a>,
}

impl Work {
    /// So many pieces of work at the same time, and so many exchanges that wait.
    pub(crate) fn new(threads: usize, queue: usize) -> Self {
        Self { threads: Semaphore::new(threads), places: Semaphore::new(threads + queue), done: AtomicU64::new(0) }
    }

    /// Waits for a thread; who waits has a place.
    pub(crate) async fn acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        let permit = self.threads.acquire().await;
        self.done.fetch_add(1, Ordering::Relaxed);
        permit
    }

    #[cfg(test)]
    pub(crate) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Takes every place, as many callers at once would.
    #[cfg(test)]
    pub(crate) fn fill(&self) -> SemaphorePermit<'_> {
        self.places.try_acquire_many(self.places.available_permits() as u32).expect("so many are free")
    }
}

/// Turns away a device that is at its limits, before anybody looks for it in the database.
pub(crate) fn at_the_door(app: &App, device: &Thumbprint) -> Result<(), Problem> {
    app.quotas.may_begin(device, app.clock.now()).map_err(|e| Problem::of(&problem::TOO_OFTEN).after(e.seconds))
}

/// Counts what a device begins against its limits.
pub(crate) fn begin<'a>(app: &'a App, device: &Device) -> Result<UnderWay<'a>, Problem> {
    let under_way = app.quotas.begin(&device.thumbprint, app.clock.now());
    under_way.map_err(|e| Problem::of(&problem::TOO_OFTEN).after(e.seconds))
}

/// Lets an exchange begin: the device's own limits first, so that it is told of those and takes nobody's place.
pub(crate) fn enter<'a>(app: &'a App, device: &Device) -> Result<Place<'a>, Problem> {
    let under_way = begin(app, device)?;
    let place = app.merges.places.try_acquire();
    let place = place.map_err(|_| Problem::of(&problem::BUSY).because("the queue is full"))?;
    Ok(Place { _place: place, _under_way: under_way })
}

/// A request that was read. What is beyond its dossier's quota stays on the phone; the rest is none the worse for it.
pub(crate) struct Intake {
    pub request: SyncRequest,
    pub evidence: Vec<Evidence>,
    /// By position: the push is within the quota.
    pub within: Vec<bool>,
}

/// Reads a request and checks its signature, and takes what its pushes cost from their quotas. A request that pushes only
/// beyond them is refused: whoever knows no better is told to stay away.
pub(crate) async fn read(app: &App, device: &Device, key: &PublicKey, packed: &[u8]) -> Result<Intake, Problem> {
    let _permit = app.merges.acquire().await.map_err(|e| Problem::of(&problem::BUSY).because(e))?;
    // A kilobyte may inflate to a megabyte: nothing of it is read on the threads that serve requests.
    let (packed, server, key) = (packed.to_vec(), app.info.server, *key);
    let read = tokio::task::spawn_blocking(move || {
        let request = server::read_request(&packed)?;
        let signature = request.signature.as_ref();
        let evidence = server::evidence(&request.dossiers, signature, &server, &key, &signature::verify)?;
        let costs: Vec<_> = request.dossiers.iter().map(cost).collect();
        Ok::<_, ExchangeError>((request, evidence, costs))
    });
    let (request, evidence, costs) = read.await.map_err(|e| Problem::of(&problem::INTERNAL).because(e))??;
    let now = app.clock.now();
    let take = |(push, cost): (&DossierPush, _)| app.quotas.push((push.dossier, device.person), cost, now);
    let taken: Vec<_> = request.dossiers.iter().zip(costs).map(take).collect();
    let within: Vec<bool> = taken.iter().map(Result::is_ok).collect();
    match taken.into_iter().filter_map(Result::err).map(|e| e.seconds).min() {
        Some(seconds) if !within.contains(&true) => Err(Problem::of(&problem::DOSSIER_QUOTA).after(seconds)),
        _ => Ok(Intake { request, evidence, within }),
    }
}

/// Changes and operations of a push. A change that is none counts as one operation.
fn cost(push: &DossierPush) -> (u64, u64) {
    let operations = push.changes.iter().map(|change| prescan(&change.0).map_or(1, |header| header.operations));
    (push.changes.len() as u64, operations.sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_exchanges_have_a_place_as_work_and_wait() {
        let work = Work::new(2, 3);
        let held: Vec<_> = std::iter::from_fn(|| work.places.try_acquire().ok()).take(100).collect();
        assert_eq!(held.len(), 5);
    }
}
