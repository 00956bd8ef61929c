//! What a verification shows, in sentences for people, and why a receipt shows nothing.

use super::{InLog, PapersShown, Receipt, ReceiptRefused, Subject, Verified, Writer};
use crate::sentence::Sentence;

impl Receipt {
    /// What it is for, and when.
    pub fn sentence(&self) -> Sentence {
        let said = match &self.subject {
            Subject::Submission(_) => Sentence::new("receipt-submission"),
            Subject::Supplement(_) => Sentence::new("receipt-supplement"),
            Subject::Acceptance(code) => Sentence::new("receipt-acceptance").with("code", code.as_str()),
            Subject::Delivery(_) => Sentence::new("receipt-delivery"),
        };
        said.with("at", self.at.to_string())
    }
}

impl Verified {
    /// One sentence for each statement, the receipt's own first, then what was checked and what was not.
    pub fn sentences(&self) -> Vec<Sentence> {
        let receipt = &self.receipt;
        let writer = match (receipt.writer, &receipt.subject) {
            // Nobody but an officer accepts: whether at the pages or through another program of the desk, nothing tells.
            (Writer::Session, Subject::Acceptance(_)) => "receipt-writer-officer",
            (Writer::Device, _) => "receipt-writer-device",
            (Writer::Session, _) => "receipt-writer-session",
            (Writer::Counter, _) => "receipt-writer-counter",
        };
        vec![
            receipt.sentence(),
            Sentence::new("receipt-dossier").with("dossier", receipt.dossier.to_string()),
            Sentence::new(writer),
            Sentence::new("receipt-signed").with("key", self.key.to_string()),
            self.papers.sentence(),
            self.log.sentence(),
        ]
    }
}

impl PapersShown {
    fn sentence(self) -> Sentence {
        match self {
            Self::None => Sentence::new("receipt-papers-none"),
            Self::NotGiven => Sentence::new("receipt-papers-not-given"),
            Self::Listed(count) => Sentence::new("receipt-papers-listed").with("count", count.to_string()),
        }
    }
}

impl InLog {
    fn sentence(&self) -> Sentence {
        match self {
            Self::NotGiven => Sentence::new("receipt-log-not-given"),
            Self::NotChecked => Sentence::new("receipt-log-not-checked"),
            Self::Shown(logged) => Sentence::new("receipt-log-shown")
                .with("place", logged.index.saturating_add(1).to_string())
                .with("size", logged.size.to_string())
                .with("key", hex::encode(logged.key.id())),
        }
    }
}

impl ReceiptRefused {
    pub fn sentence(&self) -> Sentence {
        Sentence::new(match self {
            Self::NotAReceipt => "receipt-refused-not-a-receipt",
            Self::UnknownKey => "receipt-refused-unknown-key",
            Self::BadSignature => "receipt-refused-bad-signature",
            Self::OtherPapers => "receipt-refused-other-papers",
            Self::OtherEntry => "receipt-refused-other-entry",
            Self::OtherEvent => "receipt-refused-other-event",
            Self::Checkpoint(_) => "receipt-refused-checkpoint",
            Self::NotInLog(_) => "receipt-refused-not-in-log",
        })
    }
}
