//! Writing what a decision wants written. Only `commit` calls this, inside its transaction.

use super::Failed;
use super::batch::Batch;
use super::dossiers::{Held, place};
use super::entity::{change, dossier as table, event, evidence, frozen, taken_back};
use crate::seal::Seal;
use dossier::decide::{Birth, ChangeRow, Rows};
use dossier::ids::{DossierId, EntryCommitment};
use dossier::wire::to_bytes;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryTrait as _, Set};

/// Opens a dossier's book with its first version and a key of its own.
pub(crate) fn insert_dossier(batch: &mut Batch, held: &Held, birth: &Birth, rows: &Rows, tip: &EntryCommitment) {
    let row = table::ActiveModel {
        dossier: Set(rows.dossier.0),
        version: Set(1),
        owner: Set(birth.owner.0),
        layout: Set(i16::from(birth.open.layout)),
        procedure: Set(birth.open.procedure.to_string()),
        catalogue: Set(birth.open.catalogue as i32),
        data_key: Set(held.wrapped.clone()),
        document: Set(document(&held.seal, rows)),
        tip: Set(Some(tip.bytes().to_vec())),
    };
    batch.add(table::Entity::insert(row).into_query());
}

/// Moves a dossier on by one version, with its document if that changed; stale if it is no longer at the expected one.
pub(crate) async fn move_on(
    db: &impl ConnectionTrait,
    held: &Held,
    rows: &Rows,
    tip: &EntryCommitment,
) -> Result<(), Failed> {
    move_on_to(db, &rows.dossier, (rows.expected_version, tip), document(&held.seal, rows)).await
}

pub(crate) async fn move_on_to(
    db: &impl ConnectionTrait,
    id: &DossierId,
    (expected, tip): (u64, &EntryCommitment),
    document: Option<Vec<u8>>,
) -> Result<(), Failed> {
    let mut update = table::Entity::update_many()
        .col_expr(table::Column::Version, Expr::value(expected as i64 + 1))
        .col_expr(table::Column::Tip, Expr::value(tip.bytes().to_vec()))
        .filter(table::Column::Dossier.eq(id.0))
        .filter(table::Column::Version.eq(expected as i64));
    if let Some(sealed) = document {
        update = update.col_expr(table::Column::Document, Expr::value(sealed));
    }
    if update.exec(db).await?.rows_affected == 1 { Ok(()) } else { Err(Failed::Stale) }
}

/// Keeps a dossier from moving on until the transaction ends. SQLite has one writer; PostgreSQL would let another commit.
pub(crate) async fn hold(db: &impl ConnectionTrait, id: &DossierId) -> Result<(), Failed> {
    let same = table::Entity::update_many().col_expr(table::Column::Version, Expr::col(table::Column::Version));
    same.filter(table::Column::Dossier.eq(id.0)).exec(db).await?;
    Ok(())
}

/// Puts a merged document in the place of the saved one, of a dossier that is held.
pub(crate) fn put_document(batch: &mut Batch, id: &DossierId, seal: &Seal, merged: Option<&[u8]>) {
    let sealed = merged.map(|document| seal.seal(place("document", id, b""), document));
    let update = table::Entity::update_many().col_expr(table::Column::Document, Expr::value(sealed));
    batch.add(update.filter(table::Column::Dossier.eq(id.0)).into_query());
}

fn document(seal: &Seal, rows: &Rows) -> Option<Vec<u8>> {
    rows.document.as_ref().map(|document| seal.seal(place("document", &rows.dossier, b""), document))
}

/// The append-only rows: changes, evidence, what was said before a restore, frozen versions, events.
pub(crate) fn append(batch: &mut Batch, seal: &Seal, version: u64, rows: &Rows) {
    let (id, version) = (&rows.dossier, version as i64);
    if !rows.changes.is_empty() {
        let runs = runs(&rows.changes).enumerate().map(|(position, run)| run_row(id, seal, (version, position), run));
        batch.add(change::Entity::insert_many(runs).into_query());
    }
    if let Some(believed) = &rows.evidence {
        let row = evidence::ActiveModel {
            dossier: Set(id.0),
            version: Set(version),
            device: Set(believed.device.bytes().to_vec()),
            body: Set(seal.seal(place("evidence", id, &version.to_be_bytes()), &to_bytes(believed))),
        };
        batch.add(evidence::Entity::insert(row).into_query());
    }
    if let Some(said) = &rows.taken_back {
        let body = seal.seal(place("taken back", id, &version.to_be_bytes()), &to_bytes(said));
        let row = taken_back::ActiveModel { dossier: Set(id.0), version: Set(version), body: Set(body) };
        batch.add(taken_back::Entity::insert(row).into_query());
    }
    for (content, bytes) in &rows.frozen {
        let row = frozen::ActiveModel {
            dossier: Set(id.0),
            content: Set(content.bytes().to_vec()),
            version: Set(version),
            body: Set(seal.seal(place("frozen", id, content.bytes()), bytes)),
        };
        // The same content handed in twice is one frozen version.
        let once = OnConflict::columns([frozen::Column::Dossier, frozen::Column::Content]).do_nothing().to_owned();
        batch.add(frozen::Entity::insert(row).on_conflict(once).into_query());
    }
    if !rows.events.is_empty() {
        let events = rows.events.iter().map(|happened| event::ActiveModel {
            dossier: Set(id.0),
            seq: Set(i64::from(happened.seq)),
            version: Set(version),
            at: Set(happened.at.0),
            body: Set(seal.seal(place("event", id, &i64::from(happened.seq).to_be_bytes()), &to_bytes(happened))),
        });
        batch.add(event::Entity::insert_many(events).into_query());
    }
}

/// Changes of one device's line that follow each other.
fn runs(changes: &[ChangeRow]) -> impl Iterator<Item = &[ChangeRow]> {
    changes.chunk_by(|a, b| a.actor == b.actor && a.seq + 1 == b.seq)
}

/// A run is one row, named by its last change and sealed as one: 40 rows, each in three indexes, cost more than all the
/// rest of a commit (measured).
fn run_row(id: &DossierId, seal: &Seal, (version, position): (i64, usize), run: &[ChangeRow]) -> change::ActiveModel {
    let last = &run[run.len() - 1];
    let bytes: Vec<u8> = run.iter().flat_map(|row| row.bytes.iter().copied()).collect();
    change::ActiveModel {
        dossier: Set(id.0),
        hash: Set(last.hash.bytes().to_vec()),
        version: Set(version),
        position: Set(position as i32),
        actor: Set(last.actor.bytes().to_vec()),
        device: Set(last.device.bytes().to_vec()),
        epoch: Set(i64::from(last.epoch)),
        seq: Set(last.seq as i64),
        body: Set(seal.seal(place("change", id, last.hash.bytes()), &bytes)),
    }
}
