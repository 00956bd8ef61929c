//! Is one value what its field asks for? The catalogue's own examples pass through here too.

use super::finding::FindingCode;
use super::{Address, Field, FieldKind, Places, is_direction, is_readable};
use crate::ids::{CitizenNumber, PhoneNumber};
use crate::layout::Value;
use crate::sentence::Sentence;
use ::time::{Date, Month};

/// What is wrong with a value that is there.
pub(super) type Fault = (FindingCode, Sentence);

/// The first fault of a value, if it has one. Days that are compared with today or with another field are not judged here.
pub(super) fn fault(field: &Field, value: &Value, places: &Places) -> Option<Fault> {
    use FindingCode as Code;
    let plain = |code, id| Some((code, Sentence::new(id)));
    match (&field.kind, value) {
        (_, Value::Text(text)) if text.chars().any(is_direction) => {
            plain(Code::DirectionMarks, "finding-direction-marks")
        }
        (FieldKind::Text { .. }, Value::Text(text)) if field.is_name() && !text.chars().any(char::is_alphabetic) => {
            plain(Code::NameWithoutLetters, "finding-name-without-letters")
        }
        (FieldKind::Text { max } | FieldKind::LongText { max }, Value::Text(text)) => {
            let long = text.chars().count() > *max;
            long.then(|| (Code::TooLong, Sentence::new("finding-too-long").with("max", max.to_string())))
        }
        (FieldKind::Date { min, max, .. }, Value::Text(text)) => match date(text) {
            None => plain(Code::NotADate, "finding-not-a-date"),
            Some(day) if day < *min || day > *max => {
                let sentence = Sentence::new("finding-date-out-of-range");
                Some((Code::DateOutOfRange, sentence.with("min", written(*min)).with("max", written(*max))))
            }
            Some(_) => None,
        },
        (FieldKind::Number { min, max }, Value::Number(n)) => (!(*min..=*max).contains(n)).then(|| {
            let sentence = Sentence::new("finding-number-out-of-range");
            (Code::NumberOutOfRange, sentence.with("min", min.to_string()).with("max", max.to_string()))
        }),
        (FieldKind::Choice(choices), Value::Text(id)) if !choices.iter().any(|c| c.id == *id) => {
            plain(Code::UnknownChoice, "finding-unknown-choice")
        }
        (FieldKind::CitizenNumber { .. }, Value::Text(text)) if text.parse::<CitizenNumber>().is_err() => {
            plain(Code::NotACitizenNumber, "finding-not-a-citizen-number")
        }
        (FieldKind::Phone, Value::Text(text)) if text.parse::<PhoneNumber>().is_err() => {
            plain(Code::NotAPhone, "finding-not-a-phone")
        }
        (FieldKind::Address, Value::Text(text)) => match text.parse::<Address>() {
            Err(_) => match Address::unknown_area(text) {
                Some(area) => plain(Code::UnknownPlace, places.judge_misshapen(area).sentence_id()),
                None => plain(Code::AddressIncomplete, "finding-address-incomplete"),
            },
            Ok(address) => {
                let unknown = places.judge(&address.area()).err()?;
                plain(Code::UnknownPlace, unknown.sentence_id())
            }
        },
        (FieldKind::Choice(_) | FieldKind::CitizenNumber { .. } | FieldKind::Phone, Value::Text(_))
        | (FieldKind::YesNo, Value::YesNo(_)) => None,
        _ => plain(Code::WrongType, "finding-wrong-type"),
    }
}

/// Is it as good as no answer?
pub(super) fn is_blank(value: &Value) -> bool {
    matches!(value, Value::Text(text) if !is_readable(text))
}

/// A day in its one spelling, `yyyy-mm-dd`.
pub(crate) fn date(text: &str) -> Option<Date> {
    let b = text.as_bytes();
    let shaped = b.len() == 10
        && b.iter().enumerate().all(|(i, c)| if matches!(i, 4 | 7) { *c == b'-' } else { c.is_ascii_digit() });
    if !shaped {
        return None;
    }
    let month = Month::try_from(text[5..7].parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(text[..4].parse().ok()?, month, text[8..].parse().ok()?).ok()
}

/// A day as people here write it, dd/MM/yyyy.
pub(super) fn written(day: Date) -> String {
    format!("{:02}/{:02}/{:04}", day.day(), day.month() as u8, day.year())
}

/// A value as its field's reader knows it, to be shown beside another.
pub(super) fn shown(field: &Field, value: &Value) -> String {
    match (&field.kind, value) {
        (FieldKind::Choice(choices), Value::Text(id)) => {
            choices.iter().find(|c| c.id == *id).map_or_else(|| id.clone(), |c| c.label.vi.clone())
        }
        (FieldKind::Date { .. }, Value::Text(text)) => date(text).map_or_else(|| text.clone(), written),
        (FieldKind::Address, Value::Text(text)) => {
            text.split_once('|').map_or_else(|| text.clone(), |(area, line)| format!("{line} ({area})"))
        }
        (_, Value::Text(text)) => text.clone(),
        (_, Value::Number(n)) => n.to_string(),
        (_, Value::YesNo(yes)) => if *yes { "Có" } else { "Không" }.to_owned(),
    }
}
