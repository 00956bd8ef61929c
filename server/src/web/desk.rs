//! The desk: sign in with a token, see what is at the unit, open a dossier, accept it.

use super::page::{is_our_own, problem, see, show};
use crate::app::App;
use crate::auth::token;
use crate::problem::{self, Problem};
use crate::projection::{self, Detail};
use crate::store::desk::Filed;
use crate::{decide, seal, words};
use ::dossier::decide::{Command, Officer};
use ::dossier::ids::{CommandHash, CommandId, DossierId};
use ::dossier::layout::{PaperInfo, PaperKey, PaperKind};
use ::dossier::procedure::{Catalogue, Severity};
use ::dossier::sentence::Language;
use actix_web::http::StatusCode;
use actix_web::http::header::{COOKIE, HeaderValue, SET_COOKIE};
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use aws_lc_rs::digest::{SHA256, digest};
use serde::Deserialize;
use utoipa::ToSchema;

/// The cookie that holds the token that an officer signed in with; sent to these pages only.
const NAME: &str = "hoso-desk";
/// What the form's hash is taken over: the page has one command.
const ACCEPT: &[u8] = b"accept from the desk";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    refused: bool,
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct InboxPage<'a> {
    officer: &'a Officer,
    lines: Vec<Line>,
}

struct Line {
    id: String,
    title: String,
    procedure: String,
    status: String,
    submitted: String,
    due: String,
    overdue: bool,
    new: bool,
    /// The command that accepting from this page would be: pressing twice is one acceptance.
    command: String,
}

#[derive(Template)]
#[template(path = "dossier.html")]
struct DossierPage<'a> {
    line: Line,
    fields: Vec<(String, String, String)>,
    papers: Vec<PaperLine>,
    findings: Vec<(bool, String)>,
    events: Vec<(String, String)>,
    not_reviewed: Vec<String>,
    form_source: &'a str,
}

struct PaperLine {
    component: String,
    name: String,
    kilobytes: u32,
    hash: String,
    /// Only ever a download.
    pdf: bool,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct SignIn {
    token: String,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Accept {
    command: String,
}

/// Where an officer signs in.
#[utoipa::path(tag = "people", responses((status = 200)))]
#[get("/desk/sign-in")]
pub(crate) async fn sign_in_form() -> HttpResponse {
    show(StatusCode::OK, &SignInPage { refused: false })
}

/// Takes a token and keeps it in a cookie for these pages.
#[utoipa::path(tag = "people", responses((status = 303), (status = 400), (status = 401), (status = 403), (status = 413), (status = 415)))]
#[post("/desk/sign-in")]
pub(crate) async fn sign_in(app: Data<App>, request: HttpRequest, form: Form<SignIn>) -> HttpResponse {
    if !is_our_own(&request) {
        return problem(&Problem::of(&problem::CROSS_SITE));
    }
    let token = form.token.trim();
    match token::read_officer(&app.keys, &app.info.server, token, app.clock.now()) {
        Err(_) => show(StatusCode::UNAUTHORIZED, &SignInPage { refused: true }),
        Ok(_) => see_with_cookie(&app, "/desk", token, ""),
    }
}

/// Forgets the cookie.
#[utoipa::path(tag = "people", responses((status = 303), (status = 403)))]
#[post("/desk/sign-out")]
pub(crate) async fn sign_out(app: Data<App>, request: HttpRequest) -> HttpResponse {
    if !is_our_own(&request) {
        return problem(&Problem::of(&problem::CROSS_SITE));
    }
    see_with_cookie(&app, "/desk/sign-in", "", "; Max-Age=0")
}

/// What is at the officer's unit.
#[utoipa::path(tag = "people", responses((status = 200), (status = 303)))]
#[get("/desk")]
pub(crate) async fn inbox(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let Some(officer) = officer(&app, &request) else { return see("/desk/sign-in") };
    match projection::inbox(&app, &officer).await {
        Ok(filed) => {
            let lines = filed.iter().map(|filed| line(&app, filed)).collect();
            show(StatusCode::OK, &InboxPage { officer: &officer, lines })
        }
        Err(failed) => problem(&failed),
    }
}

/// One dossier, as it was handed in.
#[utoipa::path(tag = "people", params(("dossier" = String, Path)), responses((status = 200), (status = 303), (status = 404)))]
#[get("/desk/dossiers/{dossier}")]
pub(crate) async fn dossier(app: Data<App>, request: HttpRequest, id: Path<String>) -> HttpResponse {
    let Some(officer) = officer(&app, &request) else { return see("/desk/sign-in") };
    match read(&app, &officer, &id).await {
        Ok(detail) => show(StatusCode::OK, &page(&app, &detail)),
        Err(failed) => problem(&failed),
    }
}

/// Accepts a dossier. Pressing twice accepts once: the form carries the command's id.
#[utoipa::path(tag = "people", params(("dossier" = String, Path)), responses((status = 303), (status = 400), (status = 403), (status = 404), (status = 409), (status = 413), (status = 415)))]
#[post("/desk/dossiers/{dossier}/accept")]
pub(crate) async fn accept(app: Data<App>, request: HttpRequest, id: Path<String>, form: Form<Accept>) -> HttpResponse {
    if !is_our_own(&request) {
        return problem(&Problem::of(&problem::CROSS_SITE));
    }
    let Some(officer) = officer(&app, &request) else { return see("/desk/sign-in") };
    match carry_out(&app, &officer, &id, &form.command).await {
        Ok(id) => see(&format!("/desk/dossiers/{id}")),
        Err(failed) => problem(&failed),
    }
}

async fn carry_out(app: &App, officer: &Officer, id: &str, command: &str) -> Result<DossierId, Problem> {
    let id: DossierId = id.parse().map_err(|_| Problem::of(&problem::NOT_FOUND))?;
    let command: CommandId = command.parse().map_err(|_| Problem::of(&problem::MALFORMED))?;
    let hash = CommandHash(digest(&SHA256, ACCEPT).as_ref().try_into().expect("SHA-256 has 32 bytes"));
    decide::command(app, officer, &id, (command, hash, &Command::Accept), |_| Vec::new()).await?;
    Ok(id)
}

async fn read(app: &App, officer: &Officer, id: &str) -> Result<Detail, Problem> {
    let id: DossierId = id.parse().map_err(|_| Problem::of(&problem::NOT_FOUND))?;
    projection::detail(app, officer, &id).await
}

pub(super) fn officer(app: &App, request: &HttpRequest) -> Option<Officer> {
    let cookies = request.headers().get_all(COOKIE).filter_map(|header| header.to_str().ok());
    let mut pairs = cookies.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, token) = pairs.find(|(name, _)| *name == NAME)?;
    token::read_officer(&app.keys, &app.info.server, token, app.clock.now()).ok()
}

/// Leads on and sets the cookie. A token is base64 and dots, which a cookie takes as they are.
fn see_with_cookie(app: &App, address: &str, token: &str, end: &str) -> HttpResponse {
    let mut answer = see(address);
    let secure = if app.config.https { "; Secure" } else { "" };
    let cookie = format!("{NAME}={token}; Path=/desk; HttpOnly; SameSite=Strict{secure}{end}");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        answer.headers_mut().insert(SET_COOKIE, cookie);
    }
    answer
}

fn line(app: &App, filed: &Filed) -> Line {
    let card = &filed.card;
    let procedure = Catalogue::built_in().procedure(&card.procedure);
    let moment = |at: Option<::dossier::time::Timestamp>| at.map_or_else(String::new, |at| at.to_string());
    let id = filed.dossier.to_string();
    Line {
        title: card.code.as_ref().map_or_else(|| id[id.len() - 12..].to_owned(), ToString::to_string),
        id,
        procedure: procedure.map_or_else(|| card.procedure.to_string(), |p| p.name.vi.clone()),
        status: words::status(card.status).say(Language::Vietnamese),
        submitted: moment(card.submitted_at),
        due: moment(card.due),
        overdue: card.due.is_some_and(|due| due < app.clock.now()),
        new: card.status == 1,
        command: uuid::Builder::from_random_bytes(seal::random()).into_uuid().to_string(),
    }
}

fn page<'a>(app: &App, detail: &'a Detail) -> DossierPage<'a> {
    let name = |component: &str| {
        let known = detail.procedure.component(component);
        known.map_or_else(|| component.to_owned(), |c| c.name.vi.clone())
    };
    let paper = |(key, info): &(PaperKey, PaperInfo)| PaperLine {
        component: name(&key.component),
        name: info.name.clone(),
        kilobytes: info.size / 1024 + 1,
        hash: key.hash.to_string(),
        pdf: info.kind == PaperKind::Pdf,
    };
    let papers = detail.frozen.papers.iter();
    let findings = detail.findings.iter();
    let not_reviewed = words::not_reviewed(detail.procedure, detail.filed.card.unit.as_ref());
    DossierPage {
        line: line(app, &detail.filed),
        fields: words::fields(detail.procedure, &detail.frozen),
        papers: papers.map(paper).collect(),
        findings: findings.map(|f| (f.severity == Severity::Error, f.message.say(Language::Vietnamese))).collect(),
        events: detail.events.iter().map(|e| (e.at.to_string(), words::event(e, &detail.events))).collect(),
        not_reviewed: not_reviewed.iter().map(|place| words::place(place)).collect(),
        form_source: &detail.procedure.form_source,
    }
}
