//! What is read and never decided on: the desk's inbox and one dossier as an officer sees it, the public tracking page.

use crate::app::App;
use crate::auth::policy::{Act, Staff};
use crate::problem::{self, Problem};
use crate::readings;
use crate::seal::Seal;
use crate::store::desk::{self, Filed};
use crate::store::{Failed, dossiers, people};
use crate::words::Numbers;
use dossier::decide::{Card, Course};
use dossier::event::Event;
use dossier::ids::{DossierId, PersonId};
use dossier::layout::{Frozen, Projection};
use dossier::procedure::{Catalogue, Finding, Procedure};
use dossier::reading::{Looked, Purpose};
use std::net::IpAddr;

/// The longest that a code is, and more.
const CODE_MAX: usize = 64;

/// A dossier as an officer of its unit reads it: what was handed in, never the draft.
pub(crate) struct Detail {
    pub filed: Filed,
    /// Who handed it in, by the name under which they are signed in.
    pub applicant: String,
    pub events: Vec<Event>,
    pub frozen: Frozen,
    pub findings: Vec<Finding>,
    pub procedure: &'static Procedure,
    pub numbers: Numbers,
}

/// What is at the units that this member of staff looks after, the most urgent first.
pub(crate) async fn inbox(app: &App, staff: &Staff) -> Result<Vec<Filed>, Problem> {
    Ok(desk::inbox(&app.db.read, staff.units(Act::SeeInbox).as_ref()).await?)
}

/// One dossier; of another unit's, or a draft, staff are told that it is not there.
pub(crate) async fn detail(app: &App, staff: &Staff, id: &DossierId) -> Result<Detail, Problem> {
    let (detail, seal) = read(app, id).await?;
    let purpose = readings::purpose(app, staff, (&detail.filed, &seal)).await?;
    readings::note(app, staff, (&detail.filed, &seal), (Looked::Dossier, purpose)).await?;
    Ok(detail)
}

/// The same with identity numbers whole, for a reason that the citizen reads.
pub(crate) async fn unmasked(app: &App, staff: &Staff, id: &DossierId, reason: &str) -> Result<Detail, Problem> {
    let (mut detail, seal) = read(app, id).await?;
    if !staff.reaches(Act::Unmask, detail.filed.card.unit.as_ref()) {
        return Err(Problem::of(&problem::NOT_FOUND));
    }
    let purpose = Purpose::Unmasking(readings::reason(reason)?);
    readings::note(app, staff, (&detail.filed, &seal), (Looked::Numbers, purpose)).await?;
    detail.numbers = Numbers::Whole;
    Ok(detail)
}

/// What was handed in, for nobody yet: who is shown it is asked, and noted, by the callers.
async fn read(app: &App, id: &DossierId) -> Result<(Detail, Seal), Problem> {
    let not_found = || Problem::of(&problem::NOT_FOUND);
    let filed = desk::find(&app.db.read, id).await?.ok_or_else(not_found)?;
    let head = dossiers::head(&app.db.read, &app.keys, id).await?.ok_or_else(not_found)?;
    let events = dossiers::events(&app.db.read, id, &head.held.seal, 0).await?;
    let content = Course::of(&events).content.ok_or_else(not_found)?;
    let bytes = dossiers::frozen(&app.db.read, id, &head.held.seal, &content).await?;
    let unreadable = || Problem::from(Failed::Unreadable("frozen version"));
    let frozen: Frozen = bytes.and_then(|b| minicbor::decode(&b).ok()).ok_or_else(unreadable)?;
    let procedure = Catalogue::built_in().procedure(&head.birth.open.procedure).ok_or_else(unreadable)?;
    let findings = procedure.findings(&projection(&frozen));
    let applicant = people::name(&app.db.read, &app.keys, &filed.owner).await?.unwrap_or_default();
    let detail = Detail { filed, applicant, events, frozen, findings, procedure, numbers: Numbers::Masked };
    Ok((detail, head.held.seal))
}

/// The card of a dossier to whoever may give it a command.
pub(crate) async fn filed(app: &App, staff: &Staff, id: &DossierId) -> Result<Filed, Problem> {
    let filed = desk::find(&app.db.read, id).await?;
    let filed = filed.filter(|filed| staff.reaches(Act::Command, filed.card.unit.as_ref()));
    filed.ok_or_else(|| Problem::of(&problem::NOT_FOUND))
}

pub(crate) async fn couriers(app: &App) -> Result<Vec<(PersonId, String)>, Problem> {
    Ok(people::couriers(&app.db.read, &app.keys).await?)
}

/// What the public may know by code and secret, and who asks from where. A wrong secret, a code that is none and one that
/// is no code at all are the same work and the same answer.
pub(crate) async fn track(app: &App, from: IpAddr, code: &str, secret: &str) -> Result<Option<Card>, Problem> {
    let now = app.clock.now();
    let code: String = code.trim().to_uppercase().chars().take(CODE_MAX).collect();
    let asked = app.keys.lookup("tracked code", &code);
    app.lookups.may_ask(from, &asked, now).map_err(|e| Problem::of(&problem::LOOKED_OFTEN).after(e.seconds))?;
    let tracking = app.keys.lookup("tracking", &dossier_secret(secret));
    let filed = desk::find_tracked(&app.db.read, &code, &tracking).await?;
    if filed.is_none() && app.lookups.wrong(&asked, now) {
        tracing::warn!("more public look-ups were wrong in this hour than people mistype: somebody is guessing");
    }
    Ok(filed.map(|filed| filed.card))
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
