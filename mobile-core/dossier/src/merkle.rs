//! Merkle trees as RFC 6962 hashes them: leaves and nodes are told apart by their first byte.

use sha2::{Digest, Sha256};

pub type Hash = [u8; 32];

pub fn leaf(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

/// The root over leaf hashes (RFC 6962 §2.1); of none, SHA-256 of nothing.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [only] => *only,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node(&root(left), &root(right))
        }
    }
}

/// The hashes that lead from the leaf at `index` to the root, nearest first (RFC 6962 §2.1.1).
pub fn path(leaves: &[Hash], index: usize) -> Vec<Hash> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut path, sibling) =
        if index < k { (self::path(left, index), root(right)) } else { (self::path(right, index - k), root(left)) };
    path.push(sibling);
    path
}

/// The root that a leaf at `index` of `of` has with this path; `None` when the path has not the right length.
pub fn root_of_path(leaf: &Hash, index: usize, of: usize, path: &[Hash]) -> Option<Hash> {
    if index >= of {
        return None;
    }
    if of == 1 {
        return path.is_empty().then_some(*leaf);
    }
    let (sibling, rest) = path.split_last()?;
    let k = split(of);
    if index < k {
        Some(node(&root_of_path(leaf, index, k, rest)?, sibling))
    } else {
        Some(node(sibling, &root_of_path(leaf, index - k, of - k, rest)?))
    }
}

pub(crate) fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The largest power of two below `n`, for n ≥ 2.
fn split(n: usize) -> usize {
    n.next_power_of_two() / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_leaf_of_every_small_tree_leads_to_the_root() {
        for n in 1..=40_usize {
            let leaves: Vec<Hash> = (0..n).map(|i| leaf(&[i as u8])).collect();
            for (i, l) in leaves.iter().enumerate() {
                assert_eq!(root_of_path(l, i, n, &path(&leaves, i)), Some(root(&leaves)), "leaf {i} of {n}");
                assert_ne!(root_of_path(&leaf(b"other"), i, n, &path(&leaves, i)), Some(root(&leaves)));
            }
        }
    }

    #[test]
    fn the_known_roots_of_rfc_6962_test_trees_come_out() {
        // Certificate Transparency's reference vectors: leaves "", 00, 10, 2021, 3031.
        let data: [&[u8]; 5] = [b"", b"\x00", b"\x10", b"\x20\x21", b"\x30\x31"];
        let leaves: Vec<Hash> = data.iter().map(|d| leaf(d)).collect();
        assert_eq!(hex::encode(root(&[])), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(hex::encode(root(&leaves[..1])), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        assert_eq!(hex::encode(root(&leaves[..3])), "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
        assert_eq!(hex::encode(root(&leaves)), "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4");
    }
}
