//! Figures of the system: `cargo run --release -p system-tests --bin bench -- spine`. CPU time and bytes, which are the
//! same on every machine of a kind; `--help` tells how each is taken. The program is its own server and its own
//! children, so that what is measured was built in the same go.

#[path = "../bench/mod.rs"]
mod bench;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        // The two children. They die with the bench, also when it is killed.
        ["hoso", ..] => {
            let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
            server::run(std::env::args_os().skip(1))
        }
        ["open-and-list", home] => bench::core::open_and_list(home.as_ref()),
        ["spine"] => bench::spine(None),
        ["spine", "--only", name] => bench::spine(Some(name)),
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
