//! The hub's transparency log, in memory: what it enters and proves is the product's own, and a test alters it as a
//! dishonest server would.

use super::hub::{Hub, log_key, log_signer, server_id};
use dossier::decide::Rows;
use dossier::event::Event;
use dossier::ids::{DossierId, EntryCommitment, KeyId, TreeHash};
use dossier::log::{self, Checkpoint, Entry, Item, TileId, digest, items_to_bytes, origin};
use dossier::merkle::Hash;
use dossier::receipt::{Kept, Proof, Receipt, Subject, Writer};
use dossier::wire::{Blob, to_bytes};
use ed25519_dalek::Signer as _;
use std::collections::BTreeMap;

const SALT: log::Salt = [5; 16];

pub(super) struct Book {
    /// The tree that proofs are made from.
    pub(super) leaves: Vec<Hash>,
    pub(super) life: u64,
    /// Which of the keys signs checkpoints.
    pub(super) signer: u8,
    /// The sequencer has placed nothing yet.
    pub(super) asleep: bool,
    /// Enters events as if they had happened a moment later than phones are told.
    pub(super) late: bool,
    entries: Vec<(DossierId, Entry, Vec<Event>)>,
}

impl Book {
    pub(super) fn new() -> Self {
        Self { leaves: Vec::new(), life: 1, signer: 5, asleep: false, late: false, entries: Vec::new() }
    }

    pub(super) fn enter(&mut self, rows: &Rows) {
        let mut events = rows.events.clone();
        events.iter_mut().filter(|_| self.late).for_each(|event| event.at.0 += 1);
        let items: Vec<Item> = events.iter().map(Item::event).collect();
        let (book, n) = (log::Book::Dossier(rows.dossier), rows.expected_version + 1);
        let entry = Entry { book, n, previous: EntryCommitment::NONE, digest: digest(&items) };
        self.leaves.push(entry.commitment(&SALT).leaf());
        self.entries.push((rows.dossier, entry, events));
    }

    fn tiles(&self, size: u64) -> (Hash, BTreeMap<TileId, Vec<u8>>) {
        let grown = log::append(0, &self.leaves[..size as usize], &|_| None).unwrap();
        (grown.root, grown.tiles.into_iter().collect())
    }

    pub(super) fn checkpoint(&self) -> String {
        let size = self.leaves.len() as u64;
        let extensions = vec![format!("incarnation {}", self.life), "time 1".to_owned()];
        let checkpoint = Checkpoint { origin: origin(&server_id()), size, root: self.tiles(size).0, extensions };
        let signature = log_signer(self.signer).sign(checkpoint.text().as_bytes()).to_bytes();
        checkpoint.signed(&log_key(5), signature).to_string()
    }

    /// What stands at an address of the log.
    pub(super) fn say(&self, path: &str) -> Option<Vec<u8>> {
        if path == "/v1/log/checkpoint" {
            return Some(self.checkpoint().into_bytes());
        }
        let query = path.strip_prefix("/v1/log/consistency?from=")?;
        let (from, to) = query.split_once("&to=").unwrap_or((query, ""));
        let size = self.leaves.len() as u64;
        let (from, to): (u64, u64) = (from.parse().unwrap(), to.parse().unwrap_or(size));
        if from > to || to > size {
            return None;
        }
        let tiles = self.tiles(to).1;
        let proof = log::consistency(from, to, &|id| tiles.get(&id).cloned()).unwrap();
        let proof: Vec<String> =
            proof.iter().map(|hash| hash.iter().map(|byte| format!("{byte:02x}")).collect()).collect();
        Some(serde_json::json!({"checkpoint": self.checkpoint(), "proof": proof}).to_string().into_bytes())
    }

    pub(super) fn receipts(&self, id: &DossierId, hub: &Hub) -> Vec<Blob> {
        let of = self.entries.iter().zip(0_u64..).filter(|((dossier, ..), _)| dossier == id);
        let files = of.flat_map(|((_, entry, events), index)| {
            events.iter().filter_map(move |event| self.receipt(entry, events, event, index, hub))
        });
        files.map(|kept| Blob(kept.to_bytes())).collect()
    }

    fn receipt(&self, entry: &Entry, events: &[Event], event: &Event, index: u64, hub: &Hub) -> Option<Kept> {
        let log::Book::Dossier(dossier) = entry.book else { unreachable!("this hub enters no people") };
        let receipt = Receipt {
            server: server_id(),
            dossier,
            seq: event.seq,
            subject: Subject::of(event)?,
            papers: None,
            entry: entry.commitment(&SALT),
            writer: Writer::Device,
            at: event.at,
        };
        let items: Vec<Item> = events.iter().map(Item::event).collect();
        let (_, tiles) = self.tiles(self.leaves.len() as u64);
        let path = log::inclusion(index, self.leaves.len() as u64, &|id| tiles.get(&id).cloned());
        let proof = path.ok().filter(|_| !self.asleep).map(|path| Proof {
            event: to_bytes(event),
            items: items_to_bytes(&items),
            entry: entry.to_bytes(),
            salt: SALT,
            index,
            path: path.into_iter().map(TreeHash).collect(),
            checkpoint: self.checkpoint(),
        });
        let receipt = receipt.signed(KeyId::of(&hub.public()), |message| hub.sign(message));
        Some(Kept { receipt, papers: Vec::new(), proof })
    }
}
