//! The working calendar: which days and hours an office is open, and how terms are counted in them. The data is
//! `data/calendar.toml`, versioned; every year it names is loaded, past ones too, so that an old due date can be
//! recomputed (domain brief §5, I16).

mod count;
mod load;

pub use load::CalendarError;

use crate::carried::{carried, text};
use crate::ids::UnitCode;
use crate::procedure::Allowance;
use crate::time::{LOCAL, Timestamp};
use ::time::{Date, PrimitiveDateTime, Time, Weekday};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

pub struct Calendar {
    pub version: u32,
    /// How long the one-stop desk may take to answer a submission.
    pub answer: Allowance,
    /// What officers are shown as not verified.
    pub needs_legal_review: Vec<String>,
    same_day_before: Time,
    hours: Hours,
    units: BTreeMap<UnitCode, Hours>,
    /// The years that the data covers; true for a projection.
    years: BTreeMap<i32, bool>,
    days_off: BTreeSet<Date>,
    working_saturdays: BTreeSet<Date>,
    holidays: BTreeMap<Date, &'static str>,
}

/// The words for what a day off is for, as the sentence `holiday-name` knows them; `swapped` is made up for on a Saturday.
const HOLIDAYS: [&str; 8] =
    ["new_year", "tet", "hung_kings", "reunification", "labour_day", "national_day", "culture_day", "swapped"];

/// Why a day is no working day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    Saturday,
    Sunday,
    /// With its word, `other` if the data has none.
    Holiday(&'static str),
}

/// When a unit is open. Terms are counted in the hours of working days; a Saturday morning only opens the counter.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Hours {
    weekdays: Vec<Span>,
    saturday: Vec<Span>,
}

/// An open stretch of a day. Both ends belong to it: what is due at closing time is due while the office is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    from: Time,
    to: Time,
}

/// What lies between two days and explains a due date.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Between {
    pub(crate) weekend: bool,
    /// Weekdays without work.
    pub(crate) days_off: Vec<Date>,
    pub(crate) working_saturdays: Vec<Date>,
    /// A day of it belongs to a year for which no decision is known.
    pub(crate) projected: bool,
}

const CHECKED: &str = "a test loads the calendar of the program";

impl Calendar {
    pub fn built_in() -> &'static Self {
        static BUILT_IN: LazyLock<Calendar> = LazyLock::new(|| {
            let file = serde_json::from_str(&text(carried!("calendar"))).expect(CHECKED);
            Calendar::load(file).expect(CHECKED)
        });
        &BUILT_IN
    }

    pub fn is_working_day(&self, day: Date) -> bool {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        self.working_saturdays.contains(&day) || !weekend && !self.days_off.contains(&day)
    }

    /// Why nobody works on a day; `None` on a working day. A holiday on a weekend is a holiday.
    pub(crate) fn closed(&self, day: Date) -> Option<Closed> {
        if self.is_working_day(day) {
            return None;
        }
        Some(match day.weekday() {
            _ if self.days_off.contains(&day) => Closed::Holiday(self.holidays.get(&day).copied().unwrap_or("other")),
            Weekday::Sunday => Closed::Sunday,
            _ => Closed::Saturday,
        })
    }

    /// Whether no published decision covers the day: its year is a projection or is not in the data.
    pub fn is_projection(&self, day: Date) -> bool {
        self.years.get(&day.year()).copied().unwrap_or(true)
    }

    pub fn is_open(&self, unit: &UnitCode, at: Timestamp) -> bool {
        let time = at.local().time();
        self.open_spans(unit, at.day()).iter().any(|span| span.from <= time && time <= span.to)
    }

    /// The moment itself while the unit is open, else its next opening.
    pub fn next_open(&self, unit: &UnitCode, at: Timestamp) -> Timestamp {
        first_moment(at, |day| self.open_spans(unit, day))
    }

    pub(crate) fn between(&self, after: Date, until: Date) -> Between {
        let mut between = Between { projected: self.is_projection(until), ..Between::default() };
        let days = std::iter::successors(after.next_day(), |day| day.next_day()).take_while(|day| *day <= until);
        for day in days {
            match (self.is_working_day(day), day.weekday()) {
                (true, Weekday::Saturday) => between.working_saturdays.push(day),
                (true, _) => {}
                (false, Weekday::Saturday | Weekday::Sunday) => between.weekend = true,
                (false, _) => between.days_off.push(day),
            }
        }
        between
    }

    fn hours(&self, unit: &UnitCode) -> &Hours {
        self.units.get(unit).unwrap_or(&self.hours)
    }

    /// When the unit's counter is open on a day.
    fn open_spans(&self, unit: &UnitCode, day: Date) -> &[Span] {
        if day.weekday() == Weekday::Saturday && !self.is_working_day(day) && !self.days_off.contains(&day) {
            return &self.hours(unit).saturday;
        }
        self.working_spans(unit, day)
    }

    /// The hours of a day in which terms run.
    fn working_spans(&self, unit: &UnitCode, day: Date) -> &[Span] {
        if self.is_working_day(day) { &self.hours(unit).weekdays } else { &[] }
    }
}

/// The first moment from `at` on that lies in a span of its day; the end of representable time if there is none.
fn first_moment<'a>(at: Timestamp, spans: impl Fn(Date) -> &'a [Span]) -> Timestamp {
    let start = at.local();
    let later = spans(start.date()).iter().find(|span| start.time() <= span.to);
    if let Some(span) = later {
        return moment(start.date(), start.time().max(span.from));
    }
    let days = std::iter::successors(start.date().next_day(), |day| day.next_day());
    let opening = days.into_iter().find_map(|day| Some(moment(day, spans(day).first()?.from)));
    opening.unwrap_or(moment(Date::MAX, Time::MIDNIGHT))
}

fn moment(day: Date, time: Time) -> Timestamp {
    Timestamp::from_local(PrimitiveDateTime::new(day, time).assume_offset(LOCAL))
}

#[cfg(test)]
mod tests;
