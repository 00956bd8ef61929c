//! Papers: checked by content, sealed under their dossier's key, on disk before they are noted. An act that names one
//! counts only once it is noted. Officers see what was handed in, as pictures made anew.

use crate::app::App;
use crate::auth::policy::Staff;
use crate::commit;
use crate::picture;
use crate::problem::{self, Problem};
use crate::readings;
use crate::seal::{Place, Seal};
use crate::store::papers::{self as table, Stored};
use crate::store::{Failed, desk, dossiers};
use aws_lc_rs::digest::{SHA256, digest};
use dossier::event::What;
use dossier::ids::{DossierId, PaperHash, PersonId};
use dossier::layout::{Frozen, PAPERS_KEPT_BYTES_MAX, PAPERS_KEPT_MAX, PaperKind};
use dossier::reading::Looked;
use object_store::path::Path;
use object_store::{ObjectStoreExt as _, PutPayload};

/// How often a paper is noted before its phone is asked to come back; other processes may write the same dossier.
const ATTEMPTS: usize = 5;

/// Only a dossier's owner adds to it; to others it is not there.
pub(crate) async fn must_own(app: &App, person: &PersonId, dossier: &DossierId) -> Result<(), Problem> {
    let head = dossiers::head(&app.db.read, &app.keys, dossier).await?;
    match head {
        Some(head) if head.birth.owner == *person => Ok(()),
        _ => Err(Problem::of(&problem::NOT_FOUND)),
    }
}

pub(crate) async fn store(app: &App, dossier: &DossierId, hash: &PaperHash, bytes: &[u8]) -> Result<(), Problem> {
    if digest(&SHA256, bytes).as_ref() != hash.bytes() {
        return Err(Problem::of(&problem::PAPER_MISMATCH));
    }
    let kind = PaperKind::of(bytes).ok_or_else(|| Problem::of(&problem::PAPER_KIND))?;
    let stored = table::stored(&app.db.read, dossier).await?;
    if stored.iter().any(|(known, _)| known == hash) {
        return Ok(());
    }
    let all: u64 = stored.iter().map(|(_, size)| size).sum::<u64>() + bytes.len() as u64;
    if stored.len() >= PAPERS_KEPT_MAX || all > PAPERS_KEPT_BYTES_MAX {
        return Err(Problem::of(&problem::PAPERS_FULL));
    }
    let head = dossiers::head(&app.db.read, &app.keys, dossier).await?;
    let head = head.ok_or_else(|| Problem::of(&problem::NOT_FOUND))?;
    let sealed = head.held.seal.seal(place(dossier, hash), bytes);
    let put = app.papers.put(&path(dossier, hash), PutPayload::from(sealed)).await;
    put.map_err(|e| Problem::of(if is_full(&e) { &problem::FULL } else { &problem::INTERNAL }).because(e))?;
    note(app, dossier, Stored { hash: *hash, kind, size: bytes.len() as u32 }).await
}

/// A paper as an officer gets it.
pub(crate) enum Shown {
    /// A JPEG of our own making.
    Picture(Vec<u8>),
    /// The bytes as they came: hostile until the opposite is known, to be kept and not to be opened in a browser.
    Original(PaperKind, Vec<u8>),
}

/// A paper of a dossier of the officer's unit, if it was handed in: a draft's are nobody's but the citizen's. What is
/// no picture comes as it is, and so does what was asked for as it is.
pub(crate) async fn show(
    app: &App,
    staff: &Staff,
    (dossier, hash): (&DossierId, &PaperHash),
    original: bool,
) -> Result<Shown, Problem> {
    let not_found = || Problem::of(&problem::NOT_FOUND);
    let filed = desk::find(&app.db.read, dossier).await?.ok_or_else(not_found)?;
    let head = dossiers::head(&app.db.read, &app.keys, dossier).await?.ok_or_else(not_found)?;
    let purpose = readings::purpose(app, staff, (&filed, &head.held.seal)).await?;
    if !was_handed_in(app, dossier, &head.held.seal, hash).await? {
        return Err(not_found());
    }
    let unreadable = |cause: String| Problem::of(&problem::INTERNAL).because(cause);
    let stored = app.papers.get(&path(dossier, hash)).await.map_err(|e| unreadable(e.to_string()))?;
    let sealed = stored.bytes().await.map_err(|e| unreadable(e.to_string()))?;
    let bytes = head.held.seal.open(place(dossier, hash), &sealed)?;
    let kind = PaperKind::of(&bytes).ok_or_else(|| unreadable("a stored paper is of no kind".into()))?;
    readings::note(app, staff, (&filed, &head.held.seal), (Looked::Paper(*hash), purpose)).await?;
    if original {
        return Ok(Shown::Original(kind, bytes));
    }
    // A picture of 40 megapixels takes much memory: few at a time, off the threads that serve requests.
    let _permit = app.pictures.acquire().await.map_err(|e| Problem::of(&problem::BUSY).because(e))?;
    let made = tokio::task::spawn_blocking(move || match picture::made_anew(kind, &bytes) {
        Ok(picture) => Shown::Picture(picture),
        Err(_) => Shown::Original(kind, bytes),
    });
    made.await.map_err(|e| unreadable(e.to_string()))
}

/// The bytes that are stored under a paper's name, if they are what it says.
pub(crate) async fn stored(app: &App, dossier: &DossierId, seal: &Seal, hash: &PaperHash) -> Option<Vec<u8>> {
    let sealed = app.papers.get(&path(dossier, hash)).await.ok()?.bytes().await.ok()?;
    let bytes = seal.open(place(dossier, hash), &sealed).ok()?;
    (digest(&SHA256, &bytes).as_ref() == hash.bytes()).then_some(bytes)
}

/// Whether one of the frozen versions that were handed in names this paper.
async fn was_handed_in(app: &App, dossier: &DossierId, seal: &Seal, hash: &PaperHash) -> Result<bool, Problem> {
    for event in dossiers::events(&app.db.read, dossier, seal, 0).await? {
        let (What::Submitted(_, content, ..) | What::Supplemented(_, content, _)) = &event.what else { continue };
        let bytes = dossiers::frozen(&app.db.read, dossier, seal, content).await?;
        let frozen: Option<Frozen> = bytes.and_then(|b| minicbor::decode(&b).ok());
        let frozen = frozen.ok_or(Failed::Unreadable("frozen version"))?;
        if frozen.papers.iter().any(|(key, _)| key.hash == *hash) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn note(app: &App, dossier: &DossierId, paper: Stored) -> Result<(), Problem> {
    let _turn = app.turn(dossier).await;
    for _ in 0..ATTEMPTS {
        // Two uploads of the same paper at the same time are one paper.
        if table::stored(&app.db.write, dossier).await?.iter().any(|(known, _)| *known == paper.hash) {
            return Ok(());
        }
        match commit::paper(app, dossier, &paper, app.clock.now()).await {
            Err(Failed::Stale) => {}
            done => return Ok(done?),
        }
    }
    Err(Problem::of(&problem::BUSY).because(Failed::Stale))
}

fn is_full(error: &object_store::Error) -> bool {
    let mut causes = std::iter::successors(Some(error as &dyn std::error::Error), |e| e.source());
    causes.any(|e| e.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::StorageFull))
}

fn place<'a>(dossier: &'a DossierId, hash: &'a PaperHash) -> Place<'a> {
    Place { kind: "paper", owner: dossier.bytes(), row: hash.bytes() }
}

fn path(dossier: &DossierId, hash: &PaperHash) -> Path {
    Path::from(format!("{dossier}/{hash}"))
}
