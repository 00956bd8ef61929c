mod book;
mod disk;
mod hub;
mod power_cut;
mod receipt;
mod receipts;

use super::*;
use crate::ErrorKind;
use crate::keys::FileKey;
use crate::shelf::Progress;
use crate::view::SyncView;
use dossier::decide::Command;
use dossier::ids::{ParcelId, PersonId};
use hub::{Hub, Line, MONDAY_8, Mishap};

const PROCEDURE: &str = "1.004873";

struct Noon;
impl Clock for Noon {
    fn now(&self) -> Timestamp {
        // Two years off, as phones' clocks are.
        MONDAY_8.plus_seconds(-2 * 365 * 24 * 3600)
    }
    fn boot(&self) -> u64 {
        1
    }
    fn elapsed_ms(&self) -> u64 {
        2
    }
}

/// One account on one phone, with its line to the hub.
struct Phone {
    client: Client,
    line: Line,
    dir: tempfile::TempDir,
}

impl Phone {
    /// A person's phone that nobody has signed in on.
    fn new(hub: &Arc<Mutex<Hub>>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let line = Line::new(hub, key(dir.path(), "me").public_key().unwrap());
        let client = open(dir.path(), "me", &line);
        Self { client, line, dir }
    }

    async fn of(hub: &Arc<Mutex<Hub>>, person: u8, courier: bool) -> Self {
        let phone = Self::new(hub);
        hub.lock().unwrap().codes.insert("C0DE".into(), (PersonId::from_bytes([person; 16]), courier));
        phone.enrol("C0DE").await.unwrap();
        phone
    }

    async fn enrol(&self, code: &str) -> Result<(), Error> {
        let begun = self.client.begin_sign_in("http://localhost")?;
        let callback = format!("hoso://signed-in?code={code}&state={}", begun.state);
        self.client.finish_sign_in(&callback).await.map(|_| ())
    }

    fn mishap(&self, mishap: Mishap) {
        self.line.hub().mishaps.push_back(mishap);
    }

    async fn sync(&self) -> SyncView {
        self.client.sync().await.unwrap()
    }

    /// A complete form with its papers, not handed in.
    fn filled(&self) -> String {
        let id = self.client.new_draft(PROCEDURE).unwrap();
        self.client.set_fields(&id, &self.client.examples(PROCEDURE).unwrap()).unwrap();
        for component in self.client.procedure(PROCEDURE).unwrap().components {
            self.client.add_paper(&id, &component.id, "a.jpg", &[0xff, 0xd8, 0xff, 0xe0]).unwrap();
        }
        id
    }

    fn submit(&self, id: &str) -> Result<(), Error> {
        self.client.submit(id, &self.client.units()[0].code)
    }

    fn restarted(self) -> Self {
        let Self { client, line, dir } = self;
        drop(client);
        Self { client: open(dir.path(), "me", &line), line, dir }
    }
}

fn key(dir: &Path, account: &str) -> FileKey {
    FileKey::open(&dir.join(format!("{account}.pem"))).unwrap()
}

fn open(dir: &Path, account: &str, line: &Line) -> Client {
    let outside =
        Outside { keys: Arc::new(key(dir, account)), transport: Arc::new(line.clone()), clock: Arc::new(Noon) };
    Client::open(dir, account, outside, Language::Vietnamese).unwrap()
}

fn text_field(client: &Client) -> String {
    let fields = client.procedure(PROCEDURE).unwrap().fields;
    fields.into_iter().find(|f| f.kind == "text" && f.required && !f.key.contains('*')).unwrap().key
}

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
    let paths = ["/v1/sync", "/v1/sync", "/v1/token", "/v1/sync"];
    assert_eq!(last, paths.map(|path| format!("POST http://localhost{path}")));
    for _ in 0..2 {
        phone.mishap(Mishap::TokenExpired);
    }
    assert_eq!(phone.client.sync().await.unwrap_err().code(), "sign_in_again");
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
    assert_eq!(phone.client.resume().unwrap_err().code(), "storage_busy");
    drop(other);
    phone.client.resume().unwrap();
    assert!(phone.client.detail(&id).unwrap().card.unsent > 0);
    assert!(phone.sync().await.accepted > 0);
}

#[tokio::test]
async fn two_accounts_of_a_phone_share_nothing() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let id = phone.filled();
    let other_key = key(phone.dir.path(), "other");
    let other = open(phone.dir.path(), "other", &Line::new(&hub, other_key.public_key().unwrap()));
    assert!(other.list().unwrap().cards.is_empty() && other.account().unwrap().is_none());
    assert_eq!(other.detail(&id).err().map(|e| e.code().to_owned()).as_deref(), Some("not_found"));
    let mine = std::fs::read(phone.dir.path().join("me.hoso")).unwrap();
    hub.lock().unwrap().codes.insert("B".into(), (PersonId::from_bytes([2; 16]), false));
    let begun = other.begin_sign_in("http://localhost").unwrap();
    other.finish_sign_in(&format!("x?code=B&state={}", begun.state)).await.unwrap();
    assert_eq!(std::fs::read(phone.dir.path().join("me.hoso")).unwrap(), mine, "signing in touches one file");
    assert_eq!(crate::accounts(phone.dir.path()).unwrap(), ["me", "other"]);
}

#[tokio::test]
async fn an_account_stays_with_its_person_and_a_sign_in_with_its_phone() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    hub.lock().unwrap().codes.insert("TW0".into(), (PersonId::from_bytes([2; 16]), false));
    assert_eq!(phone.enrol("TW0").await.unwrap_err().code(), "other_person");
    assert_eq!(phone.enrol("used").await.unwrap_err().code(), "enrolment_refused");
    let stray = phone.client.finish_sign_in("x?code=A&state=stolen").await;
    assert_eq!(stray.unwrap_err().code(), "sign_in_not_begun");
}

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
    hub.lock().unwrap().at_their_quota.clear();
    let view = phone.sync().await;
    assert!(view.problems.is_empty() && status(&full) == 1, "{view:?}");
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
    phone.sync().await;
    let courier = PersonId::from_bytes([5; 16]);
    office(Command::HandToPost { courier, tracking: None, seal: "NP-1".into() });
    phone.sync().await;
    let next = || phone.client.detail(&id).unwrap().next;
    assert!(next().contains("sẽ giao đến bạn"), "{}", next());
    let events = hub.lock().unwrap().dossiers[&id.parse().unwrap()].events.clone();
    let parcel = dossier::decide::Course::of(&events).on_the_road.unwrap();
    phone.client.confirm_receipt(&id, &parcel.to_string()).unwrap();
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
    let wrong = client.confirm_delivery(&id, &DoorProof::Code("00000-00000".into()), &owner, None);
    assert_eq!(wrong.unwrap_err().code(), "wrong_code");
    client
        .confirm_delivery(&id, &DoorProof::Code(code.reveal().to_lowercase()), &owner, Some((20_860, 106_680)))
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
    drop(hub);
    assert!(phone.client.manifest().unwrap()[0].records.iter().all(|r| !r.contains("chưa gửi")));
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
        (phone.client.confirm_receipt(&id, "x").err(), "không phải mã của một bưu gửi"),
        (phone.client.failed_attempt(&parcel, "bored", None).err(), "lý do cho sẵn"),
        (phone.client.confirm_delivery(&parcel, &DoorProof::RecipientSigned, &owner, None).err(), "tùy thân"),
        (phone.enrol("used").await.err(), "Mã đăng ký thiết bị không đúng"),
    ];
    for (error, expected) in refused {
        let said = error.expect("it is refused").message(Language::Vietnamese);
        assert!(said.to_lowercase().contains(&expected.to_lowercase()), "{said}");
    }
}
