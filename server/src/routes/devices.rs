//! Enrolling a device, and its next tokens.

use super::body::{self, Object, field};
use crate::app::App;
use crate::auth::RenewingCaller;
use crate::enrolment::{self, Request};
use crate::intake;
use crate::problem::Problem;
use crate::sessions;
use actix_web::post;
use actix_web::web::{Data, Json};
use dossier::decide::Device;
use dossier::ids::PublicKey;
use dossier::wire::Renewed;
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
    expires_in: u32,
    /// Good once, at `/v1/sync` or `/v1/token`, in place of the access token; the one before it as long as this one was not
    /// used.
    refresh_token: String,
}

impl TokenWord {
    pub(super) fn of(device: &Device, renewed: Renewed) -> Json<Self> {
        let Renewed { access_token, seconds: expires_in, refresh_token } = renewed;
        let (person, courier, token_type) = (device.person.to_string(), device.courier, "DPoP");
        Json(Self { person, courier, access_token, token_type, expires_in, refresh_token })
    }
}

/// Binds a device's key to the person whose code it brings, and signs it in.
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
    let (device, tokens) = enrolment::enrol(&app, &request).await?;
    Ok(TokenWord::of(&device, tokens))
}

/// The next tokens, for the refresh token (`Authorization: DPoP …`) and a proof of the key that it is bound to.
#[utoipa::path(
    tag = "phone",
    responses((status = 200, body = TokenWord), (status = 401), (status = 403), (status = 429), (status = 503))
)]
#[post("/v1/token")]
pub(crate) async fn renew(app: Data<App>, asked: RenewingCaller) -> Result<Json<TokenWord>, Problem> {
    let RenewingCaller { caller, renews } = asked;
    let _under_way = intake::begin(&app, &caller.device)?;
    let tokens = sessions::renew(&app, &renews, &caller.device).await?;
    Ok(TokenWord::of(&caller.device, tokens))
}
