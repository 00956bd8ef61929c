//! Whether what is stored is what this server wrote: the log is computed anew, every book is compared with the rows that
//! it speaks of, and what is derived with what it is derived from. Who alters rows without the server's keys is named
//! with the row; what was written before there was a log is counted as unprotected.

mod books;
mod derived;
mod tree;

use crate::app::App;
use crate::store::{self, Altered, Database, Failed};

/// Every table but those that no statement about anybody rests on.
pub(crate) const LOOKED_AT: [&str; 26] = [
    "audience",
    "card",
    "change",
    "command",
    "delivery_record",
    "device",
    "device_past",
    "dossier",
    "entry",
    "event",
    "evidence",
    "feed",
    "frozen",
    "log_head",
    "log_key",
    "manifest",
    "paper",
    "parcel",
    "person",
    "record_chain",
    "serial",
    "server_info",
    "suspension",
    "taken_back",
    "tile",
    "waiting_entry",
];

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// In the order of finding: log, dossiers, people, what is derived.
    pub altered: Vec<Altered>,
    pub entries: u64,
    pub dossiers: u64,
    pub people: u64,
    /// Commits that no entry speaks of, because there was no log yet.
    pub unprotected: u64,
}

impl Report {
    /// Names a row once, however many things show it.
    fn name(&mut self, altered: Altered) {
        // Of rows, no two are named alike; of a table that is gone, every dossier is the witness.
        if !altered.row.is_empty() || !self.altered.contains(&altered) {
            self.altered.push(altered);
        }
    }

    fn note(&mut self, table: &'static str, row: impl std::fmt::Display, why: &'static str) {
        self.altered.push(Altered::new(table, row, why));
    }

    /// What was read of a table, or what is wrong with it. Only what may pass by itself, a database that is busy, ends the
    /// work: who altered one row must not hide another.
    fn take<T>(&mut self, table: &'static str, read: Result<T, Failed>) -> Result<Option<T>, Failed> {
        let altered = match read {
            Ok(value) => return Ok(Some(value)),
            Err(Failed::Altered(altered)) => altered,
            Err(failed @ Failed::Database(_)) if failed.is_passing() => return Err(failed),
            Err(failed) if failed.is_of_the_tables() => Altered::table(table),
            Err(_) => Altered::new(table, "", "a row of it cannot be read"),
        };
        self.name(altered);
        Ok(None)
    }
}

/// Looks at everything, as it is at one moment.
pub(crate) async fn in_one_view(app: &App, outside: Option<&str>) -> Result<Report, Failed> {
    let view = app.db.view().await?;
    let report = verify(app, &view, outside).await?;
    view.rollback().await?;
    Ok(report)
}

/// Looks at everything, in one view of the database. `outside` is a checkpoint that was kept out of it.
pub(crate) async fn verify(app: &App, db: &impl Database, outside: Option<&str>) -> Result<Report, Failed> {
    let mut report = Report::default();
    for table in LOOKED_AT {
        report.take(table, store::can_be_read(db, table).await)?;
    }
    let books = tree::verify(app, db, outside, &mut report).await?;
    let dossiers = books::verify(app, db, &books, &mut report).await?;
    derived::verify(app, db, &dossiers, &mut report).await?;
    Ok(report)
}
