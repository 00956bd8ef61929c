//! Tokens and proofs that are wrong in one thing each, over the real routes. Beside each stands the good one that it differs
//! from, which is served: what refuses a vector is the one thing and nothing else.

use super::*;
use crate::auth::signature::other;
use crate::config::Config;
use crate::keys::coordinates;
use crate::store::sessions as table;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use dossier::ids::{PublicKey, Signature};

/// Who signs a JWS, and how the signature is written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum By {
    Right,
    RightWithHighS,
    RightAsDer,
    SomebodyElse,
    Nobody,
    Zeros,
    Hmac,
}

/// How the three parts are written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Written {
    Plain,
    Padded,
    StandardAlphabet,
    WithSpace,
    FourParts,
    TwoParts,
}

/// A JWS: the text of header and claims, as it is to be sent.
#[derive(Clone, Debug, PartialEq)]
struct Jws {
    header: String,
    claims: String,
    by: By,
    written: Written,
}

/// Everything of a request that tells who calls. In a proof's claims `$ath`, `$jti` and `$nonce` are filled in as it is sent.
#[derive(Clone, Debug, PartialEq)]
struct Attempt {
    path: &'static str,
    host: &'static str,
    scheme: &'static str,
    token: Jws,
    /// In place of the JWS.
    other_token: Option<String>,
    proof: Jws,
    authorizations: usize,
    proofs: usize,
    /// The same request was sent before.
    sent_before: bool,
}

struct Bench {
    world: World,
    phone: Phone,
}

type Vector = (&'static str, &'static str, fn(&mut Attempt, &Bench));

impl Jws {
    /// With another value for a member, or with one more.
    fn set(text: &mut String, member: &str, value: Value) {
        let mut object: Value = serde_json::from_str(text).unwrap();
        object[member] = value;
        *text = object.to_string();
    }

    fn remove(text: &mut String, member: &str) {
        let mut object: Value = serde_json::from_str(text).unwrap();
        object.as_object_mut().unwrap().remove(member).unwrap();
        *text = object.to_string();
    }

    /// With a member twice.
    fn repeat(text: &mut String, member: &str, value: &str) {
        assert!(text.contains(&format!("\"{member}\":")));
        *text = text.replacen('{', &format!("{{\"{member}\":{value},"), 1);
    }

    fn write(&self, sign: impl Fn(&[u8]) -> Signature, public: &PublicKey) -> String {
        let part = |bytes: &[u8]| match self.written {
            Written::Padded => URL_SAFE.encode(bytes),
            Written::StandardAlphabet => STANDARD.encode(bytes),
            _ => URL_SAFE_NO_PAD.encode(bytes),
        };
        let signed = format!("{}.{}", part(self.header.as_bytes()), part(self.claims.as_bytes()));
        let right = sign(signed.as_bytes());
        let signature = match self.by {
            By::Right => right.bytes().to_vec(),
            By::RightWithHighS => other(right).bytes().to_vec(),
            By::RightAsDer => der(&right),
            By::SomebodyElse => PhoneKey::new().sign(signed.as_bytes()).bytes().to_vec(),
            By::Nobody => Vec::new(),
            By::Zeros => vec![0; 64],
            By::Hmac => {
                let secret = hmac::Key::new(hmac::HMAC_SHA256, &public.sec1());
                hmac::sign(&secret, signed.as_bytes()).as_ref().to_vec()
            }
        };
        match self.written {
            Written::WithSpace => format!("{signed} .{}", part(&signature)),
            Written::FourParts => format!("{signed}.{}.AAAA", part(&signature)),
            Written::TwoParts => signed,
            _ => format!("{signed}.{}", part(&signature)),
        }
    }
}

/// A signature as ASN.1 has it.
fn der(signature: &Signature) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let bytes = [&[0], bytes].concat();
        [&[2, bytes.len() as u8], bytes.as_slice()].concat()
    };
    let both = [integer(&signature.bytes()[..32]), integer(&signature.bytes()[32..])].concat();
    [&[0x30, both.len() as u8], both.as_slice()].concat()
}

impl Bench {
    async fn open() -> Self {
        Self::open_as(None).await
    }

    /// A server that is not tired of one device, reached at this address.
    async fn open_as(public_url: Option<&str>) -> Self {
        let (dir, app) = server().await;
        let mut config = Config { public_url: public_url.map(str::to_owned), ..app.config.clone() };
        config.limits.syncs_per_minute = 1_000_000;
        let world = World { _dir: dir, app: App::open(config, app.clock.clone()).await.unwrap() };
        let phone = world.phone("031090000123", false).await;
        Self { world, phone }
    }

    fn read(part: &str) -> String {
        String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    fn good(&self) -> Attempt {
        let parts: Vec<&str> = self.phone.token.split('.').collect();
        let jws = |header, claims| Jws { header, claims, by: By::Right, written: Written::Plain };
        let claims = json!({"jti": "$jti", "htm": "POST", "htu": "http://localhost/v1/sync", "iat": 0, "ath": "$ath",
            "nonce": "$nonce"});
        Attempt {
            path: "/v1/sync",
            host: "localhost",
            scheme: "DPoP",
            token: jws(Self::read(parts[0]), Self::read(parts[1])),
            other_token: None,
            proof: jws(self.phone.key.header().to_string(), claims.to_string()),
            authorizations: 1,
            proofs: 1,
            sent_before: false,
        }
    }

    fn token(&self, attempt: &Attempt) -> String {
        let keys = &self.world.app.keys;
        attempt.other_token.clone().unwrap_or_else(|| attempt.token.write(|m| keys.sign(m), &keys.public()))
    }

    async fn send(&self, attempt: &Attempt) -> Answer {
        let token = self.token(attempt);
        let mut proof = attempt.proof.clone();
        let nonce = nonce::make(&self.world.app.keys, self.world.app.clock.now());
        let ath = URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes()));
        let id = hex::encode(crate::seal::random::<16>());
        for (name, value) in [("$ath", ath), ("$jti", id), ("$nonce", nonce)] {
            proof.claims = proof.claims.replace(name, &value);
        }
        let proof = proof.write(|m| self.phone.key.sign(m), &self.phone.key.public());
        let (_, body) =
            phone::ask(self.phone.cursor, vec![].into(), &self.world.app.info.server, |m| self.phone.key.sign(m));
        let request = || {
            let mut request = TestRequest::post().uri(attempt.path).insert_header(("Host", attempt.host));
            for _ in 0..attempt.authorizations {
                request = request.append_header(("Authorization", format!("{} {token}", attempt.scheme)));
            }
            for _ in 0..attempt.proofs {
                request = request.append_header(("DPoP", proof.as_str()));
            }
            request.set_payload(body.clone())
        };
        if attempt.sent_before {
            assert_eq!(self.world.ask(request()).await.status, 200, "the first time");
        }
        self.world.ask(request()).await
    }
}

/// In how many parts two attempts differ.
fn differences(one: &Attempt, two: &Attempt) -> usize {
    fn different<T: PartialEq>(one: &T, two: &T) -> usize {
        usize::from(one != two)
    }
    let jws = |one: &Jws, two: &Jws| {
        different(&one.header, &two.header)
            + different(&one.claims, &two.claims)
            + different(&one.by, &two.by)
            + different(&one.written, &two.written)
    };
    jws(&one.token, &two.token)
        + jws(&one.proof, &two.proof)
        + different(&one.path, &two.path)
        + different(&one.host, &two.host)
        + different(&one.scheme, &two.scheme)
        + different(&one.other_token, &two.other_token)
        + different(&one.authorizations, &two.authorizations)
        + different(&one.proofs, &two.proofs)
        + different(&one.sent_before, &two.sent_before)
}

const TOKEN: &str = "unauthorised";
const PROOF: &str = "invalid_dpop_proof";
const NONCE: &str = "use_dpop_nonce";
const SECOND: i64 = MONDAY.0 / 1000;

fn with_jwk(attempt: &mut Attempt, change: impl FnOnce(&mut Value)) {
    let mut header: Value = serde_json::from_str(&attempt.proof.header).unwrap();
    change(&mut header["jwk"]);
    attempt.proof.header = header.to_string();
}

fn nonce_at(bench: &Bench, minutes: i64) -> Value {
    json!(nonce::make(&bench.world.app.keys, MONDAY.plus_seconds(60 * minutes)))
}

/// What is wrong with the token.
const TOKENS: &[Vector] = &[
    ("algorithm none, no signature", TOKEN, |a, _| {
        Jws::set(&mut a.token.header, "alg", json!("none"));
    }),
    ("algorithm None", TOKEN, |a, _| Jws::set(&mut a.token.header, "alg", json!("None"))),
    ("HS256", TOKEN, |a, _| Jws::set(&mut a.token.header, "alg", json!("HS256"))),
    ("RS256", TOKEN, |a, _| Jws::set(&mut a.token.header, "alg", json!("RS256"))),
    ("ES384", TOKEN, |a, _| Jws::set(&mut a.token.header, "alg", json!("ES384"))),
    ("EdDSA", TOKEN, |a, _| Jws::set(&mut a.token.header, "alg", json!("EdDSA"))),
    ("signed by nobody", TOKEN, |a, _| a.token.by = By::Nobody),
    ("signed by somebody else", TOKEN, |a, _| a.token.by = By::SomebodyElse),
    ("an HMAC with the public key", TOKEN, |a, _| a.token.by = By::Hmac),
    ("a signature of zeros", TOKEN, |a, _| a.token.by = By::Zeros),
    ("a signature in DER", TOKEN, |a, _| a.token.by = By::RightAsDer),
    ("type JWT", TOKEN, |a, _| Jws::set(&mut a.token.header, "typ", json!("JWT"))),
    ("a proof's type", TOKEN, |a, _| Jws::set(&mut a.token.header, "typ", json!("dpop+jwt"))),
    ("no type", TOKEN, |a, _| Jws::remove(&mut a.token.header, "typ")),
    ("no algorithm", TOKEN, |a, _| Jws::remove(&mut a.token.header, "alg")),
    ("no key's name", TOKEN, |a, _| Jws::remove(&mut a.token.header, "kid")),
    ("an unknown key's name", TOKEN, |a, _| Jws::set(&mut a.token.header, "kid", json!("nobody's"))),
    ("its own key", TOKEN, |a, b| {
        let jwk = b.phone.key.header()["jwk"].clone();
        Jws::set(&mut a.token.header, "jwk", jwk);
    }),
    ("a key at an address", TOKEN, |a, _| Jws::set(&mut a.token.header, "jku", json!("https://evil.example/jwks"))),
    ("a certificate at an address", TOKEN, |a, _| {
        Jws::set(&mut a.token.header, "x5u", json!("https://evil.example/c"))
    }),
    ("something critical", TOKEN, |a, _| Jws::set(&mut a.token.header, "crit", json!(["b64"]))),
    ("unencoded claims", TOKEN, |a, _| Jws::set(&mut a.token.header, "b64", json!(false))),
    ("a header's member twice", TOKEN, |a, _| Jws::repeat(&mut a.token.header, "alg", "\"ES256\"")),
    ("a claim twice", TOKEN, |a, _| Jws::repeat(&mut a.token.claims, "exp", "99999999999")),
    ("another audience", TOKEN, |a, _| Jws::set(&mut a.token.claims, "aud", json!("somebody"))),
    ("several audiences", TOKEN, |a, _| Jws::set(&mut a.token.claims, "aud", json!(["hoso", "somebody"]))),
    ("another issuer", TOKEN, |a, _| {
        Jws::set(&mut a.token.claims, "iss", json!("urn:hoso:server:00000000-0000-4000-8000-000000000000"));
    }),
    ("expired", TOKEN, |a, _| Jws::set(&mut a.token.claims, "exp", json!(SECOND))),
    ("an end that is text", TOKEN, |a, _| Jws::set(&mut a.token.claims, "exp", json!("99999999999"))),
    ("an end that is no whole number", TOKEN, |a, _| Jws::set(&mut a.token.claims, "exp", json!(9e10 + 0.5))),
    ("not yet valid", TOKEN, |a, _| Jws::set(&mut a.token.claims, "nbf", json!(SECOND + 6))),
    ("made in the future", TOKEN, |a, _| Jws::set(&mut a.token.claims, "iat", json!(SECOND + 6))),
    ("no issuer", TOKEN, |a, _| Jws::remove(&mut a.token.claims, "iss")),
    ("no audience", TOKEN, |a, _| Jws::remove(&mut a.token.claims, "aud")),
    ("no subject", TOKEN, |a, _| Jws::remove(&mut a.token.claims, "sub")),
    ("no end", TOKEN, |a, _| Jws::remove(&mut a.token.claims, "exp")),
    ("no beginning", TOKEN, |a, _| Jws::remove(&mut a.token.claims, "nbf")),
    ("no moment", TOKEN, |a, _| Jws::remove(&mut a.token.claims, "iat")),
    ("no id", TOKEN, |a, _| Jws::remove(&mut a.token.claims, "jti")),
    ("an empty id", TOKEN, |a, _| Jws::set(&mut a.token.claims, "jti", json!(""))),
    ("no session", TOKEN, |a, _| Jws::remove(&mut a.token.claims, "sid")),
    ("a session that is none", TOKEN, |a, _| Jws::set(&mut a.token.claims, "sid", json!("x"))),
    ("of another life of the server", TOKEN, |a, _| Jws::set(&mut a.token.claims, "life", json!(7))),
    ("of no life", TOKEN, |a, _| Jws::remove(&mut a.token.claims, "life")),
    ("bound to nothing", TOKEN, |a, _| Jws::remove(&mut a.token.claims, "cnf")),
    ("bound to another key", PROOF, |a, _| {
        let jkt = PhoneKey::new().public().thumbprint().jkt();
        Jws::set(&mut a.token.claims, "cnf", json!({"jkt": jkt}));
    }),
    ("of nobody", TOKEN, |a, _| Jws::set(&mut a.token.claims, "sub", json!("nobody"))),
    ("an officer's role", TOKEN, |a, _| Jws::set(&mut a.token.claims, "role", json!("one-stop"))),
    ("a role nobody knows", TOKEN, |a, _| Jws::set(&mut a.token.claims, "role", json!("admin"))),
    ("claims that are no object", TOKEN, |a, _| a.token.claims = "[]".into()),
    ("empty claims", TOKEN, |a, _| a.token.claims = String::new()),
    ("an empty header", TOKEN, |a, _| a.token.header = String::new()),
    ("padding", TOKEN, |a, _| a.token.written = Written::Padded),
    ("the alphabet of base64", TOKEN, |a, _| {
        a.token.written = Written::StandardAlphabet;
    }),
    ("a space", TOKEN, |a, _| a.token.written = Written::WithSpace),
    ("four parts", TOKEN, |a, _| a.token.written = Written::FourParts),
    ("two parts", TOKEN, |a, _| a.token.written = Written::TwoParts),
    ("too large", TOKEN, |a, _| Jws::set(&mut a.token.claims, "more", json!("x".repeat(2_000)))),
    ("an officer's token", TOKEN, |a, b| a.other_token = Some(b.world.officer_of(0))),
    ("nothing", TOKEN, |a, _| a.other_token = Some(String::new())),
    ("as a bearer's", TOKEN, |a, _| a.scheme = "Bearer"),
    ("two of them", TOKEN, |a, _| a.authorizations = 2),
    ("none", TOKEN, |a, _| a.authorizations = 0),
];

/// What is wrong with the proof.
const PROOFS: &[Vector] = &[
    ("algorithm none", PROOF, |a, _| Jws::set(&mut a.proof.header, "alg", json!("none"))),
    ("HS256", PROOF, |a, _| Jws::set(&mut a.proof.header, "alg", json!("HS256"))),
    ("RS256", PROOF, |a, _| Jws::set(&mut a.proof.header, "alg", json!("RS256"))),
    ("ES384", PROOF, |a, _| Jws::set(&mut a.proof.header, "alg", json!("ES384"))),
    ("an HMAC with the public key", PROOF, |a, _| a.proof.by = By::Hmac),
    ("signed by nobody", PROOF, |a, _| a.proof.by = By::Nobody),
    ("signed by somebody else", PROOF, |a, _| a.proof.by = By::SomebodyElse),
    ("a signature of zeros", PROOF, |a, _| a.proof.by = By::Zeros),
    ("a signature in DER", PROOF, |a, _| a.proof.by = By::RightAsDer),
    ("an access token's type", PROOF, |a, _| Jws::set(&mut a.proof.header, "typ", json!("at+jwt"))),
    ("no type", PROOF, |a, _| Jws::remove(&mut a.proof.header, "typ")),
    ("no key", PROOF, |a, _| Jws::remove(&mut a.proof.header, "jwk")),
    ("a key's name", PROOF, |a, _| Jws::set(&mut a.proof.header, "kid", json!("x"))),
    ("certificates", PROOF, |a, _| Jws::set(&mut a.proof.header, "x5c", json!([]))),
    ("something critical", PROOF, |a, _| Jws::set(&mut a.proof.header, "crit", json!(["b64"]))),
    ("unencoded claims", PROOF, |a, _| Jws::set(&mut a.proof.header, "b64", json!(true))),
    ("another key than signs", PROOF, |a, _| a.proof.header = PhoneKey::new().header().to_string()),
    ("a private key", PROOF, |a, _| with_jwk(a, |jwk| jwk["d"] = json!("AAAA"))),
    ("a symmetric key", PROOF, |a, _| with_jwk(a, |jwk| jwk["k"] = json!("AAAA"))),
    ("a key of another kind", PROOF, |a, _| with_jwk(a, |jwk| jwk["kty"] = json!("OKP"))),
    ("a key on another curve", PROOF, |a, _| with_jwk(a, |jwk| jwk["crv"] = json!("P-384"))),
    ("a key that is no point of the curve", PROOF, |a, _| with_jwk(a, |jwk| jwk["y"] = jwk["x"].clone())),
    ("the point at infinity", PROOF, |a, _| {
        with_jwk(a, |jwk| {
            let zero = json!(URL_SAFE_NO_PAD.encode([0; 32]));
            (jwk["x"], jwk["y"]) = (zero.clone(), zero);
        });
    }),
    ("coordinates cut elsewhere", PROOF, |a, b| {
        let public = b.phone.key.public();
        with_jwk(a, |jwk| {
            jwk["x"] = json!(URL_SAFE_NO_PAD.encode(&public.bytes()[..31]));
            jwk["y"] = json!(URL_SAFE_NO_PAD.encode(&public.bytes()[31..]));
        });
    }),
    ("a padded coordinate", PROOF, |a, b| {
        let (x, _) = coordinates(&b.phone.key.public());
        with_jwk(a, |jwk| jwk["x"] = json!(format!("{x}=")));
    }),
    ("another method", PROOF, |a, _| Jws::set(&mut a.proof.claims, "htm", json!("GET"))),
    ("a method in small letters", PROOF, |a, _| Jws::set(&mut a.proof.claims, "htm", json!("post"))),
    ("another path", PROOF, |a, _| Jws::set(&mut a.proof.claims, "htu", json!("http://localhost/v1/token"))),
    ("another host", PROOF, |a, _| Jws::set(&mut a.proof.claims, "htu", json!("http://evil.example/v1/sync"))),
    ("another port", PROOF, |a, _| Jws::set(&mut a.proof.claims, "htu", json!("http://localhost:81/v1/sync"))),
    ("another scheme", PROOF, |a, _| Jws::set(&mut a.proof.claims, "htu", json!("https://localhost/v1/sync"))),
    ("a path alone", PROOF, |a, _| Jws::set(&mut a.proof.claims, "htu", json!("/v1/sync"))),
    ("sent to another host", PROOF, |a, _| a.host = "evil.example"),
    ("sent to a host that is none", PROOF, |a, _| a.host = "local host"),
    ("no method", PROOF, |a, _| Jws::remove(&mut a.proof.claims, "htm")),
    ("no address", PROOF, |a, _| Jws::remove(&mut a.proof.claims, "htu")),
    ("no moment", PROOF, |a, _| Jws::remove(&mut a.proof.claims, "iat")),
    ("a moment that is text", PROOF, |a, _| Jws::set(&mut a.proof.claims, "iat", json!("0"))),
    ("no hash of the token", PROOF, |a, _| Jws::remove(&mut a.proof.claims, "ath")),
    ("another token's hash", PROOF, |a, _| {
        Jws::set(&mut a.proof.claims, "ath", json!(URL_SAFE_NO_PAD.encode([7; 32])));
    }),
    ("no id", PROOF, |a, _| Jws::remove(&mut a.proof.claims, "jti")),
    ("an empty id", PROOF, |a, _| Jws::set(&mut a.proof.claims, "jti", json!(""))),
    ("an id of 65 characters", PROOF, |a, _| Jws::set(&mut a.proof.claims, "jti", json!("ế".repeat(65)))),
    ("a claim twice", PROOF, |a, _| Jws::repeat(&mut a.proof.claims, "htm", "\"POST\"")),
    ("no nonce", NONCE, |a, _| Jws::remove(&mut a.proof.claims, "nonce")),
    ("a nonce that is none", NONCE, |a, _| Jws::set(&mut a.proof.claims, "nonce", json!("AAAA"))),
    ("a nonce of six minutes ago", NONCE, |a, b| Jws::set(&mut a.proof.claims, "nonce", nonce_at(b, -6))),
    ("a nonce of the next minute", NONCE, |a, b| Jws::set(&mut a.proof.claims, "nonce", nonce_at(b, 1))),
    ("another server's nonce", NONCE, |a, _| {
        let dir = tempfile::tempdir().unwrap();
        let others = crate::keys::Keys::open(&dir.path().join("keys")).unwrap();
        Jws::set(&mut a.proof.claims, "nonce", json!(nonce::make(&others, MONDAY)));
    }),
    ("sent a second time", NONCE, |a, _| a.sent_before = true),
    ("padding", PROOF, |a, _| a.proof.written = Written::Padded),
    ("a space", PROOF, |a, _| a.proof.written = Written::WithSpace),
    ("four parts", PROOF, |a, _| a.proof.written = Written::FourParts),
    ("two parts", PROOF, |a, _| a.proof.written = Written::TwoParts),
    ("too large", PROOF, |a, _| Jws::set(&mut a.proof.claims, "more", json!("x".repeat(4_096)))),
    ("two of them", PROOF, |a, _| a.proofs = 2),
    ("none", PROOF, |a, _| a.proofs = 0),
];

/// What looks odd and is right.
const GOOD: &[Vector] = &[
    ("as it is", "", |_, _| {}),
    ("a token's signature with a high S: RFC 7518 knows no low one", "", |a, _| a.token.by = By::RightWithHighS),
    ("a proof's", "", |a, _| a.proof.by = By::RightWithHighS),
    ("a nonce of five minutes ago", "", |a, b| Jws::set(&mut a.proof.claims, "nonce", nonce_at(b, -5))),
    ("a clock of 1970", "", |a, _| Jws::set(&mut a.proof.claims, "iat", json!(-1.5))),
    ("a clock of the year 33658", "", |a, _| Jws::set(&mut a.proof.claims, "iat", json!(1_000_000_000_000_i64))),
    ("an id of 64 characters", "", |a, _| Jws::set(&mut a.proof.claims, "jti", json!("ế".repeat(64)))),
    ("a claim that nobody knows", "", |a, _| Jws::set(&mut a.proof.claims, "more", json!(1))),
    ("the same in a token", "", |a, _| Jws::set(&mut a.token.claims, "more", json!(1))),
    ("an address with a query and its own port", "", |a, _| {
        Jws::set(&mut a.proof.claims, "htu", json!("HTTP://LOCALHOST:80/v1/sync?a#b"));
    }),
    ("five seconds that clocks are apart", "", |a, _| Jws::set(&mut a.token.claims, "nbf", json!(SECOND + 5))),
    ("the last second of its life", "", |a, _| Jws::set(&mut a.token.claims, "exp", json!(SECOND + 1))),
    ("a courier's", "", |a, _| Jws::set(&mut a.token.claims, "role", json!("courier"))),
    ("a scheme in small letters", "", |a, _| a.scheme = "dpop"),
];

#[actix_web::test]
async fn what_is_wrong_in_one_thing_is_refused_with_its_code_and_the_good_one_beside_it_is_served() {
    let bench = Bench::open().await;
    let mut wrong = Vec::new();
    for (part, vectors) in [("token", TOKENS), ("proof", PROOFS), ("good", GOOD)] {
        for (n, (name, code, change)) in vectors.iter().enumerate() {
            let good = bench.good();
            let mut attempt = good.clone();
            change(&mut attempt, &bench);
            let one = usize::from((part, n) != ("good", 0));
            assert_eq!(differences(&good, &attempt), one, "{part}, {name}: it differs in one thing");
            let answer = bench.send(&attempt).await;
            let told = (answer.status, if answer.status == 200 { String::new() } else { answer.code() });
            let expected = (if code.is_empty() { 200 } else { 401 }, (*code).to_owned());
            if told != expected {
                wrong.push(format!("{part}, {name}: {told:?} and not {expected:?}"));
            }
            assert_eq!(bench.send(&good).await.status, 200, "{part}, beside {name}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(TOKENS.len() + PROOFS.len() >= 40);
}

#[actix_web::test]
async fn a_refresh_token_is_its_sessions_its_numbers_and_its_devices() {
    use crate::auth::refresh;
    let bench = Bench::open().await;
    let (world, phone) = (&bench.world, &bench.phone);
    let other = world.phone("031190000124", false).await;
    let device = phone.key.public().thumbprint();
    let session = table::last_of(&world.app.db.read, &device).await.unwrap().unwrap().id;
    let keys = &world.app.keys;
    let bytes = URL_SAFE_NO_PAD.decode(&phone.refresh[4..]).unwrap();
    let with = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        format!("hr1.{}", URL_SAFE_NO_PAD.encode(bytes))
    };
    let no_such = table::SessionId(uuid::Uuid::from_u128(9));
    let theirs = table::last_of(&world.app.db.read, &other.key.public().thumbprint()).await.unwrap().unwrap().id;
    let cases = [
        ("another device's", other.refresh.clone(), TOKEN),
        ("with another session", with(0), TOKEN),
        ("with another number", with(19), TOKEN),
        ("with another MAC", with(35), TOKEN),
        ("cut", phone.refresh[..51].to_owned(), TOKEN),
        ("padded", format!("{}=", phone.refresh), TOKEN),
        ("of another version", phone.refresh.replace("hr1", "hr2"), TOKEN),
        ("in capitals", phone.refresh.replace("hr1", "HR1"), TOKEN),
        ("nothing", "hr1.".to_owned(), TOKEN),
        ("of no session", refresh::write(keys, &no_such, 1, &device), "signed_out"),
        ("of another device's session", refresh::write(keys, &theirs, 1, &device), "signed_out"),
    ];
    for (path, route) in [("/v1/token", "renewal"), ("/v1/sync", "exchange")] {
        for (name, token, code) in &cases {
            let nonce = nonce::make(keys, MONDAY);
            let asked = proven(&phone.key, (Method::POST, path), token, &nonce);
            let answer = world.ask(asked).await;
            assert_eq!((answer.status, answer.code().as_str()), (401, *code), "{route}: {name}");
        }
    }
    // None of them was taken for a copy.
    let newest = table::find(&world.app.db.read, &session).await.unwrap().unwrap();
    assert!(!newest.ended && newest.newest == refresh::FIRST);
    assert_eq!(world.ask(phone.renew(world)).await.status, 200, "the good one");
}

#[actix_web::test]
async fn a_token_of_a_key_that_was_retired_is_nothing_however_long_it_was_to_live() {
    let bench = Bench::open().await;
    let mut attempt = bench.good();
    Jws::set(&mut attempt.token.claims, "exp", json!(SECOND + 100_000));
    let app = &bench.world.app;
    let old = bench.token(&attempt);
    app.keys.rotate(&app.info.server, MONDAY).unwrap();
    let kid = app.keys.public().thumbprint().jkt();
    Jws::set(&mut attempt.token.header, "kid", json!(kid));
    let by_old = |attempt: &Attempt| Attempt { other_token: Some(old.clone()), ..attempt.clone() };
    for (seconds, old_is_good) in [(0, true), (3_599, true), (3_600, false)] {
        app.clock.set(MONDAY.plus_seconds(seconds));
        let told = bench.send(&by_old(&attempt)).await;
        assert_eq!(told.status == 200, old_is_good, "{seconds}");
        assert!(old_is_good || told.code() == TOKEN);
        assert_eq!(bench.send(&attempt).await.status, 200, "{seconds}: the new key's");
    }
}

#[actix_web::test]
async fn behind_a_proxy_a_proof_is_for_the_address_that_the_settings_name() {
    let bench = Bench::open_as(Some("https://dvc.example/hoso")).await;
    let mut attempt = bench.good();
    attempt.host = "10.0.0.1:8080";
    for (url, status) in [
        ("https://dvc.example/hoso/v1/sync", 200),
        ("https://dvc.example/v1/sync", 401),
        ("http://10.0.0.1:8080/v1/sync", 401),
    ] {
        Jws::set(&mut attempt.proof.claims, "htu", json!(url));
        assert_eq!(bench.send(&attempt).await.status, status, "{url}");
    }
}
