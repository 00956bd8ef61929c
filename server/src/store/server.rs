//! Who this server is.

use super::Failed;
use super::entity::{log_key, server_info};
use dossier::ids::ServerId;
use dossier::time::Timestamp;
use sea_orm::{ActiveModelTrait as _, ConnectionTrait, EntityTrait as _, Set};

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

pub(crate) async fn insert_log_key(
    db: &impl ConnectionTrait,
    public_key: &[u8; 32],
    now: Timestamp,
) -> Result<(), Failed> {
    let row = log_key::ActiveModel { public_key: Set(public_key.to_vec()), since: Set(now.0) };
    log_key::Entity::insert(row).exec_without_returning(db).await.map_err(Failed::stale_if_taken)?;
    Ok(())
}
