//! The texts that are part of the program, as `build.rs` has compressed them.

use flate2::read::ZlibDecoder;
use std::io::Read as _;

/// What a text of this name is carried as.
macro_rules! carried {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".z")) as &[u8]
    };
}
pub(crate) use carried;

/// The text again.
pub(crate) fn text(packed: &[u8]) -> String {
    let mut text = String::new();
    ZlibDecoder::new(packed).read_to_string(&mut text).expect("it was compressed when the program was built");
    text
}
