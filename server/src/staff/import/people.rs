//! A list of staff, held against what is entered: login, name, unit, role, starts, ends. A line is a posting; who has two
//! tasks has two lines.

use super::{Wrong, of, table, wrong};
use crate::auth::policy::Role;
use crate::name::named;
use crate::staff::login::Login;
use crate::store::accounts::Account;
use crate::store::postings::{Posted, Unit};
use dossier::ids::{StaffId, UnitCode};
use dossier::time::{LOCAL, Timestamp};
use std::collections::BTreeMap;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, Time};

pub(crate) const COLUMNS: [&str; 6] = ["login", "name", "unit", "role", "starts", "ends"];
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// What is entered already.
pub(crate) struct There<'a> {
    pub units: &'a [Unit],
    pub accounts: &'a [Account],
    pub postings: &'a [Posted],
}

/// What a list adds to it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub accounts: Vec<(Login, String)>,
    pub postings: Vec<NewPosting>,
    /// Postings that are there and end at another moment from now on.
    pub ends: Vec<Posted>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewPosting {
    pub login: Login,
    pub unit: UnitCode,
    pub role: Role,
    pub starts_at: Timestamp,
    pub ends_at: Option<Timestamp>,
}

/// A line that was understood.
struct Row {
    line: u64,
    name: String,
    posting: NewPosting,
}

pub(crate) fn plan(bytes: &[u8], there: &There<'_>) -> Result<Plan, Vec<Wrong>> {
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for (line, fields) in table(bytes, COLUMNS)? {
        match row(line, &fields, there.units) {
            Ok(row) => rows.push(row),
            Err(why) => faults.extend(why.into_iter().map(|why| wrong(line, why))),
        }
    }
    let mut plan = Plan::default();
    let mut names: BTreeMap<&Login, (&str, u64)> = BTreeMap::new();
    for (n, row) in rows.iter().enumerate() {
        let login = &row.posting.login;
        let account = there.accounts.iter().find(|account| account.login == login.as_str());
        let (name, first) = *names.entry(login).or_insert((&row.name, row.line));
        if name != row.name {
            faults.push(wrong(row.line, format!("name: line {first} gives this login to another name")));
        } else if account.is_some_and(|account| account.name != row.name) {
            faults.push(wrong(row.line, "name: this login is entered under another name"));
        }
        if let Some(other) = rows[..n].iter().find(|other| overlap(&row.posting, &other.posting)) {
            faults.push(wrong(row.line, format!("it is the posting of line {}, or runs into it", other.line)));
        }
        if first == row.line && account.is_none() {
            plan.accounts.push((login.clone(), row.name.clone()));
        }
        match account.map_or(Known::New, |account| known(&row.posting, account.staff, there.postings)) {
            Known::New => plan.postings.push(row.posting.clone()),
            Known::Same => {}
            Known::Ends(posted) => plan.ends.push(posted),
            Known::RunsInto => faults.push(wrong(row.line, "starts: it runs into a posting that is entered")),
        }
    }
    faults.sort_by_key(|wrong| wrong.line);
    if faults.is_empty() { Ok(plan) } else { Err(faults) }
}

enum Known {
    New,
    Same,
    /// The same posting with another end.
    Ends(Posted),
    RunsInto,
}

fn known(new: &NewPosting, staff: StaffId, postings: &[Posted]) -> Known {
    // Who stands in for somebody is entered by a command of its own, and is no line of a list.
    let own = postings.iter().filter(|posted| {
        posted.staff == staff
            && posted.unit == new.unit
            && posted.role == new.role.word()
            && posted.stands_in_for.is_none()
    });
    for posted in own {
        if posted.starts_at == new.starts_at {
            let ends = Posted { ends_at: new.ends_at, ..posted.clone() };
            return if *posted == ends { Known::Same } else { Known::Ends(ends) };
        }
        if meet((posted.starts_at, posted.ends_at), (new.starts_at, new.ends_at)) {
            return Known::RunsInto;
        }
    }
    Known::New
}

fn overlap(one: &NewPosting, other: &NewPosting) -> bool {
    one.login == other.login
        && one.unit == other.unit
        && one.role == other.role
        && meet((one.starts_at, one.ends_at), (other.starts_at, other.ends_at))
}

fn meet(one: (Timestamp, Option<Timestamp>), other: (Timestamp, Option<Timestamp>)) -> bool {
    other.1.is_none_or(|end| one.0 < end) && one.1.is_none_or(|end| other.0 < end)
}

fn row(line: u64, fields: &[String; 6], units: &[Unit]) -> Result<Row, Vec<String>> {
    let [login, name, unit, role, starts, ends] = fields;
    let mut faults = Vec::new();
    let mut keep = |field: &str, why: String| faults.push(of(field, why));
    let login = login.parse::<Login>().map_err(|why| keep("login", why)).ok();
    let name = named(name).map_err(|why| keep("name", why)).ok();
    let unit = unit.parse::<UnitCode>().ok().filter(|code| units.iter().any(|unit| unit.code == *code));
    if unit.is_none() {
        keep("unit", "no such unit".into());
    }
    let role = role.parse::<Role>().map_err(|why| keep("role", why)).ok();
    let starts = day(starts).map_err(|why| keep("starts", why)).ok();
    let ends = match ends.as_str() {
        "" => Some(None),
        ends => day(ends).map_err(|why| keep("ends", why)).ok().map(Some),
    };
    if let (Some(starts), Some(Some(ends))) = (starts, ends)
        && ends < starts
    {
        keep("ends", "it is before it starts".into());
    }
    match (login, name, unit, role, starts, ends) {
        (Some(login), Some(name), Some(unit), Some(role), Some(starts), Some(ends)) if faults.is_empty() => {
            let posting = NewPosting {
                login,
                unit,
                role,
                starts_at: begin(starts),
                ends_at: ends.and_then(Date::next_day).map(begin),
            };
            Ok(Row { line, name, posting })
        }
        _ => Err(faults),
    }
}

/// A day as lists give it.
pub(crate) fn day(text: &str) -> Result<Date, String> {
    let plausible = |date: &Date| (1990..=2200).contains(&date.year());
    let date = Date::parse(text, DAY).ok().filter(plausible);
    date.ok_or_else(|| "it is not a day from 1990 to 2200, as in 2026-11-23".into())
}

/// Its first moment.
pub(crate) fn begin(day: Date) -> Timestamp {
    Timestamp::from_local(day.with_time(Time::MIDNIGHT).assume_offset(LOCAL))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::MONDAY;
    use uuid::Uuid;

    const HEAD: &str = "login,name,unit,role,starts,ends\n";

    fn units() -> Vec<Unit> {
        let unit =
            |code: &str| Unit { code: code.parse().unwrap(), parent: None, name: code.into(), kind: String::new() };
        vec![unit("H24"), unit("H24.61.01")]
    }

    fn account(login: &str, name: &str) -> Account {
        Account {
            staff: StaffId(Uuid::from_u128(7)),
            login: login.into(),
            name: name.into(),
            password: None,
            one_time_until: None,
            totp: None,
            failures: 0,
            tries: 0,
            locked_until: None,
            signed_in_at: None,
            tokens_since: None,
            disabled: false,
        }
    }

    fn posted(new: &NewPosting) -> Posted {
        Posted {
            id: Uuid::from_u128(9),
            staff: StaffId(Uuid::from_u128(7)),
            unit: new.unit.clone(),
            role: new.role.word().into(),
            starts_at: new.starts_at,
            ends_at: new.ends_at,
            stands_in_for: None,
        }
    }

    fn read(lines: &str, accounts: &[Account], postings: &[Posted]) -> Result<Plan, Vec<String>> {
        let there = There { units: &units(), accounts, postings };
        let plan = plan(format!("{HEAD}{lines}").as_bytes(), &there);
        plan.map_err(|wrong| wrong.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_list_gives_accounts_and_their_postings_from_a_day_through_a_day() {
        let plan = read(
            "le.lan,Lê Thị Lan,H24.61.01,one-stop,2026-11-23,2026-11-27\n\
             LE.LAN,Lê Thị Lan,H24,auditor,2026-11-23,\n\
             le.lan,Lê Thị Lan,H24.61.01,one-stop,2026-11-28,\n",
            &[],
            &[],
        );
        let plan = plan.unwrap();
        assert_eq!(plan.accounts, [("le.lan".parse().unwrap(), "Lê Thị Lan".to_owned())]);
        assert_eq!(plan.postings.len(), 3);
        let first = &plan.postings[0];
        // MONDAY is 08:00; the posting begins eight hours before and ends with the Friday.
        assert_eq!(first.starts_at, MONDAY.plus_seconds(-8 * 3_600));
        assert_eq!(first.ends_at, Some(first.starts_at.plus_seconds(5 * 86_400)));
        assert_eq!(plan.postings[1].ends_at, None);
    }

    #[test]
    fn the_same_list_twice_changes_nothing_and_another_end_is_taken() {
        let line = "le.lan,Lê Thị Lan,H24.61.01,one-stop,2026-11-23,\n";
        let there = read(line, &[], &[]).unwrap().postings.remove(0);
        let (account, posted) = ([account("le.lan", "Lê Thị Lan")], [posted(&there)]);
        assert_eq!(read(line, &account, &posted), Ok(Plan::default()));
        let ended = read("le.lan,Lê Thị Lan,H24.61.01,one-stop,2026-11-23,2026-11-30\n", &account, &posted).unwrap();
        assert!(ended.postings.is_empty() && ended.accounts.is_empty());
        assert_eq!(ended.ends[0].ends_at, Some(there.starts_at.plus_seconds(8 * 86_400)));
        assert_eq!(
            read("le.lan,Lê Thị Lan,H24.61.01,one-stop,2026-12-01,\n", &account, &posted),
            Err(vec!["line 2: starts: it runs into a posting that is entered".to_owned()])
        );
        assert_eq!(
            read("le.lan,Lê Thị Lan,H24.61.01,unit-head,2026-12-01,\n", &account, &posted).unwrap().postings.len(),
            1
        );
    }

    #[test]
    fn everything_that_is_wrong_is_named_with_its_line() {
        let lines = "1an,Lan\u{200f},H99,officer,2026-02-30,heute\n\
                     le.lan,Lê Thị Lan,H24,auditor,2026-11-23,\n\
                     le.lan,Lê Thị Lan,H24,auditor,2027-01-01,2027-12-31\n\
                     le.lan,Nguyễn Văn Khác,H24,one-stop,2026-11-23,\n\
                     minh,Trần Minh,H24,specialist,2026-11-23,2026-11-22\n\
                     chi,Phạm Chi,H24,specialist,0026-11-23,\n";
        assert_eq!(
            read(lines, &[], &[]).unwrap_err(),
            [
                "line 2: login: a login holds a–z, 0–9, dot, hyphen and underscore, and begins with a letter",
                "line 2: name: it holds control or direction characters",
                "line 2: unit: no such unit",
                "line 2: role: a role is one of one-stop, specialist, unit-head, postal-clerk, auditor, administrator",
                "line 2: starts: it is not a day from 1990 to 2200, as in 2026-11-23",
                "line 2: ends: it is not a day from 1990 to 2200, as in 2026-11-23",
                "line 4: it is the posting of line 3, or runs into it",
                "line 5: name: line 3 gives this login to another name",
                "line 6: ends: it is before it starts",
                "line 7: starts: it is not a day from 1990 to 2200, as in 2026-11-23",
            ]
        );
        let other = [account("chi", "Phạm Thị Chi")];
        let said = read("chi,Phạm Chi,H24,specialist,2026-11-23,\n", &other, &[]).unwrap_err();
        assert_eq!(said, ["line 2: name: this login is entered under another name"]);
    }
}
