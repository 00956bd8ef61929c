//! Pages for people with a browser: plain HTML, one style sheet, and no script but on the page that verifies a receipt.
//! What they do goes the same way as what apps do; what they show is what projections hold.

pub(crate) mod account;
pub(crate) mod decisions;
#[cfg(feature = "demo")]
pub(crate) mod demo;
pub(crate) mod desk;
mod page;
pub(crate) mod paper;
pub(crate) mod readings;
pub(crate) mod sign_in;
pub(crate) mod track;
pub(crate) mod verify;

pub(crate) use page::problem_page;

use crate::auth::browser;
use actix_web::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use actix_web::{HttpRequest, HttpResponse, get};

/// Whether what is wrong is to be told as a page: at a page's address, or to somebody who reads pages.
pub(crate) fn is_for_people(request: &HttpRequest) -> bool {
    let path = request.path();
    let page = matches!(path, "/" | "/track") || browser::is_desk(path);
    let mut accepts = request.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok());
    page || accepts.any(|value| value.contains("text/html"))
}

/// The front page leads to what the public can do here.
#[utoipa::path(tag = "people", responses((status = 303)))]
#[get("/")]
pub(crate) async fn front() -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, "/track")).finish()
}

/// The one style sheet.
#[utoipa::path(tag = "people", responses((status = 200)))]
#[get("/assets/hoso.css")]
pub(crate) async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/css; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "max-age=3600"))
        .body(include_str!("../web/assets/hoso.css"))
}
