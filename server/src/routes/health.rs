//! For those who watch the server: that it runs, and that it can work.

use crate::app::App;
use crate::problem::{self, Problem};
use crate::store;
use actix_web::get;
use actix_web::web::Data;

/// It runs.
#[utoipa::path(tag = "everybody", responses((status = 200, body = String)))]
#[get("/healthz")]
pub(crate) async fn healthz() -> &'static str {
    "ok"
}

/// It can work: the database answers.
#[utoipa::path(tag = "everybody", responses((status = 200, body = String), (status = 503)))]
#[get("/readyz")]
pub(crate) async fn readyz(app: Data<App>) -> Result<&'static str, Problem> {
    let asked = store::server::find(&app.db.read).await;
    asked.map(|_| "ready").map_err(|cause| Problem::of(&problem::BUSY).because(cause))
}
