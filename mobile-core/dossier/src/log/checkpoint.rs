//! How large the log is and what its root is, as a text that is signed (C2SP tlog-checkpoint in a signed-note).
//! Signatures of keys that the reader does not know, such as witnesses', are kept and ignored.

use super::key::{LogKey, VerifyEd25519, is_key_name};
use crate::ids::ServerId;
use crate::merkle::Hash;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// Room for 16 signatures of 5 kB, which the note format asks every reader to take.
pub const NOTE_MAX: usize = 128 * 1024;
pub const NOTE_SIGNATURES_MAX: usize = 16;
pub const EXTENSIONS_MAX: usize = 16;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log it is.
    pub origin: String,
    pub size: u64,
    pub root: Hash,
    /// Lines that only their writer understands; never empty.
    pub extensions: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    signatures: Vec<NoteSignature>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    pub name: String,
    pub key_id: [u8; 4],
    pub signature: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteRefused {
    TooLarge,
    /// No note: a line is missing, or stands otherwise than the format says.
    Malformed,
    /// The key that was asked for did not sign it.
    NotSigned,
    /// The key's signature is of another text.
    BadSignature,
    /// It speaks of another log.
    OtherLog,
}

impl fmt::Display for NoteRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "the checkpoint is too large",
            Self::Malformed => "this is no signed checkpoint",
            Self::NotSigned => "the checkpoint is not signed by the log's key",
            Self::BadSignature => "the signature does not belong to this checkpoint",
            Self::OtherLog => "the checkpoint is of another log",
        })
    }
}
impl std::error::Error for NoteRefused {}

/// The name of a server's log, and of the keys that sign it.
pub fn origin(server: &ServerId) -> String {
    format!("hoso/{server}")
}

impl Checkpoint {
    /// The text that is signed, with its last newline.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root));
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// Reads the one spelling of a checkpoint's text.
    pub fn parse(text: &str) -> Result<Self, NoteRefused> {
        let mut lines = text.strip_suffix('\n').ok_or(NoteRefused::Malformed)?.split('\n').map(str::to_owned);
        let mut line = || lines.next().filter(|line| is_line(line)).ok_or(NoteRefused::Malformed);
        let (origin, size, root) = (line()?, line()?, line()?);
        let size = size.parse().map_err(|_| NoteRefused::Malformed)?;
        let root = STANDARD.decode(root).map_err(|_| NoteRefused::Malformed)?;
        let root = root.try_into().map_err(|_| NoteRefused::Malformed)?;
        let extensions: Vec<String> = lines.collect();
        if extensions.len() > EXTENSIONS_MAX {
            return Err(NoteRefused::TooLarge);
        }
        let parsed = Self { origin, size, root, extensions };
        if parsed.extensions.iter().all(|line| is_line(line)) && parsed.text() == text {
            Ok(parsed)
        } else {
            Err(NoteRefused::Malformed)
        }
    }

    /// With the log's own signature over `text`.
    pub fn signed(self, key: &LogKey, signature: [u8; 64]) -> SignedCheckpoint {
        let first = NoteSignature { name: key.name().to_owned(), key_id: key.id(), signature: signature.to_vec() };
        SignedCheckpoint { checkpoint: self, signatures: vec![first] }
    }
}

impl SignedCheckpoint {
    pub fn parse(note: &str) -> Result<Self, NoteRefused> {
        if note.len() > NOTE_MAX {
            return Err(NoteRefused::TooLarge);
        }
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteRefused::Malformed)?;
        let checkpoint = Checkpoint::parse(&format!("{text}\n"))?;
        let lines: Vec<&str> = lines.strip_suffix('\n').ok_or(NoteRefused::Malformed)?.split('\n').collect();
        if lines.len() > NOTE_SIGNATURES_MAX {
            return Err(NoteRefused::TooLarge);
        }
        let signatures = lines.into_iter().map(NoteSignature::parse).collect::<Option<_>>();
        Ok(Self { checkpoint, signatures: signatures.ok_or(NoteRefused::Malformed)? })
    }

    /// What it says, before anybody's signature was looked at.
    pub fn unverified(&self) -> &Checkpoint {
        &self.checkpoint
    }

    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// What it says, once this key's signature over it was found and is good, and it is of the log that is asked for.
    pub fn verify(&self, origin: &str, key: &LogKey, verify: VerifyEd25519<'_>) -> Result<&Checkpoint, NoteRefused> {
        let id = key.id();
        let text = self.checkpoint.text();
        let mut ours = self.signatures.iter().filter(|s| s.name == key.name() && s.key_id == id).peekable();
        if ours.peek().is_none() {
            return Err(NoteRefused::NotSigned);
        }
        let good = |s: &NoteSignature| {
            s.signature.as_slice().try_into().is_ok_and(|signature| verify(key.key(), text.as_bytes(), signature))
        };
        if !ours.all(good) {
            return Err(NoteRefused::BadSignature);
        }
        if self.checkpoint.origin == origin { Ok(&self.checkpoint) } else { Err(NoteRefused::OtherLog) }
    }
}

impl NoteSignature {
    fn parse(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
        let bytes = STANDARD.decode(encoded).ok()?;
        let (key_id, signature) = bytes.split_first_chunk::<4>()?;
        let whole = is_key_name(name) && !signature.is_empty();
        whole.then(|| Self { name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() })
    }
}

/// A line of the text: not empty, without control characters.
fn is_line(line: &str) -> bool {
    !line.is_empty() && !line.chars().any(char::is_control)
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "— {} {}", self.name, STANDARD.encode([self.key_id.as_slice(), &self.signature].concat()))
    }
}

/// The signed note.
impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.checkpoint.text())?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}
