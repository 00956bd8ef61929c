//! What an account is called by who signs in: lower-case Latin letters, digits, dot, hyphen and underscore, beginning with
//! a letter. Nothing that looks like another login by its letters alone.

use std::fmt;
use std::str::FromStr;

const LENGTH: std::ops::RangeInclusive<usize> = 3..=64;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Login(String);

impl Login {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Login {
    type Err = String;

    /// Capitals are the same login, and so are spaces around it: keyboards of phones put both there.
    fn from_str(typed: &str) -> Result<Self, String> {
        let login = typed.trim_matches(' ').to_ascii_lowercase();
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
        if !LENGTH.contains(&login.len()) {
            return Err(format!("a login has {} to {} characters", LENGTH.start(), LENGTH.end()));
        }
        if !login.starts_with(|c: char| c.is_ascii_lowercase()) || !login.chars().all(fits) {
            return Err("a login holds a–z, 0–9, dot, hyphen and underscore, and begins with a letter".into());
        }
        Ok(Self(login))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_plain_and_has_one_spelling() {
        assert_eq!("  Le.Thi-Can_Bo2 ".parse::<Login>().unwrap().as_str(), "le.thi-can_bo2");
        let longest = "a".repeat(64);
        assert!("abc".parse::<Login>().is_ok() && longest.parse::<Login>().is_ok());
        let long = "a".repeat(65);
        for bad in ["", "ab", "1ab", ".ab", "lan thi", "lành", "lan\u{200f}", "lan\0", "аbc", long.as_str()] {
            assert!(bad.parse::<Login>().is_err(), "{bad:?}");
        }
    }
}
