#![doc = include_str!("../README.md")]

mod m0001_people;
mod m0002_dossiers;
mod m0003_desk;
mod m0004_post;
mod m0006_refused_records;
mod m0007_devices;
mod m0008_log;
mod m0009_log_key;
mod m0010_enrolment;
mod m0011_taken_back;
mod m0012_proofs;
mod m0013_sessions;
mod m0014_staff;
mod m0015_sign_in;
mod m0016_readings;
mod m0017_lost;
mod m0018_tokens;

use sea_orm_migration::sea_orm::sqlx::{self, Connection as _, PgConnection};
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use sea_orm_migration::{DbErr, MigrationTrait, MigratorTrait};
use std::fmt;
use std::fs::File;
use std::path::Path;

/// Two processes that start together must not both create tables: SeaORM's migrator takes no lock, and three of four
/// replicas crashed (measured).
const ADVISORY_LOCK: i64 = 0x686f_736f;

pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_people::Migration),
            Box::new(m0002_dossiers::Migration),
            Box::new(m0003_desk::Migration),
            Box::new(m0004_post::Migration),
            Box::new(m0006_refused_records::Migration),
            Box::new(m0007_devices::Migration),
            Box::new(m0008_log::Migration),
            Box::new(m0009_log_key::Migration),
            Box::new(m0010_enrolment::Migration),
            Box::new(m0011_taken_back::Migration),
            Box::new(m0012_proofs::Migration),
            Box::new(m0013_sessions::Migration),
            Box::new(m0014_staff::Migration),
            Box::new(m0015_sign_in::Migration),
            Box::new(m0016_readings::Migration),
            Box::new(m0017_lost::Migration),
            Box::new(m0018_tokens::Migration),
        ]
    }
}

/// What keeps other processes out while tables are made.
pub enum Lock<'a> {
    /// SQLite: an exclusive lock on this file, made beside the database.
    File(&'a Path),
    /// PostgreSQL: an advisory lock on a session of its own; when the process dies, so does the session.
    Session(&'a str),
}

#[derive(Debug)]
pub enum Failed {
    /// The database has migrations that this program does not know.
    Newer(String),
    Lock(String),
    Database(DbErr),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer(name) => write!(
                f,
                "the database was written by a newer version of this program (it has the migration {name}, which this \
                 version does not know); start the newer version, or restore a backup made by this one"
            ),
            Self::Lock(cause) => write!(f, "cannot take the lock for migrations: {cause}"),
            Self::Database(cause) => write!(f, "a migration failed: {cause}"),
        }
    }
}
impl std::error::Error for Failed {}
impl From<DbErr> for Failed {
    fn from(cause: DbErr) -> Self {
        Self::Database(cause)
    }
}

/// Brings the database to this version's tables, under a lock. Nothing is changed in a database from a newer version.
pub async fn up(db: &DatabaseConnection, lock: Lock<'_>) -> Result<(), Failed> {
    match lock {
        Lock::File(path) => {
            let file = File::create(path).map_err(|e| Failed::Lock(e.to_string()))?;
            file.lock().map_err(|e| Failed::Lock(e.to_string()))?;
            up_alone(db).await
        }
        Lock::Session(url) => {
            let failed = |e: sqlx::Error| Failed::Lock(e.to_string());
            let mut session = PgConnection::connect(url).await.map_err(failed)?;
            sqlx::query("select pg_advisory_lock($1)")
                .bind(ADVISORY_LOCK)
                .execute(&mut session)
                .await
                .map_err(failed)?;
            let done = up_alone(db).await;
            // Closing the session gives the lock back, whatever happened.
            session.close().await.map_err(failed)?;
            done
        }
    }
}

async fn up_alone(db: &DatabaseConnection) -> Result<(), Failed> {
    let known: Vec<String> = Migrator::migrations().iter().map(|m| m.name().to_owned()).collect();
    match applied(db).await?.into_iter().find(|name| !known.contains(name)) {
        Some(unknown) => Err(Failed::Newer(unknown)),
        None => Ok(Migrator::up(db, None).await?),
    }
}

async fn applied(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let exists = match db.get_database_backend() {
        DbBackend::Postgres => "select 1 from pg_tables where tablename = 'seaql_migrations'",
        _ => "select 1 from sqlite_master where name = 'seaql_migrations'",
    };
    let ask = |sql: &str| Statement::from_string(db.get_database_backend(), sql);
    if db.query_one_raw(ask(exists)).await?.is_none() {
        return Ok(Vec::new());
    }
    let rows = db.query_all_raw(ask("select version from seaql_migrations")).await?;
    rows.iter().map(|row| row.try_get("", "version")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm_migration::sea_orm::Database;

    async fn open(dir: &Path) -> DatabaseConnection {
        Database::connect(format!("sqlite://{}?mode=rwc", dir.join("test.db").display())).await.unwrap()
    }

    fn scratch(name: &str) -> std::path::PathBuf {
        let dir = std::env::temp_dir().join(format!("hoso-migrations-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        dir
    }

    #[tokio::test]
    async fn migrating_twice_is_migrating_once() {
        let dir = scratch("twice");
        let db = open(&dir).await;
        for _ in 0..2 {
            up(&db, Lock::File(&dir.join("lock"))).await.unwrap();
        }
        assert_eq!(applied(&db).await.unwrap().len(), Migrator::migrations().len());
    }

    #[tokio::test]
    async fn a_database_from_a_newer_version_is_refused_by_name() {
        let dir = scratch("newer");
        let db = open(&dir).await;
        up(&db, Lock::File(&dir.join("lock"))).await.unwrap();
        db.execute_unprepared("insert into seaql_migrations (version, applied_at) values ('m9999_later', 0)")
            .await
            .unwrap();
        let refused = up(&db, Lock::File(&dir.join("lock"))).await.unwrap_err();
        assert!(matches!(&refused, Failed::Newer(name) if name == "m9999_later"));
        assert!(refused.to_string().contains("newer version"));
    }

    #[tokio::test]
    async fn every_table_of_a_dossier_starts_its_key_with_the_dossier() {
        let dir = scratch("keys");
        let db = open(&dir).await;
        up(&db, Lock::File(&dir.join("lock"))).await.unwrap();
        let ask = |sql: String| Statement::from_string(DbBackend::Sqlite, sql);
        let tables = db.query_all_raw(ask("select name from sqlite_master where type = 'table'".into())).await.unwrap();
        let mut seen = 0;
        for table in tables {
            let table: String = table.try_get("", "name").unwrap();
            let columns = db.query_all_raw(ask(format!("pragma table_info({table})"))).await.unwrap();
            let column = |row: &sea_orm_migration::sea_orm::QueryResult| {
                (row.try_get::<String>("", "name").unwrap(), row.try_get::<i32>("", "pk").unwrap())
            };
            let columns: Vec<(String, i32)> = columns.iter().map(column).collect();
            // A feed belongs to a person and a parcel is found by its own id: both only point to dossiers.
            if columns.iter().any(|c| c.0 == "dossier") && !["feed", "parcel"].contains(&table.as_str()) {
                assert!(columns.contains(&("dossier".to_owned(), 1)), "{table}");
                seen += 1;
            }
        }
        assert!(seen >= 9);
    }
}
