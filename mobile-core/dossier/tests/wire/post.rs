//! What a courier's phone is given and what it says.

use crate::{check, check_growing, named, uuid};
use dossier::delivery::{
    DeliveryRecord, DoorOutcome, FailureReason, Grade, IdentityPaper, Manifest, Parcel, Recipient, RecipientCode,
    SignedRecord,
};
use dossier::ids::{ManifestId, PaperHash, ParcelId, PersonId, Signature};
use dossier::time::Timestamp;
use dossier::wire::{SignedManifest, to_bytes};

const AT: Timestamp = Timestamp(1_795_397_400_000);

fn manifest() -> Manifest {
    let code: RecipientCode = "7K3MQ9XT2B".parse().unwrap();
    let id = ParcelId::from_bytes(uuid(13));
    let parcel = Parcel {
        id,
        dossier_code: "H24.1-261123-0042".parse().unwrap(),
        tracking: Some("RR473124829GB".parse().unwrap()),
        seal: "NP-000123".into(),
        recipient: "Nguyễn Thị Hồng Ánh".into(),
        phone: "0912345678".parse().unwrap(),
        address: "12 Phan Đình Phùng, Hà Nội".into(),
        commitment: code.commit(&id),
    };
    let parcels = vec![Parcel { tracking: None, ..parcel.clone() }, parcel];
    Manifest { id: ManifestId::from_bytes(uuid(14)), courier: PersonId::from_bytes(uuid(10)), issued_at: AT, parcels }
}

pub(crate) fn signed_manifest() -> SignedManifest {
    SignedManifest { manifest: to_bytes(&manifest()), signature: Signature([6; 64]) }
}

#[test]
fn a_couriers_list_is_written_as_it_always_was() {
    check_growing(include_str!("../samples/wire_1/manifest.txt"), &[("manifest", manifest())]);
    check_growing(include_str!("../samples/wire_1/signed_manifest.txt"), &[("signed_manifest", signed_manifest())]);
}

fn outcome_name(outcome: &DoorOutcome) -> &'static str {
    match outcome {
        DoorOutcome::Delivered(grade, to) => match (grade, to) {
            (Grade::RecipientSigned, Recipient::Owner(paper)) => paper_name(paper),
            (Grade::RecipientSigned, Recipient::Proxy(..)) => "recipient_signed_proxy",
            (Grade::CodeOpened(_), _) => "code_opened",
            (Grade::Unconfirmed(_), _) => "unconfirmed",
        },
        DoorOutcome::Failed(reason) => reason_name(reason),
    }
}

fn paper_name(paper: &IdentityPaper) -> &'static str {
    match paper {
        IdentityPaper::CitizenCard => "citizen_card",
        IdentityPaper::OldIdentityCard => "old_identity_card",
        IdentityPaper::Passport => "passport",
    }
}

fn reason_name(reason: &FailureReason) -> &'static str {
    match reason {
        FailureReason::NoOrBadAddress => "no_or_bad_address",
        FailureReason::MovedNoForwarding => "moved_no_forwarding",
        FailureReason::NotFoundAtAddress => "not_found_at_address",
        FailureReason::NotCollectedAfterTwoNotices => "not_collected_after_two_notices",
        FailureReason::Refused => "refused",
        FailureReason::Absent => "absent",
        FailureReason::UnreachablePhone => "unreachable_phone",
        FailureReason::RescheduledByRecipient => "rescheduled_by_recipient",
        FailureReason::WrongPersonNoAuthorisation => "wrong_person_no_authorisation",
        FailureReason::IdMissingOrMismatch => "id_missing_or_mismatch",
        FailureReason::FeeUnpaid => "fee_unpaid",
        FailureReason::ForceMajeure => "force_majeure",
    }
}

fn every_outcome() -> Vec<DoorOutcome> {
    use FailureReason::*;
    use IdentityPaper::*;
    let owner = |paper| DoorOutcome::Delivered(Grade::RecipientSigned, Recipient::Owner(paper));
    let proxy = || Recipient::Proxy(CitizenCard, "12/UQ".into());
    let mut all = vec![
        owner(CitizenCard),
        owner(OldIdentityCard),
        owner(Passport),
        DoorOutcome::Delivered(Grade::RecipientSigned, proxy()),
        DoorOutcome::Delivered(Grade::CodeOpened("7K3MQ9XT2B".parse().unwrap()), proxy()),
        DoorOutcome::Delivered(Grade::Unconfirmed("Máy hỏng.".into()), Recipient::Owner(CitizenCard)),
    ];
    let reasons = [
        NoOrBadAddress,
        MovedNoForwarding,
        NotFoundAtAddress,
        NotCollectedAfterTwoNotices,
        Refused,
        Absent,
        UnreachablePhone,
        RescheduledByRecipient,
        WrongPersonNoAuthorisation,
        IdMissingOrMismatch,
        FeeUnpaid,
        ForceMajeure,
    ];
    all.extend(reasons.map(DoorOutcome::Failed));
    all
}

#[test]
fn all_that_can_happen_at_a_door_is_written_as_it_always_was() {
    check(include_str!("../samples/wire_1/door_outcome.txt"), &named(&every_outcome(), outcome_name));
}

fn record() -> DeliveryRecord {
    DeliveryRecord {
        parcel: ParcelId::from_bytes(uuid(13)),
        manifest: [1; 32],
        outcome: every_outcome().remove(4),
        counter: 70_000,
        previous: [2; 32],
        wall_clock: AT,
        boot: u64::MAX,
        elapsed_ms: 3_600_000,
        beacon: AT,
        place: Some((21_028, -105_854)),
        photo: Some(PaperHash([3; 32])),
        signature_image: Some(PaperHash([4; 32])),
    }
}

pub(crate) fn signed_record() -> SignedRecord {
    SignedRecord { record: to_bytes(&record()), signature: Signature([7; 64]) }
}

#[test]
fn a_couriers_record_is_written_as_it_always_was() {
    let bare = DeliveryRecord { place: None, photo: None, signature_image: None, ..record() };
    check_growing(include_str!("../samples/wire_1/delivery_record.txt"), &[("all", record()), ("bare", bare)]);
    check_growing(include_str!("../samples/wire_1/signed_record.txt"), &[("signed_record", signed_record())]);
}
