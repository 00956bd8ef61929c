//! The tree over the tiles: what an append writes, the root at any size, and the proofs of RFC 9162 §2.1. Loading is
//! the caller's: each question has a twin that names the tiles that it will read, at most two for each level.

use super::tile::{self, LEVEL_MAX, SIZE_MAX, TILE_HEIGHT, TILE_WIDTH, TileId, row_length};
use crate::merkle::{self, Hash};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Where stored tiles come from; a tile may be longer than the asked size needs.
pub type Tiles<'a> = &'a dyn Fn(TileId) -> Option<Vec<u8>>;

/// What an append makes of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    pub size: u64,
    pub root: Hash,
    /// Tiles that are new or have grown, whole.
    pub tiles: Vec<(TileId, Vec<u8>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeError {
    /// The source does not have a tile that the log's size promises.
    MissingTile(TileId),
    /// A stored tile is shorter than the log's size promises, or no list of hashes.
    BadTile(TileId),
    /// There is no such leaf in a log of this size.
    NoSuchLeaf,
    /// A log never becomes smaller.
    Shrinks,
    /// More than `SIZE_MAX` entries.
    TooLarge,
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingTile(TileId { level, index }) => write!(f, "tile {level}/{index} is missing"),
            Self::BadTile(TileId { level, index }) => write!(f, "tile {level}/{index} is damaged"),
            Self::NoSuchLeaf => f.write_str("no such leaf in a log of this size"),
            Self::Shrinks => f.write_str("a log never becomes smaller"),
            Self::TooLarge => f.write_str("a log of this size is not supported"),
        }
    }
}
impl std::error::Error for TreeError {}

/// The unfilled tiles at the right edge, which an append goes on with.
pub fn tiles_for_append(size: u64) -> Vec<TileId> {
    let unfilled = |level: u8| {
        let row = row_length(level, size);
        (!row.is_multiple_of(TILE_WIDTH)).then_some(TileId { level, index: row / TILE_WIDTH })
    };
    (0..=LEVEL_MAX).filter_map(unfilled).collect()
}

/// Appends leaf hashes to a log of `size` entries.
pub fn append(size: u64, leaves: &[Hash], tiles: Tiles<'_>) -> Result<Appended, TreeError> {
    let grown = size.checked_add(leaves.len() as u64).filter(|grown| *grown <= SIZE_MAX).ok_or(TreeError::TooLarge)?;
    let mut edge = BTreeMap::new();
    for id in tiles_for_append(size) {
        edge.insert(id, load(id, size, tiles)?);
    }
    let mut written = BTreeMap::new();
    let mut news = leaves.to_vec();
    for level in 0..=LEVEL_MAX {
        if news.is_empty() {
            break;
        }
        let mut above = Vec::new();
        let mut id = TileId { level, index: row_length(level, size) / TILE_WIDTH };
        let mut hashes = edge.get(&id).cloned().unwrap_or_default();
        for hash in news {
            hashes.push(hash);
            if hashes.len() as u64 == TILE_WIDTH {
                above.push(merkle::root(&hashes));
                written.insert(id, std::mem::take(&mut hashes));
                id.index += 1;
            }
        }
        if !hashes.is_empty() {
            written.insert(id, hashes);
        }
        news = above;
    }
    let stored = |id: TileId| written.get(&id).or_else(|| edge.get(&id)).map(|hashes| tile::to_bytes(hashes));
    let root = root(grown, &stored)?;
    let tiles = written.iter().map(|(id, hashes)| (*id, tile::to_bytes(hashes))).collect();
    Ok(Appended { size: grown, root, tiles })
}

/// The root of the first `size` entries.
pub fn root(size: u64, tiles: Tiles<'_>) -> Result<Hash, TreeError> {
    within(size)?;
    if size == 0 {
        return Ok(merkle::root(&[]));
    }
    Reader::new(size, tiles).hash(Range { begin: 0, end: size })
}

pub fn tiles_for_root(size: u64) -> Vec<TileId> {
    if size == 0 || size > SIZE_MAX { Vec::new() } else { tiles_of(&[Range { begin: 0, end: size }]) }
}

/// The hashes that lead from the leaf at `index` to the root of the first `size` entries, nearest first.
pub fn inclusion(index: u64, size: u64, tiles: Tiles<'_>) -> Result<Vec<Hash>, TreeError> {
    within(size)?;
    let ranges = inclusion_ranges(index, size).ok_or(TreeError::NoSuchLeaf)?;
    let mut reader = Reader::new(size, tiles);
    ranges.into_iter().map(|range| reader.hash(range)).collect()
}

pub fn tiles_for_inclusion(index: u64, size: u64) -> Vec<TileId> {
    if size > SIZE_MAX { Vec::new() } else { tiles_of(&inclusion_ranges(index, size).unwrap_or_default()) }
}

/// The hashes that show that the log of `old` entries is the beginning of that of `new` entries.
pub fn consistency(old: u64, new: u64, tiles: Tiles<'_>) -> Result<Vec<Hash>, TreeError> {
    within(new)?;
    let ranges = consistency_ranges(old, new).ok_or(TreeError::Shrinks)?;
    let mut reader = Reader::new(new, tiles);
    ranges.into_iter().map(|range| reader.hash(range)).collect()
}

pub fn tiles_for_consistency(old: u64, new: u64) -> Vec<TileId> {
    if new > SIZE_MAX { Vec::new() } else { tiles_of(&consistency_ranges(old, new).unwrap_or_default()) }
}

fn within(size: u64) -> Result<(), TreeError> {
    if size <= SIZE_MAX { Ok(()) } else { Err(TreeError::TooLarge) }
}

/// Leaves `begin..end`, never none, whose hash RFC 6962 asks for: cut from a tree as its splits cut it.
#[derive(Clone, Copy)]
struct Range {
    begin: u64,
    end: u64,
}

/// PATH(m, D[n]) of RFC 9162 §2.1.3.1.
fn inclusion_ranges(index: u64, size: u64) -> Option<Vec<Range>> {
    if index >= size {
        return None;
    }
    let (mut begin, mut end) = (0, size);
    let mut ranges = Vec::new();
    while end - begin > 1 {
        let middle = begin + split(end - begin);
        if index < middle {
            ranges.push(Range { begin: middle, end });
            end = middle;
        } else {
            ranges.push(Range { begin, end: middle });
            begin = middle;
        }
    }
    ranges.reverse();
    Some(ranges)
}

/// PROOF(m, D[n]) of RFC 9162 §2.1.4.1; empty for equal sizes and, as everything extends nothing, for an old log of none.
fn consistency_ranges(old: u64, new: u64) -> Option<Vec<Range>> {
    if old > new {
        return None;
    }
    if old == 0 || old == new {
        return Some(Vec::new());
    }
    let (mut begin, mut end) = (0, new);
    let mut ranges = Vec::new();
    while old != end {
        let middle = begin + split(end - begin);
        if old <= middle {
            ranges.push(Range { begin: middle, end });
            end = middle;
        } else {
            ranges.push(Range { begin, end: middle });
            begin = middle;
        }
    }
    // A whole left subtree that begins at the first leaf is the old log itself, which the verifier has.
    if begin > 0 {
        ranges.push(Range { begin, end });
    }
    ranges.reverse();
    Some(ranges)
}

/// The largest power of two below `n`, for n ≥ 2.
fn split(n: u64) -> u64 {
    1 << (63 - (n - 1).leading_zeros())
}

/// A complete subtree: 2^height leaves, the `index`-th of its kind.
#[derive(Clone, Copy)]
struct Subtree {
    height: u32,
    index: u64,
}

impl Subtree {
    /// The tile that holds what its hash is made of, and where in it.
    fn place(&self) -> (TileId, std::ops::Range<usize>) {
        let (level, above) = (self.height / TILE_HEIGHT, self.height % TILE_HEIGHT);
        let first = self.index << above;
        let offset = (first % TILE_WIDTH) as usize;
        // Heights are below 56, so the level is at most 6.
        (TileId { level: level as u8, index: first / TILE_WIDTH }, offset..offset + (1 << above))
    }
}

/// A range as complete subtrees, the largest first: the binary digits of its length.
fn subtrees(range: Range) -> Vec<Subtree> {
    let mut begin = range.begin;
    let mut found = Vec::new();
    while begin < range.end {
        let height = 63 - (range.end - begin).leading_zeros();
        found.push(Subtree { height, index: begin >> height });
        begin += 1 << height;
    }
    found
}

fn tiles_of(ranges: &[Range]) -> Vec<TileId> {
    let ids: BTreeSet<TileId> =
        ranges.iter().flat_map(|range| subtrees(*range)).map(|subtree| subtree.place().0).collect();
    ids.into_iter().collect()
}

fn load(id: TileId, size: u64, tiles: Tiles<'_>) -> Result<Vec<Hash>, TreeError> {
    let bytes = tiles(id).ok_or(TreeError::MissingTile(id))?;
    tile::read(&bytes, id.width(size)).ok_or(TreeError::BadTile(id))
}

/// Reads hashes of a log of one size; each tile is asked for once.
struct Reader<'a> {
    size: u64,
    tiles: Tiles<'a>,
    read: BTreeMap<TileId, Vec<Hash>>,
}

impl<'a> Reader<'a> {
    fn new(size: u64, tiles: Tiles<'a>) -> Self {
        Self { size, tiles, read: BTreeMap::new() }
    }

    fn hash(&mut self, range: Range) -> Result<Hash, TreeError> {
        let mut hash = None;
        for subtree in subtrees(range).into_iter().rev() {
            let left = self.subtree(subtree)?;
            hash = Some(hash.map_or(left, |right| merkle::node(&left, &right)));
        }
        Ok(hash.expect("a range holds at least one leaf"))
    }

    fn subtree(&mut self, subtree: Subtree) -> Result<Hash, TreeError> {
        let (id, place) = subtree.place();
        if !self.read.contains_key(&id) {
            self.read.insert(id, load(id, self.size, self.tiles)?);
        }
        let hashes = self.read.get(&id).and_then(|hashes| hashes.get(place)).ok_or(TreeError::BadTile(id))?;
        Ok(merkle::root(hashes))
    }
}
