//! One newtype for each id, and for each value that must never be mistaken for another.
//!
//! Ids print; personal values (`CitizenNumber`, `PhoneNumber`) do not: their `Debug` shows the type alone.

/// CBOR of a checked text: written as it stands, read only through its constructor and only in its one spelling, so
/// that bytes from outside are no way round the check.
macro_rules! cbor_as_checked_text {
    ($name:ident) => {
        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.str(&self.0)?.ok()
            }
        }
        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                let at = d.position();
                let text = d.str()?;
                match text.parse::<Self>() {
                    Ok(value) if value.0 == text => Ok(value),
                    _ => Err(minicbor::decode::Error::message(concat!("not a ", stringify!($name))).at(at)),
                }
            }
        }
        impl<C> minicbor::CborLen<C> for $name {
            fn cbor_len(&self, ctx: &mut C) -> usize {
                self.0.as_str().cbor_len(ctx)
            }
        }
    };
}

pub(crate) use cbor_as_checked_text;

mod codes;
mod keys;
mod personal;
#[cfg(test)]
mod tests;
mod writer;

pub use codes::{DossierCode, ProcedureCode, TrackingNumber, UnitCode};
pub use keys::{
    Actor, ChangeHash, CommandHash, ContentHash, EntryCommitment, KeyId, PaperHash, PublicKey, Signature, Thumbprint,
    TreeHash, Verify,
};
pub use personal::{CitizenNumber, CitizenNumberDoubt, PhoneNumber};
pub use writer::{ServerLine, Writer};

use minicbor::{CborLen, Decode, Decoder, Encode, Encoder, decode, encode};
use std::fmt;
use uuid::Uuid;

/// A text that was to be an id or a code and is not one. `what` names the type, never the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotA(pub &'static str);

impl fmt::Display for NotA {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a {}", self.0)
    }
}
impl std::error::Error for NotA {}

/// Declares an id that is a UUID: 16 bytes on the wire, hyphenated text for people and URLs.
macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            pub fn bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl std::str::FromStr for $name {
            type Err = NotA;
            fn from_str(text: &str) -> Result<Self, NotA> {
                Uuid::try_parse(text).map(Self).map_err(|_| NotA(stringify!($name)))
            }
        }
        impl<C> Encode<C> for $name {
            fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
                e.bytes(self.bytes())?.ok()
            }
        }
        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
                let at = d.position();
                let bytes = d.bytes()?;
                let bytes = bytes.try_into().map_err(|_| decode::Error::message("16 bytes expected").at(at))?;
                Ok(Self::from_bytes(bytes))
            }
        }
        impl<C> CborLen<C> for $name {
            fn cbor_len(&self, _: &mut C) -> usize {
                17
            }
        }
    };
}

uuid_id!(
    /// A dossier, from its first draft on a phone to its end. UUIDv7, made where the dossier is born.
    DossierId
);
uuid_id!(
    /// An act of a citizen (submit, supplement, withdraw, …). UUIDv7, made on the phone; also its key in the document.
    ActId
);
uuid_id!(
    /// A person who signs in with a device: a citizen or a courier. Made by the server.
    PersonId
);
uuid_id!(
    /// A member of staff.
    StaffId
);
uuid_id!(
    /// One parcel of the post. Made by the server at the handover.
    ParcelId
);
uuid_id!(
    /// A courier's signed list of parcels.
    ManifestId
);
uuid_id!(
    /// One office command; the same id twice is one command (its idempotency key).
    CommandId
);
uuid_id!(
    /// The server that a push is addressed to; a signature for one server is worthless at another.
    ServerId
);

/// The device keys a person used, in order: a device that must start a new line of changes takes the next epoch.
pub type Epoch = u32;
