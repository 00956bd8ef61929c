//! What happened to a dossier, by whom, and what the server signs for all of it.

use crate::acts::{behalf, by_post};
use crate::{check, check_growing, named, uuid};
use dossier::act::DeliveryChoice;
use dossier::delivery::FailureReason;
use dossier::event::{
    Acceptance, By, DueChange, DueReason, Event, GradeShown, Handover, Outcome, Proof, Proposer, SupplementRequest,
    Term, What,
};
use dossier::ids::{
    ActId, ChangeHash, ContentHash, DossierId, ManifestId, ParcelId, PersonId, ServerId, Signature, StaffId, Thumbprint,
};
use dossier::standing::{SignedStanding, Standing};
use dossier::time::Timestamp;

const AT: Timestamp = Timestamp(1_795_397_400_000);
const PERSON: PersonId = PersonId(uuid::Uuid::from_bytes(uuid(10)));
const STAFF: StaffId = StaffId(uuid::Uuid::from_bytes(uuid(11)));
const ACT: ActId = ActId(uuid::Uuid::from_bytes(uuid(12)));
const PARCEL: ParcelId = ParcelId(uuid::Uuid::from_bytes(uuid(13)));

fn due(term: Term, why: DueReason) -> DueChange {
    DueChange { term, old: Some(AT), new: AT.plus_seconds(86_400), why, calendar: 2026 }
}

fn first_due() -> DueChange {
    DueChange { old: None, ..due(Term::Answer, DueReason::Started) }
}

fn acceptance() -> Acceptance {
    Acceptance {
        code: "H24.1-261123-0042".parse().unwrap(),
        due: due(Term::Result, DueReason::Started),
        rule_set: "NĐ 61/2018".into(),
        catalogue: 70_000,
        content: ContentHash([1; 32]),
        tracking_secret: "7K3MQ9XT2B".parse().unwrap(),
        fee: Some(8_000),
    }
}

fn handover() -> Handover {
    Handover {
        parcel: PARCEL,
        manifest: ManifestId::from_bytes(uuid(14)),
        courier: PERSON,
        tracking: Some("RR473124829GB".parse().unwrap()),
        seal: "NP-000123".into(),
        code: "7K3MQ9XT2B".parse().unwrap(),
    }
}

fn proof() -> Proof {
    Proof { record: [4; 32], not_before: AT, not_after: AT.plus_seconds(3_600) }
}

fn what_name(what: &What) -> &'static str {
    match what {
        What::Submitted(_, _, _, _, None) => "submitted",
        What::Submitted(..) => "submitted_for",
        What::Supplemented(..) => "supplemented",
        What::Withdrawn(..) => "withdrawn",
        What::DeliveryChosen(..) => "delivery_chosen",
        What::ReceiptConfirmed(..) => "receipt_confirmed",
        What::Accepted(_) => "accepted",
        What::Refused(_) => "refused",
        What::Forwarded(_) => "forwarded",
        What::SupplementRequested(_) => "supplement_requested",
        What::Resumed(..) => "resumed",
        What::PaymentRequested(..) => "payment_requested",
        What::Suspended(_) => "suspended",
        What::OutcomeRecorded(_) => "outcome_recorded",
        What::Recalled(..) => "recalled",
        What::HandedOver(_) => "handed_over",
        What::Extended(..) => "extended",
        What::HandedToPost(_) => "handed_to_post",
        What::DeliveryFailed(..) => "delivery_failed",
        What::Delivered(..) => "delivered",
        What::DeliveryDisputed(..) => "delivery_disputed",
    }
}

fn every_what() -> Vec<What> {
    let moved = vec![due(Term::Answer, DueReason::Resumed), due(Term::Result, DueReason::Unmoved)];
    let request = SupplementRequest {
        reason: "Ảnh mờ.".into(),
        fields: vec!["full_name".into()],
        components: vec!["photo".into()],
        until: AT,
    };
    let proposer = Proposer { staff: StaffId::from_bytes(uuid(9)), name: "Trần Văn Ví Dụ".into() };
    let outcome = Outcome { granted: true, number: Some("12/2026".into()), summary: "Đã cấp.".into() };
    vec![
        What::Submitted(ACT, ContentHash([1; 32]), "H24.1".parse().unwrap(), vec![first_due()], None),
        What::Submitted(ACT, ContentHash([1; 32]), "H24.1".parse().unwrap(), vec![first_due()], Some(behalf())),
        What::Supplemented(ACT, ContentHash([2; 32]), moved.clone()),
        What::Withdrawn(ACT, "Tôi nộp nhầm.".into()),
        What::DeliveryChosen(ACT, by_post()),
        What::DeliveryChosen(ACT, DeliveryChoice::AtCounter),
        What::ReceiptConfirmed(ACT, PARCEL),
        What::Accepted(acceptance()),
        What::Accepted(Acceptance { fee: None, ..acceptance() }),
        What::Refused("Không thuộc thẩm quyền.".into()),
        What::Forwarded("Đã chuyển.".into()),
        What::SupplementRequested(request),
        What::Resumed("Tiếp tục.".into(), moved.clone()),
        What::PaymentRequested(u64::MAX, "Lệ phí".into()),
        What::Suspended("Chờ xác minh.".into()),
        What::OutcomeRecorded(outcome),
        What::OutcomeRecorded(Outcome { granted: false, number: None, summary: "Không đủ điều kiện.".into() }),
        What::Recalled("Sai số.".into(), moved.clone(), None),
        What::HandedOver("Tại quầy.".into()),
        What::Extended("Xin lỗi.".into(), due(Term::Result, DueReason::Extended)),
        What::HandedToPost(handover()),
        What::HandedToPost(Handover { tracking: None, ..handover() }),
        What::DeliveryFailed(PARCEL, FailureReason::Absent, proof()),
        What::Delivered(PARCEL, GradeShown::A, proof()),
        What::DeliveryDisputed(PARCEL, proof()),
        What::Recalled("Sai số.".into(), moved, Some(proposer)),
    ]
}

#[test]
fn everything_that_can_happen_is_written_as_it_always_was() {
    check(include_str!("../samples/wire_1/what.txt"), &named(&every_what(), what_name));
}

fn by_name(by: &By) -> &'static str {
    match by {
        By::Citizen(_) => "citizen",
        By::Officer(..) => "officer",
        By::Courier(..) => "courier",
        By::Server => "server",
        By::CitizenSession(_) => "citizen_session",
        By::CitizenAtCounter(..) => "citizen_at_counter",
    }
}

fn every_by() -> [By; 6] {
    let unit = || "H24.1".parse().unwrap();
    [
        By::Citizen(Thumbprint([1; 32])),
        By::Officer(STAFF, unit(), "Trần Văn Bình".into()),
        By::Courier(PERSON, Thumbprint([2; 32])),
        By::Server,
        By::CitizenSession(PERSON),
        By::CitizenAtCounter(STAFF, unit(), "Trần Văn Bình".into(), PERSON),
    ]
}

#[test]
fn whoever_caused_an_event_is_written_as_always() {
    check(include_str!("../samples/wire_1/by.txt"), &named(&every_by(), by_name));
}

fn reason_name(change: &DueChange) -> &'static str {
    match change.why {
        DueReason::Started => "started",
        DueReason::Restarted => "restarted",
        DueReason::Resumed => "resumed",
        DueReason::Unmoved => "unmoved",
        DueReason::Extended => "extended",
        DueReason::ExtendedLate => "extended_late",
    }
}

#[test]
fn every_reason_of_a_due_date_is_written_as_always() {
    use DueReason::*;
    let reasons = [Started, Restarted, Resumed, Unmoved, Extended, ExtendedLate];
    let mut all: Vec<_> = reasons.into_iter().map(|why| due(Term::Result, why)).collect();
    all.push(first_due());
    check_growing(include_str!("../samples/wire_1/due_change.txt"), &named(&all, reason_name));
}

fn grade_name(grade: &GradeShown) -> &'static str {
    match grade {
        GradeShown::A => "a",
        GradeShown::B => "b",
        GradeShown::C => "c",
    }
}

#[test]
fn every_grade_that_people_are_shown_is_written_as_always() {
    let all = [GradeShown::A, GradeShown::B, GradeShown::C];
    check(include_str!("../samples/wire_1/grade_shown.txt"), &named(&all, grade_name));
}

pub(crate) fn event() -> Event {
    let [_, officer, ..] = every_by();
    Event { seq: 70_000, at: AT, by: officer, what: What::Accepted(acceptance()) }
}

fn standing() -> Standing {
    let dossier = DossierId::from_bytes(uuid(1));
    Standing { dossier, owner: PERSON, changes: vec![ChangeHash([3; 32]), ChangeHash([4; 32])], events: vec![event()] }
}

pub(crate) fn signed_standing() -> SignedStanding {
    standing().signed(&ServerId::from_bytes(uuid(2)), |_| Signature([5; 64]))
}

#[test]
fn an_event_and_the_servers_word_are_written_as_they_always_were() {
    check_growing(include_str!("../samples/wire_1/event.txt"), &[("event", event())]);
    check_growing(include_str!("../samples/wire_1/standing.txt"), &[("standing", standing())]);
    check_growing(include_str!("../samples/wire_1/signed_standing.txt"), &[("signed_standing", signed_standing())]);
}
