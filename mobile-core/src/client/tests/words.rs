//! What a phone says leads to what has to be done.

use super::*;

/// Far ahead of the server, as a phone's clock can be.
struct FarAhead;
impl Clock for FarAhead {
    fn now_ms(&self) -> i64 {
        MONDAY_8.plus_seconds(100 * 366 * 24 * 3600).0
    }
    fn boot(&self) -> u64 {
        1
    }
    fn elapsed_ms(&self) -> u64 {
        2
    }
}

const BIRTH: &str = "person_birth_date";
const NOT_YET: &str = "Ngày này chưa tới";

#[tokio::test]
async fn a_day_to_come_is_found_on_the_phone_before_it_is_sent() {
    let phone = Phone::new(&Hub::open());
    let id = phone.filled();
    phone.client.set_field(&id, BIRTH, Some("01/01/2090")).unwrap();
    let found = phone.client.findings(&id).unwrap();
    assert!(found.iter().any(|f| f.code == "date_in_future" && f.field.as_deref() == Some(BIRTH)));
    assert!(phone.client.detail(&id).unwrap().findings == found);
    let refused = phone.submit(&id).unwrap_err();
    let told = refused.message(Language::Vietnamese);
    assert!(told.contains(NOT_YET) && told.contains(&format!("({BIRTH})")) && told.contains("Ngày"), "{told}");
}

#[tokio::test]
async fn a_refusal_for_findings_names_the_field_once_the_server_has_told_the_time() {
    let hub = Hub::open();
    let phone = Phone::new(&hub);
    hub.lock().unwrap().codes.insert("C0DE".into(), (PersonId::from_bytes([1; 16]), false));
    let dir = tempfile::tempdir().unwrap();
    let keys = key(dir.path(), "me");
    let line = Line::new(&hub, keys::public_key(&keys).unwrap());
    let outside = Outside { keys: Arc::new(keys), transport: Arc::new(line), clock: Arc::new(FarAhead) };
    let client = Client::open(dir.path(), "me", outside, Language::Vietnamese).unwrap();
    let phone = Phone { client, dir, ..phone };
    let id = phone.filled();
    phone.client.set_field(&id, BIRTH, Some("01/01/2090")).unwrap();
    phone.submit(&id).expect("by this phone's own clock the day is past");
    phone.enrol("C0DE").await.unwrap();
    assert_eq!(phone.sync().await.set_aside, 1);
    let why = phone.client.why(&id).unwrap();
    assert!(why.contains(NOT_YET) && why.contains(BIRTH) && why.contains("1. Nộp hồ sơ: "), "{why}");
}

#[tokio::test]
async fn what_is_missing_is_named_when_handing_in() {
    let phone = Phone::new(&Hub::open());
    let id = phone.client.new_draft(PROCEDURE).unwrap();
    let told = phone.submit(&id).unwrap_err().message(Language::Vietnamese);
    for line in told.lines() {
        assert!(line.contains("): "), "a line that does not say where: {line}");
    }
}

#[tokio::test]
async fn a_refusal_is_said_whole_in_either_language_and_logged_as_a_code() {
    let phone = Phone::new(&Hub::open());
    let id = phone.filled();
    phone.client.set_field(&id, BIRTH, Some("01/01/2090")).unwrap();
    let refused = phone.submit(&id).unwrap_err();
    let Error::Refused { code, reasons } = &refused else { panic!("{refused:?}") };
    assert_eq!((code.as_str(), reasons.len(), reasons[0].code.as_str()), ("has_findings", 1, "date_in_future"));
    assert!(reasons[0].vietnamese.contains(NOT_YET) && reasons[0].english.contains("This day has not come yet"));
    assert!(!reasons[0].english.contains("Ngày"), "its label too: {}", reasons[0].english);
    assert_eq!(refused.message(Language::English), reasons[0].english);
    assert!(!format!("{refused:?}").contains(NOT_YET));
}

#[tokio::test]
async fn a_paper_that_came_after_the_request_is_told_from_the_one_before_also_after_it_was_sent() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let id = phone.filled();
    let component = phone.client.detail(&id).unwrap().papers[0].component.clone();
    phone.submit(&id).unwrap();
    phone.sync().await;
    let ask = Command::RequestSupplement {
        reason: "Ảnh bị mờ".into(),
        fields: vec![],
        components: vec![component.clone()],
        working_days: 5,
    };
    hub.lock().unwrap().officer(&id.parse().unwrap(), ask);
    phone.sync().await;
    let added = || {
        let papers = phone.client.detail(&id).unwrap().papers;
        papers.into_iter().filter(|paper| paper.added).map(|paper| paper.name).collect::<Vec<_>>()
    };
    assert!(added().is_empty());
    phone.client.add_paper(&id, &component, "sharper.jpg", &[0xff, 0xd8, 0xff, 0xe1]).unwrap();
    assert_eq!(added(), ["sharper.jpg"]);
    phone.client.supplement(&id).unwrap();
    phone.sync().await;
    assert_eq!(added(), ["sharper.jpg"]);
}

#[tokio::test]
async fn what_the_citizen_has_done_and_not_sent_is_no_longer_their_move() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let id = phone.filled();
    phone.submit(&id).unwrap();
    assert!(phone.client.detail(&id).unwrap().next.starts_with("Bạn đã nộp hồ sơ trên máy này"));
    phone.sync().await;
    let ask = Command::RequestSupplement {
        reason: "Ghi đủ".into(),
        fields: vec![text_field(&phone.client)],
        components: vec![],
        working_days: 5,
    };
    hub.lock().unwrap().officer(&id.parse().unwrap(), ask);
    phone.sync().await;
    assert!(phone.client.why(&id).unwrap().contains("Đến lượt bạn"));
    phone.client.withdraw(&id, "").unwrap();
    let why = phone.client.why(&id).unwrap();
    assert!(why.contains("Bạn đã rút hồ sơ trên máy này") && !why.contains("Đến lượt bạn"), "{why}");
    phone.sync().await;
    assert!(phone.client.why(&id).unwrap().contains("hồ sơ kết thúc tại đây"));
}
