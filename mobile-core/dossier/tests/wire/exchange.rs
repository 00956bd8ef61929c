//! What a phone and the server say to each other, with every verdict.

use crate::events::{event, signed_standing};
use crate::post::{signed_manifest, signed_record};
use crate::{check, check_growing, named, uuid};
use dossier::decide::Evidence;
use dossier::ids::{ChangeHash, DossierId, PaperHash, Signature, Thumbprint, TreeHash};
use dossier::time::Timestamp;
use dossier::wire::{
    AfterRestore, Blob, Cursor, Delta, DocumentDelta, DossierPush, Open, RecordVerdict, Renewed, SignedAnswer,
    SignedManifest, SyncAnswer, SyncRequest, Verdict, to_bytes,
};

const DOSSIER: DossierId = DossierId(uuid::Uuid::from_bytes(uuid(1)));
const CURSOR: Cursor = Cursor { incarnation: 1 << 33, n: 70_000 };

fn open() -> Open {
    Open { layout: 1, procedure: "2.000635".parse().unwrap(), catalogue: 70_000 }
}

fn request() -> SyncRequest {
    let changes = vec![Blob(vec![1, 2, 3]), Blob(vec![4])];
    let first = DossierPush { dossier: DOSSIER, epoch: 70_000, open: Some(open()), changes };
    let later = DossierPush { dossier: DOSSIER, epoch: 0, open: None, changes: Vec::new() };
    SyncRequest {
        protocol: 1,
        cursor: CURSOR,
        dossiers: vec![first, later],
        signature: Some(Signature([1; 64])),
        records: vec![signed_record()],
        after_restore: Some(AfterRestore { whole: true, standings: vec![signed_standing()] }),
    }
}

#[test]
fn a_request_is_written_as_it_always_was() {
    let nothing = SyncRequest {
        protocol: 1,
        cursor: Cursor::default(),
        dossiers: Vec::new(),
        signature: None,
        records: Vec::new(),
        after_restore: None,
    };
    let restored = SyncRequest { after_restore: Some(AfterRestore::default()), ..nothing.clone() };
    let all = [("all", request()), ("nothing", nothing), ("restored", restored)];
    check_growing(include_str!("../samples/wire_1/sync_request.txt"), &all);
}

fn verdict_name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "accepted",
        Verdict::Already => "already",
        Verdict::Refused(_) => "refused",
        Verdict::DependsOnRefused => "depends_on_refused",
        Verdict::MissingPapers(_) => "missing_papers",
        Verdict::Locked => "locked",
        Verdict::Forked(..) => "forked",
        Verdict::Waits => "waits",
    }
}

fn every_verdict() -> Vec<Verdict> {
    vec![
        Verdict::Accepted,
        Verdict::Already,
        Verdict::Refused("root_write".into()),
        Verdict::DependsOnRefused,
        Verdict::MissingPapers(vec![PaperHash([1; 32]), PaperHash([2; 32])]),
        Verdict::Locked,
        Verdict::Forked(70_000, u64::MAX, ChangeHash([3; 32])),
        Verdict::Waits,
    ]
}

fn record_verdict_name(verdict: &RecordVerdict) -> &'static str {
    match verdict {
        RecordVerdict::Accepted => "accepted",
        RecordVerdict::Already => "already",
        RecordVerdict::Disputed => "disputed",
        RecordVerdict::Refused(_) => "refused",
    }
}

fn every_record_verdict() -> Vec<RecordVerdict> {
    let refused = RecordVerdict::Refused("unknown_parcel".into());
    vec![RecordVerdict::Accepted, RecordVerdict::Already, RecordVerdict::Disputed, refused]
}

#[test]
fn every_verdict_is_written_as_it_always_was() {
    check(include_str!("../samples/wire_1/verdict.txt"), &named(&every_verdict(), verdict_name));
    let records = named(&every_record_verdict(), record_verdict_name);
    check(include_str!("../samples/wire_1/record_verdict.txt"), &records);
}

fn document_name(document: &DocumentDelta) -> &'static str {
    match document {
        DocumentDelta::Nothing => "nothing",
        DocumentDelta::Snapshot(_) => "snapshot",
        DocumentDelta::Changes(_) => "changes",
    }
}

fn every_document() -> [DocumentDelta; 3] {
    let blob = |byte| Blob(vec![byte; 3]);
    [DocumentDelta::Nothing, DocumentDelta::Snapshot(blob(1)), DocumentDelta::Changes(vec![blob(2), blob(3)])]
}

fn every_delta() -> Vec<Delta> {
    let [nothing, snapshot, changes] = every_document();
    vec![
        Delta { dossier: DOSSIER, open: Some(open()), document: snapshot, events: vec![event(), event()] },
        Delta { dossier: DOSSIER, open: None, document: changes, events: Vec::new() },
        Delta { dossier: DOSSIER, open: None, document: nothing, events: vec![event()] },
    ]
}

#[test]
fn what_a_phone_lacks_is_written_as_it_always_was() {
    check(include_str!("../samples/wire_1/document_delta.txt"), &named(&every_document(), document_name));
    check_growing(
        include_str!("../samples/wire_1/delta.txt"),
        &named(&every_delta(), |delta| document_name(&delta.document)),
    );
}

fn answer() -> SyncAnswer {
    SyncAnswer {
        protocol: 1,
        request: [1; 16],
        beacon: Timestamp(1_795_397_400_000),
        cursor: CURSOR,
        more: true,
        verdicts: vec![every_verdict(), Vec::new()],
        record_verdicts: every_record_verdict(),
        deltas: every_delta(),
        manifests: vec![signed_manifest()],
        renewed: None,
    }
}

fn renewed() -> Renewed {
    Renewed { access_token: "a.b.c".into(), seconds: 900, refresh_token: "hr1.AAAA".into() }
}

/// What a phone of 0.1.0 knows of an answer.
#[derive(Debug, PartialEq, minicbor::Decode)]
#[cbor(array)]
struct OldAnswer {
    #[n(0)]
    protocol: u8,
    #[cbor(n(1), with = "minicbor::bytes")]
    request: [u8; 16],
    #[n(2)]
    beacon: Timestamp,
    #[n(3)]
    cursor: Cursor,
    #[n(4)]
    more: bool,
    #[n(5)]
    verdicts: Vec<Vec<Verdict>>,
    #[n(6)]
    record_verdicts: Vec<RecordVerdict>,
    #[n(7)]
    deltas: Vec<Delta>,
    #[n(8)]
    manifests: Vec<SignedManifest>,
}

#[test]
fn a_phone_from_before_there_were_tokens_in_an_answer_reads_the_rest() {
    let new = to_bytes(&SyncAnswer { renewed: Some(renewed()), ..answer() });
    let (old, plain): (OldAnswer, OldAnswer) =
        (minicbor::decode(&new).unwrap(), minicbor::decode(&to_bytes(&answer())).unwrap());
    assert_eq!(old, plain);
}

#[test]
fn tokens_are_not_printed() {
    let answer = SyncAnswer { renewed: Some(renewed()), ..answer() };
    assert!(!format!("{answer:?}").contains("hr1.") && !format!("{:?}", renewed()).contains("a.b.c"));
}

#[test]
fn an_answer_is_written_as_it_always_was() {
    let with_tokens = SyncAnswer { renewed: Some(renewed()), ..answer() };
    check_growing(include_str!("../samples/wire_1/sync_answer.txt"), &[("answer", answer()), ("renewed", with_tokens)]);
    let signed = SignedAnswer { body: to_bytes(&answer()), signature: Signature([2; 64]) };
    check_growing(include_str!("../samples/wire_1/signed_answer.txt"), &[("signed_answer", signed)]);
}

/// It is kept with the changes and shown to whoever doubts them.
#[test]
fn the_evidence_of_a_push_is_written_as_it_always_was() {
    let evidence = Evidence {
        device: Thumbprint([1; 32]),
        epoch: 70_000,
        tip: ChangeHash([2; 32]),
        index: 1,
        of: 3,
        path: vec![TreeHash([3; 32]), TreeHash([4; 32])],
        signature: Signature([5; 64]),
        rest: vec![Blob(vec![6; 3])],
    };
    check_growing(include_str!("../samples/wire_1/evidence.txt"), &[("evidence", evidence)]);
}
