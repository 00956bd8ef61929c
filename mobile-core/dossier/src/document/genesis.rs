//! Genesis as bytes: a template for each layout, into which the dossier's actor and the checksum are written. It is data
//! and not calls of the document library, so that no release of the library can change a hash that phones share.

use crate::ids::{Actor, ChangeHash, DossierId};
use crate::layout::LAYOUT;
use crate::prescan::hash_of;

/// Layout 1: three root maps `form`, `papers`, `acts`, made by operations 1 to 3, at time 0.
const TEMPLATE_1: [u8; 69] = *b"\x85\x6f\x4a\x83----\x01\x3b\x00\x10----------------\x01\x01\x00\x00\x00\x05\x15\x12\x34\x01\x42\x02\x56\x02\x70\x02\x7d\x04form\x06papers\x04acts\x03\x03\x00\x03\x00\x03\x00";
const ACTOR_AT: usize = 12;
const CHECKSUM_AT: usize = 4;

/// A layout that this code can make and read.
pub fn knows_layout(layout: u8) -> bool {
    layout == LAYOUT
}

/// The hash that a dossier's first change has everywhere.
pub fn genesis_hash(layout: u8, id: &DossierId) -> ChangeHash {
    hash_of(&bytes(layout, id))
}

pub(super) fn bytes(layout: u8, id: &DossierId) -> [u8; 69] {
    let mut bytes = TEMPLATE_1;
    bytes[ACTOR_AT..ACTOR_AT + 16].copy_from_slice(Actor::of_genesis(layout, id).bytes());
    let hash = hash_of(&bytes);
    bytes[CHECKSUM_AT..CHECKSUM_AT + 4].copy_from_slice(&hash.0[..4]);
    bytes
}
