//! A due date in words: from when, how much, what was passed over, and by which rule.

use crate::calendar::{Calendar, Closed};
use crate::event::{DueChange, DueReason, Term};
use crate::ids::UnitCode;
use crate::procedure::{Allowance, AllowanceUnit};
use crate::sentence::Sentence;
use crate::time::Timestamp;
use ::time::Date;

/// Why the date is what it is; `at` is when the event happened that set it.
pub fn explain(
    calendar: &Calendar,
    unit: &UnitCode,
    allowance: &Allowance,
    change: &DueChange,
    at: Timestamp,
) -> Sentence {
    let sentence = match (change.why, allowance.unit) {
        (DueReason::Started | DueReason::Restarted, AllowanceUnit::SameDay) => same_day(calendar, unit, change, at),
        (DueReason::Started | DueReason::Restarted, _) => counted(calendar, unit, allowance, change, at),
        (DueReason::Resumed, _) => Sentence::new("deadline-resumed").with("old", old(change)),
        (DueReason::Unmoved, _) => Sentence::new("deadline-unmoved"),
        (DueReason::Extended, _) => Sentence::new("deadline-extended").with("old", old(change)),
        (DueReason::ExtendedLate, _) => Sentence::new("deadline-extended-late").with("old", old(change)),
    };
    let term = match change.term {
        Term::Answer => "answer",
        Term::Result => "result",
    };
    sentence.with("term", term).with("due", change.new.to_string())
}

fn counted(calendar: &Calendar, unit: &UnitCode, allowance: &Allowance, change: &DueChange, at: Timestamp) -> Sentence {
    let from = calendar.counted_from(unit, at);
    // From the receipt itself: who hands in on the eve of Tết is told of Tết.
    let between = calendar.between(at.day(), change.new.day());
    let calendar_days = allowance.unit == AllowanceUnit::CalendarDays;
    let plain_end = from.plus_seconds(i64::from(allowance.amount) * 24 * 60 * 60);
    // Calendar days pass over nothing; only their end moves.
    let passed = |days: &[Date]| if calendar_days { "none".to_owned() } else { ranges(days) };
    received(Sentence::new("deadline-counted"), calendar, unit, at)
        .with("again", yes(change.why == DueReason::Restarted))
        .with("amount", allowance.amount.to_string())
        .with("unit", unit_word(allowance.unit))
        .with("from", from.to_string())
        .with("weekend", yes(between.weekend && !calendar_days))
        .with("days-off", passed(&between.days_off))
        .with("made-up", passed(&between.working_saturdays))
        .with("rolled", yes(calendar_days && change.new != plain_end))
        .with("projected", yes(between.projected))
}

fn same_day(calendar: &Calendar, unit: &UnitCode, change: &DueChange, at: Timestamp) -> Sentence {
    let limit = calendar.same_day_before();
    received(Sentence::new("deadline-same-day"), calendar, unit, at)
        .with("again", yes(change.why == DueReason::Restarted))
        .with("late", yes(calendar.is_past_same_day(unit, at)))
        .with("limit", format!("{:02}:{:02}", limit.hour(), limit.minute()))
        .with("from", calendar.counted_from(unit, at).to_string())
}

/// Why a term does not count from the receipt itself: the hour, the weekend, or the holiday by its name.
fn received(sentence: Sentence, calendar: &Calendar, unit: &UnitCode, at: Timestamp) -> Sentence {
    let (outside, holiday) = match calendar.closed(at.day()) {
        Some(Closed::Holiday(word)) => ("holiday", word),
        Some(Closed::Saturday) => ("saturday", "other"),
        Some(Closed::Sunday) => ("sunday", "other"),
        None if calendar.counted_from(unit, at) != at => ("hours", "other"),
        None => ("no", "other"),
    };
    sentence.with("outside", outside).with("holiday", holiday).with("received", at.to_string())
}

fn old(change: &DueChange) -> String {
    change.old.map(|old| old.to_string()).unwrap_or_default()
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn unit_word(unit: AllowanceUnit) -> &'static str {
    match unit {
        AllowanceUnit::WorkingDays => "working-days",
        AllowanceUnit::WorkingHours => "working-hours",
        AllowanceUnit::CalendarDays | AllowanceUnit::SameDay => "calendar-days",
    }
}

/// `24/11, 16/02–20/02`: days that follow one another are one range; `none` for no day.
fn ranges(days: &[Date]) -> String {
    let text = |day: &Date| format!("{:02}/{:02}", day.day(), day.month() as u8);
    let said: Vec<String> = days
        .chunk_by(|a, b| a.next_day() == Some(*b))
        .filter_map(|run| match run {
            [] => None,
            [day] => Some(text(day)),
            [first, .., last] => Some(format!("{}–{}", text(first), text(last))),
        })
        .collect();
    if said.is_empty() { "none".to_owned() } else { said.join(", ") }
}
