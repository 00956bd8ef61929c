//! Verifying a receipt on the phone, offline: with the keys that were pinned when the account was signed in.

use super::Client;
use crate::account::Account;
use crate::error::Error;
use crate::keys;
use crate::view::ReceiptView;
use dossier::ids::PublicKey;
use dossier::log::LogKey;
use dossier::receipt::{InLog, Kept, PapersShown, ReceiptRefused, Subject, Trust, Verified, Writer};

impl Client {
    /// What a receipt shows: a kept file, or the text or the bytes of a QR code, of this phone or from anybody.
    pub fn verify_receipt(&self, presented: &[u8]) -> Result<ReceiptView, Error> {
        let account = self.signed_in()?;
        let verified = account.check(&Kept::read(presented)?, account.log_key()?.as_slice())?;
        Ok(self.receipt_view(&verified))
    }

    fn receipt_view(&self, verified: &Verified) -> ReceiptView {
        let receipt = &verified.receipt;
        let (subject, code) = match &receipt.subject {
            Subject::Submission(_) => ("submission", None),
            Subject::Supplement(_) => ("supplement", None),
            Subject::Acceptance(code) => ("acceptance", Some(code.to_string())),
            Subject::Delivery(_) => ("delivery", None),
        };
        let writer = match receipt.writer {
            Writer::Device => "device",
            Writer::Session => "session",
            Writer::Counter => "counter",
        };
        let (papers, paper_count) = match verified.papers {
            PapersShown::None => ("none", 0),
            PapersShown::NotGiven => ("not_given", 0),
            PapersShown::Listed(count) => ("listed", count as u32),
        };
        let (log, shown) = match &verified.log {
            InLog::NotGiven => ("not_given", None),
            InLog::NotChecked => ("not_checked", None),
            InLog::Shown(logged) => ("shown", Some(logged)),
        };
        ReceiptView {
            dossier: receipt.dossier.to_string(),
            subject: subject.to_owned(),
            code,
            writer: writer.to_owned(),
            at: receipt.at.0,
            at_text: receipt.at.to_string(),
            key: verified.key.to_string(),
            papers: papers.to_owned(),
            paper_count,
            log: log.to_owned(),
            log_place: shown.map(|logged| logged.index.saturating_add(1)),
            log_size: shown.map(|logged| logged.size),
            sentences: verified.sentences().iter().map(|sentence| self.say(sentence)).collect(),
        }
    }
}

impl Account {
    /// All that is in a kept receipt, against the server's keys, those before them too: it signs anew what it is asked
    /// for, but a file that was exported once keeps the key of its day.
    pub(super) fn check(&self, kept: &Kept, logs: &[LogKey]) -> Result<Verified, ReceiptRefused> {
        let receipts: Vec<PublicKey> = std::iter::once(self.key).chain(self.former.iter().copied()).collect();
        let (verify, verify_ed25519) = (&keys::verify, &keys::verify_ed25519);
        kept.verify(&Trust { receipts: &receipts, logs, verify, verify_ed25519 })
    }

    pub(super) fn log_key(&self) -> Result<Option<LogKey>, Error> {
        let parsed = self.log.as_deref().map(str::parse).transpose();
        parsed.map_err(|_| crate::StorageError::Damaged("meta/account".into()).into())
    }
}

impl From<ReceiptRefused> for Error {
    fn from(refused: ReceiptRefused) -> Self {
        Self::refused(refused.code(), refused.sentence())
    }
}
