//! What the provider says of itself (OpenID Connect Discovery, RFC 8414) and its keys (RFC 7517), kept for a while.

use super::http::Http;
use super::{Failed, unavailable};
use crate::config::{self, is_safe};
use dossier::time::Timestamp;
use jsonwebtoken::jwk::Jwk;
use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::Mutex;

/// How long it is believed without asking again.
const FRESH_SECONDS: i64 = 60 * 60;
/// A key that nobody knows makes it be asked again, at most so often: anybody can send such a token.
const AGAIN_SECONDS: i64 = 60;
/// A provider that did not answer is not asked again for so long.
const REST_SECONDS: i64 = 5;

pub(super) struct Known {
    pub authorization: Url,
    pub token: Url,
    pub userinfo: Option<Url>,
    pub client: Authentication,
    /// It sends `iss` with each code (RFC 9207).
    pub says_iss: bool,
    pub keys: Vec<Jwk>,
}

/// How a client shows at the token endpoint who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Authentication {
    Basic,
    Post,
}

#[derive(Default)]
pub(super) struct Cache(Mutex<Held>);

#[derive(Default)]
struct Held {
    known: Option<(Arc<Known>, Timestamp)>,
    failed_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: Option<String>,
    jwks_uri: String,
    code_challenge_methods_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl Cache {
    /// What is known; asked for if it is old or was never known. One asks, the others wait for what it hears.
    pub(super) async fn get(&self, http: &Http, from: &config::Provider, now: Timestamp) -> Result<Arc<Known>, Failed> {
        self.at_most(FRESH_SECONDS, http, from, now).await
    }

    /// The same after a key came that is not known.
    pub(super) async fn again(
        &self,
        http: &Http,
        from: &config::Provider,
        now: Timestamp,
    ) -> Result<Arc<Known>, Failed> {
        self.at_most(AGAIN_SECONDS, http, from, now).await
    }

    async fn at_most(
        &self,
        seconds: i64,
        http: &Http,
        from: &config::Provider,
        now: Timestamp,
    ) -> Result<Arc<Known>, Failed> {
        let mut held = self.0.lock().await;
        if let Some((known, since)) = &held.known
            && now < since.plus_seconds(seconds)
        {
            return Ok(known.clone());
        }
        if held.failed_at.is_some_and(|at| now < at.plus_seconds(REST_SECONDS)) {
            return Err(unavailable("it did not answer a moment ago"));
        }
        match ask(http, from).await {
            Ok(known) => {
                let known = Arc::new(known);
                *held = Held { known: Some((known.clone(), now)), failed_at: None };
                Ok(known)
            }
            Err(failed) => {
                held.failed_at = Some(now);
                Err(failed)
            }
        }
    }
}

async fn ask(http: &Http, from: &config::Provider) -> Result<Known, Failed> {
    let address = format!("{}/.well-known/openid-configuration", from.issuer.trim_end_matches('/'));
    let said: Metadata = document(http, &url(&address)?, "metadata").await?;
    let mut known = read(said, &from.issuer)?;
    let set: KeySet = document(http, &known.1, "keys").await?;
    // A key of a kind that is not known here is no reason to know none.
    known.0.keys = set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
    Ok(known.0)
}

async fn document<T: DeserializeOwned>(http: &Http, at: &Url, what: &str) -> Result<T, Failed> {
    let answer = http.get(at, None).await?;
    if answer.status != 200 {
        return Err(unavailable(format!("its {what}: status {}", answer.status)));
    }
    serde_json::from_slice(&answer.body).map_err(|_| unavailable(format!("its {what} cannot be read")))
}

/// What metadata say, and where the keys are. They must be those of the issuer that was asked (RFC 8414 §3.3).
fn read(said: Metadata, issuer: &str) -> Result<(Known, Url), Failed> {
    if said.issuer != issuer {
        return Err(unavailable("its metadata are another issuer's"));
    }
    // Where it says nothing of PKCE it may know it all the same; where it says others, it would not check ours.
    if said.code_challenge_methods_supported.is_some_and(|methods| !methods.iter().any(|m| m == "S256")) {
        return Err(unavailable("it does not check S256 challenges"));
    }
    let ways = said.token_endpoint_auth_methods_supported;
    let takes = |way: &str| ways.as_ref().is_some_and(|ways| ways.iter().any(|w| w == way));
    let client = if ways.is_none() || takes("client_secret_basic") {
        Authentication::Basic
    } else if takes("client_secret_post") {
        Authentication::Post
    } else {
        return Err(unavailable("it takes no client secret"));
    };
    let known = Known {
        authorization: url(&said.authorization_endpoint)?,
        token: url(&said.token_endpoint)?,
        userinfo: said.userinfo_endpoint.as_deref().map(url).transpose()?,
        client,
        says_iss: said.authorization_response_iss_parameter_supported,
        keys: Vec::new(),
    };
    Ok((known, url(&said.jwks_uri)?))
}

fn url(text: &str) -> Result<Url, Failed> {
    let url = Url::parse(text).ok().filter(is_safe);
    url.ok_or_else(|| unavailable("an address in its metadata is none that is safe"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said() -> Value {
        json!({
            "issuer": "https://id.example",
            "authorization_endpoint": "https://id.example/auth",
            "token_endpoint": "https://id.example/token",
            "jwks_uri": "https://id.example/keys",
        })
    }

    fn with(name: &str, value: Value) -> Result<Known, Failed> {
        let mut said = said();
        said[name] = value;
        read(serde_json::from_value(said).unwrap(), "https://id.example").map(|(known, _)| known)
    }

    #[test]
    fn metadata_are_those_of_the_issuer_and_name_safe_addresses_only() {
        assert!(with("scopes_supported", json!(["openid"])).is_ok());
        let bad = [
            ("issuer", json!("https://id.example/")),
            ("issuer", json!("https://evil.example")),
            ("token_endpoint", json!("http://id.example/token")),
            ("token_endpoint", json!("file:///etc/passwd")),
            ("userinfo_endpoint", json!("http://10.0.0.1/")),
            ("jwks_uri", json!("keys")),
            ("authorization_endpoint", json!("javascript:alert(1)")),
            ("code_challenge_methods_supported", json!(["plain"])),
            ("token_endpoint_auth_methods_supported", json!(["private_key_jwt"])),
        ];
        for (name, value) in bad {
            assert!(matches!(with(name, value.clone()), Err(Failed::Unavailable(_))), "{name} {value}");
        }
    }

    #[test]
    fn the_client_shows_itself_as_the_provider_wants_it() {
        let way = |ways: Value| with("token_endpoint_auth_methods_supported", ways).ok().map(|known| known.client);
        assert_eq!(way(json!(["client_secret_post", "client_secret_basic"])), Some(Authentication::Basic));
        assert_eq!(way(json!(["client_secret_post"])), Some(Authentication::Post));
        assert_eq!(way(Value::Null), Some(Authentication::Basic), "OpenID Connect Discovery §3");
    }
}
