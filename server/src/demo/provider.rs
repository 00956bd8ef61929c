//! The demo's identity provider: small, and honest in all that a client can see of it (RFC 6749, RFC 7636, RFC 9207, OpenID
//! Connect Core and Discovery), but for who signs in: whoever presses a button is that invented citizen. It lives in a
//! server that was started with `--demo`, and in no other. What it knows is memory of this process.

use crate::config::{self, Secret};
use crate::seal::random;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use dossier::ids::PublicKey;
use dossier::time::Timestamp;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An app's own address; the other one is a page that shows the callback to people at a command line.
const APP: &str = "hoso://signed-in";
const CLIENT: &str = "hoso-demo";
/// RFC 6749 §4.1.2: a code is to live shortly.
const CODE_SECONDS: i64 = 60;
const TOKEN_SECONDS: i64 = 300;
/// Codes and tokens in memory; who asks for more makes all of them forgotten.
const REMEMBERED: usize = 10_000;

/// One of the invented.
pub(crate) struct Citizen {
    pub name: &'static str,
    pub number: &'static str,
    /// `yyyymmdd`, as the portal writes it.
    pub birth: &'static str,
    pub assurance: u8,
    pub organisation: bool,
}

const fn citizen(name: &'static str, number: &'static str, birth: &'static str) -> Citizen {
    Citizen { name, number, birth, assurance: 2, organisation: false }
}

pub(crate) const CITIZENS: [Citizen; 7] = [
    citizen("Nguyễn Văn Ví Dụ", "031090000001", "19900501"),
    citizen("Trần Thị Ví Dụ", "031190000003", "19900312"),
    citizen("Lê Minh Ví Dụ", "031085000004", "19851120"),
    citizen("Hoàng Thị Ví Dụ", "031304000005", "20041009"),
    super::COURIER,
    // These two are turned away, and told why.
    Citizen { assurance: 1, ..citizen("Đỗ Văn Ví Dụ", "031099000006", "19990101") },
    Citizen { organisation: true, ..citizen("Công ty Ví Dụ", "031080000007", "19800101") },
];

pub(crate) struct DemoProvider {
    base: String,
    secret: String,
    key: EcdsaKeyPair,
    codes: Mutex<HashMap<String, Code>>,
    tokens: Mutex<HashMap<String, (usize, Timestamp)>>,
}

/// What a code was given for.
struct Code {
    asked: Asked,
    citizen: usize,
    until: Timestamp,
}

/// A request of a client that is known, to come back to an address that is registered.
pub(crate) struct Asked {
    redirect_uri: String,
    state: Option<String>,
    nonce: Option<String>,
    challenge: String,
}

/// Why a request for a sign-in is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Nobody can be sent back: the client or its address is not known.
    Here(&'static str),
    /// The client is told, at this address.
    There(String),
}

/// Parameters of a query or a form.
pub(crate) type Form = Vec<(String, String)>;

impl DemoProvider {
    /// Of a server that people reach at this address.
    pub(crate) fn at(base: &str) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        Self {
            base: base.to_owned(),
            secret: token(),
            key: key.expect("a key can be made where there are random numbers"),
            codes: Mutex::default(),
            tokens: Mutex::default(),
        }
    }

    /// What the server is told of it, as of any other provider.
    pub(crate) fn settings(&self) -> config::Provider {
        config::Provider {
            issuer: self.issuer(),
            client_id: CLIENT.into(),
            client_secret: Secret(self.secret.clone()),
            redirect_uris: self.redirect_uris().to_vec(),
            ..config::Provider::default()
        }
    }

    fn issuer(&self) -> String {
        format!("{}/demo/provider", self.base)
    }

    /// The page that shows a callback.
    pub(crate) fn page(&self) -> String {
        format!("{}/demo/signed-in", self.base)
    }

    fn redirect_uris(&self) -> [String; 2] {
        [self.page(), APP.to_owned()]
    }

    pub(crate) fn metadata(&self) -> Value {
        let issuer = self.issuer();
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/userinfo"),
            "jwks_uri": format!("{issuer}/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "authorization_response_iss_parameter_supported": true,
        })
    }

    pub(crate) fn keys(&self) -> Value {
        let public = self.public();
        let (x, y) = crate::keys::coordinates(&public);
        let kid = public.thumbprint().jkt();
        json!({"keys": [{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid, "x": x, "y": y}]})
    }

    fn public(&self) -> PublicKey {
        PublicKey::try_from(&self.key.public_key().as_ref()[1..]).expect("a P-256 key has 64 bytes behind its kind")
    }

    /// Reads what a client asks for.
    pub(crate) fn asked(&self, form: &Form) -> Result<Asked, Refused> {
        let redirect_uri =
            one(form, "redirect_uri").filter(|uri| self.redirect_uris().iter().any(|known| known == uri));
        let redirect_uri = redirect_uri.ok_or(Refused::Here("redirect_uri"))?;
        if one(form, "client_id") != Some(CLIENT) {
            return Err(Refused::Here("client_id"));
        }
        let state = one(form, "state").map(str::to_owned);
        let no = |error| Err(Refused::There(self.back(redirect_uri, state.as_deref(), ("error", error))));
        if one(form, "response_type") != Some("code") {
            return no("unsupported_response_type");
        }
        if !one(form, "scope").is_some_and(|scopes| scopes.split(' ').any(|scope| scope == "openid")) {
            return no("invalid_scope");
        }
        let challenge = one(form, "code_challenge").filter(|challenge| challenge.len() == 43);
        let (Some(challenge), Some("S256")) = (challenge, one(form, "code_challenge_method")) else {
            return no("invalid_request");
        };
        let (redirect_uri, challenge) = (redirect_uri.to_owned(), challenge.to_owned());
        Ok(Asked { redirect_uri, state, nonce: one(form, "nonce").map(str::to_owned), challenge })
    }

    /// Where the browser goes when a button was pressed: with a code for an invented citizen, or with none.
    pub(crate) fn chosen(&self, asked: Asked, number: &str, now: Timestamp) -> String {
        let citizen = CITIZENS.iter().position(|citizen| citizen.number == number);
        let (to, state) = (asked.redirect_uri.clone(), asked.state.clone());
        let Some(citizen) = citizen else { return self.back(&to, state.as_deref(), ("error", "access_denied")) };
        let code = token();
        let mut codes = held(&self.codes);
        make_room(&mut codes);
        codes.insert(code.clone(), Code { asked, citizen, until: now.plus_seconds(CODE_SECONDS) });
        self.back(&to, state.as_deref(), ("code", &code))
    }

    fn back(&self, to: &str, state: Option<&str>, said: (&str, &str)) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair(said.0, said.1).extend_pairs(state.map(|state| ("state", state)));
        format!("{to}?{}", query.append_pair("iss", &self.issuer()).finish())
    }

    /// Gives tokens for a code, once; the error is RFC 6749's.
    pub(crate) fn tokens(&self, basic: Option<&str>, form: &Form, now: Timestamp) -> Result<Value, &'static str> {
        let client = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{}", self.secret)));
        let known = basic.is_some_and(|said| verify_slices_are_equal(said.as_bytes(), client.as_bytes()).is_ok());
        if !known {
            return Err("invalid_client");
        }
        if one(form, "grant_type") != Some("authorization_code") {
            return Err("unsupported_grant_type");
        }
        let code = one(form, "code").and_then(|code| held(&self.codes).remove(code)).ok_or("invalid_grant")?;
        let challenge = |verifier: &str| URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        let proven = one(form, "code_verifier").is_some_and(|verifier| challenge(verifier) == code.asked.challenge);
        let same = one(form, "redirect_uri") == Some(&code.asked.redirect_uri);
        if !proven || !same || now >= code.until {
            return Err("invalid_grant");
        }
        let access_token = token();
        let mut tokens = held(&self.tokens);
        make_room(&mut tokens);
        tokens.insert(access_token.clone(), (code.citizen, now.plus_seconds(TOKEN_SECONDS)));
        let id_token = self.id_token(&CITIZENS[code.citizen], code.asked.nonce.as_deref(), &access_token, now);
        Ok(json!({
            "access_token": access_token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS, "id_token": id_token,
        }))
    }

    fn id_token(&self, citizen: &Citizen, nonce: Option<&str>, access_token: &str, now: Timestamp) -> String {
        let second = now.0.div_euclid(1000);
        let mut claims = claims(citizen);
        claims["iss"] = self.issuer().into();
        claims["aud"] = CLIENT.into();
        claims["iat"] = second.into();
        claims["exp"] = (second + TOKEN_SECONDS).into();
        claims["at_hash"] = URL_SAFE_NO_PAD.encode(&digest(&SHA256, access_token.as_bytes()).as_ref()[..16]).into();
        if let Some(nonce) = nonce {
            claims["nonce"] = nonce.into();
        }
        let header = json!({"alg": "ES256", "typ": "JWT", "kid": self.public().thumbprint().jkt()});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.expect("a key signs where there are random numbers");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// What is known of whose access token this is.
    pub(crate) fn userinfo(&self, access_token: &str, now: Timestamp) -> Option<Value> {
        let (citizen, until) = *held(&self.tokens).get(access_token)?;
        (now < until).then(|| claims(&CITIZENS[citizen]))
    }
}

/// By the portal's names.
fn claims(citizen: &Citizen) -> Value {
    json!({
        "sub": format!("demo-{}", citizen.number), "TechID": format!("demo-{}", citizen.number),
        "LoaiTaiKhoan": if citizen.organisation { "2" } else { "1" }, "SoDinhDanh": citizen.number,
        "HoVaTen": citizen.name, "NgaySinh": citizen.birth, "loAs": citizen.assurance.to_string(),
    })
}

/// The one value of a parameter; of one that stands twice there is none.
fn one<'a>(form: &'a Form, name: &str) -> Option<&'a str> {
    let mut all = form.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str());
    all.next().filter(|_| all.next().is_none())
}

fn token() -> String {
    URL_SAFE_NO_PAD.encode(random::<32>())
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn make_room<T>(remembered: &mut HashMap<String, T>) {
    if remembered.len() >= REMEMBERED {
        remembered.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::MONDAY;

    const VERIFIER: &str = "a-verifier-that-is-long-enough-for-rfc-7636";

    fn provider() -> DemoProvider {
        DemoProvider::at("http://127.0.0.1:8080")
    }

    fn form(change: &[(&str, &str)]) -> Form {
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
        let honest = [
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("redirect_uri", APP),
            ("scope", "openid"),
            ("state", "s"),
            ("nonce", "n"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let kept = honest.iter().filter(|(name, _)| change.iter().all(|(changed, _)| changed != name));
        let changed = change.iter().filter(|(_, value)| !value.is_empty());
        kept.chain(changed).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn parameter(address: &str, name: &str) -> Option<String> {
        let query = address.split_once('?').unwrap().1;
        form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
    }

    fn code(provider: &DemoProvider) -> String {
        let asked = provider.asked(&form(&[])).ok().unwrap();
        let back = provider.chosen(asked, CITIZENS[0].number, MONDAY);
        assert_eq!(parameter(&back, "state").as_deref(), Some("s"));
        assert_eq!(parameter(&back, "iss").as_deref(), Some("http://127.0.0.1:8080/demo/provider"));
        parameter(&back, "code").unwrap()
    }

    fn give(
        provider: &DemoProvider,
        code: &str,
        change: &[(&str, &str)],
        now: Timestamp,
    ) -> Result<Value, &'static str> {
        let basic = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{}", provider.secret)));
        let mut form =
            [("grant_type", "authorization_code"), ("code", code), ("code_verifier", VERIFIER), ("redirect_uri", APP)];
        form.iter_mut().for_each(|(name, value)| {
            if let Some((_, changed)) = change.iter().find(|(changed, _)| changed == name) {
                *value = changed;
            }
        });
        let form: Form = form.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        provider.tokens(Some(&basic), &form, now)
    }

    #[test]
    fn only_a_known_client_with_a_registered_address_is_ever_sent_back() {
        let provider = provider();
        let here = |change: &[(&str, &str)]| provider.asked(&form(change)).err();
        for bad in ["https://evil.example", "hoso://signed-in/", "", "HOSO://signed-in"] {
            assert_eq!(here(&[("redirect_uri", bad)]), Some(Refused::Here("redirect_uri")), "{bad}");
        }
        assert_eq!(here(&[("client_id", "other")]), Some(Refused::Here("client_id")));
        let mut twice = form(&[]);
        twice.push(("redirect_uri".into(), "https://evil.example".into()));
        assert_eq!(provider.asked(&twice).err(), Some(Refused::Here("redirect_uri")));
    }

    #[test]
    fn what_a_client_asks_wrongly_it_is_told_where_it_is_known() {
        let provider = provider();
        for (change, error) in [
            (("response_type", "token"), "unsupported_response_type"),
            (("scope", "profile"), "invalid_scope"),
            (("code_challenge", ""), "invalid_request"),
            (("code_challenge", "short"), "invalid_request"),
            (("code_challenge_method", "plain"), "invalid_request"),
            (("code_challenge_method", ""), "invalid_request"),
        ] {
            let Some(Refused::There(back)) = provider.asked(&form(&[change])).err() else { panic!("{change:?}") };
            assert!(back.starts_with(APP) && parameter(&back, "error").as_deref() == Some(error), "{back}");
            assert_eq!(parameter(&back, "state").as_deref(), Some("s"));
        }
        let asked = provider.asked(&form(&[])).ok().unwrap();
        let cancelled = provider.chosen(asked, "", MONDAY);
        assert_eq!(parameter(&cancelled, "error").as_deref(), Some("access_denied"));
    }

    #[test]
    fn a_code_serves_once_within_a_minute_whoever_has_verifier_secret_and_address() {
        let provider = provider();
        let fresh = || code(&provider);
        let once = fresh();
        assert!(give(&provider, &once, &[], MONDAY.plus_seconds(59)).is_ok());
        assert_eq!(give(&provider, &once, &[], MONDAY), Err("invalid_grant"));
        assert_eq!(give(&provider, &fresh(), &[], MONDAY.plus_seconds(60)), Err("invalid_grant"));
        assert_eq!(give(&provider, &fresh(), &[("code_verifier", "other")], MONDAY), Err("invalid_grant"));
        assert_eq!(give(&provider, &fresh(), &[("redirect_uri", "x")], MONDAY), Err("invalid_grant"));
        assert_eq!(give(&provider, &fresh(), &[("grant_type", "password")], MONDAY), Err("unsupported_grant_type"));
        assert_eq!(provider.tokens(None, &Form::new(), MONDAY), Err("invalid_client"));
        assert_eq!(provider.tokens(Some("Basic aG9zby1kZW1vOg=="), &Form::new(), MONDAY), Err("invalid_client"));
    }

    #[test]
    fn userinfo_is_for_who_has_the_access_token_as_long_as_it_lives() {
        let provider = provider();
        let given = give(&provider, &code(&provider), &[], MONDAY).unwrap();
        let access_token = given["access_token"].as_str().unwrap();
        let said = provider.userinfo(access_token, MONDAY).unwrap();
        assert_eq!((&said["SoDinhDanh"], &said["sub"]), (&json!("031090000001"), &json!("demo-031090000001")));
        assert!(provider.userinfo("other", MONDAY).is_none());
        assert!(provider.userinfo(access_token, MONDAY.plus_seconds(TOKEN_SECONDS)).is_none());
    }

    #[test]
    fn the_invented_are_known_for_what_they_are() {
        for (n, citizen) in (0..).zip(&CITIZENS) {
            assert!(citizen.number.parse::<dossier::ids::CitizenNumber>().is_ok());
            assert!(citizen.name.contains("Ví Dụ") || citizen.number == super::super::COURIER.number);
            assert!(CITIZENS.iter().skip(n + 1).all(|other| other.number != citizen.number));
        }
    }
}
