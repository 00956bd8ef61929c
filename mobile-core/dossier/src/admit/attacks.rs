//! Every cheat that was tried on the document library, each refused under its own code before the library can be hurt.

use super::honest::{ANYTHING, act_id, device, dossier};
use super::{Allow, DOSSIER_CHANGES_MAX, DOSSIER_OPERATIONS_MAX, Gate, Refusal};
use crate::act::Act;
use crate::document::{Document, parse};
use crate::edit::{self, Edited};
use crate::ids::{Actor, ChangeHash, ContentHash, PaperHash};
use crate::layout::{LAYOUT, PaperInfo, PaperKey, PaperKind, Value};
use crate::prescan::hash_of;
use automerge::legacy::{ElementId, Key, MarkData, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, Automerge, Change, ExpandedChange, ObjType, ScalarValue};
use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};

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
    let before = gate.examined();
    let refusal = gate.judge(bytes, &device(1), allow).map(|_| ());
    // One look at each operation and predecessor, and at most one walk over the changes of the dossier.
    assert!(gate.examined() - before <= 6_000, "{} operations examined", gate.examined() - before);
    assert!(!gate.has(&hash_of(bytes)) || refusal == Err(Refusal::Already));
    let next = set(&mut doc.clone(), device(1), "name", "next");
    let judged = gate.judge(&next.bytes.0, &device(1), &ANYTHING).expect("an honest change after a refused one");
    gate.keep(judged);
    gate.trial().expect("and it merges");
    refusal
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

#[test]
fn every_operation_outside_the_flat_alphabet_is_refused_by_its_kind() {
    let doc = lived_in();
    let make = |obj, key: &str| op(OpType::Make(ObjType::Map), obj, key, vec![]);
    let listed = |action, key, insert| Op { action, obj: map(FORM), key, pred: vec![].into(), insert };
    let mark = OpType::MarkBegin(MarkData { name: "b".into(), value: true.into(), expand: true });
    let own = |back: u64, change: &ExpandedChange| OpId(change.start_op.get() + back, change.actor_id.clone());
    let at_name = |doc: &Document| first_pred(&craft(doc, |_| {}));
    let nested = craft(&doc, |c| {
        c.operations =
            (0..1_500).map(|n| make(if n == 0 { map(FORM) } else { ObjectId::Id(own(n - 1, c)) }, "d")).collect()
    });
    let later = craft(&doc, |c| c.operations = vec![put(ObjectId::Id(own(1, c)), "k", "v"), make(map(FORM), "d")]);
    let itself = craft(&doc, |c| c.operations = vec![make(ObjectId::Id(own(0, c)), "d")]);
    let in_list = craft(&doc, |c| {
        let list = op(OpType::Make(ObjType::List), map(FORM), "l", vec![]);
        c.operations = vec![list, put(ObjectId::Id(own(0, c)), "q", 1i64)]
    });
    let made_then_foreign = with_operations(&doc, [make(map(FORM), "o"), put(map(ACTS), "k", "v")]);
    let unknown = ObjectId::Id(OpId(3, ActorId::from(device(1).0)));
    let increment = op(OpType::Increment(5), map(FORM), "name", vec![at_name(&doc)]);
    let cases: Vec<(&str, Vec<u8>, Refusal)> = vec![
        ("a new root key", with_operations(&doc, [put(ObjectId::Root, "x", 1i64)]), Refusal::RootWrite),
        ("a root map replaced", with_operations(&doc, [make(ObjectId::Root, "acts")]), Refusal::ObjectMade),
        (
            "a root map deleted",
            with_operations(&doc, [op(OpType::Delete, ObjectId::Root, "acts", vec![genesis_op(ACTS)])]),
            Refusal::RootWrite,
        ),
        (
            "a field and a root key in one change",
            with_operations(&doc, [put(map(FORM), "a", 1i64), put(ObjectId::Root, "acts", 1i64)]),
            Refusal::RootWrite,
        ),
        ("an object", with_operations(&doc, [make(map(FORM), "o")]), Refusal::ObjectMade),
        ("an object, then a foreign write", made_then_foreign, Refusal::ObjectMade),
        ("1,500 levels", nested, Refusal::ObjectMade),
        ("an object inside itself", itself, Refusal::ObjectMade),
        ("an object made later in the change", later, Refusal::UnknownObject),
        ("a map key in a list", in_list, Refusal::ObjectMade),
        ("an object that nobody made", with_operations(&doc, [put(unknown, "k", "v")]), Refusal::UnknownObject),
        ("a fourth map", with_operations(&doc, [put(map(4), "k", "v")]), Refusal::UnknownObject),
        (
            "an element of a list",
            with_operations(&doc, [listed(OpType::Put(1i64.into()), Key::head(), true)]),
            Refusal::List,
        ),
        (
            "after an unknown element",
            with_operations(
                &doc,
                [listed(OpType::Put(1i64.into()), Key::Seq(ElementId::Id(OpId(4, ActorId::from(device(1).0)))), true)],
            ),
            Refusal::List,
        ),
        (
            "an insertion under a map's key",
            with_operations(&doc, [listed(OpType::Put(1i64.into()), Key::Map("k".into()), true)]),
            Refusal::List,
        ),
        ("an increment of a text", with_operations(&doc, [increment]), Refusal::CounterValue),
        ("a counter", with_operations(&doc, [put(map(FORM), "n", ScalarValue::counter(1))]), Refusal::CounterValue),
        ("a mark", with_operations(&doc, [op(mark, map(FORM), "k", vec![])]), Refusal::Mark),
        (
            "the end of a mark",
            with_operations(&doc, [op(OpType::MarkEnd(false), map(FORM), "k", vec![])]),
            Refusal::Mark,
        ),
        ("null", with_operations(&doc, [put(map(FORM), "n", ScalarValue::Null)]), Refusal::ValueKind),
        ("an unsigned number", with_operations(&doc, [put(map(FORM), "n", 1u64)]), Refusal::ValueKind),
        ("a fraction", with_operations(&doc, [put(map(FORM), "n", 1.5f64)]), Refusal::ValueKind),
        ("bytes", with_operations(&doc, [put(map(FORM), "n", vec![1u8])]), Refusal::ValueKind),
        ("a time", with_operations(&doc, [put(map(FORM), "n", ScalarValue::Timestamp(1))]), Refusal::ValueKind),
        (
            "a number as a paper",
            with_operations(&doc, [put(map(PAPERS), &paper_key().to_string(), 1i64)]),
            Refusal::ValueKind,
        ),
        (
            "a number as an act",
            with_operations(&doc, [put(map(ACTS), &act_id(2).to_string(), 1i64)]),
            Refusal::ValueKind,
        ),
        ("a key that is no field", with_operations(&doc, [put(map(FORM), "Họ tên", "v")]), Refusal::Key),
        ("a key of 200 bytes", with_operations(&doc, [put(map(FORM), &"k".repeat(200), "v")]), Refusal::Key),
        ("a key that is no paper", with_operations(&doc, [put(map(PAPERS), "photo", "pdf 9 a.pdf")]), Refusal::Key),
        ("a key that is no act", with_operations(&doc, [put(map(ACTS), "submit", act().to_text())]), Refusal::Key),
        (
            "one key twice",
            with_operations(&doc, [put(map(FORM), "k", "v"), put(map(FORM), "k", "w")]),
            Refusal::KeyTwice,
        ),
        ("10,001 characters", with_operations(&doc, [put(map(FORM), "k", "ệ".repeat(10_001))]), Refusal::TextTooLong),
        ("100 KB", with_operations(&doc, [put(map(FORM), "k", "x".repeat(100_000))]), Refusal::TooLarge),
        (
            "5,000 operations",
            with_operations(&doc, (0..5_000).map(|n| put(map(FORM), &format!("k{n}"), true))),
            Refusal::TooManyOperations,
        ),
        (
            "a paper's line that is none",
            with_operations(&doc, [put(map(PAPERS), &paper_key().to_string(), "exe 9 a.exe")]),
            Refusal::Paper,
        ),
        ("nothing at all", with_operations(&doc, []), Refusal::Empty),
    ];
    check(&doc, cases);
}

#[test]
fn a_predecessor_is_a_value_of_the_same_key_among_the_ancestors() {
    let doc = lived_in();
    let honest = craft(&doc, |_| {});
    let name = first_pred(&honest);
    let city = first_pred(&{
        let mut copy = doc.clone();
        set(&mut copy, device(1), "city", "Vinh").bytes.0
    });
    let ghost = OpId(4, ActorId::from(device(9).0));
    let beyond = OpId(900, ActorId::from(device(2).0));
    let name_after = |pred: Vec<OpId>| with_operations(&doc, [op(OpType::Put("v".into()), map(FORM), "name", pred)]);
    let paper = with_operations(
        &doc,
        [op(OpType::Put("pdf 1 b".into()), map(PAPERS), &paper_key().to_string(), vec![name.clone()])],
    );
    let twice = craft(&doc, |c| c.operations[0].pred = vec![name.clone(), name.clone()].into());
    check(
        &doc,
        vec![
            ("of another key", name_after(vec![city]), Refusal::Predecessor),
            ("of another map", paper, Refusal::Predecessor),
            ("an operation of genesis", name_after(vec![genesis_op(FORM)]), Refusal::Predecessor),
            ("of an unknown actor", name_after(vec![ghost]), Refusal::Predecessor),
            ("an unknown operation", name_after(vec![beyond]), Refusal::Predecessor),
            ("named twice", twice, Refusal::Predecessor),
            (
                "a deletion of nothing",
                with_operations(&doc, [op(OpType::Delete, map(FORM), "name", vec![])]),
                Refusal::DeletesNothing,
            ),
        ],
    );
    // A value that another device wrote meanwhile is here, and is none of this change's ancestors.
    let mut other = doc.clone();
    let meanwhile = set(&mut other, device(2), "name", "Dũng");
    let unseen = OpId(first_op(&meanwhile.bytes.0), ActorId::from(device(2).0));
    let concurrent = name_after(vec![name, unseen]);
    let mut gate = Gate::new(other);
    assert_eq!(gate.judge(&concurrent, &device(1), &ANYTHING).err(), Some(Refusal::Predecessor));
    assert!(gate.judge(&honest, &device(1), &ANYTHING).is_ok());
}

#[test]
fn a_header_that_does_not_continue_the_line_is_refused() {
    let doc = lived_in();
    let unknown = ChangeHash([9; 32]);
    let start = |at: u64| craft(&doc, |c| c.start_op = NonZeroU64::new(at).unwrap());
    let four_high = craft(&doc, |c| {
        c.operations = (0..4).map(|n| put(map(FORM), &format!("k{n}"), 1i64)).collect();
        c.start_op = NonZeroU64::new(u64::from(u32::MAX) - 1).unwrap();
    });
    let (_, tip) = Gate::new(doc.clone()).last(&device(1)).unwrap();
    check(
        &doc,
        vec![
            ("another's actor", craft(&doc, |c| c.actor_id = ActorId::from(device(2).0)), Refusal::Actor),
            ("an actor of 4 bytes", craft(&doc, |c| c.actor_id = ActorId::from([1u8; 4])), Refusal::Actor),
            (
                "an unknown dependency",
                craft(&doc, |c| c.deps.push(automerge::ChangeHash(unknown.0))),
                Refusal::MissingDependency(unknown),
            ),
            ("a dependency twice", craft(&doc, |c| c.deps.push(c.deps[0])), Refusal::Dependencies),
            (
                "33 dependencies",
                craft(&doc, |c| c.deps = (0..33).map(|n| automerge::ChangeHash([n; 32])).collect()),
                Refusal::TooManyDependencies,
            ),
            ("the last number again", craft(&doc, |c| c.seq = 1), Refusal::Forked { seq: 1, tip }),
            ("number 0", craft(&doc, |c| c.seq = 0), Refusal::SequenceGap),
            ("a number too high", craft(&doc, |c| c.seq = 5), Refusal::SequenceGap),
            ("operations from the past", start(4), Refusal::StartOp),
            ("operations from the future", start(500), Refusal::StartOp),
            ("the last operation of all", start(u64::from(u32::MAX)), Refusal::Counter),
            ("operations beyond 32 bits", four_high, Refusal::Counter),
            ("a message", craft(&doc, |c| c.message = Some("hello".into())), Refusal::Message),
            ("a time", craft(&doc, |c| c.time = 1), Refusal::Time),
            ("extra bytes", craft(&doc, |c| c.extra_bytes = vec![9; 40]), Refusal::ExtraBytes),
            ("an author", craft(&doc, |c| c.extra_bytes = vec![1, 1, 7]), Refusal::ExtraBytes),
        ],
    );
}

#[test]
fn a_change_that_forgets_its_own_previous_one_is_refused_though_its_header_looks_right() {
    let mut doc = Document::genesis(LAYOUT, &dossier(1));
    let genesis = doc.heads()[0];
    set(&mut doc, device(1), "name", "An");
    let forgetful = craft(&doc, |c| {
        c.deps = vec![automerge::ChangeHash(genesis.0)];
        c.start_op = NonZeroU64::new(4).unwrap();
        c.operations = vec![put(map(FORM), "other", "v")];
    });
    let header = crate::prescan::prescan(&forgetful).unwrap();
    let (seq, _) = Gate::new(doc.clone()).last(&device(1)).unwrap();
    assert_eq!((header.seq, header.start_op), (seq + 1, 3 + 1), "a naive check of seq and start_op finds nothing");
    assert!(header.deps.iter().all(|d| doc.has(d)));
    assert_eq!(library_alone(&doc, &forgetful), "saves and never loads");
    assert_eq!(judge(&doc, &forgetful), Err(Refusal::OwnPreviousMissing));
}

#[test]
fn the_library_alone_is_hurt_by_what_the_gate_refuses() {
    let doc = lived_in();
    let ghost = ObjectId::Id(OpId(3, ActorId::from(device(1).0)));
    let name = first_pred(&craft(&doc, |_| {}));
    let across = op(OpType::Put("v".into()), map(PAPERS), "zz", vec![name]);
    let start = |at| craft(&doc, |c| c.start_op = NonZeroU64::new(at).unwrap());
    let unknown_dependency = craft(&doc, |c| c.deps.push(automerge::ChangeHash([9; 32])));
    // Where the library was built with its debug assertions it panics; otherwise it saves and never loads again.
    let breaks = if cfg!(debug_assertions) { "panics" } else { "saves and never loads" };
    let cases = [
        ("an unknown object", with_operations(&doc, [put(ghost, "k", "v")]), "panics"),
        ("operations from the past", start(4), breaks),
        ("a predecessor in another map", with_operations(&doc, [across]), "saves and never loads"),
        ("an unknown dependency", unknown_dependency, "keeps it unseen"),
    ];
    for (what, bytes, outcome) in cases {
        assert_eq!(library_alone(&doc, &bytes), outcome, "{what}");
    }
    // One forged counter, and nobody can write any more.
    let mut bricked = doc.inner.clone();
    bricked.apply_changes([Change::try_from(start(u64::from(u32::MAX)).as_slice()).unwrap()]).unwrap();
    let bricked = Document { inner: bricked, ..doc };
    assert!(catch_unwind(AssertUnwindSafe(|| set(&mut bricked.clone(), device(2), "name", "v"))).is_err());
}

#[test]
fn an_act_is_written_once_and_stands_alone() {
    let doc = lived_in();
    let text = || ScalarValue::from(act().to_text());
    let key = |n| act_id(n).to_string();
    let written = OpId(8, ActorId::from(device(2).0));
    let mut v4 = *act_id(2).bytes();
    v4[6] = 0x40;
    let v4 = crate::ids::ActId::from_bytes(v4).to_string();
    check(
        &doc,
        vec![
            (
                "with a field",
                with_operations(&doc, [put(map(ACTS), &key(2), text()), put(map(FORM), "k", "v")]),
                Refusal::ActNotAlone,
            ),
            (
                "behind a field",
                with_operations(&doc, [put(map(FORM), "k", "v"), put(map(ACTS), &key(2), text())]),
                Refusal::ActNotAlone,
            ),
            (
                "two acts",
                with_operations(&doc, [put(map(ACTS), &key(2), text()), put(map(ACTS), &key(3), text())]),
                Refusal::ActNotAlone,
            ),
            ("the same id again", with_operations(&doc, [put(map(ACTS), &key(1), text())]), Refusal::ActRepeated),
            (
                "replaced",
                with_operations(&doc, [op(OpType::Put(text()), map(ACTS), &key(1), vec![written.clone()])]),
                Refusal::ActChanged,
            ),
            (
                "deleted",
                with_operations(&doc, [op(OpType::Delete, map(ACTS), &key(1), vec![written])]),
                Refusal::ActChanged,
            ),
            ("not its text", with_operations(&doc, [put(map(ACTS), &key(2), "submit")]), Refusal::Act),
            ("an id of another version", with_operations(&doc, [put(map(ACTS), &v4, text())]), Refusal::Key),
            (
                "an id in capitals",
                with_operations(&doc, [put(map(ACTS), &key(2).to_uppercase().replace('8', "A"), text())]),
                Refusal::Key,
            ),
        ],
    );
}

#[test]
fn what_the_status_or_the_procedure_does_not_allow_is_refused_and_is_no_attack() {
    let doc = lived_in();
    let field = with_operations(&doc, [put(map(FORM), "k", "v")]);
    let paper = with_operations(&doc, [put(map(PAPERS), &paper_key().to_string(), "pdf 1 b")]);
    let act = with_operations(&doc, [put(map(ACTS), &act_id(2).to_string(), act().to_text())]);
    let nothing = Allow { form: false, papers: false, acts: false, ..ANYTHING };
    let unknown = Allow { field: &|_| false, component: &|_| false, ..ANYTHING };
    for bytes in [&field, &paper, &act] {
        assert_eq!(judge_within(&doc, bytes, &nothing), Err(Refusal::Locked));
        assert_eq!(judge(&doc, bytes), Ok(()));
    }
    for bytes in [&field, &paper] {
        assert_eq!(judge_within(&doc, bytes, &unknown), Err(Refusal::NotInCatalogue));
    }
    assert!(!Refusal::Locked.is_attack() && !Refusal::NotInCatalogue.is_attack() && Refusal::RootWrite.is_attack());
}

#[test]
fn what_stands_on_a_refused_change_misses_its_dependency() {
    let doc = lived_in();
    let mut copy = doc.clone();
    let bad = set(&mut copy, device(1), "locked_field", "v");
    let good = set(&mut copy, device(1), "name", "v");
    let only_name = Allow { field: &|key| key.as_str() == "name", ..ANYTHING };
    let mut gate = Gate::new(doc);
    assert_eq!(gate.judge(&bad.bytes.0, &device(1), &only_name).err(), Some(Refusal::NotInCatalogue));
    assert_eq!(gate.judge(&good.bytes.0, &device(1), &only_name).err(), Some(Refusal::MissingDependency(bad.hash)));
}

#[test]
fn a_change_that_was_judged_and_not_kept_leaves_no_trace() {
    let doc = lived_in();
    let mut copy = doc.clone();
    let act = edit::act(&mut copy, device(1), &act_id(7), &act()).unwrap();
    let mut gate = Gate::new(doc.clone());
    let judged = gate.judge(&act.bytes.0, &device(1), &ANYTHING).unwrap();
    drop(judged);
    assert!(!gate.has(&act.hash));
    let judged = gate.judge(&act.bytes.0, &device(1), &ANYTHING).expect("it may be judged again");
    gate.keep(judged);
    assert_eq!(gate.last(&device(1)), Some((2, act.hash)));
    assert_eq!(gate.judge(&act.bytes.0, &device(1), &ANYTHING).err(), Some(Refusal::Already));
    let (merged, _) = gate.trial().unwrap();
    assert_eq!(merged.heads(), copy.heads());
}

#[test]
fn another_encoding_of_the_same_change_is_refused() {
    let doc = lived_in();
    let honest = with_operations(&doc, [put(map(FORM), "a", "v"), put(map(FORM), "b", "v")]);
    // The action column is a run of two puts, `02 01`; as two literals, `7e 01 01`, it says the same.
    let at = honest.windows(2).rposition(|w| w == [2, 1]).unwrap();
    let column = honest.windows(2).position(|w| w == [0x42, 2]).unwrap();
    let mut other = honest.clone();
    other.splice(at..at + 2, [0x7e, 1, 1]);
    other[column + 1] = 3;
    other[9..11].copy_from_slice(&longer_by_one([honest[9], honest[10]]));
    fix_checksum(&mut other);
    let change = Change::try_from(other.as_slice()).unwrap();
    assert_eq!(change.decode().operations, Change::try_from(honest.as_slice()).unwrap().decode().operations);
    assert_eq!(judge(&doc, &other), Err(Refusal::NotCanonical));
    assert_eq!(judge(&doc, &honest), Ok(()));
}

#[test]
fn a_dossier_has_limits_and_a_draft_three_quarters_of_them() {
    let draft = Allow { draft: true, ..ANYTHING };
    let mut doc = Document::genesis(LAYOUT, &dossier(1));
    let mut gate = Gate::new(doc.clone());
    let mut refused_at = (0, 0);
    for n in 1..=DOSSIER_CHANGES_MAX + 1 {
        let edited = set(&mut doc, device(1), "name", &format!("v{n}"));
        if refused_at.0 == 0 && gate.judge(&edited.bytes.0, &device(1), &draft).err() == Some(Refusal::DossierFull) {
            refused_at.0 = n;
        }
        match gate.judge(&edited.bytes.0, &device(1), &ANYTHING) {
            Ok(judged) => gate.keep(judged),
            Err(refusal) => {
                assert_eq!(refusal, Refusal::DossierFull);
                refused_at.1 = n;
                break;
            }
        }
    }
    assert_eq!(refused_at, (DOSSIER_CHANGES_MAX / 4 * 3, DOSSIER_CHANGES_MAX), "genesis is the first change");

    let mut doc = Document::genesis(LAYOUT, &dossier(1));
    let mut gate = Gate::new(doc.clone());
    let (mut operations, mut full) = (3, false);
    for _ in 0..=DOSSIER_OPERATIONS_MAX / 1_900 {
        let values: Vec<_> =
            (0..1_900).map(|n| (format!("k{n}").parse().unwrap(), Some(Value::Number(operations)))).collect();
        let edited = edit::set_fields(&mut doc, device(1), &values).unwrap();
        match gate.judge(&edited.bytes.0, &device(1), &ANYTHING) {
            Ok(judged) => gate.keep(judged),
            Err(refusal) => {
                full = refusal == Refusal::DossierFull;
                break;
            }
        }
        operations += 1_900;
    }
    assert!(full && operations <= DOSSIER_OPERATIONS_MAX as i64 && operations > DOSSIER_OPERATIONS_MAX as i64 - 1_900);
}

#[test]
fn documents_bundles_and_deflated_changes_are_refused_unread() {
    let mut doc = lived_in();
    let long = set(&mut doc, device(1), "story", &"dài dòng ".repeat(200));
    let deflated = Change::try_from(long.bytes.0.as_slice()).unwrap().bytes().into_owned();
    assert_eq!(deflated[8], 2);
    let bundle = doc.inner.bundle(doc.inner.get_changes(&[]).iter().map(|c| c.hash())).unwrap().bytes().to_vec();
    check(
        &lived_in(),
        vec![
            ("a deflated change", deflated, Refusal::Compressed),
            ("a document", doc.save(), Refusal::NotAChange),
            ("a bundle", bundle, Refusal::NotAChange),
            ("no bytes", Vec::new(), Refusal::NotAChange),
            ("text", b"<html>".to_vec(), Refusal::NotAChange),
        ],
    );
}

#[test]
fn a_truncated_or_flipped_change_is_refused() {
    let doc = lived_in();
    let honest = craft(&doc, |_| {});
    let mut gate = Gate::new(doc);
    let mut unrepaired = honest.clone();
    unrepaired[4] ^= 1;
    assert_eq!(gate.judge(&unrepaired, &device(1), &ANYTHING).err(), Some(Refusal::Malformed));
    for length in 0..honest.len() {
        let refusal = gate.judge(&honest[..length], &device(1), &ANYTHING).err();
        assert!(matches!(refusal, Some(Refusal::NotAChange | Refusal::Malformed)), "{length}: {refusal:?}");
    }
    for bit in 0..honest.len() * 8 {
        let mut flipped = honest.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(gate.judge(&flipped, &device(1), &ANYTHING).is_err(), "bit {bit}");
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
