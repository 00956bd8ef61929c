//! What an untrusted change must pass before it is part of a dossier (DESIGN §4, stages 3 to 7).
//!
//! The document library assumes honest peers: a well-formed change can hang it, or make a document that saves and never
//! loads again. So a change is first read by `prescan`, then judged against an index of the dossier's history, and what
//! was admitted is tried on a copy, which is the merge if it holds.

mod index;
mod operations;
mod refusal;

pub use operations::{Allow, Writes};
pub use refusal::Refusal;

use crate::document::{Document, SAVED_MAX, parse};
use crate::ids::{Actor, ChangeHash};
use crate::layout::Projection;
use crate::prescan::{Header, prescan};
use automerge::{Change, ExpandedChange};
use index::{Index, Slot};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The most operations and changes of a dossier (DESIGN §4).
pub const DOSSIER_OPERATIONS_MAX: usize = 20_000;
pub const DOSSIER_CHANGES_MAX: usize = 2_000;

/// A dossier that is being judged: its document, the index of its history, and what was admitted and not yet merged.
pub struct Gate {
    document: Document,
    index: Index,
    queue: Vec<Change>,
    weight: usize,
}

/// A change that may enter. Nothing remembers it until `Gate::keep`, so a decision can still refuse its act.
pub struct Judged {
    pub hash: ChangeHash,
    pub actor: Actor,
    pub seq: u64,
    pub deps: Vec<ChangeHash>,
    pub writes: Writes,
    change: Change,
    slots: Vec<Slot>,
}

impl Gate {
    pub fn new(document: Document) -> Self {
        let index = Index::of(&document);
        Self { weight: document.weight, document, index, queue: Vec::new() }
    }

    /// Stages 3 to 6 for one change on top of what was kept before. What it refuses leaves no trace.
    pub fn judge(&mut self, bytes: &[u8], actor: &Actor, allow: &Allow<'_>) -> Result<Judged, Refusal> {
        let header = prescan(bytes)?;
        let mut place = self.index.place(&header, actor)?;
        self.room(&header, bytes.len(), allow)?;
        let (change, expanded) = read(bytes, &header)?;
        let genesis = self.document.maps.genesis;
        let (writes, slots) = operations::check(&mut self.index, &mut place, &expanded, genesis, allow)?;
        canonical(expanded, bytes)?;
        let Header { hash, actor, seq, deps, .. } = header;
        Ok(Judged { hash, actor, seq, deps, writes, change, slots })
    }

    /// Counts a judged change as admitted: the next is judged on top of it, and it waits for the trial.
    pub fn keep(&mut self, judged: Judged) {
        self.weight += judged.change.raw_bytes().len();
        let act = match judged.writes {
            Writes::Act(id, _) => Some(id),
            Writes::Edit { .. } => None,
        };
        let start = judged.change.start_op().get() as u32;
        self.index.learn(judged.hash, judged.actor, start, &judged.deps, judged.slots, act);
        self.queue.push(judged.change);
    }

    /// Whether a change is in the dossier or was kept.
    pub fn has(&self, change: &ChangeHash) -> bool {
        self.index.has(change)
    }

    /// Where an actor's line ends: sequence number and hash of its last change.
    pub fn last(&self, actor: &Actor) -> Option<(u64, ChangeHash)> {
        self.index.last(actor)
    }

    /// The changes that no other stands on, those kept included, in order of their hashes.
    pub fn heads(&mut self) -> Result<Vec<ChangeHash>, Refusal> {
        self.merge()?;
        Ok(self.document.heads())
    }

    /// What an act with these parents speaks of.
    pub fn project_at(&mut self, heads: &[ChangeHash]) -> Result<Projection, Refusal> {
        if let Some(missing) = heads.iter().find(|h| !self.has(h)) {
            return Err(Refusal::MissingDependency(*missing));
        }
        self.merge()?;
        let document = &self.document;
        catch_unwind(AssertUnwindSafe(|| document.project_at(heads))).map_err(|_| Refusal::Trial)
    }

    /// Stage 7: on a copy, apply, save, load, the same heads and the same reading. Its result is the merge. When it
    /// fails for a batch, repeat it change by change from the document before: the first that fails is refused.
    pub fn trial(mut self) -> Result<(Document, Vec<u8>), Refusal> {
        self.merge()?;
        let mut document = self.document;
        let tried = catch_unwind(AssertUnwindSafe(|| {
            let saved = document.save();
            if saved.len() > SAVED_MAX {
                return Err(Refusal::DossierFull);
            }
            let again = Document::load(&saved).map_err(|_| Refusal::Trial)?;
            let same = again.heads() == document.heads() && again.project() == document.project();
            if same { Ok(saved) } else { Err(Refusal::Trial) }
        }));
        let saved = tried.unwrap_or(Err(Refusal::Trial))?;
        document.weight = saved.len();
        Ok((document, saved))
    }

    /// Operations looked at since the gate was made: what judging cost, independent of any clock.
    pub fn examined(&self) -> u64 {
        self.index.examined
    }

    fn merge(&mut self) -> Result<(), Refusal> {
        if self.queue.is_empty() {
            return Ok(());
        }
        let expected: Vec<ChangeHash> = self.queue.iter().map(|c| ChangeHash(c.hash().0)).collect();
        self.document.apply_parsed(std::mem::take(&mut self.queue)).map_err(|_| Refusal::Trial)?;
        if expected.iter().all(|h| self.document.has(h)) { Ok(()) } else { Err(Refusal::Trial) }
    }

    /// Drafts may use three quarters of a dossier; the rest is kept for acts and supplements.
    fn room(&self, header: &Header, bytes: usize, allow: &Allow<'_>) -> Result<(), Refusal> {
        let within = |limit: usize| if allow.draft { limit / 4 * 3 } else { limit };
        let fits = self.index.changes() < within(DOSSIER_CHANGES_MAX)
            && self.index.operations() + header.operations as usize <= within(DOSSIER_OPERATIONS_MAX)
            && self.weight + bytes <= within(SAVED_MAX);
        if fits { Ok(()) } else { Err(Refusal::DossierFull) }
    }
}

/// The change as the document library reads it, which must be as the prescan read it.
fn read(bytes: &[u8], header: &Header) -> Result<(Change, ExpandedChange), Refusal> {
    let change = parse(bytes).map_err(|_| Refusal::Panicked)?.ok_or(Refusal::Malformed)?;
    let same = change.actor_id().to_bytes() == header.actor.0
        && change.seq() == header.seq
        && change.start_op().get() == header.start_op
        && change.len() as u64 == header.operations
        && change.hash().0 == header.hash.0;
    if !same {
        return Err(Refusal::NotCanonical);
    }
    let expanded = catch_unwind(AssertUnwindSafe(|| change.decode())).map_err(|_| Refusal::Panicked)?;
    Ok((change, expanded))
}

/// Stage 4. The document stores operations and not bytes: a change that is encoded otherwise than the library would do it
/// has another hash after a reload, and the document no longer loads. Last, because it takes the decoded change apart.
fn canonical(expanded: ExpandedChange, bytes: &[u8]) -> Result<(), Refusal> {
    match catch_unwind(|| Change::from(expanded).raw_bytes() == bytes) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Refusal::NotCanonical),
        Err(_) => Err(Refusal::Panicked),
    }
}

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod honest;
#[cfg(test)]
mod mutated;
