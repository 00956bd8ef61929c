//! Keys that sign notes: their name, the short id by which a signature names them, and the text in which they are
//! handed out (`name+id+key`, C2SP signed-note).

use crate::ids::NotA;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// Verifies an Ed25519 signature: key, message, signature. An argument wherever it is needed. An implementation is
/// strict: it refuses keys of small order and spellings of a signature that are not canonical.
pub type VerifyEd25519<'a> = &'a (dyn Fn(&[u8; 32], &[u8], &[u8; 64]) -> bool + Sync);

/// The signature type that stands for Ed25519.
const ED25519: u8 = 1;

/// An Ed25519 key that signs notes under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogKey {
    name: String,
    key: [u8; 32],
}

impl LogKey {
    pub fn new(name: &str, key: [u8; 32]) -> Result<Self, NotA> {
        if is_key_name(name) { Ok(Self { name: name.to_owned(), key }) } else { Err(NotA("LogKey")) }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// First four bytes of SHA-256(name ‖ newline ‖ 1 ‖ key).
    pub fn id(&self) -> [u8; 4] {
        let hash = Sha256::new().chain_update(&self.name).chain_update([b'\n', ED25519]).chain_update(self.key);
        let [a, b, c, d, ..]: [u8; 32] = hash.finalize().into();
        [a, b, c, d]
    }
}

/// Names end at the first space in a signature line and at the first "+" in a key's text.
pub(super) fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

impl fmt::Display for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([[ED25519].as_slice(), &self.key].concat());
        write!(f, "{}+{}+{key}", self.name, hex::encode(self.id()))
    }
}

/// Reads the one spelling of a key.
impl FromStr for LogKey {
    type Err = NotA;
    fn from_str(text: &str) -> Result<Self, NotA> {
        let parsed = parse(text).ok_or(NotA("LogKey"))?;
        if parsed.to_string() == text { Ok(parsed) } else { Err(NotA("LogKey")) }
    }
}

fn parse(text: &str) -> Option<LogKey> {
    let (name, rest) = text.split_once('+')?;
    let (_, key) = rest.split_once('+')?;
    let bytes = STANDARD.decode(key).ok()?;
    let (kind, key) = bytes.split_first()?;
    if *kind != ED25519 {
        return None;
    }
    LogKey::new(name, key.try_into().ok()?).ok()
}
