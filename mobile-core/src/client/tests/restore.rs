//! The server was put back from a backup that knows nothing of what this phone did.

use super::*;

/// A dossier that was handed in and accepted, with all that the phone keeps of it.
async fn accepted(hub: &Arc<Mutex<Hub>>) -> (Phone, String) {
    let phone = Phone::of(hub, 1, false).await;
    let id = phone.filled();
    phone.submit(&id).unwrap();
    phone.sync().await;
    hub.lock().unwrap().officer(&id.parse().unwrap(), Command::Accept);
    phone.sync().await;
    (phone, id)
}

#[tokio::test]
async fn one_synchronisation_brings_dossier_papers_acts_and_the_office_s_word_back() {
    let hub = Hub::open();
    let (phone, id) = accepted(&hub).await;
    let (before, dossier) = (phone.client.detail(&id).unwrap(), id.parse().unwrap());
    let (state, draft) = (hub.lock().unwrap().dossiers[&dossier].clone(), phone.filled());
    hub.lock().unwrap().forget();
    let view = phone.sync().await;
    assert!(view.problems.is_empty() && view.set_aside == 0 && view.unreadable == 0, "{view:?}");
    assert!(view.log_notes[0].contains("khôi phục từ bản sao lưu"), "{view:?}");
    {
        let hub = hub.lock().unwrap();
        assert!(hub.dossiers[&dossier].events == state.events && hub.dossiers[&dossier].papers == state.papers);
        assert!(!hub.dossiers[&draft.parse().unwrap()].papers.is_empty(), "what was never sent too");
    }
    let after = phone.client.detail(&id).unwrap();
    assert!(after.timeline == before.timeline && after.card.code == before.card.code);
    assert_eq!(phone.sync().await.log_notes, Vec::<String>::new(), "said once");
}

#[tokio::test]
async fn a_line_that_breaks_anywhere_in_between_costs_nothing() {
    for broken in 0..7 {
        let hub = Hub::open();
        let (phone, id) = accepted(&hub).await;
        let state = hub.lock().unwrap().dossiers[&id.parse().unwrap()].clone();
        hub.lock().unwrap().forget();
        (0..broken).for_each(|_| phone.mishap(Mishap::Nothing));
        phone.mishap(Mishap::AnswerLost);
        let _ = phone.client.sync().await;
        phone.client.pause();
        phone.client.resume();
        hub.lock().unwrap().mishaps.clear();
        for _ in 0..2 {
            phone.sync().await;
        }
        assert_eq!(hub.lock().unwrap().dossiers[&id.parse().unwrap()].events, state.events, "after {broken} requests");
    }
}

#[tokio::test]
async fn what_was_told_is_shown_and_marked_until_it_is_told_again() {
    let hub = Hub::open();
    let (phone, id) = accepted(&hub).await;
    phone
        .client
        .with(|store| {
            let mut batch = crate::storage::Batch::default();
            batch.remove(crate::storage::Kind::Standing, id.parse::<DossierId>().unwrap().bytes());
            Ok(store.write(&batch)?)
        })
        .unwrap();
    hub.lock().unwrap().forget();
    phone.sync().await;
    let shown = phone.client.detail(&id).unwrap();
    assert_eq!(shown.card.status, 1, "handed in anew, not accepted: nobody signed for it");
    assert!(shown.timeline.last().unwrap().text.contains("chờ cơ quan xác nhận lại"), "{:?}", shown.timeline);
    assert!(phone.client.why(&id).unwrap().contains("đang chờ cơ quan xác nhận lại"));
    hub.lock().unwrap().officer(&id.parse().unwrap(), Command::Accept);
    phone.sync().await;
    assert!(!phone.client.why(&id).unwrap().contains("xác nhận lại"));
}

#[tokio::test]
async fn the_other_phone_is_waited_for_until_the_citizen_decides_otherwise() {
    let hub = Hub::open();
    let first = Phone::of(&hub, 1, false).await;
    let id = first.filled();
    first.sync().await;
    let second = Phone::of(&hub, 1, false).await;
    second.sync().await;
    second.client.set_field(&id, "applicant_name", Some("Nguyễn Văn Hai")).unwrap();
    second.sync().await;
    let before = second.client.detail(&id).unwrap().fields;
    hub.lock().unwrap().forget();
    second.sync().await;
    assert!(hub.lock().unwrap().dossiers.is_empty());
    assert!(second.client.why(&id).unwrap().contains("máy khác của bạn"), "{}", second.client.why(&id).unwrap());
    assert_eq!(second.client.go_on_without(&id).unwrap(), 0);
    second.sync().await;
    assert!(hub.lock().unwrap().dossiers.contains_key(&id.parse().unwrap()));
    let after = second.client.detail(&id).unwrap();
    assert!(after.fields == before && after.card.unsent == 0, "{:?}", after.card);
}

#[tokio::test]
async fn a_courier_s_chain_is_sent_again_from_its_beginning() {
    let hub = Hub::open();
    let courier = Phone::of(&hub, 3, true).await;
    let parcel = ParcelId::from_bytes([4; 16]);
    hub.lock().unwrap().list(PersonId::from_bytes([3; 16]), parcel);
    courier.sync().await;
    for _ in 0..2 {
        courier.client.failed_attempt(&parcel.to_string(), "absent", None).unwrap();
        courier.sync().await;
    }
    let records = hub.lock().unwrap().records.clone();
    hub.lock().unwrap().forget();
    courier.sync().await;
    assert!(hub.lock().unwrap().records == records && records.len() == 2);
}
