//! After the server was put back from a backup: this phone reads what it has, and brings back what it lacks. What is pure
//! of it is `dossier::replica`; here it is kept, and the citizen can decide not to wait for another device.

use super::courier::KeptRecord;
use super::{Client, dossier_id};
use crate::api::{Call, Line};
use crate::error::Error;
use crate::keys::verify;
use crate::shelf;
use crate::storage::{Batch, Kind, StorageError, Store, put_upload, read_paper};
use crate::view::SyncView;
use dossier::ids::{DossierId, PublicKey};
use dossier::replica::{Replica, WriteRefused};
use dossier::standing::SignedStanding;
use dossier::time::Timestamp;
use dossier::wire::{AfterRestore, Delta};
use std::collections::BTreeSet;

impl Client {
    /// Does not wait any longer for the other device that has to bring back what the server lost: what this phone knows
    /// of it goes as this phone's own. Gives how many steps the dossier no longer takes; they are kept and shown.
    pub fn go_on_without(&self, dossier: &str) -> Result<u32, Error> {
        let id = dossier_id(dossier)?;
        self.with(|store| {
            let before = shelf::load(store, &id)?;
            let mut replica = before.clone();
            let aside = replica.go_on_without(&self.device).map_err(WriteRefused::from)?;
            let mut batch = Batch::default();
            shelf::put(&mut batch, &replica, Some(&before));
            store.write(&batch)?;
            Ok(u32::try_from(aside).unwrap_or(u32::MAX))
        })
    }

    /// Keeps what the server says of a dossier, if more has happened than it said last. While it lacks something that it
    /// had said, its word of before is kept.
    pub(super) async fn keep_standing(&self, dossier: &DossierId, line: &Line<'_>) -> Result<(), Error> {
        if !self.with(|store| lags(store, dossier))? {
            return Ok(());
        }
        let told = match line.call(Call::get(&format!("/v1/dossiers/{dossier}/standing"))).await {
            // A server of before, or one that lost the dossier: what is kept stays.
            Err(Error::Refused { .. }) => return Ok(()),
            told => told?.body,
        };
        let signed: SignedStanding = minicbor::decode(&told).map_err(|_| Error::malformed())?;
        let account = self.signed_in()?;
        let keys: Vec<PublicKey> = account.former.iter().copied().chain([account.key]).collect();
        let said = signed.verified(&account.server, &keys, &verify).filter(|word| word.said.dossier == *dossier);
        if said.is_none() {
            // Of a key that this phone has not followed to yet, perhaps: it is asked for again with the next news.
            return Ok(());
        }
        let mut batch = Batch::default();
        batch.put(Kind::Standing, dossier.bytes(), told);
        self.with(|store| Ok(store.write(&batch)?))
    }

    /// Holds what the server has now against what this phone has. What cannot be read is counted and left as it is.
    pub(super) fn compare(
        &self,
        store: &Store,
        batch: &mut Batch,
        known: &Replica,
        delta: Option<&Delta>,
        view: &mut SyncView,
    ) -> Result<(), Error> {
        let mut replica = known.clone();
        let Ok(papers) = replica.compare(&self.device, delta) else {
            view.unreadable += 1;
            return Ok(());
        };
        for paper in papers {
            if read_paper(store, &paper)?.is_some() {
                put_upload(batch, &replica.dossier, &paper);
            }
        }
        shelf::put(batch, &replica, Some(known));
        Ok(())
    }
}

/// Marks every dossier to be compared with what the server has now, and every record to be sent again.
pub(super) fn begin(store: &Store, batch: &mut Batch, now: Timestamp) -> Result<(), Error> {
    for id in shelf::all(store)? {
        let before = shelf::load(store, &id)?;
        let mut replica = before.clone();
        replica.begin_refill(now);
        shelf::put(batch, &replica, Some(&before));
    }
    KeptRecord::send_all_again(store, batch)
}

/// Dossiers that the server did not name when it said all that it has.
pub(super) fn not_compared(store: &Store, named: &BTreeSet<DossierId>) -> Result<Vec<Replica>, Error> {
    let mut left = Vec::new();
    for id in shelf::lacking(store)?.into_iter().filter(|id| !named.contains(id)) {
        let replica = shelf::load(store, &id)?;
        left.extend(Some(replica).filter(|replica| replica.refill.as_ref().is_some_and(|refill| !refill.compared)));
    }
    Ok(left)
}

/// What is said beside the pushes: that everything is to come whole, or what the server had said and does not know.
pub(super) fn say(store: &Store, whole: bool) -> Result<Option<AfterRestore>, Error> {
    let mut standings = Vec::new();
    for id in shelf::lacking(store)? {
        let replica = shelf::load(store, &id)?;
        if !replica.needs_standing() {
            continue;
        }
        let lost = replica.outbox.iter().any(|queued| queued.lost.is_some());
        let goes_on =
            |signed: &SignedStanding| signed.unverified().is_some_and(|s| !s.after(&replica.events).is_empty());
        standings.extend(standing(store, &id)?.filter(|signed| lost || goes_on(signed)));
    }
    let says_something = whole || !standings.is_empty();
    Ok(says_something.then_some(AfterRestore { whole, standings }))
}

/// Whether more has happened than the kept standing says.
fn lags(store: &Store, id: &DossierId) -> Result<bool, Error> {
    let Some(replica) = shelf::find(store, id)?.filter(|replica| replica.refill.is_none()) else { return Ok(false) };
    let kept = standing(store, id)?.and_then(|signed| signed.unverified());
    Ok(kept.is_none_or(|kept| kept.events.len() < replica.events.len()))
}

/// What the server said of a dossier last, as it signed it.
fn standing(store: &Store, id: &DossierId) -> Result<Option<SignedStanding>, Error> {
    let Some(bytes) = store.get(Kind::Standing, id.bytes())? else { return Ok(None) };
    Ok(Some(minicbor::decode(&bytes).map_err(|_| StorageError::Damaged(format!("standing/{id}")))?))
}
