//! Callers as routes take them.

use super::caller::{self, Brought, Door, PhoneCaller};
use super::policy::Staff;
use super::refresh::{self, Presented};
use super::{browser, token};
use crate::address::Address;
use crate::app::App;
use crate::problem::{self, Problem};
use crate::staff::posting;
use crate::staff::session::{self, Signed};
use crate::store::accounts;
use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HOST};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use std::future::{Ready, ready};

/// A device that comes for an exchange. One that is at its limits was turned away before anybody looked it up: four
/// connections read, and whoever waits for one makes everybody behind wait.
#[derive(Clone)]
pub(crate) struct ExchangeCaller {
    pub caller: PhoneCaller,
    /// It came with this refresh token instead of an access token: the answer brings the next ones.
    pub renews: Option<Presented>,
}

/// A device that comes for its next tokens.
#[derive(Clone)]
pub(crate) struct RenewingCaller {
    pub caller: PhoneCaller,
    pub renews: Presented,
}

/// A member of staff, in a posting.
#[derive(Clone)]
pub(crate) struct DeskCaller(pub Staff);

/// Who holds a session of the desk's pages, however far the sign-in is.
#[derive(Clone)]
pub(crate) struct SessionCaller(pub Signed);

/// Each is taken from the door, which let it in.
macro_rules! from_the_door {
    ($($caller:ty),*) => {$(
        impl FromRequest for $caller {
            type Error = Problem;
            type Future = Ready<Result<Self, Problem>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                ready(admitted(request))
            }
        }
    )*};
}
from_the_door!(PhoneCaller, ExchangeCaller, RenewingCaller, DeskCaller, SessionCaller);

/// The caller whom the door let in. A route that asks for another kind than its line names is broken, not open.
fn admitted<T: Clone + 'static>(request: &HttpRequest) -> Result<T, Problem> {
    let caller = request.extensions().get::<T>().cloned();
    caller.ok_or_else(|| Problem::of(&problem::INTERNAL).because("the route's line names another caller"))
}

/// A device with an access token.
pub(super) fn phone(request: &HttpRequest) -> Result<PhoneCaller, Problem> {
    let app = app(request)?;
    let address = address(&app, request);
    caller::by_access_token(&app, brought(request, address.as_ref())?, |_, _| Ok(()))
}

/// A device with a refresh token.
pub(super) async fn renewing(request: &HttpRequest, door: Door) -> Result<RenewingCaller, Problem> {
    let app = app(request)?;
    let address = address(&app, request);
    let (caller, renews) = caller::by_refresh_token(&app, brought(request, address.as_ref())?, door).await?;
    Ok(RenewingCaller { caller, renews })
}

/// A device with either.
pub(super) async fn exchange(request: &HttpRequest, door: Door) -> Result<ExchangeCaller, Problem> {
    if refresh::is_one(credentials(request, "DPoP").unwrap_or_default()) {
        let RenewingCaller { caller, renews } = renewing(request, door).await?;
        return Ok(ExchangeCaller { caller, renews: Some(renews) });
    }
    let app = app(request)?;
    let address = address(&app, request);
    let caller = caller::by_access_token(&app, brought(request, address.as_ref())?, door)?;
    Ok(ExchangeCaller { caller, renews: None })
}

/// The member of staff who calls by a token, as programs do. Of a token that an account signed in for it is looked whether
/// account and posting still count; one of the operator's own, from the command line, rests on neither.
pub(super) async fn office(request: &HttpRequest) -> Result<Staff, Problem> {
    let app = app(request)?;
    let now = app.clock.now();
    let token = credentials(request, "Bearer").ok_or_else(|| Problem::of(&problem::UNAUTHORISED))?;
    let said = token::read_staff(&app.keys, &app.info.server, token, now);
    let said = said.map_err(|e| Problem::of(&problem::UNAUTHORISED).because(e.0))?;
    let Some(signed_in) = said.signed_in else {
        let mut staff = said.staff;
        staff.beneath = posting::beneath(&app.db.read, staff.role, &staff.officer.unit).await?;
        return Ok(staff);
    };
    let over = |why: &str| Problem::of(&problem::UNAUTHORISED).because(why);
    let account = accounts::find(&app.db.read, &said.staff.officer.staff).await?;
    let account = account.filter(|account| !account.disabled).ok_or_else(|| over("the account is disabled"))?;
    // A token tells seconds: one of the same second may be from before.
    if account.tokens_since.is_some_and(|since| signed_in.at <= since) {
        return Err(over("ended with the sessions"));
    }
    let posting = posting::one(&app, &account.staff, &signed_in.posting).await?;
    let posting = posting.ok_or_else(|| over("the posting has ended"))?;
    Ok(posting::acting(&app, &account, posting, session::is_fresh(signed_in.at, now)).await?)
}

/// The session that a browser's cookie opens.
pub(super) async fn session(request: &HttpRequest) -> Result<Signed, Problem> {
    let app = app(request)?;
    let value = browser::cookie(request, browser::cookie_name(&app));
    let value = value.ok_or_else(|| Problem::of(&problem::UNAUTHORISED))?;
    session::read(&app, value).await?.ok_or_else(|| Problem::of(&problem::UNAUTHORISED).because("no such session"))
}

/// Token and proof, one of each.
fn brought<'a>(request: &'a HttpRequest, address: Option<&'a Address>) -> Result<Brought<'a>, Problem> {
    let token = credentials(request, "DPoP").ok_or_else(|| Problem::of(&problem::UNAUTHORISED))?;
    let proof = only(request, "DPoP");
    let proof = proof.ok_or_else(|| Problem::of(&problem::PROOF).because("not exactly one proof"))?;
    Ok(Brought { method: request.method().as_str(), path: request.path(), address, token, proof })
}

/// Where the request came in: what the settings say, else what it says itself.
fn address(app: &App, request: &HttpRequest) -> Option<Address> {
    app.public.clone().or_else(|| {
        let authority = request.uri().authority().map(|authority| authority.as_str());
        Address::of(app.config.https, authority.or_else(|| only(request, HOST.as_str()))?)
    })
}

fn app(request: &HttpRequest) -> Result<Data<App>, Problem> {
    request.app_data::<Data<App>>().cloned().ok_or_else(|| Problem::of(&problem::INTERNAL).because("no app"))
}

/// A header that came once.
fn only<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let mut all = request.headers().get_all(name);
    let (Some(one), None) = (all.next(), all.next()) else { return None };
    one.to_str().ok()
}

/// What stands behind a scheme, whose name is read without case (RFC 9110 §11.1). Of two headers nobody knows which counts.
fn credentials<'a>(request: &'a HttpRequest, scheme: &str) -> Option<&'a str> {
    let (name, rest) = only(request, AUTHORIZATION.as_str())?.split_once(' ')?;
    name.eq_ignore_ascii_case(scheme).then(|| rest.trim_start_matches(' '))
}
