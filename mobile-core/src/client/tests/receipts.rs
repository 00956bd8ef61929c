use super::book::Book;
use super::*;
use serde_json::Value as Json;

const DAY: i64 = 24 * 3600;

pub(super) fn with_log() -> Arc<Mutex<Hub>> {
    let hub = Hub::open();
    hub.lock().unwrap().book = Some(Book::new());
    hub
}

fn alter(hub: &Arc<Mutex<Hub>>, how: impl FnOnce(&mut Book)) {
    how(hub.lock().unwrap().book.as_mut().unwrap());
}

fn a_day_later(hub: &Arc<Mutex<Hub>>) {
    let mut hub = hub.lock().unwrap();
    hub.now = hub.now.plus_seconds(DAY + 1);
}

/// Hands one more dossier in and synchronises.
async fn hand_in(phone: &Phone) -> (String, Result<SyncView, Error>) {
    let id = phone.filled();
    phone.submit(&id).unwrap();
    (id, phone.client.sync().await)
}

/// What was asked of the log and of receipts since the last time.
fn asked(phone: &Phone) -> Vec<String> {
    let mut hub = phone.line.hub();
    let asked = std::mem::take(&mut hub.requests).into_iter();
    let about = |request: &String| request.contains("/v1/log/") || request.ends_with("/receipts");
    asked.filter(about).map(|request| request.replace("GET http://localhost", "")).collect()
}

#[tokio::test]
async fn what_was_handed_in_leaves_a_receipt_with_its_proof_that_needs_no_server() {
    let hub = with_log();
    let phone = Phone::of(&hub, 1, false).await;
    let (id, view) = hand_in(&phone).await;
    assert_eq!(view.unwrap().receipts, 1);
    let phone = phone.restarted();
    phone.mishap(Mishap::Offline);
    let kept = phone.client.receipts(&id).unwrap();
    assert_eq!((kept.len(), kept[0].seq, kept[0].at, kept[0].has_proof), (1, 1, MONDAY_8.0, true));
    assert!(kept[0].kind.contains("08:00 23/11/2026") && kept[0].text.starts_with("HS1:"), "{kept:?}");
    let file = phone.client.export_receipt(&id, 1).unwrap();
    assert_eq!(phone.client.verify_receipt(&file).unwrap().log, "shown");
    assert_eq!(phone.client.verify_receipt(kept[0].text.as_bytes()).unwrap().log, "not_given");
    assert_eq!(phone.client.export_receipt(&id, 2).unwrap_err().code(), "no_receipt");
    assert_eq!(phone.client.log_report().unwrap(), None);
}

#[tokio::test]
async fn nothing_is_asked_when_nothing_is_due_and_one_thing_for_each_receipt() {
    let hub = with_log();
    let phone = Phone::of(&hub, 1, false).await;
    asked(&phone);
    let (first, _) = hand_in(&phone).await;
    assert_eq!(asked(&phone), [format!("/v1/dossiers/{first}/receipts")], "the first checkpoint has nothing before it");
    let idle = phone.sync().await;
    assert_eq!((asked(&phone), idle.round_trips), (vec![], 1));
    let size = hub.lock().unwrap().book.as_ref().unwrap().leaves.len();
    let (second, _) = hand_in(&phone).await;
    let grown = hub.lock().unwrap().book.as_ref().unwrap().leaves.len();
    let consistency = format!("/v1/log/consistency?from={size}&to={grown}");
    assert_eq!(asked(&phone), [format!("/v1/dossiers/{second}/receipts"), consistency]);
    phone.client.set_field(&first, &text_field(&phone.client), Some("An")).unwrap_err();
    a_day_later(&hub);
    phone.sync().await;
    assert_eq!(asked(&phone), [format!("/v1/log/consistency?from={grown}")]);
    phone.sync().await;
    assert_eq!(asked(&phone), Vec::<String>::new(), "once a day");
}

#[tokio::test]
async fn a_receipt_whose_entry_waits_for_its_place_is_kept_and_asked_for_again() {
    let hub = with_log();
    alter(&hub, |book| book.asleep = true);
    let phone = Phone::of(&hub, 1, false).await;
    let (id, view) = hand_in(&phone).await;
    assert_eq!(view.unwrap().receipts, 0);
    assert!(!phone.client.receipts(&id).unwrap()[0].has_proof);
    alter(&hub, |book| book.asleep = false);
    assert_eq!(phone.sync().await.receipts, 1);
    assert!(phone.client.receipts(&id).unwrap()[0].has_proof);
}

#[tokio::test]
async fn a_server_without_log_and_receipts_is_no_alarm_and_is_asked_once_a_day() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let (id, view) = hand_in(&phone).await;
    view.unwrap();
    assert_eq!(phone.client.receipts(&id).unwrap(), []);
    asked(&phone);
    phone.sync().await;
    assert_eq!(asked(&phone), Vec::<String>::new());
    a_day_later(&hub);
    phone.sync().await;
    assert_eq!(asked(&phone).len(), 1);
}

/// Why the next synchronisation stops, after what a server did to its log once the phone had seen it; nothing of the
/// phone's is lost.
async fn why(how: impl FnOnce(&mut Book), with_a_receipt: bool) -> String {
    let hub = with_log();
    let phone = Phone::of(&hub, 1, false).await;
    let (first, view) = hand_in(&phone).await;
    view.unwrap();
    hand_in(&phone).await.1.unwrap();
    let honest = hub.lock().unwrap().book.as_ref().unwrap().checkpoint();
    alter(&hub, how);
    let (stopped, last) = if with_a_receipt {
        let (id, stopped) = hand_in(&phone).await;
        (stopped, Some(id))
    } else {
        a_day_later(&hub);
        (phone.client.sync().await, None)
    };
    let stopped = stopped.unwrap_err();
    assert_eq!((stopped.code(), stopped.kind()), ("log_inconsistent", ErrorKind::NeedsUser));
    let Error::LogInconsistent(why) = stopped else { unreachable!("by its code") };
    let report: Json = serde_json::from_slice(&phone.client.log_report().unwrap().unwrap()).unwrap();
    assert_eq!(
        (report["why"].as_str(), report["kept_checkpoint"].as_str()),
        (Some(why.as_str()), Some(honest.as_str()))
    );
    assert_eq!(report["at"].as_str().map(str::is_empty), Some(false));
    assert_eq!(phone.client.sync().await.unwrap_err().code(), "log_inconsistent", "as long as it goes on");
    assert_eq!(phone.client.receipts(&first).unwrap().len(), 1);
    if let Some(id) = last {
        assert_eq!(phone.client.receipts(&id).unwrap(), [], "no proof of that log is kept");
        assert_eq!(phone.client.detail(&id).unwrap().card.status, 1, "what was handed in is handed in");
    }
    let draft = phone.filled();
    assert_eq!(phone.client.detail(&draft).unwrap().card.progress, Progress::Draft);
    why
}

#[tokio::test]
async fn a_log_that_was_rewritten_stops_the_synchronisation_and_leaves_a_report() {
    let rewritten = |book: &mut Book| book.leaves[0] = [7; 32];
    assert_eq!(why(rewritten, true).await, "not_consistent");
    assert_eq!(why(rewritten, false).await, "other_root");
    let grown = |book: &mut Book| {
        book.leaves[0] = [7; 32];
        book.leaves.push([8; 32]);
    };
    assert_eq!(why(grown, false).await, "not_consistent");
    assert_eq!(why(|book| book.leaves.truncate(2), false).await, "log_shrinks");
    assert_eq!(why(|book| book.life = 0, false).await, "earlier_life");
}

#[tokio::test]
async fn a_checkpoint_of_another_key_stops_the_synchronisation_and_leaves_a_report() {
    assert_eq!(why(|book| book.signer = 6, true).await, "bad_checkpoint");
    assert_eq!(why(|book| book.signer = 6, false).await, "checkpoint_not_signed");
}

#[tokio::test]
async fn a_receipt_that_says_otherwise_than_the_phone_was_told_is_an_alarm() {
    let hub = with_log();
    alter(&hub, |book| book.late = true);
    let phone = Phone::of(&hub, 1, false).await;
    let (id, stopped) = hand_in(&phone).await;
    assert!(matches!(stopped, Err(Error::LogInconsistent(why)) if why == "other_event"));
    assert_eq!(phone.client.receipts(&id).unwrap(), []);
}

#[tokio::test]
async fn a_log_that_was_seen_and_is_gone_is_an_alarm() {
    let hub = with_log();
    let phone = Phone::of(&hub, 1, false).await;
    hand_in(&phone).await.1.unwrap();
    hub.lock().unwrap().book = None;
    a_day_later(&hub);
    let stopped = phone.client.sync().await.unwrap_err();
    assert!(matches!(&stopped, Error::LogInconsistent(why) if why == "log_gone"), "{stopped:?}");
    assert!(phone.client.log_report().unwrap().is_some());
}

#[tokio::test]
async fn a_restored_server_begins_its_log_anew_without_alarm_and_it_is_said() {
    for with_a_receipt in [true, false] {
        let hub = with_log();
        let phone = Phone::of(&hub, 1, false).await;
        hand_in(&phone).await.1.unwrap();
        hand_in(&phone).await.1.unwrap();
        alter(&hub, |book| {
            book.life = 2;
            book.leaves[0] = [7; 32];
            if !with_a_receipt {
                book.leaves.pop();
            }
        });
        a_day_later(&hub);
        let view = if with_a_receipt { hand_in(&phone).await.1.unwrap() } else { phone.sync().await };
        assert_eq!(view.log_notes.len(), 1, "{view:?}");
        assert!(view.log_notes[0].contains("lần vận hành 2"), "{view:?}");
        assert_eq!(phone.sync().await.log_notes, Vec::<String>::new(), "said once");
        assert_eq!(phone.client.log_report().unwrap(), None);
    }
}

#[tokio::test]
async fn without_network_after_the_exchange_receipts_wait_and_the_exchange_counts() {
    let hub = with_log();
    let phone = Phone::of(&hub, 1, false).await;
    let (first, _) = hand_in(&phone).await;
    let id = phone.filled();
    phone.sync().await;
    phone.submit(&id).unwrap();
    hub.lock().unwrap().mishaps.extend([Mishap::Nothing, Mishap::Offline]);
    let view = phone.sync().await;
    assert_eq!((view.round_trips, view.receipts), (1, 0));
    assert_eq!(phone.sync().await.receipts, 1);
    assert_eq!((phone.client.receipts(&first).unwrap().len(), phone.client.receipts(&id).unwrap().len()), (1, 1));
}

#[tokio::test]
async fn a_receipt_of_a_former_key_is_good_when_the_pinned_key_led_on() {
    let hub = with_log();
    let phone = Phone::of(&hub, 1, false).await;
    let (id, _) = hand_in(&phone).await;
    let file = phone.client.export_receipt(&id, 1).unwrap();
    phone
        .client
        .with(|store| {
            let mut account = Account::read(store)?.unwrap();
            account.former.push(std::mem::replace(&mut account.key, dossier::ids::PublicKey([9; 64])));
            let mut batch = crate::storage::Batch::default();
            account.put(&mut batch);
            Ok(store.write(&batch)?)
        })
        .unwrap();
    assert_eq!(phone.client.verify_receipt(&file).unwrap().log, "shown");
}
