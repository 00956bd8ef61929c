//! Sessions of the desk's pages. The browser holds 256 random bits, the database their HMAC; each thing that is proved
//! puts another value in the place of the one before, so that a value that was planted or seen earlier is worth nothing.

use crate::app::App;
use crate::auth::policy::Staff;
use crate::seal::random;
use crate::staff::posting;
use crate::store::Failed;
use crate::store::accounts::Account;
use crate::store::desk_sessions::{self as sessions, Held};
use dossier::ids::StaffId;
use dossier::time::Timestamp;
use uuid::Uuid;

const MINUTE: i64 = 60;
/// Without a request.
pub(crate) const IDLE_SECONDS: i64 = 15 * MINUTE;
/// However busy: a working day, with its overtime.
pub(crate) const WHOLE_SECONDS: i64 = 12 * 60 * MINUTE;
/// From the password to the second factor.
pub(crate) const HALF_SECONDS: i64 = 10 * MINUTE;
/// So long a second factor counts as proved just now, before what cannot be undone.
pub(crate) const FRESH_SECONDS: i64 = 5 * MINUTE;
/// A request is noted once in so long: reading costs no writing.
const NOTED_SECONDS: i64 = MINUTE;
/// In hexadecimal digits.
const VALUE: usize = 64;

/// Who holds a session, and how far the sign-in is.
#[derive(Clone)]
pub(crate) struct Signed {
    pub held: Held,
    pub account: Account,
    pub stage: Stage,
    /// Stands in each form of this session's pages; a page of somebody else's cannot know it.
    pub csrf: String,
}

#[derive(Clone)]
pub(crate) enum Stage {
    /// The password is proved, the second factor not.
    Code,
    /// There is no second factor yet.
    Enrol,
    /// The password was made by a machine.
    Password,
    /// In which posting?
    Posting,
    In(Box<Staff>),
}

/// What a session is now, by what is kept of it and of its account; nothing, if it is over. With a posting it is another
/// question whether that one still counts.
pub(crate) fn holds(held: &Held, account: &Account, now: Timestamp) -> bool {
    let within = |since: Timestamp, seconds: i64| now < since.plus_seconds(seconds);
    let whole = if held.stepped_up_at.is_some() { WHOLE_SECONDS } else { HALF_SECONDS };
    !account.disabled && within(held.begun_at, whole) && within(held.seen_at, IDLE_SECONDS)
}

/// Whether a second factor was proved just now.
pub(crate) fn is_fresh(proved_at: Timestamp, now: Timestamp) -> bool {
    now < proved_at.plus_seconds(FRESH_SECONDS)
}

/// The session of a cookie's value, if it holds; it is noted that it was there.
pub(crate) async fn read(app: &App, value: &str) -> Result<Option<Signed>, Failed> {
    if value.len() != VALUE {
        return Ok(None);
    }
    let now = app.clock.now();
    let found = sessions::find(&app.db.read, &id_of(app, value)).await?;
    let Some((held, account)) = found.filter(|(held, account)| holds(held, account, now)) else { return Ok(None) };
    let Some(stage) = stage(app, &held, &account).await? else {
        // What was chosen has ended; so has everything that was done in it.
        sessions::end(&app.db.write, &held.id, now).await?;
        return Ok(None);
    };
    if now >= held.seen_at.plus_seconds(NOTED_SECONDS) {
        sessions::seen(&app.db.write, &held.id, now).await?;
    }
    let csrf = csrf_of(app, value);
    Ok(Some(Signed { held, account, stage, csrf }))
}

async fn stage(app: &App, held: &Held, account: &Account) -> Result<Option<Stage>, Failed> {
    let Some(proved_at) = held.stepped_up_at else {
        return Ok(Some(if account.totp.is_some() { Stage::Code } else { Stage::Enrol }));
    };
    if account.one_time_until.is_some() {
        return Ok(Some(Stage::Password));
    }
    let Some(chosen) = &held.posting else { return Ok(Some(Stage::Posting)) };
    let Some(posting) = posting::one(app, &held.staff, chosen).await? else { return Ok(None) };
    let fresh = is_fresh(proved_at, app.clock.now());
    Ok(Some(Stage::In(Box::new(posting::acting(app, account, posting, fresh).await?))))
}

/// A session of somebody whose password is right; the value for the cookie.
pub(crate) async fn begin(app: &App, staff: &StaffId) -> Result<String, Failed> {
    let now = app.clock.now();
    sessions::forget(&app.db.write, now.plus_seconds(-2 * WHOLE_SECONDS)).await?;
    let value = new_value();
    let held = Held {
        id: id_of(app, &value),
        staff: *staff,
        posting: None,
        begun_at: now,
        seen_at: now,
        stepped_up_at: None,
        totp_new: None,
        tries: 0,
        tries_since: None,
    };
    sessions::insert(&app.db.write, &held).await?;
    Ok(value)
}

/// Goes on with a session under another value, with what is now so; nothing, if it has ended meanwhile.
pub(crate) async fn go_on(
    app: &App,
    signed: &Signed,
    change: impl FnOnce(&mut Held),
) -> Result<Option<String>, Failed> {
    let value = new_value();
    let mut held = Held { id: id_of(app, &value), seen_at: app.clock.now(), ..signed.held.clone() };
    change(&mut held);
    Ok(sessions::replace(&app.db.write, &signed.held.id, &held).await?.then_some(value))
}

/// Ends the sessions of a person, all or all but the one that asks.
pub(crate) async fn end_all(app: &App, staff: &StaffId, but: Option<&Signed>) -> Result<u64, Failed> {
    let but = but.map(|signed| signed.held.id.as_slice());
    let ended = sessions::end_of(&app.db.write, staff, but, app.clock.now()).await?;
    tracing::info!(%staff, ended, "sessions ended");
    Ok(ended)
}

pub(crate) async fn end(app: &App, signed: &Signed) -> Result<(), Failed> {
    sessions::end(&app.db.write, &signed.held.id, app.clock.now()).await?;
    tracing::info!(staff = %signed.held.staff, "signed out");
    Ok(())
}

/// What a page calls a session by: a part of its id, which opens nothing.
pub(crate) fn short_id(held: &Held) -> String {
    hex::encode(held.id.get(..8).unwrap_or_default())
}

/// One of a person's sessions that still hold, for a list.
pub(crate) struct Open {
    pub held: Held,
    pub posting: Option<Uuid>,
}

/// Those of a person that hold now.
pub(crate) async fn open(app: &App, account: &Account) -> Result<Vec<Open>, Failed> {
    let now = app.clock.now();
    let held = sessions::of(&app.db.read, &account.staff).await?;
    let open = held.into_iter().filter(|held| holds(held, account, now));
    Ok(open.map(|held| Open { posting: held.posting, held }).collect())
}

fn new_value() -> String {
    hex::encode(random::<32>())
}

fn id_of(app: &App, value: &str) -> Vec<u8> {
    app.keys.lookup("desk session", value)
}

fn csrf_of(app: &App, value: &str) -> String {
    hex::encode(&app.keys.lookup("desk form", value)[..16])
}
