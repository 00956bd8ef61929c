//! Connections. SQLite: one that writes and a few that only read; PostgreSQL: one pool for both. Nothing outside `store`
//! knows which it is.

use super::StartError;
use crate::config::Config;
use sea_orm::sqlx::Connection as _;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, IsolationLevel, Statement, TransactionTrait as _,
};
use std::time::Duration;

pub(crate) struct Pools {
    /// For transactions that write.
    pub write: DatabaseConnection,
    pub read: DatabaseConnection,
}

impl Pools {
    /// Connects, and brings the tables up to date under a lock.
    pub(crate) async fn open(config: &Config) -> Result<Self, StartError> {
        let url = config.database_url();
        if url.starts_with("postgres") {
            let pool = connect(&url, config.limits.readers.max(2) * 2, None).await?;
            migrations::up(&pool, migrations::Lock::Session(&url)).await.map_err(StartError::Migrations)?;
            return Ok(Self { read: pool.clone(), write: pool });
        }
        let write = connect(&url, 1, Some(false)).await?;
        let lock = config.data.join("migrations.lock");
        migrations::up(&write, migrations::Lock::File(&lock)).await.map_err(StartError::Migrations)?;
        Ok(Self { read: connect(&url, config.limits.readers.max(1), Some(true)).await?, write })
    }
}

impl Pools {
    /// Whether opening would make a database: there is no file, or one with nothing in it.
    pub(crate) fn would_be_new(config: &Config) -> bool {
        let file = config.data.join("hoso.db");
        config.database.is_none() && std::fs::metadata(file).map_or(true, |file| file.len() == 0)
    }

    /// Copies into the database's own file what lies in the journal beside it: who copies the one file alone, against the
    /// rule, then lacks little. At a start and an end the journal is emptied too; else nobody is waited for.
    pub(crate) async fn settle(&self, empty: bool) -> Result<(), DbErr> {
        if self.write.get_database_backend() != DbBackend::Sqlite {
            return Ok(());
        }
        let how = if empty { "PRAGMA wal_checkpoint(TRUNCATE)" } else { "PRAGMA wal_checkpoint(PASSIVE)" };
        self.write.query_one_raw(Statement::from_string(DbBackend::Sqlite, how)).await.map(|_| ())
    }

    /// Everything as it is now, whatever is written meanwhile.
    pub(crate) async fn view(&self) -> Result<DatabaseTransaction, DbErr> {
        // SQLite knows one level, which is this; a deferred transaction sees what its first read saw.
        match self.read.get_database_backend() {
            DbBackend::Sqlite => self.read.begin().await,
            _ => self.read.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)).await,
        }
    }
}

async fn connect(url: &str, most: u32, sqlite_reader: Option<bool>) -> Result<DatabaseConnection, StartError> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(most).sqlx_logging(false).acquire_timeout(Duration::from_secs(10));
    // Nothing is closed for its age. Who looks for what is too old counts what is idle while others take of it: counted below none,
    // it is looked for without end (sqlx 0.9.0, seen as a command that did not come to its end).
    options.idle_timeout(None).max_lifetime(None);
    // A file does not hang up, and a server seldom: asking before each statement costs a third of what an exchange takes.
    match sqlite_reader {
        Some(_) => options.test_before_acquire(false),
        None => options.test_before_acquire_if_idle_for(Duration::from_secs(30)),
    };
    // A full disk ends a transaction from below; the rollback then fails, and the library goes on counting it as open:
    // everything after it would be written inside a transaction that nobody commits. Such a connection is closed.
    options.map_sqlx_sqlite_pool_opts(|pool| pool.after_release(|c, _| Box::pin(async { Ok(!c.is_in_transaction()) })));
    options
        .map_sqlx_postgres_pool_opts(|pool| pool.after_release(|c, _| Box::pin(async { Ok(!c.is_in_transaction()) })));
    if let Some(reader) = sqlite_reader {
        options.map_sqlx_sqlite_opts(move |sqlite| {
            let sqlite = sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                // NORMAL can lose acknowledged commits with the power; grouped commits cost little more with FULL.
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(5))
                // Pages of the log that are copied into the database at a time; most are the same few again and again.
                .pragma("wal_autocheckpoint", "4000");
            if reader { sqlite.pragma("query_only", "on") } else { sqlite }
        });
    }
    Database::connect(options).await.map_err(|e| StartError::Database(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_looks_for_connections_that_are_too_old() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("a.db").display());
        let database = connect(&url, 1, Some(false)).await.unwrap();
        let options = database.get_sqlite_connection_pool().options().clone();
        assert_eq!((options.get_idle_timeout(), options.get_max_lifetime()), (None, None));
    }
}
