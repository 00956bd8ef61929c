//! The only place that writes a decision: all of it in one transaction for one dossier, or nothing.

use crate::app::App;
use crate::book;
use crate::seal::{Seal, random};
use crate::store::batch::Batch;
use crate::store::commands::{self, Done};
use crate::store::dossiers::{self, Held};
use crate::store::papers::{self, Stored};
use crate::store::{self, Failed, desk, feed, people, post, readings, rows};
use dossier::decide::Rows;
use dossier::delivery::Manifest;
use dossier::event::{Event, What};
use dossier::ids::{DossierId, EntryCommitment, PersonId};
use dossier::log::{self, Book, Entry, Item};
use dossier::reading::Reading;
use dossier::time::Timestamp;
use dossier::wire::{SignedManifest, manifest_message, to_bytes};
use sea_orm::{DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait as _};
use std::collections::BTreeSet;

/// Writes a decision, with the command that asked for it. `Stale`: somebody else was first, decide again.
pub(crate) async fn commit(
    app: &App,
    held: &Held,
    decided: &Rows,
    done: Option<&Done>,
    now: Timestamp,
) -> Result<(), Failed> {
    let tx = begin(app).await?;
    match write(app, &tx, held, decided, done, now).await {
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
    held: &Held,
    decided: &Rows,
    done: Option<&Done>,
    now: Timestamp,
) -> Result<(), Failed> {
    let (id, seal, version) = (&decided.dossier, &held.seal, decided.expected_version + 1);
    let manifest = decided.manifest.as_ref().map(|list| signed(app, list));
    let items = book::items(decided, &held.wrapped, manifest.as_ref(), done);
    let mut batch = Batch::default();
    let entry = Entry { book: Book::Dossier(*id), n: version, previous: held.tip, digest: log::digest(&items) };
    let tip = enter(&mut batch, &entry);
    match &decided.birth {
        Some(birth) => rows::insert_dossier(&mut batch, held, birth, decided, &tip),
        None => rows::move_on(tx, held, decided, &tip).await?,
    }
    if let (Some(list), Some(signed)) = (&decided.manifest, &manifest) {
        post::insert_manifest(tx, id, seal, (version, list), signed).await?;
    }
    if let Some(record) = &decided.record {
        post::insert_record(tx, (id, version), seal, record, now).await?;
    }
    if let Some(serial) = &decided.serial {
        commands::take_serial(tx, app.info.incarnation, serial).await?;
    } else {
        commands::know_again(tx, &decided.events).await?;
    }
    rows::append(&mut batch, seal, version, decided);
    if let Some(done) = done {
        commands::insert(&mut batch, (id, version), seal, done, now);
    }
    let (owner, tracking) = (decided.owner, tracking(app, &decided.events));
    desk::file(&mut batch, &desk::Filed { dossier: *id, owner, card: decided.card.clone(), tracking });
    let people: BTreeSet<PersonId> = decided.audiences.iter().copied().collect();
    feed::add(&mut batch, &people, (id, version), decided.origin.as_ref());
    batch.run(tx).await
}

/// Continues a book; gives where it then ends.
fn enter(batch: &mut Batch, entry: &Entry) -> EntryCommitment {
    let salt = random();
    store::log::add(batch, entry, &salt);
    entry.commitment(&salt)
}

fn signed(app: &App, list: &Manifest) -> SignedManifest {
    let manifest = to_bytes(list);
    let signature = app.keys.sign(&manifest_message(&app.info.server, &manifest));
    SignedManifest { manifest, signature }
}

/// Notes that a paper's bytes are stored: an entry of its dossier's book, though nobody decided anything. What is being
/// decided about the dossier at this moment is decided again, with the paper.
pub(crate) async fn paper(app: &App, dossier: &DossierId, paper: &Stored, now: Timestamp) -> Result<(), Failed> {
    let head = dossiers::head(&app.db.write, &app.keys, dossier).await?.ok_or(Failed::Stale)?;
    let (version, items) = (head.version + 1, [Item::Paper(paper.hash, paper.size, paper.kind)]);
    let entry =
        Entry { book: Book::Dossier(*dossier), n: version, previous: head.held.tip, digest: log::digest(&items) };
    let mut batch = Batch::default();
    let tip = enter(&mut batch, &entry);
    papers::note(&mut batch, (dossier, version), paper, now);
    let tx = begin(app).await?;
    rows::move_on_to(&tx, dossier, (head.version, &tip), None).await?;
    batch.run(&tx).await?;
    Ok(tx.commit().await?)
}

/// Continues the book of who looked into a dossier. `Stale`: somebody else looked at the same moment.
pub(crate) async fn reading(
    app: &App,
    (dossier, seal): (&DossierId, &Seal),
    numbered: impl FnOnce(u64) -> Reading,
) -> Result<Reading, Failed> {
    let (last, previous) = readings::end(&app.db.write, dossier).await?;
    let reading = numbered(last + 1);
    let digest = log::digest(&[Item::reading(&reading)]);
    let mut batch = Batch::default();
    let tip = enter(&mut batch, &Entry { book: Book::Readings(*dossier), n: reading.n, previous, digest });
    readings::insert(&mut batch, (dossier, seal), &reading, &tip);
    let tx = begin(app).await?;
    batch.run(&tx).await?;
    tx.commit().await?;
    Ok(reading)
}

/// Continues a person's book with what is kept of the person and the devices now; the last thing of a transaction that
/// changed either.
pub(crate) async fn person(tx: &DatabaseTransaction, id: PersonId) -> Result<(), Failed> {
    let (last, previous, items) = people::book(tx, &id).await?;
    let entry = Entry { book: Book::Person(id), n: last + 1, previous, digest: log::digest(&items) };
    let mut batch = Batch::default();
    let tip = enter(&mut batch, &entry);
    people::move_on(tx, &id, last, &tip).await?;
    batch.run(tx).await
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
    use crate::store::dossiers;
    use dossier::decide::{Birth, Card, ChangeRow, Serial};
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
            bytes: chunk(expected_version as u8),
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
            owner: OWNER,
            audiences: vec![OWNER],
            origin: Some(device),
            serial: None,
            manifest: None,
            record: None,
            taken_back: None,
        }
    }

    /// Commits rows as somebody who has just loaded the dossier.
    pub(crate) async fn write_rows(app: &App, rows: &Rows) -> Result<(), Failed> {
        let (_, held) = dossiers::load(&app.db.read, &app.keys, &rows.dossier).await?;
        commit(app, &held, rows, None, MONDAY).await
    }

    /// Bytes in a change's frame, and nothing of a change in them.
    pub(crate) fn chunk(filling: u8) -> Vec<u8> {
        [&[0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1, 100][..], &[filling; 100]].concat()
    }

    async fn changes(app: &App) -> usize {
        let head = dossiers::head(&app.db.read, &app.keys, &id(1)).await.unwrap().unwrap();
        dossiers::changes(&app.db.read, &id(1), &head.held.seal, 0, None).await.unwrap().len()
    }

    #[tokio::test]
    async fn of_two_decisions_about_one_version_one_is_written() {
        let (_dir, app) = server().await;
        for version in 0..2 {
            write_rows(&app, &rows(1, version, PHONE)).await.unwrap();
            let late = rows(1, version, OTHER_PHONE);
            assert!(matches!(write_rows(&app, &late).await, Err(Failed::Stale)));
        }
        assert_eq!(changes(&app).await, 2);
        let state = dossiers::load(&app.db.read, &app.keys, &id(1)).await.unwrap().0;
        assert_eq!((state.version, state.actors.len()), (2, 1));
    }

    #[tokio::test]
    async fn what_fails_at_its_end_leaves_nothing_of_its_beginning() {
        let (_dir, app) = server().await;
        write_rows(&app, &rows(1, 0, PHONE)).await.unwrap();
        let unit: dossier::ids::UnitCode = "H24.1".parse().unwrap();
        let mut decided = rows(1, 1, PHONE);
        decided.serial = Some(Serial { unit: unit.clone(), day: MONDAY.day(), serial: 5 });
        assert!(matches!(write_rows(&app, &decided).await, Err(Failed::Stale)), "serials have no gaps");
        assert_eq!(changes(&app).await, 1);
        decided.serial = Some(Serial { unit: unit.clone(), day: MONDAY.day(), serial: 1 });
        write_rows(&app, &decided).await.unwrap();
        let life = app.info.incarnation;
        assert_eq!(commands::next_serial(&app.db.read, life, &unit, MONDAY).await.unwrap(), 2);
        assert_eq!(commands::next_serial(&app.db.read, life, &unit, MONDAY.plus_seconds(86_400)).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn nothing_of_a_dossier_stands_in_the_database_as_it_was_written() {
        let (_dir, app) = server().await;
        let mut decided = rows(1, 0, PHONE);
        decided.document = Some(b"Nguyen Van Vi Du".to_vec());
        decided.changes[0].bytes = [chunk(0).as_slice(), b"Nguyen Van Vi Du"].concat();
        decided.frozen = vec![(dossier::ids::ContentHash([3; 32]), b"Nguyen Van Vi Du".to_vec())];
        write_rows(&app, &decided).await.unwrap();
        for file in ["hoso.db", "hoso.db-wal"] {
            // With PostgreSQL there are no files of ours.
            let bytes = std::fs::read(app.config.data.join(file)).unwrap_or_default();
            assert!(!bytes.windows(16).any(|w| w == b"Nguyen Van Vi Du"), "{file}");
        }
    }
}
