//! What lists and the public tracking page read: cards.

use super::Failed;
use super::batch::Batch;
use super::entity::card;
use dossier::decide::Card;
use dossier::ids::{DossierCode, DossierId, PersonId, UnitCode};
use dossier::time::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Set,
};
use std::collections::BTreeSet;

/// A card, and whose.
#[derive(Clone, Debug)]
pub(crate) struct Filed {
    pub dossier: DossierId,
    pub owner: PersonId,
    pub card: Card,
    /// HMAC of the secret that opens the public tracking page.
    pub tracking: Option<Vec<u8>>,
}

/// The most rows of an inbox page.
const PAGE: u64 = 200;

/// What is at these units, or at all of them, the most urgent first.
pub(crate) async fn inbox(db: &impl ConnectionTrait, units: Option<&BTreeSet<UnitCode>>) -> Result<Vec<Filed>, Failed> {
    let within = units.map(|units| card::Column::Unit.is_in(units.iter().map(UnitCode::as_str)));
    let rows = card::Entity::find()
        .filter(Condition::all().add_option(within))
        .filter(card::Column::Status.gt(0))
        // Both databases must order alike, and they disagree on where NULL stands.
        .order_by_asc(card::Column::Due.is_null())
        .order_by_asc(card::Column::Due)
        .order_by_desc(card::Column::MovedAt)
        .limit(PAGE)
        .all(db)
        .await?;
    rows.into_iter().map(filed).collect()
}

pub(crate) async fn find(db: &impl ConnectionTrait, id: &DossierId) -> Result<Option<Filed>, Failed> {
    card::Entity::find_by_id(id.0).one(db).await?.map(filed).transpose()
}

pub(crate) async fn find_by_code(db: &impl ConnectionTrait, code: &DossierCode) -> Result<Option<Filed>, Failed> {
    let row = card::Entity::find().filter(card::Column::Code.eq(code.as_str())).one(db).await?;
    row.map(filed).transpose()
}

/// The card of a code that this secret opens. One statement, whether there is none of this code or its secret is another.
pub(crate) async fn find_tracked(
    db: &impl ConnectionTrait,
    code: &str,
    tracking: &[u8],
) -> Result<Option<Filed>, Failed> {
    let row = card::Entity::find().filter(card::Column::Code.eq(code)).filter(card::Column::Tracking.eq(tracking));
    row.one(db).await?.map(filed).transpose()
}

/// Drops cards of dossiers that are not there.
pub(crate) async fn drop_strange(db: &impl ConnectionTrait, dossiers: &[DossierId]) -> Result<(), Failed> {
    let known: BTreeSet<uuid::Uuid> = dossiers.iter().map(|id| id.0).collect();
    let query = card::Entity::find().select_only().column(card::Column::Dossier);
    let filed: Vec<uuid::Uuid> = query.into_tuple().all(db).await?;
    for id in filed.into_iter().filter(|id| !known.contains(id)) {
        card::Entity::delete_by_id(id).exec(db).await?;
    }
    Ok(())
}

/// Files a card, over the old one; what opens the public page stays unless a new one is given.
pub(crate) fn file(batch: &mut Batch, filed: &Filed) {
    let Filed { dossier, owner, card, tracking } = filed;
    let row = card::ActiveModel {
        dossier: Set(dossier.0),
        owner: Set(owner.0),
        procedure: Set(card.procedure.to_string()),
        status: Set(i16::from(card.status)),
        unit: Set(card.unit.as_ref().map(ToString::to_string)),
        code: Set(card.code.as_ref().map(ToString::to_string)),
        submitted_at: Set(card.submitted_at.map(|t| t.0)),
        due: Set(card.due.map(|t| t.0)),
        moved_at: Set(card.moved_at.map(|t| t.0)),
        tracking: Set(tracking.clone()),
    };
    use card::Column::{Code, Due, MovedAt, Owner, Procedure, Status, SubmittedAt, Tracking, Unit};
    let mut over = OnConflict::column(card::Column::Dossier);
    over.update_columns([Owner, Procedure, Status, Unit, Code, SubmittedAt, Due, MovedAt]);
    if tracking.is_some() {
        over.update_column(Tracking);
    }
    batch.add(card::Entity::insert(row).on_conflict(over).into_query());
}

fn filed(row: card::Model) -> Result<Filed, Failed> {
    Ok(Filed {
        dossier: DossierId(row.dossier),
        owner: PersonId(row.owner),
        card: Card {
            procedure: row.procedure.parse()?,
            status: row.status as u8,
            unit: row.unit.map(|u| u.parse()).transpose()?,
            code: row.code.map(|c| c.parse()).transpose()?,
            submitted_at: row.submitted_at.map(Timestamp),
            due: row.due.map(Timestamp),
            moved_at: row.moved_at.map(Timestamp),
        },
        tracking: row.tracking,
    })
}
