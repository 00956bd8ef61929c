//! Couriers' lists and records.

use super::Failed;
use super::dossiers::place;
use super::entity::{delivery_record, manifest, parcel, record_chain, refused_record};
use crate::seal::Seal;
use dossier::decide::RecordRow;
use dossier::ids::{DossierId, ManifestId, ParcelId, PersonId, Signature, Thumbprint};
use dossier::time::Timestamp;
use dossier::wire::SignedManifest;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, Set,
};
use std::collections::{BTreeMap, BTreeSet};

/// Where a parcel belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ParcelPlace {
    pub dossier: DossierId,
    pub manifest: ManifestId,
    pub courier: PersonId,
}

pub(crate) async fn find_parcel(db: &impl ConnectionTrait, id: &ParcelId) -> Result<Option<ParcelPlace>, Failed> {
    let row = parcel::Entity::find_by_id(id.0).one(db).await?;
    Ok(row.map(|r| ParcelPlace {
        dossier: DossierId(r.dossier),
        manifest: ManifestId(r.manifest),
        courier: PersonId(r.courier),
    }))
}

pub(crate) async fn insert_manifest(
    db: &impl ConnectionTrait,
    dossier: &DossierId,
    seal: &Seal,
    (version, list): (u64, &dossier::delivery::Manifest),
    signed: &SignedManifest,
) -> Result<(), Failed> {
    let row = manifest::ActiveModel {
        dossier: Set(dossier.0),
        manifest: Set(list.id.0),
        version: Set(version as i64),
        courier: Set(list.courier.0),
        body: Set(seal.seal(place("manifest", dossier, list.id.bytes()), &signed.manifest)),
        signature: Set(signed.signature.bytes().to_vec()),
    };
    row.insert(db).await.map_err(Failed::stale_if_taken)?;
    for item in &list.parcels {
        parcel_row(dossier, list, item).insert(db).await.map_err(Failed::stale_if_taken)?;
    }
    Ok(())
}

/// A dossier's lists for one courier, of commits after a version.
pub(crate) async fn manifests(
    db: &impl ConnectionTrait,
    dossier: &DossierId,
    seal: &Seal,
    courier: &PersonId,
    after: u64,
) -> Result<Vec<SignedManifest>, Failed> {
    let rows = manifest::Entity::find()
        .filter(manifest::Column::Dossier.eq(dossier.0))
        .filter(manifest::Column::Courier.eq(courier.0))
        .filter(manifest::Column::Version.gt(after as i64))
        .order_by_asc(manifest::Column::Version)
        .all(db)
        .await?;
    rows.iter().map(|row| read(dossier, seal, row)).collect()
}

pub(crate) async fn find_manifest(
    db: &impl ConnectionTrait,
    dossier: &DossierId,
    seal: &Seal,
    id: &ManifestId,
) -> Result<Option<SignedManifest>, Failed> {
    let row = manifest::Entity::find_by_id((dossier.0, id.0)).one(db).await?;
    row.map(|row| read(dossier, seal, &row)).transpose()
}

pub(super) fn read(dossier: &DossierId, seal: &Seal, row: &manifest::Model) -> Result<SignedManifest, Failed> {
    Ok(SignedManifest {
        manifest: seal.open(place("manifest", dossier, row.manifest.as_bytes()), &row.body)?,
        signature: Signature::try_from(row.signature.as_slice())?,
    })
}

/// Where a device's chain of records ends: counter and hash of the last one.
pub(crate) async fn chain(db: &impl ConnectionTrait, device: &Thumbprint) -> Result<Option<(u64, [u8; 32])>, Failed> {
    let row = record_chain::Entity::find_by_id(device.bytes().to_vec()).one(db).await?;
    row.map(|r| Ok((r.counter as u64, hash_of(&r.hash)?))).transpose()
}

pub(crate) async fn insert_record(
    db: &impl ConnectionTrait,
    (dossier, version): (&DossierId, u64),
    seal: &Seal,
    record: &RecordRow,
    now: Timestamp,
) -> Result<(), Failed> {
    let row = delivery_record::ActiveModel {
        dossier: Set(dossier.0),
        hash: Set(record.hash.to_vec()),
        parcel: Set(record.parcel.0),
        courier: Set(record.courier.0),
        device: Set(record.device.bytes().to_vec()),
        counter: Set(record.counter as i64),
        body: Set(seal.seal(place("record", dossier, &record.hash), &record.record)),
        signature: Set(record.signature.bytes().to_vec()),
        disputed: Set(record.disputed),
        at: Set(now.0),
        version: Set(version as i64),
    };
    row.insert(db).await.map_err(Failed::stale_if_taken)?;
    // One that counts only now, because its parcel was unknown when it came, has had its place in the chain.
    let taken = chain(db, &record.device).await?.is_some_and(|(last, _)| last >= record.counter);
    if taken { Ok(()) } else { put_chain(db, &record.device, (record.counter, record.hash)).await }
}

/// Whether a record that is kept was flagged; `None` if there is no such record.
pub(crate) async fn is_disputed(
    db: &impl ConnectionTrait,
    dossier: &DossierId,
    hash: &[u8; 32],
) -> Result<Option<bool>, Failed> {
    let row = delivery_record::Entity::find_by_id((dossier.0, hash.to_vec())).one(db).await?;
    Ok(row.map(|r| r.disputed))
}

/// Remembers why a record was refused: its answer may be lost, and it is told the same again.
pub(crate) async fn insert_refused(
    db: &impl ConnectionTrait,
    device: &Thumbprint,
    (counter, hash): (u64, [u8; 32]),
    code: &str,
    now: Timestamp,
) -> Result<(), Failed> {
    let row = refused_record::ActiveModel {
        device: Set(device.bytes().to_vec()),
        counter: Set(Some(counter as i64)),
        hash: Set(hash.to_vec()),
        code: Set(code.to_owned()),
        at: Set(now.0),
    };
    row.insert(db).await.map_err(Failed::stale_if_taken)?;
    Ok(())
}

/// Why a device's record was refused, if it was.
pub(crate) async fn find_refused(
    db: &impl ConnectionTrait,
    device: &Thumbprint,
    hash: &[u8; 32],
) -> Result<Option<String>, Failed> {
    let row = refused_record::Entity::find_by_id((device.bytes().to_vec(), hash.to_vec())).one(db).await?;
    Ok(row.map(|r| r.code))
}

/// Moves the end of a device's chain. A signed record in its place counts, whatever its content is worth.
pub(crate) async fn put_chain(
    db: &impl ConnectionTrait,
    device: &Thumbprint,
    (counter, hash): (u64, [u8; 32]),
) -> Result<(), Failed> {
    let end = record_chain::ActiveModel {
        device: Set(device.bytes().to_vec()),
        counter: Set(counter as i64),
        hash: Set(hash.to_vec()),
    };
    let over = OnConflict::column(record_chain::Column::Device)
        .update_columns([record_chain::Column::Counter, record_chain::Column::Hash])
        .to_owned();
    record_chain::Entity::insert(end).on_conflict(over).exec_without_returning(db).await?;
    Ok(())
}

/// Where every device's chain ends.
pub(crate) async fn chains(db: &impl ConnectionTrait) -> Result<BTreeMap<Thumbprint, (u64, [u8; 32])>, Failed> {
    let rows = record_chain::Entity::find().all(db).await?;
    let read = |r: record_chain::Model| {
        Ok((Thumbprint::try_from(r.device.as_slice())?, (r.counter as u64, hash_of(&r.hash)?)))
    };
    rows.into_iter().map(read).collect()
}

/// Every device's refused records, by their hashes.
pub(crate) async fn refused(db: &impl ConnectionTrait) -> Result<BTreeMap<Thumbprint, BTreeSet<[u8; 32]>>, Failed> {
    let mut refused = BTreeMap::<_, BTreeSet<_>>::new();
    for row in refused_record::Entity::find().all(db).await? {
        let device = Thumbprint::try_from(row.device.as_slice())?;
        refused.entry(device).or_default().insert(hash_of(&row.hash)?);
    }
    Ok(refused)
}

/// Puts every chain's end where the records and the diary of those refused have it. A chain with a refused record of which
/// the place is not known, from before places were noted, stays as it is.
pub(crate) async fn put_chains_anew(db: &impl ConnectionTrait) -> Result<(), Failed> {
    let mut chains = BTreeMap::<Vec<u8>, BTreeMap<i64, Vec<u8>>>::new();
    let mut unknown = BTreeSet::new();
    for row in delivery_record::Entity::find().all(db).await? {
        chains.entry(row.device).or_default().insert(row.counter, row.hash);
    }
    for row in refused_record::Entity::find().all(db).await? {
        let records = chains.entry(row.device.clone()).or_default();
        match row.counter {
            Some(counter) => _ = records.insert(counter, row.hash),
            None if records.values().any(|hash| *hash == row.hash) => {}
            None => _ = unknown.insert(row.device),
        }
    }
    let strange = record_chain::Column::Device.is_not_in(chains.keys().cloned());
    record_chain::Entity::delete_many().filter(strange).exec(db).await?;
    for (device, records) in chains.iter().filter(|(device, _)| !unknown.contains(*device)) {
        let Some((counter, hash)) = records.last_key_value() else { continue };
        put_chain(db, &Thumbprint::try_from(device.as_slice())?, (*counter as u64, hash_of(hash)?)).await?;
    }
    Ok(())
}

/// Notes where the parcels of a dossier's lists belong, and nothing else of it.
pub(crate) async fn put_parcels_anew(
    db: &impl ConnectionTrait,
    dossier: &DossierId,
    lists: &[dossier::delivery::Manifest],
) -> Result<(), Failed> {
    parcel::Entity::delete_many().filter(parcel::Column::Dossier.eq(dossier.0)).exec(db).await?;
    for (list, item) in lists.iter().flat_map(|list| list.parcels.iter().map(move |item| (list, item))) {
        let row = parcel_row(dossier, list, item);
        let over = OnConflict::column(parcel::Column::Parcel)
            .update_columns([parcel::Column::Dossier, parcel::Column::Manifest, parcel::Column::Courier])
            .to_owned();
        parcel::Entity::insert(row).on_conflict(over).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Forgets parcels of dossiers that are not there.
pub(crate) async fn drop_strange_parcels(db: &impl ConnectionTrait, dossiers: &[DossierId]) -> Result<(), Failed> {
    let known: BTreeSet<uuid::Uuid> = dossiers.iter().map(|id| id.0).collect();
    for row in parcel::Entity::find().all(db).await?.into_iter().filter(|row| !known.contains(&row.dossier)) {
        parcel::Entity::delete_by_id(row.parcel).exec(db).await?;
    }
    Ok(())
}

fn parcel_row(
    dossier: &DossierId,
    list: &dossier::delivery::Manifest,
    item: &dossier::delivery::Parcel,
) -> parcel::ActiveModel {
    parcel::ActiveModel {
        parcel: Set(item.id.0),
        dossier: Set(dossier.0),
        manifest: Set(list.id.0),
        courier: Set(list.courier.0),
    }
}

pub(super) fn hash_of(bytes: &[u8]) -> Result<[u8; 32], Failed> {
    bytes.try_into().map_err(|_| Failed::Unreadable("hash"))
}

/// Where each parcel belongs.
pub(crate) async fn parcels(
    db: &impl ConnectionTrait,
) -> Result<BTreeMap<ParcelId, (DossierId, ManifestId, PersonId)>, Failed> {
    let rows = parcel::Entity::find().all(db).await?;
    let at = |r: &parcel::Model| (DossierId(r.dossier), ManifestId(r.manifest), PersonId(r.courier));
    Ok(rows.into_iter().map(|row| (ParcelId(row.parcel), at(&row))).collect())
}
