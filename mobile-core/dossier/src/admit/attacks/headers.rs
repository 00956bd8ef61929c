//! Headers that do not continue the line, and what they do to the library alone.

use super::*;

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
fn of_two_contents_of_one_number_in_one_batch_the_first_enters_and_the_second_is_told_so() {
    let doc = lived_in();
    let [first, second] = ["Một", "Hai"].map(|name| set(&mut doc.clone(), device(1), "name", name));
    let both = [&first, &second].map(|edited| Change::try_from(edited.bytes.0.as_slice()).unwrap());
    assert!(doc.inner.clone().apply_changes(both).is_err(), "the library alone refuses the whole batch");
    let mut gate = Gate::new(doc);
    let judged = judge_measured(&mut gate, &first.bytes.0, &ANYTHING).expect("it is honest");
    let seq = judged.seq;
    gate.keep(judged);
    let forked = judge_measured(&mut gate, &second.bytes.0, &ANYTHING).err();
    assert_eq!(forked, Some(Refusal::Forked { seq, tip: first.hash }));
    let (merged, _) = gate.trial().unwrap();
    assert!(merged.has(&first.hash) && !merged.has(&second.hash));
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
