//! Hosts that come late.

use super::*;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, PoisonError};

/// Keys in memory; whoever deletes them waits at a door until it is opened.
#[derive(Default)]
struct Late {
    made: AtomicU32,
    forgets: AtomicU32,
    open: Mutex<bool>,
    opened: Condvar,
}

impl Late {
    fn opens(&self) {
        *self.open.lock().unwrap() = true;
        self.opened.notify_all();
    }
}

impl KeyStore for Late {
    fn public_key(&self) -> Result<Vec<u8>, KeyError> {
        Ok(vec![7; 64])
    }
    fn sign(&self, _: Vec<u8>) -> Result<Vec<u8>, KeyError> {
        Ok(vec![7; 64])
    }
    fn storage_key(&self) -> Result<Vec<u8>, KeyError> {
        self.made.fetch_add(1, Ordering::SeqCst);
        Ok(vec![7; 32])
    }
    fn forget(&self) -> Result<(), KeyError> {
        self.forgets.fetch_add(1, Ordering::SeqCst);
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.opened.wait_while(open, |open| !*open).unwrap());
        self.made.store(0, Ordering::SeqCst);
        Ok(())
    }
}

struct Nobody;

#[async_trait]
impl HttpTransport for Nobody {
    async fn request(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
        Err(TransportError::Offline)
    }
}

fn code<T>(done: Result<T, CoreError>) -> String {
    done.map_or_else(|error| error.about().code.clone(), |_| "done".into())
}

#[test]
fn keys_that_are_made_anew_are_not_met_by_a_deletion_that_comes_late() {
    let dir = tempfile::tempdir().unwrap();
    let core = Core::new(dir.path().display().to_string(), Language::English, Arc::new(Nobody), None);
    let core = Core { patience: Duration::from_millis(20), ..Arc::into_inner(core).unwrap() };
    let keys = Arc::new(Late::default());
    drop(core.citizen("me".into(), keys.clone(), None).map_err(|e| e.about().code.clone()).unwrap());

    assert_eq!(code(core.remove_account("me".into(), keys.clone())), "key_failed");
    // Given up, it is still under way: nothing is asked for meanwhile, of which it would take something.
    assert_eq!(code(core.remove_account("me".into(), keys.clone())), "key_failed");
    assert_eq!(code(core.citizen("me".into(), keys.clone(), None)), "key_failed");
    assert_eq!(keys.forgets.load(Ordering::SeqCst), 1);
    // Another account has nothing to do with it.
    assert_eq!(code(core.citizen("other".into(), Arc::new(Late::default()), None)), "done");

    keys.opens();
    let core = Core { patience: KEY_PATIENCE, ..core };
    let mut opened = String::new();
    while opened != "done" {
        opened = code(core.citizen("me".into(), keys.clone(), None));
        assert!(["key_failed", "account_removed", "done"].contains(&opened.as_str()), "{opened}");
    }
    assert!(keys.made.load(Ordering::SeqCst) > 0);
}
