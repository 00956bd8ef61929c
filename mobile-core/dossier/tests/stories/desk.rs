//! What the desk may and may not do, by the one decision.

use crate::world::{Hub, OFFICER, Phone, same_day, submitted, submitted_of};
use dossier::act::Act;
use dossier::decide::{Command, PAYMENT_MAX};
use dossier::event::{Proposer, What};
use dossier::ids::{PersonId, ServerId, StaffId};
use dossier::replica::Intent;
use dossier::status::Status;
use dossier::wire::Verdict;

/// The codes of refused commands, in order.
fn refused(hub: &mut Hub, id: &dossier::ids::DossierId, commands: &[Command]) -> Vec<&'static str> {
    commands.iter().map(|c| hub.officer(id, c.clone()).map_or_else(|no| no.code, |()| "done")).collect()
}

fn ask_for_the_name(working_days: u16) -> Command {
    ask_because("Thiếu", working_days)
}

fn ask_because(reason: &str, working_days: u16) -> Command {
    let fields = vec!["applicant_name".into()];
    Command::RequestSupplement { reason: reason.into(), fields, components: vec![], working_days }
}

#[test]
fn what_a_citizen_is_to_read_must_be_written_and_not_too_long() {
    let mut hub = Hub::open();
    let (_, id) = submitted(&mut hub);
    let commands = [
        Command::Refuse { reason: " ".into() },
        Command::Refuse { reason: "\u{200b}\u{feff} \u{ad}".into() },
        ask_for_the_name(0),
        ask_for_the_name(61),
        ask_because(&"x".repeat(4_001), 5),
        Command::HandToPost { courier: PersonId::from_bytes([1; 16]), tracking: None, seal: "\u{200b} ".into() },
        ask_because(&"x".repeat(4_000), 60),
    ];
    let days = "days_out_of_range";
    let expected = ["text_required", "text_required", days, days, "text_too_long", "seal_required", "done"];
    assert_eq!(refused(&mut hub, &id, &commands), expected);
}

#[test]
fn a_request_names_something_and_only_what_the_form_has() {
    let mut hub = Hub::open();
    let (_, id) = submitted(&mut hub);
    let ask = |fields: &[&str], components: &[&str]| Command::RequestSupplement {
        reason: "Thiếu".into(),
        fields: fields.iter().map(ToString::to_string).collect(),
        components: components.iter().map(ToString::to_string).collect(),
        working_days: 5,
    };
    let commands = [ask(&["no_such"], &[]), ask(&[], &["no_such"]), ask(&[], &[]), ask(&["applicant_name"], &[])];
    assert_eq!(refused(&mut hub, &id, &commands), ["unknown_key", "unknown_key", "nothing_asked", "done"]);
}

#[test]
fn a_payment_is_asked_for_only_in_an_amount_that_can_be_owed() {
    let mut hub = Hub::open();
    let (_, id) = submitted(&mut hub);
    hub.officer(&id, Command::Accept).unwrap();
    let ask = |amount| Command::RequestPayment { amount, reason: "Lệ phí".into() };
    let resume = Command::Resume { note: String::new() };
    let commands = [ask(0), ask(PAYMENT_MAX + 1), ask(u64::MAX), ask(1), resume, ask(PAYMENT_MAX)];
    let no = "amount_out_of_range";
    assert_eq!(refused(&mut hub, &id, &commands), [no, no, no, "done", "done", "done"]);
}

#[test]
fn intake_is_supplemented_once() {
    let mut hub = Hub::open();
    let (mut a, id) = submitted(&mut hub);
    hub.officer(&id, ask_for_the_name(5)).unwrap();
    a.mend_the_name_online(&mut hub, &id);
    assert_eq!(refused(&mut hub, &id, &[ask_for_the_name(5), Command::Accept]), ["asked_already", "done"]);
}

fn write_the_name_and_take_it_back(phone: &mut Phone, id: &dossier::ids::DossierId) {
    let name = phone.value(id, "applicant_name").into_iter().next();
    phone.set(id, "applicant_name", "Nguyễn Văn Rõ").unwrap();
    phone.write(id, Intent::SetFields(vec![("applicant_name".parse().unwrap(), name)])).unwrap();
}

#[test]
fn a_supplement_that_brings_nothing_is_refused_on_the_phone() {
    let mut hub = Hub::open();
    let (mut a, id) = submitted(&mut hub);
    hub.officer(&id, ask_for_the_name(5)).unwrap();
    a.sync(&mut hub);
    assert_eq!(a.supplement(&id).unwrap_err().code, "nothing_supplied");
    write_the_name_and_take_it_back(&mut a, &id);
    assert_eq!(a.supplement(&id).unwrap_err().code, "nothing_supplied", "written and taken back");
}

/// A phone that does not look, as those of before did.
#[test]
fn a_supplement_that_brings_nothing_is_refused_by_the_office_and_one_that_brings_something_is_taken() {
    let mut hub = Hub::open();
    let (mut a, id) = submitted(&mut hub);
    let handed_in = hub.state(&id).events.len();
    hub.officer(&id, ask_for_the_name(5)).unwrap();
    a.sync(&mut hub);
    write_the_name_and_take_it_back(&mut a, &id);
    let content = a.content(&id);
    a.act_unchecked(&id, Act::Supplement(content));
    let refused = Verdict::Refused("nothing_supplied".into());
    assert_eq!(a.sync(&mut hub), [Verdict::Accepted, Verdict::Accepted, refused]);
    assert_eq!(hub.state(&id).events.len(), handed_in + 1, "the clock still stands");
    a.set(&id, "applicant_name", "Nguyễn Văn Rõ").unwrap();
    a.supplement(&id).unwrap();
    assert_eq!(a.sync(&mut hub), [Verdict::Accepted, Verdict::Accepted]);
}

#[test]
fn a_request_of_before_that_named_nothing_is_answered_by_anything() {
    let mut hub = Hub::open();
    let (mut a, id) = submitted(&mut hub);
    hub.officer(&id, ask_for_the_name(5)).unwrap();
    let state = hub.dossiers.get_mut(&id).unwrap();
    let Some(What::SupplementRequested(asked)) = state.events.last_mut().map(|e| &mut e.what) else { panic!() };
    asked.fields.clear();
    let asked = state.events.last().unwrap().clone();
    hub.log.last_mut().unwrap().events = vec![asked];
    a.sync(&mut hub);
    a.supplement(&id).unwrap();
    assert_eq!(a.sync(&mut hub), [Verdict::Accepted]);
}

#[test]
fn during_processing_a_supplement_leads_back_and_restarts_the_term() {
    let mut hub = Hub::open();
    let (mut a, id) = submitted(&mut hub);
    hub.officer(&id, Command::Accept).unwrap();
    hub.officer(&id, Command::Forward { note: String::new() }).unwrap();
    hub.officer(&id, ask_for_the_name(5)).unwrap();
    hub.now = hub.now.plus_seconds(2 * 86_400);
    a.mend_the_name_online(&mut hub, &id);
    assert_eq!(hub.status(&id), Status::Processing);
    let state = hub.state(&id);
    let What::Supplemented(_, _, dues) = &state.events.last().unwrap().what else { panic!() };
    let [due] = &dues[..] else { panic!("only the result's term stood: {dues:?}") };
    assert!(due.old.unwrap() < due.new);
}

#[test]
fn one_apology_and_never_with_a_date_that_has_passed() {
    let mut hub = Hub::open();
    let (_, id) = submitted(&mut hub);
    hub.officer(&id, Command::Accept).unwrap();
    let apology = |working_days| Command::Extend { apology: "Xin lỗi".into(), working_days };
    let on_time = hub.now;
    hub.now = hub.now.plus_seconds(60 * 86_400);
    assert_eq!(refused(&mut hub, &id, &[apology(1)]), ["due_in_the_past"]);
    hub.now = on_time;
    assert_eq!(refused(&mut hub, &id, &[apology(2), apology(2)]), ["done", "extended_already"]);
}

#[test]
fn the_post_is_not_handed_what_nobody_asked_it_to_bring() {
    let mut hub = Hub::open();
    let (_, id) = submitted(&mut hub);
    hub.officer(&id, Command::Accept).unwrap();
    hub.officer(&id, Command::RecordOutcome { granted: true, number: None, summary: "Xong".into() }).unwrap();
    let courier = PersonId::from_bytes([5; 16]);
    let hand = Command::HandToPost { courier, tracking: None, seal: "1".into() };
    assert_eq!(refused(&mut hub, &id, &[hand]), ["post_not_chosen"]);
}

#[test]
fn a_push_that_was_signed_for_another_server_is_worth_nothing_here() {
    let mut hub = Hub::open();
    let mut a = Phone::of(&mut hub, 1, 1);
    let id = a.draft(1);
    a.set(&id, "applicant_name", "Nguyễn Văn Ví Dụ").unwrap();
    let push = vec![a.held[&id].push().unwrap()];
    let elsewhere = ServerId::from_bytes([8; 16]);
    let root = dossier::merkle::root(&[dossier::exchange::push_leaf(&elsewhere, &push[0])]);
    let signature = a.key.sign(&dossier::exchange::push_message(&elsewhere, &root));
    let read = |server: &ServerId| {
        dossier::exchange::server::evidence(&push, Some(&signature), server, &a.key.public(), &crate::world::verify)
            .is_ok()
    };
    assert!(read(&elsewhere) && !read(&hub.id));
    assert_eq!(a.sync(&mut hub), [Verdict::Accepted]);
}

/// A procedure of the same day, whose date no wait moves.
#[test]
fn an_answer_after_its_term_is_taken_said_to_be_late_and_leads_to_no_date_that_has_passed() {
    let mut hub = Hub::open();
    let (mut a, id) = submitted_of(&mut hub, same_day());
    hub.officer(&id, Command::Accept).unwrap();
    hub.officer(&id, ask_for_the_name(2)).unwrap();
    a.mend_the_name(&mut hub, &id);
    hub.now = hub.now.plus_seconds(9 * 86_400);
    a.sync(&mut hub);
    let state = hub.state(&id);
    let answer = state.events.last().unwrap();
    let What::Supplemented(_, _, dues) = &answer.what else { panic!() };
    assert!(!dues.is_empty() && dues.iter().all(|due| due.new > hub.now), "{dues:?}");
    let late = dossier::deadline::LateAnswer::of(answer, &state.events).expect("it came late");
    assert_eq!(late.came, hub.now);
    assert!(late.event_sentence().say(dossier::sentence::Language::English).contains("5 days after the term"));
}

#[test]
fn a_result_is_taken_back_by_two_and_both_stand_in_the_event() {
    let mut hub = Hub::open();
    let (_, id) = submitted(&mut hub);
    hub.officer(&id, Command::Accept).unwrap();
    let someone = |n| Proposer { staff: StaffId(uuid::Uuid::from_u128(n)), name: "Trần Văn Ví Dụ".into() };
    let recall = |proposer| Command::Recall { reason: "Sai số.".into(), proposer };
    let (own, other) = (Proposer { staff: OFFICER, ..someone(0) }, someone(77));
    let outcome = Command::RecordOutcome { granted: true, number: None, summary: "Đã cấp.".into() };
    let commands = [recall(other.clone()), outcome, recall(own), recall(other.clone()), recall(other.clone())];
    assert_eq!(refused(&mut hub, &id, &commands), ["wrong_status", "done", "own_proposal", "done", "wrong_status"]);
    let last = hub.state(&id).events.pop().unwrap();
    assert!(matches!(&last.what, What::Recalled(_, _, Some(proposer)) if *proposer == other), "{last:?}");
    assert_eq!(Status::of(&hub.state(&id).events).code(), 4, "it is worked on again");
}
