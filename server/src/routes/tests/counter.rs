//! Citizens at the counter: an officer writes what they say, and both are named.

use super::*;
use crate::verify::in_one_view;
use dossier::event::By;
use dossier::receipt::{Kept, Writer};
use dossier::wire::Blob;

const VISITOR: (&str, &str) = ("Nguyễn Văn Ví Dụ", "031090000123");
const HAND_IN: &str = "018f0000-0000-7000-8000-0000000000a1";

struct Counter<'a> {
    world: &'a World,
    token: String,
    path: String,
}

impl Counter<'_> {
    async fn fill(&self, (name, number): (&str, &str), fields: Value) -> Answer {
        let body = json!({"name": name, "citizen_number": number, "procedure": procedure().code.to_string(), "fields": fields});
        self.send(TestRequest::put().uri(&self.path).set_json(body)).await
    }

    async fn attach(&self, component: &str, bytes: &'static [u8]) -> Answer {
        let path = format!("{}/papers/{component}?name=anh.png", self.path);
        self.send(TestRequest::put().uri(&path).set_payload(bytes)).await
    }

    async fn hand_in(&self, key: &str, body: Value) -> Answer {
        let path = format!("{}/hand-in", self.path);
        self.send(TestRequest::post().uri(&path).insert_header(("Idempotency-Key", key.to_owned())).set_json(body))
            .await
    }

    async fn send(&self, request: TestRequest) -> Answer {
        self.world.ask(request.insert_header(("Authorization", format!("Bearer {}", self.token)))).await
    }

    /// Everything that the form and its components ask for.
    async fn whole(&self) {
        let fields = procedure().examples().into_iter().map(|(key, value)| (key.to_string(), text_of(&value)));
        let fields: serde_json::Map<String, Value> = fields.collect();
        let filled = self.fill(VISITOR, fields.into()).await;
        assert_eq!(filled.status, 204, "{}", filled.text());
        for component in &procedure().components {
            assert_eq!(self.attach(&component.id, PAPER).await.status, 200);
        }
    }
}

fn text_of(value: &dossier::layout::Value) -> Value {
    match value {
        dossier::layout::Value::Text(text) => json!(text),
        dossier::layout::Value::Number(number) => json!(number.to_string()),
        dossier::layout::Value::YesNo(yes) => json!(if *yes { "có" } else { "không" }),
    }
}

fn counter<'a>(world: &'a World, token: String, n: u8) -> Counter<'a> {
    let id = uuid::Builder::from_unix_timestamp_millis(MONDAY.0 as u64, &[n; 10]).into_uuid();
    Counter { world, token, path: format!("/v1/office/counter/dossiers/{id}") }
}

#[actix_web::test]
async fn an_officer_enters_a_dossier_for_a_citizen_and_both_are_named() {
    let world = World::open().await;
    let counter = counter(&world, world.officer_of(0), 1);
    counter.whole().await;
    counter.whole().await;
    assert_eq!(counter.hand_in(HAND_IN, json!({})).await.status, 204);
    assert_eq!(counter.hand_in(HAND_IN, json!({})).await.status, 204, "the same once more is one");
    let other = json!({"behalf": {"owner": "Ai Đó", "authority": "guardian"}});
    assert_eq!(counter.hand_in(HAND_IN, other).await.code(), "command_id_reused");

    // It is the citizen's: their phone has it, and its receipt says how it came.
    let mut phone = world.phone(VISITOR.1, false).await;
    phone.sync(&world).await;
    let held = &phone.held[0];
    let officer = world.officer(0);
    let submitted = &held.events[0];
    assert!(
        matches!(&submitted.by, By::CitizenAtCounter(staff, unit, name, _)
        if *staff == officer.staff && *unit == officer.unit && *name == officer.name),
        "{:?}",
        submitted.by
    );
    assert_eq!((held.status().code(), held.events.len()), (1, 1));
    let path = format!("/v1/dossiers/{}/receipts", held.dossier);
    let receipts = world.ask(phone.ask(&world, Method::GET, &path)).await;
    let receipts: Vec<Blob> = minicbor::decode(&receipts.body).unwrap();
    assert_eq!(Kept::read(&receipts[0].0).unwrap().receipt.unverified().writer, Writer::Counter);
    let detail =
        world.office(&world.officer_of(0), Method::GET, &format!("/v1/office/dossiers/{}", held.dossier), None).await;
    assert_eq!(detail.json()["applicant"], VISITOR.0);
    assert!(detail.json()["events"][0]["what"].as_str().unwrap().contains("ghi tại quầy: Lê Thị Cán Bộ"));
    let report = in_one_view(&world.app, None).await.unwrap();
    assert!(report.altered.is_empty(), "{:?}", report.altered);

    // What the office asks for may come on either way.
    let ask = json!({"command": "request_supplement", "reason": "Ghi lại nơi ở.", "fields": ["applicant_address"], "working_days": 5});
    let key = "018f0000-0000-7000-8000-0000000000b1";
    let commands = format!("/v1/office/dossiers/{}/commands", held.dossier);
    assert_eq!(world.office(&world.officer_of(0), Method::POST, &commands, Some((key, ask))).await.status, 200);
    let address = json!({"applicant_address": "31/99901|Số 9, đường Ví Dụ"});
    assert_eq!(counter.fill(VISITOR, address).await.status, 204);
    let closed = counter.fill(VISITOR, json!({"applicant_name": "Khác"})).await;
    assert_eq!((closed.status, closed.code().as_str()), (409, "locked"));
    let second = "018f0000-0000-7000-8000-0000000000a2";
    assert_eq!(counter.hand_in(second, json!({})).await.status, 204);
    phone.sync(&world).await;
    assert_eq!((phone.held[0].status().code(), phone.held[0].events.len()), (1, 3));
}

#[actix_web::test]
async fn a_draft_at_the_counter_is_nobodys_but_of_the_officer_who_began_it() {
    let world = World::open().await;
    let begun = counter(&world, world.officer_of(0), 2);
    assert_eq!(begun.fill(VISITOR, json!({"applicant_name": "Nguyễn Văn Ví Dụ"})).await.status, 204);
    let colleague = Officer { staff: StaffId(uuid::Uuid::from_u128(8)), ..world.officer(0) };
    let keys = (&world.app.keys, &world.app.info.server);
    let token = token::for_staff(keys.0, keys.1, (&colleague, Role::OneStop), 10, world.app.clock.now());
    for token in [token, world.officer_of(1)] {
        // The officer of unit 1 has the same id in this test and another unit: the line is the officer's own.
        let other = Counter { token, ..counter(&world, String::new(), 2) };
        let stranger = other.fill(("Lê Thị Bình", "031190000124"), json!({})).await;
        assert_eq!((stranger.status, stranger.code().as_str()), (404, "not_found"), "another citizen's");
    }
    let phone = world.phone("031190000124", false).await;
    let id = begun.path.rsplit('/').next().unwrap();
    let theirs = world.ask(phone.ask(&world, Method::GET, &format!("/v1/dossiers/{id}/standing"))).await;
    assert_eq!(theirs.status, 404);
    for role in [Role::Specialist, Role::UnitHead, Role::PostalClerk, Role::Auditor, Role::Administrator] {
        let other = Counter { token: world.staff_of(0, role), ..counter(&world, String::new(), 2) };
        assert_eq!(other.fill(VISITOR, json!({})).await.code(), "not_permitted");
    }
    let open = world.office(&world.officer_of(0), Method::GET, &format!("/v1/office/dossiers/{id}"), None).await;
    assert_eq!(open.status, 404, "nothing was handed in");
}

#[actix_web::test]
async fn another_officer_does_not_go_on_with_a_draft() {
    let world = World::open().await;
    let begun = counter(&world, world.officer_of(0), 3);
    begun.whole().await;
    let colleague = Officer { staff: StaffId(uuid::Uuid::from_u128(8)), ..world.officer(0) };
    let keys = (&world.app.keys, &world.app.info.server);
    let token = token::for_staff(keys.0, keys.1, (&colleague, Role::OneStop), 10, world.app.clock.now());
    let other = Counter { token, ..counter(&world, String::new(), 3) };
    assert_eq!(other.fill(VISITOR, json!({"applicant_name": "Khác"})).await.status, 404);
    assert_eq!(other.hand_in(HAND_IN, json!({})).await.status, 404);
    assert_eq!(begun.hand_in(HAND_IN, json!({})).await.status, 204);
}

#[actix_web::test]
async fn what_is_wrong_at_the_counter_is_told_by_name_and_nothing_is_lost() {
    let world = World::open().await;
    let counter = counter(&world, world.officer_of(0), 4);
    assert_eq!(counter.hand_in(HAND_IN, json!({})).await.status, 404, "it was not begun");
    let fill = async |who, fields| {
        let answer = counter.fill(who, fields).await;
        (answer.status, if answer.status == 204 { String::new() } else { answer.code() })
    };
    assert_eq!(fill(("La\u{202e}n", "031090000123"), json!({})).await, (400, "malformed".into()));
    assert_eq!(fill(("Lan", "12"), json!({})).await, (400, "malformed".into()));
    assert_eq!(fill(VISITOR, json!({"no_such_field": "1"})).await, (409, "unknown_key".into()));
    assert_eq!(fill(VISITOR, json!({"for_self": "có lẽ"})).await, (409, "wrong_type".into()));
    assert_eq!(fill(VISITOR, json!({"applicant_name": "Nguyễn Văn Ví Dụ"})).await, (204, String::new()));
    assert_eq!(fill(("Người Khác", VISITOR.1), json!({})).await, (409, "named_otherwise".into()));
    let missing = counter.hand_in(HAND_IN, json!({})).await;
    assert_eq!((missing.status, missing.code().as_str()), (409, "has_findings"), "{}", missing.text());
    assert_eq!(counter.attach(&procedure().components[0].id, b"no paper at all").await.code(), "paper_kind");
    assert_eq!(counter.attach("no_such_component", PAPER).await.status, 409);
    counter.whole().await;
    let incomplete = json!({"behalf": {"owner": "Bé", "authority": "written", "reference": "  "}});
    assert_eq!(counter.hand_in(HAND_IN, incomplete).await.code(), "behalf_incomplete");
    let unknown = json!({"behalf": {"owner": "Bé", "authority": "friend"}});
    assert_eq!(counter.hand_in(HAND_IN, unknown).await.code(), "malformed");
    let behalf =
        json!({"behalf": {"owner": "Nguyễn Văn Bé", "authority": "written", "reference": "số 12 ngày 01/11/2026"}});
    assert_eq!(counter.hand_in(HAND_IN, behalf).await.status, 204);
    let id = counter.path.rsplit('/').next().unwrap();
    let detail =
        world.office(&world.officer_of(0), Method::GET, &format!("/v1/office/dossiers/{id}"), None).await.json();
    let said = detail["behalf"].as_str().unwrap();
    assert!(said.contains("Nguyễn Văn Bé") && said.contains("số 12 ngày 01/11/2026"), "{said}");
}
