//! Database functions: small and plain, one file for each family of tables, domain values in and out. Nothing outside
//! this folder knows a table, and nothing in it decides.

pub(crate) mod accounts;
#[cfg(all(test, feature = "demo"))]
mod alterations;
pub(crate) mod batch;
pub(crate) mod checkpoint;
pub(crate) mod commands;
pub(crate) mod desk;
pub(crate) mod desk_sessions;
pub(crate) mod dossiers;
pub(crate) mod entity;
pub(crate) mod feed;
pub(crate) mod history;
pub(crate) mod log;
pub(crate) mod papers;
pub(crate) mod people;
pub(crate) mod post;
pub(crate) mod postings;
pub(crate) mod readings;
pub(crate) mod recall;
pub(crate) mod refused;
pub(crate) mod rows;
pub(crate) mod server;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod suspension;

use crate::seal::Unreadable;
use dossier::ids::NotA;
pub(crate) use sea_orm::ConnectionTrait as Database;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{DbErr, RuntimeErr, SqlErr};
use std::fmt;

/// A row that is not as this server wrote it, is missing, or is too many; without a row, a whole table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Altered {
    pub table: &'static str,
    pub row: String,
    pub why: &'static str,
}

impl fmt::Display for Altered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row.as_str() {
            "" => write!(f, "table {}: {}", self.table, self.why),
            row => write!(f, "{}, row {row}: {}", self.table, self.why),
        }
    }
}

impl Altered {
    pub(crate) fn new(table: &'static str, row: impl fmt::Display, why: &'static str) -> Self {
        Self { table, row: row.to_string(), why }
    }

    /// For a table that the database does not give.
    pub(crate) fn table(table: &'static str) -> Self {
        Self::new(table, "", "cannot be read")
    }

    /// For bytes that do not open or read.
    pub(crate) fn unreadable(table: &'static str, row: impl fmt::Display) -> Failed {
        Failed::Altered(Self::new(table, row, "what it holds cannot be read"))
    }
}

/// Why a database function did not do its work.
#[derive(Debug)]
pub(crate) enum Failed {
    Database(DbErr),
    /// Stored bytes do not open or do not read: altered, or from another key.
    Unreadable(&'static str),
    /// A row is not what this server wrote: its table, its key, and how that shows.
    Altered(Altered),
    /// Somebody else was first: what was decided on has moved on.
    Stale,
}

impl Failed {
    /// It may work a moment later.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Stale => true,
            Self::Database(DbErr::ConnectionAcquire(_)) => true,
            Self::Database(e) => {
                let text = e.to_string();
                // SQLITE_BUSY; PostgreSQL's serialization failure and deadlock.
                ["database is locked", "40001", "40P01"].iter().any(|t| text.contains(t))
            }
            Self::Unreadable(_) | Self::Altered(_) => false,
        }
    }

    /// The database does not know what it was asked for: a table or a column is gone.
    pub(crate) fn is_of_the_tables(&self) -> bool {
        matches!(self, Self::Database(DbErr::Query(RuntimeErr::SqlxError(e))) if e.as_database_error().is_some())
    }

    /// The disk is full; nothing was written.
    pub(crate) fn is_full(&self) -> bool {
        let Self::Database(e) = self else { return false };
        let text = e.to_string();
        // SQLITE_FULL; PostgreSQL's disk_full.
        ["database or disk is full", "53100"].iter().any(|t| text.contains(t))
    }

    /// A row was there already: with keys that only one decision can write, somebody else was first.
    pub(crate) fn stale_if_taken(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::Stale,
            _ => Self::Database(error),
        }
    }
}

/// Whether the database gives a table at all.
pub(crate) async fn can_be_read(db: &impl Database, table: &'static str) -> Result<(), Failed> {
    db.query_one(&Query::select().expr(Expr::value(1)).from(table).limit(1).to_owned()).await?;
    Ok(())
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(cause) => write!(f, "database: {cause}"),
            Self::Unreadable(what) => write!(f, "a stored {what} cannot be read"),
            Self::Altered(altered) => altered.fmt(f),
            Self::Stale => f.write_str("the dossier has moved on"),
        }
    }
}
impl std::error::Error for Failed {}

impl From<DbErr> for Failed {
    fn from(cause: DbErr) -> Self {
        Self::Database(cause)
    }
}
impl From<Unreadable> for Failed {
    fn from(cause: Unreadable) -> Self {
        Self::Unreadable(cause.0)
    }
}
impl From<NotA> for Failed {
    fn from(cause: NotA) -> Self {
        Self::Unreadable(cause.0)
    }
}
