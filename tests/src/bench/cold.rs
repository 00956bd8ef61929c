//! A new phone of a citizen who has 1,000 dossiers: what it costs to get them all, both ways, for each dossier.

use super::hub::Hub;
use super::phone::{self, Phone};
use super::{figure, form};

const DOSSIERS: usize = 1_000;

/// Drafts of 20 fields.
pub(crate) fn drafts() {
    let hub = Hub::start();
    let writer = Phone::of(&hub, 1);
    (0..DOSSIERS).for_each(|n| _ = phone::draft(&writer.client, form::TWENTY_FIELDS, n as u64));
    writer.settle();
    fetch(&hub, "cold_draft");
}

/// Handed in: 20 fields, 3 papers, 1 event.
pub(crate) fn submitted() {
    let hub = Hub::start();
    let writer = Phone::of(&hub, 1);
    for n in 0..DOSSIERS as u64 {
        let id = phone::draft(&writer.client, form::TWENTY_FIELDS, n);
        phone::add_papers(&writer.client, &id, form::TWENTY_FIELDS, n);
        phone::submit(&writer.client, &id);
    }
    writer.settle();
    fetch(&hub, "cold_submitted");
}

fn fetch(hub: &Hub, name: &str) {
    let new = Phone::of(hub, 1);
    let (_, tally) = new.sync();
    let list = new.client.list().expect("the store is open");
    assert_eq!(list.cards.len(), DOSSIERS);
    assert!(list.cards.iter().all(|card| card.status == u8::from(name == "cold_submitted")));
    let each = |bytes: usize| bytes as f64 / DOSSIERS as f64;
    figure(name, each(tally.up + tally.down - tally.bytes_beside), "B");
    if name == "cold_submitted" {
        figure("cold_submitted_proofs", each(tally.bytes_beside), "B");
    }
}
