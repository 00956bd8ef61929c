//! Sign-ins that were begun. What is sealed here is other modules' affair; here it is bytes.

use super::Failed;
use super::entity::sign_in;
use dossier::time::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, Set};

/// A sign-in that was used up before.
pub(crate) struct Used {
    pub at: Timestamp,
    /// What became of it; nothing while it is under way, and for ever where the server died of it.
    pub outcome: Option<Vec<u8>>,
}

/// How many wait; those whose time is over go.
pub(crate) async fn open(db: &impl ConnectionTrait, now: Timestamp) -> Result<u64, Failed> {
    sign_in::Entity::delete_many().filter(sign_in::Column::ExpiresAt.lte(now.0)).exec(db).await?;
    Ok(sign_in::Entity::find().count(db).await?)
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    state: Vec<u8>,
    kept: Vec<u8>,
    expires_at: Timestamp,
) -> Result<(), Failed> {
    let row = sign_in::ActiveModel {
        state: Set(state),
        kept: Set(kept),
        expires_at: Set(expires_at.0),
        used_at: Set(None),
        outcome: Set(None),
    };
    sign_in::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Uses a sign-in up and gives what was kept for it; `None` if there is none that waits. One statement, so that of two who
/// come with one state, one wins.
pub(crate) async fn use_up(db: &impl ConnectionTrait, state: &[u8], now: Timestamp) -> Result<Option<Vec<u8>>, Failed> {
    let update = sign_in::Entity::update_many()
        .col_expr(sign_in::Column::UsedAt, Expr::value(now.0))
        .filter(sign_in::Column::State.eq(state))
        .filter(sign_in::Column::UsedAt.is_null())
        .filter(sign_in::Column::ExpiresAt.gt(now.0));
    if update.exec(db).await?.rows_affected == 0 {
        return Ok(None);
    }
    Ok(sign_in::Entity::find_by_id(state).one(db).await?.map(|row| row.kept))
}

/// A sign-in that was used up, as long as its time is not over.
pub(crate) async fn used(db: &impl ConnectionTrait, state: &[u8], now: Timestamp) -> Result<Option<Used>, Failed> {
    let row = sign_in::Entity::find_by_id(state).filter(sign_in::Column::ExpiresAt.gt(now.0)).one(db).await?;
    Ok(row.and_then(|row| Some(Used { at: Timestamp(row.used_at?), outcome: row.outcome })))
}

/// Notes what became of a sign-in.
pub(crate) async fn end(db: &impl ConnectionTrait, state: &[u8], outcome: Vec<u8>) -> Result<(), Failed> {
    let update = sign_in::Entity::update_many().col_expr(sign_in::Column::Outcome, Expr::value(outcome));
    update.filter(sign_in::Column::State.eq(state)).exec(db).await?;
    Ok(())
}

/// Forgets a sign-in of which nothing came.
pub(crate) async fn forget(db: &impl ConnectionTrait, state: &[u8]) -> Result<(), Failed> {
    sign_in::Entity::delete_by_id(state.to_vec()).exec(db).await?;
    Ok(())
}
