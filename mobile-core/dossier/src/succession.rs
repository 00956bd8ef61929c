//! How a phone that knows a server by its key learns the next one: the old key signs the new one, once, and the server
//! publishes all of these for ever. A phone that was away for years follows them from the key that it knows.

use crate::ids::{PublicKey, ServerId, Signature, Verify};
use crate::time::Timestamp;

/// One change of the server's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Succession {
    pub from: PublicKey,
    pub next: PublicKey,
    /// From when on the next key signs.
    pub since: Timestamp,
    /// By the old key, over `succession_message`.
    pub signature: Signature,
}

/// What the old key signs.
pub fn succession_message(server: &ServerId, from: &PublicKey, next: &PublicKey, since: Timestamp) -> Vec<u8> {
    let domain = b"hoso/succession/1".as_slice();
    [domain, server.bytes(), from.bytes(), next.bytes(), &since.0.to_be_bytes()].concat()
}

impl Succession {
    pub fn holds(&self, server: &ServerId, verify: Verify<'_>) -> bool {
        verify(&self.from, &succession_message(server, &self.from, &self.next, self.since), &self.signature)
    }
}

/// The keys after `known`, in order, up to the server's key of today; `None` if they do not lead there. The links stand
/// in their order.
pub fn follow(
    known: &PublicKey,
    today: &PublicKey,
    server: &ServerId,
    links: &[Succession],
    verify: Verify<'_>,
) -> Option<Vec<PublicKey>> {
    let (mut at, mut keys) = (*known, Vec::new());
    for link in links {
        if at == *today {
            break;
        }
        if link.from == at && link.holds(server, verify) {
            at = link.next;
            keys.push(at);
        }
    }
    (at == *today).then_some(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: ServerId = ServerId(uuid::Uuid::from_u128(1));

    fn key(n: u8) -> PublicKey {
        PublicKey([n; 64])
    }

    /// Stands in for a signature by somebody who signs as this key.
    fn signed(by: &PublicKey, message: &[u8]) -> Signature {
        use sha2::{Digest as _, Sha256};
        let hash: [u8; 32] = Sha256::digest([by.bytes().as_slice(), message].concat()).into();
        let mut both = [0; 64];
        both[..32].copy_from_slice(&hash);
        Signature(both)
    }

    fn verify(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        signed(key, message) == *signature
    }

    fn link(from: u8, next: u8) -> Succession {
        let (from, next, since) = (key(from), key(next), Timestamp(7));
        let signature = signed(&from, &succession_message(&SERVER, &from, &next, since));
        Succession { from, next, since, signature }
    }

    #[test]
    fn a_phone_that_was_away_for_long_finds_the_key_of_today() {
        let links = [link(1, 2), link(2, 3), link(3, 4)];
        let follow = |known, today| follow(&key(known), &key(today), &SERVER, &links, &verify);
        assert_eq!(follow(1, 4), Some(vec![key(2), key(3), key(4)]));
        assert_eq!(follow(3, 4), Some(vec![key(4)]));
        assert_eq!(follow(4, 4), Some(vec![]));
        assert_eq!(follow(9, 4), None, "a key of nobody");
        assert_eq!(follow(4, 1), None, "there is no way back");
    }

    #[test]
    fn a_link_that_the_old_key_did_not_sign_is_not_followed() {
        let good = link(1, 2);
        let forged = Succession { signature: link(3, 2).signature, ..good };
        let moved = Succession { next: key(9), ..good };
        let later = Succession { since: Timestamp(8), ..good };
        for bad in [forged, moved, later] {
            assert_eq!(follow(&key(1), &bad.next, &SERVER, &[bad], &verify), None);
            // One that nobody can follow hides none that holds.
            assert_eq!(follow(&key(1), &key(2), &SERVER, &[bad, good], &verify), Some(vec![key(2)]));
        }
        let elsewhere = ServerId(uuid::Uuid::from_u128(2));
        assert_eq!(follow(&key(1), &key(2), &elsewhere, &[good], &verify), None);
    }
}
