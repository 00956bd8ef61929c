//! What is measured, group by group; a group's figures share their preparation.

mod cold;
pub(crate) mod core;
mod cpu;
mod exchange;
mod form;
mod gate;
pub(crate) mod hostile;
mod hub;
mod identity;
mod log;
mod lossy;
mod office;
mod phone;
mod proof;
mod push;
pub(crate) mod sdk;

use dossier::decide::Evidence;
use dossier::ids::{PublicKey, Signature, Thumbprint};
use dossier::wire::DossierPush;
use std::path::Path;
use std::process::ExitCode;

pub(crate) const HELP: &str = include_str!("help.txt");

pub(crate) use cpu::{process as process_cpu, thread as thread_cpu};
pub(crate) use log::{Share, told_of_proofs};

/// The server's own parts, which nobody else calls; the program hands them in.
#[derive(Clone, Copy)]
pub(crate) struct Inside {
    pub(crate) verify: fn(&PublicKey, &[u8], &Signature) -> bool,
    /// What merging these pushes of a device costs, after it has taken in others.
    pub(crate) merges: fn(&Path, Thumbprint, Pushes, Pushes) -> Share,
}

/// Pushes with the evidence that their signature was checked.
pub(crate) type Pushes = Vec<(DossierPush, Evidence)>;

/// A group of figures, and what takes them.
struct Group<T> {
    figures: &'static [&'static str],
    take: fn(&T),
}

/// What a run is asked for beside its groups.
pub(crate) struct Trust {
    pub(crate) inside: Inside,
    /// Of the log that proofs are taken from.
    pub(crate) leaves: u64,
}

/// Makes proofs for a token and a nonce.
pub(crate) type Prove<'a> = &'a dyn Fn(&str, &str) -> Vec<String>;

/// What `identity` asks of the server's own parts.
pub(crate) struct Identity {
    pub(crate) address: &'static str,
    pub(crate) path: &'static str,
    /// Milliseconds of this thread for each of the proofs that are made.
    pub(crate) callers: fn(&Path, &PublicKey, Prove<'_>) -> f64,
}

/// CPU time and bytes first.
const SPINE: [Group<()>; 6] = [
    Group { figures: &["admit_change_cpu", "merge_change_cpu"], take: |()| gate::take() },
    Group {
        figures: &["core_open_1000", "core_save_field", "core_save_field_fsyncs", "core_peak_1000"],
        take: |()| core::take(),
    },
    Group {
        figures: &[
            "server_submit_cpu",
            "server_receipt_cpu",
            "server_submit_papers_cpu",
            "server_idle_rss",
            "binary_size",
        ],
        take: |()| office::take(),
    },
    Group {
        figures: &[
            "exchange_round_trips",
            "exchange_up",
            "exchange_down",
            "exchange_headers_up",
            "exchange_headers_down",
            "exchange_idle",
        ],
        take: |()| exchange::take(),
    },
    Group { figures: &["cold_draft"], take: |()| cold::drafts() },
    Group { figures: &["cold_submitted", "cold_submitted_proofs"], take: |()| cold::submitted() },
];

const TRUST: [Group<Trust>; 3] = [
    Group { figures: &["push_change_cpu"], take: |trust| push::take(trust) },
    Group {
        figures: &["log_merge_share", "log_merge_cpu", "log_entry_cpu", "log_stored_cpu", "log_sequenced_cpu"],
        take: |trust| log::share(trust),
    },
    Group {
        figures: &["log_proof_10m", "log_proof_10m_cpu", "log_proof_10m_slowest", "log_proof_memory"],
        take: |trust| log::proofs(trust),
    },
];

const IDENTITY: [Group<Identity>; 2] = [
    Group { figures: &["auth_request_cpu"], take: |identity| identity::auth(identity) },
    Group {
        figures: &[
            "refreshes",
            "refreshes_lost_on_the_way",
            "refresh_false_logouts",
            "refreshes_replayed",
            "refresh_replays_accepted",
        ],
        take: |_| identity::refreshes(),
    },
];

const SDK: [Group<()>; 2] = [
    Group {
        figures: &["kt_open", "kt_list_1000", "kt_edit", "kt_open_10000", "kt_list_10000", "kt_edit_10000"],
        take: |()| sdk::kotlin(),
    },
    Group { figures: &["core_rss_1000_20open", "core_rss_10000_20open"], take: |()| sdk::memory() },
];

/// Takes all figures, or the group that holds the named one.
pub(crate) fn spine(only: Option<&str>) -> ExitCode {
    take(&SPINE, &(), only)
}

pub(crate) fn trust(trust: &Trust, only: Option<&str>) -> ExitCode {
    take(&TRUST, trust, only)
}

pub(crate) fn identity(identity: &Identity, only: Option<&str>) -> ExitCode {
    take(&IDENTITY, identity, only)
}

pub(crate) fn sdk(only: Option<&str>) -> ExitCode {
    take(&SDK, &(), only)
}

/// A folder whose files are not flushed to a disk, where there is one.
fn in_memory() -> tempfile::TempDir {
    let fast = Path::new("/dev/shm");
    let home = if fast.is_dir() { tempfile::tempdir_in(fast) } else { tempfile::tempdir() };
    home.expect("a temporary folder can be made")
}

fn take<T>(groups: &[Group<T>], with: &T, only: Option<&str>) -> ExitCode {
    let wanted = |group: &&Group<T>| only.is_none_or(|name| group.figures.contains(&name));
    let wanted: Vec<&Group<T>> = groups.iter().filter(wanted).collect();
    if wanted.is_empty() {
        let known: Vec<&str> = groups.iter().flat_map(|group| group.figures).copied().collect();
        eprintln!("no such figure; there are: {}", known.join(", "));
        return ExitCode::from(2);
    }
    wanted.iter().for_each(|group| (group.take)(with));
    ExitCode::SUCCESS
}

/// Prints a figure with as many digits as it means something.
fn figure(name: &str, value: f64, unit: &str) {
    let digits = match value {
        v if v.fract() == 0.0 => 0,
        v if v < 10.0 => 2,
        _ => 1,
    };
    println!("figure {name} {value:.digits$} {unit}");
}
