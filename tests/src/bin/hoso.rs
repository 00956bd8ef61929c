//! `hoso` as users get it, except that it dies with the test that started it, also when that test is killed.

use std::process::ExitCode;

fn main() -> ExitCode {
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    server::run(std::env::args_os())
}
