//! Citizens who sign in at a provider: who comes in, what is kept of them, and what serves nobody.

use super::devices::order;
use super::*;
use crate::provider::Provider;
use crate::provider::double::{Back, Double, Mishap, REDIRECT};
use crate::store::people;
use crate::verify::in_one_view;
use dossier::ids::PersonId;
use dossier::wire::sign_in_message;
use std::io::Write;
use std::sync::Mutex;

const NUMBER: &str = "031090000123";

fn citizen() -> Value {
    json!({
        "LoaiTaiKhoan": "1", "SoDinhDanh": NUMBER, "HoVaTen": "Nguyễn Văn Ví Dụ", "NgaySinh": "19900501",
        "TechID": "t-1", "loAs": "2",
    })
}

async fn with_provider() -> (World, Double) {
    let (world, double) = (World::open().await, Double::start(MONDAY, citizen()).await);
    assert!(world.app.provider.set(Provider::new(double.settings()).unwrap()).is_ok());
    (world, double)
}

/// The same server after it was stopped: what it knew of the provider is forgotten.
async fn restarted(world: &World, double: &Double) -> World {
    let app = App::open(world.app.config.clone(), world.app.clock.clone()).await.unwrap();
    assert!(app.provider.set(Provider::new(double.settings()).unwrap()).is_ok());
    World { _dir: tempfile::tempdir().unwrap(), app }
}

async fn post(world: &World, path: &str, body: Value) -> Answer {
    world.ask(TestRequest::post().uri(path).set_json(body)).await
}

fn beginning(key: &PhoneKey) -> Value {
    json!({"device": key.public().thumbprint().to_string()})
}

/// The browser is sent to the provider, where somebody agrees, and is back.
async fn back(world: &World, double: &Double, key: &PhoneKey) -> Back {
    let begun = post(world, "/v1/sign-in", beginning(key)).await;
    assert_eq!((begun.status, begun.header("cache-control")), (200, Some("no-store")), "{}", begun.text());
    let word = begun.json();
    assert_eq!(word["expires_in"], 600);
    let back = double.agree(word["url"].as_str().unwrap());
    assert_eq!(word["state"], back.state);
    back
}

fn finishing(world: &World, key: &PhoneKey, back: &Back) -> Value {
    let message = sign_in_message(&world.app.info.server, &key.public(), &back.state, &back.code);
    let signature = key.sign(&message);
    json!({"state": back.state, "code": back.code, "name": "máy của An", "public_key": key.public().to_string(),
        "signature": signature.to_string()})
}

async fn finish(world: &World, key: &PhoneKey, back: &Back) -> Answer {
    post(world, "/v1/sign-in/finish", finishing(world, key, back)).await
}

async fn sign_in(world: &World, double: &Double, key: &PhoneKey) -> Answer {
    let back = back(world, double, key).await;
    finish(world, key, &back).await
}

fn person(answer: &Answer) -> PersonId {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["person"].as_str().unwrap().parse().unwrap()
}

fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status, answer.code())
}

fn refused() -> (u16, String) {
    (403, "sign_in_refused".into())
}

#[actix_web::test]
async fn a_citizen_who_signs_in_is_the_person_whom_the_office_entered() {
    let (world, double) = with_provider().await;
    let by_code = world.phone(NUMBER, false).await;
    let known = people::owner_of(&world.app.db.read, &by_code.key.public().thumbprint()).await.unwrap();
    let key = PhoneKey::new();
    let signed_in = sign_in(&world, &double, &key).await;
    assert_eq!(Some(person(&signed_in)), known);
    assert_eq!(signed_in.json()["courier"], false);
    // The token is worth what one by a code is.
    let token = signed_in.json()["access_token"].as_str().unwrap().to_owned();
    let refresh = signed_in.json()["refresh_token"].as_str().unwrap().to_owned();
    let mut phone = Phone { key, token, refresh, cursor: Cursor::default(), held: Vec::new() };
    phone.hand_in(&world).await;
    let report = in_one_view(&world.app, None).await.unwrap();
    assert!(report.altered.is_empty() && report.people == 1, "{:?}", report.altered);
}

#[actix_web::test]
async fn somebody_new_is_entered_once_however_often_they_sign_in() {
    let (world, double) = with_provider().await;
    let key = PhoneKey::new();
    let first = person(&sign_in(&world, &double, &key).await);
    assert_eq!(person(&sign_in(&world, &double, &key).await), first, "the same phone again");
    assert_eq!(person(&sign_in(&world, &double, &PhoneKey::new()).await), first, "another phone");
    let entries = in_one_view(&world.app, None).await.unwrap();
    assert!(entries.altered.is_empty(), "{:?}", entries.altered);
    double.with().claims.insert("SoDinhDanh".into(), json!("031190000124"));
    let other = sign_in(&world, &double, &key).await;
    assert_eq!(refusal(&other), (409, "device_key_taken".into()), "a key belongs to one person");
    assert_ne!(person(&sign_in(&world, &double, &PhoneKey::new()).await), first);
}

#[actix_web::test]
async fn what_is_kept_of_a_citizen_is_five_things_and_all_else_is_nowhere() {
    let (world, double) = with_provider().await;
    let canary = |n: u32| format!("CANARY{n}X");
    let others = [
        "SoCMND",
        "HoChieu",
        "MaSoThue",
        "MaSoDoanhNghiep",
        "TenDoanhNghiep",
        "MaBHXH",
        "ThuDienTu",
        "SoDienThoai",
        "GioiTinh",
        "DanToc",
        "TonGiao",
        "TinhTrangHonNhan",
        "QuocTich",
        "NoiDangKyKhaiSinh",
        "QueQuan",
        "ThuongTru",
        "NoiOHienNay",
        "Cha",
        "Me",
        "VoChong",
        "NguoiDaiDien",
        "ChuHo",
        "email",
        "phone_number",
        "address",
        "picture",
    ];
    for (n, name) in (0..).zip(others) {
        double.with().claims.insert(name.into(), json!({"deep": [canary(n)]}));
    }
    // Half of what is wanted comes beside the ID token, with canaries of its own.
    let number = double.with().claims.remove("SoDinhDanh").unwrap();
    double.with().userinfo =
        json!({"sub": "s-1", "SoDinhDanh": number, "Them": canary(99)}).as_object().unwrap().clone();
    let log = Log::default();
    let listening = log.listen();
    let key = PhoneKey::new();
    let signed_in = sign_in(&world, &double, &key).await;
    let id = person(&signed_in);
    let again = back(&world, &double, &key).await;
    double.with().claims.insert("loAs".into(), json!("1"));
    let low = finish(&world, &key, &again).await;
    assert_eq!(refusal(&low), (403, "assurance_too_low".into()));
    drop(listening);

    let kept = people::plain(&world.app.db.read, &world.app.keys, &id).await;
    let birth = dossier::wire::to_bytes(&("t-1", 2u8, "1990-05-01"));
    let whole = [dossier::wire::to_bytes(&("Nguyễn Văn Ví Dụ", NUMBER)), birth].concat();
    // An array of three in the place of an array of two.
    assert_eq!(kept, [&[0x83], &whole[1..]].concat());
    let mut looked_at = vec![signed_in.text(), low.text(), log.text()];
    for entry in std::fs::read_dir(&world.app.config.data).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            looked_at.push(String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned());
        }
    }
    // With PostgreSQL the tables lie in no file of ours.
    let files = if world.app.config.database.is_some() { 3 } else { 5 };
    assert!(looked_at.len() >= files && log.text().contains("device enrolled"), "{}", log.text());
    for text in &looked_at {
        for secret in ["CANARY", NUMBER, "Ví Dụ", "19900501", "1990-05-01", "at-1", "geheim", &again.code, &again.state]
        {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}

/// What is logged in one test, down to the last detail.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Listens until what is returned is dropped. As long as there is one listener only, the library asks the thread that
    /// comes first whether anybody does, and that may be another test's: so there are two.
    fn listen(&self) -> (tracing::Dispatch, tracing::subscriber::DefaultGuard) {
        let (log, filter) = (self.clone(), "server=trace,tracing_actix_web=trace");
        let other = tracing::Dispatch::new(tracing_subscriber::registry());
        let told = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
        (other, tracing::subscriber::set_default(told.with_writer(move || log.clone()).finish()))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

#[actix_web::test]
async fn another_name_than_the_office_s_is_taken_and_the_office_s_is_kept_beside_it() {
    let (world, double) = with_provider().await;
    let by_code = world.phone(NUMBER, false).await;
    let id = people::owner_of(&world.app.db.read, &by_code.key.public().thumbprint()).await.unwrap().unwrap();
    let app = &world.app;
    double.with().claims.insert("HoVaTen".into(), json!("NGUYỄN VĂN MINH HỌA"));
    // On a phone that is bound already nothing changes but the name.
    assert_eq!(person(&sign_in(&world, &double, &by_code.key).await), id);
    assert!(!people::is_named_otherwise(&app.db.read, &app.keys, &id, "Nguyễn Văn Minh Họa").await.unwrap());
    let kept = String::from_utf8_lossy(&people::plain(&app.db.read, &app.keys, &id).await).into_owned();
    assert!(kept.contains("NGUYỄN VĂN MINH HỌA") && kept.contains("Nguyễn Văn Ví Dụ"), "{kept}");
    let report = in_one_view(app, None).await.unwrap();
    assert!(report.altered.is_empty(), "the person's book speaks of the new name: {:?}", report.altered);
}

#[actix_web::test]
async fn a_state_serves_one_device_once_and_the_same_device_is_answered_again() {
    let (world, double) = with_provider().await;
    let (key, thief) = (PhoneKey::new(), PhoneKey::new());
    let once = back(&world, &double, &key).await;
    let id = person(&finish(&world, &key, &once).await);
    let asked = double.with().asked.len();
    assert_eq!(person(&finish(&world, &key, &once).await), id, "the first answer may have been lost");
    assert_eq!(double.with().asked.len(), asked, "and the provider is not asked for it");
    assert_eq!(refusal(&finish(&world, &thief, &once).await), refused(), "overheard");
    let other = Back { state: once.state.clone(), code: "other".into() };
    assert_eq!(refusal(&finish(&world, &key, &other).await), refused());
    let unknown = Back { state: "x".repeat(43), code: once.code.clone() };
    assert_eq!(refusal(&finish(&world, &key, &unknown).await), refused());
    // What failed once does not succeed later.
    let second = back(&world, &double, &key).await;
    let wrong = Back { state: second.state.clone(), code: "guessed".into() };
    assert_eq!(refusal(&finish(&world, &key, &wrong).await), refused());
    assert_eq!(refusal(&finish(&world, &key, &second).await), refused());
}

#[actix_web::test]
async fn an_app_that_catches_what_the_browser_brings_cannot_finish_with_a_key_of_its_own() {
    let (world, double) = with_provider().await;
    let (key, thief) = (PhoneKey::new(), PhoneKey::new());
    let caught = back(&world, &double, &key).await;
    assert_eq!(refusal(&finish(&world, &thief, &caught).await), refused());
    assert!(!double.with().asked.iter().any(|path| path == "/token"), "the provider is not even asked");
    assert!(people::all(&world.app.db.read).await.unwrap().is_empty());
    for wrong in [json!({}), json!({"device": "x"})] {
        assert_eq!(refusal(&post(&world, "/v1/sign-in", wrong.clone()).await), (400, "malformed".into()), "{wrong}");
    }
    person(&sign_in(&world, &double, &key).await);
}

#[actix_web::test]
async fn a_sign_in_waits_ten_minutes() {
    let (world, double) = with_provider().await;
    let key = PhoneKey::new();
    for (seconds, ok) in [(599, true), (600, false)] {
        world.app.clock.set(MONDAY);
        let back = back(&world, &double, &key).await;
        world.app.clock.set(MONDAY.plus_seconds(seconds));
        double.with().now = MONDAY.plus_seconds(seconds).0 / 1000;
        assert_eq!(finish(&world, &key, &back).await.status == 200, ok, "{seconds}");
        // Not even the device that it bound is answered after that.
        world.app.clock.set(MONDAY.plus_seconds(600));
        assert_eq!(refusal(&finish(&world, &key, &back).await), refused());
    }
}

#[actix_web::test]
async fn who_finishes_holds_the_key_and_was_given_state_and_code() {
    let (world, double) = with_provider().await;
    let (key, thief) = (PhoneKey::new(), PhoneKey::new());
    let back = back(&world, &double, &key).await;
    let honest = finishing(&world, &key, &back);
    let mut stolen = honest.clone();
    stolen["public_key"] = json!(thief.public().to_string());
    let mut swapped = honest.clone();
    swapped["code"] = json!("another");
    for forged in [stolen, swapped] {
        let told = post(&world, "/v1/sign-in/finish", forged).await;
        assert_eq!(refusal(&told), (400, "signature_invalid".into()));
    }
    assert_eq!(person(&post(&world, "/v1/sign-in/finish", honest).await).to_string().len(), 36, "nothing was used up");
}

#[actix_web::test]
async fn who_is_not_fit_is_told_why_and_nobody_is_entered() {
    let (world, double) = with_provider().await;
    let cases = [
        ("loAs", json!("1"), "assurance_too_low"),
        ("loAs", Value::Null, "sign_in_refused"),
        ("LoaiTaiKhoan", json!("2"), "organisation_account"),
        ("SoDinhDanh", Value::Null, "sign_in_refused"),
        ("SoDinhDanh", json!("999999999999"), "sign_in_refused"),
        ("HoVaTen", json!("Ví\u{202e} Dụ"), "sign_in_refused"),
        ("nonce", json!("other"), "sign_in_refused"),
        ("aud", json!(["hoso:1", "other"]), "sign_in_refused"),
        ("sub", json!(""), "sign_in_refused"),
    ];
    for (name, value, code) in cases {
        double.with().claims.insert(name.into(), value.clone());
        let told = sign_in(&world, &double, &PhoneKey::new()).await;
        assert_eq!(refusal(&told), (403, code.into()), "{name} {value}");
        double.with().claims = citizen().as_object().unwrap().clone();
    }
    assert!(people::all(&world.app.db.read).await.unwrap().is_empty());
    person(&sign_in(&world, &double, &PhoneKey::new()).await);
}

#[actix_web::test]
async fn a_key_that_was_shut_out_waits_for_a_code_of_the_office() {
    let (world, double) = with_provider().await;
    let key = PhoneKey::new();
    let once = back(&world, &double, &key).await;
    let id = person(&finish(&world, &key, &once).await);
    assert!(enrolment::revoke(&world.app, &key.public().thumbprint()).await.unwrap());
    let revoked = (403, "device_revoked".to_owned());
    assert_eq!(refusal(&finish(&world, &key, &once).await), revoked, "also with what bound it before");
    assert_eq!(refusal(&sign_in(&world, &double, &key).await), revoked);
    assert_eq!(person(&sign_in(&world, &double, &PhoneKey::new()).await), id, "the person comes in with another key");
}

#[actix_web::test]
async fn a_lost_key_that_comes_by_the_provider_is_given_the_order() {
    let (world, double) = with_provider().await;
    let key = PhoneKey::new();
    let once = back(&world, &double, &key).await;
    person(&finish(&world, &key, &once).await);
    world.app.clock.set(MONDAY.plus_seconds(1));
    assert!(enrolment::lose(&world.app, &key.public().thumbprint()).await.unwrap());
    for answer in [finish(&world, &key, &once).await, sign_in(&world, &double, &key).await] {
        assert_eq!(order(&world, &answer, &key.public()), Some(MONDAY.plus_seconds(1).0), "{}", answer.text());
    }
    person(&sign_in(&world, &double, &PhoneKey::new()).await);
}

#[actix_web::test]
async fn a_provider_that_is_down_costs_no_sign_in() {
    let (world, double) = with_provider().await;
    let key = PhoneKey::new();
    let waiting = back(&world, &double, &key).await;
    let at = MONDAY.plus_seconds(590);
    world.app.clock.set(at);
    double.with().now = at.0 / 1000;
    let unavailable = (503, "provider_unavailable".to_owned());
    double.with().mishap = Some(("/keys", Mishap::Fails));
    let broken = restarted(&world, &double).await;
    let told = finish(&broken, &key, &waiting).await;
    assert_eq!((refusal(&told), told.header("retry-after")), (unavailable.clone(), Some("5")));
    assert_eq!(refusal(&post(&broken, "/v1/sign-in", beginning(&key)).await), unavailable);
    double.with().mishap = None;
    person(&finish(&world, &key, &waiting).await);
    // Where the code has gone out and nothing came back, it is worth nothing any more.
    double.with().mishap = Some(("/token", Mishap::SaysNothing));
    let lost = back(&world, &double, &key).await;
    assert_eq!(refusal(&finish(&world, &key, &lost).await), unavailable);
    double.with().mishap = None;
    assert_eq!(refusal(&finish(&world, &key, &lost).await), refused());
}

#[actix_web::test]
async fn only_registered_addresses_are_come_back_to() {
    let (world, double) = with_provider().await;
    for registered in [REDIRECT, "https://app.example/in"] {
        let key = PhoneKey::new();
        let mut asked = beginning(&key);
        asked["redirect_uri"] = json!(registered);
        let begun = post(&world, "/v1/sign-in", asked).await;
        assert_eq!(begun.status, 200, "{}", begun.text());
        let back = double.agree(begun.json()["url"].as_str().unwrap());
        person(&finish(&world, &key, &back).await);
    }
    for other in
        ["https://app.example/in/", "https://app.example/in?x=1", "https://evil.example", "", "HOSO://signed-in"]
    {
        let mut asked = beginning(&PhoneKey::new());
        asked["redirect_uri"] = json!(other);
        let told = post(&world, "/v1/sign-in", asked).await;
        assert_eq!(refusal(&told), (400, "malformed".into()), "{other}");
        assert!(told.text().contains("redirect_uri") && !told.text().contains("evil"));
    }
}

#[actix_web::test]
async fn without_a_provider_the_office_s_codes_remain() {
    let world = World::open().await;
    let not_offered = (404, "sign_in_not_offered".to_owned());
    assert_eq!(refusal(&post(&world, "/v1/sign-in", beginning(&PhoneKey::new())).await), not_offered);
    let back = Back { state: "s".into(), code: "c".into() };
    assert_eq!(refusal(&finish(&world, &PhoneKey::new(), &back).await), not_offered);
    world.phone(NUMBER, false).await;
}

#[actix_web::test]
async fn who_only_begins_does_not_fill_the_disk_and_is_forgotten() {
    let (world, double) = with_provider().await;
    for _ in 0..20 {
        back(&world, &double, &PhoneKey::new()).await;
    }
    assert_eq!(refusal(&post(&world, "/v1/sign-in", beginning(&PhoneKey::new())).await), (503, "busy".into()));
    world.app.clock.set(MONDAY.plus_seconds(600));
    assert_eq!(post(&world, "/v1/sign-in", beginning(&PhoneKey::new())).await.status, 200, "their time is over");
}

#[actix_web::test]
async fn of_two_that_come_at_once_with_one_state_one_wins() {
    let (world, double) = with_provider().await;
    let key = PhoneKey::new();
    let back = back(&world, &double, &key).await;
    let all = (0..4).map(|_| finish(&world, &key, &back));
    let answers = futures_util::future::join_all(all).await;
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(won, 1, "{:?}", answers.iter().map(refusal).collect::<Vec<_>>());
    assert!(answers.iter().all(|a| [200, 403, 503].contains(&a.status)));
    let exchanged = double.with().asked.iter().filter(|path| *path == "/token").count();
    assert_eq!(exchanged, 1, "the state is used up before the code goes out");
}

#[actix_web::test]
async fn what_is_kept_for_one_sign_in_does_not_serve_another() {
    use sea_orm::ConnectionTrait as _;
    let (world, double) = with_provider().await;
    let key = PhoneKey::new();
    let (one, two) = (back(&world, &double, &key).await, back(&world, &double, &key).await);
    // What is kept for one sign-in is put beside the state of the other.
    let swap = "update sign_in set kept = (select kept from sign_in s where s.state != sign_in.state)";
    world.app.db.write.execute_unprepared(swap).await.unwrap();
    let mut statuses = Vec::new();
    for back in [one, two] {
        statuses.push(finish(&world, &key, &back).await.status);
    }
    assert!(statuses.contains(&500), "{statuses:?}");
}
