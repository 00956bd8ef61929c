//! The transition table of the national statuses, guards included, as one total function.
//!
//! `draft→1 · 1→{2,3,5,7} · 2→{4,5,6,9,7} · 4→{5,6,8,9,7} · 5→{1,2,4: where it came from, 3, 7} · 6→{4,9,7} ·
//! 8→{4,9,7} · 9→{10,4}`; 3, 7 and 10 end.

use super::{Action, Facts, NotAllowed, Role, Stage, Status};

impl Status {
    /// The status after an action, or why the action may not be done.
    pub fn after(&self, action: Action, by: Role, facts: &Facts) -> Result<Status, NotAllowed> {
        if by != action.role() {
            return Err(NotAllowed::not_your_role());
        }
        // The recipient may confirm a parcel after the courier's record has closed the dossier: nothing moves.
        if self.is_terminal() && action != Action::ConfirmDelivery {
            return Err(NotAllowed::ended());
        }
        match action.role() {
            Role::Citizen => self.after_citizen(action, facts),
            Role::Officer => self.after_officer(action, facts),
            Role::Courier => self.after_courier(action, facts),
            Role::Server => Err(NotAllowed::not_your_role()),
        }
    }

    fn after_citizen(&self, action: Action, facts: &Facts) -> Result<Status, NotAllowed> {
        match (action, self) {
            (Action::Edit, Self::Draft | Self::WaitingForCitizen { .. }) => Ok(self.clone()),
            (Action::Submit, Self::Draft) => Ok(Self::Submitted),
            // Straight back to where it was asked from: the clock follows the citizen's act, not an officer's look at
            // it (QĐ 45/2016 Đ.7.4: the complete supplement's time is the time of submission).
            (Action::Supplement, Self::WaitingForCitizen { from, .. }) => Ok((*from).into()),
            (Action::Withdraw, Self::Finished) => Err(NotAllowed::outcome_recorded()),
            (Action::Withdraw, Self::Draft) => Err(action.wrong_status()),
            (Action::Withdraw, _) => Ok(Self::Withdrawn),
            (Action::ChooseDelivery { .. }, Self::Draft) => Err(action.wrong_status()),
            (Action::ChooseDelivery { by_post: true }, _) if !facts.postable() => Err(NotAllowed::no_post()),
            (Action::ChooseDelivery { .. }, _) if facts.with_post => Err(NotAllowed::with_post()),
            (Action::ChooseDelivery { .. }, _) => Ok(self.clone()),
            // It strengthens the proof; the courier's record is what hands over.
            (Action::ConfirmDelivery, Self::Finished) if facts.with_post => Ok(self.clone()),
            (Action::ConfirmDelivery, Self::HandedOver) if facts.postal_delivery_recorded => Ok(self.clone()),
            _ => Err(action.wrong_status()),
        }
    }

    fn after_officer(&self, action: Action, facts: &Facts) -> Result<Status, NotAllowed> {
        match (action, self) {
            (Action::Accept, Self::Submitted) => Ok(Self::Accepted),
            (Action::Refuse, Self::Submitted | Self::WaitingForCitizen { from: Stage::Submitted, .. }) => {
                Ok(Self::Refused)
            }
            (Action::Refuse, Self::WaitingForCitizen { until, .. }) if !facts.is_past(*until) => {
                Err(NotAllowed::too_early(*until))
            }
            (Action::Refuse, Self::WaitingForCitizen { .. }) => Ok(Self::Refused),
            (Action::Forward, Self::Accepted) => Ok(Self::Processing),
            (Action::RequestSupplement { .. }, Self::Submitted) if facts.intake_supplement_asked => {
                Err(NotAllowed::asked_already())
            }
            (Action::RequestSupplement { until }, _) => match self.stage() {
                Some(from) => Ok(Self::WaitingForCitizen { from, until }),
                None => Err(action.wrong_status()),
            },
            // Papers brought to the counter.
            (Action::Resume, Self::WaitingForCitizen { from, .. }) => Ok((*from).into()),
            (Action::Resume, Self::WaitingForPayment | Self::Suspended) => Ok(Self::Processing),
            (Action::RequestPayment, Self::Accepted | Self::Processing) => Ok(Self::WaitingForPayment),
            (Action::Suspend, Self::Processing) => Ok(Self::Suspended),
            (Action::RecordOutcome, Self::Accepted | Self::Processing | Self::WaitingForPayment | Self::Suspended) => {
                Ok(Self::Finished)
            }
            (Action::Extend, Self::Accepted | Self::Processing) if facts.extended => {
                Err(NotAllowed::extended_already())
            }
            (Action::Extend, Self::Accepted | Self::Processing) => Ok(self.clone()),
            (_, Self::Finished) => self.after_result(action, facts),
            _ => Err(action.wrong_status()),
        }
    }

    /// What the desk may do with a result that is ready.
    fn after_result(&self, action: Action, facts: &Facts) -> Result<Status, NotAllowed> {
        match action {
            // I18: what left the house is not taken back.
            Action::Recall if facts.with_post || facts.postal_delivery_recorded => Err(NotAllowed::with_post()),
            Action::Recall => Ok(Self::Processing),
            // After a failed attempt the parcel may have come back to the desk, where its owner collects it.
            Action::HandOver if facts.with_post && !facts.attempt_failed => Err(NotAllowed::with_post()),
            Action::HandOver => Ok(Self::HandedOver),
            Action::HandToPost if !facts.postable() => Err(NotAllowed::no_post()),
            Action::HandToPost if facts.with_post || facts.postal_delivery_recorded => Err(NotAllowed::with_post()),
            Action::HandToPost if !facts.by_post_chosen => Err(NotAllowed::post_not_chosen()),
            Action::HandToPost => Ok(Self::Finished),
            _ => Err(action.wrong_status()),
        }
    }

    fn after_courier(&self, action: Action, facts: &Facts) -> Result<Status, NotAllowed> {
        match (action, self) {
            (Action::FailDelivery, Self::Finished) if facts.with_post => Ok(Self::Finished),
            (Action::Deliver, Self::Finished) if facts.with_post => Ok(Self::HandedOver),
            _ => Err(action.wrong_status()),
        }
    }
}
