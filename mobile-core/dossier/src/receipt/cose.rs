//! A receipt as it is signed and carried: COSE_Sign1 (RFC 9052 §4.2) with ES256, one spelling only. As text for a QR
//! code it is `HS1:` and Base45, which alphanumeric mode holds at 5.5 bits a character.

use super::{Receipt, ReceiptRefused, base45};
use crate::ids::{KeyId, Signature, Verify};
use crate::wire::to_bytes;
use minicbor::data::Tag;
use minicbor::{Decoder, Encoder};

/// What every receipt keeps below, whatever it says: 454 characters of text, a QR code of version 13 at level M. A usual
/// one has 237 bytes, 360 characters, version 11.
pub const RECEIPT_MAX: usize = 300;

/// What the text of a receipt begins with.
const SCHEME: &str = "HS1:";
/// COSE_Sign1 (RFC 9052 §2).
const SIGN1: u64 = 18;
/// Header labels and the algorithm's number (RFC 9052 §3.1, RFC 9053 §2.1).
const ALGORITHM: u8 = 1;
const KEY_ID: u8 = 4;
const ES256: i8 = -7;

/// A receipt with a signature that nobody has looked at yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedReceipt {
    receipt: Receipt,
    key: KeyId,
    signature: Signature,
}

impl Receipt {
    /// Signs with the key of this id; `sign` gives a signature with a low S.
    pub fn signed(self, key: KeyId, sign: impl FnOnce(&[u8]) -> Signature) -> SignedReceipt {
        let signature = sign(&message(&key, &self));
        SignedReceipt { receipt: self, key, signature }
    }
}

impl SignedReceipt {
    /// Reads the one spelling of a receipt. A high S is another spelling of the same signature, so it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, ReceiptRefused> {
        let read = decode(bytes).ok().flatten().filter(|read| read.to_bytes() == bytes);
        read.filter(|read| read.signature.has_low_s()).ok_or(ReceiptRefused::NotAReceipt)
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut e = Encoder::new(&mut bytes);
        let written = e
            .tag(Tag::new(SIGN1))
            .and_then(|e| e.array(4))
            .and_then(|e| e.bytes(&protected(&self.key)))
            .and_then(|e| e.map(0))
            .and_then(|e| e.bytes(&to_bytes(&self.receipt)))
            .and_then(|e| e.bytes(self.signature.bytes()).map(drop));
        match written {
            Ok(()) => bytes,
            Err(never) => unreachable!("encoding into memory failed: {never}"),
        }
    }

    /// What stands in the QR code.
    pub fn to_text(&self) -> String {
        format!("{SCHEME}{}", base45::encode(&self.to_bytes()))
    }

    /// Reads what stands in the QR code; line breaks around and inside it are a printer's or a mail program's.
    pub fn from_text(text: &str) -> Result<Self, ReceiptRefused> {
        let text = text.replace(['\r', '\n'], "");
        let bytes = text.strip_prefix(SCHEME).and_then(base45::decode).ok_or(ReceiptRefused::NotAReceipt)?;
        Self::read(&bytes)
    }

    /// What it says, before anybody's signature was looked at.
    pub fn unverified(&self) -> &Receipt {
        &self.receipt
    }

    pub fn key(&self) -> &KeyId {
        &self.key
    }

    /// Whether this key, which must have the receipt's key id, signed it.
    pub(super) fn is_signed_by(&self, key: &crate::ids::PublicKey, verify: Verify<'_>) -> bool {
        KeyId::of(key) == self.key && verify(key, &message(&self.key, &self.receipt), &self.signature)
    }
}

/// The protected header: algorithm and key id.
fn protected(key: &KeyId) -> Vec<u8> {
    let mut bytes = vec![0xa2, ALGORITHM];
    bytes.extend(to_bytes(&ES256));
    bytes.push(KEY_ID);
    bytes.extend(to_bytes(key));
    bytes
}

/// The Sig_structure of RFC 9052 §4.4, without data from outside.
fn message(key: &KeyId, receipt: &Receipt) -> Vec<u8> {
    let blob = |bytes: Vec<u8>| minicbor::bytes::ByteVec::from(bytes);
    to_bytes(&("Signature1", blob(protected(key)), blob(Vec::new()), blob(to_bytes(receipt))))
}

/// `None`: not a receipt, though CBOR. Only what is spelled as `to_bytes` spells it is one, so this need not be strict.
fn decode(bytes: &[u8]) -> Result<Option<SignedReceipt>, minicbor::decode::Error> {
    let mut d = Decoder::new(bytes);
    if d.tag()? != Tag::new(SIGN1) || d.array()? != Some(4) {
        return Ok(None);
    }
    let header = d.bytes()?;
    if d.map()? != Some(0) {
        return Ok(None);
    }
    let receipt = minicbor::decode(d.bytes()?)?;
    let (Some(key), Ok(signature)) = (header.last_chunk::<8>(), Signature::try_from(d.bytes()?)) else {
        return Ok(None);
    };
    Ok(Some(SignedReceipt { receipt, key: KeyId(*key), signature }))
}
