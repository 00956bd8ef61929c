//! See `fuzz::gate`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::watch::begin(), |data: &[u8]| {
    fuzz::watch::input(|| fuzz::gate::run(data));
});
