//! What is said of terms of which none runs: the clock stands because somebody else than the office is awaited, or what
//! they were for has come.

use super::{Clock, Stopped};
use crate::calendar::Calendar;
use crate::event::{Event, Term, What};
use crate::ids::UnitCode;
use crate::procedure::{ClockPolicy, Procedure};
use crate::sentence::Sentence;
use crate::status::Status;

/// Hours of a working day, by which days and hours are converted (domain brief §5).
const HOURS_OF_A_DAY: i64 = 8;

/// Since when the clock stands and what was left, or when it ended against its date; `None` while a term runs, and
/// before one began.
pub fn explain_still(
    calendar: &Calendar,
    unit: &UnitCode,
    procedure: &Procedure,
    events: &[Event],
) -> Option<Sentence> {
    let clock = Clock::of(events);
    if clock.running_due().is_some() {
        return None;
    }
    match Status::of(events) {
        Status::WaitingForCitizen { .. } | Status::WaitingForPayment | Status::Suspended => {
            let stopped = clock.stopped().into_iter().next()?;
            Some(standing(calendar, unit, procedure, stopped))
        }
        Status::Refused | Status::Withdrawn | Status::Finished | Status::HandedOver => ended(events),
        Status::Draft | Status::Submitted | Status::Accepted | Status::Processing => None,
    }
}

fn standing(calendar: &Calendar, unit: &UnitCode, procedure: &Procedure, stopped: Stopped) -> Sentence {
    // The office's answer always counts anew (`decide::resumed`).
    let policy = if stopped.term == Term::Answer { ClockPolicy::RestartFromZero } else { procedure.clock };
    let goes_on = match policy {
        ClockPolicy::RestartFromZero => "restart",
        ClockPolicy::PauseResume => "resume",
        ClockPolicy::NoChange => "unmoved",
    };
    let left = calendar.working_time_between(unit, stopped.at, stopped.due).whole_minutes();
    let hours = left / 60;
    let rest = match left {
        _ if stopped.at > stopped.due => "late",
        480.. => "days",
        60.. => "hours",
        _ => "minutes",
    };
    Sentence::new("deadline-standing")
        .with("term", term(stopped.term))
        .with("since", stopped.at.to_string())
        .with("due", stopped.due.to_string())
        .with("rest", rest)
        .with("days", (hours / HOURS_OF_A_DAY).to_string())
        .with("hours", (if rest == "days" { hours % HOURS_OF_A_DAY } else { hours }).to_string())
        .with("minutes", left.to_string())
        .with("goes-on", goes_on)
}

/// When what the terms were for came, and what its date was. Handing over is not what the term is for: a dossier is
/// late if its result came late (domain brief §1.4).
fn ended(events: &[Event]) -> Option<Sentence> {
    let how = |event: &Event| match event.what {
        What::OutcomeRecorded(_) => Some("result"),
        What::Refused(_) => Some("refused"),
        What::Withdrawn(..) => Some("withdrawn"),
        _ => None,
    };
    let (at, how) = events.iter().enumerate().rev().find_map(|(at, event)| Some((at, how(event)?)))?;
    let (before, end) = (Clock::of(&events[..at]), &events[at]);
    let running = before.running_due();
    let stood = || before.stopped().into_iter().map(|stopped| (stopped.term, stopped.due)).next();
    let (of, due) = running.or_else(stood)?;
    let kept = match running {
        None => "stood",
        Some(_) if end.at > due => "late",
        Some(_) => "in-time",
    };
    let sentence = Sentence::new("deadline-ended").with("how", how).with("at", end.at.to_string());
    Some(sentence.with("term", term(of)).with("due", due.to_string()).with("kept", kept))
}

fn term(term: Term) -> &'static str {
    match term {
        Term::Answer => "answer",
        Term::Result => "result",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{By, DueChange, DueReason, Outcome, SupplementRequest};
    use crate::ids::{ActId, ContentHash};
    use crate::procedure::Catalogue;
    use crate::sentence::Language;
    use crate::time::Timestamp;

    /// 08:00 on Monday 23/11/2026; the Tuesday after it is a day off.
    const MONDAY_8: Timestamp = Timestamp(1_795_395_600_000);
    const HOUR: i64 = 3_600;
    const DAY: i64 = 24 * HOUR;

    /// Handed in on Monday at 08:00, the answer due on Thursday at 08:00; then these, so many seconds later.
    fn said(then: Vec<(i64, What)>) -> Option<String> {
        let unit = Catalogue::built_in().units()[0].code.clone();
        let (term, why) = (Term::Answer, DueReason::Started);
        let due = DueChange { term, old: None, new: MONDAY_8.plus_seconds(3 * DAY), why, calendar: 1 };
        let (act, content) = (ActId::from_bytes([1; 16]), ContentHash([1; 32]));
        let begun = (0, What::Submitted(act, content, unit.clone(), vec![due], None));
        let all = std::iter::once(begun).chain(then).enumerate();
        let event = |(n, (s, what)): (usize, _)| Event {
            seq: n as u32 + 1,
            at: MONDAY_8.plus_seconds(s),
            by: By::Server,
            what,
        };
        let events: Vec<Event> = all.map(event).collect();
        let procedure = Catalogue::built_in().procedure(&"1.004873".parse().unwrap()).unwrap();
        let sentence = explain_still(Calendar::built_in(), &unit, procedure, &events);
        sentence.map(|sentence| {
            let in_vietnamese = sentence.say(Language::Vietnamese);
            assert!(!in_vietnamese.contains("deadline-"), "{in_vietnamese}");
            sentence.say(Language::English)
        })
    }

    fn ask() -> What {
        let until = MONDAY_8.plus_seconds(9 * DAY);
        What::SupplementRequested(SupplementRequest { reason: "x".into(), fields: vec![], components: vec![], until })
    }

    fn outcome() -> What {
        What::OutcomeRecorded(Outcome { granted: true, number: None, summary: "x".into() })
    }

    #[test]
    fn while_a_term_runs_nothing_is_said_of_standing() {
        assert_eq!(said(vec![]), None);
        assert_eq!(said(vec![(HOUR, What::Forwarded(String::new()))]), None);
    }

    #[test]
    fn a_clock_that_stands_tells_since_when_what_was_left_and_how_it_goes_on() {
        let cases = [
            (HOUR, "1 working day and 7 hours were left"),
            (2 * DAY, "1 working day was left"),
            (2 * DAY + 5 * HOUR, "4 working hours were left"),
            (3 * DAY - 59 * 60, "59 minutes were left"),
            (3 * DAY - 60, "1 minute was left"),
            (3 * DAY, "0 minutes were left"),
            (3 * DAY + 1, "it had passed"),
        ];
        for (after, left) in cases {
            let said = said(vec![(after, ask())]).unwrap();
            let since = MONDAY_8.plus_seconds(after).to_string();
            assert!(said.contains(&format!("has stood since {since}")) && said.contains(left), "{said}");
            assert!(said.contains("due 08:00 26/11/2026") && said.contains("from the start"), "{said}");
        }
    }

    #[test]
    fn what_has_ended_is_told_by_its_end_against_its_date() {
        let (refused, withdrawn) = (What::Refused("x".into()), What::Withdrawn(ActId::from_bytes([2; 16]), "x".into()));
        let cases = [
            (vec![(3 * DAY, refused.clone())], "Refused at 08:00 26/11/2026", "in time"),
            (vec![(3 * DAY + 60, refused.clone())], "Refused at 08:01 26/11/2026", "late"),
            (vec![(HOUR, withdrawn)], "Withdrawn at 09:00 23/11/2026", "in time"),
            (vec![(HOUR, ask()), (9 * DAY, refused)], "Refused at 08:00 02/12/2026", "the clock stood"),
            (vec![(HOUR, outcome())], "There was a result at 09:00 23/11/2026", "in time"),
            // A week on the shelf makes no result late.
            (vec![(HOUR, outcome()), (9 * DAY, What::HandedOver("x".into()))], "result at 09:00 23/11/2026", "in time"),
        ];
        for (then, end, kept) in cases {
            let said = said(then).unwrap();
            assert!(said.contains(end) && said.contains(kept) && said.contains("08:00 26/11/2026"), "{said}");
        }
    }
}
