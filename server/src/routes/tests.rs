//! The whole server in memory but for its database: a phone, an officer, a stranger.

mod browser;
mod counter;
mod desk;
mod devices;
mod four_eyes;
mod limits;
#[cfg(feature = "demo")]
mod loss;
mod policy;
mod readings;
mod restore;
mod sign_in;
mod staff_sessions;
mod staff_sign_in;
mod tokens;
mod vectors;
mod words;

use crate::app::tests::{MONDAY, server};
use crate::app::{App, application};
use crate::auth::dpop::tests::PhoneKey;
use crate::auth::policy::Role;
use crate::auth::signature;
use crate::auth::{nonce, token};
use crate::{enrolment, rebuild, routes};
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
    async fn of(response: actix_web::HttpResponse) -> Self {
        let status = response.status().as_u16();
        let header = |(name, value): (&actix_web::http::header::HeaderName, &actix_web::http::header::HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        let headers = response.headers().iter().map(header).collect();
        Answer { status, headers, body: to_bytes(response.into_body()).await.unwrap() }
    }

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
        let [answer] = self.ask_all([request]).await.try_into().ok().unwrap();
        answer
    }

    /// Asks one after the other, of one service.
    async fn ask_all(&self, requests: impl IntoIterator<Item = TestRequest>) -> Vec<Answer> {
        let data = (Data::from(self.app.clone()), Data::new(routes::openapi()));
        let service = init_service(application(data.0, data.1)).await;
        let mut answers = Vec::new();
        for request in requests {
            let response = match try_call_service(&service, request.to_request()).await {
                Ok(response) => response.map_into_boxed_body().into_parts().1,
                Err(error) => error.error_response(),
            };
            answers.push(Answer::of(response).await);
        }
        answers
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
        let word = |name: &str| answer.json()[name].as_str().unwrap().to_owned();
        let (token, refresh) = (word("access_token"), word("refresh_token"));
        Phone { key, token, refresh, cursor: Cursor::default(), held: Vec::new() }
    }

    fn officer(&self, unit: usize) -> Officer {
        let unit = Catalogue::built_in().units()[unit].code.clone();
        Officer { staff: StaffId(uuid::Uuid::from_u128(7)), unit, name: "Lê Thị Cán Bộ".into() }
    }

    fn officer_of(&self, unit: usize) -> String {
        self.staff_of(unit, Role::OneStop)
    }

    fn staff_of(&self, unit: usize, role: Role) -> String {
        self.token_of(&self.officer(unit), role)
    }

    fn token_of(&self, officer: &Officer, role: Role) -> String {
        token::for_staff(&self.app.keys, &self.app.info.server, (officer, role), 10, self.app.clock.now())
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

/// A request with a token and a proof by this key.
fn proven(key: &PhoneKey, (method, path): (Method, &str), token: &str, nonce: &str) -> TestRequest {
    let proof = key.proof(method.as_str(), path, token, nonce);
    with_proof((method, path), token, proof)
}

fn with_proof((method, path): (Method, &str), token: &str, proof: String) -> TestRequest {
    let request = TestRequest::default().method(method).uri(path).insert_header(("Host", "localhost"));
    request.insert_header(("Authorization", format!("DPoP {token}"))).insert_header(("DPoP", proof))
}

struct Phone {
    key: PhoneKey,
    token: String,
    refresh: String,
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
        proven(&self.key, (method, path), &self.token, &nonce)
    }

    /// Asks for the next tokens.
    fn renew(&self, world: &World) -> TestRequest {
        let nonce = nonce::make(&world.app.keys, world.app.clock.now());
        proven(&self.key, (Method::POST, "/v1/token"), &self.refresh, &nonce)
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
        self.submit_to(0);
    }

    fn submit_to(&mut self, unit: usize) {
        let content = Frozen::of(&self.held[0].projection().unwrap(), self.held[0].open.catalogue).hash();
        let act = ActId(uuid::Builder::from_unix_timestamp_millis(MONDAY.0 as u64, &[9; 10]).into_uuid());
        self.write(Intent::Act(act, Act::Submit(content, Catalogue::built_in().units()[unit].code.clone(), None)));
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
    let kept_nowhere = world.office(&officer, Method::GET, "/v1/office/inbox", None).await;
    assert_eq!(kept_nowhere.header("cache-control"), Some("no-store"));

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
    assert_eq!(rebuild::rebuild(&world.app).await.unwrap().dossiers, 1);
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
    let sync = (Method::POST, "/v1/sync");
    let with = |key: &PhoneKey, nonce: &str| proven(key, sync.clone(), &phone.token, nonce);
    let nonce = nonce::make(&world.app.keys, MONDAY);
    let stolen = world.ask(with(&thief, &nonce)).await;
    assert_eq!((stolen.status, stolen.code().as_str()), (401, "invalid_dpop_proof"));
    let old = world.ask(with(&phone.key, "old")).await;
    assert_eq!((old.status, old.code().as_str()), (401, "use_dpop_nonce"));
    assert!(old.header("www-authenticate").unwrap().contains("use_dpop_nonce"));
    let fresh = old.header("dpop-nonce").unwrap().to_owned();
    let right = world.ask(with(&phone.key, &fresh)).await;
    assert_eq!((right.status, right.code().as_str()), (400, "malformed"), "it passed; there was no body");

    let proof = || phone.key.proof("POST", "/v1/sync", &phone.token, &fresh);
    let authorised = |text: String| {
        let request = TestRequest::post().uri("/v1/sync").insert_header(("Host", "localhost"));
        request.insert_header(("Authorization", text)).insert_header(("DPoP", proof()))
    };
    let other_case = world.ask(authorised(format!("dpop  {}", phone.token))).await;
    assert_eq!(other_case.code(), "malformed", "a scheme is read without case (RFC 9110 §11.1)");
    let plain = world.ask(authorised(format!("Bearer {}", phone.token))).await;
    assert_eq!(plain.status, 401, "a bound token is no bearer token");

    let renewed = world.ask(phone.renew(&world)).await;
    assert_eq!(renewed.status, 200, "{}", renewed.text());
    let theirs = proven(&thief, (Method::POST, "/v1/token"), &phone.refresh, &fresh);
    assert_eq!(world.ask(theirs).await.status, 401);

    crate::enrolment::revoke(&world.app, &phone.key.public().thumbprint()).await.unwrap();
    let revoked = world.ask(with(&phone.key, &fresh)).await;
    assert_eq!((revoked.status, revoked.code().as_str()), (403, "device_revoked"));
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
