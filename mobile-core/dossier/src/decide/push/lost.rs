//! What a restored server takes back: events that it had told and signed for. Those of the office happen again by
//! themselves, in their order; those of a citizen or a courier when the change or the record is here again.

use super::{Birth, Judging};
use crate::decide::command::list;
use crate::decide::{Course, DossierState, Rows};
use crate::delivery::Manifest;
use crate::event::{By, Event, What};
use crate::ids::{ActId, ChangeHash};
use crate::standing::{SignedStanding, act_of, record_of};
use std::collections::{BTreeSet, VecDeque};

/// What is not here yet of what the server had said.
pub(super) struct Lost {
    events: VecDeque<Event>,
    changes: BTreeSet<ChangeHash>,
    /// Something of it happened again.
    pub(super) happened: bool,
}

impl Lost {
    /// Nothing, unless the state comes with the server's own word. Events are lost if that goes on from what has happened;
    /// what was admitted once is never retracted, whatever has happened since.
    pub(super) fn of(state: &DossierState, birth: &Birth) -> Self {
        let said = state.said.as_ref().map(|word| &word.said);
        let said = said.filter(|said| said.dossier == state.id && said.owner == birth.owner);
        let after = said.map_or(&[][..], |said| said.after(&state.events));
        let changes = said.map_or(&[][..], |said| &said.changes);
        let (events, changes) = (after.iter().cloned().collect(), changes.iter().copied().collect());
        Self { events, changes, happened: false }
    }

    pub(super) fn first(&self) -> Option<&Event> {
        self.events.front()
    }

    /// Whether the server once admitted this change.
    pub(super) fn had(&self, change: &ChangeHash) -> bool {
        self.changes.contains(change)
    }

    /// The next thing to happen again is this act of this author.
    pub(super) fn is_due_now(&self, act: &ActId, by: &By) -> bool {
        self.first().is_some_and(|event| is_of(event, act, by))
    }

    /// It is to happen again, and something else before it.
    pub(super) fn is_due_later(&self, act: &ActId, by: &By) -> bool {
        self.events.iter().skip(1).any(|event| is_of(event, act, by))
    }
}

fn is_of(event: &Event, act: &ActId, by: &By) -> bool {
    act_of(event) == Some(act) && event.by == *by
}

impl Judging<'_> {
    /// Lets happen again what needs nobody else. One commit holds one courier's list; the rest goes with the next.
    pub(super) fn take_back(&mut self) {
        while let Some(event) = self.lost.first() {
            if act_of(event).is_some() || record_of(event).is_some() {
                return;
            }
            if let What::HandedToPost(handover) = &event.what {
                let Some(list) = list(&self.course, handover, event.at).filter(|_| self.manifest.is_none()) else {
                    return;
                };
                self.manifest = Some(list);
            }
            self.happens_again();
        }
    }

    /// The next lost event, as it was: number, moment and who caused it.
    pub(super) fn happens_again(&mut self) {
        let Some(event) = self.lost.events.pop_front() else { return };
        self.lost.happened = true;
        self.events.push(event);
        self.course = Course::of(&self.all_events());
    }

    /// What happened again without any change.
    pub(super) fn happened_again(self) -> Option<Rows> {
        rows(self.state, self.birth, self.events, self.manifest)
    }
}

/// Events that no push stands behind.
pub(super) fn rows(
    state: &DossierState,
    birth: &Birth,
    events: Vec<Event>,
    manifest: Option<Manifest>,
) -> Option<Rows> {
    let here = state.birth.is_some() && !events.is_empty();
    here.then(|| Rows { taken_back: word(state, true), ..Rows::of(state, birth, events).listing(manifest) })
}

/// The word by which something happened again, if anything did.
pub(super) fn word(state: &DossierState, happened: bool) -> Option<SignedStanding> {
    state.said.as_ref().filter(|_| happened).map(|word| word.signed.clone())
}
