//! Nonces for DPoP proofs that need no memory: the minute in which one was made, and an HMAC over it. They make the
//! phone's clock irrelevant; replicas share the key and nothing else.

use crate::keys::Keys;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dossier::time::Timestamp;

/// Minutes that a nonce lives, at the least. An answer renews it, so a longer life would serve only a thief.
pub(super) const MINUTES: i64 = 5;

pub(crate) fn make(keys: &Keys, now: Timestamp) -> String {
    let minute = minute(now).to_be_bytes();
    URL_SAFE_NO_PAD.encode([minute.as_slice(), &keys.nonce_mac(&minute)].concat())
}

/// In which minute a nonce of ours was made, if it still counts.
pub(crate) fn fresh(keys: &Keys, now: Timestamp, nonce: &str) -> Option<i64> {
    let bytes = URL_SAFE_NO_PAD.decode(nonce).ok()?;
    let (made, mac) = bytes.split_first_chunk::<8>()?;
    aws_lc_rs::constant_time::verify_slices_are_equal(&keys.nonce_mac(made), mac).ok()?;
    let made = i64::from_be_bytes(*made);
    (0..=MINUTES).contains(&minute(now).saturating_sub(made)).then_some(made)
}

pub(super) fn minute(now: Timestamp) -> i64 {
    now.0.div_euclid(60_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_lives_five_minutes_and_is_ours() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::open(&dir.path().join("keys")).unwrap();
        let others = Keys::open(&dir.path().join("others")).unwrap();
        let now = Timestamp(1_795_397_459_000);
        let nonce = make(&keys, now);
        let is_fresh = |keys: &Keys, now, nonce: &str| fresh(keys, now, nonce).is_some();
        assert!(is_fresh(&keys, now, &nonce) && is_fresh(&keys, now.plus_seconds(300), &nonce));
        assert!(!is_fresh(&keys, now.plus_seconds(361), &nonce), "too old");
        assert!(!is_fresh(&keys, now.plus_seconds(-120), &nonce), "from the future");
        assert!(!is_fresh(&others, now, &nonce), "from another server");
        assert!(!is_fresh(&keys, now, "") && !is_fresh(&keys, now, "!"));
    }
}
