//! What the server would not take: brought back when the dossier is open to it again, or let go.

use super::{Client, dossier_id, procedure_of};
use crate::error::Error;
use crate::shelf;
use crate::storage::Batch;
use dossier::procedure::Procedure;
use dossier::replica::{Replica, WriteRefused};

impl Client {
    /// Does the edit of this number (see `DetailView::set_aside`) again. Refused again, it stays set aside.
    pub fn bring_back(&self, dossier: &str, number: u32) -> Result<(), Error> {
        let device = self.device;
        self.see_to(dossier, number, |replica, n, procedure| replica.bring_back(n, &device, procedure))
    }

    /// Lets it go: the citizen has seen the reason.
    pub fn dismiss(&self, dossier: &str, number: u32) -> Result<(), Error> {
        self.see_to(dossier, number, |replica, n, _| replica.dismiss(n))
    }

    fn see_to(
        &self,
        dossier: &str,
        number: u32,
        how: impl FnOnce(&mut Replica, usize, &Procedure) -> Result<(), WriteRefused>,
    ) -> Result<(), Error> {
        let id = dossier_id(dossier)?;
        // Zero is no number of any: it becomes one that is not there.
        let n = usize::try_from(number).ok().and_then(|n| n.checked_sub(1)).unwrap_or(usize::MAX);
        self.with(|store| {
            let before = shelf::load(store, &id)?;
            let mut replica = before.clone();
            how(&mut replica, n, procedure_of(&before)?)?;
            let mut batch = Batch::default();
            shelf::put(&mut batch, &replica, Some(&before));
            Ok(store.write(&batch)?)
        })
    }
}
