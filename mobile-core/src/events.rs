//! What changed, for an app that shows it: a bounded line of events that the app pulls at its own pace, and a light call
//! that there are some. Events tell what to read anew; what is so stands in the views.

use dossier::ids::DossierId;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// So many are kept for an app that does not come for them; then it is told that it has missed some.
const KEPT: usize = 1_000;
/// The most that one call brings.
const MOST: u32 = 500;

/// Told that something changed. It is called while nothing of the account's file is locked, on the thread that changed it;
/// where that is a synchronisation, another one waits until it has ended.
pub trait Observer: Send + Sync {
    /// `next_events` has something.
    fn changed(&self);
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub enum EventKind {
    /// A dossier is new or changed: its card, its detail.
    Dossier,
    /// A courier's list or what was recorded of it.
    Parcels,
    /// Who is signed in, or that nobody is any more.
    Account,
    /// A synchronisation began.
    SyncBegan,
    /// It has come further: `done` round trips.
    SyncWent,
    /// It ended, well or not; the call says how.
    SyncEnded,
    /// Papers of a dossier are on their way: `done` of `total`.
    Uploading,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct EventView {
    /// Rises by one with each event of a client, from 1.
    pub n: u64,
    /// What it is about.
    pub kind: EventKind,
    /// Of `Dossier` and `Uploading`, its id.
    pub dossier: Option<String>,
    /// Of `SyncWent` and `Uploading`, else 0.
    pub done: u32,
    /// Of `Uploading`, else 0.
    pub total: u32,
}

/// A part of the line of events.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct EventsView {
    /// The oldest first.
    pub events: Vec<EventView>,
    /// To be passed as `after` next.
    pub last: u64,
    /// Older ones than the first here were dropped: everything that is shown has to be read anew.
    pub missed: bool,
}

/// What happened, before it has its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    Dossier(DossierId),
    Parcels,
    Account,
    SyncBegan,
    SyncWent(u32),
    SyncEnded,
    Uploading(DossierId, u32, u32),
}

impl Happened {
    fn numbered(self, n: u64) -> EventView {
        let view = |kind, dossier: Option<DossierId>, done, total| EventView {
            n,
            kind,
            dossier: dossier.map(|id| id.to_string()),
            done,
            total,
        };
        match self {
            Self::Dossier(id) => view(EventKind::Dossier, Some(id), 0, 0),
            Self::Parcels => view(EventKind::Parcels, None, 0, 0),
            Self::Account => view(EventKind::Account, None, 0, 0),
            Self::SyncBegan => view(EventKind::SyncBegan, None, 0, 0),
            Self::SyncWent(done) => view(EventKind::SyncWent, None, done, 0),
            Self::SyncEnded => view(EventKind::SyncEnded, None, 0, 0),
            Self::Uploading(id, done, total) => view(EventKind::Uploading, Some(id), done, total),
        }
    }
}

/// The line of one client, and who is told of it.
#[derive(Default)]
pub(crate) struct Events {
    line: Mutex<Line>,
    /// Who asked for it and still holds its observer.
    observers: Mutex<Vec<Weak<dyn Observer>>>,
}

#[derive(Default)]
struct Line {
    /// How many there ever were.
    last: u64,
    kept: VecDeque<EventView>,
}

impl Events {
    pub(crate) fn observe(&self, observer: &Arc<dyn Observer>) {
        let mut observers = self.observers.lock().unwrap_or_else(PoisonError::into_inner);
        observers.retain(|observer| observer.strong_count() > 0);
        observers.push(Arc::downgrade(observer));
    }

    /// Adds what happened and tells that there is something. To be called while nothing is locked.
    pub(crate) fn publish(&self, happened: &[Happened]) {
        if happened.is_empty() {
            return;
        }
        {
            let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
            for one in happened {
                line.last += 1;
                let event = one.numbered(line.last);
                line.kept.push_back(event);
                if line.kept.len() > KEPT {
                    line.kept.pop_front();
                }
            }
        }
        let observers = self.observers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        observers.iter().filter_map(Weak::upgrade).for_each(|observer| observer.changed());
    }

    /// Those after a number, the oldest first. A number that is still to come is none of this line's: an app that kept it
    /// over a restart has to read everything anew.
    pub(crate) fn after(&self, after: u64, max: u32) -> EventsView {
        let line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = line.last - line.kept.len() as u64;
        let missed = after < oldest || after > line.last;
        let after = if missed { oldest } else { after };
        let max = max.clamp(1, MOST) as usize;
        let events: Vec<EventView> = line.kept.iter().filter(|event| event.n > after).take(max).cloned().collect();
        EventsView { last: events.last().map_or(after, |event| event.n), events, missed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    struct Counts(AtomicU32);

    impl Observer for Counts {
        fn changed(&self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    struct Passes(Arc<Counts>);

    impl Observer for Passes {
        fn changed(&self) {
            self.0.changed();
        }
    }

    fn numbers(view: &EventsView) -> Vec<u64> {
        view.events.iter().map(|event| event.n).collect()
    }

    #[test]
    fn events_are_pulled_in_their_order_and_in_parts() {
        let events = Events::default();
        assert_eq!(events.after(0, 10), EventsView { events: Vec::new(), last: 0, missed: false });
        let counts = Arc::new(Counts(AtomicU32::new(0)));
        let observer: Arc<dyn Observer> = counts.clone();
        events.observe(&observer);
        events.publish(&[Happened::SyncBegan, Happened::SyncWent(1), Happened::SyncEnded]);
        events.publish(&[]);
        assert_eq!(counts.0.load(Ordering::Relaxed), 1, "one call for what happened at once, none for nothing");
        let first = events.after(0, 2);
        assert_eq!((numbers(&first), first.last, first.missed), (vec![1, 2], 2, false));
        assert_eq!((first.events[1].kind, first.events[1].done), (EventKind::SyncWent, 1));
        let rest = events.after(first.last, 2);
        assert_eq!((numbers(&rest), rest.last), (vec![3], 3));
        assert_eq!((events.after(3, 2).events.len(), events.after(3, 2).last), (0, 3));
    }

    #[test]
    fn an_observer_is_told_for_as_long_as_somebody_holds_it() {
        let events = Events::default();
        let counts = Arc::new(Counts(AtomicU32::new(0)));
        for _ in 0..3 {
            // A screen that comes and goes.
            let screen: Arc<dyn Observer> = counts.clone();
            events.observe(&screen);
        }
        events.publish(&[Happened::Parcels]);
        assert_eq!(counts.0.load(Ordering::Relaxed), 3);
        assert_eq!(events.observers.lock().unwrap().len(), 3, "all of one, which is held");
        let told = Arc::new(Counts(AtomicU32::new(0)));
        let screen: Arc<dyn Observer> = Arc::new(Passes(told.clone()));
        events.observe(&screen);
        drop((counts, screen));
        events.publish(&[Happened::Parcels]);
        assert_eq!(told.0.load(Ordering::Relaxed), 0, "nobody holds it any more");
        let screen: Arc<dyn Observer> = Arc::new(Counts(AtomicU32::new(0)));
        events.observe(&screen);
        assert_eq!(events.observers.lock().unwrap().len(), 1);
    }

    #[test]
    fn who_does_not_come_is_told_that_some_were_missed() {
        let events = Events::default();
        events.publish(&vec![Happened::Parcels; KEPT]);
        assert!(!events.after(0, MOST).missed, "as many as are kept");
        events.publish(&[Happened::Parcels]);
        let view = events.after(0, u32::MAX);
        assert!(view.missed && view.events.len() == MOST as usize && view.events[0].n == 2);
        assert!(!events.after(view.last, 0).missed && events.after(view.last, 0).events.len() == 1);
        assert!(events.after(KEPT as u64 + 2, 1).missed, "a number of another line");
    }
}
