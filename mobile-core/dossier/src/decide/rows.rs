//! What a decision wants written, in one transaction for one dossier.

use super::{Card, DossierState};
use crate::delivery::Manifest;
use crate::event::Event;
use crate::ids::{
    Actor, ChangeHash, ContentHash, DossierId, Epoch, ParcelId, PersonId, Signature, Thumbprint, TreeHash, UnitCode,
};
use crate::standing::SignedStanding;
use crate::wire::{Blob, Open};
use ::time::Date;
use minicbor::{Decode, Encode};

#[derive(Clone, Debug)]
pub struct Rows {
    pub dossier: DossierId,
    /// The version that was decided on; if the dossier has moved on, nothing is written and it is decided again.
    pub expected_version: u64,
    /// With the first commit: whose dossier it is and what it is.
    pub birth: Option<Birth>,
    /// Admitted changes, in the order of admission.
    pub changes: Vec<ChangeRow>,
    pub evidence: Option<Evidence>,
    /// The merged document, if it changed.
    pub document: Option<Vec<u8>>,
    pub frozen: Vec<(ContentHash, Vec<u8>)>,
    pub events: Vec<Event>,
    /// What lists and searches read; recomputable from birth and events.
    pub card: Card,
    pub owner: PersonId,
    /// Whose feeds must show this commit.
    pub audiences: Vec<PersonId>,
    /// The device that caused it: its own changes are not echoed.
    pub origin: Option<Thumbprint>,
    /// A serial of a unit's day that this decision takes; if another took it first, it is decided again.
    pub serial: Option<Serial>,
    /// A courier's list to be signed and fed to the courier.
    pub manifest: Option<Manifest>,
    pub record: Option<RecordRow>,
    /// Why events of the office are here that no command asked for: the server's own word of before a restore.
    pub taken_back: Option<SignedStanding>,
}

impl Rows {
    /// What every decision writes: new events, and what follows from all of them.
    pub(super) fn of(state: &DossierState, birth: &Birth, events: Vec<Event>) -> Self {
        let all: Vec<Event> = state.events.iter().chain(&events).cloned().collect();
        Self {
            dossier: state.id,
            expected_version: state.version,
            birth: None,
            changes: Vec::new(),
            evidence: None,
            document: None,
            frozen: Vec::new(),
            card: Card::of(&birth.open.procedure, &all),
            events,
            owner: birth.owner,
            audiences: vec![birth.owner],
            origin: None,
            serial: None,
            manifest: None,
            record: None,
            taken_back: None,
        }
    }

    /// With a courier's list, which the courier is fed.
    pub(super) fn listing(mut self, manifest: Option<Manifest>) -> Self {
        self.audiences.extend(manifest.as_ref().map(|list| list.courier));
        Self { manifest, ..self }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Birth {
    pub owner: PersonId,
    pub open: Open,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRow {
    pub hash: ChangeHash,
    pub actor: Actor,
    pub device: Thumbprint,
    pub epoch: Epoch,
    pub seq: u64,
    pub bytes: Vec<u8>,
}

/// Why a device's changes are believed: its signature over the Merkle root of a push, and this dossier's path to it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Evidence {
    #[n(0)]
    pub device: Thumbprint,
    #[n(1)]
    pub epoch: Epoch,
    #[n(2)]
    pub tip: ChangeHash,
    /// Position of this dossier's leaf and number of leaves.
    #[n(3)]
    pub index: u32,
    #[n(4)]
    pub of: u32,
    #[n(5)]
    pub path: Vec<TreeHash>,
    #[n(6)]
    pub signature: Signature,
    /// Changes up to the tip that were not admitted: without them the tip's hash could not be followed back.
    #[n(7)]
    pub rest: Vec<Blob>,
}

/// The `serial`-th acceptance of a unit on a local day, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serial {
    pub unit: UnitCode,
    pub day: Date,
    pub serial: u32,
}

/// A courier's record that was taken into a dossier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRow {
    pub parcel: ParcelId,
    pub courier: PersonId,
    pub device: Thumbprint,
    pub counter: u64,
    pub hash: [u8; 32],
    /// The bytes as signed, with the signature.
    pub record: Vec<u8>,
    pub signature: Signature,
    /// It came after another record had settled the parcel.
    pub disputed: bool,
}
