//! Values that tell who a person is. They never print through `Debug`; showing one is a deliberate call.

use super::NotA;
use std::fmt;

/// A citizen's number: 12 digits (số định danh, thẻ căn cước) or the 9 of the old CMND. There is no check digit. All zeros
/// and all nines are what registers and forms hold where the number is not known: whoever has one of these is nobody, and
/// everybody who has it would be one person.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CitizenNumber(String);
cbor_as_checked_text!(CitizenNumber);

impl std::str::FromStr for CitizenNumber {
    type Err = NotA;
    fn from_str(text: &str) -> Result<Self, NotA> {
        let digits = matches!(text.len(), 9 | 12) && text.bytes().all(|b| b.is_ascii_digit());
        let placeholder = [b'0', b'9'].iter().any(|digit| text.bytes().all(|b| b == *digit));
        if digits && !placeholder { Ok(Self(text.to_owned())) } else { Err(NotA("CitizenNumber")) }
    }
}

impl fmt::Debug for CitizenNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CitizenNumber(…)")
    }
}

/// Where a citizen's number and the declared birth disagree. A warning for people to look at, never a refusal: the
/// meaning of the digits (TT 59/2021/TT-BCA) is common knowledge, not verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CitizenNumberDoubt {
    Century,
    Sex,
    Year,
}

impl CitizenNumber {
    /// The number itself, for those who may see it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What a 12-digit number says of century, sex and year, against what was declared. `male` is `None` where sex was
    /// not declared.
    pub fn doubts(&self, birth_year: i32, male: Option<bool>) -> Vec<CitizenNumberDoubt> {
        let digits = self.0.as_bytes();
        if digits.len() != 12 {
            return Vec::new();
        }
        let kind = digits[3] - b'0';
        let mut doubts = Vec::new();
        if birth_year.div_euclid(100) != 19 + i32::from(kind / 2) {
            doubts.push(CitizenNumberDoubt::Century);
        }
        if male.is_some_and(|male| male != kind.is_multiple_of(2)) {
            doubts.push(CitizenNumberDoubt::Sex);
        }
        let year = i32::from(digits[4] - b'0') * 10 + i32::from(digits[5] - b'0');
        if birth_year.rem_euclid(100) != year {
            doubts.push(CitizenNumberDoubt::Year);
        }
        doubts
    }
}

/// A Vietnamese phone number in E.164 (`+84…`): a mobile, or a landline with its area code.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(String);
cbor_as_checked_text!(PhoneNumber);

impl std::str::FromStr for PhoneNumber {
    type Err = NotA;
    /// Takes `0…`, `84…` and `+84…`, with spaces, dots or hyphens between the digits.
    fn from_str(text: &str) -> Result<Self, NotA> {
        let plain: String = text.chars().filter(|c| !matches!(c, ' ' | '.' | '-')).collect();
        let national =
            plain.strip_prefix("+84").or_else(|| plain.strip_prefix('0')).or_else(|| plain.strip_prefix("84"));
        let national = national.filter(|n| n.bytes().all(|b| b.is_ascii_digit())).ok_or(NotA("PhoneNumber"))?;
        let mobile = national.len() == 9
            && matches!(
                national.as_bytes(),
                [b'3', b'2'..=b'9', ..]
                    | [b'5', b'2' | b'5' | b'6' | b'8' | b'9', ..]
                    | [b'7', b'0' | b'6'..=b'9', ..]
                    | [b'8', b'1'..=b'9', ..]
                    | [b'9', ..]
            );
        let landline = national.len() == 10 && national.starts_with('2');
        if mobile || landline { Ok(Self(format!("+84{national}"))) } else { Err(NotA("PhoneNumber")) }
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(…)")
    }
}

impl PhoneNumber {
    /// E.164, for those who may see it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}
