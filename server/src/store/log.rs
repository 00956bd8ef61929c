//! The log's tables: the entries of each book, waiting or in the tree, the tree's tiles, and its head.

use super::batch::Batch;
use super::entity::{entry, log_head, tile, waiting_entry};
use super::{Altered, Failed};
use dossier::ids::{DossierId, EntryCommitment, PersonId};
use dossier::log::{self, Book, Entry, Salt, TileId};
use dossier::merkle::Hash;
use dossier::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Set,
};
use std::collections::BTreeMap;

/// An entry as it is kept; `previous` is the commitment of the one before it in its book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Logged {
    pub book: Book,
    pub n: u64,
    pub salt: Salt,
    pub digest: [u8; 32],
    pub commitment: EntryCommitment,
    /// Its place in the tree, once it has one.
    pub leaf: Option<u64>,
}

/// The state of the tree, and who may append.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub size: u64,
    /// As signed; empty before the first.
    pub checkpoint: String,
    pub fence: i64,
}

/// The one row of the head.
const HEAD: i16 = 1;

/// Adds the next entry of a book, in the transaction that it speaks of.
pub(crate) fn add(batch: &mut Batch, said: &Entry, salt: &Salt) {
    let (kind, book) = key(&said.book);
    let row = waiting_entry::ActiveModel {
        book: Set(book),
        kind: Set(kind),
        n: Set(said.n as i64),
        salt: Set(salt.to_vec()),
        digest: Set(said.digest.to_vec()),
        commitment: Set(said.commitment(salt).bytes().to_vec()),
    };
    batch.add(waiting_entry::Entity::insert(row).into_query());
}

/// Entries without a place, those of one book in their order, at most so many.
pub(crate) async fn waiting(db: &impl ConnectionTrait, most: u64) -> Result<Vec<Logged>, Failed> {
    use waiting_entry::Column::{Book, Kind, N};
    let ordered = waiting_entry::Entity::find().order_by_asc(Book).order_by_asc(Kind).order_by_asc(N);
    ordered.limit(most).all(db).await?.into_iter().map(waiting_row).collect()
}

/// Gives entries their places, from `first` on.
pub(crate) fn place(batch: &mut Batch, first: u64, entries: &[Logged]) {
    let rows = entries.iter().zip(first..).map(|(logged, leaf)| {
        let (kind, book) = key(&logged.book);
        entry::ActiveModel {
            leaf: Set(leaf as i64),
            kind: Set(kind),
            book: Set(book),
            n: Set(logged.n as i64),
            salt: Set(logged.salt.to_vec()),
            digest: Set(logged.digest.to_vec()),
            commitment: Set(logged.commitment.bytes().to_vec()),
        }
    });
    batch.add(entry::Entity::insert_many(rows).into_query());
    use waiting_entry::Column::{Book, Kind, N};
    let wait_no_more = entries.iter().fold(Condition::any(), |any, logged| {
        let (kind, book) = key(&logged.book);
        any.add(Book.eq(book).and(Kind.eq(kind)).and(N.eq(logged.n as i64)))
    });
    batch.add(waiting_entry::Entity::delete_many().filter(wait_no_more).into_query());
}

/// A book's entries in their order.
pub(crate) async fn book(db: &impl ConnectionTrait, of: &Book) -> Result<Vec<Logged>, Failed> {
    let (kind, book) = key(of);
    let placed = entry::Entity::find()
        .filter(entry::Column::Book.eq(book))
        .filter(entry::Column::Kind.eq(kind))
        .order_by_asc(entry::Column::N)
        .all(db)
        .await?;
    let waiting = waiting_entry::Entity::find()
        .filter(waiting_entry::Column::Book.eq(book))
        .filter(waiting_entry::Column::Kind.eq(kind))
        .order_by_asc(waiting_entry::Column::N)
        .all(db)
        .await?;
    let placed = placed.into_iter().map(placed_row);
    placed.chain(waiting.into_iter().map(waiting_row)).collect()
}

/// Entries in the tree from a leaf on, in the tree's order; each row by itself, with the place at which it stands.
pub(crate) async fn leaves(
    db: &impl ConnectionTrait,
    from: u64,
    most: u64,
) -> Result<Vec<(u64, Result<Logged, Failed>)>, Failed> {
    let ordered = entry::Entity::find().filter(entry::Column::Leaf.gte(from as i64)).order_by_asc(entry::Column::Leaf);
    let rows = ordered.limit(most).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.leaf as u64, placed_row(row))).collect())
}

pub(crate) async fn head(db: &impl ConnectionTrait) -> Result<Head, Failed> {
    let row = log_head::Entity::find_by_id(HEAD).one(db).await?.ok_or(Failed::Unreadable("log head"))?;
    Ok(Head { size: row.size as u64, checkpoint: row.checkpoint, fence: row.fence })
}

/// Takes or keeps the right to append until a moment; `None` while another holds it. With each change of hands the fence
/// rises, so that who lost it unaware appends nothing.
pub(crate) async fn take_lease(
    db: &impl ConnectionTrait,
    holder: &str,
    (now, until): (Timestamp, Timestamp),
) -> Result<Option<Head>, Failed> {
    use log_head::Column::{Fence, Holder, Id, Until};
    let kept = log_head::Entity::update_many()
        .col_expr(Until, Expr::value(until.0))
        .filter(Id.eq(HEAD))
        .filter(Holder.eq(holder));
    if kept.exec(db).await?.rows_affected == 0 {
        let taken = log_head::Entity::update_many()
            .col_expr(Until, Expr::value(until.0))
            .col_expr(Holder, Expr::value(holder))
            .col_expr(Fence, Expr::col(Fence).add(1))
            .filter(Id.eq(HEAD))
            .filter(Until.lt(now.0));
        if taken.exec(db).await?.rows_affected == 0 {
            return Ok(None);
        }
    }
    head(db).await.map(Some)
}

/// Ends the lease of whoever holds it; the fence keeps out one that lives nevertheless.
pub(crate) async fn end_lease(db: &impl ConnectionTrait) -> Result<(), Failed> {
    use log_head::Column::{Id, Until};
    let over = log_head::Entity::update_many().col_expr(Until, Expr::value(0i64)).filter(Id.eq(HEAD));
    over.exec(db).await?;
    Ok(())
}

/// Moves the tree on to a new checkpoint; stale if it is not where its holder left it, or no longer the holder's.
pub(crate) async fn move_on(db: &impl ConnectionTrait, from: &Head, size: u64, checkpoint: &str) -> Result<(), Failed> {
    use log_head::Column::{Checkpoint, Fence, Id, Size};
    let moved = log_head::Entity::update_many()
        .col_expr(Size, Expr::value(size as i64))
        .col_expr(Checkpoint, Expr::value(checkpoint))
        .filter(Id.eq(HEAD))
        .filter(Fence.eq(from.fence))
        .filter(Size.eq(from.size as i64));
    if moved.exec(db).await?.rows_affected == 1 { Ok(()) } else { Err(Failed::Stale) }
}

pub(crate) async fn tiles(db: &impl ConnectionTrait, wanted: &[TileId]) -> Result<BTreeMap<TileId, Vec<u8>>, Failed> {
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let any = wanted.iter().fold(Condition::any(), |any, id| {
        any.add(tile::Column::Level.eq(i16::from(id.level)).and(tile::Column::Place.eq(id.index as i64)))
    });
    let rows = tile::Entity::find().filter(any).all(db).await?;
    let id = |row: &tile::Model| TileId { level: row.level as u8, index: row.place as u64 };
    Ok(rows.into_iter().map(|row| (id(&row), row.hashes)).collect())
}

/// The path from a leaf to the root of the first `size` entries.
pub(crate) async fn inclusion(db: &impl ConnectionTrait, index: u64, size: u64) -> Result<Vec<Hash>, Failed> {
    let tiles = tiles(db, &log::tiles_for_inclusion(index, size)).await?;
    log::inclusion(index, size, &|id| tiles.get(&id).cloned()).map_err(|_| Failed::Unreadable("tile"))
}

/// That the log of `from` entries is the beginning of that of `to` entries.
pub(crate) async fn consistency(db: &impl ConnectionTrait, from: u64, to: u64) -> Result<Vec<Hash>, Failed> {
    let tiles = tiles(db, &log::tiles_for_consistency(from, to)).await?;
    log::consistency(from, to, &|id| tiles.get(&id).cloned()).map_err(|_| Failed::Unreadable("tile"))
}

/// Drops all tiles; what is derived from the entries is put in their place in the same transaction.
pub(crate) async fn drop_tiles(db: &impl ConnectionTrait) -> Result<(), Failed> {
    tile::Entity::delete_many().exec(db).await?;
    Ok(())
}

pub(crate) fn put_tiles(batch: &mut Batch, tiles: &[(TileId, Vec<u8>)]) {
    let rows = tiles.iter().map(|(id, hashes)| tile::ActiveModel {
        level: Set(i16::from(id.level)),
        place: Set(id.index as i64),
        hashes: Set(hashes.clone()),
    });
    let over =
        OnConflict::columns([tile::Column::Level, tile::Column::Place]).update_column(tile::Column::Hashes).to_owned();
    batch.add(tile::Entity::insert_many(rows).on_conflict(over).into_query());
}

fn key(book: &Book) -> (i16, uuid::Uuid) {
    match book {
        Book::Dossier(id) => (0, id.0),
        Book::Person(id) => (1, id.0),
        Book::Readings(id) => (2, id.0),
    }
}

fn waiting_row(row: waiting_entry::Model) -> Result<Logged, Failed> {
    let read = logged((row.kind, row.book), row.n, (&row.salt, &row.digest, &row.commitment), None);
    read.ok_or_else(|| Altered::unreadable("waiting_entry", format!("{} {}", row.book, row.n)))
}

fn placed_row(row: entry::Model) -> Result<Logged, Failed> {
    let read = logged((row.kind, row.book), row.n, (&row.salt, &row.digest, &row.commitment), Some(row.leaf as u64));
    read.ok_or_else(|| Altered::unreadable("entry", row.leaf))
}

fn logged(
    (kind, book): (i16, uuid::Uuid),
    n: i64,
    (salt, digest, commitment): (&[u8], &[u8], &[u8]),
    leaf: Option<u64>,
) -> Option<Logged> {
    let book = match kind {
        0 => Book::Dossier(DossierId(book)),
        1 => Book::Person(PersonId(book)),
        2 => Book::Readings(DossierId(book)),
        _ => return None,
    };
    Some(Logged {
        book,
        n: n as u64,
        salt: salt.try_into().ok()?,
        digest: digest.try_into().ok()?,
        commitment: EntryCommitment::try_from(commitment).ok()?,
        leaf,
    })
}

pub(crate) async fn all_tiles(db: &impl ConnectionTrait) -> Result<BTreeMap<TileId, Vec<u8>>, Failed> {
    let id = |row: &tile::Model| TileId { level: row.level as u8, index: row.place as u64 };
    Ok(tile::Entity::find().all(db).await?.into_iter().map(|row| (id(&row), row.hashes)).collect())
}

/// In how many rows the log's head stands; in one.
pub(crate) async fn heads(db: &impl ConnectionTrait) -> Result<usize, Failed> {
    Ok(log_head::Entity::find().all(db).await?.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::server;
    use crate::commit::tests::{PHONE, id, rows, write_rows};
    use crate::store::people::{New, insert_person};
    use crate::verify::in_one_view;

    #[tokio::test]
    async fn what_is_older_than_the_log_is_listed() {
        let (_dir, app) = server().await;
        write_rows(&app, &rows(1, 0, PHONE)).await.unwrap();
        for from_before in ["delete from waiting_entry", "update dossier set tip = null"] {
            app.db.write.execute_unprepared(from_before).await.unwrap();
        }
        write_rows(&app, &rows(1, 1, PHONE)).await.unwrap();
        let (somebody, number) = (PersonId::from_bytes([3; 16]), "031090000123".parse().unwrap());
        let entered = New { name: "Trần Văn An", number: &number, courier: false, vouched: None };
        insert_person(&app.db.write, &app.keys, somebody, entered, app.clock.now()).await.unwrap();
        let listed = in_one_view(&app, None).await.unwrap().unprotected;
        assert_eq!(listed, BTreeMap::from([(Book::Dossier(id(1)), 1), (Book::Person(somebody), 1)]));
    }
}
