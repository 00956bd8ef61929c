//! Uploading a paper.

use crate::app::App;
use crate::auth::PhoneCaller;
use crate::papers;
use crate::problem::{self, Problem};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse, put};
use dossier::layout::PAPER_MAX;
use futures_util::StreamExt as _;

/// Stores a paper of one's own dossier under the SHA-256 of its bytes. The same one twice is stored once.
#[utoipa::path(
    tag = "phone",
    params(("dossier" = String, Path), ("sha256" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204), (status = 400), (status = 401), (status = 403), (status = 404), (status = 409), (status = 413), (status = 415))
)]
#[put("/v1/dossiers/{dossier}/papers/{sha256}")]
pub(crate) async fn put(
    app: Data<App>,
    caller: PhoneCaller,
    request: HttpRequest,
    place: Path<(String, String)>,
    body: Payload,
) -> Result<HttpResponse, Problem> {
    let not_found = |_| Problem::of(&problem::NOT_FOUND);
    let (dossier, hash) = (place.0.parse().map_err(not_found)?, place.1.parse().map_err(not_found)?);
    papers::must_own(&app, &caller.device.person, &dossier).await?;
    let _permit = app.uploads.acquire().await.map_err(|e| Problem::of(&problem::BUSY).because(e))?;
    let bytes = whole(&request, body).await?;
    papers::store(&app, &dossier, &hash, &bytes).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The body, up to the largest paper; one that says it is larger is not read at all.
pub(super) async fn whole(request: &HttpRequest, mut body: Payload) -> Result<Vec<u8>, Problem> {
    let said = request.headers().get("content-length").and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|length| length > u64::from(PAPER_MAX)) {
        return Err(Problem::of(&problem::TOO_LARGE));
    }
    let mut bytes = Vec::with_capacity(said.unwrap_or(0) as usize);
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|e| Problem::of(&problem::MALFORMED).because(e))?;
        if bytes.len() + chunk.len() > PAPER_MAX as usize {
            return Err(Problem::of(&problem::TOO_LARGE));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
