//! The whole table as one snapshot, that it agrees with the status table, and what a request opens.

use super::*;
use crate::procedure::Catalogue;
use crate::status::Stage;
use std::fmt::Write as _;

const ROLES: [Role; 4] = [Role::Citizen, Role::Officer, Role::Courier, Role::Server];
const PLACES: [Place; 3] = [Place::Form, Place::Papers, Place::Acts];
const NOW: Timestamp = Timestamp(1_795_395_600_000);

fn statuses() -> Vec<Status> {
    let waiting = |from| Status::WaitingForCitizen { from, until: NOW };
    vec![
        Status::Draft,
        Status::Submitted,
        Status::Accepted,
        Status::Refused,
        Status::Processing,
        waiting(Stage::Submitted),
        waiting(Stage::Accepted),
        waiting(Stage::Processing),
        Status::WaitingForPayment,
        Status::Withdrawn,
        Status::Suspended,
        Status::Finished,
        Status::HandedOver,
    ]
}

#[test]
fn the_whole_table() {
    let mut out = String::new();
    for role in ROLES {
        for status in statuses() {
            let cells: Vec<String> =
                PLACES.iter().map(|place| format!("{place:?} {:?}", rule(role, &status, *place))).collect();
            let from = match &status {
                Status::WaitingForCitizen { from, .. } => format!(" from {from:?}"),
                _ => String::new(),
            };
            writeln!(out, "{role:?} · {}{from}: {}", status.key(), cells.join(" · ")).expect("a string takes all");
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn form_and_papers_are_open_exactly_where_the_status_table_lets_a_role_edit() {
    for role in ROLES {
        for status in statuses() {
            let edits = status.after(Action::Edit, role, &Facts::none(NOW, true, false)).is_ok();
            for place in [Place::Form, Place::Papers] {
                let open = !matches!(rule(role, &status, place), Rule::Closed(_));
                assert_eq!(open, edits, "{role:?} in {status:?} at {place:?}");
            }
        }
    }
}

#[test]
fn a_request_opens_what_it_names_and_a_group_as_a_whole() {
    let waiting = Status::WaitingForCitizen { from: Stage::Submitted, until: NOW };
    let ask = |fields: &[&str], components: &[&str]| SupplementRequest {
        reason: "Thiếu".into(),
        fields: fields.iter().map(ToString::to_string).collect(),
        components: components.iter().map(ToString::to_string).collect(),
        until: NOW,
    };
    let (name, row): (FieldKey, FieldKey) = ("name".parse().unwrap(), "homes/1/from".parse().unwrap());
    let paper: PaperKey = format!("photo/{}", "00".repeat(32)).parse().unwrap();
    let paths = [Path::Field(&name), Path::Field(&row), Path::Paper(&paper)];
    let open = |request: Option<&SupplementRequest>| paths.map(|path| write(&waiting, request, &path).is_ok());
    assert_eq!(open(Some(&ask(&[], &[]))), [true, true, true], "nothing named is everything");
    assert_eq!(open(Some(&ask(&["name"], &[]))), [true, false, false]);
    assert_eq!(open(Some(&ask(&["homes"], &[]))), [false, true, false]);
    assert_eq!(open(Some(&ask(&[], &["photo"]))), [false, false, true]);
    assert_eq!(open(None), [false, false, false], "a wait without a request opens nothing");
    assert_eq!(write(&waiting, Some(&ask(&["homes"], &[])), &paths[0]), Err(Closed::NotAsked));
    assert_eq!(write(&Status::Submitted, Some(&ask(&[], &[])), &paths[0]), Err(Closed::HandedIn));
}

#[test]
fn a_request_can_name_what_the_procedure_has() {
    let procedure = Catalogue::built_in().procedure(&"1.004873".parse().unwrap()).unwrap();
    let names = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    let component = procedure.components[0].id.as_str();
    assert!(can_ask(procedure, &names(&["applicant_name"]), &names(&[component])));
    assert!(!can_ask(procedure, &names(&["no_such"]), &[]) && !can_ask(procedure, &[], &names(&["no_such"])));
}

#[test]
fn every_reason_why_a_place_is_closed_has_its_sentence() {
    for closed in [Closed::HandedIn, Closed::NotAsked, Closed::Ended, Closed::NotACitizen] {
        for language in crate::sentence::Language::ALL {
            assert!(closed.sentence().say(language).contains(' '), "{closed:?}");
        }
    }
}
