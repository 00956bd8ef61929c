//! One synchronisation of a phone that holds 200 dossiers: 20 of them changed by it, 20 others by the citizen's other
//! phone.

use super::hub::Hub;
use super::phone::{self, Phone};
use super::{figure, form};
use rand::RngExt as _;

const DOSSIERS: usize = 200;
const CHANGED: usize = 20;

pub(crate) fn take() {
    let hub = Hub::start();
    let (one, other) = (Phone::of(&hub, 1), Phone::of(&hub, 1));
    let ids: Vec<String> = (0..DOSSIERS).map(|n| phone::draft(&one.client, form::TWENTY_FIELDS, n as u64)).collect();
    one.settle();
    other.settle();
    change(&other, &ids[CHANGED..2 * CHANGED], 1_001);
    other.settle();
    change(&one, &ids[..CHANGED], 1_002);
    let (view, tally) = one.sync();
    assert_eq!((view.accepted as usize, view.news as usize), (CHANGED, CHANGED));
    figure("exchange_round_trips", tally.requests as f64, "");
    figure("exchange_up", tally.up as f64, "B");
    figure("exchange_down", tally.down as f64, "B");
    figure("exchange_headers_up", tally.headers_up as f64, "B");
    figure("exchange_headers_down", tally.headers_down as f64, "B");
    let (view, tally) = one.sync();
    assert_eq!((view.sent, view.news, tally.requests), (0, 0, 1));
    figure("exchange_idle", (tally.up + tally.down) as f64, "B");
}

/// One random field of each dossier gets another answer.
fn change(phone: &Phone, ids: &[String], number: u64) {
    let mut rng = form::seeded(number);
    for id in ids {
        while unsent(phone, id) == 0 {
            let answers = form::filled(form::procedure(form::TWENTY_FIELDS), &mut rng);
            let at = rng.random_range(0..answers.len());
            phone::set(&phone.client, id, &answers[at..=at]);
        }
    }
}

/// The answer may have been the same as before: then nothing waits to be sent.
fn unsent(phone: &Phone, id: &str) -> u32 {
    let list = phone.client.list().expect("the store is open");
    list.cards.iter().find(|card| card.dossier == id).map_or(0, |card| card.unsent)
}
