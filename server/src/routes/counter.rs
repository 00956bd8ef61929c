//! The counter: an officer enters a dossier for a citizen who stands there. Both are named in what happens.

use super::body::{self, Object, field};
use super::office_command::idempotency_key;
use super::papers::whole;
use crate::app::App;
use crate::auth::DeskCaller;
use crate::counter::{Desk, Visit};
use crate::name::named;
use crate::problem::{self, Problem};
use actix_web::web::{Data, Json, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse, delete, post, put};
use dossier::act::{Authority, Behalf};
use dossier::ids::{CommandHash, DossierId};
use dossier::procedure::{Catalogue, clean_line};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CounterRequest {
    /// As it stands on the identity card that the citizen shows.
    name: String,
    /// 12 digits, or the 9 of the old card.
    citizen_number: String,
    procedure: String,
    /// Fields of the form, each as it is typed; null empties one.
    #[serde(default)]
    fields: BTreeMap<String, Option<String>>,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HandInRequest {
    /// For somebody else than the citizen at the counter.
    behalf: Option<BehalfRequest>,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BehalfRequest {
    /// Whose matter it is, by name.
    owner: String,
    /// `written`, `guardian` or `organisation`.
    authority: String,
    /// The paper that shows it: number, day, who made it out.
    #[serde(default)]
    reference: String,
}

#[derive(Deserialize)]
pub(super) struct PaperName {
    #[serde(default)]
    name: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct PaperHashWord {
    sha256: String,
}

/// Begins a dossier for the citizen at the counter, or goes on with it; the caller makes its id, a UUIDv7. The same once
/// more changes nothing.
#[utoipa::path(
    tag = "office",
    params(("dossier" = String, Path)),
    request_body = CounterRequest,
    responses((status = 204), (status = 400), (status = 401), (status = 403), (status = 404), (status = 409), (status = 413), (status = 415), (status = 503))
)]
#[put("/v1/office/counter/dossiers/{dossier}")]
pub(crate) async fn fill(
    app: Data<App>,
    caller: DeskCaller,
    dossier: Path<String>,
    asked: Json<Object>,
) -> Result<HttpResponse, Problem> {
    let asked: CounterRequest = body::read(asked.into_inner())?;
    let told = |what: String| Problem::of(&problem::MALFORMED).telling(what);
    let name = named(&asked.name).map_err(|why| told(format!("`name`: {why}")))?;
    let number = field("citizen_number", &asked.citizen_number)?;
    let code = field("procedure", &asked.procedure)?;
    let procedure = Catalogue::built_in().procedure(&code).ok_or_else(|| told("`procedure`: not known".into()))?;
    let visit = Visit { name, number, procedure };
    desk(&app, &caller, &dossier)?.fill(&visit, &asked.fields).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Adds a paper for a component of the dossier.
#[utoipa::path(
    tag = "office",
    params(("dossier" = String, Path), ("component" = String, Path), ("name" = Option<String>, Query)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = PaperHashWord), (status = 400), (status = 401), (status = 403), (status = 404), (status = 409), (status = 413), (status = 415), (status = 503))
)]
#[put("/v1/office/counter/dossiers/{dossier}/papers/{component}")]
pub(crate) async fn attach(
    app: Data<App>,
    caller: DeskCaller,
    request: HttpRequest,
    at: Path<(String, String)>,
    named: Query<PaperName>,
    body: Payload,
) -> Result<Json<PaperHashWord>, Problem> {
    let desk = desk(&app, &caller, &at.0)?;
    let _permit = app.uploads.acquire().await.map_err(|e| Problem::of(&problem::BUSY).because(e))?;
    let bytes = whole(&request, body).await?;
    let hash = desk.attach(&at.1, &named.name, &bytes).await?;
    Ok(Json(PaperHashWord { sha256: hash.to_string() }))
}

/// Takes a paper out again.
#[utoipa::path(
    tag = "office",
    params(("dossier" = String, Path), ("component" = String, Path), ("sha256" = String, Path)),
    responses((status = 204), (status = 401), (status = 403), (status = 404), (status = 409), (status = 503))
)]
#[delete("/v1/office/counter/dossiers/{dossier}/papers/{component}/{sha256}")]
pub(crate) async fn detach(
    app: Data<App>,
    caller: DeskCaller,
    at: Path<(String, String, String)>,
) -> Result<HttpResponse, Problem> {
    let hash = at.2.parse().map_err(|_| Problem::of(&problem::NOT_FOUND))?;
    desk(&app, &caller, &at.0)?.detach(&at.1, &hash).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Hands the dossier in to the officer's own unit, or what that unit had asked for; `Idempotency-Key` is a UUID of the
/// caller's making.
#[utoipa::path(
    tag = "office",
    params(("dossier" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = HandInRequest,
    responses((status = 204), (status = 400), (status = 401), (status = 403), (status = 404), (status = 409), (status = 413), (status = 415), (status = 503))
)]
#[post("/v1/office/counter/dossiers/{dossier}/hand-in")]
pub(crate) async fn hand_in(
    app: Data<App>,
    caller: DeskCaller,
    request: HttpRequest,
    dossier: Path<String>,
    asked: Json<Object>,
) -> Result<HttpResponse, Problem> {
    let id = idempotency_key(&request)?;
    let asked: HandInRequest = body::read(asked.into_inner())?;
    let bytes = serde_json::to_vec(&asked).expect("a request of plain fields is JSON");
    let hash = CommandHash(crate::book::sha256(&[b"hand in at the counter", bytes.as_slice()].concat()));
    let behalf = asked.behalf.map(behalf).transpose()?;
    desk(&app, &caller, &dossier)?.hand_in(behalf, (id, hash)).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn behalf(asked: BehalfRequest) -> Result<Behalf, Problem> {
    let authority = Authority::of_word(&asked.authority).ok_or_else(|| {
        Problem::of(&problem::MALFORMED).telling("`authority`: expected written, guardian or organisation".into())
    })?;
    Ok(Behalf { owner: clean_line(&asked.owner), authority, reference: clean_line(&asked.reference) })
}

fn desk<'a>(app: &'a App, caller: &'a DeskCaller, dossier: &str) -> Result<Desk<'a>, Problem> {
    let dossier: DossierId = dossier.parse().map_err(|_| Problem::of(&problem::NOT_FOUND))?;
    Ok(Desk { app, staff: &caller.0, dossier })
}
