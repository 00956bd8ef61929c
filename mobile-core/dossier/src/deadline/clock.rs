//! The clock of a dossier: both terms, their dates and whether they run, read from events.

use crate::event::{DueChange, Event, Term, What};
use crate::time::Timestamp;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    answer: Option<Running>,
    result: Option<Running>,
}

/// A term that stands still, with what is needed to let it go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    pub term: Term,
    pub due: Timestamp,
    /// Since when it stands.
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Running {
    due: Timestamp,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Runs,
    StoppedAt(Timestamp),
    /// Answered, or nothing is awaited any more.
    Over,
}

impl Clock {
    pub fn of(events: &[Event]) -> Self {
        let mut clock = Self::default();
        for event in events {
            clock.follow(event);
        }
        clock
    }

    /// The last date of a term, whether it runs, stands or is over.
    pub fn due(&self, term: Term) -> Option<Timestamp> {
        self.term(term).map(|running| running.due)
    }

    pub fn is_running(&self, term: Term) -> bool {
        self.term(term).is_some_and(|running| running.state == State::Runs)
    }

    /// The term that runs now and its date: until acceptance the answer's, whatever result was announced.
    pub fn running_due(&self) -> Option<(Term, Timestamp)> {
        let runs = |term| self.due(term).filter(|_| self.is_running(term)).map(|due| (term, due));
        runs(Term::Answer).or_else(|| runs(Term::Result))
    }

    /// The terms that stand still and may go on.
    pub fn stopped(&self) -> Vec<Stopped> {
        let standing = |term| match self.term(term)? {
            Running { due, state: State::StoppedAt(at) } => Some(Stopped { term, due, at }),
            _ => None,
        };
        [Term::Answer, Term::Result].into_iter().filter_map(standing).collect()
    }

    fn follow(&mut self, event: &Event) {
        match &event.what {
            What::Submitted(_, _, _, changes, _)
            | What::Supplemented(_, _, changes)
            | What::Resumed(_, changes)
            | What::Recalled(_, changes, _) => changes.iter().for_each(|change| self.take(change)),
            // Accepted is answered.
            What::Accepted(acceptance) => {
                end(&mut self.answer);
                self.take(&acceptance.due);
            }
            What::Extended(_, change) => self.take(change),
            // A result may be recalled: its term stands until then.
            What::SupplementRequested(_)
            | What::PaymentRequested(..)
            | What::Suspended(_)
            | What::OutcomeRecorded(_) => self.stop(event.at),
            What::Refused(_) | What::Withdrawn(..) | What::HandedOver(_) | What::Delivered(..) => {
                end(&mut self.answer);
                end(&mut self.result);
            }
            What::Forwarded(_)
            | What::DeliveryChosen(..)
            | What::ReceiptConfirmed(..)
            | What::HandedToPost(_)
            | What::DeliveryFailed(..)
            | What::DeliveryDisputed(..) => {}
        }
    }

    fn take(&mut self, change: &DueChange) {
        let running = Some(Running { due: change.new, state: State::Runs });
        match change.term {
            Term::Answer => self.answer = running,
            Term::Result => self.result = running,
        }
    }

    /// What runs stands from now on; what stands already keeps its moment.
    fn stop(&mut self, at: Timestamp) {
        for running in [&mut self.answer, &mut self.result].into_iter().flatten() {
            if running.state == State::Runs {
                running.state = State::StoppedAt(at);
            }
        }
    }

    fn term(&self, term: Term) -> Option<Running> {
        match term {
            Term::Answer => self.answer,
            Term::Result => self.result,
        }
    }
}

fn end(running: &mut Option<Running>) {
    if let Some(running) = running {
        running.state = State::Over;
    }
}
