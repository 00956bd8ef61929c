//! After the server was put back from a backup: what it had and has no more comes back from the phones. A device sends the
//! changes that it made itself, with their old signatures' place taken by new ones; what stands on another device's changes
//! waits for that device. Nothing is dropped, and what the server had told is shown until it is told again.

use super::{Absorbed, Intent, Queued, Replica};
use crate::document::{Document, Unreadable};
use crate::event::Event;
use crate::ids::{Actor, ChangeHash, Epoch, PaperHash, Thumbprint};
use crate::prescan::prescan;
use crate::status::Status;
use crate::time::Timestamp;
use crate::wire::{Blob, Delta, DocumentDelta};
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Refill {
    /// When the phone heard of the server's new life.
    #[n(0)]
    pub since: Timestamp,
    /// The server has said in this life what it has of the dossier; until then nothing of it is sent.
    #[n(1)]
    pub compared: bool,
    /// Changes of other devices that the server lacks: those devices bring them.
    #[n(2)]
    pub theirs: Vec<Blob>,
    /// What had happened by the server's word of before, beyond what it says now.
    #[n(3)]
    pub told: Vec<Event>,
}

impl Replica {
    /// The server began another life.
    pub fn begin_refill(&mut self, now: Timestamp) {
        for queued in &mut self.outbox {
            queued.sent = false;
            queued.lacking.clear();
        }
        let (theirs, told) = self.refill.take().map(|before| (before.theirs, before.told)).unwrap_or_default();
        self.refill = Some(Refill { since: now, compared: false, theirs, told });
    }

    /// Takes what the server has in its new life, `None` where it does not know the dossier. What it lacks of this device
    /// waits from now on. Gives the papers to offer again. On an error nothing has changed.
    pub fn compare(&mut self, device: &Thumbprint, now: Option<&Delta>) -> Result<Vec<PaperHash>, Unreadable> {
        let Some(before) = &self.refill else { return Ok(Vec::new()) };
        let mut had = Document::load(&self.document)?;
        had.apply(&before.theirs)?;
        let (document, events) = match now {
            Some(Delta { document: DocumentDelta::Snapshot(bytes), events, .. }) => {
                (Document::load(&bytes.0)?, events.clone())
            }
            _ => (Document::genesis(self.open.layout, &self.dossier), Vec::new()),
        };
        let missing = had.changes().into_iter().filter(|change| !document.has(&hash(change)));
        let epochs = self.epochs(device);
        let (mut theirs, mut mine) = (Vec::new(), Vec::new());
        for change in missing {
            match epochs.iter().find(|(actor, _)| is_by(&change, actor)) {
                Some((_, epoch)) => mine.push(Queued::lost(change, *epoch)),
                None => theirs.push(change),
            }
        }
        let told: Vec<Event> = self.events.iter().chain(&before.told).cloned().collect();
        let mut next = self.clone();
        next.known = now.is_some();
        next.document = document.save();
        next.outbox = mine.into_iter().chain(self.outbox.iter().cloned()).collect();
        next.events = events;
        next.refill = Some(Refill { since: before.since, compared: true, theirs, told });
        if next.local().is_err() {
            // The server has other content in a place of this line. What this phone did is made again beside it.
            next.refill.iter_mut().for_each(|refill| refill.theirs.clear());
            next.replay(device, document.clone(), &document, &mut Absorbed::default())?;
        }
        next.settle_refill(&document);
        let papers = next.papers_to_offer()?;
        *self = next;
        Ok(papers)
    }

    /// Does not wait any longer for another device: what that device did and this one knows is made again as this one's,
    /// in the next epoch. Should the other device come after all, its changes enter beside these. Gives how many of them
    /// the dossier no longer takes; they are set aside.
    pub fn go_on_without(&mut self, device: &Thumbprint) -> Result<usize, Unreadable> {
        let document = Document::load(&self.document)?;
        let all = self.local()?.changes();
        let mine = std::mem::take(&mut self.outbox);
        let again = |change: Blob| {
            let known = mine.iter().find(|queued| queued.hash == hash(&change)).cloned();
            known.unwrap_or_else(|| Queued::lost(change, 0))
        };
        self.outbox = all.into_iter().filter(|change| !document.has(&hash(change))).map(again).collect();
        self.refill.iter_mut().for_each(|refill| refill.theirs.clear());
        let mut absorbed = Absorbed::default();
        self.replay(device, document.clone(), &document, &mut absorbed)?;
        self.settle_refill(&document);
        Ok(absorbed.set_aside)
    }

    /// Changes of this phone that stand on what another device has to bring back.
    pub fn waits_for_others(&self) -> usize {
        let waits = self.refill.as_ref().is_some_and(|refill| refill.compared && !refill.theirs.is_empty());
        if waits { self.outbox.len() - self.standing_on_what_is_there().len() } else { 0 }
    }

    /// What the server had told and does not say yet.
    pub fn told_before(&self) -> &[Event] {
        self.refill.as_ref().map_or(&[], |refill| &refill.told)
    }

    /// The server lacks something that its own signed word of before can show.
    pub fn needs_standing(&self) -> bool {
        let compared = self.refill.as_ref().is_some_and(|refill| refill.compared);
        compared && (!self.told_before().is_empty() || self.outbox.iter().any(|queued| queued.lost.is_some()))
    }

    /// What can be sent now, all of one epoch: the oldest first, as the server takes them.
    pub(super) fn sendable(&self) -> (Epoch, Vec<Blob>) {
        let Some(refill) = &self.refill else {
            return (self.epoch, self.outbox.iter().map(|queued| queued.change.clone()).collect());
        };
        if !refill.compared {
            return (self.epoch, Vec::new());
        }
        let there = self.standing_on_what_is_there();
        let epoch = there.first().map_or(self.epoch, |first| first.lost.unwrap_or(self.epoch));
        let of_it = there.into_iter().filter(|queued| queued.lost.unwrap_or(self.epoch) == epoch);
        (epoch, of_it.map(|queued| queued.change.clone()).collect())
    }

    fn standing_on_what_is_there(&self) -> Vec<&Queued> {
        let Some(refill) = self.refill.as_ref().filter(|refill| !refill.theirs.is_empty()) else {
            return self.outbox.iter().collect();
        };
        let mut absent: BTreeSet<ChangeHash> = refill.theirs.iter().map(hash).collect();
        let mut there = Vec::new();
        for queued in &self.outbox {
            let deps = prescan(&queued.change.0).map(|header| header.deps).unwrap_or_default();
            if deps.iter().any(|dep| absent.contains(dep)) {
                absent.insert(queued.hash);
            } else {
                there.push(queued);
            }
        }
        there
    }

    /// Lets go of what the server has again. What it told up to a number, it tells otherwise or again once it has come as far.
    pub(super) fn settle_refill(&mut self, document: &Document) {
        let Some(refill) = self.refill.as_mut().filter(|refill| refill.compared) else { return };
        let last = self.events.last().map_or(0, |event| event.seq);
        refill.theirs.retain(|change| !document.has(&hash(change)));
        refill.told.retain(|event| event.seq > last);
        let lost = self.outbox.iter().any(|queued| queued.lost.is_some());
        if refill.theirs.is_empty() && refill.told.is_empty() && !lost {
            self.refill = None;
        }
    }

    /// A draft's papers, and those of a dossier that lacks anything: which of them the server still has is not known here,
    /// and it keeps none twice.
    fn papers_to_offer(&self) -> Result<Vec<PaperHash>, Unreadable> {
        if self.refill.is_none() && self.status() != Status::Draft {
            return Ok(Vec::new());
        }
        Ok(self.projection()?.papers.keys().map(|key| key.hash).collect())
    }

    /// This device's lines in the dossier.
    fn epochs(&self, device: &Thumbprint) -> Vec<(Actor, Epoch)> {
        (0..=self.epoch).map(|epoch| (Actor::of_device(device, &self.dossier, epoch), epoch)).collect()
    }
}

impl Queued {
    fn lost(change: Blob, epoch: Epoch) -> Self {
        Self {
            intent: Intent::of(&change),
            hash: hash(&change),
            change,
            lacking: Vec::new(),
            sent: false,
            lost: Some(epoch),
        }
    }
}

fn hash(change: &Blob) -> ChangeHash {
    crate::exchange::change_hash(&change.0)
}

fn is_by(change: &Blob, actor: &Actor) -> bool {
    prescan(&change.0).is_ok_and(|header| header.actor == *actor)
}
