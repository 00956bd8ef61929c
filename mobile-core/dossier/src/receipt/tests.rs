mod carried;
mod shown;

use super::*;
use crate::event::{By, Event, What};
use crate::ids::{KeyId, PublicKey, Signature, Thumbprint, TreeHash};
use crate::log::{self, Book, Checkpoint, Entry, Item, LogKey, SignedCheckpoint};
use crate::merkle::{self, Hash};
use crate::wire::to_bytes;

use p256::ecdsa::signature::{Signer as _, Verifier as _};
use uuid::Uuid;

const SERVER: ServerId = ServerId(Uuid::from_u128(0x0193_5a00_0000_7000_8000_0000_0000_0001));
const DOSSIER: DossierId = DossierId(Uuid::from_u128(0x0193_5a00_0000_7000_8000_0000_0000_0002));
const CONTENT: ContentHash = ContentHash([6; 32]);
const AT: Timestamp = Timestamp(1_795_397_400_000);
const SALT: log::Salt = [5; 16];
/// The log's size, and where the receipt's entry stands in it.
const SIZE: u64 = 300;
const INDEX: u64 = 217;

/// A server that signs, without the server.
struct Office {
    key: p256::ecdsa::SigningKey,
    log: ed25519_dalek::SigningKey,
}

impl Office {
    fn numbered(n: u8) -> Self {
        let key = p256::ecdsa::SigningKey::from_slice(&[n; 32]).unwrap();
        Self { key, log: ed25519_dalek::SigningKey::from_bytes(&[n; 32]) }
    }

    fn public(&self) -> PublicKey {
        PublicKey::try_from(&self.key.verifying_key().to_sec1_point(false).as_bytes()[1..]).unwrap()
    }

    fn sign(&self, message: &[u8]) -> Signature {
        let signature: p256::ecdsa::Signature = self.key.sign(message);
        Signature(signature.normalize_s().to_bytes().into())
    }

    fn log_key(&self) -> LogKey {
        LogKey::new(&log::origin(&SERVER), self.log.verifying_key().to_bytes()).unwrap()
    }

    fn receipt(&self, receipt: Receipt) -> SignedReceipt {
        receipt.signed(KeyId::of(&self.public()), |message| self.sign(message))
    }

    fn checkpoint(&self, origin: String, size: u64, root: Hash) -> SignedCheckpoint {
        let checkpoint = Checkpoint { origin, size, root, extensions: Vec::new() };
        let signature = self.log.sign(checkpoint.text().as_bytes()).to_bytes();
        checkpoint.signed(&self.log_key(), signature)
    }

    fn believed(&self) -> (Vec<PublicKey>, Vec<LogKey>) {
        (vec![self.public()], vec![self.log_key()])
    }
}

/// Takes a high S too, as some libraries do: refusing it is the format's business.
fn verify(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&key.sec1());
    let signature = p256::ecdsa::Signature::from_slice(signature.bytes());
    matches!((key, signature), (Ok(key), Ok(signature)) if key.verify(message, &signature).is_ok())
}

fn verify_ed25519(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let signature = ed25519_dalek::Signature::from_bytes(signature);
    ed25519_dalek::VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
}

fn trust<'a>((receipts, logs): &'a (Vec<PublicKey>, Vec<LogKey>)) -> Trust<'a> {
    Trust { receipts, logs, verify: &verify, verify_ed25519: &verify_ed25519 }
}

fn papers() -> Vec<PaperHash> {
    vec![PaperHash([1; 32]), PaperHash([2; 32]), PaperHash([3; 32])]
}

fn event() -> Event {
    let what = What::Submitted(crate::ids::ActId(DOSSIER.0), CONTENT, "H24.31".parse().unwrap(), Vec::new(), None);
    Event { seq: 1, at: AT, by: By::Citizen(Thumbprint([2; 32])), what }
}

fn items(event: &Event) -> Vec<u8> {
    log::items_to_bytes(&[Item::Frozen(CONTENT), Item::event(event), Item::Audience(crate::ids::PersonId(DOSSIER.0))])
}

fn entry(event: &Event) -> Entry {
    let digest = log::digest_of(&items(event));
    Entry { book: Book::Dossier(DOSSIER), n: 3, previous: EntryCommitment([8; 32]), digest }
}

fn receipt(event: &Event) -> Receipt {
    Receipt {
        server: SERVER,
        dossier: DOSSIER,
        seq: event.seq,
        subject: Subject::of(event).unwrap(),
        papers: papers_digest(&papers()),
        entry: entry(event).commitment(&SALT),
        writer: Writer::Device,
        at: event.at,
    }
}

/// The leaves of a log in which the entry stands among others.
fn leaves(entry: &Entry, size: u64) -> Vec<Hash> {
    let leaf = |i: u64| if i == INDEX { entry.commitment(&SALT).leaf() } else { merkle::leaf(&i.to_be_bytes()) };
    (0..size).map(leaf).collect()
}

fn proof(office: &Office, event: &Event, size: u64) -> Proof {
    let entry = entry(event);
    let leaves = leaves(&entry, size);
    let path = merkle::path(&leaves, INDEX as usize).into_iter().map(TreeHash).collect();
    let checkpoint = office.checkpoint(log::origin(&SERVER), size, merkle::root(&leaves)).to_string();
    Proof {
        event: to_bytes(event),
        items: items(event),
        entry: entry.to_bytes(),
        salt: SALT,
        index: INDEX,
        path,
        checkpoint,
    }
}

fn kept(office: &Office) -> Kept {
    let event = event();
    Kept { receipt: office.receipt(receipt(&event)), papers: papers(), proof: Some(proof(office, &event, SIZE)) }
}
