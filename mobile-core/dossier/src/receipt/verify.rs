//! What a receipt shows to somebody who has nothing but the server's public keys: each statement only when every step
//! that leads to it was checked.

use super::{Kept, Proof, Receipt, papers_digest};
use crate::event::Event;
use crate::ids::{EntryCommitment, KeyId, PublicKey, Verify};
use crate::log::{
    Book, Entry, Item, LogKey, NoteRefused, ProofRefused, SignedCheckpoint, VerifyEd25519, digest_of, origin,
    split_items, verify_inclusion,
};
use crate::merkle::Hash;
use crate::wire::to_bytes;
use std::fmt;

/// Whom to believe.
#[derive(Clone, Copy)]
pub struct Trust<'a> {
    /// The server's keys that sign receipts, present and past.
    pub receipts: &'a [PublicKey],
    /// The keys of its log; with none of them, the log is not checked.
    pub logs: &'a [LogKey],
    pub verify: Verify<'a>,
    pub verify_ed25519: VerifyEd25519<'a>,
}

/// A receipt that was signed by the key, and what else was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub receipt: Receipt,
    pub key: KeyId,
    pub papers: PapersShown,
    pub log: InLog,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PapersShown {
    /// The receipt speaks of no papers.
    None,
    /// It does, and their list is not here.
    NotGiven,
    /// The list that is here is the one that was handed in.
    Listed(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InLog {
    /// There is no proof beside the receipt.
    NotGiven,
    /// The proof leads to the checkpoint that is here, but whether the log signed that was not checked: no key.
    NotChecked,
    Shown(Box<Logged>),
}

/// The event stands in the log's entry, and the entry's commitment in the log as its checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    pub event: Event,
    /// From 0.
    pub index: u64,
    /// Entries in the log when the checkpoint was signed.
    pub size: u64,
    pub root: Hash,
    /// Who signed the checkpoint.
    pub key: LogKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptRefused {
    /// No receipt, or none of a format that is known here.
    NotAReceipt,
    /// Signed by a key that is none of the server's.
    UnknownKey,
    BadSignature,
    /// The list of papers is not the one that was handed in.
    OtherPapers,
    /// The entry and its salt are not what the receipt names.
    OtherEntry,
    /// The event is not in the entry, or says something else than the receipt.
    OtherEvent,
    Checkpoint(NoteRefused),
    NotInLog(ProofRefused),
}

impl ReceiptRefused {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAReceipt => "not_a_receipt",
            Self::UnknownKey => "unknown_key",
            Self::BadSignature => "bad_signature",
            Self::OtherPapers => "other_papers",
            Self::OtherEntry => "other_entry",
            Self::OtherEvent => "other_event",
            Self::Checkpoint(_) => "bad_checkpoint",
            Self::NotInLog(_) => "not_in_log",
        }
    }
}

impl fmt::Display for ReceiptRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
impl std::error::Error for ReceiptRefused {}

impl Kept {
    /// Checks all that is here. What is here and wrong refuses the whole.
    pub fn verify(&self, trust: &Trust<'_>) -> Result<Verified, ReceiptRefused> {
        let key = *self.receipt.key();
        let known = trust.receipts.iter().filter(|public| KeyId::of(public) == key);
        let mut tried = known.map(|public| self.receipt.is_signed_by(public, trust.verify)).peekable();
        if tried.peek().is_none() {
            return Err(ReceiptRefused::UnknownKey);
        }
        if !tried.any(|good| good) {
            return Err(ReceiptRefused::BadSignature);
        }
        let receipt = self.receipt.unverified().clone();
        let papers = match receipt.papers {
            None if self.papers.is_empty() => PapersShown::None,
            Some(_) if self.papers.is_empty() => PapersShown::NotGiven,
            digest if digest == papers_digest(&self.papers) => PapersShown::Listed(self.papers.len()),
            _ => return Err(ReceiptRefused::OtherPapers),
        };
        let log = match &self.proof {
            None => InLog::NotGiven,
            Some(proof) => proof.check(&receipt, trust)?,
        };
        Ok(Verified { receipt, key, papers, log })
    }
}

impl Proof {
    /// From the receipt to the entry, from the entry to the event, from the entry to the checkpoint, and who signed it.
    fn check(&self, receipt: &Receipt, trust: &Trust<'_>) -> Result<InLog, ReceiptRefused> {
        let entry = Entry::read(&self.entry).map_err(|_| ReceiptRefused::OtherEntry)?;
        let commitment = EntryCommitment::of(&self.salt, &self.entry);
        if commitment != receipt.entry || entry.book != Book::Dossier(receipt.dossier) {
            return Err(ReceiptRefused::OtherEntry);
        }
        let event = self.event(&entry).filter(|event| receipt.speaks_of(event)).ok_or(ReceiptRefused::OtherEvent)?;
        let note = SignedCheckpoint::parse(&self.checkpoint).map_err(ReceiptRefused::Checkpoint)?;
        let claimed = note.unverified();
        let path: Vec<Hash> = self.path.iter().map(|hash| hash.0).collect();
        verify_inclusion(&commitment.leaf(), self.index, claimed.size, &path, &claimed.root)
            .map_err(ReceiptRefused::NotInLog)?;
        if trust.logs.is_empty() {
            return Ok(InLog::NotChecked);
        }
        let origin = origin(&receipt.server);
        let mut refused = NoteRefused::NotSigned;
        for key in trust.logs {
            match note.verify(&origin, key, trust.verify_ed25519) {
                Ok(checkpoint) => {
                    let (size, root) = (checkpoint.size, checkpoint.root);
                    let logged = Logged { event, index: self.index, size, root, key: key.clone() };
                    return Ok(InLog::Shown(Box::new(logged)));
                }
                Err(NoteRefused::NotSigned) => {}
                Err(why) => refused = why,
            }
        }
        Err(ReceiptRefused::Checkpoint(refused))
    }

    /// The event, if the entry's commit wrote it.
    fn event(&self, entry: &Entry) -> Option<Event> {
        let event: Event = minicbor::decode(&self.event).ok()?;
        let item = to_bytes(&Item::event_bytes(event.seq, &self.event));
        let items = split_items(&self.items).ok()?;
        let written = digest_of(&self.items) == entry.digest && items.contains(&item.as_slice());
        written.then_some(event)
    }
}
