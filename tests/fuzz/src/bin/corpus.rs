//! Writes the inputs that the fuzzing begins from: real dossiers, known attacks, files of the catalogue, and what
//! travels. `../run corpus` keeps of them those that reach what no other reaches.

use dossier::act::{Act, DeliveryChoice, PostalAddress};
use dossier::delivery::{
    DeliveryRecord, DoorOutcome, FailureReason, Grade, IdentityPaper, Manifest, Parcel, Recipient, RecipientCode,
    SignedRecord,
};
use dossier::event::{
    Acceptance, By, DueChange, DueReason, Event, GradeShown, Handover, Outcome, Proof, SupplementRequest, Term, What,
};
use dossier::exchange::pack;
use dossier::ids::{ContentHash, ManifestId, PaperHash, ParcelId, PersonId, StaffId, Thumbprint};
use dossier::layout::Frozen;
use dossier::procedure::Catalogue;
use dossier::receipt::{Kept, SignedReceipt};
use dossier::time::Timestamp;
use dossier::wire::{
    Blob, Cursor, Delta, DocumentDelta, DossierPush, Open, PROTOCOL, RecordVerdict, Renewed, SignedAnswer,
    SignedManifest, SyncAnswer, SyncRequest, Verdict, to_bytes,
};
use fuzz::gate::RAW;
use fuzz::stage::{Stage, act_id, dossier, paper_key, stages};
use fuzz::{attacks, cose, wire};
use std::path::{Path, PathBuf};
use uuid::Uuid;

fn main() -> std::io::Result<()> {
    let to = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| panic!("corpus FOLDER")));
    let stages = stages();
    let attacks = attacks::all(&stages[0]);
    let changes = stages.iter().flat_map(|stage| stage.server.changes()).map(|Blob(bytes)| bytes);
    let changes: Vec<Vec<u8>> = changes.chain(attacks.iter().map(|(_, bytes)| bytes.clone())).collect();
    write(&to.join("prescan"), changes.iter().map(|bytes| with(0, bytes)))?;
    let raw = attacks.iter().map(|(_, bytes)| [&[0, RAW], bytes.as_slice()].concat());
    write(&to.join("gate"), raw.chain(scripts()))?;
    write(&to.join("wire"), travelling(&stages[6]).into_iter().map(|(kind, bytes)| with(kind, &bytes)))?;
    write(&to.join("cose"), receipts().into_iter().map(|(kind, bytes)| with(kind, &bytes)))?;
    let files: [(u8, &str); 7] = [
        (0, include_str!("../../../../mobile-core/dossier/data/catalogue/2.000635-civil-status-extract.toml")),
        (0, include_str!("../../../../mobile-core/dossier/data/catalogue/1.001193-birth.toml")),
        (0, include_str!("../../../../mobile-core/dossier/data/catalogue/1.000894-marriage.toml")),
        (0, include_str!("../../../../mobile-core/dossier/data/catalogue/1.012766-land-lease-removal.toml")),
        (1, include_str!("../../../../mobile-core/dossier/data/catalogue/catalogue.toml")),
        (2, include_str!("../../../../mobile-core/dossier/data/catalogue/units.toml")),
        (3, include_str!("../../../../mobile-core/dossier/data/catalogue/places.toml")),
    ];
    write(&to.join("catalogue"), files.into_iter().map(|(kind, text)| with(kind, text.as_bytes())))
}

/// The samples of receipts and of the log.
fn receipts() -> Vec<(u8, Vec<u8>)> {
    let text = include_str!("../../../../mobile-core/dossier/tests/samples/receipt_1/receipt.txt");
    let file = include_bytes!("../../../../mobile-core/dossier/tests/samples/receipt_1/kept.hoso");
    let note = include_str!("../../../../mobile-core/dossier/tests/samples/log_1/checkpoint.txt");
    let kept = Kept::read(file).expect("the sample");
    let bare = SignedReceipt::from_text(text).expect("the sample");
    let proof = kept.proof.as_ref().expect("the sample has its proof");
    let names =
        ["tile/0/x001/234.p/5", "tile/entries/000", "hoso/1+1cfc8334+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"];
    let mut all = vec![
        (cose::RECEIPT, bare.to_bytes()),
        (cose::RECEIPT, kept.receipt.to_bytes()),
        (cose::TEXT, text.into()),
        (cose::KEPT, file.to_vec()),
        (cose::KEPT, Kept { proof: None, ..kept.clone() }.to_bytes()),
        (cose::NOTE, note.into()),
        (cose::NOTE, proof.checkpoint.clone().into()),
        (cose::ENTRY, proof.entry.clone()),
        (cose::ITEMS, proof.items.clone()),
    ];
    all.extend(names.map(|name| (cose::NAMES, name.into())));
    // One bit of the file, and of the receipt alone.
    all.extend([(cose::CHANGED, vec![0, 90, 1, 0, 200, 0]), (cose::CHANGED, vec![0, 60, 1])]);
    all
}

fn with(first: u8, bytes: &[u8]) -> Vec<u8> {
    [&[first], bytes].concat()
}

fn write(folder: &Path, files: impl IntoIterator<Item = Vec<u8>>) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (n, bytes) in files.into_iter().enumerate() {
        std::fs::write(folder.join(format!("{n:04}")), bytes)?;
    }
    Ok(())
}

/// On each stage each kind of operation, altered in each way.
fn scripts() -> impl Iterator<Item = Vec<u8>> {
    (0..8u8).flat_map(|stage| {
        (0..32u8).map(move |what| {
            // Two operations, one alteration; what is not said follows from the rest.
            vec![stage, 0, 1, what % 16, what, 0, (what + 5) % 16, 1, 9, 0, what, 200, 0, 0, 0, 0, 0, 1, 0, 0, 0]
        })
    })
}

fn travelling(stage: &Stage) -> Vec<(u8, Vec<u8>)> {
    let (request, answer) = (request(stage), answer(stage));
    let signed = to_bytes(&SignedAnswer { body: to_bytes(&answer), signature: wire::SIGNATURE });
    let mut all = vec![
        (wire::REQUEST, pack(&to_bytes(&request))),
        (wire::REQUEST_BODY, to_bytes(&request)),
        (wire::REQUEST_BODY, to_bytes(&SyncRequest { dossiers: Vec::new(), signature: None, ..request })),
        (wire::ANSWER, pack(&signed)),
        // A megabyte of zeros, and one more, behind a compressed kilobyte.
        (wire::REQUEST, pack(&vec![0; 1024 * 1024])),
        (wire::REQUEST, pack(&vec![0; 1024 * 1024 + 1])),
        (wire::ANSWER_BODY, to_bytes(&answer)),
        (wire::RECORD, to_bytes(&record())),
        (wire::RECORD, to_bytes(&signed_record())),
        (wire::MANIFEST, to_bytes(&manifest())),
        (wire::FROZEN, Frozen::of(&stage.server.project(), 1).bytes()),
    ];
    all.extend(events().iter().map(|event| (wire::EVENT, to_bytes(event))));
    let texts = [
        Act::Supplement(ContentHash([1; 32])).to_text(),
        Act::Withdraw("đổi ý".into()).to_text(),
        Act::ChooseDelivery(by_post()).to_text(),
        "jpeg 12345 giấy tờ.jpg".into(),
        "child/0/name".into(),
        paper_key(1).to_string(),
        act_id(1).to_string(),
    ];
    all.extend(texts.map(|text| (wire::TEXT, text.into_bytes())));
    all
}

fn request(stage: &Stage) -> SyncRequest {
    let changes = stage.server.changes();
    SyncRequest {
        protocol: PROTOCOL,
        cursor: Cursor { incarnation: 1, n: 7 },
        dossiers: vec![DossierPush { dossier: dossier(), epoch: 0, open: Some(open()), changes }],
        signature: Some(wire::SIGNATURE),
        records: vec![signed_record()],
        after_restore: None,
    }
}

fn open() -> Open {
    Open { layout: 1, procedure: "2.000635".parse().expect("a procedure's code"), catalogue: 1 }
}

fn answer(stage: &Stage) -> SyncAnswer {
    let hash = stage.changes[0];
    let delta = |document| Delta { dossier: dossier(), open: Some(open()), document, events: events() };
    SyncAnswer {
        protocol: PROTOCOL,
        request: [0; 16],
        beacon: Timestamp(1_795_000_000_000),
        cursor: Cursor { incarnation: 1, n: 8 },
        more: false,
        verdicts: vec![vec![
            Verdict::Accepted,
            Verdict::Already,
            Verdict::Refused("locked".into()),
            Verdict::DependsOnRefused,
            Verdict::MissingPapers(vec![PaperHash([1; 32])]),
            Verdict::Locked,
            Verdict::Forked(1, 2, hash),
            Verdict::Waits,
        ]],
        record_verdicts: vec![RecordVerdict::Accepted, RecordVerdict::Refused("code".into())],
        deltas: vec![
            delta(DocumentDelta::Nothing),
            delta(DocumentDelta::Snapshot(Blob(stage.server.save()))),
            delta(DocumentDelta::Changes(stage.server.changes())),
        ],
        manifests: vec![SignedManifest { manifest: to_bytes(&manifest()), signature: wire::SIGNATURE }],
        renewed: Some(Renewed { access_token: "a.b.c".into(), seconds: 900, refresh_token: "hr1.AAAA".into() }),
    }
}

fn record() -> DeliveryRecord {
    DeliveryRecord {
        parcel: parcel(),
        manifest: [3; 32],
        outcome: DoorOutcome::Delivered(
            Grade::CodeOpened(code()),
            Recipient::Proxy(IdentityPaper::Passport, "1".into()),
        ),
        counter: 1,
        previous: [0; 32],
        wall_clock: Timestamp(1),
        boot: 2,
        elapsed_ms: 3,
        beacon: Timestamp(4),
        place: Some((21_028, 105_834)),
        photo: Some(PaperHash([1; 32])),
        signature_image: None,
    }
}

fn signed_record() -> SignedRecord {
    SignedRecord { record: to_bytes(&record()), signature: wire::SIGNATURE }
}

fn parcel() -> ParcelId {
    ParcelId(Uuid::from_bytes([5; 16]))
}

fn code() -> RecipientCode {
    RecipientCode::from_entropy(&[1; 8])
}

fn manifest() -> Manifest {
    let parcel = Parcel {
        id: parcel(),
        dossier_code: "H31.12-261102-0001".parse().unwrap_or_else(|_| panic!("a dossier's code")),
        tracking: "RR123456785VN".parse().ok(),
        seal: "NP-1".into(),
        recipient: "Nguyễn Văn An".into(),
        phone: "0900000001".parse().expect("a phone number"),
        address: "Số 1, đường Ví Dụ".into(),
        commitment: code().commit(&parcel()),
    };
    let (id, courier) = (ManifestId(Uuid::from_bytes([6; 16])), PersonId(Uuid::from_bytes([7; 16])));
    Manifest { id, courier, issued_at: Timestamp(1), parcels: vec![parcel] }
}

fn by_post() -> DeliveryChoice {
    DeliveryChoice::ByPost(PostalAddress {
        recipient: "Nguyễn Văn An".into(),
        phone: "0900000001".parse().expect("a phone number"),
        area: "31/99901".into(),
        line: "Số 1".into(),
    })
}

fn events() -> Vec<Event> {
    let unit = Catalogue::built_in().units()[0].code.clone();
    let due = DueChange {
        term: Term::Result,
        old: Some(Timestamp(1)),
        new: Timestamp(2),
        why: DueReason::Restarted,
        calendar: 1,
    };
    let proof = Proof { record: [1; 32], not_before: Timestamp(1), not_after: Timestamp(2) };
    let (act, content) = (act_id(1), ContentHash([1; 32]));
    let acceptance = Acceptance {
        code: manifest().parcels[0].dossier_code.clone(),
        due: due.clone(),
        rule_set: "1".into(),
        catalogue: 1,
        content,
        tracking_secret: code(),
        fee: Some(8_000),
    };
    let asked = SupplementRequest {
        reason: "Ảnh mờ.".into(),
        fields: vec!["name".into()],
        components: vec!["identity".into()],
        until: Timestamp(9),
    };
    let handover = Handover {
        parcel: parcel(),
        manifest: manifest().id,
        courier: manifest().courier,
        tracking: manifest().parcels[0].tracking.clone(),
        seal: "NP-1".into(),
        code: code(),
    };
    let whats = [
        What::Submitted(act, content, unit.clone(), vec![due.clone()], None),
        What::Supplemented(act, content, vec![due.clone()]),
        What::Withdrawn(act, "đổi ý".into()),
        What::DeliveryChosen(act, by_post()),
        What::ReceiptConfirmed(act, parcel()),
        What::Accepted(acceptance),
        What::SupplementRequested(asked),
        What::PaymentRequested(1, "phí".into()),
        What::OutcomeRecorded(Outcome { granted: true, number: Some("01".into()), summary: "Đã cấp.".into() }),
        What::Extended("xin lỗi".into(), due),
        What::HandedToPost(handover),
        What::DeliveryFailed(parcel(), FailureReason::Absent, proof.clone()),
        What::Delivered(parcel(), GradeShown::B, proof),
    ];
    let by = [
        By::Citizen(Thumbprint([1; 32])),
        By::Officer(StaffId(Uuid::from_bytes([1; 16])), unit, "Lê Thị Cán Bộ".into()),
        By::Courier(manifest().courier, Thumbprint([2; 32])),
        By::Server,
    ];
    let events = whats.into_iter().enumerate();
    events.map(|(n, what)| Event { seq: n as u32 + 1, at: Timestamp(n as i64), by: by[n % 4].clone(), what }).collect()
}
