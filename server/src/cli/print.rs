//! Lines on standard output. Whoever reads them may stop (`hoso devices | head -1`): that is no failure of ours and ends the
//! program without a word, as it ends others.

use std::fmt;
use std::io::{ErrorKind, Write as _};

/// 128 and the number of SIGPIPE: what a shell shows of a program that was ended by it.
const PIPE_CLOSED: i32 = 141;

/// `println!`, but for a reader who is gone.
macro_rules! say {
    ($($text:tt)*) => { $crate::cli::print::line(format_args!($($text)*)) };
}
pub(crate) use say;

pub(crate) fn line(text: fmt::Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    // The runtime's own threads hold nothing that is not on the disk: ending here is as being killed.
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => {}
        Err(e) if e.kind() == ErrorKind::BrokenPipe => std::process::exit(PIPE_CLOSED),
        Err(e) => {
            eprintln!("hoso: standard output: {e}");
            std::process::exit(1);
        }
    }
}
