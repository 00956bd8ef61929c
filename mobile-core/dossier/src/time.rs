//! Moments and days. The server's clock is the only one that counts; it always arrives as an argument.

use ::time::{Date, OffsetDateTime, UtcOffset, macros::offset};
use minicbor::{CborLen, Decode, Encode};
use std::fmt;

/// Việt Nam keeps one offset all year.
pub const LOCAL: UtcOffset = offset!(+7);

/// Milliseconds since 1970-01-01 00:00 UTC, by the server's clock unless its holder says otherwise.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct Timestamp(#[n(0)] pub i64);

impl Timestamp {
    /// The moment as local time; what lies outside the representable years is clamped to their ends.
    pub fn local(self) -> OffsetDateTime {
        let nanos = i128::from(self.0) * 1_000_000;
        OffsetDateTime::from_unix_timestamp_nanos(nanos)
            .unwrap_or(if self.0 < 0 {
                OffsetDateTime::UNIX_EPOCH
            } else {
                ::time::macros::datetime!(9999-12-30 0:00 UTC)
            })
            .to_offset(LOCAL)
    }

    pub fn from_local(moment: OffsetDateTime) -> Self {
        Self((moment.unix_timestamp_nanos() / 1_000_000) as i64)
    }

    /// The local day it falls on.
    pub fn day(self) -> Date {
        self.local().date()
    }

    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }
}

/// `HH:mm dd/MM/yyyy`, local: the way the office writes a moment.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = self.local();
        write!(f, "{:02}:{:02} {:02}/{:02}/{:04}", t.hour(), t.minute(), t.day(), t.month() as u8, t.year())
    }
}
impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_the_office_writes_it() {
        assert_eq!(Timestamp(1_795_397_400_000).to_string(), "08:30 23/11/2026");
    }

    #[test]
    fn no_moment_panics() {
        for t in [i64::MIN, -1, 0, i64::MAX] {
            let _ = Timestamp(t).to_string();
        }
    }
}
