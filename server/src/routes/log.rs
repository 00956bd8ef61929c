//! The log over HTTP: its last checkpoint, proofs that it only grew, its tiles for whoever wants to compute it anew, and
//! a citizen's receipts.

use crate::app::App;
use crate::auth::PhoneCaller;
use crate::problem::{self, Problem};
use crate::receipts;
use crate::store::log as table;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, Responder, get};
use dossier::ids::DossierId;
use dossier::log::{self, SignedCheckpoint, TileId, TilePath};
use dossier::wire::{Blob, to_bytes};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub(super) struct Consistency {
    /// The last checkpoint, a signed note.
    checkpoint: String,
    /// Hashes in hexadecimal, as RFC 9162 §2.1.4 orders them.
    proof: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Sizes {
    from: u64,
    /// The last checkpoint's size if it is not given.
    to: Option<u64>,
}

/// The last checkpoint (C2SP tlog-checkpoint). There is none before the first commit.
#[utoipa::path(tag = "everybody", responses((status = 200, content_type = "text/plain", body = String), (status = 404)))]
#[get("/v1/log/checkpoint")]
pub(crate) async fn checkpoint(app: Data<App>) -> Result<HttpResponse, Problem> {
    let head = table::head(&app.db.read).await?;
    if head.checkpoint.is_empty() {
        return Err(Problem::of(&problem::NOT_FOUND));
    }
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(head.checkpoint))
}

/// The last checkpoint, and the proof that the log of `from` entries is its beginning, or that of the log of `to` entries:
/// who holds two checkpoints can compare them though the log has grown since.
#[utoipa::path(
    tag = "everybody",
    params(("from" = u64, Query), ("to" = Option<u64>, Query)),
    responses((status = 200, body = Consistency), (status = 400), (status = 404))
)]
#[get("/v1/log/consistency")]
pub(crate) async fn consistency(app: Data<App>, asked: Query<Sizes>) -> Result<impl Responder, Problem> {
    let head = table::head(&app.db.read).await?;
    let size = SignedCheckpoint::parse(&head.checkpoint).map_err(|_| Problem::of(&problem::NOT_FOUND))?;
    let size = size.unverified().size;
    let to = asked.to.unwrap_or(size);
    // A log that is shorter than somebody's checkpoint has no proof to offer.
    if asked.from > to || to > size {
        return Err(Problem::of(&problem::NOT_FOUND));
    }
    let proof = table::consistency(&app.db.read, asked.from, to).await?;
    Ok(Json(Consistency { checkpoint: head.checkpoint, proof: proof.iter().map(hex::encode).collect() }))
}

/// A tile of the tree (C2SP tlog-tiles). A full one never changes.
#[utoipa::path(
    tag = "everybody",
    params(("path" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = 404))
)]
#[get("/v1/log/tile/{path:.*}")]
pub(crate) async fn tile(app: Data<App>, path: Path<String>) -> Result<HttpResponse, Problem> {
    let not_found = || Problem::of(&problem::NOT_FOUND);
    let asked: TilePath = format!("tile/{path}").parse().map_err(|_| not_found())?;
    let head = table::head(&app.db.read).await?;
    if asked.width > asked.id.width(head.size) {
        return Err(not_found());
    }
    let mut tiles = table::tiles(&app.db.read, &[asked.id]).await?;
    let mut hashes = tiles.remove(&asked.id).ok_or_else(not_found)?;
    hashes.truncate(usize::from(asked.width) * 32);
    let age = if is_full(&asked.id, head.size) { "max-age=31536000, immutable" } else { "max-age=60" };
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", age)).content_type("application/octet-stream").body(hashes))
}

fn is_full(id: &TileId, size: u64) -> bool {
    u64::from(id.width(size)) == log::TILE_WIDTH
}

/// What the server says of one's own dossier, all of it, signed (`dossier::standing::SignedStanding`, CBOR). A phone keeps
/// the newest and shows it should the server be put back from a backup.
#[utoipa::path(
    tag = "phone",
    params(("dossier" = String, Path)),
    responses((status = 200, content_type = "application/cbor", body = Vec<u8>), (status = 401), (status = 403), (status = 404))
)]
#[get("/v1/dossiers/{dossier}/standing")]
pub(crate) async fn standing_of(
    app: Data<App>,
    caller: PhoneCaller,
    dossier: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: DossierId = dossier.parse().map_err(|_| Problem::of(&problem::NOT_FOUND))?;
    let signed = receipts::standing(&app, &caller.device.person, &id).await?;
    Ok(HttpResponse::Ok().content_type("application/cbor").body(to_bytes(&signed)))
}

/// The receipts of one's own dossier: a CBOR array of byte strings, each a file as it is kept and handed on
/// (`dossier::receipt::Kept`). A proof is there once the log has the entry, within a minute.
#[utoipa::path(
    tag = "phone",
    params(("dossier" = String, Path)),
    responses((status = 200, content_type = "application/cbor", body = Vec<u8>), (status = 401), (status = 403), (status = 404))
)]
#[get("/v1/dossiers/{dossier}/receipts")]
pub(crate) async fn receipts_of(
    app: Data<App>,
    caller: PhoneCaller,
    dossier: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: DossierId = dossier.parse().map_err(|_| Problem::of(&problem::NOT_FOUND))?;
    let kept = receipts::of(&app, &caller.device.person, &id).await?;
    let files: Vec<Blob> = kept.iter().map(|kept| Blob(kept.to_bytes())).collect();
    Ok(HttpResponse::Ok().content_type("application/cbor").body(to_bytes(&files)))
}
