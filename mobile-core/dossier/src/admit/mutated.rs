//! Changes altered at random, with their checksum repaired: whatever the gate admits applies, saves, loads, reads the
//! same, and takes the next honest edit; nothing panics, and no change costs more than it is. `HOSO_LOOP_SECONDS` makes it minutes.

use super::attacks::{fix_checksum, judge_measured, lived_in, set};
use super::honest::{ANYTHING, device, loop_time};
use super::{Gate, Refusal};
use crate::document::Document;
use crate::edit;
use crate::layout::Value;
use automerge::legacy::{ElementId, Key, ObjectId, OpId, OpType};
use automerge::{ActorId, Change, ExpandedChange, ObjType, ScalarValue};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};
use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// A dossier in which two devices disagree, and an honest change of the first that settles one field, sets others and
/// clears one.
fn stage() -> (Document, Vec<u8>) {
    let mut doc = lived_in();
    let mut other = doc.clone();
    set(&mut doc, device(1), "name", "Một");
    set(&mut other, device(2), "name", "Hai");
    doc.apply(&other.changes_since(&doc.heads())).unwrap();
    let mut phone = doc.clone();
    let field = |key: &str, value: Option<Value>| (key.parse().unwrap(), value);
    let values = [
        field("name", Some("Ba".into())),
        field("city", None),
        field("age", Some(Value::Number(41))),
        field("child/0/name", Some("Tư".into())),
        field("married", Some(Value::YesNo(true))),
    ];
    let edited = edit::set_fields(&mut phone, device(1), &values).unwrap();
    (doc, edited.bytes.0)
}

#[test]
fn bytes_altered_at_random_never_hurt() {
    let mut rng = StdRng::seed_from_u64(1);
    run("bytes", 1, 20_000, |honest, _| {
        let mut bytes = honest.to_vec();
        for _ in 0..rng.random_range(1..4) {
            alter_byte(&mut rng, &mut bytes);
        }
        fix_checksum(&mut bytes);
        Some(bytes)
    });
}

#[test]
fn operations_altered_at_random_never_hurt() {
    let mut rng = StdRng::seed_from_u64(2);
    run("operations", 2, 5_000, |honest, doc| {
        let mut change = Change::try_from(honest).unwrap().decode();
        for _ in 0..rng.random_range(1..4) {
            alter_change(&mut rng, &mut change, doc);
        }
        // The library's own encoder does not take everything that can be said.
        catch_unwind(AssertUnwindSafe(|| Change::from(change).raw_bytes().to_vec())).ok()
    });
}

fn run(what: &str, seed: u64, cases: usize, mut mutate: impl FnMut(&[u8], &Document) -> Option<Vec<u8>>) {
    let (doc, honest) = stage();
    let mut gate = Gate::new(doc.clone());
    assert!(gate.judge(&honest, &device(1), &ANYTHING).is_ok());
    let (started, time) = (Instant::now(), loop_time());
    let (mut n, mut outcomes) = (0, BTreeMap::<&str, usize>::new());
    while n < cases || time.is_some_and(|time| started.elapsed() < time) {
        n += 1;
        let Some(bytes) = mutate(&honest, &doc) else { continue };
        let outcome = match judge_measured(&mut gate, &bytes, &ANYTHING) {
            Ok(_) => {
                live_on(&doc, &bytes);
                "admitted"
            }
            Err(refusal) => {
                assert_ne!(refusal, Refusal::Panicked, "{}", hex::encode(&bytes));
                refusal.code()
            }
        };
        *outcomes.entry(outcome).or_default() += 1;
    }
    println!("{what}, seed {seed}: {n} cases, {outcomes:?}");
    assert!(outcomes.len() > 5 && outcomes.contains_key("admitted"), "the loop reaches the inner checks: {outcomes:?}");
}

/// What was admitted merges, and the dossier goes on: on the server and on another phone.
fn live_on(doc: &Document, bytes: &[u8]) {
    let name = || hex::encode(bytes);
    let mut gate = Gate::new(doc.clone());
    let judged = gate.judge(bytes, &device(1), &ANYTHING).unwrap();
    let hash = judged.hash;
    gate.keep(judged);
    let (mut merged, _) = gate.trial().unwrap_or_else(|refusal| panic!("{refusal}: {}", name()));
    assert!(merged.has(&hash), "{}", name());
    let mut phone = doc.clone();
    set(&mut phone, device(2), "name", "meanwhile");
    phone.apply(&merged.changes_since(&doc.heads())).unwrap_or_else(|e| panic!("{e}: {}", name()));
    for (at, actor) in [(&mut merged, device(1)), (&mut phone, device(2))] {
        let before = at.clone();
        let next = set(at, actor, "name", "afterwards");
        let mut gate = Gate::new(before);
        let judged = gate.judge(&next.bytes.0, &actor, &ANYTHING);
        gate.keep(judged.unwrap_or_else(|refusal| panic!("{refusal}: {}", name())));
        gate.trial().unwrap_or_else(|refusal| panic!("{refusal}: {}", name()));
    }
}

fn alter_byte(rng: &mut StdRng, bytes: &mut Vec<u8>) {
    let from = 9;
    let at = rng.random_range(from..bytes.len());
    match rng.random_range(0..8) {
        0 => bytes[at] ^= 1 << rng.random_range(0..8),
        1 => bytes[at] = rng.random(),
        2 => bytes[at] = bytes[at].wrapping_add(1),
        3 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff, 0x40][rng.random_range(0..6)],
        4 => {
            let other = rng.random_range(from..bytes.len());
            bytes.swap(at, other);
        }
        5 => bytes[at] = bytes[rng.random_range(from..bytes.len())],
        6 => bytes[at] = bytes[at].wrapping_sub(1),
        // A byte more or less somewhere, with the chunk's length repaired, shifts every column behind it.
        _ => {
            if rng.random() {
                bytes.insert(at, rng.random());
            } else {
                bytes.remove(at);
            }
            let length = bytes.len() - 11;
            if (128..16_384).contains(&length) {
                bytes[9] = (length % 128) as u8 | 0x80;
                bytes[10] = (length / 128) as u8;
            }
        }
    }
}

fn alter_change(rng: &mut StdRng, change: &mut ExpandedChange, doc: &Document) {
    let ids: Vec<OpId> = doc
        .inner
        .get_changes(&[])
        .iter()
        .flat_map(|c| {
            (0..c.len() as u64).map(|n| OpId(c.start_op().get() + n, c.actor_id().clone())).collect::<Vec<_>>()
        })
        .collect();
    let id = match rng.random_range(0..6) {
        0 => OpId(change.start_op.get() + rng.random_range(0..9), change.actor_id.clone()),
        1 => OpId(rng.random_range(1..60), ActorId::from(device(rng.random_range(1..4)).0)),
        _ => ids[rng.random_range(0..ids.len())].clone(),
    };
    let count = change.operations.len();
    let other = change.operations[rng.random_range(0..count)].clone();
    let at = rng.random_range(0..count);
    let op = &mut change.operations[at];
    match rng.random_range(0..14) {
        0 => op.obj = ObjectId::Id(id),
        1 => op.obj = other.obj,
        2 => op.key = Key::Seq(ElementId::Id(id)),
        3 => op.key = other.key,
        4 => op.pred = vec![id].into(),
        5 => op.pred = op.pred.iter().cloned().chain([id]).collect(),
        6 => op.pred = other.pred,
        7 => op.insert = !op.insert,
        8 => op.action = other.action,
        9 => {
            op.action = [
                OpType::Delete,
                OpType::Increment(1),
                OpType::Make(ObjType::List),
                OpType::Put(ScalarValue::Null),
                OpType::Put(ScalarValue::counter(5)),
                OpType::Put("another".into()),
            ][rng.random_range(0..6)]
            .clone();
        }
        10 => change.start_op = NonZeroU64::new(rng.random_range(1..40)).unwrap(),
        11 => change.seq = rng.random_range(0..5),
        12 => {
            let hashes: Vec<_> = doc.inner.get_changes(&[]).iter().map(|c| c.hash()).collect();
            change.deps = (0..rng.random_range(0..4)).map(|_| hashes[rng.random_range(0..hashes.len())]).collect();
        }
        _ => drop(change.operations.remove(at)),
    }
    if change.operations.is_empty() {
        change.operations.push(other_put());
    }
}

fn other_put() -> automerge::legacy::Op {
    let genesis = crate::ids::Actor::of_genesis(crate::layout::LAYOUT, &super::honest::dossier(1));
    automerge::legacy::Op {
        action: OpType::Put(1i64.into()),
        obj: ObjectId::Id(OpId(1, ActorId::from(genesis.0))),
        key: Key::Map("left".into()),
        pred: vec![].into(),
        insert: false,
    }
}
