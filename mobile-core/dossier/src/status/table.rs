//! The whole status table as one readable grid, and what must hold in all of it.

use super::*;
use crate::event::{By, DueChange, DueReason, Outcome, SupplementRequest, Term};
use crate::ids::{ActId, ContentHash, ParcelId};
use crate::sentence::Language;
use std::fmt::Write as _;

const NOW: Timestamp = Timestamp(1_795_397_400_000);
const LATER: Timestamp = Timestamp(NOW.0 + 1);
const BEFORE: Timestamp = Timestamp(NOW.0 - 1);
const ROLES: [Role; 4] = [Role::Citizen, Role::Officer, Role::Courier, Role::Server];
const STAGES: [Stage; 3] = [Stage::Submitted, Stage::Accepted, Stage::Processing];

fn statuses() -> Vec<(String, Status)> {
    use Status::*;
    let waiting = STAGES.into_iter().flat_map(|from| {
        [(LATER, "open"), (BEFORE, "past")].map(|(until, word)| {
            let status = WaitingForCitizen { from, until };
            (format!("5 {word} from {}", Status::from(from).code()), status)
        })
    });
    let plain = [
        Draft,
        Submitted,
        Accepted,
        Refused,
        Processing,
        WaitingForPayment,
        Withdrawn,
        Suspended,
        Finished,
        HandedOver,
    ];
    let named = plain.into_iter().map(|status| (format!("{} {}", status.code(), status.key()), status));
    named.chain(waiting).collect()
}

fn actions() -> [(&'static str, Action); 21] {
    [
        ("edit", Action::Edit),
        ("submit", Action::Submit),
        ("supplement", Action::Supplement),
        ("withdraw", Action::Withdraw),
        ("choose counter", Action::ChooseDelivery { by_post: false }),
        ("choose post", Action::ChooseDelivery { by_post: true }),
        ("confirm", Action::ConfirmDelivery),
        ("accept", Action::Accept),
        ("refuse", Action::Refuse),
        ("forward", Action::Forward),
        ("ask more", Action::RequestSupplement { until: LATER }),
        ("resume", Action::Resume),
        ("ask payment", Action::RequestPayment),
        ("suspend", Action::Suspend),
        ("outcome", Action::RecordOutcome),
        ("recall", Action::Recall),
        ("hand over", Action::HandOver),
        ("extend", Action::Extend),
        ("hand to post", Action::HandToPost),
        ("fail delivery", Action::FailDelivery),
        ("deliver", Action::Deliver),
    ]
}

/// The plain world, and for each other dimension the worlds in which it differs.
fn worlds() -> Vec<(&'static str, Facts)> {
    let plain = Facts::none(NOW, true, false);
    let chosen = Facts { by_post_chosen: true, ..plain };
    vec![
        ("nothing happened yet; the result may be posted", plain),
        ("more was asked for at intake", Facts { intake_supplement_asked: true, ..plain }),
        ("extended once", Facts { extended: true, ..plain }),
        ("post chosen", chosen),
        ("post chosen, parcel with the post", Facts { with_post: true, ..chosen }),
        ("post chosen, an attempt failed", Facts { with_post: true, attempt_failed: true, ..chosen }),
        ("delivered by post", Facts { postal_delivery_recorded: true, ..chosen }),
        ("the result may not be posted", Facts { post_allowed: false, ..plain }),
        ("post chosen, but it may no longer be posted", Facts { post_allowed: false, ..chosen }),
        ("post chosen, but presence is required", Facts { presence_required: true, ..chosen }),
    ]
}

/// Every combination of the facts that are yes or no.
fn all_facts() -> impl Iterator<Item = Facts> {
    (0..256u32).map(|bits| {
        let bit = |n: u32| bits >> n & 1 == 1;
        Facts {
            now: NOW,
            post_allowed: bit(0),
            presence_required: bit(1),
            by_post_chosen: bit(2),
            intake_supplement_asked: bit(3),
            extended: bit(4),
            with_post: bit(5),
            attempt_failed: bit(6),
            postal_delivery_recorded: bit(7),
        }
    })
}

fn cell(status: &Status, action: Action, role: Role, facts: &Facts) -> String {
    match status.after(action, role, facts) {
        Ok(next) => next.code().to_string(),
        Err(not) => format!("✘ {}", not.code),
    }
}

/// One block for an action in the plain world, its refusals by code; then what each other world changes.
fn grid() -> String {
    let (worlds, mut out) = (worlds(), String::new());
    let (_, plain) = worlds[0];
    let cases: Vec<_> = statuses();
    writeln!(
        out,
        "PLAIN WORLD: {}\nrows: status; columns: actions; cell: the code that follows, · refused\n",
        worlds[0].0
    )
    .expect("a string takes all");
    for role in ROLES {
        let columns: Vec<_> = actions().into_iter().filter(|(_, action)| action.role() == role).collect();
        let header: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
        writeln!(out, "{role:?}: {:<20}│ {}", "", header.join(" │ ")).expect("a string takes all");
        for (name, status) in &cases {
            let cells = columns.iter().map(|(title, action)| {
                let text = cell(status, *action, role, &plain);
                let short = if text.starts_with('✘') { "·".to_owned() } else { text };
                format!("{short:^width$}", width = title.len())
            });
            let pad = 22 + format!("{role:?}").len();
            writeln!(out, "{name:<pad$}│ {}", cells.collect::<Vec<_>>().join(" │ ")).expect("a string takes all");
        }
        let foreign = actions().into_iter().filter(|(_, action)| action.role() != role);
        let refused = foreign
            .clone()
            .all(|(_, action)| cases.iter().all(|(_, status)| cell(status, action, role, &plain) == "✘ not_your_role"));
        writeln!(out, "the other {} actions: ✘ not_your_role everywhere: {refused}\n", foreign.count())
            .expect("a string takes all");
    }
    out.push_str("WHY NOT, in the plain world\n");
    for (title, action) in actions() {
        let mut why = std::collections::BTreeMap::<String, Vec<&str>>::new();
        for (name, status) in &cases {
            let text = cell(status, action, action.role(), &plain);
            if text.starts_with('✘') {
                why.entry(text).or_default().push(name);
            }
        }
        for (code, names) in why {
            writeln!(out, "{title:<15}{code:<20}from {}", names.join(", ")).expect("a string takes all");
        }
    }
    for (world, facts) in &worlds[1..] {
        writeln!(out, "\nWORLD: {world}. Differs from the plain world in").expect("a string takes all");
        for (name, status) in &cases {
            for (title, action) in actions() {
                let (was, is) =
                    (cell(status, action, action.role(), &plain), cell(status, action, action.role(), facts));
                if was != is {
                    writeln!(out, "{name:<22}{title:<15}{is:<22} plain: {was}").expect("a string takes all");
                }
            }
        }
    }
    out
}

#[test]
fn the_whole_table() {
    insta::assert_snapshot!(grid());
}

#[test]
fn nothing_leads_away_from_an_end() {
    for (_, status) in statuses().into_iter().filter(|(_, status)| status.is_terminal()) {
        for facts in all_facts() {
            for (name, action) in actions() {
                for role in ROLES {
                    if let Ok(next) = status.after(action, role, &facts) {
                        assert_eq!((next, name), (status.clone(), "confirm"));
                    }
                }
            }
        }
    }
}

#[test]
fn every_step_is_one_of_the_national_matrix_whatever_the_facts() {
    // domain brief §3.2, with 0 for a draft; a status may always stay.
    let matrix: [(u8, &[u8]); 8] = [
        (0, &[1]),
        (1, &[2, 3, 5, 7]),
        (2, &[4, 5, 6, 9, 7]),
        (4, &[5, 6, 8, 9, 7]),
        (5, &[1, 2, 4, 3, 7]),
        (6, &[4, 9, 7]),
        (8, &[4, 9, 7]),
        (9, &[10, 4]),
    ];
    let mut seen = std::collections::BTreeSet::new();
    for (_, status) in statuses() {
        for facts in all_facts() {
            for (name, action) in actions() {
                if let Ok(next) = status.after(action, action.role(), &facts) {
                    seen.insert((status.code(), next.code()));
                    let allowed = matrix
                        .iter()
                        .find(|(from, _)| *from == status.code())
                        .is_some_and(|(_, to)| to.contains(&next.code()));
                    assert!(allowed || next == status, "{name}: {} → {}", status.code(), next.code());
                }
            }
        }
    }
    let all = matrix.iter().flat_map(|(from, to)| to.iter().map(move |to| (*from, *to)));
    let never: Vec<_> = all.filter(|step| !seen.contains(step)).collect();
    assert!(never.is_empty(), "no action takes the steps {never:?}");
}

#[test]
fn no_role_may_do_what_is_anothers() {
    for (_, status) in statuses() {
        for (_, action) in actions() {
            for role in ROLES.into_iter().filter(|role| *role != action.role()) {
                let not = status.after(action, role, &worlds()[4].1).expect_err("another's action");
                assert_eq!(not.code, "not_your_role");
            }
        }
    }
}

#[test]
fn an_officer_cannot_accept_a_withdrawn_dossier() {
    let not = Status::Withdrawn.after(Action::Accept, Role::Officer, &worlds()[0].1).expect_err("it has ended");
    assert_eq!(not.code, "ended");
}

/// The event that an allowed action leaves; edits leave none.
fn event_of(action: Action) -> Option<What> {
    let act = ActId::from_bytes([1; 16]);
    let content = ContentHash([2; 32]);
    let due = || DueChange { term: Term::Result, old: None, new: NOW, why: DueReason::Started, calendar: 1 };
    Some(match action {
        Action::Submit => What::Submitted(act, content, "H24.1".parse().expect("a unit"), vec![], None),
        Action::Supplement => What::Supplemented(act, content, vec![]),
        Action::Withdraw => What::Withdrawn(act, String::new()),
        Action::ChooseDelivery { by_post: false } => What::DeliveryChosen(act, crate::act::DeliveryChoice::AtCounter),
        Action::ConfirmDelivery => What::ReceiptConfirmed(act, ParcelId::from_bytes([3; 16])),
        Action::Refuse => What::Refused(String::new()),
        Action::Forward => What::Forwarded(String::new()),
        Action::RequestSupplement { until } => {
            let (fields, components) = (vec![], vec![]);
            What::SupplementRequested(SupplementRequest { reason: String::new(), fields, components, until })
        }
        Action::Resume => What::Resumed(String::new(), vec![]),
        Action::RequestPayment => What::PaymentRequested(1, String::new()),
        Action::Suspend => What::Suspended(String::new()),
        Action::RecordOutcome => What::OutcomeRecorded(Outcome { granted: true, number: None, summary: String::new() }),
        Action::Recall => What::Recalled(String::new(), vec![], None),
        Action::HandOver => What::HandedOver(String::new()),
        Action::Extend => What::Extended(String::new(), due()),
        _ => return None,
    })
}

#[test]
fn events_lead_where_the_table_says() {
    for (name, status) in statuses() {
        for (title, action) in actions() {
            let (Ok(next), Some(what)) = (status.after(action, action.role(), &worlds()[0].1), event_of(action)) else {
                continue;
            };
            assert_eq!(status.clone().following(&what), next, "{title} from {name}");
        }
    }
}

#[test]
fn facts_come_from_events_and_a_second_request_at_intake_is_refused() {
    let event = |action| Event { seq: 1, at: NOW, by: By::Server, what: event_of(action).expect("it leaves an event") };
    let ask = Action::RequestSupplement { until: LATER };
    let events: Vec<_> = [Action::Submit, ask, Action::Supplement, Action::Extend].map(event).into();
    let facts = Facts::of(&events, NOW, true, false);
    assert!(facts.intake_supplement_asked && facts.extended && !facts.with_post);
    let not = Status::of(&events).after(ask, Role::Officer, &facts).expect_err("asked once already");
    assert_eq!(not.code, "asked_already");
}

#[test]
fn every_status_and_every_refusal_is_said_in_both_languages() {
    let mut out = String::new();
    let extended = Facts { extended: true, ..worlds()[0].1 };
    for language in Language::ALL {
        writeln!(out, "{}", language.tag()).expect("a string takes all");
        for (name, status) in statuses() {
            for (when, due) in [("no date", None), ("before", Some(LATER)), ("after", Some(BEFORE))] {
                let dated = matches!(status.code(), 1 | 2 | 4);
                if !dated && when != "no date" {
                    continue;
                }
                let next = status.next_step(due, &extended).say(language);
                writeln!(out, "{name} ({when}): {} | {next}", status.name().say(language)).expect("a string takes all");
            }
        }
        for (world, facts) in &worlds()[3..8] {
            let next = Status::Finished.next_step(None, facts).say(language);
            writeln!(out, "9 in the world \"{world}\": {next}").expect("a string takes all");
        }
        let mut said = std::collections::BTreeSet::new();
        for (_, status) in statuses() {
            for (_, action) in actions() {
                for (_, facts) in worlds() {
                    for role in ROLES {
                        if let Err(not) = status.after(action, role, &facts) {
                            said.insert(format!("✘ {}: {}", not.code, not.sentence.say(language)));
                        }
                    }
                }
            }
        }
        out.push_str(&said.into_iter().collect::<Vec<_>>().join("\n"));
        out.push_str("\n\n");
    }
    insta::assert_snapshot!(out);
}
