//! The clock through a dossier's life, the three policies in a table, and the explanations as people read them.

use super::*;
use crate::event::{By, Event, Outcome, SupplementRequest, What};
use crate::ids::{ActId, ContentHash};
use crate::procedure::AllowanceUnit;
use crate::sentence::Language;
use crate::time::LOCAL;
use ::time::{Date, Month, PrimitiveDateTime, Time};
use proptest::prelude::*;
use std::fmt::Write as _;

const THREE_DAYS: Allowance = Allowance { amount: 3, unit: AllowanceUnit::WorkingDays };
const POLICIES: [ClockPolicy; 3] = [ClockPolicy::RestartFromZero, ClockPolicy::PauseResume, ClockPolicy::NoChange];

/// `2026-11-16 10:12`.
fn at(text: &str) -> Timestamp {
    let number = |range: std::ops::Range<usize>| text[range].parse::<u8>().expect("a number");
    let month = Month::try_from(number(5..7)).expect("a month");
    let day = Date::from_calendar_date(text[..4].parse().expect("a year"), month, number(8..10)).expect("a day");
    let time = Time::from_hms(number(11..13), number(14..16), 0).expect("a time");
    Timestamp::from_local(PrimitiveDateTime::new(day, time).assume_offset(LOCAL))
}

fn unit() -> UnitCode {
    "H24.1".parse().expect("a unit")
}

fn calendar() -> &'static Calendar {
    Calendar::built_in()
}

fn stopped(due: &str, since: &str) -> Stopped {
    Stopped { term: Term::Result, due: at(due), at: at(since) }
}

#[test]
fn the_three_policies_move_a_date_as_worked_out_by_hand() {
    // due | stopped | goes on | restarted | paused and resumed | unmoved; the term is three working days.
    let cases = [
        ["2026-11-18 10:00", "2026-11-16 14:00", "2026-11-17 14:00", "2026-11-20 14:00", "2026-11-19 10:00"],
        ["2026-11-18 10:00", "2026-11-16 14:00", "2026-11-16 14:00", "2026-11-19 14:00", "2026-11-18 10:00"],
        // Stopped over a weekend and 24/11: only working time is added.
        ["2026-11-25 10:00", "2026-11-20 16:00", "2026-11-23 08:00", "2026-11-27 08:00", "2026-11-25 14:00"],
        // Answered on a Sunday: it counts from Monday, and nobody worked meanwhile.
        ["2026-11-18 10:00", "2026-11-13 17:00", "2026-11-15 20:00", "2026-11-19 07:00", "2026-11-18 10:00"],
        // Over Tết: the date passed while the clock stood.
        ["2026-02-13 16:00", "2026-02-12 16:00", "2026-02-23 16:00", "2026-02-26 16:00", "2026-02-24 16:00"],
    ];
    for [due, since, goes_on, restarted, resumed] in cases {
        let unmoved = if at(goes_on) > at(due) && at(since) <= at(due) { restarted } else { due };
        for (policy, new) in POLICIES.into_iter().zip([restarted, resumed, unmoved]) {
            let change = resume(calendar(), &unit(), &THREE_DAYS, policy, stopped(due, since), at(goes_on));
            assert_eq!((change.new, change.old), (at(new), Some(at(due))), "{policy:?} of {due}, {since} → {goes_on}");
        }
    }
}

#[test]
fn a_date_that_passed_while_the_clock_stood_counts_again_and_one_that_the_office_missed_before_stays() {
    // due | stopped | goes on | unmoved policy
    let cases = [
        ["2026-11-16 17:00", "2026-11-16 10:00", "2026-11-16 17:00", "2026-11-16 17:00"],
        ["2026-11-16 17:00", "2026-11-16 10:00", "2026-11-16 17:01", "2026-11-20 07:00"],
        ["2026-11-16 17:00", "2026-11-16 17:00", "2026-11-17 10:00", "2026-11-20 10:00"],
        ["2026-11-16 17:00", "2026-11-16 17:01", "2026-11-17 10:00", "2026-11-16 17:00"],
    ];
    for [due, since, goes_on, new] in cases {
        let change = resume(calendar(), &unit(), &THREE_DAYS, ClockPolicy::NoChange, stopped(due, since), at(goes_on));
        assert_eq!((change.new, change.old), (at(new), Some(at(due))), "{due}, {since} → {goes_on}");
        assert_eq!(change.why == DueReason::Unmoved, new == due);
    }
    let recalled = unmoved(calendar(), stopped("2026-11-16 17:00", "2026-11-16 10:00"));
    assert_eq!((recalled.new, recalled.why), (at("2026-11-16 17:00"), DueReason::Unmoved));
}

#[test]
fn an_apology_is_late_from_less_than_a_day_before_the_old_date() {
    let cases = [
        ("2026-11-18 10:00", DueReason::Extended),
        ("2026-11-18 10:01", DueReason::ExtendedLate),
        ("2026-11-20 08:00", DueReason::ExtendedLate),
    ];
    for (now, why) in cases {
        let change = extend(calendar(), &unit(), at("2026-11-19 10:00"), 3, at(now));
        assert_eq!((change.new, change.why), (at("2026-11-25 10:00"), why), "apology at {now}");
    }
    let none = extend(calendar(), &unit(), at("2026-11-19 10:00"), 0, at("2026-11-16 10:00"));
    assert!(Some(none.new) > none.old, "a new date is later than the old one");
}

#[test]
fn an_online_submission_is_answered_within_eight_working_hours() {
    let change = start(calendar(), &unit(), Term::Answer, &calendar().answer, at("2026-11-23 15:00"));
    assert_eq!((change.new, change.calendar), (at("2026-11-25 15:00"), calendar().version));
}

fn event(when: &str, what: What) -> Event {
    Event { seq: 1, at: at(when), by: By::Server, what }
}

fn submitted(when: &str) -> Event {
    let change = start(calendar(), &unit(), Term::Answer, &calendar().answer, at(when));
    event(when, What::Submitted(ActId::from_bytes([1; 16]), ContentHash([2; 32]), unit(), vec![change], None))
}

fn accepted(when: &str) -> Event {
    let acceptance = crate::event::Acceptance {
        code: crate::ids::DossierCode::new(&unit(), at(when).day(), 1),
        due: start(calendar(), &unit(), Term::Result, &THREE_DAYS, at(when)),
        rule_set: "ND61_2018".to_owned(),
        catalogue: 1,
        content: ContentHash([2; 32]),
        tracking_secret: crate::delivery::RecipientCode::from_entropy(&[7; 8]),
        fee: None,
    };
    event(when, What::Accepted(acceptance))
}

fn asked(when: &str) -> Event {
    let (fields, components) = (vec![], vec![]);
    let request = SupplementRequest { reason: String::new(), fields, components, until: at("2026-12-01 10:00") };
    event(when, What::SupplementRequested(request))
}

#[test]
fn the_clock_follows_a_dossier_through_its_life() {
    let mut events = vec![submitted("2026-11-16 08:00")];
    assert_eq!(Clock::of(&events).running_due(), Some((Term::Answer, at("2026-11-17 08:00"))));
    events.push(accepted("2026-11-16 14:00"));
    let clock = Clock::of(&events);
    assert_eq!(clock.running_due(), Some((Term::Result, at("2026-11-19 14:00"))));
    assert!(!clock.is_running(Term::Answer) && clock.stopped().is_empty());
    events.push(asked("2026-11-17 09:00"));
    let clock = Clock::of(&events);
    assert_eq!(clock.running_due(), None);
    let standing = clock.stopped();
    assert_eq!(standing, [stopped("2026-11-19 14:00", "2026-11-17 09:00")], "an answered term does not stand");
    let goes_on = at("2026-11-20 10:00");
    let change = resume(calendar(), &unit(), &THREE_DAYS, ClockPolicy::RestartFromZero, standing[0], goes_on);
    let act = ActId::from_bytes([3; 16]);
    events.push(event("2026-11-20 10:00", What::Supplemented(act, ContentHash([4; 32]), vec![change])));
    assert_eq!(Clock::of(&events).running_due(), Some((Term::Result, at("2026-11-26 10:00"))));
    let outcome = Outcome { granted: true, number: None, summary: String::new() };
    events.push(event("2026-11-23 10:00", What::OutcomeRecorded(outcome)));
    assert_eq!(Clock::of(&events).running_due(), None);
    assert_eq!(Clock::of(&events).stopped().len(), 1, "a result may be recalled");
    events.push(event("2026-11-23 11:00", What::HandedOver(String::new())));
    let clock = Clock::of(&events);
    assert_eq!((clock.stopped().len(), clock.due(Term::Result)), (0, Some(at("2026-11-26 10:00"))));
}

#[test]
fn every_stop_stops_and_every_end_ends() {
    let stops =
        [What::PaymentRequested(1, String::new()), What::Suspended(String::new()), asked("2026-11-17 09:00").what];
    for stop in stops {
        let events = [submitted("2026-11-16 08:00"), accepted("2026-11-16 14:00"), event("2026-11-17 09:00", stop)];
        assert_eq!(Clock::of(&events).stopped().len(), 1, "{:?}", events[2].what);
    }
    for end in [What::Refused(String::new()), What::Withdrawn(ActId::from_bytes([1; 16]), String::new())] {
        let events = [submitted("2026-11-16 08:00"), asked("2026-11-16 09:00"), event("2026-11-17 09:00", end)];
        let clock = Clock::of(&events);
        assert!(clock.stopped().is_empty() && clock.running_due().is_none(), "{:?}", events[2].what);
    }
}

#[test]
fn a_request_before_acceptance_stops_the_answer_since_its_first_moment() {
    let stop = event("2026-11-16 10:00", What::Suspended(String::new()));
    let clock = Clock::of(&[submitted("2026-11-16 08:00"), asked("2026-11-16 09:00"), stop]);
    let standing = Stopped { term: Term::Answer, due: at("2026-11-17 08:00"), at: at("2026-11-16 09:00") };
    assert_eq!(clock.stopped(), [standing]);
}

#[test]
fn every_due_date_explains_itself() {
    let term = |amount, unit| Allowance { amount, unit };
    use AllowanceUnit::{CalendarDays, SameDay, WorkingDays, WorkingHours};
    let starts = [
        (Term::Result, term(3, WorkingDays), "2026-11-20 10:12"),
        (Term::Result, term(1, WorkingDays), "2026-11-16 10:12"),
        (Term::Result, term(3, WorkingDays), "2026-02-14 09:00"),
        (Term::Result, term(7, WorkingDays), "2024-04-26 10:00"),
        (Term::Result, term(5, WorkingDays), "2026-12-30 09:00"),
        (Term::Answer, term(8, WorkingHours), "2026-11-23 15:00"),
        (Term::Result, term(10, CalendarDays), "2026-11-16 10:00"),
        (Term::Result, term(14, CalendarDays), "2026-11-10 12:00"),
        (Term::Result, term(1, SameDay), "2026-11-16 14:59"),
        (Term::Result, term(1, SameDay), "2026-11-16 15:00"),
        // Received on Ngày Văn hóa, on a Sunday, on a Saturday, in Tết, on a day that a Saturday makes up for.
        (Term::Result, term(2, WorkingDays), "2026-11-24 09:00"),
        (Term::Result, term(1, SameDay), "2026-11-22 09:00"),
        (Term::Answer, term(8, WorkingHours), "2026-11-21 09:00"),
        (Term::Result, term(1, SameDay), "2026-02-17 09:00"),
        (Term::Result, term(1, WorkingDays), "2026-08-31 20:00"),
    ];
    let mut told: Vec<(Allowance, DueChange, Timestamp)> = starts
        .map(|(term, allowance, when)| (allowance, start(calendar(), &unit(), term, &allowance, at(when)), at(when)))
        .into();
    for policy in POLICIES {
        let (standing, goes_on) = (stopped("2026-11-18 10:00", "2026-11-16 14:00"), at("2026-11-17 14:00"));
        told.push((THREE_DAYS, resume(calendar(), &unit(), &THREE_DAYS, policy, standing, goes_on), goes_on));
    }
    for now in [at("2026-11-16 10:00"), at("2026-11-19 09:00")] {
        told.push((THREE_DAYS, extend(calendar(), &unit(), at("2026-11-19 10:00"), 3, now), now));
    }
    let mut out = String::new();
    for (allowance, change, when) in told {
        let sentence = explain(calendar(), &unit(), &allowance, &change, when);
        for language in Language::ALL {
            writeln!(out, "{}", sentence.say(language)).expect("a string takes all");
        }
    }
    insta::assert_snapshot!(out);
}

/// Any minute of 2018–2027.
fn moments() -> impl Strategy<Value = Timestamp> {
    (25_245_060i64..30_504_300).prop_map(|minute| Timestamp(minute * 60_000))
}

proptest! {
    #[test]
    fn a_term_never_goes_on_to_a_closed_moment_nor_before_the_old_date(
        begun in moments(), until_stop in 0i64..40_000, stood in 0i64..60_000, days in 1u32..20,
    ) {
        let allowance = Allowance { amount: days, unit: AllowanceUnit::WorkingDays };
        let old = start(calendar(), &unit(), Term::Result, &allowance, begun).new;
        let since = begun.plus_seconds(until_stop * 60);
        let standing = Stopped { term: Term::Result, due: old, at: since };
        for policy in POLICIES {
            let change = resume(calendar(), &unit(), &allowance, policy, standing, since.plus_seconds(stood * 60));
            prop_assert!(calendar().is_open(&unit(), change.new));
            prop_assert!(change.new >= old, "a stop never takes time from the office: {change:?}");
        }
    }
}
