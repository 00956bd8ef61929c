//! The code is given for tokens (RFC 6749 §4.1.3), and the access token for what the ID token does not say.

use super::http::{Answer, Http};
use super::known::{Authentication, Known};
use super::{Claims, Failed, Kept, refused, unavailable};
use crate::config;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use serde::Deserialize;
use std::borrow::Cow;

/// Prints nothing: it opens doors.
#[derive(Deserialize)]
pub(super) struct Given {
    pub id_token: String,
    pub access_token: Option<String>,
}

#[derive(Deserialize)]
struct Error<'a> {
    #[serde(borrow)]
    error: Cow<'a, str>,
}

pub(super) async fn exchange(
    http: &Http,
    settings: &config::Provider,
    known: &Known,
    kept: &Kept,
    code: &str,
) -> Result<Given, Failed> {
    let (id, secret) = (settings.client_id.as_str(), settings.client_secret.0.as_str());
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &kept.redirect_uri),
        ("code_verifier", &kept.verifier),
    ];
    let basic = match known.client {
        // RFC 6749 §2.3.1: both are encoded as in a form before they are joined.
        Authentication::Basic => {
            Some(format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)))))
        }
        Authentication::Post => {
            form.extend([("client_id", id), ("client_secret", secret)]);
            None
        }
    };
    let form: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let answer = http.post(&known.token, form.join("&"), basic).await?;
    match answer.status {
        200 => serde_json::from_slice(&answer.body).map_err(|_| unavailable("what it gives for a code cannot be read")),
        _ => Err(no(&answer)),
    }
}

/// A code that is worth nothing is the caller's affair; all else is between this server and the provider.
fn no(answer: &Answer) -> Failed {
    let error = serde_json::from_slice::<Error<'_>>(&answer.body).ok();
    let plain = |c: &char| c.is_ascii_lowercase() || *c == '_';
    let error: String = error.iter().flat_map(|e| e.error.chars()).filter(plain).take(40).collect();
    match error.as_str() {
        "invalid_grant" => refused("token endpoint: invalid_grant"),
        _ => unavailable(format!("token endpoint: status {} {error}", answer.status)),
    }
}

/// What the provider says of the same person beside the ID token. Over the line that its keys came over, and not signed.
pub(super) async fn userinfo(http: &Http, at: &Url, access_token: &str, subject: &str) -> Result<Claims, Failed> {
    let answer = http.get(at, Some(access_token)).await?;
    if answer.status != 200 {
        return Err(unavailable(format!("userinfo: status {}", answer.status)));
    }
    let said: Claims = serde_json::from_slice(&answer.body).map_err(|_| unavailable("its userinfo cannot be read"))?;
    // OpenID Connect Core §5.3.4: a token may have been put in the place of another.
    if super::check::subject(&said).as_deref() == Some(subject) { Ok(said) } else { Err(refused("userinfo: sub")) }
}

/// As in a form.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_secrets_are_encoded_as_in_a_form() {
        assert_eq!(encoded("a b:ế+%&=~"), "a+b%3A%E1%BA%BF%2B%25%26%3D%7E");
    }

    #[test]
    fn only_a_code_that_is_worth_nothing_is_the_callers_affair() {
        let said = |status, body: &str| no(&Answer { status, body: body.as_bytes().to_vec() });
        assert_eq!(
            said(400, r#"{"error":"invalid_grant","error_description":"x"}"#),
            refused("token endpoint: invalid_grant")
        );
        let others =
            [(401, r#"{"error":"invalid_client"}"#), (400, "<html>"), (500, ""), (400, r#"{"error":"A\nB<c>"}"#)];
        for (status, body) in others {
            let Failed::Unavailable(why) = said(status, body) else { panic!("{status} {body}") };
            assert!(!why.contains(['<', '\n']), "{why}");
        }
    }
}
