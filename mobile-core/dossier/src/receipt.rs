//! Receipts: what the server signs for a submission, a supplement, an acceptance or a delivery, small enough for a QR
//! code (COSE, ES256), and what a citizen keeps beside it so that anybody can later be shown, without the server, that
//! it happened and stands in the transparency log.

mod base45;
mod cose;
mod kept;
#[cfg(test)]
mod tests;
mod verify;
mod words;

pub use cose::{RECEIPT_MAX, SignedReceipt};
pub use kept::{EXTENSION, KEPT_MAX, Kept, Proof};
pub use verify::{InLog, Logged, PapersShown, ReceiptRefused, Trust, Verified};

use crate::event::{Event, What};
use crate::ids::{ContentHash, DossierCode, DossierId, EntryCommitment, PaperHash, ServerId};
use crate::time::Timestamp;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use sha2::{Digest, Sha256};

/// The version of what a receipt is made of.
const FORMAT: u8 = 1;

/// What a receipt says. It holds no word about a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub server: ServerId,
    pub dossier: DossierId,
    /// Number of the event in the dossier.
    pub seq: u32,
    pub subject: Subject,
    /// Over the papers that were handed in (see `papers_digest`); absent where there were none.
    pub papers: Option<[u8; 32]>,
    /// The log's entry that holds the event.
    pub entry: EntryCommitment,
    pub writer: Writer,
    /// The server's time of the event.
    pub at: Timestamp,
}

/// What happened, and the one value that fixes it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Subject {
    /// The frozen version that was handed in.
    #[n(0)]
    Submission(#[n(0)] ContentHash),
    #[n(1)]
    Supplement(#[n(0)] ContentHash),
    /// The official code that it was given.
    #[n(2)]
    Acceptance(#[n(0)] DossierCode),
    /// SHA-256 of the courier's record.
    #[n(3)]
    Delivery(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]),
}

/// How what happened came to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Writer {
    /// Signed by the key of a phone.
    #[n(0)]
    Device,
    /// Said by somebody who was signed in at the server's pages.
    #[n(1)]
    Session,
    /// Written at the counter by an officer for a citizen.
    #[n(2)]
    Counter,
}

/// One digest over papers in their frozen version's order: SHA-256("hoso papers 1" ‖ each paper's hash).
pub fn papers_digest(papers: &[PaperHash]) -> Option<[u8; 32]> {
    if papers.is_empty() {
        return None;
    }
    let start = Sha256::new().chain_update(b"hoso papers 1");
    Some(papers.iter().fold(start, |hash, paper| hash.chain_update(paper.bytes())).finalize().into())
}

impl Subject {
    /// What a receipt for this event is about; `None` for events that nobody gets a receipt for.
    pub fn of(event: &Event) -> Option<Self> {
        match &event.what {
            What::Submitted(_, content, ..) => Some(Self::Submission(*content)),
            What::Supplemented(_, content, _) => Some(Self::Supplement(*content)),
            What::Accepted(acceptance) => Some(Self::Acceptance(acceptance.code.clone())),
            What::Delivered(_, _, proof) => Some(Self::Delivery(proof.record)),
            _ => None,
        }
    }
}

impl Receipt {
    /// Whether this is the event that the receipt speaks of, and says the same.
    fn speaks_of(&self, event: &Event) -> bool {
        event.seq == self.seq && event.at == self.at && Subject::of(event).as_ref() == Some(&self.subject)
    }
}

impl<C> Encode<C> for Receipt {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(9)?.u8(FORMAT)?;
        e.encode_with(self.server, ctx)?.encode_with(self.dossier, ctx)?.u32(self.seq)?;
        e.encode_with(&self.subject, ctx)?;
        match &self.papers {
            Some(digest) => e.bytes(digest)?,
            None => e.null()?,
        };
        e.encode_with(self.entry, ctx)?.encode_with(self.writer, ctx)?.encode_with(self.at, ctx)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Receipt {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        let at = d.position();
        if d.array()? != Some(9) || d.u8()? != FORMAT {
            return Err(decode::Error::message("a receipt of another format").at(at));
        }
        let (server, dossier, seq, subject) = (d.decode_with(ctx)?, d.decode_with(ctx)?, d.u32()?, d.decode_with(ctx)?);
        let papers = if d.datatype()? == minicbor::data::Type::Null {
            d.null()?;
            None
        } else {
            let digest = d.bytes()?.try_into();
            Some(digest.map_err(|_| decode::Error::message("32 bytes expected").at(at))?)
        };
        let (entry, writer, at) = (d.decode_with(ctx)?, d.decode_with(ctx)?, d.decode_with(ctx)?);
        Ok(Self { server, dossier, seq, subject, papers, entry, writer, at })
    }
}
