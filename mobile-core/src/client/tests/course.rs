//! A dossier from the form to its end, as one phone shows it.

use super::*;
use dossier::act::BEHALF_TEXT_MAX;

#[tokio::test]
async fn a_dossier_written_offline_is_handed_in_with_its_papers_in_one_sync() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let id = phone.filled();
    phone.submit(&id).unwrap();
    assert_eq!(phone.client.detail(&id).unwrap().card.progress, Progress::Queued);
    let phone = phone.restarted();
    let view = phone.sync().await;
    assert!(view.uploaded > 0 && view.problems.is_empty(), "{view:?}");
    let detail = phone.client.detail(&id).unwrap();
    assert_eq!((detail.card.status, detail.card.progress, detail.card.unsent), (1, Progress::Acknowledged, 0));
    assert_eq!(detail.timeline.len(), 1);
    assert!(!detail.timeline[0].deadlines.is_empty(), "the office's term is explained");
    assert!(detail.not_handed_in.is_empty());
    assert!(detail.freshness.contains("08:00 23/11/2026"), "{}", detail.freshness);
    let idle = phone.sync().await;
    assert_eq!((idle.sent, idle.news, idle.round_trips), (0, 0, 1), "what was heard is not asked for again");
}

#[tokio::test]
async fn who_hands_in_for_somebody_else_says_for_whom_and_by_what_right() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let id = phone.filled();
    let unit = phone.client.units()[0].code.clone();
    let behalf = |owner: &str, authority: &str, reference: &str| BehalfInput {
        owner: owner.into(),
        authority: authority.into(),
        reference: reference.into(),
    };
    for (incomplete, code) in [
        (behalf(" ", "guardian", ""), "behalf_incomplete"),
        (behalf("Nguyễn Văn Bé", "written", " "), "behalf_incomplete"),
        (behalf(&"ế".repeat(BEHALF_TEXT_MAX + 1), "guardian", ""), "behalf_incomplete"),
        (behalf("Nguyễn Văn Bé", "friend", "x"), "not_understood"),
    ] {
        assert_eq!(phone.client.submit_for(&id, &unit, &incomplete).unwrap_err().code(), code);
    }
    let longest = behalf(&"ế".repeat(BEHALF_TEXT_MAX), "written", "số 12");
    phone.client.submit_for(&id, &unit, &longest).unwrap();
    phone.sync().await;
    let detail = phone.client.detail(&id).unwrap();
    let said = detail.behalf.unwrap();
    assert!(detail.card.status == 1 && said.contains(&longest.owner) && said.contains("số 12"), "{said}");
}

#[tokio::test]
async fn a_field_that_two_phones_filled_in_differently_is_shown_and_blocks_until_it_is_settled() {
    let hub = Hub::open();
    let (a, b) = (Phone::of(&hub, 1, false).await, Phone::of(&hub, 1, false).await);
    let id = a.filled();
    a.sync().await;
    let view = b.sync().await;
    assert_eq!(view.news, 1, "{view:?}");
    let field = text_field(&a.client);
    a.client.set_field(&id, &field, Some("An")).unwrap();
    b.client.set_field(&id, &field, Some("Bình")).unwrap();
    a.sync().await;
    b.sync().await;
    a.sync().await;
    for phone in [&a, &b] {
        let shown = phone.client.detail(&id).unwrap();
        let shown = shown.fields.iter().find(|f| f.key == field).unwrap();
        assert!(shown.conflict && shown.values.len() == 2);
        assert_eq!(phone.submit(&id).unwrap_err().code(), "has_findings");
    }
    b.client.set_field(&id, &field, Some("Bình")).unwrap();
    b.submit(&id).unwrap();
    b.sync().await;
    assert_eq!(b.client.detail(&id).unwrap().card.status, 1);
}

#[tokio::test]
async fn what_the_office_asks_for_is_shown_can_be_mended_and_is_told_from_what_was_handed_in() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let id = phone.filled();
    phone.submit(&id).unwrap();
    phone.sync().await;
    let field = text_field(&phone.client);
    let ask = Command::RequestSupplement {
        reason: "Ghi đủ họ tên".into(),
        fields: vec![field.clone()],
        components: vec![],
        working_days: 5,
    };
    hub.lock().unwrap().officer(&id.parse().unwrap(), ask);
    phone.sync().await;
    let detail = phone.client.detail(&id).unwrap();
    assert_eq!(detail.card.progress, Progress::NeedsYou);
    let open: Vec<_> = detail.places.iter().filter(|place| place.locked.is_none()).map(|place| &place.key).collect();
    assert_eq!(open, [&field], "only what was asked for can be edited");
    let locked = detail.places.iter().find(|place| place.is_component).unwrap();
    assert!(locked.locked.as_ref().is_some_and(|why| why.contains("không yêu cầu")));
    assert!(detail.request.is_some_and(|r| r.reason == "Ghi đủ họ tên" && r.fields.len() == 1));
    phone.client.set_field(&id, &field, Some("Họ Tên Ví Dụ")).unwrap();
    assert_eq!(phone.client.detail(&id).unwrap().not_handed_in.len(), 1, "one field differs from what the office has");
    phone.client.supplement(&id).unwrap();
    let detail = phone.client.detail(&id).unwrap();
    assert!(detail.not_handed_in.is_empty());
    assert!(detail.places.iter().all(|place| place.locked.is_some()), "what waits to be sent is handed in");
    phone.sync().await;
    let detail = phone.client.detail(&id).unwrap();
    assert_eq!((detail.card.status, detail.timeline.len()), (1, 3));
    assert!(detail.timeline.iter().all(|step| !step.text.contains("event-")));
}

#[tokio::test]
async fn no_date_is_explained_that_does_not_run() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let id = phone.filled();
    assert_eq!(phone.client.detail(&id).unwrap().deadline, None);
    phone.submit(&id).unwrap();
    phone.sync().await;
    let told = || phone.client.detail(&id).unwrap().deadline.unwrap();
    assert!(told().starts_with("Hạn trả lời"), "{}", told());
    let fields = vec![text_field(&phone.client)];
    let ask = Command::RequestSupplement { reason: "Thiếu".into(), fields, components: vec![], working_days: 5 };
    hub.lock().unwrap().officer(&id.parse().unwrap(), ask);
    phone.sync().await;
    assert!(told().contains("đang dừng từ 08:00 23/11/2026"), "{}", told());
    phone.client.withdraw(&id, "").unwrap();
    phone.sync().await;
    assert!(told().starts_with("Đã rút lúc 08:00 23/11/2026"), "{}", told());
}

#[tokio::test]
async fn one_edit_waits_for_the_disk_at_most_twice_and_needs_no_sign_in() {
    let hub = Hub::open();
    let phone = Phone::new(&hub);
    let id = phone.client.new_draft(PROCEDURE).unwrap();
    let before = phone.client.disk_flushes();
    phone.client.set_field(&id, &text_field(&phone.client), Some("An")).unwrap();
    assert!(phone.client.disk_flushes() - before <= 2);
    assert_eq!(
        phone.client.sync().await.unwrap_err().code(),
        "sign_in_again",
        "a draft needs no sign-in, sending does"
    );
}

#[tokio::test]
async fn what_is_typed_wrongly_is_answered_in_words_that_say_what_was_expected() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let id = phone.filled();
    let to = PostalInput { recipient: "An".into(), phone: "12".into(), area: "31/99901".into(), line: "Số 1".into() };
    let parcel = ParcelId::from_bytes([8; 16]).to_string();
    let owner = DoorRecipient::Owner { identity: "library_card".into() };
    let refused = [
        (phone.client.detail("x").err(), "không phải mã của một hồ sơ"),
        (phone.client.new_draft("x").err(), "1.001193"),
        (phone.client.submit(&id, "x").err(), "đơn vị nhận hồ sơ"),
        (phone.client.set_field(&id, "Họ tên", None).err(), "không có mục như vậy"),
        (phone.client.remove_paper(&id, "identity", "x").err(), "không có giấy tờ như vậy"),
        (phone.client.choose_post(&id, &to).err(), "0912 345 678"),
        (phone.client.withdraw(&id, &"x".repeat(1_001)).err(), "1.000 ký tự"),
        (phone.client.confirm_receipt(&id, Some("x")).err(), "không phải mã của một bưu gửi"),
        (phone.client.failed_attempt(&parcel, "bored", None).err(), "lý do cho sẵn"),
        (phone.client.confirm_delivery(&parcel, &DoorProof::RecipientSigned, &owner, None).err(), "tùy thân"),
        (phone.enrol("used").await.err(), "Mã đăng ký thiết bị không đúng"),
    ];
    for (error, expected) in refused {
        let said = error.expect("it is refused").message(Language::Vietnamese);
        assert!(said.to_lowercase().contains(&expected.to_lowercase()), "{said}");
    }
}
