//! Acts: what a citizen declares, once and for good. An act stands in the document under its id, written once, alone in
//! its change; what that change has for parents is what the act speaks of.

use crate::ids::{ContentHash, NotA, ParcelId, UnitCode};
use crate::procedure::{Address, Places, UnknownPlace, is_direction, is_readable};
use crate::sentence::Sentence;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use minicbor::{Decode, Encode};

/// The longest free text of an act (a reason, an address line), in characters.
pub const ACT_TEXT_MAX: usize = 1_000;

/// The longest name, and the longest reference to a paper, in characters.
pub const BEHALF_TEXT_MAX: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Act {
    /// Nộp: hands in form and papers as they stand at the act's parents, to a unit; for somebody else, if so said.
    #[n(0)]
    Submit(#[n(0)] ContentHash, #[n(1)] UnitCode, #[n(2)] Option<Behalf>),
    /// Bổ sung: hands in again after the office asked for more.
    #[n(1)]
    Supplement(#[n(0)] ContentHash),
    /// Rút hồ sơ, with the citizen's reason (may be empty).
    #[n(2)]
    Withdraw(#[n(0)] String),
    /// How the result is to be received.
    #[n(3)]
    ChooseDelivery(#[n(0)] DeliveryChoice),
    /// The recipient's own phone confirms that a parcel was received with its seal intact (grade A).
    #[n(4)]
    ConfirmDelivery(#[n(0)] ParcelId),
}

/// For whom somebody hands in who is not the one concerned, and by what right (nộp thay; NĐ 61/2018 Đ.16). Personal: prints
/// nothing through `Debug`.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Behalf {
    /// Whose matter it is (chủ hồ sơ): a person's or an organisation's name.
    #[n(0)]
    pub owner: String,
    #[n(1)]
    pub authority: Authority,
    /// The paper that shows it: its number, its day, who made it out. May be empty for a guardian.
    #[n(2)]
    pub reference: String,
}

/// By what right somebody acts for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Authority {
    /// A written authorisation (văn bản ủy quyền).
    #[n(0)]
    Written,
    /// Parent or guardian (cha, mẹ, người giám hộ).
    #[n(1)]
    Guardian,
    /// Who represents an organisation (người đại diện của tổ chức).
    #[n(2)]
    Organisation,
}

impl Authority {
    pub const ALL: [Self; 3] = [Self::Written, Self::Guardian, Self::Organisation];

    /// The stable word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Guardian => "guardian",
            Self::Organisation => "organisation",
        }
    }

    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|authority| authority.word() == word)
    }
}

impl Behalf {
    /// A name, and a paper where the right rests on one; both as people read them.
    pub fn is_sound(&self) -> bool {
        let plain = |text: &str| text.chars().count() <= BEHALF_TEXT_MAX && !text.chars().any(is_direction);
        let shown = self.authority == Authority::Guardian || is_readable(&self.reference);
        plain(&self.owner) && plain(&self.reference) && self.owner.chars().any(char::is_alphabetic) && shown
    }

    /// Who hands in for whom, in words.
    pub fn sentence(&self) -> Sentence {
        Sentence::new("event-behalf")
            .with("owner", self.owner.as_str())
            .with("authority", self.authority.word())
            .with("reference", self.reference.as_str())
    }
}

impl std::fmt::Debug for Behalf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Behalf({:?}, …)", self.authority)
    }
}

/// Where and how the result is received (nơi và cách nhận kết quả).
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub enum DeliveryChoice {
    #[n(0)]
    AtCounter,
    #[n(1)]
    ByPost(#[n(0)] PostalAddress),
}

/// Where the post brings a result. Personal: prints nothing through `Debug`.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PostalAddress {
    #[n(0)]
    pub recipient: String,
    #[n(1)]
    pub phone: crate::ids::PhoneNumber,
    /// Province and ward codes as the catalogue's address fields use them, `province/ward`.
    #[n(2)]
    pub area: String,
    /// House, street, hamlet.
    #[n(3)]
    pub line: String,
}

/// Why the post could bring nothing to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressFault {
    RecipientMissing,
    /// No place, or no line to find within it.
    Incomplete,
    Unknown(UnknownPlace),
}

impl PostalAddress {
    /// The first fault, if the address has one. Not a part of reading an act: a phone may have said it in good faith
    /// by other places, and is told so.
    pub fn fault(&self, places: &Places) -> Option<AddressFault> {
        let turned = |text: &str| text.chars().any(is_direction);
        if !self.recipient.chars().any(char::is_alphabetic) || turned(&self.recipient) {
            return Some(AddressFault::RecipientMissing);
        }
        let whole = format!("{}|-", self.area);
        if !is_readable(&self.line) || turned(&self.line) {
            return Some(AddressFault::Incomplete);
        }
        if whole.parse::<Address>().is_err() {
            let unknown = Address::unknown_area(&whole).map(|area| AddressFault::Unknown(places.judge_misshapen(area)));
            return Some(unknown.unwrap_or(AddressFault::Incomplete));
        }
        places.judge(&self.area).err().map(AddressFault::Unknown)
    }
}

impl AddressFault {
    /// Stable.
    pub fn code(self) -> &'static str {
        match self {
            Self::RecipientMissing => "recipient_missing",
            Self::Incomplete => "address_incomplete",
            Self::Unknown(_) => "unknown_place",
        }
    }

    pub fn sentence(self) -> Sentence {
        Sentence::new(match self {
            Self::RecipientMissing => "write-recipient-missing",
            Self::Incomplete => "finding-address-incomplete",
            Self::Unknown(place) => place.sentence_id(),
        })
    }
}

impl std::fmt::Debug for PostalAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PostalAddress(…)")
    }
}
impl std::fmt::Debug for DeliveryChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::AtCounter => "AtCounter",
            Self::ByPost(_) => "ByPost(…)",
        })
    }
}

impl Act {
    /// The one string that stands for an act in the document: base64url of its canonical CBOR.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(crate::wire::to_bytes(self))
    }

    /// Reads an act; only the canonical spelling is one.
    pub fn from_text(text: &str) -> Result<Self, NotA> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotA("Act"))?;
        let act: Self = minicbor::decode(&bytes).map_err(|_| NotA("Act"))?;
        if act.to_text() == text && act.is_sound() { Ok(act) } else { Err(NotA("Act")) }
    }

    fn is_sound(&self) -> bool {
        let short = |text: &str| text.chars().count() <= ACT_TEXT_MAX;
        match self {
            Self::Submit(_, _, Some(behalf)) => behalf.is_sound(),
            Self::Withdraw(reason) => short(reason),
            Self::ChooseDelivery(DeliveryChoice::ByPost(to)) => {
                !to.recipient.trim().is_empty()
                    && !to.line.trim().is_empty()
                    && short(&to.recipient)
                    && short(&to.area)
                    && short(&to.line)
            }
            _ => true,
        }
    }
}
