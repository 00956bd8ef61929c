//! Proofs that have been used: each serves once. A proof is forgotten when its nonce has run out, because nobody can use it
//! then. It is memory of this process: at another replica a proof may serve a second time within its minutes, and what it
//! asks for then happens once, by hash or by command id.

use super::nonce::{self, MINUTES};
use dossier::ids::Thumbprint;
use dossier::time::Timestamp;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// So many proofs are remembered, 30 bytes each. More in six minutes are more than this process can answer.
const REMEMBERED: usize = if cfg!(test) { 100 } else { 1 << 18 };

#[derive(Default)]
pub(crate) struct Replays(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    /// By the minute of the nonce.
    minutes: BTreeMap<i64, HashSet<[u8; 16]>>,
    count: usize,
}

impl Replays {
    /// Whether this key shows this proof for the first time; it is remembered then. `minute` is its nonce's.
    pub(crate) fn is_first(&self, key: &Thumbprint, id: &str, minute: i64, now: Timestamp) -> bool {
        let hash = crate::book::sha256(&[key.bytes().as_slice(), id.as_bytes()].concat());
        let mut short = [0; 16];
        short.copy_from_slice(&hash[..16]);
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.forget_before(nonce::minute(now) - MINUTES);
        if seen.minutes.get(&minute).is_some_and(|known| known.contains(&short)) {
            return false;
        }
        // Nobody honest is refused because there are many: the oldest minute is forgotten, all of it, and its proofs might
        // serve again for what is left of their time.
        while seen.count >= REMEMBERED {
            let Some((_, forgotten)) = seen.minutes.pop_first() else { break };
            seen.count -= forgotten.len();
        }
        seen.minutes.entry(minute).or_default().insert(short);
        seen.count += 1;
        true
    }
}

impl Seen {
    fn forget_before(&mut self, minute: i64) {
        while let Some(oldest) = self.minutes.first_entry().filter(|oldest| *oldest.key() < minute) {
            self.count -= oldest.remove().len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::MONDAY;

    const PHONE: Thumbprint = Thumbprint([1; 32]);

    fn at(minutes: i64) -> (i64, Timestamp) {
        let now = MONDAY.plus_seconds(60 * minutes);
        (nonce::minute(now), now)
    }

    #[test]
    fn a_proof_serves_once_and_another_keys_or_another_one_is_another() {
        let (replays, (minute, now)) = (Replays::default(), at(0));
        assert!(replays.is_first(&PHONE, "a", minute, now) && !replays.is_first(&PHONE, "a", minute, now));
        assert!(replays.is_first(&PHONE, "b", minute, now) && replays.is_first(&Thumbprint([2; 32]), "a", minute, now));
        // As long as its nonce lives.
        assert!(!replays.is_first(&PHONE, "a", minute, at(MINUTES).1));
        assert!(replays.is_first(&PHONE, "c", at(MINUTES + 1).0, at(MINUTES + 1).1));
        assert_eq!(replays.0.lock().unwrap().count, 1, "what nobody can use is forgotten");
    }

    #[test]
    fn when_there_are_too_many_the_oldest_minute_is_forgotten_and_nobody_is_refused() {
        let replays = Replays::default();
        let (old, now) = (at(-1).0, at(0));
        for n in 0..REMEMBERED / 2 {
            assert!(replays.is_first(&PHONE, &format!("old {n}"), old, now.1));
        }
        for n in 0..REMEMBERED {
            assert!(replays.is_first(&PHONE, &format!("new {n}"), now.0, now.1), "{n}");
            assert!(replays.0.lock().unwrap().count <= REMEMBERED);
        }
        assert!(!replays.is_first(&PHONE, "new 0", now.0, now.1), "the newer minute is kept");
        assert!(replays.is_first(&PHONE, "old 0", old, now.1), "the older one is forgotten");
    }

    #[test]
    fn one_minute_that_is_too_full_begins_anew() {
        let (replays, now) = (Replays::default(), at(0));
        for n in 0..3 * REMEMBERED {
            assert!(replays.is_first(&PHONE, &format!("{n}"), now.0, now.1), "{n}");
        }
        assert!(replays.0.lock().unwrap().count <= REMEMBERED);
    }
}
