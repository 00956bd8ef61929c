//! What lists and searches show of a dossier. A projection: recomputed from birth and events, never edited.

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
