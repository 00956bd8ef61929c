//! Checking proofs about the log as RFC 9162 §2.1.3.2 and §2.1.4.2 say. Whatever the proof holds, the answer is a yes
//! or a reason, after at most one hash for each of its nodes.

use crate::merkle::{self, Hash, node};
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofRefused {
    /// The log of this size has no such leaf.
    NoSuchLeaf,
    /// The newer log is smaller than the older one.
    Shrinks,
    /// A proof between these sizes has more or fewer hashes.
    WrongLength,
    /// The hashes do not lead to the root.
    OtherRoot,
}

impl fmt::Display for ProofRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchLeaf => "no such leaf in a log of this size",
            Self::Shrinks => "a log never becomes smaller",
            Self::WrongLength => "a proof of another length belongs here",
            Self::OtherRoot => "the proof leads to another root",
        })
    }
}
impl std::error::Error for ProofRefused {}

/// Whether the leaf with this hash stands at `index` of the log with this size and root.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> Result<(), ProofRefused> {
    if index >= size {
        return Err(ProofRefused::NoSuchLeaf);
    }
    let mut walk = Walk { node: index, last: size - 1 };
    let mut hash = *leaf;
    for sibling in path {
        hash = match walk.step()? {
            Side::Left => node(sibling, &hash),
            Side::Right => node(&hash, sibling),
        };
    }
    if walk.last != 0 {
        return Err(ProofRefused::WrongLength);
    }
    if hash == *root { Ok(()) } else { Err(ProofRefused::OtherRoot) }
}

/// Whether the log of `old` entries with `old_root` is the beginning of that of `new` entries with `new_root`.
pub fn verify_consistency(
    old: u64,
    new: u64,
    proof: &[Hash],
    old_root: &Hash,
    new_root: &Hash,
) -> Result<(), ProofRefused> {
    if old > new {
        return Err(ProofRefused::Shrinks);
    }
    if old == 0 || old == new {
        // Nothing is to be shown but that the same size, or none, has its one root.
        let same = if old == new { old_root == new_root } else { *old_root == merkle::root(&[]) };
        let shown = if same { Ok(()) } else { Err(ProofRefused::OtherRoot) };
        return if proof.is_empty() { shown } else { Err(ProofRefused::WrongLength) };
    }
    let mut walk = Walk { node: old - 1, last: new - 1 };
    while walk.node & 1 == 1 {
        walk.up();
    }
    // An old log of a power of two is a subtree of the new one: its root is the first hash, and not sent.
    let (first, rest) = if old.is_power_of_two() {
        (*old_root, proof)
    } else {
        let (first, rest) = proof.split_first().ok_or(ProofRefused::WrongLength)?;
        (*first, rest)
    };
    let (mut older, mut newer) = (first, first);
    for sibling in rest {
        match walk.step()? {
            Side::Left => {
                older = node(sibling, &older);
                newer = node(sibling, &newer);
            }
            Side::Right => newer = node(&newer, sibling),
        }
    }
    if walk.last != 0 {
        return Err(ProofRefused::WrongLength);
    }
    if older == *old_root && newer == *new_root { Ok(()) } else { Err(ProofRefused::OtherRoot) }
}

/// The way from a node to the root: its position and that of the last node, at the same height (fn and sn of the RFC).
struct Walk {
    node: u64,
    last: u64,
}

/// Where the sibling stands.
enum Side {
    Left,
    Right,
}

impl Walk {
    /// Up to the parent; an only child passes its hash up unchanged.
    fn step(&mut self) -> Result<Side, ProofRefused> {
        if self.last == 0 {
            return Err(ProofRefused::WrongLength);
        }
        if self.node & 1 == 0 && self.node != self.last {
            self.up();
            return Ok(Side::Right);
        }
        while self.node & 1 == 0 && self.node != 0 {
            self.up();
        }
        self.up();
        Ok(Side::Left)
    }

    fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }
}
