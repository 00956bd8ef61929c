//! What all pages have in common: their headers, and an error as a page.

use crate::auth::{DeskCaller, SessionCaller};
use crate::problem::Problem;
use crate::words;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use actix_web::{HttpResponse, ResponseError as _};
use askama::Template;

/// Nothing but our own style sheet and forms to ourselves; nobody frames a page.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Who is signed in, as each page of the desk says at its top, and what stands in its forms.
pub(super) struct Me {
    pub name: String,
    pub role: (&'static str, &'static str),
    pub unit: String,
    pub csrf: String,
}

impl Me {
    pub(super) fn of(caller: &DeskCaller, session: &SessionCaller) -> Self {
        let staff = &caller.0;
        let (name, unit) = (staff.officer.name.clone(), words::unit(&staff.officer.unit));
        Self { name, role: words::role(staff.role), unit, csrf: session.0.csrf.clone() }
    }
}

pub(super) fn show(status: StatusCode, page: &impl Template) -> HttpResponse {
    show_under(POLICY, status, page)
}

/// A page whose form leads to another site in the end. Browsers hold `form-action` against redirects too.
#[cfg(feature = "demo")]
pub(super) fn show_to_leave(status: StatusCode, page: &impl Template) -> HttpResponse {
    show_under("default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'", status, page)
}

fn show_under(policy: &'static str, status: StatusCode, page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(html) => HttpResponse::build(status)
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((CONTENT_SECURITY_POLICY, policy))
            .insert_header((REFERRER_POLICY, "no-referrer"))
            // Pages show what belongs to people; no cache keeps them.
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(html),
        Err(cause) => Problem::of(&crate::problem::INTERNAL).because(cause).error_response(),
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    title: &'a str,
    title_en: &'a str,
    code: &'a str,
    request: Option<&'a str>,
}

/// A problem as a page: status, code and headers are those that a program would get.
pub(crate) fn problem_page(problem: &Problem, request: Option<&str>) -> HttpResponse {
    let (title, title_en) = (problem.title(), problem.title_en());
    let page = ProblemPage { title, title_en, code: problem.code(), request };
    let mut answer = show(problem.status_code(), &page);
    for (name, value) in problem.answer(request).headers() {
        if [ALLOW, RETRY_AFTER, WWW_AUTHENTICATE].contains(name) {
            answer.headers_mut().insert(name.clone(), value.clone());
        }
    }
    answer
}

pub(super) fn see(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, address)).insert_header((CACHE_CONTROL, "no-store")).finish()
}
