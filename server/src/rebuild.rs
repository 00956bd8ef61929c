//! `hoso rebuild`: all that is derived is computed again from what is truth, and put in the place of what is there: saved
//! documents, cards, where parcels belong, where couriers' chains end, the log's tiles. A server may run meanwhile.

use crate::app::App;
use crate::commit::{begin, tracking};
use crate::store::batch::Batch;
use crate::store::desk::{self, Filed};
use crate::store::{Altered, Database, Failed, dossiers, history, log as table, post, rows};
use dossier::decide::Card;
use dossier::document::Document;
use dossier::ids::DossierId;
use dossier::log;
use dossier::merkle::Hash;
use dossier::wire::Blob;

/// Leaves read, and tiles written, at once.
const ROWS: u64 = 4_096;
const TILES: usize = 256;

#[derive(Debug, Default)]
pub(crate) struct Rebuilt {
    pub dossiers: usize,
    /// Truth that is not as it was written: what rests on it was left alone.
    pub left: Vec<Altered>,
}

pub(crate) async fn rebuild(app: &App) -> Result<Rebuilt, Failed> {
    let mut rebuilt = Rebuilt::default();
    let all = dossiers::all(&app.db.read).await?;
    for id in &all {
        dossier(app, id, &mut rebuilt).await?;
    }
    let tx = begin(app).await?;
    // Asked again: dossiers may have come meanwhile.
    let all = dossiers::all(&tx).await?;
    desk::drop_strange(&tx, &all).await?;
    post::drop_strange_parcels(&tx, &all).await?;
    post::put_chains_anew(&tx).await?;
    tx.commit().await?;
    if let Err(failed) = tiles(app).await {
        rebuilt.left.push(named(failed, "entry")?);
    }
    Ok(rebuilt)
}

/// One dossier, which is held from before it is read: nobody's decision about it is written meanwhile.
async fn dossier(app: &App, id: &DossierId, rebuilt: &mut Rebuilt) -> Result<(), Failed> {
    let tx = begin(app).await?;
    rows::hold(&tx, id).await?;
    let head = match dossiers::head(&tx, &app.keys, id).await {
        Ok(Some(head)) => head,
        Ok(None) => return Ok(()),
        Err(failed) => {
            rebuilt.left.push(named(failed, "dossier")?);
            return Ok(());
        }
    };
    let written = history::read(&tx, id, &head).await?;
    let mut batch = Batch::default();
    if !written.lacks("change") {
        match merged(id, &head, &written) {
            Some(document) => rows::put_document(&mut batch, id, &head.held.seal, document.as_deref()),
            None => rebuilt.left.push(Altered::new("change", id, "its changes do not fit together")),
        }
    }
    if !written.lacks("event") {
        let events: Vec<_> = written.events.iter().map(|(_, event)| event.clone()).collect();
        let card = Card::of(&head.birth.open.procedure, &events);
        let tracking = tracking(app, &events);
        desk::file(&mut batch, &Filed { dossier: *id, owner: head.birth.owner, card, tracking });
    }
    if !written.lacks("manifest") {
        let lists = written.manifests.iter().filter_map(|(_, _, signed)| minicbor::decode(&signed.manifest).ok());
        post::put_parcels_anew(&tx, id, &lists.collect::<Vec<_>>()).await?;
    }
    batch.run(&tx).await?;
    tx.commit().await?;
    rebuilt.left.extend(written.wrong);
    rebuilt.dossiers += 1;
    Ok(())
}

/// The document that the changes make; nothing inside of a dossier that has none yet.
fn merged(id: &DossierId, head: &dossiers::Head, written: &history::Written) -> Option<Option<Vec<u8>>> {
    let changes: Vec<Blob> = written.changes.iter().map(|(_, row)| Blob(row.bytes.clone())).collect();
    if changes.is_empty() {
        return Some(None);
    }
    let mut merged = Document::genesis(head.birth.open.layout, id);
    merged.apply(&changes).ok()?;
    Some(Some(merged.save()))
}

/// Most leaves are read before the transaction, so that the sequencer waits for the writing alone.
async fn tiles(app: &App) -> Result<(), Failed> {
    let mut leaves = Vec::new();
    read_on(&app.db.read, &mut leaves).await?;
    let tx = begin(app).await?;
    read_on(&tx, &mut leaves).await?;
    let all = log::append(0, &leaves, &|_| None).map_err(|_| Failed::Unreadable("entry"))?;
    table::drop_tiles(&tx).await?;
    for some in all.tiles.chunks(TILES) {
        let mut batch = Batch::default();
        table::put_tiles(&mut batch, some);
        batch.run(&tx).await?;
    }
    Ok(tx.commit().await?)
}

async fn read_on(db: &impl Database, leaves: &mut Vec<Hash>) -> Result<(), Failed> {
    loop {
        let rows = table::leaves(db, leaves.len() as u64, ROWS).await?;
        let last = (rows.len() as u64) < ROWS;
        for (leaf, read) in rows {
            if leaf != leaves.len() as u64 {
                let missing = Altered::new("entry", leaves.len(), "there is no entry with this place in the log");
                return Err(Failed::Altered(missing));
            }
            leaves.push(read?.commitment.leaf());
        }
        if last {
            return Ok(());
        }
    }
}

/// What an operator is told of it; only what may pass by itself ends the work.
fn named(failed: Failed, table: &'static str) -> Result<Altered, Failed> {
    match failed {
        Failed::Altered(altered) => Ok(altered),
        failed if failed.is_passing() => Err(failed),
        _ => Ok(Altered::new(table, "", "a row of it cannot be read")),
    }
}
