//! A double of an OpenID provider, for what no honest one does: it speaks real HTTP on a port of its own, keeps the rules of
//! RFC 6749 and RFC 7636 as long as nobody asks it to lie, and then lies in exactly one way.

use super::Claims;
use crate::config;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What it does with whoever asks at an address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    Redirects,
    SaysNothing,
    IsHuge,
    Fails,
    IsNoJson,
}

pub(crate) struct Double {
    pub(crate) issuer: String,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

pub(crate) struct State {
    pub(crate) key: Key,
    /// What its key set tells; at first the key.
    pub(crate) published: Vec<Value>,
    /// Claims of the ID token beside those of the protocol, or in their place.
    pub(crate) claims: Claims,
    pub(crate) userinfo: Claims,
    pub(crate) says_iss: bool,
    pub(crate) now: i64,
    /// At which path what goes wrong.
    pub(crate) mishap: Option<(&'static str, Mishap)>,
    /// The paths that were asked for.
    pub(crate) asked: Vec<String>,
    codes: HashMap<String, Asked>,
}

struct Asked {
    redirect_uri: String,
    nonce: String,
    challenge: String,
}

/// What the browser comes back with.
pub(crate) struct Back {
    pub(crate) state: String,
    pub(crate) code: String,
}

/// A P-256 key with its name.
pub(crate) struct Key {
    pub(crate) kid: String,
    pair: EcdsaKeyPair,
}

impl Key {
    pub(crate) fn new(kid: &str) -> Self {
        Self { kid: kid.into(), pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap() }
    }

    pub(crate) fn jwk(&self) -> Value {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        let text = |bytes| URL_SAFE_NO_PAD.encode(bytes);
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid, "x": text(x), "y": text(y)})
    }

    /// The bytes that everybody knows of it.
    pub(crate) fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    pub(crate) fn token(&self, claims: &Value) -> String {
        self.token_with(&json!({"alg": "ES256", "typ": "JWT", "kid": self.kid}), claims)
    }

    pub(crate) fn token_with(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

pub(crate) const REDIRECT: &str = "hoso://signed-in";
const SECRET: &str = "geheim & more";

impl Double {
    pub(crate) async fn start(now: dossier::time::Timestamp, claims: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}/realm", listener.local_addr().unwrap());
        let key = Key::new("first");
        let state = Arc::new(Mutex::new(State {
            published: vec![key.jwk()],
            key,
            claims: claims.as_object().unwrap().clone(),
            userinfo: Claims::new(),
            says_iss: false,
            now: now.0 / 1000,
            mishap: None,
            asked: Vec::new(),
            codes: HashMap::new(),
        }));
        let (theirs, name) = (state.clone(), issuer.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, theirs.clone(), name.clone()));
            }
        });
        Self { issuer, state, task }
    }

    pub(crate) fn settings(&self) -> config::Provider {
        config::Provider {
            issuer: self.issuer.clone(),
            client_id: "hoso:1".into(),
            client_secret: config::Secret(SECRET.into()),
            redirect_uris: vec![REDIRECT.into(), "https://app.example/in".into()],
            ..config::Provider::default()
        }
    }

    pub(crate) fn with(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Who signs in agrees, in a browser.
    pub(crate) fn agree(&self, url: &str) -> Back {
        let url = reqwest::Url::parse(url).unwrap();
        assert!(url.as_str().starts_with(&format!("{}/auth?", self.issuer)), "{url}");
        let said: HashMap<String, String> = url.query_pairs().into_owned().collect();
        let one = |name: &str| said.get(name).cloned().unwrap_or_else(|| panic!("{name} is missing: {url}"));
        assert_eq!((one("response_type"), one("code_challenge_method")), ("code".into(), "S256".into()));
        assert!(one("scope").split(' ').any(|scope| scope == "openid") && one("client_id") == "hoso:1");
        let code = format!("c+/{}", hex::encode(crate::seal::random::<8>()));
        let asked = Asked { redirect_uri: one("redirect_uri"), nonce: one("nonce"), challenge: one("code_challenge") };
        self.with().codes.insert(code.clone(), asked);
        Back { state: one("state"), code }
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request on one connection.
async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>, issuer: String) {
    let (mut read, mut part) = (Vec::new(), [0; 4096]);
    let (head, body) = loop {
        let n = stream.read(&mut part).await.unwrap_or(0);
        read.extend_from_slice(&part[..n]);
        if n == 0 {
            return;
        }
        let text = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = header(head, "content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
        if body.len() >= length {
            break (head.to_owned(), body.to_owned());
        }
    };
    let target = head.split(' ').nth(1).unwrap_or_default();
    let path = target.strip_prefix("/realm").unwrap_or(target).to_owned();
    let mishap = {
        let mut state = state.lock().unwrap();
        state.asked.push(path.clone());
        state.mishap.filter(|(at, _)| *at == path).map(|(_, mishap)| mishap)
    };
    let (status, answer) = match mishap {
        Some(Mishap::SaysNothing) => return std::future::pending().await,
        Some(Mishap::Redirects) => ("302 Found\r\nLocation: /realm/elsewhere".to_owned(), String::new()),
        Some(Mishap::IsHuge) => ("200 OK".to_owned(), format!("{{\"x\":\"{}\"}}", "x".repeat(300_000))),
        Some(Mishap::Fails) => ("500 Internal Server Error".to_owned(), "{}".to_owned()),
        Some(Mishap::IsNoJson) => ("200 OK".to_owned(), "<html>".to_owned()),
        None => {
            let (status, answer) = state.lock().unwrap().answer(&issuer, &path, &head, &body);
            (status.to_owned(), answer.to_string())
        }
    };
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}", answer.len());
    // Who has read enough hangs up.
    let _ = stream.write_all(answer.as_bytes()).await;
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let of = |line: &'a str| line.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case(name));
    head.lines().find_map(of).map(|(_, value)| value)
}

impl State {
    fn answer(&mut self, issuer: &str, path: &str, head: &str, body: &str) -> (&'static str, Value) {
        match path {
            "/.well-known/openid-configuration" => ("200 OK", self.metadata(issuer)),
            "/keys" => ("200 OK", json!({"keys": self.published})),
            "/token" => match self.tokens(issuer, head, body) {
                Ok(given) => ("200 OK", given),
                Err(error) => ("400 Bad Request", json!({"error": error, "error_description": "SECRET WORDS"})),
            },
            "/me" if header(head, "authorization") == Some("Bearer at-1") => {
                ("200 OK", Value::Object(self.userinfo.clone()))
            }
            _ => ("404 Not Found", json!({})),
        }
    }

    fn metadata(&self, issuer: &str) -> Value {
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/auth"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/me"),
            "jwks_uri": format!("{issuer}/keys"),
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": self.says_iss,
        })
    }

    fn tokens(&mut self, issuer: &str, head: &str, body: &str) -> Result<Value, &'static str> {
        let form: HashMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let one = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        // RFC 6749 §2.3.1.
        let client = format!("Basic {}", STANDARD.encode("hoso%3A1:geheim+%26+more"));
        if header(head, "authorization") != Some(client.as_str()) {
            return Err("invalid_client");
        }
        let asked = self.codes.remove(one("code")).ok_or("invalid_grant")?;
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, one("code_verifier").as_bytes()));
        if challenge != asked.challenge || one("redirect_uri") != asked.redirect_uri {
            return Err("invalid_grant");
        }
        let mut claims = json!({
            "iss": issuer, "aud": "hoso:1", "sub": "s-1", "nonce": asked.nonce,
            "iat": self.now, "exp": self.now + 300,
        });
        for (name, value) in &self.claims {
            claims[name.as_str()] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let id_token = self.key.token(&claims);
        Ok(json!({"id_token": id_token, "access_token": "at-1", "token_type": "Bearer"}))
    }
}
