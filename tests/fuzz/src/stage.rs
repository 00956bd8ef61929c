//! Real dossiers to begin from: what the server holds, and what the attacker's phone believes, as the operations that
//! an honest change of it would name.

use automerge::legacy::{Key, ObjectId, OpId, OpType};
use automerge::{ActorId, Change};
use dossier::act::Act;
use dossier::document::Document;
use dossier::edit;
use dossier::ids::{ActId, Actor, ChangeHash, ContentHash, DossierId, PaperHash, Thumbprint};
use dossier::layout::{Frozen, LAYOUT, PaperInfo, PaperKey, PaperKind, Value};
use dossier::procedure::Catalogue;
use std::collections::BTreeMap;

pub const FORM: u64 = 1;
pub const PAPERS: u64 = 2;
pub const ACTS: u64 = 3;

pub struct Stage {
    pub server: Document,
    pub basis: Basis,
    /// Operations and changes that the server knows.
    pub operations: Vec<OpId>,
    pub changes: Vec<ChangeHash>,
}

/// What a change of the attacker's phone stands on.
#[derive(Clone)]
pub struct Basis {
    pub deps: Vec<ChangeHash>,
    pub seq: u64,
    pub start_op: u64,
    /// The values that a key of a map has now.
    pub values: BTreeMap<(u64, String), Vec<OpId>>,
}

pub fn dossier() -> DossierId {
    DossierId(uuid::Uuid::from_bytes([1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 1, 2, 3, 4, 5, 6, 1]))
}

/// Device 1 is the attacker.
pub fn device(n: u8) -> Actor {
    Actor::of_device(&Thumbprint([n; 32]), &dossier(), 0)
}

pub fn genesis_actor() -> ActorId {
    ActorId::from(Actor::of_genesis(LAYOUT, &dossier()).0)
}

pub fn act_id(n: u8) -> ActId {
    let mut bytes = [0x70; 16];
    bytes[8] = 0x80;
    bytes[15] = n;
    ActId::from_bytes(bytes)
}

pub fn paper_key(n: u8) -> PaperKey {
    PaperKey { component: ["identity", "photo"][usize::from(n) % 2].into(), hash: PaperHash([n; 32]) }
}

pub fn set(doc: &mut Document, actor: Actor, key: &str, text: &str) {
    let key = key.parse().expect("a field's key");
    edit::set_fields(doc, actor, &[(key, Some(text.into()))]);
}

pub fn stages() -> Vec<Stage> {
    let empty = Document::genesis(LAYOUT, &dossier());
    let lived_in = lived_in(&empty);
    let disagreeing = disagreeing(&lived_in);
    let ahead = ahead(&lived_in);
    let real = real(&empty);
    let long = long(&lived_in);
    vec![
        Stage::new(&lived_in, &lived_in),
        Stage::new(&empty, &empty),
        Stage::new(&disagreeing, &disagreeing),
        Stage::new(&ahead, &lived_in),
        Stage::new(&disagreeing, &lived_in),
        Stage::new(&lived_in, &empty_for_a_newcomer(&empty)),
        Stage::new(&real, &real),
        Stage::new(&long, &long),
    ]
}

/// The attacker and another have written fields, a paper, an act.
fn lived_in(empty: &Document) -> Document {
    let mut doc = empty.clone();
    set(&mut doc, device(1), "name", "An");
    set(&mut doc, device(2), "name", "Bình");
    set(&mut doc, device(2), "city", "Huế");
    let info = PaperInfo { kind: PaperKind::Pdf, size: 9, name: "a.pdf".into() };
    edit::attach_paper(&mut doc, device(2), &paper_key(1), &info);
    edit::act(&mut doc, device(2), &act_id(1), &Act::Supplement(ContentHash([1; 32])));
    doc
}

/// Three devices wrote the same fields at once.
fn disagreeing(lived_in: &Document) -> Document {
    let mut doc = lived_in.clone();
    for n in [2, 3, 4] {
        let mut other = lived_in.clone();
        set(&mut other, device(n), "name", "Một");
        set(&mut other, device(n), "child/0/name", &format!("Hai {n}"));
        doc.apply(&other.changes_since(&lived_in.heads())).expect("changes of our own");
    }
    doc
}

/// Another device has settled, cleared and set again what the attacker still sees as it was.
fn ahead(lived_in: &Document) -> Document {
    let mut doc = lived_in.clone();
    for value in [None, Some(Value::Number(4)), None, Some("Cúc".into())] {
        let key = |key: &str| key.parse().expect("a field's key");
        edit::set_fields(&mut doc, device(3), &[(key("name"), value.clone()), (key("city"), value)]);
    }
    edit::detach_paper(&mut doc, device(3), &paper_key(1));
    doc
}

/// A phone that has the dossier's beginning only; the attacker's line has begun on the server, so it is behind itself.
fn empty_for_a_newcomer(empty: &Document) -> Document {
    let mut doc = empty.clone();
    set(&mut doc, device(1), "name", "An");
    doc
}

/// A form of the catalogue filled with its examples, two papers, handed in.
fn real(empty: &Document) -> Document {
    let mut doc = empty.clone();
    let catalogue = Catalogue::built_in();
    let code = "2.000635".parse().expect("a procedure's code");
    let procedure = catalogue.procedure(&code).expect("the demo's procedure");
    let fields: Vec<_> = procedure.examples().into_iter().map(|(key, value)| (key, Some(value))).collect();
    for (n, some) in fields.chunks(8).enumerate() {
        edit::set_fields(&mut doc, device(1 + n as u8 % 2), some);
    }
    for n in [1, 2] {
        let info = PaperInfo { kind: PaperKind::Jpeg, size: 12_345, name: "giấy tờ.jpg".into() };
        edit::attach_paper(&mut doc, device(1), &paper_key(n), &info);
    }
    let content = Frozen::of(&doc.project(), catalogue.version).hash();
    edit::act(&mut doc, device(1), &act_id(2), &Act::Submit(content, catalogue.units()[0].code.clone(), None));
    doc
}

/// Sixteen changes more, of two devices in turn.
fn long(lived_in: &Document) -> Document {
    let mut doc = lived_in.clone();
    for n in 0..16u8 {
        set(&mut doc, device(1 + n % 2), ["name", "city", "age"][usize::from(n) % 3], &format!("{n}"));
    }
    doc
}

impl Stage {
    fn new(server: &Document, phone: &Document) -> Self {
        let changes = parsed(server);
        let operations = changes.iter().flat_map(|change| {
            let ids = change.start_op().get()..change.start_op().get() + change.len() as u64;
            ids.map(|counter| OpId(counter, change.actor_id().clone())).collect::<Vec<_>>()
        });
        let operations = operations.chain((1..=3).map(|n| OpId(n, genesis_actor()))).collect();
        let genesis = dossier::document::genesis_hash(LAYOUT, &dossier());
        let changes = changes.iter().map(|c| ChangeHash(c.hash().0)).chain([genesis]).collect();
        Self { server: server.clone(), basis: Basis::of(phone), operations, changes }
    }
}

fn parsed(doc: &Document) -> Vec<Change> {
    doc.changes().iter().map(|c| Change::try_from(c.0.as_slice()).expect("a change of our own")).collect()
}

impl Basis {
    fn of(phone: &Document) -> Self {
        let (mut seq, mut top, mut values) = (1, 3, BTreeMap::new());
        for change in parsed(phone) {
            seq += u64::from(change.actor_id().to_bytes() == device(1).0);
            top = top.max(change.start_op().get() + change.len() as u64 - 1);
            learn(&mut values, &change);
        }
        Self { deps: phone.heads(), seq, start_op: top + 1, values }
    }

    /// Goes on behind a change that the server has taken.
    pub fn go_on(&mut self, bytes: &[u8]) {
        let change = Change::try_from(bytes).expect("an admitted change can be read");
        self.deps.retain(|dep| !change.deps().iter().any(|d| d.0 == dep.0));
        self.deps.push(ChangeHash(change.hash().0));
        self.deps.sort_unstable();
        self.seq = change.seq() + 1;
        self.start_op = self.start_op.max(change.start_op().get() + change.len() as u64);
        learn(&mut self.values, &change);
    }
}

fn learn(values: &mut BTreeMap<(u64, String), Vec<OpId>>, change: &Change) {
    let first = change.start_op().get();
    for (n, op) in change.decode().operations.into_iter().enumerate() {
        let (ObjectId::Id(map), Key::Map(key)) = (&op.obj, &op.key) else { continue };
        let now = values.entry((map.counter(), key.to_string())).or_default();
        now.retain(|id| !op.pred.iter().any(|pred| pred == id));
        if matches!(op.action, OpType::Put(_)) {
            now.push(OpId(first + n as u64, change.actor_id().clone()));
        }
    }
}
