//! Writing what a decision wants written. Only `commit` calls this, inside its transaction.

use super::Failed;
use super::dossiers::{place, wrap};
use super::entity::{change, dossier as table, event, evidence, frozen};
use crate::keys::Keys;
use crate::seal::{Seal, random};
use dossier::decide::{Birth, Rows};
use dossier::ids::DossierId;
use dossier::wire::to_bytes;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, Set};

/// Opens a dossier's book with its first version and a key of its own.
pub(crate) async fn insert_dossier(
    db: &impl ConnectionTrait,
    keys: &Keys,
    id: &DossierId,
    birth: &Birth,
) -> Result<(), Failed> {
    let row = table::ActiveModel {
        dossier: Set(id.0),
        version: Set(1),
        owner: Set(birth.owner.0),
        layout: Set(i16::from(birth.open.layout)),
        procedure: Set(birth.open.procedure.to_string()),
        catalogue: Set(birth.open.catalogue as i32),
        data_key: Set(wrap(keys, id, &random())),
        document: Set(None),
    };
    row.insert(db).await.map_err(Failed::stale_if_taken)?;
    Ok(())
}

/// Moves a dossier on by one version; stale if it is no longer at the expected one.
pub(crate) async fn move_on(db: &impl ConnectionTrait, id: &DossierId, expected: u64) -> Result<(), Failed> {
    let update = table::Entity::update_many()
        .col_expr(table::Column::Version, Expr::value(expected as i64 + 1))
        .filter(table::Column::Dossier.eq(id.0))
        .filter(table::Column::Version.eq(expected as i64));
    if update.exec(db).await?.rows_affected == 1 { Ok(()) } else { Err(Failed::Stale) }
}

pub(crate) async fn put_document(
    db: &impl ConnectionTrait,
    id: &DossierId,
    seal: &Seal,
    document: &[u8],
) -> Result<(), Failed> {
    let sealed = seal.seal(place("document", id, b""), document);
    let update = table::Entity::update_many().col_expr(table::Column::Document, Expr::value(sealed));
    update.filter(table::Column::Dossier.eq(id.0)).exec(db).await?;
    Ok(())
}

/// The append-only rows: changes, evidence, frozen versions, events.
pub(crate) async fn append(db: &impl ConnectionTrait, seal: &Seal, version: u64, rows: &Rows) -> Result<(), Failed> {
    let (id, version) = (&rows.dossier, version as i64);
    let changes = rows.changes.iter().enumerate().map(|(position, row)| change::ActiveModel {
        dossier: Set(id.0),
        hash: Set(row.hash.bytes().to_vec()),
        version: Set(version),
        position: Set(position as i32),
        actor: Set(row.actor.bytes().to_vec()),
        device: Set(row.device.bytes().to_vec()),
        epoch: Set(i64::from(row.epoch)),
        seq: Set(row.seq as i64),
        body: Set(seal.seal(place("change", id, row.hash.bytes()), &row.bytes)),
    });
    let changes: Vec<_> = changes.collect();
    if !changes.is_empty() {
        change::Entity::insert_many(changes).exec_without_returning(db).await.map_err(Failed::stale_if_taken)?;
    }
    if let Some(believed) = &rows.evidence {
        let row = evidence::ActiveModel {
            dossier: Set(id.0),
            version: Set(version),
            device: Set(believed.device.bytes().to_vec()),
            body: Set(seal.seal(place("evidence", id, &version.to_be_bytes()), &to_bytes(believed))),
        };
        evidence::Entity::insert(row).exec_without_returning(db).await?;
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
        frozen::Entity::insert(row).on_conflict(once).exec_without_returning(db).await?;
    }
    let events = rows.events.iter().map(|happened| event::ActiveModel {
        dossier: Set(id.0),
        seq: Set(i64::from(happened.seq)),
        version: Set(version),
        at: Set(happened.at.0),
        body: Set(seal.seal(place("event", id, &i64::from(happened.seq).to_be_bytes()), &to_bytes(happened))),
    });
    let events: Vec<_> = events.collect();
    if !events.is_empty() {
        event::Entity::insert_many(events).exec_without_returning(db).await.map_err(Failed::stale_if_taken)?;
    }
    Ok(())
}
