//! How much of the server one caller may use: so much in a time, refilled evenly (GCRA, the leaky bucket as ATM's traffic
//! management has it). One number is kept for each caller who is not at rest, and dropped when the bucket is full again.
//! It is memory of this process: another replica counts for itself.

use dossier::ids::{DossierId, PersonId, Thumbprint};
use dossier::time::Timestamp;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many callers are remembered; more make the quietest ones forgotten. 100 bytes each.
const REMEMBERED: usize = if cfg!(test) { 1_000 } else { 100_000 };
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// Exchanges of one device that may be under way: one, and one whose answer was lost.
const AT_ONCE: u8 = 2;

/// Exhausted; the caller may come again after so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exhausted {
    pub seconds: u64,
}

pub(crate) struct Quotas {
    syncs: Bucket<Thumbprint>,
    /// Of a dossier and who pushes to it: a stranger uses up nothing of its owner's.
    changes: Bucket<(DossierId, PersonId)>,
    operations: Bucket<(DossierId, PersonId)>,
    under_way: Mutex<HashMap<Thumbprint, u8>>,
}

/// Public look-ups, by code and secret, of people whom nobody knows.
pub(crate) struct Lookups {
    by_address: Bucket<IpAddr>,
    overall: Bucket<()>,
    /// Wrong ones, by the code that was asked for, whether there is such a dossier or not.
    wrong: Bucket<[u8; 16]>,
    wrong_overall: Bucket<()>,
}

/// From one address in a minute.
const LOOKS: u32 = 10;
/// From everybody in a minute; beyond that somebody has more addresses than a household.
const LOOKS_OVERALL: u32 = 1_200;
/// Wrong ones for one code in a quarter of an hour. Ten letters of a secret are 50 bits: at this pace they are guessed in some
/// five million million years.
const WRONG: u32 = 5;
const QUARTER: i64 = 15 * MINUTE;
/// Wrong ones of everybody in an hour, above which the log says so.
const WRONG_OVERALL: u32 = 1_000;

impl Lookups {
    pub(crate) fn new() -> Self {
        Self {
            by_address: Bucket::new(LOOKS, MINUTE),
            overall: Bucket::new(LOOKS_OVERALL, MINUTE),
            wrong: Bucket::new(WRONG, QUARTER),
            wrong_overall: Bucket::new(WRONG_OVERALL, 60 * MINUTE),
        }
    }

    /// Lets somebody look. Asked before anything is compared: the right secret waits as the wrong one does, or waiting
    /// would tell which it is.
    pub(crate) fn may_ask(&self, from: IpAddr, code: &[u8], now: Timestamp) -> Result<(), Exhausted> {
        self.wrong.would_give(&short(code), 1, now)?;
        self.by_address.take(from, 1, now)?;
        self.overall.take((), 1, now)
    }

    /// Counts a look-up that found nothing; tells whether there were too many of them.
    pub(crate) fn wrong(&self, code: &[u8], now: Timestamp) -> bool {
        // Several may have been let in at the same moment; the bucket is empty then.
        let _ = self.wrong.take(short(code), 1, now);
        self.wrong_overall.take((), 1, now).is_err()
    }
}

/// As much of an HMAC as tells any two codes apart.
fn short(code: &[u8]) -> [u8; 16] {
    let mut short = [0; 16];
    short.iter_mut().zip(code).for_each(|(to, from)| *to = *from);
    short
}

/// An exchange under way; it ends with this value.
pub(crate) struct UnderWay<'a> {
    quotas: &'a Quotas,
    device: Thumbprint,
}

pub(crate) struct Bucket<K> {
    most: i64,
    /// Milliseconds in which an empty bucket is full again.
    period: i64,
    /// When each bucket is full, in milliseconds since 1970; what is not here is full.
    full_at: Mutex<HashMap<K, i64>>,
}

impl Quotas {
    pub(crate) fn new(syncs_per_minute: u32, changes_per_day: u32, operations_per_day: u32) -> Self {
        Self {
            syncs: Bucket::new(syncs_per_minute, MINUTE),
            changes: Bucket::new(changes_per_day, DAY),
            operations: Bucket::new(operations_per_day, DAY),
            under_way: Mutex::default(),
        }
    }

    /// Whether a device could begin an exchange; takes nothing.
    pub(crate) fn may_begin(&self, device: &Thumbprint, now: Timestamp) -> Result<(), Exhausted> {
        if held(&self.under_way).get(device).is_some_and(|count| *count >= AT_ONCE) {
            return Err(Exhausted { seconds: 1 });
        }
        self.syncs.would_give(device, 1, now)
    }

    /// Lets a device begin an exchange.
    pub(crate) fn begin(&self, device: &Thumbprint, now: Timestamp) -> Result<UnderWay<'_>, Exhausted> {
        self.syncs.take(*device, 1, now)?;
        let mut under_way = held(&self.under_way);
        let count = under_way.entry(*device).or_default();
        if *count >= AT_ONCE {
            return Err(Exhausted { seconds: 1 });
        }
        *count += 1;
        Ok(UnderWay { quotas: self, device: *device })
    }

    /// Takes what a push to a dossier costs, before any work is done for it. One that alone is more than a whole day's is
    /// let in when nothing of the day's is used up, and uses up all of it: a phone cannot part what it says in one
    /// exchange, and would wait for ever.
    pub(crate) fn push(
        &self,
        to: (DossierId, PersonId),
        (changes, operations): (u64, u64),
        now: Timestamp,
    ) -> Result<(), Exhausted> {
        // Asked of both before it is taken of either.
        self.operations.would_give(&to, operations, now)?;
        self.changes.take(to, changes, now)?;
        self.operations.take(to, operations, now)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut under_way = held(&self.quotas.under_way);
        if let Some(count) = under_way.get_mut(&self.device) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.device);
            }
        }
    }
}

impl<K: Copy + Eq + Hash> Bucket<K> {
    pub(crate) fn new(most: u32, period: i64) -> Self {
        Self { most: i64::from(most), period, full_at: Mutex::default() }
    }

    pub(crate) fn take(&self, key: K, amount: u64, now: Timestamp) -> Result<(), Exhausted> {
        let mut full_at = held(&self.full_at);
        let after = self.after(&full_at, &key, amount, now)?;
        if !full_at.contains_key(&key) && full_at.len() >= REMEMBERED {
            forget(&mut full_at, now);
        }
        full_at.insert(key, after);
        Ok(())
    }

    fn would_give(&self, key: &K, amount: u64, now: Timestamp) -> Result<(), Exhausted> {
        self.after(&held(&self.full_at), key, amount, now).map(|_| ())
    }

    /// When the bucket would be full after this much was taken. More than it ever holds takes all of it: what one
    /// request may hold must be able to pass once.
    fn after(&self, full_at: &HashMap<K, i64>, key: &K, amount: u64, now: Timestamp) -> Result<i64, Exhausted> {
        let amount = i64::try_from(amount).unwrap_or(i64::MAX).min(self.most);
        let cost = amount.saturating_mul(self.period) / self.most;
        let after = full_at.get(key).map_or(now.0, |full| (*full).max(now.0)) + cost;
        let wait = after - now.0 - self.period;
        if wait <= 0 { Ok(after) } else { Err(Exhausted { seconds: wait.unsigned_abs().div_ceil(1_000) }) }
    }
}

/// Makes room: buckets that are full, and of the others the half that is fullest.
fn forget<K: Copy + Eq + Hash>(full_at: &mut HashMap<K, i64>, now: Timestamp) {
    full_at.retain(|_, full| *full > now.0);
    if full_at.len() >= REMEMBERED {
        let mut moments: Vec<i64> = full_at.values().copied().collect();
        let middle = moments.len() / 2;
        let (_, median, _) = moments.select_nth_unstable(middle);
        let median = *median;
        full_at.retain(|_, full| *full > median);
    }
}

/// No code panics while it holds one of these; were it to, the numbers are still numbers.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::MONDAY;

    fn at(seconds: i64) -> Timestamp {
        MONDAY.plus_seconds(seconds)
    }

    fn device(n: u8) -> Thumbprint {
        Thumbprint([n; 32])
    }

    fn place(n: u128) -> (DossierId, PersonId) {
        (DossierId(uuid::Uuid::from_u128(n)), PersonId(uuid::Uuid::from_u128(1)))
    }

    #[test]
    fn sixty_in_a_minute_pass_and_the_next_one_is_told_when() {
        let quotas = Quotas::new(60, 500, 5_000);
        for n in 0..60 {
            assert!(quotas.begin(&device(1), MONDAY).is_ok(), "{n}");
        }
        assert_eq!(quotas.begin(&device(1), MONDAY).err(), Some(Exhausted { seconds: 1 }));
        assert_eq!(quotas.may_begin(&device(1), MONDAY), Err(Exhausted { seconds: 1 }));
        assert!(quotas.may_begin(&device(1), at(1)).is_ok() && quotas.may_begin(&device(1), at(1)).is_ok());
        assert!(quotas.begin(&device(2), MONDAY).is_ok(), "another device has its own");
        assert!(quotas.begin(&device(1), at(1)).is_ok() && quotas.begin(&device(1), at(1)).is_err());
        for n in 0..60 {
            assert!(quotas.begin(&device(1), at(61)).is_ok(), "{n}");
        }
        assert!(quotas.begin(&device(1), at(61)).is_err());
    }

    #[test]
    fn a_public_look_up_has_its_limits_by_address_by_code_and_overall() {
        let from = |n: u32| IpAddr::V4(n.into());
        let lookups = Lookups::new();
        for n in 0..LOOKS {
            assert!(lookups.may_ask(from(1), &n.to_be_bytes(), MONDAY).is_ok(), "{n}");
        }
        assert_eq!(lookups.may_ask(from(1), b"a", MONDAY), Err(Exhausted { seconds: 6 }));
        assert!(lookups.may_ask(from(2), b"a", MONDAY).is_ok() && lookups.may_ask(from(1), b"a", at(6)).is_ok());

        for n in 0..WRONG {
            assert!(lookups.may_ask(from(10 + n), b"b", MONDAY).is_ok());
            assert!(!lookups.wrong(b"b", MONDAY));
        }
        assert_eq!(lookups.may_ask(from(20), b"b", MONDAY), Err(Exhausted { seconds: 180 }), "right or wrong");
        assert!(lookups.may_ask(from(20), b"c", MONDAY).is_ok() && lookups.may_ask(from(20), b"b", at(180)).is_ok());

        let lookups = Lookups::new();
        for n in 0..LOOKS_OVERALL {
            assert!(lookups.may_ask(from(100 + n), &n.to_be_bytes(), MONDAY).is_ok(), "{n}");
        }
        assert!(lookups.may_ask(from(1), b"a", MONDAY).is_err());
        for n in 0..WRONG_OVERALL {
            assert!(!lookups.wrong(&n.to_be_bytes(), MONDAY), "{n}");
        }
        assert!(lookups.wrong(b"a", MONDAY));
    }

    #[test]
    fn a_device_has_two_exchanges_under_way() {
        let quotas = Quotas::new(60, 500, 5_000);
        let (first, _second) = (quotas.begin(&device(1), MONDAY).unwrap(), quotas.begin(&device(1), MONDAY).unwrap());
        assert!(quotas.may_begin(&device(1), MONDAY).is_err() && quotas.begin(&device(1), MONDAY).is_err());
        assert!(quotas.begin(&device(2), MONDAY).is_ok());
        drop(first);
        assert!(quotas.begin(&device(1), MONDAY).is_ok());
    }

    #[test]
    fn a_dossier_takes_so_many_changes_and_operations_a_day() {
        let quotas = Quotas::new(60, 500, 5_000);
        assert!(quotas.push(place(1), (256, 2_000), MONDAY).is_ok());
        assert!(quotas.push(place(1), (244, 244), MONDAY).is_ok());
        // A day has 86,400 s: a change is given back every 172.8 s.
        assert_eq!(quotas.push(place(1), (1, 1), MONDAY), Err(Exhausted { seconds: 173 }));
        assert!(quotas.push(place(1), (1, 1), at(173)).is_ok());
        assert!(quotas.push(place(2), (1, 5_000), MONDAY).is_ok());
        let refused = quotas.push(place(2), (1, 1), MONDAY);
        assert_eq!(refused, Err(Exhausted { seconds: 18 }));
        // What was refused for its operations took no changes.
        assert!(quotas.push(place(2), (499, 0), MONDAY).is_ok());
        assert!(quotas.push(place(3), (256, 500_000), MONDAY).is_ok(), "what one request may hold passes once");
        assert!(quotas.push(place(3), (1, 1), MONDAY).is_err());
    }

    #[test]
    fn a_push_that_is_more_than_a_days_passes_once_when_nothing_is_used_up() {
        let quotas = Quotas::new(60, 3, 5_000);
        assert!(quotas.push(place(1), (8, 8), MONDAY).is_ok());
        assert_eq!(quotas.push(place(1), (1, 1), MONDAY), Err(Exhausted { seconds: 28_800 }));
        assert!(quotas.push(place(1), (1, 1), at(28_799)).is_err());
        assert!(quotas.push(place(1), (1, 1), at(28_800)).is_ok());
        assert!(quotas.push(place(2), (1, 1), MONDAY).is_ok());
        assert_eq!(quotas.push(place(2), (8, 8), MONDAY), Err(Exhausted { seconds: 28_800 }), "one was used");
        assert!(quotas.push(place(2), (8, 8), at(28_800)).is_ok());
    }

    #[test]
    fn who_is_at_rest_is_forgotten() {
        let quotas = Quotas::new(60, 500, 5_000);
        let many = |at: Timestamp, from: u128| {
            for n in 0..REMEMBERED as u128 {
                quotas.push(place(from + n), (1, 1), at).unwrap();
            }
        };
        quotas.push(place(0), (500, 500), MONDAY).unwrap();
        many(MONDAY, 1);
        assert!(held(&quotas.changes.full_at).len() <= REMEMBERED);
        assert!(quotas.push(place(0), (1, 1), MONDAY).is_err(), "whoever used most is remembered");
        many(at(86_400), 10_000);
        assert!(held(&quotas.changes.full_at).len() <= REMEMBERED);
        assert!(!held(&quotas.changes.full_at).contains_key(&place(1)));
        assert!(held(&quotas.under_way).is_empty());
    }
}
