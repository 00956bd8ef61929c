//! Accounts of staff and their recovery codes. Counting of failures is one statement that says what it was decided on, so
//! that of tries at the same moment each is counted.

use super::Failed;
use super::entity::{account, recovery_code};
use crate::keys::Keys;
use crate::seal::Place;
use dossier::ids::StaffId;
use dossier::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, Set,
};

/// Tries under logins that nobody has are written to this row, which no login names: they cost what others cost.
pub(crate) const NOBODY: StaffId = StaffId(uuid::Uuid::nil());

/// What is kept of a member of staff who can sign in.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub staff: StaffId,
    pub login: String,
    pub name: String,
    /// In the PHC's form, over a value that only this server's key makes of a password.
    pub password: Option<String>,
    /// The password was made by a machine: it serves until then, once, to choose another.
    pub one_time_until: Option<Timestamp>,
    pub totp: Option<Vec<u8>>,
    pub failures: u32,
    /// What failed since the last good sign-in, also while it was locked.
    pub tries: u32,
    pub locked_until: Option<Timestamp>,
    pub signed_in_at: Option<Timestamp>,
    /// Tokens of programs that were made until then were ended with the sessions.
    pub tokens_since: Option<Timestamp>,
    pub disabled: bool,
}

impl Account {
    pub(super) fn of(row: account::Model) -> Self {
        Self {
            staff: StaffId(row.id),
            login: row.login,
            name: row.name,
            password: row.password,
            one_time_until: row.one_time_until.map(Timestamp),
            totp: row.totp,
            failures: row.failures.unsigned_abs(),
            tries: row.tries.unsigned_abs(),
            locked_until: row.locked_until.map(Timestamp),
            signed_in_at: row.signed_in_at.map(Timestamp),
            tokens_since: row.tokens_since.map(Timestamp),
            disabled: row.disabled_at.is_some(),
        }
    }
}

/// The key of an authenticator as it is kept.
pub(crate) fn seal_totp(keys: &Keys, staff: &StaffId, key: &[u8]) -> Vec<u8> {
    keys.store.seal(totp_place(staff), key)
}

pub(crate) fn open_totp(keys: &Keys, staff: &StaffId, sealed: &[u8]) -> Result<Vec<u8>, Failed> {
    Ok(keys.store.open(totp_place(staff), sealed)?)
}

fn totp_place(staff: &StaffId) -> Place<'_> {
    Place { kind: "totp", owner: staff.bytes(), row: b"" }
}

/// Everybody's, by login.
pub(crate) async fn all(db: &impl ConnectionTrait) -> Result<Vec<Account>, Failed> {
    let rows = account::Entity::find().filter(account::Column::Id.ne(NOBODY.0));
    Ok(rows.order_by_asc(account::Column::Login).all(db).await?.into_iter().map(Account::of).collect())
}

pub(crate) async fn find(db: &impl ConnectionTrait, staff: &StaffId) -> Result<Option<Account>, Failed> {
    Ok(account::Entity::find_by_id(staff.0).one(db).await?.map(Account::of))
}

pub(crate) async fn by_login(db: &impl ConnectionTrait, login: &str) -> Result<Option<Account>, Failed> {
    let row = account::Entity::find().filter(account::Column::Login.eq(login)).one(db).await?;
    Ok(row.map(Account::of).filter(|account| account.staff != NOBODY))
}

/// Enters an account; its password is a one-time password. Stale if the login is taken.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    staff: &StaffId,
    (login, name): (&str, &str),
    (password, until): (&str, Timestamp),
    now: Timestamp,
) -> Result<(), Failed> {
    let mut row = empty(staff, login, name, now);
    row.password = Set(Some(password.to_owned()));
    row.one_time_until = Set(Some(until.0));
    row.insert(db).await.map_err(Failed::stale_if_taken)?;
    Ok(())
}

fn empty(staff: &StaffId, login: &str, name: &str, now: Timestamp) -> account::ActiveModel {
    account::ActiveModel {
        id: Set(staff.0),
        login: Set(login.to_owned()),
        name: Set(name.to_owned()),
        password: Set(None),
        one_time_until: Set(None),
        totp: Set(None),
        totp_step: Set(None),
        failures: Set(0),
        tries: Set(0),
        locked_until: Set(None),
        signed_in_at: Set(None),
        tokens_since: Set(None),
        provider_subject: Set(None),
        created_at: Set(now.0),
        disabled_at: Set(None),
    }
}

/// A new password: of their own choice, or a one-time password with its end.
pub(crate) async fn set_password(
    db: &impl ConnectionTrait,
    staff: &StaffId,
    password: &str,
    one_time_until: Option<Timestamp>,
) -> Result<(), Failed> {
    let update = account::Entity::update_many()
        .col_expr(account::Column::Password, Expr::value(Some(password.to_owned())))
        .col_expr(account::Column::OneTimeUntil, Expr::value(one_time_until.map(|t| t.0)));
    update.filter(account::Column::Id.eq(staff.0)).exec(db).await?;
    Ok(())
}

/// Counts a try that is about to be made, before it is known whether it is good; `false` if somebody else counted one at
/// the same moment and this was decided on what is no longer so.
pub(crate) async fn count_try(
    db: &impl ConnectionTrait,
    before: &Account,
    (failures, locked_until): (u32, Option<Timestamp>),
) -> Result<bool, Failed> {
    let update = account::Entity::update_many()
        .col_expr(account::Column::Failures, Expr::value(i32::try_from(failures).unwrap_or(i32::MAX)))
        .col_expr(account::Column::LockedUntil, Expr::value(locked_until.map(|t| t.0)))
        .col_expr(account::Column::Tries, Expr::col(account::Column::Tries).add(1))
        .filter(account::Column::Id.eq(before.staff.0))
        .filter(account::Column::Failures.eq(i32::try_from(before.failures).unwrap_or(i32::MAX)));
    Ok(update.exec(db).await?.rows_affected == 1)
}

/// The same work for a login that nobody has.
pub(crate) async fn count_nobodys_try(db: &impl ConnectionTrait, now: Timestamp) -> Result<(), Failed> {
    let update = account::Entity::update_many()
        .col_expr(account::Column::Tries, Expr::value(1))
        .filter(account::Column::Id.eq(NOBODY.0));
    if update.exec(db).await?.rows_affected == 0 {
        let conflict = OnConflict::column(account::Column::Id).do_nothing().to_owned();
        let insert = account::Entity::insert(empty(&NOBODY, "", "", now)).on_conflict(conflict);
        insert.exec_without_returning(db).await?;
    }
    Ok(())
}

/// Takes back the try that turned out good, unless another was counted since.
pub(crate) async fn give_back(db: &impl ConnectionTrait, before: &Account, counted: u32) -> Result<(), Failed> {
    let update = account::Entity::update_many()
        .col_expr(account::Column::Failures, Expr::value(i32::try_from(before.failures).unwrap_or(i32::MAX)))
        .col_expr(account::Column::LockedUntil, Expr::value(before.locked_until.map(|t| t.0)))
        .col_expr(account::Column::Tries, Expr::col(account::Column::Tries).sub(1))
        .filter(account::Column::Id.eq(before.staff.0))
        .filter(account::Column::Failures.eq(i32::try_from(counted).unwrap_or(i32::MAX)));
    update.exec(db).await?;
    Ok(())
}

/// A whole sign-in: nothing has failed any more.
pub(crate) async fn signed_in(db: &impl ConnectionTrait, staff: &StaffId, now: Timestamp) -> Result<(), Failed> {
    let update = account::Entity::update_many()
        .col_expr(account::Column::Failures, Expr::value(0))
        .col_expr(account::Column::Tries, Expr::value(0))
        .col_expr(account::Column::LockedUntil, Expr::value(None::<i64>))
        .col_expr(account::Column::SignedInAt, Expr::value(now.0));
    update.filter(account::Column::Id.eq(staff.0)).exec(db).await?;
    Ok(())
}

/// Uses a code's time step up; false if it, or a later one, was used before.
pub(crate) async fn use_step(db: &impl ConnectionTrait, staff: &StaffId, step: i64) -> Result<bool, Failed> {
    let unused = account::Column::TotpStep.is_null().or(account::Column::TotpStep.lt(step));
    let update = account::Entity::update_many()
        .col_expr(account::Column::TotpStep, Expr::value(step))
        .filter(account::Column::Id.eq(staff.0))
        .filter(unused);
    Ok(update.exec(db).await?.rows_affected == 1)
}

/// Binds an authenticator, whose first code was of this step; or, without one, none.
/// Ends every token that a program has of this account.
pub(crate) async fn end_tokens(db: &impl ConnectionTrait, staff: &StaffId, now: Timestamp) -> Result<(), Failed> {
    let update = account::Entity::update_many().col_expr(account::Column::TokensSince, Expr::value(now.0));
    update.filter(account::Column::Id.eq(staff.0)).exec(db).await?;
    Ok(())
}

pub(crate) async fn set_totp(
    db: &impl ConnectionTrait,
    staff: &StaffId,
    totp: Option<(Vec<u8>, i64)>,
) -> Result<(), Failed> {
    let (sealed, step) = totp.unzip();
    let update = account::Entity::update_many()
        .col_expr(account::Column::Totp, Expr::value(sealed))
        .col_expr(account::Column::TotpStep, Expr::value(step));
    update.filter(account::Column::Id.eq(staff.0)).exec(db).await?;
    recovery_code::Entity::delete_many().filter(recovery_code::Column::Staff.eq(staff.0)).exec(db).await?;
    Ok(())
}

pub(crate) async fn insert_recovery_codes(
    db: &impl ConnectionTrait,
    staff: &StaffId,
    lookups: Vec<Vec<u8>>,
) -> Result<(), Failed> {
    let row = |lookup| recovery_code::ActiveModel { staff: Set(staff.0), lookup: Set(lookup), used_at: Set(None) };
    recovery_code::Entity::insert_many(lookups.into_iter().map(row)).exec_without_returning(db).await?;
    Ok(())
}

/// Uses a recovery code up; false if it is none of this person's, or was used.
pub(crate) async fn use_recovery_code(
    db: &impl ConnectionTrait,
    staff: &StaffId,
    lookup: Vec<u8>,
    now: Timestamp,
) -> Result<bool, Failed> {
    let update = recovery_code::Entity::update_many()
        .col_expr(recovery_code::Column::UsedAt, Expr::value(now.0))
        .filter(recovery_code::Column::Staff.eq(staff.0))
        .filter(recovery_code::Column::Lookup.eq(lookup))
        .filter(recovery_code::Column::UsedAt.is_null());
    Ok(update.exec(db).await?.rows_affected == 1)
}

pub(crate) async fn disable(db: &impl ConnectionTrait, staff: &StaffId, now: Timestamp) -> Result<bool, Failed> {
    let update = account::Entity::update_many()
        .col_expr(account::Column::DisabledAt, Expr::value(now.0))
        .filter(account::Column::Id.eq(staff.0))
        .filter(account::Column::DisabledAt.is_null());
    Ok(update.exec(db).await?.rows_affected == 1)
}

/// Lifts a lock; what was tried since the last good sign-in stays told.
pub(crate) async fn unlock(db: &impl ConnectionTrait, staff: &StaffId) -> Result<(), Failed> {
    let update = account::Entity::update_many()
        .col_expr(account::Column::Failures, Expr::value(0))
        .col_expr(account::Column::LockedUntil, Expr::value(None::<i64>));
    update.filter(account::Column::Id.eq(staff.0)).exec(db).await?;
    Ok(())
}
