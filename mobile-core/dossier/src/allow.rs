//! Who may write what, and when: one table of role × status × place, default deny. The gate judges changes by it, an
//! officer's request may name only what it can open, and the phone's own form shows by it what can be edited now.

use crate::act::{Act, DeliveryChoice};
use crate::event::{Event, SupplementRequest};
use crate::layout::{FieldKey, PaperKey};
use crate::procedure::Procedure;
use crate::sentence::Sentence;
use crate::status::{Action, Facts, Role, Status};
use crate::time::Timestamp;

/// A place in the document that an edit can touch.
#[derive(Clone, Copy, Debug)]
pub enum Path<'a> {
    Field(&'a FieldKey),
    Paper(&'a PaperKey),
}

/// The three maps of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Form,
    Papers,
    Acts,
}

/// What the table says of a role in a status at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    Open,
    /// What the office asked for, or everything if it named nothing.
    WhatWasAsked,
    Closed(Closed),
}

/// Why a place is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It was handed in, and the office has not asked for more.
    HandedIn,
    /// The office asked for other things.
    NotAsked,
    Ended,
    /// A document holds only what citizens write.
    NotACitizen,
}

/// The table. Which act may follow which status is the status table's to say; here only that acts are a citizen's.
pub fn rule(role: Role, status: &Status, place: Place) -> Rule {
    match (role, place, status) {
        (Role::Officer | Role::Courier | Role::Server, ..) => Rule::Closed(Closed::NotACitizen),
        (Role::Citizen, Place::Acts, _) => Rule::Open,
        (Role::Citizen, Place::Form | Place::Papers, status) => match status {
            Status::Draft => Rule::Open,
            Status::WaitingForCitizen { .. } => Rule::WhatWasAsked,
            Status::Refused | Status::Withdrawn | Status::HandedOver => Rule::Closed(Closed::Ended),
            Status::Submitted
            | Status::Accepted
            | Status::Processing
            | Status::WaitingForPayment
            | Status::Suspended
            | Status::Finished => Rule::Closed(Closed::HandedIn),
        },
    }
}

/// Whether a citizen may write at a path now, and if not, why. `request` is the newest one.
pub fn write(status: &Status, request: Option<&SupplementRequest>, path: &Path<'_>) -> Result<(), Closed> {
    let place = match path {
        Path::Field(_) => Place::Form,
        Path::Paper(_) => Place::Papers,
    };
    match rule(Role::Citizen, status, place) {
        Rule::Open => Ok(()),
        Rule::WhatWasAsked if request.is_some_and(|asked| opens(asked, path)) => Ok(()),
        Rule::WhatWasAsked => Err(Closed::NotAsked),
        Rule::Closed(why) => Err(why),
    }
}

/// Whether any of a place may be open to a citizen: what the gate asks before it knows the path.
pub fn may_be_open(status: &Status, place: Place) -> bool {
    !matches!(rule(Role::Citizen, status, place), Rule::Closed(_))
}

/// Whether the catalogue has such a place.
pub fn is_known(path: &Path<'_>, procedure: &Procedure) -> bool {
    match path {
        Path::Field(key) => procedure.allows_key(key),
        Path::Paper(key) => procedure.component(&key.component).is_some(),
    }
}

/// Whether a request can open what it names: fields or whole groups of the form, components of the procedure.
pub fn can_ask(procedure: &Procedure, fields: &[String], components: &[String]) -> bool {
    fields.iter().all(|name| procedure.fields.iter().any(|field| field.id == *name))
        && components.iter().all(|id| procedure.component(id).is_some())
}

fn opens(asked: &SupplementRequest, path: &Path<'_>) -> bool {
    let everything = asked.fields.is_empty() && asked.components.is_empty();
    everything
        || match path {
            // A repeated group that was asked for is open as a whole.
            Path::Field(key) => {
                let group = key.in_group().map(|(group, ..)| group);
                asked.fields.iter().any(|f| f == key.as_str() || Some(f.as_str()) == group)
            }
            Path::Paper(key) => asked.components.contains(&key.component),
        }
}

impl Closed {
    pub fn sentence(self) -> Sentence {
        Sentence::new(match self {
            Self::HandedIn => "write-locked",
            Self::NotAsked => "write-not-asked",
            Self::Ended => "refusal-ended",
            Self::NotACitizen => "refusal-not-your-role",
        })
    }
}

/// The step in the dossier's course that an act asks for.
pub fn action(act: &Act) -> Action {
    match act {
        Act::Submit(..) => Action::Submit,
        Act::Supplement(_) => Action::Supplement,
        Act::Withdraw(_) => Action::Withdraw,
        Act::ChooseDelivery(choice) => Action::ChooseDelivery { by_post: matches!(choice, DeliveryChoice::ByPost(_)) },
        Act::ConfirmDelivery(_) => Action::ConfirmDelivery,
    }
}

/// What the status table must know of a dossier beside its status.
pub fn facts(events: &[Event], procedure: &Procedure, now: Timestamp) -> Facts {
    Facts::of(events, now, procedure.post_out, procedure.presence_required)
}

#[cfg(test)]
mod tests;
