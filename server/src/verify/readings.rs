//! Who looked into a dossier: each row against its entry, and no entry without a row.

use super::Report;
use super::tree::Books;
use crate::store::dossiers::Head;
use crate::store::readings as table;
use crate::store::{Database, Failed};
use dossier::ids::DossierId;
use dossier::log::{Book, Item, digest};

pub(super) async fn verify(
    db: &impl Database,
    id: &DossierId,
    head: &Head,
    books: &Books,
    report: &mut Report,
) -> Result<(), Failed> {
    let entries = books.get(&Book::Readings(*id)).map_or(&[][..], Vec::as_slice);
    let Some(rows) = report.take("reading", table::of(db, id, &head.held.seal).await)? else { return Ok(()) };
    let mut there = std::collections::BTreeSet::new();
    for row in rows {
        let Some(kept) = report.take("reading", row)? else { continue };
        let n = kept.reading.n;
        there.insert(n);
        match entries.iter().find(|entry| entry.n == n) {
            None => report.note("reading", format!("{id} {n}"), "no entry speaks of it"),
            Some(entry) if entry.digest != digest(&[Item::reading(&kept.reading)]) || entry.commitment != kept.tip => {
                report.note("reading", format!("{id} {n}"), "it is not what was entered");
            }
            Some(_) => {}
        }
    }
    // One that cannot be read was named above.
    let unreadable = report.altered.iter().any(|altered| altered.table == "reading");
    for entry in entries.iter().filter(|entry| !unreadable && !there.contains(&entry.n)) {
        report.note("reading", format!("{id} {}", entry.n), "it is missing");
    }
    Ok(())
}
