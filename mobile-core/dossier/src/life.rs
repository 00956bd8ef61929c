//! The lives of a server. A first start begins one; putting the database back from a backup begins the next, because what
//! was said in between may be gone, and phones must notice.

use crate::time::Timestamp;
use ::time::Date;

/// A server's first life has a random number of 32 bits; from here on they are numbered by the second in which they began.
/// One backup that is put back twice begins two lives, the later with the larger number, though the database knows of none.
const BY_THE_SECOND: u64 = 1 << 33;
/// What an office accepts in a day stays below: the official codes of a day have four digits.
const SERIALS_OF_A_DAY: u32 = 10_000;

/// The life that begins now, after one that is known.
pub fn next(known: u64, now: Timestamp) -> u64 {
    let second = u64::try_from(now.0 / 1000).unwrap_or_default();
    (known + 1).max(BY_THE_SECOND + second)
}

/// When a life began; `None` for a first one, and for one whose number does not say it.
pub fn began(life: u64) -> Option<Timestamp> {
    let second = i64::try_from(life.checked_sub(BY_THE_SECOND)?).ok()?;
    Some(Timestamp(second.checked_mul(1000)?))
}

/// The first serial that a unit may give on a day. On the day of a restore serials begin above all that may have been
/// given before it and are forgotten: a unit gives fewer than 10,000 a day, and after a restore fewer than one a second.
/// Other days need no gap: a code holds its day, and nobody gives codes for days that have passed.
pub fn first_serial(life: u64, day: Date) -> u32 {
    let Some(began) = began(life).map(Timestamp::local).filter(|began| began.date() == day) else { return 1 };
    let (hour, minute, second) = began.time().as_hms();
    SERIALS_OF_A_DAY + (u32::from(hour) * 60 + u32::from(minute)) * 60 + u32::from(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 08:00 on Monday 23/11/2026.
    const MONDAY_8: Timestamp = Timestamp(1_795_395_600_000);

    #[test]
    fn a_backup_that_is_put_back_twice_begins_two_lives() {
        let first = next(u64::from(u32::MAX) + 1, MONDAY_8);
        let second = next(u64::from(u32::MAX) + 1, MONDAY_8.plus_seconds(1));
        assert!(u64::from(u32::MAX) + 1 < first && first < second);
        assert_eq!((began(first), began(7)), (Some(MONDAY_8), None));
        assert_eq!(next(second, MONDAY_8), second + 1, "whatever the clock says");
    }

    #[test]
    fn codes_leave_a_gap_on_the_day_of_a_restore_and_on_no_other() {
        let life = next(7, MONDAY_8);
        assert_eq!(first_serial(life, MONDAY_8.day()), 10_000 + 8 * 3600);
        assert_eq!(first_serial(life, MONDAY_8.plus_seconds(86_400).day()), 1);
        assert_eq!(first_serial(7, MONDAY_8.day()), 1);
    }
}
