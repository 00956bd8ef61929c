//! Reading a calendar. A file with a value that is missing, doubled or contradicts another is refused, naming the
//! place: a calendar that is silently wrong makes every due date wrong.

use super::{Calendar, HOLIDAYS, Hours, Span};
use crate::ids::UnitCode;
use crate::procedure::{Allowance, Table, date};
use ::time::{Date, Time, Weekday};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Where a calendar is wrong, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarError {
    pub place: String,
    pub problem: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarFile {
    version: u32,
    #[serde(default)]
    needs_legal_review: Vec<String>,
    same_day_before: String,
    answer: Allowance,
    hours: HoursFile,
    #[serde(default)]
    unit: Vec<UnitFile>,
    /// What days off are for, by its word.
    #[serde(default)]
    holidays: BTreeMap<String, Vec<String>>,
    year: Vec<YearFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoursFile {
    weekdays: Vec<[String; 2]>,
    saturday: Vec<[String; 2]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitFile {
    code: String,
    weekdays: Vec<[String; 2]>,
    saturday: Vec<[String; 2]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YearFile {
    year: i32,
    #[serde(default)]
    projection: bool,
    days_off: Vec<String>,
    working_saturdays: Vec<String>,
}

impl Calendar {
    /// Days in it are spelled `yyyy-mm-dd`, times of day `hh:mm`.
    pub fn load(file: Table) -> Result<Self, CalendarError> {
        let file: CalendarFile = serde_json::from_value(file.into()).map_err(|e| wrong("calendar", &e.to_string()))?;
        if file.version == 0 || file.answer.amount == 0 {
            return Err(wrong("calendar", "version and answer must be above zero"));
        }
        let mut calendar = Self {
            version: file.version,
            answer: file.answer,
            needs_legal_review: file.needs_legal_review,
            same_day_before: time(&file.same_day_before, "same_day_before")?,
            hours: hours(&file.hours.weekdays, &file.hours.saturday, "hours")?,
            units: BTreeMap::new(),
            years: BTreeMap::new(),
            days_off: BTreeSet::new(),
            working_saturdays: BTreeSet::new(),
            holidays: BTreeMap::new(),
        };
        for unit in &file.unit {
            calendar.take_unit(unit)?;
        }
        for year in &file.year {
            calendar.take_year(year)?;
        }
        for (word, days) in &file.holidays {
            calendar.take_holiday(word, days)?;
        }
        if calendar.years.is_empty() {
            return Err(wrong("year", "no year is given"));
        }
        Ok(calendar)
    }

    fn take_unit(&mut self, unit: &UnitFile) -> Result<(), CalendarError> {
        let place = format!("unit {}", unit.code);
        let code: UnitCode = unit.code.parse().map_err(|_| wrong(&place, "not a unit code"))?;
        let hours = hours(&unit.weekdays, &unit.saturday, &place)?;
        match self.units.insert(code, hours) {
            None => Ok(()),
            Some(_) => Err(wrong(&place, "given twice")),
        }
    }

    fn take_holiday(&mut self, word: &str, days: &[String]) -> Result<(), CalendarError> {
        let place = format!("holidays.{word}");
        let Some(known) = HOLIDAYS.iter().find(|known| **known == word) else {
            return Err(wrong(&place, "no sentence knows this holiday"));
        };
        for value in days {
            let year = date(value).map_or(0, Date::year);
            let (day, place) = day_of(value, year, &place)?;
            if !self.days_off.contains(&day) {
                return Err(wrong(&place, "is no day off"));
            }
            if self.holidays.insert(day, known).is_some() {
                return Err(wrong(&place, "given twice"));
            }
        }
        Ok(())
    }

    /// Years follow one another: a missing year would count its holidays as work.
    fn take_year(&mut self, file: &YearFile) -> Result<(), CalendarError> {
        let place = format!("year {}", file.year);
        if self.years.last_key_value().is_some_and(|(last, _)| file.year != last + 1) {
            return Err(wrong(&place, "does not follow the year before it"));
        }
        self.years.insert(file.year, file.projection);
        for value in &file.days_off {
            let (day, place) = day_of(value, file.year, &format!("{place}, days_off"))?;
            if !self.days_off.insert(day) {
                return Err(wrong(&place, "given twice"));
            }
        }
        for value in &file.working_saturdays {
            let (day, place) = day_of(value, file.year, &format!("{place}, working_saturdays"))?;
            if day.weekday() != Weekday::Saturday {
                return Err(wrong(&place, "is not a Saturday"));
            }
            if self.days_off.contains(&day) {
                return Err(wrong(&place, "is a day off too"));
            }
            if !self.working_saturdays.insert(day) {
                return Err(wrong(&place, "given twice"));
            }
        }
        Ok(())
    }
}

impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "calendar.toml, {}: {}", self.place, self.problem)
    }
}
impl std::error::Error for CalendarError {}

fn wrong(place: &str, problem: &str) -> CalendarError {
    CalendarError { place: place.to_owned(), problem: problem.to_owned() }
}

fn hours(weekdays: &[[String; 2]], saturday: &[[String; 2]], place: &str) -> Result<Hours, CalendarError> {
    let weekdays = spans(weekdays, &format!("{place}, weekdays"))?;
    if weekdays.is_empty() {
        return Err(wrong(&format!("{place}, weekdays"), "a unit that never opens has no due dates"));
    }
    Ok(Hours { weekdays, saturday: spans(saturday, &format!("{place}, saturday"))? })
}

fn spans(values: &[[String; 2]], place: &str) -> Result<Vec<Span>, CalendarError> {
    let mut spans: Vec<Span> = Vec::new();
    for [from, to] in values {
        let span = Span { from: time(from, place)?, to: time(to, place)? };
        if span.from >= span.to || spans.last().is_some_and(|before| before.to >= span.from) {
            return Err(wrong(
                place,
                &format!("{from}-{to} is empty or begins before the stretch before it has ended"),
            ));
        }
        spans.push(span);
    }
    Ok(spans)
}

fn time(value: &str, place: &str) -> Result<Time, CalendarError> {
    let part = |text: &str| text.parse().ok().filter(|_| text.len() == 2);
    let parts = value.split_once(':').and_then(|(hour, minute)| Some((part(hour)?, part(minute)?)));
    let time = parts.and_then(|(hour, minute)| Time::from_hms(hour, minute, 0).ok());
    time.ok_or_else(|| wrong(place, &format!("{value} is not a time of day")))
}

/// The day, and its place for the error that may follow.
fn day_of(value: &str, year: i32, place: &str) -> Result<(Date, String), CalendarError> {
    let place = format!("{place}, {value}");
    let day = date(value).ok_or_else(|| wrong(&place, "is not a day"))?;
    if day.year() != year {
        return Err(wrong(&place, "lies in another year"));
    }
    Ok((day, place))
}
