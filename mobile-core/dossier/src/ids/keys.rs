//! Hashes, keys, signatures, and the actor that a device is inside one dossier.

use super::{DossierId, Epoch, NotA};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use minicbor::{CborLen, Decode, Decoder, Encode, Encoder, decode, encode};
use sha2::{Digest, Sha256};
use std::fmt;

/// Declares a value of N bytes: raw on the wire, lower-case hexadecimal for people.
macro_rules! bytes_id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            pub fn bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }
        impl TryFrom<&[u8]> for $name {
            type Error = NotA;
            fn try_from(bytes: &[u8]) -> Result<Self, NotA> {
                bytes.try_into().map(Self).map_err(|_| NotA(stringify!($name)))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }
        impl std::str::FromStr for $name {
            type Err = NotA;
            fn from_str(text: &str) -> Result<Self, NotA> {
                let mut bytes = [0; $len];
                // One spelling only: a hash is also a part of keys and paths.
                if text.bytes().any(|b| b.is_ascii_uppercase()) {
                    return Err(NotA(stringify!($name)));
                }
                hex::decode_to_slice(text, &mut bytes).map_err(|_| NotA(stringify!($name)))?;
                Ok(Self(bytes))
            }
        }
        impl<C> Encode<C> for $name {
            fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }
        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
                let at = d.position();
                Self::try_from(d.bytes()?).map_err(|e| decode::Error::message(e.0).at(at))
            }
        }
        impl<C> CborLen<C> for $name {
            fn cbor_len(&self, ctx: &mut C) -> usize {
                minicbor::bytes::ByteArray::from(self.0).cbor_len(ctx)
            }
        }
    };
}

bytes_id!(
    /// SHA-256 of one change, as the document computes it.
    ChangeHash, 32
);
bytes_id!(
    /// SHA-256 of a frozen version: the canonical CBOR of (form, papers, catalogue version) at an act's parents.
    ContentHash, 32
);
bytes_id!(
    /// SHA-256 of a paper's bytes.
    PaperHash, 32
);
bytes_id!(
    /// A node of a Merkle tree.
    TreeHash,
    32
);
bytes_id!(
    /// SHA-256 of an office command's canonical body: the same id with another body is a conflict.
    CommandHash, 32
);
bytes_id!(
    /// What one leaf of the log says: a salted hash of an entry.
    EntryCommitment,
    32
);
bytes_id!(
    /// RFC 7638 thumbprint of a device's public key; it is also the `cnf.jkt` of that device's tokens.
    Thumbprint, 32
);
bytes_id!(
    /// A P-256 public key as x ‖ y.
    PublicKey, 64
);
bytes_id!(
    /// An ECDSA P-256 signature over SHA-256 as R ‖ S.
    Signature, 64
);
bytes_id!(
    /// Who writes inside a document: a device in one dossier and epoch. Never derived from the person, never reused.
    Actor, 16
);

bytes_id!(
    /// The short name of a key of the server: the first 8 bytes of its thumbprint.
    KeyId,
    8
);

impl KeyId {
    pub fn of(key: &PublicKey) -> Self {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&key.thumbprint().0[..8]);
        Self(bytes)
    }
}

impl Signature {
    /// Half of the curve's order (FIPS 186-5): of S and n − S, which both verify, the lower one is ours.
    const HALF_ORDER: [u8; 32] = [
        0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, //
        0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
    ];

    pub fn has_low_s(&self) -> bool {
        self.0[32..] <= Self::HALF_ORDER[..]
    }
}

impl Actor {
    /// The actor of a device in one dossier: first 16 bytes of SHA-256("actor" ‖ thumbprint ‖ dossier ‖ epoch, big endian).
    pub fn of_device(device: &Thumbprint, dossier: &DossierId, epoch: Epoch) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"actor");
        hash.update(device.bytes());
        hash.update(dossier.bytes());
        hash.update(epoch.to_be_bytes());
        Self::first_16(&hash.finalize())
    }

    /// The actor of the constant first change of a dossier: first 16 bytes of SHA-256("gen" ‖ layout version ‖ dossier).
    pub fn of_genesis(layout: u8, dossier: &DossierId) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"gen");
        hash.update([layout]);
        hash.update(dossier.bytes());
        Self::first_16(&hash.finalize())
    }

    pub(super) fn first_16(hash: &[u8]) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        Self(bytes)
    }
}

impl PublicKey {
    /// RFC 7638: SHA-256 of the key's required JWK members in lexicographic order.
    pub fn thumbprint(&self) -> Thumbprint {
        let x = URL_SAFE_NO_PAD.encode(&self.0[..32]);
        let y = URL_SAFE_NO_PAD.encode(&self.0[32..]);
        let jwk = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        Thumbprint(Sha256::digest(jwk.as_bytes()).into())
    }

    /// SEC 1 uncompressed point, 65 bytes: what verifying libraries ask for.
    pub fn sec1(&self) -> [u8; 65] {
        let mut point = [4; 65];
        point[1..].copy_from_slice(&self.0);
        point
    }
}

impl Thumbprint {
    /// As it stands in a token's `cnf.jkt`: base64url without padding.
    pub fn jkt(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

/// Verifies an ECDSA P-256 signature over a message. An argument wherever it is needed: p256 on the phone, aws-lc on
/// the server. An implementation refuses a high S.
pub type Verify<'a> = &'a (dyn Fn(&PublicKey, &[u8], &Signature) -> bool + Sync);
