//! What the server would not take, and two phones of one person that hand in the same dossier.

use super::*;

#[tokio::test]
async fn an_edit_that_came_too_late_is_set_aside_with_its_reason_and_the_rest_goes_on() {
    let hub = Hub::open();
    let (a, b) = (Phone::of(&hub, 1, false).await, Phone::of(&hub, 1, false).await);
    let id = a.filled();
    a.sync().await;
    b.sync().await;
    b.client.set_field(&id, &text_field(&b.client), Some("Muộn")).unwrap();
    a.submit(&id).unwrap();
    a.sync().await;
    assert_eq!(b.sync().await.set_aside, 1);
    let detail = b.client.detail(&id).unwrap();
    assert_eq!(detail.card.progress, Progress::NeedsYou);
    assert_eq!(detail.set_aside[0].code, "locked");
    assert!(detail.set_aside[0].reason.len() > 20 && !detail.set_aside[0].what.is_empty());
    assert!(b.client.why(&id).unwrap().contains(&detail.set_aside[0].reason));
    assert_eq!(b.sync().await.sent, 0, "it does not block and is not sent again");
}

#[tokio::test]
async fn two_phones_that_hand_in_the_same_leave_nothing_to_do_on_either() {
    let hub = Hub::open();
    let (a, b) = (Phone::of(&hub, 1, false).await, Phone::of(&hub, 1, false).await);
    let id = a.filled();
    a.sync().await;
    b.sync().await;
    a.submit(&id).unwrap();
    b.submit(&id).unwrap();
    a.sync().await;
    b.sync().await;
    let detail = b.client.detail(&id).unwrap();
    assert_eq!((detail.card.progress, detail.card.status), (Progress::Acknowledged, 1));
    assert!(!detail.set_aside[0].needs_you && detail.set_aside[0].reason.contains("từ một máy khác của bạn lúc 08:00"));
    assert_eq!(detail.next, a.client.detail(&id).unwrap().next);
    assert!(b.client.why(&id).unwrap().contains("nội dung giống hệt"));
}

#[tokio::test]
async fn a_second_phone_that_would_have_handed_in_something_else_names_what_and_says_whose_move_it_is() {
    let hub = Hub::open();
    let (a, b) = (Phone::of(&hub, 1, false).await, Phone::of(&hub, 1, false).await);
    let id = a.filled();
    a.sync().await;
    b.sync().await;
    a.submit(&id).unwrap();
    let field = text_field(&b.client);
    b.client.set_field(&id, &field, Some("Trần Thị Ví Dụ")).unwrap();
    b.submit(&id).unwrap();
    let label = b.client.detail(&id).unwrap().fields.into_iter().find(|f| f.key == field).unwrap().label;
    a.sync().await;
    let not_taken = b.sync().await.set_aside;
    let detail = b.client.detail(&id).unwrap();
    assert_eq!(detail.card.progress, Progress::NeedsYou);
    assert_eq!((not_taken, detail.set_aside.len()), (2, 2));
    for told in [&detail.next, &b.client.why(&id).unwrap()] {
        assert!(told.starts_with("Đến lượt bạn: có 2 việc"), "{told}");
    }
    let told: Vec<(bool, &str)> = detail.set_aside.iter().map(|a| (a.needs_you, a.reason.as_str())).collect();
    assert!(told[0].0 && !told[1].0, "{told:?}");
    assert!(told[1].1.contains(&format!("khác ở: {label}")), "{told:?}");
    b.client.dismiss(&id, 1).unwrap();
    let detail = b.client.detail(&id).unwrap();
    assert!(detail.set_aside.is_empty(), "what only told of the edit goes with it");
    assert_eq!(detail.next, a.client.detail(&id).unwrap().next);
    assert_eq!(b.client.detail(&id).unwrap().card.progress, Progress::Acknowledged);
}

#[tokio::test]
async fn what_was_set_aside_asks_for_nothing_once_the_dossier_was_withdrawn_on_the_other_phone() {
    let hub = Hub::open();
    let (a, b) = (Phone::of(&hub, 1, false).await, Phone::of(&hub, 1, false).await);
    let id = a.filled();
    a.sync().await;
    b.sync().await;
    a.submit(&id).unwrap();
    b.client.set_field(&id, &text_field(&b.client), Some("Trần Thị Ví Dụ")).unwrap();
    a.sync().await;
    b.sync().await;
    assert!(b.client.detail(&id).unwrap().next.starts_with("Đến lượt bạn"));
    a.client.withdraw(&id, "").unwrap();
    a.sync().await;
    b.sync().await;
    let detail = b.client.detail(&id).unwrap();
    assert_eq!(detail.next, a.client.detail(&id).unwrap().next);
    assert_eq!((detail.card.progress, detail.set_aside.len()), (Progress::Acknowledged, 1), "it is kept");
    let aside = &detail.set_aside[0];
    assert!(!aside.needs_you && !aside.can_bring_back && aside.reason.contains("đã kết thúc"), "{}", aside.reason);
    let why = b.client.why(&id).unwrap();
    assert!(why.contains("đã rút") && !why.contains("Đến lượt bạn") && !why.contains("yêu cầu bổ sung"), "{why}");
}
