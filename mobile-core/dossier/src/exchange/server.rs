//! The server's end: read a request, check its one signature, write and sign the answer.

use super::{
    ANSWER_MAX, BODY_MAX, CHANGES_MAX, ExchangeError, RECORDS_MAX, STANDINGS_MAX, pack, push_leaf, push_message, unpack,
};
use crate::decide::Evidence;
use crate::ids::{DossierId, PublicKey, ServerId, Signature, Verify};
use crate::merkle;
use crate::wire::{
    Cursor, DossierPush, Open, PROTOCOL, PROTOCOL_OLDEST, SignedAnswer, SyncAnswer, SyncRequest, answer_message,
    to_bytes,
};
use minicbor::Decoder;
use std::collections::BTreeSet;

/// Reads a packed request: size, shape, protocol version, number of changes.
pub fn read_request(packed: &[u8]) -> Result<SyncRequest, ExchangeError> {
    let body = unpack(packed, BODY_MAX)?;
    if !(PROTOCOL_OLDEST..=PROTOCOL).contains(&protocol_of(&body)?) {
        return Err(ExchangeError::Protocol);
    }
    let mut decoder = Decoder::new(&body);
    let request: SyncRequest = decoder.decode().map_err(|_| ExchangeError::Malformed)?;
    if decoder.position() != body.len() {
        return Err(ExchangeError::Malformed);
    }
    let dossiers: BTreeSet<_> = request.dossiers.iter().map(|d| d.dossier).collect();
    let changes: usize = request.dossiers.iter().map(|d| d.changes.len()).sum();
    let empty = request.dossiers.iter().any(|d| d.changes.is_empty());
    let standings = request.after_restore.as_ref().map_or(0, |after| after.standings.len());
    let too_many = changes > CHANGES_MAX || request.records.len() > RECORDS_MAX || standings > STANDINGS_MAX;
    if too_many || dossiers.len() != request.dossiers.len() || empty {
        return Err(ExchangeError::TooMany);
    }
    Ok(request)
}

/// Whether a phone's cursor is of another life of the server than the present one. Nothing that it pushes is judged then,
/// because it rests on what this life may not have: the phone is told of the new life, and begins anew.
pub fn is_of_another_life(cursor: &Cursor, life: u64) -> bool {
    cursor.incarnation != 0 && cursor.incarnation != life
}

/// The version stands first, so that any later shape can still be refused by name.
fn protocol_of(body: &[u8]) -> Result<u8, ExchangeError> {
    let mut decoder = Decoder::new(body);
    decoder.array().and_then(|_| decoder.u8()).map_err(|_| ExchangeError::Malformed)
}

/// Checks the one signature of a request, before any change of it is parsed; returns each dossier's evidence in the
/// request's order.
pub fn evidence(
    dossiers: &[DossierPush],
    signature: Option<&Signature>,
    server: &ServerId,
    key: &PublicKey,
    verify: Verify<'_>,
) -> Result<Vec<Evidence>, ExchangeError> {
    if dossiers.is_empty() {
        return Ok(Vec::new());
    }
    let signature = signature.ok_or(ExchangeError::Signature)?;
    let leaves: Vec<merkle::Hash> = dossiers.iter().map(|push| push_leaf(server, push)).collect();
    if !verify(key, &push_message(server, &merkle::root(&leaves)), signature) {
        return Err(ExchangeError::Signature);
    }
    let device = key.thumbprint();
    let evidence = dossiers.iter().enumerate().map(|(i, push)| Evidence {
        device,
        epoch: push.epoch,
        tip: push.changes.last().map_or(crate::ids::ChangeHash([0; 32]), |c| super::change_hash(&c.0)),
        index: i as u32,
        of: leaves.len() as u32,
        path: merkle::path(&leaves, i).into_iter().map(crate::ids::TreeHash).collect(),
        signature: *signature,
        rest: Vec::new(),
    });
    Ok(evidence.collect())
}

/// Whether kept evidence still shows that this key signed for a dossier's changes up to the tip. A push says what the
/// dossier is only the first time.
pub fn vouches(
    evidence: &Evidence,
    server: &ServerId,
    dossier: &DossierId,
    open: &Open,
    key: &PublicKey,
    verify: Verify<'_>,
) -> bool {
    let signed = |open: Option<Open>| signed_for(evidence, (server, dossier), &open, key, verify);
    signed(Some(open.clone())) || signed(None)
}

/// The same for a push of which it is known whether it said what the dossier is.
pub(crate) fn signed_for(
    evidence: &Evidence,
    (server, dossier): (&ServerId, &DossierId),
    open: &Option<Open>,
    key: &PublicKey,
    verify: Verify<'_>,
) -> bool {
    let path: Vec<merkle::Hash> = evidence.path.iter().map(|hash| hash.0).collect();
    let leaf = super::leaf(server, (dossier, evidence.epoch), evidence.tip, open);
    let root = merkle::root_of_path(&leaf, evidence.index as usize, evidence.of as usize, &path);
    key.thumbprint() == evidence.device
        && root.is_some_and(|root| verify(key, &push_message(server, &root), &evidence.signature))
}

/// Writes an answer and has it signed; `None` when it is above what a phone takes (the caller puts less into it).
pub fn write_answer(answer: &SyncAnswer, server: &ServerId, sign: impl FnOnce(&[u8]) -> Signature) -> Option<Vec<u8>> {
    let body = to_bytes(answer);
    let signature = sign(&answer_message(server, &body));
    let signed = to_bytes(&SignedAnswer { body, signature });
    (signed.len() <= ANSWER_MAX).then(|| pack(&signed))
}
