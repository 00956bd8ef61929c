//! Parcels on the road: records are believed by signature, chain and proof, whatever the phone's clock says.

use crate::world::{Backup, Hub, Phone, address, by_post, submitted};
use dossier::act::{Act, DeliveryChoice, PostalAddress};
use dossier::decide::Command;
use dossier::delivery::{
    DeliveryRecord, DoorOutcome, FailureReason, Grade, IdentityPaper, Manifest, Recipient, RecipientCode, SignedRecord,
};
use dossier::event::{GradeShown, What};
use dossier::ids::DossierId;
use dossier::status::Status;
use dossier::time::Timestamp;
use dossier::wire::{RecordVerdict, Verdict, to_bytes};
use sha2::{Digest, Sha256};

/// A dossier on the road: citizen, courier, the list, and the recipient's code.
struct Road {
    hub: Hub,
    citizen: Phone,
    courier: Phone,
    id: DossierId,
    manifest: Manifest,
    code: RecipientCode,
    last: (u64, [u8; 32]),
    /// From before the acceptance.
    backup: Option<Backup>,
}

fn on_the_road() -> Road {
    let mut hub = Hub::open();
    let (mut citizen, id) = submitted(&mut hub);
    let backup = Some(hub.backup());
    let courier = Phone::of_courier(&mut hub, 5);
    hub.officer(&id, Command::Accept).unwrap();
    hub.officer(&id, Command::RecordOutcome { granted: true, number: None, summary: "Xong".into() }).unwrap();
    citizen.sync(&mut hub);
    citizen.act(&id, by_post()).unwrap();
    citizen.sync(&mut hub);
    let hand = Command::HandToPost { courier: courier.device.person, tracking: None, seal: "NP-1".into() };
    hub.officer(&id, hand).unwrap();
    citizen.sync(&mut hub);
    let manifest = hub.log.iter().find_map(|r| r.manifest.clone()).unwrap();
    let code = citizen.held[&id].course().handovers[0].code.clone();
    Road { hub, citizen, courier, id, manifest, code, last: (0, [0; 32]), backup }
}

impl Road {
    fn record(&self, outcome: DoorOutcome) -> DeliveryRecord {
        DeliveryRecord {
            parcel: self.manifest.parcels[0].id,
            manifest: Sha256::digest(to_bytes(&self.manifest)).into(),
            outcome,
            counter: self.last.0 + 1,
            previous: self.last.1,
            wall_clock: Timestamp(0),
            boot: 1,
            elapsed_ms: 5,
            beacon: self.hub.now,
            place: None,
            photo: None,
            signature_image: None,
        }
    }

    fn send(&mut self, record: &DeliveryRecord) -> RecordVerdict {
        let bytes = to_bytes(record);
        let signature = self.courier.key.sign(&SignedRecord::message(&bytes));
        let signed = SignedRecord { record: bytes, signature };
        let verdict = self.hub.record(&mut self.courier, &signed);
        self.last = (record.counter, signed.hash());
        verdict
    }

    fn deliver(&mut self, grade: Grade) -> RecordVerdict {
        let record = self.record(delivered(grade));
        self.send(&record)
    }

    /// The recipient's phone says that the parcel came.
    fn confirm(&mut self) {
        self.citizen.act(&self.id, Act::ConfirmDelivery(self.manifest.parcels[0].id)).unwrap();
        self.citizen.sync(&mut self.hub);
    }

    /// The hub goes back to before the acceptance, and the citizen's phone brings what it has.
    fn lose_and_bring_back(&mut self) {
        self.hub.restore(self.backup.take().unwrap());
        self.citizen.sync_until_quiet(&mut self.hub);
    }

    fn kinds(&self) -> Vec<std::mem::Discriminant<What>> {
        self.hub.state(&self.id).events.iter().map(|event| std::mem::discriminant(&event.what)).collect()
    }

    fn last_event(&self) -> What {
        self.hub.state(&self.id).events.last().unwrap().what.clone()
    }
}

/// To the owner themselves.
fn delivered(grade: Grade) -> DoorOutcome {
    DoorOutcome::Delivered(grade, Recipient::Owner(IdentityPaper::CitizenCard))
}

fn refused(code: &str) -> RecordVerdict {
    RecordVerdict::Refused(code.into())
}

#[test]
fn the_code_opens_the_commitment_and_closes_the_dossier() {
    let mut road = on_the_road();
    let wrong = RecipientCode::from_entropy(&[1; 8]);
    assert_eq!(road.deliver(Grade::CodeOpened(wrong)), refused("wrong_code"));
    let right = road.code.clone();
    assert_eq!(road.deliver(Grade::CodeOpened(right)), RecordVerdict::Accepted);
    assert_eq!(road.hub.status(&road.id), Status::HandedOver);
    assert!(matches!(road.last_event(), What::Delivered(_, GradeShown::B, _)));
}

#[test]
fn after_a_restore_the_owner_s_phone_brings_the_list_back_and_the_record_finds_its_parcel() {
    let mut road = on_the_road();
    let record = road.record(delivered(Grade::CodeOpened(road.code.clone())));
    assert_eq!(road.send(&record), RecordVerdict::Accepted);
    road.citizen.sync(&mut road.hub);
    let events = road.hub.state(&road.id).events;
    road.lose_and_bring_back();
    assert_eq!(road.hub.state(&road.id).events, events[..events.len() - 1], "the last is the courier's to bring");
    assert_eq!(road.hub.log.iter().find_map(|rows| rows.manifest.clone()), Some(road.manifest.clone()));
    assert_eq!(road.citizen.held[&road.id].told_before().len(), 1);
    assert_eq!(road.send(&record), RecordVerdict::Accepted);
    road.citizen.sync(&mut road.hub);
    assert!(road.hub.status(&road.id) == Status::HandedOver && road.citizen.held[&road.id].refill.is_none());
}

/// The record settles its parcel at another moment than it did before; the act happens at the moment of then.
#[test]
fn after_a_restore_an_act_that_came_after_a_courier_s_record_waits_for_that_record() {
    let mut road = on_the_road();
    let failed = road.record(DoorOutcome::Failed(FailureReason::Absent));
    assert_eq!(road.send(&failed), RecordVerdict::Accepted);
    road.confirm();
    let before = road.kinds();
    let confirmed = road.hub.state(&road.id).events.last().cloned().unwrap();
    road.lose_and_bring_back();
    assert_eq!(road.kinds(), before[..before.len() - 2]);
    assert_eq!(road.citizen.held[&road.id].outbox.len(), 1, "the confirmation waits");
    road.hub.now = road.hub.now.plus_seconds(3600);
    assert_eq!(road.send(&failed), RecordVerdict::Accepted);
    road.citizen.sync_until_quiet(&mut road.hub);
    assert_eq!(road.kinds(), before);
    assert_eq!(road.hub.state(&road.id).events.last(), Some(&confirmed));
    assert!(road.citizen.held[&road.id].refill.is_none());
}

#[test]
fn a_refused_record_does_not_stop_the_next_one() {
    let mut road = on_the_road();
    for nothing in [" ", "\u{2060}\u{200e}"] {
        assert_eq!(road.deliver(Grade::Unconfirmed(nothing.into())), refused("reason_missing"));
    }
    assert_eq!(road.deliver(Grade::Unconfirmed("Người nhận quên mã".into())), RecordVerdict::Accepted);
}

#[test]
fn a_recipients_signature_counts_only_when_it_is_in_the_dossier() {
    let mut road = on_the_road();
    assert_eq!(road.deliver(Grade::RecipientSigned), refused("not_confirmed_by_recipient"));
    let parcel = road.manifest.parcels[0].id;
    let other = dossier::ids::ParcelId::from_bytes([9; 16]);
    let code = |refused: Result<(), dossier::replica::WriteRefused>| refused.unwrap_err().code;
    assert_eq!(code(road.citizen.act(&road.id, Act::ConfirmDelivery(other))), "unknown_parcel");
    road.citizen.act(&road.id, Act::ConfirmDelivery(parcel)).unwrap();
    assert_eq!(code(road.citizen.act(&road.id, Act::ConfirmDelivery(parcel))), "confirmed_already", "it waits");
    road.citizen.sync(&mut road.hub);
    assert_eq!(code(road.citizen.act(&road.id, Act::ConfirmDelivery(parcel))), "confirmed_already", "it was sent");
    assert_eq!(road.deliver(Grade::RecipientSigned), RecordVerdict::Accepted);
    assert!(matches!(road.last_event(), What::Delivered(_, GradeShown::A, _)));
}

#[test]
fn a_failed_attempt_moves_nothing_and_a_later_delivery_is_proven() {
    let mut road = on_the_road();
    let failed = road.record(DoorOutcome::Failed(FailureReason::Absent));
    assert_eq!(road.send(&failed), RecordVerdict::Accepted);
    assert_eq!(road.hub.status(&road.id), Status::Finished);
    let right = road.code.clone();
    assert_eq!(road.deliver(Grade::CodeOpened(right)), RecordVerdict::Accepted);
}

#[test]
fn the_first_record_settles_a_parcel_and_a_later_one_is_kept_and_flagged() {
    let mut road = on_the_road();
    let right = road.code.clone();
    road.deliver(Grade::CodeOpened(right));
    let failed = road.record(DoorOutcome::Failed(FailureReason::Refused));
    assert_eq!(road.send(&failed), RecordVerdict::Disputed);
    assert_eq!(road.hub.status(&road.id), Status::HandedOver);
    assert!(road.hub.log.last().unwrap().record.as_ref().unwrap().disputed);
}

#[test]
fn records_of_a_device_form_one_chain() {
    let mut road = on_the_road();
    let outcome = DoorOutcome::Failed(FailureReason::Absent);
    let first = road.record(outcome.clone());
    assert_eq!(road.send(&first), RecordVerdict::Accepted);
    assert_eq!(road.send(&first), RecordVerdict::Already);
    let other = DeliveryRecord { elapsed_ms: 6, ..first.clone() };
    let end = road.last;
    assert_eq!(road.send(&other), refused("record_forked"));
    road.last = end;
    let gap = DeliveryRecord { counter: 3, ..road.record(outcome.clone()) };
    assert_eq!(road.send(&gap), refused("record_gap"));
    road.last = end;
    let unchained = DeliveryRecord { previous: [9; 32], ..road.record(outcome) };
    assert_eq!(road.send(&unchained), refused("record_gap"));
}

#[test]
fn only_the_courier_on_the_list_can_record() {
    let mut road = on_the_road();
    let other = Phone::of_courier(&mut road.hub, 6);
    road.courier = other;
    let right = road.code.clone();
    assert_eq!(road.deliver(Grade::CodeOpened(right.clone())), refused("not_on_manifest"));
    road.courier = Phone::of(&mut road.hub, 5, 2);
    road.last = (0, [0; 32]);
    assert_eq!(road.deliver(Grade::CodeOpened(right)), refused("not_a_courier"));
}

#[test]
fn a_proxy_needs_a_written_authorisation() {
    let mut road = on_the_road();
    let proxy = |paper: &str| Recipient::Proxy(IdentityPaper::Passport, paper.into());
    let code = road.code.clone();
    let record = road.record(DoorOutcome::Delivered(Grade::CodeOpened(code.clone()), proxy("\u{200b}")));
    assert_eq!(road.send(&record), refused("authorisation_missing"));
    let record = road.record(DoorOutcome::Delivered(Grade::CodeOpened(code), proxy("UQ-01")));
    assert_eq!(road.send(&record), RecordVerdict::Accepted);
}

#[test]
fn the_moment_of_a_delivery_lies_between_what_the_server_itself_saw() {
    let mut road = on_the_road();
    let handed = road.hub.now;
    road.hub.now = handed.plus_seconds(7200);
    let code = road.code.clone();
    let recipient = Recipient::Owner(IdentityPaper::CitizenCard);
    let mut record = road.record(DoorOutcome::Delivered(Grade::CodeOpened(code), recipient));
    record.beacon = Timestamp(i64::MAX);
    record.wall_clock = Timestamp(i64::MIN);
    assert_eq!(road.send(&record), RecordVerdict::Accepted);
    let What::Delivered(_, _, proof) = road.last_event() else { panic!() };
    assert!(handed <= proof.not_before && proof.not_before <= proof.not_after && proof.not_after == road.hub.now);
}

fn addresses_that_cannot_be_found() -> [(PostalAddress, &'static str); 9] {
    [
        (address("\u{200b}\u{feff}", "31/99901", "Số 1"), "recipient_missing"),
        (address("😀", "31/99901", "Số 1"), "recipient_missing"),
        (address("Ví\u{202e} Dụ", "31/99901", "Số 1"), "recipient_missing"),
        (address("Ví Dụ", "31/99901", "Số\u{202e} 1"), "address_incomplete"),
        (address("Ví Dụ", "99/1", "Số 1"), "unknown_place"),
        (address("Ví Dụ", "31/99901", "\u{2060}"), "address_incomplete"),
        (address("Ví Dụ", "Hải Phòng", "Số 1"), "address_incomplete"),
        (address("Ví Dụ", "30/99901", "Số 1"), "unknown_place"),
        (address("Ví Dụ", "31/12345", "Số 1"), "unknown_place"),
    ]
}

#[test]
fn the_post_is_given_no_address_that_it_cannot_find() {
    let mut hub = Hub::open();
    let (mut citizen, id) = submitted(&mut hub);
    for (to, code) in addresses_that_cannot_be_found() {
        let choose = Act::ChooseDelivery(DeliveryChoice::ByPost(to));
        assert_eq!(citizen.act(&id, choose.clone()).unwrap_err().code, code);
        // A phone that does not look is told the same by the server.
        citizen.act_unchecked(&id, choose);
        assert!(matches!(&citizen.sync(&mut hub)[..], [Verdict::Refused(said)] if said == code), "{code}");
    }
    let found = address("Ví Dụ", "01/00004", "Số 1");
    citizen.act(&id, Act::ChooseDelivery(DeliveryChoice::ByPost(found))).unwrap();
    assert_eq!(citizen.sync(&mut hub), [Verdict::Accepted]);
}

/// Records of each kind, each on the one before: accepted, refused, of no parcel, delivered, disputed.
fn one_of_each_kind(road: &mut Road) -> Vec<(DeliveryRecord, RecordVerdict)> {
    let absent = || DoorOutcome::Failed(FailureReason::Absent);
    let unconfirmed = |reason: &str| delivered(Grade::Unconfirmed(reason.into()));
    let (listed, other) = (road.manifest.parcels[0].id, dossier::ids::ParcelId::from_bytes([1; 16]));
    let outcomes = [
        (absent(), listed),
        (unconfirmed(" "), listed),
        (absent(), other),
        (unconfirmed("Quên mã"), listed),
        (absent(), listed),
    ];
    let mut send = |(outcome, parcel)| {
        let record = DeliveryRecord { parcel, ..road.record(outcome) };
        let verdict = road.send(&record);
        (record, verdict)
    };
    outcomes.into_iter().map(&mut send).collect()
}

#[test]
fn a_record_whose_answer_was_lost_is_told_again_what_it_was_told() {
    use RecordVerdict::{Accepted, Already, Disputed};
    let mut road = on_the_road();
    let sent = one_of_each_kind(&mut road);
    let (no, unlisted) = (refused("reason_missing"), refused("not_on_manifest"));
    let told: Vec<RecordVerdict> = sent.iter().map(|(_, verdict)| verdict.clone()).collect();
    assert_eq!(told, [Accepted, no.clone(), unlisted.clone(), Accepted, Disputed]);
    let again: Vec<RecordVerdict> = sent.iter().map(|(record, _)| road.send(record)).collect();
    assert_eq!(again, [Already, no, unlisted, Already, Disputed]);
}
