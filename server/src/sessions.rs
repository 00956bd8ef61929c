//! Who stays signed in: a session is a family of refresh tokens, one device's and bound to its key. Each use gives the next
//! one; an answer that was lost is given again, so that no bad line logs anybody out.

mod rotate;

use crate::app::App;
use crate::auth::refresh::{self, Presented};
use crate::auth::token;
use crate::commit;
use crate::problem::{self, Problem};
use crate::revocation;
use crate::seal::random;
use crate::store::people::{self, Enrolled};
use crate::store::sessions::{self as table, End, Session, SessionId};
use crate::store::{Database, Failed};
use dossier::decide::Device;
use dossier::ids::Thumbprint;
use dossier::time::Timestamp;
use dossier::wire::Renewed;
use rotate::{Outcome, State, rotate};

/// A courier signs in every day; what lies on a courier's phone are other people's addresses.
const COURIER_SECONDS: i64 = 24 * 60 * 60;
const CITIZEN_SECONDS: i64 = 90 * 24 * 60 * 60;
/// How long a citizen's phone may be away.
const IDLE_SECONDS: i64 = 30 * 24 * 60 * 60;
/// How often it is decided what becomes of a token, while others use the same one.
const ATTEMPTS: usize = 8;

/// Begins a session, in the transaction that let the device in. A device has one: those it had before end.
pub(crate) async fn begin(tx: &impl Database, device: &Device, now: Timestamp) -> Result<SessionId, Failed> {
    if table::end_of(tx, &device.thumbprint, End::SignedInAgain, now).await? {
        table::move_epoch(tx).await?;
    }
    let lives = if device.courier { COURIER_SECONDS } else { CITIZEN_SECONDS };
    let new = Session {
        id: SessionId(uuid::Builder::from_random_bytes(random()).into_uuid()),
        person: device.person,
        device: device.thumbprint,
        newest: refresh::FIRST,
        begun_at: now,
        used_at: now,
        ends_at: now.plus_seconds(lives),
        ended: false,
    };
    table::insert(tx, &new).await?;
    Ok(new.id)
}

/// The tokens of a session whose newest refresh token has this number.
pub(crate) fn tokens(app: &App, device: &Device, session: &SessionId, number: u32) -> Renewed {
    Renewed {
        access_token: token::for_device(&app.keys, &app.info, device, session, app.clock.now()),
        seconds: token::DEVICE_SECONDS as u32,
        refresh_token: refresh::write(&app.keys, session, number, &device.thumbprint),
    }
}

/// Who holds a refresh token, if it may still be used. Nothing changes, but that a family of which an old token is used
/// ends.
pub(crate) async fn holder(app: &App, presented: &Presented, device: &Thumbprint) -> Result<Device, Problem> {
    let known = people::find_device(&app.db.read, device).await?;
    let known = known.ok_or_else(|| signed_out("the device is not enrolled"))?;
    if let Some(out) = known.out() {
        return Err(revocation::problem_of(app, device, out));
    }
    let session = table::find(&app.db.read, &presented.session).await?;
    let session = session.filter(|s| s.device == *device && s.person == known.person);
    let session = session.ok_or_else(|| signed_out("no such session"))?;
    match rotate(&state(&session, &known), presented.number, app.clock.now()) {
        Outcome::Next(_) | Outcome::Again(_) => {
            Ok(Device { person: known.person, thumbprint: *device, courier: known.courier })
        }
        Outcome::Over(why) => Err(signed_out(why)),
        Outcome::Reused => Err(reused(app, &session).await?),
    }
}

/// Uses a refresh token: the next tokens, or those again whose answer was lost.
pub(crate) async fn renew(app: &App, presented: &Presented, device: &Device) -> Result<Renewed, Problem> {
    for _ in 0..ATTEMPTS {
        let now = app.clock.now();
        let session = table::find(&app.db.write, &presented.session).await?;
        let session = session.ok_or_else(|| signed_out("no such session"))?;
        let number = match rotate(&State { courier: device.courier, ..of(&session) }, presented.number, now) {
            Outcome::Next(number) | Outcome::Again(number) => number,
            Outcome::Over(why) => return Err(signed_out(why)),
            Outcome::Reused => return Err(reused(app, &session).await?),
        };
        if table::move_on(&app.db.write, &session.id, (session.newest, number), now).await? {
            return Ok(tokens(app, device, &session.id, number));
        }
    }
    Err(Problem::of(&problem::BUSY).because("others use the same refresh token"))
}

/// Whether a code that was used may be answered once more: the answer to its use was lost, because the session that it
/// began has not been used since.
pub(crate) async fn awaits_its_answer(
    db: &impl Database,
    device: &Thumbprint,
    since: Timestamp,
) -> Result<bool, Failed> {
    let last = table::last_of(db, device).await?;
    Ok(last.is_some_and(|s| !s.ended && s.newest == refresh::FIRST && s.begun_at.0 > since.0))
}

/// Ends a device's sessions, in the transaction that shuts it out.
pub(crate) async fn end(tx: &impl Database, device: &Thumbprint, why: End, now: Timestamp) -> Result<(), Failed> {
    table::end_of(tx, device, why, now).await?;
    table::move_epoch(tx).await
}

/// Ends one session, as its owner asks.
pub(crate) async fn sign_out(app: &App, session: &SessionId) -> Result<(), Failed> {
    let tx = commit::begin(app).await?;
    if table::end(&tx, session, End::SignedOut, app.clock.now()).await? {
        table::move_epoch(&tx).await?;
    }
    tx.commit().await?;
    revocation::acted(app).await;
    Ok(())
}

/// Somebody has a copy of what one device alone may have, so neither is believed.
async fn reused(app: &App, session: &Session) -> Result<Problem, Failed> {
    let tx = commit::begin(app).await?;
    if table::end(&tx, &session.id, End::Reuse, app.clock.now()).await? {
        table::move_epoch(&tx).await?;
        tx.commit().await?;
        tracing::warn!(session = %session.id, device = %session.device, "a refresh token was used again: session ended");
        revocation::acted(app).await;
    } else {
        tx.rollback().await?;
    }
    Ok(signed_out("reuse"))
}

fn signed_out(why: &'static str) -> Problem {
    Problem::of(&problem::SIGNED_OUT).because(why)
}

fn of(session: &Session) -> State {
    let Session { newest, used_at, ends_at, ended, .. } = *session;
    State { newest, used_at, ends_at, ended, courier: false }
}

fn state(session: &Session, known: &Enrolled) -> State {
    State { courier: known.courier, ..of(session) }
}
