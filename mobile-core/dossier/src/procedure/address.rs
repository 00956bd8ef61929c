//! An address as one canonical value: two levels of unit codes (there is no district since 2025-07-01) and a line.

use super::is_readable;
use crate::ids::NotA;
use std::fmt;
use std::str::FromStr;

/// The longest line of an address, in characters.
const LINE_MAX: usize = 200;

/// `province/ward|line`: two and five digits of the statistics office's unit codes, then house, street, hamlet.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    pub province: String,
    pub ward: String,
    pub line: String,
}

impl Address {
    /// The `province/ward` of a text that has all that an address has, though no place has these numbers.
    pub fn unknown_area(text: &str) -> Option<&str> {
        let (area, _) = text.split_once('|').filter(|(_, line)| is_line(line))?;
        let number = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        area.split_once('/').filter(|(province, ward)| number(province) && number(ward)).map(|_| area)
    }

    /// `province/ward`, as a postal address has it.
    pub fn area(&self) -> String {
        format!("{}/{}", self.province, self.ward)
    }
}

impl FromStr for Address {
    type Err = NotA;
    fn from_str(text: &str) -> Result<Self, NotA> {
        let digits = |t: &str, n: usize| t.len() == n && t.bytes().all(|b| b.is_ascii_digit());
        let (area, line) = text.split_once('|').ok_or(NotA("Address"))?;
        let (province, ward) = area.split_once('/').ok_or(NotA("Address"))?;
        let whole = digits(province, 2) && digits(ward, 5);
        if whole && is_line(line) {
            Ok(Self { province: province.to_owned(), ward: ward.to_owned(), line: line.to_owned() })
        } else {
            Err(NotA("Address"))
        }
    }
}

fn is_line(line: &str) -> bool {
    is_readable(line) && line.chars().count() <= LINE_MAX && !line.chars().any(char::is_control)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}|{}", self.province, self.ward, self.line)
    }
}

/// Where somebody lives is personal.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_no_place_has_are_told_from_what_is_missing() {
        assert_eq!(Address::unknown_area("99/1|Số 1"), Some("99/1"));
        for missing in ["", "|", "31|x", "31/|x", "/1|x", "31/99901|", "a/b|x"] {
            assert_eq!(Address::unknown_area(missing), None, "{missing:?}");
        }
    }

    #[test]
    fn an_address_has_both_codes_and_a_line_and_one_spelling() {
        let text = "31/99901|Số 1, đường Ví Dụ | sau chợ";
        let address: Address = text.parse().expect("an address");
        assert_eq!(address.to_string(), text);
        assert_eq!(address.area(), "31/99901");
        assert_eq!(format!("{address:?}"), "Address(…)");
        let long = format!("31/99901|{}", "a".repeat(201));
        for bad in [
            "",
            "|",
            "31|x",
            "31/99901",
            "31/99901|",
            "31/99901|  ",
            "31/99901|\u{200b}",
            "3/99901|x",
            "31/9990|x",
            "31/99901|a\nb",
            &long,
        ] {
            assert!(bad.parse::<Address>().is_err(), "{bad:?}");
        }
    }
}
