//! What an answer does to a replica.

use super::{Intent, Queued, Replica, SetAside};
use crate::document::{Document, Unreadable};
use crate::ids::{ChangeHash, PaperHash, Thumbprint};
use crate::wire::{Blob, Delta, DocumentDelta, Open, Verdict};
use std::collections::BTreeMap;

/// What followed from an answer, beside the new replica itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Absorbed {
    /// Papers to upload before the next push.
    pub upload: Vec<PaperHash>,
    /// Intents that were set aside now.
    pub set_aside: usize,
    /// Something new came from elsewhere: events, or other devices' changes.
    pub news: bool,
}

impl Replica {
    /// A dossier that was born on another device, from the server's first word of it.
    pub fn received(delta: &Delta) -> Option<Self> {
        let DocumentDelta::Snapshot(snapshot) = &delta.document else { return None };
        let open: Open = delta.open.clone()?;
        Some(Self {
            dossier: delta.dossier,
            open,
            known: true,
            epoch: 0,
            events: delta.events.clone(),
            outbox: Vec::new(),
            set_aside: Vec::new(),
            refill: None,
            is_held: false,
            document: snapshot.0.clone(),
        })
    }

    /// Takes the server's verdicts on `sent` changes and what it says of the rest. On an error nothing has changed.
    pub fn absorb(
        &mut self,
        device: &Thumbprint,
        sent: &[ChangeHash],
        verdicts: &[Verdict],
        delta: Option<&Delta>,
    ) -> Result<Absorbed, Unreadable> {
        let said: BTreeMap<ChangeHash, &Verdict> = sent.iter().copied().zip(verdicts).collect();
        let mut absorbed = Absorbed::default();
        let mut next = self.clone();
        let mut document = Document::load(&self.document)?;

        let mut acknowledged: Vec<Blob> = Vec::new();
        let (mut broken, mut forked) = (false, false);
        if let Some(first) = verdicts.first() {
            // Its first change stands on no act that waits.
            next.is_held = *first == Verdict::Waits;
        }
        next.outbox.clear();
        for mut queued in self.outbox.iter().cloned() {
            // An answer came: what is still here waits for the next request.
            queued.sent &= !said.contains_key(&queued.hash);
            match said.get(&queued.hash) {
                Some(Verdict::Accepted | Verdict::Already) => {
                    next.known = true;
                    acknowledged.push(queued.change);
                    continue;
                }
                Some(Verdict::Refused(code)) => {
                    next.put_aside(&mut absorbed, queued, code);
                    broken = true;
                    continue;
                }
                Some(Verdict::Locked) => {
                    next.put_aside(&mut absorbed, queued, "locked");
                    broken = true;
                    continue;
                }
                Some(Verdict::Forked(epoch, ..)) => {
                    next.epoch = next.epoch.max(*epoch);
                    (broken, forked) = (true, true);
                }
                Some(Verdict::DependsOnRefused) => broken = true,
                Some(Verdict::MissingPapers(hashes)) => {
                    absorbed.upload.extend(hashes.iter().copied());
                    queued.lacking = hashes.clone();
                }
                Some(Verdict::Waits) | None => {}
            }
            next.outbox.push(queued);
        }
        document.apply(&acknowledged)?;
        // Who wrote a second content had not seen the first one: both stand beside each other, and the citizen chooses.
        let before = forked.then(|| document.clone());
        if let Some(delta) = delta {
            absorbed.news = next.take_delta(&mut document, delta)?;
        }
        if broken {
            let local = before.unwrap_or_else(|| document.clone());
            next.replay(device, local, &document, &mut absorbed)?;
        }
        next.settle_refill(&document);
        next.forget_what_asks_for_nothing();
        if !acknowledged.is_empty() || delta.is_some() {
            next.document = document.save();
        }
        // What is kept must be readable tomorrow: the outbox has to stand on the new document.
        next.local()?;
        *self = next;
        Ok(absorbed)
    }

    fn put_aside(&mut self, absorbed: &mut Absorbed, queued: Queued, code: &str) {
        absorbed.set_aside += 1;
        self.set_aside.push(SetAside { intent: queued.intent, code: code.to_owned() });
    }

    fn take_delta(&mut self, document: &mut Document, delta: &Delta) -> Result<bool, Unreadable> {
        match &delta.document {
            DocumentDelta::Nothing => {}
            DocumentDelta::Snapshot(snapshot) => {
                self.known = true;
                let mut theirs = Document::load(&snapshot.0)?;
                theirs.apply(&document.changes())?;
                *document = theirs;
            }
            DocumentDelta::Changes(changes) => document.apply(changes)?,
        }
        let last = self.events.last().map_or(0, |e| e.seq);
        let fresh: Vec<_> = delta.events.iter().filter(|e| e.seq > last).cloned().collect();
        let news = !fresh.is_empty() || delta.document != DocumentDelta::Nothing;
        self.events.extend(fresh);
        Ok(news)
    }

    /// The next epoch: every intent that is left is made again on `local`; an act, which speaks of all that is there, on
    /// everything that the server has acknowledged.
    pub(super) fn replay(
        &mut self,
        device: &Thumbprint,
        mut local: Document,
        acknowledged: &Document,
        absorbed: &mut Absorbed,
    ) -> Result<(), Unreadable> {
        self.epoch += 1;
        let actor = self.actor(device);
        for queued in std::mem::take(&mut self.outbox) {
            if matches!(queued.intent, Intent::Act(..)) {
                local.apply(&acknowledged.changes())?;
            }
            if queued.intent.still_holds(&local, self.open.catalogue) {
                self.outbox.extend(queued.intent.make(&mut local, actor));
            } else {
                self.put_aside(absorbed, queued, "content_changed");
            }
        }
        Ok(())
    }
}
