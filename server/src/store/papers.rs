//! Which papers of a dossier are stored.

use super::Failed;
use super::entity::paper;
use dossier::ids::{DossierId, PaperHash};
use dossier::layout::PaperKind;
use dossier::time::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _, Set};

/// Hashes and sizes of a dossier's stored papers.
pub(crate) async fn stored(db: &impl ConnectionTrait, id: &DossierId) -> Result<Vec<(PaperHash, u64)>, Failed> {
    let rows: Vec<(Vec<u8>, i32)> = paper::Entity::find()
        .select_only()
        .columns([paper::Column::Sha256, paper::Column::Size])
        .filter(paper::Column::Dossier.eq(id.0))
        .into_tuple()
        .all(db)
        .await?;
    rows.iter().map(|(hash, size)| Ok((PaperHash::try_from(hash.as_slice())?, *size as u64))).collect()
}

/// Notes that a paper's bytes are on disk; noting it twice is noting it once.
pub(crate) async fn note(
    db: &impl ConnectionTrait,
    id: &DossierId,
    hash: &PaperHash,
    (kind, size): (PaperKind, usize),
    now: Timestamp,
) -> Result<(), Failed> {
    let row = paper::ActiveModel {
        dossier: Set(id.0),
        sha256: Set(hash.bytes().to_vec()),
        kind: Set(kind as i16),
        size: Set(size as i32),
        stored_at: Set(now.0),
    };
    let once = OnConflict::columns([paper::Column::Dossier, paper::Column::Sha256]).do_nothing().to_owned();
    paper::Entity::insert(row).on_conflict(once).exec_without_returning(db).await?;
    Ok(())
}
