//! The hub's database was put back from a backup: phones bring back what it lost.

use crate::world::{Hub, Phone, all_sync_until_quiet, ask_for, submitted, two_phones_with_one_draft};
use dossier::decide::Command;
use dossier::layout::Value;
use dossier::status::Status;

fn ask_for_the_name() -> Command {
    ask_for(&["applicant_name"])
}

#[test]
fn a_draft_that_the_hub_never_heard_of_again_is_born_again_as_it_was() {
    let mut hub = Hub::open();
    let mut a = Phone::of(&mut hub, 1, 1);
    a.sync(&mut hub);
    let backup = hub.backup();
    let id = a.draft(1);
    a.set_online(&mut hub, &id, "applicant_name", "Một");
    a.set_online(&mut hub, &id, "applicant_name", "Hai");
    let before = hub.story(&id);
    a.set(&id, "applicant_name", "Ba").unwrap();
    hub.restore(backup);
    a.sync_until_quiet(&mut hub);
    assert_eq!(a.value(&id, "applicant_name"), [Value::from("Ba")]);
    assert_ne!(hub.story(&id).1, before.1, "what was never sent went too");
    assert!(a.held[&id].refill.is_none() && a.held[&id].outbox.is_empty() && a.held[&id].epoch == 0);
}

#[test]
fn what_the_office_had_said_happens_again_as_it_was_with_its_code_and_dates() {
    let mut hub = Hub::open();
    let (mut a, id) = submitted(&mut hub);
    let backup = hub.backup();
    hub.officer(&id, ask_for_the_name()).unwrap();
    a.mend_the_name_online(&mut hub, &id);
    hub.officer(&id, Command::Accept).unwrap();
    a.sync(&mut hub);
    let before = hub.story(&id);
    hub.restore(backup);
    hub.now = hub.now.plus_seconds(86_400);
    a.sync_until_quiet(&mut hub);
    assert_eq!(hub.story(&id), before);
    assert!(a.held[&id].refill.is_none() && a.held[&id].events == before.0 && a.held[&id].set_aside.is_empty());
}

/// Admitted while the dossier was a draft; the other phone hands in without having seen it.
#[test]
fn an_edit_that_had_come_in_before_the_handing_in_comes_in_again_after_it() {
    let mut hub = Hub::open();
    let (mut a, mut b, id) = two_phones_with_one_draft(&mut hub);
    b.set_online(&mut hub, &id, "purpose_other", "Muộn");
    a.submit(&id).unwrap();
    a.sync(&mut hub);
    b.sync(&mut hub);
    let (papers, before) = (hub.state(&id).papers, hub.story(&id));
    hub.restore(Hub::open().backup());
    a.sync_until_quiet(&mut hub);
    hub.store_papers(&id, papers);
    all_sync_until_quiet(&mut hub, [&mut a, &mut b]);
    assert_eq!(hub.story(&id), before);
    assert!(b.held[&id].set_aside.is_empty() && b.held[&id].refill.is_none());
}

/// The phone, too, is put back, and goes on in a place that it has written before.
#[test]
fn an_old_copy_of_a_phone_finds_its_way_into_the_new_life() {
    let mut hub = Hub::open();
    let mut a = Phone::of(&mut hub, 1, 1);
    let id = a.draft(1);
    a.set_online(&mut hub, &id, "applicant_name", "Một");
    let (backup, old, reading) = (hub.backup(), a.held.clone(), a.reading);
    a.set_online(&mut hub, &id, "applicant_name", "Hai");
    hub.restore(backup);
    a.sync_until_quiet(&mut hub);
    assert_eq!(a.value(&id, "applicant_name"), [Value::from("Hai")]);
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
    let (mut a, id) = submitted(&mut hub);
    let mut b = Phone::of(&mut hub, 1, 2);
    hub.officer(&id, ask_for_the_name()).unwrap();
    b.mend_the_name_online(&mut hub, &id);
    let (papers, before) = (hub.state(&id).papers, hub.story(&id));
    hub.restore(Hub::open().backup());
    b.sync_until_quiet(&mut hub);
    assert!(hub.state(&id).birth.is_none() && b.held[&id].waits_for_others() == 2, "it stands on the other's changes");
    assert_eq!(b.held[&id].told_before(), before.0, "and shows what it was told");
    a.sync_until_quiet(&mut hub);
    hub.store_papers(&id, papers);
    all_sync_until_quiet(&mut hub, [&mut a, &mut b]);
    assert_eq!(hub.story(&id), before);
    assert!(a.held[&id].refill.is_none() && b.held[&id].refill.is_none());
}

/// The other one comes after all: its changes stand beside, and both read the same.
#[test]
fn who_does_not_wait_for_the_other_phone_brings_its_changes_as_own_ones() {
    let mut hub = Hub::open();
    let (mut a, mut b) = (Phone::of(&mut hub, 1, 1), Phone::of(&mut hub, 1, 2));
    let id = a.draft(1);
    a.set_online(&mut hub, &id, "applicant_name", "Một");
    b.sync(&mut hub);
    b.set_online(&mut hub, &id, "purpose_other", "Hai");
    let before = b.form(&id);
    hub.restore(Hub::open().backup());
    b.sync_until_quiet(&mut hub);
    assert_eq!(b.held[&id].waits_for_others(), 1);
    assert_eq!(b.held.get_mut(&id).unwrap().go_on_without(&b.device.thumbprint), Ok(0));
    b.sync_until_quiet(&mut hub);
    assert!(b.held[&id].outbox.is_empty() && b.held[&id].refill.is_none());
    all_sync_until_quiet(&mut hub, [&mut a, &mut b]);
    assert_eq!([a.form(&id), b.form(&id)], [before.clone(), before]);
}

/// A phone that keeps nothing of what the hub signed.
fn sync_without_the_hub_s_word(phone: &mut Phone, hub: &mut Hub) {
    for _ in 0..3 {
        phone.standings.clear();
        phone.sync(hub);
    }
    phone.standings.clear();
}

#[test]
fn without_the_hub_s_word_the_acts_are_judged_anew_and_nothing_is_dropped() {
    let mut hub = Hub::open();
    let (mut a, id) = submitted(&mut hub);
    let backup = hub.backup();
    hub.officer(&id, ask_for_the_name()).unwrap();
    a.mend_the_name_online(&mut hub, &id);
    hub.restore(backup);
    sync_without_the_hub_s_word(&mut a, &mut hub);
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
