//! A phone with the product's own core, two servers on one database, and a line that breaks at each place where a renewal
//! can break, again and again: nobody is signed out by it, and a copy of a phone always is.

use crate::app::tests::MONDAY;
use crate::app::{self, App, Clock, Running};
use crate::config::Config;
use crate::enrolment;
use crate::store::sessions as table;
use async_trait::async_trait;
use dossier::ids::{PublicKey, Thumbprint};
use mobile_core::{
    Client, Error, FileKey, Http, HttpRequest, HttpResponse, KeyStore as _, Language, Outside, Transport,
    TransportError,
};
use sea_orm::ConnectionTrait as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::sync::Notify;

/// So often at each place; `HOSO_LOSSES` sets another number.
const RUNS: usize = 60;
/// Longer than an access token lives.
const BETWEEN_SECONDS: i64 = 16 * 60;

/// Where a renewal breaks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Break {
    /// The request never comes to the server.
    RequestLost,
    /// The server has taken in what was sent, and fails before it notes that the token was used.
    BeforeTheCommit,
    /// It has noted that, and goes down before it answers: another server is asked next.
    AfterTheCommit,
    /// The answer is lost on its way.
    AnswerLost,
    /// The phone's battery ends before the answer is on its disk.
    BeforeItIsKept,
    /// And after.
    AfterItIsKept,
}

use Break::{AfterItIsKept, AfterTheCommit, AnswerLost, BeforeItIsKept, BeforeTheCommit, RequestLost};

struct Line {
    http: Http,
    servers: [String; 2],
    /// Which of them is asked.
    asked: AtomicUsize,
    breaks: Mutex<Option<Break>>,
    /// An answer has come to a phone that is about to be switched off.
    came: Notify,
}

#[async_trait]
impl Transport for Line {
    async fn request(&self, mut request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let server = &self.servers[self.asked.load(Ordering::SeqCst)];
        request.url = request.url.replacen("http://localhost", server, 1);
        let exchange = request.url.ends_with("/v1/sync");
        let breaks = if exchange { *self.breaks.lock().unwrap() } else { None };
        if breaks == Some(RequestLost) {
            self.breaks.lock().unwrap().take();
            return Err(TransportError::TimedOut);
        }
        let answer = self.http.request(request).await?;
        // What only asks for another nonce is not what is to be lost.
        if answer.status == 401 {
            return Ok(answer);
        }
        let breaks = self.breaks.lock().unwrap().take_if(|_| exchange);
        match breaks {
            Some(AnswerLost) => Err(TransportError::TimedOut),
            Some(AfterTheCommit) => {
                self.asked.fetch_xor(1, Ordering::SeqCst);
                Err(TransportError::Failed { reason: "the connection was reset".into() })
            }
            Some(BeforeItIsKept) => {
                self.came.notify_one();
                std::future::pending().await
            }
            _ => Ok(answer),
        }
    }
}

/// The phone's clock goes as the servers' do.
struct Watch(Clock);

impl mobile_core::Clock for Watch {
    fn now_ms(&self) -> i64 {
        self.0.now().0
    }
    fn boot(&self) -> u64 {
        1
    }
    fn elapsed_ms(&self) -> u64 {
        (self.0.now().0 - MONDAY.0).unsigned_abs()
    }
}

struct Stage {
    app: Arc<App>,
    line: Arc<Line>,
    /// The servers, and the folder that goes with them.
    _up: (Vec<Running>, Vec<Arc<App>>, TempDir),
}

impl Stage {
    async fn set() -> Self {
        // Where nothing is flushed to a disk, thousands of commits take no time.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let clock = Clock::settable(MONDAY);
        let (mut running, mut apps) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            // Both are reached by one name.
            let (bind, public_url) = (([127, 0, 0, 1], 0).into(), Some("http://localhost".into()));
            let config = Config { data: folder.path().join("data"), bind, public_url, ..Config::default() };
            let app = App::open(config, clock.clone()).await.unwrap();
            running.push(app::serve(&app, false).unwrap());
            apps.push(app);
        }
        let servers = [0, 1].map(|n: usize| format!("http://{}", running[n].address));
        let (http, came) = (Http::new().unwrap(), Notify::new());
        let line = Line { http, servers, asked: AtomicUsize::new(0), breaks: Mutex::new(None), came };
        Self { app: apps[0].clone(), line: Arc::new(line), _up: (running, apps, folder) }
    }

    fn open(&self, home: &Path) -> Client {
        let keys = FileKey::open(&home.join("me.pem")).unwrap();
        let clock = Arc::new(Watch(self.app.clock.clone()));
        let outside = Outside { keys: Arc::new(keys), transport: self.line.clone(), clock };
        Client::open(home, "me", outside, Language::English).unwrap()
    }

    async fn sign_in(&self, phone: &Client, number: &str) {
        let code = enrolment::make_code(&self.app, "Trần Văn An", &number.parse().unwrap(), false).await.unwrap();
        phone.enrol("http://localhost", &code).await.unwrap();
    }

    fn later(&self) {
        self.app.clock.set(self.app.clock.now().plus_seconds(BETWEEN_SECONDS));
    }

    /// While something is done, no session can be written.
    async fn with_sessions_shut<T>(&self, done: impl Future<Output = T>) -> T {
        let shut = "create trigger shut before update on session begin select raise(abort, 'cut off'); end";
        self.app.db.write.execute_unprepared(shut).await.unwrap();
        let done = done.await;
        self.app.db.write.execute_unprepared("drop trigger shut").await.unwrap();
        done
    }

    /// One renewal that breaks, and what the phone is afterwards.
    async fn broken(&self, phone: Client, home: &Path, at: Break) -> Client {
        *self.line.breaks.lock().unwrap() = Some(at);
        let told = match at {
            BeforeTheCommit => self.with_sessions_shut(phone.sync()).await,
            BeforeItIsKept => tokio::select! {
                told = phone.sync() => told,
                () = self.line.came.notified() => Err(Error::Cancelled),
            },
            _ => phone.sync().await,
        };
        assert_eq!(told.is_ok(), at == AfterItIsKept, "{at:?}: {:?}", told.map(|_| ()));
        if matches!(at, BeforeItIsKept | AfterItIsKept) {
            drop(phone);
            return self.open(home);
        }
        phone
    }
}

fn copied(home: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(home).unwrap() {
        let from = entry.unwrap().path();
        std::fs::copy(&from, copy.path().join(from.file_name().unwrap())).unwrap();
    }
    copy
}

fn thumbprint(home: &Path) -> Thumbprint {
    let key = FileKey::open(&home.join("me.pem")).unwrap().public_key().unwrap();
    PublicKey::try_from(key.as_slice()).unwrap().thumbprint()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewal_that_breaks_anywhere_signs_nobody_out_and_a_copy_of_a_phone_ends_the_session() {
    let stage = Stage::set().await;
    if stage.app.config.database.is_some() {
        return; // The trigger is written for SQLite.
    }
    let runs = std::env::var("HOSO_LOSSES").ok().and_then(|n| n.parse().ok()).unwrap_or(RUNS);
    let places = [RequestLost, BeforeTheCommit, AfterTheCommit, AnswerLost, BeforeItIsKept, AfterItIsKept];
    for (n, at) in places.iter().enumerate() {
        let home = tempfile::tempdir_in(stage._up.2.path()).unwrap();
        let mut phone = stage.open(home.path());
        stage.sign_in(&phone, &format!("03109000020{n}")).await;
        let device = thumbprint(home.path());
        let session = async || table::last_of(&stage.app.db.read, &device).await.unwrap().unwrap();
        let first = session().await;
        let (mut signed_out, mut copy) = (0, None);
        for run in 0..runs {
            stage.later();
            let before = session().await.newest;
            phone = stage.broken(phone, home.path(), *at).await;
            let noted = !matches!(at, RequestLost | BeforeTheCommit);
            assert_eq!(session().await.newest, before + u32::from(noted), "{at:?}: it broke where it was to");
            if *at == AfterItIsKept {
                stage.later();
            }
            match phone.sync().await {
                Ok(_) => {}
                Err(Error::SignInAgain) => signed_out += 1,
                Err(other) => panic!("{at:?}, run {run}: {other}"),
            }
            if run == runs / 2 {
                phone.pause();
                copy = Some(copied(home.path()));
                phone.resume();
            }
        }
        let last = session().await;
        assert_eq!((signed_out, last.ended, last.id), (0, false, first.id), "{at:?}");
        assert!(last.newest as usize > runs, "{at:?}: each run renewed it");

        // The copy has what was good long ago: whoever holds it and whoever holds the phone are signed out.
        stage.later();
        let copy = copy.unwrap();
        let told = stage.open(copy.path()).sync().await;
        assert!(matches!(told, Err(Error::SignInAgain)), "{at:?}");
        assert!(session().await.ended, "{at:?}");
        assert!(matches!(phone.sync().await, Err(Error::SignInAgain)), "{at:?}");
        stage.sign_in(&phone, &format!("03109000020{n}")).await;
        phone.sync().await.unwrap();
    }
}
