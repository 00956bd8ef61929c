//! The accounts of an installation that are open: one client for each, however often it is asked for.

use crate::client::Client;
use crate::error::Error;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// One that everybody has let go of is closed.
#[derive(Default)]
pub(crate) struct Opened(Mutex<HashMap<String, Weak<Client>>>);

impl Opened {
    /// The client of an account that is open, or one that is opened now.
    pub(crate) fn client(
        &self,
        account: &str,
        open: impl FnOnce() -> Result<Client, Error>,
    ) -> Result<Arc<Client>, Error> {
        let mut clients = self.lock();
        // One that was wiped serves nobody, whoever still holds it; the account begins anew.
        let open_already = clients.get(account).and_then(Weak::upgrade).filter(|client| !client.is_wiped());
        let client = match open_already {
            Some(client) => client,
            None => Arc::new(open()?),
        };
        clients.insert(account.to_owned(), Arc::downgrade(&client));
        Ok(client)
    }

    pub(crate) fn pause(&self) {
        self.all().iter().for_each(|client| client.pause());
    }

    /// Each of them, also when another fails: accounts are different people's. The first failure is told.
    pub(crate) fn resume(&self) -> Result<(), Error> {
        let mut done = Ok(());
        for client in self.all().iter().filter(|client| !client.is_wiped()) {
            done = done.and(client.resume());
        }
        done
    }

    fn all(&self) -> Vec<Arc<Client>> {
        self.lock().values().filter_map(Weak::upgrade).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Weak<Client>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
