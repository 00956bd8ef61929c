//! Accounts, their people and their signing-in.

use super::*;

#[tokio::test]
async fn two_accounts_of_a_phone_share_nothing() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    let id = phone.filled();
    let other_key = key(phone.dir.path(), "other");
    let other = open(phone.dir.path(), "other", &Line::new(&hub, keys::public_key(&other_key).unwrap()));
    assert!(other.list().unwrap().cards.is_empty() && other.account().unwrap().is_none());
    assert_eq!(other.detail(&id).err().map(|e| e.code().to_owned()).as_deref(), Some("not_found"));
    let mine = std::fs::read(phone.dir.path().join("me.hoso")).unwrap();
    hub.lock().unwrap().codes.insert("B".into(), (PersonId::from_bytes([2; 16]), false));
    let begun = other.begin_sign_in("http://localhost").unwrap();
    other.finish_sign_in(&format!("x?code=B&state={}", begun.state)).await.unwrap();
    assert_eq!(std::fs::read(phone.dir.path().join("me.hoso")).unwrap(), mine, "signing in touches one file");
    assert_eq!(crate::accounts(phone.dir.path()).unwrap(), ["me", "other"]);
}

#[tokio::test]
async fn an_account_stays_with_its_person_and_a_sign_in_with_its_phone() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 1, false).await;
    hub.lock().unwrap().codes.insert("TW0".into(), (PersonId::from_bytes([2; 16]), false));
    assert_eq!(phone.enrol("TW0").await.unwrap_err().code(), "other_person");
    assert_eq!(phone.enrol("used").await.unwrap_err().code(), "enrolment_refused");
    let stray = phone.client.finish_sign_in("x?code=A&state=stolen").await;
    assert_eq!(stray.unwrap_err().code(), "sign_in_not_begun");
}
