//! An account that is deleted from this phone: because the server's signed order says that the phone is lost, or because the
//! app lets go of it. Only this account's file and key are touched; other accounts of the installation have others.

use super::{Client, alone};
use crate::account::{Account, Session};
use crate::api::{Line, WipeOrder};
use crate::error::Error;
use crate::events::Happened;
use crate::keys::{KeyStore, verify};
use crate::storage::{Gone, Place, StorageError};
use dossier::wire::wipe_message;

impl Client {
    /// What was done on a line; where any answer said that this device was reported lost, the order is looked at and, if it is
    /// genuine, obeyed, also where the disk takes nothing. Whatever else came is told as it came, and nothing is deleted.
    pub(super) async fn obeying<T>(
        &self,
        line: &Line<'_>,
        account: Option<&Account>,
        done: Result<T, Error>,
    ) -> Result<T, Error> {
        match (done, line.ordered(), account) {
            (_, Some(order), Some(account)) if self.is_genuine(line, account, &order).await => {
                let deleted = self.delete(Gone::Lost);
                self.tell_deleted();
                deleted.and(Err(Error::Wiped))
            }
            (done, ..) => done,
        }
    }

    /// Whether the server that this account is bound to signed the order, for this very device: with a key that is pinned, or
    /// with a later one to which the pinned one leads, because a phone that is lost may have been away for long.
    async fn is_genuine(&self, line: &Line<'_>, account: &Account, order: &WipeOrder) -> bool {
        let ordered = |account: &Account| {
            account.is_signed(&wipe_message(&account.server, &self.device, order.at), &order.signature, &verify)
        };
        ordered(account) || Self::of_today(account, line).await.is_ok_and(|account| ordered(&account))
    }

    /// Deletes what the account keeps, for good. From here on every call says why, this one too: what lies at its place then, and
    /// its keys, may be of somebody who began anew.
    pub(crate) fn delete(&self, why: Gone) -> Result<(), Error> {
        let _until_it_is_done = alone(&self.asking)?;
        let mut held = self.lock();
        self.must_be_there()?;
        *held = None;
        // Where it cannot even begin, nothing is gone and the next call opens it again.
        begin(self.place.as_ref(), why)?;
        let _ = self.gone.set(why);
        drop(held);
        self.set_session(Session::default());
        finish(self.place.as_ref(), self.outside.keys.as_ref())
    }

    /// Ends what is under way on a deleted account and tells its observers; to be called while nothing is locked.
    pub(crate) fn tell_deleted(&self) {
        self.cancel();
        self.events.publish(&[Happened::Account]);
    }

    /// Deletes what the account keeps on this phone, its keys too. What was not sent is gone; the server is told nothing. Where it
    /// fails, `remove_account` goes on with it, or opening the account.
    pub fn remove(&self) -> Result<(), Error> {
        let removed = self.delete(Gone::Removed);
        self.tell_deleted();
        removed
    }

    /// Whether it was deleted, once that is done: it would take the keys that somebody makes meanwhile.
    #[cfg(any(feature = "ffi", feature = "web"))]
    pub(crate) fn is_deleted(&self) -> Result<bool, Error> {
        let gone = self.gone.get().is_some();
        if gone {
            drop(alone(&self.asking)?);
        }
        Ok(gone)
    }

    pub(super) fn must_be_there(&self) -> Result<(), Error> {
        self.gone.get().map_or(Ok(()), |why| Err((*why).into()))
    }
}

impl From<Gone> for Error {
    fn from(why: Gone) -> Self {
        match why {
            Gone::Lost => Self::Wiped,
            Gone::Removed => Self::Removed,
        }
    }
}

/// Deletes what is kept of an account that is not open.
pub(crate) fn delete(place: &dyn Place, keys: &dyn KeyStore, why: Gone) -> Result<(), Error> {
    begin(place, why)?;
    finish(place, keys)
}

/// Notes that it goes. From here on it is gone, whatever becomes of the rest.
fn begin(place: &dyn Place, why: Gone) -> Result<(), StorageError> {
    place.free()?;
    if place.condemn(why).is_err() {
        // On a disk that is full there is no room for the note; what is deleted makes some, before the keys go.
        place.clear()?;
        let _ = place.condemn(why);
    }
    Ok(())
}

/// Goes on with a deletion that was broken off, and says so: its keys are asked for no more.
pub(super) fn go_on(place: &dyn Place, keys: &dyn KeyStore) -> Result<(), Error> {
    let Some(why) = place.condemned().map_err(StorageError::from)? else { return Ok(()) };
    finish(place, keys)?;
    Err(why.into())
}

/// The file, then its key, then the note that both are to go: whatever a crash leaves is deleted at the next start.
fn finish(place: &dyn Place, keys: &dyn KeyStore) -> Result<(), Error> {
    place.clear().map_err(StorageError::from)?;
    keys.forget()?;
    Ok(place.acquit().map_err(StorageError::from)?)
}
