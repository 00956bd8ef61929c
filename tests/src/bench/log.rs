//! What the log adds to a merge, and what a proof costs when it is long.

use super::{Trust, cpu, figure, push};
use std::path::Path;
use std::process::{Command, Stdio};

/// Merges that are measured; the log's rounds come in hundreds.
const MERGES: usize = 300;
/// Proofs of each kind.
const PROOFS: usize = 1_000;
/// The length that the aim speaks of.
const TEN_MILLION: u64 = 10_000_000;

/// CPU time for each push, in milliseconds, as the server's own door tells it.
pub(crate) struct Share {
    pub(crate) merge: f64,
    pub(crate) entry: f64,
    pub(crate) stored: f64,
    pub(crate) sequenced: f64,
}

/// One kind of proof, in milliseconds: CPU, elapsed, the slowest.
pub(crate) type Proof = [f64; 3];

/// The log's parts are measured on the commits that the merges wrote, and divided by what a merge costs without them.
pub(super) fn share(trust: &Trust) {
    let home = tempfile::tempdir().expect("a temporary folder can be made");
    let (device, before, pushes) = push::dossiers(MERGES, trust);
    let share = (trust.inside.merges)(home.path(), device, before, pushes);
    let log = share.entry + share.stored + share.sequenced;
    let rest = share.merge - share.entry - share.stored;
    figure("log_merge_share", 100.0 * log / rest, "%");
    figure("log_merge_cpu", share.merge, "ms");
    for (name, value) in
        [("entry", share.entry), ("stored", share.stored), ("sequenced", share.sequenced)].map(|(n, v)| (n, v * 1e3))
    {
        figure(&format!("log_{name}_cpu"), value, "µs");
    }
}

/// A process makes the log, another one takes proofs from it: its memory is that of a server that answers.
pub(super) fn proofs(trust: &Trust) {
    let home = tempfile::tempdir().expect("a temporary folder can be made");
    let name = match trust.leaves {
        TEN_MILLION => "log_proof_10m".to_owned(),
        other => format!("log_proof_{other}"),
    };
    let grown = child(home.path(), &["grow-log", &trust.leaves.to_string()]);
    println!("note {name}: the log was made in {:.0} s of CPU", grown[0] / 1e3);
    let told = child(home.path(), &["prove", &PROOFS.to_string()]);
    let [included_cpu, included, slow_included, consistent_cpu, consistent, slow_consistent, memory] = told[..] else {
        panic!("{told:?}");
    };
    figure(&name, included.max(consistent), "ms");
    figure(&format!("{name}_cpu"), included_cpu.max(consistent_cpu), "ms");
    figure(&format!("{name}_slowest"), slow_included.max(slow_consistent), "ms");
    figure("log_proof_memory", memory, "MB");
}

/// The child of `proofs`: what it tells.
pub(crate) fn told_of_proofs(proofs: [Proof; 2]) {
    let numbers: Vec<String> = proofs.as_flattened().iter().map(f64::to_string).collect();
    println!("{} {}", numbers.join(" "), cpu::memory("self", "VmHWM"));
}

fn child(home: &Path, arguments: &[&str]) -> Vec<f64> {
    let program = std::env::current_exe().expect("a program knows where it is");
    let mut command = Command::new(program);
    let output = command.args(arguments).arg(home).stdin(Stdio::null()).output().expect("this program runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}
