//! What lists and searches show of a dossier. A projection: recomputed from birth and events, never edited.

use super::Course;
use crate::deadline::Clock;
use crate::event::Event;
use crate::ids::{DossierCode, ProcedureCode, UnitCode};
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    pub procedure: ProcedureCode,
    /// The national code 1–10; 0 while it is a draft.
    pub status: u8,
    /// The unit that it was handed in to.
    pub unit: Option<UnitCode>,
    pub code: Option<DossierCode>,
    pub submitted_at: Option<Timestamp>,
    /// The running term's due date; none while no clock runs.
    pub due: Option<Timestamp>,
    /// When the last event happened.
    pub moved_at: Option<Timestamp>,
}

impl Card {
    pub fn of(procedure: &ProcedureCode, events: &[Event]) -> Self {
        let course = Course::of(events);
        Self {
            procedure: procedure.clone(),
            status: course.status.code(),
            unit: course.unit,
            code: course.acceptance.map(|a| a.code),
            submitted_at: course.submitted_at,
            due: Clock::of(events).running_due().map(|(_, due)| due),
            moved_at: course.moved_at,
        }
    }
}
