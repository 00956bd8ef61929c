//! The `phone` program; all of it is in the library, so that tests can start it too.

fn main() -> std::process::ExitCode {
    mobile_core::cli::run(std::env::args_os())
}
