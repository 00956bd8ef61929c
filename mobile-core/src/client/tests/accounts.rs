//! Accounts, their people and their signing-in.

use super::*;
use crate::SignInView;

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
    other.enrol("http://localhost", "B").await.unwrap();
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

/// A phone that nobody has signed in on, and the sign-in that was begun on it; the provider knows this code.
async fn begun(hub: &Arc<Mutex<Hub>>) -> (Phone, SignInView) {
    let phone = Phone::new(hub);
    hub.lock().unwrap().codes.insert("c/1".into(), (PersonId::from_bytes([1; 16]), false));
    let begun = phone.client.begin_sign_in("http://localhost", None).await.unwrap();
    (phone, begun)
}

async fn come_back(phone: &Phone, query: &str) -> Result<String, String> {
    let back = phone.client.finish_sign_in(&format!("hoso://signed-in?{query}")).await;
    back.map(|account| account.server).map_err(|error| error.code().to_owned())
}

#[tokio::test]
async fn a_sign_in_survives_the_app_and_serves_once() {
    let hub = Hub::open();
    let (phone, begun) = begun(&hub).await;
    assert!(begun.url.starts_with("https://id.example/"));
    // A system ends apps while the browser is in front.
    let phone = phone.restarted();
    let query = format!("code=c%2F1&state={}&iss=https%3A%2F%2Fid.example", begun.state);
    assert_eq!(come_back(&phone, &query).await.as_deref(), Ok("http://localhost"));
    assert!(phone.client.account().unwrap().is_some());
    phone.filled();
    phone.sync().await;
    assert_eq!(come_back(&phone, &query).await, Err("sign_in_not_begun".into()));
    assert!(hub.lock().unwrap().said.iter().any(|said| said["iss"] == "https://id.example" && said["code"] == "c/1"));
}

#[tokio::test]
async fn a_callback_that_is_not_this_sign_in_s_changes_nothing() {
    let hub = Hub::open();
    let (phone, begun) = begun(&hub).await;
    let (other, other_begun) = self::begun(&hub).await;
    let asked = hub.lock().unwrap().requests.len();
    for (query, told) in [
        ("code=c%2F1&state=stolen".to_owned(), "sign_in_not_begun"),
        (format!("code=c%2F1&state={}", other_begun.state), "sign_in_not_begun"),
        (format!("code=c%2F1&state={}&state=other", begun.state), "not_understood"),
        (format!("state={}", begun.state), "not_understood"),
        ("code=c%2F1".to_owned(), "not_understood"),
        (String::new(), "not_understood"),
    ] {
        assert_eq!(come_back(&phone, &query).await, Err(told.into()), "{query}");
    }
    let denied = format!("error=access_denied&state={}", begun.state);
    assert_eq!(come_back(&phone, &denied).await, Err("sign_in_cancelled".into()));
    assert_eq!(come_back(&other, &denied).await, Err("sign_in_not_begun".into()));
    let failed = format!("error=server_error&state={}", begun.state);
    assert_eq!(come_back(&phone, &failed).await, Err("sign_in_failed".into()));
    assert_eq!(hub.lock().unwrap().requests.len(), asked, "the server was not even asked");
    assert!(phone.client.account().unwrap().is_none());
    // Whoever cancelled may still change their mind.
    assert!(come_back(&phone, &format!("code=c%2F1&state={}", begun.state)).await.is_ok());
}

#[tokio::test]
async fn who_signs_in_on_somebody_else_s_account_is_refused_and_the_account_stays() {
    let hub = Hub::open();
    let phone = Phone::of(&hub, 2, false).await;
    let id = phone.filled();
    let before = phone.client.account().unwrap().unwrap();
    hub.lock().unwrap().codes.insert("c/1".into(), (PersonId::from_bytes([1; 16]), false));
    let begun = phone.client.begin_sign_in("http://localhost", None).await.unwrap();
    let back = come_back(&phone, &format!("code=c%2F1&state={}", begun.state)).await;
    assert_eq!(back, Err("other_person".into()));
    assert_eq!(phone.client.account().unwrap().unwrap(), before);
    assert!(phone.client.detail(&id).unwrap().card.unsent > 0);
}

#[tokio::test]
async fn a_server_that_sends_the_browser_elsewhere_or_offers_no_sign_in_is_told_so() {
    let hub = Hub::open();
    let phone = Phone::new(&hub);
    for bad in ["javascript:alert(1)", "http://id.example/auth", ""] {
        hub.lock().unwrap().sign_in_at = Some(bad.into());
        let begun = phone.client.begin_sign_in("http://localhost", None).await;
        assert_eq!(begun.err().map(|e| e.code().to_owned()).as_deref(), Some("answer_malformed"), "{bad}");
    }
    hub.lock().unwrap().sign_in_at = None;
    let error = phone.client.begin_sign_in("http://localhost", None).await.unwrap_err();
    assert_eq!(error.code(), "sign_in_not_offered");
    assert!(error.message(Language::English).contains("code") && error.kind() == ErrorKind::NeedsUser);
    let unsafe_server = phone.client.begin_sign_in("http://dvc.example", None).await.unwrap_err();
    assert_eq!(unsafe_server.code(), "bad_server_address");
}

/// An app that is told of damage offers to delete the account.
#[test]
fn a_fault_of_the_core_is_not_told_as_damage_and_loses_nothing() {
    let phone = Phone::new(&Hub::open());
    let id = phone.client.new_draft(PROCEDURE).unwrap();
    let call = || phone.client.with(|_| -> Result<(), Error> { panic!("a fault") });
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).is_err());
    assert!(phone.client.detail(&id).is_ok() && phone.client.new_draft(PROCEDURE).is_ok());
}
