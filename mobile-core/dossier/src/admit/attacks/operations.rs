//! The flat alphabet: an operation outside it, or a predecessor from elsewhere, is refused by its kind.

use super::*;

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
