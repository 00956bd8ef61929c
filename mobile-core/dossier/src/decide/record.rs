//! A courier's record of what happened at the door. The first valid one settles the parcel; a later one that says
//! otherwise is kept and flagged.

use super::{Course, Device, DossierState, RecordRow, Rows, Rules};
use crate::allow;
use crate::delivery::{DeliveryRecord, DoorOutcome, Grade, Manifest, Recipient, SignedRecord};
use crate::event::{By, Event, GradeShown, Proof, What};
use crate::ids::{PublicKey, Verify};
use crate::procedure::is_readable;
use crate::status::{Action, Role};
use crate::time::Timestamp;
use crate::wire::RecordVerdict;
use sha2::{Digest, Sha256};

/// Where a device's chain of records ends: the last counter and the hash of that record.
pub type Chain = (u64, [u8; 32]);

const NOT_ON_MANIFEST: &str = "not_on_manifest";

/// What became of a record.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub verdict: RecordVerdict,
    /// `None` when the dossier is not touched.
    pub rows: Option<Box<Rows>>,
    /// The chain's new end: a signed record in its place counts, whatever its content is worth.
    pub chain: Option<Chain>,
}

/// What is remembered of a record that had its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    Accepted,
    Disputed,
    /// Its content was worth nothing, for this reason.
    Refused(String),
}

impl Kept {
    /// It had its place in the chain when nobody here knew its parcel. After a restore a list may be here again that was not
    /// here when its record came.
    pub fn awaits_its_parcel(&self) -> bool {
        matches!(self, Self::Refused(code) if code == NOT_ON_MANIFEST)
    }
}

impl Recorded {
    /// The record of a parcel that nobody has heard of: it has its place, and is worth nothing.
    pub fn of_no_parcel(chain: Chain) -> Self {
        Self::refused(NOT_ON_MANIFEST, Some(chain))
    }

    fn refused(code: &str, chain: Option<Chain>) -> Self {
        Self { verdict: RecordVerdict::Refused(code.to_owned()), rows: None, chain }
    }

    /// Its place in the chain is taken, by itself or by another record: only who kept the records can tell which.
    pub fn is_of_the_past(&self) -> bool {
        match &self.verdict {
            RecordVerdict::Already => true,
            RecordVerdict::Refused(code) => code == "record_forked",
            RecordVerdict::Accepted | RecordVerdict::Disputed => false,
        }
    }

    /// The verdict on a record of the past, once it was looked for among those that are remembered: its answer was
    /// lost, so it is told again what it was told. What nobody remembers is another record in the same place.
    pub fn as_before(self, kept: Option<Kept>) -> RecordVerdict {
        match kept {
            Some(Kept::Accepted) => RecordVerdict::Already,
            Some(Kept::Disputed) => RecordVerdict::Disputed,
            Some(Kept::Refused(code)) => RecordVerdict::Refused(code),
            None => self.verdict,
        }
    }

    /// The code to remember beside the chain's new end, if the record was refused in its place.
    pub fn refusal(&self) -> Option<(Chain, &str)> {
        match &self.verdict {
            RecordVerdict::Refused(code) => Some((self.chain?, code)),
            _ => None,
        }
    }
}

/// Step one, before any dossier is looked up: who signed it, and does it continue the device's chain? Returns the
/// record and the chain's new end.
pub fn read_record(
    signed: &SignedRecord,
    device: &Device,
    key: &PublicKey,
    chain: Option<Chain>,
    verify: Verify<'_>,
) -> Result<(DeliveryRecord, Chain), Recorded> {
    if !device.courier {
        return Err(Recorded::refused("not_a_courier", None));
    }
    if !verify(key, &SignedRecord::message(&signed.record), &signed.signature) {
        return Err(Recorded::refused("signature_invalid", None));
    }
    let record = signed.read().map_err(|_| Recorded::refused("record_malformed", None))?;
    let (last, previous) = chain.unwrap_or((0, [0; 32]));
    if record.counter == last && signed.hash() == previous {
        return Err(Recorded { verdict: RecordVerdict::Already, rows: None, chain: None });
    }
    if record.counter <= last {
        return Err(Recorded::refused("record_forked", None));
    }
    if record.counter != last + 1 || record.previous != previous {
        return Err(Recorded::refused("record_gap", None));
    }
    let end = (record.counter, signed.hash());
    Ok((record, end))
}

/// Step two: what the record does to its dossier. `manifest` is the signed list that names the parcel, as its bytes.
pub fn record(
    state: &DossierState,
    signed: &SignedRecord,
    record: &DeliveryRecord,
    chain: Chain,
    manifest: &[u8],
    device: &Device,
    rules: &Rules<'_>,
) -> Recorded {
    let refused = |code: &str| Recorded::refused(code, Some(chain));
    let Some(birth) = &state.birth else { return refused("not_found") };
    let Some(procedure) = rules.catalogue.procedure(&birth.open.procedure) else { return refused("not_found") };
    let Ok(list) = minicbor::decode::<Manifest>(manifest) else { return refused(NOT_ON_MANIFEST) };
    let on_it = list.parcels.iter().find(|p| p.id == record.parcel).filter(|_| list.courier == device.person);
    let Some(parcel) = on_it.filter(|_| <[u8; 32]>::from(Sha256::digest(manifest)) == record.manifest) else {
        return refused(NOT_ON_MANIFEST);
    };
    let course = Course::of(&state.events);
    let Some(handed_at) = handed_at(&state.events, record) else { return refused(NOT_ON_MANIFEST) };
    let grade = match grade(record, parcel, &course) {
        Ok(grade) => grade,
        Err(code) => return refused(code),
    };

    let proof =
        Proof { record: signed.hash(), not_before: record.beacon.min(rules.now).max(handed_at), not_after: rules.now };
    let disputed = course.on_the_road != Some(record.parcel);
    let what = match (&record.outcome, disputed) {
        (_, true) => What::DeliveryDisputed(record.parcel, proof),
        (DoorOutcome::Delivered(..), false) => What::Delivered(record.parcel, grade, proof),
        (DoorOutcome::Failed(reason), false) => What::DeliveryFailed(record.parcel, *reason, proof),
    };
    if !disputed {
        let action = match record.outcome {
            DoorOutcome::Delivered(..) => Action::Deliver,
            DoorOutcome::Failed(_) => Action::FailDelivery,
        };
        let facts = allow::facts(&state.events, procedure, rules.now);
        if let Err(not) = course.status.after(action, Role::Courier, &facts) {
            return refused(not.code);
        }
    }
    let by = By::Courier(device.person, device.thumbprint);
    let event = Event { seq: state.events.len() as u32 + 1, at: rules.now, by, what };
    let rows = Rows {
        origin: Some(device.thumbprint),
        record: Some(RecordRow {
            parcel: record.parcel,
            courier: device.person,
            device: device.thumbprint,
            counter: record.counter,
            hash: signed.hash(),
            record: signed.record.clone(),
            signature: signed.signature,
            disputed,
        }),
        ..Rows::of(state, birth, vec![event])
    };
    let verdict = if disputed { RecordVerdict::Disputed } else { RecordVerdict::Accepted };
    Recorded { verdict, rows: Some(Box::new(rows)), chain: Some(chain) }
}

/// When this courier took the parcel over, by the server's clock.
fn handed_at(events: &[Event], record: &DeliveryRecord) -> Option<Timestamp> {
    events.iter().find_map(|e| match &e.what {
        What::HandedToPost(handover) if handover.parcel == record.parcel => Some(e.at),
        _ => None,
    })
}

/// What the proof is worth, if it is one at all.
fn grade(
    record: &DeliveryRecord,
    parcel: &crate::delivery::Parcel,
    course: &Course,
) -> Result<GradeShown, &'static str> {
    let DoorOutcome::Delivered(grade, recipient) = &record.outcome else { return Ok(GradeShown::C) };
    if matches!(recipient, Recipient::Proxy(_, authorisation) if !is_readable(authorisation)) {
        return Err("authorisation_missing");
    }
    match grade {
        Grade::RecipientSigned if course.confirmed.contains(&record.parcel) => Ok(GradeShown::A),
        Grade::RecipientSigned => Err("not_confirmed_by_recipient"),
        Grade::CodeOpened(code) if code.commit(&parcel.id) == parcel.commitment => Ok(GradeShown::B),
        Grade::CodeOpened(_) => Err("wrong_code"),
        Grade::Unconfirmed(reason) if !is_readable(reason) => Err("reason_missing"),
        Grade::Unconfirmed(_) => Ok(GradeShown::C),
    }
}
