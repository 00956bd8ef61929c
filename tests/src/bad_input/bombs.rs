//! The attacks on the document library (A1–A9 of the threat model) as signed pushes of enrolled devices to a running
//! server. What each costs the gate is counted in `dossier`'s own tests; here, the process is the same one afterwards,
//! has not grown by what they claim, and serves the others.

use crate::handset::{Handset, Key};
use crate::harness::Hub;
use dossier::document::Document;
use dossier::edit;
use dossier::ids::Actor;
use dossier::layout::LAYOUT;
use dossier::prescan::hash_of;
use dossier::wire::{Blob, DossierPush, Verdict};

/// MB that the server may grow by meanwhile; A1 takes 4,300 in the library alone, A2 1,700, A3 2,050.
const MEMORY: u64 = 200;

/// A change as one writes it by hand.
struct Forged {
    actor: Actor,
    seq: u64,
    start_op: u64,
    dependencies: Vec<[u8; 32]>,
    columns: Vec<(u8, Vec<u8>)>,
}

/// Who forges, and on what.
#[derive(Clone, Copy)]
struct Me {
    actor: Actor,
    genesis: [u8; 32],
}

impl Forged {
    /// A first change, on a dossier that is just born, of so many puts under one key, in runs.
    fn puts(me: Me, count: u64) -> Self {
        let run = |value: u8| [signed(count), vec![value]].concat();
        let columns = vec![
            (0x15, [run(1), b"k".to_vec()].concat()),
            (0x34, unsigned(count)),
            (0x42, run(1)),
            (0x56, run(0)),
            (0x70, run(0)),
        ];
        Self { actor: me.actor, seq: 1, start_op: 4, dependencies: vec![me.genesis], columns }
    }

    fn chunk(&self, kind: u8) -> Blob {
        let mut body = unsigned(self.dependencies.len() as u64);
        body.extend(self.dependencies.as_flattened());
        body.push(16);
        body.extend(self.actor.0);
        body.extend([unsigned(self.seq), unsigned(self.start_op)].concat());
        body.extend([0, 0, 0, self.columns.len() as u8]);
        self.columns.iter().for_each(|(spec, column)| body.extend([*spec, column.len() as u8]));
        self.columns.iter().for_each(|(_, column)| body.extend(column));
        repaired([&[0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, kind][..], &unsigned(body.len() as u64), &body].concat())
    }
}

#[test]
fn the_known_attacks_leave_the_same_process_serving_the_others() {
    let hub = Hub::start();
    let (victim, honest) =
        (Handset::of(&hub, "binh", Key::numbered(100)), Handset::of(&hub, "dung", Key::numbered(101)));
    let draft = victim.draft(100, &["Bình"]);
    let theirs: Vec<DossierPush> = draft.push().into_iter().collect();
    let victims = Actor::of_device(&victim.key.public().thumbprint(), &draft.dossier, 0);
    assert_eq!(victim.push(theirs), [[Verdict::Accepted]]);
    let (before, pid) = (hub.peak_memory(), hub.pid());

    type Attack = fn(Me, Actor) -> Vec<Blob>;
    let attacks: [(&str, Attack, &str); 10] = [
        ("A1, operations", |me, _| vec![Forged::puts(me, 10_000_000).chunk(1)], "too_many_operations"),
        ("A2, predecessors", |me, _| vec![predecessors(me)], "too_many_predecessors"),
        ("A3, deflated", |me, _| vec![Forged::puts(me, 1).chunk(2)], "compressed"),
        ("A4, nesting", |me, _| vec![nested(me)], "object_made"),
        ("A5, a counter of 2^32", |me, _| vec![at(me, u64::from(u32::MAX))], "counter"),
        ("A5, a counter that skips", |me, _| vec![at(me, 1 << 20)], "start_op"),
        (
            "A6, the victim's line",
            |me, victim| vec![Forged { seq: 2, ..Forged::puts(Me { actor: victim, ..me }, 1) }.chunk(1)],
            "actor",
        ),
        ("A7, orphans", |me, _| (0..200).map(|n| orphan(me, n)).collect(), "missing_dependency"),
        ("A9, altered", |me, _| vec![altered(me)], "malformed"),
        ("a document", |me, _| vec![Forged::puts(me, 1).chunk(0)], "not_a_change"),
    ];
    for (n, (name, attack, code)) in (1..).zip(attacks) {
        let hostile = Handset::of(&hub, "an", Key::numbered(n));
        let mut push = hostile.draft(n, &["An"]).push().expect("a draft waits");
        let actor = Actor::of_device(&hostile.key.public().thumbprint(), &push.dossier, 0);
        let me = Me { actor, genesis: Document::genesis(LAYOUT, &push.dossier).heads()[0].0 };
        push.changes = attack(me, victims);
        let verdicts = hostile.push(vec![push]).remove(0);
        assert!(verdicts.iter().all(|v| *v == Verdict::Refused(code.into())), "{name}: {:?}", verdicts[0]);
    }
    // A8: a history of single operations, as many as a day gives one dossier.
    let flood = Handset::of(&hub, "an", Key::numbered(50));
    let names: Vec<String> = (0..256).map(|n| format!("An {n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let pushed = flood.push(vec![flooded(&flood, &names)]).remove(0);
    assert_eq!(pushed, vec![Verdict::Accepted; 256], "A8");

    assert_eq!(honest.push(honest.draft(101, &["Dũng"]).push().into_iter().collect()), [[Verdict::Accepted]]);
    let mut more = victim.draft(100, &["Bình", "Bình An"]).push().expect("two changes wait");
    more.changes.remove(0);
    assert_eq!(victim.push(vec![more]), [[Verdict::Accepted]], "A6 took nobody's place");
    let grown = hub.peak_memory() - before;
    assert!(hub.pid() == pid && grown <= MEMORY, "{grown} MB");
}

fn at(me: Me, start_op: u64) -> Blob {
    Forged { start_op, ..Forged::puts(me, 1) }.chunk(1)
}

fn orphan(me: Me, n: u8) -> Blob {
    Forged { dependencies: vec![[n; 32]], ..Forged::puts(me, 1) }.chunk(1)
}

/// One operation that replaces ten million others.
fn predecessors(me: Me) -> Blob {
    let count = 10_000_000;
    let mut forged = Forged::puts(me, 1);
    forged.columns.pop();
    forged.columns.push((0x70, [vec![1], unsigned(count)].concat()));
    forged.columns.push((0x71, [signed(count), vec![0]].concat()));
    forged.columns.push((0x73, [signed(count), vec![0]].concat()));
    forged.chunk(1)
}

/// A map where there must be a value; the first of a thousand, and refused at the first.
fn nested(me: Me) -> Blob {
    let mut forged = Forged::puts(me, 1);
    forged.columns[2].1 = vec![1, 0];
    forged.chunk(1)
}

/// A byte of the columns is another one, and the checksum is right again.
fn altered(me: Me) -> Blob {
    let Blob(mut bytes) = Forged::puts(me, 1).chunk(1);
    if let Some(last) = bytes.last_mut() {
        *last = 0x7f;
    }
    repaired(bytes)
}

/// A draft whose one field was changed so many times.
fn flooded(phone: &Handset, names: &[&str]) -> DossierPush {
    let mut push = phone.draft(50, &["An"]).push().expect("a draft waits");
    let actor = Actor::of_device(&phone.key.public().thumbprint(), &push.dossier, 0);
    let mut document = Document::genesis(LAYOUT, &push.dossier);
    let mut change = |name: &&str| {
        let field = "applicant_name".parse().expect("a field");
        edit::set_fields(&mut document, actor, &[(field, Some((*name).into()))]).expect("another name").bytes
    };
    push.changes = names.iter().map(&mut change).collect();
    push
}

fn repaired(mut bytes: Vec<u8>) -> Blob {
    let hash = hash_of(&bytes);
    bytes[4..8].copy_from_slice(&hash.0[..4]);
    Blob(bytes)
}

/// LEB128.
fn unsigned(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// Of a positive number: the sixth bit of its last byte would be its sign.
fn signed(number: u64) -> Vec<u8> {
    let mut bytes = unsigned(number);
    if let Some(last) = bytes.last_mut().filter(|last| **last & 0x40 != 0) {
        *last |= 0x80;
        bytes.push(0);
    }
    bytes
}
