//! Signing in at the identity provider: where the browser goes, and what it came back with.

use super::body::{self, Object, field};
use super::devices::TokenWord;
use crate::app::App;
use crate::problem::Problem;
use crate::sign_in::{self, Request, SECONDS};
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, post};
use dossier::ids::PublicKey;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BeginRequest {
    /// Thumbprint of the key that will be bound (RFC 7638, in hexadecimal): no other one finishes this sign-in.
    device: String,
    /// Where the browser is to come back to: one that the office has registered, to the letter. By default the first.
    #[serde(default)]
    redirect_uri: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct SignInWord {
    /// To be opened in the person's browser, not in a window of the app's own (RFC 8252).
    url: String,
    /// Comes back with the callback.
    state: String,
    /// Seconds in which it must.
    expires_in: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FinishRequest {
    /// From the callback, as it came; so are the next two.
    state: String,
    code: String,
    #[serde(default)]
    iss: Option<String>,
    /// P-256, x ‖ y in hexadecimal.
    public_key: String,
    /// R ‖ S in hexadecimal, low S, over the sign-in message (domain string, server id, key, SHA-256 of state ‖ code).
    signature: String,
    /// What its owner calls the device.
    #[serde(default)]
    name: String,
}

/// Begins a sign-in of a citizen.
#[utoipa::path(
    tag = "phone",
    request_body = BeginRequest,
    responses((status = 200, body = SignInWord), (status = 400), (status = 404), (status = 413), (status = 415), (status = 503))
)]
#[post("/v1/sign-in")]
pub(crate) async fn begin(app: Data<App>, asked: Json<Object>) -> Result<HttpResponse, Problem> {
    let asked: BeginRequest = body::read(asked.into_inner())?;
    let device = field("device", &asked.device)?;
    let begun = sign_in::begin(&app, device, asked.redirect_uri.as_deref()).await?;
    let word = SignInWord { url: begun.url, state: begun.state, expires_in: SECONDS };
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(word))
}

/// Binds a device's key to the citizen whom the provider vouches for. A state serves once; the same request again is
/// answered again.
#[utoipa::path(
    tag = "phone",
    request_body = FinishRequest,
    responses((status = 200, body = TokenWord), (status = 400), (status = 403), (status = 404), (status = 409), (status = 413), (status = 415), (status = 503))
)]
#[post("/v1/sign-in/finish")]
pub(crate) async fn finish(app: Data<App>, asked: Json<Object>) -> Result<Json<TokenWord>, Problem> {
    let asked: FinishRequest = body::read(asked.into_inner())?;
    let key: PublicKey = field("public_key", &asked.public_key)?;
    let signature = field("signature", &asked.signature)?;
    let FinishRequest { state, code, iss, name, .. } = &asked;
    let request = Request { state, code, iss: iss.as_deref(), key: &key, signature: &signature, name };
    let (device, tokens) = sign_in::finish(&app, &request).await?;
    Ok(TokenWord::of(&device, tokens))
}
