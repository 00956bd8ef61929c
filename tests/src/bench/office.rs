//! What the server process costs: its CPU time for a handed-in dossier, its memory at rest, its size.

use super::hub::Hub;
use super::phone::{self, Phone};
use super::{cpu, figure, form};
use rand::RngExt as _;
use std::time::Duration;

const DOSSIERS: u64 = 100;
/// Not counted: the server's caches and pools fill.
const WARM_UP: u64 = 5;
/// All changes of a dossier, papers and the act included.
const CHANGES: usize = 40;

pub(crate) fn take() {
    let hub = Hub::start();
    let citizen = Phone::of(&hub, 1);
    hand_in(["server_submit_cpu", "server_receipt_cpu"], &hub, &citizen, form::WITHOUT_PAPERS, 0);
    hand_in(["server_submit_papers_cpu", ""], &hub, &citizen, form::TWENTY_FIELDS, 3);
    drop(hub);
    idle();
    binary();
}

/// Each dossier is written without network and handed over in one synchronisation; afterwards the phone asks for what
/// proves it, which is counted apart.
fn hand_in([name, receipt]: [&str; 2], hub: &Hub, citizen: &Phone, code: &str, papers: usize) {
    let (mut before, mut beside, mut asked) = (0.0, 0.0, 0);
    for n in 0..WARM_UP + DOSSIERS {
        if n == WARM_UP {
            (before, beside, asked) = (cpu::of_process(hub.pid()), 0.0, 0);
        }
        let id = write(citizen, code, CHANGES - 1 - papers, n);
        if papers > 0 {
            phone::add_papers(&citizen.client, &id, code, n);
        }
        phone::submit(&citizen.client, &id);
        let (view, tally) = citizen.sync();
        let trips = if papers > 0 { papers + 2 } else { 1 };
        beside += tally.beside;
        asked += tally.asked_beside;
        assert!(
            view.accepted as usize == CHANGES + papers && tally.requests <= trips + 1 + tally.asked_beside,
            "{} {tally:?}",
            view.accepted
        );
    }
    figure(name, (cpu::of_process(hub.pid()) - before - beside) / DOSSIERS as f64, "ms");
    if !receipt.is_empty() {
        figure(receipt, beside / asked as f64, "ms");
    }
}

/// A draft of so many changes of one field each: the whole form, then second thoughts.
fn write(citizen: &Phone, code: &str, changes: usize, number: u64) -> String {
    let client = &citizen.client;
    let (procedure, mut rng) = (form::procedure(code), form::seeded(number));
    let id = client.new_draft(code).expect("of the catalogue");
    let mut form = form::filled(procedure, &mut rng);
    form.iter().for_each(|answer| phone::set(client, &id, std::slice::from_ref(answer)));
    let mut made = form.len();
    while made < changes {
        let at = rng.random_range(0..form.len());
        let again = form::filled(procedure, &mut rng).swap_remove(at);
        // A date that moves alone may pass another; the same answer again would be no change.
        if again != form[at] && !again.0.as_str().contains("date") && !again.0.as_str().starts_with("stay_") {
            phone::set(client, &id, std::slice::from_ref(&again));
            form[at] = again;
            made += 1;
        }
    }
    id
}

/// A server that was just started and asked whether it is ready.
fn idle() {
    let hub = Hub::start();
    drop(Phone::of(&hub, 1));
    std::thread::sleep(Duration::from_secs(2));
    figure("server_idle_rss", cpu::memory(&hub.pid().to_string(), "VmRSS"), "MB");
}

/// The release build of `hoso` beside this program.
fn binary() {
    let hoso = std::env::current_exe().expect("a program knows where it is").with_file_name("hoso");
    match std::fs::metadata(&hoso) {
        Ok(file) => figure("binary_size", file.len() as f64 / 1e6, "MB"),
        Err(_) => println!("note binary_size: build it first, with `cargo build --release`"),
    }
}
