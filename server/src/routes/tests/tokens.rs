//! Tokens: the next one, the same one again, an old one; and what an access token costs.

use super::*;
use crate::auth::refresh;
use crate::revocation;
use crate::store::sessions as table;
use dossier::ids::Thumbprint;
use dossier::wire::{Renewed, SignedAnswer, SyncAnswer};

impl Phone {
    fn device(&self) -> Thumbprint {
        self.key.public().thumbprint()
    }

    /// Asks for the next tokens, and keeps them.
    async fn renews(&mut self, world: &World) -> Answer {
        let answer = world.ask(self.renew(world)).await;
        if answer.status == 200 {
            let word = |name: &str| answer.json()[name].as_str().unwrap().to_owned();
            (self.token, self.refresh) = (word("access_token"), word("refresh_token"));
        }
        answer
    }

    /// An exchange without a word, with this token.
    fn idle(&self, world: &World, token: &str) -> TestRequest {
        let (_, body) = phone::ask(self.cursor, vec![].into(), &world.app.info.server, |m| self.key.sign(m));
        let nonce = nonce::make(&world.app.keys, world.app.clock.now());
        proven(&self.key, (Method::POST, "/v1/sync"), token, &nonce).set_payload(body)
    }

    async fn session(&self, world: &World) -> table::Session {
        table::last_of(&world.app.db.read, &self.device()).await.unwrap().unwrap()
    }
}

/// The tokens in the answer of an exchange.
fn renewed(answer: &Answer) -> Option<Renewed> {
    let signed = dossier::exchange::unpack(&answer.body, dossier::exchange::ANSWER_MAX).unwrap();
    let signed: SignedAnswer = minicbor::decode(&signed).unwrap();
    minicbor::decode::<SyncAnswer>(&signed.body).unwrap().renewed
}

const DAY: i64 = 24 * 60 * 60;

#[actix_web::test]
async fn the_answer_of_an_exchange_brings_the_next_tokens_and_brings_them_again_if_it_was_lost() {
    let world = World::open().await;
    let phone = world.phone("031090000123", false).await;
    let idle = world.ask(phone.idle(&world, &phone.token)).await;
    assert_eq!((idle.status, renewed(&idle)), (200, None), "an access token is not renewed");
    world.app.clock.set(MONDAY.plus_seconds(7 * DAY));
    assert_eq!(world.ask(phone.idle(&world, &phone.token)).await.code(), "unauthorised", "a week later");
    let first = renewed(&world.ask(phone.idle(&world, &phone.refresh)).await).unwrap();
    let again = renewed(&world.ask(phone.idle(&world, &phone.refresh)).await).unwrap();
    assert_eq!((first.refresh_token.as_str(), first.seconds), (again.refresh_token.as_str(), 900));
    for good in [&first.access_token, &again.access_token, &first.refresh_token] {
        assert_eq!(world.ask(phone.idle(&world, good)).await.status, 200);
    }
    // The successor was used: what came before it is a copy now, and nobody goes on with either.
    assert_eq!(world.ask(phone.idle(&world, &phone.refresh)).await.code(), "signed_out");
    for gone in [&first.access_token, &first.refresh_token, &phone.refresh] {
        let told = world.ask(phone.idle(&world, gone)).await;
        assert_eq!((told.status, told.code().as_str()), (401, "signed_out"), "in the same process at once");
    }
    assert!(phone.session(&world).await.ended);
    // Signed in again it goes on.
    assert_eq!(world.phone("031090000123", false).await.renews(&world).await.status, 200);
}

#[actix_web::test]
async fn an_exchange_that_fails_leaves_the_refresh_token_unused() {
    let world = World::open().await;
    let phone = world.phone("031090000123", false).await;
    let newest = async || phone.session(&world).await.newest;
    let others = world.app.merges.fill();
    assert_eq!(world.ask(phone.idle(&world, &phone.refresh)).await.status, 503);
    drop(others);
    let nonsense = phone.idle(&world, &phone.refresh).set_payload(vec![9; 40]);
    assert_eq!(world.ask(nonsense).await.status, 400);
    assert_eq!(newest().await, refresh::FIRST);
    assert_eq!(world.ask(phone.idle(&world, &phone.refresh)).await.status, 200);
    assert_eq!(newest().await, refresh::FIRST + 1);
}

#[actix_web::test]
async fn a_refresh_token_opens_two_routes_and_an_access_token_does_not_renew() {
    let world = World::open().await;
    let phone = world.phone("031090000123", false).await;
    let nonce = nonce::make(&world.app.keys, MONDAY);
    let papers = format!("/v1/dossiers/{}/papers/{}", uuid::Uuid::from_u128(1), paper_hash());
    let ask = |method: Method, path: &str, token: &str| world.ask(proven(&phone.key, (method, path), token, &nonce));
    assert_eq!(ask(Method::PUT, &papers, &phone.refresh).await.code(), "unauthorised");
    assert_eq!(ask(Method::PUT, &papers, &phone.token).await.code(), "not_found");
    assert_eq!(ask(Method::POST, "/v1/token", &phone.token).await.code(), "unauthorised");
    let alone = TestRequest::post().uri("/v1/token").insert_header(("Host", "localhost"));
    let alone = alone.insert_header(("DPoP", phone.key.proof("POST", "/v1/token", "", &nonce)));
    assert_eq!(world.ask(alone).await.code(), "unauthorised", "a proof alone renews nothing");
}

#[actix_web::test]
async fn a_session_has_its_time() {
    let world = World::open().await;
    let (mut citizen, mut courier) =
        (world.phone("031090000123", false).await, world.phone("031190000124", true).await);
    let mut at = async |days: i64, seconds: i64, citizen_in: bool, courier_in: bool| {
        world.app.clock.set(MONDAY.plus_seconds(days * DAY + seconds));
        for (phone, good) in [(&mut citizen, citizen_in), (&mut courier, courier_in)] {
            let told = phone.renews(&world).await;
            assert_eq!(told.status == 200, good, "{days} {seconds}: {}", told.text());
            assert!(good || told.code() == "signed_out");
        }
    };
    at(1, -1, true, true).await;
    at(1, 0, true, false).await;
    at(30, 0, true, false).await;
    at(59, 86_399, true, false).await;
    at(89, 86_398, true, false).await;
    at(90, 0, false, false).await;
    let mut idle = world.phone("031190000125", false).await;
    world.app.clock.set(MONDAY.plus_seconds(120 * DAY));
    assert_eq!(idle.renews(&world).await.code(), "signed_out");
}

#[actix_web::test]
async fn two_who_use_one_token_at_once_get_the_same_successor() {
    let world = World::open().await;
    let phone = world.phone("031090000123", false).await;
    let device = phone.device();
    let presented = refresh::read(&world.app.keys, &phone.refresh, &device).unwrap();
    let holder = crate::sessions::holder(&world.app, &presented, &device).await.unwrap();
    let together = (0..8).map(|_| crate::sessions::renew(&world.app, &presented, &holder));
    let tokens = futures_util::future::join_all(together).await;
    let mut refreshed: Vec<String> = tokens.into_iter().map(|t| t.unwrap().refresh_token).collect();
    refreshed.dedup();
    assert_eq!(refreshed.len(), 1);
    assert_eq!(phone.session(&world).await.newest, refresh::FIRST + 1);
}

#[actix_web::test]
async fn a_number_from_before_a_restore_is_gone_on_from() {
    let world = World::open().await;
    let phone = world.phone("031090000123", false).await;
    let session = phone.session(&world).await;
    let later = refresh::write(&world.app.keys, &session.id, 40, &phone.device());
    let next = renewed(&world.ask(phone.idle(&world, &later)).await).unwrap();
    let number = |token: &str| refresh::read(&world.app.keys, token, &phone.device()).unwrap().number;
    assert_eq!((number(&next.refresh_token), phone.session(&world).await.newest), (41, 41));
    assert_eq!(world.ask(phone.idle(&world, &phone.refresh)).await.code(), "signed_out");
}

#[actix_web::test]
async fn an_access_token_asks_no_database() {
    use sea_orm::ConnectionTrait as _;
    let world = World::open().await;
    let phone = world.phone("031090000123", false).await;
    if world.app.config.database.is_some() {
        return; // PostgreSQL has its tables under others' eyes.
    }
    for table in ["session", "suspension", "revocation"] {
        world.app.db.write.execute_unprepared(&format!("alter table {table} rename to {table}_gone")).await.unwrap();
    }
    assert_eq!(world.ask(phone.idle(&world, &phone.token)).await.status, 200);
    assert_eq!(world.ask(phone.idle(&world, &phone.refresh)).await.status, 500, "the other one does");
}

#[actix_web::test]
async fn what_another_process_does_is_felt_when_the_number_was_looked_at() {
    let world = World::open().await;
    let phone = world.phone("031090000123", false).await;
    let beside = App::open(world.app.config.clone(), world.app.clock.clone()).await.unwrap();
    let told = async || world.ask(phone.idle(&world, &phone.token)).await;
    assert!(enrolment::revoke(&beside, &phone.device()).await.unwrap());
    assert_eq!(told().await.status, 200, "it does not know yet");
    revocation::look(&world.app).await.unwrap();
    assert_eq!(told().await.code(), "device_revoked");
    // A server that starts knows it from the beginning.
    let again = App::open(world.app.config.clone(), world.app.clock.clone()).await.unwrap();
    assert!(revocation::check(&again, &phone.device(), &phone.session(&world).await.id).is_err());
    // When its tokens have run out, nobody has to remember it.
    world.app.clock.set(MONDAY.plus_seconds(DAY));
    let later = App::open(world.app.config.clone(), world.app.clock.clone()).await.unwrap();
    assert!(revocation::check(&later, &phone.device(), &phone.session(&world).await.id).is_ok());
    assert_eq!(told().await.code(), "unauthorised");
    assert_eq!(world.ask(phone.idle(&world, &phone.refresh)).await.code(), "device_revoked", "a refresh always asks");
}

#[actix_web::test]
async fn after_a_rotation_both_keys_are_shown_and_tokens_of_both_are_taken() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    let old = phone.token.clone();
    let kid = |token: &str| {
        use base64::Engine as _;
        let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
    };
    world.app.keys.rotate(&world.app.info.server, MONDAY).unwrap();
    assert_eq!(phone.renews(&world).await.status, 200);
    assert_ne!(kid(&old), kid(&phone.token));
    let shown = world.get("/.well-known/jwks.json").await.json();
    let shown: Vec<&str> = shown["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!(shown, [kid(&phone.token), kid(&old)]);
    for token in [&old, &phone.token] {
        assert_eq!(world.ask(phone.idle(&world, token)).await.status, 200);
    }
    world.app.clock.set(MONDAY.plus_seconds(3_600));
    let told = world.ask(phone.idle(&world, &old)).await;
    assert_eq!(told.code(), "unauthorised");
    assert_eq!(phone.renews(&world).await.status, 200, "what is signed in stays so, whatever key signs");
}
