//! Panics and counts of a run.
//!
//! The gate promises two things about a panic of the document library: it never leaves the gate, and it happens nowhere
//! but in the trial, whose answer is then a refusal. So a panic is remembered instead of ending the process, as
//! libFuzzer's hook would; it is the target that sees whether it came out, or what the product made of it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

static LAST: Mutex<Option<String>> = Mutex::new(None);
static COUNTS: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());

/// To be called once, before the first input: replaces the hook that aborts at every panic, and has the counts told at
/// the end of the process, on standard error.
pub fn begin() {
    std::panic::set_hook(Box::new(|panic| *LAST.lock().unwrap_or_else(|e| e.into_inner()) = Some(panic.to_string())));
    unsafe extern "C" {
        fn atexit(tell: extern "C" fn()) -> i32;
    }
    // SAFETY: C's `atexit` takes a function that lives as long as the process, and this one does not unwind.
    unsafe { atexit(tell) };
}

/// Runs one input; a panic that comes out of it ends the process, which libFuzzer tells as a crash with its input.
pub fn input(run: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(run)).is_err() {
        let why = last_panic().unwrap_or_default();
        eprintln!("{why}");
        std::process::abort();
    }
}

/// The last panic since it was last asked for.
pub fn last_panic() -> Option<String> {
    LAST.lock().unwrap_or_else(|e| e.into_inner()).take()
}

pub fn count(what: &'static str) {
    *COUNTS.lock().unwrap_or_else(|e| e.into_inner()).entry(what).or_default() += 1;
}

extern "C" fn tell() {
    for (what, times) in COUNTS.lock().unwrap_or_else(|e| e.into_inner()).iter() {
        eprintln!("count {what} {times}");
    }
}
