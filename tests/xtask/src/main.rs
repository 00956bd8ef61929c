//! `cargo xtask`: builds what cargo alone does not, the bindings and packages of mobile-core.

mod bindings;
mod library;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds the bindings and packages of mobile-core.")]
struct Line {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Generates the sources for Kotlin, Swift and Python into mobile-core/bindings.
    Bindings {
        /// Into this folder instead, laid out the same.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Builds the library for this machine and prints where it lies.
    Library,
}

/// Why a task could not be done, in a sentence.
type Failed = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let done = match Line::parse().task {
        Task::Bindings { out } => bindings::generate(&out.unwrap_or_else(bindings::committed)),
        Task::Library => library::for_this_machine().map(|path| {
            #[allow(clippy::print_stdout)]
            {
                println!("{}", path.display());
            }
        }),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("{failed}");
            ExitCode::FAILURE
        }
    }
}

/// The project's folder.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
