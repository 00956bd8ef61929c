//! Deadlines: when a term ends, what a stop and an apology do to it, and why the date is what it is. Every change of a
//! date is a value that an event keeps; the clock of a dossier is read from its events alone.

mod clock;
mod explain;
mod late;
mod still;

pub use clock::{Clock, Stopped};
pub use explain::explain;
pub use late::LateAnswer;
pub use still::explain_still;

use crate::calendar::Calendar;
use crate::event::{DueChange, DueReason, Term};
use crate::ids::UnitCode;
use crate::procedure::{Allowance, ClockPolicy};
use crate::time::Timestamp;

/// An apology comes at the latest one day before the old date (NĐ 61/2018/NĐ-CP Đ.19.9).
const APOLOGY_BEFORE_SECONDS: i64 = 24 * 60 * 60;

/// A term begins with a receipt at `at`.
pub fn start(calendar: &Calendar, unit: &UnitCode, term: Term, allowance: &Allowance, at: Timestamp) -> DueChange {
    let new = calendar.add(unit, at, allowance);
    DueChange { term, old: None, new, why: DueReason::Started, calendar: calendar.version }
}

/// A stopped term goes on, by the policy of the dossier's rule set.
pub fn resume(
    calendar: &Calendar,
    unit: &UnitCode,
    allowance: &Allowance,
    policy: ClockPolicy,
    stopped: Stopped,
    at: Timestamp,
) -> DueChange {
    let (new, why) = match policy {
        // The complete supplement is the submission (NĐ 61/2018 Đ.19.4, QĐ 45/2016 Đ.7.4).
        ClockPolicy::RestartFromZero => (calendar.add(unit, at, allowance), DueReason::Restarted),
        ClockPolicy::PauseResume => {
            let stood = calendar.working_time_between(unit, stopped.at, at);
            (calendar.add_working_time(unit, stopped.due, stood), DueReason::Resumed)
        }
        // While the clock stood, no time of the office ran (domain brief, I13), so a date that passed meanwhile cannot be
        // kept: it would call the office late for the days it waited. The general rule holds instead: the term counts
        // again. A date that had passed before the clock stopped was missed by the office, and stays.
        ClockPolicy::NoChange if (stopped.at..at).contains(&stopped.due) => {
            (calendar.add(unit, at, allowance), DueReason::Restarted)
        }
        ClockPolicy::NoChange => return unmoved(calendar, stopped),
    };
    DueChange { term: stopped.term, old: Some(stopped.due), new, why, calendar: calendar.version }
}

/// A stopped term goes on where the office alone is why it stopped: its date stays, past or not.
pub fn unmoved(calendar: &Calendar, stopped: Stopped) -> DueChange {
    let Stopped { term, due, .. } = stopped;
    DueChange { term, old: Some(due), new: due, why: DueReason::Unmoved, calendar: calendar.version }
}

/// Apology and a new date of the result, at least one working day after the old one. Whether it may be given at all is
/// the status table's to say.
pub fn extend(
    calendar: &Calendar,
    unit: &UnitCode,
    old_due: Timestamp,
    working_days: u16,
    now: Timestamp,
) -> DueChange {
    let new = calendar.add_working_days(unit, old_due, u32::from(working_days.max(1)));
    let in_time = now.plus_seconds(APOLOGY_BEFORE_SECONDS) <= old_due;
    let why = if in_time { DueReason::Extended } else { DueReason::ExtendedLate };
    DueChange { term: Term::Result, old: Some(old_due), new, why, calendar: calendar.version }
}

#[cfg(test)]
mod tests;
