//! The first look at a stranger's bytes. What it passes can be parsed and decoded by the document library without a
//! panic, and where the two read the same thing they agree about the length of it.

use crate::forge::repair;
use crate::watch::{count, last_panic};
use automerge::Change;
use dossier::prescan::{BYTES_MAX, OPERATIONS_MAX, prescan};
use std::panic::catch_unwind;

/// The bytes of a change; with an odd first byte, length and checksum are repaired.
pub fn run(input: &[u8]) {
    count("executions");
    let Some((first, rest)) = input.split_first() else { return };
    let mut bytes = rest.to_vec();
    if first % 2 == 1 {
        repair(&mut bytes);
    }
    let header = match prescan(&bytes) {
        Ok(header) => header,
        Err(refusal) => return count(refusal.code()),
    };
    count("passed");
    assert!(bytes.len() <= BYTES_MAX && header.operations <= OPERATIONS_MAX);
    let read = catch_unwind(|| {
        let change = Change::try_from(bytes.as_slice()).ok()?;
        Some((change.decode().operations.len() as u64, change.hash().0))
    });
    if let Some(why) = last_panic() {
        panic!("the prescan passed what the library panics at: {why}");
    }
    if let Ok(Some((_, hash))) = read {
        count("readable");
        assert_eq!(hash, header.hash.0);
    }
}
