//! The document of one dossier: three maps that citizens write, with their whole history.
//!
//! This file and its neighbours `edit`, `project` and `admit` are the only ones that name the document library. What
//! enters here is trusted: our own bytes, or what a verified server signed. A stranger's changes go through `admit`.

mod genesis;

use crate::ids::{Actor, ChangeHash, DossierId};
use crate::layout::{ACTS, FORM, PAPERS};
use crate::prescan::prescan;
use crate::wire::Blob;
use automerge::{Automerge, Change, ObjId, ObjType, ROOT, ReadDoc, Value};
use std::collections::HashSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use genesis::{genesis_hash, knows_layout};

/// The most bytes of a saved document (DESIGN §4).
pub const SAVED_MAX: usize = 2 * 1024 * 1024;

#[derive(Clone)]
pub struct Document {
    pub(crate) inner: Automerge,
    pub(crate) maps: Maps,
    /// Bytes that it took to build: a bound of its saved size that costs nothing to know.
    pub(crate) weight: usize,
}

/// The three maps that genesis made.
#[derive(Clone)]
pub(crate) struct Maps {
    pub(crate) form: ObjId,
    pub(crate) papers: ObjId,
    pub(crate) acts: ObjId,
    pub(crate) genesis: Actor,
}

/// Why trusted bytes did not become a document. The document at hand is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    TooLarge,
    /// Not a saved document, or not a change.
    Malformed,
    /// A document, but without the maps of a dossier.
    NotADossier,
    /// A change stands on one that is neither here nor in the batch.
    MissingDependency,
    /// The library took the changes and they are not there.
    NotApplied,
    /// Heads that this document does not have.
    UnknownHeads,
}

impl Document {
    /// The constant first change of a dossier, the same on every device, so that a dossier born offline on two of them
    /// shares its maps. An unknown layout takes the newest shape; ask `knows_layout` of a stranger's number first.
    pub fn genesis(layout: u8, id: &DossierId) -> Self {
        let bytes = genesis::bytes(layout, id);
        let change = Change::try_from(bytes.as_slice()).expect("the template of a layout is a change: golden test");
        let mut inner = Automerge::new();
        inner.apply_changes([change]).expect("a change without dependencies applies to an empty document");
        let maps = Maps::find(&inner).expect("the template makes the three maps: golden test");
        Self { inner, maps, weight: bytes.len() }
    }

    /// Loads what `save` made, here or at a server whose signature was verified.
    pub fn load(bytes: &[u8]) -> Result<Self, Unreadable> {
        if bytes.len() > SAVED_MAX {
            return Err(Unreadable::TooLarge);
        }
        // A saved document is one chunk of kind 0; the library would take any sequence of chunks.
        if bytes.get(8) != Some(&0) {
            return Err(Unreadable::Malformed);
        }
        let inner = catch_unwind(|| Automerge::load(bytes)).ok().and_then(Result::ok).ok_or(Unreadable::Malformed)?;
        let maps = Maps::find(&inner).ok_or(Unreadable::NotADossier)?;
        Ok(Self { inner, maps, weight: bytes.len() })
    }

    /// Columns are not deflated one by one: a snapshot travels inside a body that is compressed as a whole, where
    /// dossiers resemble each other; deflating first cost a third of the bytes (measured), and time at every merge.
    pub fn save(&self) -> Vec<u8> {
        self.inner.save_nocompress()
    }

    /// The changes that no other stands on, in order of their hashes.
    pub fn heads(&self) -> Vec<ChangeHash> {
        let mut heads: Vec<_> = self.inner.get_heads().iter().map(|h| ChangeHash(h.0)).collect();
        heads.sort_unstable();
        heads
    }

    pub fn has(&self, change: &ChangeHash) -> bool {
        self.inner.get_change_meta_by_hash(&automerge::ChangeHash(change.0)).is_some()
    }

    /// It began as this dossier, in this layout.
    pub fn is_of(&self, layout: u8, id: &DossierId) -> bool {
        self.has(&genesis_hash(layout, id))
    }

    /// Takes trusted changes, in any order, all or none; those that are here already are passed over.
    pub fn apply(&mut self, changes: &[Blob]) -> Result<(), Unreadable> {
        let (mut parsed, mut hashes, mut weight) = (Vec::new(), HashSet::new(), 0);
        for Blob(bytes) in changes {
            let header = prescan(bytes).map_err(|_| Unreadable::Malformed)?;
            if self.has(&header.hash) || !hashes.insert(header.hash) {
                continue;
            }
            weight += bytes.len();
            let change = parse(bytes).ok().flatten().ok_or(Unreadable::Malformed)?;
            parsed.push((change, header.deps));
        }
        // The library would keep a change without its dependencies, unseen, in every later save.
        if parsed.iter().flat_map(|(_, deps)| deps).any(|d| !hashes.contains(d) && !self.has(d)) {
            return Err(Unreadable::MissingDependency);
        }
        self.apply_parsed(parsed.into_iter().map(|(change, _)| change).collect())?;
        if !hashes.iter().all(|h| self.has(h)) {
            return Err(Unreadable::NotApplied);
        }
        self.weight += weight;
        Ok(())
    }

    /// The document as it was at some of its changes.
    pub fn fork_at(&self, heads: &[ChangeHash]) -> Result<Self, Unreadable> {
        if !heads.iter().all(|h| self.has(h)) {
            return Err(Unreadable::UnknownHeads);
        }
        let inner = self.inner.fork_at(&library_hashes(heads)).map_err(|_| Unreadable::UnknownHeads)?;
        let maps = Maps::find(&inner).ok_or(Unreadable::NotADossier)?;
        Ok(Self { inner, maps, weight: self.weight })
    }

    /// Every change but genesis, each after those it stands on.
    pub fn changes(&self) -> Vec<Blob> {
        self.changes_since(&[])
    }

    /// The changes that are not among the ancestors of `heads`, each after those it stands on; never genesis.
    /// Heads that are not here are as if they were not named.
    pub fn changes_since(&self, heads: &[ChangeHash]) -> Vec<Blob> {
        let changes = self.inner.get_changes(&library_hashes(heads));
        let ours = changes.iter().filter(|c| c.actor_id().to_bytes() != self.maps.genesis.0);
        ours.map(|c| Blob(c.raw_bytes().to_vec())).collect()
    }

    /// One change's bytes.
    pub fn change(&self, hash: &ChangeHash) -> Option<Blob> {
        let change = self.inner.get_change_by_hash(&automerge::ChangeHash(hash.0))?;
        Some(Blob(change.raw_bytes().to_vec()))
    }

    /// Applies on a copy, so that a panic of the library leaves nothing half done.
    pub(crate) fn apply_parsed(&mut self, changes: Vec<Change>) -> Result<(), Unreadable> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut copy = self.inner.clone();
        let applied = catch_unwind(AssertUnwindSafe(|| copy.apply_changes(changes).map(|()| copy)));
        self.inner = applied.ok().and_then(Result::ok).ok_or(Unreadable::NotApplied)?;
        Ok(())
    }
}

/// The document library panicked.
#[derive(Debug)]
pub(crate) struct Panicked;

/// Reads one change that `prescan` has passed.
pub(crate) fn parse(bytes: &[u8]) -> Result<Option<Change>, Panicked> {
    catch_unwind(|| Change::try_from(bytes).ok()).map_err(|_| Panicked)
}

pub(crate) fn library_hashes(heads: &[ChangeHash]) -> Vec<automerge::ChangeHash> {
    heads.iter().map(|h| automerge::ChangeHash(h.0)).collect()
}

/// Operations of genesis, by which the three maps are known: (map's name, counter).
pub(crate) const GENESIS_MAPS: [(&str, u64); 3] = [(FORM, 1), (PAPERS, 2), (ACTS, 3)];

impl Maps {
    fn find(doc: &Automerge) -> Option<Self> {
        let map = |(name, counter): (&str, u64)| match doc.get(ROOT, name) {
            Ok(Some((Value::Object(ObjType::Map), ObjId::Id(at, actor, hint)))) if at == counter => {
                let genesis = Actor(actor.to_bytes().try_into().ok()?);
                Some((ObjId::Id(at, actor, hint), genesis))
            }
            _ => None,
        };
        let [form, papers, acts] = GENESIS_MAPS.map(map);
        let ((form, genesis), (papers, second), (acts, third)) = (form?, papers?, acts?);
        (genesis == second && genesis == third).then_some(Self { form, papers, acts, genesis })
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} B)", self.weight)
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "the document is larger than a dossier may be",
            Self::Malformed => "the bytes are no document and no change",
            Self::NotADossier => "the document has not the maps of a dossier",
            Self::MissingDependency => "a change stands on one that is not here",
            Self::NotApplied => "the changes do not apply",
            Self::UnknownHeads => "the document has no such heads",
        })
    }
}
impl std::error::Error for Unreadable {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::{Edited, set_fields};
    use crate::ids::Thumbprint;
    use crate::layout::LAYOUT;
    use uuid::Uuid;

    const ID: DossierId = DossierId(Uuid::from_bytes([1; 16]));

    fn set(doc: &mut Document, epoch: u32, value: &str) -> Edited {
        let actor = Actor::of_device(&Thumbprint([1; 32]), &ID, epoch);
        set_fields(doc, actor, &[("name".parse().unwrap(), Some(value.into()))]).unwrap()
    }

    #[test]
    fn two_devices_that_bear_the_same_dossier_share_its_maps() {
        let (mut one, mut two) = (Document::genesis(LAYOUT, &ID), Document::genesis(LAYOUT, &ID));
        assert_eq!(one.save(), two.save());
        assert_ne!(one.heads(), Document::genesis(LAYOUT, &DossierId(Uuid::from_bytes([2; 16]))).heads());
        set(&mut one, 0, "An");
        set(&mut two, 1, "Bình");
        one.apply(&two.changes()).unwrap();
        two.apply(&one.changes()).unwrap();
        assert_eq!(one.project(), two.project());
        assert_eq!(one.project().form[&"name".parse().unwrap()].len(), 2);
    }

    #[test]
    fn trusted_changes_enter_all_or_none_in_any_order_and_twice() {
        let mut phone = Document::genesis(LAYOUT, &ID);
        let mut doc = phone.clone();
        let changes: Vec<Blob> = ["An", "Bình", "Cúc"].map(|name| set(&mut doc, 0, name).bytes).into();
        let orphan = phone.apply(&[changes[0].clone(), changes[2].clone()]);
        assert_eq!((orphan, phone.changes().len()), (Err(Unreadable::MissingDependency), 0));
        let broken = phone.apply(&[changes[0].clone(), Blob(changes[1].0[1..].to_vec())]);
        assert_eq!((broken, phone.changes().len()), (Err(Unreadable::Malformed), 0));
        let backwards: Vec<Blob> = changes.iter().rev().chain(&changes).cloned().collect();
        phone.apply(&backwards).unwrap();
        phone.apply(&changes).unwrap();
        assert_eq!(phone.heads(), doc.heads());
    }

    #[test]
    fn a_second_content_for_a_number_does_not_enter_a_phone() {
        let (mut one, mut two) = (Document::genesis(LAYOUT, &ID), Document::genesis(LAYOUT, &ID));
        set(&mut one, 0, "An");
        let other = set(&mut two, 0, "Bình");
        assert_eq!(one.apply(&[other.bytes]), Err(Unreadable::NotApplied));
        assert_eq!(one.project().form[&"name".parse().unwrap()], ["An".into()]);
    }

    #[test]
    fn a_line_starts_again_from_the_acknowledged_heads_with_the_next_epoch() {
        let mut doc = Document::genesis(LAYOUT, &ID);
        let acknowledged = set(&mut doc, 0, "An");
        let refused = set(&mut doc, 0, "Bình");
        let mut fresh = doc.fork_at(&[acknowledged.hash]).unwrap();
        assert!(!fresh.has(&refused.hash) && fresh.is_of(LAYOUT, &ID));
        let again = set(&mut fresh, 1, "Cúc");
        assert_eq!(fresh.changes_since(&[acknowledged.hash]), std::slice::from_ref(&again.bytes));
        assert_eq!(fresh.change(&again.hash), Some(again.bytes));
        assert_eq!(fresh.fork_at(&[refused.hash]).err(), Some(Unreadable::UnknownHeads));
    }

    #[test]
    fn what_is_no_saved_dossier_does_not_load() {
        let doc = Document::genesis(LAYOUT, &ID);
        let saved = doc.save();
        assert_eq!(Document::load(&saved).unwrap().heads(), doc.heads());
        assert_eq!(Document::load(&[]).err(), Some(Unreadable::Malformed));
        assert_eq!(Document::load(&saved[..saved.len() - 1]).err(), Some(Unreadable::Malformed));
        assert_eq!(Document::load(&genesis::bytes(LAYOUT, &ID)).err(), Some(Unreadable::Malformed));
        assert_eq!(Document::load(&vec![0; SAVED_MAX + 1]).err(), Some(Unreadable::TooLarge));
        assert_eq!(Document::load(&Automerge::new().save()).err(), Some(Unreadable::NotADossier));
    }
}
