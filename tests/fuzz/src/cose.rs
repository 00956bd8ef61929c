//! Receipts and the log's notes as anybody may present them: a QR code's text, a file, a checkpoint. Each is read in its
//! one spelling or refused by a code; what was read is written as it was; checking it meets no panic; and what was altered
//! shows nothing that the office did not say.

use crate::watch::count;
use crate::wire::again;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dossier::ids::PublicKey;
use dossier::log::{Checkpoint, Entry, Item, LogKey, SignedCheckpoint, TilePath, split_items};
use dossier::receipt::{InLog, KEPT_MAX, Kept, PapersShown, RECEIPT_MAX, SignedReceipt, Trust, Verified};
use std::collections::BTreeSet;
use std::sync::{LazyLock, Mutex};

/// How a file of the corpus is to be read: its first byte.
pub const RECEIPT: u8 = 0;
pub const TEXT: u8 = 1;
pub const KEPT: u8 = 2;
pub const NOTE: u8 = 3;
pub const ENTRY: u8 = 4;
pub const ITEMS: u8 = 5;
pub const NAMES: u8 = 6;
pub const CHANGED: u8 = 7;
pub const KINDS: u8 = 8;

/// A kept file whose signatures are good, as the office gave it out.
const SAMPLE: &[u8] = include_bytes!("../../../mobile-core/dossier/tests/samples/receipt_1/kept.hoso");

/// The keys of the sample that the corpus begins with, so that its signatures are looked at.
static KEYS: LazyLock<(PublicKey, LogKey)> = LazyLock::new(|| {
    let part = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("a coordinate of the sample");
    let (x, y) = ("HhhTL9R1TALzBB2cdc6zO4P_2BrHzk_ogsyxyYvFiW4", "pGwxHE4v9A3ZajZT5uRURdMt_khuztdcepDGoYiBwKM");
    let key = PublicKey::try_from([part(x), part(y)].concat().as_slice()).expect("64 bytes");
    let log = "hoso/01935a00-0000-7000-8000-000000000001+1cfc8334+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
    (key, log.parse().expect("the sample's log key"))
});

/// The sample, what it shows, and all that was ever signed with the keys: its two messages.
static GIVEN: LazyLock<(Kept, Verified, Signed)> = LazyLock::new(|| {
    let (kept, signed) = (Kept::read(SAMPLE).expect("the sample"), Mutex::<Signed>::default());
    let note = |key: &[u8], message: &[u8], signature: &[u8]| {
        signed.lock().expect("nobody panics here").insert([key, message, signature].map(<[u8]>::to_vec))
    };
    let (key, log) = &*KEYS;
    let trust = Trust {
        receipts: std::slice::from_ref(key),
        logs: std::slice::from_ref(log),
        verify: &|key, message, signature| note(key.bytes(), message, signature.bytes()),
        verify_ed25519: &|key, message, signature| note(key, message, signature),
    };
    let verified = kept.verify(&trust).expect("the sample verifies");
    (kept, verified, signed.into_inner().expect("nobody panics here"))
});

/// Key, message, signature.
type Signed = BTreeSet<[Vec<u8>; 3]>;

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
        CHANGED => changed(rest),
        _ => names(&text()),
    }
}

/// A file that was given out, with some bytes altered, before a verifier for whom nothing is signed but what was: it
/// shows what the office said, or less of it, or nothing. A receipt alone has no byte that may differ.
fn changed(steps: &[u8]) {
    let (kept, said, signed) = &*GIVEN;
    let bare = steps.len() % 2 == 1;
    let given = if bare { kept.receipt.to_bytes() } else { SAMPLE.to_vec() };
    let mut altered = given.clone();
    for step in steps.chunks_exact(3) {
        let at = usize::from(u16::from_be_bytes([step[0], step[1]])) % altered.len();
        altered[at] ^= step[2];
    }
    let Ok(read) = Kept::read(&altered) else { return };
    count("changed and read");
    let known =
        |key: &[u8], message: &[u8], signature: &[u8]| signed.contains(&[key, message, signature].map(<[u8]>::to_vec));
    let (key, log) = &*KEYS;
    let trust = Trust {
        receipts: std::slice::from_ref(key),
        logs: std::slice::from_ref(log),
        verify: &|key, message, signature| known(key.bytes(), message, signature.bytes()),
        verify_ed25519: &|key, message, signature| known(key, message, signature),
    };
    let Ok(shown) = read.verify(&trust) else { return };
    count("changed and verified");
    assert!(!bare || altered == given, "an altered receipt verifies");
    assert_eq!((&shown.receipt, shown.key), (&said.receipt, said.key));
    assert!(shown.papers == said.papers || shown.papers == PapersShown::NotGiven, "other papers are shown");
    assert!(shown.log == said.log || shown.log == InLog::NotGiven, "another place in the log is shown");
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
