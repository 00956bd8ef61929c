//! Everything that was written of one dossier, read back commit by commit as the items that its book speaks of. A row
//! that is not what this server wrote is named.

use super::dossiers::{Head, place};
use super::entity::{
    audience, card, change, command, delivery_record, device, device_past, event, evidence, feed, frozen, manifest,
    paper, reading, taken_back,
};
use super::{Altered, Failed, papers, post};
use crate::book;
use crate::seal::Seal;
use dossier::decide::{ChangeRow, Evidence};
use dossier::delivery::{Manifest, SignedRecord};
use dossier::event::Event;
use dossier::ids::{
    Actor, CommandHash, CommandId, ContentHash, DossierId, ManifestId, PaperHash, ParcelId, PersonId, Signature,
    Thumbprint,
};
use dossier::log::Item;
use dossier::prescan::{self, prescan};
use dossier::standing::SignedStanding;
use dossier::wire::SignedManifest;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use std::collections::{BTreeMap, BTreeSet};

/// The items of each commit, by version.
pub(crate) type History = BTreeMap<u64, Vec<Item>>;

/// A dossier's rows, opened; each with the version that wrote it.
pub(crate) struct Written {
    pub changes: Vec<(u64, ChangeRow)>,
    pub evidence: Vec<(u64, Evidence)>,
    pub events: Vec<(u64, Event)>,
    pub frozen: Vec<(u64, ContentHash, Vec<u8>)>,
    pub manifests: Vec<(u64, ManifestId, SignedManifest)>,
    pub records: Vec<Recorded>,
    pub papers: Vec<(PaperHash, u32)>,
    /// Whose feeds show which version, and which device it came from.
    pub audiences: Vec<(u64, PersonId, Option<Thumbprint>)>,
    /// The server's word of before a restore, by which events happened again.
    pub taken_back: BTreeMap<u64, SignedStanding>,
    pub history: History,
    /// Rows that are not what this server wrote, which nothing above has.
    pub wrong: Vec<Altered>,
}

impl Written {
    /// Whether a row of this table could not be read.
    pub(crate) fn lacks(&self, table: &str) -> bool {
        self.wrong.iter().any(|altered| altered.table == table)
    }
}

/// Each row of a table by itself, so that one which was altered hides no other.
type Each<T> = Result<Vec<Result<T, Failed>>, Failed>;

/// Parts the rows of a dossier that can be read from those that are named. Only what may pass by itself is a failure.
fn part<T>((table, id): (&'static str, &DossierId), read: Each<T>, wrong: &mut Vec<Altered>) -> Result<Vec<T>, Failed> {
    let rows = read.unwrap_or_else(|failed| vec![Err(failed)]);
    let mut good = Vec::with_capacity(rows.len());
    for row in rows {
        match row {
            Ok(row) => good.push(row),
            Err(Failed::Altered(altered)) => wrong.push(altered),
            Err(failed) if failed.is_passing() => return Err(failed),
            Err(failed) if failed.is_of_the_tables() => wrong.push(Altered::table(table)),
            Err(_) => wrong.push(Altered::new(table, id, "a row of it cannot be read")),
        }
    }
    Ok(good)
}

/// A courier's record, and whose it is said to be.
pub(crate) struct Recorded {
    pub version: u64,
    pub parcel: ParcelId,
    pub courier: PersonId,
    pub device: Thumbprint,
    pub counter: u64,
    pub signed: SignedRecord,
    /// It is marked as one that nobody expected.
    pub disputed: bool,
}

/// Reads all commits; a row that is not what this server wrote is named and left out. Kinds are read in the order in which
/// a commit names them.
pub(crate) async fn read(db: &impl ConnectionTrait, id: &DossierId, head: &Head) -> Result<Written, Failed> {
    let seal = &head.held.seal;
    let (owner, open) = (head.birth.owner, head.birth.open.clone());
    let birth = Item::Birth { owner, open, data_key: book::sha256(&head.held.wrapped) };
    let (mut all, mut wrong) = (vec![(1, birth)], Vec::new());
    let changes = part(("change", id), changes(db, id, seal).await, &mut wrong)?;
    let changes: Vec<_> = changes.into_iter().flatten().collect();
    let mut last = (0, 0);
    for (version, row) in &changes {
        last = if last.0 == *version { (*version, last.1 + 1) } else { (*version, 0) };
        all.push((*version, book::change(row, last.1)));
    }
    let evidence = part(("evidence", id), evidences(db, id, seal).await, &mut wrong)?;
    all.extend(evidence.iter().map(|(version, believed)| (*version, Item::evidence(believed))));
    let events = part(("event", id), each_event(db, id, seal).await, &mut wrong)?;
    all.extend(events.iter().filter_map(|(version, e)| Some((*version, Item::Frozen(book::handed_in(e)?)))));
    all.extend(events.iter().map(|(version, event)| (*version, Item::event(event))));
    let manifests = part(("manifest", id), manifests(db, id, seal).await, &mut wrong)?;
    all.extend(manifests.iter().map(|(version, list, signed)| (*version, Item::manifest(*list, signed))));
    let records = part(("delivery_record", id), records(db, id, seal).await, &mut wrong)?;
    all.extend(records.iter().map(|r| (r.version, Item::Record(r.signed.hash(), r.parcel))));
    all.extend(part(("command", id), commands(db, id, seal).await, &mut wrong)?);
    let mut audiences = part(("feed", id), audiences(db, id).await, &mut wrong)?;
    audiences.sort_unstable();
    all.extend(audiences.iter().map(|(version, person, _)| (*version, Item::Audience(*person))));
    let papers = part(("paper", id), papers(db, id).await, &mut wrong)?;
    all.extend(papers.iter().map(|(version, item, ..)| (*version, item.clone())));
    let taken_back = part(("taken_back", id), words(db, id, seal).await, &mut wrong)?;
    let taken_back: BTreeMap<_, _> = taken_back.into_iter().collect();
    let frozen = part(("frozen", id), frozen_versions(db, id, seal).await, &mut wrong)?;
    all.extend(taken_back.iter().map(|(version, said)| (*version, Item::taken_back(said))));
    let mut history = History::new();
    for (version, item) in all {
        history.entry(version).or_default().push(item);
    }
    Ok(Written {
        changes,
        evidence,
        events,
        frozen,
        manifests,
        records,
        papers: papers.into_iter().map(|(_, _, hash, size)| (hash, size)).collect(),
        audiences,
        taken_back,
        history,
        wrong,
    })
}

async fn changes(db: &impl ConnectionTrait, id: &DossierId, seal: &Seal) -> Each<Vec<(u64, ChangeRow)>> {
    let rows = change::Entity::find()
        .filter(change::Column::Dossier.eq(id.0))
        .order_by_asc(change::Column::Version)
        .order_by_asc(change::Column::Position)
        .all(db)
        .await?;
    let mut next = (0, 0);
    let open = |row: change::Model| {
        let key = || format!("{id} {}", hex::encode(&row.hash));
        let expected = if next.0 == row.version { next.1 } else { 0 };
        next = (row.version, row.position + 1);
        if row.position != expected {
            return Err(Failed::Altered(Altered::new("change", key(), "it does not stand where it stood")));
        }
        run(id, seal, &row)
            .ok_or_else(|| Altered::unreadable("change", key()))?
            .ok_or_else(|| Failed::Altered(Altered::new("change", key(), "its columns differ from its change")))
    };
    Ok(rows.into_iter().map(open).collect())
}

/// The changes of one row; nothing if it cannot be read, nothing inside if its columns say something else.
fn run(id: &DossierId, seal: &Seal, row: &change::Model) -> Option<Option<Vec<(u64, ChangeRow)>>> {
    let sealed = seal.open(place("change", id, &row.hash), &row.body).ok()?;
    let run = prescan::split(&sealed).ok()?;
    let actor = Actor::try_from(row.actor.as_slice()).ok()?;
    let device = Thumbprint::try_from(row.device.as_slice()).ok()?;
    let mut changes = Vec::with_capacity(run.len());
    for (bytes, back) in run.iter().zip((0..run.len() as u64).rev()) {
        let header = prescan(bytes).ok()?;
        if header.actor != actor || header.seq.checked_add(back) != u64::try_from(row.seq).ok() {
            return Some(None);
        }
        let (hash, seq, epoch) = (header.hash, header.seq, row.epoch as u32);
        changes.push((row.version as u64, ChangeRow { hash, actor, device, epoch, seq, bytes: bytes.to_vec() }));
    }
    Some(Some(changes))
}

async fn evidences(db: &impl ConnectionTrait, id: &DossierId, seal: &Seal) -> Each<(u64, Evidence)> {
    let rows = evidence::Entity::find().filter(evidence::Column::Dossier.eq(id.0)).all(db).await?;
    let open = |row: evidence::Model| {
        let plain = seal.open(place("evidence", id, &row.version.to_be_bytes()), &row.body).ok();
        let believed: Option<Evidence> = plain.and_then(|plain| minicbor::decode(&plain).ok());
        let believed = believed.filter(|believed| believed.device.bytes().as_slice() == row.device);
        let believed = believed.ok_or_else(|| Altered::unreadable("evidence", format!("{id} {}", row.version)))?;
        Ok((row.version as u64, believed))
    };
    Ok(rows.into_iter().map(open).collect())
}

async fn words(db: &impl ConnectionTrait, id: &DossierId, seal: &Seal) -> Each<(u64, SignedStanding)> {
    let rows = taken_back::Entity::find().filter(taken_back::Column::Dossier.eq(id.0)).all(db).await?;
    let open = |row: taken_back::Model| {
        let plain = seal.open(place("taken back", id, &row.version.to_be_bytes()), &row.body).ok();
        let said = plain.and_then(|plain| minicbor::decode(&plain).ok());
        let said = said.ok_or_else(|| Altered::unreadable("taken_back", format!("{id} {}", row.version)))?;
        Ok((row.version as u64, said))
    };
    Ok(rows.into_iter().map(open).collect())
}

/// Events with the versions that wrote them.
async fn each_event(db: &impl ConnectionTrait, id: &DossierId, seal: &Seal) -> Each<(u64, Event)> {
    let rows = event::Entity::find().filter(event::Column::Dossier.eq(id.0)).order_by_asc(event::Column::Seq);
    let open = |row: event::Model| {
        let plain = seal.open(place("event", id, &row.seq.to_be_bytes()), &row.body).ok();
        let event: Option<Event> = plain.and_then(|plain| minicbor::decode(&plain).ok());
        let event = event.filter(|event| event.at.0 == row.at && i64::from(event.seq) == row.seq);
        Ok((row.version as u64, event.ok_or_else(|| Altered::unreadable("event", format!("{id} {}", row.seq)))?))
    };
    Ok(rows.all(db).await?.into_iter().map(open).collect())
}

async fn frozen_versions(db: &impl ConnectionTrait, id: &DossierId, seal: &Seal) -> Each<(u64, ContentHash, Vec<u8>)> {
    let rows = frozen::Entity::find().filter(frozen::Column::Dossier.eq(id.0)).all(db).await?;
    let open = |row: frozen::Model| {
        let unreadable = || Altered::unreadable("frozen", format!("{id} {}", hex::encode(&row.content)));
        let content = ContentHash::try_from(row.content.as_slice()).map_err(|_| unreadable())?;
        let bytes = seal.open(place("frozen", id, content.bytes()), &row.body).map_err(|_| unreadable())?;
        Ok((row.version as u64, content, bytes))
    };
    Ok(rows.into_iter().map(open).collect())
}

async fn manifests(db: &impl ConnectionTrait, id: &DossierId, seal: &Seal) -> Each<(u64, ManifestId, SignedManifest)> {
    let rows = manifest::Entity::find().filter(manifest::Column::Dossier.eq(id.0)).all(db).await?;
    let open = |row: manifest::Model| {
        let signed = post::read(id, seal, &row);
        let unreadable = || Altered::unreadable("manifest", format!("{id} {}", row.manifest));
        let signed = signed.map_err(|_| unreadable())?;
        let list: Manifest = minicbor::decode(&signed.manifest).map_err(|_| unreadable())?;
        if (list.id.0, list.courier.0) != (row.manifest, row.courier) {
            return Err(unreadable());
        }
        Ok((row.version as u64, ManifestId(row.manifest), signed))
    };
    Ok(rows.into_iter().map(open).collect())
}

async fn records(db: &impl ConnectionTrait, id: &DossierId, seal: &Seal) -> Each<Recorded> {
    let rows = delivery_record::Entity::find().filter(delivery_record::Column::Dossier.eq(id.0)).all(db).await?;
    let open = |row: delivery_record::Model| {
        let unreadable = || Altered::unreadable("delivery_record", format!("{id} {}", hex::encode(&row.hash)));
        let record = seal.open(place("record", id, &row.hash), &row.body).map_err(|_| unreadable())?;
        let signature = Signature::try_from(row.signature.as_slice()).map_err(|_| unreadable())?;
        let signed = SignedRecord { record, signature };
        let said = signed.read().map_err(|_| unreadable())?;
        if signed.hash().as_slice() != row.hash || said.counter as i64 != row.counter || said.parcel.0 != row.parcel {
            return Err(unreadable());
        }
        let device = Thumbprint::try_from(row.device.as_slice()).map_err(|_| unreadable())?;
        let (version, courier) = (row.version as u64, PersonId(row.courier));
        let (counter, disputed) = (said.counter, row.disputed);
        Ok(Recorded { version, parcel: said.parcel, courier, device, counter, signed, disputed })
    };
    Ok(rows.into_iter().map(open).collect())
}

async fn commands(db: &impl ConnectionTrait, id: &DossierId, seal: &Seal) -> Each<(u64, Item)> {
    let rows = command::Entity::find().filter(command::Column::Dossier.eq(id.0)).all(db).await?;
    let item = |row: command::Model| {
        let command = CommandId(row.command);
        let unreadable = |_| Altered::unreadable("command", format!("{id} {}", row.command));
        let answer = seal.open(place("command", id, command.bytes()), &row.answer).map_err(|e| unreadable(e.0))?;
        let body = CommandHash::try_from(row.body.as_slice()).map_err(|e| unreadable(e.0))?;
        Ok((row.version as u64, book::command(command, body, &answer)))
    };
    Ok(rows.into_iter().map(item).collect())
}

async fn audiences(db: &impl ConnectionTrait, id: &DossierId) -> Each<(u64, PersonId, Option<Thumbprint>)> {
    let rows = feed::Entity::find().filter(feed::Column::Dossier.eq(id.0)).all(db).await?;
    let open = |row: feed::Model| {
        let origin = row.origin.as_deref().map(Thumbprint::try_from).transpose();
        let origin = origin.map_err(|_| Altered::unreadable("feed", format!("{} {}", row.person, row.n)))?;
        Ok((row.version as u64, PersonId(row.person), origin))
    };
    Ok(rows.into_iter().map(open).collect())
}

async fn papers(db: &impl ConnectionTrait, id: &DossierId) -> Each<(u64, Item, PaperHash, u32)> {
    let rows = paper::Entity::find().filter(paper::Column::Dossier.eq(id.0)).all(db).await?;
    let item = |row: paper::Model| {
        let unreadable = || Altered::unreadable("paper", format!("{id} {}", hex::encode(&row.sha256)));
        let kind = papers::kind_of(row.kind).map_err(|_| unreadable())?;
        let hash = PaperHash::try_from(row.sha256.as_slice()).map_err(|_| unreadable())?;
        Ok((row.version as u64, Item::Paper(hash, row.size as u32, kind), hash, row.size as u32))
    };
    Ok(rows.into_iter().map(item).collect())
}

/// Rows of a dossier or person that is not there, by table.
pub(crate) async fn strangers(
    db: &impl ConnectionTrait,
    dossiers: &BTreeSet<DossierId>,
    people: &BTreeSet<PersonId>,
) -> Vec<(&'static str, Result<Vec<String>, Failed>)> {
    let mut strangers = Vec::new();
    macro_rules! look {
        ($($table:ident by $key:ident in $known:ident as $id:path),+ $(,)?) => {$(
            let query = $table::Entity::find().select_only().column($table::Column::$key).distinct();
            let ids: Result<Vec<uuid::Uuid>, _> = query.into_tuple().all(db).await;
            let lost = |id: &uuid::Uuid| !$known.contains(&$id(*id));
            let lost = ids.map(|ids| ids.iter().filter(|id| lost(id)).map(ToString::to_string).collect());
            strangers.push((stringify!($table), lost.map_err(Failed::from)));
        )+};
    }
    look!(
        change by Dossier in dossiers as DossierId,
        evidence by Dossier in dossiers as DossierId,
        taken_back by Dossier in dossiers as DossierId,
        event by Dossier in dossiers as DossierId,
        frozen by Dossier in dossiers as DossierId,
        paper by Dossier in dossiers as DossierId,
        command by Dossier in dossiers as DossierId,
        manifest by Dossier in dossiers as DossierId,
        delivery_record by Dossier in dossiers as DossierId,
        card by Dossier in dossiers as DossierId,
        reading by Dossier in dossiers as DossierId,
        feed by Dossier in dossiers as DossierId,
        device by Person in people as PersonId,
        device_past by Person in people as PersonId,
        feed by Person in people as PersonId,
        audience by Person in people as PersonId,
    );
    strangers
}
