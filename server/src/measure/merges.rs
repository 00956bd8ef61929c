//! What pushes of one change cost from load to commit, and what of it is the log's.

use super::{Cpu, Trouble, runtime, server};
use crate::app::App;
use crate::commit::begin;
use crate::seal::random;
use crate::store::batch::Batch;
use crate::store::{dossiers, log as table};
use crate::{book, decide, sequencer};
use dossier::calendar::Calendar;
use dossier::decide::{Device, Evidence, Rows, Rules};
use dossier::ids::{EntryCommitment, PersonId, Thumbprint};
use dossier::log::{self, Book, Entry, TileId};
use dossier::procedure::Catalogue;
use dossier::wire::{DossierPush, Verdict};
use std::path::Path;
use std::sync::Arc;

/// Entries that wait when the sequencer comes: what a second brings to a busy server.
const WAITING: usize = 100;
/// A tile where no tree of ours comes to; writing it anew is the commit beside which an entry is stored.
const ASIDE: TileId = TileId { level: 6, index: 1 };

/// CPU time for each push, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct MergeCost {
    /// Load, judge, trial and commit, the entry included.
    pub merge: f64,
    /// Making the entry: what was written as items, their digest, the salted commitment.
    pub entry: f64,
    /// Storing it in the transaction: what a commit costs more with it than without.
    pub stored: f64,
    /// Its share of the sequencer's round: tiles, root, the signed checkpoint.
    pub sequenced: f64,
}

/// Takes in what `before` pushes, then measures `pushes`, all of one device.
pub fn merges(
    data: &Path,
    device: Thumbprint,
    before: Vec<(DossierPush, Evidence)>,
    pushes: Vec<(DossierPush, Evidence)>,
    cpu: Cpu,
) -> Result<MergeCost, Trouble> {
    let device = Device { person: PersonId(uuid::Uuid::from_u128(1)), thumbprint: device, courier: false };
    runtime()?.block_on(async {
        let app = server(data).await?;
        for (push, evidence) in before {
            admitted(&app, &device, &push, evidence).await?;
        }
        let mut decided = Vec::new();
        for (push, evidence) in &pushes {
            decided.push(rows(&app, &device, push, evidence).await?);
        }
        let (count, begun) = (pushes.len() as f64, cpu());
        for (push, evidence) in &pushes {
            admitted(&app, &device, push, evidence.clone()).await?;
        }
        let merge = (cpu() - begun) / count;
        let begun = cpu();
        let entries: Vec<Entry> = decided.iter().map(|(rows, wrapped, tip)| entry(rows, wrapped, *tip)).collect();
        std::hint::black_box(entries.iter().map(|entry| entry.commitment(&random())).collect::<Vec<_>>());
        let entry = (cpu() - begun) / count;
        // What the merges left behind is placed first.
        while sequencer::round(&app, "bench").await? > 0 {}
        let (stored, sequenced) = kept(&app, &entries, cpu).await?;
        Ok(MergeCost { merge, entry, stored, sequenced })
    })
}

async fn admitted(app: &App, device: &Device, push: &DossierPush, evidence: Evidence) -> Result<(), Trouble> {
    let (verdicts, _) = decide::push(app, device, push, evidence, None).await.map_err(|why| format!("{why:?}"))?;
    let taken = verdicts.iter().all(|verdict| *verdict == Verdict::Accepted);
    if taken { Ok(()) } else { Err(format!("{verdicts:?}").into()) }
}

/// What the push would write: the rows, and what its entry needs beside them.
async fn rows(
    app: &App,
    device: &Device,
    push: &DossierPush,
    evidence: &Evidence,
) -> Result<(Rows, Vec<u8>, EntryCommitment), Trouble> {
    let (state, held) = dossiers::load(&app.db.read, &app.keys, &push.dossier).await?;
    let (catalogue, calendar) = (Catalogue::built_in(), Calendar::built_in());
    let rules = Rules { now: app.clock.now(), catalogue, calendar, entropy: random() };
    let pushed = dossier::decide::push(&state, push, device, evidence, &rules).map_err(|why| format!("{why:?}"))?;
    Ok((pushed.rows.ok_or("nothing was decided")?, held.wrapped, held.tip))
}

fn entry(rows: &Rows, wrapped: &[u8], previous: EntryCommitment) -> Entry {
    let digest = log::digest(&book::items(rows, wrapped, None, None));
    Entry { book: Book::Dossier(rows.dossier), n: rows.expected_version + 1, previous, digest }
}

/// Commits with and without an entry in turns, and the rounds that then place the entries.
async fn kept(app: &Arc<App>, entries: &[Entry], cpu: Cpu) -> Result<(f64, f64), Trouble> {
    let (mut with, mut without, mut rounds, mut n) = (0.0, 0.0, 0.0, 0);
    for some in entries.chunks(WAITING) {
        for entry in some {
            without += commit(app, None, cpu).await?;
            // Above the books that the merges wrote, and never twice the same.
            n += 1;
            with += commit(app, Some(Entry { n: 1_000_000 + n, ..*entry }), cpu).await?;
        }
        let begun = cpu();
        let placed = sequencer::round(app, "bench").await?;
        rounds += cpu() - begun;
        if placed != some.len() as u64 {
            return Err(format!("{placed} entries were placed of {}", some.len()).into());
        }
    }
    let count = entries.len() as f64;
    Ok(((with - without) / count, rounds / count))
}

async fn commit(app: &App, entry: Option<Entry>, cpu: Cpu) -> Result<f64, Trouble> {
    let begun = cpu();
    let mut batch = Batch::default();
    table::put_tiles(&mut batch, &[(ASIDE, vec![0; 32])]);
    if let Some(entry) = entry {
        table::add(&mut batch, &entry, &random());
    }
    let tx = begin(app).await?;
    batch.run(&tx).await?;
    tx.commit().await?;
    Ok(cpu() - begun)
}
