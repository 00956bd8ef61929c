//! The transparency log: every commit of the server leaves one entry in the book of its dossier or person, a salted
//! commitment to each entry is a leaf of one Merkle tree (RFC 6962) kept in tiles (C2SP tlog-tiles), and signed
//! checkpoints (C2SP tlog-checkpoint) say how large the tree is and what its root is. What is here computes and checks;
//! who stores, signs and fetches is elsewhere.

mod checkpoint;
mod entry;
mod item;
mod key;
mod proof;
#[cfg(test)]
mod tests;
mod tile;
mod tree;

pub use checkpoint::{
    Checkpoint, EXTENSIONS_MAX, NOTE_MAX, NOTE_SIGNATURES_MAX, NoteRefused, NoteSignature, SignedCheckpoint, origin,
};
pub use entry::{Book, Entry, Salt};
pub use item::{DeviceState, Item, digest, digest_of, items_to_bytes, split_items};
pub use key::{LogKey, VerifyEd25519};
pub use proof::{ProofRefused, verify_consistency, verify_inclusion};
pub use tile::{SIZE_MAX, TILE_WIDTH, TileId, TilePath};
pub use tree::{
    Appended, Tiles, TreeError, append, consistency, inclusion, root, tiles_for_append, tiles_for_consistency,
    tiles_for_inclusion, tiles_for_root,
};
