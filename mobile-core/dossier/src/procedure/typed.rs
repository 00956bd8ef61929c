//! A text as somebody typed it, on a phone or at a counter, as the value that a field holds. What is merely wrong is kept, and
//! the findings say so; only what cannot be a value of the kind at all is refused.

use super::{Field, FieldKind, clean, clean_line, is_readable};
use crate::ids::PhoneNumber;
use crate::layout::Value;

/// The text cannot be a value of the field's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongType;

impl Field {
    /// `None` empties the field; so does a text with nothing in it to read.
    pub fn typed(&self, text: Option<&str>) -> Result<Option<Value>, WrongType> {
        let clean = if matches!(self.kind, FieldKind::LongText { .. }) { clean } else { clean_line };
        let Some(text) = text.map(clean).filter(|text| is_readable(text)) else { return Ok(None) };
        Ok(Some(match &self.kind {
            FieldKind::Number { .. } => Value::Number(whole_number(&text).ok_or(WrongType)?),
            FieldKind::YesNo => Value::YesNo(yes_or_no(&text).ok_or(WrongType)?),
            FieldKind::Phone => match text.parse::<PhoneNumber>() {
                Ok(number) => Value::Text(number.reveal().to_owned()),
                Err(_) => Value::Text(text),
            },
            FieldKind::CitizenNumber { .. } => Value::Text(text.chars().filter(|c| !matches!(c, ' ' | '.')).collect()),
            FieldKind::Date { .. } => Value::Text(as_date(&text).unwrap_or(text)),
            _ => Value::Text(text),
        }))
    }
}

/// A number as people here write it, thousands parted by points or spaces. Anything else is none: 2.5 is not 25.
fn whole_number(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let groups: Vec<&str> = digits.split(['.', ' ']).collect();
    let parted = match groups.as_slice() {
        [_] => true,
        [first, rest @ ..] => (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3),
        [] => false,
    };
    let plain = groups.concat();
    let number = parted && plain.bytes().all(|b| b.is_ascii_digit());
    number.then(|| format!("{sign}{plain}").parse().ok()).flatten()
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "yes" | "có" | "co" | "1" => Some(true),
        "false" | "no" | "không" | "khong" | "0" => Some(false),
        _ => None,
    }
}

/// `dd/mm/yyyy`, as people here write a date, in the spelling that is stored.
fn as_date(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.trim().split(['/', '-', '.']).collect();
    let [day, month, year] = parts[..] else { return None };
    let (day, month): (u8, u8) = (day.parse().ok()?, month.parse().ok()?);
    let year: u16 = year.parse().ok().filter(|y| *y >= 1000)?;
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_understood_as_people_write_it() {
        assert_eq!(as_date("1/2/1990").as_deref(), Some("1990-02-01"));
        assert_eq!(as_date("1990-02-01"), None, "stored spelling stays");
        assert_eq!(as_date("hôm qua"), None);
    }

    #[test]
    fn thousands_are_parted_by_points_and_nothing_else_is_a_number() {
        let cases = [("25", 25), (" 1.000 ", 1_000), ("12 345 678", 12_345_678), ("-1.000", -1_000), ("007", 7)];
        for (text, number) in cases {
            assert_eq!(whole_number(text), Some(number), "{text}");
        }
        for none in
            ["2.5", "2,5", "2 5", "1.2.3", "1.00", "1.0000", ".500", "1.", "1000.000", "--1", "", "-", "một", "٣"]
        {
            assert_eq!(whole_number(none), None, "{none}");
        }
    }
}
