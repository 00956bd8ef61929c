//! Power cuts: the server is killed at random moments of several stories that are told at the same time, and the phone's
//! program at random moments of a command, and both go on from their disks. What was acknowledged is there, what happened
//! happened once, numbers have no gaps, and `hoso verify` finds nothing altered. `HOSO_SEED` repeats the choice of
//! moments, `HOSO_KILLS` says how often the server is killed.

use crate::harness::{Hub, Phone};
use crate::world::{Ending, Fate, Fates, Kills, World, fields, photo};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

/// How often the server is killed, if nobody says otherwise.
const SERVER_KILLS: usize = 50;
/// How often the phone's program is.
const PHONE_KILLS: usize = 40;
/// In microseconds; longer than most requests take in a debug build.
const REQUEST: u64 = 12_000;
/// Whose phones tell stories at the same time, each with an officer and a courier; one person has two phones.
const TELLERS: [&str; 4] = ["an", "an", "binh", "dung"];
/// One request in so many orders a kill.
const SELDOM: u64 = 8;
/// Changes of one story: form, paper, submission, another name, supplement, choice of the post.
const CHANGES: usize = 6;

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

    /// Others, which fall as these say.
    fn split(&mut self) -> Self {
        Self(self.below(u64::MAX))
    }

    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// One teller's stories: official codes with how they ended.
type Told = Vec<(String, Ending)>;

#[test]
fn a_server_killed_at_random_points_under_load_loses_nothing_and_doubles_nothing() {
    let kills = std::env::var("HOSO_KILLS").map_or(SERVER_KILLS, |n| n.parse().expect("HOSO_KILLS is a number"));
    let mut dice = Dice::new("server");
    let hub = Arc::new(Mutex::new(Hub::start()));
    let ordered = Arc::new(AtomicUsize::new(0));
    let (order, orders) = mpsc::channel();
    let teller = |called: &'static str| {
        let (hub, ordered, order, dice) = (hub.clone(), ordered.clone(), order.clone(), dice.split());
        std::thread::spawn(move || tell(called, hub, order, (ordered, kills), dice))
    };
    let tellers: Vec<_> = TELLERS.map(teller).into();
    drop(order);
    // Until the last teller has gone.
    let mut killed = 0;
    for after in orders {
        std::thread::sleep(after);
        let mut hub = hub.lock().unwrap_or_else(PoisonError::into_inner);
        hub.kill();
        hub.up();
        killed += 1;
    }
    let told: Vec<(Told, usize)> = tellers.into_iter().map(|t| t.join().expect("it told what failed")).collect();
    let changes: usize = told.iter().map(|(_, changes)| changes).sum();
    let ends: Told = told.into_iter().flat_map(|(ends, _)| ends).collect();
    happened_once(&ends);
    let said = hub.lock().unwrap_or_else(PoisonError::into_inner).hoso(&["verify"]);
    assert!(said.ok, "{}{}", said.out, said.err);
    let events: usize = ends.iter().map(|(_, ending)| ending.events.len()).sum();
    let all = (killed, ends.len(), changes, events);
    let (killed, dossiers, changes, events) = all;
    eprintln!(
        "{killed} kills, {dossiers} dossiers: 0 of {changes} acknowledged changes lost, 0 of {events} events doubled"
    );
    eprintln!("hoso verify: {}", said.out.trim());
    assert!(killed >= kills);
}

/// Tells stories until the server has been killed often enough, one more in peace, and reads all of them anew.
fn tell(
    called: &'static str,
    hub: Arc<Mutex<Hub>>,
    order: Kills,
    (ordered, most): (Arc<AtomicUsize>, usize),
    mut dice: Dice,
) -> (Told, usize) {
    let so_far = ordered.clone();
    let fates: Fates = Box::new(move |_| {
        let kills = dice.below(SELDOM) == 0 && so_far.fetch_add(1, Ordering::Relaxed) < most;
        if kills { Fate::Kills(Duration::from_micros(dice.below(REQUEST))) } else { Fate::Arrives }
    });
    let mut world = World::open_on(hub, called, fates, Some(order));
    let mut ends = Vec::new();
    while ordered.load(Ordering::Relaxed) < most {
        ends.push(world.tell());
    }
    ends.push(world.tell());
    let mut changes = 0;
    for (id, theirs) in world.told().iter().zip(world.as_a_new_phone_reads(world.told())) {
        let mine = world.detail(id);
        assert_eq!(fields(&mine), fields(&theirs), "what was acknowledged is what the server has");
        assert!(mine.timeline == theirs.timeline && mine.card.code == theirs.card.code);
        assert_eq!(mine.card.unsent, 0);
        changes += CHANGES;
    }
    (ends, changes)
}

/// Every story ended as every other one, and official codes have no gaps.
fn happened_once(ends: &Told) {
    for (code, ending) in ends {
        let numbers: Vec<u64> = ending.events.iter().map(|(seq, _)| *seq).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "{code}: events have no gaps");
        assert_eq!(ending, &ends[0].1, "{code}: nothing twice, nothing missing");
    }
    // A unit counts anew each day, and a test may see midnight.
    let mut serials: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (day, serial) in ends.iter().filter_map(|(code, _)| code.rsplit_once('-')) {
        serials.entry(day).or_default().push(serial.parse().expect("a serial is a number"));
    }
    for (day, taken) in &mut serials {
        taken.sort_unstable();
        assert_eq!(*taken, (1..=taken.len() as u32).collect::<Vec<_>>(), "{day}: official codes have no gaps");
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
