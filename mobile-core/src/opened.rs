//! The accounts of an installation that are open: one client for each, however often it is asked for.

use crate::client::{Client, Unopened, alone, delete};
use crate::error::Error;
use crate::keys::KeyStore;
use crate::storage::{Gone, Place, StorageError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// One that everybody has let go of is closed.
#[derive(Default)]
pub(crate) struct Opened(Mutex<Accounts>);

#[derive(Default)]
struct Accounts {
    by_name: HashMap<String, Account>,
    /// Files stay closed.
    paused: bool,
}

#[derive(Default)]
struct Account {
    /// Held by who opens or deletes it, for as long as the app's key store takes: two at once would make two keys, or delete
    /// those that the other has made. What `pause` waits for is never held meanwhile.
    door: Arc<Mutex<()>>,
    client: Weak<Client>,
}

impl Opened {
    /// The client of an account that is open, or one that is opened now; `storage_paused` while nothing may be opened.
    pub(crate) fn client(
        &self,
        account: &str,
        prepare: impl FnOnce() -> Result<Unopened, Error>,
    ) -> Result<Arc<Client>, Error> {
        let door = self.door(account)?;
        let _alone = alone(&door)?;
        if let Some(client) = self.of(account)? {
            return Ok(client);
        }
        // Asked twice: nobody is to be prompted in vain, and it may be paused meanwhile.
        if alone(&self.0)?.paused {
            return Err(StorageError::Paused.into());
        }
        let unopened = prepare()?;
        let mut accounts = alone(&self.0)?;
        if accounts.paused {
            return Err(StorageError::Paused.into());
        }
        let client = Arc::new(unopened.open()?);
        accounts.by_name.entry(account.to_owned()).or_default().client = Arc::downgrade(&client);
        Ok(client)
    }

    /// Deletes an account, whether it is open or cannot even be opened.
    pub(crate) fn remove(&self, account: &str, place: &dyn Place, keys: &dyn KeyStore) -> Result<(), Error> {
        let door = self.door(account)?;
        let alone_here = alone(&door)?;
        let Some(client) = self.of(account)? else {
            return delete(place, keys, Gone::Removed);
        };
        let removed = client.delete(Gone::Removed);
        // Who is told may open it anew at once.
        drop(alone_here);
        client.tell_deleted();
        removed
    }

    pub(crate) fn pause(&self) {
        let mut accounts = locked(&self.0);
        accounts.paused = true;
        accounts.clients().iter().for_each(|client| client.pause());
    }

    pub(crate) fn resume(&self) {
        let mut accounts = locked(&self.0);
        accounts.paused = false;
        accounts.clients().iter().for_each(|client| client.resume());
    }

    fn door(&self, account: &str) -> Result<Arc<Mutex<()>>, Error> {
        Ok(alone(&self.0)?.by_name.entry(account.to_owned()).or_default().door.clone())
    }

    /// The one that is open. One that was deleted serves nobody, whoever still holds it; the account begins anew.
    fn of(&self, account: &str) -> Result<Option<Arc<Client>>, Error> {
        let client = alone(&self.0)?.by_name.get(account).and_then(|account| account.client.upgrade());
        match client {
            Some(client) if !client.is_deleted()? => Ok(Some(client)),
            _ => Ok(None),
        }
    }
}

impl Accounts {
    fn clients(&self) -> Vec<Arc<Client>> {
        self.by_name.values().filter_map(|account| account.client.upgrade()).collect()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
