//! What must not work, over the real server: each case with the exact status and the stable code of its problem. Nothing
//! that is refused changes anything.

mod bombs;
mod callers;
mod desk;
mod exchange;
mod papers;

use crate::harness::{Answer, Hub, Phone};
use crate::world::photo;
use serde_json::Value;

/// A case, what the server answered, and what it must be.
type Case = (&'static str, Answer, (u16, &'static str));

/// Asserts every case, and says all that differ.
fn check(cases: Vec<Case>) {
    let mut wrong = Vec::new();
    for (name, answer, (status, code)) in cases {
        let got = if answer.status < 400 { (answer.status, String::new()) } else { answer.problem() };
        if got != (status, code.to_owned()) {
            wrong.push(format!("{name}: {got:?} and not {:?}", (status, code)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What tells one answer from another, without what every answer has of its own: its id, the next nonce, and whether
/// the whole body had come before it was answered.
fn told(answer: &Answer) -> (u16, Vec<(String, Vec<u8>)>, Value) {
    let own = ["x-request-id", "dpop-nonce", "date", "connection"];
    let headers = answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let mut headers: Vec<_> = headers.map(|(n, v)| (n.to_string(), v.as_bytes().to_vec())).collect();
    headers.sort();
    let mut body = answer.json();
    body["instance"] = Value::Null;
    (answer.status, headers, body)
}

/// A dossier that waits at the first unit's desk, and the phone that handed it in.
pub(crate) fn submitted(hub: &Hub) -> (Phone, String) {
    let phone = hub.phone("an");
    let id = phone.says(&["draft", "2.000635"]).trim().to_owned();
    phone.says(&["example", &id]);
    let file = phone.file("a.jpg", &photo(1)).display().to_string();
    phone.says(&["paper", &id, "identity", &file]);
    phone.says(&["submit", &id]);
    phone.says(&["sync"]);
    (phone, id)
}

#[test]
fn unknown_addresses_and_methods_are_problems_like_all_others() {
    let hub = Hub::start();
    let anybody = hub.stranger();
    let ask = |method: &str, path: &str| anybody.ask(method, path, &[], Vec::new());
    check(vec![
        ("no such address", ask("GET", "/v1/nothing"), (404, "not_found")),
        ("out of the folder", ask("GET", "/assets/../../etc/passwd"), (404, "not_found")),
        ("an id that is none", ask("GET", "/v1/office/dossiers/1/2/3"), (404, "not_found")),
        ("another method", ask("DELETE", "/v1/sync"), (405, "method_not_allowed")),
        ("a method nobody knows", ask("BREW", "/v1/sync"), (405, "method_not_allowed")),
    ]);
    let page = ask("BREW", "/track");
    assert!(page.status == 405 && page.text().contains("<code>method_not_allowed</code>"), "pages tell it as a page");
    let allowed = ask("GET", "/v1/sync").headers.get("allow").cloned();
    assert_eq!(allowed.as_ref().map(|v| v.as_bytes()), Some(b"POST".as_slice()));
}

#[test]
fn head_is_answered_like_get_without_the_body() {
    let hub = Hub::start();
    let lan = hub.officer("lan");
    let pages = ["/", "/track", "/desk", "/desk/sign-in", "/assets/hoso.css"];
    let rest = ["/v1/server", "/v1/catalogue", "/healthz", "/readyz", "/openapi.json", "/.well-known/jwks.json"];
    let office = ["/v1/office/inbox", "/v1/office/couriers", "/v1/office/dossiers/x", "/v1/nothing", "/v1/sync"];
    for path in pages.iter().chain(&rest).chain(&office) {
        let (head, get) = (lan.ask("HEAD", path, &[], Vec::new()), lan.get(path));
        let of = |answer: &Answer, name: &str| answer.headers.get(name).cloned();
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty(), "{path}: {}", head.text());
        // A client of the usual kind would not see a body that came all the same.
        assert_eq!(lan.ask_too_much("HEAD", path, &[], b"").body, b"", "{path}");
        for name in ["content-type", "content-length", "allow", "location"] {
            assert_eq!(of(&head, name), of(&get, name), "{path}: {name}");
        }
    }
    let allowed = hub.stranger().ask("PUT", "/v1/server", &[], Vec::new()).headers.get("allow").cloned();
    assert_eq!(allowed.as_ref().map(|v| v.as_bytes()), Some(b"GET, HEAD".as_slice()));
}
