//! A disk that loses power. It remembers everything that was done to it, so that one run of the phone's work gives the
//! disk that would be left after a cut at any of its moments.
//!
//! Kept is what was flushed. Of what came after the last flush a disk keeps what it likes: some writes and not others,
//! of a write some sectors and not others, and a file's new length or not.

use crate::storage::{Gone, Place, StorageError, Store, Syncs};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};
use redb::StorageBackend;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

#[derive(Clone, Debug)]
pub(super) enum Step {
    Write(usize, Vec<u8>),
    Length(usize),
    Flush,
}

#[derive(Clone, Debug, Default)]
pub(super) struct PowerCutDisk(Arc<Mutex<Disk>>);

#[derive(Debug, Default)]
struct Disk {
    /// As a process sees it.
    now: Vec<u8>,
    done: Vec<Step>,
}

/// What was done to a disk that began as `before`.
pub(super) struct Record {
    pub(super) before: Vec<u8>,
    pub(super) done: Vec<Step>,
}

impl PowerCutDisk {
    /// A disk as a cut has left it.
    pub(super) fn with(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Mutex::new(Disk { now: bytes, done: Vec::new() })))
    }

    /// How many steps were done: the moment, to a cut.
    pub(super) fn moment(&self) -> usize {
        self.lock().done.len()
    }

    pub(super) fn now(&self) -> Vec<u8> {
        self.lock().now.clone()
    }

    pub(super) fn record(&self, before: Vec<u8>) -> Record {
        Record { before, done: self.lock().done.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap()
    }

    fn step(&self, step: Step) {
        let mut disk = self.lock();
        step.apply(&mut disk.now);
        disk.done.push(step);
    }
}

impl StorageBackend for PowerCutDisk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.lock().now.len() as u64)
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let (disk, from) = (self.lock(), offset as usize);
        let bytes = disk.now.get(from..from + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.step(Step::Length(len as usize));
        Ok(())
    }
    fn sync_data(&self) -> io::Result<()> {
        self.step(Step::Flush);
        Ok(())
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.step(Step::Write(offset as usize, data.to_vec()));
        Ok(())
    }
}

/// An account's place; deleting is done at once, so that nothing of it can be broken off.
impl Place for PowerCutDisk {
    fn open(&self, key: &[u8; 32], syncs: Arc<Syncs>) -> Result<Store, StorageError> {
        Store::open_backend(self.clone(), key, syncs)
    }
    fn condemn(&self, _: Gone) -> io::Result<()> {
        Ok(())
    }
    fn condemned(&self) -> io::Result<Option<Gone>> {
        Ok(None)
    }
    fn clear(&self) -> io::Result<()> {
        self.set_len(0)
    }
    fn acquit(&self) -> io::Result<()> {
        Ok(())
    }
}

impl Step {
    fn apply(&self, disk: &mut Vec<u8>) {
        match self {
            Self::Write(at, bytes) => write(disk, *at, bytes),
            Self::Length(length) if *length < disk.len() => disk.truncate(*length),
            Self::Length(length) => grow(disk, *length),
            Self::Flush => {}
        }
    }
}

fn write(disk: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if disk.len() < at + bytes.len() {
        grow(disk, at + bytes.len());
    }
    disk[at..at + bytes.len()].copy_from_slice(bytes);
}

impl Record {
    /// The moments before and after each flush.
    pub(super) fn flushes(&self) -> Vec<usize> {
        let at = self.done.iter().enumerate().filter(|(_, step)| matches!(step, Step::Flush));
        at.flat_map(|(n, _)| [n, n + 1]).collect()
    }

    /// What is left of the disk when the power goes after so many steps. A disk that lies has flushed nothing when it
    /// says so.
    pub(super) fn cut(&self, moment: usize, lies: bool, seed: u64) -> Vec<u8> {
        let rng = &mut StdRng::seed_from_u64(seed);
        let done = &self.done[..moment];
        let flushed = done.iter().rposition(|step| matches!(step, Step::Flush)).filter(|_| !lies).map_or(0, |n| n + 1);
        let mut disk = self.before.clone();
        done[..flushed].iter().for_each(|step| step.apply(&mut disk));
        let kept = [0.0, 0.1, 0.5, 0.9, 1.0][rng.random_range(0..5)];
        let by_sector = rng.random();
        for (n, step) in done[flushed..].iter().enumerate() {
            let is_last = flushed + n + 1 == moment;
            match step {
                Step::Write(at, bytes) if by_sector || is_last => tear(&mut disk, *at, bytes, kept, rng),
                step if rng.random_bool(kept) => step.apply(&mut disk),
                _ => {}
            }
        }
        disk
    }
}

/// With memory that comes zeroed: writing zeros one by one would be most of a test's time.
fn grow(disk: &mut Vec<u8>, length: usize) {
    let mut grown = vec![0; length];
    grown[..disk.len()].copy_from_slice(disk);
    *disk = grown;
}

/// Some sectors of a write.
fn tear(disk: &mut Vec<u8>, at: usize, bytes: &[u8], kept: f64, rng: &mut StdRng) {
    let mut from = 0;
    while from < bytes.len() {
        let to = bytes.len().min(from + SECTOR - (at + from) % SECTOR);
        if rng.random_bool(kept) {
            write(disk, at + from, &bytes[from..to]);
        }
        from = to;
    }
}

#[test]
fn the_disk_keeps_what_was_flushed_and_tears_what_was_not() {
    let disk = PowerCutDisk::default();
    disk.write(0, &[1; 2048]).unwrap();
    disk.sync_data().unwrap();
    disk.write(512, &[2; 2048]).unwrap();
    let record = disk.record(Vec::new());
    assert_eq!(record.flushes(), [1, 2]);
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let left = record.cut(3, false, seed);
        assert!(left[..512] == [1; 512] && left.len() >= 2048, "what was flushed is there");
        assert!(left.chunks(SECTOR).all(|sector| sector.iter().all(|byte| byte == &sector[0])), "sectors are whole");
        seen.insert(left);
        assert_eq!(record.cut(2, false, seed), [1; 2048]);
    }
    assert!(seen.len() > 10, "{} different disks", seen.len());
    assert!((0..50).any(|seed| record.cut(2, true, seed).len() < 2048), "a disk that lies loses what it said it has");
}
