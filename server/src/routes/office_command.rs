//! What an officer does: one command to one dossier, once, however often it arrives.

use super::body::{self, Object, field};
use crate::app::App;
use crate::auth::DeskCaller;
use crate::decide::{self, Asked};
use crate::problem::{self, Problem};
use crate::recall;
use crate::store::recall::Proposal;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, get, post};
use aws_lc_rs::digest::{SHA256, digest};
use dossier::decide::{Command, Rows};
use dossier::ids::{CommandHash, CommandId, DossierId};
use dossier::procedure::clean;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum CommandRequest {
    Accept {},
    Refuse {
        reason: String,
    },
    Forward {
        note: String,
    },
    /// Once and completely: what is missing, and how many working days there are.
    RequestSupplement {
        reason: String,
        #[serde(default)]
        fields: Vec<String>,
        #[serde(default)]
        components: Vec<String>,
        working_days: u16,
    },
    Resume {
        note: String,
    },
    RequestPayment {
        amount: u64,
        reason: String,
    },
    Suspend {
        reason: String,
    },
    RecordOutcome {
        granted: bool,
        number: Option<String>,
        summary: String,
    },
    /// Proposes that the result is taken back; a head who is another confirms it within a day.
    Recall {
        reason: String,
    },
    /// Takes it back, as another has proposed.
    ConfirmRecall {},
    HandOver {
        recipient: String,
    },
    Extend {
        apology: String,
        working_days: u16,
    },
    HandToPost {
        courier: String,
        tracking: Option<String>,
        seal: String,
    },
}

impl CommandRequest {
    /// Texts lose what people cannot see: control and direction characters.
    fn read(self) -> Result<Wanted, Problem> {
        let asked = match self {
            Self::Recall { reason } => return Ok(Wanted::Proposal(clean(&reason))),
            Self::ConfirmRecall {} => return Ok(Wanted::Decision(Asked::ConfirmRecall)),
            Self::Accept {} => Command::Accept,
            Self::Refuse { reason } => Command::Refuse { reason: clean(&reason) },
            Self::Forward { note } => Command::Forward { note: clean(&note) },
            Self::RequestSupplement { reason, fields, components, working_days } => {
                Command::RequestSupplement { reason: clean(&reason), fields, components, working_days }
            }
            Self::Resume { note } => Command::Resume { note: clean(&note) },
            Self::RequestPayment { amount, reason } => Command::RequestPayment { amount, reason: clean(&reason) },
            Self::Suspend { reason } => Command::Suspend { reason: clean(&reason) },
            Self::RecordOutcome { granted, number, summary } => {
                Command::RecordOutcome { granted, number: number.map(|n| clean(&n)), summary: clean(&summary) }
            }
            Self::HandOver { recipient } => Command::HandOver { recipient: clean(&recipient) },
            Self::Extend { apology, working_days } => Command::Extend { apology: clean(&apology), working_days },
            Self::HandToPost { courier, tracking, seal } => {
                let tracking = tracking.map(|t| field("tracking", &t)).transpose()?;
                Command::HandToPost { courier: field("courier", &courier)?, tracking, seal: clean(&seal) }
            }
        };
        Ok(Wanted::Decision(Asked::Command(asked)))
    }
}

enum Wanted {
    Decision(Asked),
    /// The reason for which a result is to be taken back.
    Proposal(String),
}

/// A proposal to take a result back, which waits for a head who is another.
#[derive(Serialize, ToSchema)]
pub(super) struct ProposalWord {
    dossier: String,
    proposed_by: String,
    reason: String,
    at: i64,
    until: i64,
}

impl ProposalWord {
    fn of(dossier: &DossierId, proposal: &Proposal) -> Self {
        Self {
            dossier: dossier.to_string(),
            proposed_by: proposal.by.name.clone(),
            reason: proposal.reason.clone(),
            at: proposal.at.0,
            until: recall::until(proposal).0,
        }
    }
}

/// What a command did.
#[derive(Serialize, ToSchema)]
pub(super) struct CommandAnswer {
    dossier: String,
    /// The national code, 1–10.
    status: u8,
    code: Option<String>,
    due: Option<i64>,
}

/// One command; `Idempotency-Key` is a UUID of the caller's making.
#[utoipa::path(
    tag = "office",
    params(("dossier" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = CommandRequest,
    responses((status = 200, body = CommandAnswer), (status = 202, body = ProposalWord), (status = 400), (status = 401), (status = 403), (status = 404), (status = 409), (status = 413), (status = 415))
)]
#[post("/v1/office/dossiers/{dossier}/commands")]
pub(crate) async fn command(
    app: Data<App>,
    caller: DeskCaller,
    request: HttpRequest,
    dossier: Path<String>,
    body: Json<Object>,
) -> Result<HttpResponse, Problem> {
    let dossier: DossierId = dossier.parse().map_err(|_| Problem::of(&problem::NOT_FOUND))?;
    let id = idempotency_key(&request)?;
    let body: CommandRequest = body::read(body.into_inner())?;
    let hash = hash(&body);
    match body.read()? {
        Wanted::Decision(asked) => {
            let answer = decide::command(&app, &caller.0, &dossier, (id, hash, &asked), answer).await?;
            Ok(HttpResponse::Ok().content_type("application/json").body(answer))
        }
        Wanted::Proposal(reason) => {
            let proposal = recall::propose(&app, &caller.0, &dossier, &reason).await?;
            Ok(HttpResponse::Accepted().json(ProposalWord::of(&dossier, &proposal)))
        }
    }
}

/// The proposal that waits to take this dossier's result back.
#[utoipa::path(tag = "office", params(("dossier" = String, Path)), responses((status = 200, body = ProposalWord), (status = 401), (status = 403), (status = 404)))]
#[get("/v1/office/dossiers/{dossier}/recall")]
pub(crate) async fn waiting_recall(
    app: Data<App>,
    caller: DeskCaller,
    dossier: Path<String>,
) -> Result<Json<ProposalWord>, Problem> {
    let dossier: DossierId = dossier.parse().map_err(|_| Problem::of(&problem::NOT_FOUND))?;
    let proposal = recall::waiting(&app, &caller.0, &dossier).await?;
    let proposal = proposal.ok_or_else(|| Problem::of(&problem::NOT_FOUND))?;
    Ok(Json(ProposalWord::of(&dossier, &proposal)))
}

pub(super) fn idempotency_key(request: &HttpRequest) -> Result<CommandId, Problem> {
    let key = request.headers().get("Idempotency-Key").and_then(|v| v.to_str().ok()?.parse().ok());
    key.ok_or_else(|| Problem::of(&problem::KEY_MISSING))
}

/// Of the command as it was understood, so that spaces and order make no other command.
fn hash(body: &CommandRequest) -> CommandHash {
    let bytes = serde_json::to_vec(body).expect("a command of plain fields is JSON");
    CommandHash(digest(&SHA256, &bytes).as_ref().try_into().expect("SHA-256 has 32 bytes"))
}

fn answer(rows: &Rows) -> Vec<u8> {
    let card = &rows.card;
    let answer = CommandAnswer {
        dossier: rows.dossier.to_string(),
        status: card.status,
        code: card.code.as_ref().map(ToString::to_string),
        due: card.due.map(|t| t.0),
    };
    serde_json::to_vec(&answer).expect("an answer of plain fields is JSON")
}
