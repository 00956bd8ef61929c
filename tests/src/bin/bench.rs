//! Figures of the system: `cargo run --release -p system-tests --bin bench -- spine`, `-- trust`, `-- identity`, `-- sdk`. CPU time and bytes,
//! which are the same on every machine of a kind; `--help` tells how each is taken. The program is its own server and its
//! own children, so that what is measured was built in the same go.

#[path = "../bench/mod.rs"]
mod bench;

use bench::{Identity, Inside, Share, Trust};
use server::measure;
use std::process::ExitCode;

/// Of the log, when nobody says otherwise.
const LEAVES: u64 = 10_000_000;
/// Seconds of the hostile device.
const SECONDS: u64 = 60;

const INSIDE: Inside = Inside {
    verify: measure::verify,
    merges: |home, device, before, pushes| {
        let cost = measure::merges(home, device, before, pushes, bench::process_cpu).expect("honest pushes are taken");
        let measure::MergeCost { merge, entry, stored, sequenced } = cost;
        Share { merge, entry, stored, sequenced }
    },
};

const IDENTITY: Identity = Identity {
    address: measure::identity::ADDRESS,
    path: measure::identity::PATH,
    callers: |home, key, prove| {
        measure::identity::callers(home, key, prove, bench::thread_cpu).expect("honest callers are known")
    },
};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        // The children. They die with the bench, also when it is killed.
        ["hoso", ..] => {
            die_with_parent();
            server::run(std::env::args_os().skip(1))
        }
        ["open-and-list", home] => bench::core::open_and_list(home.as_ref()),
        ["hold-twenty", home] => bench::sdk::hold_twenty(home.as_ref()),
        ["grow-log", leaves, home] => {
            die_with_parent();
            measure::grow(home.as_ref(), number(leaves)).expect("the log grows");
            println!("{}", bench::process_cpu());
            ExitCode::SUCCESS
        }
        ["prove", count, home] => {
            die_with_parent();
            let proofs = measure::proofs(home.as_ref(), number(count) as usize, bench::process_cpu);
            bench::told_of_proofs(proofs.expect("a whole log").map(|p| [p.cpu, p.elapsed, p.slowest]));
            ExitCode::SUCCESS
        }
        ["spine"] => bench::spine(None),
        ["spine", "--only", name] => bench::spine(Some(name)),
        ["trust"] => bench::trust(&trust(LEAVES), None),
        ["trust", "--only", name] => bench::trust(&trust(LEAVES), Some(name)),
        ["trust", "--leaves", leaves] => bench::trust(&trust(number(leaves)), None),
        ["trust", "--only", name, "--leaves", leaves] => bench::trust(&trust(number(leaves)), Some(name)),
        ["identity"] => bench::identity(&IDENTITY, None),
        ["identity", "--only", name] => bench::identity(&IDENTITY, Some(name)),
        ["sdk"] => bench::sdk(None),
        ["sdk", "--only", name] => bench::sdk(Some(name)),
        ["hostile"] => bench::hostile::run(SECONDS),
        ["hostile", "--seconds", seconds] => bench::hostile::run(number(seconds)),
        ["--help"] => {
            print!("{}", bench::HELP);
            ExitCode::SUCCESS
        }
        _ => {
            eprint!("{}", bench::HELP);
            ExitCode::from(2)
        }
    }
}

fn trust(leaves: u64) -> Trust {
    Trust { inside: INSIDE, leaves }
}

fn number(text: &str) -> u64 {
    text.parse().ok().filter(|number| *number > 0).unwrap_or_else(|| panic!("{text}: a number above 0 stands here"))
}

fn die_with_parent() {
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
}
