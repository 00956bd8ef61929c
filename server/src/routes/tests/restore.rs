//! What phones say after the database was put back from a backup, and what is believed of it.

use super::{Phone, World};
use crate::app::tests::MONDAY;
use crate::auth::signature;
use crate::store::{dossiers, people};
use actix_web::http::Method;
use dossier::act::{Act, DeliveryChoice, PostalAddress};
use dossier::delivery::RecipientCode;
use dossier::event::Handover;
use dossier::event::{By, Event, What};
use dossier::exchange::phone::{self, Waiting};
use dossier::ids::{ActId, DossierId, ManifestId, ParcelId, PersonId, Signature};
use dossier::replica::Intent;
use dossier::standing::{SignedStanding, Standing};
use dossier::wire::{AfterRestore, Cursor, Verdict};
use serde_json::json;

async fn events(world: &World, id: &DossierId) -> Vec<Event> {
    dossiers::load(&world.app.db.read, &world.app.keys, id).await.unwrap().0.events
}

async fn standing(world: &World, phone: &Phone, id: &DossierId) -> super::Answer {
    world.ask(phone.ask(world, Method::GET, &format!("/v1/dossiers/{id}/standing"))).await
}

/// Says to the server what it is said to have said.
async fn remind(world: &World, phone: &Phone, standings: Vec<SignedStanding>) {
    let after_restore = Some(AfterRestore { whole: false, standings });
    let waiting = Waiting { after_restore, ..Waiting::default() };
    let (_, request) = phone::ask(phone.cursor, waiting, &world.app.info.server, |m| phone.key.sign(m));
    let answer = world.ask(phone.ask(world, Method::POST, "/v1/sync").set_payload(request)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[actix_web::test]
async fn nothing_of_another_life_is_judged_and_the_phone_is_told_of_this_one() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    phone.sync(&world).await;
    let id = phone.draft(1);
    phone.cursor = Cursor { incarnation: phone.cursor.incarnation + 1, n: 7 };
    assert_eq!(phone.sync(&world).await, [Verdict::Waits]);
    assert_eq!(phone.cursor, Cursor { incarnation: world.app.info.incarnation, n: 0 });
    assert!(dossiers::head(&world.app.db.read, &world.app.keys, &id).await.unwrap().is_none());
    assert_eq!(phone.sync(&world).await, [Verdict::Accepted]);
}

#[actix_web::test]
async fn what_the_server_says_of_a_dossier_it_says_to_its_owner_and_signs() {
    let world = World::open().await;
    let (mut phone, stranger) = (world.phone("031090000123", false).await, world.phone("031190000124", false).await);
    let id = phone.hand_in(&world).await;
    assert_eq!(standing(&world, &stranger, &id).await.code(), "not_found");
    let signed: SignedStanding = minicbor::decode(&standing(&world, &phone, &id).await.body).unwrap();
    let word = signed.verified(&world.app.info.server, &[world.app.keys.public()], &signature::verify).unwrap();
    assert_eq!((word.said.dossier, &word.said.events), (id, &events(&world, &id).await));
    assert_eq!(word.said.changes.len(), phone.held[0].local().unwrap().changes().len());
}

#[actix_web::test]
async fn only_the_server_s_own_word_to_the_owner_is_taken_back() {
    let world = World::open().await;
    let (mut phone, stranger) = (world.phone("031090000123", false).await, world.phone("031190000124", false).await);
    let id = phone.hand_in(&world).await;
    let signed: SignedStanding = minicbor::decode(&standing(&world, &phone, &id).await.body).unwrap();
    let said = signed.unverified().unwrap();
    let forwarded = |seq: u32| {
        let what = What::Refused("Không thuộc thẩm quyền".into());
        Event { seq, at: world.app.clock.now(), by: By::Server, what }
    };
    let mut more = said.clone();
    more.events.push(forwarded(2));
    let mut other = said.clone();
    other.events = vec![forwarded(1), forwarded(2)];
    let by_the_server = |said: &Standing| said.signed(&world.app.info.server, |m| world.app.keys.sign(m));
    // The office's word on somebody else's dossier of the same id, as a life before the last one may have given it.
    let mut of_another = more.clone();
    of_another.owner = PersonId::from_bytes([9; 16]);
    let cases: [(&Phone, SignedStanding, usize); 6] = [
        (&phone, by_the_server(&of_another), 1),
        (&phone, more.signed(&world.app.info.server, |m| phone.key.sign(m)), 1),
        (&phone, more.signed(&world.app.info.server, |_| Signature([0; 64])), 1),
        (&phone, by_the_server(&other), 1),
        (&stranger, by_the_server(&more), 1),
        (&phone, by_the_server(&more), 2),
    ];
    for (who, signed, expected) in cases {
        remind(&world, who, vec![signed]).await;
        assert_eq!(events(&world, &id).await.len(), expected);
    }
    // And once: the same word again finds nothing lost.
    remind(&world, &phone, vec![by_the_server(&more)]).await;
    assert_eq!(events(&world, &id).await, more.events);
    let report = crate::verify::in_one_view(&world.app, None).await.unwrap();
    assert!(report.altered.is_empty(), "{:?}", report.altered);
}

#[actix_web::test]
async fn what_was_said_is_taken_back_up_to_the_parcel_of_a_courier_who_is_not_here_any_more() {
    let world = World::open().await;
    let mut phone = world.phone("031090000123", false).await;
    world.phone("031185000124", true).await;
    let id = phone.hand_in(&world).await;
    let (officer, path) = (world.officer_of(0), format!("/v1/office/dossiers/{id}/commands"));
    let commands =
        [json!({"command": "accept"}), json!({"command": "record_outcome", "granted": true, "summary": "x"})];
    for (n, command) in commands.into_iter().enumerate() {
        let key = format!("018f0000-0000-7000-8000-00000000000{n}");
        assert_eq!(world.office(&officer, Method::POST, &path, Some((&key, command))).await.status, 200);
    }
    phone.sync(&world).await;
    let to = PostalAddress {
        recipient: "Nguyễn Văn Ví Dụ".into(),
        phone: "0900000001".parse().unwrap(),
        area: "31/99901".into(),
        line: "Số 1".into(),
    };
    let act = ActId(uuid::Builder::from_unix_timestamp_millis(MONDAY.0 as u64, &[8; 10]).into_uuid());
    phone.write(Intent::Act(act, Act::ChooseDelivery(DeliveryChoice::ByPost(to))));
    assert_eq!(phone.sync(&world).await, [Verdict::Accepted]);

    let signed: SignedStanding = minicbor::decode(&standing(&world, &phone, &id).await.body).unwrap();
    let said = signed.unverified().unwrap();
    let happened = said.events.len();
    let word = |courier: PersonId| {
        let (parcel, manifest) = (ParcelId::from_bytes([5; 16]), ManifestId::from_bytes([6; 16]));
        let (seal, code) = ("NP-1".to_owned(), RecipientCode::from_entropy(&[7; 8]));
        let handover = Handover { parcel, manifest, courier, tracking: None, seal, code };
        let event =
            |n: usize, what| Event { seq: (happened + n) as u32, at: world.app.clock.now(), by: By::Server, what };
        let mut more = said.clone();
        more.events.push(event(1, What::Forwarded("x".into())));
        more.events.push(event(2, What::HandedToPost(handover)));
        more.events.push(event(3, What::Forwarded("y".into())));
        more.signed(&world.app.info.server, |m| world.app.keys.sign(m))
    };
    remind(&world, &phone, vec![word(PersonId::from_bytes([9; 16]))]).await;
    assert_eq!(events(&world, &id).await.len(), happened + 1, "nobody is fed who is not there");
    let courier = people::find_person(&world.app.db.read, &world.app.keys, &"031185000124".parse().unwrap()).await;
    remind(&world, &phone, vec![word(courier.unwrap().unwrap())]).await;
    assert_eq!(events(&world, &id).await.len(), happened + 3);
}
