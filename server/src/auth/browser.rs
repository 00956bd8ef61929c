//! What tells a browser from a program: its cookie, and where a form was sent from.

use actix_web::HttpRequest;
use actix_web::http::header::COOKIE;

/// The cookie that holds what an officer signed in with; sent to the desk's pages only.
pub(crate) const COOKIE_NAME: &str = "hoso-desk";

/// Whether it is a page of the desk.
pub(crate) fn is_desk(path: &str) -> bool {
    path == "/desk" || path.starts_with("/desk/")
}

pub(super) fn cookie(request: &HttpRequest) -> Option<&str> {
    let cookies = request.headers().get_all(COOKIE).filter_map(|header| header.to_str().ok());
    let mut pairs = cookies.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value)
}

/// Whether a form was sent by one of our own pages. Every browser that is still supported sends `Sec-Fetch-Site`; an
/// `Origin` that is there must be ours. SameSite cookies are the other half of this.
pub(super) fn is_our_own(request: &HttpRequest) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok());
    match (header("Sec-Fetch-Site"), header("Origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let host = request.connection_info().host().to_owned();
            origin.split_once("://").is_some_and(|(_, from)| from == host)
        }
        (None, None) => true,
    }
}
