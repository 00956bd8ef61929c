use super::super::base45;
use super::*;

const TEXT: &str = include_str!("../../../tests/samples/receipt_1/receipt.txt");
const FILE: &[u8] = include_bytes!("../../../tests/samples/receipt_1/kept.hoso");

/// The receipt that takes most room: the longest official code, papers, and every number at its largest.
fn largest() -> Receipt {
    let unit = "H24.".to_owned() + &"9".repeat(31);
    let code: DossierCode = format!("{unit}-261231-99999").parse().unwrap();
    Receipt {
        seq: u32::MAX,
        subject: Subject::Acceptance(code),
        at: Timestamp(i64::MAX),
        writer: Writer::Counter,
        ..receipt(&event())
    }
}

#[test]
fn a_receipt_is_written_as_it_always_was() {
    let office = Office::numbered(7);
    let kept = kept(&office);
    assert_eq!(format!("{}\n", kept.receipt.to_text()), TEXT);
    assert_eq!(kept.to_bytes(), FILE);
    assert_eq!(Kept::read(FILE).as_ref(), Ok(&kept));
    assert_eq!(Kept::read(&[FILE, &[0]].concat()), Err(ReceiptRefused::NotAReceipt));
    assert!(matches!(kept.verify(&trust(&office.believed())).unwrap().log, InLog::Shown(_)));
}

#[test]
fn a_receipt_is_read_from_its_bytes_its_text_and_a_file() {
    let office = Office::numbered(7);
    let receipt = office.receipt(receipt(&event()));
    let bare = Kept::bare(receipt.clone());
    assert_eq!(SignedReceipt::read(&receipt.to_bytes()), Ok(receipt.clone()));
    assert_eq!(Kept::read(&receipt.to_bytes()).as_ref(), Ok(&bare));
    assert_eq!(Kept::read(receipt.to_text().as_bytes()).as_ref(), Ok(&bare));
    assert_eq!(Kept::read(TEXT.as_bytes()).as_ref(), Ok(&bare));
    let (first, rest) = TEXT.trim_end().split_at(76);
    assert_eq!(Kept::read(format!("{first}\r\n{rest}\r\n").as_bytes()).as_ref(), Ok(&bare));
    assert_eq!(Kept::read(&bare.to_bytes()).as_ref(), Ok(&bare));
}

#[test]
fn the_largest_receipt_fits_a_qr_code() {
    let office = Office::numbered(7);
    for (receipt, bytes, characters) in [(receipt(&event()), 237, 360), (largest(), 257, 390)] {
        let signed = office.receipt(receipt);
        assert_eq!((signed.to_bytes().len(), signed.to_text().len()), (bytes, characters));
        assert_eq!(SignedReceipt::from_text(&signed.to_text()), Ok(signed));
    }
    // In alphanumeric mode at level M a QR code holds 366 characters in version 11, 419 in version 12 and 483 in
    // version 13 (ISO/IEC 18004, table 7).
    assert!(largest_text(RECEIPT_MAX) <= 483);
    assert!(office.receipt(largest()).to_bytes().len() <= RECEIPT_MAX);
    let alphanumeric = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase() || " $%*+-./:".contains(c);
    assert!(office.receipt(largest()).to_text().chars().all(alphanumeric));
}

fn largest_text(bytes: usize) -> usize {
    "HS1:".len() + bytes / 2 * 3 + bytes % 2 * 2
}

#[test]
fn every_single_changed_bit_of_a_receipt_is_refused() {
    let office = Office::numbered(7);
    let believed = office.believed();
    let bytes = office.receipt(receipt(&event())).to_bytes();
    assert!(Kept::read(&bytes).unwrap().verify(&trust(&believed)).is_ok());
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let verified = Kept::read(&changed).and_then(|kept| kept.verify(&trust(&believed)));
        assert!(verified.is_err(), "bit {bit}: {verified:?}");
    }
}

#[test]
fn every_single_changed_bit_of_a_kept_file_is_refused() {
    let office = Office::numbered(7);
    let believed = office.believed();
    let bytes = kept(&office).to_bytes();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let verified = Kept::read(&changed).and_then(|kept| kept.verify(&trust(&believed)));
        assert!(verified.is_err(), "bit {bit}: {verified:?}");
    }
}

#[test]
fn a_signature_with_a_high_s_is_refused_by_the_format() {
    let office = Office::numbered(7);
    let high = |message: &[u8]| {
        let low: p256::ecdsa::Signature = office.key.sign(message);
        let low = low.normalize_s();
        let (r, s) = (low.r(), low.s());
        let high = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
        Signature(high.to_bytes().into())
    };
    let signed = receipt(&event()).signed(KeyId::of(&office.public()), high);
    let bare = Kept::bare(signed.clone());
    assert!(bare.verify(&trust(&office.believed())).is_ok(), "this verifier takes it");
    assert_eq!(SignedReceipt::read(&signed.to_bytes()), Err(ReceiptRefused::NotAReceipt));
    let half = "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8";
    let s = |end: u8| {
        let mut bytes = hex::decode(half).unwrap();
        bytes[31] = end;
        Signature([[1; 32].as_slice(), &bytes].concat().try_into().unwrap())
    };
    assert!(s(0xa8).has_low_s() && !s(0xa9).has_low_s());
}

#[test]
fn another_spelling_of_a_receipt_is_none() {
    let office = Office::numbered(7);
    let good = office.receipt(receipt(&event())).to_bytes();
    assert_eq!(good[..5], [0xd2, 0x84, 0x4d, 0xa2, 0x01], "tag 18, four parts, the protected header");
    let spelled = |from: usize, was: &[u8], now: &[u8]| {
        assert_eq!(&good[from..from + was.len()], was);
        [&good[..from], now, &good[from + was.len()..]].concat()
    };
    let others = [
        spelled(0, &[0xd2], &[]),
        spelled(0, &[0xd2], &[0xd8, 18]),
        spelled(1, &[0x84], &[0x9f]),
        spelled(2, &[0x4d], &[0x58, 13]),
        spelled(16, &[0xa0], &[0xbf, 0xff]),
        spelled(16, &[0xa0], &[0xa1, 0, 0]),
        [good.as_slice(), &[0]].concat(),
        good[..good.len() - 1].to_vec(),
        Vec::new(),
        vec![0x81; 100_000],
    ];
    for other in others {
        assert_eq!(SignedReceipt::read(&other), Err(ReceiptRefused::NotAReceipt), "{other:02x?}");
        assert_eq!(Kept::read(&other), Err(ReceiptRefused::NotAReceipt));
    }
}

#[test]
fn what_is_presented_is_read_up_to_its_limit_and_not_beyond() {
    let office = Office::numbered(7);
    let padded = |length: usize| {
        let mut kept = kept(&office);
        let rest = length - kept.to_bytes().len();
        if let Some(proof) = &mut kept.proof {
            // One spelling of the length itself grows by two bytes.
            proof.items.extend(vec![0; rest - 3]);
        }
        kept
    };
    let whole = padded(KEPT_MAX);
    assert_eq!(whole.to_bytes().len(), KEPT_MAX);
    assert_eq!(Kept::read(&whole.to_bytes()).as_ref(), Ok(&whole));
    let beyond = padded(KEPT_MAX + 1).to_bytes();
    assert_eq!(beyond.len(), KEPT_MAX + 1);
    assert_eq!(Kept::read(&beyond), Err(ReceiptRefused::NotAReceipt));
}

#[test]
fn base45_says_what_rfc_9285_says() {
    // The RFC's own examples, §4.3 and §4.4.
    for (plain, encoded) in
        [("AB", "BB8"), ("Hello!!", "%69 VD92EX0"), ("base-45", "UJCLQE7W581"), ("ietf!", "QED8WEX0"), ("", "")]
    {
        assert_eq!(base45::encode(plain.as_bytes()), encoded);
        assert_eq!(base45::decode(encoded).unwrap(), plain.as_bytes());
    }
    for byte in 0..=255 {
        assert_eq!(base45::decode(&base45::encode(&[byte, byte, byte])).unwrap(), [byte, byte, byte]);
    }
    // A character alone, one outside the alphabet, and groups that say more than their bytes can hold.
    for wrong in ["A", "AAAA", "ab", "É", "A_A", ":::", "GGW", "::", "V5"] {
        assert_eq!(base45::decode(wrong), None, "{wrong}");
    }
    assert_eq!(base45::decode("FGW"), Some(vec![0xff, 0xff]));
    assert_eq!(base45::decode("U5"), Some(vec![0xff]));
}
