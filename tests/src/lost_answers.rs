//! A line that loses everything once: each request on its way, or each answer on its way back. The story ends as on a
//! good line.

use crate::world::{Ending, Fate, World};
use std::collections::BTreeMap;

/// What becomes of a request that is sent for the first, second, … time; after that it arrives.
fn told_over(turns: &'static [fn() -> Fate]) -> Ending {
    let mut seen: BTreeMap<(String, String, Vec<u8>), usize> = BTreeMap::new();
    let mut world = World::open(Box::new(move |request| {
        let sent = seen.entry((request.method.clone(), request.url.clone(), request.body.clone())).or_default();
        *sent += 1;
        turns.get(*sent - 1).map_or(Fate::Arrives, |turn| turn())
    }));
    let (_, ending) = world.tell();
    ending
}

#[test]
fn every_answer_and_every_request_may_be_lost_and_the_story_ends_the_same() {
    let good = told_over(&[]);
    assert_eq!(good.status, 10);
    assert_eq!(good.on_the_phone, (good.events.len(), 0, 0));
    assert_eq!(told_over(&[|| Fate::AnswerLost]), good);
    assert_eq!(told_over(&[|| Fate::RequestLost]), good);
    assert_eq!(told_over(&[|| Fate::RequestLost, || Fate::AnswerLost, || Fate::AnswerLost]), good);
}
