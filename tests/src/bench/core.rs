//! What the phone's core costs the phone, on a store of 1,000 drafts that lies on the real disk.

use super::{cpu, figure, form, phone};
use std::path::Path;
use std::process::{Command, ExitCode};

const DOSSIERS: usize = 1_000;
/// Starts of the app; the middle one counts.
const STARTS: usize = 5;
const SAVES: usize = 200;

pub(crate) fn take() {
    let home = tempfile::tempdir().expect("a temporary folder can be made");
    let ids: Vec<String> = {
        let client = phone::offline(home.path());
        (0..DOSSIERS).map(|n| phone::draft(&client, form::TWENTY_FIELDS, n as u64)).collect()
    };
    let mut starts: Vec<(f64, f64)> = (0..STARTS).map(|_| start(home.path())).collect();
    starts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (milliseconds, megabytes) = starts[STARTS / 2];
    figure("core_open_1000", milliseconds, "ms");
    save(home.path(), &ids);
    figure("core_peak_1000", megabytes, "MB");
}

/// One field of each of 200 dossiers gets another answer, saved when the call returns.
fn save(home: &Path, ids: &[String]) {
    let client = phone::offline(home);
    let answers = form::filled(form::procedure(form::TWENTY_FIELDS), &mut form::seeded(1_003));
    let (flushes, mut spent) = (client.disk_flushes(), 0.0);
    for (n, id) in ids.iter().take(SAVES).enumerate() {
        let (key, value) = &answers[n % answers.len()];
        let (milliseconds, saved) = cpu::of(|| client.set_field(id, key.as_str(), Some(&form::typed(value))));
        saved.expect("a draft is open");
        spent += milliseconds;
    }
    figure("core_save_field", spent / SAVES as f64, "ms");
    figure("core_save_field_fsyncs", (client.disk_flushes() - flushes) as f64 / SAVES as f64, "");
}

/// Opens the store and lists in a process of its own: CPU time in ms, peak memory in MB.
fn start(home: &Path) -> (f64, f64) {
    let program = std::env::current_exe().expect("a program knows where it is");
    let output = Command::new(program).arg("open-and-list").arg(home).output().expect("this program runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let numbers: Vec<f64> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match numbers[..] {
        [milliseconds, megabytes] => (milliseconds, megabytes),
        _ => panic!("{said}{}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// The child of `start`: everything counts, also the key, and what the first list reads of catalogue and sentences.
pub(crate) fn open_and_list(home: &Path) -> ExitCode {
    let (milliseconds, dossiers) = cpu::of(|| {
        let client = phone::offline(home);
        client.list().expect("the store is open").cards.len()
    });
    assert_eq!(dossiers, DOSSIERS);
    println!("{milliseconds} {}", cpu::memory("self", "VmHWM"));
    ExitCode::SUCCESS
}
