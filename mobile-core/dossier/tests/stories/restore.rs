//! The hub's database was put back from a backup: phones bring back what it lost.

use crate::world::{Hub, Phone, submitted};
use dossier::decide::Command;
use dossier::ids::{ChangeHash, DossierId};
use dossier::layout::Value;
use dossier::status::Status;

fn heads(hub: &Hub, id: &DossierId) -> Vec<ChangeHash> {
    dossier::document::Document::load(&hub.state(id).document.unwrap()).unwrap().heads()
}

fn ask_for_the_name() -> Command {
    let (reason, fields) = ("Họ tên chưa rõ".into(), vec!["applicant_name".into()]);
    Command::RequestSupplement { reason, fields, components: vec![], working_days: 5 }
}

#[test]
fn a_draft_that_the_hub_never_heard_of_again_is_born_again_as_it_was() {
    let mut hub = Hub::open();
    let mut a = Phone::of(&mut hub, 1, 1);
    a.sync(&mut hub);
    let backup = hub.backup();
    let id = a.draft(1);
    a.set(&id, "applicant_name", "Một").unwrap();
    a.sync(&mut hub);
    a.set(&id, "applicant_name", "Hai").unwrap();
    a.sync(&mut hub);
    let before = heads(&hub, &id);
    a.set(&id, "applicant_name", "Ba").unwrap();
    hub.restore(backup);
    a.sync_until_quiet(&mut hub);
    assert_eq!(a.value(&id, "applicant_name"), [Value::from("Ba")]);
    assert_ne!(heads(&hub, &id), before, "what was never sent went too");
    assert!(a.held[&id].refill.is_none() && a.held[&id].outbox.is_empty() && a.held[&id].epoch == 0);
}

#[test]
fn what_the_office_had_said_happens_again_as_it_was_with_its_code_and_dates() {
    let mut hub = Hub::open();
    let (mut a, id) = submitted(&mut hub);
    let backup = hub.backup();
    hub.officer(&id, ask_for_the_name()).unwrap();
    a.sync(&mut hub);
    a.set(&id, "applicant_name", "Nguyễn Văn Rõ Ràng").unwrap();
    a.supplement(&id).unwrap();
    a.sync(&mut hub);
    hub.officer(&id, Command::Accept).unwrap();
    a.sync(&mut hub);
    let (events, before) = (hub.state(&id).events, heads(&hub, &id));
    hub.restore(backup);
    hub.now = hub.now.plus_seconds(86_400);
    a.sync_until_quiet(&mut hub);
    assert_eq!((hub.state(&id).events, heads(&hub, &id)), (events.clone(), before));
    assert!(a.held[&id].refill.is_none() && a.held[&id].events == events && a.held[&id].set_aside.is_empty());
}

#[test]
fn an_edit_that_had_come_in_before_the_handing_in_comes_in_again_after_it() {
    let mut hub = Hub::open();
    let backup = hub.backup();
    let (mut a, mut b) = (Phone::of(&mut hub, 1, 1), Phone::of(&mut hub, 1, 2));
    let id = a.draft(1);
    let papers = a.fill(&id);
    a.sync(&mut hub);
    b.sync(&mut hub);
    papers.iter().for_each(|paper| hub.store_paper(&id, *paper));
    // Admitted while the dossier was a draft; the other phone hands in without having seen it.
    b.set(&id, "purpose_other", "Muộn").unwrap();
    b.sync(&mut hub);
    a.submit(&id).unwrap();
    a.sync(&mut hub);
    b.sync(&mut hub);
    let (events, before) = (hub.state(&id).events, heads(&hub, &id));
    hub.restore(backup);
    a.sync_until_quiet(&mut hub);
    papers.iter().for_each(|paper| hub.store_paper(&id, *paper));
    a.sync_until_quiet(&mut hub);
    b.sync_until_quiet(&mut hub);
    assert_eq!((hub.state(&id).events, heads(&hub, &id)), (events, before));
    assert!(b.held[&id].set_aside.is_empty() && b.held[&id].refill.is_none());
}

#[test]
fn an_old_copy_of_a_phone_finds_its_way_into_the_new_life() {
    let mut hub = Hub::open();
    let mut a = Phone::of(&mut hub, 1, 1);
    let id = a.draft(1);
    a.set(&id, "applicant_name", "Một").unwrap();
    a.sync(&mut hub);
    let (backup, old, reading) = (hub.backup(), a.held.clone(), a.reading);
    a.set(&id, "applicant_name", "Hai").unwrap();
    a.sync(&mut hub);
    hub.restore(backup);
    a.sync_until_quiet(&mut hub);
    assert_eq!(a.value(&id, "applicant_name"), [Value::from("Hai")]);
    // The phone, too, is put back, and goes on in a place that it has written before.
    (a.held, a.reading) = (old, reading);
    a.set(&id, "purpose_other", "Ba").unwrap();
    a.sync_until_quiet(&mut hub);
    assert_eq!(a.value(&id, "applicant_name"), [Value::from("Hai")]);
    assert_eq!(a.value(&id, "purpose_other"), [Value::from("Ba")]);
    assert!(a.held[&id].outbox.is_empty() && a.held[&id].refill.is_none() && a.held[&id].epoch > 0);
}

#[test]
fn everything_is_lost_and_comes_back_when_each_phone_has_come() {
    let mut hub = Hub::open();
    let backup = hub.backup();
    let (mut a, id) = submitted(&mut hub);
    let mut b = Phone::of(&mut hub, 1, 2);
    b.sync(&mut hub);
    hub.officer(&id, ask_for_the_name()).unwrap();
    b.sync(&mut hub);
    b.set(&id, "applicant_name", "Nguyễn Văn Rõ Ràng").unwrap();
    b.supplement(&id).unwrap();
    b.sync(&mut hub);
    let (papers, events, before) = (hub.state(&id).papers, hub.state(&id).events, heads(&hub, &id));
    hub.restore(backup);
    b.sync_until_quiet(&mut hub);
    assert!(hub.state(&id).birth.is_none() && b.held[&id].waits_for_others() == 2, "it stands on the other's changes");
    assert_eq!(b.held[&id].told_before(), events, "and shows what it was told");
    a.sync_until_quiet(&mut hub);
    papers.iter().for_each(|paper| hub.store_paper(&id, *paper));
    a.sync_until_quiet(&mut hub);
    b.sync_until_quiet(&mut hub);
    a.sync_until_quiet(&mut hub);
    assert_eq!((hub.state(&id).events, heads(&hub, &id)), (events, before));
    assert!(a.held[&id].refill.is_none() && b.held[&id].refill.is_none());
}

#[test]
fn who_does_not_wait_for_the_other_phone_brings_its_changes_as_own_ones() {
    let mut hub = Hub::open();
    let backup = hub.backup();
    let (mut a, mut b) = (Phone::of(&mut hub, 1, 1), Phone::of(&mut hub, 1, 2));
    let id = a.draft(1);
    a.set(&id, "applicant_name", "Một").unwrap();
    a.sync(&mut hub);
    b.sync(&mut hub);
    b.set(&id, "purpose_other", "Hai").unwrap();
    b.sync(&mut hub);
    let before = b.held[&id].projection().unwrap();
    hub.restore(backup);
    b.sync_until_quiet(&mut hub);
    assert_eq!(b.held[&id].waits_for_others(), 1);
    let device = b.device.thumbprint;
    assert_eq!(b.held.get_mut(&id).unwrap().go_on_without(&device), Ok(0));
    b.sync_until_quiet(&mut hub);
    assert!(b.held[&id].outbox.is_empty() && b.held[&id].refill.is_none());
    // The other one comes after all: its changes stand beside, and both read the same.
    a.sync_until_quiet(&mut hub);
    b.sync_until_quiet(&mut hub);
    for phone in [&a, &b] {
        assert_eq!(phone.held[&id].projection().unwrap().form, before.form);
    }
}

#[test]
fn without_the_hub_s_word_the_acts_are_judged_anew_and_nothing_is_dropped() {
    let mut hub = Hub::open();
    let (mut a, id) = submitted(&mut hub);
    let backup = hub.backup();
    hub.officer(&id, ask_for_the_name()).unwrap();
    a.sync(&mut hub);
    a.set(&id, "applicant_name", "Nguyễn Văn Rõ Ràng").unwrap();
    a.supplement(&id).unwrap();
    a.sync(&mut hub);
    a.standings.clear();
    hub.restore(backup);
    for _ in 0..3 {
        a.sync(&mut hub);
        a.standings.clear();
    }
    assert_eq!(hub.status(&id), Status::Submitted);
    let replica = &a.held[&id];
    assert_eq!((replica.set_aside.len(), replica.outbox.len()), (2, 0), "kept until the office asks again");
    assert_eq!(replica.told_before().len(), 2);
    hub.officer(&id, ask_for_the_name()).unwrap();
    hub.officer(&id, Command::Resume { note: String::new() }).unwrap();
    a.sync(&mut hub);
    assert!(a.held[&id].told_before().is_empty(), "the office has come as far");
}

#[test]
fn another_s_word_or_a_word_that_does_not_go_on_takes_nothing_back() {
    let mut hub = Hub::open();
    let (mut a, id) = submitted(&mut hub);
    let backup = hub.backup();
    hub.officer(&id, Command::Accept).unwrap();
    a.sync(&mut hub);
    hub.restore(backup);
    // The office has gone another way before the phone came.
    hub.officer(&id, Command::Refuse { reason: "Không thuộc thẩm quyền".into() }).unwrap();
    a.sync_until_quiet(&mut hub);
    assert_eq!(hub.status(&id), Status::Refused);
    assert!(a.held[&id].refill.is_none() && a.held[&id].status() == Status::Refused);
}
