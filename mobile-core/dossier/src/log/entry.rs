//! What one leaf of the log stands for: the next entry in the book of a dossier, of a person or of a dossier's readers, chained to the one
//! before it. Only a salted commitment enters the tree, so that a leaf tells nothing to who was not given its entry.

use crate::ids::{DossierId, EntryCommitment, NotA, PersonId};
use crate::merkle::{self, Hash};
use crate::wire::to_bytes;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use sha2::{Digest, Sha256};

/// Random for each entry, told only to who may see the entry.
pub type Salt = [u8; 16];

/// The version of what an entry is made of.
const FORMAT: u8 = 1;

/// Whose history an entry continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Book {
    #[n(0)]
    Dossier(#[n(0)] DossierId),
    #[n(1)]
    Person(#[n(0)] PersonId),
    /// Who looked into a dossier: a book beside the dossier's own, so that reading makes no commit of it.
    #[n(2)]
    Readings(#[n(0)] DossierId),
}

/// One commit, as the log keeps it: CBOR array of format, book, n, previous, digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub book: Book,
    /// 1, 2, 3, … within the book, without gaps.
    pub n: u64,
    /// Of the book's entry before this one; of the first, `EntryCommitment::NONE`.
    pub previous: EntryCommitment,
    /// Over what the commit wrote (see `digest`).
    pub digest: [u8; 32],
}

impl Entry {
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(self)
    }

    /// Reads the one spelling of an entry; bytes that say the same in another way are none.
    pub fn read(bytes: &[u8]) -> Result<Self, NotA> {
        let entry: Self = minicbor::decode(bytes).map_err(|_| NotA("Entry"))?;
        if entry.to_bytes() == bytes { Ok(entry) } else { Err(NotA("Entry")) }
    }

    pub fn commitment(&self, salt: &Salt) -> EntryCommitment {
        EntryCommitment::of(salt, &self.to_bytes())
    }
}

impl EntryCommitment {
    /// What the first entry of a book names as the one before it.
    pub const NONE: Self = Self([0; 32]);

    /// SHA-256("hoso log 1" ‖ salt ‖ the entry's bytes).
    pub fn of(salt: &Salt, entry: &[u8]) -> Self {
        let hash = Sha256::new().chain_update(b"hoso log 1").chain_update(salt).chain_update(entry);
        Self(hash.finalize().into())
    }

    /// The hash with which it stands in the tree (RFC 6962 §2.1): the commitment is the leaf's data.
    pub fn leaf(&self) -> Hash {
        merkle::leaf(self.bytes())
    }
}

impl<C> Encode<C> for Entry {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(5)?.u8(FORMAT)?.encode_with(self.book, ctx)?.u64(self.n)?;
        e.encode_with(self.previous, ctx)?.bytes(&self.digest)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Entry {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        let at = d.position();
        if d.array()? != Some(5) || d.u8()? != FORMAT {
            return Err(decode::Error::message("an entry of another format").at(at));
        }
        let (book, n, previous) = (d.decode_with(ctx)?, d.u64()?, d.decode_with(ctx)?);
        let digest = d.bytes()?.try_into().map_err(|_| decode::Error::message("32 bytes expected").at(at))?;
        Ok(Self { book, n, previous, digest })
    }
}
