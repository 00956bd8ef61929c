//! Evidence of a change that was refused: who was shut out for one, or wrote two contents under one number, can be shown
//! the own signature (DESIGN §4).

use super::Evidence;
use crate::exchange::change_hash;
use crate::exchange::server::signed_for;
use crate::ids::{ChangeHash, DossierId, PublicKey, ServerId, Verify};
use crate::prescan::prescan;
use crate::wire::{Blob, DossierPush, Open};
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Proof {
    #[n(0)]
    pub change: Blob,
    /// The push's signature; its `rest` holds the changes behind this one up to the tip.
    #[n(1)]
    pub evidence: Evidence,
    /// What the push said that the dossier is; it is signed too.
    #[n(2)]
    pub open: Option<Open>,
}

impl Proof {
    /// Of one change of a push.
    pub(super) fn of(change: &ChangeHash, push: &DossierPush, evidence: &Evidence) -> Option<Self> {
        let at = push.changes.iter().position(|c| change_hash(&c.0) == *change)?;
        let evidence = Evidence { rest: push.changes[at + 1..].to_vec(), ..evidence.clone() };
        Some(Self { change: push.changes[at].clone(), evidence, open: push.open.clone() })
    }

    pub fn hash(&self) -> ChangeHash {
        change_hash(&self.change.0)
    }

    /// Whether this key signed for the change: it is the signed tip, or the tip stands on it.
    pub fn holds(&self, server: &ServerId, dossier: &DossierId, key: &PublicKey, verify: Verify<'_>) -> bool {
        let mut signed = BTreeSet::from([self.evidence.tip]);
        for Blob(later) in self.evidence.rest.iter().rev() {
            if signed.contains(&change_hash(later))
                && let Ok(header) = prescan(later)
            {
                signed.extend(header.deps);
            }
        }
        signed.contains(&self.hash()) && signed_for(&self.evidence, (server, dossier), &self.open, key, verify)
    }
}
