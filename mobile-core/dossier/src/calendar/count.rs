//! Counting terms (domain brief §5): a receipt outside working time counts from the next opening; the day of receipt
//! is not counted and the time of day is kept; calendar days are counted plainly and their end moves to an open moment.

use super::{Calendar, first_moment, moment};
use crate::ids::UnitCode;
use crate::procedure::{Allowance, AllowanceUnit};
use crate::time::Timestamp;
use ::time::{Date, Duration, Time};

impl Calendar {
    /// When a term ends that began with a receipt at `start`. Never a moment at which the unit is closed.
    pub fn add(&self, unit: &UnitCode, start: Timestamp, allowance: &Allowance) -> Timestamp {
        match allowance.unit {
            AllowanceUnit::WorkingDays => self.add_working_days(unit, start, allowance.amount),
            AllowanceUnit::CalendarDays => self.add_calendar_days(unit, start, allowance.amount),
            AllowanceUnit::WorkingHours => {
                self.add_working_time(unit, start, Duration::hours(i64::from(allowance.amount)))
            }
            AllowanceUnit::SameDay => self.same_day(unit, start),
        }
    }

    pub fn add_working_days(&self, unit: &UnitCode, start: Timestamp, days: u32) -> Timestamp {
        let start = self.counted_from(unit, start).local();
        let day = (0..days).try_fold(start.date(), |day, _| self.working_day_after(day));
        moment(day.unwrap_or(Date::MAX), start.time())
    }

    /// Until when a citizen can answer who has so many working days: the closing of the last of them. The practice that
    /// keeps the time of day counts what an office received (domain brief §5); a citizen who is told of a day has all of
    /// it, and not until 07:00 because the request was written at night.
    pub fn citizens_term(&self, unit: &UnitCode, asked: Timestamp, days: u32) -> Timestamp {
        let day = self.add_working_days(unit, asked, days).day();
        moment(day, self.closing(unit, day))
    }

    /// Goes through `amount` of working time; what ends with a span ends at its closing, not at the next opening.
    pub fn add_working_time(&self, unit: &UnitCode, start: Timestamp, amount: Duration) -> Timestamp {
        let start = self.counted_from(unit, start).local();
        let (mut day, mut from, mut left) = (start.date(), start.time(), amount);
        loop {
            for span in self.working_spans(unit, day) {
                let open = (span.to - from.max(span.from)).max(Duration::ZERO);
                if left <= open {
                    return moment(day, from.max(span.from) + left);
                }
                left -= open;
            }
            let Some(next) = self.working_day_after(day) else { return moment(Date::MAX, Time::MIDNIGHT) };
            (day, from) = (next, Time::MIDNIGHT);
        }
    }

    /// The working time of a unit that lies between two moments.
    pub fn working_time_between(&self, unit: &UnitCode, from: Timestamp, to: Timestamp) -> Duration {
        let (start, end) = (from.local(), to.local());
        let days = std::iter::successors(Some(start.date()), |day| day.next_day());
        let open = days.take_while(|day| *day <= end.date()).flat_map(|day| {
            let low = if day == start.date() { start.time() } else { Time::MIDNIGHT };
            let high = (day == end.date()).then(|| end.time());
            self.working_spans(unit, day).iter().map(move |span| {
                let to = high.map_or(span.to, |high| high.min(span.to));
                (to - low.max(span.from)).max(Duration::ZERO)
            })
        });
        open.sum()
    }

    /// From when a receipt counts: the moment itself in working time, else the next opening of a working day.
    pub fn counted_from(&self, unit: &UnitCode, at: Timestamp) -> Timestamp {
        first_moment(at, |day| self.working_spans(unit, day))
    }

    /// Until when a receipt counts for the same day.
    pub fn same_day_before(&self) -> Time {
        self.same_day_before
    }

    /// Whether a receipt at that moment is too late for the same day (the 15:00 rule).
    pub(crate) fn is_past_same_day(&self, unit: &UnitCode, at: Timestamp) -> bool {
        self.counted_from(unit, at).local().time() >= self.same_day_before
    }

    /// The closing of the day of receipt; of the next working day if it came at or after the set time.
    fn same_day(&self, unit: &UnitCode, start: Timestamp) -> Timestamp {
        let day = self.counted_from(unit, start).day();
        let day = if self.is_past_same_day(unit, start) { self.working_day_after(day) } else { Some(day) };
        let day = day.unwrap_or(Date::MAX);
        moment(day, self.closing(unit, day))
    }

    fn closing(&self, unit: &UnitCode, day: Date) -> Time {
        self.working_spans(unit, day).last().map_or(Time::MIDNIGHT, |span| span.to)
    }

    fn add_calendar_days(&self, unit: &UnitCode, start: Timestamp, days: u32) -> Timestamp {
        let start = self.counted_from(unit, start).local();
        let day = start.date().checked_add(Duration::days(i64::from(days))).unwrap_or(Date::MAX);
        self.next_open(unit, moment(day, start.time()))
    }

    fn working_day_after(&self, day: Date) -> Option<Date> {
        std::iter::successors(day.next_day(), |day| day.next_day()).find(|day| self.is_working_day(*day))
    }
}
