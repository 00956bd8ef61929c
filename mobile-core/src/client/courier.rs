//! A courier's phone: the signed list, and what happened at each door as signed, chained records. They are on the disk
//! before they are called saved, and go to the server with the next synchronisation.

use super::{Client, alone, not_understood, parse};
use crate::account::{Chain, Heard, Remembered};
use crate::error::Error;
use crate::storage::{Batch, Kind, StorageError, Store};
use crate::tell;
use crate::view::{ChoiceView, ParcelView};
use dossier::delivery::{
    DeliveryRecord, DoorOutcome, FailureReason, Grade, IdentityPaper, Manifest, Parcel, Recipient, RecipientCode,
    SignedRecord,
};
use dossier::ids::ParcelId;
use dossier::procedure::{clean, clean_line, is_readable};
use dossier::sentence::Sentence;
use dossier::time::Timestamp;
use dossier::wire::{RecordVerdict, SignedManifest, to_bytes};
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

/// A courier's list is other people's names and addresses: it is shown for so long after the server was last heard, which is
/// how long a courier's session lives. What a courier does at a door is recorded all the same, for the server to judge.
const LEASE_SECONDS: i64 = 24 * 60 * 60;

/// How a delivery is proven.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
#[cfg_attr(feature = "web", derive(serde::Deserialize), serde(tag = "kind", rename_all = "camelCase"))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub enum DoorProof {
    /// The recipient's phone confirmed it.
    RecipientSigned,
    /// The code that the recipient told; checked here, without network.
    Code {
        /// As it was told, in any case of letters.
        code: String,
    },
    /// Neither, with the reason; to be confirmed later.
    Unconfirmed {
        /// Why, in the courier's words.
        reason: String,
    },
}

/// Who received it. `identity` is the paper that was shown: `citizen_card`, `old_identity_card` or `passport`.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
#[cfg_attr(feature = "web", derive(serde::Deserialize), serde(tag = "kind", rename_all = "camelCase"))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub enum DoorRecipient {
    /// Whose it is.
    Owner {
        /// The paper that was shown.
        identity: String,
    },
    /// With the reference of the written authorisation.
    Proxy {
        /// The paper that was shown.
        identity: String,
        /// Its number, day, who made it out.
        authorisation: String,
    },
}

/// Where the phone is, in thousandths of a degree (about 100 m): enough to tell the street, as a record keeps it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct PositionInput {
    /// North of the equator.
    pub latitude: i32,
    /// East of Greenwich.
    pub longitude: i32,
}

/// A record as this phone keeps it.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(array)]
pub(super) struct KeptRecord {
    #[n(0)]
    pub(super) signed: SignedRecord,
    /// What the server said: nothing yet, `accepted`, `disputed`, or the code of a refusal.
    #[n(1)]
    verdict: Option<String>,
}

impl Client {
    /// The parcels of the courier's lists, with what was recorded of each. `lease_ended` from 24 hours after this phone
    /// last heard the server until it hears it again.
    pub fn manifest(&self) -> Result<Vec<ParcelView>, Error> {
        self.with(|store| {
            let records = KeptRecord::all(store)?;
            let lists = manifests(store)?;
            let heard = Heard::read(store)?.unwrap_or_default();
            if !lists.is_empty() && !heard.is_within(LEASE_SECONDS, self.outside.clock.as_ref()) {
                return Err(Error::refused("lease_ended", Sentence::new("refused-lease-ended")));
            }
            let parcels = lists.iter().flat_map(|(_, manifest)| &manifest.parcels);
            Ok(parcels.map(|parcel| self.parcel_view(parcel, &records)).collect())
        })
    }

    /// Records a delivery, with the position where the phone may tell it.
    pub fn confirm_delivery(
        &self,
        parcel: &str,
        proof: &DoorProof,
        recipient: &DoorRecipient,
        position: Option<PositionInput>,
    ) -> Result<(), Error> {
        let parcel: ParcelId = parse(parcel)?;
        let recipient = recipient_of(recipient)?;
        self.record(&parcel, position, |listed| Ok(DoorOutcome::Delivered(grade(proof, listed)?, recipient)))
    }

    /// Records an attempt that failed; `reason` is one of `failure_reasons`.
    pub fn failed_attempt(&self, parcel: &str, reason: &str, position: Option<PositionInput>) -> Result<(), Error> {
        let parcel: ParcelId = parse(parcel)?;
        let reason = tell::FAILURES.iter().find(|(_, word)| *word == reason);
        let (reason, _) = reason.ok_or_else(|| not_understood("FailureReason"))?;
        self.record(&parcel, position, |_| Ok(DoorOutcome::Failed(*reason)))
    }

    /// The reasons that a failed attempt can have.
    pub fn failure_reasons(&self) -> Vec<ChoiceView> {
        let view = |(reason, word): &(FailureReason, &str)| ChoiceView {
            id: (*word).to_owned(),
            label: self.say(&tell::failure(*reason)),
        };
        tell::FAILURES.iter().map(view).collect()
    }

    fn record(
        &self,
        parcel: &ParcelId,
        position: Option<PositionInput>,
        outcome: impl FnOnce(&Parcel) -> Result<DoorOutcome, Error>,
    ) -> Result<(), Error> {
        let _one_behind_the_other = alone(&self.recording)?;
        let record = self.with(|store| self.next_record(store, parcel, position, outcome))?;
        // The app's key store may wait for a person: the store is free meanwhile.
        let bytes = to_bytes(&record);
        let signature = self.sign(&SignedRecord::message(&bytes))?;
        let signed = SignedRecord { record: bytes, signature };
        // The record and the chain's new end, in one transaction.
        let mut batch = Batch::default();
        Chain { counter: record.counter, previous: signed.hash() }.put(&mut batch);
        KeptRecord { signed, verdict: None }.put(&mut batch, record.counter);
        self.with(|store| Ok(store.write(&batch)?))
    }

    /// What is to be recorded of a parcel, at the end of the chain.
    fn next_record(
        &self,
        store: &Store,
        parcel: &ParcelId,
        position: Option<PositionInput>,
        outcome: impl FnOnce(&Parcel) -> Result<DoorOutcome, Error>,
    ) -> Result<DeliveryRecord, Error> {
        let lists = manifests(store)?;
        let listed = lists.iter().find_map(|(hash, m)| Some((*hash, m.parcels.iter().find(|p| p.id == *parcel)?)));
        let unknown = || Error::refused("not_on_list", Sentence::new("refused-not-on-list"));
        let (manifest, listed) = listed.ok_or_else(unknown)?;
        if KeptRecord::all(store)?.iter().any(|(_, kept)| kept.delivers(parcel)) {
            return Err(Error::refused("already_delivered", Sentence::new("refused-already-delivered")));
        }
        let clock = self.outside.clock.as_ref();
        let chain = Chain::read(store)?.unwrap_or_default();
        Ok(DeliveryRecord {
            parcel: *parcel,
            manifest,
            outcome: outcome(listed)?,
            counter: chain.counter + 1,
            previous: chain.previous,
            wall_clock: self.outside.now(),
            boot: clock.boot(),
            elapsed_ms: clock.elapsed_ms(),
            beacon: Heard::read(store)?.and_then(|heard| heard.beacon).unwrap_or(Timestamp(0)),
            place: position.map(|at| (at.latitude, at.longitude)),
            photo: None,
            signature_image: None,
        })
    }

    fn parcel_view(&self, parcel: &Parcel, records: &[(u64, KeptRecord)]) -> ParcelView {
        let of_it = records.iter().filter(|(_, kept)| kept.read().is_some_and(|r| r.parcel == parcel.id));
        ParcelView {
            parcel: parcel.id.to_string(),
            dossier_code: parcel.dossier_code.to_string(),
            tracking: parcel.tracking.as_ref().map(|t| t.as_str().to_owned()),
            seal: parcel.seal.clone(),
            recipient: parcel.recipient.clone(),
            phone: parcel.phone.reveal().to_owned(),
            address: parcel.address.clone(),
            records: of_it.filter_map(|(_, kept)| kept.sentence()).map(|s| self.say(&s)).collect(),
            is_delivered: records.iter().any(|(_, kept)| kept.delivers(&parcel.id)),
        }
    }
}

impl KeptRecord {
    fn all(store: &Store) -> Result<Vec<(u64, Self)>, Error> {
        let rows = store.all(Kind::Record, &[])?;
        rows.into_iter().map(|(id, bytes)| Self::parse(&id, &bytes)).collect()
    }

    /// What the server has not answered yet, in the order of the chain.
    pub(super) fn unsent(store: &Store) -> Result<Vec<(u64, Self)>, Error> {
        Ok(Self::all(store)?.into_iter().filter(|(_, kept)| kept.verdict.is_none()).collect())
    }

    pub(super) fn settle(store: &Store, batch: &mut Batch, counter: u64, verdict: &RecordVerdict) -> Result<(), Error> {
        let id = counter.to_be_bytes();
        let Some(bytes) = store.get(Kind::Record, &id)? else { return Ok(()) };
        let (_, mut kept) = Self::parse(&id, &bytes)?;
        kept.verdict = Some(match verdict {
            RecordVerdict::Accepted | RecordVerdict::Already => "accepted".to_owned(),
            RecordVerdict::Disputed => "disputed".to_owned(),
            RecordVerdict::Refused(code) => code.clone(),
        });
        kept.put(batch, counter);
        Ok(())
    }

    /// The server was put back from a backup: what it had of this chain it may not have. It tells again what it was told
    /// of those that it has.
    pub(super) fn send_all_again(store: &Store, batch: &mut Batch) -> Result<(), Error> {
        for (counter, kept) in Self::all(store)? {
            Self { verdict: None, ..kept }.put(batch, counter);
        }
        Ok(())
    }

    /// A list came: records of its parcels that were not on any list the server knew go once more.
    pub(super) fn try_again(store: &Store, batch: &mut Batch, list: &Manifest) -> Result<(), Error> {
        for (counter, kept) in Self::all(store)? {
            let listed = |record: DeliveryRecord| list.parcels.iter().any(|parcel| parcel.id == record.parcel);
            if kept.verdict.as_deref() == Some("not_on_manifest") && kept.read().is_some_and(listed) {
                Self { verdict: None, ..kept }.put(batch, counter);
            }
        }
        Ok(())
    }

    fn put(&self, batch: &mut Batch, counter: u64) {
        batch.put(Kind::Record, &counter.to_be_bytes(), to_bytes(self));
    }

    fn parse(id: &[u8], bytes: &[u8]) -> Result<(u64, Self), Error> {
        let damaged = || StorageError::Damaged("record".into());
        let counter = u64::from_be_bytes(id.try_into().map_err(|_| damaged())?);
        Ok((counter, minicbor::decode(bytes).map_err(|_| damaged())?))
    }

    fn read(&self) -> Option<DeliveryRecord> {
        self.signed.read().ok()
    }

    /// It says "delivered", and the server has not refused it.
    fn delivers(&self, parcel: &ParcelId) -> bool {
        let stands = matches!(self.verdict.as_deref(), None | Some("accepted" | "disputed"));
        let delivered = |r: DeliveryRecord| r.parcel == *parcel && matches!(r.outcome, DoorOutcome::Delivered(..));
        stands && self.read().is_some_and(delivered)
    }

    fn sentence(&self) -> Option<Sentence> {
        let record = self.read()?;
        let sent = match self.verdict.as_deref() {
            None => "no",
            Some("accepted") => "yes",
            Some("disputed") => "disputed",
            Some(_) => "refused",
        };
        let sentence = match record.outcome {
            DoorOutcome::Delivered(..) => Sentence::new("record-delivered"),
            DoorOutcome::Failed(reason) => Sentence::new("record-failed").with("reason", tell::word(reason)),
        };
        let code = self.verdict.clone().unwrap_or_default();
        Some(sentence.with("at", record.wall_clock.to_string()).with("sent", sent).with("code", code))
    }
}

/// Every list with the hash of its signed bytes, the newest first.
fn manifests(store: &Store) -> Result<Vec<([u8; 32], Manifest)>, Error> {
    let mut lists = Vec::new();
    for (_, bytes) in store.all(Kind::Manifest, &[])? {
        let damaged = |_| StorageError::Damaged("manifest".into());
        let signed: SignedManifest = minicbor::decode(&bytes).map_err(damaged)?;
        let manifest: Manifest = minicbor::decode(&signed.manifest).map_err(damaged)?;
        lists.push((Sha256::digest(&signed.manifest).into(), manifest));
    }
    lists.sort_by_key(|(_, manifest)| std::cmp::Reverse(manifest.issued_at));
    Ok(lists)
}

fn grade(proof: &DoorProof, parcel: &Parcel) -> Result<Grade, Error> {
    match proof {
        DoorProof::RecipientSigned => Ok(Grade::RecipientSigned),
        DoorProof::Code { code: text } => {
            let code: RecipientCode = parse(text)?;
            if code.commit(&parcel.id) == parcel.commitment {
                Ok(Grade::CodeOpened(code))
            } else {
                Err(Error::refused("wrong_code", Sentence::new("refused-wrong-code")))
            }
        }
        DoorProof::Unconfirmed { reason } if is_readable(reason) => Ok(Grade::Unconfirmed(clean(reason))),
        DoorProof::Unconfirmed { .. } => Err(Error::refused("reason_missing", Sentence::new("refused-reason-missing"))),
    }
}

fn recipient_of(input: &DoorRecipient) -> Result<Recipient, Error> {
    let identity = |word: &str| match word {
        "citizen_card" => Ok(IdentityPaper::CitizenCard),
        "old_identity_card" => Ok(IdentityPaper::OldIdentityCard),
        "passport" => Ok(IdentityPaper::Passport),
        _ => Err(not_understood("IdentityPaper")),
    };
    match input {
        DoorRecipient::Owner { identity: word } => Ok(Recipient::Owner(identity(word)?)),
        // Only with a written authorisation (TT 17/2017/TT-BTTTT Đ.5.2d).
        DoorRecipient::Proxy { authorisation, .. } if !is_readable(authorisation) => {
            Err(Error::refused("authorisation_missing", Sentence::new("refused-authorisation-missing")))
        }
        DoorRecipient::Proxy { identity: word, authorisation } => {
            Ok(Recipient::Proxy(identity(word)?, clean_line(authorisation)))
        }
    }
}
