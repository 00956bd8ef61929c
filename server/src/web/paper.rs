//! A paper in an officer's browser. What a stranger uploaded is hostile: a picture is made anew, anything else is only
//! ever a download.

use super::page::show;
use crate::app::App;
use crate::auth::DeskCaller;
use crate::auth::policy::Staff;
use crate::papers::{self, Shown};
use crate::problem::{NOT_FOUND, Problem};
use ::dossier::ids::PaperHash;
use ::dossier::layout::PaperKind;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
};
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get};
use askama::Template;

/// Nothing in it is run, loaded or may reach the page that opened it; browsers show a picture with a style of their own.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

#[derive(Template)]
#[template(path = "paper.html")]
struct UnreadablePage<'a> {
    dossier: &'a str,
    paper: &'a str,
}

/// A paper that was handed in, as a picture, or as a page that says that it is none.
#[utoipa::path(
    tag = "people",
    params(("dossier" = String, Path), ("sha256" = String, Path)),
    responses((status = 200), (status = 303), (status = 404))
)]
#[get("/desk/dossiers/{dossier}/papers/{sha256}")]
pub(crate) async fn open(
    app: Data<App>,
    caller: DeskCaller,
    at: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    Ok(match read(&app, &caller.0, &at, false).await? {
        (_, Shown::Original(PaperKind::Jpeg | PaperKind::Png, _)) => {
            show(StatusCode::OK, &UnreadablePage { dossier: &at.0, paper: &at.1 })
        }
        (hash, shown) => answer(&hash, shown),
    })
}

/// The same as it came, as a download.
#[utoipa::path(
    tag = "people",
    params(("dossier" = String, Path), ("sha256" = String, Path)),
    responses((status = 200), (status = 303), (status = 404))
)]
#[get("/desk/dossiers/{dossier}/papers/{sha256}/original")]
pub(crate) async fn keep(
    app: Data<App>,
    caller: DeskCaller,
    at: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (hash, shown) = read(&app, &caller.0, &at, true).await?;
    Ok(answer(&hash, shown))
}

pub(crate) async fn read(
    app: &App,
    staff: &Staff,
    at: &(String, String),
    original: bool,
) -> Result<(PaperHash, Shown), Problem> {
    let not_found = |_| Problem::of(&NOT_FOUND);
    let (dossier, hash) = (at.0.parse().map_err(not_found)?, at.1.parse().map_err(not_found)?);
    Ok((hash, papers::show(app, staff, (&dossier, &hash), original).await?))
}

/// A paper's bytes as an answer. Its name is its hash: what a citizen called it is theirs to choose.
pub(crate) fn answer(hash: &PaperHash, shown: Shown) -> HttpResponse {
    let name = &hash.to_string()[..12];
    let (kind, disposition, bytes) = match shown {
        Shown::Picture(bytes) => (PaperKind::Jpeg.media_type(), format!("inline; filename=\"{name}.jpg\""), bytes),
        Shown::Original(kind, bytes) => {
            let ending = match kind {
                PaperKind::Jpeg => "jpg",
                PaperKind::Png => "png",
                PaperKind::Pdf => "pdf",
            };
            // Not the kind that it claims: a browser that does not know what to do with it does nothing.
            ("application/octet-stream", format!("attachment; filename=\"{name}.{ending}\""), bytes)
        }
    };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CONTENT_DISPOSITION, disposition))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header(("Cross-Origin-Resource-Policy", "same-origin"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(bytes)
}
