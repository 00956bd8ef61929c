//! What the provider says of a citizen, read as this office needs it: five things, and nothing else. Pure.

use crate::config;
use crate::enrolment::Citizen;
use crate::name::named;
use crate::provider::{Claims, Verified};
use crate::store::people::Vouched;
use dossier::ids::CitizenNumber;
use serde_json::Value;
use time::{Date, Month};

/// Why somebody who is vouched for does not come in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// An organisation's account.
    Organisation,
    /// The level of assurance.
    TooLow,
    /// A claim that is missing or makes no sense.
    Claim(&'static str),
}

/// The claims that nobody signs in without.
pub(super) fn wanted(names: &config::Claims) -> Vec<&str> {
    let wanted = [&names.number, &names.name, &names.assurance, &names.account_type];
    wanted.into_iter().map(String::as_str).filter(|name| !name.is_empty()).collect()
}

pub(super) fn citizen(verified: &Verified, settings: &config::Provider) -> Result<Citizen, Unfit> {
    let (claims, names) = (&verified.claims, &settings.claims);
    if !names.account_type.is_empty() {
        match word(claims, &names.account_type) {
            Some(kind) if kind == names.citizen => {}
            Some(kind) if kind == names.organisation => return Err(Unfit::Organisation),
            _ => return Err(Unfit::Claim("account type")),
        }
    }
    let assurance = word(claims, &names.assurance).and_then(|level| level.parse::<u8>().ok());
    let assurance = assurance.ok_or(Unfit::Claim("assurance"))?;
    if assurance < settings.minimum_assurance {
        return Err(Unfit::TooLow);
    }
    // A number as a JSON number has lost its zeros: only a text is one.
    let number = claims.get(&names.number).and_then(Value::as_str).and_then(|n| n.parse::<CitizenNumber>().ok());
    let name = claims.get(&names.name).and_then(Value::as_str).and_then(|name| named(name).ok());
    let subject = word(claims, &names.subject).filter(|subject| (1..=255).contains(&subject.len()));
    Ok(Citizen {
        number: number.ok_or(Unfit::Claim("number"))?,
        name: name.ok_or(Unfit::Claim("name"))?,
        vouched: Vouched {
            subject: subject.unwrap_or_else(|| verified.subject.clone()),
            assurance,
            birth: names.birth.iter().find_map(|name| word(claims, name)).and_then(|text| birth(&text)),
        },
    })
}

/// A short value that providers write as a text or as a number.
fn word(claims: &Claims, name: &str) -> Option<String> {
    match claims.get(name)? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A date whose year stands first, in one spelling: `yyyy`, `yyyymm`, `yyyymmdd`, with what stands between the parts or
/// behind the day. What is none is not kept.
fn birth(text: &str) -> Option<String> {
    let date = text.split(['T', ' ']).next()?;
    let plain = date.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '/' | '.'));
    let digits: String = date.chars().filter(char::is_ascii_digit).take(8).collect();
    let part = |from: usize, to: usize| digits.get(from..to)?.parse::<u16>().ok();
    let year = part(0, 4).filter(|year| plain && (1850..=2200).contains(year) && text.is_char_boundary(4))?;
    // Day first, as people write it, would be read as a year below.
    let year_first = text.chars().take(4).all(|c| c.is_ascii_digit());
    let month = || Month::try_from(u8::try_from(part(4, 6)?).ok()?).ok();
    match digits.len() {
        4 if year_first => Some(digits),
        6 if year_first => month().map(|month| format!("{year:04}-{:02}", u8::from(month))),
        8 if year_first => {
            let day = u8::try_from(part(6, 8)?).ok()?;
            let date = Date::from_calendar_date(i32::from(year), month()?, day).ok()?;
            Some(format!("{year:04}-{:02}-{day:02}", u8::from(date.month())))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said() -> Value {
        json!({
            "sub": "s-1", "TechID": "t-1", "LoaiTaiKhoan": "1", "SoDinhDanh": "031090000123",
            "HoVaTen": "NGUYE\u{302}\u{303}N VĂN VÍ DỤ", "NgaySinh": "19900501", "loAs": "2",
            "ThuDienTu": "an@example.org", "QueQuan": "xã Minh Họa",
        })
    }

    fn read(change: &[(&str, Value)]) -> Result<Citizen, Unfit> {
        let mut said = said();
        for (name, value) in change {
            said[*name] = value.clone();
        }
        said.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let claims = said.as_object().unwrap().clone();
        citizen(&Verified { subject: "s-1".into(), claims }, &config::Provider::default())
    }

    fn unfit(change: &[(&str, Value)]) -> Unfit {
        read(change).err().expect("somebody who does not come in")
    }

    #[test]
    fn a_citizen_is_number_name_birth_subject_and_level() {
        let read = read(&[]).unwrap();
        assert_eq!((read.number.reveal(), read.name.as_str()), ("031090000123", "NGUYỄN VĂN VÍ DỤ"));
        let Vouched { subject, assurance, birth } = read.vouched;
        assert_eq!((subject.as_str(), assurance, birth.as_deref()), ("t-1", 2, Some("1990-05-01")));
    }

    #[test]
    fn levels_come_as_texts_and_numbers_and_must_be_high_enough() {
        for good in [json!("2"), json!(2), json!(" 3 ")] {
            assert!(read(&[("loAs", good.clone())]).is_ok(), "{good}");
        }
        for low in [json!("1"), json!(0)] {
            assert_eq!(unfit(&[("loAs", low)]), Unfit::TooLow);
        }
        for odd in [Value::Null, json!("high"), json!(-2), json!([2]), json!(2.5), json!("")] {
            assert_eq!(unfit(&[("loAs", odd)]), Unfit::Claim("assurance"));
        }
    }

    #[test]
    fn only_people_come_in() {
        assert_eq!(unfit(&[("LoaiTaiKhoan", json!("2"))]), Unfit::Organisation);
        assert_eq!(unfit(&[("LoaiTaiKhoan", json!(2))]), Unfit::Organisation);
        assert!(read(&[("LoaiTaiKhoan", json!(1))]).is_ok());
        for odd in [Value::Null, json!("3"), json!(true)] {
            assert_eq!(unfit(&[("LoaiTaiKhoan", odd)]), Unfit::Claim("account type"));
        }
    }

    #[test]
    fn a_number_or_name_that_is_none_is_refused() {
        for odd in [Value::Null, json!("000000000000"), json!(31090000123u64), json!("0310900001234"), json!("")] {
            assert_eq!(unfit(&[("SoDinhDanh", odd)]), Unfit::Claim("number"));
        }
        for odd in [Value::Null, json!(""), json!("Lan\u{202e}"), json!("a\u{0}b"), json!(5), json!("e".repeat(201))] {
            assert_eq!(unfit(&[("HoVaTen", odd)]), Unfit::Claim("name"));
        }
    }

    #[test]
    fn the_provider_s_subject_stands_in_where_its_own_name_is_missing() {
        for odd in [Value::Null, json!(""), json!("x".repeat(256)), json!({})] {
            assert_eq!(read(&[("TechID", odd)]).unwrap().vouched.subject, "s-1");
        }
    }

    #[test]
    fn a_birth_is_kept_as_far_as_it_is_known_and_in_one_spelling() {
        let cases = [
            ("1990", Some("1990")),
            ("199005", Some("1990-05")),
            ("1990-05", Some("1990-05")),
            ("19900501", Some("1990-05-01")),
            ("1990/05/01", Some("1990-05-01")),
            ("1990-05-01T00:00:00+07:00", Some("1990-05-01")),
            ("1990-05-01 00:00:00.0", Some("1990-05-01")),
            ("19900501000000", Some("1990-05-01")),
            ("01/05/1990", None),
            ("19901301", None),
            ("19900230", None),
            ("01990501", None),
            ("199", None),
            ("1990-5-1", None),
            ("năm 1990", None),
            ("", None),
        ];
        for (text, kept) in cases {
            assert_eq!(birth(text).as_deref(), kept, "{text:?}");
            let read = read(&[("NgaySinh", Value::Null), ("NgayThangNamSinh", json!(text))]).unwrap();
            assert_eq!(read.vouched.birth.as_deref(), kept, "{text:?}");
        }
        assert_eq!(read(&[("NgaySinh", json!(19900501))]).unwrap().vouched.birth.as_deref(), Some("1990-05-01"));
    }
}
