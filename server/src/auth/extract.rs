//! Callers as routes take them.

use super::dpop::{self, Asked, BadProof};
use super::policy::Staff;
use super::{browser, token};
use crate::app::App;
use crate::problem::{self, Problem};
use crate::store::people;
use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use dossier::decide::Device;
use dossier::ids::{PublicKey, Thumbprint};
use std::future::{Ready, ready};

/// An enrolled device that has proved its key.
#[derive(Clone)]
pub(crate) struct PhoneCaller {
    pub device: Device,
    pub key: PublicKey,
}

/// A member of staff.
#[derive(Clone)]
pub(crate) struct DeskCaller(pub Staff);

impl FromRequest for PhoneCaller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(admitted(request))
    }
}

impl FromRequest for DeskCaller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(admitted(request))
    }
}

/// The caller whom the door let in. A route that asks for another kind than its line names is broken, not open.
fn admitted<T: Clone + 'static>(request: &HttpRequest) -> Result<T, Problem> {
    let caller = request.extensions().get::<T>().cloned();
    caller.ok_or_else(|| Problem::of(&problem::INTERNAL).because("the route's line names another caller"))
}

/// The device that calls; `door` may turn away who has proved its key before the database is asked who it is: four
/// connections read, and whoever waits for one makes everybody behind wait.
pub(super) async fn phone(
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

/// The member of staff who calls: a program by its token, a browser by the desk's cookie, which counts at the desk alone.
pub(super) fn desk(request: &HttpRequest) -> Result<Staff, Problem> {
    let app = app(request)?;
    let cookie = || browser::cookie(request).filter(|_| browser::is_desk(request.path()));
    let token = credentials(request, "Bearer").or_else(cookie).ok_or_else(|| Problem::of(&problem::UNAUTHORISED))?;
    let staff = token::read_staff(&app.keys, &app.info.server, token, app.clock.now());
    staff.map_err(|e| Problem::of(&problem::UNAUTHORISED).because(e.0))
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
