//! A database that was put back from a backup: how it is noticed, and how the server's next life begins. What phones were
//! told since the backup they bring back themselves (`dossier::replica`, `dossier::standing`).

use crate::app::{self, App, StartError};
use crate::commit::begin;
use crate::keys::Keys;
use crate::sequencer;
use crate::store::log::{self as table, Head};
use crate::store::{Failed, checkpoint, server};
use dossier::life;
use dossier::log::{self, Checkpoint, SignedCheckpoint};
use dossier::merkle::Hash;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

/// Held by every server that runs on a data folder, as long as it lives; the system lets go of it with the process.
pub(crate) struct Serving(#[expect(dead_code, reason = "it is held, not read")] File);

/// Who else is on the data, at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    None,
    Serve,
}

/// Why the next life cannot begin.
#[derive(Debug)]
pub(crate) enum NotRestored {
    /// A server runs on this data; it would go on in its old life.
    Running,
    Failed(Failed),
}

impl std::fmt::Display for NotRestored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Running => f.write_str("a server runs on this data: stop it first, nothing was changed"),
            Self::Failed(failed) => failed.fmt(f),
        }
    }
}

impl<E: Into<Failed>> From<E> for NotRestored {
    fn from(failed: E) -> Self {
        Self::Failed(failed.into())
    }
}

/// Several servers may run on one data folder; none may while another life begins.
pub(crate) fn serving(data: &Path) -> std::io::Result<(Serving, Others)> {
    app::make_folder(data)?;
    let file = lock_file(data)?;
    let others = match file.try_lock() {
        Ok(()) => Others::None,
        Err(TryLockError::WouldBlock) => Others::Serve,
        Err(TryLockError::Error(cause)) => return Err(cause),
    };
    file.lock_shared()?;
    Ok((Serving(file), others))
}

fn lock_file(data: &Path) -> std::io::Result<File> {
    File::options().create(true).truncate(false).write(true).open(data.join("serve.lock"))
}

/// Stands in the data folder while the first start of all makes keys and database: one that was broken off is no loss.
const BEGINNING: &str = "first.start";

/// What shows that a server has lived in this data folder, whatever became of its database.
pub(crate) fn lived_here(data: &Path) -> std::io::Result<Option<&'static str>> {
    if data.join(BEGINNING).exists() {
        return Ok(None);
    }
    let papers = data.join("papers");
    let papers = papers.is_dir() && std::fs::read_dir(papers)?.next().is_some();
    Ok(if checkpoint::read(data)?.is_some() {
        Some("the checkpoint")
    } else if Keys::are_in(&data.join("keys")) {
        Some("the keys")
    } else {
        papers.then_some("papers")
    })
}

/// The first start of all begins.
pub(crate) fn beginning(data: &Path) -> std::io::Result<()> {
    File::create(data.join(BEGINNING))?.sync_all()
}

/// The server is in its database.
pub(crate) fn begun(data: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(data.join(BEGINNING)) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Lets this server append to the log at once, if nobody else is on its data: who was killed holds the lease for some
/// seconds more, and until another checkpoint lies outside, a backup that is put back is not noticed.
pub(crate) async fn take_over(app: &App, others: Others) -> Result<(), Failed> {
    // A database elsewhere may have servers on other machines, which the lock in this folder does not know.
    if others == Others::None && app.config.database.is_none() { table::end_lease(&app.db.write).await } else { Ok(()) }
}

/// Whether the database is at least as new as the checkpoint that lies outside of it, and the same log.
pub(crate) async fn must_not_be_older(app: &App) -> Result<(), StartError> {
    let failed = |cause: Failed| StartError::Database(cause.to_string());
    let outside = checkpoint::read(&app.config.data).map_err(|e| StartError::Folder(app.config.data.clone(), e))?;
    let Some(outside) = outside else { return Ok(()) };
    // What cannot be read shows nothing; `hoso verify` names it.
    let Ok(outside) = SignedCheckpoint::parse(&outside) else { return Ok(()) };
    let outside = outside.unverified();
    let (theirs, ours) = (sequencer::life_of(outside).unwrap_or_default(), app.info.incarnation);
    if outside.origin != log::origin(&app.info.server) {
        return Err(StartError::Older {
            signed: outside.size,
            there: table::head(&app.db.read).await.map_err(failed)?.size,
        });
    }
    if theirs < ours {
        // `hoso restored` ended between database and file.
        return Ok(());
    }
    let head = table::head(&app.db.read).await.map_err(failed)?;
    if theirs == ours && outside.size <= head.size && root(app, outside.size).await.map_err(failed)? == outside.root {
        return Ok(());
    }
    Err(StartError::Older { signed: outside.size, there: head.size })
}

/// Begins another life of the server after its database was put back from a backup, and signs that the log goes on from
/// what the backup has. The number is above that of every life that is known here, also by the checkpoint outside.
pub(crate) async fn restored(app: &App) -> Result<u64, NotRestored> {
    let alone = lock_file(&app.config.data).map_err(|_| Failed::Unreadable("serve.lock"))?;
    alone.try_lock().map_err(|_| NotRestored::Running)?;
    take_over(app, Others::None).await?;
    let head = lease(app).await?.ok_or(NotRestored::Running)?;
    let known = outside(app).as_ref().and_then(sequencer::life_of).unwrap_or_default().max(app.info.incarnation);
    let next = life::next(known, app.clock.now());
    let signed = sequencer::sign(app, (head.size, root(app, head.size).await?), next, app.clock.now())?;
    let tx = begin(app).await?;
    server::begin_anew(&tx, app.info.incarnation, next).await?;
    table::move_on(&tx, &head, head.size, &signed).await?;
    tx.commit().await?;
    checkpoint::put(&app.config.data, &signed).map_err(|_| Failed::Unreadable("checkpoint file"))?;
    Ok(next)
}

/// The right to append, which a server on another machine would hold; one that was killed holds it for some seconds more.
async fn lease(app: &App) -> Result<Option<Head>, Failed> {
    for _ in 0..=sequencer::LEASE_SECONDS {
        let now = app.clock.now();
        if let Some(head) = table::take_lease(&app.db.write, "restored", (now, now.plus_seconds(1))).await? {
            return Ok(Some(head));
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(None)
}

fn outside(app: &App) -> Option<Checkpoint> {
    let note = checkpoint::read(&app.config.data).ok()??;
    Some(SignedCheckpoint::parse(&note).ok()?.unverified().clone())
}

async fn root(app: &App, size: u64) -> Result<Hash, Failed> {
    let tiles = table::tiles(&app.db.read, &log::tiles_for_root(size)).await?;
    log::root(size, &|id| tiles.get(&id).cloned()).map_err(|_| Failed::Unreadable("tile"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Clock;
    use crate::app::tests::{MONDAY, server};
    use crate::commit::tests::{PHONE, rows, write_rows};
    use crate::sequencer::round;
    use crate::store::commands;
    use dossier::decide::Serial;
    use std::sync::Arc;

    async fn one_more(app: &Arc<App>, n: u128) {
        write_rows(app, &rows(n, 0, PHONE)).await.unwrap();
        round(app, "a").await.unwrap();
    }

    #[tokio::test]
    async fn a_database_that_is_older_than_the_checkpoint_beside_it_is_refused_until_it_is_said_to_be_restored() {
        let (_dir, app) = server().await;
        one_more(&app, 1).await;
        must_not_be_older(&app).await.unwrap();
        let before = checkpoint::read(&app.config.data).unwrap().unwrap();
        one_more(&app, 2).await;
        let after = checkpoint::read(&app.config.data).unwrap().unwrap();
        // A crash between database and file leaves the file behind, which is no restore.
        checkpoint::put(&app.config.data, &before).unwrap();
        must_not_be_older(&app).await.unwrap();
        // What a backup looks like: the log's head as it was, the file as it is.
        let larger = after.replacen("\n2\n", "\n3\n", 1);
        let root = |note: &str| note.lines().nth(2).unwrap().to_owned();
        for file in [larger, after.replacen(&root(&after), &root(&before), 1)] {
            checkpoint::put(&app.config.data, &file).unwrap();
            assert!(must_not_be_older(&app).await.unwrap_err().to_string().contains("hoso restored"));
        }
    }

    #[tokio::test]
    async fn another_life_is_numbered_above_all_that_are_known_and_codes_go_on_after_a_gap() {
        let (_dir, app) = server().await;
        one_more(&app, 1).await;
        app.clock.set(MONDAY.plus_seconds(100));
        let life = restored(&app).await.unwrap();
        assert_eq!(life::began(life), Some(MONDAY.plus_seconds(100)));
        assert!(
            matches!(restored(&app).await, Err(NotRestored::Failed(Failed::Stale))),
            "it knows of the old life only"
        );
        // The backup is put back a second time: only the file knows of the life in between.
        let again = App::open(app.config.clone(), Clock::settable(MONDAY.plus_seconds(100))).await.unwrap();
        must_not_be_older(&again).await.unwrap();
        crate::store::server::begin_anew(&app.db.write, life, app.info.incarnation).await.unwrap();
        assert!(must_not_be_older(&app).await.is_err());
        let second = restored(&app).await.unwrap();
        assert!(second > life, "whatever the clock says");

        let unit: dossier::ids::UnitCode = "H24.1".parse().unwrap();
        let first = 10_000 + 8 * 3600 + 101;
        assert_eq!(commands::next_serial(&app.db.read, second, &unit, MONDAY).await.unwrap(), first);
        let take = async |serial| {
            let wanted = Serial { unit: unit.clone(), day: MONDAY.day(), serial };
            commands::take_serial(&app.db.write, second, &wanted).await
        };
        take(first).await.unwrap();
        assert!(matches!(take(first).await, Err(Failed::Stale)));
        take(first + 1).await.unwrap();
        assert!(matches!(take(first + 3).await, Err(Failed::Stale)), "serials have no other gaps");
    }

    #[tokio::test]
    async fn the_checkpoint_of_another_server_is_no_older_life_of_this_one() {
        let ((_a, app), (_b, other)) = (server().await, server().await);
        one_more(&other, 1).await;
        let theirs = checkpoint::read(&other.config.data).unwrap().unwrap();
        let (life, low) = (format!("incarnation {}", other.info.incarnation), "incarnation 0");
        checkpoint::put(&app.config.data, &theirs.replacen(&life, low, 1)).unwrap();
        assert!(matches!(must_not_be_older(&app).await, Err(StartError::Older { signed: 1, there: 0 })));
    }

    #[tokio::test]
    async fn who_is_alone_on_its_data_appends_at_once_after_a_kill() {
        let (_dir, app) = server().await;
        one_more(&app, 1).await;
        write_rows(&app, &rows(2, 0, PHONE)).await.unwrap();
        assert_eq!(round(&app, "b").await.unwrap(), 0, "who was killed holds the lease still");
        take_over(&app, Others::Serve).await.unwrap();
        assert_eq!(round(&app, "b").await.unwrap(), 0, "perhaps it was not killed");
        take_over(&app, Others::None).await.unwrap();
        let appended = round(&app, "b").await.unwrap();
        // Of a database elsewhere this folder does not tell who is alone on it.
        assert_eq!(appended, u64::from(app.config.database.is_none()));
    }

    #[tokio::test]
    async fn no_life_begins_while_a_server_runs() {
        let (_dir, app) = server().await;
        let (running, others) = serving(&app.config.data).unwrap();
        assert_eq!(others, Others::None);
        let (second, others) = serving(&app.config.data).unwrap();
        assert_eq!(others, Others::Serve);
        for serving in [running, second] {
            assert!(matches!(restored(&app).await, Err(NotRestored::Running)));
            drop(serving);
        }
        restored(&app).await.unwrap();
    }
}
