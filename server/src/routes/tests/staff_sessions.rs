//! Who is signed in at the desk: how long, where, in which posting, and what ends it.

use super::browser::{Entered, PASSWORD, post_to};
use super::staff_sign_in::{api_token, goes_to, later, officer};
use super::*;
use crate::staff::{admin, session};

#[actix_web::test]
async fn a_session_ends_when_it_rests_when_it_is_old_and_when_its_holder_says_so() {
    let world = World::open().await;
    let lan = officer(&world).await;
    let mut browser = world.browser();
    browser.sign_in(&lan).await;
    later(&world, session::IDLE_SECONDS - 1);
    assert_eq!(browser.get("/desk").await.status, 200);
    later(&world, session::IDLE_SECONDS);
    assert_eq!(goes_to(&browser.get("/desk").await), (303, Some("/desk/sign-in")), "fifteen minutes");

    browser.sign_in(&lan).await;
    for _ in 0..59 {
        later(&world, 12 * 60);
        assert_eq!(browser.get("/desk").await.status, 200);
    }
    later(&world, 12 * 60);
    assert_eq!(browser.get("/desk").await.status, 303, "twelve hours");

    let begun = world.browser().send("/desk/sign-in", &[("login", "le.lan"), ("password", PASSWORD)]).await;
    browser.cookie = begun.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    later(&world, session::HALF_SECONDS - 1);
    assert_eq!(browser.get("/desk/sign-in/code").await.status, 200);
    later(&world, 1);
    assert_eq!(browser.get("/desk/sign-in/code").await.status, 303, "ten minutes for the code");

    browser.sign_in(&lan).await;
    browser.get("/desk").await;
    let kept = browser.cookie.clone();
    let out = browser.post("/desk/sign-out", &[]).await;
    assert_eq!(goes_to(&out), (303, Some("/desk/sign-in")));
    assert_eq!(out.header("clear-site-data"), Some("\"cookies\", \"storage\""));
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    browser.cookie = kept;
    assert_eq!(browser.get("/desk").await.status, 303, "on the server too");
}

#[actix_web::test]
async fn ones_sessions_are_listed_and_ended_one_by_one_or_all() {
    let world = World::open().await;
    let lan = officer(&world).await;
    let (mut here, mut there, mut third) = (world.browser(), world.browser(), world.browser());
    for (browser, code) in [(&mut here, -1), (&mut there, 0), (&mut third, 1)] {
        assert_eq!(browser.sign_in_with(&lan, &lan.code(&world, code)).await.status, 303);
    }
    let stranger = world.session_of(0, Role::OneStop).await;
    let page = here.get("/desk/sessions").await.text();
    let listed: Vec<&str> =
        page.split("name=\"session\" value=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!((listed.len(), listed[3]), (4, "all"));
    let value = there.cookie.split_once('=').unwrap().1;
    let theirs = session::read(&world.app, value).await.unwrap().unwrap();
    let id = session::short_id(&theirs.held);
    assert_eq!(here.post("/desk/sessions/end", &[("session", &id)]).await.status, 303);
    assert_eq!((there.get("/desk").await.status, third.get("/desk").await.status), (303, 200));
    let value = stranger.0.split_once('=').unwrap().1;
    let strangers = session::short_id(&session::read(&world.app, value).await.unwrap().unwrap().held);
    assert_eq!(here.post("/desk/sessions/end", &[("session", &strangers)]).await.status, 404, "another's");
    assert_eq!(here.post("/desk/sessions/end", &[("session", "all")]).await.status, 303);
    assert_eq!((here.get("/desk").await.status, third.get("/desk").await.status), (303, 303));
    assert!(session::read(&world.app, value).await.unwrap().is_some());
}

#[actix_web::test]
async fn another_password_ends_every_other_session() {
    let world = World::open().await;
    let lan = officer(&world).await;
    let (mut here, mut there) = (world.browser(), world.browser());
    here.sign_in_with(&lan, &lan.code(&world, 0)).await;
    there.sign_in_with(&lan, &lan.code(&world, 1)).await;
    here.get("/desk/password").await;
    let new = "mưa rào trên mái ngói";
    let changed = here.post("/desk/password", &[("present", PASSWORD), ("new", new), ("again", new)]).await;
    assert_eq!(changed.status, 303);
    assert_eq!((here.get("/desk").await.status, there.get("/desk").await.status), (200, 303));
}

#[actix_web::test]
async fn a_programs_token_ends_with_the_sessions_whoever_ends_them() {
    let world = World::open().await;
    let (app, lan) = (&world.app, officer(&world).await);
    let login = "le.lan".parse().unwrap();
    let inbox = async |token: &str| world.office(token, Method::GET, "/v1/office/inbox", None).await.status;
    let mut browser = world.browser();
    browser.sign_in(&lan).await;

    later(&world, 90);
    let token = api_token(&world, &lan, 0).await;
    assert_eq!(inbox(&token).await, 200);
    admin::end_sessions(app, &login).await.unwrap();
    assert_eq!((inbox(&token).await, browser.get("/desk").await.status), (401, 303), "by the operator");
    later(&world, 90);
    let token = api_token(&world, &lan, 0).await;
    assert_eq!(inbox(&token).await, 200, "one from afterwards serves");

    let signed_in = browser.sign_in_with(&lan, &lan.code(&world, 1)).await;
    assert_eq!(goes_to(&signed_in), (303, Some("/desk")));
    assert_eq!(browser.get("/desk/sessions").await.status, 200);
    assert_eq!(browser.post("/desk/sessions/end", &[("session", "all")]).await.status, 303);
    assert_eq!((inbox(&token).await, browser.get("/desk").await.status), (401, 303), "by their holder");

    later(&world, 90);
    let token = api_token(&world, &lan, 0).await;
    assert_eq!(inbox(&token).await, 200);
    admin::reset_totp(app, &login).await.unwrap();
    assert_eq!(inbox(&token).await, 401, "with the authenticator that it rested on");
}

#[actix_web::test]
async fn who_is_disabled_or_whose_posting_ends_is_out_at_once() {
    let world = World::open().await;
    let (app, lan) = (&world.app, officer(&world).await);
    let mut browser = world.browser();
    browser.sign_in(&lan).await;
    assert_eq!(browser.get("/desk").await.status, 200);
    let token = api_token(&world, &lan, 1).await;
    let inbox = async || world.office(&token, Method::GET, "/v1/office/inbox", None).await.status;
    assert_eq!(inbox().await, 200);
    let unit = Catalogue::built_in().units()[0].code.clone();
    admin::end_posting(app, &"le.lan".parse().unwrap(), &unit, Role::OneStop).await.unwrap();
    assert_eq!(goes_to(&browser.get("/desk").await), (303, Some("/desk/sign-in")));
    assert_eq!(inbox().await, 401);
    later(&world, 90);
    browser.sign_in(&lan).await;
    assert_eq!(goes_to(&browser.get("/desk").await), (303, Some("/desk/sign-in/posting")));
    assert!(browser.get("/desk/sign-in/posting").await.text().contains("không có vị trí công tác nào"));
    let old = lan.postings[0].to_string();
    assert_eq!(browser.post("/desk/sign-in/posting", &[("posting", &old)]).await.status, 404);

    post_to(&world, lan.staff, 0, Role::OneStop).await;
    later(&world, 90);
    browser.sign_in(&lan).await;
    let token = api_token(&world, &lan, 1).await;
    let inbox = async || world.office(&token, Method::GET, "/v1/office/inbox", None).await.status;
    assert_eq!((browser.get("/desk").await.status, inbox().await), (200, 200));
    admin::disable(app, &"le.lan".parse().unwrap()).await.unwrap();
    assert_eq!((browser.get("/desk").await.status, inbox().await), (303, 401));
    let again = world.browser().send("/desk/sign-in", &[("login", "le.lan"), ("password", PASSWORD)]).await;
    assert_eq!(again.status, 401);
}

#[actix_web::test]
async fn who_has_several_postings_chooses_one_and_switching_is_another_session() {
    let world = World::open().await;
    let lan = world.enter("le.lan", &[(0, Role::OneStop), (1, Role::UnitHead)]).await;
    let mut browser = world.browser();
    browser.sign_in(&lan).await;
    assert_eq!(goes_to(&browser.get("/desk").await), (303, Some("/desk/sign-in/posting")));
    let page = browser.get("/desk/sign-in/posting").await.text();
    assert!(page.contains("cán bộ một cửa") && page.contains("thủ trưởng đơn vị"), "{page}");
    let stranger = world.enter("tran.minh", &[(0, Role::OneStop)]).await.postings[0].to_string();
    for none in [stranger.as_str(), "x", ""] {
        assert_eq!(browser.post("/desk/sign-in/posting", &[("posting", none)]).await.status, 404);
    }
    let mut before = browser.cookie.clone();
    for (posting, word) in [(0, "cán bộ một cửa"), (1, "thủ trưởng đơn vị")] {
        let id = lan.postings[posting].to_string();
        assert_eq!(goes_to(&browser.post("/desk/sign-in/posting", &[("posting", &id)]).await), (303, Some("/desk")));
        assert_ne!(browser.cookie, before);
        assert!(browser.get("/desk").await.text().contains(word));
        let mut old = world.browser();
        old.cookie = std::mem::replace(&mut before, browser.cookie.clone());
        assert_eq!(old.get("/desk").await.status, 303);
    }
    // Over the API the same is asked with unit and role.
    let ask = async |more: Value, code: i64| {
        let mut asked = json!({"login": "le.lan", "password": PASSWORD, "totp": lan.code(&world, code)});
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.ask(TestRequest::post().uri("/v1/office/sign-in").set_json(asked)).await
    };
    let several = ask(json!({}), 1).await;
    assert_eq!((several.status, several.code().as_str()), (409, "posting_required"));
    let told = several.json()["detail"].as_str().unwrap().to_owned();
    assert!(told.contains("one-stop") && told.contains("unit-head"), "{told}");
    later(&world, 90);
    let one = ask(json!({"role": "unit-head"}), 0).await;
    assert_eq!((one.status, one.json()["role"].clone()), (200, json!("unit-head")));
    assert_eq!(ask(json!({"role": "auditor"}), 1).await.code(), "no_posting");
}

#[actix_web::test]
async fn who_stands_in_is_named_with_whom_and_stops_with_the_leave() {
    let world = World::open().await;
    let app = &world.app;
    let (lan, head) = (officer(&world).await, world.enter("vu.thutruong", &[(0, Role::UnitHead)]).await);
    let unit = Catalogue::built_in().units()[0].code.clone();
    let (login, other) = ("le.lan".parse().unwrap(), "vu.thutruong".parse().unwrap());
    let day = 86_400;
    let stand_in = async |role, from: i64, to: i64| {
        let days = (MONDAY.plus_seconds(from), MONDAY.plus_seconds(to));
        admin::stand_in(app, (&login, &other), (&unit, role), days).await.is_ok()
    };
    assert!(!stand_in(Role::OneStop, 0, day).await, "the head is no such officer");
    assert!(!stand_in(Role::UnitHead, day, day).await && !stand_in(Role::UnitHead, -2 * day, day).await);
    let own = admin::stand_in(app, (&login, &login), (&unit, Role::OneStop), (MONDAY, MONDAY.plus_seconds(day)));
    assert!(own.await.is_err());
    assert!(stand_in(Role::UnitHead, 60, day).await);
    let mut browser = world.browser();
    browser.sign_in(&lan).await;
    assert_eq!(browser.get("/desk").await.status, 200, "one posting counts; the other has not begun");
    later(&world, 60);
    browser.sign_in(&lan).await;
    let page = browser.get("/desk/sign-in/posting").await.text();
    assert!(page.contains("Làm thay Lê Thị Cán Bộ"), "{page}");
    let chosen = page.split("name=\"posting\" value=\"").nth(2).unwrap()[..36].to_owned();
    assert_eq!(browser.post("/desk/sign-in/posting", &[("posting", &chosen)]).await.status, 303);
    let desk = browser.get("/desk").await.text();
    assert!(desk.contains("(thay Lê Thị Cán Bộ)") && desk.contains("thủ trưởng đơn vị"), "{desk}");
    // The posting that was stood in for ends, and so does this.
    admin::end_posting(app, &other, &unit, Role::UnitHead).await.unwrap();
    assert_eq!(goes_to(&browser.get("/desk").await), (303, Some("/desk/sign-in")));
    assert_ne!(head.staff, lan.staff);
}

#[actix_web::test]
async fn a_head_sees_the_desks_beneath_as_the_tree_has_them_on_pages_and_over_the_api() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    let id = phone.hand_in(&world).await;
    let units = Catalogue::built_in().units();
    let list = format!(
        "code,parent,name,kind\nH24,,Hải Phòng,agency\n{},H24,Một,one-stop\n{},,Hai,one-stop\n",
        units[0].code, units[1].code
    );
    admin::import_units(&world.app, list.as_bytes()).await.unwrap();
    let above = admin_posting(&world, "tren", "H24", Role::UnitHead).await;
    let beside = admin_posting(&world, "ben", units[1].code.as_str(), Role::UnitHead).await;
    let officer_above = admin_posting(&world, "canbo", "H24", Role::OneStop).await;
    let specialist = admin_posting(&world, "chuyenvien", units[1].code.as_str(), Role::Specialist).await;
    for (who, sees) in [(&above, true), (&beside, false), (&officer_above, false), (&specialist, false)] {
        let mut browser = world.browser();
        browser.sign_in(who).await;
        let inbox = browser.get("/desk").await.text();
        assert_eq!(inbox.contains(&id.to_string()), sees, "{}", who.login);
        assert!(!inbox.contains("/accept"), "{}: what is not theirs to do is not offered", who.login);
        let opened = browser.get(&format!("/desk/dossiers/{id}")).await;
        assert!(!opened.text().contains("/decisions"), "{}", who.login);
        assert_eq!(opened.status, if sees { 200 } else { 404 }, "{}", who.login);
        let token = api_token(&world, who, 1).await;
        let read = world.office(&token, Method::GET, &format!("/v1/office/dossiers/{id}"), None).await.status;
        assert_eq!(read, if sees { 200 } else { 404 }, "{}", who.login);
        // What is read from above is decided beneath.
        let decisions = browser.get(&format!("/desk/dossiers/{id}/decisions")).await.status;
        assert_eq!(decisions, 404, "{}", who.login);
    }
}

/// Somebody who is posted through a list, as an office does it.
async fn admin_posting(world: &World, login: &str, unit: &str, role: Role) -> Entered {
    let entered = world.enter(login, &[]).await;
    let list = format!("login,name,unit,role,starts,ends\n{login},Lê Thị Cán Bộ,{unit},{role},2026-11-23,\n");
    let did = admin::import_staff(&world.app, list.as_bytes()).await.ok().unwrap();
    assert_eq!((did.accounts.len(), did.postings), (0, 1));
    entered
}
