//! What is decided about a dossier from a page: each form is one command. Before what cannot be undone a code is asked for,
//! unless one was proved just now; what was written goes through that page and is not written again.

use super::page::{Me, see, show};
use super::sign_in::went_on;
use crate::app::App;
use crate::auth::policy::{Act, Staff};
use crate::auth::{DeskCaller, DeskForm, SessionCaller};
use crate::decide::{self, Asked};
use crate::problem::{self, Problem};
use crate::staff::session::{self, Signed};
use crate::staff::sign_in;
use crate::store::recall::Proposal;
use crate::{projection, recall, seal, words};
use ::dossier::decide::Command;
use ::dossier::ids::{CommandHash, CommandId, DossierId};
use ::dossier::procedure::clean;
use ::dossier::sentence::Language;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, post};
use askama::Template;
use aws_lc_rs::digest::{SHA256, digest};
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Template)]
#[template(path = "decisions.html")]
struct DecisionsPage {
    me: Me,
    dossier: String,
    title: String,
    status: String,
    /// What this role may do at all; whether the dossier's status lets it, the decision says.
    may: May,
    proposal: Option<Waiting>,
    /// The command that each form would be: pressing twice is one decision.
    command: String,
}

struct May {
    refuse: bool,
    record: bool,
    propose: bool,
    hand_over: bool,
}

struct Waiting {
    by: String,
    reason: String,
    until: String,
    /// A head who is another than who proposed it.
    mine_to_decide: bool,
}

/// Asks for a code, and keeps what was asked for.
#[derive(Template)]
#[template(path = "step_up.html")]
struct StepUpPage<'a> {
    me: Me,
    dossier: &'a str,
    decision: &'a Decision,
    refused: bool,
}

/// One decision as the page's forms write it.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Decision {
    command: String,
    /// `refuse`, `grant`, `deny`, `propose_recall`, `confirm_recall` or `hand_over`.
    what: String,
    /// The reason, the summary of the result, or who it is handed to.
    #[serde(default)]
    text: String,
    /// Of the result, if it has one.
    #[serde(default)]
    number: String,
    /// A second factor, where one was asked for.
    #[serde(default)]
    code: String,
}

/// What can be decided about a dossier, by this role.
#[utoipa::path(tag = "people", params(("dossier" = String, Path)), responses((status = 200), (status = 303), (status = 403), (status = 404)))]
#[get("/desk/dossiers/{dossier}/decisions")]
pub(crate) async fn forms(
    app: Data<App>,
    caller: DeskCaller,
    session: SessionCaller,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (staff, id) = (&caller.0, parsed(&id)?);
    let filed = projection::filed(&app, staff, &id).await?;
    let proposal = match staff.may(Act::Recall) {
        true => recall::waiting(&app, staff, &id).await?,
        false => None,
    };
    let (dossier, card) = (id.to_string(), &filed.card);
    let page = DecisionsPage {
        me: Me::of(&caller, &session),
        title: card.code.as_ref().map_or_else(|| dossier[dossier.len() - 12..].to_owned(), ToString::to_string),
        dossier,
        status: words::status(card.status).say(Language::Vietnamese),
        may: May {
            refuse: staff.may(Act::Refuse),
            record: staff.may(Act::RecordOutcome),
            propose: staff.may(Act::Recall) && proposal.is_none(),
            hand_over: staff.may(Act::HandOver),
        },
        proposal: proposal.map(|proposal| waiting(staff, proposal)),
        command: uuid::Builder::from_random_bytes(seal::random()).into_uuid().to_string(),
    };
    Ok(show(StatusCode::OK, &page))
}

fn waiting(staff: &Staff, proposal: Proposal) -> Waiting {
    let mine_to_decide = staff.may(Act::ConfirmRecall) && proposal.by.staff != staff.officer.staff;
    let until = recall::until(&proposal).to_string();
    Waiting { by: proposal.by.name, reason: proposal.reason, until, mine_to_decide }
}

/// Takes a decision, after a code if it needs one.
#[utoipa::path(tag = "people", params(("dossier" = String, Path)), responses((status = 200), (status = 303), (status = 400), (status = 401), (status = 403), (status = 404), (status = 409), (status = 413), (status = 415)))]
#[post("/desk/dossiers/{dossier}/decisions")]
pub(crate) async fn take(
    app: Data<App>,
    caller: DeskCaller,
    session: SessionCaller,
    id: Path<String>,
    form: DeskForm<Decision>,
) -> Result<HttpResponse, Problem> {
    let (decision, signed, staff) = (&form.0, &session.0, &caller.0);
    let dossier = parsed(&id)?;
    decide::reached(&app, staff, &dossier, Act::Command).await?;
    if decision.code.is_empty() {
        return match carry_out(&app, staff, &dossier, decision).await {
            Err(problem) if problem.code() == problem::STEP_UP.code => {
                let page = StepUpPage { me: Me::of(&caller, &session), dossier: &id, decision, refused: false };
                Ok(show(StatusCode::OK, &page))
            }
            done => done.map(|()| see(&format!("/desk/dossiers/{dossier}/decisions"))),
        };
    }
    if sign_in::with_code(&app, &signed.held.staff, &decision.code).await?.is_none() {
        let page = StepUpPage { me: Me::of(&caller, &session), dossier: &id, decision, refused: true };
        return Ok(show(StatusCode::UNAUTHORIZED, &page));
    }
    let value = proved(&app, signed).await?;
    let staff = Staff { fresh: true, ..staff.clone() };
    let answer = match carry_out(&app, &staff, &dossier, decision).await {
        Ok(()) => see(&format!("/desk/dossiers/{dossier}/decisions")),
        // The session goes on under its new value, whatever became of the decision.
        Err(problem) => {
            tracing::info!(code = problem.code(), cause = problem.cause(), "refused after a second factor");
            super::problem_page(&problem, None)
        }
    };
    went_on(&app, answer, value)
}

/// A session whose second factor was proved anew; under another value, as after each proof.
async fn proved(app: &App, signed: &Signed) -> Result<Option<String>, Problem> {
    let value = session::go_on(app, signed, |held| held.stepped_up_at = Some(app.clock.now())).await?;
    tracing::info!(staff = %signed.held.staff, "a second factor was proved anew");
    Ok(value)
}

async fn carry_out(app: &App, staff: &Staff, dossier: &DossierId, decision: &Decision) -> Result<(), Problem> {
    let id: CommandId = decision.command.parse().map_err(|_| Problem::of(&problem::MALFORMED))?;
    let text = clean(&decision.text);
    let outcome = |granted, summary| {
        let number = Some(clean(&decision.number)).filter(|number| !number.trim().is_empty());
        Command::RecordOutcome { granted, number, summary }
    };
    let asked = match decision.what.as_str() {
        "propose_recall" => return recall::propose(app, staff, dossier, &text).await.map(|_| ()),
        "confirm_recall" => Asked::ConfirmRecall,
        "refuse" => Asked::Command(Command::Refuse { reason: text }),
        "grant" => Asked::Command(outcome(true, text)),
        "deny" => Asked::Command(outcome(false, text)),
        "hand_over" => Asked::Command(Command::HandOver { recipient: text }),
        _ => return Err(Problem::of(&problem::MALFORMED)),
    };
    let hash = hash(decision);
    decide::command(app, staff, dossier, (id, hash, &asked), |_| Vec::new()).await.map(|_| ())
}

/// Of what was decided; lengths stand before texts, so that no two decisions have the same.
fn hash(decision: &Decision) -> CommandHash {
    let parts = [decision.what.as_str(), &decision.text, &decision.number];
    let bytes: Vec<u8> =
        parts.iter().flat_map(|part| [&(part.len() as u64).to_be_bytes(), part.as_bytes()].concat()).collect();
    CommandHash(digest(&SHA256, &bytes).as_ref().try_into().expect("SHA-256 has 32 bytes"))
}

fn parsed(id: &Path<String>) -> Result<DossierId, Problem> {
    id.parse().map_err(|_| Problem::of(&problem::NOT_FOUND))
}
