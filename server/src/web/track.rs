//! Public tracking by code and secret. It tells what any passer-by with the receipt in hand may know: code, how far it
//! is, unit and dates; never who, what for, or what is wrong.

use super::page::show;
use crate::app::App;
use crate::auth::whence;
use crate::problem::Problem;
use crate::{projection, words};
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use dossier::decide::Card;
use dossier::procedure::Catalogue;
use dossier::sentence::Language;
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Template)]
#[template(path = "track.html")]
struct TrackPage {
    found: Option<Found>,
    asked: bool,
}

struct Found {
    code: String,
    status: String,
    status_en: String,
    step: u8,
    unit: String,
    submitted: String,
    due: String,
    moved: String,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Look {
    code: String,
    secret: String,
}

/// Where code and secret are asked for.
#[utoipa::path(tag = "people", responses((status = 200)))]
#[get("/track")]
pub(crate) async fn form() -> HttpResponse {
    show(StatusCode::OK, &TrackPage { found: None, asked: false })
}

/// What is known by code and secret. The same page for an unknown code and a wrong secret.
#[utoipa::path(tag = "people", responses((status = 200), (status = 400), (status = 403), (status = 413), (status = 415), (status = 429)))]
#[post("/track")]
pub(crate) async fn look(app: Data<App>, request: HttpRequest, asked: Form<Look>) -> Result<HttpResponse, Problem> {
    let from = whence::of(&request, app.config.limits.proxies);
    let card = projection::track(&app, from, &asked.code, &asked.secret).await?;
    Ok(show(StatusCode::OK, &TrackPage { found: card.map(found), asked: true }))
}

fn found(card: Card) -> Found {
    let moment = |at: Option<dossier::time::Timestamp>| at.map_or_else(String::new, |at| at.to_string());
    let unit = card.unit.as_ref().and_then(|code| Catalogue::built_in().unit(code));
    let status = words::status(card.status);
    Found {
        code: card.code.map_or_else(String::new, |code| code.to_string()),
        status: status.say(Language::Vietnamese),
        status_en: status.say(Language::English),
        step: words::step(card.status).unwrap_or(0),
        unit: unit.map_or_else(String::new, |unit| unit.name.vi.clone()),
        submitted: moment(card.submitted_at),
        due: moment(card.due),
        moved: moment(card.moved_at),
    }
}
