//! One hostile device at 200 requests a second, beside honest phones that synchronise at a steady rate: what these wait,
//! and what goes wrong for them, before, during and after, in one table.

mod device;

use super::hub::Hub;
use super::phone::Phone;
use super::{cpu, form, phone};
use device::{Answers, Device};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Each of another citizen.
const HONEST: u32 = 10;
/// Between two exchanges of one honest phone.
const EVERY: Duration = Duration::from_secs(2);
/// Requests a second.
const RATE: u32 = 200;
const PHASES: [&str; 3] = ["before", "during", "after"];
/// What the phase is called when all is over.
const OVER: usize = PHASES.len();

/// One exchange of an honest phone.
struct Exchange {
    phase: usize,
    milliseconds: f64,
    /// What the phone was told instead of an answer.
    error: Option<String>,
}

/// The attack lasts so long; before and after it, half of that is watched.
pub(crate) fn run(seconds: u64) -> ExitCode {
    let hub = Hub::start_as_users_do();
    let device = Device::enrol(&hub, HONEST + 1);
    let phones: Vec<Phone> = (1..=HONEST).map(|citizen| Phone::of(&hub, citizen)).collect();
    let (phase, seen) = (Arc::new(AtomicUsize::new(0)), Arc::<Mutex<Vec<Exchange>>>::default());
    let honest: Vec<_> =
        (0..HONEST).zip(phones).map(|(n, phone)| work(n, phone, phase.clone(), seen.clone())).collect();
    let during = Duration::from_secs(seconds);
    let mut busy = [0.0; 3];
    let mut answers = Answers::default();
    for (now, busy) in busy.iter_mut().enumerate() {
        phase.store(now, Ordering::SeqCst);
        let (before, begun) = (cpu::of_process(hub.pid()), Instant::now());
        match PHASES[now] {
            "during" => answers = device.attack(RATE, during),
            _ => std::thread::sleep(during / 2),
        }
        let elapsed = begun.elapsed().as_secs_f64() * 1e3;
        *busy = 100.0 * (cpu::of_process(hub.pid()) - before) / elapsed;
    }
    phase.store(OVER, Ordering::SeqCst);
    honest.into_iter().for_each(|thread| thread.join().expect("an honest phone tells what went wrong"));
    table(&held(&seen), &busy);
    answers.tell();
    ExitCode::SUCCESS
}

/// An honest phone: another answer in a field, and an exchange, at its moment of every two seconds.
fn work(
    number: u32,
    phone: Phone,
    phase: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<Exchange>>>,
) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let id = phone::draft(&phone.client, form::TWENTY_FIELDS, u64::from(number));
        let mut due = Instant::now() + EVERY * number / HONEST;
        for n in 0.. {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let now = phase.load(Ordering::SeqCst);
            if now == OVER {
                return;
            }
            let answers = form::filled(form::procedure(form::TWENTY_FIELDS), &mut form::seeded(n));
            phone::set(&phone.client, &id, &answers[..1]);
            let begun = Instant::now();
            let error = phone.try_sync().err();
            let milliseconds = begun.elapsed().as_secs_f64() * 1e3;
            held(&seen).push(Exchange { phase: now, milliseconds, error });
            due += EVERY;
        }
    })
}

fn table(seen: &[Exchange], busy: &[f64; 3]) {
    println!("{HONEST} honest phones, an exchange each {} s; one hostile device, {RATE} requests/s", EVERY.as_secs());
    println!(
        "{:8} {:>9} {:>6} {:>8} {:>8} {:>8} {:>10}",
        "", "exchanges", "errors", "p50 ms", "p99 ms", "max ms", "server CPU"
    );
    for (phase, name) in PHASES.iter().enumerate() {
        let of: Vec<&Exchange> = seen.iter().filter(|exchange| exchange.phase == phase).collect();
        let mut times: Vec<f64> = of.iter().map(|exchange| exchange.milliseconds).collect();
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times.get(((times.len() as f64 * share).ceil() as usize).saturating_sub(1));
        let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| at(share).copied().unwrap_or(f64::NAN));
        let errors = of.iter().filter(|exchange| exchange.error.is_some()).count();
        let (count, busy) = (of.len(), busy[phase]);
        println!("{name:8} {count:>9} {errors:>6} {p50:>8.1} {p99:>8.1} {max:>8.1} {busy:>8.0} %");
    }
    seen.iter().filter_map(|exchange| exchange.error.as_ref()).for_each(|error| println!("error {error}"));
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
