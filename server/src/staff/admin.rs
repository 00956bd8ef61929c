//! What the operator of the machine does with accounts, units and postings.

use crate::app::App;
use crate::auth::policy::Role;
use crate::commit;
use crate::seal::random;
use crate::staff::import::people::{self, There};
use crate::staff::import::{Wrong, units};
use crate::staff::login::Login;
use crate::staff::password::{Password, hash_here};
use crate::staff::posting;
use crate::staff::units::ONE_STOP;
use crate::store::accounts::{self, Account};
use crate::store::postings::{self, Posted, Unit};
use crate::store::{Database, Failed, desk_sessions as sessions};
use dossier::ids::{StaffId, UnitCode};
use dossier::procedure::Catalogue;
use dossier::time::Timestamp;
use std::collections::BTreeMap;
use std::fmt;
use uuid::Uuid;

/// How long a one-time password waits: over a weekend.
const ONE_TIME_SECONDS: i64 = 3 * 24 * 60 * 60;

/// Why the operator's act was not done.
#[derive(Debug)]
pub(crate) enum Refused {
    Failed(Failed),
    Lines(Vec<Wrong>),
    Why(String),
}

impl<E: Into<Failed>> From<E> for Refused {
    fn from(cause: E) -> Self {
        Self::Failed(cause.into())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(Failed::Stale) => f.write_str("somebody else entered the same at this moment; try again"),
            Self::Failed(failed) => failed.fmt(f),
            Self::Why(why) => f.write_str(why),
            Self::Lines(lines) => {
                lines.iter().try_for_each(|line| writeln!(f, "{line}"))?;
                write!(f, "nothing was entered; faults: {}", lines.len())
            }
        }
    }
}

fn why<T>(why: impl Into<String>) -> Result<T, Refused> {
    Err(Refused::Why(why.into()))
}

/// A password that serves once; told to whoever asked for it and kept nowhere.
pub(crate) struct OneTime {
    pub login: Login,
    pub password: String,
}

/// The first administrator, while there is none.
pub(crate) async fn create_first(app: &App, login: &Login, name: &str) -> Result<OneTime, Refused> {
    let now = app.clock.now();
    let (staff, one_time) = (new_staff(), Password::one_time());
    let hash = hash_here(&app.keys, &staff, &one_time.0);
    let tx = commit::begin(app).await?;
    if administrators(&tx, app, now).await? > 0 {
        return why("there is an administrator already; `hoso admin staff` lists who");
    }
    let catalogue = Catalogue::built_in();
    let unit = match postings::units(&tx).await?.into_iter().find(|unit| unit.parent.is_none()) {
        Some(top) => top,
        None => {
            let Some(first) = catalogue.units().first() else { return why("the catalogue has no units") };
            let (code, name) = (first.code.clone(), first.name.vi.clone());
            let unit = Unit { code, parent: None, name, kind: ONE_STOP.into() };
            postings::put_unit(&tx, &unit, false).await?;
            unit
        }
    };
    accounts::insert(&tx, &staff, (login.as_str(), name), (&hash, one_time_until(now)), now).await.map_err(
        |failed| match failed {
            Failed::Stale => Refused::Why(format!("{login} is entered already")),
            other => other.into(),
        },
    )?;
    let posted = Posted {
        id: new_id(),
        staff,
        unit: unit.code,
        role: Role::Administrator.word().into(),
        starts_at: now,
        ends_at: None,
        stands_in_for: None,
    };
    postings::insert(&tx, &app.keys, &posted, (None, now)).await?;
    tx.commit().await?;
    tracing::info!(%staff, posting = %posted.id, "the first administrator was entered");
    Ok(OneTime { login: login.clone(), password: one_time.1 })
}

/// How many can act as administrator now.
async fn administrators(db: &impl Database, app: &App, now: Timestamp) -> Result<usize, Failed> {
    let there: BTreeMap<StaffId, bool> =
        accounts::all(db).await?.into_iter().map(|account| (account.staff, account.disabled)).collect();
    let all = postings::all(db, &app.keys).await?;
    let acts = |posted: &&Posted| {
        posted.role == Role::Administrator.word()
            && posting::counts(posted, None, now)
            && there.get(&posted.staff) == Some(&false)
    };
    Ok(all.iter().filter(acts).count())
}

/// Enters one unit.
pub(crate) async fn add_unit(app: &App, fields: &[String; 4]) -> Result<bool, Refused> {
    let mut list = csv::Writer::from_writer(Vec::new());
    let written = list.write_record(units::COLUMNS).and_then(|()| list.write_record(fields));
    let list = written.ok().and_then(|()| list.into_inner().ok());
    let Some(list) = list else { return why("the unit cannot be written as a line") };
    match import_units(app, &list).await {
        Ok((new, _)) => Ok(new > 0),
        // The line is of a list that nobody wrote.
        Err(Refused::Lines(lines)) => why(lines.into_iter().map(|line| line.why).collect::<Vec<_>>().join("; ")),
        Err(other) => Err(other),
    }
}

/// Enters a list of units; how many are new, and how many were altered.
pub(crate) async fn import_units(app: &App, bytes: &[u8]) -> Result<(usize, usize), Refused> {
    let tx = commit::begin(app).await?;
    let plan = units::plan(bytes, &postings::units(&tx).await?).map_err(Refused::Lines)?;
    for (unit, is_there) in &plan {
        postings::put_unit(&tx, unit, *is_there).await?;
    }
    tx.commit().await?;
    let altered = plan.iter().filter(|(_, is_there)| *is_there).count();
    tracing::info!(new = plan.len() - altered, altered, "units were entered");
    Ok((plan.len() - altered, altered))
}

/// What a list of staff did.
pub(crate) struct Imported {
    pub accounts: Vec<OneTime>,
    pub postings: usize,
    pub ends: usize,
}

/// Enters a list of staff, whole or not at all.
pub(crate) async fn import_staff(app: &App, bytes: &[u8]) -> Result<Imported, Refused> {
    let now = app.clock.now();
    // Hashes take their time, and nobody is to wait for them: they are made before the tables are held, and the list is
    // then looked at again.
    let first = staff_plan(app, &app.db.read, bytes).await?;
    let mut made: BTreeMap<Login, (StaffId, String, String)> = BTreeMap::new();
    for (login, _) in &first.accounts {
        let (staff, one_time) = (new_staff(), Password::one_time());
        let hash = hash_here(&app.keys, &staff, &one_time.0);
        made.insert(login.clone(), (staff, hash, one_time.1));
    }
    let tx = commit::begin(app).await?;
    let plan = staff_plan(app, &tx, bytes).await?;
    if plan != first {
        return Err(Failed::Stale.into());
    }
    for (login, name) in &plan.accounts {
        let (staff, hash, _) = made.get(login).ok_or(Failed::Stale)?;
        accounts::insert(&tx, staff, (login.as_str(), name), (hash, one_time_until(now)), now).await?;
        tracing::info!(%staff, "an account was entered");
    }
    for new in &plan.postings {
        let staff = match made.get(&new.login) {
            Some((staff, ..)) => *staff,
            None => accounts::by_login(&tx, new.login.as_str()).await?.ok_or(Failed::Stale)?.staff,
        };
        let posted = Posted {
            id: new_id(),
            staff,
            unit: new.unit.clone(),
            role: new.role.word().into(),
            starts_at: new.starts_at,
            ends_at: new.ends_at,
            stands_in_for: None,
        };
        postings::insert(&tx, &app.keys, &posted, (None, now)).await?;
        tracing::info!(%staff, posting = %posted.id, "a posting was entered");
    }
    for posted in &plan.ends {
        postings::set_end(&tx, &app.keys, posted).await?;
        tracing::info!(staff = %posted.staff, posting = %posted.id, "a posting has another end");
    }
    tx.commit().await?;
    let (postings, ends) = (plan.postings.len(), plan.ends.len());
    let accounts = made.into_iter().map(|(login, (_, _, password))| OneTime { login, password }).collect();
    Ok(Imported { accounts, postings, ends })
}

async fn staff_plan(app: &App, db: &impl Database, bytes: &[u8]) -> Result<people::Plan, Refused> {
    let (units, accounts) = (postings::units(db).await?, accounts::all(db).await?);
    let postings = postings::all(db, &app.keys).await?;
    people::plan(bytes, &There { units: &units, accounts: &accounts, postings: &postings }).map_err(Refused::Lines)
}

/// Somebody stands in for another, as what that one is there, for some days.
pub(crate) async fn stand_in(
    app: &App,
    (login, other): (&Login, &Login),
    (unit, role): (&UnitCode, Role),
    (from, to): (Timestamp, Timestamp),
) -> Result<(), Refused> {
    let now = app.clock.now();
    let (staff, absent) = (account(app, login).await?.staff, account(app, other).await?.staff);
    if staff == absent {
        return why("nobody stands in for themselves");
    }
    let theirs = postings::of(&app.db.read, &app.keys, &absent).await?;
    let fits = |posted: &&Posted| {
        posted.unit == *unit
            && posted.role == role.word()
            && posted.stands_in_for.is_none()
            && posted.starts_at <= from
            && posted.ends_at.is_none_or(|end| from < end)
    };
    let Some(posted) = theirs.iter().find(fits) else {
        return why(format!("{other} is no {role} of {unit} then"));
    };
    if to <= from || posted.ends_at.is_some_and(|end| end < to) {
        return why("the leave ends before it begins, or after the posting");
    }
    let new = Posted {
        id: new_id(),
        staff,
        unit: unit.clone(),
        role: role.word().into(),
        starts_at: from,
        ends_at: Some(to),
        stands_in_for: Some(posted.id),
    };
    postings::insert(&app.db.write, &app.keys, &new, (None, now)).await?;
    tracing::info!(%staff, posting = %new.id, stands_in_for = %posted.id, "a posting was entered");
    Ok(())
}

/// Ends the postings of somebody as something, now; how many.
pub(crate) async fn end_posting(app: &App, login: &Login, unit: &UnitCode, role: Role) -> Result<usize, Refused> {
    let now = app.clock.now();
    let staff = account(app, login).await?.staff;
    let all = postings::of(&app.db.read, &app.keys, &staff).await?;
    let open = all.into_iter().filter(|posted| {
        posted.unit == *unit && posted.role == role.word() && posted.ends_at.is_none_or(|end| now < end)
    });
    let mut ended = 0;
    for posted in open {
        let posted = Posted { ends_at: Some(now.max(posted.starts_at)), ..posted };
        postings::set_end(&app.db.write, &app.keys, &posted).await?;
        tracing::info!(%staff, posting = %posted.id, "a posting was ended");
        ended += 1;
    }
    if ended == 0 { why(format!("{login} is no {role} of {unit}")) } else { Ok(ended) }
}

/// Nobody signs in under it any more, and whoever is signed in is not.
pub(crate) async fn disable(app: &App, login: &Login) -> Result<(), Refused> {
    let staff = account(app, login).await?.staff;
    let now = app.clock.now();
    if !accounts::disable(&app.db.write, &staff, now).await? {
        return why(format!("{login} is disabled already"));
    }
    sessions::end_of(&app.db.write, &staff, None, now).await?;
    tracing::info!(%staff, "an account was disabled");
    Ok(())
}

/// A one-time password in place of the one that was forgotten; locks are lifted, sessions ended.
pub(crate) async fn reset_password(app: &App, login: &Login) -> Result<OneTime, Refused> {
    let account = account(app, login).await?;
    let (staff, now, one_time) = (&account.staff, app.clock.now(), Password::one_time());
    let hash = hash_here(&app.keys, staff, &one_time.0);
    accounts::set_password(&app.db.write, staff, &hash, Some(one_time_until(now))).await?;
    accounts::unlock(&app.db.write, staff).await?;
    sessions::end_of(&app.db.write, staff, None, now).await?;
    tracing::info!(%staff, "a password was reset");
    Ok(OneTime { login: login.clone(), password: one_time.1 })
}

/// Takes the authenticator and its recovery codes away; the next sign-in binds another.
pub(crate) async fn reset_totp(app: &App, login: &Login) -> Result<(), Refused> {
    let staff = account(app, login).await?.staff;
    accounts::set_totp(&app.db.write, &staff, None).await?;
    sessions::end_of(&app.db.write, &staff, None, app.clock.now()).await?;
    tracing::info!(%staff, "an authenticator was taken away");
    Ok(())
}

pub(crate) async fn end_sessions(app: &App, login: &Login) -> Result<u64, Refused> {
    let staff = account(app, login).await?.staff;
    Ok(crate::staff::session::end_all(app, &staff, None).await?)
}

/// Everybody, each with all postings.
pub(crate) async fn staff(app: &App) -> Result<Vec<(Account, Vec<Posted>)>, Refused> {
    let mut all = Vec::new();
    for account in accounts::all(&app.db.read).await? {
        let postings = postings::of(&app.db.read, &app.keys, &account.staff).await?;
        all.push((account, postings));
    }
    Ok(all)
}

async fn account(app: &App, login: &Login) -> Result<Account, Refused> {
    let account = accounts::by_login(&app.db.read, login.as_str()).await?;
    account.ok_or_else(|| Refused::Why(format!("nobody is entered as {login}")))
}

fn one_time_until(now: Timestamp) -> Timestamp {
    now.plus_seconds(ONE_TIME_SECONDS)
}

fn new_staff() -> StaffId {
    StaffId(new_id())
}

fn new_id() -> Uuid {
    uuid::Builder::from_random_bytes(random()).into_uuid()
}
