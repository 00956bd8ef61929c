//! Enrolling a device, and its next token.

use super::body::{self, Object, field};
use crate::app::App;
use crate::auth::{proof, token};
use crate::enrolment::{self, Request};
use crate::problem::{self, Problem};
use crate::store::people;
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, post};
use dossier::ids::{PersonId, PublicKey, Thumbprint};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EnrolRequest {
    /// The single-use code that the person was given.
    code: String,
    /// P-256, x ‖ y in hexadecimal.
    public_key: String,
    /// R ‖ S in hexadecimal, low S, over the enrolment message (domain string, server id, key, code).
    signature: String,
    /// What its owner calls the device.
    #[serde(default)]
    name: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct TokenWord {
    person: String,
    courier: bool,
    access_token: String,
    /// Always `DPoP`.
    token_type: &'static str,
    expires_in: i64,
}

fn word(app: &App, person: &PersonId, courier: bool, device: &Thumbprint) -> Json<TokenWord> {
    let access_token = token::for_device(&app.keys, &app.info.server, person, device, app.clock.now());
    let (token_type, expires_in) = ("DPoP", token::DEVICE_SECONDS);
    Json(TokenWord { person: person.to_string(), courier, access_token, token_type, expires_in })
}

/// Binds a device's key to the person whose code it brings.
#[utoipa::path(
    tag = "phone",
    request_body = EnrolRequest,
    responses((status = 200, body = TokenWord), (status = 400), (status = 403), (status = 409), (status = 413), (status = 415))
)]
#[post("/v1/devices")]
pub(crate) async fn enrol(app: Data<App>, asked: Json<Object>) -> Result<Json<TokenWord>, Problem> {
    let asked: EnrolRequest = body::read(asked.into_inner())?;
    let key: PublicKey = field("public_key", &asked.public_key)?;
    let signature = field("signature", &asked.signature)?;
    let request = Request { code: &asked.code, key: &key, signature: &signature, name: &asked.name };
    let enrolled = enrolment::enrol(&app, &request).await?;
    Ok(word(&app, &enrolled.person, enrolled.courier, &key.thumbprint()))
}

/// A new access token, for nothing but a proof of an enrolled key.
#[utoipa::path(tag = "phone", responses((status = 200, body = TokenWord), (status = 401), (status = 403)))]
#[post("/v1/token")]
pub(crate) async fn renew(app: Data<App>, request: HttpRequest) -> Result<Json<TokenWord>, Problem> {
    let device = proof(&app, &request, None)?.thumbprint();
    let known = people::find_device(&app.db.read, &device).await?;
    let known = known.ok_or_else(|| Problem::of(&problem::UNAUTHORISED).because("device not enrolled"))?;
    if known.revoked {
        Err(Problem::of(&problem::REVOKED))
    } else if known.suspended {
        Err(Problem::of(&problem::SUSPENDED))
    } else {
        Ok(word(&app, &known.person, known.courier, &device))
    }
}
