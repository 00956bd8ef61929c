use super::hub::{log_key, log_signer, server_id};
use super::*;
use dossier::event::{By, Event, What};
use dossier::ids::{ActId, ContentHash, EntryCommitment, KeyId, PaperHash};
use dossier::log::{Book, Checkpoint, Entry, Item, LogKey, digest, items_to_bytes, origin};
use dossier::merkle;
use dossier::receipt::{Kept, Proof, Receipt, Subject, Writer, papers_digest};
use dossier::wire::to_bytes;
use ed25519_dalek::Signer as _;

/// A receipt of this hub for a submission, kept with its papers and the proof of a log of one entry.
fn kept(hub: &Hub) -> Kept {
    let dossier = DossierId::from_bytes([1; 16]);
    let papers = vec![PaperHash([2; 32])];
    let (unit, content) = ("H24.31".parse().unwrap(), ContentHash([3; 32]));
    let what = What::Submitted(ActId::from_bytes([4; 16]), content, unit, Vec::new(), None);
    let event = Event { seq: 1, at: MONDAY_8, by: By::Server, what };
    let items = [Item::event(&event)];
    let (n, previous) = (1, EntryCommitment::NONE);
    let entry = Entry { book: Book::Dossier(dossier), n, previous, digest: digest(&items) };
    let commitment = entry.commitment(&[5; 16]);
    let receipt = Receipt {
        server: server_id(),
        dossier,
        seq: 1,
        subject: Subject::Submission(content),
        papers: papers_digest(&papers),
        entry: commitment,
        writer: Writer::Device,
        at: event.at,
    };
    let root = merkle::root(&[commitment.leaf()]);
    let checkpoint = Checkpoint { origin: origin(&server_id()), size: 1, root, extensions: Vec::new() };
    let signature = log_signer(5).sign(checkpoint.text().as_bytes()).to_bytes();
    let proof = Proof {
        event: to_bytes(&event),
        items: items_to_bytes(&items),
        entry: entry.to_bytes(),
        salt: [5; 16],
        index: 0,
        path: Vec::new(),
        checkpoint: checkpoint.signed(&log_key(5), signature).to_string(),
    };
    let receipt = receipt.signed(KeyId::of(&hub.public()), |message| hub.sign(message));
    Kept { receipt, papers, proof: Some(proof) }
}

#[tokio::test]
async fn a_receipt_is_verified_without_network_down_to_the_signed_log() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await.restarted();
    let kept = kept(&hub.lock().unwrap());
    phone.mishap(Mishap::Offline);
    let view = phone.client.verify_receipt(&kept.to_bytes()).unwrap();
    assert_eq!((view.subject.as_str(), view.writer.as_str(), view.at), ("submission", "device", MONDAY_8.0));
    assert_eq!((view.papers.as_str(), view.paper_count), ("listed", 1));
    assert_eq!((view.log.as_str(), view.log_place, view.log_size), ("shown", Some(1), Some(1)));
    assert_eq!(view.sentences.len(), 6);
    assert_eq!(phone.line.hub().mishaps.len(), 1, "nothing was asked of the network");

    let view = phone.client.verify_receipt(kept.receipt.to_text().as_bytes()).unwrap();
    assert_eq!((view.papers.as_str(), view.log.as_str(), view.log_size), ("not_given", "not_given", None));
}

#[tokio::test]
async fn a_receipt_of_another_server_and_a_changed_one_are_refused_with_their_reason() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let hub = hub.lock().unwrap();
    let mut other = kept(&hub);
    let receipt = other.receipt.unverified().clone();
    other.receipt = receipt.signed(KeyId([9; 8]), |message| hub.sign(message));
    let mut changed = kept(&hub);
    changed.papers[0].0[0] ^= 1;
    let mut unsigned = kept(&hub);
    let proof = unsigned.proof.as_mut().unwrap();
    proof.checkpoint = proof.checkpoint.replacen("\n\n", "\nanother line\n\n", 1);
    drop(hub);
    for (kept, code) in [(other, "unknown_key"), (changed, "other_papers"), (unsigned, "bad_checkpoint")] {
        let refused = phone.client.verify_receipt(&kept.to_bytes()).unwrap_err();
        assert_eq!(refused.code(), code);
        assert_eq!(refused.kind(), crate::ErrorKind::NeedsUser);
    }
    assert_eq!(phone.client.verify_receipt(b"HS1:").unwrap_err().code(), "not_a_receipt");
}

#[tokio::test]
async fn the_key_of_the_log_is_pinned_once_and_a_server_may_have_none() {
    let hub = Hub::open();
    hub.lock().unwrap().log_key = None;
    let phone = Phone::of(&hub, 1, false).await;
    let kept = kept(&hub.lock().unwrap()).to_bytes();
    assert_eq!(phone.client.verify_receipt(&kept).unwrap().log, "not_checked");
    // The log began later: the next sign-in pins its key, and keeps it when the server has none again.
    for key in [Some(log_key(5)), None] {
        let again = PersonId::from_bytes([1; 16]);
        {
            let mut hub = hub.lock().unwrap();
            hub.log_key = key;
            hub.codes.insert("AGAIN".into(), (again, false));
        }
        phone.enrol("AGAIN").await.unwrap();
        assert_eq!(phone.client.verify_receipt(&kept).unwrap().log, "shown");
    }
    hub.lock().unwrap().log_key = Some(log_key(6));
    assert_eq!(phone.enrol("AGAIN").await.unwrap_err().code(), "other_server");
    hub.lock().unwrap().log_key = Some(LogKey::new("hoso/another", *log_key(5).key()).unwrap());
    assert_eq!(Phone::new(&hub).enrol("AGAIN").await.unwrap_err().code(), "answer_malformed");
}
