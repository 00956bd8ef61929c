//! What a person's book says of a device.

use super::*;
use crate::app::tests::server;
use crate::store::entity::{device, person};
use sea_orm::{ActiveModelTrait as _, ConnectionTrait as _, Set};

/// The hash that the book has of the only device.
async fn said(db: &impl ConnectionTrait, person: &PersonId) -> String {
    let (_, _, items) = book(db, person).await.unwrap();
    let hash = items.iter().find_map(|item| if let Item::Device(_, hash, _) = item { Some(hash) } else { None });
    hex::encode(hash.unwrap())
}

#[tokio::test]
async fn of_a_device_that_was_never_lost_the_book_says_what_it_said_before_devices_could_be() {
    let (_dir, app) = server().await;
    let db = &app.db.write;
    let person = PersonId(uuid::Uuid::from_u128(1));
    let owner = person::ActiveModel {
        id: Set(person.0),
        sealed: Set(vec![0]),
        lookup: Set(vec![0]),
        courier: Set(false),
        created_at: Set(1),
        version: Set(0),
        tip: Set(None),
    };
    let device = device::ActiveModel {
        thumbprint: Set(vec![2; 32]),
        person: Set(person.0),
        public_key: Set(vec![7; 64]),
        name: Set(vec![1, 2, 3]),
        enrolled_at: Set(5),
        revoked_at: Set(None),
        lost_at: Set(None),
    };
    owner.insert(db).await.unwrap();
    device.insert(db).await.unwrap();
    // SHA-256 of the CBOR array, as sha256sum prints it: key, name, 5, null, no suspensions.
    assert_eq!(said(db, &person).await, "5d762f115d663de5c4de68b27d67452db934333baebb4baeab6e46b534f1b55e");
    db.execute_unprepared("update device set revoked_at = 6, lost_at = 7").await.unwrap();
    // The same with 6 in the place of null, and 7 at its end.
    assert_eq!(said(db, &person).await, "0dca7b31483d1fb0e7d14d7a7c08720034363b4fcc72857d602d1e504b84ea53");
}
