//! Whether what is stored is what this server wrote: the log is computed anew, every book is compared with the rows that
//! it speaks of, and what is derived with what it is derived from. Who alters rows without the server's keys is named
//! with the row; what was written before there was a log is listed as unprotected.

mod books;
mod derived;
mod readings;
mod tree;

use crate::app::App;
use crate::store::{self, Altered, Database, Failed};
use dossier::log::Book;
use std::collections::BTreeMap;

/// What a table is, as `migrations` says of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Lost, it cannot be had again.
    Truth,
    /// `hoso rebuild` computes it again.
    Derived,
    /// No statement about anybody rests on it.
    Scratch,
}
use Kind::{Derived, Scratch, Truth};

pub(crate) const TABLES: [(&str, Kind); 41] = [
    ("account", Scratch),
    ("audience", Truth),
    ("card", Derived),
    ("change", Truth),
    ("command", Truth),
    ("delivery_record", Truth),
    ("desk_session", Scratch),
    ("device", Truth),
    ("device_past", Truth),
    // But for its saved document, which is derived.
    ("dossier", Truth),
    ("enrolment", Scratch),
    ("entry", Truth),
    ("event", Truth),
    ("evidence", Truth),
    ("feed", Truth),
    ("frozen", Truth),
    ("log_head", Truth),
    ("log_key", Truth),
    ("manifest", Truth),
    ("office_unit", Scratch),
    ("paper", Truth),
    ("parcel", Derived),
    ("person", Truth),
    ("posting", Scratch),
    ("reading", Truth),
    ("recall_proposal", Scratch),
    ("record_chain", Derived),
    ("recovery_code", Scratch),
    ("refused", Scratch),
    ("refused_record", Scratch),
    ("revocation", Scratch),
    ("seaql_migrations", Scratch),
    ("serial", Truth),
    ("server_info", Truth),
    ("session", Scratch),
    ("sign_in", Scratch),
    ("staff", Scratch),
    ("suspension", Truth),
    ("taken_back", Truth),
    ("tile", Derived),
    ("waiting_entry", Truth),
];

/// Every table that a statement about somebody rests on.
pub(crate) fn looked_at() -> impl Iterator<Item = &'static str> {
    TABLES.into_iter().filter(|(_, kind)| *kind != Scratch).map(|(table, _)| table)
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// In the order of finding: log, dossiers, people, what is derived.
    pub altered: Vec<Altered>,
    pub entries: u64,
    pub dossiers: u64,
    pub people: u64,
    /// The last commit of each book of which no entry speaks, because there was no log yet.
    pub unprotected: BTreeMap<Book, u64>,
}

impl Report {
    /// Names a row once, however many things show it.
    fn name(&mut self, altered: Altered) {
        // Of rows, no two are named alike; of a table that is gone, every dossier is the witness.
        if !altered.row.is_empty() || !self.altered.contains(&altered) {
            self.altered.push(altered);
        }
    }

    /// What a book holds before its first entry.
    fn unprotected(&mut self, book: Book, commits: u64) {
        if commits > 0 {
            self.unprotected.insert(book, commits);
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
    for table in looked_at() {
        report.take(table, store::can_be_read(db, table).await)?;
    }
    let books = tree::verify(app, db, outside, &mut report).await?;
    let dossiers = books::verify(app, db, &books, &mut report).await?;
    derived::verify(app, db, &dossiers, &mut report).await?;
    Ok(report)
}
