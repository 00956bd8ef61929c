//! Tokens and proofs as a device makes them (RFC 9449), by hand: for a device that does harm, and for what a server's check
//! of them costs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dossier::ids::PublicKey;
use mobile_core::{FileKey, Header, KeyStore as _};
use sha2::{Digest as _, Sha256};

/// What a proof is for; no two have the same number.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    pub(super) token: &'a str,
    pub(super) nonce: &'a str,
    pub(super) number: u64,
}

pub(super) fn proof(key: &FileKey, request: &Request<'_>) -> String {
    let public = key.public_key().expect("its file was read");
    let public = PublicKey::try_from(public.as_slice()).expect("a public key has 64 bytes");
    let (x, y) = public.bytes().split_at(32);
    let Request { method, url, token, nonce, number } = request;
    let header = format!(
        r#"{{"typ":"dpop+jwt","alg":"ES256","jwk":{{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}}}}"#,
        text(x),
        text(y)
    );
    let claims = format!(
        r#"{{"jti":"{number:020}","htm":"{method}","htu":"{url}","iat":1795395600,"ath":"{}","nonce":"{nonce}"}}"#,
        text(&Sha256::digest(token.as_bytes()))
    );
    let signed = format!("{}.{}", text(header.as_bytes()), text(claims.as_bytes()));
    let signature = key.sign(signed.clone().into_bytes()).expect("its file was read");
    format!("{signed}.{}", text(&signature))
}

/// The headers of a request with its token and proof.
pub(super) fn headers(key: &FileKey, request: &Request<'_>) -> Vec<Header> {
    let header = |name: &str, value: String| Header { name: name.to_owned(), value };
    vec![
        header("DPoP", proof(key, request)),
        header("Authorization", format!("DPoP {}", request.token)),
        header("Content-Type", "application/cbor".to_owned()),
    ]
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
