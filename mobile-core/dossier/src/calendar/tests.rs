//! Golden due dates, worked out by hand, and what holds for all of them.

use super::*;
use crate::procedure::AllowanceUnit;
use crate::written;
use ::time::Duration;
use proptest::prelude::*;

const DATA: &str = include_str!("../../data/calendar.toml");

/// Received | term | due | what it shows. Terms: `d` working days, `c` calendar days, `h` working hours, `same`.
const GOLDEN: &str = "
2026-11-16 10:12 | 3 d | 2026-11-19 10:12 | the day of receipt is not counted, the time of day is kept
2026-11-20 10:12 | 3 d | 2026-11-26 10:12 | a weekend and 24/11 are passed over
2026-11-23 08:30 | 1 d | 2026-11-25 08:30 | the day of culture, off since 2026
2025-11-24 08:30 | 1 d | 2025-11-25 08:30 | 24/11 was a working day before 2026
2026-11-23 12:00 | 1 d | 2026-11-25 13:30 | received in the lunch break
2026-11-16 06:00 | 1 d | 2026-11-17 07:00 | received before opening
2026-11-16 17:00 | 1 d | 2026-11-17 17:00 | received in the last moment
2026-11-16 17:01 | 1 d | 2026-11-18 07:00 | received after closing counts from the next morning
2026-11-13 17:01 | 1 d | 2026-11-17 07:00 | received on Friday evening counts from Monday
2026-11-14 09:00 | 3 d | 2026-11-19 07:00 | received on a Saturday counts from Monday
2026-11-15 20:00 | 1 d | 2026-11-17 07:00 | received on a Sunday
2026-11-24 10:00 | 1 d | 2026-11-26 07:00 | received on a holiday
2026-02-13 09:00 | 3 d | 2026-02-25 09:00 | Tết 2026
2026-02-17 09:00 | 1 d | 2026-02-24 07:00 | received on the first day of Tết
2024-02-07 15:00 | 5 d | 2024-02-21 15:00 | Tết 2024, long past
2018-02-13 09:00 | 1 d | 2018-02-21 09:00 | Tết 2018, the oldest year
2027-02-03 09:00 | 1 d | 2027-02-11 09:00 | Tết 2027, a projection
2024-04-26 10:00 | 2 d | 2024-05-03 10:00 | a weekday off by swap
2024-04-26 10:00 | 3 d | 2024-05-04 10:00 | due on the Saturday that makes up for it
2024-04-26 10:00 | 4 d | 2024-05-06 10:00 | past the working Saturday
2024-05-04 10:00 | 1 d | 2024-05-06 10:00 | received on a working Saturday
2026-08-21 09:00 | 1 d | 2026-08-22 09:00 | the working Saturday of 2026
2026-08-21 09:00 | 2 d | 2026-08-24 09:00 | past it
2026-08-28 09:00 | 1 d | 2026-09-03 09:00 | the day off that it made up for
2025-04-25 09:00 | 1 d | 2025-04-26 09:00 | the working Saturday of 2025
2025-04-29 09:00 | 1 d | 2025-05-05 09:00 | 30/4, 1/5 and the swapped 2/5
2026-12-31 09:00 | 1 d | 2027-01-04 09:00 | over the end of the year
2018-12-28 09:00 | 1 d | 2019-01-02 09:00 | over a year's end with a swapped Monday
2018-12-28 09:00 | 4 d | 2019-01-05 09:00 | made up in the next year
2019-04-26 09:00 | 3 d | 2019-05-04 09:00 | the swap of 2019
2023-04-28 09:00 | 1 d | 2023-05-04 09:00 | three holidays, two compensated
2026-11-16 07:00 | 8 h | 2026-11-16 17:00 | eight hours are one day, due at closing
2026-11-16 08:00 | 8 h | 2026-11-17 08:00 | an hour is left for the next day
2026-11-20 16:30 | 8 h | 2026-11-23 16:30 | over a weekend
2026-11-23 15:00 | 8 h | 2026-11-25 15:00 | over 24/11
2026-11-16 12:30 | 4 h | 2026-11-17 07:30 | from the lunch break
2026-11-16 09:30 | 2 h | 2026-11-16 11:30 | due when the morning ends, not when the afternoon begins
2026-11-14 10:00 | 8 h | 2026-11-16 17:00 | received on a Saturday
2026-11-16 10:00 | 5 c | 2026-11-23 07:00 | ends on a Saturday, rolled to Monday's opening
2026-11-16 10:00 | 10 c | 2026-11-26 10:00 | plain days
2026-11-10 12:00 | 14 c | 2026-11-25 07:00 | ends on a holiday
2026-12-30 09:00 | 2 c | 2027-01-04 07:00 | ends on new year's day, a Friday
2026-11-14 10:00 | 1 c | 2026-11-17 07:00 | received on a Saturday counts from Monday
2026-11-16 14:59:59 | same | 2026-11-16 17:00 | the last second of the same day
2026-11-16 15:00:00 | same | 2026-11-17 17:00 | from 15:00 on the next working day
2026-11-20 15:00 | same | 2026-11-23 17:00 | the next working day is Monday
2026-11-23 16:00 | same | 2026-11-25 17:00 | the next working day is after 24/11
2024-05-03 16:00 | same | 2024-05-04 17:00 | the next working day is a working Saturday
2026-11-14 08:00 | same | 2026-11-16 17:00 | received on a Saturday
2026-11-16 12:00 | same | 2026-11-16 17:00 | received in the lunch break
2026-11-16 18:00 | same | 2026-11-17 17:00 | received after closing
";

fn at(text: &str) -> Timestamp {
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|t| t.parse::<u8>().ok()).unwrap_or(0);
    let month = ::time::Month::try_from(number(5..7)).expect("a month");
    let year = text[..4].parse().expect("a year");
    let day = Date::from_calendar_date(year, month, number(8..10)).expect("a day");
    moment(day, Time::from_hms(number(11..13), number(14..16), number(17..19)).expect("a time"))
}

fn term(text: &str) -> Allowance {
    let (amount, unit) = text.split_once(' ').unwrap_or(("1", text));
    let unit = match unit {
        "d" => AllowanceUnit::WorkingDays,
        "c" => AllowanceUnit::CalendarDays,
        "h" => AllowanceUnit::WorkingHours,
        _ => AllowanceUnit::SameDay,
    };
    Allowance { amount: amount.parse().expect("an amount"), unit }
}

fn unit() -> UnitCode {
    "H24.1".parse().expect("a unit")
}

/// A calendar as people write it.
fn load(text: &str) -> Result<Calendar, CalendarError> {
    let table = written::table(text);
    Calendar::load(table.map_err(|why| CalendarError { place: "calendar".into(), problem: why.to_string() })?)
}

/// The calendar with a unit that opens on Saturday mornings and has other hours.
fn with_saturdays() -> Calendar {
    let unit = "[[unit]]\ncode = \"H24.7\"\nweekdays = [[07:30, 11:30], [13:00, 17:30]]\nsaturday = [[07:30, 11:30]]\n";
    load(&format!("{DATA}\n{unit}")).expect("the calendar with one unit more")
}

fn police() -> UnitCode {
    "H24.7".parse().expect("a unit")
}

#[test]
fn due_dates_are_as_worked_out_by_hand() {
    let mut wrong = Vec::new();
    for line in GOLDEN.lines().filter(|line| !line.is_empty()) {
        let [received, allowance, due, why] = line.split(" | ").collect::<Vec<_>>()[..] else { panic!("{line}") };
        let is = Calendar::built_in().add(&unit(), at(received), &term(allowance));
        if is != at(due) {
            wrong.push(format!("{received} + {allowance} is {is:?}, not {due}: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_citizens_term_ends_when_its_last_day_closes() {
    let cases = [
        ("2026-11-16 10:12", 1, "2026-11-17 17:00", "asked in the morning"),
        ("2026-11-16 17:00", 1, "2026-11-17 17:00", "asked in the last moment"),
        ("2026-11-16 21:30", 1, "2026-11-18 17:00", "asked at night, which counts from the next morning"),
        ("2026-11-13 21:30", 5, "2026-11-23 17:00", "asked on Friday night"),
        ("2026-11-15 09:00", 1, "2026-11-17 17:00", "asked on a Sunday"),
        ("2026-11-20 23:59", 1, "2026-11-25 17:00", "24/11 is passed over"),
    ];
    for (asked, days, until, why) in cases {
        assert_eq!(Calendar::built_in().citizens_term(&unit(), at(asked), days), at(until), "{why}");
    }
    let until = with_saturdays().citizens_term(&police(), at("2026-11-16 21:30"), 1);
    assert_eq!(until, at("2026-11-18 17:30"), "a unit with other hours");
}

#[test]
fn every_listed_swap_and_compensation_is_as_the_law_gave_it() {
    let calendar = Calendar::built_in();
    for day in ["2019-01-05", "2019-05-04", "2024-05-04", "2025-04-26", "2026-08-22"] {
        assert!(calendar.is_working_day(at(day).day()), "{day} is a working Saturday");
    }
    for day in ["2018-12-31", "2019-04-15", "2021-05-03", "2022-01-03", "2022-04-11", "2022-05-03", "2023-09-04"] {
        assert!(!calendar.is_working_day(at(day).day()), "{day} compensates a holiday or is swapped");
    }
    // Weekdays without work, counted by hand from the list of each year.
    for (year, expected) in (2018..=2027).zip([11, 11, 10, 11, 11, 11, 12, 12, 13, 12]) {
        let days = std::iter::successors(Date::from_ordinal_date(year, 1).ok(), |day| day.next_day());
        let off = days.take_while(|day| day.year() == year).filter(|day| {
            !calendar.is_working_day(*day) && !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
        });
        assert_eq!(off.count(), expected, "weekdays off in {year}");
        assert_eq!(calendar.is_projection(at(&format!("{year}-06-01")).day()), year == 2027);
    }
    assert!(calendar.is_projection(at("2028-01-03").day()) && calendar.is_projection(at("2017-01-03").day()));
}

#[test]
fn a_unit_may_open_on_saturday_mornings_but_its_terms_run_on_working_days() {
    let (calendar, police) = (with_saturdays(), police());
    assert!(calendar.is_open(&police, at("2026-11-14 09:00")) && !calendar.is_open(&unit(), at("2026-11-14 09:00")));
    assert!(!calendar.is_open(&police, at("2023-04-29 09:00")), "a holiday on a Saturday");
    assert!(calendar.is_open(&police, at("2026-08-22 16:00")), "a working Saturday has weekday hours");
    assert_eq!(calendar.next_open(&police, at("2026-11-14 12:00")), at("2026-11-16 07:30"));
    assert_eq!(calendar.add(&police, at("2026-11-14 09:00"), &term("1 d")), at("2026-11-17 07:30"));
    assert_eq!(calendar.add(&police, at("2026-11-09 09:00"), &term("5 c")), at("2026-11-14 09:00"));
    assert_eq!(calendar.add(&police, at("2026-11-13 16:00"), &term("same")), at("2026-11-16 17:30"));
}

#[test]
fn working_time_leaves_out_lunch_nights_and_days_off() {
    let minutes =
        |from: &str, to: &str| Calendar::built_in().working_time_between(&unit(), at(from), at(to)).whole_minutes();
    assert_eq!(minutes("2026-11-16 11:00", "2026-11-16 14:00"), 60);
    assert_eq!(minutes("2026-11-20 16:00", "2026-11-23 08:00"), 120);
    assert_eq!(minutes("2026-11-23 07:00", "2026-11-25 17:00"), 960);
    assert_eq!(minutes("2026-11-25 17:00", "2026-11-23 07:00"), 0);
}

#[test]
fn a_moment_at_the_end_of_time_gives_no_panic_and_no_year_one() {
    let calendar = Calendar::built_in();
    let starts = [(Timestamp(i64::MIN), "3"), (Timestamp(i64::MAX), "4294967295"), (at("9990-01-01"), "4294967295")];
    for (start, amount) in starts {
        for unit_of_term in ["d", "c", "h", "same"] {
            let due = calendar.add(&unit(), start, &term(&format!("{amount} {unit_of_term}")));
            assert!(due.local().year() >= 1970, "{due:?}");
        }
    }
}

#[test]
fn a_broken_calendar_is_refused_and_the_place_is_named() {
    let cases = [
        ("version = 1", "", "version"),
        ("version = 1", "version = 0", "version"),
        ("version = 1", "version = 1\nextra = 2", "extra"),
        ("year = 2020", "year = 2031", "year 2031: does not follow"),
        ("2020-04-02,", "2020-04-02, 2020-04-02,", "year 2020, days_off, 2020-04-02: given twice"),
        ("2020-04-02,", "2021-04-02,", "year 2020, days_off, 2021-04-02: lies in another year"),
        ("2020-04-02,", "07:00,", "year 2020, days_off, 07:00"),
        ("2020-04-02,", "2020-02-30,", "line"),
        ("[2024-05-04]", "[2024-05-03]", "year 2024, working_saturdays, 2024-05-03: is not a Saturday"),
        ("[2025-04-26]", "[2025-02-01]", "year 2025, working_saturdays, 2025-02-01: is a day off too"),
        ("[2025-04-26]", "[2025-04-26, 2025-04-26]", "year 2025, working_saturdays, 2025-04-26: given twice"),
        ("[13:30, 17:00]", "[11:00, 17:00]", "hours, weekdays: 11:00-17:00"),
        ("[13:30, 17:00]", "[13:30, 13:30]", "hours, weekdays: 13:30-13:30"),
        ("[[07:00, 11:30], [13:30, 17:00]]", "[]", "hours, weekdays: a unit that never opens"),
        ("same_day_before = 15:00", "same_day_before = 2026-01-01", "same_day_before: 2026-01-01"),
        ("amount = 8", "amount = 0", "above zero"),
        ("unit = \"working_hours\"", "unit = \"weeks\"", "weeks"),
        (
            "[[year]]\nyear = 2018",
            "[[unit]]\ncode = \"h24\"\nweekdays = []\nsaturday = []\n[[year]]\nyear = 2018",
            "unit h24: not a unit",
        ),
    ];
    for (find, replace, place) in cases {
        assert!(DATA.contains(find), "{find} is in the file");
        let error = load(&DATA.replacen(find, replace, 1)).err().unwrap_or_else(|| panic!("took {replace}"));
        assert!(error.to_string().contains(place), "{replace}: {error}");
    }
}

fn allowances() -> impl Strategy<Value = Allowance> {
    use AllowanceUnit::*;
    (0u32..80, prop::sample::select(vec![WorkingDays, CalendarDays, WorkingHours, SameDay]))
        .prop_map(|(amount, unit)| Allowance { amount, unit })
}

/// Any millisecond of 2017–2028: the years of the data and one beyond each end.
fn moments() -> impl Strategy<Value = Timestamp> {
    (1_483_203_600_000i64..1_861_894_800_000).prop_map(Timestamp)
}

proptest! {
    #[test]
    fn nothing_is_due_while_the_unit_is_closed_or_before_it_began(start in moments(), allowance in allowances()) {
        let calendar = with_saturdays();
        for unit in [unit(), police()] {
            let due = calendar.add(&unit, start, &allowance);
            prop_assert!(calendar.is_open(&unit, due), "{due:?} is closed");
            prop_assert!(due >= start);
        }
    }

    #[test]
    fn who_comes_later_is_never_due_earlier(a in moments(), gap in 0i64..900_000_000, allowance in allowances()) {
        let calendar = with_saturdays();
        for unit in [unit(), police()] {
            prop_assert!(calendar.add(&unit, a, &allowance) <= calendar.add(&unit, Timestamp(a.0 + gap), &allowance));
        }
    }

    #[test]
    fn a_longer_term_never_ends_earlier(start in moments(), allowance in allowances(), more in 0u32..9) {
        let longer = Allowance { amount: allowance.amount + more, ..allowance };
        let calendar = Calendar::built_in();
        prop_assert!(calendar.add(&unit(), start, &allowance) <= calendar.add(&unit(), start, &longer));
    }

    #[test]
    fn working_time_added_is_the_working_time_between(start in moments(), minutes in 0i64..20_000) {
        let (calendar, amount) = (Calendar::built_in(), Duration::minutes(minutes));
        let end = calendar.add_working_time(&unit(), start, amount);
        prop_assert_eq!(calendar.working_time_between(&unit(), start, end), amount);
    }
}

#[test]
fn every_day_off_of_the_program_has_its_name_and_no_other_day_has_one() {
    let calendar = Calendar::built_in();
    assert_eq!(calendar.days_off.iter().collect::<Vec<_>>(), calendar.holidays.keys().collect::<Vec<_>>());
    let named = |word: &str| calendar.holidays.values().any(|known| *known == word);
    assert!(HOLIDAYS.iter().all(|word| named(word)));
}

#[test]
fn a_holiday_is_of_a_known_word_on_a_day_off_and_once() {
    let text = include_str!("../../data/calendar.toml");
    let cases = [
        ("culture_day = [", "spring = [", "no sentence knows this holiday"),
        ("culture_day = [", "culture_day = [ 2026-11-23,", "is no day off"),
        ("culture_day = [", "culture_day = [ 2026-01-01,", "given twice"),
    ];
    for (good, bad, problem) in cases {
        assert!(text.contains(good));
        let error = load(&text.replacen(good, bad, 1)).err().expect("it is refused");
        assert_eq!(error.problem, problem, "{}", error.place);
    }
}
