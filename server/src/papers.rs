//! Papers: checked by content, sealed under their dossier's key, on disk before they are noted. An act that names one
//! counts only once it is noted.

use crate::app::App;
use crate::problem::{self, Problem};
use crate::seal::Place;
use crate::store::{dossiers, papers as table};
use aws_lc_rs::digest::{SHA256, digest};
use dossier::ids::{DossierId, PaperHash, PersonId};
use dossier::layout::{PAPERS_BYTES_MAX, PAPERS_MAX, PaperKind};
use object_store::path::Path;
use object_store::{ObjectStoreExt as _, PutPayload};

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
    if stored.len() >= PAPERS_MAX || all > PAPERS_BYTES_MAX {
        return Err(Problem::of(&problem::PAPERS_FULL));
    }
    let head = dossiers::head(&app.db.read, &app.keys, dossier).await?;
    let head = head.ok_or_else(|| Problem::of(&problem::NOT_FOUND))?;
    let sealed = head.key.seal.seal(place(dossier, hash), bytes);
    let put = app.papers.put(&path(dossier, hash), PutPayload::from(sealed)).await;
    put.map_err(|e| Problem::of(if is_full(&e) { &problem::FULL } else { &problem::INTERNAL }).because(e))?;
    table::note(&app.db.write, dossier, hash, (kind, bytes.len()), app.clock.now()).await?;
    Ok(())
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
