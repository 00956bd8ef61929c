//! A person's own devices, with the token of one of them.

use super::body::{self, Object};
use crate::app::App;
use crate::auth::PhoneCaller;
use crate::enrolment;
use crate::problem::{self, Problem};
use crate::sessions;
use crate::store::people;
use crate::store::sessions::{self as table, Out};
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, get, post};
use dossier::ids::Thumbprint;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub(super) struct DeviceWord {
    /// The thumbprint of its key.
    device: String,
    /// What its owner calls it.
    name: String,
    /// Milliseconds since 1970.
    enrolled_at: i64,
    /// When it last signed in or renewed its tokens.
    last_seen: Option<i64>,
    /// It is the one that asks.
    this: bool,
    /// `active`, `suspended`, `revoked` or `lost`.
    state: &'static str,
}

#[derive(Serialize, ToSchema)]
pub(super) struct DevicesWord {
    devices: Vec<DeviceWord>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NameRequest {
    name: String,
}

/// The caller's devices, those that were shut out too.
#[utoipa::path(tag = "phone", responses((status = 200, body = DevicesWord), (status = 401), (status = 403)))]
#[get("/v1/devices")]
pub(crate) async fn list(app: Data<App>, caller: PhoneCaller) -> Result<Json<DevicesWord>, Problem> {
    let person = caller.device.person;
    let seen = table::last_seen(&app.db.read, Some(&person)).await?;
    let word = |device: people::OwnDevice| DeviceWord {
        device: device.thumbprint.to_string(),
        this: device.thumbprint == caller.device.thumbprint,
        enrolled_at: device.enrolled_at.0,
        last_seen: seen.get(&device.thumbprint).map(|at| at.0),
        state: match device.out {
            None => "active",
            Some(Out::Suspended) => "suspended",
            Some(Out::Revoked) => "revoked",
            Some(Out::Lost(_)) => "lost",
        },
        name: device.name,
    };
    let devices = people::devices_of(&app.db.read, &app.keys, &person).await?;
    Ok(Json(DevicesWord { devices: devices.into_iter().map(word).collect() }))
}

/// Calls a device otherwise.
#[utoipa::path(
    tag = "phone",
    request_body = NameRequest,
    responses((status = 204), (status = 400), (status = 401), (status = 403), (status = 404), (status = 413), (status = 415))
)]
#[post("/v1/devices/{device}/name")]
pub(crate) async fn name(
    app: Data<App>,
    caller: PhoneCaller,
    device: Path<String>,
    asked: Json<Object>,
) -> Result<HttpResponse, Problem> {
    let asked: NameRequest = body::read(asked.into_inner())?;
    let named = enrolment::name(&app, &caller.device.person, &thumbprint(&device)?, &asked.name).await?;
    done(named)
}

/// Shuts one of the caller's devices out, the one that asks too. What is on it stays there; a new code binds it again.
#[utoipa::path(tag = "phone", responses((status = 204), (status = 401), (status = 403), (status = 404)))]
#[post("/v1/devices/{device}/revoke")]
pub(crate) async fn revoke(app: Data<App>, caller: PhoneCaller, device: Path<String>) -> Result<HttpResponse, Problem> {
    let (device, by) = (own(&app, &caller, &device).await?, caller.device.thumbprint);
    if enrolment::revoke(&app, &device).await? {
        tracing::info!(%device, %by, "device revoked by its owner");
    }
    // Twice is once: the first answer may have been lost.
    done(true)
}

/// Shuts one of the caller's devices out for good, and orders it to delete what it keeps as soon as it comes again: it is told
/// `device_lost`. What it has not sent is gone then; no code binds its key again.
#[utoipa::path(tag = "phone", responses((status = 204), (status = 401), (status = 403), (status = 404)))]
#[post("/v1/devices/{device}/lost")]
pub(crate) async fn lost(app: Data<App>, caller: PhoneCaller, device: Path<String>) -> Result<HttpResponse, Problem> {
    let (device, by) = (own(&app, &caller, &device).await?, caller.device.thumbprint);
    if enrolment::lose(&app, &device).await? {
        tracing::info!(%device, %by, "device reported lost by its owner");
    }
    done(true)
}

/// Ends the caller's session. The device stays bound, and what is on it stays there.
#[utoipa::path(tag = "phone", responses((status = 204), (status = 401), (status = 403)))]
#[post("/v1/sign-out")]
pub(crate) async fn sign_out(app: Data<App>, caller: PhoneCaller) -> Result<HttpResponse, Problem> {
    sessions::sign_out(&app, &caller.session).await?;
    done(true)
}

/// Another person's device is as one that nobody has.
fn done(found: bool) -> Result<HttpResponse, Problem> {
    if found { Ok(HttpResponse::NoContent().finish()) } else { Err(Problem::of(&problem::NOT_FOUND)) }
}

/// The caller's device of this thumbprint.
async fn own(app: &App, caller: &PhoneCaller, text: &str) -> Result<Thumbprint, Problem> {
    let device = thumbprint(text)?;
    let owner = people::owner_of(&app.db.read, &device).await?;
    if owner == Some(caller.device.person) { Ok(device) } else { Err(Problem::of(&problem::NOT_FOUND)) }
}

fn thumbprint(text: &str) -> Result<Thumbprint, Problem> {
    text.parse().map_err(|_| Problem::of(&problem::NOT_FOUND))
}
