//! Events: what happened to a dossier, in the order in which the server decided it. Append-only; status and deadline
//! are computed from them and from nothing else.

use crate::act::{Behalf, DeliveryChoice};
use crate::delivery::{FailureReason, RecipientCode};
use crate::ids::{
    ActId, ContentHash, DossierCode, ManifestId, ParcelId, PersonId, StaffId, Thumbprint, TrackingNumber, UnitCode,
    Writer,
};
use crate::time::Timestamp;
use minicbor::{Decode, Encode};

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Event {
    /// 1, 2, 3, … within the dossier, without gaps.
    #[n(0)]
    pub seq: u32,
    #[n(1)]
    pub at: Timestamp,
    #[n(2)]
    pub by: By,
    #[n(3)]
    pub what: What,
}

/// Who caused an event.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum By {
    /// A citizen's device, through an admitted act.
    #[n(0)]
    Citizen(#[n(0)] Thumbprint),
    /// A member of staff of a unit, shown to the citizen by name (NĐ 224/2026 Đ.15.1(g)).
    #[n(1)]
    Officer(#[n(0)] StaffId, #[n(1)] UnitCode, #[n(2)] String),
    /// A courier's device, through an accepted delivery record.
    #[n(2)]
    Courier(#[n(0)] PersonId, #[n(1)] Thumbprint),
    /// The server by itself (a term that passed).
    #[n(3)]
    Server,
    /// A citizen at the server's pages, through an act that the server wrote for them.
    #[n(4)]
    CitizenSession(#[n(0)] PersonId),
    /// A citizen at the counter: an officer, named as in `Officer`, wrote what the citizen said.
    #[n(5)]
    CitizenAtCounter(#[n(0)] StaffId, #[n(1)] UnitCode, #[n(2)] String, #[n(3)] PersonId),
}

impl By {
    /// Who made the change that the event came from; `None` where no change of the document stands behind it.
    pub fn writer(&self) -> Option<Writer> {
        match self {
            Self::Citizen(device) => Some(Writer::Device(*device)),
            Self::CitizenSession(person) => Some(Writer::Session(*person)),
            Self::CitizenAtCounter(officer, _, _, citizen) => Some(Writer::Counter(*officer, *citizen)),
            Self::Officer(..) | Self::Courier(..) | Self::Server => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum What {
    /// Handed in to a unit, perhaps for somebody else; the term for the office's answer begins.
    #[n(0)]
    Submitted(#[n(0)] ActId, #[n(1)] ContentHash, #[n(2)] UnitCode, #[n(3)] Vec<DueChange>, #[n(4)] Option<Behalf>),
    /// More was handed in after a request; clocks that had stopped go on by the rule set's policy.
    #[n(1)]
    Supplemented(#[n(0)] ActId, #[n(1)] ContentHash, #[n(2)] Vec<DueChange>),
    #[n(2)]
    Withdrawn(#[n(0)] ActId, #[n(1)] String),
    #[n(3)]
    DeliveryChosen(#[n(0)] ActId, #[n(1)] DeliveryChoice),
    /// The recipient's own phone confirmed a parcel.
    #[n(4)]
    ReceiptConfirmed(#[n(0)] ActId, #[n(1)] ParcelId),
    /// Accepted: official code, rules frozen, term begun.
    #[n(5)]
    Accepted(#[n(0)] Acceptance),
    /// Refused at intake, with the reason that the citizen reads.
    #[n(6)]
    Refused(#[n(0)] String),
    /// Taken up by the competent unit.
    #[n(7)]
    Forwarded(#[n(0)] String),
    /// Once and completely: what is missing and why. Clocks stop.
    #[n(8)]
    SupplementRequested(#[n(0)] SupplementRequest),
    /// Work goes on after a stop.
    #[n(9)]
    Resumed(#[n(0)] String, #[n(1)] Vec<DueChange>),
    /// Payment or another financial obligation is awaited. Clocks stop.
    #[n(10)]
    PaymentRequested(#[n(0)] u64, #[n(1)] String),
    /// Stopped by the agency, with its reason. Clocks stop.
    #[n(11)]
    Suspended(#[n(0)] String),
    #[n(12)]
    OutcomeRecorded(#[n(0)] Outcome),
    /// A result taken back before it was handed over. Who proposed it is another than who decided it, and stands here
    /// since there must be two.
    #[n(13)]
    Recalled(#[n(0)] String, #[n(1)] Vec<DueChange>, #[n(2)] Option<Proposer>),
    /// Handed over at the counter.
    #[n(14)]
    HandedOver(#[n(0)] String),
    /// Apology with a new date: at most once.
    #[n(15)]
    Extended(#[n(0)] String, #[n(1)] DueChange),
    /// Sealed and given to a courier against a signed list.
    #[n(16)]
    HandedToPost(#[n(0)] Handover),
    #[n(17)]
    DeliveryFailed(#[n(0)] ParcelId, #[n(1)] FailureReason, #[n(2)] Proof),
    /// Delivered by post, on a proof that the server checked.
    #[n(18)]
    Delivered(#[n(0)] ParcelId, #[n(1)] GradeShown, #[n(2)] Proof),
    /// A later record that contradicts an accepted one: kept and flagged, changes nothing.
    #[n(19)]
    DeliveryDisputed(#[n(0)] ParcelId, #[n(1)] Proof),
}

/// A member of staff who proposed what another decided.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Proposer {
    #[n(0)]
    pub staff: StaffId,
    #[n(1)]
    pub name: String,
}

/// Which term a due date belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Term {
    /// The office answers a submission: accepts, refuses or asks for more.
    #[n(0)]
    Answer,
    /// The result is returned (ngày hẹn trả).
    #[n(1)]
    Result,
}

/// A due date set or changed; nothing changes one silently.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DueChange {
    #[n(0)]
    pub term: Term,
    #[n(1)]
    pub old: Option<Timestamp>,
    #[n(2)]
    pub new: Timestamp,
    #[n(3)]
    pub why: DueReason,
    /// Version of the calendar that counted it.
    #[n(4)]
    pub calendar: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum DueReason {
    /// The term began.
    #[n(0)]
    Started,
    /// The whole term again from the complete supplement (NĐ 61/2018 Đ.19.4).
    #[n(1)]
    Restarted,
    /// The rest of the term from where it stopped.
    #[n(2)]
    Resumed,
    /// The stop did not move it.
    #[n(3)]
    Unmoved,
    /// Apology and one new date (NĐ 61/2018 Đ.19.9).
    #[n(4)]
    Extended,
    /// The same, given less than a day before the old date or after it.
    #[n(5)]
    ExtendedLate,
}

/// What acceptance fixes for good.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Acceptance {
    #[n(0)]
    pub code: DossierCode,
    #[n(1)]
    pub due: DueChange,
    #[n(2)]
    pub rule_set: String,
    #[n(3)]
    pub catalogue: u32,
    /// The frozen version that was accepted.
    #[n(4)]
    pub content: ContentHash,
    /// Opens the public tracking page together with the code; only the owner's phones and the receipt carry it.
    #[n(5)]
    pub tracking_secret: RecipientCode,
    /// Fee in đồng that the rules foresee for the channel, if one is known.
    #[n(6)]
    pub fee: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SupplementRequest {
    /// What the citizen reads: what is wrong and how to mend it.
    #[n(0)]
    pub reason: String,
    /// Field ids to mend. Requests once could name nothing at all: then everything is open.
    #[n(1)]
    pub fields: Vec<String>,
    /// Components to add or replace.
    #[n(2)]
    pub components: Vec<String>,
    /// Until when; after it the office may refuse.
    #[n(3)]
    pub until: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Outcome {
    #[n(0)]
    pub granted: bool,
    /// Number of the result document, if it has one.
    #[n(1)]
    pub number: Option<String>,
    /// What the citizen reads; a denial needs its reason here.
    #[n(2)]
    pub summary: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Handover {
    #[n(0)]
    pub parcel: ParcelId,
    #[n(1)]
    pub manifest: ManifestId,
    #[n(2)]
    pub courier: PersonId,
    #[n(3)]
    pub tracking: Option<TrackingNumber>,
    #[n(4)]
    pub seal: String,
    /// The recipient tells it to the courier at the door; only the owner's phones carry it.
    #[n(5)]
    pub code: RecipientCode,
}

/// The strength of a delivery's proof as people are shown it; the code itself stays in the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum GradeShown {
    #[n(0)]
    A,
    #[n(1)]
    B,
    #[n(2)]
    C,
}

/// Where a delivery record is kept and when, at the earliest and the latest, it can have happened.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Proof {
    /// SHA-256 of the record's bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub record: [u8; 32],
    #[n(1)]
    pub not_before: Timestamp,
    #[n(2)]
    pub not_after: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::to_bytes;

    #[test]
    fn every_kind_of_writer_can_be_named_and_no_number_ever_moves() {
        let (person, staff) = (PersonId::from_bytes([1; 16]), StaffId::from_bytes([2; 16]));
        let unit: UnitCode = "H24.1".parse().unwrap();
        let device = Thumbprint([3; 32]);
        let all = [
            (By::Citizen(device), Some(Writer::Device(device))),
            (By::Officer(staff, unit.clone(), "A".into()), None),
            (By::Courier(person, device), None),
            (By::Server, None),
            (By::CitizenSession(person), Some(Writer::Session(person))),
            (By::CitizenAtCounter(staff, unit, "A".into(), person), Some(Writer::Counter(staff, person))),
        ];
        for (n, (by, writer)) in all.into_iter().enumerate() {
            let bytes = to_bytes(&by);
            // An array of the number and an array of the rest.
            assert_eq!(bytes[..2], [0x82, n as u8]);
            assert_eq!(minicbor::decode::<By>(&bytes).unwrap(), by);
            assert_eq!(by.writer(), writer);
        }
    }
}
