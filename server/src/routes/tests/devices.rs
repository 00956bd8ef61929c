//! A person's devices, by the token of one of them.

use super::*;
use crate::verify;
use dossier::ids::PublicKey;
use dossier::time::Timestamp;
use dossier::wire::wipe_message;

impl Phone {
    fn id(&self) -> String {
        self.key.public().thumbprint().to_string()
    }

    async fn devices(&self, world: &World) -> Vec<Value> {
        let answer = world.ask(self.ask(world, Method::GET, "/v1/devices")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["devices"].as_array().unwrap().clone()
    }

    async fn says_of(&self, world: &World, device: &str, what: &str) -> Answer {
        world.ask(self.ask(world, Method::POST, &format!("/v1/devices/{device}/{what}"))).await
    }

    async fn calls(&self, world: &World, device: &str, name: Value) -> Answer {
        let path = format!("/v1/devices/{device}/name");
        world.ask(self.ask(world, Method::POST, &path).set_json(json!({"name": name}))).await
    }
}

#[actix_web::test]
async fn a_person_sees_and_names_the_own_devices_and_nobody_elses() {
    let world = World::open().await;
    let (first, stranger) = (world.phone("031090000123", false).await, world.phone("031190000124", false).await);
    world.app.clock.set(MONDAY.plus_seconds(60));
    let second = world.phone("031090000123", false).await;
    world.app.clock.set(MONDAY.plus_seconds(120));
    assert_eq!(world.ask(first.renew(&world)).await.status, 200);
    let seen = second.devices(&world).await;
    let told = |n: usize| {
        let part = |name: &str| seen[n][name].clone();
        (part("device"), part("this"), part("state"), part("enrolled_at"), part("last_seen"))
    };
    assert_eq!(seen.len(), 2);
    let at = |seconds: i64| json!(MONDAY.plus_seconds(seconds).0);
    assert_eq!(told(0), (json!(first.id()), json!(false), json!("active"), at(0), at(120)));
    assert_eq!(told(1), (json!(second.id()), json!(true), json!("active"), at(60), at(60)));

    let name = "  Máy ở nhà\u{202e} ";
    assert_eq!(first.calls(&world, &second.id(), json!(name)).await.status, 204);
    let named = first.devices(&world).await[1]["name"].as_str().unwrap().trim().to_owned();
    assert_eq!(named, "Máy ở nhà");
    assert_eq!(first.calls(&world, &first.id(), json!("ế".repeat(100))).await.status, 204);
    assert_eq!(first.devices(&world).await[0]["name"].as_str().unwrap().chars().count(), 60);
    assert_eq!(first.calls(&world, &first.id(), json!(1)).await.code(), "malformed");
    for device in [stranger.id(), "0".repeat(64), "x".into()] {
        assert_eq!(first.calls(&world, &device, json!("x")).await.code(), "not_found");
        for what in ["revoke", "lost"] {
            assert_eq!(first.says_of(&world, &device, what).await.code(), "not_found");
        }
    }
    assert_eq!(stranger.devices(&world).await.len(), 1);
    // Each change is an entry of the person's book.
    let report = verify::in_one_view(&world.app, None).await.unwrap();
    assert!(report.altered.is_empty(), "{:?}", report.altered);
}

#[actix_web::test]
async fn a_device_that_its_owner_shuts_out_is_out_at_once_and_the_others_are_not() {
    let world = World::open().await;
    let first = world.phone("031090000123", false).await;
    world.app.clock.set(MONDAY.plus_seconds(1));
    let mut second = world.phone("031090000123", false).await;
    for _ in 0..2 {
        assert_eq!(first.says_of(&world, &second.id(), "revoke").await.status, 204, "twice is once");
    }
    let told = world.ask(second.ask(&world, Method::GET, "/v1/devices")).await;
    assert_eq!((told.status, told.code().as_str()), (403, "device_revoked"));
    assert_eq!(world.ask(second.renew(&world)).await.code(), "device_revoked");
    let states: Vec<Value> = first.devices(&world).await.iter().map(|device| device["state"].clone()).collect();
    assert_eq!(states, ["active", "revoked"]);
    // Also itself.
    assert_eq!(first.says_of(&world, &first.id(), "revoke").await.status, 204);
    assert_eq!(world.ask(first.ask(&world, Method::GET, "/v1/devices")).await.code(), "device_revoked");
    second = world.phone("031090000123", false).await;
    assert_eq!(second.devices(&world).await.len(), 3);
}

/// The order in an answer, if this server signed it for this device.
pub(super) fn order(world: &World, answer: &Answer, device: &PublicKey) -> Option<i64> {
    let (word, info) = (answer.json(), &world.app.info);
    let at = word["wipe_at"].as_i64()?;
    let signature = word["wipe_signature"].as_str()?.parse().unwrap();
    let message = wipe_message(&info.server, &device.thumbprint(), Timestamp(at));
    assert_eq!((answer.status, answer.code().as_str()), (403, "device_lost"));
    signature::verify(&world.app.keys.public(), &message, &signature).then_some(at)
}

#[actix_web::test]
async fn a_lost_device_is_given_the_signed_order_whichever_way_it_comes_and_is_bound_by_no_code() {
    let world = World::open().await;
    let first = world.phone("031090000123", false).await;
    world.app.clock.set(MONDAY.plus_seconds(1));
    let (second, third) = (world.phone("031090000123", false).await, world.phone("031090000123", false).await);
    assert_eq!(first.says_of(&world, &third.id(), "revoke").await.status, 204);
    let lost_at = MONDAY.plus_seconds(60);
    for seconds in [60, 90] {
        world.app.clock.set(MONDAY.plus_seconds(seconds));
        assert_eq!(first.says_of(&world, &second.id(), "lost").await.status, 204, "twice is once");
    }
    let number = "031090000123".parse().unwrap();
    let code = enrolment::make_code(&world.app, "Nguyễn Văn Ví Dụ", &number, false).await.unwrap();
    let enrol = |key: &PhoneKey| {
        let signature = key.sign(&enrolment_message(&world.app.info.server, &code, &key.public()));
        let asked = json!({"code": code, "public_key": key.public().to_string(), "signature": signature.to_string()});
        TestRequest::post().uri("/v1/devices").set_json(asked)
    };
    let ways =
        [second.ask(&world, Method::GET, "/v1/devices"), second.renew(&world), enrol(&second.key), enrol(&second.key)];
    for answer in world.ask_all(ways).await {
        assert_eq!(order(&world, &answer, &second.key.public()), Some(lost_at.0), "{}", answer.text());
        assert_eq!(order(&world, &answer, &first.key.public()), None, "for no other device");
    }
    // The code was not used up.
    assert_eq!(world.ask(enrol(&PhoneKey::new())).await.status, 200);
    let revoked = world.ask(third.renew(&world)).await;
    assert_eq!((revoked.code().as_str(), order(&world, &revoked, &third.key.public())), ("device_revoked", None));

    assert_eq!(first.says_of(&world, &third.id(), "lost").await.status, 204, "also one that was revoked before");
    let told = world.ask(third.ask(&world, Method::GET, "/v1/devices")).await;
    assert_eq!(order(&world, &told, &third.key.public()), Some(MONDAY.plus_seconds(90).0));
    let mut states: Vec<Value> = first.devices(&world).await.iter().map(|device| device["state"].clone()).collect();
    states.sort_by_key(Value::to_string);
    assert_eq!(states, ["active", "active", "lost", "lost"]);
    let report = verify::in_one_view(&world.app, None).await.unwrap();
    assert!(report.altered.is_empty(), "{:?}", report.altered);
}

#[actix_web::test]
async fn who_signs_out_is_out_and_stays_bound() {
    let world = World::open().await;
    let phone = world.phone("031090000123", false).await;
    world.app.clock.set(MONDAY.plus_seconds(1));
    let other = world.phone("031090000123", false).await;
    assert_eq!(world.ask(phone.ask(&world, Method::POST, "/v1/sign-out")).await.status, 204);
    assert_eq!(world.ask(phone.ask(&world, Method::GET, "/v1/devices")).await.code(), "signed_out");
    assert_eq!(world.ask(phone.renew(&world)).await.code(), "signed_out");
    let seen = other.devices(&world).await;
    assert_eq!(seen[0]["state"], "active", "the device is bound");
}
