//! One dossier as a phone holds it: what the server acknowledged, and the outbox of what the citizen did since.
//!
//! The outbox keeps each intent beside the change that it made. A change that the server will not take is taken out,
//! the rest is made again from the acknowledged state in the next epoch (DESIGN §4): nothing is lost, nothing blocks.

mod absorb;
mod aside;
mod intent;

pub use absorb::Absorbed;
pub use aside::{Elsewhere, SetAside};
pub use intent::{Intent, WriteRefused};

use crate::allow;
use crate::decide::Course;
use crate::document::{Document, Unreadable};
use crate::event::Event;
use crate::ids::{Actor, ChangeHash, DossierId, Epoch, PaperHash, Thumbprint};
use crate::layout::Projection;
use crate::procedure::Procedure;
use crate::status::{Facts, Status};
use crate::time::Timestamp;
use crate::wire::{Blob, DossierPush, Open};
use minicbor::{Decode, Encode};

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Replica {
    #[n(0)]
    pub dossier: DossierId,
    #[n(1)]
    pub open: Open,
    /// The server has the dossier.
    #[n(2)]
    pub known: bool,
    #[n(3)]
    pub epoch: Epoch,
    #[n(4)]
    pub events: Vec<Event>,
    /// What waits for the server, oldest first.
    #[n(5)]
    pub outbox: Vec<Queued>,
    /// What the server would not take, with its reason: kept until the citizen has seen to it.
    #[n(6)]
    pub set_aside: Vec<SetAside>,
    /// The acknowledged document, saved. Stored beside the rest: it changes only when something was acknowledged.
    #[cbor(skip)]
    pub document: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Queued {
    #[n(0)]
    pub intent: Intent,
    #[n(1)]
    pub hash: ChangeHash,
    #[n(2)]
    pub change: Blob,
    /// Papers that the server lacks for it.
    #[n(3)]
    pub lacking: Vec<PaperHash>,
}

impl Replica {
    /// A dossier born on this phone, without network.
    pub fn born(dossier: DossierId, open: Open) -> Self {
        let document = Document::genesis(open.layout, &dossier).save();
        Self {
            dossier,
            open,
            known: false,
            epoch: 0,
            events: Vec::new(),
            outbox: Vec::new(),
            set_aside: Vec::new(),
            document,
        }
    }

    /// Records what the citizen did: one intent, one change, one outbox entry. An edit that changes nothing makes none.
    /// Nothing is written when it is refused; the caller stores the replica before it says "saved".
    pub fn write(&mut self, device: &Thumbprint, intent: Intent, procedure: &Procedure) -> Result<(), WriteRefused> {
        let mut local = self.local()?;
        intent.check(self, &local, procedure)?;
        if let Some(queued) = intent.make(&mut local, self.actor(device)) {
            self.outbox.push(queued);
        }
        Ok(())
    }

    /// What is to be sent of this dossier; `None` when nothing waits.
    pub fn push(&self) -> Option<DossierPush> {
        if self.outbox.is_empty() {
            return None;
        }
        Some(DossierPush {
            dossier: self.dossier,
            epoch: self.epoch,
            open: (!self.known).then(|| self.open.clone()),
            changes: self.outbox.iter().map(|q| q.change.clone()).collect(),
        })
    }

    /// The document with everything the citizen did, sent or not.
    pub fn local(&self) -> Result<Document, Unreadable> {
        let mut document = Document::load(&self.document)?;
        let changes: Vec<Blob> = self.outbox.iter().map(|q| q.change.clone()).collect();
        document.apply(&changes)?;
        Ok(document)
    }

    /// As the citizen sees it.
    pub fn projection(&self) -> Result<Projection, Unreadable> {
        Ok(self.local()?.project())
    }

    /// By the server's events alone.
    pub fn status(&self) -> Status {
        Status::of(&self.events)
    }

    pub fn course(&self) -> Course {
        Course::of(&self.events)
    }

    /// The status that the waiting acts will lead to, if the server takes them: what the phone's own form goes by.
    pub fn expected_status(&self, procedure: &Procedure) -> Status {
        let course = self.course();
        let facts = self.facts(procedure);
        self.outbox.iter().filter_map(|q| q.intent.action()).fold(course.status.clone(), |status, action| {
            status.after(action, crate::status::Role::Citizen, &facts).unwrap_or(status)
        })
    }

    /// A citizen's steps do not depend on the hour; the last event's is as good as any.
    pub(crate) fn facts(&self, procedure: &Procedure) -> Facts {
        let now = self.events.last().map_or(Timestamp(0), |e| e.at);
        allow::facts(&self.events, procedure, now)
    }

    pub(crate) fn actor(&self, device: &Thumbprint) -> Actor {
        Actor::of_device(device, &self.dossier, self.epoch)
    }
}
