//! What is said of requests that are wrong, and what the description says of all of them.

use super::*;

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
async fn the_description_holds_every_route() {
    let api = routes::openapi();
    let paths: Vec<&String> = api.paths.paths.keys().collect();
    // What `routes.rs` registers, counted there.
    let page = include_str!("../../routes.rs");
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
            let binds = path == "/v1/devices" || path.starts_with("/v1/sign-in");
            let phone = operation["tags"][0] == "phone" && !binds;
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
        (post(&somebody, "Mat\u{7}"), "`tracking`: expected a TrackingNumber"),
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
