//! The first look at a change's bytes, before the document library sees them.
//!
//! A change is columns of run lengths, so 64 bytes can claim 10^12 operations and hang the library (measured). This
//! walks the runs, not the operations: its work is bounded by the bytes, it allocates nothing by a claimed count, and it
//! refuses what the flat alphabet never contains: other chunk kinds, deflate, messages, times, extra bytes.

mod bytes;

use crate::admit::Refusal;
use crate::ids::{Actor, ChangeHash};
use bytes::{Item, Reader};
use sha2::{Digest, Sha256};

/// The most bytes of one change (DESIGN §4.3).
pub const BYTES_MAX: usize = 64 * 1024;
/// The most operations of one change.
pub const OPERATIONS_MAX: u64 = 2_000;
/// The most predecessors of one change, all operations together.
pub const PREDECESSORS_MAX: u64 = 4_000;
/// The most dependencies of one change.
pub const DEPENDENCIES_MAX: u64 = 32;

/// The most other actors that one change may name; each concurrent value of a key adds at most one.
const ACTORS_MAX: u64 = 256;
/// The longest key is a paper's: a name of 40, a slash, 64 hexadecimal digits; a field in a group has 108.
const KEY_BYTES_MAX: u64 = 120;
/// An operation's counter is 32 bits wide in the library, which panics above that; no dossier comes near this.
const COUNTER_MAX: i64 = 1 << 24;

/// Column numbers as the library writes them: (column << 4) | kind, from `storage/change/change_op_columns.rs` 0.12.
const OBJECT_ACTOR: u64 = 0x01;
const OBJECT_COUNTER: u64 = 0x02;
const KEY_ACTOR: u64 = 0x11;
const KEY_COUNTER: u64 = 0x13;
const KEY_TEXT: u64 = 0x15;
const INSERT: u64 = 0x34;
const ACTION: u64 = 0x42;
const VALUE_KIND: u64 = 0x56;
const VALUE: u64 = 0x57;
const PREDECESSORS: u64 = 0x70;
const PREDECESSOR_ACTOR: u64 = 0x71;
const PREDECESSOR_COUNTER: u64 = 0x73;
const EXPAND: u64 = 0x94;
const MARK_NAME: u64 = 0xa5;
const DEFLATED: u64 = 0x08;
const COLUMNS_MAX: u64 = 14;

/// What a change says of itself, read without the document library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub hash: ChangeHash,
    pub actor: Actor,
    pub seq: u64,
    pub start_op: u64,
    pub deps: Vec<ChangeHash>,
    pub operations: u64,
}

/// Reads one plain change chunk, or says why it is not one that this office takes.
pub fn prescan(bytes: &[u8]) -> Result<Header, Refusal> {
    if bytes.len() > BYTES_MAX {
        return Err(Refusal::TooLarge);
    }
    if bytes.get(..4) != Some(&[0x85, 0x6f, 0x4a, 0x83]) {
        return Err(Refusal::NotAChange);
    }
    match bytes.get(8) {
        Some(1) => {}
        Some(2) => return Err(Refusal::Compressed),
        _ => return Err(Refusal::NotAChange),
    }
    let mut r = Reader::new(bytes, 9);
    let length = r.unsigned()?;
    if length != r.left() as u64 {
        return Err(Refusal::Malformed);
    }
    let deps = dependencies(&mut r)?;
    let actor = actor(&mut r)?;
    let (seq, start_op) = (r.unsigned()?, r.unsigned()?);
    if seq == 0 {
        return Err(Refusal::SequenceGap);
    }
    if start_op == 0 || start_op > COUNTER_MAX as u64 {
        return Err(Refusal::Counter);
    }
    if r.signed()? != 0 {
        return Err(Refusal::Time);
    }
    if r.unsigned()? != 0 {
        return Err(Refusal::Message);
    }
    let others = r.unsigned()?;
    if others > ACTORS_MAX {
        return Err(Refusal::TooManyActors);
    }
    for _ in 0..others {
        self::actor(&mut r)?;
    }
    let operations = columns(&mut r, others)?;
    if r.left() != 0 {
        return Err(Refusal::ExtraBytes);
    }
    let hash = hash_of(bytes);
    if bytes[4..8] != hash.0[..4] {
        return Err(Refusal::Malformed);
    }
    Ok(Header { hash, actor, seq, start_op, deps, operations })
}

/// Cuts changes that were stored one behind the other; each tells its own length.
pub fn split(bytes: &[u8]) -> Result<Vec<&[u8]>, Refusal> {
    let (mut changes, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        let mut r = Reader::new(rest, 9);
        let length = usize::try_from(r.unsigned()?).map_err(|_| Refusal::Malformed)?;
        let end = (rest.len() - r.left()).checked_add(length).filter(|end| *end <= rest.len());
        let (change, after) = rest.split_at(end.ok_or(Refusal::Malformed)?);
        changes.push(change);
        rest = after;
    }
    Ok(changes)
}

/// A change's hash: SHA-256 of its chunk after magic and checksum. Bytes too short to be a change hash as empty.
pub fn hash_of(bytes: &[u8]) -> ChangeHash {
    ChangeHash(Sha256::digest(bytes.get(8..).unwrap_or_default()).into())
}

fn dependencies(r: &mut Reader<'_>) -> Result<Vec<ChangeHash>, Refusal> {
    let count = r.unsigned()?;
    if count > DEPENDENCIES_MAX {
        return Err(Refusal::TooManyDependencies);
    }
    (0..count).map(|_| Ok(ChangeHash(r.array()?))).collect()
}

fn actor(r: &mut Reader<'_>) -> Result<Actor, Refusal> {
    if r.unsigned()? != 16 {
        return Err(Refusal::Actor);
    }
    Ok(Actor(r.array()?))
}

/// Walks every column; the operations of the change are the rows of its action column.
fn columns(r: &mut Reader<'_>, others: u64) -> Result<u64, Refusal> {
    let count = r.unsigned()?;
    if count > COLUMNS_MAX {
        return Err(Refusal::Malformed);
    }
    let mut specs = [(0u64, 0u64); COLUMNS_MAX as usize];
    let specs = &mut specs[..count as usize];
    let mut before = None;
    for spec in specs.iter_mut() {
        *spec = (r.unsigned()?, r.unsigned()?);
        if before.is_some_and(|b| b >= spec.0) {
            return Err(Refusal::Malformed);
        }
        before = Some(spec.0);
    }
    let (mut operations, mut value_bytes, mut value_length) = (0, 0, 0);
    for (spec, length) in specs.iter() {
        let column = r.take(*length)?;
        match *spec {
            ACTION => operations = rows(column, Item::Unsigned, |_, _| Ok(()))?,
            VALUE_KIND => value_bytes = value_length_of(column)?,
            VALUE => value_length = *length,
            spec => other_column(spec, column, others)?,
        }
    }
    if operations == 0 {
        return Err(Refusal::Empty);
    }
    if value_bytes != value_length { Err(Refusal::Malformed) } else { Ok(operations) }
}

fn other_column(spec: u64, column: &[u8], others: u64) -> Result<(), Refusal> {
    // An index beyond the actors of the change makes the library's decoder panic; so does a counter of 33 bits.
    let actor = |_, index: i64| if index as u64 > others { Err(Refusal::Malformed) } else { Ok(()) };
    let counter = |_, value: i64| if (0..=COUNTER_MAX).contains(&value) { Ok(()) } else { Err(Refusal::Counter) };
    match spec {
        OBJECT_ACTOR => rows(column, Item::Unsigned, actor)?,
        OBJECT_COUNTER => rows(column, Item::Unsigned, counter)?,
        KEY_ACTOR | KEY_COUNTER => return Err(Refusal::List),
        KEY_TEXT => rows(column, Item::Text(KEY_BYTES_MAX), |_, _| Ok(()))?,
        INSERT => booleans(column)?,
        PREDECESSORS => predecessors(column)?,
        PREDECESSOR_ACTOR => grouped(column, Item::Unsigned, actor)?,
        PREDECESSOR_COUNTER => {
            let mut at = 0i64;
            grouped(column, Item::Signed, |run, delta| {
                at = delta.checked_mul(run).and_then(|d| at.checked_add(d)).ok_or(Refusal::Counter)?;
                counter(run, at)
            })?
        }
        EXPAND | MARK_NAME => return Err(Refusal::Mark),
        spec if spec & DEFLATED != 0 => return Err(Refusal::Compressed),
        _ => return Err(Refusal::Malformed),
    };
    Ok(())
}

/// Rows of a column that has one row for each operation.
fn rows(column: &[u8], item: Item, see: impl FnMut(i64, i64) -> Result<(), Refusal>) -> Result<u64, Refusal> {
    bytes::runs(column, item, OPERATIONS_MAX, see)?.ok_or(Refusal::TooManyOperations)
}

/// Rows of a column that has one row for each predecessor.
fn grouped(column: &[u8], item: Item, see: impl FnMut(i64, i64) -> Result<(), Refusal>) -> Result<u64, Refusal> {
    bytes::runs(column, item, PREDECESSORS_MAX, see)?.ok_or(Refusal::TooManyPredecessors)
}

/// One operation can claim 10^7 predecessors in 74 bytes: what counts is the sum.
fn predecessors(column: &[u8]) -> Result<u64, Refusal> {
    let mut sum = 0u64;
    rows(column, Item::Unsigned, |run, count| {
        sum = (count as u64).checked_mul(run as u64).and_then(|n| sum.checked_add(n)).unwrap_or(u64::MAX);
        if sum > PREDECESSORS_MAX { Err(Refusal::TooManyPredecessors) } else { Ok(()) }
    })
}

/// Bytes that all values together claim of the value column; a row's low four bits are its kind.
fn value_length_of(column: &[u8]) -> Result<u64, Refusal> {
    let mut sum = 0u64;
    rows(column, Item::Unsigned, |run, meta| {
        let length = meta as u64 >> 4;
        sum = length.checked_mul(run as u64).and_then(|n| sum.checked_add(n)).ok_or(Refusal::Malformed)?;
        Ok(())
    })?;
    Ok(sum)
}

/// A column of alternating counts of false and true.
fn booleans(column: &[u8]) -> Result<u64, Refusal> {
    let mut r = Reader::new(column, 0);
    let mut rows = 0u64;
    while r.left() > 0 {
        rows = rows.saturating_add(r.unsigned()?);
        if rows > OPERATIONS_MAX {
            return Err(Refusal::TooManyOperations);
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::edit::set_fields;
    use crate::ids::DossierId;
    use crate::layout::{LAYOUT, Value};

    #[test]
    fn changes_in_a_row_come_apart_as_they_were() {
        let id = DossierId(uuid::Uuid::from_u128(1));
        let (mut doc, actor) = (Document::genesis(LAYOUT, &id), Actor([1; 16]));
        let mut written = |text: &str| {
            let value = Some(Value::from(text));
            set_fields(&mut doc, actor, &[("name".parse().unwrap(), value)]).unwrap().bytes.0
        };
        let changes = [written("An"), written(&"Bình ".repeat(400)), written("Chi")];
        let row = changes.concat();
        assert_eq!(split(&row).unwrap(), changes.each_ref().map(Vec::as_slice));
        assert_eq!(split(b""), Ok(Vec::new()));
        let whole: usize = changes[..2].iter().map(Vec::len).sum();
        for cut in [1, 8, 9, 10, whole - 1, whole + 1, row.len() - 1] {
            assert_eq!(split(&row[..cut]), Err(Refusal::Malformed), "{cut}");
        }
    }
}
