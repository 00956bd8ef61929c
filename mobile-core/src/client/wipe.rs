//! A phone that was reported lost: the server's signed order to delete what the account keeps, and obeying it. Only this
//! account's file and key are touched; other accounts of the installation have others.

use super::Client;
use crate::account::{Account, Session};
use crate::api::{Line, WipeOrder};
use crate::error::Error;
use crate::events::Happened;
use crate::keys::{KeyStore, verify};
use crate::storage::{Place, StorageError};
use dossier::wire::wipe_message;
use std::sync::atomic::Ordering;

impl Client {
    /// What was done on a line; where that failed because this device was reported lost, the order is looked at and, if it
    /// is genuine, obeyed. Whatever else came is told as it came, and nothing is deleted.
    pub(super) async fn obeying<T>(&self, line: &Line<'_>, done: Result<T, Error>) -> Result<T, Error> {
        match (done, line.ordered()) {
            (Err(_), Some(order)) if self.is_genuine(line, &order).await => {
                self.wipe()?;
                Err(Error::Wiped)
            }
            (done, _) => done,
        }
    }

    /// Whether the server that this account is bound to signed the order, for this very device: with a key that is pinned, or
    /// with a later one to which the pinned one leads, because a phone that is lost may have been away for long.
    async fn is_genuine(&self, line: &Line<'_>, order: &WipeOrder) -> bool {
        let Ok(account) = self.signed_in() else { return false };
        let ordered = |account: &Account| {
            account.is_signed(&wipe_message(&account.server, &self.device, order.at), &order.signature, &verify)
        };
        ordered(&account) || self.follow(account, line).await.is_ok_and(|account| ordered(&account))
    }

    /// Deletes what the account keeps, for good. From here on every call answers `wiped`.
    fn wipe(&self) -> Result<(), Error> {
        let mut held = self.lock();
        self.wiped.store(true, Ordering::Relaxed);
        *held = None;
        self.set_session(Session::default());
        // On a disk that is full there is no room for the note; what is deleted then makes some.
        let _ = self.place.condemn();
        let done = finish(self.place.as_ref(), self.outside.keys.as_ref());
        drop(held);
        self.events.publish(&[Happened::Account]);
        done
    }
}

/// Goes on with a wipe that was broken off. True if there was one.
pub(super) fn go_on(place: &dyn Place, keys: &dyn KeyStore) -> Result<bool, Error> {
    let begun = place.is_condemned().map_err(StorageError::from)?;
    if begun {
        finish(place, keys)?;
    }
    Ok(begun)
}

/// The file, then its key, then the note that both are to go: whatever a crash leaves is deleted at the next start.
fn finish(place: &dyn Place, keys: &dyn KeyStore) -> Result<(), Error> {
    place.clear().map_err(StorageError::from)?;
    keys.forget()?;
    Ok(place.acquit().map_err(StorageError::from)?)
}
