use super::*;
use crate::event::{Acceptance, DueChange, DueReason, GradeShown, Proof as DeliveryProof, Term};
use crate::ids::ParcelId;
use crate::log::{NoteRefused, ProofRefused};
use crate::sentence::Language;

fn refused(kept: &Kept) -> ReceiptRefused {
    kept.verify(&trust(&Office::numbered(7).believed())).unwrap_err()
}

/// A kept file after something was done to its proof.
fn with_proof(change: impl FnOnce(&mut Proof)) -> Kept {
    let mut kept = kept(&Office::numbered(7));
    change(kept.proof.as_mut().unwrap());
    kept
}

/// Acceptance and delivery, as events.
fn others() -> [Event; 2] {
    let due = DueChange { term: Term::Result, old: None, new: AT, why: DueReason::Started, calendar: 1 };
    let acceptance = Acceptance {
        code: "H24.31-261123-0001".parse().unwrap(),
        due,
        rule_set: "1".into(),
        catalogue: 1,
        content: CONTENT,
        tracking_secret: crate::delivery::RecipientCode::from_entropy(&[1; 8]),
        fee: None,
    };
    let proof = DeliveryProof { record: [9; 32], not_before: AT, not_after: AT };
    [What::Accepted(acceptance), What::Delivered(ParcelId(DOSSIER.0), GradeShown::B, proof)]
        .map(|what| Event { what, ..event() })
}

#[test]
fn a_kept_receipt_shows_signature_papers_event_and_log() {
    let office = Office::numbered(7);
    let verified = kept(&office).verify(&trust(&office.believed())).unwrap();
    assert_eq!(verified.receipt, receipt(&event()));
    assert_eq!(verified.key, KeyId::of(&office.public()));
    assert_eq!(verified.papers, PapersShown::Listed(3));
    let InLog::Shown(logged) = verified.log else { panic!("the log was shown") };
    assert_eq!((logged.event, logged.index, logged.size), (event(), INDEX, SIZE));
    assert_eq!(logged.key, office.log_key());
}

#[test]
fn a_bare_receipt_shows_its_signature_and_says_what_it_does_not_show() {
    let office = Office::numbered(7);
    let bare = Kept::bare(office.receipt(receipt(&event())));
    let verified = bare.verify(&trust(&office.believed())).unwrap();
    assert_eq!((verified.papers, verified.log), (PapersShown::NotGiven, InLog::NotGiven));
}

#[test]
fn acceptance_and_delivery_have_receipts_and_other_events_have_none() {
    let office = Office::numbered(7);
    for event in others() {
        let receipt = Receipt { papers: None, ..receipt(&event) };
        let signed = office.receipt(receipt);
        let kept = Kept { receipt: signed, papers: Vec::new(), proof: Some(proof(&office, &event, SIZE)) };
        let verified = Kept::read(&kept.to_bytes()).unwrap().verify(&trust(&office.believed())).unwrap();
        assert_eq!(verified.papers, PapersShown::None);
        assert!(matches!(verified.log, InLog::Shown(logged) if logged.event == event));
    }
    assert_eq!(Subject::of(&Event { what: What::Refused("…".into()), ..event() }), None);
}

#[test]
fn the_receipt_of_an_acceptance_does_not_tell_a_citizen_of_pages_that_they_never_saw() {
    let office = Office::numbered(7);
    let [accepted, delivered] = others();
    let said = |event: &Event, writer| {
        let signed = office.receipt(Receipt { papers: None, writer, ..receipt(event) });
        let verified = Kept::bare(signed).verify(&trust(&office.believed())).unwrap();
        verified.sentences()[2].say(Language::Vietnamese)
    };
    let officer = said(&accepted, Writer::Session);
    assert!(officer.contains("cán bộ của bộ phận một cửa") && !officer.contains("trang web"), "{officer}");
    assert!(said(&super::event(), Writer::Session).contains("trang web"));
    assert!(said(&delivered, Writer::Device).contains("chữ ký của thiết bị"));
}

#[test]
fn a_receipt_signed_by_another_key_is_refused() {
    let ours = Office::numbered(7).believed();
    let other = Office::numbered(8);
    assert_eq!(Kept::bare(other.receipt(receipt(&event()))).verify(&trust(&ours)), Err(ReceiptRefused::UnknownKey));
    // The key id is only a name: who claims ours does not have its signature.
    let key = KeyId::of(&Office::numbered(7).public());
    let forged = receipt(&event()).signed(key, |message| other.sign(message));
    assert_eq!(Kept::bare(forged).verify(&trust(&ours)), Err(ReceiptRefused::BadSignature));
    // Old keys stay good beside new ones.
    let both = (vec![other.public(), Office::numbered(7).public()], ours.1.clone());
    assert!(kept(&Office::numbered(7)).verify(&trust(&both)).is_ok());
}

#[test]
fn a_proof_of_another_tree_size_is_refused() {
    let office = Office::numbered(7);
    let of = |size| proof(&office, &event(), size);
    for size in [INDEX + 1, 256, 299, 301, 600] {
        let other = of(size);
        let kept = with_proof(|proof| proof.checkpoint = other.checkpoint);
        assert!(matches!(refused(&kept), ReceiptRefused::NotInLog(_)), "checkpoint of {size}");
        let kept = with_proof(|proof| proof.path = other.path);
        assert!(matches!(refused(&kept), ReceiptRefused::NotInLog(_)), "path of {size}");
        let whole = with_proof(|proof| *proof = of(size));
        assert!(whole.verify(&trust(&office.believed())).is_ok(), "proof of {size}");
    }
    // A root that is right under a size that is not: the log never signed it.
    let lied = kept(&office).proof.unwrap().checkpoint.replacen("\n300\n", "\n298\n", 1);
    assert_eq!(
        refused(&with_proof(|proof| proof.checkpoint = lied)),
        ReceiptRefused::Checkpoint(NoteRefused::BadSignature)
    );
}

#[test]
fn a_proof_of_another_leaf_is_refused() {
    for index in [0, INDEX - 1, INDEX + 1, SIZE - 1] {
        assert_eq!(
            refused(&with_proof(|proof| proof.index = index)),
            ReceiptRefused::NotInLog(if index == SIZE - 1 {
                ProofRefused::WrongLength
            } else {
                ProofRefused::OtherRoot
            })
        );
    }
    for index in [SIZE, u64::MAX] {
        let kept = with_proof(|proof| proof.index = index);
        assert_eq!(refused(&kept), ReceiptRefused::NotInLog(ProofRefused::NoSuchLeaf));
    }
    let other = with_proof(|proof| proof.path.iter_mut().for_each(|hash| hash.0[0] ^= 1));
    assert_eq!(refused(&other), ReceiptRefused::NotInLog(ProofRefused::OtherRoot));
    assert_eq!(refused(&with_proof(|proof| proof.salt = [6; 16])), ReceiptRefused::OtherEntry);
    let next = Entry { n: 4, ..entry(&event()) };
    assert_eq!(refused(&with_proof(|proof| proof.entry = next.to_bytes())), ReceiptRefused::OtherEntry);
}

#[test]
fn an_entry_of_another_book_is_refused() {
    let office = Office::numbered(7);
    let other = Receipt { dossier: DossierId(SERVER.0), ..receipt(&event()) };
    let kept = Kept { receipt: office.receipt(other), ..kept(&office) };
    assert_eq!(refused(&kept), ReceiptRefused::OtherEntry);
}

#[test]
fn an_event_that_says_something_else_is_refused() {
    let office = Office::numbered(7);
    // In the entry, but not what the receipt says.
    let event = event();
    let receipts = [
        Receipt { seq: 2, ..receipt(&event) },
        Receipt { at: Timestamp(AT.0 + 1), ..receipt(&event) },
        Receipt { subject: Subject::Submission(ContentHash([7; 32])), ..receipt(&event) },
        Receipt { subject: Subject::Supplement(CONTENT), ..receipt(&event) },
    ];
    for other in receipts {
        let kept = Kept { receipt: office.receipt(other), ..kept(&office) };
        assert_eq!(refused(&kept), ReceiptRefused::OtherEvent);
    }
    // What the receipt says, but not in the entry.
    let told = Event { by: By::Server, ..event.clone() };
    assert_eq!(refused(&with_proof(|proof| proof.event = to_bytes(&told))), ReceiptRefused::OtherEvent);
    assert_eq!(refused(&with_proof(|proof| proof.items = items(&told))), ReceiptRefused::OtherEvent);
    let both = with_proof(|proof| (proof.event, proof.items) = (to_bytes(&told), items(&told)));
    assert_eq!(refused(&both), ReceiptRefused::OtherEvent);
    assert_eq!(refused(&with_proof(|proof| proof.items = Vec::new())), ReceiptRefused::OtherEvent);
}

#[test]
fn a_list_of_other_papers_is_refused() {
    let office = Office::numbered(7);
    let with = |papers: Vec<PaperHash>| Kept { papers, ..kept(&office) };
    let mut swapped = papers();
    swapped.swap(0, 1);
    for other in [swapped, papers()[..2].to_vec(), [papers(), papers()].concat()] {
        assert_eq!(refused(&with(other)), ReceiptRefused::OtherPapers);
    }
    let none = Kept { receipt: office.receipt(Receipt { papers: None, ..receipt(&event()) }), ..kept(&office) };
    assert_eq!(refused(&none), ReceiptRefused::OtherPapers);
}

#[test]
fn a_checkpoint_that_the_log_did_not_sign_is_refused() {
    let office = Office::numbered(7);
    let root = merkle::root(&leaves(&entry(&event()), SIZE));
    let other_key = Office::numbered(8).checkpoint(log::origin(&SERVER), SIZE, root).to_string();
    assert_eq!(
        refused(&with_proof(|proof| proof.checkpoint = other_key)),
        ReceiptRefused::Checkpoint(NoteRefused::NotSigned)
    );
    let other_log = office.checkpoint(log::origin(&ServerId(DOSSIER.0)), SIZE, root).to_string();
    assert_eq!(
        refused(&with_proof(|proof| proof.checkpoint = other_log)),
        ReceiptRefused::Checkpoint(NoteRefused::OtherLog)
    );
    assert_eq!(
        refused(&with_proof(|proof| proof.checkpoint.push('x'))),
        ReceiptRefused::Checkpoint(NoteRefused::Malformed)
    );
}

#[test]
fn without_a_key_of_the_log_the_proof_is_said_to_be_unchecked() {
    let office = Office::numbered(7);
    let keys = (vec![office.public()], Vec::new());
    assert_eq!(kept(&office).verify(&trust(&keys)).unwrap().log, InLog::NotChecked);
    let broken = with_proof(|proof| proof.index = 0);
    assert!(matches!(broken.verify(&trust(&keys)), Err(ReceiptRefused::NotInLog(_))));
}

#[test]
fn people_read_what_was_shown_and_what_was_not() {
    let office = Office::numbered(7);
    let say = |kept: &Kept, language| {
        let verified = kept.verify(&trust(&office.believed())).unwrap();
        verified.sentences().iter().map(|s| s.say(language)).collect::<Vec<_>>().join("\n")
    };
    let whole = kept(&office);
    let bare = Kept::bare(whole.receipt.clone());
    let mut out = String::new();
    for language in Language::ALL {
        out += &format!("{}\n\n{}\n\n", say(&whole, language), say(&bare, language));
    }
    insta::assert_snapshot!(out);
}

#[test]
fn every_refusal_has_a_code_of_its_own_and_a_sentence() {
    use ReceiptRefused as R;
    let note = NoteRefused::NotSigned;
    let all = [
        R::NotAReceipt,
        R::UnknownKey,
        R::BadSignature,
        R::OtherPapers,
        R::OtherEntry,
        R::OtherEvent,
        R::Checkpoint(note),
        R::NotInLog(ProofRefused::OtherRoot),
    ];
    let codes: std::collections::BTreeSet<_> = all.iter().map(R::code).collect();
    assert_eq!(codes.len(), all.len());
    for refused in all {
        assert_ne!(refused.sentence().say(Language::Vietnamese), refused.sentence().id);
    }
}
