//! What is kept of every time that a member of staff looked into a dossier, for its citizen to see: who, when, at what, and
//! why (Luật BVDLCN 91/2025/QH15; NĐ 61/2018 lets nobody but the unit that handles a dossier into it).

use crate::ids::{PaperHash, StaffId, UnitCode};
use crate::sentence::Sentence;
use crate::time::Timestamp;
use minicbor::{Decode, Encode};

/// The fewest characters of a reason that somebody must give.
pub const REASON_MIN: usize = 10;
/// The most characters of such a reason.
pub const REASON_MAX: usize = 500;

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Reading {
    /// 1, 2, 3, … within the dossier, without gaps.
    #[n(0)]
    pub n: u64,
    #[n(1)]
    pub at: Timestamp,
    #[n(2)]
    pub staff: StaffId,
    #[n(3)]
    pub unit: UnitCode,
    /// As citizens are shown it.
    #[n(4)]
    pub name: String,
    /// The role's stable word.
    #[n(5)]
    pub role: String,
    #[n(6)]
    pub looked: Looked,
    #[n(7)]
    pub purpose: Purpose,
    /// The unit at which the dossier was, whose head is told of what is out of turn.
    #[n(8)]
    pub place: UnitCode,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Looked {
    /// What was handed in, with its history; identity numbers masked.
    #[n(0)]
    Dossier,
    /// The bytes of one paper.
    #[n(1)]
    Paper(#[n(0)] PaperHash),
    /// The identity numbers themselves.
    #[n(2)]
    Numbers,
}

/// Why. A reason is a text for the citizen and the head of the unit; it may name people, so `Debug` keeps it to itself.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub enum Purpose {
    /// The dossier is at the reader's own unit.
    #[n(0)]
    Handling,
    /// It is at a unit beneath the reader's.
    #[n(1)]
    Supervising,
    /// It is none of the reader's, who said why it had to be opened nevertheless; the head of the unit is told.
    #[n(2)]
    BreakGlass(#[n(0)] String),
    /// The identity numbers were needed, for this.
    #[n(3)]
    Unmasking(#[n(0)] String),
}

impl std::fmt::Debug for Purpose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

impl Purpose {
    /// The stable word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Handling => "handling",
            Self::Supervising => "supervising",
            Self::BreakGlass(_) => "break_glass",
            Self::Unmasking(_) => "unmasking",
        }
    }

    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Handling | Self::Supervising => None,
            Self::BreakGlass(reason) | Self::Unmasking(reason) => Some(reason),
        }
    }
}

impl Reading {
    /// What a citizen reads of it; the reason stands beside it, in the reader's own words.
    pub fn sentence(&self) -> Sentence {
        let looked = match self.looked {
            Looked::Dossier => "reading-dossier",
            Looked::Paper(_) => "reading-paper",
            Looked::Numbers => "reading-numbers",
        };
        Sentence::new(looked)
            .with("name", self.name.as_str())
            .with("unit", self.unit.as_str())
            .with("purpose", self.purpose.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sentence::Language;
    use crate::wire::to_bytes;

    fn reading(looked: Looked, purpose: Purpose) -> Reading {
        Reading {
            n: 1,
            at: Timestamp(1_795_395_600_000),
            staff: StaffId::from_bytes([1; 16]),
            unit: "H24.1".parse().unwrap(),
            name: "Lê Thị Cán Bộ".into(),
            role: "one-stop".into(),
            looked,
            purpose,
            place: "H24.1".parse().unwrap(),
        }
    }

    #[test]
    fn every_reading_is_told_in_both_languages() {
        let looked = [Looked::Dossier, Looked::Paper(PaperHash([7; 32])), Looked::Numbers];
        let reason = || "Ví dụ.".to_owned();
        let purposes =
            [Purpose::Handling, Purpose::Supervising, Purpose::BreakGlass(reason()), Purpose::Unmasking(reason())];
        let mut told = String::new();
        for reading in looked.iter().flat_map(|l| purposes.iter().map(|p| reading(*l, p.clone()))) {
            let bytes = to_bytes(&reading);
            assert_eq!(minicbor::decode::<Reading>(&bytes).unwrap(), reading);
            for language in Language::ALL {
                told += &format!("{}\n", reading.sentence().say(language));
            }
        }
        insta::assert_snapshot!(told);
    }

    #[test]
    fn a_reason_is_not_printed_for_programmers() {
        let reading = reading(Looked::Numbers, Purpose::Unmasking("bí mật".into()));
        assert!(!format!("{reading:?}").contains("bí mật"));
    }
}
