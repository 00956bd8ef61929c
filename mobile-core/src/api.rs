//! The server's routes as this phone calls them: which address, which proof, and what an answer's status means.

use crate::account::Session;
use crate::client::Client;
use crate::clock::{Instant, within};
use crate::dpop::{self, Asked};
use crate::error::Error;
use crate::random;
use crate::transport::{Header, HttpRequest, HttpResponse};
use dossier::ids::Signature;
use dossier::sentence::Sentence;
use dossier::succession::Succession;
use dossier::time::Timestamp;
use dossier::wire::Renewed;
use serde::Deserialize;
use serde_json::Value as Json;
use std::sync::Mutex;
use std::time::Duration;

/// An app's transport that never comes back must not hold the phone for ever.
const PATIENCE: Duration = Duration::from_secs(90);

/// From this size on a body is sent only when the server was heard a moment ago: a refusal of nonce or token comes before
/// the body is read, and half a photograph would have gone for nothing, or the connection with it.
const LARGE: usize = 64 * 1024;
/// How long what the server said last is good enough for a large body; nonces live five minutes, tokens fifteen.
const HEARD_LATELY: Duration = Duration::from_secs(60);

/// `GET /v1/server`.
#[derive(Deserialize)]
pub(crate) struct ServerWord {
    pub(crate) server_id: String,
    pub(crate) public_key: String,
    /// The newest that the server speaks, and the oldest that it answers; one that tells only one speaks only that.
    pub(crate) protocol: u8,
    #[serde(default)]
    protocol_oldest: Option<u8>,
    /// Every change of that key, the oldest first.
    #[serde(default)]
    successions: Vec<SuccessionWord>,
}

#[derive(Deserialize)]
struct SuccessionWord {
    from: String,
    next: String,
    since: i64,
    signature: String,
}

impl ServerWord {
    /// Whether this phone and the server have a version of the protocol in common.
    pub(crate) fn speaks(&self, version: u8) -> Result<(), Error> {
        if version < self.protocol_oldest.unwrap_or(self.protocol) {
            return Err(Error::TooOld);
        }
        if version > self.protocol {
            // A test server, or an office that updates later than its citizens' phones.
            return Err(Error::Server { status: 426, code: "server_too_old".into(), after: None });
        }
        Ok(())
    }

    pub(crate) fn successions(&self) -> Result<Vec<Succession>, Error> {
        let malformed = |_| Error::malformed();
        let link = |word: &SuccessionWord| {
            Ok(Succession {
                from: word.from.parse().map_err(malformed)?,
                next: word.next.parse().map_err(malformed)?,
                since: Timestamp(word.since),
                signature: word.signature.parse().map_err(malformed)?,
            })
        };
        self.successions.iter().map(link).collect()
    }
}

/// `POST /v1/sign-in`.
#[derive(Deserialize)]
pub(crate) struct SignInWord {
    pub(crate) url: String,
    pub(crate) state: String,
}

/// `POST /v1/devices`, `POST /v1/sign-in/finish` and `POST /v1/token`.
#[derive(Deserialize)]
pub(crate) struct TokenWord {
    pub(crate) person: String,
    #[serde(default)]
    pub(crate) courier: bool,
    access_token: String,
    expires_in: u32,
    refresh_token: String,
}

impl TokenWord {
    pub(crate) fn tokens(self) -> Renewed {
        let Self { access_token, expires_in: seconds, refresh_token, .. } = self;
        Renewed { access_token, seconds, refresh_token }
    }
}

/// Puts a session on the disk. A refresh token that is used before it is kept would be lost with the phone's battery, and
/// the one that is kept would then be taken for a thief's.
pub(crate) type Keep<'a> = &'a (dyn Fn(&Session) -> Result<(), Error> + Send + Sync);

/// One server as an account speaks to it.
pub(crate) struct Line<'a> {
    client: &'a Client,
    url: &'a str,
    session: &'a Mutex<Session>,
    /// The server's time as well as this phone can tell it.
    now: &'a (dyn Fn() -> Timestamp + Send + Sync),
    keep: Keep<'a>,
    /// When a call with a token was last answered well.
    heard: Mutex<Option<Instant>>,
    /// What a server that calls this device lost has ordered; nothing that it answers later takes that back.
    ordered: Mutex<Option<WipeOrder>>,
}

/// The order to delete what this account keeps. Whether the server gave it is not looked at yet.
#[derive(Clone, Copy)]
pub(crate) struct WipeOrder {
    pub(crate) at: Timestamp,
    pub(crate) signature: Signature,
}

/// Which of the two tokens a request shows.
#[derive(Clone, Copy)]
enum Shows {
    Access,
    Refresh,
}

/// What is asked of a route.
pub(crate) struct Call<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) media: &'a str,
    pub(crate) body: Vec<u8>,
}

impl<'a> Line<'a> {
    pub(crate) fn new(
        client: &'a Client,
        url: &'a str,
        session: &'a Mutex<Session>,
        (now, keep): (&'a (dyn Fn() -> Timestamp + Send + Sync), Keep<'a>),
    ) -> Self {
        Self { client, url, session, now, keep, heard: Mutex::new(None), ordered: Mutex::new(None) }
    }

    /// The order that came with a refusal, if one did.
    pub(crate) fn ordered(&self) -> Option<WipeOrder> {
        *self.ordered.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A call without a token: what a server says of itself, and enrolment.
    pub(crate) async fn open(&self, call: Call<'_>) -> Result<HttpResponse, Error> {
        checked(self.send(&call, Vec::new()).await?)
    }

    /// A call with token and proof. A nonce that the server asks for, and tokens that have run out, are each renewed once;
    /// a server that still says no wants a new sign-in.
    pub(crate) async fn call(&self, call: Call<'_>) -> Result<HttpResponse, Error> {
        if !self.opens() || self.is_too_large(&call) {
            self.renew().await?;
        }
        let mut response = self.proven(&call, Shows::Access).await?;
        if response.status == 401 {
            self.renew().await?;
            response = self.proven(&call, Shows::Access).await?;
        }
        self.answered(response)
    }

    /// An exchange: where the access token has run out, or is refused, the refresh token goes in its place, and the answer
    /// brings the next two. So a phone that was away for a week needs one round trip.
    pub(crate) async fn exchange(&self, call: Call<'_>) -> Result<HttpResponse, Error> {
        if self.is_too_large(&call) {
            self.renew().await?;
        }
        if self.opens() {
            let response = self.proven(&call, Shows::Access).await?;
            if response.status != 401 {
                return self.answered(response);
            }
        }
        self.answered(self.proven(&call, Shows::Refresh).await?)
    }

    fn answered(&self, response: HttpResponse) -> Result<HttpResponse, Error> {
        let response = checked(response)?;
        self.heard(Instant::now());
        Ok(response)
    }

    /// `POST /v1/token`: the refresh token for the next two, which are on the disk before either is used.
    async fn renew(&self) -> Result<(), Error> {
        let call = Call { method: "POST", path: "/v1/token", media: "application/json", body: Vec::new() };
        let response = checked(self.proven(&call, Shows::Refresh).await?)?;
        let word: TokenWord = json(&response)?;
        let session = self.with(|session| session.clone()).renewed(word.tokens(), (self.now)());
        (self.keep)(&session)?;
        self.with(|known| *known = session);
        self.heard(Instant::now());
        Ok(())
    }

    fn opens(&self) -> bool {
        let now = (self.now)();
        self.with(|session| session.opens(now))
    }

    fn is_too_large(&self, call: &Call<'_>) -> bool {
        call.body.len() >= LARGE && !self.was_heard_lately()
    }

    fn heard(&self, at: Instant) {
        *self.heard.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(at);
    }

    fn was_heard_lately(&self) -> bool {
        let heard = *self.heard.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        heard.is_some_and(|at| at.elapsed() < HEARD_LATELY)
    }

    /// Sends with a proof; where the server wants another nonce, once more with that.
    async fn proven(&self, call: &Call<'_>, shows: Shows) -> Result<HttpResponse, Error> {
        let response = self.send(call, self.proof(call, shows)?).await?;
        if response.status == 401 && wants_nonce(&response) {
            return self.send(call, self.proof(call, shows)?).await;
        }
        Ok(response)
    }

    /// Token and proof, another proof for every try.
    fn proof(&self, call: &Call<'_>, shows: Shows) -> Result<Vec<Header>, Error> {
        let session = self.with(|session| session.clone());
        let token = match shows {
            Shows::Access => session.token,
            Shows::Refresh => session.refresh,
        };
        // A phone that has none was signed out, or comes from before there were any.
        let token = token.ok_or(Error::SignInAgain)?;
        let url = format!("{}{}", self.url, call.path);
        let asked = Asked {
            method: call.method,
            url: &url,
            token: &token,
            nonce: session.nonce.as_deref(),
            now: self.client.outside().now(),
            id: random::bytes()?,
        };
        let proof = header("DPoP", dpop::proof(self.client.public_key(), |message| self.client.sign(message), &asked)?);
        Ok(vec![proof, header("Authorization", format!("DPoP {token}"))])
    }

    async fn send(&self, call: &Call<'_>, mut headers: Vec<Header>) -> Result<HttpResponse, Error> {
        if !call.body.is_empty() {
            headers.push(header("Content-Type", call.media.to_owned()));
        }
        let request = HttpRequest {
            method: call.method.to_owned(),
            url: format!("{}{}", self.url, call.path),
            headers,
            body: call.body.clone(),
        };
        // A photograph on a slow line takes its time: so much more for each 8 KiB.
        let patience = PATIENCE + Duration::from_secs(request.body.len() as u64 / 8192);
        let answered = within(patience, self.client.outside().transport.request(request)).await;
        let response = answered.ok_or(crate::TransportError::TimedOut)??;
        if let Some(nonce) = response.header("DPoP-Nonce") {
            self.with(|session| session.nonce = Some(nonce.to_owned()));
        }
        if let Some(order) = wipe_order(&response) {
            *self.ordered.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(order);
        }
        Ok(response)
    }

    fn with<T>(&self, f: impl FnOnce(&mut Session) -> T) -> T {
        f(&mut self.session.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl<'a> Call<'a> {
    pub(crate) fn get(path: &'a str) -> Self {
        Self { method: "GET", path, media: "", body: Vec::new() }
    }

    pub(crate) fn post_json(path: &'a str, body: &Json) -> Self {
        Self { method: "POST", path, media: "application/json", body: body.to_string().into_bytes() }
    }
}

/// Reads a JSON body.
pub(crate) fn json<T: for<'de> Deserialize<'de>>(response: &HttpResponse) -> Result<T, Error> {
    serde_json::from_slice(&response.body).map_err(|_| Error::malformed())
}

fn header(name: &str, value: String) -> Header {
    Header { name: name.to_owned(), value }
}

/// RFC 9449 §8: the error is named in `WWW-Authenticate`; our server says it in the problem's code as well.
fn wants_nonce(response: &HttpResponse) -> bool {
    response.header("WWW-Authenticate").is_some_and(|v| v.contains("use_dpop_nonce"))
        || problem_code(response) == "use_dpop_nonce"
}

fn problem_code(response: &HttpResponse) -> String {
    let problem: Option<Json> = serde_json::from_slice(&response.body).ok();
    let code = problem.as_ref().and_then(|p| p.get("code")).and_then(Json::as_str).unwrap_or("unknown");
    // What stands in an error of ours is shown and logged: a code is short and plain, whoever sent it.
    code.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(64).collect()
}

/// The order in a refusal of a device that was reported lost.
fn wipe_order(response: &HttpResponse) -> Option<WipeOrder> {
    #[derive(Deserialize)]
    struct LostWord {
        wipe_at: i64,
        wipe_signature: String,
    }
    if response.status != 403 || problem_code(response) != "device_lost" {
        return None;
    }
    let word: LostWord = json(response).ok()?;
    Some(WipeOrder { at: Timestamp(word.wipe_at), signature: word.wipe_signature.parse().ok()? })
}

/// What a status means for the caller.
fn checked(response: HttpResponse) -> Result<HttpResponse, Error> {
    let code = problem_code(&response);
    match response.status {
        200..=299 => Ok(response),
        401 => Err(Error::SignInAgain),
        // The owner took this device away; signing in again makes it known again.
        403 if code == "device_revoked" => Err(Error::SignInAgain),
        // Somebody at the office looks first; until then everything stays here and is sent later.
        403 if code == "device_suspended" => Err(Error::Server { status: 403, code, after: None }),
        426 => Err(Error::TooOld),
        _ if code == "protocol_unsupported" => Err(Error::TooOld),
        status @ (408 | 425 | 429 | 500..=599) => {
            let after = response.header("Retry-After").and_then(|seconds| seconds.parse().ok());
            Err(Error::Server { status, code, after })
        }
        // A redirect is not followed: a token must not travel to another address.
        300..=399 => Err(Error::Untrusted("redirected".into())),
        _ => {
            let sentence = Sentence::new("refused-by-server").with("code", code.clone());
            Err(Error::refused(code, sentence))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> HttpResponse {
        HttpResponse { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn a_server_says_which_versions_it_answers() {
        let speaks = |told: &str, version| {
            let word = format!(r#"{{"server_id":"a","public_key":"b",{told},"unheard_of":1}}"#);
            let word: ServerWord = serde_json::from_str(&word).unwrap();
            word.speaks(version).map_err(|error| error.code().to_owned())
        };
        let window = r#""protocol":4,"protocol_oldest":2"#;
        assert_eq!(speaks(window, 1).unwrap_err(), "too_old");
        assert!((2..=4).all(|version| speaks(window, version).is_ok()));
        assert_eq!(speaks(window, 5).unwrap_err(), "server_too_old");
        assert!(speaks(r#""protocol":1"#, 1).is_ok());
        assert_eq!(speaks(r#""protocol":2"#, 1).unwrap_err(), "too_old");
    }

    #[test]
    fn each_status_tells_what_the_app_should_do() {
        let code = |status, body| match checked(answer(status, body)) {
            Ok(_) => "ok".to_owned(),
            Err(e) => e.code().to_owned(),
        };
        assert_eq!(code(204, ""), "ok");
        assert_eq!(code(302, ""), "redirected");
        assert_eq!(code(401, r#"{"code":"token_expired"}"#), "sign_in_again");
        assert_eq!(code(403, r#"{"code":"device_revoked"}"#), "sign_in_again");
        assert_eq!(code(400, r#"{"code":"protocol_unsupported"}"#), "too_old");
        assert_eq!(code(404, r#"{"code":"not_found"}"#), "not_found");
        assert_eq!(code(503, "<html>"), "unknown");
        assert_eq!(code(400, r#"{"code":"a b<script>"}"#), "abscript");
    }

    #[test]
    fn a_device_that_asked_too_often_is_told_so_and_for_how_long_to_wait() {
        let language = dossier::sentence::Language::Vietnamese;
        let said = |response| checked(response).map(|_| ()).unwrap_err().message(language);
        let mut response = answer(429, r#"{"code":"too_many_requests"}"#);
        assert!(said(response.clone()).contains("thử lại sau một lát"));
        response.headers.push(header("retry-after", "17".into()));
        let told = said(response);
        assert!(told.contains("sau 17 giây") && !told.contains("Máy chủ đang bận"), "{told}");
        assert!(said(answer(503, r#"{"code":"busy"}"#)).contains("Máy chủ đang bận"));
    }

    #[test]
    fn a_nonce_is_asked_for_in_the_header_or_in_the_code() {
        let mut response = answer(401, "");
        assert!(!wants_nonce(&response));
        response.headers.push(header("www-authenticate", r#"DPoP error="use_dpop_nonce""#.into()));
        assert!(wants_nonce(&response));
        assert!(wants_nonce(&answer(401, r#"{"code":"use_dpop_nonce"}"#)));
    }
}
