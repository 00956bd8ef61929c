//! What tells a browser from a program: its cookie, where a form was sent from, and what stands in the form.

use crate::app::App;
use actix_web::HttpRequest;
use actix_web::http::header::COOKIE;

/// The cookie of the desk's session. By HTTPS under a name that browsers take from this host alone, for all of it, and
/// over nothing else (RFC 6265bis §4.1.3.2); a neighbour on a sibling host cannot plant one.
pub(crate) fn cookie_name(app: &App) -> &'static str {
    if app.config.https { "__Host-hoso" } else { "hoso-desk" }
}

/// Whether it is a page of the desk.
pub(crate) fn is_desk(path: &str) -> bool {
    path == "/desk" || path.starts_with("/desk/")
}

pub(crate) fn cookie<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let cookies = request.headers().get_all(COOKIE).filter_map(|header| header.to_str().ok());
    let mut pairs = cookies.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// Whether a form was sent by one of our own pages. Every browser that is still supported sends `Sec-Fetch-Site`; an
/// `Origin` that is there must be ours. SameSite cookies and the token in each form are the other parts of this.
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
