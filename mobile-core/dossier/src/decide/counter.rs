//! What an officer enters at the counter for a citizen who stands there, as changes that the server makes and then judges as
//! anybody's.

use super::{Author, Birth, DossierState};
use crate::act::{Act, Behalf};
use crate::document::{Document, Unreadable};
use crate::edit::{self, Edited};
use crate::ids::{ActId, UnitCode};
use crate::layout::{FieldKey, Frozen, PaperInfo, PaperKey, Value};
use crate::status::Status;
use crate::wire::{DossierPush, Open};

/// One entry.
#[derive(Clone, PartialEq, Eq)]
pub enum Entry {
    Fields(Vec<(FieldKey, Option<Value>)>),
    Paper(PaperKey, PaperInfo),
    /// A paper is taken out again.
    NoPaper(PaperKey),
    /// Hands in what stands there now: a draft to this unit, or what the office had asked for.
    HandIn(ActId, UnitCode, Option<Behalf>),
}

/// A dossier and what is entered into it.
pub struct Counter<'a> {
    pub state: &'a DossierState,
    pub author: &'a Author,
    /// What it is, of a dossier that begins here.
    pub open: &'a Open,
}

impl Counter<'_> {
    /// Whether this officer began it for this citizen: nobody else goes on with a draft.
    pub fn is_begun_here(&self) -> bool {
        let actor = self.author.actor(&self.state.id, 0);
        self.state.birth.as_ref().is_some_and(|birth| birth.owner == self.author.person)
            && self.state.actors.contains_key(&actor)
    }

    /// The push that the entry comes to; `None` if it would change nothing.
    pub fn push(&self, entry: &Entry, status: &Status) -> Result<Option<DossierPush>, Unreadable> {
        let Birth { open, .. } = self.birth();
        let mut document = match &self.state.document {
            Some(saved) => Document::load(saved)?,
            None => Document::genesis(open.layout, &self.state.id),
        };
        let actor = self.author.actor(&self.state.id, 0);
        let edited = match entry {
            Entry::Fields(fields) => edit::set_fields(&mut document, actor, fields),
            Entry::Paper(key, info) => edit::attach_paper(&mut document, actor, key, info),
            Entry::NoPaper(key) => edit::detach_paper(&mut document, actor, key),
            Entry::HandIn(id, unit, behalf) => {
                let content = Frozen::of(&document.project(), open.catalogue).hash();
                let act = match status {
                    Status::Draft => Act::Submit(content, unit.clone(), behalf.clone()),
                    _ => Act::Supplement(content),
                };
                edit::act(&mut document, actor, id, &act)
            }
        };
        let open = self.state.birth.is_none().then_some(open);
        let push = |Edited { bytes, .. }| DossierPush { dossier: self.state.id, epoch: 0, open, changes: vec![bytes] };
        Ok(edited.map(push))
    }

    fn birth(&self) -> Birth {
        let begins = || Birth { owner: self.author.person, open: self.open.clone() };
        self.state.birth.clone().unwrap_or_else(begins)
    }
}
