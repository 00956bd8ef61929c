//! What the server says of itself.

use crate::app::App;
use crate::keys::coordinates;
use crate::problem::Problem;
use crate::sequencer;
use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, Responder, get};
use dossier::ids::PublicKey;
use dossier::procedure::Catalogue;
use dossier::succession::Succession;
use dossier::wire::{PROTOCOL, PROTOCOL_OLDEST};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;

#[derive(Serialize, ToSchema)]
pub(super) struct ServerWord {
    /// What pushes are addressed to.
    server_id: String,
    /// P-256, x ‖ y in hexadecimal: signs answers, manifests and tokens.
    public_key: String,
    /// Every change of that key, the oldest first: a client that knows the server by an older key follows these.
    successions: Vec<SuccessionWord>,
    /// Changes when the server is restored from a backup.
    incarnation: u64,
    /// The newest that it speaks, and the oldest that it still answers: a client speaks one of them, or is too old or too new.
    protocol: u8,
    protocol_oldest: u8,
    /// Version of the catalogue that new dossiers are opened with.
    catalogue: u32,
}

/// A change of the server's key. What the old key signed before `since` stays signed.
#[derive(Serialize, ToSchema)]
pub(super) struct SuccessionWord {
    from: String,
    next: String,
    /// Milliseconds since 1970.
    since: i64,
    /// By the old key, R ‖ S in hexadecimal, low S, over the succession message (domain string, server id, old key, new
    /// key, `since`).
    signature: String,
}

impl From<&Succession> for SuccessionWord {
    fn from(link: &Succession) -> Self {
        let (from, next) = (link.from.to_string(), link.next.to_string());
        Self { from, next, since: link.since.0, signature: link.signature.to_string() }
    }
}

/// Who this server is and what it speaks.
#[utoipa::path(tag = "everybody", responses((status = 200, body = ServerWord)))]
#[get("/v1/server")]
pub(crate) async fn server(app: Data<App>) -> Json<ServerWord> {
    Json(ServerWord {
        server_id: app.info.server.to_string(),
        public_key: app.keys.public().to_string(),
        successions: app.keys.successions().iter().map(SuccessionWord::from).collect(),
        incarnation: app.info.incarnation,
        protocol: PROTOCOL,
        protocol_oldest: PROTOCOL_OLDEST,
        catalogue: Catalogue::built_in().version,
    })
}

/// The keys that verify what this server signed (RFC 7517), today's first: a receipt is verified for ever by the key of
/// its day. Tokens of a key that was replaced are taken for an hour, though it stands here.
#[utoipa::path(tag = "everybody", responses((status = 200, description = "JSON Web Key Set")))]
#[get("/.well-known/jwks.json")]
pub(crate) async fn jwks(app: Data<App>) -> impl Responder {
    let keys: Vec<_> = app.keys.verifying().iter().map(jwk).collect();
    HttpResponse::Ok().insert_header(("Cache-Control", "max-age=300")).json(json!({"keys": keys}))
}

/// A key's name is its thumbprint (RFC 7638).
fn jwk(key: &PublicKey) -> serde_json::Value {
    let (x, y) = coordinates(key);
    let kid = key.thumbprint().jkt();
    json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid, "x": x, "y": y})
}

/// The key that verifies the log's checkpoints, as a note verifier key (C2SP signed-note).
#[utoipa::path(tag = "everybody", responses((status = 200, body = String)))]
#[get("/v1/log/key")]
pub(crate) async fn log_key(app: Data<App>) -> Result<String, Problem> {
    Ok(format!("{}\n", sequencer::key(&app)?))
}

/// This description.
#[utoipa::path(tag = "everybody", responses((status = 200, description = "OpenAPI 3.1")))]
#[get("/openapi.json")]
pub(crate) async fn document(api: Data<OpenApi>) -> impl Responder {
    Json(api)
}
