//! A phone made by hand, key and proofs and all, which can do what the product's phone never does.

use crate::harness::{Answer, Caller, Hub};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dossier::exchange::{pack, push_leaf, push_message};
use dossier::ids::{DossierId, PublicKey, ServerId, Signature};
use dossier::layout::LAYOUT;
use dossier::merkle;
use dossier::procedure::{Catalogue, Procedure};
use dossier::replica::{Intent, Replica};
use dossier::wire::{
    Cursor, DossierPush, Open, PROTOCOL, SignedAnswer, SyncAnswer, SyncRequest, Verdict, enrolment_message, to_bytes,
};
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::Signer as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) struct Handset {
    pub(crate) key: Key,
    pub(crate) server: ServerId,
    pub(crate) token: String,
    pub(crate) refresh: String,
    url: String,
    pub(crate) caller: Caller,
    pub(crate) nonce: String,
}

/// A device's key.
pub(crate) struct Key(SigningKey);

/// What a proof says; a handset says what it likes.
#[derive(Clone)]
pub(crate) struct Proof<'a> {
    /// Of the server that it is for.
    pub(crate) url: &'a str,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) token: &'a str,
    pub(crate) nonce: &'a str,
    /// Seconds since 1970 by the phone's clock.
    pub(crate) at: u64,
}

impl Key {
    pub(crate) fn numbered(n: u8) -> Self {
        Self(SigningKey::from_slice(&[n; 32]).expect("a small number is a key"))
    }

    /// From the bytes of a key file of the server.
    pub(crate) fn of_server(hub: &Hub) -> Self {
        use p256::pkcs8::DecodePrivateKey as _;
        let bytes = std::fs::read(hub.data().join("keys/signing.pkcs8")).expect("the server made it");
        Self(SigningKey::from_pkcs8_der(&bytes).expect("a P-256 key"))
    }

    pub(crate) fn public(&self) -> PublicKey {
        PublicKey::try_from(&self.0.verifying_key().to_sec1_point(false).as_bytes()[1..]).expect("64 bytes")
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Signature {
        let signature: p256::ecdsa::Signature = self.0.sign(message);
        Signature(signature.normalize_s().to_bytes().into())
    }

    /// The other signature of the same message, which counts for nothing here.
    pub(crate) fn sign_high(&self, message: &[u8]) -> Signature {
        let signature = p256::ecdsa::Signature::from_slice(&self.sign(message).0).expect("our own signature");
        let (r, s) = (signature.r().to_bytes(), (-*signature.s()).to_bytes());
        Signature(p256::ecdsa::Signature::from_scalars(r, s).expect("also a signature").to_bytes().into())
    }

    /// A JWT, ES256.
    pub(crate) fn jwt(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", text(header.to_string().as_bytes()), text(claims.to_string().as_bytes()));
        format!("{signed}.{}", text(&self.sign(signed.as_bytes()).0))
    }

    pub(crate) fn prove(&self, proof: &Proof<'_>) -> String {
        let key = self.public();
        let (x, y) = key.bytes().split_at(32);
        let header = json!({"typ": "dpop+jwt", "alg": "ES256",
            "jwk": {"kty": "EC", "crv": "P-256", "x": text(x), "y": text(y)}});
        let mut claims = json!({"jti": new_id(), "htm": proof.method, "iat": proof.at,
            "htu": format!("{}{}", proof.url, proof.path), "ath": text(&Sha256::digest(proof.token))});
        if !proof.nonce.is_empty() {
            claims["nonce"] = proof.nonce.into();
        }
        self.jwt(&header, &claims)
    }
}

impl Handset {
    /// A handset with this key, enrolled for this person.
    pub(crate) fn of(hub: &Hub, called: &str, key: Key) -> Self {
        Self::with_code(hub, &hub.enrolment_code(called), key)
    }

    /// The same for whom a code is.
    pub(crate) fn with_code(hub: &Hub, code: &str, key: Key) -> Self {
        let caller = hub.stranger();
        let about = caller.get("/v1/server");
        let server = about.json()["server_id"].as_str().and_then(|id| id.parse().ok()).expect("a server has an id");
        let nonce = nonce_in(&about);
        let answer = caller.ask("POST", "/v1/devices", JSON, enrolment(&key, &server, code).to_string().into_bytes());
        assert_eq!(answer.status, 200, "{}", answer.text());
        let word = |name: &str| answer.json()[name].as_str().expect("tokens").to_owned();
        let (token, refresh, url) = (word("access_token"), word("refresh_token"), hub.url());
        Self { key, server, token, refresh, url, caller, nonce }
    }

    /// Whom its token names.
    pub(crate) fn person(&self) -> String {
        let claims = self.token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
        let claims: Value = serde_json::from_slice(&claims.expect("base64url")).expect("JSON");
        claims["sub"].as_str().expect("a person").to_owned()
    }

    pub(crate) fn proof<'a>(&'a self, method: &'a str, path: &'a str) -> Proof<'a> {
        Proof { url: &self.url, method, path, token: &self.token, nonce: &self.nonce, at: now() }
    }

    /// Asks for the next tokens, honestly.
    pub(crate) fn renew(&self) -> Answer {
        let proof = Proof { token: &self.refresh, ..self.proof("POST", "/v1/token") };
        let (authorization, proof) = (format!("DPoP {}", self.refresh), self.key.prove(&proof));
        let headers = [("Authorization", authorization.as_str()), ("DPoP", proof.as_str())];
        self.caller.ask("POST", "/v1/token", &headers, Vec::new())
    }

    /// An honest call.
    pub(crate) fn call(&self, method: &str, path: &str, body: Vec<u8>) -> Answer {
        self.call_with(method, path, &self.key.prove(&self.proof(method, path)), body)
    }

    pub(crate) fn call_with(&self, method: &str, path: &str, proof: &str, body: Vec<u8>) -> Answer {
        let authorization = format!("DPoP {}", self.token);
        let headers =
            [("Authorization", authorization.as_str()), ("DPoP", proof), ("Content-Type", "application/octet-stream")];
        self.caller.ask(method, path, &headers, body)
    }

    /// An honest call with more than the server takes.
    pub(crate) fn call_with_too_much(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        let (authorization, proof) = (format!("DPoP {}", self.token), self.key.prove(&self.proof(method, path)));
        self.caller.ask_too_much(method, path, &[("Authorization", &authorization), ("DPoP", &proof)], body)
    }

    pub(crate) fn sync(&self, body: Vec<u8>) -> Answer {
        self.call("POST", "/v1/sync", body)
    }

    /// Pushes honestly; the verdicts by dossier.
    pub(crate) fn push(&self, dossiers: Vec<DossierPush>) -> Vec<Vec<Verdict>> {
        let answer = self.sync(pack(&to_bytes(&self.request(dossiers))));
        assert_eq!(answer.status, 200, "{}", answer.text());
        said(&answer).verdicts
    }

    pub(crate) fn request(&self, dossiers: Vec<DossierPush>) -> SyncRequest {
        let signature = (!dossiers.is_empty()).then(|| self.key.sign(&message(&self.server, &dossiers)));
        let (cursor, records) = (Cursor::default(), Vec::new());
        SyncRequest { protocol: PROTOCOL, cursor, dossiers, signature, records, after_restore: None }
    }

    /// A draft with a field for each of these values, one change each.
    pub(crate) fn draft(&self, n: u8, names: &[&str]) -> Replica {
        let id = DossierId(uuid::Builder::from_unix_timestamp_millis(1_795_395_600_000, &[n; 10]).into_uuid());
        let open =
            Open { layout: LAYOUT, procedure: procedure().code.clone(), catalogue: Catalogue::built_in().version };
        let mut replica = Replica::born(id, open);
        for name in names {
            let field = "applicant_name".parse().expect("a field");
            let intent = Intent::SetFields(vec![(field, Some((*name).into()))]);
            replica.write(&self.key.public().thumbprint(), intent, procedure()).expect("a draft is open");
        }
        replica
    }
}

pub(crate) const JSON: &[(&str, &str)] = &[("Content-Type", "application/json")];

/// What a device's signature of a push is over.
pub(crate) fn message(server: &ServerId, dossiers: &[DossierPush]) -> Vec<u8> {
    let leaves: Vec<merkle::Hash> = dossiers.iter().map(|push| push_leaf(server, push)).collect();
    push_message(server, &merkle::root(&leaves))
}

pub(crate) fn enrolment(key: &Key, server: &ServerId, code: &str) -> Value {
    let signature = key.sign(&enrolment_message(server, code, &key.public()));
    json!({"code": code, "public_key": key.public().to_string(), "signature": signature.to_string(), "name": "máy"})
}

pub(crate) fn said(answer: &Answer) -> SyncAnswer {
    let body = dossier::exchange::unpack(&answer.body, dossier::exchange::ANSWER_MAX).expect("packed");
    let signed: SignedAnswer = minicbor::decode(&body).expect("a signed answer");
    minicbor::decode(&signed.body).expect("an answer")
}

pub(crate) fn nonce_in(answer: &Answer) -> String {
    let nonce = answer.headers.get("dpop-nonce").and_then(|value| value.to_str().ok());
    nonce.expect("every answer to a phone renews its nonce").to_owned()
}

pub(crate) fn procedure() -> &'static Procedure {
    Catalogue::built_in().procedure(&"2.000635".parse().expect("a code")).expect("in the catalogue")
}

/// An id that no other proof has.
fn new_id() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static MADE: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
