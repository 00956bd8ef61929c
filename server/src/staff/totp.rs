//! Codes of an authenticator (TOTP, RFC 6238): six digits of an HMAC-SHA-1 over the half minute, which every authenticator
//! app speaks. The code's half minute is kept: each serves once.

use aws_lc_rs::{constant_time, hmac};
use dossier::time::Timestamp;
use std::ops::RangeInclusive;

/// RFC 4226 §4 asks for 128 bits and recommends 160.
pub(crate) const KEY: usize = 20;
const STEP_MS: i64 = 30_000;
/// Half minutes that a telephone's clock may be behind or ahead.
const SLACK: RangeInclusive<i64> = -1..=1;
/// Who gives out the keys, as authenticator apps show it.
const ISSUER: &str = "Ho%20So";

/// The half minute of a moment.
pub(crate) fn step(now: Timestamp) -> i64 {
    now.0.div_euclid(STEP_MS)
}

/// The code of a half minute.
pub(crate) fn code(key: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let mac = hmac::sign(&key, &step.to_be_bytes());
    let mac = mac.as_ref();
    let at = usize::from(mac[19] & 15);
    let four = u32::from_be_bytes([mac[at] & 0x7f, mac[at + 1], mac[at + 2], mac[at + 3]]);
    format!("{:06}", four % 1_000_000)
}

/// Of which half minute around now a typed code is; spaces in it are how apps write it.
pub(crate) fn step_of(key: &[u8], typed: &str, now: Timestamp) -> Option<i64> {
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let fits =
        |step: &i64| constant_time::verify_slices_are_equal(code(key, *step).as_bytes(), typed.as_bytes()).is_ok();
    SLACK.map(|slack| step(now) + slack).find(fits)
}

/// The key as a person types it, in groups of four.
pub(crate) fn text(key: &[u8]) -> String {
    let letters: Vec<char> = base32(key).chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// What the square says to an authenticator app. A login holds nothing that an address would write otherwise.
pub(crate) fn address(key: &[u8], login: &str) -> String {
    let key = base32(key);
    format!("otpauth://totp/{ISSUER}:{login}?secret={key}&issuer={ISSUER}&algorithm=SHA1&digits=6&period=30")
}

/// RFC 4648 §6, without padding.
fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let letter = |group: &[u8]| {
        let mut five = [0; 8];
        five[3..3 + group.len()].copy_from_slice(group);
        let bits = u64::from_be_bytes(five);
        let letters = (group.len() * 8).div_ceil(5);
        (0..letters).map(move |n| char::from(ALPHABET[(bits >> (35 - 5 * n) & 31) as usize])).collect::<String>()
    };
    bytes.chunks(5).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY_OF_THE_RFC: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238 appendix B, SHA-1: its eight digits end with these six.
        for (second, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(KEY_OF_THE_RFC, step(Timestamp(second * 1000))), expected, "{second}");
        }
    }

    #[test]
    fn a_code_counts_in_its_half_minute_and_one_before_and_after() {
        let now = Timestamp(1_795_395_600_000);
        let code = code(KEY_OF_THE_RFC, step(now));
        let at = |seconds| step_of(KEY_OF_THE_RFC, &code, now.plus_seconds(seconds));
        assert_eq!([-30, 0, 29, 59].map(at), [Some(step(now)); 4]);
        assert_eq!([-31, 60].map(at), [None; 2]);
        let spaced = format!(" {} {}", &code[..3], &code[3..]);
        assert_eq!(step_of(KEY_OF_THE_RFC, &spaced, now), Some(step(now)));
        for wrong in ["", "0", &code[..5], &format!("{code}0")] {
            assert_eq!(step_of(KEY_OF_THE_RFC, wrong, now), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_key_is_written_in_base_32() {
        // RFC 4648 §10.
        for (bytes, text) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB")]
        {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        assert_eq!(text(KEY_OF_THE_RFC), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        let address = address(KEY_OF_THE_RFC, "le.lan");
        assert!(address.starts_with("otpauth://totp/Ho%20So:le.lan?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer="));
    }
}
