//! The desk's pages for what needs a reason: identity numbers whole, a dossier that is none of one's work, and what a head is
//! told of that.

use super::desk;
use super::page::{Me, see as lead, show};
use crate::app::App;
use crate::auth::{DeskCaller, DeskForm, SessionCaller};
use crate::problem::{self, Problem};
use crate::{projection, readings};
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, post};
use askama::Template;
use dossier::ids::DossierId;
use dossier::sentence::Language;
use serde::Deserialize;
use serde::de::IgnoredAny;
use utoipa::ToSchema;

#[derive(Template)]
#[template(path = "break_glass.html")]
struct BreakGlassPage {
    me: Me,
}

#[derive(Template)]
#[template(path = "alerts.html")]
struct AlertsPage {
    me: Me,
    alerts: Vec<AlertLine>,
}

struct AlertLine {
    dossier: String,
    n: u64,
    title: String,
    at: String,
    said: String,
    reason: String,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Reason {
    reason: String,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct BreakGlass {
    code: String,
    reason: String,
}

/// A dossier with its identity numbers whole, this once.
#[utoipa::path(tag = "people", params(("dossier" = String, Path)), responses((status = 200), (status = 303), (status = 400), (status = 403), (status = 404), (status = 413), (status = 415)))]
#[post("/desk/dossiers/{dossier}/unmask")]
pub(crate) async fn unmask(
    app: Data<App>,
    caller: DeskCaller,
    session: SessionCaller,
    id: Path<String>,
    DeskForm(asked): DeskForm<Reason>,
) -> Result<HttpResponse, Problem> {
    let detail = projection::unmasked(&app, &caller.0, &read_id(&id)?, &asked.reason).await?;
    Ok(desk::show_dossier(&app, (&caller, &session), &detail))
}

/// Where a reason is asked for.
#[utoipa::path(tag = "people", responses((status = 200), (status = 303), (status = 403)))]
#[get("/desk/break-glass")]
pub(crate) async fn ask(caller: DeskCaller, session: SessionCaller) -> HttpResponse {
    show(StatusCode::OK, &BreakGlassPage { me: Me::of(&caller, &session) })
}

/// Opens a dossier that is none of one's work.
#[utoipa::path(tag = "people", responses((status = 303), (status = 400), (status = 403), (status = 404), (status = 413), (status = 415)))]
#[post("/desk/break-glass")]
pub(crate) async fn break_glass(
    app: Data<App>,
    caller: DeskCaller,
    DeskForm(asked): DeskForm<BreakGlass>,
) -> Result<HttpResponse, Problem> {
    let dossier = readings::break_glass(&app, &caller.0, &asked.code, &asked.reason).await?;
    Ok(lead(&format!("/desk/dossiers/{dossier}")))
}

/// What was opened out of turn.
#[utoipa::path(tag = "people", responses((status = 200), (status = 303), (status = 403)))]
#[get("/desk/alerts")]
pub(crate) async fn alerts(
    app: Data<App>,
    caller: DeskCaller,
    session: SessionCaller,
) -> Result<HttpResponse, Problem> {
    let line = |alert: readings::Alert| {
        let reading = &alert.reading;
        AlertLine {
            dossier: alert.dossier.to_string(),
            n: reading.n,
            title: alert.code.map_or_else(|| alert.dossier.to_string(), |code| code.to_string()),
            at: reading.at.to_string(),
            said: reading.sentence().say(Language::Vietnamese),
            reason: reading.purpose.reason().unwrap_or_default().to_owned(),
        }
    };
    let alerts = readings::alerts(&app, &caller.0).await?.into_iter().map(line).collect();
    Ok(show(StatusCode::OK, &AlertsPage { me: Me::of(&caller, &session), alerts }))
}

/// Notes that it was seen.
#[utoipa::path(tag = "people", params(("dossier" = String, Path), ("n" = u64, Path)), responses((status = 303), (status = 400), (status = 403), (status = 404)))]
#[post("/desk/alerts/{dossier}/{n}/seen")]
pub(crate) async fn see(
    app: Data<App>,
    caller: DeskCaller,
    alert: Path<(String, u64)>,
    _form: DeskForm<IgnoredAny>,
) -> Result<HttpResponse, Problem> {
    readings::see(&app, &caller.0, &read_id(&alert.0)?, alert.1).await?;
    Ok(lead("/desk/alerts"))
}

fn read_id(text: &str) -> Result<DossierId, Problem> {
    text.parse().map_err(|_| Problem::of(&problem::NOT_FOUND))
}
