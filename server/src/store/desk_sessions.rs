//! Who is signed in at the desk. A session is found by the HMAC of its cookie's value; whenever more is proved, it goes on
//! under another one.

use super::Failed;
use super::accounts::{self, Account};
use super::entity::{account, desk_session};
use dossier::ids::StaffId;
use dossier::time::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, JoinType, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

#[derive(Clone)]
pub(crate) struct Held {
    pub id: Vec<u8>,
    pub staff: StaffId,
    pub posting: Option<Uuid>,
    pub begun_at: Timestamp,
    pub seen_at: Timestamp,
    /// When a second factor was last proved; never, while only the password was.
    pub stepped_up_at: Option<Timestamp>,
    pub totp_new: Option<Vec<u8>>,
    /// What failed before this sign-in, and since when.
    pub tries: u32,
    pub tries_since: Option<Timestamp>,
}

impl Held {
    fn of(row: desk_session::Model) -> Self {
        Self {
            id: row.id,
            staff: StaffId(row.staff),
            posting: row.posting,
            begun_at: Timestamp(row.begun_at),
            seen_at: Timestamp(row.seen_at),
            stepped_up_at: row.stepped_up_at.map(Timestamp),
            totp_new: row.totp_new,
            tries: row.tries.unsigned_abs(),
            tries_since: row.tries_since.map(Timestamp),
        }
    }
}

pub(crate) async fn insert(db: &impl ConnectionTrait, held: &Held) -> Result<(), Failed> {
    let row = desk_session::ActiveModel {
        id: Set(held.id.clone()),
        staff: Set(held.staff.0),
        posting: Set(held.posting),
        begun_at: Set(held.begun_at.0),
        seen_at: Set(held.seen_at.0),
        stepped_up_at: Set(held.stepped_up_at.map(|t| t.0)),
        ended_at: Set(None),
        totp_new: Set(held.totp_new.clone()),
        tries: Set(i32::try_from(held.tries).unwrap_or(i32::MAX)),
        tries_since: Set(held.tries_since.map(|t| t.0)),
    };
    row.insert(db).await.map_err(Failed::stale_if_taken)?;
    Ok(())
}

/// A session that was not ended, with its account.
pub(crate) async fn find(db: &impl ConnectionTrait, id: &[u8]) -> Result<Option<(Held, Account)>, Failed> {
    let to_account = desk_session::Entity::belongs_to(account::Entity)
        .from(desk_session::Column::Staff)
        .to(account::Column::Id)
        .into();
    let query = desk_session::Entity::find_by_id(id.to_vec())
        .filter(desk_session::Column::EndedAt.is_null())
        .join(JoinType::InnerJoin, to_account)
        .select_also(account::Entity);
    let found = query.one(db).await?;
    Ok(found.and_then(|(row, account)| Some((Held::of(row), Account::of(account?)))))
}

/// Puts what is now so in place of what was, under another id; false if the session has ended or moved on meanwhile.
pub(crate) async fn replace(db: &impl ConnectionTrait, old: &[u8], new: &Held) -> Result<bool, Failed> {
    let update = desk_session::Entity::update_many()
        .col_expr(desk_session::Column::Id, Expr::value(new.id.clone()))
        .col_expr(desk_session::Column::Posting, Expr::value(new.posting))
        .col_expr(desk_session::Column::SeenAt, Expr::value(new.seen_at.0))
        .col_expr(desk_session::Column::SteppedUpAt, Expr::value(new.stepped_up_at.map(|t| t.0)))
        .col_expr(desk_session::Column::TotpNew, Expr::value(new.totp_new.clone()))
        .col_expr(desk_session::Column::Tries, Expr::value(i32::try_from(new.tries).unwrap_or(i32::MAX)))
        .col_expr(desk_session::Column::TriesSince, Expr::value(new.tries_since.map(|t| t.0)))
        .filter(desk_session::Column::Id.eq(old.to_vec()))
        .filter(desk_session::Column::EndedAt.is_null());
    Ok(update.exec(db).await?.rows_affected == 1)
}

pub(crate) async fn seen(db: &impl ConnectionTrait, id: &[u8], now: Timestamp) -> Result<(), Failed> {
    let update = desk_session::Entity::update_many().col_expr(desk_session::Column::SeenAt, Expr::value(now.0));
    update.filter(desk_session::Column::Id.eq(id.to_vec())).exec(db).await?;
    Ok(())
}

/// Keeps the key that an authenticator is being given.
pub(crate) async fn keep_totp_new(db: &impl ConnectionTrait, id: &[u8], sealed: Vec<u8>) -> Result<(), Failed> {
    let update = desk_session::Entity::update_many().col_expr(desk_session::Column::TotpNew, Expr::value(Some(sealed)));
    update.filter(desk_session::Column::Id.eq(id.to_vec())).exec(db).await?;
    Ok(())
}

/// What of a person has not ended, the newest first.
pub(crate) async fn of(db: &impl ConnectionTrait, staff: &StaffId) -> Result<Vec<Held>, Failed> {
    let rows = desk_session::Entity::find()
        .filter(desk_session::Column::Staff.eq(staff.0))
        .filter(desk_session::Column::EndedAt.is_null())
        .order_by_desc(desk_session::Column::BegunAt);
    Ok(rows.all(db).await?.into_iter().map(Held::of).collect())
}

/// Ends one session.
pub(crate) async fn end(db: &impl ConnectionTrait, id: &[u8], now: Timestamp) -> Result<(), Failed> {
    let update = desk_session::Entity::update_many().col_expr(desk_session::Column::EndedAt, Expr::value(now.0));
    update.filter(desk_session::Column::Id.eq(id.to_vec())).exec(db).await?;
    Ok(())
}

/// Ends all sessions of a person but one, and what programs hold of the account; how many sessions that were.
pub(crate) async fn end_of(
    db: &impl ConnectionTrait,
    staff: &StaffId,
    but: Option<&[u8]>,
    now: Timestamp,
) -> Result<u64, Failed> {
    let mut update = desk_session::Entity::update_many()
        .col_expr(desk_session::Column::EndedAt, Expr::value(now.0))
        .filter(desk_session::Column::Staff.eq(staff.0))
        .filter(desk_session::Column::EndedAt.is_null());
    if let Some(but) = but {
        update = update.filter(desk_session::Column::Id.ne(but.to_vec()));
    }
    let ended = update.exec(db).await?.rows_affected;
    accounts::end_tokens(db, staff, now).await?;
    Ok(ended)
}

/// Forgets what began before a moment, ended or not.
pub(crate) async fn forget(db: &impl ConnectionTrait, before: Timestamp) -> Result<(), Failed> {
    desk_session::Entity::delete_many().filter(desk_session::Column::BegunAt.lt(before.0)).exec(db).await?;
    Ok(())
}
