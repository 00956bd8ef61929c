//! Bombs at the gate: bytes that claim far more than they are. What counts is what they cost, in bytes allocated and
//! operations examined; no timer decides. This binary has a counting allocator.

use allocation_counter::measure;
use dossier::admit::{Allow, Gate, Refusal};
use dossier::document::Document;
use dossier::edit;
use dossier::ids::{Actor, ChangeHash, DossierId, Thumbprint};
use dossier::layout::{LAYOUT, Value};
use dossier::prescan::hash_of;
use std::io::Write;

const ANYTHING: Allow<'static> =
    Allow { form: true, papers: true, acts: true, draft: false, field: &|_| true, component: &|_| true };

const ID: DossierId = DossierId(uuid::Uuid::from_bytes([7; 16]));

fn attacker() -> Actor {
    Actor::of_device(&Thumbprint([1; 32]), &ID, 0)
}

/// A change written by hand, as no client of ours would.
struct Forged {
    actor: Actor,
    seq: u64,
    start_op: u64,
    deps: Vec<ChangeHash>,
    others: Vec<Actor>,
    columns: Vec<(u64, Vec<u8>)>,
    tail: Vec<u8>,
}

impl Forged {
    fn new(columns: Vec<(u64, Vec<u8>)>) -> Self {
        let deps = Document::genesis(LAYOUT, &ID).heads();
        Self { actor: attacker(), seq: 1, start_op: 4, deps, others: Vec::new(), columns, tail: Vec::new() }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut body = unsigned(self.deps.len() as u64);
        self.deps.iter().for_each(|dep| body.extend(dep.bytes()));
        body.push(16);
        body.extend(self.actor.bytes());
        body.extend([unsigned(self.seq), unsigned(self.start_op)].concat());
        // Time 0, no message.
        body.extend([0, 0]);
        body.extend(unsigned(self.others.len() as u64));
        for other in &self.others {
            body.push(16);
            body.extend(other.bytes());
        }
        body.extend(unsigned(self.columns.len() as u64));
        for (spec, column) in &self.columns {
            body.extend(unsigned(*spec));
            body.extend(unsigned(column.len() as u64));
        }
        self.columns.iter().for_each(|(_, column)| body.extend(column));
        body.extend(&self.tail);
        chunk(1, &body)
    }
}

fn chunk(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, kind];
    bytes.extend(unsigned(body.len() as u64));
    bytes.extend(body);
    let hash = hash_of(&bytes);
    bytes[4..8].copy_from_slice(&hash.0[..4]);
    bytes
}

fn unsigned(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn signed(mut value: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let (byte, rest) = (value as u8 & 0x7f, value >> 7);
        if (rest == 0 && byte & 0x40 == 0) || (rest == -1 && byte & 0x40 != 0) {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
        value = rest;
    }
}

/// A run of one unsigned value.
fn run(count: i64, value: u64) -> Vec<u8> {
    [signed(count), unsigned(value)].concat()
}

/// A run of one text.
fn text_run(count: i64, text: &str) -> Vec<u8> {
    [signed(count), unsigned(text.len() as u64), text.as_bytes().to_vec()].concat()
}

const KEY: u64 = 0x15;
const INSERT: u64 = 0x34;
const ACTION: u64 = 0x42;
const VALUE_KIND: u64 = 0x56;
const PREDECESSORS: u64 = 0x70;

/// So many puts of null under one key of the root, in runs.
fn puts(count: i64) -> Vec<(u64, Vec<u8>)> {
    vec![
        (KEY, text_run(count, "k")),
        (INSERT, unsigned(count as u64)),
        (ACTION, run(count, 1)),
        (VALUE_KIND, run(count, 0)),
        (PREDECESSORS, run(count, 0)),
    ]
}

fn with(spec: u64, column: Vec<u8>) -> Vec<u8> {
    let mut columns = puts(1);
    columns.retain(|(at, _)| *at != spec);
    columns.push((spec, column));
    columns.sort();
    Forged::new(columns).bytes()
}

/// One operation with so many predecessors: 74 bytes, 25 s and 1.7 GiB in the library alone.
fn predecessors(count: i64) -> Vec<u8> {
    let mut columns = puts(1);
    columns.retain(|(spec, _)| *spec != PREDECESSORS);
    let steps = [signed(count), signed(0)].concat();
    columns.extend([(PREDECESSORS, run(1, count as u64)), (0x71, run(count, 0)), (0x73, steps)]);
    Forged::new(columns).bytes()
}

fn deflated(zeros: usize) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![0; zeros]).unwrap();
    chunk(2, &encoder.finish().unwrap())
}

/// Maps in maps, each made by one operation: in 1.6 KB enough to overflow the stack of who reads it.
fn nested(levels: u64) -> Vec<u8> {
    let n = levels as i64;
    let parents: Vec<u8> = (4..3 + levels).flat_map(unsigned).collect();
    Forged::new(vec![
        (0x01, [vec![0, 1], run(n - 1, 0)].concat()),
        (0x02, [vec![0, 1], signed(1 - n), parents].concat()),
        (KEY, text_run(n, "d")),
        (INSERT, unsigned(levels)),
        (ACTION, run(n, 0)),
        (VALUE_KIND, run(n, 0)),
        (PREDECESSORS, run(n, 0)),
    ])
    .bytes()
}

/// Judges; the refusal and what it cost: bytes allocated, operations examined.
fn refused(gate: &mut Gate, bytes: &[u8]) -> (Option<Refusal>, u64, u64) {
    let (before, mut refusal) = (gate.examined(), None);
    let cost = measure(|| refusal = gate.judge(bytes, &attacker(), &ANYTHING).err());
    (refusal, cost.bytes_total, gate.examined() - before)
}

/// What is refused by its header costs this many bytes at most, whatever it claims.
const HEADER_COST: u64 = 1_024;

/// Bytes whose header claims so many of something, with nothing behind it.
fn claims(before: &[u8], count: u64) -> Vec<u8> {
    chunk(1, &[before.to_vec(), unsigned(count)].concat())
}

#[test]
fn a_bomb_costs_no_more_than_its_bytes() {
    let actor = [&[0, 16][..], attacker().bytes()].concat();
    let header = [&actor[..], &[1, 4, 0, 0]].concat();
    let huge = 1_000_000_000_000;
    let mut behind = Forged::new(puts(1));
    behind.tail = vec![9; 40];
    let mut crowd = Forged::new(puts(1));
    crowd.others = (0..300u16).map(|n| Actor([n as u8; 16])).collect();
    let literal = |count: i64| with(ACTION, [signed(count), vec![1; 8]].concat());
    let overflow = [run(i64::MAX, 1), run(i64::MAX, 1), run(i64::MAX, 1)].concat();
    let too_many = Refusal::TooManyOperations;
    let bombs: Vec<(&str, Vec<u8>, Refusal)> = vec![
        ("10^6 operations", Forged::new(puts(1_000_000)).bytes(), too_many),
        ("10^7 operations", Forged::new(puts(10_000_000)).bytes(), too_many),
        ("10^8 operations", Forged::new(puts(100_000_000)).bytes(), too_many),
        ("10^12 operations", Forged::new(puts(huge as i64)).bytes(), too_many),
        ("2,001 operations", Forged::new(puts(2_001)).bytes(), too_many),
        ("10^12 operations without an action", with(ACTION, [vec![0], unsigned(huge)].concat()), too_many),
        ("runs that overflow", with(ACTION, overflow), too_many),
        ("-2^63 literals", literal(i64::MIN), too_many),
        ("100 literals in 8 bytes", literal(-100), Refusal::Malformed),
        ("10^12 keys for one operation", with(KEY, text_run(huge as i64, "k")), too_many),
        ("10^12 false", with(INSERT, unsigned(huge)), too_many),
        ("10^7 predecessors", predecessors(10_000_000), Refusal::TooManyPredecessors),
        ("4,001 predecessors", predecessors(4_001), Refusal::TooManyPredecessors),
        ("2^64 predecessors", with(PREDECESSORS, run(1, u64::MAX)), Refusal::TooManyPredecessors),
        ("a value of 2^60 bytes", with(VALUE_KIND, run(1, u64::MAX)), Refusal::Malformed),
        ("a key of 60 KB, 2,000 times", with(KEY, text_run(2_000, &"k".repeat(60_000))), Refusal::Key),
        ("4 MB deflated", deflated(4_000_000), Refusal::Compressed),
        ("a deflated chunk of 70 KB", chunk(2, &[0; 70_000]), Refusal::TooLarge),
        ("a deflated column", with(KEY | 8, vec![1, 2, 3]), Refusal::Compressed),
        ("a column of another kind", with(0xf7, vec![1, 2, 3]), Refusal::Malformed),
        ("an actor that is not named", with(0x01, run(1, 7)), Refusal::Malformed),
        ("an object's counter of 40 bits", with(0x02, run(1, 1 << 40)), Refusal::Counter),
        ("20,000 nested maps", nested(20_000), too_many),
        ("10^12 dependencies", claims(&[], huge), Refusal::TooManyDependencies),
        ("an actor of 10^12 bytes", claims(&[0], huge), Refusal::Actor),
        ("a message of 10^12 bytes", claims(&[&actor[..], &[1, 4, 0]].concat(), huge), Refusal::Message),
        ("10^12 other actors", claims(&header, huge), Refusal::TooManyActors),
        ("10^12 columns", claims(&[&header[..], &[0]].concat(), huge), Refusal::Malformed),
        ("a column of 10^12 bytes", claims(&[&header[..], &[0, 1, 0x42]].concat(), huge), Refusal::Malformed),
        ("300 other actors", crowd.bytes(), Refusal::TooManyActors),
        ("bytes behind the last column", behind.bytes(), Refusal::ExtraBytes),
    ];
    let mut gate = Gate::new(Document::genesis(LAYOUT, &ID));
    for (what, bytes, expected) in bombs {
        let (refusal, allocated, examined) = refused(&mut gate, &bytes);
        assert_eq!(refusal, Some(expected), "{what}");
        assert!(allocated <= HEADER_COST, "{what} of {} bytes: {allocated} bytes allocated", bytes.len());
        assert_eq!(examined, 0, "{what}");
    }
}

#[test]
fn nesting_is_refused_at_its_first_operation() {
    let mut gate = Gate::new(Document::genesis(LAYOUT, &ID));
    let bytes = nested(1_000);
    let (refusal, allocated, examined) = refused(&mut gate, &bytes);
    assert_eq!((refusal, examined), (Some(Refusal::ObjectMade), 1));
    // It is read whole before it is judged: its bytes and its 1,000 operations.
    let most = 4_096 + 16 * bytes.len() as u64 + 1_024 * 1_000;
    assert!(allocated <= most, "{allocated} bytes allocated for {}", bytes.len());
    // The library alone takes this one, saves and loads it, and whoever reads it then has no stack left.
    let bytes = nested(20_000);
    assert_eq!(bytes.len() / 1_000, 43);
    let (refusal, allocated, examined) = refused(&mut gate, &bytes);
    assert_eq!((refusal, examined), (Some(Refusal::TooManyOperations), 0));
    assert!(allocated <= HEADER_COST, "{allocated} bytes allocated");
}

#[test]
fn a_counter_that_leaves_no_room_for_the_next_one_is_refused_by_its_header() {
    // In the library alone it wins every conflict, and the next honest write panics.
    let document = Document::genesis(LAYOUT, &ID);
    let mut gate = Gate::new(document);
    for start_op in [(1 << 24) + 1, u64::from(u32::MAX) - 1, u64::from(u32::MAX), u64::from(u32::MAX) + 1, u64::MAX] {
        let bytes = Forged { start_op, ..Forged::new(puts(2)) }.bytes();
        let (refusal, allocated, examined) = refused(&mut gate, &bytes);
        assert_eq!((refusal, examined), (Some(Refusal::Counter), 0), "{start_op}");
        assert!(allocated <= HEADER_COST, "{start_op}: {allocated} bytes allocated");
    }
}

#[test]
fn a_number_that_is_taken_in_another_s_name_is_refused_and_stays_free() {
    // In the library alone the victim's own change is refused for ever, and every batch that holds it.
    let victim = Actor::of_device(&Thumbprint([2; 32]), &ID, 0);
    let mut phone = Document::genesis(LAYOUT, &ID);
    let mut gate = Gate::new(phone.clone());
    for seq in 1..20 {
        let (deps, start_op) = (phone.heads(), 3 + seq);
        let bytes = Forged { actor: victim, seq, start_op, deps, ..Forged::new(puts(1)) }.bytes();
        let (refusal, allocated, examined) = refused(&mut gate, &bytes);
        assert_eq!((refusal, examined), (Some(Refusal::Actor), 0), "{seq}");
        assert!(allocated <= HEADER_COST, "{seq}: {allocated} bytes allocated");
        let field = [("field".parse().unwrap(), Some(Value::Number(seq as i64)))];
        let honest = edit::set_fields(&mut phone, victim, &field).unwrap();
        let judged = gate.judge(&honest.bytes.0, &victim, &ANYTHING).expect("the victim goes on");
        gate.keep(judged);
    }
    assert_eq!(gate.trial().unwrap().0.heads(), phone.heads());
}

#[test]
fn orphans_never_reach_the_document() {
    let document = Document::genesis(LAYOUT, &ID);
    let (mut gate, saved) = (Gate::new(document.clone()), document.save());
    for n in 0..200 {
        let mut orphan = Forged::new(puts(1));
        orphan.deps = vec![ChangeHash([n; 32])];
        let (refusal, allocated, examined) = refused(&mut gate, &orphan.bytes());
        assert_eq!((refusal, examined), (Some(Refusal::MissingDependency(ChangeHash([n; 32]))), 0));
        assert!(allocated <= HEADER_COST, "{allocated} bytes allocated");
    }
    assert_eq!(gate.trial().unwrap().1, saved);
}

#[test]
fn an_honest_change_is_judged_with_a_few_kilobytes_and_one_look_at_each_operation() {
    let mut phone = Document::genesis(LAYOUT, &ID);
    let server = phone.clone();
    let five = |by: i64| -> Vec<_> {
        (0..5).map(|n| (format!("field_{n}").parse().unwrap(), Some(Value::Number(n + by)))).collect()
    };
    let first = edit::set_fields(&mut phone, attacker(), &five(0)).unwrap();
    let second = edit::set_fields(&mut phone, attacker(), &five(1)).unwrap();
    let mut gate = Gate::new(server);
    let judged = gate.judge(&first.bytes.0, &attacker(), &ANYTHING).unwrap();
    gate.keep(judged);
    assert_eq!(gate.examined(), 5);
    let cost = measure(|| drop(gate.judge(&second.bytes.0, &attacker(), &ANYTHING).unwrap()));
    assert_eq!(gate.examined(), 5 + 5 + 5, "five operations and five predecessors");
    assert!(cost.bytes_total <= 16 * 1024, "{} bytes allocated", cost.bytes_total);
}

#[test]
fn the_last_change_of_a_flood_costs_what_the_first_one_did() {
    let mut phone = Document::genesis(LAYOUT, &ID);
    let mut gate = Gate::new(phone.clone());
    let change = |phone: &mut Document, n: i64| {
        edit::set_fields(phone, attacker(), &[("field".parse().unwrap(), Some(Value::Number(n)))]).unwrap()
    };
    let mut costs = Vec::new();
    for n in 0..1_000 {
        let (change, before) = (change(&mut phone, n), gate.examined());
        let cost = measure(|| {
            let judged = gate.judge(&change.bytes.0, &attacker(), &ANYTHING).unwrap();
            gate.keep(judged);
        });
        costs.push((gate.examined() - before, cost.bytes_total));
    }
    // One operation and its one predecessor. The library alone takes 75 s for 20,000 one after the other.
    assert!(costs[1..].iter().all(|(examined, _)| *examined == 2), "{:?}", &costs[..5]);
    // A table that grows is paid for now and then; on the whole a change costs its few kilobytes.
    let bytes: u64 = costs.iter().map(|(_, bytes)| bytes).sum();
    assert!(bytes <= 1_000 * 8 * 1024, "{bytes} bytes allocated for 1,000 changes");
}
