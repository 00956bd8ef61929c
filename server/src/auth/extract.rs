//! Callers as routes take them.

use super::dpop::{self, Asked, BadProof};
use super::token;
use crate::app::App;
use crate::intake;
use crate::problem::{self, Problem};
use crate::store::people;
use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use dossier::decide::{Device, Officer};
use dossier::ids::{PublicKey, Thumbprint};
use std::future::{Ready, ready};
use std::pin::Pin;

/// An enrolled device that has proved its key.
pub(crate) struct PhoneCaller {
    pub device: Device,
    pub key: PublicKey,
}

/// The same, with leave to begin an exchange: one that is at its limits was turned away before the database was asked
/// who it is. Four connections read, and whoever waits for one makes everybody behind wait.
pub(crate) struct ExchangeCaller(pub PhoneCaller);

/// A member of staff.
pub(crate) struct DeskCaller(pub Officer);

impl FromRequest for PhoneCaller {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { phone(&request, |_, _| Ok(())).await })
    }
}

impl FromRequest for ExchangeCaller {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { phone(&request, intake::at_the_door).await.map(Self) })
    }
}

impl FromRequest for DeskCaller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(desk(request))
    }
}

/// Who calls; `door` may turn away who has proved its key.
async fn phone(
    request: &HttpRequest,
    door: impl FnOnce(&App, &Thumbprint) -> Result<(), Problem>,
) -> Result<PhoneCaller, Problem> {
    let app = app(request)?;
    let now = app.clock.now();
    let token = credentials(request, "DPoP").ok_or_else(|| Problem::of(&problem::UNAUTHORISED))?;
    let said = token::read_device(&app.keys, &app.info.server, token, now);
    let said = said.map_err(|e| Problem::of(&problem::UNAUTHORISED).because(e.0))?;
    let key = proof(&app, request, Some(token))?;
    if key.thumbprint().jkt() != said.jkt {
        return Err(Problem::of(&problem::PROOF).because("another key than the token's"));
    }
    let thumbprint = key.thumbprint();
    door(&app, &thumbprint)?;
    let known = people::find_device(&app.db.read, &thumbprint).await?;
    let known = known.filter(|d| d.person == said.person).ok_or_else(|| Problem::of(&problem::UNAUTHORISED))?;
    if known.revoked {
        return Err(Problem::of(&problem::REVOKED));
    }
    if known.suspended {
        return Err(Problem::of(&problem::SUSPENDED));
    }
    Ok(PhoneCaller { device: Device { person: known.person, thumbprint, courier: known.courier }, key })
}

fn desk(request: &HttpRequest) -> Result<DeskCaller, Problem> {
    let app = app(request)?;
    let token = credentials(request, "Bearer").ok_or_else(|| Problem::of(&problem::UNAUTHORISED))?;
    let officer = token::read_officer(&app.keys, &app.info.server, token, app.clock.now());
    officer.map(DeskCaller).map_err(|e| Problem::of(&problem::UNAUTHORISED).because(e.0))
}

/// The key that the request's DPoP proof was made with.
pub(crate) fn proof(app: &App, request: &HttpRequest, token: Option<&str>) -> Result<PublicKey, Problem> {
    let mut proofs = request.headers().get_all("DPoP");
    let (Some(proof), None) = (proofs.next().and_then(|v| v.to_str().ok()), proofs.next()) else {
        return Err(Problem::of(&problem::PROOF).because("not exactly one proof"));
    };
    let asked = Asked { method: request.method().as_str(), path: request.path(), token };
    dpop::check(&app.keys, app.clock.now(), proof, asked).map_err(|bad| match bad {
        BadProof::Nonce => Problem::of(&problem::NONCE),
        BadProof::Wrong(why) => Problem::of(&problem::PROOF).because(why),
    })
}

fn app(request: &HttpRequest) -> Result<Data<App>, Problem> {
    request.app_data::<Data<App>>().cloned().ok_or_else(|| Problem::of(&problem::INTERNAL).because("no app"))
}

/// What stands behind a scheme, whose name is read without case (RFC 9110 §11.1).
fn credentials<'a>(request: &'a HttpRequest, scheme: &str) -> Option<&'a str> {
    let (name, rest) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    name.eq_ignore_ascii_case(scheme).then(|| rest.trim_start_matches(' '))
}
