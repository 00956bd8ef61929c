//! What the server has said of a dossier, all of it, in one signed statement. Phones keep the newest; after the server's
//! database was put back from a backup they show it, and the server believes its own word: what it forgot happens again
//! as it was, with the same codes and dates.

use crate::event::{Event, What};
use crate::ids::{ActId, ChangeHash, DossierId, PersonId, ServerId, Signature, Verify};
use crate::wire::to_bytes;
use minicbor::{Decode, Encode};

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Standing {
    #[n(0)]
    pub dossier: DossierId,
    #[n(1)]
    pub owner: PersonId,
    /// Every change that was admitted. One of these is let in again whatever the dossier's status has become.
    #[n(2)]
    pub changes: Vec<ChangeHash>,
    #[n(3)]
    pub events: Vec<Event>,
}

/// A standing's bytes, and the server's signature over `message`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SignedStanding {
    #[cbor(n(0), with = "minicbor::bytes")]
    body: Vec<u8>,
    #[n(1)]
    signature: Signature,
}

/// What the server said, and its signature for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub said: Standing,
    pub signed: SignedStanding,
}

impl Standing {
    pub fn signed(&self, server: &ServerId, sign: impl FnOnce(&[u8]) -> Signature) -> SignedStanding {
        let body = to_bytes(self);
        SignedStanding { signature: sign(&message(server, &body)), body }
    }

    /// What happened after these events, if the standing goes on from them; nothing if something else happened since.
    pub fn after(&self, events: &[Event]) -> &[Event] {
        let same = events.iter().zip(&self.events).all(|(now, then)| is_same(now, then));
        if same { self.events.get(events.len()..).unwrap_or_default() } else { &[] }
    }
}

impl SignedStanding {
    /// What it says, if one of these keys signed it for this server.
    pub fn verified(&self, server: &ServerId, keys: &[crate::ids::PublicKey], verify: Verify<'_>) -> Option<Word> {
        let message = message(server, &self.body);
        let genuine = keys.iter().any(|key| verify(key, &message, &self.signature));
        let said = self.unverified().filter(|_| genuine)?;
        Some(Word { said, signed: self.clone() })
    }

    /// What it says, whoever signed it.
    pub fn unverified(&self) -> Option<Standing> {
        minicbor::decode(&self.body).ok()
    }
}

fn message(server: &ServerId, body: &[u8]) -> Vec<u8> {
    [b"hoso/standing/1".as_slice(), server.bytes(), body].concat()
}

/// A courier's record that is sent again settles its parcel again, at another moment: it is the same event.
fn is_same(now: &Event, then: &Event) -> bool {
    now == then || (record_of(now).is_some() && record_of(now) == record_of(then))
}

/// The courier's record that an event rests on.
pub fn record_of(event: &Event) -> Option<&[u8; 32]> {
    match &event.what {
        What::DeliveryFailed(_, _, proof) | What::Delivered(_, _, proof) | What::DeliveryDisputed(_, proof) => {
            Some(&proof.record)
        }
        _ => None,
    }
}

/// The citizen's act that an event rests on.
pub fn act_of(event: &Event) -> Option<&ActId> {
    match &event.what {
        What::Submitted(act, ..)
        | What::Supplemented(act, ..)
        | What::Withdrawn(act, _)
        | What::DeliveryChosen(act, _)
        | What::ReceiptConfirmed(act, _) => Some(act),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::By;
    use crate::ids::PublicKey;
    use crate::time::Timestamp;

    fn event(seq: u32) -> Event {
        Event { seq, at: Timestamp(i64::from(seq)), by: By::Server, what: What::Forwarded(String::new()) }
    }

    fn standing(events: Vec<Event>) -> Standing {
        let (dossier, owner) = (DossierId::from_bytes([1; 16]), PersonId::from_bytes([2; 16]));
        Standing { dossier, owner, changes: vec![ChangeHash([3; 32])], events }
    }

    #[test]
    fn a_standing_tells_what_comes_after_its_own_beginning_and_nothing_after_another() {
        let said = standing(vec![event(1), event(2), event(3)]);
        assert_eq!(said.after(&[]).len(), 3);
        assert_eq!(said.after(&[event(1), event(2)]), [event(3)]);
        assert!(said.after(&said.events).is_empty());
        let other = Event { at: Timestamp(9), ..event(2) };
        assert!(said.after(&[event(1), other]).is_empty(), "something else happened");
        assert!(said.after(&[event(1), event(2), event(3), event(4)]).is_empty(), "it is older");
    }

    #[test]
    fn only_what_the_server_signed_for_itself_is_its_word() {
        let (server, key) = (ServerId::from_bytes([9; 16]), PublicKey([1; 64]));
        let said = standing(vec![event(1)]);
        let mut seen = Vec::new();
        let signed = said.signed(&server, |message| {
            seen = message.to_vec();
            Signature([7; 64])
        });
        let verify = |_: &PublicKey, message: &[u8], signature: &Signature| {
            message == seen.as_slice() && *signature == Signature([7; 64])
        };
        let again: SignedStanding = minicbor::decode(&to_bytes(&signed)).unwrap();
        assert_eq!(again.verified(&server, &[key], &verify).map(|word| word.said), Some(said));
        assert_eq!(again.verified(&server, &[], &verify), None);
        assert_eq!(again.verified(&ServerId::from_bytes([8; 16]), &[key], &verify), None);
        let altered = SignedStanding { body: to_bytes(&standing(vec![event(2)])), ..signed };
        assert_eq!(altered.verified(&server, &[key], &verify), None);
    }
}
