//! What a device may cost, and what becomes of one that sends what no client makes.

use super::*;

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
    // At its limits nobody looks whether it is shut out.
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
    for out in [
        world.ask(idle(&hostile)).await,
        world.ask(hostile.renew(&world)).await,
        hostile.upload(&world, &id, &paper_hash(), PAPER).await,
    ] {
        assert_eq!((out.status, out.code().as_str()), (403, "device_suspended"));
    }
    assert_eq!(honest.sync(&world).await, [Verdict::Accepted], "no other device");
    let device = hostile.key.public().thumbprint();
    let refused = crate::suspension::refused(&world.app, &device).await.unwrap();
    let told: Vec<_> = refused.iter().map(|(line, signed)| (line.code.as_str(), line.attack, *signed)).collect();
    assert_eq!(told, [("actor", true, Some(true))], "its own signature is kept");
    assert!(crate::suspension::end(&world.app, &device).await.unwrap());
    assert!(!crate::suspension::end(&world.app, &device).await.unwrap());
    hostile.sync(&world).await;
    assert_eq!(hostile.held.len(), 1);
}

/// Puts a phone back from its own older copy and lets both write: two contents under one number.
async fn forked(world: &World) -> (Phone, DossierId) {
    let mut phone = world.phone("031090000123", false).await;
    let id = phone.draft(1);
    assert_eq!(phone.sync(world).await, [Verdict::Accepted]);
    let older = phone.held[0].clone();
    let note = |text: &str| Intent::SetFields(vec![("applicant_name".parse().unwrap(), Some(text.into()))]);
    phone.write(note("Nguyễn Văn Một"));
    assert_eq!(phone.sync(world).await, [Verdict::Accepted]);
    phone.held[0] = older;
    phone.write(note("Nguyễn Văn Hai"));
    phone.write(note("Nguyễn Văn Ba"));
    (phone, id)
}

#[actix_web::test]
async fn a_second_content_for_a_number_is_kept_with_the_signature_of_its_device() {
    let world = World::open().await;
    let (mut phone, id) = forked(&world).await;
    let second = phone.held[0].push().unwrap().changes[0].clone();
    let verdicts = phone.sync(&world).await;
    assert!(matches!(verdicts[..], [Verdict::Forked(0, 2, _), Verdict::DependsOnRefused]), "{verdicts:?}");
    let device = phone.key.public().thumbprint();
    let refused = crate::suspension::refused(&world.app, &device).await.unwrap();
    let [(line, Some(true))] = &refused[..] else { panic!("{} lines", refused.len()) };
    assert_eq!((line.dossier, line.code.as_str(), line.attack), (id, "forked", false));
    let proof = line.proof.as_ref().unwrap();
    assert_eq!(proof.change, second);
    // Of one change more, of another dossier, by another key, it shows nothing.
    let holds = |proof: &dossier::decide::Proof, id: &DossierId, key| {
        proof.holds(&world.app.info.server, id, key, &signature::verify)
    };
    let (other, key) = (PhoneKey::new().public(), phone.key.public());
    let altered = dossier::decide::Proof { change: dossier::wire::Blob(vec![0; 90]), ..proof.clone() };
    let mut cut = proof.clone();
    cut.evidence.rest.clear();
    assert!(holds(proof, &id, &key) && !holds(proof, &id, &other) && !holds(&altered, &id, &key));
    assert!(!holds(proof, &DossierId(uuid::Uuid::from_u128(1)), &key) && !holds(&cut, &id, &key));
    // Told so, the phone goes on under its next epoch, and nothing of it is lost.
    assert!(phone.sync(&world).await.iter().all(|verdict| *verdict == Verdict::Accepted));
    assert!(phone.held[0].outbox.is_empty());
}

#[actix_web::test]
async fn the_public_page_answers_a_wrong_secret_an_unknown_code_and_nonsense_alike_and_not_for_ever() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    let id = phone.hand_in(&world).await;
    let accept = Some(("018f0000-0000-7000-8000-000000000001", json!({"command": "accept"})));
    let commands = format!("/v1/office/dossiers/{id}/commands");
    let accepted = world.office(&world.officer_of(0), Method::POST, &commands, accept).await.json();
    let code = accepted["code"].as_str().unwrap().to_owned();
    phone.sync(&world).await;
    let secret = phone.held[0].course().acceptance.unwrap().tracking_secret.reveal().to_owned();
    let look = |from: u32, code: &str, secret: &str| {
        let address = std::net::SocketAddr::from((std::net::Ipv4Addr::from(from), 9));
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        let request = TestRequest::post().uri("/track").peer_addr(address).insert_header(form);
        world.ask(request.set_payload(format!("code={code}&secret={secret}")))
    };
    for typed in [code.clone(), code.to_lowercase(), format!("+{code}+")] {
        assert!(look(1, &typed, &secret).await.text().contains(&code), "{typed}");
    }
    let unknown = format!("{}9", &code[..code.len() - 1]);
    let told = |answer: &Answer| {
        let told = answer.headers.iter().filter(|(name, _)| name != "x-request-id" && name != "date");
        (answer.status, told.cloned().collect::<Vec<_>>(), answer.body.clone())
    };
    let wrong = look(2, &code, "0000000000").await;
    for (n, (code, secret)) in
        [(unknown.as_str(), secret.as_str()), ("x", "y"), (&unknown, "0000000000"), ("", "")].iter().enumerate()
    {
        assert_eq!(told(&look(3 + n as u32, code, secret).await), told(&wrong), "{code}");
    }
    // Five wrong ones, and both codes, the one that is there and the one that is not, wait with right and wrong alike.
    for (n, (code, more)) in [(&code, 4), (&unknown, 3)].into_iter().enumerate() {
        for m in 0..more {
            assert_eq!(look(100 + 10 * n as u32 + m, code, "0000000000").await.status, 200);
        }
    }
    let waits = [look(200, &code, &secret).await, look(201, &unknown, &secret).await, look(202, &code, "1").await];
    for answer in &waits {
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some("180")), "{}", answer.text());
    }
    for n in 0..10 {
        assert_eq!(look(300, &format!("other{n}"), "1").await.status, 200);
    }
    assert_eq!(look(300, "other", "1").await.status, 429, "one address in a minute");
    world.app.clock.set(MONDAY.plus_seconds(180));
    assert!(look(200, &code, &secret).await.text().contains(&code), "its holder comes again");
}
