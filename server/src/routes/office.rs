//! What an officer reads.

use crate::app::App;
use crate::auth::DeskCaller;
use crate::problem::Problem;
use crate::projection::{self, Detail};
use crate::store::desk::Filed;
use crate::{web, words};
use ::dossier::ids::DossierId;
use ::dossier::procedure::Severity;
use ::dossier::sentence::Language;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub(super) struct InboxWord {
    unit: String,
    dossiers: Vec<CardWord>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CardWord {
    dossier: String,
    procedure: String,
    /// The national code, 1–10.
    status: u8,
    status_name: String,
    code: Option<String>,
    /// Milliseconds since 1970, as all moments here.
    submitted_at: Option<i64>,
    due: Option<i64>,
    moved_at: Option<i64>,
}

impl From<&Filed> for CardWord {
    fn from(filed: &Filed) -> Self {
        let card = &filed.card;
        Self {
            dossier: filed.dossier.to_string(),
            procedure: card.procedure.to_string(),
            status: card.status,
            status_name: words::status(card.status).say(Language::Vietnamese),
            code: card.code.as_ref().map(ToString::to_string),
            submitted_at: card.submitted_at.map(|t| t.0),
            due: card.due.map(|t| t.0),
            moved_at: card.moved_at.map(|t| t.0),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct DetailWord {
    #[serde(flatten)]
    card: CardWord,
    catalogue: u32,
    /// Who handed it in, by the name under which they are signed in.
    applicant: String,
    /// For whom, if for somebody else, and by what right, in words.
    behalf: Option<String>,
    /// What was handed in, field by field.
    form: Vec<FieldWord>,
    papers: Vec<PaperWord>,
    findings: Vec<FindingWord>,
    events: Vec<EventWord>,
    /// Where the catalogue was not verified against a source of law.
    needs_legal_review: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct FieldWord {
    field: String,
    label: String,
    value: String,
}

#[derive(Serialize, ToSchema)]
struct PaperWord {
    component: String,
    sha256: String,
    media_type: &'static str,
    size: u32,
}

#[derive(Serialize, ToSchema)]
struct FindingWord {
    code: &'static str,
    field: Option<String>,
    component: Option<String>,
    error: bool,
    message: String,
}

#[derive(Serialize, ToSchema)]
struct EventWord {
    seq: u32,
    at: i64,
    what: String,
}

impl From<&Detail> for DetailWord {
    fn from(detail: &Detail) -> Self {
        let language = Language::Vietnamese;
        let fields = words::fields(detail.procedure, &detail.frozen, detail.numbers);
        let papers = detail.frozen.papers.iter().map(|(key, info)| PaperWord {
            component: key.component.clone(),
            sha256: key.hash.to_string(),
            media_type: info.kind.media_type(),
            size: info.size,
        });
        let findings = detail.findings.iter().map(|finding| FindingWord {
            code: finding.code.as_str(),
            field: finding.field.as_ref().map(ToString::to_string),
            component: finding.component.clone(),
            error: finding.severity == Severity::Error,
            message: finding.message.say(language),
        });
        let events = detail.events.iter();
        Self {
            card: (&detail.filed).into(),
            catalogue: detail.frozen.catalogue,
            applicant: detail.applicant.clone(),
            behalf: words::behalf(&detail.events),
            form: fields.into_iter().map(|(field, label, value)| FieldWord { field, label, value }).collect(),
            papers: papers.collect(),
            findings: findings.collect(),
            events: events
                .map(|e| EventWord { seq: e.seq, at: e.at.0, what: words::event(e, &detail.events) })
                .collect(),
            needs_legal_review: words::not_reviewed(detail.procedure, detail.filed.card.unit.as_ref()),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct CourierWord {
    person: String,
    name: String,
}

/// What is at the officer's unit, the most urgent first.
#[utoipa::path(tag = "office", responses((status = 200, body = InboxWord), (status = 401)))]
#[get("/v1/office/inbox")]
pub(crate) async fn inbox(app: Data<App>, caller: DeskCaller) -> Result<Json<InboxWord>, Problem> {
    let filed = projection::inbox(&app, &caller.0).await?;
    Ok(Json(InboxWord {
        unit: caller.0.officer.unit.to_string(),
        dossiers: filed.iter().map(CardWord::from).collect(),
    }))
}

/// One dossier of the officer's unit, as it was handed in.
#[utoipa::path(tag = "office", params(("dossier" = String, Path)), responses((status = 200, body = DetailWord), (status = 401), (status = 404)))]
#[get("/v1/office/dossiers/{dossier}")]
pub(crate) async fn dossier(app: Data<App>, caller: DeskCaller, id: Path<String>) -> Result<Json<DetailWord>, Problem> {
    let id: DossierId = id.parse().map_err(|_| Problem::of(&crate::problem::NOT_FOUND))?;
    let detail = projection::detail(&app, &caller.0, &id).await?;
    Ok(Json((&detail).into()))
}

/// A paper that was handed in: a picture made anew, or, of what cannot be decoded and of PDF, a download of what came.
#[utoipa::path(
    tag = "office",
    params(("dossier" = String, Path), ("sha256" = String, Path)),
    responses((status = 200, description = "`image/jpeg`, or a download"), (status = 401), (status = 404))
)]
#[get("/v1/office/dossiers/{dossier}/papers/{sha256}")]
pub(crate) async fn paper(
    app: Data<App>,
    caller: DeskCaller,
    at: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (hash, shown) = web::paper::read(&app, &caller.0, &at, false).await?;
    Ok(web::paper::answer(&hash, shown))
}

/// Couriers that a parcel can be handed to.
#[utoipa::path(tag = "office", responses((status = 200, body = Vec<CourierWord>), (status = 401)))]
#[get("/v1/office/couriers")]
pub(crate) async fn couriers(app: Data<App>, _caller: DeskCaller) -> Result<Json<Vec<CourierWord>>, Problem> {
    let couriers = projection::couriers(&app).await?;
    Ok(Json(couriers.into_iter().map(|(id, name)| CourierWord { person: id.to_string(), name }).collect()))
}
