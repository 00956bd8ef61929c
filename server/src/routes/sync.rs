//! One synchronisation of a phone.

use crate::app::App;
use crate::auth::ExchangeCaller;
use crate::problem::Problem;
use crate::{decide, intake};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpResponse, post};

/// Takes what a phone pushes, answers what it lacks. CBOR, packed and signed by our own code (`dossier::exchange`), so
/// there is no content encoding here. With a refresh token in place of the access token, the answer brings the next ones.
#[utoipa::path(
    tag = "phone",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = 400), (status = 401), (status = 403), (status = 413), (status = 429), (status = 503))
)]
#[post("/v1/sync")]
pub(crate) async fn sync(app: Data<App>, caller: ExchangeCaller, body: Bytes) -> Result<HttpResponse, Problem> {
    let app = app.into_inner();
    let _place = intake::enter(&app, &caller.caller.device)?;
    let answer = decide::synchronise(&app, &caller, &body).await?;
    Ok(HttpResponse::Ok().content_type("application/octet-stream").body(answer))
}
