//! Refresh tokens: `hr1.` and, in base64url, the session (16 bytes), the token's number in it (4), and a MAC over both and
//! the device (16). Nothing of one is stored. It is worth something only beside a proof by the device's key.

use crate::keys::Keys;
use crate::store::sessions::SessionId;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dossier::ids::Thumbprint;
use uuid::Uuid;

const PREFIX: &str = "hr1.";
/// The number of a session's first token.
pub(crate) const FIRST: u32 = 1;

/// A refresh token of ours, for the device that came with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Presented {
    pub session: SessionId,
    pub number: u32,
}

pub(crate) fn write(keys: &Keys, session: &SessionId, number: u32, device: &Thumbprint) -> String {
    let named = [session.0.as_bytes().as_slice(), &number.to_be_bytes()].concat();
    let mac = keys.refresh_mac(&named, device);
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode([named.as_slice(), &mac].concat()))
}

/// Whether it is written as refresh tokens are; an access token never is.
pub(crate) fn is_one(token: &str) -> bool {
    token.starts_with(PREFIX)
}

/// The token, if this server gave it to this device.
pub(crate) fn read(keys: &Keys, token: &str, device: &Thumbprint) -> Option<Presented> {
    let bytes: [u8; 36] = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?.try_into().ok()?;
    let (named, mac) = bytes.split_at(20);
    aws_lc_rs::constant_time::verify_slices_are_equal(&keys.refresh_mac(named, device), mac).ok()?;
    let (session, number) = named.split_at(16);
    let session = SessionId(Uuid::from_slice(session).ok()?);
    Some(Presented { session, number: u32::from_be_bytes(number.try_into().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_is_read_as_it_was_written_and_by_its_device_alone() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::open(&dir.path().join("keys")).unwrap();
        let others = Keys::open(&dir.path().join("others")).unwrap();
        let (session, device) = (SessionId(Uuid::from_u128(1 << 100 | 7)), Thumbprint([4; 32]));
        let token = write(&keys, &session, 70_000, &device);
        assert!(token.len() == 52 && is_one(&token));
        assert_eq!(read(&keys, &token, &device), Some(Presented { session, number: 70_000 }));
        assert_eq!(read(&keys, &token, &Thumbprint([5; 32])), None);
        assert_eq!(read(&others, &token, &device), None);
        // Each character counts.
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(bytes).unwrap();
            assert_eq!(read(&keys, &altered, &device), None, "{altered}");
        }
        for other in [format!("{token}="), format!("{token} "), format!(" {token}"), token[..51].into(), "hr1.".into()]
        {
            assert_eq!(read(&keys, &other, &device), None, "{other}");
        }
    }
}
