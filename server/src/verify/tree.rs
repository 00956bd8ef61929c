//! The log itself: each entry follows its book's last one, stands at its place, and all together have the root that was
//! signed, inside the database and outside.

use super::Report;
use crate::app::App;
use crate::auth::signature::verify_ed25519;
use crate::sequencer;
use crate::store::Database;
use crate::store::Failed;
use crate::store::log::{self as table, Logged};
use dossier::ids::EntryCommitment;
use dossier::log::{self, Book, Checkpoint, Entry, SignedCheckpoint, TileId};
use dossier::merkle::Hash;
use std::collections::BTreeMap;

/// Entries of every book, in their order.
pub(super) type Books = BTreeMap<Book, Vec<Logged>>;

/// Rows read at once.
const ROWS: u64 = 4_096;

pub(super) async fn verify(
    app: &App,
    db: &impl Database,
    outside: Option<&str>,
    report: &mut Report,
) -> Result<Books, Failed> {
    let head = report.take("log_head", table::head(db).await)?;
    let kept = outside.and_then(|note| checkpoint(app, note, "checkpoint outside the database", report));
    let inside = head.as_ref().filter(|head| !head.checkpoint.is_empty());
    let inside = inside.and_then(|head| checkpoint(app, &head.checkpoint, "log_head", report));
    let mut growing = Growing::default();
    let mut books = Books::new();
    loop {
        let rows = report.take("entry", table::leaves(db, growing.size, ROWS).await)?.unwrap_or_default();
        let last = (rows.len() as u64) < ROWS;
        for (leaf, read) in rows {
            if leaf != growing.size {
                report.note("entry", growing.size, "there is no entry with this place in the log");
                growing.size = leaf;
            }
            match report.take("entry", read)? {
                Some(logged) => {
                    enter(&mut books, &logged, report);
                    growing.add(logged.commitment.leaf());
                }
                None => growing.size += 1,
            }
        }
        if last {
            break;
        }
    }
    for logged in report.take("waiting_entry", table::waiting(db, u64::MAX >> 1).await)?.unwrap_or_default() {
        enter(&mut books, &logged, report);
    }
    report.entries = books.values().map(|entries| entries.len() as u64).sum();
    for (signed, whose) in [(&inside, "log_head"), (&kept, "checkpoint outside the database")] {
        let Some(signed) = signed else { continue };
        match growing.root_at(signed.size) {
            None => {
                report.note("entry", signed.size.saturating_sub(1), "the log was cut off: this entry was signed for")
            }
            Some(root) if root != signed.root => {
                report.note("entry", whose, "the entries have another root than the one that was signed");
            }
            Some(_) => {}
        }
    }
    let size = growing.leaves.len() as u64;
    if head.is_some_and(|head| inside.as_ref().map_or(0, |signed| signed.size) != head.size || head.size != size) {
        report.note("log_head", 1, "the log's size is not that of its entries");
    }
    if report.take("log_head", table::heads(db).await)?.is_some_and(|heads| heads != 1) {
        report.note("log_head", 1, "the log has one head");
    }
    tiles(db, &growing, report).await?;
    Ok(books)
}

/// The leaves so far; everything else follows from them.
#[derive(Default)]
struct Growing {
    size: u64,
    leaves: Vec<Hash>,
}

impl Growing {
    fn add(&mut self, leaf: Hash) {
        self.leaves.push(leaf);
        self.size += 1;
    }

    fn tiles_at(&self, size: usize) -> Option<log::Appended> {
        log::append(0, self.leaves.get(..size)?, &|_| None).ok()
    }

    fn root_at(&self, size: u64) -> Option<Hash> {
        Some(self.tiles_at(usize::try_from(size).ok()?)?.root)
    }
}

fn checkpoint(app: &App, note: &str, place: &'static str, report: &mut Report) -> Option<Checkpoint> {
    let signed = SignedCheckpoint::parse(note).ok();
    let key = sequencer::key(app).ok()?;
    let origin = log::origin(&app.info.server);
    let verified = signed.as_ref().and_then(|signed| signed.verify(&origin, &key, &verify_ed25519).ok().cloned());
    if verified.is_none() {
        report.note("log_head", place, "this checkpoint was not signed by this log's key");
    }
    verified
}

/// Whether an entry follows the one before it in its book.
fn enter(books: &mut Books, logged: &Logged, report: &mut Report) {
    let book = books.entry(logged.book).or_default();
    let previous = book.last().map_or(EntryCommitment::NONE, |last| last.commitment);
    let follows = book.last().is_none_or(|last| last.n + 1 == logged.n);
    let entry = Entry { book: logged.book, n: logged.n, previous, digest: logged.digest };
    if !follows || entry.commitment(&logged.salt) != logged.commitment {
        let table = if logged.leaf.is_some() { "entry" } else { "waiting_entry" };
        let place = logged.leaf.map_or_else(|| format!("{:?} {}", logged.book, logged.n), |leaf| leaf.to_string());
        report.note(table, place, "it does not follow the entry before it");
    }
    book.push(*logged);
}

/// Tiles are only for speed; they are compared so that a proof never fails because of one.
async fn tiles(db: &impl Database, growing: &Growing, report: &mut Report) -> Result<(), Failed> {
    let wanted: BTreeMap<TileId, Vec<u8>> =
        growing.tiles_at(growing.leaves.len()).map(|all| all.tiles.into_iter().collect()).unwrap_or_default();
    let Some(stored) = report.take("tile", table::all_tiles(db).await)? else { return Ok(()) };
    let name = |id: &TileId| format!("{} {}", id.level, id.index);
    for (id, hashes) in &wanted {
        match stored.get(id) {
            None => report.note("tile", name(id), "it is missing"),
            Some(found) if found != hashes => report.note("tile", name(id), "its hashes are not those of the entries"),
            Some(_) => {}
        }
    }
    for id in stored.keys().filter(|id| !wanted.contains_key(id)) {
        report.note("tile", name(id), "there is no such tile in this log");
    }
    Ok(())
}
