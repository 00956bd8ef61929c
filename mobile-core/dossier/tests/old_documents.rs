//! Samples of every layout that ever left this code. They must read the same for ever: a new version of the document
//! library lands only when they do. A sample is added, never replaced.

use dossier::act::Act;
use dossier::admit::{Allow, Gate};
use dossier::document::{Document, genesis_hash, knows_layout};
use dossier::edit::{self, Edited};
use dossier::ids::{ActId, Actor, ContentHash, DossierId, PaperHash, Thumbprint};
use dossier::layout::{FieldKey, LAYOUT, PaperInfo, PaperKey, PaperKind, Projection, Value};
use dossier::wire::Blob;

const GENESIS: &[u8] = include_bytes!("samples/layout_1/genesis.document");
const CHANGE: &[u8] = include_bytes!("samples/layout_1/fields.change");
const DOCUMENT: &[u8] = include_bytes!("samples/layout_1/dossier.document");

const ID: DossierId = DossierId(uuid::Uuid::from_u128(0x0193_5a00_0000_7000_8000_0000_0000_0001));
const ACT: ActId = ActId(uuid::Uuid::from_u128(0x0193_5a00_0000_7000_8000_0000_0000_0002));

fn device(n: u8) -> Actor {
    Actor::of_device(&Thumbprint([n; 32]), &ID, 0)
}

fn paper() -> (PaperKey, PaperInfo) {
    let info = PaperInfo { kind: PaperKind::Jpeg, size: 12_345, name: "giấy khai sinh.jpg".into() };
    (PaperKey { component: "birth_certificate".into(), hash: PaperHash([3; 32]) }, info)
}

fn fields() -> Vec<(FieldKey, Option<Value>)> {
    let field = |key: &str, value: Value| (key.parse().unwrap(), Some(value));
    vec![
        field("full_name", "Nguyễn Thị Hồng Ánh".into()),
        field("copies", Value::Number(3)),
        field("child/1/married", Value::YesNo(false)),
    ]
}

/// The story that the samples hold: fields, two devices that disagree, a paper, an act.
fn story() -> (Document, Document, Edited) {
    let genesis = Document::genesis(LAYOUT, &ID);
    let mut doc = genesis.clone();
    let first = edit::set_fields(&mut doc, device(1), &fields()).unwrap();
    let mut other = doc.clone();
    let copies = |n| [("copies".parse().unwrap(), Some(Value::Number(n)))];
    edit::set_fields(&mut doc, device(1), &copies(4)).unwrap();
    edit::set_fields(&mut other, device(2), &copies(5)).unwrap();
    doc.apply(&other.changes_since(&doc.heads())).unwrap();
    let (key, info) = paper();
    edit::attach_paper(&mut doc, device(1), &key, &info).unwrap();
    edit::act(&mut doc, device(1), &ACT, &Act::Supplement(ContentHash([8; 32]))).unwrap();
    (genesis, doc, first)
}

fn told() -> Projection {
    let mut projection = Projection::default();
    for (key, value) in fields() {
        projection.form.insert(key, vec![value.unwrap()]);
    }
    // The actor of the higher bytes is the one that is shown.
    let (shown, kept) = if device(1) > device(2) { (4, 5) } else { (5, 4) };
    projection.form.insert("copies".parse().unwrap(), vec![Value::Number(shown), Value::Number(kept)]);
    projection.papers.extend([paper()]);
    projection.acts.insert(ACT, Act::Supplement(ContentHash([8; 32])));
    projection
}

#[test]
fn genesis_has_the_same_hash_on_every_device_and_for_ever() {
    let sample = Document::load(GENESIS).unwrap();
    assert!(knows_layout(1) && sample.is_of(1, &ID));
    assert_eq!(sample.heads(), Document::genesis(1, &ID).heads());
    assert_eq!(sample.heads(), [genesis_hash(1, &ID)]);
    assert_eq!(genesis_hash(1, &ID).to_string(), "2e4dd039e4d9892648c65eda2c5953cb77f35a91c3bfba99b1b083af31a6220b");
    assert_eq!(sample.project(), Projection::default());
    assert!(sample.changes().is_empty(), "genesis is never sent");
}

#[test]
fn an_edit_makes_the_bytes_that_it_always_made() {
    let (genesis, _, first) = story();
    assert_eq!(first.bytes.0, CHANGE);
    let anything = Allow { form: true, papers: true, acts: true, draft: true, field: &|_| true, component: &|_| true };
    let mut gate = Gate::new(genesis);
    let judged = gate.judge(CHANGE, &device(1), &anything).expect("an old change is still admitted");
    assert_eq!(judged.hash, first.hash);
}

#[test]
fn an_old_document_loads_reads_the_same_and_goes_on() {
    let (_, today, _) = story();
    let mut old = Document::load(DOCUMENT).unwrap();
    assert_eq!(old.project(), told());
    assert_eq!(old.heads(), today.heads());
    let mut phone = Document::genesis(1, &ID);
    phone.apply(&old.changes()).unwrap();
    assert_eq!(phone.project(), told());
    edit::set_fields(&mut old, device(3), &fields()).expect("disagreeing copies are settled");
    let Blob(bytes) = old.changes().pop().unwrap();
    phone.apply(&[Blob(bytes)]).unwrap();
    assert_eq!(phone.project().form[&"copies".parse().unwrap()], [Value::Number(3)]);
}
