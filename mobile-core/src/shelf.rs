//! Dossiers in the store: the replica and its document, the card that the list shows, the mark that something waits.

use crate::error::Error;
use crate::storage::{Batch, Kind, StorageError, Store};
use dossier::decide::Card;
use dossier::ids::{DossierCode, DossierId, ProcedureCode};
use dossier::replica::{Intent, Replica};
use dossier::sentence::Sentence;
use dossier::status::Status;
use dossier::time::Timestamp;
use dossier::wire::to_bytes;
use minicbor::{Decode, Encode};

/// What the list needs of a dossier, small enough to open a thousand at once.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct CardRow {
    #[n(0)]
    pub(crate) procedure: ProcedureCode,
    /// The national code; 0 for a draft.
    #[n(1)]
    pub(crate) status: u8,
    #[n(2)]
    pub(crate) code: Option<DossierCode>,
    #[n(3)]
    pub(crate) due: Option<Timestamp>,
    #[n(4)]
    pub(crate) moved_at: Option<Timestamp>,
    #[n(5)]
    pub(crate) progress: Progress,
    /// Changes that the server has not acknowledged.
    #[n(6)]
    pub(crate) unsent: u32,
    #[n(7)]
    pub(crate) status_key: String,
}

/// How far what the citizen did has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub enum Progress {
    /// Still being written; whether the server has a copy shows in the number of unsent changes.
    #[n(0)]
    Draft,
    /// Handed in on this phone and saved, not sent.
    #[n(1)]
    Queued,
    /// An act waits for this many papers to reach the server.
    #[n(2)]
    Uploading {
        #[n(0)]
        papers: u32,
    },
    /// The server has everything.
    #[n(3)]
    Acknowledged,
    /// The citizen's move: something was set aside, or the office asks.
    #[n(4)]
    NeedsYou,
    /// Refused by the office.
    #[n(5)]
    Refused,
    /// Handed in, and sending it was begun; no answer has come. It may be at the server: the next synchronisation asks.
    #[n(6)]
    Sent,
}

impl Progress {
    pub(crate) fn of(replica: &Replica) -> Self {
        let status = replica.status();
        let lacking: usize = replica.outbox.iter().map(|q| q.lacking.len()).sum();
        let mut acts = replica.outbox.iter().filter(|q| matches!(q.intent, Intent::Act(..))).peekable();
        if replica.to_see_to() > 0 {
            Self::NeedsYou
        } else if lacking > 0 {
            Self::Uploading { papers: u32::try_from(lacking).unwrap_or(u32::MAX) }
        } else if acts.peek().is_some() {
            if acts.all(|act| act.sent) { Self::Sent } else { Self::Queued }
        } else {
            match status {
                Status::Draft => Self::Draft,
                Status::WaitingForCitizen { .. } | Status::WaitingForPayment => Self::NeedsYou,
                Status::Refused => Self::Refused,
                _ if !replica.outbox.is_empty() => Self::Queued,
                _ => Self::Acknowledged,
            }
        }
    }

    /// The stable word for programs.
    pub fn key(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Queued => "queued",
            Self::Uploading { .. } => "uploading",
            Self::Acknowledged => "acknowledged",
            Self::NeedsYou => "needs_you",
            Self::Refused => "refused",
            Self::Sent => "sent",
        }
    }
}

pub(crate) fn load(store: &Store, id: &DossierId) -> Result<Replica, Error> {
    find(store, id)?.ok_or_else(|| Error::refused("not_found", Sentence::new("refused-not-found")))
}

pub(crate) fn find(store: &Store, id: &DossierId) -> Result<Option<Replica>, Error> {
    let Some(bytes) = store.get(Kind::Replica, id.bytes())? else { return Ok(None) };
    let damaged = |kind: &str| StorageError::Damaged(format!("{kind}/{id}"));
    let mut replica: Replica = minicbor::decode(&bytes).map_err(|_| damaged("replica"))?;
    replica.document = store.get(Kind::Document, id.bytes())?.ok_or_else(|| damaged("document"))?;
    Ok(Some(replica))
}

/// Puts a dossier into a batch. `before` is what the store holds, so that an unchanged document is not written again.
pub(crate) fn put(batch: &mut Batch, replica: &Replica, before: Option<&Replica>) {
    let id = replica.dossier;
    batch.put(Kind::Replica, id.bytes(), to_bytes(replica));
    if before.is_none_or(|before| before.document != replica.document) {
        batch.put(Kind::Document, id.bytes(), replica.document.clone());
    }
    batch.put(Kind::Card, id.bytes(), to_bytes(&card(replica)));
    if replica.refill.is_none() {
        batch.remove(Kind::Refill, id.bytes());
    } else {
        batch.put(Kind::Refill, id.bytes(), []);
    }
    if replica.outbox.is_empty() {
        batch.remove(Kind::Outbox, id.bytes());
    } else {
        batch.put(Kind::Outbox, id.bytes(), []);
    }
}

pub(crate) fn cards(store: &Store) -> Result<Vec<(DossierId, CardRow)>, Error> {
    let rows = store.all(Kind::Card, &[])?;
    rows.into_iter().map(|(id, bytes)| read_card(&id, &bytes)).collect()
}

/// Every dossier.
pub(crate) fn all(store: &Store) -> Result<Vec<DossierId>, Error> {
    store.ids(Kind::Replica)?.iter().map(|id| read_id(id)).collect()
}

/// Dossiers of which a restored server lacks something.
pub(crate) fn lacking(store: &Store) -> Result<Vec<DossierId>, Error> {
    store.ids(Kind::Refill)?.iter().map(|id| read_id(id)).collect()
}

/// Dossiers with something to send.
pub(crate) fn waiting(store: &Store) -> Result<Vec<DossierId>, Error> {
    store.ids(Kind::Outbox)?.iter().map(|id| read_id(id)).collect()
}

pub(crate) fn card(replica: &Replica) -> CardRow {
    let card = Card::of(&replica.open.procedure, &replica.events);
    CardRow {
        procedure: card.procedure,
        status: card.status,
        code: card.code,
        due: card.due,
        moved_at: card.moved_at,
        progress: Progress::of(replica),
        unsent: u32::try_from(replica.outbox.len()).unwrap_or(u32::MAX),
        status_key: replica.status().key().to_owned(),
    }
}

fn read_card(id: &[u8], bytes: &[u8]) -> Result<(DossierId, CardRow), Error> {
    let id = read_id(id)?;
    let card = minicbor::decode(bytes).map_err(|_| StorageError::Damaged(format!("card/{id}")))?;
    Ok((id, card))
}

fn read_id(bytes: &[u8]) -> Result<DossierId, Error> {
    let bytes = bytes.try_into().map_err(|_| StorageError::Damaged("card".into()))?;
    Ok(DossierId::from_bytes(bytes))
}
