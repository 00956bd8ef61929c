//! Everything that was written of one dossier, read back commit by commit as the items that its book speaks of.

use super::dossiers::{Head, place};
use super::entity::{change, command, delivery_record, event, evidence, feed, manifest, paper};
use super::{Failed, post};
use crate::book;
use crate::seal::Seal;
use dossier::decide::ChangeRow;
use dossier::event::Event;
use dossier::ids::{Actor, CommandHash, CommandId, DossierId, ManifestId, PaperHash, ParcelId, PersonId, Thumbprint};
use dossier::log::Item;
use dossier::prescan;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use std::collections::BTreeMap;

/// The items of each commit, by version.
pub(crate) type History = BTreeMap<u64, Vec<Item>>;

/// Reads all commits. Kinds are read in the order in which a commit names them.
pub(crate) async fn read(db: &impl ConnectionTrait, id: &DossierId, head: &Head) -> Result<History, Failed> {
    let seal = &head.held.seal;
    let (owner, open) = (head.birth.owner, head.birth.open.clone());
    let birth = Item::Birth { owner, open, data_key: book::sha256(&head.held.wrapped) };
    let mut all = vec![(1, birth)];
    all.extend(changes(db, id, seal).await?);
    all.extend(evidences(db, id, seal).await?);
    let events = events(db, id, seal).await?;
    all.extend(events.iter().filter_map(|(version, e)| Some((*version, Item::Frozen(book::handed_in(e)?)))));
    all.extend(events.iter().map(|(version, event)| (*version, Item::event(event))));
    all.extend(manifests(db, id, seal).await?);
    all.extend(records(db, id).await?);
    all.extend(commands(db, id, seal).await?);
    all.extend(audiences(db, id).await?);
    all.extend(papers(db, id).await?);
    let mut history = History::new();
    for (version, item) in all {
        history.entry(version).or_default().push(item);
    }
    Ok(history)
}

/// Items with the versions that wrote them.
type Items = Vec<(u64, Item)>;

async fn changes(db: &impl ConnectionTrait, id: &DossierId, seal: &Seal) -> Result<Items, Failed> {
    let rows = change::Entity::find()
        .filter(change::Column::Dossier.eq(id.0))
        .order_by_asc(change::Column::Version)
        .order_by_asc(change::Column::Position)
        .all(db)
        .await?;
    let (mut items, mut last) = (Items::new(), (0, 0));
    for row in rows {
        let run = seal.open(place("change", id, &row.hash), &row.body)?;
        let run = prescan::split(&run).map_err(|_| Failed::Unreadable("change"))?;
        let first = (row.seq as u64 + 1).saturating_sub(run.len() as u64);
        for (bytes, seq) in run.iter().zip(first..) {
            let version = row.version as u64;
            let position = if last.0 == version { last.1 + 1 } else { 0 };
            let change = ChangeRow {
                hash: dossier::exchange::change_hash(bytes),
                actor: Actor::try_from(row.actor.as_slice())?,
                device: Thumbprint::try_from(row.device.as_slice())?,
                epoch: row.epoch as u32,
                seq,
                bytes: Vec::new(),
            };
            items.push((version, book::change(&change, position)));
            last = (version, position);
        }
    }
    Ok(items)
}

async fn evidences(db: &impl ConnectionTrait, id: &DossierId, seal: &Seal) -> Result<Items, Failed> {
    let rows = evidence::Entity::find().filter(evidence::Column::Dossier.eq(id.0)).all(db).await?;
    let item = |row: evidence::Model| {
        let plain = seal.open(place("evidence", id, &row.version.to_be_bytes()), &row.body)?;
        let believed = minicbor::decode(&plain).map_err(|_| Failed::Unreadable("evidence"))?;
        Ok((row.version as u64, Item::evidence(&believed)))
    };
    rows.into_iter().map(item).collect()
}

pub(crate) async fn events(
    db: &impl ConnectionTrait,
    id: &DossierId,
    seal: &Seal,
) -> Result<Vec<(u64, Event)>, Failed> {
    let rows = event::Entity::find().filter(event::Column::Dossier.eq(id.0)).order_by_asc(event::Column::Seq);
    let open = |row: event::Model| {
        let plain = seal.open(place("event", id, &row.seq.to_be_bytes()), &row.body)?;
        let event = minicbor::decode(&plain).map_err(|_| Failed::Unreadable("event"))?;
        Ok((row.version as u64, event))
    };
    rows.all(db).await?.into_iter().map(open).collect()
}

async fn manifests(db: &impl ConnectionTrait, id: &DossierId, seal: &Seal) -> Result<Items, Failed> {
    let rows = manifest::Entity::find().filter(manifest::Column::Dossier.eq(id.0)).all(db).await?;
    let item = |row: manifest::Model| {
        Ok((row.version as u64, Item::manifest(ManifestId(row.manifest), &post::read(id, seal, &row)?)))
    };
    rows.into_iter().map(item).collect()
}

async fn records(db: &impl ConnectionTrait, id: &DossierId) -> Result<Items, Failed> {
    let rows = delivery_record::Entity::find().filter(delivery_record::Column::Dossier.eq(id.0)).all(db).await?;
    let item = |row: delivery_record::Model| {
        Ok((row.version as u64, Item::Record(post::hash_of(&row.hash)?, ParcelId(row.parcel))))
    };
    rows.into_iter().map(item).collect()
}

async fn commands(db: &impl ConnectionTrait, id: &DossierId, seal: &Seal) -> Result<Items, Failed> {
    let rows = command::Entity::find().filter(command::Column::Dossier.eq(id.0)).all(db).await?;
    let item = |row: command::Model| {
        let command = CommandId(row.command);
        let answer = seal.open(place("command", id, command.bytes()), &row.answer)?;
        let body = CommandHash::try_from(row.body.as_slice())?;
        Ok((row.version as u64, book::command(command, body, &answer)))
    };
    rows.into_iter().map(item).collect()
}

async fn audiences(db: &impl ConnectionTrait, id: &DossierId) -> Result<Items, Failed> {
    let rows = feed::Entity::find().filter(feed::Column::Dossier.eq(id.0)).all(db).await?;
    let mut items: Vec<_> = rows.iter().map(|row| (row.version as u64, PersonId(row.person))).collect();
    items.sort_unstable();
    Ok(items.into_iter().map(|(version, person)| (version, Item::Audience(person))).collect())
}

async fn papers(db: &impl ConnectionTrait, id: &DossierId) -> Result<Items, Failed> {
    let rows = paper::Entity::find().filter(paper::Column::Dossier.eq(id.0)).all(db).await?;
    let item = |row: paper::Model| {
        let kind = super::papers::kind_of(row.kind)?;
        let hash = PaperHash::try_from(row.sha256.as_slice())?;
        Ok((row.version as u64, Item::Paper(hash, row.size as u32, kind)))
    };
    rows.into_iter().map(item).collect()
}
