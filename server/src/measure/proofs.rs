//! Proofs from a log of millions of leaves, its tiles in the server's own database.

use super::{Cpu, Trouble, runtime, server};
use crate::app::App;
use crate::commit::begin;
use crate::seal::random;
use crate::sequencer::sign;
use crate::store::batch::Batch;
use crate::store::log as table;
use dossier::log::{self, TILE_WIDTH, verify_consistency, verify_inclusion};
use dossier::merkle::{self, Hash};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// Leaves that are appended in one transaction.
const AT_ONCE: u64 = 256 * TILE_WIDTH;
/// So many older sizes are asked for proofs from.
const SIZES: usize = 20;

/// A kind of proof: milliseconds of CPU for one, elapsed milliseconds for one, and the slowest of all.
#[derive(Clone, Copy, Debug)]
pub struct ProofCost {
    pub cpu: f64,
    pub elapsed: f64,
    pub slowest: f64,
}

/// The generator: leaf `n` is RFC 6962's hash of its number.
fn leaf(n: u64) -> Hash {
    merkle::leaf(&n.to_be_bytes())
}

/// Makes the log in this folder so many leaves long, in the tiles and under the checkpoint that a server writes.
pub fn grow(data: &Path, leaves: u64) -> Result<(), Trouble> {
    runtime()?.block_on(async {
        let app = server(data).await?;
        loop {
            let head = table::head(&app.db.read).await?;
            let news: Vec<Hash> = (head.size..leaves.min(head.size + AT_ONCE)).map(leaf).collect();
            if news.is_empty() {
                return Ok(());
            }
            let edge = table::tiles(&app.db.read, &log::tiles_for_append(head.size)).await?;
            let grown = log::append(head.size, &news, &|id| edge.get(&id).cloned())?;
            let signed = sign(&app, (grown.size, grown.root), app.info.incarnation, app.clock.now())?;
            let mut batch = Batch::default();
            table::put_tiles(&mut batch, &grown.tiles);
            let tx = begin(&app).await?;
            table::move_on(&tx, &head, grown.size, &signed).await?;
            batch.run(&tx).await?;
            tx.commit().await?;
        }
    })
}

/// So many proofs of inclusion at random places, and of consistency from random sizes, as routes and receipts make them;
/// each is verified, outside the time that is taken.
pub fn proofs(data: &Path, count: usize, cpu: Cpu) -> Result<[ProofCost; 2], Trouble> {
    runtime()?.block_on(async {
        let app = server(data).await?;
        let (db, size) = (&app.db.read, table::head(&app.db.read).await?.size);
        let root = root(&app, size).await?;
        let (mut included, mut consistent) = (Taken::new(cpu), Taken::new(cpu));
        for _ in 0..count {
            let index = u64::from_be_bytes(random()) % size;
            let path = included.one(table::inclusion(db, index, size)).await?;
            verify_inclusion(&leaf(index), index, size, &path, &root)?;
        }
        let mut roots = BTreeMap::new();
        while roots.len() < SIZES.min(size as usize) {
            let from = u64::from_be_bytes(random()) % size + 1;
            roots.insert(from, self::root(&app, from).await?);
        }
        for (from, old) in roots.iter().cycle().take(count) {
            let proof = consistent.one(table::consistency(db, *from, size)).await?;
            verify_consistency(*from, size, &proof, old, &root)?;
        }
        Ok([included.cost(count), consistent.cost(count)])
    })
}

async fn root(app: &App, size: u64) -> Result<Hash, Trouble> {
    let tiles = table::tiles(&app.db.read, &log::tiles_for_root(size)).await?;
    Ok(log::root(size, &|id| tiles.get(&id).cloned())?)
}

/// Time taken so far.
struct Taken {
    clock: Cpu,
    cpu: f64,
    elapsed: f64,
    slowest: f64,
}

impl Taken {
    fn new(clock: Cpu) -> Self {
        Self { clock, cpu: 0.0, elapsed: 0.0, slowest: 0.0 }
    }

    async fn one<T>(&mut self, work: impl Future<Output = T>) -> T {
        let (cpu, begun) = ((self.clock)(), Instant::now());
        let done = work.await;
        let elapsed = begun.elapsed().as_secs_f64() * 1e3;
        self.cpu += (self.clock)() - cpu;
        self.elapsed += elapsed;
        self.slowest = self.slowest.max(elapsed);
        done
    }

    fn cost(&self, count: usize) -> ProofCost {
        ProofCost { cpu: self.cpu / count as f64, elapsed: self.elapsed / count as f64, slowest: self.slowest }
    }
}
