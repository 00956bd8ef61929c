//! What wrong passwords and codes cost an account: after five, a minute, and with each more twice the time, up to an hour.

use dossier::time::Timestamp;

/// Failures that cost nothing yet but the last of them.
const FREE: u32 = 5;
const LONGEST_MINUTES: i64 = 60;

/// Until when an account is locked that has so many failures, the last of them now.
pub(crate) fn until(failures: u32, now: Timestamp) -> Option<Timestamp> {
    let doubled = failures.checked_sub(FREE)?;
    let minutes = 1_i64.checked_shl(doubled).filter(|m| (1..LONGEST_MINUTES).contains(m)).unwrap_or(LONGEST_MINUTES);
    Some(now.plus_seconds(minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::MONDAY;

    #[test]
    fn the_fifth_failure_locks_for_a_minute_and_each_more_for_twice_as_long_up_to_an_hour() {
        let minutes = |failures| until(failures, MONDAY).map(|until| (until.0 - MONDAY.0) / 60_000);
        assert_eq!([0, 1, 4].map(minutes), [None; 3]);
        assert_eq!([5, 6, 7, 8, 9, 10, 11, 12].map(minutes), [1, 2, 4, 8, 16, 32, 60, 60].map(Some));
        assert_eq!([67, 68, 69, 70, u32::MAX].map(minutes), [Some(60); 5]);
    }
}
