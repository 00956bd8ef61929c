//! Parcels of the public post: the courier's signed list, and the courier's signed and chained record of what happened
//! at the door (QĐ 45/2016/QĐ-TTg Đ.9–10, TT 17/2017/TT-BTTTT Đ.5, Luật Bưu chính Đ.17).

use crate::ids::{
    DossierCode, ManifestId, NotA, PaperHash, ParcelId, PersonId, PhoneNumber, Signature, TrackingNumber,
};
use crate::time::Timestamp;
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

/// A list of parcels that one courier takes on the road; the server signs its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Manifest {
    #[n(0)]
    pub id: ManifestId,
    #[n(1)]
    pub courier: PersonId,
    #[n(2)]
    pub issued_at: Timestamp,
    #[n(3)]
    pub parcels: Vec<Parcel>,
}

/// One parcel as the courier may know it: who and where, never what is inside.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Parcel {
    #[n(0)]
    pub id: ParcelId,
    #[n(1)]
    pub dossier_code: DossierCode,
    #[n(2)]
    pub tracking: Option<TrackingNumber>,
    /// Number of the seal put on before the agency's representative.
    #[n(3)]
    pub seal: String,
    #[n(4)]
    pub recipient: String,
    #[n(5)]
    pub phone: PhoneNumber,
    #[n(6)]
    pub address: String,
    /// SHA-256("code" ‖ parcel ‖ the recipient's 10-character code): the courier's phone can check a code it was never
    /// given. 2^50 codes and one parcel as salt.
    #[n(7)]
    pub commitment: Commitment,
}

impl std::fmt::Debug for Parcel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Parcel({})", self.id)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Commitment(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

/// The recipient's secret: ten characters of Crockford's base 32, 50 bits. Prints nothing.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct RecipientCode(#[n(0)] String);

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl RecipientCode {
    /// From random bytes; 50 bits are used.
    pub fn from_entropy(entropy: &[u8; 8]) -> Self {
        let bits = u64::from_be_bytes(*entropy);
        Self((0..10).map(|i| CROCKFORD[(bits >> (i * 5) & 31) as usize] as char).collect())
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub fn commit(&self, parcel: &ParcelId) -> Commitment {
        let mut hash = Sha256::new();
        hash.update(b"code");
        hash.update(parcel.bytes());
        hash.update(self.0.as_bytes());
        Commitment(hash.finalize().into())
    }
}

impl std::str::FromStr for RecipientCode {
    type Err = NotA;
    /// Takes what people type: lower case, spaces, hyphens, O for 0, I and L for 1.
    fn from_str(text: &str) -> Result<Self, NotA> {
        let code: String = text
            .chars()
            .filter(|c| !matches!(c, ' ' | '-'))
            .map(|c| match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                c => c,
            })
            .collect();
        let ok = code.len() == 10 && code.bytes().all(|b| CROCKFORD.contains(&b));
        if ok { Ok(Self(code)) } else { Err(NotA("RecipientCode")) }
    }
}

impl std::fmt::Debug for RecipientCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecipientCode(…)")
    }
}

/// What happened at the door, told by the courier's device. Each record holds the hash of the device's previous one, so
/// that none can be taken out or put in later. The device's clock is kept and never believed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DeliveryRecord {
    #[n(0)]
    pub parcel: ParcelId,
    /// SHA-256 of the signed manifest's bytes.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub manifest: [u8; 32],
    #[n(2)]
    pub outcome: DoorOutcome,
    /// 1, 2, 3, … for a device.
    #[n(3)]
    pub counter: u64,
    /// SHA-256 of the device's previous record's bytes; zeros for the first.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub previous: [u8; 32],
    /// The device's wall clock.
    #[n(5)]
    pub wall_clock: Timestamp,
    /// Made anew at each start of the device; together with `elapsed_ms` it orders what one start saw.
    #[n(6)]
    pub boot: u64,
    #[n(7)]
    pub elapsed_ms: u64,
    /// The last moment the server signed for this device: the lower end of the interval in which this happened.
    #[n(8)]
    pub beacon: Timestamp,
    /// Latitude and longitude in thousandths of a degree (about 100 m), where the device may tell.
    #[n(9)]
    pub place: Option<(i32, i32)>,
    #[n(10)]
    pub photo: Option<PaperHash>,
    #[n(11)]
    pub signature_image: Option<PaperHash>,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum DoorOutcome {
    #[n(0)]
    Delivered(#[n(0)] Grade, #[n(1)] Recipient),
    #[n(1)]
    Failed(#[n(0)] FailureReason),
}

/// How strong the proof is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Grade {
    /// The recipient's phone signed: its act `ConfirmDelivery` is in the dossier.
    #[n(0)]
    RecipientSigned,
    /// The code opened the manifest's commitment.
    #[n(1)]
    CodeOpened(#[n(0)] RecipientCode),
    /// Neither: the courier's written reason; confirmed later.
    #[n(2)]
    Unconfirmed(#[n(0)] String),
}

/// Only the owner or an authorised proxy may receive a result (TT 17/2017 Đ.5.2d).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Recipient {
    #[n(0)]
    Owner(#[n(0)] IdentityPaper),
    /// With the reference of the written authorisation.
    #[n(1)]
    Proxy(#[n(0)] IdentityPaper, #[n(1)] String),
}

/// The kind of identity paper that was shown. Its number is not recorded: the courier has no need of it afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum IdentityPaper {
    #[n(0)]
    CitizenCard,
    #[n(1)]
    OldIdentityCard,
    #[n(2)]
    Passport,
}

/// Why a delivery failed: the five lawful reasons of Luật Bưu chính Đ.17.1, and those of an attempt that is not final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum FailureReason {
    #[n(0)]
    NoOrBadAddress,
    #[n(1)]
    MovedNoForwarding,
    #[n(2)]
    NotFoundAtAddress,
    #[n(3)]
    NotCollectedAfterTwoNotices,
    #[n(4)]
    Refused,
    #[n(5)]
    Absent,
    #[n(6)]
    UnreachablePhone,
    #[n(7)]
    RescheduledByRecipient,
    #[n(8)]
    WrongPersonNoAuthorisation,
    #[n(9)]
    IdMissingOrMismatch,
    #[n(10)]
    FeeUnpaid,
    #[n(11)]
    ForceMajeure,
}

/// A record's bytes as signed, and the device's signature over `record_message`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SignedRecord {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub record: Vec<u8>,
    #[n(1)]
    pub signature: Signature,
}

impl SignedRecord {
    /// What a device signs for a record.
    pub fn message(record: &[u8]) -> Vec<u8> {
        [b"hoso/delivery/1".as_slice(), record].concat()
    }

    /// The hash that the device's next record carries as `previous`.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.record).into()
    }

    pub fn read(&self) -> Result<DeliveryRecord, NotA> {
        minicbor::decode(&self.record).map_err(|_| NotA("DeliveryRecord"))
    }
}
