//! What people send stands in no log. Ten thousand requests, each with words of its own in its address, its headers and every
//! field, good ones and bad ones; then the log is looked through, as it is written for somebody who looks for a fault.

use crate::bad_input::submitted;
use crate::harness::Hub;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;

const REQUESTS: usize = 10_000;
/// At the same time.
const AT_ONCE: usize = 8;
/// With this every such word begins, and nothing else in the world.
const CANARY: &str = "ChimYen";
/// Of so many requests one hashes a password, which takes its time.
const HASHED: usize = 400;

/// One request: what it is, and its `n`-th words.
struct Sent {
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

fn json_of(method: Method, path: impl Into<String>, body: &Value) -> Sent {
    let headers = vec![("Content-Type", "application/json".to_owned())];
    Sent { method, path: path.into(), headers, body: body.to_string().into_bytes() }
}

fn form(path: &str, fields: &str) -> Sent {
    let headers = vec![("Content-Type", "application/x-www-form-urlencoded".to_owned())];
    Sent { method: Method::POST, path: path.into(), headers, body: fields.as_bytes().to_vec() }
}

fn plain(method: Method, path: impl Into<String>, body: Vec<u8>) -> Sent {
    Sent { method, path: path.into(), headers: Vec::new(), body }
}

/// The `n`-th request, about a dossier that waits at the desk.
fn request(n: usize, dossier: &str) -> Sent {
    let word = |what: &str| format!("{CANARY}{n}{what}");
    let office = format!("/v1/office/dossiers/{dossier}");
    if n.is_multiple_of(HASHED) {
        let credentials = json!({"login": "le.canbo", "password": word("password"), "totp": word("totp")});
        return match n / HASHED % 2 {
            0 => json_of(Method::POST, "/v1/office/sign-in", &credentials),
            _ => form("/desk/sign-in", &format!("login={}&password={}", word("login"), word("password"))),
        };
    }
    match n % 16 {
        0 => plain(Method::GET, format!("/{}?q={}", word("path"), word("query")), Vec::new()),
        1 => json_of(
            Method::POST,
            "/v1/devices",
            &json!({"code": word("code"), "public_key": "00".repeat(64), "signature": "00".repeat(64), "name": word("name")}),
        ),
        2 => json_of(Method::POST, "/v1/sign-in", &json!({"device": word("device"), "redirect_uri": word("uri")})),
        3 => form("/track", &format!("code={}&secret={}", word("code"), word("secret"))),
        4 => json_of(Method::POST, format!("{office}/commands"), &json!({"command": "resume", "note": word("note")})),
        5 => json_of(Method::POST, format!("{office}/commands"), &json!({"command": word("command"), word("key"): 1})),
        6 => json_of(Method::POST, "/v1/office/break-glass", &json!({"code": word("code"), "reason": word("reason")})),
        7 => json_of(Method::POST, format!("{office}/unmask"), &json!({"reason": word("reason")})),
        8 => json_of(
            Method::PUT,
            format!("/v1/office/counter/dossiers/0193{n:04x}-0000-7000-8000-{n:012x}"),
            &json!({"name": format!("{} Ví Dụ", word("name")), "citizen_number": format!("0319{n:08}"),
                "procedure": "2.000635", "fields": {"applicant_name": word("field")}}),
        ),
        9 => plain(Method::PUT, format!("/v1/dossiers/{}/papers/{}", word("id"), word("hash")), word("b").into_bytes()),
        10 => plain(Method::POST, "/v1/sync", word("body").into_bytes()),
        11 => json_of(Method::POST, "/v1/devices", &json!(word("no object"))),
        12 => form("/desk/break-glass", &format!("code={}&reason={}", word("code"), word("reason"))),
        13 => json_of(
            Method::POST,
            "/v1/sign-in/finish",
            &json!({"state": word("state"), "code": word("code"), "iss": word("iss"), "public_key": word("key"),
                "signature": word("signature"), "name": word("name")}),
        ),
        14 => {
            plain(Method::PUT, format!("{}/papers/identity?name={}", counter(n), word("name")), word("b").into_bytes())
        }
        _ => plain(Method::DELETE, format!("/v1/log/tile/{}", word("tile")), Vec::new()),
    }
}

fn counter(n: usize) -> String {
    format!("/v1/office/counter/dossiers/0193{n:04x}-0000-7000-8000-{n:012x}")
}

async fn send_all(url: &str, token: &str, dossier: &str) -> Vec<u16> {
    let client = reqwest::Client::new();
    let permits = Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
    let mut running = tokio::task::JoinSet::new();
    for n in 1..=REQUESTS {
        let permit = permits.clone().acquire_owned().await.expect("nobody closes it");
        let Sent { method, path, headers, body } = request(n, dossier);
        let mut asked = client.request(method, format!("{url}{path}")).body(body);
        for (name, value) in headers {
            asked = asked.header(name, value);
        }
        for name in ["User-Agent", "Referer", "Cookie", "DPoP", "Accept-Language", "Traceparent"] {
            asked = asked.header(name, format!("{CANARY}{n}{name}={CANARY}"));
        }
        // Officers' requests get as far as they can; of the others every third names a token that is none.
        let of_the_office = path.starts_with("/v1/office/") && path != "/v1/office/sign-in";
        let credentials = if of_the_office { format!("Bearer {token}") } else { format!("DPoP {CANARY}{n}token") };
        if of_the_office || n.is_multiple_of(3) {
            asked = asked.header("Authorization", credentials);
        }
        // Each from another address: the limits of one are looked at elsewhere.
        let from = format!("{CANARY}{n}, 10.{}.{}.1", n / 250, n % 250);
        let key = format!("0193{n:04x}-1111-7000-8000-{n:012x}");
        let asked = asked.header("X-Forwarded-For", from).header("Idempotency-Key", key);
        running.spawn(async move {
            let answer = asked.send().await.expect("the server answers");
            let status = answer.status().as_u16();
            answer.bytes().await.expect("a whole answer");
            drop(permit);
            status
        });
    }
    running.join_all().await
}

#[test]
fn ten_thousand_requests_leave_no_word_of_theirs_in_the_log() {
    let before = ["env", "HOSO_LOG=debug", "HOSO_PROXIES=1"].map(str::to_owned).to_vec();
    let hub = Hub::start_behind(tempfile::tempdir().expect("a temporary folder can be made"), before);
    let (phone, dossier) = submitted(&hub);
    let token = hub.token("Lê Thị Cán Bộ");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let statuses = runtime.expect("a runtime starts").block_on(send_all(&hub.url(), &token, &dossier));
    assert_eq!(statuses.len(), REQUESTS);
    // Some were taken and many refused, or nothing of the inside was reached.
    let count = |range: std::ops::Range<u16>| statuses.iter().filter(|status| range.contains(status)).count();
    assert!(count(200..300) > 1_000 && count(400..500) > 5_000 && count(500..600) == 0, "{:?}", counts(&statuses));
    // What a citizen writes does not stand there either.
    let draft = phone.says(&["draft", "2.000635"]).trim().to_owned();
    phone.says(&["set", &draft, &format!("applicant_name={CANARY} của công dân")]);
    phone.says(&["sync"]);
    let log = hub.log();
    // It was kept in full: each refusal stands there, by its route.
    let refused = log.lines().filter(|line| line.contains("refused") && line.contains("route=")).count();
    assert!(refused > count(400..500) * 9 / 10, "{refused} refusals in {} lines", log.lines().count());
    let told: Vec<&str> = log.lines().filter(|line| line.to_lowercase().contains(&CANARY.to_lowercase())).collect();
    assert!(told.is_empty(), "{} lines, the first: {}", told.len(), told[0]);
}

fn counts(statuses: &[u16]) -> std::collections::BTreeMap<u16, usize> {
    let mut counts = std::collections::BTreeMap::new();
    statuses.iter().for_each(|status| *counts.entry(*status).or_default() += 1);
    counts
}
