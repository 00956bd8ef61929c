//! Who looked into a dossier, and what needs a reason.

use super::*;
use crate::auth::policy::Staff;
use crate::readings as acts;
use crate::seal::Seal;
use crate::store::desk::{self, Filed};
use crate::store::dossiers;
use dossier::reading::{Looked, Purpose, REASON_MAX, REASON_MIN, Reading};

impl Phone {
    async fn readings(&self, world: &World, id: &DossierId) -> Vec<Reading> {
        let path = format!("/v1/dossiers/{id}/readings");
        let answer = world.ask(self.ask(world, Method::GET, &path)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        minicbor::decode(&answer.body).unwrap()
    }
}

impl World {
    async fn filed(&self, id: &DossierId) -> (Filed, Seal) {
        let app = &self.app;
        let head = dossiers::head(&app.db.read, &app.keys, id).await.unwrap().unwrap();
        (desk::find(&app.db.read, id).await.unwrap().unwrap(), head.held.seal)
    }

    async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        let bearer = ("Authorization", format!("Bearer {token}"));
        self.ask(TestRequest::post().uri(path).insert_header(bearer).set_json(body)).await
    }

    async fn page(&self, (cookie, csrf): &(String, String), path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = TestRequest::post().uri(path).insert_header(("Cookie", cookie.clone()));
        self.ask(request.set_form([fields, &[("csrf", csrf)]].concat())).await
    }
}

const REASON: &str = "Đối chiếu theo đơn số 1.";

#[actix_web::test]
async fn every_time_that_staff_look_into_a_dossier_is_for_its_citizen_to_see() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    let id = phone.hand_in(&world).await;
    assert_eq!(phone.readings(&world, &id).await, []);
    let officer = world.officer_of(0);
    let get = async |token: &str, path: &str| world.office(token, Method::GET, path, None).await.status;
    let detail = format!("/v1/office/dossiers/{id}");
    let paper = format!("{detail}/papers/{}", paper_hash());
    assert_eq!(get(&officer, "/v1/office/inbox").await, 200, "a list shows nothing of what is inside");
    assert_eq!((get(&officer, &detail).await, get(&officer, &paper).await), (200, 200));
    assert_eq!(get(&world.officer_of(1), &detail).await, 404);
    assert_eq!(get(&officer, &format!("{detail}/papers/{}", hash_of(b"none"))).await, 404);
    let cookie = ("Cookie", world.session_of(0, Role::OneStop).await.0);
    let page = world.ask(TestRequest::get().uri(&format!("/desk/dossiers/{id}")).insert_header(cookie)).await;
    assert_eq!(page.status, 200);

    let readings = phone.readings(&world, &id).await;
    let looked: Vec<_> = readings.iter().map(|reading| reading.looked).collect();
    assert_eq!(looked, [Looked::Dossier, Looked::Paper(paper_hash()), Looked::Dossier], "each 200 once, no refusal");
    assert!(readings.iter().zip(1..).all(|(reading, n)| reading.n == n && reading.purpose == Purpose::Handling));
    assert_eq!((readings[0].name.as_str(), readings[0].role.as_str()), ("Lê Thị Cán Bộ", "one-stop"));
    let stranger = world.phone("031190000124", false).await;
    let theirs = world.ask(stranger.ask(&world, Method::GET, &format!("/v1/dossiers/{id}/readings"))).await;
    assert_eq!(theirs.status, 404);
}

#[actix_web::test]
async fn identity_numbers_are_masked_until_somebody_says_why_they_are_needed() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    let id = phone.hand_in(&world).await;
    let officer = world.officer_of(0);
    let whole = |value: &Value| value.as_str().is_some_and(|v| v.len() >= 9 && v.bytes().all(|b| b.is_ascii_digit()));
    let detail = world.office(&officer, Method::GET, &format!("/v1/office/dossiers/{id}"), None).await;
    let form = detail.json()["form"].as_array().unwrap().clone();
    let masked = form.iter().filter(|field| field["value"].as_str().unwrap().starts_with('•')).count();
    assert!(masked > 0 && !form.iter().any(|field| field["field"] != "phone" && whole(&field["value"])), "{form:?}");

    let path = format!("/v1/office/dossiers/{id}/unmask");
    let shown = world.post(&officer, &path, json!({"reason": REASON})).await;
    let shown = shown.json().as_array().unwrap().clone();
    assert_eq!(shown.len(), masked);
    assert!(shown.iter().all(|number| whole(&number["value"])), "{shown:?}");
    let number = shown[0]["value"].as_str().unwrap().to_owned();
    assert!(!detail.text().contains(&number));
    let desk = format!("/desk/dossiers/{id}/unmask");
    let session = world.session_of(0, Role::OneStop).await;
    let page = world.page(&session, &desk, &[("reason", REASON)]).await;
    assert!(page.status == 200 && page.text().contains(&number));
    let readings = phone.readings(&world, &id).await;
    let unmasked = readings.iter().filter(|reading| reading.looked == Looked::Numbers);
    assert_eq!(unmasked.map(|r| r.purpose.reason()).collect::<Vec<_>>(), [Some(REASON), Some(REASON)]);

    let before = readings.len();
    for role in [Role::PostalClerk, Role::Auditor, Role::Administrator] {
        assert_eq!(world.post(&world.staff_of(0, role), &path, json!({"reason": REASON})).await.status, 403);
    }
    assert_eq!(world.post(&world.officer_of(1), &path, json!({"reason": REASON})).await.status, 404);
    assert_eq!(phone.readings(&world, &id).await.len(), before);
}

#[actix_web::test]
async fn a_reason_has_10_to_500_characters_that_can_be_read() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    let id = phone.hand_in(&world).await;
    let officer = world.officer_of(0);
    let path = format!("/v1/office/dossiers/{id}/unmask");
    for (reason, taken) in [
        ("ế".repeat(REASON_MIN - 1), false),
        ("ế".repeat(REASON_MIN), true),
        ("ế".repeat(REASON_MAX), true),
        ("ế".repeat(REASON_MAX + 1), false),
        (format!("{}{}", "ế".repeat(9), " ".repeat(20)), false),
        (format!("{}{}", "ế".repeat(9), "\u{202e}".repeat(20)), false),
    ] {
        let answer = world.post(&officer, &path, json!({"reason": reason})).await;
        assert_eq!(answer.status, if taken { 200 } else { 400 }, "{reason}");
        assert!(taken || answer.code() == "reason_needed");
    }
}

#[actix_web::test]
async fn a_dossier_that_is_none_of_ones_work_opens_for_a_reason_and_its_head_is_told() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    let id = phone.hand_in(&world).await;
    let accept = Some(("018f0000-0000-7000-8000-000000000001", json!({"command": "accept"})));
    let commands = format!("/v1/office/dossiers/{id}/commands");
    let accepted = world.office(&world.officer_of(0), Method::POST, &commands, accept).await.json();
    let code = accepted["code"].as_str().unwrap();
    let (stranger, path) = (world.officer_of(1), format!("/v1/office/dossiers/{id}"));
    let open = async || world.office(&stranger, Method::GET, &path, None).await.status;
    let break_glass = async |token: &str, code: &str, reason: &str| {
        world.post(token, "/v1/office/break-glass", json!({"code": code, "reason": reason})).await
    };
    assert_eq!(open().await, 404);
    assert_eq!(break_glass(&stranger, code, "quá ngắn").await.code(), "reason_needed");
    assert_eq!(break_glass(&stranger, "H24.1-261123-9999", REASON).await.status, 404);
    assert_eq!(break_glass(&world.staff_of(1, Role::Auditor), code, REASON).await.status, 403);
    assert_eq!(open().await, 404);

    let opened = break_glass(&stranger, code, REASON).await;
    assert_eq!(opened.json()["dossier"], id.to_string());
    assert_eq!(open().await, 200);
    let colleague = Officer { staff: StaffId(uuid::Uuid::from_u128(8)), ..world.officer(1) };
    let colleague = world.token_of(&colleague, Role::OneStop);
    assert_eq!(world.office(&colleague, Method::GET, &path, None).await.status, 404, "the reason was another's");
    let shown = world
        .office(
            &stranger,
            Method::POST,
            &commands,
            Some(("018f0000-0000-7000-8000-000000000002", json!({"command": "resume", "note": ""}))),
        )
        .await;
    assert_eq!(shown.status, 404, "who may look may not decide");
    let numbers = world.post(&stranger, &format!("{path}/unmask"), json!({"reason": REASON})).await;
    assert_eq!(numbers.status, 404, "nor see numbers");
    let readings = phone.readings(&world, &id).await;
    world.app.clock.set(world.app.clock.now().plus_seconds(crate::readings::BREAK_GLASS_SECONDS));
    let late = world.office(&world.officer_of(1), Method::GET, &path, None).await;
    assert_eq!(late.status, 404, "a quarter of an hour is over");
    assert_eq!(readings.len(), 2);
    assert!(readings.iter().all(|reading| reading.purpose == Purpose::BreakGlass(REASON.into())));
    let alerts = async |token: &str| world.office(token, Method::GET, "/v1/office/alerts", None).await.json();
    let head = world.staff_of(0, Role::UnitHead);
    let told = alerts(&head).await;
    assert_eq!(
        (told.as_array().unwrap().len(), &told[0]["reason"], &told[0]["code"]),
        (2, &json!(REASON), &json!(code))
    );
    assert_eq!(alerts(&world.staff_of(1, Role::UnitHead)).await, json!([]), "another unit's head");
    assert_eq!(alerts(&world.staff_of(1, Role::Auditor)).await.as_array().unwrap().len(), 2);
    let seen = format!("/v1/office/alerts/{id}/1/seen");
    assert_eq!(world.post(&world.staff_of(1, Role::UnitHead), &seen, json!({})).await.status, 404);
    assert_eq!(world.post(&head, &seen, json!({})).await.status, 204);
    assert_eq!(world.post(&head, &seen, json!({})).await.status, 404, "once");
    assert_eq!(alerts(&head).await.as_array().unwrap().len(), 1);
    let session = world.session_of(0, Role::UnitHead).await;
    let shown = world.ask(TestRequest::get().uri("/desk/alerts").insert_header(("Cookie", session.0.clone()))).await;
    assert!(shown.text().contains(REASON) && shown.text().contains(code), "{}", shown.text());
    let page = world.page(&session, &format!("/desk/alerts/{id}/2/seen"), &[]).await;
    assert_eq!((page.status, page.header("location")), (303, Some("/desk/alerts")));
    assert_eq!(alerts(&head).await, json!([]));
}

#[actix_web::test]
async fn a_role_that_opens_nothing_out_of_turn_does_not_even_with_a_reason_from_another_posting() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    let id = phone.hand_in(&world).await;
    let accept = Some(("018f0000-0000-7000-8000-000000000001", json!({"command": "accept"})));
    let commands = format!("/v1/office/dossiers/{id}/commands");
    let code = world.office(&world.officer_of(0), Method::POST, &commands, accept).await.json()["code"].clone();
    let staff = |role| Staff { officer: world.officer(1), role, beneath: Default::default(), fresh: true };
    let break_glass = async |role| acts::break_glass(&world.app, &staff(role), code.as_str().unwrap(), REASON).await;
    let (filed, seal) = world.filed(&id).await;
    let purpose = async |role| acts::purpose(&world.app, &staff(role), (&filed, &seal)).await.is_ok();
    assert!(break_glass(Role::PostalClerk).await.is_err());
    assert!(break_glass(Role::OneStop).await.is_ok());
    assert_eq!((purpose(Role::OneStop).await, purpose(Role::PostalClerk).await), (true, false));
}

#[actix_web::test]
async fn two_who_look_at_the_same_moment_are_both_noted() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    let id = phone.hand_in(&world).await;
    let (officer, path) = (world.officer_of(0), format!("/v1/office/dossiers/{id}"));
    let looks = (0..8).map(|_| world.office(&officer, Method::GET, &path, None));
    let answers = futures_util::future::join_all(looks).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(phone.readings(&world, &id).await.len(), answers.len());
}
