//! Keeping receipts: after an exchange the phone asks for those that it has not, checks each as anybody would with the
//! keys that it pinned, and keeps the file, so that the citizen needs no server to show what happened.

use super::log::{Alarm, DAY_SECONDS, Watch};
use super::{Client, dossier_id};
use crate::account::Account;
use crate::api::{Call, Line};
use crate::error::Error;
use crate::shelf;
use crate::storage::{Batch, Kind, StorageError, Store};
use crate::view::{KeptReceiptView, SyncView};
use dossier::event::Event;
use dossier::ids::DossierId;
use dossier::log::LogKey;
use dossier::receipt::{InLog, Kept, ReceiptRefused, Subject};
use dossier::replica::Replica;
use dossier::sentence::Sentence;
use dossier::time::Timestamp;
use dossier::wire::{Blob, to_bytes};

/// Notes that receipts of a dossier may be due; where none is, the next synchronisation finds out without asking.
pub(super) fn mark(batch: &mut Batch, replica: &Replica) {
    if replica.events.iter().any(|event| Subject::of(event).is_some()) {
        batch.put(Kind::ReceiptDue, replica.dossier.bytes(), []);
    }
}

impl Client {
    /// The receipts of a dossier that are kept here, the oldest first.
    pub fn receipts(&self, dossier: &str) -> Result<Vec<KeptReceiptView>, Error> {
        let id = dossier_id(dossier)?;
        let kept = self.with(|store| kept_of(store, &id))?;
        Ok(kept.iter().map(|kept| self.kept_view(kept)).collect())
    }

    /// A receipt as the file that is handed to others (`.hoso`).
    pub fn export_receipt(&self, dossier: &str, seq: u32) -> Result<Vec<u8>, Error> {
        let id = dossier_id(dossier)?;
        let kept = self.with(|store| kept_of(store, &id))?;
        let found = kept.iter().rfind(|kept| kept.receipt.unverified().seq == seq);
        let none = || Error::refused("no_receipt", Sentence::new("refused-no-receipt"));
        Ok(found.ok_or_else(none)?.to_bytes())
    }

    /// Asks for what is due, and once a day whether the log goes on from what this phone saw of it. Without network, or
    /// while the server is busy, it is left for the next time: the exchange itself is done.
    pub(super) async fn collect_receipts(&self, line: &Line<'_>, view: &mut SyncView) -> Result<(), Error> {
        match self.collect(line, view).await {
            Err(Error::Offline(_) | Error::Server { .. } | Error::Refused { .. }) => Ok(()),
            done => done,
        }
    }

    async fn collect(&self, line: &Line<'_>, view: &mut SyncView) -> Result<(), Error> {
        let mut account = self.signed_in()?;
        let logs: Vec<LogKey> = account.log_key()?.into_iter().collect();
        for dossier in self.with(|store| due(store, self.now(store)?))? {
            self.keep_standing(&dossier, line).await?;
            let wanted = self.with(|store| wanted(store, &dossier))?;
            if wanted.is_empty() {
                self.settle(Batch::default(), &dossier, None)?;
                continue;
            }
            let path = format!("/v1/dossiers/{dossier}/receipts");
            match line.call(Call::get(&path)).await {
                Ok(response) => {
                    let told = Told { dossier, wanted, body: response.body };
                    account = self.keep_receipts(account, &logs, line, &told, view).await?;
                }
                // A server that gives none, or lost the dossier: asked again tomorrow.
                Err(Error::Refused { .. }) => self.settle(Batch::default(), &dossier, Some(DAY_SECONDS))?,
                Err(other) => return Err(other),
            }
        }
        match logs.first() {
            Some(key) => self.look_daily(&Watch { account: &account, key, line }, view).await,
            None => Ok(()),
        }
    }

    /// Checks and keeps what the server told; gives the account, with a newer key if it took one for that.
    async fn keep_receipts(
        &self,
        mut account: Account,
        logs: &[LogKey],
        line: &Line<'_>,
        told: &Told,
        view: &mut SyncView,
    ) -> Result<Account, Error> {
        let files: Vec<Blob> = minicbor::decode(&told.body).map_err(|_| Error::malformed())?;
        let (mut batch, mut left, mut proven) = (Batch::default(), Left::Nothing, 0);
        // What this app cannot read, of a later format perhaps, is as good as not given.
        let read: Vec<(Kept, &Blob)> =
            files.iter().filter_map(|file| Some((Kept::read(&file.0).ok()?, file))).collect();
        for event in &told.wanted {
            let Some((kept, file)) = read.iter().find(|(kept, _)| kept.receipt.unverified().seq == event.seq) else {
                left = left.max(Left::Receipt);
                continue;
            };
            let mut checked = account.check(kept, logs);
            if checked == Err(ReceiptRefused::UnknownKey) {
                account = self.follow(&account, line).await?;
                checked = account.check(kept, logs);
            }
            let note = kept.proof.as_ref().map_or("", |proof| proof.checkpoint.as_str());
            let alarm = |why| Alarm { why, given: note, received: &file.0 };
            let verified = match checked {
                Ok(verified) if speaks_of(kept, &account, &told.dossier, event) => verified,
                Ok(_) => return Err(self.alarm(&account, &alarm("other_event"))?),
                Err(refused) => return Err(self.alarm(&account, &alarm(refused.code()))?),
            };
            if let (InLog::Shown(_), Some(key)) = (&verified.log, logs.first()) {
                self.hold(&Watch { account: &account, key, line }, note, view).await?;
            }
            if kept.proof.is_some() {
                proven += 1;
            } else {
                left = left.max(Left::Proof);
            }
            batch.put(Kind::Receipt, &place(&told.dossier, event.seq, event.at), kept.to_bytes());
        }
        let again = match left {
            Left::Nothing => None,
            Left::Proof => Some(0),
            Left::Receipt => Some(DAY_SECONDS),
        };
        self.settle(batch, &told.dossier, again)?;
        view.receipts += proven;
        Ok(account)
    }

    /// Keeps a batch, and when receipts of a dossier are due again, if at all.
    fn settle(&self, mut batch: Batch, dossier: &DossierId, again: Option<i64>) -> Result<(), Error> {
        self.with(|store| {
            match again {
                None => batch.remove(Kind::ReceiptDue, dossier.bytes()),
                Some(0) => batch.put(Kind::ReceiptDue, dossier.bytes(), []),
                Some(seconds) => {
                    let from = self.now(store)?.plus_seconds(seconds);
                    batch.put(Kind::ReceiptDue, dossier.bytes(), to_bytes(&from))
                }
            };
            Ok(store.write(&batch)?)
        })
    }

    fn kept_view(&self, kept: &Kept) -> KeptReceiptView {
        let receipt = kept.receipt.unverified();
        KeptReceiptView {
            seq: receipt.seq,
            kind: self.say(&receipt.sentence()),
            at: receipt.at.0,
            at_text: receipt.at.to_string(),
            text: kept.receipt.to_text(),
            has_proof: kept.proof.is_some(),
        }
    }
}

/// What the server answered about a dossier of which receipts are wanted.
struct Told {
    dossier: DossierId,
    wanted: Vec<Event>,
    body: Vec<u8>,
}

/// What an answer leaves to ask for; the later, the longer it may take.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Left {
    Nothing,
    /// The log places an entry within a minute.
    Proof,
    /// What is older than the log may never get one.
    Receipt,
}

/// Whether the receipt says of this dossier's event what this phone heard of it.
fn speaks_of(kept: &Kept, account: &Account, dossier: &DossierId, event: &Event) -> bool {
    let receipt = kept.receipt.unverified();
    (receipt.server, receipt.dossier, receipt.at) == (account.server, *dossier, event.at)
        && Subject::of(event).as_ref() == Some(&receipt.subject)
}

/// A restored server numbers anew: the time tells apart what had the same number in two of its lives.
fn place(dossier: &DossierId, seq: u32, at: Timestamp) -> Vec<u8> {
    [&dossier.bytes()[..], &seq.to_be_bytes(), &at.0.to_be_bytes()].concat()
}

fn kept_of(store: &Store, dossier: &DossierId) -> Result<Vec<Kept>, Error> {
    let damaged = || StorageError::Damaged(format!("receipt/{dossier}"));
    let rows = store.all(Kind::Receipt, dossier.bytes())?;
    rows.iter().map(|(_, bytes)| Kept::read(bytes).map_err(|_| damaged().into())).collect()
}

/// Dossiers to ask about now.
fn due(store: &Store, now: Timestamp) -> Result<Vec<DossierId>, Error> {
    let mut due = Vec::new();
    for (id, from) in store.all(Kind::ReceiptDue, &[])? {
        let damaged = || StorageError::Damaged("receipt_due".into());
        let from = if from.is_empty() { now } else { minicbor::decode(&from).map_err(|_| damaged())? };
        if from <= now {
            due.push(DossierId::from_bytes(id.as_slice().try_into().map_err(|_| damaged())?));
        }
    }
    Ok(due)
}

/// Events of a dossier that have a receipt of which none with its proof is here.
fn wanted(store: &Store, dossier: &DossierId) -> Result<Vec<Event>, Error> {
    let Some(replica) = shelf::find(store, dossier)? else { return Ok(Vec::new()) };
    let kept = kept_of(store, dossier)?;
    let proven = |event: &Event| {
        let of = |kept: &Kept| {
            let receipt = kept.receipt.unverified();
            (receipt.seq, receipt.at) == (event.seq, event.at)
        };
        kept.iter().any(|kept| kept.proof.is_some() && of(kept))
    };
    let events = replica.events.into_iter().filter(|event| Subject::of(event).is_some());
    Ok(events.filter(|event| !proven(event)).collect())
}
