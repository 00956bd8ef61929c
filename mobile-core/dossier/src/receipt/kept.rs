//! What a citizen keeps, and may hand to anybody as a file: the receipt, the list of papers, and the proof that the
//! event stands in the log. The bytes are a promise: a file that was exported once is read for ever.

use super::{ReceiptRefused, SignedReceipt};
use crate::ids::{PaperHash, TreeHash};
use crate::log::Salt;
use crate::wire::to_bytes;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// The ending of such a file.
pub const EXTENSION: &str = "hoso";
/// The largest such file: a commit of 256 changes has 30 kB of items, and a checkpoint may have 128 kB.
pub const KEPT_MAX: usize = 256 * 1024;

/// What such a file begins with.
const MAGIC: &str = "hoso receipt";
/// The version of what the file is made of.
const FORMAT: u8 = 1;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub receipt: SignedReceipt,
    /// In the order of the frozen version. Empty where the list is not kept, as on a QR code alone.
    pub papers: Vec<PaperHash>,
    /// There once a checkpoint holds the entry.
    pub proof: Option<Proof>,
}

/// All that leads from the event to a signed checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Proof {
    /// The event's CBOR.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub event: Vec<u8>,
    /// What the event's commit wrote, as `log::items_to_bytes` gives it.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub items: Vec<u8>,
    #[cbor(n(2), with = "minicbor::bytes")]
    pub entry: Vec<u8>,
    #[cbor(n(3), with = "minicbor::bytes")]
    pub salt: Salt,
    /// Where the entry's leaf stands in the log, from 0.
    #[n(4)]
    pub index: u64,
    /// From the leaf to the checkpoint's root, nearest first.
    #[n(5)]
    pub path: Vec<TreeHash>,
    /// The signed note.
    #[n(6)]
    pub checkpoint: String,
}

impl Kept {
    /// A receipt alone.
    pub fn bare(receipt: SignedReceipt) -> Self {
        Self { receipt, papers: Vec::new(), proof: None }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(self)
    }

    /// Reads what somebody presents: a kept file, a receipt's bytes, or its text.
    pub fn read(bytes: &[u8]) -> Result<Self, ReceiptRefused> {
        if bytes.len() > KEPT_MAX {
            return Err(ReceiptRefused::NotAReceipt);
        }
        if let Ok(receipt) = SignedReceipt::read(bytes) {
            return Ok(Self::bare(receipt));
        }
        if let Ok(receipt) = str::from_utf8(bytes).map_err(drop).and_then(|t| SignedReceipt::from_text(t).map_err(drop))
        {
            return Ok(Self::bare(receipt));
        }
        let mut decoder = Decoder::new(bytes);
        let kept = decoder.decode().map_err(|_| ReceiptRefused::NotAReceipt)?;
        if decoder.position() == bytes.len() { Ok(kept) } else { Err(ReceiptRefused::NotAReceipt) }
    }
}

impl<C> Encode<C> for Kept {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(5)?.str(MAGIC)?.u8(FORMAT)?.bytes(&self.receipt.to_bytes())?;
        e.encode_with(&self.papers, ctx)?.encode_with(&self.proof, ctx)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Kept {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        let at = d.position();
        if d.array()? != Some(5) || d.str()? != MAGIC || d.u8()? != FORMAT {
            return Err(decode::Error::message("no kept receipt of this format").at(at));
        }
        let receipt = SignedReceipt::read(d.bytes()?).map_err(|_| decode::Error::message("no receipt").at(at))?;
        Ok(Self { receipt, papers: d.decode_with(ctx)?, proof: d.decode_with(ctx)? })
    }
}
