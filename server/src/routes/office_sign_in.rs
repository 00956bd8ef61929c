//! Signing in without a browser: everything in one question, and a token for ten minutes.

use super::body::{self, Object};
use crate::app::App;
use crate::auth::{token, whence};
use crate::problem::{self, Problem};
use crate::staff::posting::{self, Posting};
use crate::staff::sign_in;
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignInRequest {
    login: String,
    password: String,
    /// Of the authenticator, or a recovery code.
    totp: String,
    /// In which posting, for who has several: unit, role or both.
    #[serde(default)]
    unit: Option<String>,
    #[serde(default)]
    role: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct StaffTokenWord {
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    expires_in: i64,
    unit: String,
    role: &'static str,
}

/// A token for a member of staff who proves password and second factor. What is wrong is not told.
#[utoipa::path(
    tag = "office",
    request_body = SignInRequest,
    responses((status = 200, body = StaffTokenWord), (status = 400), (status = 401), (status = 403), (status = 409), (status = 413), (status = 415), (status = 429), (status = 503))
)]
#[post("/v1/office/sign-in")]
pub(crate) async fn give(
    app: Data<App>,
    request: HttpRequest,
    asked: Json<Object>,
) -> Result<Json<StaffTokenWord>, Problem> {
    let asked: SignInRequest = body::read(asked.into_inner())?;
    let refused = || Problem::of(&problem::CREDENTIALS);
    let from = whence::of(&request, app.config.limits.proxies);
    let account = sign_in::with_password(&app, from, (&asked.login, &asked.password)).await?.ok_or_else(refused)?;
    if account.totp.is_none() || account.one_time_until.is_some() {
        return Err(Problem::of(&problem::UNFINISHED));
    }
    sign_in::with_code(&app, &account.staff, &asked.totp).await?.ok_or_else(refused)?;
    let posting = chosen(posting::current(&app, &account.staff).await?, &asked)?;
    let id = posting.id;
    let staff = posting::acting(&app, &account, posting, true).await?;
    let access_token = token::for_signed_in(&app.keys, &app.info.server, (&staff, id), app.clock.now());
    tracing::info!(staff = %account.staff, posting = %id, "signed in for a token");
    let expires_in = i64::from(token::SIGNED_IN_MINUTES) * 60;
    let (unit, role) = (staff.officer.unit.to_string(), staff.role.word());
    Ok(Json(StaffTokenWord { access_token, token_type: "Bearer", expires_in, unit, role }))
}

/// The one posting that is meant; of several, the person is told which there are.
fn chosen(current: Vec<Posting>, asked: &SignInRequest) -> Result<Posting, Problem> {
    let is = |asked: &Option<String>, value: &str| asked.as_ref().is_none_or(|asked| asked == value);
    let meant = |posting: &Posting| is(&asked.unit, posting.unit.as_str()) && is(&asked.role, posting.role.word());
    let (mut found, others): (Vec<_>, Vec<_>) = current.into_iter().partition(meant);
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            found.push(last);
            let each = found.iter().map(|posting| format!("{} {}", posting.unit, posting.role));
            Err(Problem::of(&problem::POSTING).telling(each.collect::<Vec<_>>().join(", ")))
        }
        (None, _) if others.is_empty() => Err(Problem::of(&problem::NO_POSTING)),
        (None, _) => Err(Problem::of(&problem::NO_POSTING).because("none of the unit and role that were asked for")),
    }
}
