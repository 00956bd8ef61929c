//! Reads an input as a script. Where it ends, bytes follow that depend on all of it, so that a short script does not
//! always end in the same way.

pub struct Script<'a> {
    bytes: &'a [u8],
    beyond: u64,
}

impl<'a> Script<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        // FNV-1a.
        let beyond = bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self { bytes, beyond }
    }

    pub fn is_over(&self) -> bool {
        self.bytes.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        match self.bytes.split_first() {
            Some((first, rest)) => {
                self.bytes = rest;
                *first
            }
            None => {
                // Xorshift.
                self.beyond ^= self.beyond << 13;
                self.beyond ^= self.beyond >> 7;
                self.beyond ^= self.beyond << 17;
                (self.beyond >> 32) as u8
            }
        }
    }

    /// A number below `below`.
    pub fn pick(&mut self, below: usize) -> usize {
        usize::from(self.byte()) % below.max(1)
    }

    /// A place in something that may be longer than 256.
    pub fn place(&mut self, below: usize) -> usize {
        usize::from(u16::from_le_bytes([self.byte(), self.byte()])) % below.max(1)
    }

    pub fn of<'b, T>(&mut self, all: &'b [T]) -> &'b T {
        &all[self.pick(all.len())]
    }

    /// A text as the script spells it.
    pub fn text(&mut self) -> String {
        let length = self.pick(64).min(self.bytes.len());
        let (text, rest) = self.bytes.split_at(length);
        self.bytes = rest;
        String::from_utf8_lossy(text).into_owned()
    }

    pub fn rest(self) -> &'a [u8] {
        self.bytes
    }
}
