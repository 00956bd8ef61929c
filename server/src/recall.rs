//! A result is taken back by two: one proposes it with a reason, and a head who is another decides. A proposal lives a day,
//! and is about one result only.

use crate::app::App;
use crate::auth::policy::{Act, Staff};
use crate::decide::{reached, rules, said_no};
use crate::problem::{self, Problem};
use crate::seal::Seal;
use crate::store::recall::{self, Proposal};
use crate::store::{Failed, dossiers};
use dossier::decide::{Command, propose_recall};
use dossier::event::{Event, What};
use dossier::ids::DossierId;
use dossier::time::Timestamp;

const LIVES_SECONDS: i64 = 24 * 60 * 60;

/// Until when a proposal waits for somebody who agrees.
pub(crate) fn until(proposal: &Proposal) -> Timestamp {
    proposal.at.plus_seconds(LIVES_SECONDS)
}

/// The event that gave the result which stands now.
fn result(events: &[Event]) -> Option<u32> {
    let given = |event: &&Event| matches!(event.what, What::OutcomeRecorded(_));
    events.iter().rev().find(given).map(|event| event.seq)
}

fn waits(proposal: &Proposal, events: &[Event], now: Timestamp) -> bool {
    result(events) == Some(proposal.about) && now < until(proposal)
}

/// Proposes it. The same person again gives it another reason and another day.
pub(crate) async fn propose(app: &App, staff: &Staff, dossier: &DossierId, reason: &str) -> Result<Proposal, Problem> {
    reached(app, staff, dossier, Act::Recall).await?;
    let _turn = app.turn(dossier).await;
    let now = app.clock.now();
    let (state, held) = dossiers::load(&app.db.read, &app.keys, dossier).await?;
    let by = propose_recall(&state, reason, &staff.officer, &rules(now)).map_err(said_no)?;
    let about = result(&state.events).ok_or_else(|| Problem::of(&problem::NOT_FOUND))?;
    let earlier = recall::find(&app.db.read, dossier, &held.seal).await?;
    if earlier.is_some_and(|earlier| waits(&earlier, &state.events, now) && earlier.by.staff != by.staff) {
        return Err(Problem::of(&problem::PROPOSED));
    }
    let proposal = Proposal { by, reason: reason.to_owned(), at: now, about };
    recall::put(&app.db.write, dossier, &held.seal, &proposal).await?;
    tracing::info!(staff = %staff.officer.staff, %dossier, "a result is proposed to be taken back");
    Ok(proposal)
}

/// The proposal that waits, for whoever may propose or decide.
pub(crate) async fn waiting(app: &App, staff: &Staff, dossier: &DossierId) -> Result<Option<Proposal>, Problem> {
    reached(app, staff, dossier, Act::Recall).await?;
    let (state, held) = dossiers::load(&app.db.read, &app.keys, dossier).await?;
    let proposal = recall::find(&app.db.read, dossier, &held.seal).await?;
    Ok(proposal.filter(|proposal| waits(proposal, &state.events, app.clock.now())))
}

/// What is decided on when somebody agrees.
pub(crate) async fn agreed(app: &App, dossier: &DossierId, seal: &Seal, events: &[Event]) -> Result<Command, Problem> {
    let proposal = recall::find(&app.db.read, dossier, seal).await?;
    let proposal = proposal.filter(|proposal| waits(proposal, events, app.clock.now()));
    let Proposal { by, reason, .. } = proposal.ok_or_else(|| Problem::of(&problem::NO_PROPOSAL))?;
    Ok(Command::Recall { reason, proposer: by })
}

/// Forgets what was decided; it could not be decided again.
pub(crate) async fn decided(app: &App, dossier: &DossierId) -> Result<(), Failed> {
    recall::delete(&app.db.write, dossier).await
}
