//! The phone's end: ask with what waits in the outbox, hear what the server says to it.

use super::{
    ANSWER_MAX, BODY_MAX, CHANGES_MAX, ExchangeError, RECORDS_MAX, STANDINGS_MAX, pack, push_leaf, push_message,
    request_id, unpack,
};
use crate::delivery::SignedRecord;
use crate::ids::{ChangeHash, DossierId, PublicKey, ServerId, Signature, Verify};
use crate::merkle;
use crate::standing::SignedStanding;
use crate::time::Timestamp;
use crate::wire::{
    AfterRestore, Cursor, Delta, DossierPush, PROTOCOL, RecordVerdict, Renewed, SignedAnswer, SignedManifest,
    SyncAnswer, SyncRequest, Verdict, answer_message, to_bytes,
};

/// A question that waits for its answer.
#[derive(Clone, Debug)]
pub struct Asked {
    id: [u8; 16],
    /// What was pushed, by position.
    sent: Vec<(DossierId, Vec<ChangeHash>)>,
    records: usize,
}

/// What the server said, checked; each piece is to be stored before the cursor is.
#[derive(Clone, Debug)]
pub struct Heard {
    pub news: Vec<News>,
    /// One for each record that was sent, in order.
    pub record_verdicts: Vec<RecordVerdict>,
    pub manifests: Vec<SignedManifest>,
    pub cursor: Cursor,
    pub more: bool,
    /// A moment before which it cannot be, whatever the phone's clock says.
    pub beacon: Timestamp,
    /// The next tokens, if the question came with a refresh token.
    pub renewed: Option<Renewed>,
}

/// What concerns one dossier.
#[derive(Clone, Debug)]
pub struct News {
    pub dossier: DossierId,
    /// The changes that had been sent, and what became of each.
    pub sent: Vec<ChangeHash>,
    pub verdicts: Vec<Verdict>,
    pub delta: Option<Delta>,
}

/// How far a phone has read its feed, and whether it reads it from the beginning: because the server was put back from a
/// backup, or the phone was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pub cursor: Cursor,
    pub whole: bool,
}

/// What an answer is to a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    GoesOn,
    /// The server has begun another life: nothing else in the answer counts, and every dossier waits to be compared.
    BeginsAnew,
    /// Each dossier in it is what the server has of it now. At the end, what was not named the server does not know.
    Compares {
        ended: bool,
    },
}

impl Reading {
    /// From the beginning again, in the same life of the server: what came did not fit to what the phone has.
    pub fn anew(self) -> Self {
        Self { cursor: Cursor { n: 0, ..self.cursor }, whole: true }
    }

    /// How far the phone has read with this answer.
    pub fn hear(self, cursor: Cursor, more: bool) -> (Self, Turn) {
        let known = self.cursor.incarnation;
        if known != 0 && known != cursor.incarnation {
            let from_the_beginning = Cursor { incarnation: cursor.incarnation, n: 0 };
            return (Self { cursor: from_the_beginning, whole: true }, Turn::BeginsAnew);
        }
        let turn = if self.whole { Turn::Compares { ended: !more } } else { Turn::GoesOn };
        (Self { cursor, whole: self.whole && more }, turn)
    }
}

/// What waits for the server.
#[derive(Clone, Debug, Default)]
pub struct Waiting {
    pub outbox: Vec<DossierPush>,
    pub records: Vec<SignedRecord>,
    /// While this phone brings back what a restored server lost.
    pub after_restore: Option<AfterRestore>,
}

impl From<Vec<DossierPush>> for Waiting {
    fn from(outbox: Vec<DossierPush>) -> Self {
        Self { outbox, ..Self::default() }
    }
}

/// Writes a request with as much of what waits as one request may hold. `sign` is the device key; it is asked once,
/// and only if something is pushed.
pub fn ask(
    cursor: Cursor,
    waiting: Waiting,
    server: &ServerId,
    sign: impl FnOnce(&[u8]) -> Signature,
) -> (Asked, Vec<u8>) {
    let Waiting { outbox, mut records, mut after_restore } = waiting;
    let dossiers = as_much_as_fits(outbox);
    records.truncate(RECORDS_MAX);
    after_restore.iter_mut().for_each(|after| few_enough(&mut after.standings));
    let leaves: Vec<merkle::Hash> = dossiers.iter().map(|push| push_leaf(server, push)).collect();
    let signature = (!leaves.is_empty()).then(|| sign(&push_message(server, &merkle::root(&leaves))));
    let sent = dossiers
        .iter()
        .map(|push| (push.dossier, push.changes.iter().map(|c| super::change_hash(&c.0)).collect()))
        .collect();
    let asked_records = records.len();
    let request = SyncRequest { protocol: PROTOCOL, cursor, dossiers, signature, records, after_restore };
    let packed = pack(&to_bytes(&request));
    (Asked { id: request_id(&packed), sent, records: asked_records }, packed)
}

/// As many standings as stay within what a request reserves for them.
fn few_enough(standings: &mut Vec<SignedStanding>) {
    let mut bytes = 0;
    standings.retain(|standing| {
        bytes += to_bytes(standing).len();
        bytes <= BODY_MAX / 4
    });
    standings.truncate(STANDINGS_MAX);
}

/// The first changes of each dossier that stay within the limits of one request; the rest goes with the next one.
fn as_much_as_fits(outbox: Vec<DossierPush>) -> Vec<DossierPush> {
    // Headers, records, standings and signature stay within the rest.
    let (mut bytes, mut changes) = (BODY_MAX / 2, CHANGES_MAX);
    let mut fitting = Vec::new();
    for mut push in outbox {
        let mut taken = 0;
        for change in &push.changes {
            if changes == 0 || change.0.len() + 64 > bytes {
                break;
            }
            bytes -= change.0.len() + 64;
            changes -= 1;
            taken += 1;
        }
        push.changes.truncate(taken);
        if taken > 0 {
            fitting.push(push);
        }
    }
    fitting
}

impl Asked {
    /// The changes that this question carries, by dossier.
    pub fn pushed(&self) -> &[(DossierId, Vec<ChangeHash>)] {
        &self.sent
    }

    /// Reads the answer to this question: the server's signature first, then its content.
    pub fn hear(
        self,
        packed: &[u8],
        server: &ServerId,
        key: &PublicKey,
        verify: Verify<'_>,
    ) -> Result<Heard, ExchangeError> {
        let signed: SignedAnswer =
            minicbor::decode(&unpack(packed, ANSWER_MAX)?).map_err(|_| ExchangeError::Malformed)?;
        if !verify(key, &answer_message(server, &signed.body), &signed.signature) {
            return Err(ExchangeError::Signature);
        }
        let answer: SyncAnswer = minicbor::decode(&signed.body).map_err(|_| ExchangeError::Malformed)?;
        if answer.protocol != PROTOCOL {
            return Err(ExchangeError::Protocol);
        }
        if answer.request != self.id {
            return Err(ExchangeError::OtherRequest);
        }
        let fits = answer.verdicts.len() == self.sent.len()
            && answer.verdicts.iter().zip(&self.sent).all(|(v, (_, sent))| v.len() == sent.len())
            && answer.record_verdicts.len() == self.records;
        if !fits {
            return Err(ExchangeError::Malformed);
        }
        Ok(self.sort(answer))
    }

    fn sort(self, answer: SyncAnswer) -> Heard {
        let mut news: Vec<News> = self
            .sent
            .into_iter()
            .zip(answer.verdicts)
            .map(|((dossier, sent), verdicts)| News { dossier, sent, verdicts, delta: None })
            .collect();
        for delta in answer.deltas {
            match news.iter_mut().find(|n| n.dossier == delta.dossier && n.delta.is_none()) {
                Some(known) => known.delta = Some(delta),
                None => news.push(News {
                    dossier: delta.dossier,
                    sent: Vec::new(),
                    verdicts: Vec::new(),
                    delta: Some(delta),
                }),
            }
        }
        Heard {
            news,
            record_verdicts: answer.record_verdicts,
            manifests: answer.manifests,
            cursor: answer.cursor,
            more: answer.more,
            beacon: answer.beacon,
            renewed: answer.renewed,
        }
    }
}
