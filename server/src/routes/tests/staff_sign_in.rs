//! Signing in at the desk, and everything that somebody else tries there.

use super::browser::{Entered, PASSWORD};
use super::*;
use crate::auth::policy::{LINES, Who};
use crate::staff::password::{Password, hash_here};
use crate::staff::{admin, totp};
use crate::store::{accounts, desk_sessions as sessions, postings};

pub(super) async fn officer(world: &World) -> Entered {
    world.enter("le.lan", &[(0, Role::OneStop)]).await
}

pub(super) fn goes_to(answer: &Answer) -> (u16, Option<&str>) {
    (answer.status, answer.header("location"))
}

pub(super) fn later(world: &World, seconds: i64) {
    world.app.clock.set(world.app.clock.now().plus_seconds(seconds));
}

pub(super) async fn api_token(world: &World, who: &Entered, later: i64) -> String {
    let asked = json!({"login": who.login, "password": PASSWORD, "totp": who.code(world, later)});
    let answer = world.ask(TestRequest::post().uri("/v1/office/sign-in").set_json(asked)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn the_first_sign_in_binds_an_authenticator_and_asks_for_another_password() {
    let world = World::open().await;
    let app = &world.app;
    let first = admin::create_first(app, &"quan.tri".parse().unwrap(), "Phạm Thị Quản Trị").await.unwrap();
    assert!(admin::create_first(app, &"khac".parse().unwrap(), "Kẻ Khác").await.is_err(), "there is one");
    let mut browser = world.browser();
    let begun = browser.send("/desk/sign-in", &[("login", "Quan.Tri "), ("password", &first.password)]).await;
    assert_eq!(goes_to(&begun), (303, Some("/desk/sign-in/authenticator")));
    for page in ["/desk", "/desk/sessions", "/desk/sign-in/code", "/desk/password", "/desk/sign-in/posting"] {
        assert_eq!(goes_to(&browser.get(page).await), (303, Some("/desk/sign-in/authenticator")), "{page}");
    }
    let page = browser.get("/desk/sign-in/authenticator").await.text();
    assert!(page.contains("<svg") && page.contains("otpauth://totp/Ho%20So:quan.tri?secret="), "{page}");
    assert_eq!(page, browser.get("/desk/sign-in/authenticator").await.text(), "the same key until it is bound");
    let account = accounts::by_login(&app.db.read, "quan.tri").await.unwrap().unwrap();
    let sealed = sessions::of(&app.db.read, &account.staff).await.unwrap().remove(0).totp_new.unwrap();
    let key = accounts::open_totp(&app.keys, &account.staff, &sealed).unwrap();
    assert!(page.contains(&totp::text(&key)));
    let code = totp::code(&key, totp::step(app.clock.now()));
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(browser.post("/desk/sign-in/authenticator", &[("code", wrong)]).await.status, 401);
    let half = browser.cookie.clone();
    let bound = browser.post("/desk/sign-in/authenticator", &[("code", &code)]).await;
    assert_eq!(bound.status, 200, "{}", bound.text());
    assert_ne!(browser.cookie, half);
    assert_eq!(bound.text().matches("<li><code>").count(), 10, "recovery codes, told once");
    assert_eq!(goes_to(&browser.get("/desk").await), (303, Some("/desk/password")), "the password was another's");
    browser.get("/desk/password").await;
    let change = async |browser: &mut super::browser::Browser<'_>, present: &str, new: &str, again: &str| {
        browser.post("/desk/password", &[("present", present), ("new", new), ("again", again)]).await.status
    };
    for (present, new, again) in [
        (first.password.as_str(), "ngắn quá", "ngắn quá"),
        (&first.password, PASSWORD, "chuồn chuồn"),
        (&first.password, &first.password, &first.password),
        (&first.password, "matkhau123456", "matkhau123456"),
        ("khác", PASSWORD, PASSWORD),
    ] {
        assert_eq!(change(&mut browser, present, new, again).await, 422, "{new}");
    }
    assert_eq!(change(&mut browser, &first.password, PASSWORD, PASSWORD).await, 303);
    // The only posting was taken without asking; an administrator opens no dossier.
    assert_eq!(browser.get("/desk").await.status, 403);
    assert_eq!(browser.get("/desk/sessions").await.status, 200);
    let again = world.browser().send("/desk/sign-in", &[("login", "quan.tri"), ("password", &first.password)]).await;
    assert_eq!(again.status, 401, "the one-time password served");
}

#[actix_web::test]
async fn a_one_time_password_waits_three_days() {
    let world = World::open().await;
    let first = admin::create_first(&world.app, &"quan.tri".parse().unwrap(), "Quản Trị").await.unwrap();
    let try_after = async |seconds| {
        world.app.clock.set(MONDAY.plus_seconds(seconds));
        let fields = [("login", "quan.tri"), ("password", first.password.as_str())];
        world.browser().send("/desk/sign-in", &fields).await.status
    };
    assert_eq!(try_after(3 * 86_400 - 1).await, 303);
    assert_eq!(try_after(3 * 86_400).await, 401);
}

#[actix_web::test]
async fn each_step_goes_on_under_another_value_and_a_planted_one_is_worth_nothing() {
    let world = World::open().await;
    let lan = officer(&world).await;
    let mut browser = world.browser();
    let planted = format!("hoso-desk={}", "a".repeat(64));
    browser.cookie = planted.clone();
    browser.send("/desk/sign-in", &[("login", "le.lan"), ("password", PASSWORD)]).await;
    let half = browser.cookie.clone();
    browser.get("/desk/sign-in/code").await;
    let half_token = browser.csrf.clone();
    assert_eq!(
        goes_to(&browser.post("/desk/sign-in/code", &[("code", &lan.code(&world, 0))]).await),
        (303, Some("/desk"))
    );
    let whole = browser.cookie.clone();
    assert_eq!(browser.get("/desk").await.status, 200);
    assert_ne!(browser.csrf, half_token);
    for old in [&planted, &half] {
        let mut other = world.browser();
        other.cookie.clone_from(old);
        assert_eq!(goes_to(&other.get("/desk").await), (303, Some("/desk/sign-in")));
        assert_eq!(goes_to(&other.get("/desk/sign-in/code").await), (303, Some("/desk/sign-in")));
    }
    let attributes = world.browser().sign_in_with(&lan, &lan.code(&world, 1)).await;
    let cookie = attributes.header("set-cookie").unwrap();
    for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Strict"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert_ne!(cookie.split(';').next().unwrap(), whole);
    let stored = sessions::of(&world.app.db.read, &lan.staff).await.unwrap();
    let value = whole.split_once('=').unwrap().1;
    assert!(stored.iter().all(|held| hex::encode(&held.id) != value), "only an HMAC of it is kept");
}

#[actix_web::test]
async fn who_signs_in_again_in_one_browser_leaves_no_session_behind() {
    let world = World::open().await;
    let lan = officer(&world).await;
    let mut browser = world.browser();
    browser.sign_in(&lan).await;
    let before = browser.cookie.clone();
    browser.send("/desk/sign-in", &[("login", "le.lan"), ("password", "không phải của Lan")]).await;
    assert_eq!(browser.get("/desk").await.status, 200, "a sign-in that failed ends nothing");
    later(&world, 60);
    browser.sign_in(&lan).await;
    assert_eq!(browser.get("/desk").await.status, 200);
    browser.cookie = before;
    assert_eq!(goes_to(&browser.get("/desk").await), (303, Some("/desk/sign-in")));
    assert_eq!(sessions::of(&world.app.db.read, &lan.staff).await.unwrap().len(), 1);
}

#[actix_web::test]
async fn a_code_serves_once_and_so_does_a_recovery_code() {
    let world = World::open().await;
    let lan = officer(&world).await;
    let code = lan.code(&world, 0);
    assert_eq!(world.browser().sign_in_with(&lan, &code).await.status, 303);
    assert_eq!(world.browser().sign_in_with(&lan, &code).await.status, 401, "the same code");
    assert_eq!(world.browser().sign_in_with(&lan, &lan.code(&world, -1)).await.status, 401, "an earlier one");
    assert_eq!(world.browser().sign_in_with(&lan, &lan.code(&world, 1)).await.status, 303);
    let typed = lan.recovery[0].to_lowercase().replace('-', " ").replace('0', "o");
    assert_eq!(world.browser().sign_in_with(&lan, &typed).await.status, 303);
    assert_eq!(world.browser().sign_in_with(&lan, &lan.recovery[0]).await.status, 401, "used");
    assert_eq!(world.browser().sign_in_with(&lan, &lan.recovery[1]).await.status, 303);
    let other = world.enter("tran.minh", &[(0, Role::OneStop)]).await;
    let other_uses = world.browser().sign_in_with(&other, &lan.recovery[1]).await;
    assert_eq!(other_uses.status, 303, "of each the own: these two have the same ones, and Minh's were not used");
}

#[actix_web::test]
async fn five_failures_lock_an_account_and_who_knows_the_password_is_told_nothing() {
    let world = World::open().await;
    let lan = officer(&world).await;
    let first = async |password: &str| {
        let fields = [("login", "le.lan"), ("password", password)];
        world.browser().send("/desk/sign-in", &fields).await
    };
    let wrong = first("sai rồi sai rồi").await;
    for _ in 1..4 {
        assert_eq!(first("sai rồi sai rồi").await.status, 401);
    }
    assert_eq!(first(PASSWORD).await.status, 303, "after four");
    assert_eq!(first("sai rồi sai rồi").await.status, 401, "the fifth");
    let locked = first(PASSWORD).await;
    assert_eq!((locked.status, locked.text()), (401, wrong.text()), "the same answer");
    later(&world, 59);
    assert_eq!(first(PASSWORD).await.status, 401);
    later(&world, 1);
    assert_eq!(first(PASSWORD).await.status, 303, "a minute");
    assert_eq!(first("sai rồi sai rồi").await.status, 401, "the sixth");
    later(&world, 119);
    assert_eq!(first(PASSWORD).await.status, 401);
    later(&world, 1);
    // Codes are counted with passwords.
    let mut browser = world.browser();
    assert_eq!(browser.sign_in_with(&lan, "000000").await.status, 401, "the seventh");
    later(&world, 239);
    assert_eq!(browser.post("/desk/sign-in/code", &[("code", &lan.code(&world, 0))]).await.status, 401);
    later(&world, 1);
    assert_eq!(browser.post("/desk/sign-in/code", &[("code", &lan.code(&world, 0))]).await.status, 303, "four minutes");
    let inbox = browser.get("/desk").await.text();
    assert!(inbox.contains("11 failed\ntries"), "seven, and four while it was locked: {inbox}");
    later(&world, 60);
    assert_eq!(world.browser().sign_in_with(&lan, "000001").await.status, 401);
    assert_eq!(world.browser().sign_in(&lan).await.status, 303, "a good sign-in begins anew");
}

#[actix_web::test]
async fn tries_at_the_same_moment_are_each_counted() {
    let world = World::open().await;
    let lan = officer(&world).await;
    let wrong = (0..8).map(|n| crate::staff::sign_in::with_code(&world.app, &lan.staff, ["000000", "000001"][n % 2]));
    futures_util::future::join_all(wrong).await.into_iter().for_each(|tried| assert!(tried.unwrap().is_none()));
    let account = accounts::find(&world.app.db.read, &lan.staff).await.unwrap().unwrap();
    assert_eq!((account.failures, account.tries), (5, 8), "five, then it was locked");
}

#[actix_web::test]
async fn an_address_tries_twenty_times_a_minute_and_others_are_none_the_worse() {
    let world = World::open().await;
    let lan = officer(&world).await;
    let mut flood = world.browser();
    for n in 0..20 {
        let fields = [("login", format!("khong.co{n}")), ("password", "1".repeat(12))];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(flood.send("/desk/sign-in", &fields).await.status, 401);
    }
    let refused = flood.send("/desk/sign-in", &[("login", "khong.co"), ("password", "1")]).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("3")));
    let mut other = world.browser();
    other.from = "192.0.2.2:9".parse().unwrap();
    assert_eq!(other.sign_in(&lan).await.status, 303);
    later(&world, 3);
    assert_eq!(flood.send("/desk/sign-in", &[("login", "khong.co"), ("password", "1")]).await.status, 401);
}

#[actix_web::test]
async fn a_flood_from_everywhere_takes_no_more_memory_than_its_places_and_an_officer_gets_in() {
    let world = World::open().await;
    let lan = officer(&world).await;
    let places: Vec<_> = std::iter::from_fn(|| world.app.door.hashing.enter().ok()).take(1_000).collect();
    assert_eq!(places.len(), 18, "two that work and sixteen that wait");
    let mut browser = world.browser();
    let busy = browser.send("/desk/sign-in", &[("login", "le.lan"), ("password", PASSWORD)]).await;
    assert_eq!((busy.status, busy.header("retry-after")), (503, Some("5")));
    drop(places);
    let account = accounts::find(&world.app.db.read, &lan.staff).await.unwrap().unwrap();
    assert_eq!(account.failures, 0, "who was sent away has failed at nothing");
    assert_eq!(browser.sign_in(&lan).await.status, 303);
}

#[actix_web::test]
async fn a_program_signs_in_with_everything_at_once_and_is_told_nothing() {
    let world = World::open().await;
    let lan = officer(&world).await;
    let ask = async |login: &str, password: &str, totp: &str| {
        let asked = json!({"login": login, "password": password, "totp": totp});
        world.ask(TestRequest::post().uri("/v1/office/sign-in").set_json(asked)).await
    };
    let code = lan.code(&world, 0);
    let refused = ask("le.lan", PASSWORD, "000000").await;
    assert_eq!((refused.status, refused.code().as_str()), (401, "wrong_credentials"));
    let told = |answer: &Answer| (answer.status, answer.json()["title"].clone(), answer.json()["code"].clone());
    for (login, password, totp) in [("le.lan", "sai", code.as_str()), ("khong.co", PASSWORD, &code), ("", "", "")] {
        assert_eq!(told(&ask(login, password, totp).await), told(&refused));
    }
    let given = ask("LE.LAN", PASSWORD, &code).await;
    assert_eq!((given.status, given.json()["expires_in"].clone()), (200, json!(600)));
    assert_eq!(given.header("cache-control"), Some("no-store"));
    assert_eq!(ask("le.lan", PASSWORD, &code).await.status, 401, "each code once");
    let fresh = admin::create_first(&world.app, &"quan.tri".parse().unwrap(), "Quản Trị").await.unwrap();
    assert_eq!(ask("quan.tri", &fresh.password, "000000").await.code(), "sign_in_unfinished");
}

#[actix_web::test]
async fn every_form_of_the_desk_is_of_its_session() {
    let world = World::open().await;
    let mut seen = 0;
    for line in LINES.iter().filter(|line| line.method == "POST" && line.path.starts_with("/desk")) {
        if matches!(line.who, Who::Everybody) {
            assert_eq!(line.path, "/desk/sign-in", "there is no session yet that its form could be of");
            continue;
        }
        seen += 1;
        let role = match line.who {
            Who::Staff(act) => Role::ALL.into_iter().find(|role| may(&world, *role, act)).unwrap(),
            _ => Role::OneStop,
        };
        let (own, other) = (world.session_of(0, role).await, world.session_of(0, role).await);
        let path = line.path.replace("{dossier}", "00000000-0000-7000-8000-000000000001").replace("{n}", "1");
        let send = async |fields: &[(&str, &str)], cookie: &str| {
            let request = TestRequest::post().uri(&path).insert_header(("Cookie", cookie.to_owned()));
            let answer = world.ask(request.insert_header(("Sec-Fetch-Site", "same-origin")).set_form(fields)).await;
            (answer.status, answer.text().contains("<code>csrf</code>"))
        };
        let refused = (403, true);
        assert_eq!(send(&[], &own.0).await, refused, "{path}: no token");
        assert_eq!(send(&[("csrf", "")], &own.0).await, refused, "{path}: an empty one");
        assert_eq!(send(&[("csrf", &other.1)], &own.0).await, refused, "{path}: another session's");
        assert_eq!(send(&[("csrf", &own.1), ("csrf", &other.1)], &own.0).await, refused, "{path}: two");
        let (_, asked_for_token) = send(&[("csrf", &own.1)], &own.0).await;
        assert!(!asked_for_token, "{path}: the own one");
    }
    assert!(seen >= 7, "{seen}");
}

fn may(world: &World, role: Role, act: crate::auth::policy::Act) -> bool {
    let officer = world.officer(0);
    crate::auth::policy::Staff { officer, role, beneath: Default::default(), fresh: true }.may(act)
}

#[actix_web::test]
async fn by_https_the_cookie_is_this_hosts_alone_and_browsers_come_back_by_nothing_else() {
    let (_dir, app) = server().await;
    let config = crate::config::Config { https: true, ..app.config.clone() };
    let secure = App::open(config, crate::app::Clock::settable(MONDAY)).await.unwrap();
    let world = World { _dir, app: secure };
    officer(&world).await;
    let begun = world.browser().send("/desk/sign-in", &[("login", "le.lan"), ("password", PASSWORD)]).await;
    let cookie = begun.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("__Host-hoso=") && cookie.contains("; Secure") && cookie.contains("; Path=/"),
        "{cookie}"
    );
    assert!(begun.header("strict-transport-security").unwrap().starts_with("max-age=63072000"));
    let plain = World { _dir: tempfile::tempdir().unwrap(), app };
    let page = plain.get("/desk/sign-in").await;
    assert_eq!(page.header("strict-transport-security"), None);
    for (name, value) in
        [("cross-origin-opener-policy", "same-origin"), ("cross-origin-resource-policy", "same-origin")]
    {
        assert_eq!(page.header(name), Some(value));
    }
    assert!(page.header("permissions-policy").unwrap().contains("camera=()"));
}

#[actix_web::test]
async fn a_hash_of_weaker_make_is_made_anew_at_the_next_sign_in() {
    let world = World::open().await;
    let (app, lan) = (&world.app, officer(&world).await);
    // The same password under fewer passes, as an older version would have made it.
    let weak = crate::staff::password::tests::weak(&app.keys, &lan.staff, &Password::typed(PASSWORD));
    accounts::set_password(&app.db.write, &lan.staff, &weak, None).await.unwrap();
    assert_eq!(world.browser().sign_in(&lan).await.status, 303);
    let now = accounts::find(&app.db.read, &lan.staff).await.unwrap().unwrap().password.unwrap();
    assert!(now != weak && !crate::staff::password::is_outdated(&now));
    assert_eq!(world.browser().sign_in_with(&lan, &lan.code(&world, 1)).await.status, 303);
}

#[actix_web::test]
async fn rows_that_nobody_wrote_with_the_servers_keys_let_nobody_in_and_give_no_role() {
    use sea_orm::ConnectionTrait as _;
    let world = World::open().await;
    let (app, lan) = (&world.app, officer(&world).await);
    let mut browser = world.browser();
    browser.sign_in(&lan).await;
    assert_eq!(browser.get("/desk").await.status, 200);
    app.db.write.execute_unprepared("update posting set role = 'unit-head'").await.unwrap();
    assert_eq!(browser.get("/desk").await.status, 303);
    assert!(postings::all(&app.db.read, &app.keys).await.unwrap().is_empty());
    let minh = world.enter("tran.minh", &[(0, Role::UnitHead)]).await;
    // Somebody's own hash, put into another's row.
    let own = hash_here(&app.keys, &lan.staff, &Password::typed("mật khẩu của kẻ trộm"));
    accounts::set_password(&app.db.write, &minh.staff, &own, None).await.unwrap();
    let fields = [("login", "tran.minh"), ("password", "mật khẩu của kẻ trộm")];
    assert_eq!(world.browser().send("/desk/sign-in", &fields).await.status, 401);
}

#[actix_web::test]
async fn a_list_with_a_fault_enters_nothing_and_twice_is_once() {
    let world = World::open().await;
    let app = &world.app;
    admin::import_units(app, b"code,parent,name,kind\nH24,,H\xe1\xba\xa3i Ph\xc3\xb2ng,agency\n").await.unwrap();
    let good = "login,name,unit,role,starts,ends\nle.lan,Lê Thị Lan,H24,auditor,2026-11-01,\n";
    let bad = format!("{good}tran.minh,Trần Minh,H99,auditor,2026-11-01,\n");
    let refused = admin::import_staff(app, bad.as_bytes()).await.err().unwrap().to_string();
    assert_eq!(refused, "line 3: unit: no such unit\nnothing was entered; faults: 1");
    assert!(accounts::all(&app.db.read).await.unwrap().is_empty());
    let first = admin::import_staff(app, good.as_bytes()).await.ok().unwrap();
    assert_eq!((first.accounts.len(), first.postings, first.ends), (1, 1, 0));
    let again = admin::import_staff(app, good.as_bytes()).await.ok().unwrap();
    assert_eq!((again.accounts.len(), again.postings, again.ends), (0, 0, 0));
    // The one-time password that was printed opens the sign-in.
    let fields = [("login", "le.lan"), ("password", first.accounts[0].password.as_str())];
    assert_eq!(world.browser().send("/desk/sign-in", &fields).await.status, 303);
    let ended = good.replace("01,\n", "01,2026-11-22\n");
    assert_eq!(admin::import_staff(app, ended.as_bytes()).await.ok().unwrap().ends, 1);
}

#[actix_web::test]
async fn the_operator_gives_what_was_lost_anew_and_nothing_of_before_serves() {
    let world = World::open().await;
    let (app, lan, login) = (&world.app, officer(&world).await, "le.lan".parse().unwrap());
    let mut browser = world.browser();
    browser.sign_in(&lan).await;
    let given = admin::reset_password(app, &login).await.ok().unwrap();
    assert_eq!(browser.get("/desk").await.status, 303, "sessions end");
    let old = [("login", "le.lan"), ("password", PASSWORD)];
    assert_eq!(world.browser().send("/desk/sign-in", &old).await.status, 401);
    let fields = [("login", "le.lan"), ("password", given.password.as_str())];
    assert_eq!(goes_to(&browser.send("/desk/sign-in", &fields).await), (303, Some("/desk/sign-in/code")));
    browser.get("/desk/sign-in/code").await;
    assert_eq!(browser.post("/desk/sign-in/code", &[("code", &lan.code(&world, 1))]).await.status, 303);
    assert_eq!(goes_to(&browser.get("/desk").await), (303, Some("/desk/password")));
    admin::reset_totp(app, &login).await.ok().unwrap();
    assert_eq!(browser.get("/desk").await.status, 303);
    assert_eq!(goes_to(&browser.send("/desk/sign-in", &fields).await), (303, Some("/desk/sign-in/authenticator")));
    let proved = crate::staff::sign_in::with_code(app, &lan.staff, &lan.recovery[0]).await.unwrap();
    assert!(proved.is_none(), "recovery codes went with the authenticator");
}
