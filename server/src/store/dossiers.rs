//! Reading a dossier: its data key, and everything that a decision or a page needs of it.

use super::Failed;
use super::entity::{change, dossier as table, event, frozen, paper};
use crate::keys::Keys;
use crate::seal::{Place, Seal, random};
use dossier::decide::{ActorLine, Birth, DossierState};
use dossier::event::Event;
use dossier::ids::{Actor, ChangeHash, ContentHash, DossierId, EntryCommitment, PaperHash, PersonId, Thumbprint};
use dossier::prescan;
use dossier::wire::{Blob, Open};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a commit needs beside the decision: the dossier's key, and where its book ends.
pub(crate) struct Held {
    pub seal: Seal,
    /// The key as it stands in the database.
    pub wrapped: Vec<u8>,
    pub tip: EntryCommitment,
}

impl Held {
    fn new(keys: &Keys, id: &DossierId) -> Self {
        let key = random();
        let wrapped = keys.store.seal(place("data key", id, b""), &key);
        Self { seal: Seal::new(&key), wrapped, tip: EntryCommitment::NONE }
    }

    fn read(keys: &Keys, id: &DossierId, wrapped: Vec<u8>, tip: Option<Vec<u8>>) -> Result<Self, Failed> {
        let key = keys.store.open(place("data key", id, b""), &wrapped)?;
        let key: [u8; 32] = key.as_slice().try_into().map_err(|_| Failed::Unreadable("data key"))?;
        let tip = tip.map_or(Ok(EntryCommitment::NONE), |tip| EntryCommitment::try_from(tip.as_slice()))?;
        Ok(Self { seal: Seal::new(&key), wrapped, tip })
    }
}

/// A dossier's row, its key open.
pub(crate) struct Head {
    pub version: u64,
    pub birth: Birth,
    pub held: Held,
    document: Option<Vec<u8>>,
}

impl Head {
    /// The merged document as saved by the last commit.
    pub(crate) fn document(&self, id: &DossierId) -> Result<Option<Vec<u8>>, Failed> {
        let open = |sealed: &Vec<u8>| self.held.seal.open(place("document", id, b""), sealed);
        Ok(self.document.as_ref().map(open).transpose()?)
    }
}

pub(crate) fn place<'a>(kind: &'static str, id: &'a DossierId, row: &'a [u8]) -> Place<'a> {
    Place { kind, owner: id.bytes(), row }
}

pub(crate) async fn head(db: &impl ConnectionTrait, keys: &Keys, id: &DossierId) -> Result<Option<Head>, Failed> {
    let Some(row) = table::Entity::find_by_id(id.0).one(db).await? else { return Ok(None) };
    let open = Open { layout: row.layout as u8, procedure: row.procedure.parse()?, catalogue: row.catalogue as u32 };
    Ok(Some(Head {
        version: row.version as u64,
        birth: Birth { owner: PersonId(row.owner), open },
        held: Held::read(keys, id, row.data_key, row.tip)?,
        document: row.document,
    }))
}

/// All that the server knows of a dossier, and what a commit needs; of one that it does not know, an empty state and a new key.
pub(crate) async fn load(
    db: &impl ConnectionTrait,
    keys: &Keys,
    id: &DossierId,
) -> Result<(DossierState, Held), Failed> {
    // The version is read first: should anything change while the rest is read, the commit will find it stale.
    let Some(head) = head(db, keys, id).await? else {
        return Ok((DossierState::unheard(*id), Held::new(keys, id)));
    };
    let state = DossierState {
        id: *id,
        version: head.version,
        document: head.document(id)?,
        actors: actors(db, id).await?,
        events: events(db, id, &head.held.seal, 0).await?,
        papers: papers(db, id).await?,
        birth: Some(head.birth),
        said: None,
    };
    Ok((state, head.held))
}

async fn actors(db: &impl ConnectionTrait, id: &DossierId) -> Result<BTreeMap<Actor, ActorLine>, Failed> {
    type Row = (Vec<u8>, Vec<u8>, i64, i64, Vec<u8>);
    let rows: Vec<Row> = change::Entity::find()
        .select_only()
        .columns([change::Column::Actor, change::Column::Device, change::Column::Epoch])
        .columns([change::Column::Seq, change::Column::Hash])
        .filter(change::Column::Dossier.eq(id.0))
        .order_by_asc(change::Column::Seq)
        .into_tuple()
        .all(db)
        .await?;
    let mut lines = BTreeMap::new();
    for (actor, device, epoch, seq, hash) in rows {
        let device = Thumbprint::try_from(device.as_slice())?;
        let tip = ChangeHash::try_from(hash.as_slice())?;
        let line = ActorLine { device, epoch: epoch as u32, seq: seq as u64, tip };
        lines.insert(Actor::try_from(actor.as_slice())?, line);
    }
    Ok(lines)
}

/// Events of commits after a version, in order.
pub(crate) async fn events(
    db: &impl ConnectionTrait,
    id: &DossierId,
    seal: &Seal,
    after: u64,
) -> Result<Vec<Event>, Failed> {
    let rows = event::Entity::find()
        .filter(event::Column::Dossier.eq(id.0))
        .filter(event::Column::Version.gt(after as i64))
        .order_by_asc(event::Column::Seq)
        .all(db)
        .await?;
    rows.iter()
        .map(|row| {
            let plain = seal.open(place("event", id, &row.seq.to_be_bytes()), &row.body)?;
            minicbor::decode(&plain).map_err(|_| Failed::Unreadable("event"))
        })
        .collect()
}

/// Changes of commits after a version, in the order of admission, but for those of one device.
pub(crate) async fn changes(
    db: &impl ConnectionTrait,
    id: &DossierId,
    seal: &Seal,
    after: u64,
    but_of: Option<&Thumbprint>,
) -> Result<Vec<Blob>, Failed> {
    let mut wanted = change::Entity::find()
        .filter(change::Column::Dossier.eq(id.0))
        .filter(change::Column::Version.gt(after as i64));
    if let Some(device) = but_of {
        wanted = wanted.filter(change::Column::Device.ne(device.bytes().to_vec()));
    }
    let ordered = wanted.order_by_asc(change::Column::Version).order_by_asc(change::Column::Position);
    let mut changes = Vec::new();
    for row in ordered.all(db).await? {
        let run = seal.open(place("change", id, &row.hash), &row.body)?;
        let run = prescan::split(&run).map_err(|_| Failed::Unreadable("change"))?;
        changes.extend(run.into_iter().map(|change| Blob(change.to_vec())));
    }
    Ok(changes)
}

async fn papers(db: &impl ConnectionTrait, id: &DossierId) -> Result<BTreeSet<PaperHash>, Failed> {
    let rows: Vec<Vec<u8>> = paper::Entity::find()
        .select_only()
        .column(paper::Column::Sha256)
        .filter(paper::Column::Dossier.eq(id.0))
        .into_tuple()
        .all(db)
        .await?;
    rows.iter().map(|hash| Ok(PaperHash::try_from(hash.as_slice())?)).collect()
}

/// The bytes of a frozen version.
pub(crate) async fn frozen(
    db: &impl ConnectionTrait,
    id: &DossierId,
    seal: &Seal,
    content: &ContentHash,
) -> Result<Option<Vec<u8>>, Failed> {
    let row = frozen::Entity::find_by_id((id.0, content.bytes().to_vec())).one(db).await?;
    let open = |row: frozen::Model| seal.open(place("frozen", id, content.bytes()), &row.body);
    Ok(row.map(open).transpose()?)
}

/// All dossiers, for what is recomputed over all of them.
pub(crate) async fn all(db: &impl ConnectionTrait) -> Result<Vec<DossierId>, Failed> {
    let query = table::Entity::find().select_only().column(table::Column::Dossier);
    let rows: Vec<uuid::Uuid> = query.order_by_asc(table::Column::Dossier).into_tuple().all(db).await?;
    Ok(rows.into_iter().map(DossierId).collect())
}
