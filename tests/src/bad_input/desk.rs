//! Office commands: bad JSON, keys used twice, rules that say no, and an officer of another unit.

use super::{check, submitted, told};
use crate::handset::{Handset, Key};
use crate::harness::{Answer, Caller, Hub};
use serde_json::json;

/// A key of a command that was not used before.
fn key(n: u8) -> String {
    format!("00000000-0000-4000-8000-0000000000{n:02}")
}

fn send(officer: &Caller, dossier: &str, key: &str, kind: &str, body: &[u8]) -> Answer {
    let path = format!("/v1/office/dossiers/{dossier}/commands");
    let headers = [("Content-Type", kind), ("Idempotency-Key", key)];
    officer.ask("POST", &path, &headers, body.to_vec())
}

#[test]
fn a_command_that_is_not_understood_or_not_allowed_changes_nothing() {
    let hub = Hub::start();
    let (_phone, id) = submitted(&hub);
    let lan = hub.officer("lan");
    let before = lan.get(&format!("/v1/office/dossiers/{id}")).json();
    let say = |body: &str| send(&lan, &id, &key(1), "application/json", body.as_bytes());
    let asks = |fields: &str, days: u32| {
        say(&format!(r#"{{"command":"request_supplement","reason":"x","fields":[{fields}],"working_days":{days}}}"#))
    };
    let to_post = |courier: &str| {
        say(&json!({"command": "hand_to_post", "courier": courier, "tracking": null, "seal": "1"}).to_string())
    };
    let sealed = |seal: &str| {
        let courier = Handset::of(&hub, "chi", Key::numbered(3)).person();
        say(&json!({"command": "hand_to_post", "courier": courier, "tracking": null, "seal": seal}).to_string())
    };
    let nobodys_courier = Handset::of(&hub, "binh", Key::numbered(2)).person();
    let padded = |size: usize| {
        let mut body = br#"{"command":"forward","note":""}"#.to_vec();
        body.resize(size, b' ');
        send(&lan, &id, &key(1), "application/json", &body)
    };
    let malformed = (400, "malformed");
    let missing = (400, "idempotency_key_missing");
    let path = format!("/v1/office/dossiers/{id}/commands");
    let keyless = lan.ask("POST", &path, &[("Content-Type", "application/json")], br#"{"command":"accept"}"#.to_vec());
    check(vec![
        ("nothing", say(""), malformed),
        ("half", say(r#"{"command":"acc"#), malformed),
        ("a list", say("[]"), malformed),
        ("no command", say("{}"), malformed),
        ("an unknown command", say(r#"{"command":"approve"}"#), malformed),
        ("a status", say(r#"{"command":"accept","status":10}"#), malformed),
        ("a unit", say(r#"{"command":"refuse","reason":"x","unit":"H24.61.02"}"#), malformed),
        ("a number for a text", say(r#"{"command":"refuse","reason":1}"#), malformed),
        ("no reason", say(r#"{"command":"refuse"}"#), malformed),
        ("-1 days", say(r#"{"command":"extend","apology":"x","working_days":-1}"#), malformed),
        ("nested 10,000 times", say(&"[".repeat(10_000)), malformed),
        ("no UTF-8", send(&lan, &id, &key(1), "application/json", b"{\"command\":\"\xff\"}"), malformed),
        ("a form", send(&lan, &id, &key(1), "text/plain", b"command=accept"), (415, "unsupported_media_type")),
        ("64 KiB", padded(64 * 1024), (409, "wrong_status")),
        ("a byte more", padded(64 * 1024 + 1), (413, "body_too_large")),
        ("no key", keyless, missing),
        ("a key that is none", send(&lan, &id, "1", "application/json", br#"{"command":"accept"}"#), missing),
        ("an empty reason", say(r#"{"command":"refuse","reason":"  "}"#), (409, "text_required")),
        ("an empty seal", sealed(" "), (409, "seal_required")),
        ("a reason that nobody sees", say(r#"{"command":"refuse","reason":"\u0000\u202e"}"#), (409, "text_required")),
        ("a courier who is none", to_post("00000000-0000-4000-8000-000000000099"), (409, "unknown_courier")),
        ("a citizen who is no courier", to_post(&nobodys_courier), (409, "unknown_courier")),
        ("a book", say(&json!({"command": "refuse", "reason": "x".repeat(4_001)}).to_string()), (409, "text_too_long")),
        ("an unknown field", asks("\"nothing\"", 5), (409, "unknown_key")),
        ("nothing named", asks("", 5), (409, "nothing_asked")),
        ("0 days", asks("", 0), (409, "days_out_of_range")),
        ("61 days", asks("", 61), (409, "days_out_of_range")),
        (
            "an outcome too early",
            say(r#"{"command":"record_outcome","granted":true,"number":null,"summary":"x"}"#),
            (409, "wrong_status"),
        ),
        ("a tracking number", say(r#"{"command":"hand_to_post","courier":"x","tracking":null,"seal":"x"}"#), malformed),
    ]);
    assert_eq!(lan.get(&format!("/v1/office/dossiers/{id}")).json(), before);
}

#[test]
fn a_key_stands_for_one_command_however_often_it_comes() {
    let hub = Hub::start();
    let (_phone, id) = submitted(&hub);
    let lan = hub.officer("lan");
    let ask = |n: u8, body: &str| send(&lan, &id, &key(n), "application/json", body.as_bytes());
    let first = ask(1, r#"{"command":"accept"}"#);
    assert_eq!(first.status, 200, "{}", first.text());
    for same in [r#"{"command":"accept"}"#, r#"{ "command" : "accept" }"#] {
        let again = ask(1, same);
        assert_eq!((again.status, again.text()), (200, first.text()));
    }
    check(vec![
        ("another command", ask(1, r#"{"command":"forward","note":""}"#), (409, "command_id_reused")),
        ("the same command under another key", ask(2, r#"{"command":"accept"}"#), (409, "wrong_status")),
        ("a key that was refused can be used", ask(2, r#"{"command":"forward","note":"x"}"#), (200, "")),
    ]);
    let desk = lan.get(&format!("/v1/office/dossiers/{id}")).json();
    assert_eq!(desk["events"].as_array().map(Vec::len), Some(3), "submitted, accepted, forwarded");
}

#[test]
fn an_officer_of_another_unit_is_told_that_it_is_not_there() {
    let hub = Hub::start();
    let (_phone, id) = submitted(&hub);
    let (lan, other) = (hub.officer("lan"), hub.officer_of("minh", "H24.61.02"));
    let unknown = format!("{}ff", &id[..id.len() - 2]);
    let unknown = if unknown == id { format!("{}fe", &id[..id.len() - 2]) } else { unknown };
    let draft = hub.phone("an").says(&["draft", "2.000635"]).trim().to_owned();
    let read = |who: &Caller, id: &str| who.get(&format!("/v1/office/dossiers/{id}"));
    let accept = |who: &Caller, id: &str| send(who, id, &key(9), "application/json", br#"{"command":"accept"}"#);
    let not_found = (404, "not_found");
    check(vec![
        ("reads", read(&other, &id), not_found),
        ("accepts", accept(&other, &id), not_found),
        ("a draft", read(&lan, &draft), not_found),
        ("an id that is none", read(&lan, "x"), not_found),
        ("without a token", hub.stranger().get("/v1/office/inbox"), (401, "unauthorised")),
        ("its own officer", read(&lan, &id), (200, "")),
    ]);
    assert_eq!(told(&read(&other, &id)), told(&read(&other, &unknown)));
    assert_eq!(told(&accept(&other, &id)), told(&accept(&other, &unknown)));
    assert_eq!(other.get("/v1/office/inbox").json()["dossiers"], json!([]));
    assert_eq!(lan.get("/v1/office/inbox").json()["dossiers"].as_array().map(Vec::len), Some(1));
}
