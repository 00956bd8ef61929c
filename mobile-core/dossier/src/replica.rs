//! One dossier as a phone holds it: what the server acknowledged, and the outbox of what the citizen did since.
//!
//! The outbox keeps each intent beside the change that it made. A change that the server will not take is taken out,
//! the rest is made again from the acknowledged state in the next epoch (DESIGN §4): nothing is lost, nothing blocks.

mod absorb;
mod aside;
mod intent;
mod refill;

pub use absorb::Absorbed;
pub use aside::{Elsewhere, SetAside};
pub use intent::{Intent, WriteRefused};
pub use refill::Refill;

use crate::allow::{self, Closed, Path};
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
    /// What a restored server has not yet back.
    #[n(7)]
    pub refill: Option<Refill>,
    /// The server has answered that it takes what waits later: the dossier has had its changes of the day.
    #[n(8)]
    #[cbor(default)]
    pub is_held: bool,
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
    /// Sending it was begun, and no answer has come: the server may have it. A phone cannot know more of a request that
    /// left and was not answered, and it must not say less after a crash, so this is kept before the first byte goes.
    #[n(4)]
    #[cbor(default)]
    pub sent: bool,
    /// The server had it, in this epoch, before its database was put back from a backup.
    #[n(5)]
    pub lost: Option<Epoch>,
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
            refill: None,
            is_held: false,
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

    /// What is to be sent of this dossier; `None` when nothing waits, or what waits cannot go yet.
    pub fn push(&self) -> Option<DossierPush> {
        let (epoch, changes) = self.sendable();
        if changes.is_empty() {
            return None;
        }
        let open = (!self.known).then(|| self.open.clone());
        Some(DossierPush { dossier: self.dossier, epoch, open, changes })
    }

    /// Notes that sending these changes begins; true if that is new of any of them.
    pub fn begin_sending(&mut self, changes: &[ChangeHash]) -> bool {
        let waiting = self.outbox.iter_mut().filter(|q| !q.sent && changes.contains(&q.hash));
        waiting.map(|queued| queued.sent = true).count() > 0
    }

    /// Takes the note back: the request never left this phone.
    pub fn never_left(&mut self, changes: &[ChangeHash]) {
        self.outbox.iter_mut().filter(|q| changes.contains(&q.hash)).for_each(|queued| queued.sent = false);
    }

    /// Notes that these changes were answered with "later"; true if that is new.
    pub fn is_told_to_wait(&mut self, changes: &[ChangeHash]) -> bool {
        let new = !self.is_held && self.outbox.iter().any(|q| changes.contains(&q.hash));
        self.is_held |= new;
        new
    }

    /// The server has a paper that it lacked.
    pub fn has_uploaded(&mut self, paper: &PaperHash) {
        self.outbox.iter_mut().for_each(|queued| queued.lacking.retain(|lacking| lacking != paper));
    }

    /// The document with everything the citizen did, sent or not.
    pub fn local(&self) -> Result<Document, Unreadable> {
        let mut document = Document::load(&self.document)?;
        let theirs = self.refill.iter().flat_map(|refill| refill.theirs.iter().cloned());
        let changes: Vec<Blob> = theirs.chain(self.outbox.iter().map(|q| q.change.clone())).collect();
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

    /// Why a place cannot be edited now, if it cannot: by the status that the waiting acts will lead to.
    pub fn closed(&self, path: &Path<'_>, procedure: &Procedure) -> Option<Closed> {
        allow::write(&self.expected_status(procedure), self.course().supplement.as_ref(), path).err()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::to_bytes;

    /// A waiting change as phones kept it before they noted that sending begins.
    #[derive(Encode)]
    #[cbor(array)]
    struct QueuedBefore {
        #[n(0)]
        intent: Intent,
        #[n(1)]
        hash: ChangeHash,
        #[n(2)]
        change: Blob,
        #[n(3)]
        lacking: Vec<PaperHash>,
    }

    #[test]
    fn a_waiting_change_of_an_earlier_version_is_read_as_not_sent() {
        let (intent, hash, change) = (Intent::SetFields(Vec::new()), ChangeHash([1; 32]), Blob(vec![1]));
        let before = QueuedBefore { intent: intent.clone(), hash, change: change.clone(), lacking: Vec::new() };
        let read: Queued = minicbor::decode(&to_bytes(&before)).unwrap();
        assert_eq!(read, Queued { intent, hash, change, lacking: Vec::new(), sent: false, lost: None });
        let sent = Queued { sent: true, ..read };
        assert_eq!(minicbor::decode::<Queued>(&to_bytes(&sent)).unwrap(), sent);
    }
}
