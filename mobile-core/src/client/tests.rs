mod accounts;
mod asides;
mod book;
mod course;
mod disk;
mod door;
mod full;
mod gone;
mod hub;
mod line;
mod old_stores;
mod power_cut;
mod receipt;
mod receipts;
mod restore;
#[cfg(any(feature = "ffi", feature = "web"))]
mod waiting;
mod words;

use super::*;
use crate::ErrorKind;
use crate::keys::FileKey;
use crate::shelf::Progress;
use crate::view::SyncView;
use dossier::decide::Command;
use dossier::ids::{ParcelId, PersonId};
use hub::{Hub, Line, MONDAY_8, Mishap};

const PROCEDURE: &str = "1.004873";

/// Two years off, as phones' clocks are; it stands still until it is set forward.
#[derive(Clone, Default)]
struct Noon(Arc<std::sync::atomic::AtomicI64>);

impl Noon {
    fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, std::sync::atomic::Ordering::SeqCst);
    }

    fn passed(&self) -> i64 {
        self.0.load(std::sync::atomic::Ordering::SeqCst)
    }
}

impl Clock for Noon {
    fn now_ms(&self) -> i64 {
        MONDAY_8.plus_seconds(-2 * 365 * 24 * 3600).0 + self.passed()
    }
    fn boot(&self) -> u64 {
        1
    }
    fn elapsed_ms(&self) -> u64 {
        2 + self.passed().unsigned_abs()
    }
}

/// One account on one phone, with its line to the hub.
struct Phone {
    client: Client,
    line: Line,
    dir: tempfile::TempDir,
    clock: Noon,
}

impl Phone {
    /// A person's phone that nobody has signed in on.
    fn new(hub: &Arc<Mutex<Hub>>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let line = Line::new(hub, keys::public_key(&key(dir.path(), "me")).unwrap());
        let clock = Noon::default();
        let client = open_at(dir.path(), "me", &line, &clock);
        Self { client, line, dir, clock }
    }

    async fn of(hub: &Arc<Mutex<Hub>>, person: u8, courier: bool) -> Self {
        let phone = Self::new(hub);
        hub.lock().unwrap().codes.insert("C0DE".into(), (PersonId::from_bytes([person; 16]), courier));
        phone.enrol("C0DE").await.unwrap();
        phone
    }

    async fn enrol(&self, code: &str) -> Result<(), Error> {
        self.client.enrol("http://localhost", code).await.map(|_| ())
    }

    fn mishap(&self, mishap: Mishap) {
        self.line.hub().mishaps.push_back(mishap);
    }

    async fn sync(&self) -> SyncView {
        self.client.sync().await.unwrap()
    }

    /// A complete form with its papers, not handed in.
    fn filled(&self) -> String {
        let id = self.client.new_draft(PROCEDURE).unwrap();
        self.client.set_fields(&id, &self.client.examples(PROCEDURE).unwrap()).unwrap();
        for component in self.client.procedure(PROCEDURE).unwrap().components {
            self.client.add_paper(&id, &component.id, "a.jpg", &[0xff, 0xd8, 0xff, 0xe0]).unwrap();
        }
        id
    }

    fn submit(&self, id: &str) -> Result<(), Error> {
        self.client.submit(id, &self.client.units()[0].code)
    }

    fn restarted(self) -> Self {
        let Self { client, line, dir, clock } = self;
        drop(client);
        Self { client: open_at(dir.path(), "me", &line, &clock), line, dir, clock }
    }
}

fn key(dir: &Path, account: &str) -> FileKey {
    FileKey::open(&dir.join(format!("{account}.pem"))).unwrap()
}

fn open(dir: &Path, account: &str, line: &Line) -> Client {
    open_at(dir, account, line, &Noon::default())
}

fn open_at(dir: &Path, account: &str, line: &Line, clock: &Noon) -> Client {
    let (keys, clock) = (Arc::new(key(dir, account)), Arc::new(clock.clone()));
    let outside = Outside { keys, transport: Arc::new(line.clone()), clock };
    Client::open(dir, account, outside, Language::Vietnamese).unwrap()
}

fn text_field(client: &Client) -> String {
    let fields = client.procedure(PROCEDURE).unwrap().fields;
    fields.into_iter().find(|f| f.kind == "text" && f.required && !f.key.contains('*')).unwrap().key
}
