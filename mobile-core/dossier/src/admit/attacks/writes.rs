//! What a writer may not write: acts over again, places that are closed, more than a dossier holds.

use super::*;

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
