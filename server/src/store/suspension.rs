//! Devices that were suspended, and how many there are.

use super::entity::{device, suspension};
use super::{Failed, sessions};
use dossier::ids::{PersonId, Thumbprint};
use dossier::time::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, Set,
};

/// A device as an operator sees it: whose and since when by ids alone, and what keeps it out.
pub(crate) struct Line {
    pub thumbprint: Thumbprint,
    pub person: PersonId,
    pub enrolled_at: Timestamp,
    /// When it last signed in or renewed its tokens.
    pub last_seen: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub lost_at: Option<Timestamp>,
    /// The code of what it sent, and when.
    pub suspended: Option<(String, Timestamp)>,
}

/// All devices, in the order of their enrolment.
pub(crate) async fn devices(db: &impl ConnectionTrait) -> Result<Vec<Line>, Failed> {
    let open = suspension::Entity::find().filter(suspension::Column::EndedAt.is_null()).all(db).await?;
    let rows = device::Entity::find().order_by_asc(device::Column::EnrolledAt).all(db).await?;
    let seen = sessions::last_seen(db, None).await?;
    let line = |row: device::Model| {
        let thumbprint = Thumbprint::try_from(row.thumbprint.as_slice())?;
        let suspended = open.iter().find(|s| s.device == row.thumbprint).map(|s| (s.code.clone(), Timestamp(s.at)));
        Ok(Line {
            thumbprint,
            person: PersonId(row.person),
            last_seen: seen.get(&thumbprint).copied(),
            enrolled_at: Timestamp(row.enrolled_at),
            revoked_at: row.revoked_at.map(Timestamp),
            lost_at: row.lost_at.map(Timestamp),
            suspended,
        })
    };
    rows.into_iter().map(line).collect()
}

pub(crate) async fn is_suspended(db: &impl ConnectionTrait, device: &Thumbprint) -> Result<bool, Failed> {
    let open = suspension::Entity::find()
        .filter(suspension::Column::Device.eq(device.bytes().to_vec()))
        .filter(suspension::Column::EndedAt.is_null());
    Ok(open.one(db).await?.is_some())
}

/// All suspensions of a device: when, for what, until when.
pub(crate) async fn of(
    db: &impl ConnectionTrait,
    device: &Thumbprint,
) -> Result<Vec<(i64, String, Option<i64>)>, Failed> {
    let rows = suspension::Entity::find().filter(suspension::Column::Device.eq(device.bytes().to_vec()));
    let rows = rows.order_by_asc(suspension::Column::At).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.at, row.code, row.ended_at)).collect())
}

/// How many were suspended after a moment, lifted or not.
pub(crate) async fn count_after(db: &impl ConnectionTrait, after: Timestamp) -> Result<u64, Failed> {
    Ok(suspension::Entity::find().filter(suspension::Column::At.gt(after.0)).count(db).await?)
}

/// How many devices are bound now.
pub(crate) async fn active(db: &impl ConnectionTrait) -> Result<u64, Failed> {
    Ok(device::Entity::find().filter(device::Column::RevokedAt.is_null()).count(db).await?)
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    device: &Thumbprint,
    code: &str,
    now: Timestamp,
) -> Result<(), Failed> {
    let row = suspension::ActiveModel {
        device: Set(device.bytes().to_vec()),
        at: Set(now.0),
        code: Set(code.to_owned()),
        ended_at: Set(None),
    };
    suspension::Entity::insert(row).exec_without_returning(db).await.map_err(Failed::stale_if_taken)?;
    Ok(())
}

/// Lets a device in again; `false` if it was not suspended.
pub(crate) async fn end(db: &impl ConnectionTrait, device: &Thumbprint, now: Timestamp) -> Result<bool, Failed> {
    let update = suspension::Entity::update_many()
        .col_expr(suspension::Column::EndedAt, Expr::value(now.0))
        .filter(suspension::Column::Device.eq(device.bytes().to_vec()))
        .filter(suspension::Column::EndedAt.is_null());
    Ok(update.exec(db).await?.rows_affected > 0)
}
