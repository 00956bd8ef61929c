//! Who of the staff looked into which dossier; the rows of its book of readings.

use super::batch::Batch;
use super::dossiers::place;
use super::entity::reading;
use super::{Altered, Failed};
use crate::seal::Seal;
use dossier::ids::{DossierId, EntryCommitment, StaffId, UnitCode};
use dossier::reading::{Purpose, Reading};
use dossier::time::Timestamp;
use dossier::wire::to_bytes;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Set,
};
use std::collections::BTreeSet;

/// A reading as it is kept.
pub(crate) struct Kept {
    pub reading: Reading,
    pub tip: EntryCommitment,
}

/// A dossier that was opened out of turn, and nobody who answers for its unit has seen that yet.
pub(crate) struct Alert {
    pub dossier: DossierId,
    pub n: u64,
}

/// The most alerts on one page.
const ALERTS: u64 = 100;

/// Where a dossier's book of readings ends: how many there are, and the last one's entry.
pub(crate) async fn end(db: &impl ConnectionTrait, dossier: &DossierId) -> Result<(u64, EntryCommitment), Failed> {
    let last = reading::Entity::find()
        .filter(reading::Column::Dossier.eq(dossier.0))
        .order_by_desc(reading::Column::N)
        .one(db)
        .await?;
    let Some(last) = last else { return Ok((0, EntryCommitment::NONE)) };
    let tip = EntryCommitment::try_from(last.tip.as_slice())?;
    Ok((last.n as u64, tip))
}

pub(crate) fn insert(batch: &mut Batch, (dossier, seal): (&DossierId, &Seal), said: &Reading, tip: &EntryCommitment) {
    let row = reading::ActiveModel {
        dossier: Set(dossier.0),
        n: Set(said.n as i64),
        at: Set(said.at.0),
        staff: Set(said.staff.0),
        unit: Set(said.place.to_string()),
        break_glass: Set(matches!(said.purpose, Purpose::BreakGlass(_))),
        body: Set(seal.seal(place("reading", dossier, &said.n.to_be_bytes()), &to_bytes(said))),
        tip: Set(tip.bytes().to_vec()),
        seen_at: Set(None),
        seen_by: Set(None),
    };
    batch.add(reading::Entity::insert(row).into_query());
}

/// All readings of a dossier, the first one first; each row by itself, since one that was altered hides no other.
pub(crate) async fn of(
    db: &impl ConnectionTrait,
    dossier: &DossierId,
    seal: &Seal,
) -> Result<Vec<Result<Kept, Failed>>, Failed> {
    let rows = reading::Entity::find().filter(reading::Column::Dossier.eq(dossier.0));
    let rows = rows.order_by_asc(reading::Column::N).all(db).await?;
    Ok(rows.into_iter().map(|row| kept(dossier, seal, row)).collect())
}

/// One reading, if it is there.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    (dossier, seal): (&DossierId, &Seal),
    n: u64,
) -> Result<Option<Reading>, Failed> {
    let row = reading::Entity::find_by_id((dossier.0, n as i64)).one(db).await?;
    Ok(row.map(|row| kept(dossier, seal, row)).transpose()?.map(|kept| kept.reading))
}

/// A row whose columns say other than its sealed body is not as it was written.
fn kept(dossier: &DossierId, seal: &Seal, row: reading::Model) -> Result<Kept, Failed> {
    let altered = || Altered::unreadable("reading", format!("{dossier} {}", row.n));
    let body = seal.open(place("reading", dossier, &row.n.to_be_bytes()), &row.body).map_err(|_| altered())?;
    let reading: Reading = minicbor::decode(&body).map_err(|_| altered())?;
    let glass = matches!(reading.purpose, Purpose::BreakGlass(_));
    let columns = (reading.n as i64, reading.at.0, reading.staff.0, reading.place.as_str(), glass);
    let same = columns == (row.n, row.at, row.staff, row.unit.as_str(), row.break_glass);
    let tip = EntryCommitment::try_from(row.tip.as_slice()).map_err(|_| altered())?;
    if same { Ok(Kept { reading, tip }) } else { Err(altered()) }
}

/// The last time since a moment that this member of staff said why a dossier had to be opened that is none of theirs.
pub(crate) async fn last_break_glass(
    db: &impl ConnectionTrait,
    (dossier, seal): (&DossierId, &Seal),
    staff: &StaffId,
    since: Timestamp,
) -> Result<Option<Reading>, Failed> {
    let row = reading::Entity::find()
        .filter(reading::Column::Dossier.eq(dossier.0))
        .filter(reading::Column::Staff.eq(staff.0))
        .filter(reading::Column::BreakGlass.eq(true))
        .filter(reading::Column::At.gt(since.0))
        .order_by_desc(reading::Column::N)
        .one(db)
        .await?;
    Ok(row.map(|row| kept(dossier, seal, row)).transpose()?.map(|kept| kept.reading))
}

/// How many dossiers a member of staff has looked into since a moment.
pub(crate) async fn dossiers_since(
    db: &impl ConnectionTrait,
    staff: &StaffId,
    since: Timestamp,
) -> Result<usize, Failed> {
    let rows = reading::Entity::find().select_only().column(reading::Column::Dossier).distinct();
    let rows = rows.filter(reading::Column::Staff.eq(staff.0)).filter(reading::Column::At.gt(since.0));
    Ok(rows.into_tuple::<uuid::Uuid>().all(db).await?.len())
}

/// What nobody has seen yet of dossiers at these units, the newest first.
pub(crate) async fn alerts(
    db: &impl ConnectionTrait,
    units: Option<&BTreeSet<UnitCode>>,
) -> Result<Vec<Alert>, Failed> {
    let rows = reading::Entity::find()
        .select_only()
        .columns([reading::Column::Dossier, reading::Column::N])
        .filter(reading::Column::BreakGlass.eq(true))
        .filter(reading::Column::SeenAt.is_null())
        .filter(at(units))
        .order_by_desc(reading::Column::At)
        .limit(ALERTS);
    let rows: Vec<(uuid::Uuid, i64)> = rows.into_tuple().all(db).await?;
    Ok(rows.into_iter().map(|(dossier, n)| Alert { dossier: DossierId(dossier), n: n as u64 }).collect())
}

/// Notes that an alert was seen; false if there is none such at these units, or it was seen before.
pub(crate) async fn see(
    db: &impl ConnectionTrait,
    (dossier, n): (&DossierId, u64),
    units: Option<&BTreeSet<UnitCode>>,
    (staff, now): (&StaffId, Timestamp),
) -> Result<bool, Failed> {
    let update = reading::Entity::update_many()
        .col_expr(reading::Column::SeenAt, Expr::value(now.0))
        .col_expr(reading::Column::SeenBy, Expr::value(staff.0))
        .filter(reading::Column::Dossier.eq(dossier.0))
        .filter(reading::Column::N.eq(n as i64))
        .filter(reading::Column::BreakGlass.eq(true))
        .filter(reading::Column::SeenAt.is_null())
        .filter(at(units));
    Ok(update.exec(db).await?.rows_affected == 1)
}

fn at(units: Option<&BTreeSet<UnitCode>>) -> Condition {
    Condition::all().add_option(units.map(|units| reading::Column::Unit.is_in(units.iter().map(UnitCode::as_str))))
}
