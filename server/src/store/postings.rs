//! Units of the office as a tree, and who is posted to them, as what, from when to when.

use super::Failed;
use super::entity::{office_unit, posting};
use crate::keys::Keys;
use dossier::ids::{StaffId, UnitCode};
use dossier::time::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, Set,
};
use uuid::Uuid;

/// A unit as it was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    pub code: UnitCode,
    pub parent: Option<UnitCode>,
    pub name: String,
    pub kind: String,
}

/// A posting as it was entered; whether it counts is another question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Posted {
    pub id: Uuid,
    pub staff: StaffId,
    pub unit: UnitCode,
    pub role: String,
    pub starts_at: Timestamp,
    /// The first moment that is no longer of it.
    pub ends_at: Option<Timestamp>,
    /// The posting of somebody on leave, in whose place it acts.
    pub stands_in_for: Option<Uuid>,
}

impl Posted {
    /// What stands beside it so that its row cannot be made or changed without the server's keys.
    fn proof(&self, keys: &Keys) -> Vec<u8> {
        let (ends, other) = (self.ends_at.map(|t| t.0), self.stands_in_for);
        let row =
            format!("{} {} {} {} {} {ends:?} {other:?}", self.id, self.staff, self.unit, self.role, self.starts_at.0);
        keys.lookup("posting row", &row)
    }

    /// Nothing, if the row is not as this server wrote it.
    fn of(keys: &Keys, row: posting::Model) -> Option<Self> {
        let posted = Self {
            id: row.id,
            staff: StaffId(row.staff),
            unit: row.unit.parse().ok()?,
            role: row.role,
            starts_at: Timestamp(row.starts_at),
            ends_at: row.ends_at.map(Timestamp),
            stands_in_for: row.stands_in_for,
        };
        (posted.proof(keys) == row.proof).then_some(posted)
    }
}

pub(crate) async fn units(db: &impl ConnectionTrait) -> Result<Vec<Unit>, Failed> {
    let rows = office_unit::Entity::find().order_by_asc(office_unit::Column::Code).all(db).await?;
    let unit = |row: office_unit::Model| {
        let parent = row.parent.map(|parent| parent.parse()).transpose()?;
        Ok(Unit { code: row.code.parse()?, parent, name: row.name, kind: row.kind })
    };
    rows.into_iter().map(unit).collect()
}

/// Enters a unit, or what is now so of one that is there.
pub(crate) async fn put_unit(db: &impl ConnectionTrait, unit: &Unit, is_there: bool) -> Result<(), Failed> {
    let row = office_unit::ActiveModel {
        code: Set(unit.code.to_string()),
        parent: Set(unit.parent.as_ref().map(ToString::to_string)),
        name: Set(unit.name.clone()),
        kind: Set(unit.kind.clone()),
    };
    if is_there {
        office_unit::Entity::update(row).exec(db).await?;
    } else {
        row.insert(db).await.map_err(Failed::stale_if_taken)?;
    }
    Ok(())
}

pub(crate) async fn all(db: &impl ConnectionTrait, keys: &Keys) -> Result<Vec<Posted>, Failed> {
    let rows = posting::Entity::find().order_by_asc(posting::Column::Id).all(db).await?;
    Ok(rows.into_iter().filter_map(|row| Posted::of(keys, row)).collect())
}

pub(crate) async fn of(db: &impl ConnectionTrait, keys: &Keys, staff: &StaffId) -> Result<Vec<Posted>, Failed> {
    let rows = posting::Entity::find().filter(posting::Column::Staff.eq(staff.0));
    let rows = rows.order_by_asc(posting::Column::StartsAt).order_by_asc(posting::Column::Id).all(db).await?;
    Ok(rows.into_iter().filter_map(|row| Posted::of(keys, row)).collect())
}

pub(crate) async fn find(db: &impl ConnectionTrait, keys: &Keys, id: &Uuid) -> Result<Option<Posted>, Failed> {
    let row = posting::Entity::find_by_id(*id).one(db).await?;
    Ok(row.and_then(|row| Posted::of(keys, row)))
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    keys: &Keys,
    posted: &Posted,
    (entered_by, now): (Option<StaffId>, Timestamp),
) -> Result<(), Failed> {
    let row = posting::ActiveModel {
        id: Set(posted.id),
        staff: Set(posted.staff.0),
        unit: Set(posted.unit.to_string()),
        role: Set(posted.role.clone()),
        starts_at: Set(posted.starts_at.0),
        ends_at: Set(posted.ends_at.map(|t| t.0)),
        stands_in_for: Set(posted.stands_in_for),
        entered_by: Set(entered_by.map(|staff| staff.0)),
        entered_at: Set(now.0),
        proof: Set(posted.proof(keys)),
    };
    row.insert(db).await.map_err(Failed::stale_if_taken)?;
    Ok(())
}

/// Gives a posting another end.
pub(crate) async fn set_end(db: &impl ConnectionTrait, keys: &Keys, posted: &Posted) -> Result<(), Failed> {
    let update = posting::Entity::update_many()
        .col_expr(posting::Column::EndsAt, Expr::value(posted.ends_at.map(|t| t.0)))
        .col_expr(posting::Column::Proof, Expr::value(posted.proof(keys)));
    update.filter(posting::Column::Id.eq(posted.id)).exec(db).await?;
    Ok(())
}
