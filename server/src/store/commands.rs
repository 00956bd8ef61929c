//! Office commands that were done, and the serials that acceptances took.

use super::Failed;
use super::batch::Batch;
use super::dossiers::place;
use super::entity::{command, serial};
use crate::seal::Seal;
use ::dossier::decide::Serial;
use ::dossier::event::{Event, What};
use ::dossier::ids::{CommandHash, CommandId, DossierId, UnitCode};
use ::dossier::life;
use ::dossier::time::Timestamp;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryTrait as _, Set,
};
use std::collections::BTreeMap;

/// A command that was done, and what was answered.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub id: CommandId,
    pub body: CommandHash,
    pub answer: Vec<u8>,
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    dossier: &DossierId,
    seal: &Seal,
    id: &CommandId,
) -> Result<Option<Done>, Failed> {
    let Some(row) = command::Entity::find_by_id((dossier.0, id.0)).one(db).await? else { return Ok(None) };
    let answer = seal.open(place("command", dossier, id.bytes()), &row.answer)?;
    Ok(Some(Done { id: *id, body: CommandHash::try_from(row.body.as_slice())?, answer }))
}

pub(crate) fn insert(
    batch: &mut Batch,
    (dossier, version): (&DossierId, u64),
    seal: &Seal,
    done: &Done,
    now: Timestamp,
) {
    let row = command::ActiveModel {
        dossier: Set(dossier.0),
        command: Set(done.id.0),
        body: Set(done.body.bytes().to_vec()),
        answer: Set(seal.seal(place("command", dossier, done.id.bytes()), &done.answer)),
        at: Set(now.0),
        version: Set(version as i64),
    };
    batch.add(command::Entity::insert(row).into_query());
}

/// The serial that the next acceptance of a unit on a local day takes, in this life of the server.
pub(crate) async fn next_serial(
    db: &impl ConnectionTrait,
    life: u64,
    unit: &UnitCode,
    now: Timestamp,
) -> Result<u32, Failed> {
    let row = serial::Entity::find_by_id((unit.to_string(), day_number(now.day()))).one(db).await?;
    Ok(row.map_or(1, |r| r.last as u32 + 1).max(life::first_serial(life, now.day())))
}

/// Takes a serial; stale if another acceptance took it first.
pub(crate) async fn take_serial(db: &impl ConnectionTrait, life: u64, wanted: &Serial) -> Result<(), Failed> {
    let (unit, day, serial) = (wanted.unit.to_string(), day_number(wanted.day), i64::from(wanted.serial));
    let first = i64::from(life::first_serial(life, wanted.day));
    // The first after a restore follows on any that the backup knows; every other on the one before it.
    let before = if serial == first { 0..first } else { serial - 1..serial };
    let update = serial::Entity::update_many()
        .col_expr(serial::Column::Last, Expr::value(serial))
        .filter(serial::Column::Unit.eq(unit.as_str()))
        .filter(serial::Column::Day.eq(day))
        .filter(serial::Column::Last.gte(before.start))
        .filter(serial::Column::Last.lt(before.end));
    if update.exec(db).await?.rows_affected == 1 {
        return Ok(());
    }
    if serial != first {
        return Err(Failed::Stale);
    }
    let row = serial::ActiveModel { unit: Set(unit), day: Set(day), last: Set(serial) };
    row.insert(db).await.map_err(Failed::stale_if_taken)?;
    Ok(())
}

/// Counts serials that acceptances took before a restore and that are known again.
pub(crate) async fn know_again(db: &impl ConnectionTrait, events: &[Event]) -> Result<(), Failed> {
    for event in events {
        let What::Accepted(acceptance) = &event.what else { continue };
        let (unit, day) = (acceptance.code.unit().to_string(), day_number(event.at.day()));
        let last = i64::from(acceptance.code.serial());
        let row = serial::ActiveModel { unit: Set(unit.clone()), day: Set(day), last: Set(last) };
        let known = OnConflict::columns([serial::Column::Unit, serial::Column::Day]).do_nothing().to_owned();
        serial::Entity::insert(row).on_conflict(known).exec_without_returning(db).await?;
        let raise = serial::Entity::update_many()
            .col_expr(serial::Column::Last, Expr::value(last))
            .filter(serial::Column::Unit.eq(unit))
            .filter(serial::Column::Day.eq(day))
            .filter(serial::Column::Last.lt(last));
        raise.exec(db).await?;
    }
    Ok(())
}

/// yyyymmdd.
pub(crate) fn day_number(day: ::time::Date) -> i32 {
    day.year() * 10_000 + i32::from(day.month() as u8) * 100 + i32::from(day.day())
}

/// The last serial of every unit's day.
pub(crate) async fn serials(db: &impl ConnectionTrait) -> Result<BTreeMap<(UnitCode, i32), u32>, Failed> {
    let rows = serial::Entity::find().all(db).await?;
    rows.into_iter().map(|row| Ok(((row.unit.parse()?, row.day), row.last as u32))).collect()
}
