//! What is measured, group by group; a group's figures share their preparation.

mod cold;
pub(crate) mod core;
mod cpu;
mod exchange;
mod form;
mod gate;
mod hub;
mod office;
mod phone;

use std::process::ExitCode;

pub(crate) const HELP: &str = include_str!("help.txt");

/// A group of figures, and what takes them.
struct Group {
    figures: &'static [&'static str],
    take: fn(),
}

/// CPU time and bytes first.
const GROUPS: [Group; 6] = [
    Group { figures: &["admit_change_cpu", "merge_change_cpu"], take: gate::take },
    Group {
        figures: &["core_open_1000", "core_save_field", "core_save_field_fsyncs", "core_peak_1000"],
        take: core::take,
    },
    Group {
        figures: &[
            "server_submit_cpu",
            "server_receipt_cpu",
            "server_submit_papers_cpu",
            "server_idle_rss",
            "binary_size",
        ],
        take: office::take,
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
        take: exchange::take,
    },
    Group { figures: &["cold_draft"], take: cold::drafts },
    Group { figures: &["cold_submitted"], take: cold::submitted },
];

/// Takes all figures, or the group that holds the named one.
pub(crate) fn spine(only: Option<&str>) -> ExitCode {
    let wanted = |group: &&Group| only.is_none_or(|name| group.figures.contains(&name));
    let groups: Vec<&Group> = GROUPS.iter().filter(wanted).collect();
    if groups.is_empty() {
        let known: Vec<&str> = GROUPS.iter().flat_map(|group| group.figures).copied().collect();
        eprintln!("no such figure; there are: {}", known.join(", "));
        return ExitCode::from(2);
    }
    groups.iter().for_each(|group| (group.take)());
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
