//! What may be asked of a dossier, by whom, and the answer when it may not be done.

use crate::sentence::Sentence;
use crate::time::Timestamp;

/// Everything that someone may want to do with a dossier, whether or not it moves the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Fill in the form or change the papers.
    Edit,
    Submit,
    Supplement,
    Withdraw,
    ChooseDelivery {
        by_post: bool,
    },
    ConfirmDelivery,
    Accept,
    Refuse,
    Forward,
    /// The citizen has until then to answer.
    RequestSupplement {
        until: Timestamp,
    },
    Resume,
    RequestPayment,
    Suspend,
    RecordOutcome,
    Recall,
    HandOver,
    Extend,
    HandToPost,
    FailDelivery,
    Deliver,
}

/// In what capacity someone acts. Whose dossier it is, and of which unit, is asked before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Citizen,
    /// Of the one-stop desk: only it turns to the citizen (NĐ 61/2018 Đ.5.1(e)).
    Officer,
    Courier,
    /// The server by itself. It reminds and computes; it decides nothing about a dossier.
    Server,
}

/// Why an action may not be done: a stable code for programs, a sentence for the one who asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAllowed {
    pub code: &'static str,
    pub sentence: Sentence,
}

impl Action {
    /// The only role that may do it.
    pub fn role(self) -> Role {
        match self {
            Self::Edit
            | Self::Submit
            | Self::Supplement
            | Self::Withdraw
            | Self::ChooseDelivery { .. }
            | Self::ConfirmDelivery => Role::Citizen,
            Self::Accept
            | Self::Refuse
            | Self::Forward
            | Self::RequestSupplement { .. }
            | Self::Resume
            | Self::RequestPayment
            | Self::Suspend
            | Self::RecordOutcome
            | Self::Recall
            | Self::HandOver
            | Self::Extend
            | Self::HandToPost => Role::Officer,
            Self::FailDelivery | Self::Deliver => Role::Courier,
        }
    }

    /// The answer from a status in which the action has no meaning: it says from where it has one.
    pub(super) fn wrong_status(self) -> NotAllowed {
        let id = match self {
            Self::Edit => return NotAllowed::new("locked", Sentence::new("refusal-locked")),
            Self::ConfirmDelivery | Self::FailDelivery | Self::Deliver => return NotAllowed::not_with_post(),
            Self::Submit => "refusal-submit",
            Self::Supplement => "refusal-supplement",
            Self::Withdraw => "refusal-withdraw",
            Self::ChooseDelivery { .. } => "refusal-choose-delivery",
            Self::Accept => "refusal-accept",
            Self::Refuse => "refusal-refuse",
            Self::Forward => "refusal-forward",
            Self::RequestSupplement { .. } => "refusal-request-supplement",
            Self::Resume => "refusal-resume",
            Self::RequestPayment => "refusal-request-payment",
            Self::Suspend => "refusal-suspend",
            Self::RecordOutcome => "refusal-record-outcome",
            Self::Recall => "refusal-recall",
            Self::HandOver => "refusal-hand-over",
            Self::Extend => "refusal-extend",
            Self::HandToPost => "refusal-hand-to-post",
        };
        NotAllowed::new("wrong_status", Sentence::new(id))
    }
}

impl NotAllowed {
    fn new(code: &'static str, sentence: Sentence) -> Self {
        Self { code, sentence }
    }

    pub(super) fn not_your_role() -> Self {
        Self::new("not_your_role", Sentence::new("refusal-not-your-role"))
    }

    pub(super) fn ended() -> Self {
        Self::new("ended", Sentence::new("refusal-ended"))
    }

    pub(super) fn too_early(until: Timestamp) -> Self {
        Self::new("too_early", Sentence::new("refusal-too-early").with("until", until.to_string()))
    }

    pub(super) fn asked_already() -> Self {
        Self::new("asked_already", Sentence::new("refusal-asked-already"))
    }

    pub(super) fn extended_already() -> Self {
        Self::new("extended_already", Sentence::new("refusal-extended-already"))
    }

    pub(super) fn outcome_recorded() -> Self {
        Self::new("outcome_recorded", Sentence::new("refusal-outcome-recorded"))
    }

    pub(super) fn with_post() -> Self {
        Self::new("with_post", Sentence::new("refusal-with-post"))
    }

    pub(super) fn not_with_post() -> Self {
        Self::new("not_with_post", Sentence::new("refusal-not-with-post"))
    }

    pub(super) fn no_post() -> Self {
        Self::new("no_post", Sentence::new("refusal-no-post"))
    }

    pub(super) fn post_not_chosen() -> Self {
        Self::new("post_not_chosen", Sentence::new("refusal-post-not-chosen"))
    }
}
