//! Changes that were refused: which, whose, why, and of the worst that their device signed for them.

use super::Failed;
use super::dossiers::{self, place};
use super::entity::refused;
use crate::keys::Keys;
use dossier::decide::{Proof, RefusedChange};
use dossier::ids::{ChangeHash, DossierId, Thumbprint};
use dossier::time::Timestamp;
use dossier::wire::to_bytes;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, Set,
};

/// So many proofs are kept of one device, each at most as large as a push: more would show no more, and fill the disk.
const PROOFS: u64 = 16;

/// A refused change as an operator sees it.
pub(crate) struct Line {
    pub dossier: DossierId,
    pub hash: ChangeHash,
    pub code: String,
    pub attack: bool,
    pub at: Timestamp,
    pub proof: Option<Proof>,
}

/// Keeps what is new of it.
pub(crate) async fn keep(
    db: &impl ConnectionTrait,
    keys: &Keys,
    dossier: &DossierId,
    device: &Thumbprint,
    (changes, proof): (&[RefusedChange], Option<&Proof>),
    now: Timestamp,
) -> Result<(), Failed> {
    let proof = match proof {
        Some(proof) if proofs(db, device).await? < PROOFS => Some(sealed(db, keys, dossier, proof).await?),
        _ => None,
    };
    let rows = changes.iter().map(|change| {
        let proof = proof.as_ref().filter(|(hash, _)| *hash == change.hash);
        refused::ActiveModel {
            dossier: Set(dossier.0),
            hash: Set(change.hash.bytes().to_vec()),
            device: Set(device.bytes().to_vec()),
            code: Set(change.code.to_owned()),
            attack: Set(change.attack),
            at: Set(now.0),
            proof: Set(proof.map(|(_, sealed)| sealed.clone())),
        }
    });
    use refused::Column::{Device, Dossier, Hash};
    let once = OnConflict::columns([Dossier, Hash, Device]).do_nothing().to_owned();
    refused::Entity::insert_many(rows).on_conflict(once).exec_without_returning(db).await?;
    Ok(())
}

async fn proofs(db: &impl ConnectionTrait, device: &Thumbprint) -> Result<u64, Failed> {
    let of_device = refused::Entity::find().filter(refused::Column::Device.eq(device.bytes().to_vec()));
    Ok(of_device.filter(refused::Column::Proof.is_not_null()).count(db).await?)
}

async fn sealed(
    db: &impl ConnectionTrait,
    keys: &Keys,
    dossier: &DossierId,
    proof: &Proof,
) -> Result<(ChangeHash, Vec<u8>), Failed> {
    let (hash, bytes) = (proof.hash(), to_bytes(proof));
    let at = place("refused", dossier, hash.bytes());
    let sealed = match dossiers::head(db, keys, dossier).await? {
        Some(head) => head.held.seal.seal(at, &bytes),
        None => keys.store.seal(at, &bytes),
    };
    Ok((hash, sealed))
}

/// What was refused of a device, in its order.
pub(crate) async fn of(db: &impl ConnectionTrait, keys: &Keys, device: &Thumbprint) -> Result<Vec<Line>, Failed> {
    let rows = refused::Entity::find().filter(refused::Column::Device.eq(device.bytes().to_vec()));
    let mut lines = Vec::new();
    for row in rows.order_by_asc(refused::Column::At).all(db).await? {
        let dossier = DossierId(row.dossier);
        let proof = match &row.proof {
            Some(sealed) => Some(opened(db, keys, &dossier, &row.hash, sealed).await?),
            None => None,
        };
        lines.push(Line {
            dossier,
            hash: ChangeHash::try_from(row.hash.as_slice())?,
            code: row.code,
            attack: row.attack,
            at: Timestamp(row.at),
            proof,
        });
    }
    Ok(lines)
}

/// The dossier may have been opened since the proof was sealed without it.
async fn opened(
    db: &impl ConnectionTrait,
    keys: &Keys,
    dossier: &DossierId,
    hash: &[u8],
    sealed: &[u8],
) -> Result<Proof, Failed> {
    let head = dossiers::head(db, keys, dossier).await?;
    let by_dossier = head.and_then(|head| head.held.seal.open(place("refused", dossier, hash), sealed).ok());
    let plain = match by_dossier {
        Some(plain) => plain,
        None => keys.store.open(place("refused", dossier, hash), sealed)?,
    };
    minicbor::decode(&plain).map_err(|_| Failed::Unreadable("proof"))
}
