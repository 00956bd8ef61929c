//! Receipts: for each event that has one, a signed statement, and as soon as the log has the event's entry, the proof of
//! it. Made when asked for: all that a receipt says is kept anyway.

use crate::app::App;
use crate::problem::{self, Problem};
use crate::store::dossiers::{self, Head};
use crate::store::history::{self, History};
use crate::store::log::{self as table, Logged};
use crate::store::{Database, Failed};
use dossier::event::{By, Event};
use dossier::exchange::change_hash;
use dossier::ids::{DossierId, EntryCommitment, KeyId, PaperHash, PersonId, TreeHash};
use dossier::layout::Frozen;
use dossier::log::{Book, Entry, SignedCheckpoint, items_to_bytes};
use dossier::receipt::{Kept, Proof, Receipt, Subject, Writer, papers_digest};
use dossier::standing::{SignedStanding, Standing};
use dossier::wire::to_bytes;

/// All receipts of a dossier, for its owner. Entries and the rows that they speak of are read as they are at one moment: a
/// receipt with the one and without the other would be an alarm on the phone.
pub(crate) async fn of(app: &App, person: &PersonId, id: &DossierId) -> Result<Vec<Kept>, Problem> {
    let view = app.db.view().await.map_err(Failed::from)?;
    let head = owned(app, &view, person, id).await?;
    let written = history::read(&view, id, &head).await?;
    // Nothing is signed about rows of which one cannot be read.
    if let Some(altered) = written.wrong.first() {
        return Err(Failed::Altered(altered.clone()).into());
    }
    let book = Making {
        history: written.history,
        entries: table::book(&view, &Book::Dossier(*id)).await?,
        checkpoint: table::head(&view).await?.checkpoint,
        head,
        id: *id,
    };
    let mut receipts = Vec::new();
    for (version, event) in &written.events {
        receipts.extend(one(app, &view, &book, *version, event).await?);
    }
    view.rollback().await.map_err(Failed::from)?;
    Ok(receipts)
}

/// All that is held of a dossier, for its owner.
pub(crate) async fn standing(app: &App, person: &PersonId, id: &DossierId) -> Result<SignedStanding, Problem> {
    let view = app.db.view().await.map_err(Failed::from)?;
    let head = owned(app, &view, person, id).await?;
    let events = dossiers::events(&view, id, &head.held.seal, 0).await?;
    let changes = dossiers::changes(&view, id, &head.held.seal, 0, None).await?;
    view.rollback().await.map_err(Failed::from)?;
    let changes = changes.iter().map(|change| change_hash(&change.0)).collect();
    let standing = Standing { dossier: *id, owner: head.birth.owner, changes, events };
    Ok(standing.signed(&app.info.server, |message| app.keys.sign(message)))
}

/// A dossier for its owner; for anybody else there is none.
async fn owned(app: &App, db: &impl Database, person: &PersonId, id: &DossierId) -> Result<Head, Problem> {
    let head = dossiers::head(db, &app.keys, id).await?;
    head.filter(|head| head.birth.owner == *person).ok_or_else(|| Problem::of(&problem::NOT_FOUND))
}

struct Making {
    id: DossierId,
    head: Head,
    history: History,
    entries: Vec<Logged>,
    checkpoint: String,
}

/// The receipt of one event; `None` if it gets none, or is older than the log.
async fn one(
    app: &App,
    db: &impl Database,
    book: &Making,
    version: u64,
    event: &Event,
) -> Result<Option<Kept>, Failed> {
    let Some(subject) = Subject::of(event) else { return Ok(None) };
    let Some(at) = book.entries.iter().position(|logged| logged.n == version) else { return Ok(None) };
    let (papers, logged) = (papers(db, book, &subject).await?, &book.entries[at]);
    let receipt = Receipt {
        server: app.info.server,
        dossier: book.id,
        seq: event.seq,
        papers: papers_digest(&papers),
        subject,
        entry: logged.commitment,
        writer: writer(&event.by),
        at: event.at,
    };
    let receipt = receipt.signed(KeyId::of(&app.keys.public()), |message| app.keys.sign(message));
    let previous = at.checked_sub(1).map_or(EntryCommitment::NONE, |before| book.entries[before].commitment);
    let entry = Entry { book: logged.book, n: logged.n, previous, digest: logged.digest };
    let items = book.history.get(&version).map(|items| items_to_bytes(items)).unwrap_or_default();
    let proof = proof(db, book, logged, &entry, (to_bytes(event), items)).await?;
    Ok(Some(Kept { receipt, papers, proof }))
}

async fn proof(
    db: &impl Database,
    book: &Making,
    logged: &Logged,
    entry: &Entry,
    (event, items): (Vec<u8>, Vec<u8>),
) -> Result<Option<Proof>, Failed> {
    let Some(index) = logged.leaf else { return Ok(None) };
    let signed = SignedCheckpoint::parse(&book.checkpoint).map_err(|_| Failed::Unreadable("checkpoint"))?;
    let size = signed.unverified().size;
    if index >= size {
        return Ok(None);
    }
    let path = table::inclusion(db, index, size).await?;
    Ok(Some(Proof {
        event,
        items,
        entry: entry.to_bytes(),
        salt: logged.salt,
        index,
        path: path.into_iter().map(TreeHash).collect(),
        checkpoint: book.checkpoint.clone(),
    }))
}

/// The papers of the frozen version that was handed in, in its order.
async fn papers(db: &impl Database, book: &Making, subject: &Subject) -> Result<Vec<PaperHash>, Failed> {
    let (Subject::Submission(content) | Subject::Supplement(content)) = subject else { return Ok(Vec::new()) };
    let unreadable = || Failed::Unreadable("frozen version");
    let bytes = dossiers::frozen(db, &book.id, &book.head.held.seal, content).await?.ok_or_else(unreadable)?;
    let frozen: Frozen = minicbor::decode(&bytes).map_err(|_| unreadable())?;
    Ok(frozen.papers.iter().map(|(key, _)| key.hash).collect())
}

fn writer(by: &By) -> Writer {
    match by {
        By::Citizen(_) | By::Courier(..) => Writer::Device,
        By::CitizenAtCounter(..) => Writer::Counter,
        By::CitizenSession(_) | By::Officer(..) | By::Server => Writer::Session,
    }
}
