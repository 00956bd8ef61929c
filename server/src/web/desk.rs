//! The desk: see what is at the unit, open a dossier, accept it.

use super::page::{Me, see, show};
use crate::app::App;
use crate::auth::policy::{Act, Staff};
use crate::auth::{DeskCaller, DeskForm, SessionCaller};
use crate::decide::{self, Asked};
use crate::problem::{self, Problem};
use crate::projection::{self, Detail};
use crate::store::desk::Filed;
use crate::words::Numbers;
use crate::{readings, seal, words};
use ::dossier::decide::Command;
use ::dossier::ids::{CommandHash, CommandId, DossierId};
use ::dossier::layout::{PaperInfo, PaperKey, PaperKind};
use ::dossier::procedure::{Catalogue, Severity};
use ::dossier::sentence::Language;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, post};
use askama::Template;
use aws_lc_rs::digest::{SHA256, digest};
use serde::Deserialize;
use utoipa::ToSchema;

/// What the form's hash is taken over: the page has one command.
const ACCEPT: &[u8] = b"accept from the desk";

#[derive(Template)]
#[template(path = "inbox.html")]
struct InboxPage {
    me: Me,
    /// How many sign-ins failed before this one, and since when.
    tries: Option<(u32, String)>,
    lines: Vec<Line>,
    /// What was opened out of turn and is to be seen.
    alerts: usize,
    can_break_glass: bool,
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
    me: Me,
    /// Whether this posting gives commands to the dossier at all.
    decides: bool,
    line: Line,
    fields: Vec<(String, String, String)>,
    papers: Vec<PaperLine>,
    findings: Vec<(bool, String)>,
    events: Vec<(String, String)>,
    not_reviewed: Vec<String>,
    form_source: &'a str,
    applicant: &'a str,
    behalf: Option<String>,
    /// Identity numbers are hidden, and the reader may ask for them.
    can_unmask: bool,
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
pub(crate) struct Accept {
    command: String,
}

/// What is at the officer's unit.
#[utoipa::path(tag = "people", responses((status = 200), (status = 303), (status = 403)))]
#[get("/desk")]
pub(crate) async fn inbox(app: Data<App>, caller: DeskCaller, session: SessionCaller) -> Result<HttpResponse, Problem> {
    let filed = projection::inbox(&app, &caller.0).await?;
    let lines = filed.iter().map(|filed| line(&app, &caller.0, filed)).collect();
    let held = &session.0.held;
    let since = held.tries_since.map_or_else(String::new, |at| at.to_string());
    let tries = (held.tries > 0).then_some((held.tries, since));
    let alerts = match caller.0.may(Act::SeeAlerts) {
        true => readings::alerts(&app, &caller.0).await?.len(),
        false => 0,
    };
    let can_break_glass = caller.0.may(Act::BreakGlass);
    let me = Me::of(&caller, &session);
    Ok(show(StatusCode::OK, &InboxPage { me, tries, lines, alerts, can_break_glass }))
}

/// One dossier, as it was handed in.
#[utoipa::path(tag = "people", params(("dossier" = String, Path)), responses((status = 200), (status = 303), (status = 403), (status = 404)))]
#[get("/desk/dossiers/{dossier}")]
pub(crate) async fn dossier(
    app: Data<App>,
    caller: DeskCaller,
    session: SessionCaller,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: DossierId = id.parse().map_err(|_| Problem::of(&problem::NOT_FOUND))?;
    let detail = projection::detail(&app, &caller.0, &id).await?;
    Ok(show_dossier(&app, (&caller, &session), &detail))
}

/// Accepts a dossier. Pressing twice accepts once: the form carries the command's id.
#[utoipa::path(tag = "people", params(("dossier" = String, Path)), responses((status = 303), (status = 400), (status = 403), (status = 404), (status = 409), (status = 413), (status = 415)))]
#[post("/desk/dossiers/{dossier}/accept")]
pub(crate) async fn accept(
    app: Data<App>,
    caller: DeskCaller,
    id: Path<String>,
    form: DeskForm<Accept>,
) -> Result<HttpResponse, Problem> {
    let id: DossierId = id.parse().map_err(|_| Problem::of(&problem::NOT_FOUND))?;
    let command: CommandId = form.0.command.parse().map_err(|_| Problem::of(&problem::MALFORMED))?;
    let hash = CommandHash(digest(&SHA256, ACCEPT).as_ref().try_into().expect("SHA-256 has 32 bytes"));
    decide::command(&app, &caller.0, &id, (command, hash, &Asked::Command(Command::Accept)), |_| Vec::new()).await?;
    Ok(see(&format!("/desk/dossiers/{id}")))
}

pub(super) fn show_dossier(app: &App, who: (&DeskCaller, &SessionCaller), detail: &Detail) -> HttpResponse {
    show(StatusCode::OK, &page(app, (Me::of(who.0, who.1), &who.0.0), detail))
}

fn line(app: &App, staff: &Staff, filed: &Filed) -> Line {
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
        // Who may not accept is not offered it.
        new: card.status == 1 && staff.reaches(Act::Accept, card.unit.as_ref()),
        command: uuid::Builder::from_random_bytes(seal::random()).into_uuid().to_string(),
    }
}

fn page<'a>(app: &App, (me, staff): (Me, &Staff), detail: &'a Detail) -> DossierPage<'a> {
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
        me,
        decides: staff.reaches(Act::Command, detail.filed.card.unit.as_ref()),
        line: line(app, staff, &detail.filed),
        fields: words::fields(detail.procedure, &detail.frozen, detail.numbers),
        papers: papers.map(paper).collect(),
        findings: findings.map(|f| (f.severity == Severity::Error, f.message.say(Language::Vietnamese))).collect(),
        events: detail.events.iter().map(|e| (e.at.to_string(), words::event(e, &detail.events))).collect(),
        not_reviewed: not_reviewed.iter().map(|place| words::place(place)).collect(),
        form_source: &detail.procedure.form_source,
        applicant: &detail.applicant,
        behalf: words::behalf(&detail.events),
        can_unmask: detail.numbers == Numbers::Masked
            && staff.reaches(Act::Unmask, detail.filed.card.unit.as_ref())
            && !words::numbers(detail.procedure, &detail.frozen).is_empty(),
    }
}
