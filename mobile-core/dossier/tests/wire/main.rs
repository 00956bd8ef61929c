//! Samples of everything that travels between phones, the server and the post. They must be written and read the same for
//! ever. A sample is added, never replaced: when a type grows, its new bytes go beside these, and these must still be read.

use minicbor::{Decode, Encode};
use std::fmt::Debug;

mod acts;
mod events;
mod exchange;
mod post;

/// Whether each value has the bytes that it has in the kept file, a line of name and hexadecimal for each, and whether
/// these bytes are read as the value.
fn check<T>(kept: &str, values: &[(&str, T)])
where
    T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + Debug,
{
    let written: String = values
        .iter()
        .map(|(name, value)| format!("{name} {}\n", hex::encode(dossier::wire::to_bytes(value))))
        .collect();
    for (now, kept) in written.lines().zip(kept.lines()) {
        assert_eq!(now, kept);
    }
    assert_eq!(written, kept, "a value has no sample, or a sample no value");
    for ((name, value), line) in values.iter().zip(kept.lines()) {
        let bytes = hex::decode(line.split(' ').next_back().unwrap()).unwrap();
        assert_eq!(&minicbor::decode::<T>(&bytes).unwrap(), value, "{name}");
    }
}

/// The same for what may grow: a later version adds fields at the end, and these are passed over. (A variant that is not known
/// has no such reading: a server writes for the version that a phone names.)
fn check_growing<T>(kept: &str, values: &[(&str, T)])
where
    T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + Debug,
{
    check(kept, values);
    for (name, value) in values {
        let grown = grown(&dossier::wire::to_bytes(value));
        assert_eq!(&minicbor::decode::<T>(&grown).unwrap(), value, "{name} of a later version");
    }
}

/// An array of CBOR (RFC 8949, 3.1) with 40 members: what is not given is null, the last is a text.
fn grown(bytes: &[u8]) -> Vec<u8> {
    const MEMBERS: u8 = 40;
    let [first @ 0x80..=0x97, members @ ..] = bytes else { panic!("no short array: {}", hex::encode(bytes)) };
    let nothing = vec![0xf6; usize::from(MEMBERS - 1 - (first & 0x1f))];
    [&[0x98, MEMBERS], members, &nothing, b"\x65later"].concat()
}

/// The values with the names of their variants, which a function without a `_` gives: a variant that is added does not
/// compile until it has a name there, and then it needs its sample.
fn named<T: Clone>(values: &[T], name: fn(&T) -> &'static str) -> Vec<(&'static str, T)> {
    values.iter().map(|value| (name(value), value.clone())).collect()
}

/// An id of version 7, as all of ours are.
const fn uuid(n: u8) -> [u8; 16] {
    [0x01, 0x93, 0x5a, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, n]
}
