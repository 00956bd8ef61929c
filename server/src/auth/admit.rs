//! The one door: before a route is reached, its line of the table is read and the caller is asked for what it names. Routes
//! take their caller from here and from nowhere else.

use super::browser;
use super::extract::{DeskCaller, SessionCaller, exchange, office, phone, renewing, session};
use super::policy::{self, Act, Line, Staff, Who};
use crate::intake;
use crate::problem::{self, Problem};
use crate::staff::session::Stage;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpResponse};

/// Addresses of the demo's own provider, which are there in a demo alone and belong to nobody's office.
const DEMO: &str = "/demo/";

/// Lets a request pass to its route with its caller, or answers it. What matches no route is nobody's business here; a route
/// that is in no line is not reached, however it came to be there.
pub(crate) async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let pattern = request.match_pattern();
    if pattern.as_ref().is_some_and(|pattern| !policy::knows(pattern) && !pattern.starts_with(DEMO)) {
        return Ok(request.error_response(Problem::of(&problem::NOT_FOUND)));
    }
    let Some(line) = pattern.and_then(|pattern| policy::line_of(request.method(), &pattern)) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    match ask(&request, line).await {
        Ok(None) => Ok(next.call(request).await?.map_into_boxed_body()),
        Ok(Some(elsewhere)) => Ok(request.into_response(lead_to(elsewhere))),
        // Where to sign in, to whoever has a browser and is not.
        Err(problem) if browser::is_desk(request.path()) && problem.code() == problem::UNAUTHORISED.code => {
            Ok(request.into_response(lead_to("/desk/sign-in")))
        }
        Err(problem) => Ok(request.error_response(problem)),
    }
}

/// The page that a sign-in goes on with.
pub(crate) fn next_page(stage: &Stage) -> &'static str {
    match stage {
        Stage::Code => "/desk/sign-in/code",
        Stage::Enrol => "/desk/sign-in/authenticator",
        Stage::Password => "/desk/password",
        Stage::Posting => "/desk/sign-in/posting",
        Stage::In(_) => "/desk",
    }
}

/// Lets in whom the line names, and says where to go who has not finished signing in.
async fn ask(request: &ServiceRequest, line: &Line) -> Result<Option<&'static str>, Problem> {
    // Browsers bring cookies along wherever a form comes from; phones and programs bring none.
    let changes = request.method() != Method::GET;
    if changes && !request.path().starts_with("/v1/") && !browser::is_our_own(request.request()) {
        return Err(Problem::of(&problem::CROSS_SITE));
    }
    match line.who {
        Who::Everybody => {}
        Who::Device => {
            let caller = phone(request.request())?;
            request.extensions_mut().insert(caller);
        }
        Who::Exchange => {
            let caller = exchange(request.request(), intake::at_the_door).await?;
            request.extensions_mut().insert(caller);
        }
        Who::Renewal => {
            let caller = renewing(request.request(), intake::at_the_door).await?;
            request.extensions_mut().insert(caller);
        }
        Who::Session => {
            let signed = session(request.request()).await?;
            request.extensions_mut().insert(SessionCaller(signed));
        }
        // Pages take a session and programs a token, and neither what is the other's.
        Who::Staff(act) if browser::is_desk(request.path()) => {
            let signed = session(request.request()).await?;
            let Stage::In(staff) = &signed.stage else { return Ok(Some(next_page(&signed.stage))) };
            let staff = permitted(staff.as_ref().clone(), act)?;
            request.extensions_mut().insert(DeskCaller(staff));
            request.extensions_mut().insert(SessionCaller(signed));
        }
        Who::Staff(act) => {
            let staff = permitted(office(request.request()).await?, act)?;
            request.extensions_mut().insert(DeskCaller(staff));
        }
    }
    Ok(None)
}

fn permitted(staff: Staff, act: Act) -> Result<Staff, Problem> {
    if staff.may(act) { Ok(staff) } else { Err(Problem::of(&problem::NOT_PERMITTED).because(staff.role)) }
}

fn lead_to(page: &'static str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, page)).insert_header((CACHE_CONTROL, "no-store")).finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, web};

    #[actix_web::test]
    async fn a_route_without_a_line_is_not_reached_however_it_came_to_be_there() {
        let reached = || web::to(|| async { HttpResponse::Ok().finish() });
        let app = App::new().route("/v1/forgotten", reached()).route("/v1/server", reached());
        let service = init_service(app.wrap(from_fn(admit))).await;
        let status =
            async |path| call_service(&service, TestRequest::get().uri(path).to_request()).await.status().as_u16();
        assert_eq!((status("/v1/forgotten").await, status("/v1/server").await), (404, 200));
    }
}
