//! The one decision. What the server does with a push, an office command or a delivery record follows from values
//! alone; what is to be written comes back as `Rows`, and one place writes it.

mod author;
mod card;
mod command;
mod counter;
mod course;
mod proof;
mod push;
mod record;
mod rows;

pub use author::Author;
pub use card::Card;
pub use command::{CommandRefused, OFFICE_TEXT_MAX, PAYMENT_MAX, command, propose_recall};
pub use counter::{Counter, Entry};
pub use course::Course;
pub use proof::Proof;
pub use push::{Pushed, RefusedChange, push, push_by, take_back};
pub use record::{Chain, Kept, Recorded, read_record, record};
pub use rows::{Birth, ChangeRow, Evidence, RecordRow, Rows, Serial};

use crate::calendar::Calendar;
use crate::deadline::{self, Clock, Stopped};
use crate::event::{DueChange, Event, Proposer, Term};
use crate::ids::{
    Actor, ChangeHash, DossierId, Epoch, PaperHash, PersonId, StaffId, Thumbprint, TrackingNumber, UnitCode,
};
use crate::procedure::{Catalogue, ClockPolicy, Procedure};
use crate::standing::Word;
use crate::time::Timestamp;
use sha2::{Digest, Sha256};
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
    /// What the server had said of it before its database was put back from a backup, as a phone brought it; verified.
    pub said: Option<Word>,
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
    /// Thu hồi kết quả, which another than this officer has proposed.
    Recall {
        reason: String,
        proposer: Proposer,
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

/// What every decision goes by: the moment, the law as data, and randomness for what must not be guessed.
pub struct Rules<'a> {
    /// The server's clock.
    pub now: Timestamp,
    pub catalogue: &'a Catalogue,
    pub calendar: &'a Calendar,
    /// Fresh random bytes for this decision alone.
    pub entropy: [u8; 32],
}

impl Rules<'_> {
    /// Independent random bytes for the `n`-th secret of this decision.
    fn entropy_at(&self, n: u8) -> [u8; 8] {
        let hash = Sha256::new().chain_update(self.entropy).chain_update([n]).finalize();
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&hash[..8]);
        bytes
    }

    /// A UUIDv7 of this moment with the `n`-th secret's randomness.
    fn uuid_at(&self, n: u8) -> uuid::Uuid {
        let hash = Sha256::new().chain_update(self.entropy).chain_update([n]).finalize();
        let mut random = [0; 10];
        random.copy_from_slice(&hash[..10]);
        uuid::Builder::from_unix_timestamp_millis(self.now.0.max(0) as u64, &random).into_uuid()
    }
}

impl DossierState {
    /// A dossier that the server has never heard of.
    pub fn unheard(id: DossierId) -> Self {
        Self {
            id,
            version: 0,
            birth: None,
            document: None,
            actors: BTreeMap::new(),
            events: Vec::new(),
            papers: BTreeSet::new(),
            said: None,
        }
    }

    /// The state once these rows are written: what the next decision about this dossier starts from.
    pub fn after(mut self, rows: &Rows) -> Self {
        self.version = rows.expected_version + 1;
        self.birth = self.birth.or_else(|| rows.birth.clone());
        self.document = rows.document.clone().or(self.document);
        for change in &rows.changes {
            let ChangeRow { actor, device, epoch, seq, hash, .. } = *change;
            self.actors.insert(actor, ActorLine { device, epoch, seq, tip: hash });
        }
        self.events.extend(rows.events.iter().cloned());
        self
    }

    /// A key's newest line, if a push comes with an older epoch: epochs only rise.
    fn newer_line(&self, key: &Thumbprint, epoch: Epoch) -> Option<&ActorLine> {
        let newest = self.actors.values().filter(|l| l.device == *key).max_by_key(|l| l.epoch)?;
        (newest.epoch > epoch).then_some(newest)
    }
}

/// The dates of the terms that stood still, now that they go on: the office's answer anew, the result by the
/// procedure's policy.
fn resumed(events: &[Event], procedure: &Procedure, unit: &UnitCode, rules: &Rules<'_>) -> Vec<DueChange> {
    let go_on = |stopped: Stopped| {
        let (allowance, policy) = match stopped.term {
            Term::Answer => (&rules.calendar.answer, ClockPolicy::RestartFromZero),
            Term::Result => (&procedure.allowance, procedure.clock),
        };
        deadline::resume(rules.calendar, unit, allowance, policy, stopped, rules.now)
    };
    Clock::of(events).stopped().into_iter().map(go_on).collect()
}
