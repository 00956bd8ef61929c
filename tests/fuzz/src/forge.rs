//! Changes as a script tells them: at first what an honest phone would write, then altered, in their operations, their
//! header, or their bytes.

use crate::chunk;
use crate::script::Script;
use crate::stage::{ACTS, Basis, FORM, PAPERS, Stage, act_id, device, genesis_actor, paper_key};
use automerge::legacy::{ElementId, Key, MarkData, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, ExpandedChange, ObjType, ScalarValue};
use dossier::act::{Act, DeliveryChoice};
use dossier::ids::ContentHash;
use dossier::layout::{PaperInfo, PaperKind};
use dossier::prescan::hash_of;
use std::num::NonZeroU64;

/// One change's bytes, and whether it is as an honest phone would write it.
pub fn change(script: &mut Script<'_>, stage: &Stage, basis: &Basis) -> (Vec<u8>, bool) {
    let (change, honest) = told(script, stage, basis);
    let mut bytes = chunk::bytes(&change);
    let flips = few(script);
    for _ in 0..flips {
        alter_bytes(script, &mut bytes);
    }
    if flips > 0 {
        repair(&mut bytes);
    }
    (bytes, honest && flips == 0)
}

/// The change as the script tells it, before its bytes are altered.
pub fn told(script: &mut Script<'_>, stage: &Stage, basis: &Basis) -> (ExpandedChange, bool) {
    let mut change = honest(script, basis);
    let as_it_was = change.clone();
    for _ in 0..[1, 2, 1, 2, 1, 3, 4, 0][script.pick(8)] {
        alter(script, &mut change, stage);
    }
    let honest = change == as_it_was;
    (change, honest)
}

/// Mostly none.
fn few(script: &mut Script<'_>) -> usize {
    match script.byte() {
        byte @ 144.. => 1 + usize::from(byte) % 3,
        _ => 0,
    }
}

const KEYS: [&str; 8] = ["name", "city", "age", "child/0/name", "child/1/name", "applicant_name", "story", "k"];

fn honest(script: &mut Script<'_>, basis: &Basis) -> ExpandedChange {
    let count = match script.byte() {
        255 => 20 + script.pick(100),
        254 => 20,
        byte => [1, 2, 1, 3, 1, 2, 4, 1][usize::from(byte) % 8],
    };
    let mut operations: Vec<Op> = Vec::new();
    for n in 0..count {
        let op = operation(script, basis, n, count == 1);
        if !operations.iter().any(|other| other.key == op.key) {
            operations.push(op);
        }
    }
    change_of(basis, operations)
}

/// A change that stands where an honest one would.
pub fn change_of(basis: &Basis, operations: Vec<Op>) -> ExpandedChange {
    ExpandedChange {
        operations,
        actor_id: ActorId::from(device(1).0),
        hash: None,
        seq: basis.seq,
        start_op: NonZeroU64::new(basis.start_op).expect("a basis stands on genesis"),
        time: 0,
        message: None,
        deps: basis.deps.iter().map(|d| automerge::ChangeHash(d.0)).collect(),
        extra_bytes: Vec::new(),
        author: None,
    }
}

fn operation(script: &mut Script<'_>, basis: &Basis, n: usize, alone: bool) -> Op {
    let kind = script.pick(16);
    let (map, key) = match kind {
        0..=8 => (FORM, script.of(&KEYS).to_string()),
        9 => (FORM, format!("k{n}")),
        10 => (FORM, script.text()),
        11..=13 => (PAPERS, paper_key(script.byte() % 3).to_string()),
        _ if alone => (ACTS, act_id(2 + script.byte() % 8).to_string()),
        _ => (FORM, format!("child/{n}/age")),
    };
    let pred = basis.values.get(&(map, key.clone())).cloned().unwrap_or_default();
    let clears = matches!(kind, 7 | 8 | 13) && !pred.is_empty();
    let action = if clears { OpType::Delete } else { OpType::Put(value(script, map)) };
    let obj = ObjectId::Id(OpId(map, genesis_actor()));
    Op { action, obj, key: Key::Map(key.into()), pred: pred.into(), insert: false }
}

fn value(script: &mut Script<'_>, map: u64) -> ScalarValue {
    let byte = script.byte();
    match map {
        PAPERS => {
            let kind = [PaperKind::Jpeg, PaperKind::Png, PaperKind::Pdf][usize::from(byte) % 3];
            PaperInfo { kind, size: 1 + u32::from(byte), name: "a b.jpg".into() }.to_text().into()
        }
        ACTS => act(script, byte).to_text().into(),
        _ => match byte % 12 {
            0 => "An".into(),
            1 => "".into(),
            2 => "Hải Phòng ".repeat(usize::from(byte) / 32).into(),
            3 => "x".repeat(if script.byte() == 7 { 9_999 } else { usize::from(byte) }).into(),
            4 => script.text().into(),
            5 => ScalarValue::Int(i64::from(byte)),
            6 => ScalarValue::Int(i64::MIN),
            7 => ScalarValue::Int(i64::MAX),
            8 => ScalarValue::Int(-i64::from(script.byte())),
            9 => ScalarValue::Boolean(true),
            10 => ScalarValue::Boolean(false),
            _ => "Cúc".into(),
        },
    }
}

fn act(script: &mut Script<'_>, byte: u8) -> Act {
    match byte % 4 {
        0 => Act::Supplement(ContentHash([byte; 32])),
        1 => Act::Withdraw(script.text()),
        2 => Act::ChooseDelivery(DeliveryChoice::AtCounter),
        _ => Act::Submit(
            ContentHash([byte; 32]),
            dossier::procedure::Catalogue::built_in().units()[0].code.clone(),
            None,
        ),
    }
}

/// The cheats that were tried on the document library, and what lies between them.
fn alter(script: &mut Script<'_>, change: &mut ExpandedChange, stage: &Stage) {
    let what = script.pick(32);
    let id = id(script, change, stage);
    let count = change.operations.len().max(1);
    let (at, other) = (script.place(count), script.place(count));
    let own = |back: u64| OpId(change.start_op.get().saturating_add(back), change.actor_id.clone());
    let (first, next) = (own(0), own(1));
    let other = change.operations.get(other).cloned();
    if let (Some(op), Some(other)) = (change.operations.get_mut(at), other) {
        match what {
            0 => op.obj = ObjectId::Id(id),
            1 => op.obj = ObjectId::Id(OpId(1 + script.byte() as u64 % 4, genesis_actor())),
            2 => op.obj = ObjectId::Root,
            3 => op.key = other.key,
            4 => op.key = Key::Seq(if script.byte().is_multiple_of(2) { ElementId::Head } else { ElementId::Id(id) }),
            5 => op.key = Key::Map(script.text().into()),
            6 => op.pred = vec![id].into(),
            7 => op.pred = op.pred.iter().cloned().chain([id]).collect(),
            8 => op.pred = other.pred,
            9 => op.pred = Vec::new().into(),
            10 => op.pred = vec![id; script.pick(20) * script.pick(20)].into(),
            11 => op.insert = !op.insert,
            12 => op.action = other.action,
            13 => op.action = action(script),
            14 => op.action = OpType::Put(scalar(script)),
            15 => op.action = OpType::Delete,
            16 => op.obj = ObjectId::Id(if script.byte().is_multiple_of(2) { first } else { next }),
            17 => change.operations.insert(at, other),
            18 => drop(change.operations.remove(at)),
            19 => change.operations.swap(at, count - 1),
            20 => {
                let count = if script.byte() > 250 { 2_001 } else { 2 };
                change.operations.extend(vec![Op { action: OpType::Put(true.into()), ..other }; count]);
            }
            21 => op.pred = stage.operations.iter().take(script.pick(64)).cloned().collect::<Vec<_>>().into(),
            _ => {}
        }
    }
    header(script, what, change, stage);
}

fn header(script: &mut Script<'_>, what: usize, change: &mut ExpandedChange, stage: &Stage) {
    let hash = |script: &mut Script<'_>| automerge::ChangeHash(script.of(&stage.changes).0);
    match what {
        22 => change.start_op = NonZeroU64::new(start_op(script, change.start_op.get())).unwrap_or(NonZeroU64::MIN),
        23 => change.seq = [0, 1, change.seq.saturating_add(1), change.seq.saturating_sub(1), u64::MAX][script.pick(5)],
        24 => change.deps = (0..script.pick(4)).map(|_| hash(script)).collect(),
        25 => change.deps.push(hash(script)),
        26 => {
            change.deps = (0..script.pick(40)).map(|n| automerge::ChangeHash([n as u8; 32])).collect();
        }
        27 => change.actor_id = ActorId::from(device(script.byte() % 5).0),
        28 => change.actor_id = ActorId::from(vec![7; script.pick(20)]),
        29 => change.time = i64::from(script.byte()),
        30 => change.message = Some(script.text()),
        31 => change.extra_bytes = script.text().into_bytes(),
        _ => {}
    }
}

fn start_op(script: &mut Script<'_>, now: u64) -> u64 {
    let max = u64::from(u32::MAX);
    [
        1,
        4,
        now.saturating_sub(1),
        now.saturating_add(1),
        now.saturating_add(script.byte().into()),
        max,
        max - 2,
        1 << 24,
        u64::MAX >> 1,
    ][script.pick(9)]
}

fn id(script: &mut Script<'_>, change: &ExpandedChange, stage: &Stage) -> OpId {
    match script.byte() {
        byte @ 0..16 => OpId(change.start_op.get().saturating_add(u64::from(byte)), change.actor_id.clone()),
        byte @ 16..32 => OpId(u64::from(byte - 16), ActorId::from(device(script.byte() % 5).0)),
        32 => OpId(u64::from(u32::MAX) + u64::from(script.byte()), ActorId::from(device(1).0)),
        _ => stage.operations[script.place(stage.operations.len())].clone(),
    }
}

fn action(script: &mut Script<'_>) -> OpType {
    let kinds = [ObjType::Map, ObjType::List, ObjType::Text, ObjType::Table];
    match script.pick(7) {
        0..=3 => OpType::Make(*script.of(&kinds)),
        4 => OpType::Increment(i64::from(script.byte())),
        5 => OpType::MarkEnd(script.byte().is_multiple_of(2)),
        _ => OpType::MarkBegin(MarkData {
            name: "b".into(),
            value: scalar(script),
            expand: script.byte().is_multiple_of(2),
        }),
    }
}

fn scalar(script: &mut Script<'_>) -> ScalarValue {
    match script.pick(9) {
        0 => ScalarValue::Null,
        1 => ScalarValue::Uint(u64::from(script.byte()) << 57),
        2 => ScalarValue::F64(f64::from_bits(u64::from_le_bytes(std::array::from_fn(|_| script.byte())))),
        3 => ScalarValue::Timestamp(i64::from(script.byte())),
        4 => ScalarValue::counter(i64::from(script.byte())),
        5 => ScalarValue::Bytes(script.text().into_bytes()),
        6 => "ệ".repeat(if script.byte() > 240 { 9_990 + script.pick(20) } else { 30 }).into(),
        7 => ScalarValue::Unknown { type_code: 10 + script.byte() % 6, bytes: script.text().into_bytes() },
        _ => script.text().into(),
    }
}

fn alter_bytes(script: &mut Script<'_>, bytes: &mut Vec<u8>) {
    // Behind magic, checksum, kind and the length, which is repaired.
    let what = script.pick(8);
    let at = 10 + script.place(bytes.len().saturating_sub(10));
    let Some(byte) = bytes.get_mut(at) else { return };
    match what {
        0 => *byte ^= 1 << script.pick(8),
        1 => *byte = script.byte(),
        2 => *byte = byte.wrapping_add(1),
        3 => *byte = byte.wrapping_sub(1),
        4 => *byte = [0, 1, 0x7f, 0x80, 0xff, 0x40][script.pick(6)],
        5 => bytes.insert(at, script.byte()),
        6 => drop(bytes.remove(at)),
        // Other kinds of chunk, and columns said to be deflated.
        _ => {
            let (at, other) = (10 + script.place(bytes.len() - 10), at);
            bytes.swap(at, other);
        }
    }
}

/// Gives a chunk its right length and checksum, so that it is read further than those.
pub fn repair(bytes: &mut Vec<u8>) {
    let Some(length_end) = bytes.iter().skip(9).position(|b| b & 0x80 == 0).map(|n| 10 + n) else { return };
    let mut length = bytes.len() - length_end;
    let mut spelled = Vec::new();
    while length >= 0x80 {
        spelled.push(length as u8 | 0x80);
        length >>= 7;
    }
    spelled.push(length as u8);
    bytes.splice(9..length_end, spelled);
    let hash = hash_of(bytes);
    bytes[4..8].copy_from_slice(&hash.0[..4]);
}
