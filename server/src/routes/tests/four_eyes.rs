//! What cannot be undone is done by somebody who has just proved who they are, and a result is taken back by two.

use super::browser::{Entered, PASSWORD};
use super::*;
use crate::auth::policy::{Act, is_final};

/// Of the programs that officers use.
struct Program<'a> {
    world: &'a World,
    who: Entered,
    token: String,
    sent: u32,
}

impl Program<'_> {
    async fn of<'a>(world: &'a World, login: &str, posted: (usize, Role)) -> Program<'a> {
        let who = world.enter(login, &[posted]).await;
        let token = String::new();
        let mut program = Program { world, who, token, sent: 0 };
        program.sign_in().await;
        program
    }

    async fn sign_in(&mut self) {
        let totp = self.who.code(self.world, 0);
        let asked = json!({"login": self.who.login, "password": PASSWORD, "totp": totp});
        let answer = self.world.ask(TestRequest::post().uri("/v1/office/sign-in").set_json(asked)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.token = answer.json()["access_token"].as_str().unwrap().to_owned();
    }

    async fn does(&mut self, dossier: &DossierId, command: Value) -> Answer {
        self.sent += 1;
        let key = format!("{}-{:012}", &self.who.staff.to_string()[..23], self.sent);
        let path = format!("/v1/office/dossiers/{dossier}/commands");
        self.world.office(&self.token, Method::POST, &path, Some((&key, command))).await
    }

    async fn sees_proposal(&self, dossier: &DossierId) -> Answer {
        self.world.office(&self.token, Method::GET, &format!("/v1/office/dossiers/{dossier}/recall"), None).await
    }
}

fn told(answer: &Answer) -> (u16, String) {
    (answer.status, if answer.status < 400 { String::new() } else { answer.code() })
}

fn no(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

fn later(world: &World, seconds: i64) {
    world.app.clock.set(world.app.clock.now().plus_seconds(seconds));
}

fn outcome() -> Value {
    json!({"command": "record_outcome", "granted": true, "number": "01", "summary": "Đã cấp."})
}

fn recall() -> Value {
    json!({"command": "recall", "reason": "Sai ngày sinh."})
}

fn confirm() -> Value {
    json!({"command": "confirm_recall"})
}

/// A dossier that was accepted at the first desk.
async fn accepted(world: &World) -> (Phone, DossierId) {
    let mut phone = world.phone("031090000123", false).await;
    let id = phone.hand_in(world).await;
    let key = "018f0000-0000-7000-8000-0000000000a1";
    let path = format!("/v1/office/dossiers/{id}/commands");
    let accept = Some((key, json!({"command": "accept"})));
    assert_eq!(world.office(&world.officer_of(0), Method::POST, &path, accept).await.status, 200);
    (phone, id)
}

#[actix_web::test]
async fn a_program_does_what_cannot_be_undone_within_five_minutes_of_a_code() {
    let world = World::open().await;
    let (_phone, id) = accepted(&world).await;
    let mut lan = Program::of(&world, "le.lan", (0, Role::OneStop)).await;
    later(&world, 300);
    let refused = lan.does(&id, outcome()).await;
    assert_eq!(told(&refused), no(401, "step_up_required"));
    let challenge = refused.header("www-authenticate").unwrap();
    assert_eq!(challenge, "Bearer error=\"insufficient_user_authentication\", max_age=300");
    assert_eq!(lan.does(&id, json!({"command": "forward", "note": ""})).await.status, 200, "this can be undone");
    lan.sign_in().await;
    later(&world, 299);
    assert_eq!(lan.does(&id, outcome()).await.status, 200);
    later(&world, 60);
    lan.sent -= 1;
    assert_eq!(lan.does(&id, outcome()).await.status, 200, "an answer that was lost is told again");
}

#[actix_web::test]
async fn every_command_that_cannot_be_undone_asks_for_a_code_and_no_other_does() {
    let world = World::open().await;
    let (_phone, id) = accepted(&world).await;
    let mut lan = Program::of(&world, "le.lan", (0, Role::OneStop)).await;
    let mut head = Program::of(&world, "vu.thutruong", (0, Role::UnitHead)).await;
    let courier = world.phone("031190000125", true).await;
    let courier = crate::store::people::find_device(&world.app.db.read, &courier.key.public().thumbprint()).await;
    let courier = courier.unwrap().unwrap().person.to_string();
    later(&world, 300);
    let note = |command: &str, text: &str| json!({"command": command, text: "Ví dụ."});
    let commands = [
        (Act::Accept, json!({"command": "accept"})),
        (Act::Refuse, note("refuse", "reason")),
        (Act::Forward, note("forward", "note")),
        (Act::RequestSupplement, json!({"command": "request_supplement", "reason": "Mờ.", "working_days": 5})),
        (Act::Resume, note("resume", "note")),
        (Act::RequestPayment, json!({"command": "request_payment", "amount": 1, "reason": "Lệ phí."})),
        (Act::Suspend, note("suspend", "reason")),
        (Act::RecordOutcome, outcome()),
        (Act::Recall, recall()),
        (Act::ConfirmRecall, confirm()),
        (Act::HandOver, note("hand_over", "recipient")),
        (Act::Extend, json!({"command": "extend", "apology": "Xin lỗi.", "working_days": 1})),
        (Act::HandToPost, json!({"command": "hand_to_post", "courier": courier, "seal": "NP-1"})),
    ];
    let mut finals = Vec::new();
    for (act, body) in commands {
        let who = if act == Act::ConfirmRecall { &mut head } else { &mut lan };
        let asks = told(&who.does(&id, body).await) == no(401, "step_up_required");
        assert_eq!(asks, is_final(act), "{act:?}");
        finals.extend(asks.then_some(act));
    }
    assert_eq!(finals, [Act::Refuse, Act::RecordOutcome, Act::ConfirmRecall, Act::HandOver, Act::HandToPost]);
}

#[actix_web::test]
async fn a_page_asks_for_a_code_and_goes_on_with_what_was_written() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    let id = phone.hand_in(&world).await;
    let lan = world.enter("le.lan", &[(0, Role::OneStop)]).await;
    let mut browser = world.browser();
    browser.sign_in(&lan).await;
    later(&world, 300);
    let path = format!("/desk/dossiers/{id}/decisions");
    let page = browser.get(&path).await.text();
    assert!(page.contains("value=\"refuse\"") && page.contains("value=\"hand_over\""), "{page}");
    let command = page.split("name=\"command\" value=\"").nth(1).unwrap()[..36].to_owned();
    let text = "Không thuộc \"thẩm quyền\" & <xem lại>.";
    let asked = browser.post(&path, &[("command", &command), ("what", "refuse"), ("text", text)]).await;
    assert_eq!(asked.status, 200);
    let escaped = "Không thuộc &#34;thẩm quyền&#34; &#38; &#60;xem lại&#62;.";
    assert!(asked.text().contains("name=\"code\"") && asked.text().contains(escaped), "{}", asked.text());
    let with = |code: &str| {
        [
            ("command", command.clone()),
            ("what", "refuse".into()),
            ("text", text.into()),
            ("number", String::new()),
            ("code", code.into()),
        ]
    };
    let before = browser.cookie.clone();
    let wrong = with("000000");
    let wrong = browser.post(&path, &wrong.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    assert!(wrong.status == 401 && wrong.text().contains(escaped), "still kept");
    phone.sync(&world).await;
    assert_eq!(phone.held[0].status().code(), 1, "nothing was decided");
    let right = with(&lan.code(&world, 0));
    let done = browser.post(&path, &right.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    assert_eq!((done.status, done.header("location")), (303, Some(path.as_str())), "{}", done.text());
    assert_ne!(browser.cookie, before, "what was proved goes on under another value");
    phone.sync(&world).await;
    assert_eq!(phone.held[0].status().code(), 3);
    let mut old = world.browser();
    old.cookie = before;
    assert_eq!(old.get("/desk").await.status, 303);
    // Within five minutes of it nothing more is asked for.
    browser.get(&path).await;
    let again = browser.post(&path, &[("command", &lan.staff.to_string()), ("what", "refuse"), ("text", "x")]).await;
    assert!(again.status == 409 && again.text().contains("<code>"), "{}", again.text());
}

#[actix_web::test]
async fn a_result_is_taken_back_by_a_head_who_is_another_than_who_proposed_it() {
    let world = World::open().await;
    let (mut phone, id) = accepted(&world).await;
    let mut lan = Program::of(&world, "le.lan", (0, Role::OneStop)).await;
    let mut minh = Program::of(&world, "tran.minh", (0, Role::OneStop)).await;
    let mut head = Program::of(&world, "vu.thutruong", (0, Role::UnitHead)).await;
    let mut elsewhere = Program::of(&world, "do.khac", (1, Role::UnitHead)).await;
    assert_eq!(told(&lan.does(&id, recall()).await), no(409, "wrong_status"), "there is no result");
    assert_eq!(lan.does(&id, outcome()).await.status, 200);
    assert_eq!(told(&head.does(&id, confirm()).await), no(409, "no_proposal"));
    assert_eq!(told(&lan.sees_proposal(&id).await), no(404, "not_found"));
    let empty = json!({"command": "recall", "reason": " "});
    assert_eq!(told(&lan.does(&id, empty).await), no(409, "text_required"));

    let proposed = lan.does(&id, recall()).await;
    assert_eq!((proposed.status, proposed.json()["reason"].clone()), (202, json!("Sai ngày sinh.")));
    assert_eq!(proposed.json()["until"], json!(world.app.clock.now().plus_seconds(86_400).0));
    assert_eq!(head.sees_proposal(&id).await.json(), proposed.json());
    phone.sync(&world).await;
    assert_eq!(phone.held[0].status().code(), 9, "a proposal changes nothing");
    assert_eq!(told(&lan.does(&id, confirm()).await), no(403, "not_permitted"), "no head");
    assert_eq!(told(&minh.does(&id, confirm()).await), no(403, "not_permitted"));
    assert_eq!(told(&minh.does(&id, recall()).await), no(409, "already_proposed"));
    assert_eq!(told(&elsewhere.does(&id, confirm()).await), no(404, "not_found"));
    assert_eq!(told(&elsewhere.sees_proposal(&id).await), no(404, "not_found"));
    let done = head.does(&id, confirm()).await;
    assert_eq!((done.status, done.json()["status"].clone()), (200, json!(4)), "{}", done.text());
    head.sent -= 1;
    assert_eq!(head.does(&id, confirm()).await.body, done.body, "the same command twice is one command");
    phone.sync(&world).await;
    let last = phone.held[0].events.last().unwrap().clone();
    let dossier::event::What::Recalled(reason, _, Some(proposer)) = &last.what else { panic!("{last:?}") };
    assert_eq!((reason.as_str(), proposer.staff), ("Sai ngày sinh.", lan.who.staff));
    assert!(matches!(&last.by, dossier::event::By::Officer(staff, ..) if *staff == head.who.staff), "{last:?}");
    let detail = world.office(&head.token, Method::GET, &format!("/v1/office/dossiers/{id}"), None).await.json();
    let told_last = detail["events"].as_array().unwrap().last().unwrap()["what"].as_str().unwrap().to_owned();
    assert!(told_last.contains("đề nghị") && told_last.contains("quyết định"), "{told_last}");
}

#[actix_web::test]
async fn nobody_confirms_the_own_proposal_and_one_lapses_with_a_day_and_with_its_result() {
    let world = World::open().await;
    let (_phone, id) = accepted(&world).await;
    let mut first = Program::of(&world, "vu.thutruong", (0, Role::UnitHead)).await;
    let mut second = Program::of(&world, "ha.thutruong", (0, Role::UnitHead)).await;
    assert_eq!(first.does(&id, outcome()).await.status, 200);
    assert_eq!(first.does(&id, recall()).await.status, 202);
    assert_eq!(told(&first.does(&id, confirm()).await), no(409, "own_proposal"));
    later(&world, 86_400);
    first.sign_in().await;
    second.sign_in().await;
    assert_eq!(told(&second.does(&id, confirm()).await), no(409, "no_proposal"), "a day");
    assert_eq!(second.does(&id, recall()).await.status, 202, "one that has lapsed is in nobody's way");
    later(&world, 86_399);
    first.sign_in().await;
    second.sign_in().await;
    assert_eq!(first.does(&id, confirm()).await.status, 200);
    // The same row once more, as somebody who writes rows would put it back: it is of a result that is gone.
    assert_eq!(first.does(&id, outcome()).await.status, 200);
    assert_eq!(second.does(&id, recall()).await.status, 202);
    use sea_orm::ConnectionTrait as _;
    let rows = |sql: &'static str| world.app.db.write.execute_unprepared(sql);
    rows("create table kept as select * from recall_proposal").await.unwrap();
    assert_eq!(first.does(&id, confirm()).await.status, 200);
    assert_eq!(first.does(&id, outcome()).await.status, 200);
    rows("delete from recall_proposal").await.unwrap();
    rows("insert into recall_proposal select * from kept").await.unwrap();
    assert_eq!(told(&first.does(&id, confirm()).await), no(409, "no_proposal"));
}

#[actix_web::test]
async fn on_pages_too_one_proposes_and_another_decides() {
    let world = World::open().await;
    let (mut phone, id) = accepted(&world).await;
    let path = format!("/desk/dossiers/{id}/decisions");
    let lan = world.enter("le.lan", &[(0, Role::OneStop)]).await;
    let head = world.enter("vu.thutruong", &[(0, Role::UnitHead)]).await;
    let clerk = world.enter("do.buucuc", &[(0, Role::PostalClerk)]).await;
    let (mut desk, mut office, mut post) = (world.browser(), world.browser(), world.browser());
    desk.sign_in(&lan).await;
    office.sign_in(&head).await;
    post.sign_in(&clerk).await;
    let key = |n: u32| format!("018f0000-0000-7000-8000-{n:012}");
    desk.get(&path).await;
    let granted = [("command", key(1)), ("what", "grant".into()), ("text", "Đã cấp.".into()), ("number", "01".into())];
    assert_eq!(desk.post(&path, &granted.each_ref().map(|(n, v)| (*n, v.as_str()))).await.status, 303);
    let proposed = [("command", key(2)), ("what", "propose_recall".into()), ("text", "Sai ngày sinh.".into())];
    assert_eq!(desk.post(&path, &proposed.each_ref().map(|(n, v)| (*n, v.as_str()))).await.status, 303);
    let page = desk.get(&path).await.text();
    assert!(page.contains("Sai ngày sinh.") && !page.contains("value=\"confirm_recall\""), "{page}");
    let page = post.get(&path).await.text();
    assert!(!page.contains("Sai ngày sinh.") && !page.contains("name=\"what\""), "{page}");
    assert!(office.get(&path).await.text().contains("value=\"confirm_recall\""));
    let confirmed = [("command", key(3)), ("what", "confirm_recall".into())];
    let confirmed = confirmed.each_ref().map(|(n, v)| (*n, v.as_str()));
    assert_eq!(post.post(&path, &confirmed).await.status, 403);
    assert_eq!(office.post(&path, &confirmed).await.status, 303);
    phone.sync(&world).await;
    assert_eq!(phone.held[0].status().code(), 4);
}
