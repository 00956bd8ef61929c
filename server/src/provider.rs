//! An OpenID provider as this server uses it, as a confidential client (RFC 6749, RFC 7636, OpenID Connect Core): the
//! address that a browser is sent to, and what may be believed when it comes back. Whoever signs in, a citizen or somebody
//! else, is no matter of this module: its result is claims that the provider vouches for.

mod check;
#[cfg(test)]
pub(crate) mod double;
mod http;
mod known;
#[cfg(test)]
mod tests;
mod token;

use crate::config;
use crate::seal::random;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use check::Expected;
use dossier::time::Timestamp;
use http::Http;
use known::{Cache, Known};
use minicbor::{Decode, Encode};
use serde_json::{Map, Value};
use std::fmt;

/// What a provider says of somebody, by the names that it has for it.
pub(crate) type Claims = Map<String, Value>;

pub(crate) struct Provider {
    settings: config::Provider,
    http: Http,
    cache: Cache,
}

/// A sign-in that a browser is to be sent to.
pub(crate) struct Begun {
    pub url: String,
    pub state: String,
    pub kept: Kept,
}

/// What the server keeps to itself until the browser comes back.
#[derive(Encode, Decode)]
#[cbor(array)]
pub(crate) struct Kept {
    #[n(0)]
    nonce: String,
    /// RFC 7636: who has this, and nobody else, gets something for the code.
    #[n(1)]
    verifier: String,
    #[n(2)]
    redirect_uri: String,
}

/// What the browser brought back.
pub(crate) struct Callback<'a> {
    pub code: &'a str,
    /// RFC 9207: who says that it sends the code.
    pub iss: Option<&'a str>,
}

/// What the provider vouches for.
pub(crate) struct Verified {
    /// Its name for whoever signed in.
    pub subject: String,
    pub claims: Claims,
}

/// Why nobody is signed in. The words are for the log; they hold nothing of anybody.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    /// The provider does not answer, or not as one does; it may later.
    Unavailable(String),
    /// This sign-in is worth nothing.
    Refused(String),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(why) => write!(f, "the provider: {why}"),
            Self::Refused(why) => f.write_str(why),
        }
    }
}

pub(crate) fn unavailable(why: impl Into<String>) -> Failed {
    Failed::Unavailable(why.into())
}

impl Provider {
    /// Asks nobody yet. The error is for the person who starts the server.
    pub(crate) fn new(settings: config::Provider) -> Result<Self, String> {
        Ok(Self { http: Http::new(&settings)?, settings, cache: Cache::default() })
    }

    pub(crate) fn settings(&self) -> &config::Provider {
        &self.settings
    }

    /// Where to send a browser, to come back to this registered address.
    pub(crate) async fn begin(&self, redirect_uri: &str, now: Timestamp) -> Result<Begun, Failed> {
        let known = self.known(now).await?;
        let (state, nonce, verifier) = (secret(), secret(), secret());
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        let scopes: Vec<&str> = ["openid"].into_iter().chain(self.settings.scopes.iter().map(String::as_str)).collect();
        let mut url = known.authorization.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", &scopes.join(" "))
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(self.settings.acr_values.iter().map(|values| ("acr_values", values)));
        let kept = Kept { nonce, verifier, redirect_uri: redirect_uri.to_owned() };
        Ok(Begun { url: url.into(), state, kept })
    }

    /// Whether the provider can be asked at all, for whom nothing is used up if it cannot.
    pub(crate) async fn is_there(&self, now: Timestamp) -> Result<(), Failed> {
        self.known(now).await.map(|_| ())
    }

    /// What the provider vouches for, of the claims that are wanted and of others.
    pub(crate) async fn finish(
        &self,
        kept: &Kept,
        callback: &Callback<'_>,
        wanted: &[&str],
        now: Timestamp,
    ) -> Result<Verified, Failed> {
        let known = self.known(now).await?;
        match callback.iss {
            Some(iss) if iss != self.settings.issuer => return Err(refused("callback: iss")),
            None if known.says_iss => return Err(refused("callback: iss is missing")),
            _ => {}
        }
        let given = token::exchange(&self.http, &self.settings, &known, kept, callback.code).await?;
        let expected = Expected {
            issuer: &self.settings.issuer,
            client: &self.settings.client_id,
            nonce: &kept.nonce,
            algorithms: &self.settings.algorithms,
            access_token: given.access_token.as_deref(),
            now,
        };
        let mut claims = match check::id_token(&given.id_token, &known.keys, &expected) {
            // A provider may have taken another key a moment ago.
            Err(check::Bad::Key) => {
                let known = self.cache.again(&self.http, &self.settings, now).await?;
                check::id_token(&given.id_token, &known.keys, &expected)
            }
            checked => checked,
        }
        .map_err(|bad| refused(&format!("ID token: {bad}")))?;
        let subject = check::subject(&claims).ok_or_else(|| refused("ID token: sub"))?;
        if wanted.iter().any(|name| !claims.contains_key(*name))
            && let (Some(url), Some(access_token)) = (&known.userinfo, &given.access_token)
        {
            let more = token::userinfo(&self.http, url, access_token, &subject).await?;
            // What is signed counts before what is not.
            more.into_iter().for_each(|(name, value)| _ = claims.entry(name).or_insert(value));
        }
        Ok(Verified { subject, claims })
    }

    async fn known(&self, now: Timestamp) -> Result<std::sync::Arc<Known>, Failed> {
        self.cache.get(&self.http, &self.settings, now).await
    }
}

fn refused(why: &str) -> Failed {
    Failed::Refused(why.to_owned())
}

/// 256 random bits as text: 43 characters.
fn secret() -> String {
    URL_SAFE_NO_PAD.encode(random::<32>())
}
