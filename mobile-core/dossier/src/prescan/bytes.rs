//! Numbers, runs and slices of a change's bytes. Every step consumes bytes, so no claimed count costs work.

use crate::admit::Refusal;

pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// What one item of a run-length column is.
#[derive(Clone, Copy)]
pub(super) enum Item {
    Unsigned,
    Signed,
    /// Length and bytes, at most so many.
    Text(u64),
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub(super) fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    /// LEB128, at most 64 bits.
    pub(super) fn unsigned(&mut self) -> Result<u64, Refusal> {
        let (mut value, mut shift) = (0u64, 0u32);
        loop {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                return Err(Refusal::Malformed);
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            shift += 7;
        }
    }

    /// Signed LEB128, at most 64 bits.
    pub(super) fn signed(&mut self) -> Result<i64, Refusal> {
        let (mut value, mut shift) = (0i64, 0u32);
        loop {
            let byte = self.byte()?;
            if shift == 63 && byte != 0 && byte != 0x7f {
                return Err(Refusal::Malformed);
            }
            value |= i64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                if shift < 64 && byte & 0x40 != 0 {
                    value |= -1i64 << shift;
                }
                return Ok(value);
            }
        }
    }

    pub(super) fn take(&mut self, count: u64) -> Result<&'a [u8], Refusal> {
        let end = usize::try_from(count).ok().and_then(|n| self.at.checked_add(n)).ok_or(Refusal::Malformed)?;
        let slice = self.bytes.get(self.at..end).ok_or(Refusal::Malformed)?;
        self.at = end;
        Ok(slice)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        self.take(N as u64)?.try_into().map_err(|_| Refusal::Malformed)
    }

    fn byte(&mut self) -> Result<u8, Refusal> {
        let byte = *self.bytes.get(self.at).ok_or(Refusal::Malformed)?;
        self.at += 1;
        Ok(byte)
    }

    fn item(&mut self, item: Item) -> Result<i64, Refusal> {
        match item {
            // Sixty-four bits are kept as they are; who reads them compares them as unsigned.
            Item::Unsigned => Ok(self.unsigned()? as i64),
            Item::Signed => self.signed(),
            Item::Text(most) => {
                let length = self.unsigned()?;
                if length > most {
                    return Err(Refusal::Key);
                }
                self.take(length)?;
                Ok(0)
            }
        }
    }
}

/// Walks a run-length column and shows each run as (length, value); nulls are counted and not shown. The rows, or
/// `None` when there are more than `most`.
pub(super) fn runs(
    column: &[u8],
    item: Item,
    most: u64,
    mut see: impl FnMut(i64, i64) -> Result<(), Refusal>,
) -> Result<Option<u64>, Refusal> {
    let mut r = Reader::new(column, 0);
    let mut rows = 0u64;
    while r.left() > 0 {
        let run = r.signed()?;
        let count = if run == 0 { r.unsigned()? } else { run.unsigned_abs() };
        rows = rows.saturating_add(count);
        if rows > most {
            return Ok(None);
        }
        if run > 0 {
            see(run, r.item(item)?)?;
        }
        for _ in run..0 {
            see(1, r.item(item)?)?;
        }
    }
    Ok(Some(rows))
}
