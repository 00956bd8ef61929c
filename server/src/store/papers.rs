//! Which papers of a dossier are stored.

use super::Failed;
use super::batch::Batch;
use super::entity::paper;
use dossier::ids::{DossierId, PaperHash};
use dossier::layout::PaperKind;
use dossier::time::Timestamp;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _, Set,
};

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

/// A paper whose bytes are on disk.
pub(crate) struct Stored {
    pub hash: PaperHash,
    pub kind: PaperKind,
    pub size: u32,
}

/// Notes a paper, with the commit of its dossier that says so.
pub(crate) fn note(batch: &mut Batch, (id, version): (&DossierId, u64), paper: &Stored, now: Timestamp) {
    let row = paper::ActiveModel {
        dossier: Set(id.0),
        sha256: Set(paper.hash.bytes().to_vec()),
        kind: Set(paper.kind as i16),
        size: Set(paper.size as i32),
        stored_at: Set(now.0),
        version: Set(version as i64),
    };
    batch.add(paper::Entity::insert(row).into_query());
}

pub(super) fn kind_of(stored: i16) -> Result<PaperKind, Failed> {
    let kinds = [PaperKind::Jpeg, PaperKind::Png, PaperKind::Pdf];
    kinds.into_iter().find(|kind| *kind as i16 == stored).ok_or(Failed::Unreadable("paper"))
}
