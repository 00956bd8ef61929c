//! Short stories of phones, the hub and a bad line, in memory.

use crate::world::{Hub, Phone, ask_for, submitted, two_phones_with_one_draft};
use dossier::act::Act;
use dossier::decide::Command;
use dossier::layout::Value;
use dossier::status::Status;
use dossier::wire::Verdict;

#[test]
fn what_one_phone_writes_the_other_phone_of_the_same_person_reads() {
    let mut hub = Hub::open();
    let (mut a, mut b) = (Phone::of(&mut hub, 1, 1), Phone::of(&mut hub, 1, 2));
    let id = a.draft(1);
    a.set(&id, "applicant_name", "Nguyễn Văn Ví Dụ").unwrap();
    assert_eq!(a.sync(&mut hub), [Verdict::Accepted]);
    b.sync(&mut hub);
    assert_eq!(b.value(&id, "applicant_name"), [Value::from("Nguyễn Văn Ví Dụ")]);
}

#[test]
fn two_phones_offline_agree_after_both_have_been_online() {
    let mut hub = Hub::open();
    let (mut a, mut b, id) = two_phones_with_one_draft(&mut hub);
    a.set(&id, "applicant_name", "Trần Thị Ví Dụ").unwrap();
    b.set(&id, "applicant_name", "Lê Văn Ví Dụ").unwrap();
    a.sync(&mut hub);
    b.sync(&mut hub);
    a.sync(&mut hub);
    assert_eq!(a.held[&id].projection().unwrap(), b.held[&id].projection().unwrap());
    assert_eq!(a.value(&id, "applicant_name").len(), 2);
    assert_eq!(a.submit(&id).unwrap_err().code, "has_findings");
    a.set(&id, "applicant_name", "Lê Văn Ví Dụ").unwrap();
    a.submit(&id).unwrap();
}

#[test]
fn a_stranger_is_told_that_the_dossier_is_not_there() {
    let mut hub = Hub::open();
    let (mut owner, mut stranger) = (Phone::of(&mut hub, 1, 1), Phone::of(&mut hub, 2, 1));
    let id = owner.draft(1);
    owner.set(&id, "applicant_name", "Nguyễn Văn Ví Dụ").unwrap();
    owner.sync(&mut hub);
    stranger.draft(1);
    stranger.set(&id, "applicant_name", "Kẻ Lạ").unwrap();
    assert_eq!(stranger.sync(&mut hub), [Verdict::Refused("not_found".into())]);
}

#[test]
fn a_good_change_that_stands_on_a_refused_one_shares_its_fate_and_is_sent_again_without_it() {
    let mut hub = Hub::open();
    let mut a = Phone::of(&mut hub, 1, 1);
    let id = a.draft(1);
    a.set_unchecked(&id, "no_such_field", "v");
    a.set(&id, "applicant_name", "Nguyễn Văn Ví Dụ").unwrap();
    let refused = Verdict::Refused("not_in_catalogue".into());
    assert_eq!(a.sync(&mut hub), [refused, Verdict::DependsOnRefused]);
    assert!(hub.log.is_empty(), "nothing of it came in");
    assert_eq!(a.sync(&mut hub), [Verdict::Accepted]);
    assert_eq!(a.held[&id].set_aside[0].code, "not_in_catalogue");
    assert_eq!(a.value(&id, "applicant_name"), [Value::from("Nguyễn Văn Ví Dụ")]);
}

#[test]
fn of_two_contents_of_one_number_in_one_push_the_first_enters_and_the_second_is_forked() {
    let mut hub = Hub::open();
    let mut a = Phone::of(&mut hub, 1, 1);
    let id = a.draft(1);
    let mut copy = a.held[&id].clone();
    a.set(&id, "applicant_name", "Một").unwrap();
    std::mem::swap(a.held.get_mut(&id).unwrap(), &mut copy);
    a.set(&id, "applicant_name", "Hai").unwrap();
    a.held.get_mut(&id).unwrap().outbox.splice(..0, copy.outbox.clone());
    assert_eq!(a.sync(&mut hub), [Verdict::Accepted, Verdict::Forked(0, 1, copy.outbox[0].hash)]);
    assert_eq!(hub.log[0].changes.len(), 1);
}

#[test]
fn a_lost_answer_is_mended_by_asking_again() {
    let mut hub = Hub::open();
    let mut a = Phone::of(&mut hub, 1, 1);
    let id = a.draft(1);
    a.set(&id, "applicant_name", "Nguyễn Văn Ví Dụ").unwrap();
    a.sync_and_lose_the_answer(&mut hub);
    assert_eq!(a.sync(&mut hub), [Verdict::Already]);
    assert_eq!(a.held[&id].push(), None);
    assert_eq!(hub.log.len(), 1);
}

#[test]
fn a_submission_waits_for_its_papers_and_nothing_else_is_held_up() {
    let mut hub = Hub::open();
    let mut a = Phone::of(&mut hub, 1, 1);
    let id = a.draft(1);
    let papers = a.fill(&id);
    a.submit(&id).unwrap();
    let verdicts = a.sync(&mut hub);
    assert!(matches!(verdicts.last(), Some(Verdict::MissingPapers(lacking)) if lacking.len() == papers.len()));
    assert_eq!(hub.status(&id), Status::Draft);
    hub.store_papers(&id, papers);
    assert_eq!(a.sync(&mut hub), [Verdict::Accepted]);
    assert_eq!(hub.status(&id), Status::Submitted);
}

#[test]
fn an_edit_made_elsewhere_before_the_submission_was_known_is_kept_aside() {
    let mut hub = Hub::open();
    let (mut a, id) = submitted(&mut hub);
    let mut b = Phone::of(&mut hub, 1, 2);
    b.sync(&mut hub);
    assert_eq!(b.set(&id, "applicant_name", "Khác").unwrap_err().code, "locked");
    a.sync(&mut hub);
    assert_eq!(a.held[&id].status(), Status::Submitted);
}

#[test]
fn an_offline_edit_that_comes_after_the_submission_is_set_aside_and_the_phone_goes_on() {
    let mut hub = Hub::open();
    let (mut a, mut b, id) = two_phones_with_one_draft(&mut hub);
    b.set(&id, "applicant_name", "Muộn").unwrap();
    a.submit(&id).unwrap();
    a.sync(&mut hub);
    assert_eq!(b.sync(&mut hub), [Verdict::Locked]);
    assert_eq!(b.held[&id].set_aside[0].code, "locked");
    assert_eq!(b.held[&id].status(), Status::Submitted);
    b.act(&id, Act::Withdraw("Đổi ý".into())).unwrap();
    assert_eq!(b.sync(&mut hub), [Verdict::Accepted]);
    assert_eq!(hub.status(&id), Status::Withdrawn);
}

#[test]
fn a_supplement_opens_what_was_asked_for_and_moves_the_due_date() {
    let mut hub = Hub::open();
    let (mut a, id) = submitted(&mut hub);
    let before = hub.state(&id).events.len();
    hub.officer(&id, ask_for(&["applicant_name"])).unwrap();
    a.mend_the_name(&mut hub, &id);
    hub.now = hub.now.plus_seconds(3 * 86_400);
    assert_eq!(a.sync(&mut hub), [Verdict::Accepted, Verdict::Accepted]);
    let dossier::event::What::Supplemented(_, _, dues) = &hub.state(&id).events[before + 1].what else { panic!() };
    assert!(dues.iter().all(|d| Some(d.new) > d.old), "{dues:?}");
}

#[test]
fn an_officer_accepts_and_the_phone_shows_code_and_date() {
    let mut hub = Hub::open();
    let (mut a, id) = submitted(&mut hub);
    hub.officer(&id, Command::Accept).unwrap();
    a.sync(&mut hub);
    let acceptance = a.held[&id].course().acceptance.unwrap();
    assert_eq!(acceptance.code.serial(), 1);
    assert!(acceptance.due.new > hub.now);
    assert_eq!(hub.officer(&id, Command::Accept).unwrap_err().code, "wrong_status");
}

#[test]
fn a_withdrawn_dossier_cannot_be_accepted() {
    let mut hub = Hub::open();
    let (mut a, id) = submitted(&mut hub);
    a.act(&id, Act::Withdraw(String::new())).unwrap();
    a.sync(&mut hub);
    assert_eq!(hub.officer(&id, Command::Accept).unwrap_err().code, "ended");
}

#[test]
fn a_phone_restored_from_a_backup_goes_on_in_a_new_epoch() {
    let mut hub = Hub::open();
    let mut a = Phone::of(&mut hub, 1, 1);
    let id = a.draft(1);
    a.set_online(&mut hub, &id, "applicant_name", "Một");
    let backup = a.held[&id].clone();
    a.set_online(&mut hub, &id, "applicant_name", "Hai");
    a.held.insert(id, backup);
    a.set(&id, "applicant_name", "Ba").unwrap();
    assert!(matches!(a.sync(&mut hub)[..], [Verdict::Forked(0, 2, _)]));
    assert_eq!(a.sync(&mut hub), [Verdict::Accepted]);
}

/// Characters without a pattern, so that no compression makes them few bytes.
fn without_pattern(state: &mut u32) -> String {
    let mut random = || {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from_u32(0x4e00 + (*state >> 16) % 0x5000).unwrap()
    };
    (0..10_000).map(|_| random()).collect()
}

#[test]
fn a_dossier_of_more_than_a_mebibyte_reaches_the_other_phone() {
    let mut hub = Hub::open();
    let (mut a, mut b) = (Phone::of(&mut hub, 1, 1), Phone::of(&mut hub, 1, 2));
    let id = a.draft(1);
    let mut state = 1;
    for n in 0..45 {
        a.set(&id, "purpose_other", &without_pattern(&mut state)).unwrap();
        if n % 15 == 14 {
            a.sync(&mut hub);
        }
    }
    assert!(hub.state(&id).document.unwrap().len() > 1024 * 1024);
    b.sync(&mut hub);
    assert_eq!(a.held[&id].projection().unwrap(), b.held[&id].projection().unwrap());
}

/// A phone whose edit came after the other one had handed in.
fn with_an_edit_set_aside(hub: &mut Hub) -> (Phone, dossier::ids::DossierId) {
    let (mut a, mut b, id) = two_phones_with_one_draft(hub);
    b.set(&id, "applicant_name", "Muộn").unwrap();
    a.submit(&id).unwrap();
    a.sync(hub);
    b.sync(hub);
    (b, id)
}

#[test]
fn an_edit_that_was_set_aside_is_brought_back_when_the_office_asks_for_it() {
    let mut hub = Hub::open();
    let (mut phone, id) = with_an_edit_set_aside(&mut hub);
    assert!(!phone.can_bring_back(&id));
    assert_eq!(phone.bring_back(&id).unwrap_err().code, "locked");
    assert_eq!(phone.held[&id].set_aside.len(), 1);
    hub.officer(&id, ask_for(&["applicant_name"])).unwrap();
    phone.sync(&mut hub);
    assert!(phone.can_bring_back(&id));
    phone.bring_back(&id).unwrap();
    assert!(phone.held[&id].set_aside.is_empty());
    assert_eq!(phone.value(&id, "applicant_name"), [Value::from("Muộn")]);
    assert_eq!(phone.sync(&mut hub), [Verdict::Accepted]);
}

fn said(phone: &Phone, id: &dossier::ids::DossierId, n: usize, differing: &str) -> String {
    phone.held[id].aside_sentence(n, differing).unwrap().say(dossier::sentence::Language::English)
}

#[test]
fn when_two_phones_hand_in_the_same_the_second_is_told_and_asked_for_nothing() {
    let mut hub = Hub::open();
    let (mut a, mut b, id) = two_phones_with_one_draft(&mut hub);
    a.submit(&id).unwrap();
    b.submit(&id).unwrap();
    a.sync(&mut hub);
    hub.now = hub.now.plus_seconds(3600);
    assert_eq!(b.sync(&mut hub), [Verdict::Refused("wrong_status".into())]);
    assert_eq!(b.held[&id].set_aside.len(), 1);
    assert_eq!(b.held[&id].to_see_to(), 0);
    let told = said(&b, &id, 0, "");
    assert!(told.contains("another of your devices at 08:00 23/11/2026, with the same content"), "{told}");
    // It goes by itself with the office's next step.
    hub.officer(&id, Command::Accept).unwrap();
    b.sync(&mut hub);
    assert!(b.held[&id].set_aside.is_empty());
}

/// The edit stands aside with its own reason; the handing-in asks for nothing beside it.
#[test]
fn when_the_second_phone_would_have_handed_in_something_else_it_is_kept_and_told() {
    let mut hub = Hub::open();
    let (mut a, mut b, id) = two_phones_with_one_draft(&mut hub);
    a.submit(&id).unwrap();
    b.set(&id, "applicant_name", "Trần Thị Ví Dụ").unwrap();
    b.submit(&id).unwrap();
    a.sync(&mut hub);
    b.sync(&mut hub);
    assert_eq!([0, 1].map(|n| b.held[&id].set_aside[n].code.as_str()), ["locked", "content_changed"]);
    assert_eq!((b.held[&id].needs_seeing_to(0), b.held[&id].needs_seeing_to(1)), (true, false));
    let told = said(&b, &id, 1, "Name");
    assert!(told.contains("differs in: Name") && told.contains("is kept"), "{told}");
    assert!(b.held[&id].push().is_none(), "it is not sent again");
    hub.officer(&id, Command::Accept).unwrap();
    b.sync(&mut hub);
    assert_eq!(b.held[&id].set_aside.len(), 2, "what differs stays until it is seen to");
}

#[test]
fn a_difference_that_reached_the_server_before_the_other_phone_handed_in_is_still_told() {
    let mut hub = Hub::open();
    let (mut a, mut b, id) = two_phones_with_one_draft(&mut hub);
    a.submit(&id).unwrap();
    b.set(&id, "applicant_name", "Trần Thị Ví Dụ").unwrap();
    b.sync(&mut hub);
    b.submit(&id).unwrap();
    // The first phone's handing-in speaks of what it saw, without the second's edit.
    a.sync(&mut hub);
    assert_eq!(hub.status(&id), Status::Submitted);
    b.sync(&mut hub);
    assert_eq!(b.held[&id].to_see_to(), 1);
    assert!(said(&b, &id, 0, "").contains("at 08:00 23/11/2026. What you changed"), "{}", said(&b, &id, 0, ""));
}
