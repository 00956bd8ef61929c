//! A status in words: its name, and what happens next, whose move it is and by when.

use super::{Facts, Status};
use crate::sentence::Sentence;
use crate::time::Timestamp;

impl Status {
    /// The name that the national portal gives it.
    pub fn name(&self) -> Sentence {
        Sentence::new(match self {
            Self::Draft => "status-draft",
            Self::Submitted => "status-submitted",
            Self::Accepted => "status-accepted",
            Self::Refused => "status-refused",
            Self::Processing => "status-processing",
            Self::WaitingForCitizen { .. } => "status-waiting-for-citizen",
            Self::WaitingForPayment => "status-waiting-for-payment",
            Self::Withdrawn => "status-withdrawn",
            Self::Suspended => "status-suspended",
            Self::Finished => "status-finished",
            Self::HandedOver => "status-handed-over",
        })
    }

    /// What happens next, whose move it is, and by when; `due` is the running term's date.
    pub fn next_step(&self, due: Option<Timestamp>, facts: &Facts) -> Sentence {
        match self {
            Self::Draft => Sentence::new("next-draft"),
            Self::Submitted => by(Sentence::new("next-submitted"), due, facts),
            Self::Accepted => by(Sentence::new("next-accepted"), due, facts),
            Self::Processing => by(Sentence::new("next-processing"), due, facts),
            Self::WaitingForCitizen { until, .. } => by(Sentence::new("next-waiting-for-citizen"), Some(*until), facts),
            Self::WaitingForPayment => Sentence::new("next-waiting-for-payment"),
            Self::Suspended => Sentence::new("next-suspended"),
            Self::Refused => Sentence::new("next-refused"),
            Self::Withdrawn => Sentence::new("next-withdrawn"),
            Self::Finished => to_receive(facts),
            Self::HandedOver => Sentence::new("next-handed-over"),
        }
    }
}

fn by(sentence: Sentence, due: Option<Timestamp>, facts: &Facts) -> Sentence {
    let Some(due) = due else { return sentence.with("when", "none").with("due", "") };
    let when = if facts.is_past(due) { "after" } else { "before" };
    sentence.with("when", when).with("due", due.to_string())
}

fn to_receive(facts: &Facts) -> Sentence {
    if facts.with_post && facts.attempt_failed {
        Sentence::new("next-finished-attempt-failed")
    } else if facts.with_post {
        Sentence::new("next-finished-with-post")
    } else if facts.by_post_chosen {
        Sentence::new("next-finished-to-post")
    } else {
        let post = if facts.postable() { "offered" } else { "not-offered" };
        Sentence::new("next-finished").with("post", post)
    }
}
