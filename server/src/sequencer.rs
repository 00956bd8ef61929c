//! The one that numbers the log's leaves: takes entries that wait, gives them their places in the tree, signs how large
//! it then is. Of several servers on one database the holder of a lease does it; the fence keeps out one that lost it
//! unaware.

use crate::app::App;
use crate::commit::begin;
use crate::seal::random;
use crate::store::batch::Batch;
use crate::store::log::{self as table, Head, Logged};
use crate::store::{Failed, checkpoint};
use dossier::log::{self, Checkpoint, LogKey};
use dossier::merkle::Hash;
use dossier::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// How long a holder that says nothing keeps the right to append.
pub(crate) const LEASE_SECONDS: i64 = 5;
/// How often the database's journal is copied into it while nothing waits. Each time costs two flushes to the disk.
const SETTLE: Duration = Duration::from_secs(60);
/// Entries placed at once; their statement stays below what SQLite takes.
const ENTRIES: u64 = 500;

/// Appends as long as the server lives.
pub(crate) async fn run(app: Weak<App>) {
    let holder = hex::encode(random::<16>());
    let mut settled = Instant::now();
    loop {
        let Some(living) = app.upgrade() else { return };
        let pause = Duration::from_millis(living.config.limits.log_milliseconds);
        match round(&living, &holder).await {
            Ok(ENTRIES) => continue,
            Ok(0) if settled.elapsed() >= SETTLE => {
                settled = Instant::now();
                if let Err(cause) = living.db.settle(false).await {
                    tracing::warn!(%cause, "the journal was not copied into the database");
                }
            }
            Ok(_) => {}
            Err(Failed::Stale) => tracing::warn!("another server appends to the log"),
            Err(failed) => tracing::error!(%failed, "the log could not be continued"),
        }
        drop(living);
        tokio::time::sleep(pause).await;
    }
}

/// Places what waits, at most `ENTRIES`; tells how much. Nothing while another server holds the lease.
pub(crate) async fn round(app: &Arc<App>, holder: &str) -> Result<u64, Failed> {
    let now = app.clock.now();
    let lease = (now, now.plus_seconds(LEASE_SECONDS));
    let Some(head) = table::take_lease(&app.db.write, holder, lease).await? else { return Ok(0) };
    let waiting = table::waiting(&app.db.read, ENTRIES).await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let signed = append(app, &head, &waiting, now).await?;
    checkpoint::put(&app.config.data, &signed).map_err(|_| Failed::Unreadable("checkpoint file"))?;
    Ok(waiting.len() as u64)
}

/// Signs how large the log is, and in which of the server's lives.
pub(crate) fn sign(app: &App, (size, root): (u64, Hash), incarnation: u64, now: Timestamp) -> Result<String, Failed> {
    let (origin, extensions) = (log::origin(&app.info.server), extensions(incarnation, now));
    let checkpoint = Checkpoint { origin, size, root, extensions };
    let signature = app.keys.sign_log(checkpoint.text().as_bytes());
    Ok(checkpoint.signed(&key(app)?, signature).to_string())
}

async fn append(app: &App, head: &Head, waiting: &[Logged], now: Timestamp) -> Result<String, Failed> {
    let edge: BTreeMap<_, _> = table::tiles(&app.db.read, &log::tiles_for_append(head.size)).await?;
    let leaves: Vec<_> = waiting.iter().map(|logged| logged.commitment.leaf()).collect();
    let grown = log::append(head.size, &leaves, &|id| edge.get(&id).cloned());
    let grown = grown.map_err(|_| Failed::Unreadable("tile"))?;
    let signed = sign(app, (grown.size, grown.root), app.info.incarnation, now)?;
    let mut batch = Batch::default();
    table::place(&mut batch, head.size, waiting);
    table::put_tiles(&mut batch, &grown.tiles);
    let tx = begin(app).await?;
    table::move_on(&tx, head, grown.size, &signed).await?;
    batch.run(&tx).await?;
    tx.commit().await?;
    Ok(signed)
}

/// What our checkpoints say beyond size and root: in which of the server's lives, and when, in milliseconds.
fn extensions(incarnation: u64, now: Timestamp) -> Vec<String> {
    vec![format!("incarnation {incarnation}"), format!("time {}", now.0)]
}

/// Which life of the server a checkpoint is of.
pub(crate) fn life_of(checkpoint: &Checkpoint) -> Option<u64> {
    checkpoint.extensions.iter().find_map(|line| line.strip_prefix("incarnation ")?.parse().ok())
}

/// The log's key with its name, as readers of checkpoints know it.
pub(crate) fn key(app: &App) -> Result<LogKey, Failed> {
    Ok(LogKey::new(&log::origin(&app.info.server), app.keys.log_public())?)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::app::tests::server;
    use crate::commit::tests::{PHONE, rows, write_rows};
    use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
    use dossier::log::SignedCheckpoint;

    fn verify(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
        UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok()
    }

    /// The log's last checkpoint, its signature checked.
    pub(crate) async fn checkpoint_of(app: &App) -> Checkpoint {
        let head = table::head(&app.db.read).await.unwrap();
        let signed = SignedCheckpoint::parse(&head.checkpoint).unwrap();
        signed.verify(&log::origin(&app.info.server), &key(app).unwrap(), &verify).unwrap().clone()
    }

    #[tokio::test]
    async fn each_commit_becomes_a_leaf_and_what_was_signed_stays_its_beginning() {
        let (_dir, app) = server().await;
        let mut before = None;
        for version in 0..3 {
            for n in 1..=100 {
                write_rows(&app, &rows(n, version, PHONE)).await.unwrap();
            }
            assert_eq!(round(&app, "a").await.unwrap(), 100);
            assert_eq!(round(&app, "a").await.unwrap(), 0, "nothing waits");
            let now = checkpoint_of(&app).await;
            assert_eq!(now.size, 100 * (version + 1));
            if let Some(before) = before.replace(now.clone()) {
                let before: Checkpoint = before;
                let needed = log::tiles_for_consistency(before.size, now.size);
                let tiles = table::tiles(&app.db.read, &needed).await.unwrap();
                let proof = log::consistency(before.size, now.size, &|id| tiles.get(&id).cloned()).unwrap();
                log::verify_consistency(before.size, now.size, &proof, &before.root, &now.root).unwrap();
            }
            assert_eq!(
                checkpoint::read(&app.config.data).unwrap().unwrap(),
                table::head(&app.db.read).await.unwrap().checkpoint
            );
        }
        let leaves = table::leaves(&app.db.read, 0, 1000).await.unwrap();
        assert!(leaves.iter().zip(0..).all(|((leaf, read), n)| *leaf == n && read.is_ok()) && leaves.len() == 300);
    }

    #[tokio::test]
    async fn one_at_a_time_appends_and_who_lost_the_lease_appends_nothing() {
        let (_dir, app) = server().await;
        write_rows(&app, &rows(1, 0, PHONE)).await.unwrap();
        assert_eq!(round(&app, "a").await.unwrap(), 1);
        write_rows(&app, &rows(1, 1, PHONE)).await.unwrap();
        assert_eq!(round(&app, "b").await.unwrap(), 0, "another holds the lease");
        // The first sleeps through its lease; the second takes it, and the first wakes up in the middle of its round.
        let stale = table::head(&app.db.read).await.unwrap();
        let waiting = table::waiting(&app.db.read, 10).await.unwrap();
        app.clock.set(app.clock.now().plus_seconds(LEASE_SECONDS + 1));
        let now = app.clock.now();
        let taken = table::take_lease(&app.db.write, "b", (now, now.plus_seconds(LEASE_SECONDS))).await.unwrap();
        assert!(taken.is_some_and(|head| head.fence > stale.fence));
        assert!(matches!(append(&app, &stale, &waiting, now).await, Err(Failed::Stale)));
        assert_eq!(round(&app, "b").await.unwrap(), 1);
        assert_eq!(checkpoint_of(&app).await.size, 2);
    }
}
