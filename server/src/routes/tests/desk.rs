//! The desk's pages and what an officer may open.

use super::*;

#[actix_web::test]
async fn the_desks_pages_take_a_session_and_no_foreign_form() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    let id = phone.hand_in(&world).await;
    assert_eq!(world.get("/desk").await.header("location"), Some("/desk/sign-in"));
    let (cookie, csrf) = world.session_of(0, Role::OneStop).await;
    let cookie = ("Cookie", cookie);
    for token in [world.officer_of(0), phone.token.clone()] {
        let by_token = TestRequest::get().uri("/desk").insert_header(("Authorization", format!("Bearer {token}")));
        assert_eq!(world.ask(by_token).await.status, 303, "programs have their own door");
        let planted = TestRequest::get().uri("/desk").insert_header(("Cookie", format!("hoso-desk={token}")));
        assert_eq!(world.ask(planted).await.status, 303, "a token is no session");
    }
    let by_cookie = TestRequest::get().uri("/v1/office/inbox").insert_header(cookie.clone());
    assert_eq!(world.ask(by_cookie).await.status, 401, "nor is a session a token");

    let inbox = world.ask(TestRequest::get().uri("/desk").insert_header(cookie.clone())).await;
    assert!(inbox.text().contains(&format!("/desk/dossiers/{id}")));
    let policy = inbox.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !inbox.text().contains("<script"));
    let page = inbox.text();
    let command = page.split("name=\"command\" value=\"").nth(1).unwrap()[..36].to_owned();
    let accept = || {
        let path = format!("/desk/dossiers/{id}/accept");
        let fields = [("command", command.as_str()), ("csrf", csrf.as_str())];
        TestRequest::post().uri(&path).insert_header(cookie.clone()).set_form(fields)
    };
    let foreign = ["cross-site", "same-site", "none"].map(|site| ("Sec-Fetch-Site", site));
    for foreign in foreign.into_iter().chain([("Origin", "https://evil.example")]) {
        assert_eq!(world.ask(accept().insert_header(foreign)).await.status, 403, "{foreign:?}");
    }
    for not_reviewed in ["Tên đơn vị", "Danh mục xã", "Bộ quy tắc", "Giờ làm việc của bộ phận một cửa"]
    {
        let detail = world.ask(TestRequest::get().uri(&format!("/desk/dossiers/{id}")).insert_header(cookie.clone()));
        assert!(detail.await.text().contains(not_reviewed), "{not_reviewed}");
    }
    for _ in 0..2 {
        assert_eq!(world.ask(accept()).await.status, 303, "pressing twice accepts once");
    }
    let detail = world.ask(TestRequest::get().uri(&format!("/desk/dossiers/{id}")).insert_header(cookie.clone())).await;
    assert!(detail.text().contains("Được tiếp nhận") && !detail.text().contains("name=\"command\""));
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

    let cookie = ("Cookie", world.session_of(0, Role::OneStop).await.0);
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
    let (cookie, csrf) = world.session_of(0, Role::OneStop).await;
    let cookie = ("Cookie", cookie);
    let some = "/desk/dossiers/00000000-0000-7000-8000-000000000001/accept";
    let cases = [
        (post("/track").insert_header(form).set_payload("code=1"), 400, "malformed"),
        (post("/track").set_payload("code=1&secret=2"), 415, "unsupported_media_type"),
        (post("/track").insert_header(form).set_payload(vec![b'a'; 16 * 1024 + 1]), 413, "body_too_large"),
        (post("/desk/sign-in").insert_header(form).set_payload("code=1"), 400, "malformed"),
        (post(some).insert_header(cookie.clone()).set_form([("csrf", &csrf)]), 400, "malformed"),
        (post(some).insert_header(form).insert_header(cookie).set_payload(""), 403, "csrf"),
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
