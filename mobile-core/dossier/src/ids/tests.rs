//! What is an id and what is not: real samples, the vectors of the standards, and what `Debug` may show.

use super::*;
use ::time::macros::date;
use std::fmt::Debug;
use std::str::FromStr;

fn are<T: FromStr>(texts: &[&str]) {
    for text in texts {
        assert!(text.parse::<T>().is_ok(), "{text:?} is one");
    }
}

fn are_not<T: FromStr>(texts: &[&str]) {
    for text in texts {
        assert!(text.parse::<T>().is_err(), "{text:?} is none");
    }
}

fn comes_back<T>(value: &T)
where
    T: Encode<()> + for<'b> Decode<'b, ()> + CborLen<()> + PartialEq + Debug,
{
    let bytes = crate::wire::to_bytes(value);
    assert_eq!(bytes.len(), minicbor::len(value));
    assert_eq!(&minicbor::decode::<T>(&bytes).expect("own bytes are read"), value);
}

fn text_is_no_way_round<T: for<'b> Decode<'b, ()>>(text: &str) {
    let bytes = crate::wire::to_bytes(&text.to_owned());
    assert!(minicbor::decode::<T>(&bytes).is_err(), "{text:?} was read from bytes");
}

#[test]
fn dossier_codes_of_both_generations_are_read() {
    are::<DossierCode>(&[
        "000.00.06.H56-231027-0361",
        "000.17.22.H56-210531-0001",
        "H56.14-240823-0001",
        "H24.61.01-261123-0042",
        "G01-240229-12345",
    ]);
    are_not::<DossierCode>(&[
        "",
        "H56.14-240823",
        "H56.14-240823-001",
        "H56.14-240823-123456",
        "H56.14-240823-0000",
        "H56.14-230229-0001",
        "H56.14-241301-0001",
        "h56.14-240823-0001",
        "Z56.14-240823-0001",
        "H56.-240823-0001",
        "H56.14-24082é-001",
        "00.00.06.H56-231027-0361",
        "000.00.06.H56.1-231027-0361",
        " H56.14-240823-0001",
        "H56.14-240823-0001-0001",
    ]);
}

#[test]
fn a_new_dossier_code_is_unit_day_and_serial() {
    let unit: UnitCode = "H24.61.01".parse().expect("a unit");
    let code = DossierCode::new(&unit, date!(2026 - 11 - 03), 7);
    assert_eq!(code.as_str(), "H24.61.01-261103-0007");
    assert_eq!((code.unit(), code.serial()), (unit.clone(), 7));
    assert_eq!(code.as_str().parse(), Ok(code));
    let busy = DossierCode::new(&unit, date!(2026 - 11 - 03), 10_000);
    assert_eq!(busy.as_str(), "H24.61.01-261103-10000");
    are::<DossierCode>(&[busy.as_str()]);
}

#[test]
fn unit_codes_have_their_first_level_left_or_in_the_older_shape_right() {
    are::<UnitCode>(&[
        "H24",
        "H24.61.01",
        "G17.A1.B2",
        "000.00.00.G17",
        "000.00.00.H20",
        "H24.1234567890.1234567890.123456789",
    ]);
    are_not::<UnitCode>(&[
        "",
        "H2",
        "Z24.01",
        "H24..01",
        "H24.a1",
        "H24-01",
        "000.00.G17",
        "0000.00.00.G17",
        "H24.1234567890.1234567890.1234567890",
        "Ｈ24",
    ]);
}

#[test]
fn procedure_codes_are_one_digit_point_six_digits() {
    are::<ProcedureCode>(&["1.001193", "2.000635", "3.000347"]);
    are_not::<ProcedureCode>(&["1.00119", "1.0011933", "11001193", "1,001193", "a.001193", "1.00119a", "1.00é19", ""]);
}

#[test]
fn tracking_numbers_of_s10_shape_have_their_check_digit() {
    let vectors = [
        ("12345678", 5),
        ("47312482", 9),
        ("00000000", 5),
        ("00000008", 0),
        ("00000015", 5),
        ("00071761", 8),
        ("96633102", 0),
        ("76129403", 8),
    ];
    for (serial, right) in vectors {
        for digit in 0..10 {
            let number = format!("RR{serial}{digit}VN");
            assert_eq!(number.parse::<TrackingNumber>().is_ok(), digit == right, "{number}");
        }
    }
}

#[test]
fn tracking_numbers_of_s10_shape_are_normalised_and_other_shapes_kept_as_written() {
    let number = |text: &str| text.parse::<TrackingNumber>().expect("a tracking number");
    for written in [" rr 123 456 785 vn ", "RR123456785VN", "Rr\t123456785\u{a0}vN"] {
        assert_eq!(number(written), number("RR123456785VN"));
        assert_eq!(number(written).to_string(), "RR123456785VN");
    }
    let longest = "ệ".repeat(40);
    for other in ["VN-12345678901234567890", "pht1", "RR/123 b", "mã số 7", "1", longest.as_str()] {
        assert_eq!(number(&format!("\u{a0} {other} ")).as_str(), other);
        comes_back(&number(other));
    }
    assert_ne!(number("pht 1"), number("PHT1"), "nobody knows that they are the same");
    let turned = "12\u{202e}34";
    are_not::<TrackingNumber>(&[
        "",
        " ",
        "\u{200b}",
        "12\n34",
        "12\u{0}34",
        turned,
        "RR123456786VN",
        "rr 123 456 786 vn",
    ]);
    are_not::<TrackingNumber>(&[&"ệ".repeat(41)]);
}

#[test]
fn citizen_numbers_have_nine_or_twelve_digits_and_no_check_digit() {
    are::<CitizenNumber>(&["031099000001", "123456789", "000000000001", "099999999999"]);
    are_not::<CitizenNumber>(&["", "12345678", "1234567890", "03109900000a", "0310 9900 0001", "０３１０９９００００"]);
}

#[test]
fn a_citizen_number_that_stands_for_none_is_none() {
    are_not::<CitizenNumber>(&["000000000", "000000000000", "999999999", "999999999999"]);
    are::<CitizenNumber>(&["000000010", "999999999998", "111111111"]);
    text_is_no_way_round::<CitizenNumber>("000000000000");
}

#[test]
fn a_citizen_number_that_disagrees_with_the_birth_is_doubted_not_refused() {
    use CitizenNumberDoubt::{Century, Sex, Year};
    let cases: &[(&str, i32, Option<bool>, &[CitizenNumberDoubt])] = &[
        ("031099000001", 1999, Some(true), &[]),
        ("031199000001", 1999, Some(false), &[]),
        ("031205000001", 2005, Some(true), &[]),
        ("031305000001", 2005, Some(false), &[]),
        ("031305000001", 2005, None, &[]),
        ("031405000001", 2105, Some(true), &[]),
        ("031099000001", 1999, Some(false), &[Sex]),
        ("031099000001", 1998, Some(true), &[Year]),
        ("031005000001", 2005, Some(true), &[Century]),
        ("031005000001", 2006, Some(false), &[Century, Sex, Year]),
        ("123456789", 2006, Some(false), &[]),
    ];
    for (number, year, male, doubts) in cases {
        let number: CitizenNumber = number.parse().expect("a citizen number");
        assert_eq!(number.doubts(*year, *male), *doubts, "{} {year} {male:?}", number.reveal());
    }
}

#[test]
fn phone_numbers_are_kept_in_e164_however_they_were_typed() {
    let spellings = [
        ("0912 345 678", "+84912345678"),
        ("84912345678", "+84912345678"),
        ("+84.912.345.678", "+84912345678"),
        ("032-234-5678", "+84322345678"),
        ("0562345678", "+84562345678"),
        ("0702345678", "+84702345678"),
        ("0812345678", "+84812345678"),
        ("0225 000 0001", "+842250000001"),
    ];
    for (typed, kept) in spellings {
        assert_eq!(typed.parse::<PhoneNumber>().expect("a phone number").reveal(), kept);
    }
    are_not::<PhoneNumber>(&[
        "",
        "0",
        "113",
        "091234567",
        "09123456789",
        "0112345678",
        "0512345678",
        "0712345678",
        "0802345678",
        "022500000",
        "+1 202 555 0100",
        "09123x5678",
        "+84+912345678",
        "０９１２３４５６７８",
    ]);
}

#[test]
fn personal_values_print_nothing_of_themselves() {
    let number: CitizenNumber = "031099000001".parse().expect("a citizen number");
    let phone: PhoneNumber = "0912345678".parse().expect("a phone number");
    assert_eq!(format!("{:?}", Some((&number, &phone))), "Some((CitizenNumber(…), PhoneNumber(…)))");
    let refusal = "031099 Nguyễn".parse::<CitizenNumber>().expect_err("not a number");
    assert_eq!(refusal.to_string(), "not a CitizenNumber");
}

#[test]
fn a_thumbprint_is_that_of_rfc_7638() {
    // The key of RFC 9449 §4.1 and its thumbprint of §6.1.
    let x = "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs";
    let y = "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA";
    use base64::Engine as _;
    let decode = |t: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(t).expect("base64url");
    let key = PublicKey::try_from([decode(x), decode(y)].concat().as_slice()).expect("64 bytes");
    assert_eq!(key.thumbprint().jkt(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    assert_eq!(key.sec1()[0], 4);
    assert_eq!(&key.sec1()[1..], key.bytes());
}

#[test]
fn an_actor_differs_by_device_dossier_and_epoch_and_from_the_genesis() {
    let (device, other) = (Thumbprint([1; 32]), Thumbprint([2; 32]));
    let (dossier, another) = (DossierId::from_bytes([3; 16]), DossierId::from_bytes([4; 16]));
    let actors = [
        Actor::of_device(&device, &dossier, 0),
        Actor::of_device(&device, &dossier, 1),
        Actor::of_device(&device, &another, 0),
        Actor::of_device(&other, &dossier, 0),
        Actor::of_genesis(1, &dossier),
        Actor::of_genesis(2, &dossier),
        Actor::of_genesis(1, &another),
    ];
    let distinct: std::collections::BTreeSet<_> = actors.iter().collect();
    assert_eq!(distinct.len(), actors.len());
    // Fixed for ever: changes on phones carry it.
    assert_eq!(actors[0].to_string(), "16bf662e17d8b411a83bd981c452968d");
}

#[test]
fn every_id_comes_back_from_its_bytes() {
    comes_back(&DossierId::from_bytes([7; 16]));
    comes_back(&ActId::from_bytes([7; 16]));
    comes_back(&PersonId::from_bytes([7; 16]));
    comes_back(&StaffId::from_bytes([7; 16]));
    comes_back(&ParcelId::from_bytes([7; 16]));
    comes_back(&ManifestId::from_bytes([7; 16]));
    comes_back(&CommandId::from_bytes([7; 16]));
    comes_back(&ServerId::from_bytes([7; 16]));
    comes_back(&ChangeHash([7; 32]));
    comes_back(&ContentHash([7; 32]));
    comes_back(&PaperHash([7; 32]));
    comes_back(&CommandHash([7; 32]));
    comes_back(&Thumbprint([7; 32]));
    comes_back(&PublicKey([7; 64]));
    comes_back(&Signature([7; 64]));
    comes_back(&Actor([7; 16]));
    comes_back(&"2.000635".parse::<ProcedureCode>().expect("a procedure"));
    comes_back(&"H24.61.01".parse::<UnitCode>().expect("a unit"));
    comes_back(&"H24.61.01-261123-0042".parse::<DossierCode>().expect("a code"));
    comes_back(&"RR123456785VN".parse::<TrackingNumber>().expect("a number"));
    comes_back(&"031099000001".parse::<CitizenNumber>().expect("a number"));
    comes_back(&"0912345678".parse::<PhoneNumber>().expect("a number"));
}

#[test]
fn bytes_are_no_way_round_a_constructor() {
    text_is_no_way_round::<ProcedureCode>("x");
    text_is_no_way_round::<UnitCode>("../etc");
    text_is_no_way_round::<DossierCode>("H24-261332-0001");
    text_is_no_way_round::<TrackingNumber>("RR123456786VN");
    text_is_no_way_round::<TrackingNumber>("rr123456785vn");
    text_is_no_way_round::<TrackingNumber>(" pht1");
    text_is_no_way_round::<CitizenNumber>("12");
    text_is_no_way_round::<PhoneNumber>("0912345678");
    assert!(minicbor::decode::<DossierId>(&[0x4f; 16]).is_err(), "15 bytes");
    assert!(minicbor::decode::<Actor>(&[0x41, 0]).is_err(), "1 byte");
}

#[test]
fn texts_of_ids_come_back_and_hashes_have_one_spelling() {
    let id = DossierId::from_bytes([0xab; 16]);
    assert_eq!(id.to_string().parse(), Ok(id));
    let hash = PaperHash([0xab; 32]);
    assert_eq!(hash.to_string().parse(), Ok(hash));
    are_not::<PaperHash>(&["", "ab", &"AB".repeat(32), &"ab".repeat(33), &"zz".repeat(32)]);
    are_not::<DossierId>(&["", "x", "0190-"]);
}
