//! Who this server is.

use super::Failed;
use super::entity::{log_key, server_info};
use dossier::ids::ServerId;
use dossier::time::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, Set};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ServerInfo {
    pub server: ServerId,
    /// Changes when the server is restored from a backup: phones then offer again what it lost.
    pub incarnation: u64,
}

pub(crate) async fn find(db: &impl ConnectionTrait) -> Result<Option<ServerInfo>, Failed> {
    let row = server_info::Entity::find_by_id(1i16).one(db).await?;
    Ok(row.map(|r| ServerInfo { server: ServerId(r.server), incarnation: r.incarnation as u64 }))
}

pub(crate) async fn insert(db: &impl ConnectionTrait, info: &ServerInfo) -> Result<(), Failed> {
    let row =
        server_info::ActiveModel { id: Set(1), server: Set(info.server.0), incarnation: Set(info.incarnation as i64) };
    row.insert(db).await.map_err(Failed::stale_if_taken)?;
    Ok(())
}

/// The public key that this server's log is known by, if it has one.
pub(crate) async fn log_key(db: &impl ConnectionTrait) -> Result<Option<Vec<u8>>, Failed> {
    Ok(log_key::Entity::find().one(db).await?.map(|row| row.public_key))
}

/// All keys that the log is said to be known by; there is one.
pub(crate) async fn log_keys(db: &impl ConnectionTrait) -> Result<Vec<Vec<u8>>, Failed> {
    Ok(log_key::Entity::find().all(db).await?.into_iter().map(|row| row.public_key).collect())
}

/// In how many rows this server says who it is.
pub(crate) async fn rows(db: &impl ConnectionTrait) -> Result<usize, Failed> {
    Ok(server_info::Entity::find().all(db).await?.len())
}

pub(crate) async fn insert_log_key(
    db: &impl ConnectionTrait,
    public_key: &[u8; 32],
    now: Timestamp,
) -> Result<(), Failed> {
    let row = log_key::ActiveModel { public_key: Set(public_key.to_vec()), since: Set(now.0) };
    log_key::Entity::insert(row).exec_without_returning(db).await.map_err(Failed::stale_if_taken)?;
    Ok(())
}

/// Another life of this server; stale if it has begun already.
pub(crate) async fn begin_anew(db: &impl ConnectionTrait, old: u64, new: u64) -> Result<(), Failed> {
    let update = server_info::Entity::update_many()
        .col_expr(server_info::Column::Incarnation, Expr::value(new as i64))
        .filter(server_info::Column::Incarnation.eq(old as i64));
    if update.exec(db).await?.rows_affected == 1 { Ok(()) } else { Err(Failed::Stale) }
}
