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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::app::tests::{MONDAY, server};
    use dossier::decide::{Card, ChangeRow, Serial};
    use dossier::ids::{Actor, ChangeHash, DossierId, Thumbprint};
    use dossier::wire::Open;

    pub(crate) const OWNER: PersonId = PersonId(uuid::Uuid::from_u128(1));
    pub(crate) const PHONE: Thumbprint = Thumbprint([1; 32]);
    pub(crate) const OTHER_PHONE: Thumbprint = Thumbprint([2; 32]);

    pub(crate) fn id(n: u128) -> DossierId {
        DossierId(uuid::Uuid::from_u128(n))
    }

    /// What a device's commit of one change looks like; no other device makes the same.
    pub(crate) fn rows(n: u128, expected_version: u64, device: Thumbprint) -> Rows {
        let open = Open { layout: 1, procedure: "1.004873".parse().unwrap(), catalogue: 1 };
        let mut hash = [expected_version as u8; 32];
        hash[..16].copy_from_slice(id(n).bytes());
        hash[16] = device.0[0];
        let change = ChangeRow {
            hash: ChangeHash(hash),
            actor: Actor([device.0[0]; 16]),
            device,
            epoch: 0,
            seq: expected_version + 1,
            bytes: vec![expected_version as u8; 100],
        };
        let card = Card::of(&open.procedure, &[]);
        Rows {
            dossier: id(n),
            expected_version,
            birth: (expected_version == 0).then_some(Birth { owner: OWNER, open }),
            changes: vec![change],
            evidence: None,
            document: Some(b"document".to_vec()),
            frozen: Vec::new(),
            events: Vec::new(),
            card,
            audiences: vec![OWNER],
            origin: Some(device),
            serial: None,
            manifest: None,
            record: None,
        }
    }

    async fn changes(app: &App) -> usize {
        let head = dossiers::head(&app.db.read, &app.keys, &id(1)).await.unwrap().unwrap();
        dossiers::changes(&app.db.read, &id(1), &head.seal, 0, None).await.unwrap().len()
    }

    #[tokio::test]
    async fn of_two_decisions_about_one_version_one_is_written() {
        let (_dir, app) = server().await;
        for version in 0..2 {
            commit(&app, &rows(1, version, PHONE), None, MONDAY).await.unwrap();
            let late = rows(1, version, OTHER_PHONE);
            assert!(matches!(commit(&app, &late, None, MONDAY).await, Err(Failed::Stale)));
        }
        assert_eq!(changes(&app).await, 2);
        let state = dossiers::load_state(&app.db.read, &app.keys, &id(1)).await.unwrap();
        assert_eq!((state.version, state.actors.len()), (2, 1));
    }

    #[tokio::test]
    async fn what_fails_at_its_end_leaves_nothing_of_its_beginning() {
        let (_dir, app) = server().await;
        commit(&app, &rows(1, 0, PHONE), None, MONDAY).await.unwrap();
        let unit: dossier::ids::UnitCode = "H24.1".parse().unwrap();
        let mut decided = rows(1, 1, PHONE);
        decided.serial = Some(Serial { unit: unit.clone(), day: MONDAY.day(), serial: 5 });
        assert!(matches!(commit(&app, &decided, None, MONDAY).await, Err(Failed::Stale)), "serials have no gaps");
        assert_eq!(changes(&app).await, 1);
        decided.serial = Some(Serial { unit: unit.clone(), day: MONDAY.day(), serial: 1 });
        commit(&app, &decided, None, MONDAY).await.unwrap();
        assert_eq!(commands::next_serial(&app.db.read, &unit, MONDAY).await.unwrap(), 2);
        assert_eq!(commands::next_serial(&app.db.read, &unit, MONDAY.plus_seconds(86_400)).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn nothing_of_a_dossier_stands_in_the_database_as_it_was_written() {
        let (_dir, app) = server().await;
        let mut decided = rows(1, 0, PHONE);
        decided.document = Some(b"Nguyen Van Vi Du".to_vec());
        decided.changes[0].bytes = b"Nguyen Van Vi Du".to_vec();
        decided.frozen = vec![(dossier::ids::ContentHash([3; 32]), b"Nguyen Van Vi Du".to_vec())];
        commit(&app, &decided, None, MONDAY).await.unwrap();
        for file in ["hoso.db", "hoso.db-wal"] {
            // With PostgreSQL there are no files of ours.
            let bytes = std::fs::read(app.config.data.join(file)).unwrap_or_default();
            assert!(!bytes.windows(16).any(|w| w == b"Nguyen Van Vi Du"), "{file}");
        }
    }
}
