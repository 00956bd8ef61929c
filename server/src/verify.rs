//! Whether what is stored is what this server wrote: the log is computed anew, every book is compared with the rows that
//! it speaks of, and what is derived with what it is derived from. Who alters rows without the server's keys is named
//! with the row; what was written before there was a log is counted as unprotected.

mod books;
mod derived;
mod tree;

use crate::app::App;
use crate::store::Database;
use crate::store::{Altered, Failed};

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
    fn note(&mut self, table: &'static str, row: impl std::fmt::Display, why: &'static str) {
        self.altered.push(Altered::new(table, row, why));
    }

    /// Keeps what is wrong with a row and goes on; another failure ends the work.
    fn take<T>(&mut self, read: Result<T, Failed>) -> Result<Option<T>, Failed> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(Failed::Altered(altered)) => {
                self.altered.push(altered);
                Ok(None)
            }
            Err(failed) => Err(failed),
        }
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
    let books = tree::verify(app, db, outside, &mut report).await?;
    books::verify(app, db, &books, &mut report).await?;
    derived::verify(app, db, &mut report).await?;
    Ok(report)
}
