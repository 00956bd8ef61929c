//! Evidence of changes that were refused: which, whose, why. The bytes stay in the push's evidence.

use super::Failed;
use super::entity::refused;
use dossier::decide::RefusedChange;
use dossier::ids::{DossierId, Thumbprint};
use dossier::time::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait as _, Set};

/// Keeps what is new of it.
pub(crate) async fn keep(
    db: &impl ConnectionTrait,
    dossier: &DossierId,
    device: &Thumbprint,
    changes: &[RefusedChange],
    now: Timestamp,
) -> Result<(), Failed> {
    let rows = changes.iter().map(|change| refused::ActiveModel {
        dossier: Set(dossier.0),
        hash: Set(change.hash.bytes().to_vec()),
        device: Set(device.bytes().to_vec()),
        code: Set(change.code.to_owned()),
        attack: Set(change.attack),
        at: Set(now.0),
    });
    use refused::Column::{Device, Dossier, Hash};
    let once = OnConflict::columns([Dossier, Hash, Device]).do_nothing().to_owned();
    refused::Entity::insert_many(rows).on_conflict(once).exec_without_returning(db).await?;
    Ok(())
}
