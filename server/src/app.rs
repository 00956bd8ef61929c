//! The running server: its settings, keys, database, papers and clock, opened once and shared by all requests.

mod body;
mod clock;
mod pools;
mod serve;

pub(crate) use clock::Clock;
pub(crate) use pools::Pools;
#[cfg(feature = "demo")]
pub(crate) use serve::Running;
#[cfg(test)]
pub(crate) use serve::application;
pub(crate) use serve::serve;

use crate::address::Address;
use crate::auth::replays::Replays;
use crate::config::Config;
use crate::intake::Work;
use crate::keys::{Keys, KeysError};
use crate::provider::Provider;
use crate::quota::{Lookups, Quotas};
use crate::restore;
use crate::revocation::{self, Revocations};
use crate::seal::random;
use crate::staff::sign_in::Door;
use crate::store::server::ServerInfo;
use crate::store::{self, Failed};
use dossier::ids::{DossierId, ServerId};
use dossier::time::Timestamp;
use object_store::local::LocalFileSystem;
use std::fmt;
use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use tokio::sync::{Mutex, MutexGuard, Semaphore};

/// Each may take some 300 MB for a moment.
const PICTURES: usize = 2;

pub(crate) struct App {
    pub config: Config,
    pub keys: Keys,
    pub info: ServerInfo,
    pub db: Pools,
    pub papers: LocalFileSystem,
    pub clock: Clock,
    /// Where phones reach it, if a setting says so.
    pub public: Option<Address>,
    /// Whose tokens count no more.
    pub revocations: Revocations,
    /// Which proofs were used.
    pub replays: Replays,
    /// Where citizens sign in, if they do; set before the first request is taken.
    pub provider: OnceLock<Provider>,
    /// The provider of a demo, which lives in the same server.
    #[cfg(feature = "demo")]
    pub demo: OnceLock<crate::demo::provider::DemoProvider>,
    /// How many merges, and how many uploads, there may be at the same time. Two limits, so that slow uploads hold up
    /// nobody's synchronisation.
    pub merges: Work,
    /// How much of the server one device, and one dossier, may use.
    pub quotas: Quotas,
    /// How often people whom nobody knows may look.
    pub lookups: Lookups,
    /// What stands before staff who sign in.
    pub door: Door,
    pub uploads: Semaphore,
    /// How many pictures are decoded at the same time.
    pub pictures: Semaphore,
    /// One decision at a time for a dossier, so that few are made for nothing. Correct without: the version decides.
    turns: Vec<Mutex<()>>,
}

/// Why the server does not start, for the person who starts it.
#[derive(Debug)]
pub(crate) enum StartError {
    Keys(KeysError),
    /// The database is older than the keys: what it holds was sealed by others.
    KeysLost,
    /// The database knows its log by another key.
    LogKeyLost,
    Folder(std::path::PathBuf, std::io::Error),
    /// The log was signed with more entries, or with others, than the database has.
    Older {
        signed: u64,
        there: u64,
    },
    /// The database is new, and a server has been here: this was found of it.
    DatabaseGone {
        data: std::path::PathBuf,
        found: &'static str,
    },
    /// No server has its data here, and the command that was given makes none.
    NoServer(std::path::PathBuf),
    Papers(String),
    Database(String),
    Migrations(migrations::Failed),
    Bind(std::net::SocketAddr, std::io::Error),
    /// Routes that nobody may call, or lines of the table without a route.
    Policy(Vec<String>),
    Provider(String),
    /// Everybody on this data is invented, and it was to be served in earnest.
    Invented(std::path::PathBuf),
    /// This data is no demo's, and invented people were to be let in.
    NotInvented(std::path::PathBuf),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys(cause) => cause.fmt(f),
            Self::KeysLost => f.write_str(
                "the database is there, but its keys are not: put the folder `keys` back beside it (from the backup), \
                 or nothing in it can be read",
            ),
            Self::LogKeyLost => f.write_str(
                "the log of this database is known by another key than `keys/log.key`: put that file back (from the \
                 backup), or nobody can verify what the log says",
            ),
            Self::Older { signed, there } => write!(
                f,
                "the database is not the one that was served last: the checkpoint beside it was signed for {signed} \
                 entries of its log, and it has {there} or others. If it was put back from a backup, run `hoso \
                 restored` first; phones then bring back what they have",
            ),
            Self::DatabaseGone { data, found } => write!(
                f,
                "there is no database, or an empty one, but {found} of a server in {}: put the database back from the \
                 backup and run `hoso restored`. A new server begins in an empty folder only",
                data.display()
            ),
            Self::Folder(path, cause) => write!(f, "cannot use the data folder {}: {cause}", path.display()),
            Self::NoServer(path) => write!(
                f,
                "there is no server's data in {}; set HOSO_DATA to its folder (`hoso serve` makes a new one)",
                path.display()
            ),
            Self::Papers(cause) => write!(f, "cannot use the folder for papers: {cause}"),
            Self::Database(cause) => write!(f, "cannot open the database: {cause}"),
            Self::Migrations(cause) => cause.fmt(f),
            Self::Bind(address, cause) if cause.kind() == std::io::ErrorKind::AddrInUse => {
                write!(f, "{address} is already in use; stop the other program or set another `bind`")
            }
            Self::Bind(address, cause) => write!(f, "cannot listen on {address}: {cause}"),
            Self::Policy(gaps) => write!(f, "not in the table of who may do what, or only there: {}", gaps.join(", ")),
            Self::Provider(cause) => write!(f, "cannot use the identity provider: {cause}"),
            Self::Invented(data) => write!(
                f,
                "the data in {} is a demo's, with invented people: serve it with --demo, or set HOSO_DATA to another \
                 folder",
                data.display()
            ),
            Self::NotInvented(data) => write!(
                f,
                "the data in {} is no demo's: with --demo invented people would sign in to it. Set HOSO_DATA to another \
                 folder",
                data.display()
            ),
        }
    }
}
impl std::error::Error for StartError {}

impl App {
    /// Opens what a server has made; where there is none, nothing is made. A slip in a folder's name must not make a
    /// second server, whose codes and tokens the first one does not know.
    pub(crate) async fn open_existing(config: Config, clock: Clock) -> Result<Arc<Self>, StartError> {
        let there = Keys::are_in(&config.data.join("keys")) || config.data.join("hoso.db").exists();
        if there { Self::open_or(config, clock, false).await } else { Err(StartError::NoServer(config.data)) }
    }

    /// Opens everything in the data folder; makes what a first start needs.
    pub(crate) async fn open(config: Config, clock: Clock) -> Result<Arc<Self>, StartError> {
        Self::open_or(config, clock, true).await
    }

    async fn open_or(config: Config, clock: Clock, make: bool) -> Result<Arc<Self>, StartError> {
        let folder = |e| StartError::Folder(config.data.clone(), e);
        make_folder(&config.data).map_err(folder)?;
        let data = config.data.canonicalize().map_err(folder)?;
        // Two programs that are the first at the same time must not each make keys and a server.
        let starting = File::create(data.join("start.lock")).map_err(folder)?;
        starting.lock().map_err(folder)?;
        if make {
            invented_or_not(&config, &data)?;
        }
        let keys = Keys::open(&data.join("keys")).map_err(StartError::Keys)?;
        let gone = |found| StartError::DatabaseGone { data: config.data.clone(), found };
        let lived = restore::lived_here(&data).map_err(folder)?;
        // Asked before a database is made: what is put back later must not lie beside another one's journal.
        if let Some(found) = lived.filter(|_| Pools::would_be_new(&config)) {
            return Err(gone(found));
        }
        let db = Pools::open(&config).await?;
        let info = match identity(&db).await? {
            Some(_) if keys.is_fresh() => return Err(StartError::KeysLost),
            Some(info) => info,
            None => match lived {
                Some(found) => return Err(gone(found)),
                None if make => begin(&db, &keys, &data, config.demo).await?,
                None => return Err(StartError::NoServer(config.data)),
            },
        };
        restore::begun(&data).map_err(folder)?;
        log_key(&db, &keys, clock.now()).await?;
        drop(starting);
        let papers = data.join("papers");
        std::fs::create_dir_all(&papers).map_err(folder)?;
        let papers = LocalFileSystem::new_with_prefix(papers).map_err(|e| StartError::Papers(e.to_string()))?;
        let provider = OnceLock::new();
        if let Some(settings) = config.provider.clone() {
            _ = provider.set(Provider::new(settings).map_err(StartError::Provider)?);
        }
        let app = Arc::new(Self {
            provider,
            public: config.public_url.as_deref().and_then(Address::parse),
            revocations: Revocations::default(),
            replays: Replays::default(),
            #[cfg(feature = "demo")]
            demo: OnceLock::new(),
            merges: Work::new(config.limits.merges, config.limits.queue),
            quotas: config.limits.quotas(),
            lookups: Lookups::new(),
            door: Door::new(),
            uploads: Semaphore::new(config.limits.uploads),
            pictures: Semaphore::new(PICTURES),
            turns: (0..64).map(|_| Mutex::new(())).collect(),
            // A paper that was acknowledged must outlive a power cut.
            papers: papers.with_fsync(true),
            config,
            keys,
            info,
            db,
            clock,
        });
        revocation::look(&app).await.map_err(|e| StartError::Database(e.to_string()))?;
        Ok(app)
    }

    /// Waits for this dossier's turn; held from load to commit.
    pub(crate) async fn turn(&self, id: &DossierId) -> MutexGuard<'_, ()> {
        // The last byte of a UUIDv7 is random.
        self.turns[usize::from(id.bytes()[15]) % self.turns.len()].lock().await
    }
}

/// Lies among the keys of a demo's server: where they go, it goes, also by way of a backup.
const INVENTED: &str = "demo";

/// Invented people never come to a real office's data, and a real office never works on theirs.
fn invented_or_not(config: &Config, data: &Path) -> Result<(), StartError> {
    let keys = data.join("keys");
    let there = Keys::are_in(&keys) || data.join("hoso.db").exists();
    match (config.demo, keys.join(INVENTED).exists()) {
        (false, true) => Err(StartError::Invented(config.data.clone())),
        (true, false) if there => Err(StartError::NotInvented(config.data.clone())),
        _ => Ok(()),
    }
}

/// What lies in the data folder is this program's business alone.
pub(crate) fn make_folder(data: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(data)
}

/// Who this server is, if it has begun.
async fn identity(db: &Pools) -> Result<Option<ServerInfo>, StartError> {
    store::server::find(&db.write).await.map_err(|e| StartError::Database(e.to_string()))
}

/// The first start of all: makes who this server is. One that is broken off here is gone on with.
async fn begin(db: &Pools, keys: &Keys, data: &Path, demo: bool) -> Result<ServerInfo, StartError> {
    restore::beginning(data).map_err(|e| StartError::Folder(data.into(), e))?;
    if demo {
        // Before there is anything that could be taken for a real office's.
        let marked = File::create(data.join("keys").join(INVENTED)).and_then(|file| file.sync_all());
        marked.map_err(|e| StartError::Folder(data.into(), e))?;
    }
    keys.keep().map_err(StartError::Keys)?;
    let bytes = uuid::Builder::from_random_bytes(random()).into_uuid();
    // Not zero, which is a phone's cursor before it has read anything.
    let incarnation = u64::from(u32::from_be_bytes(random())) + 1;
    let info = ServerInfo { server: ServerId(bytes), incarnation };
    store::server::insert(&db.write, &info).await.map_err(|e| StartError::Database(e.to_string()))?;
    Ok(info)
}

/// Keeps the log's key of a server whose log begins; of one that has a log it must be the very key.
async fn log_key(db: &Pools, keys: &Keys, now: Timestamp) -> Result<(), StartError> {
    let failed = |e: Failed| StartError::Database(e.to_string());
    match store::server::log_key(&db.write).await.map_err(failed)? {
        Some(known) if known == keys.log_public() => Ok(()),
        Some(_) => Err(StartError::LogKeyLost),
        None => {
            if keys.is_log_fresh() {
                keys.keep().map_err(StartError::Keys)?;
            }
            store::server::insert_log_key(&db.write, &keys.log_public(), now).await.map_err(failed)
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use tempfile::TempDir;

    /// 08:00 on Monday 23/11/2026.
    pub(crate) const MONDAY: Timestamp = Timestamp(1_795_395_600_000);

    /// A server of its own for one test; its folder goes with the first value. With the address of a PostgreSQL server
    /// in `POSTGRES_FOR_TESTS` (without a database's name), each test has a database of its own there.
    pub(crate) async fn server() -> (TempDir, Arc<App>) {
        use sea_orm::ConnectionTrait as _;
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config { data: dir.path().join("data"), ..Config::default() };
        if let Ok(address) = std::env::var("POSTGRES_FOR_TESTS") {
            let name = format!("test_{}", hex::encode(random::<8>()));
            let postgres = sea_orm::Database::connect(format!("{address}/postgres")).await.unwrap();
            postgres.execute_unprepared(&format!("create database {name}")).await.unwrap();
            config.database = Some(format!("{address}/{name}"));
        }
        let app = App::open(config, Clock::settable(MONDAY)).await.unwrap();
        (dir, app)
    }

    #[tokio::test]
    async fn a_server_stays_who_it_is() {
        let (_dir, first) = server().await;
        let again = App::open(first.config.clone(), Clock::System).await.unwrap();
        assert_eq!(first.info, again.info);
        assert_eq!(first.keys.public(), again.keys.public());
    }

    #[tokio::test]
    async fn a_database_without_its_keys_is_not_opened() {
        let (_dir, first) = server().await;
        std::fs::remove_dir_all(first.config.data.join("keys")).unwrap();
        // Not at the second try either: no keys were left that could be taken for the right ones.
        for _ in 0..2 {
            assert!(matches!(App::open(first.config.clone(), Clock::System).await, Err(StartError::KeysLost)));
        }
    }

    #[tokio::test]
    async fn a_log_is_known_by_one_key() {
        use sea_orm::ConnectionTrait as _;
        let (_dir, first) = server().await;
        let open = || App::open(first.config.clone(), Clock::System);
        assert_eq!(open().await.unwrap().keys.log_public(), first.keys.log_public());
        let file = first.config.data.join("keys/log.key");
        std::fs::remove_file(&file).unwrap();
        for _ in 0..2 {
            assert!(matches!(open().await, Err(StartError::LogKeyLost)));
            assert!(!file.exists());
        }
        // A server from before there was a log begins one.
        first.db.write.execute_unprepared("delete from log_key").await.unwrap();
        let begun = open().await.unwrap().keys.log_public();
        assert_eq!(open().await.unwrap().keys.log_public(), begun);
    }

    #[tokio::test]
    async fn readers_cannot_write() {
        use sea_orm::ConnectionTrait as _;
        let (_dir, app) = server().await;
        if app.config.database.is_some() {
            return; // PostgreSQL has one pool for both.
        }
        let refused = app.db.read.execute_unprepared("delete from server_info").await.unwrap_err();
        assert!(refused.to_string().contains("readonly"), "{refused}");
    }
}
