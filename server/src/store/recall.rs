//! Proposals to take a result back, until another member of staff agrees.

use super::Failed;
use super::entity::recall_proposal;
use crate::seal::{Place, Seal};
use dossier::event::Proposer;
use dossier::ids::DossierId;
use dossier::time::Timestamp;
use dossier::wire::to_bytes;
use minicbor::{Decode, Encode};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, Set};

/// What was proposed, by whom, about which result.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Proposal {
    #[n(0)]
    pub by: Proposer,
    #[n(1)]
    pub reason: String,
    #[n(2)]
    pub at: Timestamp,
    /// The event that gave the result: of a later one, nothing was proposed.
    #[n(3)]
    pub about: u32,
}

fn place(dossier: &DossierId) -> Place<'_> {
    Place { kind: "recall proposal", owner: dossier.bytes(), row: b"" }
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    dossier: &DossierId,
    seal: &Seal,
) -> Result<Option<Proposal>, Failed> {
    let Some(row) = recall_proposal::Entity::find_by_id(dossier.0).one(db).await? else { return Ok(None) };
    let plain = seal.open(place(dossier), &row.sealed)?;
    Ok(Some(minicbor::decode(&plain).map_err(|_| Failed::Unreadable("recall proposal"))?))
}

/// Keeps a proposal, in place of an earlier one.
pub(crate) async fn put(
    db: &impl ConnectionTrait,
    dossier: &DossierId,
    seal: &Seal,
    proposal: &Proposal,
) -> Result<(), Failed> {
    let sealed = seal.seal(place(dossier), &to_bytes(proposal));
    let row = recall_proposal::ActiveModel { dossier: Set(dossier.0), sealed: Set(sealed) };
    let conflict =
        OnConflict::column(recall_proposal::Column::Dossier).update_column(recall_proposal::Column::Sealed).to_owned();
    recall_proposal::Entity::insert(row).on_conflict(conflict).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn delete(db: &impl ConnectionTrait, dossier: &DossierId) -> Result<(), Failed> {
    let of = recall_proposal::Entity::delete_many().filter(recall_proposal::Column::Dossier.eq(dossier.0));
    of.exec(db).await?;
    Ok(())
}
