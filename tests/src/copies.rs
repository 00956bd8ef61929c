//! Two phones that think they are one: a clone beside the phone, and a phone that was put back from an old copy of itself.
//! Whoever comes second goes on in the next epoch; what each did is there in the end.

use crate::harness::{Hub, Phone};

fn drafted(hub: &Hub) -> (Phone, String) {
    let phone = hub.phone("an");
    let id = phone.says(&["draft", "2.000635"]).trim().to_owned();
    phone.says(&["example", &id]);
    phone.says(&["sync"]);
    (phone, id)
}

fn set(phone: &Phone, id: &str, what: &str) {
    phone.says(&["set", id, what]);
}

/// Whether a field is shown with this value alone.
fn shows(phone: &Phone, id: &str, field: &str, value: &str) -> bool {
    let shown = phone.says(&["show", id]);
    shown.lines().any(|line| line.contains(field) && line.trim_end().ends_with(value))
}

#[test]
fn what_a_phone_and_its_clone_did_is_both_there_in_the_end() {
    let hub = Hub::start();
    let (phone, id) = drafted(&hub);
    let clone = phone.copied();
    set(&phone, &id, "copies=3");
    set(&clone, &id, "applicant_name=Nguyễn Văn Bản Sao");
    for _ in 0..2 {
        phone.says(&["sync"]);
        clone.says(&["sync"]);
    }
    set(&phone, &id, "copies=4");
    for one in [&phone, &clone, &phone] {
        one.says(&["sync"]);
    }
    let fresh = hub.phone("an");
    fresh.says(&["sync"]);
    for one in [&phone, &fresh] {
        let all = shows(one, &id, "copies", "4") && shows(one, &id, "applicant_name", "Nguyễn Văn Bản Sao");
        assert!(all, "{}", one.says(&["show", &id]));
    }
    assert!(hub.hoso(&["verify"]).ok);
}

#[test]
fn a_field_that_a_phone_and_its_clone_both_wrote_shows_both_values_until_one_is_chosen() {
    let hub = Hub::start();
    let (phone, id) = drafted(&hub);
    let clone = phone.copied();
    set(&phone, &id, "applicant_name=Nguyễn Văn Một");
    set(&clone, &id, "applicant_name=Nguyễn Văn Hai");
    for one in [&phone, &clone, &phone, &clone, &phone] {
        one.says(&["sync"]);
    }
    for one in [&phone, &clone] {
        let found = one.says(&["findings", &id]);
        assert!(found.contains("Nguyễn Văn Một") && found.contains("Nguyễn Văn Hai"), "{found}");
    }
    set(&clone, &id, "applicant_name=Nguyễn Văn Hai");
    clone.says(&["sync"]);
    phone.says(&["sync"]);
    for one in [&phone, &clone] {
        assert!(shows(one, &id, "applicant_name", "Nguyễn Văn Hai"), "{}", one.says(&["show", &id]));
        assert!(!one.says(&["findings", &id]).contains("Nguyễn Văn Một"));
    }
    assert!(hub.hoso(&["verify"]).ok);
}

#[test]
fn a_phone_that_was_put_back_from_an_old_copy_goes_on_and_loses_nothing_that_was_acknowledged() {
    let hub = Hub::start();
    let (phone, id) = drafted(&hub);
    let old = phone.copied();
    set(&phone, &id, "copies=3");
    phone.says(&["sync"]);
    phone.becomes(&old);
    set(&phone, &id, "applicant_name=Nguyễn Văn Trở Lại");
    phone.says(&["sync"]);
    assert!(shows(&phone, &id, "copies", "3") && shows(&phone, &id, "applicant_name", "Nguyễn Văn Trở Lại"));
    assert!(hub.hoso(&["verify"]).ok);
}

#[test]
fn a_phone_that_was_put_back_from_an_old_copy_and_only_reads_has_everything_again() {
    let hub = Hub::start();
    let phone = hub.phone("an");
    phone.says(&["sync"]);
    let from_before = phone.copied();
    let id = phone.says(&["draft", "2.000635"]).trim().to_owned();
    phone.says(&["example", &id]);
    phone.says(&["sync"]);
    let with_the_draft = phone.copied();
    set(&phone, &id, "applicant_name=Nguyễn Văn Bản Mới");
    let photo = phone.file("photo.jpg", b"\xff\xd8\xff\xe0 a photograph");
    phone.says(&["paper", &id, "identity", &photo.display().to_string()]);
    phone.says(&["submit", &id]);
    phone.says(&["sync"]);
    let drafted_only = with_the_draft.copied();
    drafted_only.says(&["sync"]);
    let path = format!("/v1/office/dossiers/{id}/commands");
    let key = "00000000-0000-4000-8000-000000000001";
    let accepted = hub.officer("Lê Thị Cán Bộ").post(&path, key, &serde_json::json!({"command": "accept"}));
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    for copy in [from_before, with_the_draft, drafted_only] {
        let told = copy.says(&["sync"]);
        assert!(!told.contains("không đọc được"), "{told}");
        assert!(shows(&copy, &id, "applicant_name", "Nguyễn Văn Bản Mới"), "{}", copy.says(&["show", &id]));
        assert!(copy.says(&["show", &id]).contains("Được tiếp nhận"));
    }
    assert!(hub.hoso(&["verify"]).ok);
}
