//! Synchronising over a line and with a server that do what they do.

use super::*;

#[tokio::test]
async fn nothing_is_lost_whatever_the_line_does() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let id = phone.filled();
    phone.submit(&id).unwrap();
    for (mishap, code) in [
        (Mishap::Offline, "offline"),
        (Mishap::AnswerLost, "timed_out"),
        (Mishap::ForgedAnswer, "signature_invalid"),
        (Mishap::Redirect, "redirected"),
        (Mishap::Busy, "busy"),
        (Mishap::TooOften, "too_many_requests"),
        (Mishap::Suspended, "device_suspended"),
    ] {
        phone.mishap(mishap);
        assert_eq!(phone.client.sync().await.unwrap_err().code(), code);
        let card = phone.client.detail(&id).unwrap().card;
        assert!(card.unsent > 0, "after {code}");
        // What never left is only saved; of what left, nobody here can say that it did not arrive.
        let progress = if code == "offline" { Progress::Queued } else { Progress::Sent };
        assert_eq!(card.progress, progress, "after {code}");
    }
    phone.mishap(Mishap::Offline);
    phone.client.sync().await.unwrap_err();
    let phone = phone.restarted();
    assert_eq!(
        phone.client.detail(&id).unwrap().card.progress,
        Progress::Sent,
        "it left before, and still may be there"
    );
    assert!(phone.client.why(&id).unwrap().starts_with("Đã bắt đầu gửi nhưng chưa có trả lời"));
    let view = phone.sync().await;
    assert_eq!(view.set_aside, 0);
    assert_eq!(phone.client.detail(&id).unwrap().card.status, 1);
}

#[tokio::test]
async fn a_paper_waits_on_a_phone_that_is_told_to_wait() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let id = phone.client.new_draft(PROCEDURE).unwrap();
    phone.client.set_fields(&id, &phone.client.examples(PROCEDURE).unwrap()).unwrap();
    phone.sync().await;
    let component = &phone.client.procedure(PROCEDURE).unwrap().components[0].id;
    for (n, (mishap, code, kind)) in [
        (Mishap::Busy, "busy", ErrorKind::Retryable),
        (Mishap::TooOften, "too_many_requests", ErrorKind::Retryable),
        (Mishap::Suspended, "device_suspended", ErrorKind::NeedsUser),
    ]
    .into_iter()
    .enumerate()
    {
        phone.client.add_paper(&id, component, "a.jpg", &[0xff, 0xd8, 0xff, n as u8]).unwrap();
        // The paper goes first: its dossier is known.
        phone.mishap(mishap);
        let told = phone.client.sync().await.unwrap_err();
        assert_eq!((told.code(), told.kind()), (code, kind));
        assert_eq!(phone.sync().await.uploaded, 1, "after {code}");
    }
}

#[tokio::test]
async fn a_token_that_ran_out_and_a_nonce_are_renewed_once_without_anybody_noticing() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    phone.mishap(Mishap::WantsNonce);
    phone.mishap(Mishap::TokenExpired);
    phone.sync().await;
    let last: Vec<String> = hub.lock().unwrap().requests.split_off(3);
    let sync = "POST http://localhost/v1/sync";
    assert_eq!(last, [sync, sync, sync], "a nonce, then the refresh token in the same place");
    let given = hub.lock().unwrap().tokens_given;
    assert_eq!(given, 2);
    for _ in 0..2 {
        phone.mishap(Mishap::TokenExpired);
    }
    assert_eq!(phone.client.sync().await.unwrap_err().code(), "sign_in_again");
    // Nothing unsent is touched by that, and a new sign-in goes on where the old one ended.
    let id = phone.filled();
    phone.submit(&id).unwrap();
    for _ in 0..2 {
        phone.mishap(Mishap::TokenExpired);
    }
    let told = phone.client.sync().await.unwrap_err();
    assert_eq!((told.code(), told.kind()), ("sign_in_again", ErrorKind::NeedsUser));
    assert!(phone.client.detail(&id).unwrap().card.unsent > 0);
    hub.lock().unwrap().codes.insert("AGA1N".into(), (PersonId::from_bytes([1; 16]), false));
    phone.enrol("AGA1N").await.unwrap();
    phone.sync().await;
    assert_eq!(phone.client.detail(&id).unwrap().card.status, 1);
}

#[tokio::test]
async fn a_phone_that_was_away_for_a_week_is_there_again_in_one_round_trip() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    // The first exchange tells how far off the phone's clock is; by then the token of the sign-in seems to be old.
    phone.sync().await;
    phone.sync().await;
    let requests = || hub.lock().unwrap().requests.len();
    for (seconds, renews) in [(60, false), (7 * 24 * 3600, true), (13 * 60, false), (60, true)] {
        let (before, given) = (requests(), hub.lock().unwrap().tokens_given);
        phone.clock.forward(seconds);
        let now = hub.lock().unwrap().now;
        hub.lock().unwrap().now = now.plus_seconds(seconds);
        phone.sync().await;
        assert_eq!(requests(), before + 1, "after {seconds} s");
        assert_eq!(hub.lock().unwrap().tokens_given, given + u32::from(renews), "after {seconds} s");
    }
}

#[tokio::test]
async fn a_phone_uses_no_token_that_is_not_on_its_disk() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    phone.sync().await;
    phone.clock.forward(3_600);
    phone.sync().await;
    let kept = |phone: &Phone| phone.client.with(|store| Ok(Session::read(store)?)).unwrap().unwrap();
    assert_eq!(kept(&phone).refresh.as_deref(), Some("r2"), "it came with the answer");
    let phone = phone.restarted();
    phone.clock.forward(3_600);
    // A photograph goes over the other route.
    let id = phone.filled();
    phone.sync().await;
    let photo = [[0xff, 0xd8, 0xff, 0xe0].as_slice(), &vec![7; 70_000]].concat();
    let component = phone.client.procedure(PROCEDURE).unwrap().components[0].id.clone();
    phone.client.add_paper(&id, &component, "b.jpg", &photo).unwrap();
    phone.clock.forward(3_600);
    phone.mishap(Mishap::Nothing);
    phone.mishap(Mishap::Offline);
    assert_eq!(phone.client.sync().await.unwrap_err().code(), "offline", "after it was renewed");
    let given = hub.lock().unwrap().tokens_given;
    assert_eq!(kept(&phone).refresh, Some(format!("r{given}")));
}

#[tokio::test]
async fn a_phone_that_is_stopped_while_it_sends_knows_that_it_had_begun() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let id = phone.filled();
    phone.submit(&id).unwrap();
    phone.mishap(Mishap::NeverAnswers);
    let stopped = async {
        tokio::task::yield_now().await;
        phone.client.cancel();
    };
    let (done, ()) = tokio::join!(phone.client.sync(), stopped);
    assert_eq!(done.unwrap_err().code(), "cancelled");
    let phone = phone.restarted();
    assert_eq!(phone.client.detail(&id).unwrap().card.progress, Progress::Sent);
    phone.sync().await;
    assert_eq!(phone.client.detail(&id).unwrap().card.progress, Progress::Acknowledged);
}

#[tokio::test]
async fn a_synchronisation_counts_each_thing_that_somebody_did_once() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let id = phone.filled();
    phone.submit(&id).unwrap();
    let waiting = phone.client.detail(&id).unwrap().card.unsent;
    // The act is asked about twice, before and after its paper; one photograph stands for every component.
    let view = phone.sync().await;
    assert_eq!((view.sent, view.accepted, view.set_aside), (waiting + 1, waiting + 1, 0), "{view:?}");
    assert_eq!(view.uploaded, 1);

    // An act that comes too late.
    let other = Phone::of(&hub, 1, false).await;
    other.sync().await;
    phone.client.withdraw(&id, "").unwrap();
    other.client.withdraw(&id, "").unwrap();
    phone.sync().await;
    let view = other.sync().await;
    assert_eq!((view.sent, view.accepted, view.set_aside), (1, 0, 1), "{view:?}");

    // A courier's records.
    let courier = Phone::of(&hub, 7, true).await;
    let parcel = ParcelId::from_bytes([8; 16]);
    hub.lock().unwrap().list(PersonId::from_bytes([7; 16]), parcel);
    courier.sync().await;
    courier.client.failed_attempt(&parcel.to_string(), "absent", None).unwrap();
    courier.client.failed_attempt(&parcel.to_string(), "absent", None).unwrap();
    let view = courier.sync().await;
    assert_eq!((view.sent, view.accepted, view.set_aside), (2, 2, 0), "{view:?}");
}

#[tokio::test]
async fn a_photograph_is_sent_only_after_the_server_was_heard_a_moment_ago() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let id = phone.filled();
    phone.sync().await;
    let photo = |size: usize| [[0xff, 0xd8, 0xff, 0xe0].as_slice(), &vec![size as u8; size - 4]].concat();
    let component = phone.client.procedure(PROCEDURE).unwrap().components[0].id.clone();
    for (size, first) in [(64 * 1024 - 1, "PUT"), (64 * 1024, "POST http://localhost/v1/token")] {
        phone.client.add_paper(&id, &component, "a.jpg", &photo(size)).unwrap();
        hub.lock().unwrap().requests.clear();
        phone.sync().await;
        let requests = hub.lock().unwrap().requests.clone();
        assert!(requests[0].starts_with(first), "{size} bytes: {requests:?}");
        assert_eq!(requests.iter().filter(|r| r.ends_with("/v1/token")).count(), usize::from(size >= 64 * 1024));
    }
}

#[tokio::test]
async fn cancel_and_pause_end_a_sync_that_never_would_and_lose_nothing() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let id = phone.filled();
    phone.mishap(Mishap::NeverAnswers);
    let cancelled = async {
        tokio::task::yield_now().await;
        phone.client.cancel();
    };
    let (done, ()) = tokio::join!(phone.client.sync(), cancelled);
    assert_eq!(done.unwrap_err().code(), "cancelled");

    phone.mishap(Mishap::NeverAnswers);
    let paused = async {
        tokio::task::yield_now().await;
        phone.client.pause();
    };
    let (done, ()) = tokio::join!(phone.client.sync(), paused);
    assert_eq!(done.unwrap_err().code(), "cancelled");
    assert_eq!(phone.client.list().unwrap_err().code(), "storage_paused");
    // The file is free: another client can open it, and then this one cannot.
    let other = open(phone.dir.path(), "me", &phone.line);
    phone.client.resume();
    assert_eq!(phone.client.list().unwrap_err().code(), "storage_busy");
    drop(other);
    assert!(phone.client.detail(&id).unwrap().card.unsent > 0);
    assert!(phone.sync().await.accepted > 0);
}

#[tokio::test]
async fn a_dossier_at_its_quota_waits_and_the_others_go_on() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let (full, other) = (phone.filled(), phone.filled());
    phone.submit(&full).unwrap();
    phone.submit(&other).unwrap();
    hub.lock().unwrap().at_their_quota.insert(full.parse().unwrap());
    let view = phone.sync().await;
    assert_eq!((view.problems, view.set_aside), (vec!["dossier_quota".to_owned()], 0));
    let status = |id: &str| phone.client.detail(id).unwrap().card.status;
    assert_eq!((status(&full), status(&other)), (0, 1));
    assert!(phone.client.detail(&full).unwrap().card.unsent > 0, "it is kept");
    let says_so = |id: &str| {
        let (card, why) = (phone.client.detail(id).unwrap().card, phone.client.why(id).unwrap());
        assert!(
            card.progress == Progress::Queued && why.starts_with("Máy chủ đã trả lời"),
            "{:?} {why}",
            card.progress
        );
    };
    says_so(&full);
    // What comes from the server is heard, though nothing of the phone's is taken.
    hub.lock().unwrap().officer(&other.parse().unwrap(), Command::Accept);
    let view = phone.sync().await;
    assert_eq!((view.problems, view.set_aside, view.news), (vec!["dossier_quota".to_owned()], 0, 1));
    assert_eq!((status(&full), status(&other)), (0, 2));
    says_so(&full);
    hub.lock().unwrap().at_their_quota.clear();
    let view = phone.sync().await;
    assert!(view.problems.is_empty() && status(&full) == 1, "{view:?}");
    assert!(!phone.client.why(&full).unwrap().contains("quá nhiều thay đổi"));
}

#[tokio::test]
async fn a_dossier_that_comes_to_its_quota_after_its_papers_came_is_not_said_to_lack_them() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let id = phone.filled();
    phone.submit(&id).unwrap();
    hub.lock().unwrap().quota_after_papers = true;
    phone.sync().await;
    let (card, why) = (phone.client.detail(&id).unwrap().card, phone.client.why(&id).unwrap());
    assert!(card.progress == Progress::Queued && why.starts_with("Máy chủ đã trả lời"), "{:?} {why}", card.progress);
    hub.lock().unwrap().at_their_quota.clear();
    phone.sync().await;
    assert_eq!(phone.client.detail(&id).unwrap().card.status, 1);
}

#[tokio::test]
async fn news_that_do_not_fit_to_an_old_copy_of_a_phone_are_read_from_the_beginning() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    phone.sync().await;
    let copy = tempfile::tempdir().unwrap();
    phone.client.pause();
    for entry in std::fs::read_dir(phone.dir.path()).unwrap() {
        let from = entry.unwrap().path();
        std::fs::copy(&from, copy.path().join(from.file_name().unwrap())).unwrap();
    }
    phone.client.resume();
    let id = phone.filled();
    phone.submit(&id).unwrap();
    phone.sync().await;
    hub.lock().unwrap().officer(&id.parse().unwrap(), Command::Accept);
    let (line, clock) = (phone.line.clone(), phone.clock.clone());
    let copy = Phone { client: open_at(copy.path(), "me", &line, &clock), line, dir: copy, clock };
    let view = copy.sync().await;
    assert_eq!((view.news, view.unreadable), (1, 0));
    assert_eq!(copy.client.detail(&id).unwrap().card.status, 2);
    assert_eq!(copy.sync().await.round_trips, 1, "it goes on from there");
}
