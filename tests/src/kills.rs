//! Power cuts: the server is killed at random moments of a story and the phone's program at random moments of a command,
//! and both go on from their disks. What was acknowledged is there, what happened happened once, and numbers have no
//! gaps. `HOSO_SEED` repeats the choice of moments.

use crate::harness::{Hub, Phone};
use crate::world::{Ending, Fate, World, fields, photo};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How often the server is killed.
const SERVER_KILLS: usize = 50;
/// How often the phone's program is.
const PHONE_KILLS: usize = 40;
/// In microseconds; longer than most requests take in a debug build.
const REQUEST: u64 = 12_000;

/// SplitMix64: random enough to choose moments, and repeatable.
struct Dice(u64);

impl Dice {
    fn new(test: &str) -> Self {
        let given = std::env::var("HOSO_SEED").ok().and_then(|seed| seed.parse().ok());
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let seed = given.unwrap_or(since.as_micros() as u64);
        eprintln!("{test}: HOSO_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

#[test]
fn a_server_killed_at_fifty_random_points_loses_nothing_and_doubles_nothing() {
    let mut dice = Dice::new("server");
    let killed = Arc::new(AtomicUsize::new(0));
    let count = killed.clone();
    let mut world = World::open(Box::new(move |_| {
        if count.load(Ordering::Relaxed) < SERVER_KILLS && dice.below(3) == 0 {
            count.fetch_add(1, Ordering::Relaxed);
            return Fate::Kills(Duration::from_micros(dice.below(REQUEST)));
        }
        Fate::Arrives
    }));
    let mut ends: Vec<(String, Ending)> = Vec::new();
    while killed.load(Ordering::Relaxed) < SERVER_KILLS {
        ends.push(world.tell());
    }
    ends.push(world.tell());

    let good = ends.last().map(|(_, ending)| (ending.events.len(), ending.status)).expect("at least one was told");
    for (code, ending) in &ends {
        let numbers: Vec<u64> = ending.events.iter().map(|(seq, _)| *seq).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "{code}: events have no gaps");
        assert_eq!((ending.events.len(), ending.status), good, "{code}: nothing twice, nothing missing");
        assert_eq!(ending, &ends[0].1, "{code}");
    }
    // A unit counts anew each day, and a test may see midnight.
    let mut serials: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (day, serial) in ends.iter().filter_map(|(code, _)| code.rsplit_once('-')) {
        serials.entry(day).or_default().push(serial.parse().expect("a serial is a number"));
    }
    for (day, taken) in &serials {
        assert_eq!(*taken, (1..=taken.len() as u32).collect::<Vec<_>>(), "{day}: official codes have no gaps");
    }
    for id in world.dossiers() {
        let (mine, theirs) = (world.detail(&id), world.as_a_new_phone_reads_it(&id));
        assert_eq!(fields(&mine), fields(&theirs), "what was acknowledged is what the server has");
        assert!(mine.timeline == theirs.timeline && mine.card.code == theirs.card.code);
    }
}

#[test]
fn a_phone_killed_at_random_moments_keeps_what_it_called_saved() {
    let mut dice = Dice::new("phone");
    let hub = Hub::start();
    let phone = hub.phone("an");
    let id = phone.says(&["draft", "2.000635"]).trim().to_owned();
    let begun = Instant::now();
    phone.says(&["--offline", "example", &id]);
    // What a command takes here and now, and half as much again.
    let command = begun.elapsed().as_micros() as u64 * 3 / 2;
    let mut saved = 0;
    for n in 1..=PHONE_KILLS {
        let value = format!("purpose=Lần {n}");
        let done = phone.run_until(Duration::from_micros(dice.below(command)), &["--offline", "set", &id, &value]);
        if done.is_some_and(|said| said.ok && said.out.contains("Đã lưu")) {
            saved = n;
        }
        if n % 8 == 0 {
            let shown = phone.says(&["--offline", "show", &id]);
            let there = |m| shown.contains(&format!("Lần {m} ")) || shown.contains(&format!("Lần {m}\n"));
            assert!(saved == 0 || (saved..=n).any(there), "saved {saved} of {n}:\n{shown}");
        }
        if n % 5 == 0 {
            let _ = phone.run_until(Duration::from_micros(dice.below(2 * command)), &["sync"]);
        }
    }
    hand_in(&mut dice, command, &phone, &id);
    assert!(saved > 0, "some were not killed");
    phone.says(&["sync"]);
    let desk = hub.officer("lan").get(&format!("/v1/office/dossiers/{id}")).json();
    assert_eq!(desk["events"].as_array().map(Vec::len), Some(1), "handed in once: {desk}");
    let other = hub.phone("an");
    other.says(&["sync"]);
    let (mine, theirs) = (phone.says(&["show", &id]), other.says(&["show", &id]));
    let form = |text: &str| text.split("Giấy tờ").next().map(str::to_owned);
    assert_eq!(form(&mine), form(&theirs), "the server has what the phone shows");
    assert!(mine.contains("Mới đăng ký"), "{mine}");
}

/// Paper, submission and exchange, each killed until it is done.
fn hand_in(dice: &mut Dice, command: u64, phone: &Phone, id: &str) {
    let file = phone.file("giay.jpg", &photo(1)).display().to_string();
    let shows = |text: &str| phone.says(&["--offline", "show", id]).contains(text);
    let mut killed = |arguments: &[&str], done: &dyn Fn() -> bool| {
        // Later and later, so that a slow machine comes to an end too.
        for turn in 1..100 {
            let _ = phone.run_until(Duration::from_micros(dice.below(turn * command)), arguments);
            if done() {
                return;
            }
        }
        panic!("{arguments:?} was never done");
    };
    killed(&["--offline", "paper", id, "identity", &file], &|| shows("giay.jpg"));
    // What was handed in is not handed in again: that tells that it was.
    killed(&["--offline", "submit", id], &|| phone.run(&["--offline", "submit", id]).code == 1);
    killed(&["sync"], &|| shows("Mới đăng ký"));
}
