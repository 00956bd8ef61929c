//! The post: the courier at the door, and the recipient.

use super::*;

#[tokio::test]
async fn whoever_confirmed_a_parcel_is_not_told_that_it_will_come() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let id = phone.filled();
    phone.submit(&id).unwrap();
    phone.sync().await;
    let office = |command| hub.lock().unwrap().officer(&id.parse().unwrap(), command);
    office(Command::Accept);
    office(Command::RecordOutcome { granted: true, number: None, summary: "Xong".into() });
    let (phone_number, area) = ("0912000001".into(), "31/99901".into());
    let to = PostalInput { recipient: "An".into(), phone: phone_number, area, line: "Số 1".into() };
    phone.client.choose_post(&id, &to).unwrap();
    assert!(
        phone.client.confirm_receipt(&id, None).unwrap_err().message(Language::Vietnamese).contains("chưa có bưu gửi")
    );
    phone.sync().await;
    let courier = PersonId::from_bytes([5; 16]);
    office(Command::HandToPost { courier, tracking: "RR123456785VN".parse().ok(), seal: "NP-1".into() });
    phone.sync().await;
    let next = || phone.client.detail(&id).unwrap().next;
    assert!(next().contains("sẽ giao đến bạn"), "{}", next());
    let events = hub.lock().unwrap().dossiers[&id.parse().unwrap()].events.clone();
    let parcel = dossier::decide::Course::of(&events).on_the_road.unwrap();
    let shown = phone.client.detail(&id).unwrap().parcel.unwrap();
    assert_eq!((shown.parcel, shown.tracking.as_deref()), (parcel.to_string(), Some("RR123456785VN")));
    let other = ParcelId::from_bytes([9; 16]).to_string();
    assert_eq!(phone.client.confirm_receipt(&id, Some(&other)).unwrap_err().code(), "unknown_parcel");
    phone.client.confirm_receipt(&id, None).unwrap();
    assert_eq!(phone.client.confirm_receipt(&id, None).unwrap_err().code(), "confirmed_already");
    assert!(next().starts_with("Bạn đã xác nhận"), "{}", next());
    phone.sync().await;
    assert!(next().starts_with("Bạn đã xác nhận"), "{}", next());
}

#[tokio::test]
async fn a_courier_records_at_the_door_without_network_in_one_chain() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 7, true).await;
    let parcel = ParcelId::from_bytes([8; 16]);
    let code = hub.lock().unwrap().list(PersonId::from_bytes([7; 16]), parcel);
    phone.sync().await;
    let client = &phone.client;
    let owner = DoorRecipient::Owner { identity: "citizen_card".into() };
    let id = parcel.to_string();
    client.failed_attempt(&id, "absent", None).unwrap();
    let wrong = client.confirm_delivery(&id, &DoorProof::Code { code: "00000-00000".into() }, &owner, None);
    assert_eq!(wrong.unwrap_err().code(), "wrong_code");
    let position = PositionInput { latitude: 20_860, longitude: 106_680 };
    client
        .confirm_delivery(&id, &DoorProof::Code { code: code.reveal().to_lowercase() }, &owner, Some(position))
        .unwrap();
    let twice = client.confirm_delivery(&id, &DoorProof::RecipientSigned, &owner, None);
    assert_eq!(twice.unwrap_err().code(), "already_delivered");

    let phone = phone.restarted();
    phone.mishap(Mishap::AnswerLost);
    assert!(phone.client.sync().await.is_err());
    phone.sync().await;
    let hub = hub.lock().unwrap();
    let chain: Vec<_> = hub.records.iter().map(|r| (r.read().unwrap(), r.hash())).collect();
    assert_eq!(chain.iter().map(|(r, _)| r.counter).collect::<Vec<_>>(), [1, 2], "a lost answer doubles nothing");
    assert_eq!(chain[1].0.previous, chain[0].1);
    assert_eq!(chain[0].0.beacon, MONDAY_8);
    assert_eq!(chain[1].0.place, Some((20_860, 106_680)), "latitude first");
    drop(hub);
    assert!(phone.client.manifest().unwrap()[0].records.iter().all(|r| !r.contains("chưa gửi")));
}

#[tokio::test]
async fn a_list_is_shown_for_a_day_without_the_server_and_what_happens_after_that_is_recorded() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 7, true).await;
    let parcel = ParcelId::from_bytes([8; 16]);
    hub.lock().unwrap().list(PersonId::from_bytes([7; 16]), parcel);
    assert!(phone.client.manifest().unwrap().is_empty(), "there is nothing to hide yet");
    phone.sync().await;
    phone.clock.forward(24 * 3600 - 1);
    assert_eq!(phone.client.manifest().unwrap().len(), 1);
    phone.clock.forward(1);
    let closed = phone.client.manifest().err().unwrap();
    assert_eq!(closed.code(), "lease_ended");
    assert!(closed.message(Language::Vietnamese).contains("24 giờ"));
    phone.client.failed_attempt(&parcel.to_string(), "absent", None).unwrap();
    let phone = phone.restarted();
    assert_eq!(phone.client.manifest().err().unwrap().code(), "lease_ended");
    phone.sync().await;
    assert_eq!(phone.client.manifest().unwrap()[0].records.len(), 1);
}
