//! The whole server in memory but for its database: a phone, an officer, a stranger.

mod restore;

use crate::app::tests::{MONDAY, server};
use crate::app::{App, application};
use crate::auth::dpop::tests::PhoneKey;
use crate::auth::signature;
use crate::auth::{nonce, token};
use crate::{enrolment, projection, routes};
use actix_web::body::to_bytes;
use actix_web::http::Method;
use actix_web::test::{TestRequest, init_service, try_call_service};
use actix_web::web::{Bytes, Data};
use dossier::act::Act;
use dossier::decide::Officer;
use dossier::exchange::phone;
use dossier::ids::{ActId, DossierId, PaperHash, ServerId, StaffId};
use dossier::layout::{Frozen, PaperInfo, PaperKey, PaperKind};
use dossier::procedure::{Catalogue, Procedure};
use dossier::replica::{Intent, Replica};
use dossier::wire::{Cursor, Open, Verdict, enrolment_message};
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;

struct World {
    _dir: TempDir,
    app: Arc<App>,
}

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }
}

impl World {
    async fn open() -> Self {
        let (dir, app) = server().await;
        Self { _dir: dir, app }
    }

    async fn ask(&self, request: TestRequest) -> Answer {
        let data = (Data::from(self.app.clone()), Data::new(routes::openapi()));
        let service = init_service(application(data.0, data.1)).await;
        let response = match try_call_service(&service, request.to_request()).await {
            Ok(response) => response.map_into_boxed_body().into_parts().1,
            Err(error) => error.error_response(),
        };
        let status = response.status().as_u16();
        let header = |(name, value): (&actix_web::http::header::HeaderName, &actix_web::http::header::HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        let headers = response.headers().iter().map(header).collect();
        Answer { status, headers, body: to_bytes(response.into_body()).await.unwrap() }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(TestRequest::get().uri(path)).await
    }

    async fn phone(&self, number: &str, courier: bool) -> Phone {
        let code =
            enrolment::make_code(&self.app, "Nguyễn Văn Ví Dụ", &number.parse().unwrap(), courier).await.unwrap();
        let key = PhoneKey::new();
        let word: Value = self.get("/v1/server").await.json();
        let server: ServerId = word["server_id"].as_str().unwrap().parse().unwrap();
        let signature = key.sign(&enrolment_message(&server, &code, &key.public()));
        let asked = json!({"code": code, "public_key": key.public().to_string(), "signature": signature.to_string()});
        let answer = self.ask(TestRequest::post().uri("/v1/devices").set_json(asked)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        Phone { key, token, cursor: Cursor::default(), held: Vec::new() }
    }

    fn officer_of(&self, unit: usize) -> String {
        let unit = Catalogue::built_in().units()[unit].code.clone();
        let officer = Officer { staff: StaffId(uuid::Uuid::from_u128(7)), unit, name: "Lê Thị Cán Bộ".into() };
        token::for_officer(&self.app.keys, &self.app.info.server, &officer, 10, self.app.clock.now())
    }

    async fn office(&self, token: &str, method: Method, path: &str, body: Option<(&str, Value)>) -> Answer {
        let mut request =
            TestRequest::default().method(method).uri(path).insert_header(("Authorization", format!("Bearer {token}")));
        if let Some((key, body)) = body {
            request = request.insert_header(("Idempotency-Key", key)).set_json(body);
        }
        self.ask(request).await
    }
}

struct Phone {
    key: PhoneKey,
    token: String,
    cursor: Cursor,
    held: Vec<Replica>,
}

const PAPER: &[u8] = b"\x89PNG\r\n\x1a\n a small paper";

fn hash_of(bytes: &[u8]) -> PaperHash {
    PaperHash(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref().try_into().unwrap())
}

fn paper_hash() -> PaperHash {
    hash_of(PAPER)
}

fn procedure() -> &'static Procedure {
    Catalogue::built_in().procedure(&"1.004873".parse().unwrap()).unwrap()
}

impl Phone {
    fn ask(&self, world: &World, method: Method, path: &str) -> TestRequest {
        let nonce = nonce::make(&world.app.keys, world.app.clock.now());
        let proof = self.key.proof(method.as_str(), path, Some(&self.token), &nonce);
        TestRequest::default()
            .method(method)
            .uri(path)
            .insert_header(("Authorization", format!("DPoP {}", self.token)))
            .insert_header(("DPoP", proof))
    }

    fn draft(&mut self, n: u128) -> DossierId {
        let random = n.to_be_bytes()[6..].try_into().unwrap();
        let id = DossierId(uuid::Builder::from_unix_timestamp_millis(MONDAY.0 as u64, &random).into_uuid());
        let catalogue = Catalogue::built_in().version;
        let mut replica = Replica::born(id, Open { layout: 1, procedure: procedure().code.clone(), catalogue });
        let device = self.key.public().thumbprint();
        let fields = procedure().examples().into_iter().map(|(key, value)| (key, Some(value))).collect();
        replica.write(&device, Intent::SetFields(fields), procedure()).unwrap();
        self.held.push(replica);
        id
    }

    fn write(&mut self, intent: Intent) {
        self.held[0].write(&self.key.public().thumbprint(), intent, procedure()).unwrap();
    }

    fn attach_all(&mut self) {
        for component in &procedure().components {
            self.attach(&component.id, PAPER);
        }
    }

    fn attach(&mut self, component: &str, bytes: &[u8]) {
        let kind = PaperKind::of(bytes).unwrap();
        let info = PaperInfo { kind, size: bytes.len() as u32, name: "anh.png".into() };
        self.write(Intent::AttachPaper(PaperKey { component: component.into(), hash: hash_of(bytes) }, info));
    }

    fn submit(&mut self) {
        let content = Frozen::of(&self.held[0].projection().unwrap(), self.held[0].open.catalogue).hash();
        let act = ActId(uuid::Builder::from_unix_timestamp_millis(MONDAY.0 as u64, &[9; 10]).into_uuid());
        self.write(Intent::Act(act, Act::Submit(content, Catalogue::built_in().units()[0].code.clone())));
    }

    async fn sync(&mut self, world: &World) -> Vec<Verdict> {
        let outbox = self.held.iter().filter_map(Replica::push).collect::<Vec<_>>();
        let server = &world.app.info.server;
        let (asked, request) = phone::ask(self.cursor, outbox.into(), server, |m| self.key.sign(m));
        let answer = world.ask(self.ask(world, Method::POST, "/v1/sync").set_payload(request)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let heard = asked.hear(&answer.body, server, &world.app.keys.public(), &signature::verify).unwrap();
        self.cursor = heard.cursor;
        let mut verdicts = Vec::new();
        for news in heard.news {
            match self.held.iter_mut().find(|r| r.dossier == news.dossier) {
                Some(replica) => {
                    let device = self.key.public().thumbprint();
                    replica.absorb(&device, &news.sent, &news.verdicts, news.delta.as_ref()).unwrap();
                }
                None => self.held.extend(news.delta.as_ref().and_then(Replica::received)),
            }
            verdicts.extend(news.verdicts);
        }
        verdicts
    }

    async fn upload(&self, world: &World, id: &DossierId, hash: &PaperHash, bytes: &'static [u8]) -> Answer {
        let path = format!("/v1/dossiers/{id}/papers/{hash}");
        world.ask(self.ask(world, Method::PUT, &path).set_payload(bytes)).await
    }

    /// A dossier of its own that has been handed in.
    async fn hand_in(&mut self, world: &World) -> DossierId {
        let id = self.draft(1);
        self.attach_all();
        self.sync(world).await;
        assert_eq!(self.upload(world, &id, &paper_hash(), PAPER).await.status, 204);
        self.submit();
        assert_eq!(self.sync(world).await, [Verdict::Accepted]);
        id
    }
}

#[actix_web::test]
async fn a_dossier_travels_from_the_phone_to_the_desk_and_back() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    let id = phone.hand_in(&world).await;
    let officer = world.officer_of(0);

    let inbox = world.office(&officer, Method::GET, "/v1/office/inbox", None).await.json();
    assert_eq!(inbox["dossiers"][0]["dossier"], id.to_string());
    assert_eq!(inbox["dossiers"][0]["status"], 1);

    let path = format!("/v1/office/dossiers/{id}/commands");
    let accept = json!({"command": "accept"});
    let key = "018f0000-0000-7000-8000-000000000001";
    let first = world.office(&officer, Method::POST, &path, Some((key, accept.clone()))).await;
    assert_eq!(first.status, 200, "{}", first.text());
    assert!(first.json()["code"].as_str().unwrap().ends_with("-261123-0001"));
    let again = world.office(&officer, Method::POST, &path, Some((key, accept.clone()))).await;
    assert_eq!(first.body, again.body, "the same command twice is one command");
    let other = json!({"command": "forward", "note": ""});
    assert_eq!(world.office(&officer, Method::POST, &path, Some((key, other))).await.code(), "command_id_reused");
    let second_key = "018f0000-0000-7000-8000-000000000002";
    assert_eq!(world.office(&officer, Method::POST, &path, Some((second_key, accept))).await.status, 409);

    phone.sync(&world).await;
    assert_eq!(phone.held[0].status().code(), 2);
    let acceptance = phone.held[0].course().acceptance.unwrap();
    let detail = world.office(&officer, Method::GET, &format!("/v1/office/dossiers/{id}"), None).await.json();
    assert_eq!(detail["code"], acceptance.code.to_string());
    assert!(!detail["form"].as_array().unwrap().is_empty());

    // The public page opens with code and secret, and tells no name.
    let look = |secret: &str| {
        let form = format!("code={}&secret={secret}", acceptance.code);
        TestRequest::post()
            .uri("/track")
            .insert_header(("Content-Type", "application/x-www-form-urlencoded"))
            .set_payload(form)
    };
    let found = world.ask(look(acceptance.tracking_secret.reveal())).await;
    assert!(found.text().contains("Được tiếp nhận") && found.header("cache-control") == Some("no-store"));
    let wrong = world.ask(look("0000000000")).await;
    assert_eq!((wrong.status, found.status), (200, 200));
    assert!(!wrong.text().contains(acceptance.code.as_str()));

    // Cards can be dropped and computed again.
    let before = world.office(&officer, Method::GET, "/v1/office/inbox", None).await.body;
    use sea_orm::ConnectionTrait as _;
    world.app.db.write.execute_unprepared("delete from card").await.unwrap();
    assert_eq!(projection::rebuild(&world.app).await.unwrap(), 1);
    assert_eq!(world.office(&officer, Method::GET, "/v1/office/inbox", None).await.body, before);
}

#[actix_web::test]
async fn a_second_phone_of_the_same_person_gets_everything_and_a_stranger_nothing() {
    let world = World::open().await;
    let mut first = world.phone("031090000123", false).await;
    let id = first.hand_in(&world).await;
    let (mut second, mut stranger) =
        (world.phone("031090000123", false).await, world.phone("031190000124", false).await);
    second.sync(&world).await;
    assert_eq!(second.held[0].projection().unwrap(), first.held[0].projection().unwrap());
    assert_eq!(second.held[0].status().code(), 1);
    stranger.sync(&world).await;
    assert!(stranger.held.is_empty());
    let theirs = stranger.upload(&world, &id, &paper_hash(), PAPER).await;
    assert_eq!((theirs.status, theirs.code().as_str()), (404, "not_found"));
    for scheme in ["bearer", "BEARER"] {
        let credentials = ("Authorization", format!("{scheme} {}", world.officer_of(0)));
        let inbox = world.ask(TestRequest::get().uri("/v1/office/inbox").insert_header(credentials)).await;
        assert_eq!(inbox.status, 200, "a scheme is read without case (RFC 9110 §11.1)");
    }
    // Another unit's officer is told that it is not there.
    let other = world.officer_of(1);
    assert_eq!(world.office(&other, Method::GET, &format!("/v1/office/dossiers/{id}"), None).await.status, 404);
    let accept = Some(("018f0000-0000-7000-8000-000000000001", json!({"command": "accept"})));
    let path = format!("/v1/office/dossiers/{id}/commands");
    assert_eq!(world.office(&other, Method::POST, &path, accept).await.status, 404);
}

#[actix_web::test]
async fn an_act_waits_for_its_papers() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    let id = phone.draft(1);
    phone.attach_all();
    phone.submit();
    assert_eq!(phone.sync(&world).await.last(), Some(&Verdict::MissingPapers(vec![paper_hash()])));
    assert_eq!(phone.upload(&world, &id, &PaperHash([1; 32]), PAPER).await.code(), "paper_mismatch");
    let text = b"no paper at all";
    let hash = hash_of(text);
    assert_eq!(phone.upload(&world, &id, &hash, text).await.code(), "paper_kind");
    for _ in 0..2 {
        assert_eq!(phone.upload(&world, &id, &paper_hash(), PAPER).await.status, 204, "twice is once");
    }
    assert_eq!(phone.sync(&world).await, [Verdict::Accepted]);
    assert_eq!(phone.held[0].status().code(), 1);
}

#[actix_web::test]
async fn a_token_is_worth_nothing_without_its_key_and_a_fresh_nonce() {
    let world = World::open().await;
    let (phone, thief) = (world.phone("031090000123", false).await, PhoneKey::new());
    let with = |proof: String| {
        let bearer = ("Authorization", format!("DPoP {}", phone.token));
        TestRequest::post().uri("/v1/sync").insert_header(bearer).insert_header(("DPoP", proof))
    };
    let nonce = nonce::make(&world.app.keys, MONDAY);
    let stolen = world.ask(with(thief.proof("POST", "/v1/sync", Some(&phone.token), &nonce))).await;
    assert_eq!((stolen.status, stolen.code().as_str()), (401, "invalid_dpop_proof"));
    let old = world.ask(with(phone.key.proof("POST", "/v1/sync", Some(&phone.token), "old"))).await;
    assert_eq!((old.status, old.code().as_str()), (401, "use_dpop_nonce"));
    assert!(old.header("www-authenticate").unwrap().contains("use_dpop_nonce"));
    let fresh = old.header("dpop-nonce").unwrap().to_owned();
    let right = world.ask(with(phone.key.proof("POST", "/v1/sync", Some(&phone.token), &fresh))).await;
    assert_eq!((right.status, right.code().as_str()), (400, "malformed"), "it passed; there was no body");

    let other_case = world.ask(
        TestRequest::post()
            .uri("/v1/sync")
            .insert_header(("Authorization", format!("dpop  {}", phone.token)))
            .insert_header(("DPoP", phone.key.proof("POST", "/v1/sync", Some(&phone.token), &fresh))),
    );
    assert_eq!(other_case.await.code(), "malformed", "a scheme is read without case (RFC 9110 §11.1)");

    let plain = TestRequest::post().uri("/v1/sync").insert_header(("Authorization", format!("Bearer {}", phone.token)));
    assert_eq!(world.ask(plain).await.status, 401, "a bound token is no bearer token");
    let renewed = phone.key.proof("POST", "/v1/token", None, &fresh);
    let renewed = world.ask(TestRequest::post().uri("/v1/token").insert_header(("DPoP", renewed))).await;
    assert_eq!(renewed.status, 200, "{}", renewed.text());
    let unknown = thief.proof("POST", "/v1/token", None, &fresh);
    assert_eq!(world.ask(TestRequest::post().uri("/v1/token").insert_header(("DPoP", unknown))).await.status, 401);

    crate::enrolment::revoke(&world.app, &phone.key.public().thumbprint()).await.unwrap();
    let revoked = world.ask(with(phone.key.proof("POST", "/v1/sync", Some(&phone.token), &fresh))).await;
    assert_eq!((revoked.status, revoked.code().as_str()), (403, "device_revoked"));
}

#[actix_web::test]
async fn a_device_at_its_limits_is_told_when_and_costs_the_others_nothing() {
    let world = World::open().await;
    let (hostile, mut honest) = (world.phone("031090000123", false).await, world.phone("031190000124", false).await);
    let idle = |phone: &Phone| {
        let (_, request) = phone::ask(phone.cursor, vec![].into(), &world.app.info.server, |m| phone.key.sign(m));
        phone.ask(&world, Method::POST, "/v1/sync").set_payload(request)
    };
    for n in 0..world.app.config.limits.syncs_per_minute {
        assert_eq!(world.ask(idle(&hostile)).await.status, 200, "{n}");
    }
    let work = world.app.merges.done();
    for _ in 0..50 {
        let told = world.ask(idle(&hostile)).await;
        assert_eq!((told.status, told.code().as_str()), (429, "too_many_requests"));
        assert_eq!(told.header("retry-after"), Some("1"));
    }
    assert_eq!(world.app.merges.done(), work, "nothing was computed for it");
    honest.hand_in(&world).await;
    assert_eq!(world.app.merges.done(), work + 4, "two exchanges: each was read once, and merged once");
    world.app.clock.set(MONDAY.plus_seconds(1));
    assert_eq!(world.ask(idle(&hostile)).await.status, 200);
    // At its limits nobody looks it up: the database would say that it is shut out.
    enrolment::revoke(&world.app, &hostile.key.public().thumbprint()).await.unwrap();
    assert_eq!(world.ask(idle(&hostile)).await.code(), "too_many_requests");
    world.app.clock.set(MONDAY.plus_seconds(2));
    assert_eq!(world.ask(idle(&hostile)).await.code(), "device_revoked");
}

#[actix_web::test]
async fn much_news_is_packed_where_no_other_request_waits_for_it() {
    let world = World::open().await;
    let mut writer = world.phone("031090000123", false).await;
    for n in 1..=100 {
        writer.draft(n);
    }
    writer.sync(&world).await;
    let (mut new, work) = (world.phone("031090000123", false).await, world.app.merges.done());
    new.sync(&world).await;
    assert_eq!(new.held.len(), 100);
    assert_eq!(world.app.merges.done(), work + 2, "read, and packed");
    new.sync(&world).await;
    assert_eq!(world.app.merges.done(), work + 3, "nothing to pack");
}

#[actix_web::test]
async fn a_dossier_at_its_limits_keeps_what_is_sent_later_on_the_phone() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    let (id, person) = (phone.draft(1), enrolled_person(&world, &phone).await);
    let limits = &world.app.config.limits;
    let all = (u64::from(limits.changes_per_day), 1);
    world.app.quotas.push((id, person), all, world.app.clock.now()).unwrap();
    let outbox = phone.held[0].push().unwrap();
    let (_, request) = phone::ask(phone.cursor, vec![outbox].into(), &world.app.info.server, |m| phone.key.sign(m));
    let told = world.ask(phone.ask(&world, Method::POST, "/v1/sync").set_payload(request)).await;
    assert_eq!((told.status, told.code().as_str()), (429, "dossier_quota"));
    let seconds: i64 = told.header("retry-after").unwrap().parse().unwrap();
    let other = phone.draft(2);
    // Its changes wait on the phone, and the person's other dossiers go on in the same exchange.
    assert_eq!(phone.sync(&world).await, [Verdict::Waits, Verdict::Accepted]);
    assert_eq!(
        phone.held.iter().map(|held| (held.dossier, held.outbox.len())).collect::<Vec<_>>(),
        [(id, 1), (other, 0)]
    );
    // Somebody else's pushes to it are another matter.
    let stranger = dossier::ids::PersonId(uuid::Uuid::from_u128(9));
    assert!(world.app.quotas.push((id, stranger), (1, 1), world.app.clock.now()).is_ok());
    world.app.clock.set(MONDAY.plus_seconds(seconds));
    assert_eq!(phone.sync(&world).await, [Verdict::Accepted]);
}

#[actix_web::test]
async fn whoever_comes_when_the_queue_is_full_is_asked_to_come_back() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    phone.draft(1);
    let others = world.app.merges.fill();
    let outbox = phone.held[0].push().unwrap();
    let (_, request) = phone::ask(phone.cursor, vec![outbox].into(), &world.app.info.server, |m| phone.key.sign(m));
    let told = world.ask(phone.ask(&world, Method::POST, "/v1/sync").set_payload(request)).await;
    assert_eq!((told.status, told.code().as_str(), told.header("retry-after")), (503, "busy", Some("5")));
    assert_eq!(world.app.merges.done(), 0);
    drop(others);
    assert_eq!(phone.sync(&world).await, [Verdict::Accepted]);
}

async fn enrolled_person(world: &World, phone: &Phone) -> dossier::ids::PersonId {
    let device = phone.key.public().thumbprint();
    crate::store::people::find_device(&world.app.db.read, &device).await.unwrap().unwrap().person
}

#[actix_web::test]
async fn a_device_that_sends_what_no_client_makes_is_shut_out_until_somebody_has_looked() {
    let world = World::open().await;
    let (mut honest, mut hostile) =
        (world.phone("031090000123", false).await, world.phone("031090000123", false).await);
    let id = honest.draft(1);
    // Another device's change, well signed by this one.
    let outbox = honest.held[0].push().unwrap();
    let server = &world.app.info.server;
    let (_, request) = phone::ask(hostile.cursor, vec![outbox].into(), server, |m| hostile.key.sign(m));
    let answer = world.ask(hostile.ask(&world, Method::POST, "/v1/sync").set_payload(request)).await;
    assert_eq!(answer.status, 200, "the answer says which change was refused");
    let idle = |phone: &Phone| {
        let (_, request) = phone::ask(phone.cursor, vec![].into(), server, |m| phone.key.sign(m));
        phone.ask(&world, Method::POST, "/v1/sync").set_payload(request)
    };
    let nonce = nonce::make(&world.app.keys, MONDAY);
    let renew = |phone: &Phone| {
        let proof = phone.key.proof("POST", "/v1/token", None, &nonce);
        TestRequest::post().uri("/v1/token").insert_header(("DPoP", proof))
    };
    for out in [
        world.ask(idle(&hostile)).await,
        world.ask(renew(&hostile)).await,
        hostile.upload(&world, &id, &paper_hash(), PAPER).await,
    ] {
        assert_eq!((out.status, out.code().as_str()), (403, "device_suspended"));
    }
    assert_eq!(honest.sync(&world).await, [Verdict::Accepted], "no other device");
    let device = hostile.key.public().thumbprint();
    let now = world.app.clock.now();
    assert!(crate::store::suspension::end(&world.app.db.write, &device, now).await.unwrap());
    assert!(!crate::store::suspension::end(&world.app.db.write, &device, now).await.unwrap());
    hostile.sync(&world).await;
    assert_eq!(hostile.held.len(), 1);
}

#[actix_web::test]
async fn a_push_for_another_server_or_by_another_key_is_refused() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    phone.draft(1);
    let outbox: Vec<_> = phone.held.iter().filter_map(Replica::push).collect();
    let elsewhere = ServerId(uuid::Uuid::from_u128(1));
    let (_, request) = phone::ask(phone.cursor, outbox.clone().into(), &elsewhere, |m| phone.key.sign(m));
    let answer = world.ask(phone.ask(&world, Method::POST, "/v1/sync").set_payload(request)).await;
    assert_eq!(answer.code(), "signature_invalid");
    let thief = PhoneKey::new();
    let (_, request) = phone::ask(phone.cursor, outbox.into(), &world.app.info.server, |m| thief.sign(m));
    let answer = world.ask(phone.ask(&world, Method::POST, "/v1/sync").set_payload(request)).await;
    assert_eq!(answer.code(), "signature_invalid");
}

#[actix_web::test]
async fn every_error_is_a_problem_with_the_requests_id() {
    let world = World::open().await;
    let phone = world.phone("031090000123", false).await;
    let json_type = ("Content-Type", "application/json");
    let big = vec![0u8; 1024 * 1024 + 2];
    let cases = [
        (TestRequest::get().uri("/nowhere"), 404, "not_found"),
        (TestRequest::delete().uri("/v1/sync"), 405, "method_not_allowed"),
        (TestRequest::post().uri("/v1/devices").insert_header(json_type).set_payload("{"), 400, "malformed"),
        (TestRequest::post().uri("/v1/devices").set_payload("{}"), 415, "unsupported_media_type"),
        (TestRequest::get().uri("/v1/office/inbox"), 401, "unauthorised"),
        (phone.ask(&world, Method::POST, "/v1/sync").set_payload(big), 413, "body_too_large"),
        (phone.ask(&world, Method::POST, "/v1/sync").set_payload("x"), 400, "malformed"),
        (phone.ask(&world, Method::PUT, "/v1/dossiers/x/papers/y"), 404, "not_found"),
    ];
    for (request, status, code) in cases {
        let answer = world.ask(request).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        let id = answer.header("x-request-id").unwrap().to_owned();
        assert_eq!(answer.json()["instance"], format!("urn:uuid:{id}"));
    }
    let refused = world.ask(TestRequest::delete().uri("/v1/sync")).await;
    assert_eq!(refused.header("allow"), Some("POST"));
}

#[actix_web::test]
async fn the_desks_pages_take_a_token_and_no_foreign_form() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    let id = phone.hand_in(&world).await;
    assert_eq!(world.get("/desk").await.header("location"), Some("/desk/sign-in"));
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let sign_in = |token: &str| {
        TestRequest::post().uri("/desk/sign-in").insert_header(form).set_payload(format!("token={token}"))
    };
    assert_eq!(world.ask(sign_in("wrong")).await.status, 401);
    assert_eq!(world.ask(sign_in(&phone.token)).await.status, 401, "a phone's token is no officer's");
    let token = world.officer_of(0);
    let foreign = sign_in(&token).insert_header(("Sec-Fetch-Site", "cross-site"));
    assert_eq!(world.ask(foreign).await.status, 403);
    let signed_in = world.ask(sign_in(&token)).await;
    let cookie = signed_in.header("set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
    let cookie = ("Cookie", cookie.split(';').next().unwrap().to_owned());

    let inbox = world.ask(TestRequest::get().uri("/desk").insert_header(cookie.clone())).await;
    assert!(inbox.text().contains(&format!("/desk/dossiers/{id}")));
    let policy = inbox.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !inbox.text().contains("<script"));
    let page = inbox.text();
    let command = page.split("name=\"command\" value=\"").nth(1).unwrap()[..36].to_owned();
    let accept = || {
        let path = format!("/desk/dossiers/{id}/accept");
        let request = TestRequest::post().uri(&path).insert_header(cookie.clone()).insert_header(form);
        request.set_payload(format!("command={command}"))
    };
    let foreign = accept().insert_header(("Origin", "https://evil.example"));
    assert_eq!(world.ask(foreign).await.status, 403);
    for _ in 0..2 {
        assert_eq!(world.ask(accept()).await.status, 303, "pressing twice accepts once");
    }
    let detail = world.ask(TestRequest::get().uri(&format!("/desk/dossiers/{id}")).insert_header(cookie.clone())).await;
    assert!(detail.text().contains("Được tiếp nhận") && !detail.text().contains("name=\"command\""));
    world.app.clock.set(MONDAY.plus_seconds(601));
    let late = world.ask(TestRequest::get().uri("/desk").insert_header(cookie)).await;
    assert_eq!(late.status, 303, "the token has run out");
}

#[actix_web::test]
async fn an_officer_opens_what_was_handed_in_and_nothing_else() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    let id = phone.draft(1);
    let picture: &'static [u8] = Vec::leak(crate::picture::tests::png(60, 40));
    let pdf: &'static [u8] = b"%PDF-1.7 <script>alert(1)</script>";
    let component = procedure().components[0].id.clone();
    phone.attach_all();
    phone.attach(&component, picture);
    phone.attach(&component, pdf);
    phone.sync(&world).await;
    let draft: &'static [u8] = b"%PDF-1.7 of a draft";
    for bytes in [PAPER, picture, pdf, draft] {
        assert_eq!(phone.upload(&world, &id, &hash_of(bytes), bytes).await.status, 204);
    }
    let officer = world.officer_of(0);
    let path = |bytes: &[u8]| format!("/v1/office/dossiers/{id}/papers/{}", hash_of(bytes));
    let get = async |officer: &str, path: &str| world.office(officer, Method::GET, path, None).await;
    assert_eq!(get(&officer, &path(picture)).await.status, 404, "nothing was handed in yet");
    phone.submit();
    assert_eq!(phone.sync(&world).await, [Verdict::Accepted]);

    let shown = get(&officer, &path(picture)).await;
    assert_eq!((shown.status, shown.header("content-type")), (200, Some("image/jpeg")));
    assert!(shown.header("content-disposition").unwrap().starts_with("inline"));
    assert!(!shown.body.windows(8).any(|w| w == b"<script>"), "a picture made anew");
    for bytes in [PAPER, pdf] {
        let kept = get(&officer, &path(bytes)).await;
        assert_eq!((kept.status, kept.header("content-type")), (200, Some("application/octet-stream")));
        assert!(kept.header("content-disposition").unwrap().starts_with("attachment"));
        assert_eq!(kept.body, bytes);
    }
    for answer in [shown, get(&officer, &path(pdf)).await] {
        assert!(answer.header("content-security-policy").unwrap().ends_with("sandbox"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    assert_eq!(get(&officer, &path(draft)).await.status, 404, "it is stored, and was not handed in");
    assert_eq!(get(&officer, &path(b"unknown")).await.status, 404);
    assert_eq!(get(&world.officer_of(1), &path(picture)).await.status, 404, "another unit's");
    assert_eq!(get("x", &path(picture)).await.status, 401);

    let cookie = ("Cookie", format!("hoso-desk={officer}"));
    let page = async |path: &str| world.ask(TestRequest::get().uri(path).insert_header(cookie.clone())).await;
    let desk = |bytes: &[u8]| format!("/desk/dossiers/{id}/papers/{}", hash_of(bytes));
    let detail = page(&format!("/desk/dossiers/{id}")).await.text();
    for bytes in [PAPER, picture, pdf] {
        assert!(detail.contains(&format!("href=\"{}\"", desk(bytes))), "{detail}");
    }
    assert_eq!(page(&desk(picture)).await.header("content-type"), Some("image/jpeg"));
    assert!(page(&desk(pdf)).await.header("content-disposition").unwrap().starts_with("attachment"));
    let told = page(&desk(PAPER)).await;
    assert!(told.text().contains("không đọc được như một ảnh") && told.header("content-disposition").is_none());
    let original = page(&format!("{}/original", desk(picture))).await;
    assert_eq!(original.body, picture);
    assert!(original.header("content-disposition").unwrap().starts_with("attachment"));
    assert_eq!(world.get(&desk(picture)).await.header("location"), Some("/desk/sign-in"));
}

#[actix_web::test]
async fn what_is_wrong_is_told_as_a_page_to_whoever_reads_pages() {
    let world = World::open().await;
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let html = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let post = |path: &str| TestRequest::post().uri(path);
    let some = "/desk/dossiers/00000000-0000-7000-8000-000000000001/accept";
    let cases = [
        (post("/track").insert_header(form).set_payload("code=1"), 400, "malformed"),
        (post("/track").set_payload("code=1&secret=2"), 415, "unsupported_media_type"),
        (post("/track").insert_header(form).set_payload(vec![b'a'; 16 * 1024 + 1]), 413, "body_too_large"),
        (post("/desk/sign-in").insert_header(form).set_payload("code=1"), 400, "malformed"),
        (post(some).insert_header(form).set_payload(""), 400, "malformed"),
        (TestRequest::put().uri("/desk"), 405, "method_not_allowed"),
        (TestRequest::get().uri("/desk/nowhere"), 404, "not_found"),
        (TestRequest::get().uri("/nowhere").insert_header(html), 404, "not_found"),
        (TestRequest::get().uri("/v1/office/inbox").insert_header(html), 401, "unauthorised"),
    ];
    for (request, status, code) in cases {
        let answer = world.ask(request).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some("text/html; charset=utf-8")),
            "{code}"
        );
        let page = answer.text();
        assert!(page.contains(&format!("<code>{code}</code>")) && page.contains("Chưa thực hiện được"), "{page}");
        assert!(answer.header("content-security-policy").is_some());
        assert!(page.contains(answer.header("x-request-id").unwrap()));
        assert_eq!(answer.header("www-authenticate").is_some(), status == 401);
        assert_eq!(answer.header("allow").is_some(), status == 405);
    }
    let program = world.ask(TestRequest::get().uri("/nowhere").insert_header(("Accept", "*/*"))).await;
    assert_eq!(program.code(), "not_found");
}

#[actix_web::test]
async fn the_description_holds_every_route() {
    let api = routes::openapi();
    let paths: Vec<&String> = api.paths.paths.keys().collect();
    // What `routes.rs` registers, counted there.
    let page = include_str!("../routes.rs");
    let registered =
        page.lines().filter(|l| l.trim_start().starts_with("to.service(")).map(|l| l.matches("service(").count());
    let operations = |item| routes::methods(item).into_iter().filter(|name| *name != "HEAD").count();
    let described: usize = api.paths.paths.values().map(operations).sum();
    assert_eq!(described, registered.sum::<usize>(), "{paths:?}");
    assert!(serde_json::to_value(&api).unwrap()["openapi"].as_str().unwrap().starts_with("3.1"));
}

/// The answers that come before a route's own code runs: from who calls, and from how its body and address are read.
#[actix_web::test]
async fn the_description_holds_the_answers_of_the_framework_too() {
    let api = serde_json::to_value(routes::openapi()).unwrap();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let body = operation["requestBody"]["content"].as_object();
            let media = body.and_then(|content| content.keys().next()).map_or("", String::as_str);
            let mut expected: Vec<&str> = match media {
                "" => vec![],
                "application/octet-stream" => vec!["400", "413"],
                _ => vec!["400", "413", "415"],
            };
            let queried = operation["parameters"].as_array().into_iter().flatten().any(|p| p["in"] == "query");
            expected.extend(queried.then_some("400"));
            expected.extend(path.starts_with("/v1/office/").then_some("401"));
            let phone = operation["tags"][0] == "phone" && path != "/v1/devices";
            expected.extend(phone.then_some(["401", "403"]).into_iter().flatten());
            let of_an_id = path.contains("{dossier}");
            expected.extend(of_an_id.then_some("404"));
            expected
                .extend((path.starts_with("/desk") || path == "/track").then_some("403").filter(|_| method == "post"));
            for status in expected {
                assert!(operation["responses"].get(status).is_some(), "{method} {path} does not tell of {status}");
            }
        }
    }
}

#[actix_web::test]
async fn a_request_of_another_form_is_told_the_field_and_never_what_it_sent() {
    let world = World::open().await;
    let officer = world.officer_of(0);
    let path = format!("/v1/office/dossiers/{}/commands", uuid::Uuid::from_u128(1));
    let key = "018f0000-0000-7000-8000-000000000001";
    let extend = |days: Value| json!({"command": "extend", "apology": "Nguyen Van Mat", "working_days": days});
    let post = |courier: &str, tracking: &str| json!({"command": "hand_to_post", "courier": courier, "tracking": tracking, "seal": "Nguyen Van Mat"});
    let somebody = uuid::Uuid::from_u128(5).to_string();
    let cases = [
        (json!({"command": "hand_over"}), "`recipient` is missing"),
        (extend(json!(100_000)), "`working_days`: expected u16"),
        (extend(json!("Nguyen Van Mat, expected z")), "`working_days`: expected u16"),
        (json!({"command": "request_payment", "amount": 8000.5, "reason": "x"}), "`amount`: expected u64"),
        (json!({"command": "refuse", "reason": ["Nguyen Van Mat"]}), "`reason`: expected a string"),
        (
            json!({"command": "refuse", "reason": "x", "Nguyen Van Mat": 1}),
            "a field that is not known: expected `reason`",
        ),
        (json!({"command": "accept", "Nguyen Van Mat": 1}), "a field that is not known"),
        (json!({"command": "Nguyen Van Mat"}), "`command`: expected one of `accept`, "),
        (json!({}), "`command` is missing"),
        (json!(["Nguyen Van Mat"]), "expected an object"),
        (post(&somebody, "Mat!"), "`tracking`: expected a TrackingNumber"),
        (post("Nguyen Van Mat", "RR123456785VN"), "`courier`: expected a PersonId"),
    ];
    for (body, expected) in cases {
        let answer = world.office(&officer, Method::POST, &path, Some((key, body.clone()))).await;
        let told = answer.json();
        assert_eq!((answer.status, answer.code().as_str()), (400, "malformed"), "{body}");
        assert!(told["detail"].as_str().is_some_and(|detail| detail.starts_with(expected)), "{body}: {told}");
        assert!(!answer.text().contains("Mat"), "{body}: {told}");
    }
    let devices =
        TestRequest::post().uri("/v1/devices").set_json(json!({"code": 7, "public_key": "", "signature": ""}));
    assert_eq!(world.ask(devices).await.json()["detail"], "`code`: expected a string");
    let sent = |body: &'static str| {
        let json = TestRequest::post().uri("/v1/devices").insert_header(("Content-Type", "application/json"));
        world.ask(json.set_payload(body))
    };
    let twice = sent(r#"{"code": "Nguyen Van Mat", "name": "", "code": "Nguyen Van Mat"}"#).await;
    assert_eq!((twice.status, twice.code().as_str()), (400, "malformed"));
    assert!(twice.json()["detail"].as_str().unwrap().starts_with("expected an object, each field once: line 1"));
    let told = sent("{\"code\": \"Nguyen Van Mat").await;
    assert!(told.json()["detail"].as_str().unwrap().starts_with("not JSON: line 1") && !told.text().contains("Mat"));
}

#[actix_web::test]
async fn two_acceptances_of_a_day_take_two_serials_without_a_gap() {
    let world = World::open().await;
    let officer = world.officer_of(0);
    for (n, number) in ["031090000123", "031190000124"].into_iter().enumerate() {
        let mut phone = world.phone(number, false).await;
        let id = {
            phone.draft(n as u128 + 10);
            phone.attach_all();
            phone.sync(&world).await;
            let id = phone.held[0].dossier;
            phone.upload(&world, &id, &paper_hash(), PAPER).await;
            phone.submit();
            phone.sync(&world).await;
            id
        };
        let path = format!("/v1/office/dossiers/{id}/commands");
        let accept = json!({"command": "accept"});
        let key = format!("018f0000-0000-7000-8000-00000000000{n}");
        let answer = world.office(&officer, Method::POST, &path, Some((&key, accept))).await.json();
        assert!(answer["code"].as_str().unwrap().ends_with(&format!("-000{}", n + 1)), "{answer}");
    }
}
