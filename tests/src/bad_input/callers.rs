//! Who calls: tokens, proofs and nonces that are missing, old, altered or somebody else's; and enrolment.

use super::{Case, check};
use crate::handset::{Handset, JSON, Key, Proof, enrolment, nonce_in, now, text};
use crate::harness::{Answer, Hub};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dossier::exchange::pack;
use dossier::wire::to_bytes;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const SYNC: &str = "/v1/sync";

/// An exchange in which nothing is said: 200 to everybody who may call.
fn idle(phone: &Handset) -> Vec<u8> {
    pack(&to_bytes(&phone.request(Vec::new())))
}

/// Header and claims of a token.
fn read(token: &str) -> (Value, Value) {
    let part = |n: usize| {
        let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(n).expect("three parts")).expect("base64url");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    (part(0), part(1))
}

#[test]
fn a_token_is_this_servers_in_time_unaltered_and_for_a_device() {
    let hub = Hub::start();
    let mut phone = Handset::of(&hub, "an", Key::numbered(1));
    let (header, claims) = read(&phone.token);
    let keys = Key::of_server(&hub);
    let (header, claims) = (&header, &claims);
    let altered = |part: &str, value: Value| {
        let mut claims = claims.clone();
        claims[part] = value;
        keys.jwt(header, &claims)
    };
    let now = now() as i64;
    let mut cut = phone.token.clone();
    cut.truncate(cut.len() - 4);
    let typ = json!({"typ": "JWT", "alg": "ES256", "kid": header["kid"]});
    let none = format!("{}.{}.", text(br#"{"typ":"at+jwt","alg":"none"}"#), text(claims.to_string().as_bytes()));
    let elsewhere = Hub::start();
    let tokens = vec![
        ("nonsense", "x.y.z".to_owned()),
        ("nothing", String::new()),
        ("cut", cut),
        ("without a signature", none),
        ("another key's", Key::numbered(9).jwt(header, claims)),
        ("another server's", Handset::of(&elsewhere, "an", Key::numbered(1)).token),
        ("an officer's", hub.token("lan")),
        ("another type", keys.jwt(&typ, claims)),
        ("expired", altered("exp", json!(now - 1))),
        ("not yet valid", altered("nbf", json!(now + 60))),
        ("for another audience", altered("aud", json!("somebody"))),
        ("by another issuer", altered("iss", json!("urn:hoso:server:00000000-0000-4000-8000-000000000000"))),
        ("of nobody", altered("sub", json!("nobody"))),
        ("with a role", altered("role", json!("one-stop"))),
        ("of another life", altered("life", json!(1))),
        ("bound to nothing", altered("cnf", Value::Null)),
    ];
    let honest = altered("jti", json!("another"));
    let call = |phone: &Handset| phone.sync(idle(phone));
    let mut cases: Vec<Case> = Vec::new();
    for (name, token) in tokens {
        phone.token = token;
        cases.push((name, call(&phone), (401, "unauthorised")));
    }
    phone.token = honest;
    cases.push(("made by hand and right", call(&phone), (200, "")));
    check(cases);
}

#[test]
fn a_proof_is_by_the_tokens_key_for_this_request_and_fresh() {
    let hub = Hub::start();
    let phone = Handset::of(&hub, "an", Key::numbered(1));
    let right = phone.proof("POST", SYNC);
    let with = |proof: Proof<'_>| phone.call_with("POST", SYNC, &phone.key.prove(&proof), idle(&phone));
    let theirs = Key::numbered(2).prove(&right);
    let authorization = format!("DPoP {}", phone.token);
    let headers = |extra: &[&str]| {
        let mut headers = vec![("Authorization", authorization.as_str())];
        headers.extend(extra.iter().map(|proof| ("DPoP", *proof)));
        phone.caller.ask("POST", SYNC, &headers, idle(&phone))
    };
    let once = phone.key.prove(&right);
    let elsewhere = nonce_in(&Hub::start().stranger().get("/v1/server"));
    let (young, old, early) = (nonce(&hub, -1), nonce(&hub, -6), nonce(&hub, 2));
    let bearer = format!("Bearer {}", phone.token);
    let other_url = format!("http://localhost:{}", port_of(&hub));
    let wrong = (401, "invalid_dpop_proof");
    let stale = (401, "use_dpop_nonce");
    check(vec![
        ("no proof", headers(&[]), wrong),
        ("two proofs", headers(&[&once, &once]), wrong),
        ("nonsense", headers(&["x"]), wrong),
        ("another key's", phone.call_with("POST", SYNC, &theirs, idle(&phone)), wrong),
        ("for another method", with(Proof { method: "GET", ..right.clone() }), wrong),
        ("for another address", with(Proof { path: "/v1/token", ..right.clone() }), wrong),
        ("for another host", with(Proof { url: &other_url, ..right.clone() }), wrong),
        ("for another scheme", with(Proof { url: &hub.url().replace("http", "https"), ..right.clone() }), wrong),
        ("for another token", with(Proof { token: "x", ..right.clone() }), wrong),
        ("without a nonce", with(Proof { nonce: "", ..right.clone() }), stale),
        ("a nonce that is none", with(Proof { nonce: "AAAA", ..right.clone() }), stale),
        ("another server's nonce", with(Proof { nonce: &elsewhere, ..right.clone() }), stale),
        ("a nonce of six minutes ago", with(Proof { nonce: &old, ..right.clone() }), stale),
        ("a nonce of the future", with(Proof { nonce: &early, ..right.clone() }), stale),
        ("a nonce of a minute ago", with(Proof { nonce: &young, ..right.clone() }), (200, "")),
        ("a clock of 1970", with(Proof { at: 0, ..right.clone() }), (200, "")),
        ("a clock of 2096", with(Proof { at: 4_000_000_000, ..right.clone() }), (200, "")),
        (
            "as a bearer",
            phone.caller.ask("POST", SYNC, &[("Authorization", &bearer)], idle(&phone)),
            (401, "unauthorised"),
        ),
        ("nobody", phone.caller.ask("POST", SYNC, &[], idle(&phone)), (401, "unauthorised")),
        (
            "a device at the desk",
            phone.caller.ask("GET", "/v1/office/inbox", &[("Authorization", &bearer)], Vec::new()),
            (401, "unauthorised"),
        ),
    ]);
    check(vec![
        ("a proof", phone.call_with("POST", SYNC, &once, idle(&phone)), (200, "")),
        ("the same proof again", phone.call_with("POST", SYNC, &once, idle(&phone)), stale),
        ("another one", with(right.clone()), (200, "")),
    ]);
    assert!(headers(&[]).headers.contains_key("www-authenticate"));
}

#[test]
fn a_revoked_device_is_told_so_and_no_other() {
    let hub = Hub::start();
    let (phone, other) = (Handset::of(&hub, "an", Key::numbered(1)), Handset::of(&hub, "an", Key::numbered(2)));
    let said = hub.hoso(&["revoke", &phone.key.public().thumbprint().to_string()]);
    assert!(said.ok, "{}", said.err);
    let refused = hub.until_felt(|| phone.sync(idle(&phone)), |answer| answer.status == 403);
    let unknown = Key::numbered(3).prove(&Proof { token: &other.refresh, ..other.proof("POST", "/v1/token") });
    let stolen = format!("DPoP {}", other.refresh);
    check(vec![
        ("an exchange", refused, (403, "device_revoked")),
        ("a new token", phone.renew(), (403, "device_revoked")),
        ("the other device", other.sync(idle(&other)), (200, "")),
        ("the other's new token", other.renew(), (200, "")),
        (
            "a key that nobody knows",
            phone.caller.ask("POST", "/v1/token", &[("Authorization", &stolen), ("DPoP", &unknown)], Vec::new()),
            (401, "unauthorised"),
        ),
    ]);
}

#[test]
fn a_phone_that_was_shut_out_keeps_its_work_and_goes_on_with_a_new_code() {
    let hub = Hub::start();
    let phone = hub.phone("an");
    let id = phone.says(&["draft", "2.000635"]).trim().to_owned();
    phone.says(&["sync"]);
    let thumbprint = hub.device_in_the_log();
    assert!(hub.hoso(&["revoke", &thumbprint]).ok);
    phone.says(&["--offline", "set", &id, "copies=7"]);
    hub.until_felt(|| phone.run(&["sync"]), |said| !said.ok);
    let enrol = |called: &str| phone.run(&["enrol", "--server", &hub.url(), &hub.enrolment_code(called)]);
    assert!(!enrol("binh").ok, "a key belongs to one person");
    let again = enrol("an");
    assert!(again.ok, "{}", again.err);
    phone.says(&["sync"]);
    let other = hub.phone("an");
    other.says(&["sync"]);
    let shown = other.says(&["show", &id]);
    assert!(shown.lines().any(|line| line.contains("copies") && line.trim_end().ends_with('7')), "{shown}");
}

#[test]
fn a_suspended_device_is_listed_and_let_in_again() {
    let hub = Hub::start();
    let (phone, other) = (Handset::of(&hub, "an", Key::numbered(1)), Handset::of(&hub, "an", Key::numbered(2)));
    let listed = |handset: &Handset| {
        let said = hub.hoso(&["devices"]);
        let thumbprint = handset.key.public().thumbprint().to_string();
        said.out.lines().find(|line| line.starts_with(&thumbprint)).expect("it is enrolled").to_owned()
    };
    assert!(listed(&phone).ends_with("active"));
    // The other device's draft, signed by this one.
    phone.push(other.draft(1, &["An"]).push().into_iter().collect());
    assert!(listed(&phone).contains("suspended") && listed(&phone).ends_with("(actor)"), "{}", listed(&phone));
    assert!(listed(&other).ends_with("active"));
    check(vec![
        ("suspended", phone.sync(idle(&phone)), (403, "device_suspended")),
        ("the other one", other.sync(idle(&other)), (200, "")),
    ]);
    let reinstate = |handset: &Handset| hub.hoso(&["reinstate", &handset.key.public().thumbprint().to_string()]);
    assert!(!reinstate(&other).ok && reinstate(&phone).ok && !reinstate(&phone).ok);
    hub.until_felt(|| phone.sync(idle(&phone)), |answer| answer.status == 200);
    assert!(listed(&phone).ends_with("active"));
}

#[test]
fn a_code_enrols_one_device_that_holds_its_key() {
    let hub = Hub::start();
    let phone = Handset::of(&hub, "an", Key::numbered(1));
    let (server, code) = (phone.server, hub.enrolment_code("an"));
    let ask = |body: &Value| phone.caller.ask("POST", "/v1/devices", JSON, body.to_string().into_bytes());
    let (two, three) = (Key::numbered(2), Key::numbered(3));
    let good = enrolment(&two, &server, &code);
    let but = |part: &str, value: Value| -> Answer {
        let mut body = good.clone();
        body[part] = value;
        ask(&body)
    };
    let malformed = (400, "malformed");
    let text_plain =
        phone.caller.ask("POST", "/v1/devices", &[("Content-Type", "text/plain")], good.to_string().into());
    check(vec![
        ("another code than was signed", but("code", json!("AAAA-BBBB-CCCC-DDDD")), (400, "signature_invalid")),
        ("an unknown code", ask(&enrolment(&two, &server, "AAAA-BBBB-CCCC-DDDD")), (403, "enrolment_refused")),
        (
            "another key's signature",
            but("signature", enrolment(&three, &server, &code)["signature"].clone()),
            (400, "signature_invalid"),
        ),
        ("a key of letters", but("public_key", json!("zz")), malformed),
        ("a key that is no point", but("public_key", json!("01".repeat(64))), (400, "signature_invalid")),
        ("a field nobody knows", but("role", json!("officer")), malformed),
        ("a number for a name", but("name", json!(1)), malformed),
        ("no body", ask(&Value::Null), malformed),
        ("not said to be JSON", text_plain, (415, "unsupported_media_type")),
        ("right", ask(&good), (200, "")),
        ("the same again: an answer was lost", ask(&good), (200, "")),
        ("the code again for another device", ask(&enrolment(&three, &server, &code)), (403, "enrolment_refused")),
        (
            "the key for another person",
            ask(&enrolment(&two, &server, &hub.enrolment_code("binh"))),
            (409, "device_key_taken"),
        ),
    ]);
}

fn port_of(hub: &Hub) -> String {
    hub.url().rsplit_once(':').expect("an address with a port").1.to_owned()
}

/// A nonce of the server's own making, so many minutes from now.
fn nonce(hub: &Hub, minutes: i64) -> String {
    let key = std::fs::read(hub.data().join("keys/nonce.key")).expect("the server made it");
    let minute = (now() as i64 / 60 + minutes).to_be_bytes();
    // HMAC (RFC 2104) with a key of 32 bytes.
    let pad = |with: u8| (0..64).map(|i| key.get(i).copied().unwrap_or(0) ^ with).collect::<Vec<u8>>();
    let inner = Sha256::digest([pad(0x36), minute.to_vec()].concat());
    let mac = Sha256::digest([pad(0x5c), inner.to_vec()].concat());
    text(&[&minute[..], &mac[..16]].concat())
}
