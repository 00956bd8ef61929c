//! One synchronisation, seen from both ends, as values: bytes come in, bytes and what is to be done go out. Who moves
//! the bytes, and when, is not known here.
//!
//! A body is CBOR, zlib-compressed by our own code where that saves bytes, and never above its limit on either side of
//! the compression: a stranger's request is bounded tighter than a signed answer, which must hold the largest dossier.

pub mod phone;
pub mod server;

use crate::ids::{ChangeHash, DossierId, Epoch, ServerId};
use crate::merkle;
use crate::wire::{DossierPush, Open, to_bytes};
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use minicbor::Encode;
use sha2::{Digest, Sha256};
use std::io::{Read as _, Write as _};

/// The largest body of a request, in bytes, compressed or not (DESIGN §4.1).
pub const BODY_MAX: usize = 1024 * 1024;
/// The largest body of an answer: a saved dossier of 2 MiB has to travel whole, with its events.
pub const ANSWER_MAX: usize = 4 * 1024 * 1024;
/// The most changes of one request.
pub const CHANGES_MAX: usize = 256;
/// The most delivery records of one request.
pub const RECORDS_MAX: usize = 256;
/// The most standings of one request: each costs the server a signature to check and a dossier to load.
pub const STANDINGS_MAX: usize = 64;

/// A body that is not what it should be; the whole request or answer is worthless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeError {
    /// Above its limit, before or after inflation.
    TooLarge,
    /// Not CBOR of the expected shape, or not wholly.
    Malformed,
    /// Another protocol version; ours stands in the error for the other side to see.
    Protocol,
    /// More changes or records than one request may hold, or a dossier twice.
    TooMany,
    /// The signature does not fit the bytes, the key or this server.
    Signature,
    /// The answer is to another question.
    OtherRequest,
}

impl ExchangeError {
    /// Stable, for problems and logs.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "body_too_large",
            Self::Malformed => "body_malformed",
            Self::Protocol => "protocol_unsupported",
            Self::TooMany => "too_many_changes",
            Self::Signature => "signature_invalid",
            Self::OtherRequest => "answer_to_another_request",
        }
    }
}

impl std::fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}
impl std::error::Error for ExchangeError {}

const PLAIN: u8 = 0;
const ZLIB: u8 = 1;

/// A body as it travels: one byte that tells whether the rest is compressed, then the rest.
pub fn pack(body: &[u8]) -> Vec<u8> {
    let mut zlib = ZlibEncoder::new(vec![ZLIB], Compression::new(6));
    // Writing into memory cannot fail; were it to, the plain form is always right.
    match zlib.write_all(body).and_then(|()| zlib.finish()) {
        Ok(packed) if packed.len() <= body.len() => packed,
        _ => [&[PLAIN], body].concat(),
    }
}

/// The body out of what travelled; inflation stops at `limit`.
pub fn unpack(packed: &[u8], limit: usize) -> Result<Vec<u8>, ExchangeError> {
    if packed.len() > limit + 1 {
        return Err(ExchangeError::TooLarge);
    }
    match packed.split_first() {
        Some((&PLAIN, body)) => Ok(body.to_vec()),
        Some((&ZLIB, rest)) => {
            let mut body = Vec::new();
            let read = ZlibDecoder::new(rest).take(limit as u64 + 1).read_to_end(&mut body);
            read.map_err(|_| ExchangeError::Malformed)?;
            if body.len() > limit { Err(ExchangeError::TooLarge) } else { Ok(body) }
        }
        _ => Err(ExchangeError::Malformed),
    }
}

/// The hash of a change chunk, as the document computes it, without parsing it: SHA-256 of what follows magic number
/// and checksum.
pub fn change_hash(chunk: &[u8]) -> ChangeHash {
    ChangeHash(Sha256::digest(chunk.get(8..).unwrap_or_default()).into())
}

/// What a device signs for a push: the root over one leaf for each dossier.
pub fn push_message(server: &ServerId, root: &merkle::Hash) -> Vec<u8> {
    [b"hoso/push/1".as_slice(), server.bytes(), root].concat()
}

/// One dossier's leaf: which server, dossier and epoch, the last change (which vouches for all before it by their
/// hashes), and what the dossier was said to be.
pub fn push_leaf(server: &ServerId, push: &DossierPush) -> merkle::Hash {
    let tip = push.changes.last().map_or(ChangeHash([0; 32]), |c| change_hash(&c.0));
    leaf(server, (&push.dossier, push.epoch), tip, &push.open)
}

fn leaf(
    server: &ServerId,
    (dossier, epoch): (&DossierId, Epoch),
    tip: ChangeHash,
    open: &Option<Open>,
) -> merkle::Hash {
    #[derive(Encode)]
    #[cbor(array)]
    struct Leaf<'a> {
        #[n(0)]
        server: ServerId,
        #[n(1)]
        dossier: DossierId,
        #[n(2)]
        epoch: Epoch,
        #[n(3)]
        tip: ChangeHash,
        #[n(4)]
        open: &'a Option<Open>,
    }
    merkle::leaf(&to_bytes(&Leaf { server: *server, dossier: *dossier, epoch, tip, open }))
}

/// First 16 bytes of SHA-256 of a request's packed body: what its answer names.
pub fn request_id(packed: &[u8]) -> [u8; 16] {
    let mut id = [0; 16];
    id.copy_from_slice(&Sha256::digest(packed)[..16]);
    id
}
