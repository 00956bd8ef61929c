//! The shape of a dossier's document: three maps and what their keys and values may be. No other file spells a key.

use crate::act::Act;
use crate::ids::{ActId, ContentHash, NotA, PaperHash, cbor_as_checked_text};
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// The layout that new dossiers are born with; a genesis of every version stays readable for ever.
pub const LAYOUT: u8 = 1;

pub const FORM: &str = "form";
pub const PAPERS: &str = "papers";
pub const ACTS: &str = "acts";

/// The longest text of a field, in characters (DESIGN §4.6).
pub const TEXT_MAX: usize = 10_000;

/// A field of the form: `field`, or `group/row/field` in a repeated group. Names are `[a-z][a-z0-9_]*` up to 40
/// characters, rows `[0-9a-z]` up to 26.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldKey(String);
cbor_as_checked_text!(FieldKey);

impl FieldKey {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// (group, row, field) of a field inside a repeated group.
    pub fn in_group(&self) -> Option<(&str, &str, &str)> {
        let mut parts = self.0.split('/');
        Some((parts.next()?, parts.next()?, parts.next()?))
    }
}

impl std::str::FromStr for FieldKey {
    type Err = NotA;
    fn from_str(text: &str) -> Result<Self, NotA> {
        let parts: Vec<&str> = text.split('/').collect();
        let ok = match parts[..] {
            [field] => is_name(field),
            [group, row, field] => is_name(group) && is_row(row) && is_name(field),
            _ => false,
        };
        if ok { Ok(Self(text.to_owned())) } else { Err(NotA("FieldKey")) }
    }
}

impl fmt::Display for FieldKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for FieldKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= 40
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn is_row(text: &str) -> bool {
    (1..=26).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// A paper of the dossier: which component it stands for, and its content. Key: component + "/" + SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct PaperKey {
    #[n(0)]
    pub component: String,
    #[n(1)]
    pub hash: PaperHash,
}

impl std::str::FromStr for PaperKey {
    type Err = NotA;
    fn from_str(text: &str) -> Result<Self, NotA> {
        let (component, hash) = text.split_once('/').ok_or(NotA("PaperKey"))?;
        if !is_name(component) {
            return Err(NotA("PaperKey"));
        }
        Ok(Self { component: component.to_owned(), hash: hash.parse()? })
    }
}

impl fmt::Display for PaperKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.component, self.hash)
    }
}

/// What is known of a paper beside its content.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PaperInfo {
    #[n(0)]
    pub kind: PaperKind,
    /// Bytes, at most `PAPER_MAX`.
    #[n(1)]
    pub size: u32,
    /// The name it had on the phone, at most 120 characters, no control characters, no "/".
    #[n(2)]
    pub name: String,
}

/// The largest paper, in bytes (DESIGN §8).
pub const PAPER_MAX: u32 = 10 * 1024 * 1024;
/// The most papers of a dossier, and the most bytes of all of them.
pub const PAPERS_MAX: usize = 20;
pub const PAPERS_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// What a server keeps of one dossier's papers, those that were taken out again included: whoever photographs each paper
/// five times can still hand in.
pub const PAPERS_KEPT_MAX: usize = 5 * PAPERS_MAX;
pub const PAPERS_KEPT_BYTES_MAX: u64 = 5 * PAPERS_BYTES_MAX;

/// A file name can tell who somebody is.
impl fmt::Debug for PaperInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PaperInfo({:?}, {} B)", self.kind, self.size)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum PaperKind {
    #[n(0)]
    Jpeg,
    #[n(1)]
    Png,
    #[n(2)]
    Pdf,
}

impl PaperKind {
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Pdf => "application/pdf",
        }
    }

    /// The kind by content, never by name.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"%PDF-") {
            Some(Self::Pdf)
        } else {
            None
        }
    }
}

impl PaperInfo {
    /// The one string that stands for it in the document: `jpeg 12345 name`.
    pub fn to_text(&self) -> String {
        let kind = match self.kind {
            PaperKind::Jpeg => "jpeg",
            PaperKind::Png => "png",
            PaperKind::Pdf => "pdf",
        };
        format!("{kind} {} {}", self.size, self.name)
    }

    /// Reads it; only the canonical spelling is one.
    pub fn from_text(text: &str) -> Result<Self, NotA> {
        let mut parts = text.splitn(3, ' ');
        let kind = match parts.next() {
            Some("jpeg") => PaperKind::Jpeg,
            Some("png") => PaperKind::Png,
            Some("pdf") => PaperKind::Pdf,
            _ => return Err(NotA("PaperInfo")),
        };
        let size: u32 = parts.next().and_then(|s| s.parse().ok()).ok_or(NotA("PaperInfo"))?;
        let name = parts.next().unwrap_or_default().to_owned();
        let named = name.chars().count() <= 120 && !name.chars().any(|c| c.is_control() || c == '/');
        let info = Self { kind, size, name };
        if named && (1..=PAPER_MAX).contains(&size) && info.to_text() == text {
            Ok(info)
        } else {
            Err(NotA("PaperInfo"))
        }
    }
}

/// One value of a field. What it means (a date, a choice, a phone number) is the catalogue's business.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Value {
    #[n(0)]
    Text(#[n(0)] String),
    #[n(1)]
    Number(#[n(0)] i64),
    #[n(2)]
    YesNo(#[n(0)] bool),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(…)",
            Self::Number(_) => "Number(…)",
            Self::YesNo(_) => "YesNo(…)",
        })
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A document as people read it, at its heads or at an act's parents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    /// One value, or several where devices disagree: the first is the one that the document shows, all are kept.
    pub form: BTreeMap<FieldKey, Vec<Value>>,
    pub papers: BTreeMap<PaperKey, PaperInfo>,
    pub acts: BTreeMap<ActId, Act>,
}

/// What was handed in: the bytes that office, post, receipt and verification read.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Frozen {
    #[n(0)]
    pub layout: u8,
    #[n(1)]
    pub catalogue: u32,
    #[n(2)]
    pub form: BTreeMap<FieldKey, Value>,
    /// Sorted by component and hash.
    #[n(3)]
    pub papers: Vec<(PaperKey, PaperInfo)>,
}

impl fmt::Debug for Frozen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frozen({} fields, {} papers)", self.form.len(), self.papers.len())
    }
}

impl Frozen {
    /// Freezes a projection. A field that still has two values keeps the first; `admit` refuses such a submission.
    pub fn of(projection: &Projection, catalogue: u32) -> Self {
        Self {
            layout: LAYOUT,
            catalogue,
            form: projection.form.iter().filter_map(|(k, v)| Some((k.clone(), v.first()?.clone()))).collect(),
            papers: projection.papers.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
        }
    }

    /// Canonical CBOR: arrays and a map in key order.
    pub fn bytes(&self) -> Vec<u8> {
        crate::wire::to_bytes(self)
    }

    pub fn hash(&self) -> ContentHash {
        ContentHash(Sha256::digest(self.bytes()).into())
    }
}
