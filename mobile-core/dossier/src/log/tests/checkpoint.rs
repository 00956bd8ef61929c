use super::super::*;
use super::SERVER;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};

/// What `dossier` never does itself.
fn verify(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let signature = ed25519_dalek::Signature::from_bytes(signature);
    VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
}

/// The checksum database of the Go language on 2023-01-10, as a witness's README gives it with two lines of the witness.
const GO: &str = "go.sum database tree
15081221
BoMMe1wd25Tco0mYGROkyqxHZWx+hcSCtMV315Lu6Lg=

— sum.golang.org Az3grilD7vQqTrv66jRgKM84Y80KTprrSt4bKmiOPxgmS5ZVBTeCl6dUvjYnN13R+C8j0jGY1WnUADGMkok3U0m2Zgo=
— test.example.com qTGhC3917mAr6hGh+T55tNjxaej/D/GQivJZRIj7XGdAcQOTqfMWIPgp/v/904LEduN/h2sSRtHUJXUL4b9Gm7Bz4Qc=
— test.example.com /Pa7Y/dUvWMAAAAAQVwkQVi81ArPV7BIaQYrMIxyzY0m8a4BdeeBhSKd3PviPK4/3Sd+NKSc5N7PDTCfAkUSVniN+R2oKIggA4iiDQ==
";
const GO_KEY: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

/// Ours, as it is written for ever.
const GOLDEN: &str = include_str!("../../../tests/samples/log_1/checkpoint.txt");

fn signer() -> (SigningKey, LogKey) {
    let signer = SigningKey::from_bytes(&[7; 32]);
    let key = LogKey::new(&origin(&SERVER), signer.verifying_key().to_bytes()).unwrap();
    (signer, key)
}

fn ours() -> Checkpoint {
    Checkpoint { origin: origin(&SERVER), size: 70_000, root: [0xab; 32], extensions: Vec::new() }
}

fn signed(checkpoint: Checkpoint) -> SignedCheckpoint {
    let (signer, key) = signer();
    let signature = signer.sign(checkpoint.text().as_bytes()).to_bytes();
    checkpoint.signed(&key, signature)
}

#[test]
fn a_checkpoint_is_written_as_it_always_was() {
    assert_eq!(signed(ours()).to_string(), GOLDEN);
    let (_, key) = signer();
    assert_eq!(
        key.to_string(),
        "hoso/01935a00-0000-7000-8000-000000000001+1cfc8334+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"
    );
    let read = SignedCheckpoint::parse(GOLDEN).unwrap();
    assert_eq!(read.verify(&origin(&SERVER), &key, &verify), Ok(&ours()));
}

#[test]
fn a_published_checkpoint_of_another_log_verifies_and_its_witnesses_are_kept() {
    let key: LogKey = GO_KEY.parse().unwrap();
    assert_eq!((key.to_string().as_str(), key.id()), (GO_KEY, [0x03, 0x3d, 0xe0, 0xae]));
    let note = SignedCheckpoint::parse(GO).unwrap();
    let checkpoint = note.verify("go.sum database tree", &key, &verify).unwrap();
    assert_eq!(checkpoint.size, 15_081_221);
    assert_eq!(note.signatures().len(), 3);
    assert_eq!(note.to_string(), GO);
    assert_eq!(note.verify(&origin(&SERVER), &key, &verify), Err(NoteRefused::OtherLog));
    assert_eq!(note.verify("go.sum database tree", &signer().1, &verify), Err(NoteRefused::NotSigned));
}

#[test]
fn the_reference_key_of_signed_notes_is_read_and_its_manglings_are_not() {
    // The key of the note format's first implementation (golang.org/x/mod/sumdb/note), mangled as its test does.
    let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    assert_eq!(text.parse::<LogKey>().unwrap().name(), "PeterNeumann");
    for from in 0..text.len() {
        for to in from + 1..=text.len() {
            assert!((from, to) == (0, text.len()) || text[from..to].parse::<LogKey>().is_err(), "{}", &text[from..to]);
        }
    }
    for at in 0..text.len() {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] += 1;
        assert!(String::from_utf8(bytes).unwrap().parse::<LogKey>().is_err(), "byte {at}");
    }
    let wrong_length = "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==";
    let other_algorithm = "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    for text in [wrong_length, other_algorithm, "", "+", "++", "a b+00000000+AA=="] {
        assert!(text.parse::<LogKey>().is_err(), "{text}");
    }
    for name in ["", "two words", "a+b", "line\nbreak", "no\u{a0}break"] {
        assert!(LogKey::new(name, [1; 32]).is_err(), "{name:?}");
    }
}

#[test]
fn a_checkpoint_with_one_bit_changed_is_refused() {
    let (_, key) = signer();
    for bit in 0..GOLDEN.len() * 8 {
        let mut bytes = GOLDEN.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let read = SignedCheckpoint::parse(&text);
        let verified = read.as_ref().map(|read| read.verify(&origin(&SERVER), &key, &verify));
        assert!(!matches!(verified, Ok(Ok(_))), "bit {bit}: {text}");
    }
}

#[test]
fn one_bad_signature_of_a_known_key_refuses_the_note() {
    let (_, key) = signer();
    let good = signed(ours()).to_string();
    let line = good.lines().last().unwrap();
    let bad = SignedCheckpoint::parse(&format!("{good}{}\n", line.replace("HPyDNEFQ", "HPyDNEFR"))).unwrap();
    let twice = SignedCheckpoint::parse(&format!("{good}{line}\n")).unwrap();
    assert_ne!(bad, twice, "the signature was changed");
    assert_eq!(twice.verify(&origin(&SERVER), &key, &verify), Ok(&ours()));
    assert_eq!(bad.verify(&origin(&SERVER), &key, &verify), Err(NoteRefused::BadSignature));
}

#[test]
fn extension_lines_are_signed_and_kept() {
    let mut checkpoint = ours();
    checkpoint.extensions = vec!["epoch 3".to_owned(); EXTENSIONS_MAX];
    let note = signed(checkpoint.clone());
    let read = SignedCheckpoint::parse(&note.to_string()).unwrap();
    assert_eq!(read.verify(&origin(&SERVER), &signer().1, &verify), Ok(&checkpoint));
    let other = note.to_string().replacen("epoch 3", "epoch 4", 1);
    let other = SignedCheckpoint::parse(&other).unwrap();
    assert_eq!(other.verify(&origin(&SERVER), &signer().1, &verify), Err(NoteRefused::BadSignature));
}

#[test]
fn a_text_that_is_spelled_otherwise_is_no_checkpoint() {
    let text = ours().text();
    assert_eq!(Checkpoint::parse(&text), Ok(ours()));
    let wrong = [
        text.replace("70000", "070000"),
        text.replace("70000", "+70000"),
        text.replace("70000", ""),
        text.replace("70000", "18446744073709551616"),
        text.replace("70000", "-1"),
        text.replace("hoso/", "\nhoso/"),
        text.replace("hoso/", "ho\tso/"),
        text.replace('\n', "\r\n"),
        text.replace("6s=", "6t="),
        text.replace('=', ""),
        text.trim_end().to_owned(),
        format!("{text}\n"),
        format!("{text}one\n\ntwo\n"),
        text.lines().take(2).map(|line| format!("{line}\n")).collect(),
        String::new(),
    ];
    for wrong in wrong {
        assert_ne!(wrong, text);
        assert_eq!(Checkpoint::parse(&wrong), Err(NoteRefused::Malformed), "{wrong:?}");
    }
}

#[test]
fn a_note_without_whole_signature_lines_is_malformed() {
    let (text, line) = GOLDEN.split_once("\n\n").unwrap();
    let line = line.trim_end();
    let notes = [
        format!("{text}\n\n"),
        format!("{text}\n{line}\n"),
        format!("{text}\n\n{line}"),
        format!("{text}\n\n{line}\n\n"),
        format!("{text}\n\n{}\n", line.replace('—', "-")),
        format!("{text}\n\n{line} \n"),
        format!("{text}\n\n— a+b AAAAAAA=\n"),
        format!("{text}\n\n— name AAAAAA==\n"),
        format!("{text}\n\n—  AAAAAAA=\n"),
    ];
    for note in notes {
        assert_eq!(SignedCheckpoint::parse(&note), Err(NoteRefused::Malformed), "{note:?}");
    }
}

#[test]
fn notes_are_read_up_to_their_limits_and_not_beyond() {
    let good = signed(ours()).to_string();
    let with = |lines: usize| format!("{good}{}", "— other AAAAAAA=\n".repeat(lines));
    assert!(SignedCheckpoint::parse(&with(NOTE_SIGNATURES_MAX - 1)).is_ok());
    assert_eq!(SignedCheckpoint::parse(&with(NOTE_SIGNATURES_MAX)), Err(NoteRefused::TooLarge));

    let mut checkpoint = ours();
    checkpoint.extensions = vec!["x".to_owned(); EXTENSIONS_MAX + 1];
    assert_eq!(Checkpoint::parse(&checkpoint.text()), Err(NoteRefused::TooLarge));

    let padded = |length: usize| {
        let mut checkpoint = ours();
        let rest = length - good.len() - 1;
        checkpoint.extensions = vec!["x".repeat(rest)];
        signed(checkpoint).to_string()
    };
    assert_eq!(padded(NOTE_MAX).len(), NOTE_MAX);
    assert!(SignedCheckpoint::parse(&padded(NOTE_MAX)).is_ok());
    assert_eq!(SignedCheckpoint::parse(&padded(NOTE_MAX + 1)), Err(NoteRefused::TooLarge));
}
