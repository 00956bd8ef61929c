//! README's story from two terminals, by the programs that users have: an officer with `curl`'s words in one, a
//! citizen's and a courier's phone in the other, whose network is off except where something is exchanged.

use crate::harness::{Answer, Caller, Hub, Phone};
use crate::world::{outcome, photo, request_supplement};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// The number of the test's next command.
struct Desk {
    officer: Caller,
    sent: u8,
}

impl Desk {
    fn does(&mut self, dossier: &str, command: &Value) -> Value {
        self.sent += 1;
        let key = format!("00000000-0000-4000-8000-0000000000{:02}", self.sent);
        let answer = self.officer.post(&format!("/v1/office/dossiers/{dossier}/commands"), &key, command);
        assert_eq!(answer.status, 200, "{command}: {}", answer.text());
        answer.json()
    }
}

/// Without network nothing is sent, nothing is lost and it is said so; then with it.
fn sync(phone: &Phone) -> String {
    let off = phone.offline(&["sync"]);
    assert_eq!(off.code, 3, "{}{}", off.out, off.err);
    phone.says(&["sync"])
}

/// What stands behind a label of `phone show`.
fn value(shown: &str, label: &str) -> String {
    let line = shown.lines().find_map(|line| line.strip_prefix(label)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("no {label} in:\n{shown}")).to_owned()
}

fn status(phone: &Phone, id: &str) -> String {
    value(&phone.offline(&["show", id]).out, "Trạng thái")
}

#[test]
fn the_two_terminal_story_of_the_readme() {
    let hub = Hub::start();
    let mut desk = Desk { officer: hub.officer("lan"), sent: 0 };
    let (a, courier) = (hub.phone("an"), hub.phone("chi"));
    let id = draft_and_hand_in(&a);
    assert_eq!(desk.officer.get("/v1/office/inbox").json()["dossiers"], json!([]), "nothing was sent yet");
    sync(&a);
    assert_eq!(status(&a, &id), "1 Mới đăng ký");
    assert_eq!(desk.officer.get("/v1/office/inbox").json()["dossiers"][0]["dossier"], json!(id));

    supplement(&mut desk, &a, &id);
    let asked = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_millis() as i64;
    let accepted = desk.does(&id, &json!({"command": "accept"}));
    let code = accepted["code"].as_str().expect("an accepted dossier has a code").to_owned();
    // What is asked in the morning is due on the same day, before the office's own answer was: only this holds at any hour.
    assert!(accepted["due"].as_i64() > Some(asked), "the term counts from acceptance");
    desk.does(&id, &json!({"command": "forward", "note": "Chuyển công chức hộ tịch"}));
    desk.does(&id, &outcome());
    sync(&a);
    let shown = a.offline(&["show", &id]).out;
    assert_eq!((value(&shown, "Mã hồ sơ"), value(&shown, "Trạng thái")), (code.clone(), "9 Đã xử lý xong".into()));
    assert!(a.offline(&["list"]).out.contains(&code));

    hand_to_post(&mut desk, &a, &id);
    sync(&a);
    deliver(&a, &courier, &id, &code);
    sync(&a);
    assert_eq!(status(&a, &id), "10 Đã trả kết quả");
    tracked(&hub.stranger(), &code, &value(&a.offline(&["show", &id]).out, "Mã tra cứu"));
    assert_eq!(desk.officer.get("/v1/office/inbox").json()["dossiers"][0]["status"], 10);
}

fn draft_and_hand_in(a: &Phone) -> String {
    let id = a.offline(&["draft", "2.000635"]).out.trim().to_owned();
    assert!(a.offline(&["list"]).out.contains("Bản nháp"));
    assert_eq!(a.offline(&["submit", &id]).code, 1, "an empty form is not handed in");
    assert!(a.offline(&["findings", &id]).out.contains('✗'));
    assert!(a.offline(&["example", &id]).ok);
    assert!(a.offline(&["set", &id, "applicant_name=Nguyễn Văn An", "copies=3"]).ok);
    let photo = a.file("photo.jpg", &photo(1));
    assert!(a.offline(&["paper", &id, "identity", &photo.display().to_string()]).ok);
    let submitted = a.offline(&["submit", &id]);
    assert!(submitted.ok && submitted.out.contains("chưa gửi"), "{}{}", submitted.out, submitted.err);
    assert!(a.offline(&["why", &id]).ok);
    id
}

/// Asked for and given; the due date before it.
fn supplement(desk: &mut Desk, a: &Phone, id: &str) {
    desk.does(id, &request_supplement());
    sync(a);
    assert_eq!(status(a, id), "5 Yêu cầu bổ sung giấy tờ");
    assert_eq!(a.offline(&["set", id, "copies=9"]).code, 1, "only what was asked for is open");
    assert!(a.offline(&["set", id, "applicant_name=Nguyễn Văn Rõ Ràng"]).ok);
    assert!(a.offline(&["supplement", id]).ok);
    sync(a);
}

fn hand_to_post(desk: &mut Desk, a: &Phone, id: &str) {
    let to = ["--recipient", "Nguyễn Văn An", "--phone", "0900000001", "--area", "31/99901", "--line", "Số 1"];
    let chosen = a.offline(&[&["deliver", id, "post"], &to[..]].concat());
    assert!(chosen.ok, "{}", chosen.err);
    sync(a);
    let couriers = desk.officer.get("/v1/office/couriers").json();
    let courier = couriers[0]["person"].clone();
    desk.does(id, &json!({"command": "hand_to_post", "courier": courier, "tracking": null, "seal": "NP-1"}));
}

fn deliver(a: &Phone, courier: &Phone, id: &str, code: &str) {
    let secret = value(&a.offline(&["show", id]).out, "Mã nhận, đọc cho bưu tá");
    sync(courier);
    let list = courier.offline(&["manifest"]).out;
    assert!(list.contains(code) && !list.contains(&secret), "{list}");
    let parcel = list.split_whitespace().next().expect("one parcel").to_owned();
    assert_eq!(courier.offline(&["delivered", &parcel, "--code", "AAAAA-AAAAA"]).code, 1, "checked without network");
    assert!(courier.offline(&["failed", &parcel, "--reason", "absent"]).ok);
    sync(courier);
    sync(a);
    assert_eq!(status(a, id), "9 Đã xử lý xong");
    assert!(courier.offline(&["delivered", &parcel, "--code", &secret.to_lowercase()]).ok);
    assert_eq!(status(a, id), "9 Đã xử lý xong", "nobody knows yet");
    sync(courier);
}

/// By code and secret; a wrong secret is no other answer than an unknown code.
fn tracked(anybody: &Caller, code: &str, secret: &str) {
    let look = |code: &str, secret: &str| -> Answer {
        let form = format!("code={code}&secret={secret}");
        anybody.send_bytes(reqwest::Method::POST, "/track", "application/x-www-form-urlencoded", form.into_bytes())
    };
    let page = look(code, secret).text();
    assert!(page.contains(code) && page.contains("Đã trả kết quả") && !page.contains("Nguyễn"), "{page}");
    let (wrong, unknown) = (look(code, "AAAAAAAAAA"), look("H24.61.01-991231-000001", secret));
    assert!(!wrong.text().contains(code));
    assert_eq!((wrong.status, wrong.body), (unknown.status, unknown.body));
}
