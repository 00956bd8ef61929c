//! Receipts and the log's notes as anybody may present them: a QR code's text, a file, a checkpoint. Each is read in its
//! one spelling or refused by a code; what was read is written as it was; checking it meets no panic.

use crate::watch::count;
use crate::wire::again;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dossier::ids::PublicKey;
use dossier::log::{Checkpoint, Entry, Item, LogKey, SignedCheckpoint, TilePath, split_items};
use dossier::receipt::{KEPT_MAX, Kept, RECEIPT_MAX, SignedReceipt, Trust};
use std::sync::LazyLock;

/// How a file of the corpus is to be read: its first byte.
pub const RECEIPT: u8 = 0;
pub const TEXT: u8 = 1;
pub const KEPT: u8 = 2;
pub const NOTE: u8 = 3;
pub const ENTRY: u8 = 4;
pub const ITEMS: u8 = 5;
pub const NAMES: u8 = 6;
pub const KINDS: u8 = 7;

/// The keys of the sample that the corpus begins with, so that its signatures are looked at.
static KEYS: LazyLock<(PublicKey, LogKey)> = LazyLock::new(|| {
    let part = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("a coordinate of the sample");
    let (x, y) = ("HhhTL9R1TALzBB2cdc6zO4P_2BrHzk_ogsyxyYvFiW4", "pGwxHE4v9A3ZajZT5uRURdMt_khuztdcepDGoYiBwKM");
    let key = PublicKey::try_from([part(x), part(y)].concat().as_slice()).expect("64 bytes");
    let log = "hoso/01935a00-0000-7000-8000-000000000001+1cfc8334+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
    (key, log.parse().expect("the sample's log key"))
});

pub fn run(input: &[u8]) {
    count("executions");
    let Some((first, rest)) = input.split_first() else { return };
    let text = || String::from_utf8_lossy(rest);
    match first % KINDS {
        RECEIPT => receipt(rest),
        TEXT => {
            if let Ok(receipt) = SignedReceipt::from_text(&text()) {
                self::receipt(&receipt.to_bytes());
            }
        }
        KEPT => kept(rest),
        NOTE => note(&text()),
        ENTRY => {
            if let Ok(entry) = Entry::read(rest) {
                count("entry");
                assert_eq!(entry.to_bytes(), rest);
            }
        }
        ITEMS => {
            again::<Item>(rest);
            if let Ok(items) = split_items(rest) {
                count("items");
                assert!(items.iter().map(|item| item.len()).sum::<usize>() < rest.len());
            }
        }
        _ => names(&text()),
    }
}

fn receipt(bytes: &[u8]) {
    let Ok(receipt) = SignedReceipt::read(bytes) else { return };
    count("receipt");
    assert_eq!(receipt.to_bytes(), bytes, "one spelling only");
    assert!(bytes.len() <= RECEIPT_MAX, "{} bytes", bytes.len());
    assert_eq!(SignedReceipt::from_text(&receipt.to_text()).as_ref(), Ok(&receipt));
    checked(&Kept::bare(receipt));
}

fn kept(bytes: &[u8]) {
    let Ok(kept) = Kept::read(bytes) else { return };
    count("kept");
    assert!(bytes.len() <= KEPT_MAX);
    assert_eq!(Kept::read(&kept.to_bytes()).as_ref(), Ok(&kept));
    checked(&kept);
}

/// With keys of the server, and a verifier that believes everything: what stands behind a signature is looked at too.
fn checked(kept: &Kept) {
    let (key, log) = &*KEYS;
    for logs in [&[][..], std::slice::from_ref(log)] {
        let trust = Trust {
            receipts: std::slice::from_ref(key),
            logs,
            verify: &|_, _, _| true,
            verify_ed25519: &|_, _, _| true,
        };
        match kept.verify(&trust) {
            Ok(_) => count("verified"),
            Err(refused) => count(refused.code()),
        }
    }
}

fn note(text: &str) {
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(Checkpoint::parse(&checkpoint.text()).as_ref(), Ok(&checkpoint));
    }
    if let Ok(note) = SignedCheckpoint::parse(text) {
        count("note");
        let log = &KEYS.1;
        let _ = note.verify(&note.unverified().origin, log, &|_, _, _| true);
        assert_eq!(SignedCheckpoint::parse(&note.to_string()).as_ref(), Ok(&note));
    }
}

fn names(text: &str) {
    if let Ok(key) = text.parse::<LogKey>() {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(path) = text.parse::<TilePath>() {
        assert_eq!(path.to_string(), text);
    }
}
