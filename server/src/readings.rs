//! Staff look into dossiers, and nothing is shown to anybody before it is noted who looks, at what and why. The citizen
//! reads all of it; who answers for a unit is told when one of its dossiers was opened by somebody whose work it is not.

use crate::app::App;
use crate::auth::policy::{Act, Staff};
use crate::commit;
use crate::problem::{self, Problem};
use crate::seal::Seal;
use crate::store::desk::{self, Filed};
use crate::store::readings as table;
use crate::store::{Failed, dossiers};
use dossier::ids::{DossierCode, DossierId, PersonId};
use dossier::procedure::clean;
use dossier::reading::{Looked, Purpose, REASON_MAX, REASON_MIN, Reading};
use dossier::time::Timestamp;

/// How long a reason opens a dossier that is none of one's work.
pub(crate) const BREAK_GLASS_SECONDS: i64 = 15 * 60;
/// More dossiers in an hour than anybody handles: the log says so.
const MANY: usize = 50;
const HOUR_SECONDS: i64 = 60 * 60;
/// How often a reading is noted before the reader is asked to come back.
const ATTEMPTS: usize = 5;

/// A reading that a head is to see.
pub(crate) struct Alert {
    pub dossier: DossierId,
    pub code: Option<DossierCode>,
    pub reading: Reading,
}

/// A reason as it is kept.
pub(crate) fn reason(text: &str) -> Result<String, Problem> {
    let reason = clean(text).trim().to_owned();
    let fits = (REASON_MIN..=REASON_MAX).contains(&reason.chars().count());
    if fits { Ok(reason) } else { Err(Problem::of(&problem::REASON)) }
}

/// Why these staff may open a dossier; of one that they may not open, they are told that it is not there.
pub(crate) async fn purpose(app: &App, staff: &Staff, (filed, seal): (&Filed, &Seal)) -> Result<Purpose, Problem> {
    let unit = filed.card.unit.as_ref();
    if staff.reaches(Act::Open, unit) {
        let own = unit == Some(&staff.officer.unit);
        return Ok(if own { Purpose::Handling } else { Purpose::Supervising });
    }
    let since = app.clock.now().plus_seconds(-BREAK_GLASS_SECONDS);
    let opened = match staff.reaches(Act::BreakGlass, unit) {
        true => table::last_break_glass(&app.db.read, (&filed.dossier, seal), &staff.officer.staff, since).await?,
        false => None,
    };
    opened.map(|reading| reading.purpose).ok_or_else(|| Problem::of(&problem::NOT_FOUND))
}

/// Notes a reading. What comes after it in the code may be shown; if it fails, nothing is.
pub(crate) async fn note(
    app: &App,
    staff: &Staff,
    (filed, seal): (&Filed, &Seal),
    (looked, purpose): (Looked, Purpose),
) -> Result<(), Problem> {
    let (officer, now) = (&staff.officer, app.clock.now());
    let place = filed.card.unit.clone().ok_or_else(|| Problem::of(&problem::NOT_FOUND))?;
    let reading = |n| Reading {
        n,
        at: now,
        staff: officer.staff,
        unit: officer.unit.clone(),
        name: officer.name.clone(),
        role: staff.role.word().to_owned(),
        looked,
        purpose: purpose.clone(),
        place: place.clone(),
    };
    // Readers of one dossier take their turns; only another process can be in the way.
    let _turn = app.turn(&filed.dossier).await;
    for _ in 0..ATTEMPTS {
        match commit::reading(app, (&filed.dossier, seal), reading).await {
            Ok(noted) => {
                tracing::info!(staff = %officer.staff, dossier = %filed.dossier, n = noted.n, purpose = purpose.word(), "read");
                return look_how_many(app, staff, now).await;
            }
            Err(Failed::Stale) => {}
            Err(failed) => return Err(failed.into()),
        }
    }
    Err(Problem::of(&problem::BUSY).because(Failed::Stale))
}

async fn look_how_many(app: &App, staff: &Staff, now: Timestamp) -> Result<(), Problem> {
    let since = now.plus_seconds(-HOUR_SECONDS);
    let dossiers = table::dossiers_since(&app.db.read, &staff.officer.staff, since).await?;
    if dossiers > MANY {
        tracing::warn!(staff = %staff.officer.staff, dossiers, "opened more dossiers in an hour than anybody handles");
    }
    Ok(())
}

/// Opens a dossier that is none of one's work, by its official code, for a reason. Tells which it is; it can then be
/// opened for a quarter of an hour, and each time is noted with the same reason.
pub(crate) async fn break_glass(app: &App, staff: &Staff, code: &str, why: &str) -> Result<DossierId, Problem> {
    let reason = reason(why)?;
    let not_found = || Problem::of(&problem::NOT_FOUND);
    let code: DossierCode = code.trim().to_uppercase().parse().map_err(|_| not_found())?;
    let filed = desk::find_by_code(&app.db.read, &code).await?.ok_or_else(not_found)?;
    if staff.reaches(Act::Open, filed.card.unit.as_ref()) {
        return Ok(filed.dossier);
    }
    if !staff.reaches(Act::BreakGlass, filed.card.unit.as_ref()) {
        return Err(not_found());
    }
    let head = dossiers::head(&app.db.read, &app.keys, &filed.dossier).await?.ok_or_else(not_found)?;
    let noted = (Looked::Dossier, Purpose::BreakGlass(reason));
    note(app, staff, (&filed, &head.held.seal), noted).await?;
    tracing::warn!(staff = %staff.officer.staff, dossier = %filed.dossier, "opened out of turn");
    Ok(filed.dossier)
}

/// Who looked into one's own dossier, the first one first.
pub(crate) async fn of_own(app: &App, person: &PersonId, dossier: &DossierId) -> Result<Vec<Reading>, Problem> {
    let head = dossiers::head(&app.db.read, &app.keys, dossier).await?;
    let head = head.filter(|head| head.birth.owner == *person).ok_or_else(|| Problem::of(&problem::NOT_FOUND))?;
    let kept = table::of(&app.db.read, dossier, &head.held.seal).await?;
    let readings = kept.into_iter().map(|kept| kept.map(|kept| kept.reading));
    Ok(readings.collect::<Result<_, _>>()?)
}

/// What was opened out of turn at the units that these staff answer for, and nobody has seen yet.
pub(crate) async fn alerts(app: &App, staff: &Staff) -> Result<Vec<Alert>, Problem> {
    let mut alerts = Vec::new();
    for table::Alert { dossier, n } in table::alerts(&app.db.read, staff.units(Act::SeeAlerts).as_ref()).await? {
        let Some(head) = dossiers::head(&app.db.read, &app.keys, &dossier).await? else { continue };
        let code = desk::find(&app.db.read, &dossier).await?.and_then(|filed| filed.card.code);
        let reading = table::find(&app.db.read, (&dossier, &head.held.seal), n).await?;
        alerts.extend(reading.map(|reading| Alert { dossier, code, reading }));
    }
    Ok(alerts)
}

/// Notes that an alert was seen.
pub(crate) async fn see(app: &App, staff: &Staff, dossier: &DossierId, n: u64) -> Result<(), Problem> {
    let units = staff.units(Act::SeeAlerts);
    let by = (&staff.officer.staff, app.clock.now());
    let seen = table::see(&app.db.write, (dossier, n), units.as_ref(), by).await?;
    if seen { Ok(()) } else { Err(Problem::of(&problem::NOT_FOUND)) }
}
