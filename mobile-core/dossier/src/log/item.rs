//! What one commit wrote, item by item, as far as a later reader must be able to tell that nothing of it was altered.
//! Each item is a CBOR array that begins with the number of its kind; kinds are added, never renumbered, never reused.

use crate::decide::Evidence;
use crate::event::Event;
use crate::ids::{
    Actor, ChangeHash, CommandHash, CommandId, ContentHash, Epoch, ManifestId, NotA, PaperHash, ParcelId, PersonId,
    Thumbprint,
};
use crate::layout::PaperKind;
use crate::reading::Reading;
use crate::standing::SignedStanding;
use crate::wire::{Open, SignedManifest, to_bytes};
use minicbor::{Decode, Decoder, Encode};
use sha2::{Digest, Sha256};

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Item {
    /// Whose dossier it is, what it is, and the hash of the key under which its bodies are sealed.
    #[n(0)]
    Birth {
        #[n(0)]
        owner: PersonId,
        #[n(1)]
        open: Open,
        #[cbor(n(2), with = "minicbor::bytes")]
        data_key: [u8; 32],
    },
    #[n(1)]
    Change {
        #[n(0)]
        hash: ChangeHash,
        #[n(1)]
        actor: Actor,
        #[n(2)]
        device: Thumbprint,
        #[n(3)]
        epoch: Epoch,
        #[n(4)]
        seq: u64,
        /// Among the changes of this commit, from 0.
        #[n(5)]
        position: u32,
    },
    /// SHA-256 of the evidence's CBOR.
    #[n(2)]
    Evidence(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]),
    #[n(3)]
    Frozen(#[n(0)] ContentHash),
    /// The event's number, and SHA-256 of its CBOR.
    #[n(4)]
    Event(#[n(0)] u32, #[cbor(n(1), with = "minicbor::bytes")] [u8; 32]),
    /// A courier's list, and SHA-256 of the CBOR of its bytes with the server's signature.
    #[n(5)]
    Manifest(#[n(0)] ManifestId, #[cbor(n(1), with = "minicbor::bytes")] [u8; 32]),
    /// A delivery record by its hash (the one its device's next record names), and the parcel it speaks of.
    #[n(6)]
    Record(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32], #[n(1)] ParcelId),
    /// An office command that was done: its body's hash, and SHA-256 of its answer.
    #[n(7)]
    Command(#[n(0)] CommandId, #[n(1)] CommandHash, #[cbor(n(2), with = "minicbor::bytes")] [u8; 32]),
    /// Whose feed must show this commit.
    #[n(8)]
    Audience(#[n(0)] PersonId),
    /// A paper whose bytes were stored.
    #[n(9)]
    Paper(#[n(0)] PaperHash, #[n(1)] u32, #[n(2)] PaperKind),
    /// SHA-256 of what is kept of a person.
    #[n(10)]
    Person(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]),
    /// A device by its thumbprint, SHA-256 of what is kept of it, and whether it may write.
    #[n(11)]
    Device(#[n(0)] Thumbprint, #[cbor(n(1), with = "minicbor::bytes")] [u8; 32], #[n(2)] DeviceState),
    /// SHA-256 of the CBOR of the server's own word of before a restore, by which events of this commit happened again.
    #[n(12)]
    TakenBack(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]),
    /// SHA-256 of the CBOR of one reading.
    #[n(13)]
    Reading(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum DeviceState {
    #[n(0)]
    Active,
    #[n(1)]
    Suspended,
    #[n(2)]
    Revoked,
}

impl Item {
    pub fn event(event: &Event) -> Self {
        Self::event_bytes(event.seq, &to_bytes(event))
    }

    pub fn event_bytes(seq: u32, bytes: &[u8]) -> Self {
        Self::Event(seq, sha256(bytes))
    }

    pub fn evidence(evidence: &Evidence) -> Self {
        Self::Evidence(sha256(&to_bytes(evidence)))
    }

    pub fn manifest(id: ManifestId, signed: &SignedManifest) -> Self {
        Self::Manifest(id, sha256(&to_bytes(signed)))
    }

    pub fn reading(reading: &Reading) -> Self {
        Self::Reading(sha256(&to_bytes(reading)))
    }

    pub fn taken_back(signed: &SignedStanding) -> Self {
        Self::TakenBack(sha256(&to_bytes(signed)))
    }
}

/// The items of a commit in the order in which it wrote them, as the bytes that `digest_of` speaks of.
pub fn items_to_bytes(items: &[Item]) -> Vec<u8> {
    to_bytes(&items)
}

pub fn digest(items: &[Item]) -> [u8; 32] {
    digest_of(&items_to_bytes(items))
}

/// SHA-256("hoso items 1" ‖ the items' bytes).
pub fn digest_of(items: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(b"hoso items 1").chain_update(items).finalize().into()
}

/// The bytes of each item of a list, of kinds that this version does not know too.
pub fn split_items(items: &[u8]) -> Result<Vec<&[u8]>, NotA> {
    let not_items = |_| NotA("list of items");
    let mut decoder = Decoder::new(items);
    let count = decoder.array().map_err(not_items)?.ok_or(NotA("list of items"))?;
    let mut found = Vec::new();
    for _ in 0..count {
        let start = decoder.position();
        decoder.skip().map_err(not_items)?;
        found.push(&items[start..decoder.position()]);
    }
    if decoder.position() == items.len() { Ok(found) } else { Err(NotA("list of items")) }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
