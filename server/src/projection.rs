//! What is read and never decided on: the desk's inbox and one dossier as an officer sees it, the public tracking page.

use crate::app::App;
use crate::auth::policy::{Act, Staff};
use crate::problem::{self, Problem};
use crate::store::desk::{self, Filed};
use crate::store::{Failed, dossiers, people};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use dossier::decide::{Card, Course};
use dossier::event::Event;
use dossier::ids::{DossierCode, DossierId, PersonId};
use dossier::layout::{Frozen, Projection};
use dossier::procedure::{Catalogue, Finding, Procedure};

/// A dossier as an officer of its unit reads it: what was handed in, never the draft.
pub(crate) struct Detail {
    pub filed: Filed,
    pub events: Vec<Event>,
    pub frozen: Frozen,
    pub findings: Vec<Finding>,
    pub procedure: &'static Procedure,
}

/// What is at the units that this member of staff looks after, the most urgent first.
pub(crate) async fn inbox(app: &App, staff: &Staff) -> Result<Vec<Filed>, Problem> {
    Ok(desk::inbox(&app.db.read, &staff.units(Act::SeeInbox)).await?)
}

/// One dossier; of another unit's, or a draft, staff are told that it is not there.
pub(crate) async fn detail(app: &App, staff: &Staff, id: &DossierId) -> Result<Detail, Problem> {
    let not_found = || Problem::of(&problem::NOT_FOUND);
    let filed = desk::find(&app.db.read, id).await?;
    let filed = filed.filter(|f| staff.reaches(Act::Open, f.card.unit.as_ref())).ok_or_else(not_found)?;
    let head = dossiers::head(&app.db.read, &app.keys, id).await?.ok_or_else(not_found)?;
    let events = dossiers::events(&app.db.read, id, &head.held.seal, 0).await?;
    let content = Course::of(&events).content.ok_or_else(not_found)?;
    let bytes = dossiers::frozen(&app.db.read, id, &head.held.seal, &content).await?;
    let unreadable = || Problem::from(Failed::Unreadable("frozen version"));
    let frozen: Frozen = bytes.and_then(|b| minicbor::decode(&b).ok()).ok_or_else(unreadable)?;
    let procedure = Catalogue::built_in().procedure(&head.birth.open.procedure).ok_or_else(unreadable)?;
    let findings = procedure.findings(&projection(&frozen));
    tracing::info!(staff = %staff.officer.staff, dossier = %id, "dossier opened");
    Ok(Detail { filed, events, frozen, findings, procedure })
}

pub(crate) async fn couriers(app: &App) -> Result<Vec<(PersonId, String)>, Problem> {
    Ok(people::couriers(&app.db.read, &app.keys).await?)
}

/// What the public may know by code and secret; nothing tells a wrong secret from an unknown code.
pub(crate) async fn track(app: &App, code: &str, secret: &str) -> Result<Option<Card>, Problem> {
    let secret: String = dossier_secret(secret);
    let asked = app.keys.lookup("tracking", &secret);
    let code: Option<DossierCode> = code.trim().to_uppercase().parse().ok();
    let filed = match code {
        Some(code) => desk::find_by_code(&app.db.read, &code).await?,
        None => None,
    };
    let kept = filed.as_ref().and_then(|f| f.tracking.clone()).unwrap_or_else(|| vec![0; asked.len()]);
    let right = verify_slices_are_equal(&kept, &asked).is_ok();
    Ok(filed.filter(|_| right).map(|f| f.card))
}

/// The secret in its one spelling, out of what people type; what is none matches nothing.
fn dossier_secret(typed: &str) -> String {
    let code: Result<dossier::delivery::RecipientCode, _> = typed.parse();
    code.map(|code| code.reveal().to_owned()).unwrap_or_default()
}

fn projection(frozen: &Frozen) -> Projection {
    Projection {
        form: frozen.form.iter().map(|(key, value)| (key.clone(), vec![value.clone()])).collect(),
        papers: frozen.papers.iter().cloned().collect(),
        ..Projection::default()
    }
}
