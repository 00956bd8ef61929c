//! Who looked into a dossier: for its citizen; and what staff open for a reason.

use super::body::{self, Object};
use crate::app::App;
use crate::auth::{DeskCaller, PhoneCaller};
use crate::problem::{self, Problem};
use crate::readings::{self as acts, Alert, BREAK_GLASS_SECONDS};
use crate::{projection, words};
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, get, post};
use dossier::ids::DossierId;
use dossier::wire::to_bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BreakGlassRequest {
    /// The official code.
    code: String,
    /// For the citizen and the head of the unit, 10 to 500 characters.
    reason: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct OpenedWord {
    dossier: String,
    /// Milliseconds since 1970; until then it can be opened.
    until: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnmaskRequest {
    /// For the citizen, 10 to 500 characters.
    reason: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct NumberWord {
    field: String,
    value: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct AlertWord {
    dossier: String,
    code: Option<String>,
    n: u64,
    at: i64,
    staff: String,
    name: String,
    unit: String,
    reason: String,
}

impl From<Alert> for AlertWord {
    fn from(alert: Alert) -> Self {
        let Alert { dossier, code, reading } = alert;
        let reason = reading.purpose.reason().unwrap_or_default().to_owned();
        Self {
            dossier: dossier.to_string(),
            code: code.map(|code| code.to_string()),
            n: reading.n,
            at: reading.at.0,
            staff: reading.staff.to_string(),
            name: reading.name,
            unit: reading.unit.to_string(),
            reason,
        }
    }
}

/// Who of the staff looked into one's own dossier, the first one first: a CBOR array of `dossier::reading::Reading`.
#[utoipa::path(
    tag = "phone",
    params(("dossier" = String, Path)),
    responses((status = 200, content_type = "application/cbor", body = Vec<u8>), (status = 401), (status = 403), (status = 404))
)]
#[get("/v1/dossiers/{dossier}/readings")]
pub(crate) async fn of_own(
    app: Data<App>,
    caller: PhoneCaller,
    dossier: Path<String>,
) -> Result<HttpResponse, Problem> {
    let readings = acts::of_own(&app, &caller.device.person, &id(&dossier)?).await?;
    Ok(HttpResponse::Ok().content_type("application/cbor").body(to_bytes(&readings)))
}

/// Opens a dossier that is at no unit of one's own, by its official code. The citizen sees who and why, the head of its
/// unit is told.
#[utoipa::path(
    tag = "office",
    request_body = BreakGlassRequest,
    responses((status = 200, body = OpenedWord), (status = 400), (status = 401), (status = 403), (status = 404), (status = 413), (status = 415))
)]
#[post("/v1/office/break-glass")]
pub(crate) async fn break_glass(
    app: Data<App>,
    caller: DeskCaller,
    asked: Json<Object>,
) -> Result<Json<OpenedWord>, Problem> {
    let asked: BreakGlassRequest = body::read(asked.into_inner())?;
    let until = app.clock.now().plus_seconds(BREAK_GLASS_SECONDS).0;
    let dossier = acts::break_glass(&app, &caller.0, &asked.code, &asked.reason).await?;
    Ok(Json(OpenedWord { dossier: dossier.to_string(), until }))
}

/// The identity numbers of a dossier of one's own unit, for a reason that its citizen reads.
#[utoipa::path(
    tag = "office",
    params(("dossier" = String, Path)),
    request_body = UnmaskRequest,
    responses((status = 200, body = Vec<NumberWord>), (status = 400), (status = 401), (status = 403), (status = 404), (status = 413), (status = 415))
)]
#[post("/v1/office/dossiers/{dossier}/unmask")]
pub(crate) async fn unmask(
    app: Data<App>,
    caller: DeskCaller,
    dossier: Path<String>,
    asked: Json<Object>,
) -> Result<Json<Vec<NumberWord>>, Problem> {
    let asked: UnmaskRequest = body::read(asked.into_inner())?;
    let detail = projection::unmasked(&app, &caller.0, &id(&dossier)?, &asked.reason).await?;
    let numbers = words::numbers(detail.procedure, &detail.frozen);
    Ok(Json(numbers.into_iter().map(|(field, value)| NumberWord { field, value }).collect()))
}

/// What was opened out of turn at the units that one answers for, and nobody has seen yet.
#[utoipa::path(tag = "office", responses((status = 200, body = Vec<AlertWord>), (status = 401), (status = 403)))]
#[get("/v1/office/alerts")]
pub(crate) async fn alerts(app: Data<App>, caller: DeskCaller) -> Result<Json<Vec<AlertWord>>, Problem> {
    Ok(Json(acts::alerts(&app, &caller.0).await?.into_iter().map(AlertWord::from).collect()))
}

/// Notes that one has seen an alert.
#[utoipa::path(
    tag = "office",
    params(("dossier" = String, Path), ("n" = u64, Path)),
    responses((status = 204), (status = 401), (status = 403), (status = 404))
)]
#[post("/v1/office/alerts/{dossier}/{n}/seen")]
pub(crate) async fn see(
    app: Data<App>,
    caller: DeskCaller,
    alert: Path<(String, u64)>,
) -> Result<HttpResponse, Problem> {
    acts::see(&app, &caller.0, &id(&alert.0)?, alert.1).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn id(text: &str) -> Result<DossierId, Problem> {
    text.parse().map_err(|_| Problem::of(&problem::NOT_FOUND))
}
