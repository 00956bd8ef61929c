//! Whom a token does not let in any more: devices that were shut out, and sessions that ended, as long as a token of theirs
//! may live. It is held in memory, so that a request with an access token asks no database. What this process itself does
//! is felt at once; what another one does (a command, a replica) within two seconds, because a number in the database
//! moves with every such act and is looked at every second.

use crate::app::App;
use crate::auth::token::DEVICE_SECONDS;
use crate::problem::{self, Problem};
use crate::store::Failed;
use crate::store::sessions::{self, Out, SessionId};
use dossier::ids::Thumbprint;
use dossier::wire::wipe_message;
use std::collections::{HashMap, HashSet};
use std::sync::{PoisonError, RwLock, Weak};
use std::time::Duration;
use tokio::sync::Mutex;

/// How often the number is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// How long ago an act is remembered: the life of a token, and what servers' clocks may be apart.
const REMEMBERED_SECONDS: i64 = DEVICE_SECONDS + 60 * 60;

#[derive(Default)]
pub(crate) struct Revocations {
    known: RwLock<Known>,
    /// One reading at a time: who has just acted must not be overtaken by one that began before.
    reading: Mutex<()>,
}

#[derive(Default)]
struct Known {
    epoch: Option<i64>,
    devices: HashMap<Thumbprint, Out>,
    sessions: HashSet<SessionId>,
}

impl Revocations {
    /// What keeps a device out, and whether its session has ended.
    fn of(&self, device: &Thumbprint, session: &SessionId) -> (Option<Out>, bool) {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        (known.devices.get(device).copied(), known.sessions.contains(session))
    }

    fn is_of(&self, epoch: i64) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).epoch == Some(epoch)
    }
}

/// Whether this session of this device may still be served; without a look at the database.
pub(crate) fn check(app: &App, device: &Thumbprint, session: &SessionId) -> Result<(), Problem> {
    match app.revocations.of(device, session) {
        (Some(out), _) => Err(problem_of(app, device, out)),
        (None, true) => Err(Problem::of(&problem::SIGNED_OUT)),
        (None, false) => Ok(()),
    }
}

/// What a device that is shut out is told, once it has proved its key. One that is lost is told to delete what it keeps:
/// signed, because no phone deletes anything on the word of whoever stands in the line.
pub(crate) fn problem_of(app: &App, device: &Thumbprint, out: Out) -> Problem {
    match out {
        Out::Revoked => Problem::of(&problem::REVOKED),
        Out::Suspended => Problem::of(&problem::SUSPENDED),
        Out::Lost(at) => {
            let signature = app.keys.sign(&wipe_message(&app.info.server, device, at));
            Problem::of(&problem::LOST).ordering_to_wipe(at, signature)
        }
    }
}

/// Reads who is shut out, if the number has moved since it was last read.
pub(crate) async fn look(app: &App) -> Result<(), Failed> {
    let _alone = app.revocations.reading.lock().await;
    // The number first: an act that comes between the two is read twice, and never missed.
    let epoch = sessions::epoch(&app.db.read).await?;
    if app.revocations.is_of(epoch) {
        return Ok(());
    }
    let after = app.clock.now().plus_seconds(-REMEMBERED_SECONDS);
    let (devices, ended) = sessions::shut_out_after(&app.db.read, after).await?;
    let known =
        Known { epoch: Some(epoch), devices: devices.into_iter().collect(), sessions: ended.into_iter().collect() };
    *app.revocations.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    Ok(())
}

/// After an act of this process. That it is felt here is tried once more within a second; the act stands in any case.
pub(crate) async fn acted(app: &App) {
    if let Err(failed) = look(app).await {
        tracing::error!(%failed, "who was shut out could not be read");
    }
}

/// Looks every second as long as the server lives.
pub(crate) async fn watch(app: Weak<App>) {
    let mut every = tokio::time::interval(EVERY);
    loop {
        every.tick().await;
        let Some(app) = app.upgrade() else { return };
        if let Err(failed) = look(&app).await {
            tracing::error!(%failed, "who was shut out could not be read");
        }
    }
}
