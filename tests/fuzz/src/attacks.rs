//! Attacks that are known, as changes of the attacker's phone on the first stage: what one would begin from. That each is
//! refused, and under which code, is asserted by the gate's own tests.

use crate::chunk::{Columns, bytes, columns, signed, unsigned, with_columns};
use crate::forge::{change_of, repair};
use crate::stage::{ACTS, Basis, FORM, PAPERS, Stage, act_id, device, genesis_actor, paper_key};
use automerge::legacy::{ElementId, Key, MarkData, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, ChangeHash, ExpandedChange, ObjType, ScalarValue};
use dossier::act::Act;
use dossier::ids::ContentHash;
use std::num::NonZeroU64;

const KEY: u64 = 0x15;
const INSERT: u64 = 0x34;
const ACTION: u64 = 0x42;
const VALUE_KIND: u64 = 0x56;
const PREDECESSORS: u64 = 0x70;

pub fn all(stage: &Stage) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = bombs(&stage.basis);
    all.extend(headers(stage).into_iter().map(|(name, change)| (name, bytes(&change))));
    all.extend(operations(&stage.basis).into_iter().map(|(name, ops)| (name, bytes(&change_of(&stage.basis, ops)))));
    all.push(("a deflated chunk", deflated()));
    all.push(("a document", stage.server.save()));
    all
}

/// Bytes that claim far more than they are.
fn bombs(basis: &Basis) -> Vec<(&'static str, Vec<u8>)> {
    let change = change_of(basis, vec![put(FORM, "k", "v")]);
    let with = |spec: u64, column: Vec<u8>| {
        let mut all = columns(&change);
        all.retain(|(at, _)| *at != spec);
        all.push((spec, column));
        all.sort();
        with_columns(&change, all)
    };
    let run = |count: i64, value: u64| {
        let mut out = Vec::new();
        signed(&mut out, count);
        unsigned(&mut out, value);
        out
    };
    let text = |count: i64, length: usize| [run(count, length as u64), vec![b'k'; length]].concat();
    let million_millions = 1_000_000_000_000;
    let puts = |count: i64| -> Vec<u8> {
        let mut rows = Vec::new();
        unsigned(&mut rows, count as u64);
        let all: Columns = vec![
            (KEY, text(count, 1)),
            (INSERT, rows),
            (ACTION, run(count, 1)),
            (VALUE_KIND, run(count, 0)),
            (PREDECESSORS, run(count, 0)),
        ];
        with_columns(&change, all)
    };
    let predecessors = |count: i64| {
        let mut all = columns(&change);
        all.retain(|(at, _)| *at != PREDECESSORS);
        let mut steps = Vec::new();
        signed(&mut steps, count);
        signed(&mut steps, 0);
        all.extend([(PREDECESSORS, run(1, count as u64)), (0x71, run(count, 0)), (0x73, steps)]);
        all.sort();
        with_columns(&change, all)
    };
    vec![
        ("2,000 operations", puts(2_000)),
        ("2,001 operations", puts(2_001)),
        ("10^6 operations", puts(1_000_000)),
        ("10^12 operations", puts(million_millions)),
        ("4,000 predecessors", predecessors(4_000)),
        ("10^7 predecessors", predecessors(10_000_000)),
        ("2^64 predecessors", with(PREDECESSORS, run(1, u64::MAX))),
        ("a value of 2^60 bytes", with(VALUE_KIND, run(1, u64::MAX))),
        ("10^12 keys", with(KEY, text(million_millions, 1))),
        ("a long key", with(KEY, text(1, 121))),
        ("runs that overflow", with(ACTION, [run(i64::MAX, 1), run(i64::MAX, 1), run(i64::MAX, 1)].concat())),
        ("many literals", with(ACTION, [vec![0x9c, 0x7f], vec![1; 8]].concat())),
        ("a deflated column", with(KEY | 8, vec![1, 2, 3])),
        ("a column of another kind", with(0xf7, vec![1, 2, 3])),
        ("an actor that is not named", with(0x01, run(1, 7))),
        ("an object's counter of 40 bits", with(0x02, run(1, 1 << 40))),
    ]
}

/// Lies about who wrote it, when, and on top of what.
fn headers(stage: &Stage) -> Vec<(&'static str, ExpandedChange)> {
    let basis = &stage.basis;
    let altered = |name: &'static str, alter: &dyn Fn(&mut ExpandedChange)| {
        let mut change = change_of(basis, vec![put(FORM, "k", "v")]);
        alter(&mut change);
        (name, change)
    };
    let start = |at: u64| move |c: &mut ExpandedChange| c.start_op = NonZeroU64::new(at).unwrap_or(NonZeroU64::MIN);
    let max = u64::from(u32::MAX);
    let forgets = |c: &mut ExpandedChange| {
        c.deps = stage.changes.last().map(|genesis| ChangeHash(genesis.0)).into_iter().collect();
        c.start_op = NonZeroU64::new(4).unwrap_or(NonZeroU64::MIN);
    };
    vec![
        altered("an honest change", &|_| {}),
        altered("another's actor", &|c| c.actor_id = ActorId::from(device(2).0)),
        altered("genesis's actor", &|c| c.actor_id = genesis_actor()),
        altered("an actor of 4 bytes", &|c| c.actor_id = ActorId::from([1u8; 4])),
        altered("an orphan", &|c| c.deps = vec![ChangeHash([9; 32])]),
        altered("a dependency twice", &|c| c.deps.push(c.deps[0])),
        altered("33 dependencies", &|c| c.deps = (0..33).map(|n| ChangeHash([n; 32])).collect()),
        altered("without dependencies", &|c| c.deps.clear()),
        altered("forgets its own previous change", &forgets),
        altered("the last number again", &|c| c.seq -= 1),
        altered("number 0", &|c| c.seq = 0),
        altered("a number too high", &|c| c.seq += 4),
        altered("operations from the past", &start(4)),
        altered("operations from the future", &start(500)),
        altered("the last operation of all", &start(max)),
        altered("a counter at the limit", &start(1 << 24)),
        altered("a message", &|c| c.message = Some("hello".into())),
        altered("a time", &|c| c.time = 1),
        altered("extra bytes", &|c| c.extra_bytes = vec![9; 40]),
        altered("an author", &|c| c.extra_bytes = vec![1, 1, 7]),
    ]
}

/// Operations outside the flat alphabet, or that refer to what they must not.
fn operations(basis: &Basis) -> Vec<(&'static str, Vec<Op>)> {
    let own = |back: u64| ObjectId::Id(OpId(basis.start_op + back, ActorId::from(device(1).0)));
    let of = |map: u64, key: &str| basis.values.get(&(map, key.to_owned())).cloned().unwrap_or_default();
    let act = || Act::Supplement(ContentHash([1; 32])).to_text();
    let make = |kind| OpType::Make(kind);
    let at = |obj: ObjectId, op: Op| Op { obj, ..op };
    let with = |action: OpType, pred: Vec<OpId>| Op { action, pred: pred.into(), ..put(FORM, "name", "v") };
    let listed = |key: Key| Op { key, insert: true, ..put(FORM, "k", "v") };
    let mark = OpType::MarkBegin(MarkData { name: "b".into(), value: true.into(), expand: true });
    let ghost = OpId(4, ActorId::from(device(9).0));
    let (paper, first, second) = (paper_key(1).to_string(), act_id(1).to_string(), act_id(2).to_string());
    vec![
        ("a root key", vec![at(ObjectId::Root, put(FORM, "x", 1))]),
        ("a root map replaced", vec![at(ObjectId::Root, Op { action: make(ObjType::Map), ..put(FORM, "acts", 1) })]),
        (
            "a root map deleted",
            vec![at(
                ObjectId::Root,
                Op { action: OpType::Delete, pred: vec![OpId(ACTS, genesis_actor())].into(), ..put(FORM, "acts", 1) },
            )],
        ),
        ("a field and a root key", vec![put(FORM, "a", 1), at(ObjectId::Root, put(FORM, "acts", 1))]),
        (
            "levels",
            (0..50)
                .map(|n| Op {
                    action: make(ObjType::Map),
                    obj: if n == 0 { map(FORM) } else { own(n - 1) },
                    ..put(FORM, "d", 1)
                })
                .collect(),
        ),
        ("an object inside itself", vec![at(own(0), Op { action: make(ObjType::Map), ..put(FORM, "d", 1) })]),
        ("an object made later", vec![at(own(1), put(FORM, "k", "v")), with(make(ObjType::Map), vec![])]),
        ("a map key in a list", vec![with(make(ObjType::List), vec![]), at(own(0), put(FORM, "q", 1))]),
        ("an object that nobody made", vec![at(ObjectId::Id(ghost.clone()), put(FORM, "k", "v"))]),
        ("a fourth map", vec![put(4, "k", "v")]),
        ("an element of a list", vec![listed(Key::head())]),
        ("after an unknown element", vec![listed(Key::Seq(ElementId::Id(ghost.clone())))]),
        ("an insertion under a key", vec![Op { insert: true, ..put(FORM, "k", "v") }]),
        ("an increment", vec![with(OpType::Increment(5), of(FORM, "name"))]),
        ("a counter", vec![put(FORM, "n", ScalarValue::counter(1))]),
        ("a mark", vec![with(mark, vec![])]),
        ("the end of a mark", vec![with(OpType::MarkEnd(false), vec![])]),
        ("null", vec![put(FORM, "n", ScalarValue::Null)]),
        ("an unsigned number", vec![put(FORM, "n", 1u64)]),
        ("a fraction", vec![put(FORM, "n", 1.5)]),
        ("bytes", vec![put(FORM, "n", vec![1u8])]),
        ("a time", vec![put(FORM, "n", ScalarValue::Timestamp(1))]),
        ("a kind that nobody knows", vec![put(FORM, "n", ScalarValue::Unknown { type_code: 12, bytes: vec![1] })]),
        ("one key twice", vec![put(FORM, "k", "v"), put(FORM, "k", "w")]),
        ("a predecessor of another key", vec![with(OpType::Put("v".into()), of(FORM, "city"))]),
        ("a predecessor of another map", vec![Op { pred: of(FORM, "name").into(), ..put(PAPERS, &paper, "pdf 1 b") }]),
        ("an operation of genesis", vec![with(OpType::Put("v".into()), vec![OpId(FORM, genesis_actor())])]),
        ("an unknown predecessor", vec![with(OpType::Put("v".into()), vec![ghost])]),
        ("a predecessor twice", vec![with(OpType::Put("v".into()), [of(FORM, "name"), of(FORM, "name")].concat())]),
        ("a deletion of nothing", vec![with(OpType::Delete, vec![])]),
        ("an honest field", vec![with(OpType::Put("v".into()), of(FORM, "name"))]),
        ("an honest deletion", vec![with(OpType::Delete, of(FORM, "name"))]),
        ("an honest paper", vec![Op { pred: of(PAPERS, &paper).into(), ..put(PAPERS, &paper, "pdf 1 b") }]),
        ("a paper's line that is none", vec![put(PAPERS, &paper, "exe 9 a.exe")]),
        ("an honest act", vec![put(ACTS, &second, act())]),
        ("an act with a field", vec![put(ACTS, &second, act()), put(FORM, "k", "v")]),
        ("an act again", vec![put(ACTS, &first, act())]),
        ("an act replaced", vec![Op { pred: of(ACTS, &first).into(), ..put(ACTS, &first, act()) }]),
        ("an act deleted", vec![Op { action: OpType::Delete, pred: of(ACTS, &first).into(), ..put(ACTS, &first, 1) }]),
        ("nothing at all", vec![]),
    ]
}

/// A chunk of the kind that the library inflates without a limit; what it holds is not looked at.
fn deflated() -> Vec<u8> {
    let mut chunk = vec![0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 2, 0];
    chunk.extend([0xed, 0xc0, 0x81, 0x00, 0x00, 0x00, 0x00, 0x80]);
    repair(&mut chunk);
    chunk
}

fn map(counter: u64) -> ObjectId {
    ObjectId::Id(OpId(counter, genesis_actor()))
}

fn put(at: u64, key: &str, value: impl Into<ScalarValue>) -> Op {
    let action = OpType::Put(value.into());
    Op { action, obj: map(at), key: Key::Map(key.into()), pred: vec![].into(), insert: false }
}
