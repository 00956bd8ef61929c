//! Tiles: the log's hashes in blocks of 256, written once and only ever grown at the right edge (C2SP tlog-tiles).

use crate::ids::NotA;
use crate::merkle::Hash;
use std::fmt;
use std::str::FromStr;

/// Hashes in a full tile: each tile is a subtree of height 8.
pub const TILE_WIDTH: u64 = 1 << TILE_HEIGHT;
pub(super) const TILE_HEIGHT: u32 = 8;

/// The largest log: a thousand entries a second for two million years, and no shift below overflows.
pub const SIZE_MAX: u64 = (1 << 56) - 1;
pub(super) const LEVEL_MAX: u8 = 6;

/// Where a tile stands. One whose right neighbour is not begun grows as the log does: its first hashes never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// 0 holds leaf hashes, each level above the roots of the full tiles below it.
    pub level: u8,
    pub index: u64,
}

/// A tile as far as it is filled: how it is asked for over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TilePath {
    pub id: TileId,
    /// 1 to 256.
    pub width: u16,
}

impl TileId {
    /// How many hashes it has in a log of this size; 0 when it is not there yet.
    pub fn width(&self, size: u64) -> u16 {
        let row = row_length(self.level, size);
        let before = self.index.saturating_mul(TILE_WIDTH);
        // At most 256, so it fits.
        row.saturating_sub(before).min(TILE_WIDTH) as u16
    }

    pub fn path(&self, size: u64) -> TilePath {
        TilePath { id: *self, width: self.width(size) }
    }
}

/// `tile/<level>/<index in groups of three digits>`, and `.p/<width>` when it is not full.
impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/", self.id.level)?;
        let mut groups = vec![format!("{:03}", self.id.index % 1000)];
        let mut rest = self.id.index / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        groups.reverse();
        f.write_str(&groups.join("/"))?;
        if u64::from(self.width) < TILE_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

/// Reads the one spelling of a path.
impl FromStr for TilePath {
    type Err = NotA;
    fn from_str(text: &str) -> Result<Self, NotA> {
        let parsed = parse(text).ok_or(NotA("tile path"))?;
        if parsed.to_string() == text { Ok(parsed) } else { Err(NotA("tile path")) }
    }
}

fn parse(text: &str) -> Option<TilePath> {
    let (level, rest) = text.strip_prefix("tile/")?.split_once('/')?;
    let (index, width) = match rest.split_once(".p/") {
        Some((index, width)) => (index, width.parse().ok().filter(|w| (1..TILE_WIDTH).contains(&u64::from(*w)))?),
        None => (rest, TILE_WIDTH as u16),
    };
    let level = level.parse().ok().filter(|level| *level <= LEVEL_MAX)?;
    let mut number = 0_u64;
    for group in index.split('/') {
        let digits: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
        number = number.checked_mul(1000)?.checked_add(digits)?;
    }
    Some(TilePath { id: TileId { level, index: number }, width })
}

/// How many hashes a level has in a log of this size.
pub(super) fn row_length(level: u8, size: u64) -> u64 {
    size.checked_shr(TILE_HEIGHT * u32::from(level)).unwrap_or(0)
}

/// The tile's hashes as it is stored: one after the other.
pub(super) fn to_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.concat()
}

/// The first `width` hashes of a stored tile, which may have grown since.
pub(super) fn read(bytes: &[u8], width: u16) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    let fits = rest.is_empty() && hashes.len() >= usize::from(width) && hashes.len() as u64 <= TILE_WIDTH;
    fits.then(|| hashes[..usize::from(width)].to_vec())
}
