//! What travels between a phone and the server, in CBOR arrays: fields are numbered, never renumbered, never reused.

use crate::delivery::SignedRecord;
use crate::event::Event;
use crate::ids::{
    ActId, ChangeHash, DossierId, Epoch, PaperHash, ProcedureCode, PublicKey, ServerId, Signature, Thumbprint,
};
use crate::standing::SignedStanding;
use crate::time::Timestamp;
use minicbor::{Decode, Encode};
use sha2::{Digest as _, Sha256};

/// The version that this code speaks; a server refuses others by name.
pub const PROTOCOL: u8 = 1;
/// The oldest that a server still answers, in its own shape: the two before its own, once there are any.
pub const PROTOCOL_OLDEST: u8 = 1;

/// Encodes a value of ours. Encoding into memory cannot fail.
pub fn to_bytes<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    match minicbor::encode(value, &mut bytes) {
        Ok(()) => bytes,
        Err(never) => unreachable!("encoding into memory failed: {never}"),
    }
}

/// `POST /v1/sync`, what a phone says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SyncRequest {
    #[n(0)]
    pub protocol: u8,
    #[n(1)]
    pub cursor: Cursor,
    #[n(2)]
    pub dossiers: Vec<DossierPush>,
    /// One signature for all of `dossiers`, over the Merkle root of their leaves; absent when there are none.
    #[n(3)]
    pub signature: Option<Signature>,
    /// A courier's records, in the order of their counters.
    #[n(4)]
    pub records: Vec<SignedRecord>,
    /// Only while a phone brings back what a restored server lost.
    #[n(5)]
    pub after_restore: Option<AfterRestore>,
}

/// What a phone says beside its pushes after the server began another life, or while it reads again what it could not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct AfterRestore {
    /// It reads its feed from the beginning, to learn what the server has: each dossier is to come whole.
    #[n(0)]
    pub whole: bool,
    /// What the server had said of dossiers, beyond what it says now.
    #[n(1)]
    pub standings: Vec<SignedStanding>,
}

/// How far a phone has read its feed. A server restored from a backup has another incarnation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Cursor {
    #[n(0)]
    pub incarnation: u64,
    #[n(1)]
    pub n: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DossierPush {
    #[n(0)]
    pub dossier: DossierId,
    #[n(1)]
    pub epoch: Epoch,
    /// What the dossier is; beside the first push of a dossier.
    #[n(2)]
    pub open: Option<Open>,
    /// Change chunks in causal order, as the document library writes them.
    #[n(3)]
    pub changes: Vec<Blob>,
}

/// Bytes that are a CBOR byte string.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Blob(#[cbor(n(0), with = "minicbor::bytes")] pub Vec<u8>);

/// What a dossier is, said once, signed with the first push: the first admitted push binds the owner.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Open {
    /// Layout of the document (its genesis).
    #[n(0)]
    pub layout: u8,
    #[n(1)]
    pub procedure: ProcedureCode,
    #[n(2)]
    pub catalogue: u32,
}

/// What the server says: the body's bytes, and its signature over `answer_message`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SignedAnswer {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub body: Vec<u8>,
    #[n(1)]
    pub signature: Signature,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SyncAnswer {
    #[n(0)]
    pub protocol: u8,
    /// First 16 bytes of SHA-256 of the request's body: an answer serves one question.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub request: [u8; 16],
    /// The server's time when it answered: the phone's trusted lower bound of "now".
    #[n(2)]
    pub beacon: Timestamp,
    #[n(3)]
    pub cursor: Cursor,
    /// There is more to fetch: ask again with the new cursor.
    #[n(4)]
    pub more: bool,
    /// By position: one for each pushed dossier, in it one for each of its changes.
    #[n(5)]
    pub verdicts: Vec<Vec<Verdict>>,
    /// By position: one for each pushed delivery record.
    #[n(6)]
    pub record_verdicts: Vec<RecordVerdict>,
    #[n(7)]
    pub deltas: Vec<Delta>,
    /// Manifests of a courier, each as its signed bytes.
    #[n(8)]
    pub manifests: Vec<SignedManifest>,
    /// For a phone that came with its refresh token. Where there is none, it takes no byte.
    #[n(9)]
    pub renewed: Option<Renewed>,
}

/// A phone's next tokens.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Renewed {
    #[n(0)]
    pub access_token: String,
    /// How long the access token lives.
    #[n(1)]
    pub seconds: u32,
    #[n(2)]
    pub refresh_token: String,
}

/// Tokens are not printed.
impl std::fmt::Debug for Renewed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Renewed(…)")
    }
}

/// What happened to one pushed change.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Verdict {
    #[n(0)]
    Accepted,
    /// It was here before: an answer was lost.
    #[n(1)]
    Already,
    /// It can never enter; the code is stable (see `admit::Refusal`).
    #[n(2)]
    Refused(#[n(0)] String),
    /// It stands on a change that was refused.
    #[n(3)]
    DependsOnRefused,
    /// An act waits for these papers; upload them and push again.
    #[n(4)]
    MissingPapers(#[n(0)] Vec<PaperHash>),
    /// The dossier is not open for this edit now; it may be again.
    #[n(5)]
    Locked,
    /// The server has other content for this actor and sequence number: take the next epoch after this one and replay.
    #[n(6)]
    Forked(#[n(0)] Epoch, #[n(1)] u64, #[n(2)] ChangeHash),
    /// It stands on an act that waits for papers. For the first change of a dossier, which stands on none: the dossier
    /// has had its changes of the day, and these are taken later.
    #[n(7)]
    Waits,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum RecordVerdict {
    #[n(0)]
    Accepted,
    #[n(1)]
    Already,
    /// Kept and flagged: another record for this parcel was first.
    #[n(2)]
    Disputed,
    #[n(3)]
    Refused(#[n(0)] String),
}

/// What a phone lacks of one dossier.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Delta {
    #[n(0)]
    pub dossier: DossierId,
    /// Sent with a snapshot.
    #[n(1)]
    pub open: Option<Open>,
    #[n(2)]
    pub document: DocumentDelta,
    #[n(3)]
    pub events: Vec<Event>,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum DocumentDelta {
    #[n(0)]
    Nothing,
    /// The whole document, for a phone that has none of it.
    #[n(1)]
    Snapshot(#[n(0)] Blob),
    #[n(2)]
    Changes(#[n(0)] Vec<Blob>),
}

/// A courier's list: the manifest's bytes and the server's signature over `manifest_message`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SignedManifest {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub manifest: Vec<u8>,
    #[n(1)]
    pub signature: Signature,
}

/// What the server's key signs for an answer.
pub fn answer_message(server: &ServerId, body: &[u8]) -> Vec<u8> {
    [b"hoso/answer/1".as_slice(), server.bytes(), body].concat()
}

/// What the server's key signs for a manifest.
pub fn manifest_message(server: &ServerId, manifest: &[u8]) -> Vec<u8> {
    [b"hoso/manifest/1".as_slice(), server.bytes(), manifest].concat()
}

/// What a device signs to enrol: it holds the key that the single-use code is to be bound to.
pub fn enrolment_message(server: &ServerId, code: &str, key: &PublicKey) -> Vec<u8> {
    [b"hoso/enrol/1".as_slice(), server.bytes(), key.bytes(), code.as_bytes()].concat()
}

/// What a device signs to finish a sign-in: it holds the key that is to be bound, and it is the one to which the browser
/// gave state and code. A code that is overheard on its way through the browser serves nobody else. The state is of the
/// server's own making and of one length, so that no other two texts have the same hash.
pub fn sign_in_message(server: &ServerId, key: &PublicKey, state: &str, code: &str) -> Vec<u8> {
    let given = Sha256::new().chain_update(state).chain_update(code).finalize();
    [b"hoso/sign-in/1".as_slice(), server.bytes(), key.bytes(), given.as_slice()].concat()
}

/// What the server's key signs to order a lost device to delete what it keeps. The order is for one device of one server and
/// no other, and does not grow old: what is lost stays lost.
pub fn wipe_message(server: &ServerId, device: &Thumbprint, lost_at: Timestamp) -> Vec<u8> {
    [b"hoso/wipe/1".as_slice(), server.bytes(), device.bytes(), &lost_at.0.to_be_bytes()].concat()
}

/// The act that a key of the document's `acts` map names, if it is one.
pub fn act_id_of_key(key: &str) -> Option<ActId> {
    let id: ActId = key.parse().ok()?;
    (id.to_string() == key && id.0.get_version_num() == 7).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_to_wipe_is_fixed_and_names_server_device_and_moment() {
        let (server, device) = (ServerId::from_bytes([1; 16]), Thumbprint([2; 32]));
        let message = wipe_message(&server, &device, Timestamp(0x0102_0304));
        let moment = [0, 0, 0, 0, 1, 2, 3, 4];
        assert_eq!(message, [b"hoso/wipe/1".as_slice(), &[1; 16], &[2; 32], &moment].concat());
        assert_ne!(message, wipe_message(&ServerId::from_bytes([9; 16]), &device, Timestamp(0x0102_0304)));
    }

    #[test]
    fn what_a_device_signs_to_sign_in_is_fixed_and_says_all_four() {
        let (server, key) = (ServerId::from_bytes([1; 16]), PublicKey([2; 64]));
        let message = sign_in_message(&server, &key, "state", "code");
        // SHA-256("statecode"), as sha256sum prints it.
        let given = "dd39f5fa4c794b08057c12bea0fbca094e1585431e317b9522e3e4c0cd981320";
        assert_eq!(message[..14], *b"hoso/sign-in/1");
        assert_eq!((&message[14..30], &message[30..94]), (server.bytes().as_slice(), key.bytes().as_slice()));
        assert_eq!(message[94..].iter().map(|b| format!("{b:02x}")).collect::<String>(), given);
        let others = [
            sign_in_message(&ServerId::from_bytes([9; 16]), &key, "state", "code"),
            sign_in_message(&server, &PublicKey([9; 64]), "state", "code"),
            sign_in_message(&server, &key, "other", "code"),
            sign_in_message(&server, &key, "state", "other"),
            enrolment_message(&server, "code", &key),
        ];
        assert!(others.iter().all(|other| *other != message));
    }
}
