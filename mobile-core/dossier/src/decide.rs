//! The one decision. What the server does with a push, an office command or a delivery record follows from values
//! alone; what is to be written comes back as `Rows`, and one place writes it.

mod card;
mod rows;

pub use card::Card;
pub use rows::{Birth, ChangeRow, Evidence, RecordRow, Rows, Serial};

use crate::event::Event;
use crate::ids::{
    Actor, ChangeHash, DossierId, Epoch, PaperHash, PersonId, StaffId, Thumbprint, TrackingNumber, UnitCode,
};
use std::collections::{BTreeMap, BTreeSet};

/// Everything the server knows of one dossier when it decides about it.
#[derive(Clone)]
pub struct DossierState {
    pub id: DossierId,
    /// Commits so far; 0 for a dossier that is not here yet.
    pub version: u64,
    pub birth: Option<Birth>,
    /// The merged document as saved by the last commit; `None` before the first.
    pub document: Option<Vec<u8>>,
    /// Every device line that has written, with where it ended.
    pub actors: BTreeMap<Actor, ActorLine>,
    pub events: Vec<Event>,
    /// Papers whose bytes are stored and checked.
    pub papers: BTreeSet<PaperHash>,
}

/// One device's line of changes in one dossier and epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActorLine {
    pub device: Thumbprint,
    pub epoch: Epoch,
    /// Sequence number and hash of its last admitted change.
    pub seq: u64,
    pub tip: ChangeHash,
}

/// A person's device, as its token and proof showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    pub person: PersonId,
    pub thumbprint: Thumbprint,
    /// The person delivers for the post.
    pub courier: bool,
}

/// A member of staff, as a verified token showed them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Officer {
    pub staff: StaffId,
    pub unit: UnitCode,
    /// As the citizen is shown it.
    pub name: String,
}

/// What an officer asks for. Each arrives with an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Tiếp nhận: official code, due date, receipt data.
    Accept,
    /// Từ chối tiếp nhận.
    Refuse {
        reason: String,
    },
    /// Chuyển xử lý.
    Forward {
        note: String,
    },
    /// Yêu cầu bổ sung, once and completely; the citizen has so many working days.
    RequestSupplement {
        reason: String,
        fields: Vec<String>,
        components: Vec<String>,
        working_days: u16,
    },
    Resume {
        note: String,
    },
    RequestPayment {
        amount: u64,
        reason: String,
    },
    Suspend {
        reason: String,
    },
    RecordOutcome {
        granted: bool,
        number: Option<String>,
        summary: String,
    },
    Recall {
        reason: String,
    },
    /// Trả kết quả at the counter.
    HandOver {
        recipient: String,
    },
    /// Xin lỗi và hẹn lại: so many working days after the old date.
    Extend {
        apology: String,
        working_days: u16,
    },
    HandToPost {
        courier: PersonId,
        tracking: Option<TrackingNumber>,
        seal: String,
    },
}
