//! Bytes that are no plain change chunk, or not the library's own encoding of one.

use super::*;

#[test]
fn another_encoding_of_the_same_change_is_refused() {
    let doc = lived_in();
    let honest = with_operations(&doc, [put(map(FORM), "a", "v"), put(map(FORM), "b", "v")]);
    // The action column is a run of two puts, `02 01`; as two literals, `7e 01 01`, it says the same.
    let at = honest.windows(2).rposition(|w| w == [2, 1]).unwrap();
    let column = honest.windows(2).position(|w| w == [0x42, 2]).unwrap();
    let mut other = honest.clone();
    other.splice(at..at + 2, [0x7e, 1, 1]);
    other[column + 1] = 3;
    other[9..11].copy_from_slice(&longer_by_one([honest[9], honest[10]]));
    fix_checksum(&mut other);
    let change = Change::try_from(other.as_slice()).unwrap();
    assert_eq!(change.decode().operations, Change::try_from(honest.as_slice()).unwrap().decode().operations);
    assert_eq!(judge(&doc, &other), Err(Refusal::NotCanonical));
    assert_eq!(judge(&doc, &honest), Ok(()));
}

#[test]
fn documents_bundles_and_deflated_changes_are_refused_unread() {
    let mut doc = lived_in();
    let long = set(&mut doc, device(1), "story", &"dài dòng ".repeat(200));
    let deflated = Change::try_from(long.bytes.0.as_slice()).unwrap().bytes().into_owned();
    assert_eq!(deflated[8], 2);
    let bundle = doc.inner.bundle(doc.inner.get_changes(&[]).iter().map(|c| c.hash())).unwrap().bytes().to_vec();
    check(
        &lived_in(),
        vec![
            ("a deflated change", deflated, Refusal::Compressed),
            ("a document", doc.save(), Refusal::NotAChange),
            ("a bundle", bundle, Refusal::NotAChange),
            ("no bytes", Vec::new(), Refusal::NotAChange),
            ("text", b"<html>".to_vec(), Refusal::NotAChange),
        ],
    );
}

#[test]
fn a_truncated_or_flipped_change_is_refused() {
    let doc = lived_in();
    let honest = craft(&doc, |_| {});
    let mut gate = Gate::new(doc);
    let mut unrepaired = honest.clone();
    unrepaired[4] ^= 1;
    assert_eq!(gate.judge(&unrepaired, &device(1), &ANYTHING).err(), Some(Refusal::Malformed));
    for length in 0..honest.len() {
        let refusal = gate.judge(&honest[..length], &device(1), &ANYTHING).err();
        assert!(matches!(refusal, Some(Refusal::NotAChange | Refusal::Malformed)), "{length}: {refusal:?}");
    }
    for bit in 0..honest.len() * 8 {
        let mut flipped = honest.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(gate.judge(&flipped, &device(1), &ANYTHING).is_err(), "bit {bit}");
    }
}
