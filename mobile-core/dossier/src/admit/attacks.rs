//! Every cheat that was tried on the document library, each refused under its own code before the library can be hurt.

use super::honest::{ANYTHING, act_id, device, dossier};
use super::{Allow, DOSSIER_CHANGES_MAX, DOSSIER_OPERATIONS_MAX, Gate, Judged, Refusal};
use crate::act::Act;
use crate::document::{Document, parse};
use crate::edit::{self, Edited};
use crate::ids::{Actor, ChangeHash, ContentHash, PaperHash};
use crate::layout::{LAYOUT, PaperInfo, PaperKey, PaperKind, Value};
use crate::prescan::{hash_of, prescan};
use allocation_counter::measure;
use automerge::legacy::{ElementId, Key, MarkData, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, Automerge, Change, ExpandedChange, ObjType, ScalarValue};
use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};

mod encoding;
mod headers;
mod operations;
mod writes;

/// A dossier in which the attacker (device 1) and another (device 2) have written.
pub(super) fn lived_in() -> Document {
    let mut doc = Document::genesis(LAYOUT, &dossier(1));
    set(&mut doc, device(1), "name", "An");
    set(&mut doc, device(2), "name", "Bình");
    set(&mut doc, device(2), "city", "Huế");
    let info = PaperInfo { kind: PaperKind::Pdf, size: 9, name: "a.pdf".into() };
    edit::attach_paper(&mut doc, device(2), &paper_key(), &info).unwrap();
    edit::act(&mut doc, device(2), &act_id(1), &act()).unwrap();
    doc
}

pub(super) fn set(doc: &mut Document, actor: Actor, key: &str, text: &str) -> Edited {
    edit::set_fields(doc, actor, &[(key.parse().unwrap(), Some(text.into()))]).unwrap()
}

fn act() -> Act {
    Act::Supplement(ContentHash([1; 32]))
}

fn paper_key() -> PaperKey {
    PaperKey { component: "photo".into(), hash: PaperHash([5; 32]) }
}

/// An honest change of device 1 on top of a dossier, opened up, altered, and closed again in the library's encoding.
pub(super) fn craft(doc: &Document, alter: impl FnOnce(&mut ExpandedChange)) -> Vec<u8> {
    let mut copy = doc.clone();
    let honest = set(&mut copy, device(1), "name", "Cúc");
    let mut expanded = parse(&honest.bytes.0).unwrap().unwrap().decode();
    alter(&mut expanded);
    Change::from(expanded).raw_bytes().to_vec()
}

fn with_operations(doc: &Document, operations: impl IntoIterator<Item = Op>) -> Vec<u8> {
    craft(doc, |change| change.operations = operations.into_iter().collect())
}

fn map(counter: u64) -> ObjectId {
    ObjectId::Id(OpId(counter, ActorId::from(Actor::of_genesis(LAYOUT, &dossier(1)).0)))
}

fn op(action: OpType, obj: ObjectId, key: &str, pred: Vec<OpId>) -> Op {
    Op { action, obj, key: Key::Map(key.into()), pred: pred.into(), insert: false }
}

fn put(obj: ObjectId, key: &str, value: impl Into<ScalarValue>) -> Op {
    op(OpType::Put(value.into()), obj, key, vec![])
}

fn judge(doc: &Document, bytes: &[u8]) -> Result<(), Refusal> {
    judge_within(doc, bytes, &ANYTHING)
}

/// Judges, and sees that a refusal leaves no trace: the next honest change enters.
fn judge_within(doc: &Document, bytes: &[u8], allow: &Allow<'_>) -> Result<(), Refusal> {
    let mut gate = Gate::new(doc.clone());
    let refusal = judge_measured(&mut gate, bytes, allow).map(|_| ());
    assert!(!gate.has(&hash_of(bytes)) || refusal == Err(Refusal::Already));
    let next = set(&mut doc.clone(), device(1), "name", "next");
    let judged = gate.judge(&next.bytes.0, &device(1), &ANYTHING).expect("an honest change after a refused one");
    gate.keep(judged);
    gate.trial().expect("and it merges");
    refusal
}

/// Judges a change of device 1, and sees that this costs no more than the change and the dossier are.
pub(super) fn judge_measured(gate: &mut Gate, bytes: &[u8], allow: &Allow<'_>) -> Result<Judged, Refusal> {
    let (before, changes) = (gate.examined(), gate.index.changes() as u64);
    let (operations, predecessors) = counts(bytes);
    let mut judged = None;
    let cost = measure(|| judged = Some(gate.judge(bytes, &device(1), allow)));
    // One look at each operation and predecessor, and at most one walk over the changes of the dossier.
    let examined = gate.examined() - before;
    assert!(examined <= operations + predecessors + changes, "{examined} operations examined");
    let most = match prescan(bytes) {
        Ok(_) => 4_096 + 16 * bytes.len() as u64 + 1_024 * operations + 256 * predecessors + 4 * changes,
        Err(_) => 1_024,
    };
    assert!(cost.bytes_total <= most, "{} bytes allocated, more than {most}", cost.bytes_total);
    judged.expect("it was judged")
}

/// The operations and predecessors of a change. One that the prescan refuses is not looked into, so it has none.
fn counts(bytes: &[u8]) -> (u64, u64) {
    let Ok(header) = prescan(bytes) else { return (0, 0) };
    let change = parse(bytes).ok().flatten();
    let expanded = change.and_then(|change| catch_unwind(AssertUnwindSafe(|| change.decode())).ok());
    let predecessors = expanded.map_or(0, |change| change.operations.iter().map(|op| op.pred.len()).sum());
    (header.operations, predecessors as u64)
}

const FORM: u64 = 1;
const PAPERS: u64 = 2;
const ACTS: u64 = 3;

/// What the library alone does with a change that `judge` refuses.
fn library_alone(doc: &Document, bytes: &[u8]) -> &'static str {
    let change = Change::try_from(bytes).unwrap();
    let mut copy: Automerge = doc.inner.clone();
    let before = copy.get_heads();
    match catch_unwind(AssertUnwindSafe(|| copy.apply_changes([change]).map(|()| copy))) {
        Err(_) => "panics",
        Ok(Err(_)) => "refuses",
        Ok(Ok(copy)) if copy.get_heads() == before => "keeps it unseen",
        Ok(Ok(copy)) => {
            let saved = copy.save();
            match catch_unwind(|| Automerge::load(&saved).is_ok()) {
                Ok(true) => "takes it",
                _ => "saves and never loads",
            }
        }
    }
}

fn check(doc: &Document, cases: Vec<(&str, Vec<u8>, Refusal)>) {
    for (what, bytes, refusal) in cases {
        assert_eq!(judge(doc, &bytes), Err(refusal), "{what}");
    }
}

fn genesis_op(counter: u64) -> OpId {
    OpId(counter, ActorId::from(Actor::of_genesis(LAYOUT, &dossier(1)).0))
}

fn first_pred(bytes: &[u8]) -> OpId {
    Change::try_from(bytes).unwrap().decode().operations[0].pred.get(0).unwrap().clone()
}

fn first_op(bytes: &[u8]) -> u64 {
    Change::try_from(bytes).unwrap().start_op().get()
}

pub(super) fn fix_checksum(bytes: &mut [u8]) {
    if bytes.len() > 8 {
        let hash = hash_of(bytes);
        bytes[4..8].copy_from_slice(&hash.0[..4]);
    }
}

/// The two bytes of a chunk's length between 128 and 16,382, one higher.
fn longer_by_one([low, high]: [u8; 2]) -> [u8; 2] {
    let length = u16::from(low & 0x7f) + u16::from(high) * 128 + 1;
    [(length % 128) as u8 | 0x80, (length / 128) as u8]
}
