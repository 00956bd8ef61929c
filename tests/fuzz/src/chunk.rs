//! Writes a change as bytes, as the document library does, column by column: but also what the library's own encoder
//! panics at, and in a tenth of its time. The corpus generator's tests compare the two.

use crate::forge::repair;
use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, ExpandedChange, ObjType, ScalarValue};

/// Columns of a change, each as (number << 4) | kind and its bytes.
pub type Columns = Vec<(u64, Vec<u8>)>;

pub fn bytes(change: &ExpandedChange) -> Vec<u8> {
    let others = other_actors(change);
    written(change, &others, columns_of(change, &others))
}

/// A change whose operations are these columns, whatever they say.
pub fn with_columns(change: &ExpandedChange, columns: Columns) -> Vec<u8> {
    written(change, &other_actors(change), columns)
}

fn written(change: &ExpandedChange, others: &Others<'_>, mut columns: Columns) -> Vec<u8> {
    let mut body = Vec::with_capacity(512);
    unsigned(&mut body, change.deps.len() as u64);
    change.deps.iter().for_each(|dep| body.extend(dep.0));
    text(&mut body, change.actor_id.to_bytes());
    unsigned(&mut body, change.seq);
    unsigned(&mut body, change.start_op.get());
    signed(&mut body, change.time);
    text(&mut body, change.message.as_deref().unwrap_or_default().as_bytes());
    unsigned(&mut body, others.len() as u64);
    others.iter().for_each(|(_, actor)| text(&mut body, actor.to_bytes()));
    columns.retain(|(_, column)| !column.is_empty());
    unsigned(&mut body, columns.len() as u64);
    for (spec, column) in &columns {
        unsigned(&mut body, *spec);
        unsigned(&mut body, column.len() as u64);
    }
    columns.iter().for_each(|(_, column)| body.extend(column));
    body.extend(&change.extra_bytes);
    let mut chunk = vec![0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1, 0];
    chunk.append(&mut body);
    repair(&mut chunk);
    chunk
}

/// An actor as something that is compared without looking at memory: libFuzzer follows every such look, and spent an eighth
/// of a run on these, which tell it nothing. In the order of the actors.
type Number<'a> = (u128, usize, &'a [u8]);

fn number(actor: &ActorId) -> Number<'_> {
    let bytes = actor.to_bytes();
    let (first, rest) = bytes.split_at(bytes.len().min(16));
    let mut padded = [0; 16];
    padded[..first.len()].copy_from_slice(first);
    (u128::from_be_bytes(padded), bytes.len(), rest)
}

type Others<'a> = Vec<(Number<'a>, &'a ActorId)>;

/// Every actor that the operations name beside the change's own, in order.
fn other_actors(change: &ExpandedChange) -> Others<'_> {
    let (mut others, own) = (Others::new(), number(&change.actor_id));
    let mut note = |actor| {
        let number = number(actor);
        if number != own && !others.iter().rev().any(|(other, _)| *other == number) {
            others.push((number, actor));
        }
    };
    for op in &change.operations {
        op.pred.iter().map(OpId::actor).for_each(&mut note);
        if let ObjectId::Id(id) = &op.obj {
            note(id.actor());
        }
        if let Key::Seq(ElementId::Id(id)) = &op.key {
            note(id.actor());
        }
    }
    others.sort_unstable_by_key(|(number, _)| *number);
    others
}

/// The columns in the library's order.
pub fn columns(change: &ExpandedChange) -> Columns {
    columns_of(change, &other_actors(change))
}

fn columns_of(change: &ExpandedChange, others: &Others<'_>) -> Columns {
    let (ops, own) = (&change.operations, number(&change.actor_id));
    let index = |id: &OpId| {
        let actor = number(id.actor());
        if actor == own { 0 } else { 1 + others.binary_search_by_key(&actor, |(n, _)| *n).unwrap_or(0) as i64 }
    };
    let objects = || ops.iter().map(|op| if let ObjectId::Id(id) = &op.obj { Some(id) } else { None });
    let elements = || ops.iter().map(|op| if let Key::Seq(ElementId::Id(id)) = &op.key { Some(id) } else { None });
    let element_counters = ops.iter().map(|op| match &op.key {
        Key::Seq(ElementId::Head) => Some(0),
        Key::Seq(ElementId::Id(id)) => Some(id.counter() as i64),
        Key::Map(_) => None,
    });
    let texts = ops.iter().map(|op| if let Key::Map(key) = &op.key { Some(key.as_str()) } else { None });
    let marks =
        ops.iter().map(|op| if let OpType::MarkBegin(mark) = &op.action { Some(mark.name.as_str()) } else { None });
    let expands: Vec<bool> = ops.iter().map(expands).collect();
    let preds = || ops.iter().flat_map(|op| op.pred.iter());
    let mut values = Vec::new();
    let meta: Vec<Option<i64>> = ops.iter().map(|op| Some(value(&mut values, op))).collect();
    let number = |out: &mut Vec<u8>, n: &i64| unsigned(out, *n as u64);
    let delta = |out: &mut Vec<u8>, n: &i64| signed(out, *n);
    let string = |out: &mut Vec<u8>, s: &&str| text(out, s.as_bytes());
    vec![
        (0x01, runs(objects().map(|id| id.map(index)), number)),
        (0x02, runs(objects().map(|id| id.map(|id| id.counter() as i64)), number)),
        (0x11, runs(elements().map(|id| id.map(index)), number)),
        (0x13, runs(deltas(element_counters), delta)),
        (0x15, runs(texts, string)),
        (0x34, booleans(ops.iter().map(|op| op.insert))),
        (0x42, runs(ops.iter().map(|op| Some(action(op))), number)),
        (0x56, runs(meta.into_iter(), number)),
        (0x57, values),
        (0x70, runs(ops.iter().map(|op| Some(op.pred.len() as i64)), number)),
        (0x71, runs(preds().map(|id| Some(index(id))), number)),
        (0x73, runs(deltas(preds().map(|id| Some(id.counter() as i64))), delta)),
        (0x94, if expands.contains(&true) { booleans(expands.into_iter()) } else { Vec::new() }),
        (0xa5, runs(marks, string)),
    ]
}

fn expands(op: &Op) -> bool {
    match &op.action {
        OpType::MarkBegin(mark) => mark.expand,
        OpType::MarkEnd(expand) => *expand,
        _ => false,
    }
}

fn action(op: &Op) -> i64 {
    match &op.action {
        OpType::Make(ObjType::Map) => 0,
        OpType::Put(_) => 1,
        OpType::Make(ObjType::List) => 2,
        OpType::Delete => 3,
        OpType::Make(ObjType::Text) => 4,
        OpType::Increment(_) => 5,
        OpType::Make(ObjType::Table) => 6,
        OpType::MarkBegin(_) | OpType::MarkEnd(_) => 7,
    }
}

/// Writes an operation's value; its length and kind in one number.
fn value(out: &mut Vec<u8>, op: &Op) -> i64 {
    let before = out.len();
    let kind = match &op.action {
        OpType::Put(value) => scalar(out, value),
        OpType::MarkBegin(mark) => scalar(out, &mark.value),
        OpType::Increment(by) => scalar(out, &ScalarValue::Int(*by)),
        _ => 0,
    };
    ((out.len() - before) as i64) << 4 | kind
}

fn scalar(out: &mut Vec<u8>, value: &ScalarValue) -> i64 {
    match value {
        ScalarValue::Null => return 0,
        ScalarValue::Boolean(yes) => return 1 + i64::from(*yes),
        ScalarValue::Uint(n) => unsigned(out, *n),
        ScalarValue::Int(n) | ScalarValue::Timestamp(n) => signed(out, *n),
        ScalarValue::Counter(n) => signed(out, i64::from(n)),
        ScalarValue::F64(n) => out.extend(n.to_le_bytes()),
        ScalarValue::Str(text) => out.extend(text.as_bytes()),
        ScalarValue::Bytes(bytes) | ScalarValue::Unknown { bytes, .. } => out.extend(bytes),
    }
    match value {
        ScalarValue::Uint(_) => 3,
        ScalarValue::Int(_) => 4,
        ScalarValue::F64(_) => 5,
        ScalarValue::Str(_) => 6,
        ScalarValue::Bytes(_) => 7,
        ScalarValue::Counter(_) => 8,
        ScalarValue::Timestamp(_) => 9,
        ScalarValue::Unknown { type_code, .. } => i64::from(*type_code),
        ScalarValue::Null | ScalarValue::Boolean(_) => 0,
    }
}

/// Each number as its distance from the one before.
fn deltas(numbers: impl Iterator<Item = Option<i64>>) -> impl Iterator<Item = Option<i64>> {
    let mut before = 0i64;
    numbers.map(move |number| {
        let number = number?;
        Some(number.wrapping_sub(std::mem::replace(&mut before, number)))
    })
}

/// Run lengths: a run of equal values, of nulls, or of values that differ from their neighbours. Only nulls: nothing.
fn runs<T: PartialEq>(rows: impl Iterator<Item = Option<T>>, write: impl Fn(&mut Vec<u8>, &T)) -> Vec<u8> {
    let rows: Vec<Option<T>> = rows.collect();
    let mut out = Vec::new();
    if rows.iter().all(Option::is_none) {
        return out;
    }
    let same = |at: usize| rows[at..].iter().take_while(|row| **row == rows[at]).count();
    let mut at = 0;
    while at < rows.len() {
        let length = same(at);
        match &rows[at] {
            None => {
                signed(&mut out, 0);
                unsigned(&mut out, length as u64);
                at += length;
            }
            Some(value) if length > 1 => {
                signed(&mut out, length as i64);
                write(&mut out, value);
                at += length;
            }
            Some(_) => {
                let from = at;
                while at < rows.len() && rows[at].is_some() && same(at) == 1 {
                    at += 1;
                }
                signed(&mut out, -((at - from) as i64));
                rows[from..at].iter().flatten().for_each(|value| write(&mut out, value));
            }
        }
    }
    out
}

/// Counts of false and true in turn, false first.
fn booleans(rows: impl Iterator<Item = bool>) -> Vec<u8> {
    let (mut out, mut now, mut count) = (Vec::new(), false, 0);
    for row in rows {
        if row != now {
            unsigned(&mut out, count);
            (now, count) = (row, 0);
        }
        count += 1;
    }
    if count > 0 {
        unsigned(&mut out, count);
    }
    out
}

fn text(out: &mut Vec<u8>, bytes: &[u8]) {
    unsigned(out, bytes.len() as u64);
    out.extend(bytes);
}

pub fn unsigned(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub fn signed(out: &mut Vec<u8>, mut value: i64) {
    loop {
        let (byte, rest) = (value as u8 & 0x7f, value >> 7);
        if (rest == 0 && byte & 0x40 == 0) || (rest == -1 && byte & 0x40 != 0) {
            return out.push(byte);
        }
        out.push(byte | 0x80);
        value = rest;
    }
}

#[cfg(test)]
mod tests {
    use crate::forge;
    use crate::script::Script;
    use crate::stage::stages;
    use automerge::Change;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn a_change_is_written_as_the_document_library_writes_it() {
        let stages = stages();
        let mut same = 0;
        for n in 0..20_000u32 {
            let seed = n.to_le_bytes();
            let mut script = Script::new(&seed);
            let stage = &stages[n as usize % stages.len()];
            let mut change = forge::told(&mut script, stage, &stage.basis).0;
            // The library sorts them; that others are refused is the gate's business.
            change.deps.sort_unstable();
            let ours = super::bytes(&change);
            let theirs = catch_unwind(AssertUnwindSafe(|| Change::from(change).raw_bytes().to_vec()));
            same += usize::from(theirs.is_ok_and(|theirs| {
                assert_eq!(ours, theirs, "script {seed:?}");
                true
            }));
        }
        assert!(same > 15_000, "{same} were compared");
    }
}
