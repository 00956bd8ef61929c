//! See `fuzz::prescan`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::watch::begin(), |data: &[u8]| {
    fuzz::watch::input(|| fuzz::prescan::run(data));
});
