use super::super::*;
use crate::merkle::{self, Hash};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sha2::Sha256;
use std::cell::Cell;
use std::collections::BTreeMap;

/// A log as something that stores tiles keeps it.
#[derive(Default)]
struct Shelf {
    size: u64,
    root: Hash,
    tiles: BTreeMap<TileId, Vec<u8>>,
}

impl Shelf {
    fn of(size: u64) -> Self {
        let mut shelf = Self::default();
        shelf.grow(size);
        shelf
    }

    fn grow(&mut self, by: u64) {
        let leaves: Vec<Hash> = (self.size..self.size + by).map(|i| merkle::leaf(&data(i))).collect();
        // An append reads what it says it reads.
        let named = tiles_for_append(self.size);
        let source = |id| named.contains(&id).then(|| self.tiles.get(&id).cloned()).flatten();
        let appended = append(self.size, &leaves, &source).unwrap();
        self.tiles.extend(appended.tiles);
        (self.size, self.root) = (appended.size, appended.root);
    }

    fn source(&self) -> impl Fn(TileId) -> Option<Vec<u8>> + '_ {
        |id| self.tiles.get(&id).cloned()
    }
}

fn data(i: u64) -> [u8; 8] {
    i.to_be_bytes()
}

/// The oracle: another hand's tree over the same leaves.
fn oracle(size: u64) -> MemoryBackedTree<Sha256, [u8; 8]> {
    let mut tree = MemoryBackedTree::new();
    (0..size).for_each(|i| tree.push(data(i)));
    tree
}

fn known(root: Hash, size: u64) -> RootHash<Sha256> {
    RootHash::new(root.into(), size)
}

#[test]
fn every_root_of_every_small_log_and_its_proofs_are_the_oracle_s() {
    let (shelf, mut tree) = (Shelf::of(300), oracle(0));
    let mut roots = vec![root(0, &shelf.source()).unwrap()];
    for size in 1..=300_u64 {
        // Of the larger ones a part, in turn: every pair takes a minute.
        let of_this = |n: &u64| size <= 70 || n % 11 == size % 11 || (255..258).contains(n);
        tree.push(data(size - 1));
        let root = root(size, &shelf.source()).unwrap();
        roots.push(root);
        assert_eq!(root, <Hash>::from(*tree.root().as_bytes()), "root at {size}");
        for index in (0..size).filter(of_this) {
            let path = inclusion(index, size, &shelf.source()).unwrap();
            assert_eq!(path.concat(), tree.prove_inclusion(index as usize).as_bytes(), "{index} of {size}");
            assert_eq!(verify_inclusion(&merkle::leaf(&data(index)), index, size, &path, &root), Ok(()));
        }
        for old in (1..size).filter(of_this) {
            let proof = consistency(old, size, &shelf.source()).unwrap();
            let theirs = tree.prove_consistency((size - old) as usize);
            assert_eq!(proof.concat(), theirs.as_bytes(), "{old} to {size}");
            assert_eq!(verify_consistency(old, size, &proof, &roots[old as usize], &root), Ok(()));
        }
    }
}

#[test]
fn a_log_that_grew_in_steps_is_the_log_that_was_made_at_once() {
    let mut random = StdRng::seed_from_u64(9);
    let mut steps = Shelf::default();
    while steps.size < 70_000 {
        let by = match random.random_range(0..4) {
            0 => random.random_range(0..3),
            1 => random.random_range(200..300),
            2 => 256,
            _ => random.random_range(0..3_000),
        };
        steps.grow(by);
    }
    let at_once = Shelf::of(steps.size);
    assert_eq!(steps.root, at_once.root);
    assert_eq!(steps.tiles, at_once.tiles);
}

#[test]
fn large_logs_prove_to_the_oracle_over_the_edges_of_tiles() {
    let mut random = StdRng::seed_from_u64(7);
    let shelf = Shelf::of(140_000);
    let mut sizes = vec![255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 65_792, 131_072, 140_000];
    sizes.extend((0..12).map(|_| random.random_range(301..140_000)));
    for size in sizes {
        let root = root(size, &shelf.source()).unwrap();
        for _ in 0..8 {
            let index = random.random_range(0..size);
            let path = inclusion(index, size, &shelf.source()).unwrap();
            let theirs = InclusionProof::try_from_bytes(path.concat()).unwrap();
            known(root, size).verify_inclusion(&data(index), index, &theirs).unwrap();
            assert_eq!(verify_inclusion(&merkle::leaf(&data(index)), index, size, &path, &root), Ok(()));

            let old = random.random_range(1..size);
            let old_root = super::super::root(old, &shelf.source()).unwrap();
            let proof = consistency(old, size, &shelf.source()).unwrap();
            let theirs = ConsistencyProof::try_from_bytes(proof.concat()).unwrap();
            known(root, size).verify_consistency(&known(old_root, old), &theirs).unwrap();
            assert_eq!(verify_consistency(old, size, &proof, &old_root, &root), Ok(()));
        }
    }
    assert_eq!(root(66_000, &shelf.source()).unwrap(), <Hash>::from(*oracle(66_000).root().as_bytes()));
}

#[test]
fn a_proof_reads_the_tiles_that_were_named_and_few_of_them() {
    let shelf = Shelf::of(140_000);
    type Ask = fn(Tiles<'_>);
    let questions: [(Vec<TileId>, Ask); 3] = [
        (tiles_for_root(139_999), |tiles| assert!(root(139_999, tiles).is_ok())),
        (tiles_for_inclusion(70_001, 139_999), |tiles| assert!(inclusion(70_001, 139_999, tiles).is_ok())),
        (tiles_for_consistency(70_001, 139_999), |tiles| assert!(consistency(70_001, 139_999, tiles).is_ok())),
    ];
    for (named, ask) in questions {
        assert!(named.len() <= 2 * 3, "two tiles at each of three levels, not {named:?}");
        let reads = Cell::new(0);
        ask(&|id| {
            reads.set(reads.get() + 1);
            named.contains(&id).then(|| shelf.tiles[&id].clone())
        });
        assert_eq!(reads.get(), named.len(), "each named tile is read once");
    }
}

#[test]
fn an_append_to_a_large_log_writes_little() {
    let mut shelf = Shelf::of(65_535);
    let before = shelf.tiles.clone();
    shelf.grow(1);
    let written: Vec<TileId> =
        shelf.tiles.iter().filter(|(id, bytes)| before.get(id) != Some(bytes)).map(|(id, _)| *id).collect();
    let tile = |level, index| TileId { level, index };
    assert_eq!(written, [tile(0, 255), tile(1, 0), tile(2, 0)]);
    assert_eq!(shelf.tiles[&tile(2, 0)].len(), 32);
    assert_eq!(append(65_536, &[], &shelf.source()).unwrap().tiles, []);
}

#[test]
fn tiles_stand_where_the_tiled_log_format_says() {
    // The example of C2SP tlog-tiles: a log of 70,000 entries.
    let shelf = Shelf::of(70_000);
    let count = |level| shelf.tiles.keys().filter(|id| id.level == level).count();
    assert_eq!((count(0), count(1), count(2), count(3)), (274, 2, 1, 0));
    let paths = |level, index| TileId { level, index }.path(70_000).to_string();
    assert_eq!(paths(0, 273), "tile/0/273.p/112");
    assert_eq!(paths(1, 1), "tile/1/001.p/17");
    assert_eq!(paths(2, 0), "tile/2/000.p/1");
    assert_eq!(paths(0, 272), "tile/0/272");
    for (id, bytes) in &shelf.tiles {
        assert_eq!(bytes.len(), usize::from(id.width(70_000)) * 32);
    }
    let deep = TilePath { id: TileId { level: 0, index: 1_234_067 }, width: 256 };
    assert_eq!(deep.to_string(), "tile/0/x001/x234/067");
    for path in [deep, TileId { level: 0, index: 273 }.path(70_000), TileId { level: 6, index: 0 }.path(1 << 50)] {
        assert_eq!(path.to_string().parse(), Ok(path));
    }
}

#[test]
fn a_tile_s_path_has_one_spelling() {
    let wrong = [
        "tile/0/1",
        "tile/0/0001",
        "tile/00/001",
        "tile/7/001",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/012",
        "tile/0/001.p/",
        "tile/0/x001/1",
        "tile/0/x001",
        "tile/0/001/002",
        "tile/0/x000/001",
        "tile/0/+01",
        "tile/-1/001",
        "tile/0/",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "001",
        "",
    ];
    for text in wrong {
        assert!(text.parse::<TilePath>().is_err(), "{text}");
    }
}

#[test]
fn a_proof_with_one_bit_changed_is_refused() {
    let shelf = Shelf::of(1_000);
    let (size, index, old) = (1_000, 637, 613);
    let (root_new, root_old) = (shelf.root, root(old, &shelf.source()).unwrap());
    let path = inclusion(index, size, &shelf.source()).unwrap();
    let proof = consistency(old, size, &shelf.source()).unwrap();
    let leaf = merkle::leaf(&data(index));
    for bit in 0..path.len() * 256 {
        let mut path = path.clone();
        path[bit / 256][bit % 256 / 8] ^= 1 << (bit % 8);
        assert_eq!(verify_inclusion(&leaf, index, size, &path, &root_new), Err(ProofRefused::OtherRoot), "bit {bit}");
    }
    for bit in 0..proof.len() * 256 {
        let mut proof = proof.clone();
        proof[bit / 256][bit % 256 / 8] ^= 1 << (bit % 8);
        let refused = verify_consistency(old, size, &proof, &root_old, &root_new);
        assert_eq!(refused, Err(ProofRefused::OtherRoot), "bit {bit}");
    }
}

#[test]
fn a_proof_for_another_place_size_or_root_is_refused() {
    let shelf = Shelf::of(1_000);
    let (size, index, old) = (1_000_u64, 637_u64, 613_u64);
    let (root_new, root_old) = (shelf.root, root(old, &shelf.source()).unwrap());
    let path = inclusion(index, size, &shelf.source()).unwrap();
    let proof = consistency(old, size, &shelf.source()).unwrap();
    let leaf = merkle::leaf(&data(index));
    for other in (0..1_100).filter(|other| *other != index) {
        assert!(verify_inclusion(&leaf, other, size, &path, &root_new).is_err(), "index {other}");
    }
    // Another size whose way to the leaf has the same shape proves the same: the size itself is the checkpoint's to say.
    for other in [0, 1, 637, 638, 512, 1_025, u64::MAX] {
        assert!(verify_inclusion(&leaf, index, other, &path, &root_new).is_err(), "size {other}");
    }
    for other in [0, 1, 512, 612, 614, 1_000, 1_001, u64::MAX] {
        assert!(verify_consistency(other, size, &proof, &root_old, &root_new).is_err(), "old size {other}");
    }
    for other in [0, 612, 613, 1_025, u64::MAX] {
        assert!(verify_consistency(old, other, &proof, &root_old, &root_new).is_err(), "new size {other}");
    }
    assert_eq!(verify_inclusion(&leaf, index, size, &path, &root_old), Err(ProofRefused::OtherRoot));
    assert_eq!(verify_consistency(old, size, &proof, &root_new, &root_new), Err(ProofRefused::OtherRoot));
    assert_eq!(verify_consistency(old, size, &proof, &root_old, &root_old), Err(ProofRefused::OtherRoot));
}

#[test]
fn a_proof_that_is_too_short_or_too_long_is_refused() {
    let shelf = Shelf::of(1_000);
    let path = inclusion(637, 1_000, &shelf.source()).unwrap();
    let root_old = root(613, &shelf.source()).unwrap();
    let proof = consistency(613, 1_000, &shelf.source()).unwrap();
    let leaf = merkle::leaf(&data(637));
    let inclusion_of = |path: &[Hash]| verify_inclusion(&leaf, 637, 1_000, path, &shelf.root);
    let consistency_of = |proof: &[Hash]| verify_consistency(613, 1_000, proof, &root_old, &shelf.root);
    for length in 0..path.len() {
        assert_eq!(inclusion_of(&path[..length]), Err(ProofRefused::WrongLength));
    }
    for length in 0..proof.len() {
        assert_eq!(consistency_of(&proof[..length]), Err(ProofRefused::WrongLength));
    }
    let longer = |hashes: &[Hash]| [hashes, &[[0; 32]; 100]].concat();
    assert_eq!(inclusion_of(&longer(&path)), Err(ProofRefused::WrongLength));
    assert_eq!(consistency_of(&longer(&proof)), Err(ProofRefused::WrongLength));
    assert_eq!(verify_consistency(5, 5, &[[0; 32]], &root_old, &root_old), Err(ProofRefused::WrongLength));
    assert_eq!(verify_consistency(0, 5, &[], &root_old, &root_old), Err(ProofRefused::OtherRoot));
    assert_eq!(verify_consistency(0, 5, &[], &merkle::root(&[]), &root_old), Ok(()));
}

#[test]
fn questions_that_no_log_answers_are_refused_by_name() {
    let shelf = Shelf::of(1_000);
    let nothing = |_: TileId| None;
    assert_eq!(inclusion(1_000, 1_000, &shelf.source()), Err(TreeError::NoSuchLeaf));
    assert_eq!(inclusion(0, 0, &shelf.source()), Err(TreeError::NoSuchLeaf));
    assert_eq!(consistency(1_000, 999, &shelf.source()), Err(TreeError::Shrinks));
    assert_eq!(root(SIZE_MAX + 1, &nothing), Err(TreeError::TooLarge));
    assert_eq!(inclusion(0, u64::MAX, &nothing), Err(TreeError::TooLarge));
    assert_eq!(append(SIZE_MAX, &[[0; 32]], &nothing), Err(TreeError::TooLarge));
    assert_eq!(append(u64::MAX, &[[0; 32]], &nothing), Err(TreeError::TooLarge));
    assert!(matches!(root(SIZE_MAX, &nothing), Err(TreeError::MissingTile(_))));
    assert!(matches!(inclusion(SIZE_MAX - 1, SIZE_MAX, &nothing), Err(TreeError::MissingTile(_))));
    let first = TileId { level: 0, index: 0 };
    for damaged in [vec![0; 31], vec![0; 99 * 32], vec![0; 257 * 32]] {
        assert_eq!(root(100, &|_| Some(damaged.clone())), Err(TreeError::BadTile(first)));
        assert_eq!(append(100, &[[0; 32]], &|_| Some(damaged.clone())), Err(TreeError::BadTile(first)));
    }
}

#[test]
fn no_size_makes_a_check_panic() {
    let sizes = [0, 1, 2, 3, 255, 256, 1 << 32, (1 << 63) - 1, 1 << 63, u64::MAX - 1, u64::MAX];
    for a in sizes {
        for b in sizes {
            for length in [0, 1, 63, 64, 65] {
                let hashes = vec![[7; 32]; length];
                let _ = verify_inclusion(&[1; 32], a, b, &hashes, &[2; 32]);
                let _ = verify_consistency(a, b, &hashes, &[1; 32], &[2; 32]);
            }
            let _ = (tiles_for_append(a), tiles_for_root(a), tiles_for_inclusion(a, b), tiles_for_consistency(a, b));
        }
    }
}
