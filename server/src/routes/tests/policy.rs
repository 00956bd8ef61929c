//! Every route, asked by everybody there can be: one table, which is looked at whenever it changes.

use super::*;
use crate::auth::policy::{Act, LINES, Staff, Who};
use dossier::layout;
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// A word that stands in both dossiers and nowhere else.
const CANARY: &str = "Nguyễn Văn Chim Yến";

struct Callers<'a> {
    world: &'a World,
    phones: Vec<(&'static str, Phone)>,
    /// By a token over the API, by a session with what stands in its forms on pages.
    staff: Vec<(String, Credentials)>,
}

struct Credentials {
    token: String,
    cookie: String,
    csrf: String,
}

impl Callers<'_> {
    fn names(&self) -> Vec<&str> {
        let phones = self.phones.iter().map(|(name, _)| *name);
        ["nobody"].into_iter().chain(phones).chain(self.staff.iter().map(|(name, _)| name.as_str())).collect()
    }

    /// The same request from each of them.
    fn requests(&self, method: &Method, path: &str) -> Vec<TestRequest> {
        let plain = || TestRequest::default().method(method.clone()).uri(path);
        let phones = self.phones.iter().map(|(_, phone)| phone.ask(self.world, method.clone(), path));
        let others = [plain()].into_iter().chain(phones).map(|request| with_body(request, method, path, ""));
        let staff = self.staff.iter().map(|(_, staff)| {
            let request = match path.starts_with("/desk") {
                true => plain().insert_header(("Cookie", staff.cookie.clone())),
                false => plain().insert_header(("Authorization", format!("Bearer {}", staff.token))),
            };
            with_body(request, method, path, &staff.csrf)
        });
        // Each from an address of their own: limits by address are looked at elsewhere.
        let address = |n: usize| SocketAddr::from(([192, 0, 2, n as u8 + 1], 9));
        others.chain(staff).enumerate().map(|(n, request)| request.peer_addr(address(n))).collect()
    }
}

/// What a route of this address reads, so that it is not the body that is refused.
fn with_body(request: TestRequest, method: &Method, path: &str, csrf: &str) -> TestRequest {
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let uuid = "018f0000-0000-7000-8000-0000000000ff";
    match (method.as_str(), path) {
        // Every role that may give a command at all may give this one, and from this status nobody may.
        ("POST", path) if path.ends_with("/commands") => {
            request.insert_header(("Idempotency-Key", uuid)).set_json(json!({"command": "resume", "note": ""}))
        }
        // Everybody who may give a command may write this one, which is none.
        ("POST", path) if path.ends_with("/decisions") => {
            request.set_form([("command", uuid), ("what", "none"), ("csrf", csrf)])
        }
        ("POST", path) if path.ends_with("/accept") => request.set_form([("command", uuid), ("csrf", csrf)]),
        ("POST", path) if path.starts_with("/desk") && path.ends_with("/unmask") => {
            request.set_form([("reason", "0123456789"), ("csrf", csrf)])
        }
        ("POST", path) if path.ends_with("/unmask") => request.set_json(json!({"reason": "0123456789"})),
        ("POST", "/desk/break-glass") => request.set_form([("code", "1"), ("reason", "0123456789"), ("csrf", csrf)]),
        ("POST", path) if path.starts_with("/desk/alerts/") => request.set_form([("csrf", csrf)]),
        ("POST", "/v1/office/break-glass") => request.set_json(json!({"code": "1", "reason": "0123456789"})),
        ("POST", path) if path.ends_with("/hand-in") => {
            request.insert_header(("Idempotency-Key", "018f0000-0000-7000-8000-0000000000fe")).set_json(json!({}))
        }
        ("PUT", path) if path.contains("/counter/") && !path.contains("/papers/") => {
            let name = "Nguyễn Văn Ví Dụ";
            request.set_json(json!({"name": name, "citizen_number": "031090000999", "procedure": "1.004873"}))
        }
        ("PUT", path) if path.contains("/counter/") => request.set_payload(PAPER),
        ("POST", "/track") => request.insert_header(form).set_payload("code=1&secret=1"),
        ("POST", "/desk/sign-in") => request.set_form([("login", "nobody"), ("password", "1")]),
        // The last of the desk's lines: nobody asks with this session again.
        ("POST", "/desk/sign-out") => request.set_form([("csrf", csrf)]),
        ("POST", "/desk/sessions/end") => request.set_form([("session", "none"), ("csrf", csrf)]),
        ("POST", "/desk/sign-in/posting") => request.set_form([("posting", uuid), ("csrf", csrf)]),
        ("POST", "/desk/password") => {
            request.set_form([("present", "1"), ("new", "1"), ("again", "2"), ("csrf", csrf)])
        }
        ("POST", path) if path.starts_with("/desk/sign-in/") => request.set_form([("code", "1"), ("csrf", csrf)]),
        ("POST", "/v1/office/sign-in") => request.set_json(json!({"login": "nobody", "password": "1", "totp": "1"})),
        ("POST", "/v1/devices") => request.set_json(json!({})),
        ("PUT", _) => request.set_payload("not a paper"),
        _ => request,
    }
}

async fn dossier_of(world: &World, number: &str, unit: usize) -> (Phone, DossierId) {
    let mut phone = world.phone(number, false).await;
    let id = phone.draft(unit as u128 + 20);
    let name = "applicant_name".parse().unwrap();
    phone.write(Intent::SetFields(vec![(name, Some(layout::Value::Text(CANARY.into())))]));
    phone.attach_all();
    phone.sync(world).await;
    phone.upload(world, &id, &paper_hash(), PAPER).await;
    phone.submit_to(unit);
    assert_eq!(phone.sync(world).await, [Verdict::Accepted]);
    (phone, id)
}

#[actix_web::test]
async fn who_may_call_what_and_whose_dossier_they_reach() {
    let world = World::open().await;
    let (owner, own) = dossier_of(&world, "031090000123", 0).await;
    let (neighbour, others) = dossier_of(&world, "031190000124", 1).await;
    let courier = world.phone("031190000125", true).await;
    let mut staff = Vec::new();
    for role in Role::ALL {
        for unit in [0, 1] {
            let (cookie, csrf) = world.session_of(unit, role).await;
            let token = world.staff_of(unit, role);
            staff.push((format!("{role} of unit {unit}"), Credentials { token, cookie, csrf }));
        }
    }
    let phones = vec![("owner", owner), ("neighbour", neighbour), ("courier", courier)];
    let callers = Callers { world: &world, phones, staff };
    let mut table = format!("{:66} {}\n", "columns", callers.names().join(", "));
    let mut seen = 0;
    // Signing out comes last, or nobody would be there for what follows.
    let (last, first): (Vec<_>, Vec<_>) = LINES.iter().partition(|line| line.path.ends_with("/sign-out"));
    for line in first.into_iter().chain(last) {
        seen += 1;
        let method: Method = line.method.parse().unwrap();
        let about = [("of unit 0", own), ("of unit 1", others)];
        let about = if line.path.contains("{dossier}") { &about[..] } else { &[("", own)] };
        let mut forbidden = Vec::new();
        for (whose, id) in about {
            let path = line.path.replace("{dossier}", &id.to_string());
            let path = path
                .replace("{n}", "1")
                .replace("{component}", &procedure().components[0].id)
                .replace("{sha256}", &paper_hash().to_string())
                .replace("{path}", "0/000");
            let answers = world.ask_all(callers.requests(&method, &path)).await;
            for (name, answer) in callers.names().iter().zip(&answers) {
                judge(line.who, (name, whose), &path, answer);
            }
            forbidden.push(answers.iter().map(|answer| answer.status == 403).collect::<Vec<_>>());
            let cells: Vec<String> = answers.iter().map(|answer| answer.status.to_string()).collect();
            table += &format!("{:66} {}\n", format!("{} {} {whose}", line.method, line.path), cells.join(" "));
        }
        // "Not permitted" of another unit's dossier and "not found" of one that is not there would tell that it is.
        for (n, name) in callers.names().iter().enumerate().filter(|_| forbidden.len() == 2) {
            let (own, others) = if name.ends_with('1') { (1, 0) } else { (0, 1) };
            assert!(forbidden[own][n] || !forbidden[others][n], "{name} {} {}", line.method, line.path);
        }
    }
    assert_eq!(seen, routes::served(&routes::openapi()).count(), "every route and page was asked");
    insta::assert_snapshot!(table);
}

/// What must be so of every answer, whatever the snapshot says.
fn judge(who: Who, (caller, whose): (&str, &str), path: &str, answer: &Answer) {
    let outcome = format!("{caller} {path} {whose}: {}", answer.status);
    let let_in = match who {
        Who::Everybody => true,
        Who::Device | Who::Exchange | Who::Renewal => ["owner", "neighbour", "courier"].contains(&caller),
        Who::Staff(_) | Who::Session => caller.contains("of unit"),
    };
    assert!(let_in || matches!(answer.status, 303 | 401), "{outcome}");
    let its_own = match caller {
        "owner" => whose == "of unit 0",
        "neighbour" => whose == "of unit 1",
        _ => caller.ends_with(whose),
    };
    // A leak would be here: what a dossier holds, or that it is there, told to who has nothing to do with it.
    if !whose.is_empty() && !its_own {
        assert!(matches!(answer.status, 303 | 401 | 403 | 404), "{outcome}");
    }
    let reads = ["one-stop", "specialist", "unit-head"].iter().any(|role| caller.starts_with(role));
    let told = String::from_utf8_lossy(&answer.body).contains(CANARY);
    assert!(!told || (its_own && reads), "{outcome}");
}

#[actix_web::test]
async fn each_command_is_given_by_the_roles_that_the_table_names() {
    let world = World::open().await;
    let (_phone, id) = dossier_of(&world, "031090000123", 0).await;
    let path = format!("/v1/office/dossiers/{id}/commands");
    let mut sent = 0;
    let mut give = async |role: Role, body: Value| {
        sent += 1;
        let key = format!("018f0000-0000-7000-8000-{sent:012}");
        world.office(&world.staff_of(0, role), Method::POST, &path, Some((&key, body))).await
    };
    // Ended, so that nothing that is permitted does anything.
    assert_eq!(
        give(Role::OneStop, json!({"command": "refuse", "reason": "Không thuộc thẩm quyền."})).await.status,
        200
    );
    let note = |command: &str, text: &str| json!({"command": command, text: "Ví dụ."});
    let commands = [
        (Act::Accept, json!({"command": "accept"})),
        (Act::Refuse, note("refuse", "reason")),
        (Act::Forward, note("forward", "note")),
        (Act::RequestSupplement, json!({"command": "request_supplement", "reason": "Mờ.", "working_days": 5})),
        (Act::Resume, note("resume", "note")),
        (Act::RequestPayment, json!({"command": "request_payment", "amount": 1, "reason": "Lệ phí."})),
        (Act::Suspend, note("suspend", "reason")),
        (Act::RecordOutcome, json!({"command": "record_outcome", "granted": true, "summary": "Đã cấp."})),
        (Act::Recall, note("recall", "reason")),
        (Act::ConfirmRecall, json!({"command": "confirm_recall"})),
        (Act::HandOver, note("hand_over", "recipient")),
        (Act::Extend, json!({"command": "extend", "apology": "Xin lỗi.", "working_days": 1})),
    ];
    for (act, body) in commands {
        for role in Role::ALL {
            let answer = give(role, body.clone()).await;
            let staff = Staff { officer: world.officer(0), role, beneath: BTreeSet::new(), fresh: true };
            let expected = if staff.may(act) { 409 } else { 403 };
            assert_eq!(answer.status, expected, "{role} {body} {}", answer.text());
        }
    }
}
