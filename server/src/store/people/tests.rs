//! What a person's book says of a device.

use super::*;
use crate::app::tests::server;
use sea_orm::ConnectionTrait as _;

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
    let insert = format!(
        "insert into person (id, sealed, lookup, courier, created_at, version) values (x'{:032x}', x'00', x'00', 0, 1, 0);
         insert into device (thumbprint, person, public_key, name, enrolled_at) values (x'{}', x'{:032x}', x'{}', x'010203', 5)",
        1,
        "02".repeat(32),
        1,
        "07".repeat(64)
    );
    db.execute_unprepared(&insert).await.unwrap();
    // SHA-256 of the CBOR array, as sha256sum prints it: key, name, 5, null, no suspensions.
    assert_eq!(said(db, &person).await, "5d762f115d663de5c4de68b27d67452db934333baebb4baeab6e46b534f1b55e");
    db.execute_unprepared("update device set revoked_at = 6, lost_at = 7").await.unwrap();
    // The same with 6 in the place of null, and 7 at its end.
    assert_eq!(said(db, &person).await, "0dca7b31483d1fb0e7d14d7a7c08720034363b4fcc72857d602d1e504b84ea53");
}
