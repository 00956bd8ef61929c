//! Codes that the administration and the post give: dossier, procedure, unit, tracking number.

use super::NotA;
use crate::procedure::{is_direction, is_readable};
use ::time::{Date, Month};
use std::fmt;

/// Declares a code that is checked text: one way in, its text on the wire.
macro_rules! text_code {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl std::str::FromStr for $name {
            type Err = NotA;
            fn from_str(text: &str) -> Result<Self, NotA> {
                let check: fn(&str) -> bool = $check;
                if check(text) { Ok(Self(text.to_owned())) } else { Err(NotA(stringify!($name))) }
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        cbor_as_checked_text!($name);
    };
}

text_code!(
    /// A procedure of the national database: `^\d\.\d{6}$`, e.g. 2.000635.
    ProcedureCode,
    |t| {
        let b = t.as_bytes();
        b.len() == 8 && b[1] == b'.' && b.iter().enumerate().all(|(i, c)| i == 1 || c.is_ascii_digit())
    }
);
text_code!(
    /// A unit's electronic identifier (QĐ 20/2020/QĐ-TTg Đ.4): at most 35 of `A–Z 0–9 .`, its first group `MX1X2` with
    /// M in A..Y on the left; or the older shape (QCVN 102:2016), `V1V2V3.Z1Z2.Y1Y2.MX1X2`.
    UnitCode,
    is_unit
);
text_code!(
    /// The official code of an accepted dossier: unit, date of acceptance, serial of that unit and day
    /// (TT 01/2018/TT-VPCP Đ.19; QĐ 20/2020/QĐ-TTg). Only the server makes one, at acceptance.
    DossierCode,
    |t| DossierCode::parts_of(t).is_some()
);

impl DossierCode {
    /// The code of the `serial`-th dossier that a unit accepted on a day; a serial above 9999 takes a fifth digit.
    pub fn new(unit: &UnitCode, day: Date, serial: u32) -> Self {
        let yy = day.year().rem_euclid(100);
        Self(format!("{unit}-{yy:02}{:02}{:02}-{serial:04}", day.month() as u8, day.day()))
    }

    pub fn unit(&self) -> UnitCode {
        UnitCode(self.0.split('-').next().unwrap_or_default().to_owned())
    }

    /// The serial of the unit's day, from 1.
    pub fn serial(&self) -> u32 {
        self.0.rsplit('-').next().and_then(|s| s.parse().ok()).unwrap_or_default()
    }

    fn parts_of(text: &str) -> Option<(&str, Date, u32)> {
        let (unit, rest) = text.split_once('-')?;
        let (day, serial) = rest.split_once('-')?;
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if !is_unit(unit) || day.len() != 6 || !digits(day) || !matches!(serial.len(), 4 | 5) || !digits(serial) {
            return None;
        }
        let number = |r: std::ops::Range<usize>| day[r].parse::<u8>().ok();
        let month = Month::try_from(number(2..4)?).ok()?;
        let date = Date::from_calendar_date(2000 + i32::from(number(0..2)?), month, number(4..6)?).ok()?;
        let serial = serial.parse().ok().filter(|s| *s > 0)?;
        Some((unit, date, serial))
    }
}

fn is_unit(text: &str) -> bool {
    if text.is_empty() || text.len() > 35 {
        return false;
    }
    let groups: Vec<&str> = text.split('.').collect();
    let level_one = |g: &str| {
        let b = g.as_bytes();
        b.len() == 3 && (b'A'..=b'Y').contains(&b[0]) && b[1].is_ascii_digit() && b[2].is_ascii_digit()
    };
    let plain = |g: &&str| !g.is_empty() && g.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    if level_one(groups[0]) {
        return groups[1..].iter().all(plain);
    }
    let digits = |g: &str, n: usize| g.len() == n && g.bytes().all(|b| b.is_ascii_digit());
    groups.len() == 4 && digits(groups[0], 3) && digits(groups[1], 2) && digits(groups[2], 2) && level_one(groups[3])
}

/// A postal tracking number. One of S10 shape must have its check digit and is normalised (upper case, no spaces); nobody
/// knows the rules of other shapes, so they are kept as they were written, without the spaces around them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackingNumber(String);

/// The longest tracking number of another shape, in characters.
const TRACKING_MAX: usize = 40;

cbor_as_checked_text!(TrackingNumber);

impl std::str::FromStr for TrackingNumber {
    type Err = NotA;
    fn from_str(text: &str) -> Result<Self, NotA> {
        let packed: String = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        let raw = text.trim();
        let printable = is_readable(raw) && !raw.chars().any(|c| c.is_control() || is_direction(c));
        match s10_check_digit(&packed) {
            Some(true) => Ok(Self(packed)),
            None if printable && raw.chars().count() <= TRACKING_MAX => Ok(Self(raw.to_owned())),
            _ => Err(NotA("TrackingNumber")),
        }
    }
}

impl TrackingNumber {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TrackingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `None` when the number has not the S10 shape; else whether its check digit is right (UPU S10: weights
/// 8 6 4 2 3 5 9 7, 11 − sum mod 11, 10 → 0, 11 → 5).
fn s10_check_digit(number: &str) -> Option<bool> {
    let b = number.as_bytes();
    let letters = |r: &[u8]| r.iter().all(u8::is_ascii_uppercase);
    if b.len() != 13 || !letters(&b[..2]) || !letters(&b[11..]) || !b[2..11].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let sum: u32 = b[2..10].iter().zip([8, 6, 4, 2, 3, 5, 9, 7]).map(|(d, w)| u32::from(d - b'0') * w).sum();
    let check = match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        c => c,
    };
    Some(u32::from(b[10] - b'0') == check)
}
