//! Bodies of `POST /v1/sync`: cut, blown up, wrongly typed, wrongly signed, sent twice and out of order.

use super::check;
use crate::handset::{Handset, Key, message, procedure, said};
use crate::harness::Hub;
use dossier::delivery::SignedRecord;
use dossier::document::Document;
use dossier::edit;
use dossier::exchange::{BODY_MAX, CHANGES_MAX, RECORDS_MAX, STANDINGS_MAX, pack};
use dossier::ids::{Actor, PersonId, ServerId, Signature};
use dossier::layout::LAYOUT;
use dossier::replica::Replica;
use dossier::standing::Standing;
use dossier::wire::{AfterRestore, Blob, DossierPush, SyncRequest, Verdict, to_bytes};

fn plain(body: &[u8]) -> Vec<u8> {
    [&[0], body].concat()
}

fn packed(request: &SyncRequest) -> Vec<u8> {
    pack(&to_bytes(request))
}

fn push_of(replica: &Replica) -> DossierPush {
    replica.push().expect("something waits")
}

#[test]
fn a_body_that_is_no_exchange_is_refused_whole() {
    let hub = Hub::start();
    let phone = Handset::of(&hub, "an", Key::numbered(1));
    let request = phone.request(vec![push_of(&phone.draft(1, &["An"]))]);
    let good = to_bytes(&request);
    let malformed = (400, "malformed");
    let cut = |n: usize| phone.sync(plain(&good[..n]));
    let zlib = pack(&[7; 2000]);
    let mut later = request.clone();
    later.protocol = 2;
    let mut cases = vec![
        ("nothing", phone.sync(Vec::new()), malformed),
        ("a mark and nothing", phone.sync(vec![0]), malformed),
        ("an unknown mark", phone.sync(vec![2, 3]), malformed),
        ("JSON", phone.sync(b"{\"protocol\":1}".to_vec()), malformed),
        ("half a stream of zlib", phone.sync(zlib[..zlib.len() / 2].to_vec()), malformed),
        ("a byte too much", phone.sync(plain(&[&good[..], &[0]].concat())), malformed),
        ("a text for a number", phone.sync(plain(&[0x85, 1, 0x61, b'x', 0x80, 0xf6, 0x80])), malformed),
        ("10^18 dossiers", phone.sync(plain(&[0x85, 1, 0x82, 0, 0, 0x9b, 13, 0, 0, 0, 0, 0, 0, 0])), malformed),
        ("a later protocol", phone.sync(packed(&later)), (400, "protocol_unsupported")),
        ("a later protocol of another shape", phone.sync(plain(&[0x81, 9])), (400, "protocol_unsupported")),
    ];
    cases.extend([1, 2, 10, good.len() / 2, good.len() - 1].map(|n| ("cut", cut(n), malformed)));
    check(cases);
    assert_eq!(phone.push(request.dossiers), [[Verdict::Accepted]], "and none of it left a trace");
}

#[test]
fn the_limits_of_a_body_hold_on_both_sides() {
    let hub = Hub::start();
    let phone = Handset::of(&hub, "an", Key::numbered(1));
    let zeros = |n: usize| vec![0; n];
    check(vec![
        ("1 MiB as it is", phone.sync(zeros(BODY_MAX + 1)), (400, "malformed")),
        ("a byte more", phone.call_with_too_much("POST", "/v1/sync", &zeros(BODY_MAX + 2)), (413, "body_too_large")),
        ("1 MiB when inflated", phone.sync(pack(&zeros(BODY_MAX))), (400, "malformed")),
        ("a byte more", phone.sync(pack(&zeros(BODY_MAX + 1))), (413, "body_too_large")),
        ("a bomb of 16 MiB", phone.sync(pack(&zeros(16 << 20))), (413, "body_too_large")),
    ]);
}

#[test]
fn the_limits_of_a_push_hold_on_both_sides() {
    let hub = Hub::start();
    let phone = Handset::of(&hub, "an", Key::numbered(1));
    let mut most = push_of(&phone.draft(1, &["An"]));
    let id = most.dossier;
    let actor = Actor::of_device(&phone.key.public().thumbprint(), &id, 0);
    let mut document = Document::genesis(LAYOUT, &id);
    let field: dossier::layout::FieldKey = "purpose".parse().expect("a field");
    assert!(procedure().allows_key(&field));
    let mut change = |n: usize| {
        let value = Some(format!("Lần {n}").as_str().into());
        edit::set_fields(&mut document, actor, &[(field.clone(), value)]).expect("a change").bytes
    };
    most.changes = (0..CHANGES_MAX).map(&mut change).collect();
    let mut over = most.clone();
    over.changes.push(change(CHANGES_MAX));
    let mut empty = most.clone();
    empty.changes.clear();
    let record = SignedRecord { record: vec![0x80], signature: Signature([1; 64]) };
    let records = |n: usize| SyncRequest { records: vec![record.clone(); n], ..phone.request(Vec::new()) };
    let word =
        Standing { dossier: most.dossier, owner: PersonId::from_bytes([1; 16]), changes: vec![], events: vec![] };
    let word = word.signed(&phone.server, |_| Signature([1; 64]));
    let standings = |n: usize| {
        let after_restore = Some(AfterRestore { whole: false, standings: vec![word.clone(); n] });
        SyncRequest { after_restore, ..phone.request(Vec::new()) }
    };
    let too_many = (400, "too_many_changes");
    check(vec![
        ("257 changes", phone.sync(packed(&phone.request(vec![over]))), too_many),
        ("a dossier twice", phone.sync(packed(&phone.request(vec![most.clone(), most.clone()]))), too_many),
        ("a dossier without changes", phone.sync(packed(&phone.request(vec![empty]))), too_many),
        ("257 records", phone.sync(packed(&records(RECORDS_MAX + 1))), too_many),
        ("65 standings", phone.sync(packed(&standings(STANDINGS_MAX + 1))), too_many),
        ("64 standings", phone.sync(packed(&standings(STANDINGS_MAX))), (200, "")),
        ("256 records", phone.sync(packed(&records(RECORDS_MAX))), (200, "")),
    ]);
    let verdicts = phone.push(vec![most]);
    assert_eq!(verdicts, [vec![Verdict::Accepted; CHANGES_MAX]], "256 changes");
}

#[test]
fn a_push_is_signed_by_its_device_for_this_server() {
    let hub = Hub::start();
    let phone = Handset::of(&hub, "an", Key::numbered(1));
    let dossiers = vec![push_of(&phone.draft(1, &["An"]))];
    let honest = phone.request(dossiers.clone());
    let signed = |signature| phone.sync(packed(&SyncRequest { signature, ..honest.clone() }));
    let ours = message(&phone.server, &dossiers);
    let elsewhere = message(&ServerId::from_bytes([9; 16]), &dossiers);
    let mut other = honest.clone();
    let changes: Vec<Blob> = push_of(&phone.draft(1, &["Kẻ Lạ"])).changes;
    other.dossiers[0].changes = changes;
    let mut later = honest.clone();
    later.dossiers[0].epoch = 1;
    let invalid = (400, "signature_invalid");
    check(vec![
        ("no signature", signed(None), invalid),
        ("nonsense", signed(Some(Signature([0; 64]))), invalid),
        ("another key", signed(Some(Key::numbered(2).sign(&ours))), invalid),
        ("for another server", signed(Some(phone.key.sign(&elsewhere))), invalid),
        ("the high S", signed(Some(phone.key.sign_high(&ours))), invalid),
        ("other changes", phone.sync(packed(&other)), invalid),
        ("another epoch", phone.sync(packed(&later)), invalid),
    ]);
    assert_eq!(phone.push(dossiers), [[Verdict::Accepted]]);
}

#[test]
fn doubled_and_reordered_pushes_enter_once() {
    let hub = Hub::start();
    let phone = Handset::of(&hub, "an", Key::numbered(1));
    let draft = push_of(&phone.draft(1, &["Một", "Hai"]));
    let with = |changes: &[usize]| {
        vec![DossierPush { changes: changes.iter().map(|n| draft.changes[*n].clone()).collect(), ..draft.clone() }]
    };
    let early = Verdict::Refused("missing_dependency".into());
    assert_eq!(phone.push(with(&[1])), [[early.clone()]], "its beginning is not there yet");
    assert_eq!(phone.push(with(&[1, 0])), [[early, Verdict::Accepted]]);
    assert_eq!(
        phone.push(with(&[0, 0, 1, 1])),
        [[Verdict::Already, Verdict::Already, Verdict::Accepted, Verdict::Already]]
    );
    let body = packed(&phone.request(with(&[0, 1])));
    for _ in 0..2 {
        assert_eq!(said(&phone.sync(body.clone())).verdicts, [[Verdict::Already, Verdict::Already]]);
    }
}

#[test]
fn a_stranger_hears_of_a_dossier_what_is_heard_of_none() {
    let hub = Hub::start();
    let (owner, stranger) = (Handset::of(&hub, "an", Key::numbered(1)), Handset::of(&hub, "binh", Key::numbered(2)));
    let theirs = push_of(&owner.draft(1, &["An"]));
    assert_eq!(owner.push(vec![theirs.clone()]), [[Verdict::Accepted]]);
    let unopened = |n: u8| DossierPush { open: None, ..push_of(&stranger.draft(n, &["Kẻ Lạ"])) };
    let not_found = [[Verdict::Refused("not_found".into())]];
    assert_eq!(stranger.push(vec![push_of(&stranger.draft(1, &["Kẻ Lạ"]))]), not_found, "as if it were new");
    assert_eq!(stranger.push(vec![theirs]), not_found, "its owner's own changes");
    let hears = |n| {
        let mut answer = said(&stranger.sync(packed(&stranger.request(vec![unopened(n)]))));
        (answer.request, answer.beacon) = ([0; 16], dossier::time::Timestamp(0));
        answer
    };
    assert_eq!(hears(1), hears(77), "there and not there");
    assert!(hears(1).deltas.is_empty());
}
