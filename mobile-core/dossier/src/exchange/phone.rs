//! The phone's end: ask with what waits in the outbox, hear what the server says to it.

use super::{
    ANSWER_MAX, BODY_MAX, CHANGES_MAX, ExchangeError, RECORDS_MAX, pack, push_leaf, push_message, request_id, unpack,
};
use crate::delivery::SignedRecord;
use crate::ids::{ChangeHash, DossierId, PublicKey, ServerId, Signature, Verify};
use crate::merkle;
use crate::time::Timestamp;
use crate::wire::{
    Cursor, Delta, DossierPush, PROTOCOL, RecordVerdict, SignedAnswer, SignedManifest, SyncAnswer, SyncRequest,
    Verdict, answer_message, to_bytes,
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

/// Writes a request with as much of the outbox as one request may hold. `sign` is the device key; it is asked once,
/// and only if something is pushed.
pub fn ask(
    cursor: Cursor,
    outbox: Vec<DossierPush>,
    mut records: Vec<SignedRecord>,
    server: &ServerId,
    sign: impl FnOnce(&[u8]) -> Signature,
) -> (Asked, Vec<u8>) {
    let dossiers = as_much_as_fits(outbox);
    records.truncate(RECORDS_MAX);
    let leaves: Vec<merkle::Hash> = dossiers.iter().map(|push| push_leaf(server, push)).collect();
    let signature = (!leaves.is_empty()).then(|| sign(&push_message(server, &merkle::root(&leaves))));
    let sent = dossiers
        .iter()
        .map(|push| (push.dossier, push.changes.iter().map(|c| super::change_hash(&c.0)).collect()))
        .collect();
    let asked_records = records.len();
    let packed = pack(&to_bytes(&SyncRequest { protocol: PROTOCOL, cursor, dossiers, signature, records }));
    (Asked { id: request_id(&packed), sent, records: asked_records }, packed)
}

/// The first changes of each dossier that stay within the limits of one request; the rest goes with the next one.
fn as_much_as_fits(outbox: Vec<DossierPush>) -> Vec<DossierPush> {
    // Headers, records and signature are small beside this reserve.
    let (mut bytes, mut changes) = (BODY_MAX * 3 / 4, CHANGES_MAX);
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
        }
    }
}
