//! Who may write what, and when: one table for the gate, for commands and for the phone's own form.

use crate::act::{Act, DeliveryChoice};
use crate::event::{Event, SupplementRequest};
use crate::layout::{FieldKey, PaperKey};
use crate::procedure::Procedure;
use crate::status::{Action, Facts, Status};
use crate::time::Timestamp;

/// A place in the document that a citizen's edit can touch.
#[derive(Clone, Copy, Debug)]
pub enum Path<'a> {
    Field(&'a FieldKey),
    Paper(&'a PaperKey),
}

/// Whether the catalogue has such a place.
pub fn is_known(path: &Path<'_>, procedure: &Procedure) -> bool {
    match path {
        Path::Field(key) => procedure.allows_key(key),
        Path::Paper(key) => procedure.component(&key.component).is_some(),
    }
}

/// A citizen edits a draft freely, and after a request for more what was asked for (everything, if nothing was named).
/// At every other time the dossier is closed to edits.
pub fn may_write(status: &Status, request: Option<&SupplementRequest>, path: &Path<'_>) -> bool {
    match (status, request) {
        (Status::Draft, _) => true,
        (Status::WaitingForCitizen { .. }, Some(asked)) => {
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
        _ => false,
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
