//! The only place that writes a decision: all of it in one transaction for one dossier, or nothing.

use crate::app::App;
use crate::store::commands::{self, Done};
use crate::store::{Failed, desk, dossiers, feed, post, rows};
use dossier::decide::{Birth, Rows};
use dossier::event::{Event, What};
use dossier::ids::PersonId;
use dossier::time::Timestamp;
use dossier::wire::{SignedManifest, manifest_message, to_bytes};
use sea_orm::{DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait as _};
use std::collections::BTreeSet;

/// Writes a decision, with the command that asked for it. `Stale`: somebody else was first, decide again.
pub(crate) async fn commit(app: &App, decided: &Rows, done: Option<&Done>, now: Timestamp) -> Result<(), Failed> {
    let tx = begin(app).await?;
    match write(app, &tx, decided, done, now).await {
        Ok(()) => Ok(tx.commit().await?),
        Err(failed) => {
            // Should the rollback fail as well, the connection is closed and the transaction with it.
            let _ = tx.rollback().await;
            Err(failed)
        }
    }
}

/// SQLite: the writer's lock is taken at once; a transaction that reads first and writes later fails with BUSY
/// (154,496 times in a trial).
pub(crate) async fn begin(app: &App) -> Result<DatabaseTransaction, Failed> {
    let immediate = Some(SqliteTransactionMode::Immediate);
    let options = TransactionOptions { sqlite_transaction_mode: immediate, ..TransactionOptions::default() };
    Ok(app.db.write.begin_with_options(options).await?)
}

async fn write(
    app: &App,
    tx: &DatabaseTransaction,
    decided: &Rows,
    done: Option<&Done>,
    now: Timestamp,
) -> Result<(), Failed> {
    let id = &decided.dossier;
    match &decided.birth {
        Some(birth) => rows::insert_dossier(tx, &app.keys, id, birth).await?,
        None => rows::move_on(tx, id, decided.expected_version).await?,
    }
    let version = decided.expected_version + 1;
    let head = dossiers::head(tx, &app.keys, id).await?.ok_or(Failed::Stale)?;
    rows::append(tx, &head.seal, version, decided).await?;
    if let Some(document) = &decided.document {
        rows::put_document(tx, id, &head.seal, document).await?;
    }
    if let Some(manifest) = &decided.manifest {
        let bytes = to_bytes(manifest);
        let signature = app.keys.sign(&manifest_message(&app.info.server, &bytes));
        let signed = SignedManifest { manifest: bytes, signature };
        post::insert_manifest(tx, id, &head.seal, (version, manifest), &signed).await?;
    }
    if let Some(record) = &decided.record {
        post::insert_record(tx, id, &head.seal, record, now).await?;
    }
    if let Some(serial) = &decided.serial {
        commands::take_serial(tx, serial).await?;
    }
    if let Some(done) = done {
        commands::insert(tx, id, &head.seal, done, now).await?;
    }
    desk::file(tx, &card(app, tx, decided, &head.birth).await?).await?;
    let people: BTreeSet<PersonId> = decided.audiences.iter().copied().collect();
    feed::add(tx, &people, (id, version), decided.origin.as_ref()).await
}

async fn card(app: &App, tx: &DatabaseTransaction, decided: &Rows, birth: &Birth) -> Result<desk::Filed, Failed> {
    let tracking = match tracking(app, &decided.events) {
        Some(fresh) => Some(fresh),
        None => desk::find(tx, &decided.dossier).await?.and_then(|old| old.tracking),
    };
    Ok(desk::Filed { dossier: decided.dossier, owner: birth.owner, card: decided.card.clone(), tracking })
}

/// What must be known to open the public page of a dossier, as it is looked up.
pub(crate) fn tracking(app: &App, events: &[Event]) -> Option<Vec<u8>> {
    events.iter().rev().find_map(|event| match &event.what {
        What::Accepted(acceptance) => Some(app.keys.lookup("tracking", acceptance.tracking_secret.reveal())),
        _ => None,
    })
}
