//! Against the double: what comes back from an honest provider, and what from each kind of other.

use super::double::{Back, Double, Key, Mishap, REDIRECT};
use super::*;
use crate::app::tests::MONDAY;
use serde_json::json;

async fn opened() -> (Double, Provider) {
    let double = Double::start(MONDAY, json!({"name": "Nguyễn Văn Ví Dụ"})).await;
    let provider = Provider::new(double.settings()).unwrap();
    (double, provider)
}

async fn agreed(double: &Double, provider: &Provider) -> (Begun, Back) {
    let begun = provider.begin(REDIRECT, MONDAY).await.unwrap();
    let back = double.agree(&begun.url);
    (begun, back)
}

async fn finish(provider: &Provider, kept: &Kept, code: &str, iss: Option<&str>) -> Result<Verified, Failed> {
    provider.finish(kept, &Callback { code, iss }, &["name"], MONDAY).await
}

/// A whole sign-in.
async fn sign_in(double: &Double, provider: &Provider) -> Result<Verified, Failed> {
    let (begun, back) = agreed(double, provider).await;
    finish(provider, &begun.kept, &back.code, None).await
}

fn is_unavailable(tried: &Result<Verified, Failed>) -> bool {
    matches!(tried, Err(Failed::Unavailable(_)))
}

#[tokio::test]
async fn an_honest_provider_is_believed_and_its_documents_are_asked_for_once() {
    let (double, provider) = opened().await;
    for _ in 0..2 {
        let verified = sign_in(&double, &provider).await.unwrap();
        assert_eq!((verified.subject.as_str(), &verified.claims["name"]), ("s-1", &json!("Nguyễn Văn Ví Dụ")));
    }
    let asked = double.with().asked.clone();
    assert_eq!(asked, ["/.well-known/openid-configuration", "/keys", "/token", "/token"], "userinfo was not needed");
    provider.is_there(MONDAY.plus_seconds(3_600)).await.unwrap();
    assert_eq!(double.with().asked.len(), 6, "after an hour they are asked for again");
}

#[tokio::test]
async fn no_two_sign_ins_share_a_secret() {
    let (double, provider) = opened().await;
    let (one, one_back) = agreed(&double, &provider).await;
    let (two, two_back) = agreed(&double, &provider).await;
    assert!(one.kept.nonce != two.kept.nonce && one.kept.verifier != two.kept.verifier);
    assert!(one_back.state == one.state && one.state != two.state && one.state.len() == 43);
    assert!(!one.url.contains(&one.kept.verifier), "the verifier stays here");
    // The code of one does not serve another, whose verifier and nonce it was not made for.
    let mixed = finish(&provider, &one.kept, &two_back.code, None).await;
    assert_eq!(mixed.err(), Some(refused("token endpoint: invalid_grant")));
}

#[tokio::test]
async fn a_code_serves_once_and_for_its_own_address() {
    let (double, provider) = opened().await;
    let (begun, back) = agreed(&double, &provider).await;
    assert!(finish(&provider, &begun.kept, &back.code, None).await.is_ok());
    let invalid = Some(refused("token endpoint: invalid_grant"));
    assert_eq!(finish(&provider, &begun.kept, &back.code, None).await.err(), invalid);
    let (begun, back) = agreed(&double, &provider).await;
    let elsewhere = Kept { redirect_uri: "https://app.example/in".into(), ..begun.kept };
    assert_eq!(finish(&provider, &elsewhere, &back.code, None).await.err(), invalid);
}

#[tokio::test]
async fn another_nonce_than_the_one_that_was_sent_is_refused() {
    let (double, provider) = opened().await;
    let (begun, back) = agreed(&double, &provider).await;
    let other = Kept { nonce: "other".into(), ..begun.kept };
    assert_eq!(finish(&provider, &other, &back.code, None).await.err(), Some(refused("ID token: nonce")));
}

#[tokio::test]
async fn who_sends_the_code_says_so_where_the_provider_does_and_is_the_provider() {
    let (double, provider) = opened().await;
    let (begun, back) = agreed(&double, &provider).await;
    let mixed = finish(&provider, &begun.kept, &back.code, Some("https://evil.example")).await;
    assert_eq!(mixed.err(), Some(refused("callback: iss")));
    assert!(finish(&provider, &begun.kept, &back.code, Some(&double.issuer)).await.is_ok());

    double.with().says_iss = true;
    let provider = Provider::new(double.settings()).unwrap();
    let (begun, back) = agreed(&double, &provider).await;
    let stripped = finish(&provider, &begun.kept, &back.code, None).await;
    assert_eq!(stripped.err(), Some(refused("callback: iss is missing")));
}

#[tokio::test]
async fn what_the_id_token_does_not_say_userinfo_does_of_the_same_person() {
    let (double, provider) = opened().await;
    double.with().claims = json!({"locale": "vi"}).as_object().unwrap().clone();
    double.with().userinfo =
        json!({"sub": "s-1", "name": "Trần Thị Minh Họa", "locale": "en"}).as_object().unwrap().clone();
    let verified = sign_in(&double, &provider).await.unwrap();
    assert_eq!(verified.claims["name"], "Trần Thị Minh Họa");
    assert_eq!(verified.claims["locale"], "vi", "what is signed goes before what is not");
    for sub in [json!("s-2"), json!(null), json!("")] {
        double.with().userinfo["sub"] = sub;
        assert_eq!(sign_in(&double, &provider).await.err(), Some(refused("userinfo: sub")));
    }
}

#[tokio::test]
async fn a_provider_that_fails_anywhere_is_unavailable_and_nothing_worse() {
    for path in ["/.well-known/openid-configuration", "/keys", "/token", "/me"] {
        for mishap in [Mishap::Redirects, Mishap::IsHuge, Mishap::Fails, Mishap::IsNoJson, Mishap::SaysNothing] {
            let (double, provider) = opened().await;
            if path == "/me" {
                double.with().claims = Claims::new();
            }
            double.with().mishap = Some((path, mishap));
            let tried = match provider.begin(REDIRECT, MONDAY).await {
                Ok(begun) => finish(&provider, &begun.kept, &double.agree(&begun.url).code, None).await,
                Err(failed) => Err(failed),
            };
            assert!(is_unavailable(&tried), "{path}: {:?}", tried.err());
            assert!(!double.with().asked.contains(&"/elsewhere".to_owned()), "{path}: it followed");
        }
    }
    let (double, provider) = opened().await;
    drop(double);
    // Its port listens no more.
    tokio::task::yield_now().await;
    assert!(matches!(provider.begin(REDIRECT, MONDAY).await, Err(Failed::Unavailable(_))));
}

#[tokio::test]
async fn a_provider_that_did_not_answer_is_left_alone_for_a_moment() {
    let (double, provider) = opened().await;
    double.with().mishap = Some(("/keys", Mishap::Fails));
    for _ in 0..3 {
        assert!(provider.is_there(MONDAY).await.is_err());
    }
    assert_eq!(double.with().asked.len(), 2);
    double.with().mishap = None;
    assert!(provider.is_there(MONDAY.plus_seconds(5)).await.is_ok());
}

#[tokio::test]
async fn a_new_key_is_asked_for_at_most_once_a_minute() {
    let (double, provider) = opened().await;
    assert!(sign_in(&double, &provider).await.is_ok());
    let second = Key::new("second");
    {
        let mut state = double.with();
        state.published.push(second.jwk());
        state.key = second;
    }
    assert_eq!(sign_in(&double, &provider).await.err(), Some(refused("ID token: key")), "within the minute");
    let keys = || double.with().asked.iter().filter(|path| *path == "/keys").count();
    assert_eq!(keys(), 1);
    let later = MONDAY.plus_seconds(60);
    let begun = provider.begin(REDIRECT, later).await.unwrap();
    let code = double.agree(&begun.url).code;
    let verified = provider.finish(&begun.kept, &Callback { code: &code, iss: None }, &["name"], later).await;
    assert!(verified.is_ok(), "{:?}", verified.err());
    assert_eq!(keys(), 2);
    // A key that is nowhere makes it be asked once more a minute later, and no more often.
    double.with().key = Key::new("nowhere");
    for _ in 0..3 {
        assert_eq!(sign_in(&double, &provider).await.err(), Some(refused("ID token: key")));
    }
    assert_eq!(keys(), 2);
}

#[tokio::test]
async fn what_the_provider_says_of_an_error_is_not_repeated() {
    let (double, provider) = opened().await;
    let wrong = config::Provider { client_secret: config::Secret("hunter2".into()), ..double.settings() };
    let wrong = Provider::new(wrong).unwrap();
    let (begun, back) = agreed(&double, &wrong).await;
    let failed = finish(&wrong, &begun.kept, &back.code, None).await.err().unwrap();
    assert_eq!(failed, unavailable("token endpoint: status 400 invalid_client"));
    assert!(provider.begin(REDIRECT, MONDAY).await.is_ok());
}
