//! The addresses of the demo's identity provider. Registered by a server that was started with `--demo`, and by no other.

use super::page::show_to_leave;
use crate::app::App;
use crate::demo::provider::{CITIZENS, Citizen, DemoProvider, Form, Refused};
use crate::problem::{self, Problem};
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use serde_json::{Value, json};

pub(crate) fn routes(to: &mut ServiceConfig) {
    to.service(metadata)
        .service(keys)
        .service(open)
        .service(press)
        .service(tokens)
        .service(userinfo)
        .service(signed_in);
}

#[derive(Template)]
#[template(path = "demo_authorize.html")]
struct Authorize<'a> {
    citizens: &'a [Citizen],
    asked: &'a Form,
}

#[derive(Template)]
#[template(path = "demo_signed_in.html")]
struct SignedIn {
    callback: String,
}

#[get("/demo/provider/.well-known/openid-configuration")]
async fn metadata(app: Data<App>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(provider(&app)?.metadata()))
}

#[get("/demo/provider/keys")]
async fn keys(app: Data<App>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(provider(&app)?.keys()))
}

/// A browser comes: who are you?
#[get("/demo/provider/authorize")]
async fn open(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked = form(request.query_string());
    Ok(match provider(&app)?.asked(&asked) {
        Ok(_) => show_to_leave(StatusCode::OK, &Authorize { citizens: &CITIZENS, asked: &asked }),
        Err(refused) => refusal(refused)?,
    })
}

/// A button was pressed.
#[post("/demo/provider/authorize")]
async fn press(app: Data<App>, body: String) -> Result<HttpResponse, Problem> {
    let (provider, mut said) = (provider(&app)?, form(&body));
    let at = said.iter().position(|(name, _)| name == "citizen");
    let number = at.map(|at| said.swap_remove(at).1).unwrap_or_default();
    Ok(match provider.asked(&said) {
        Ok(asked) => see(&provider.chosen(asked, &number, app.clock.now())),
        Err(refused) => refusal(refused)?,
    })
}

#[post("/demo/provider/token")]
async fn tokens(app: Data<App>, request: HttpRequest, body: String) -> Result<HttpResponse, Problem> {
    let basic = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    // RFC 6749 §5.2; a problem document would be of another kind.
    let (status, said) = match provider(&app)?.tokens(basic, &form(&body), app.clock.now()) {
        Ok(given) => (StatusCode::OK, given),
        Err("invalid_client") => (StatusCode::UNAUTHORIZED, json!({"error": "invalid_client"})),
        Err(error) => (StatusCode::BAD_REQUEST, json!({"error": error})),
    };
    Ok(answer(status, &said))
}

#[get("/demo/provider/userinfo")]
async fn userinfo(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let bearer = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let said = bearer.and_then(|token| provider(&app).ok()?.userinfo(token, app.clock.now()));
    Ok(answer(StatusCode::OK, &said.ok_or_else(|| Problem::of(&problem::UNAUTHORISED))?))
}

/// Where a browser comes back to for who has no app: the address is shown, to be given to the command line.
#[get("/demo/signed-in")]
async fn signed_in(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let said = form(request.query_string());
    let known = ["code", "state", "iss", "error"];
    // Written anew: what is pasted into a shell holds nothing that it would run.
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(said.iter().filter(|(name, _)| known.contains(&name.as_str())));
    let callback = format!("{}?{}", provider(&app)?.page(), query.finish());
    Ok(show_to_leave(StatusCode::OK, &SignedIn { callback }))
}

fn provider(app: &App) -> Result<&DemoProvider, Problem> {
    app.demo.get().ok_or_else(|| Problem::of(&problem::NOT_FOUND))
}

fn form(text: &str) -> Form {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

fn refusal(refused: Refused) -> Result<HttpResponse, Problem> {
    match refused {
        Refused::There(address) => Ok(see(&address)),
        Refused::Here(which) => {
            Err(Problem::of(&problem::MALFORMED).telling(format!("`{which}`: not one that is known")))
        }
    }
}

fn see(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, address)).insert_header((CACHE_CONTROL, "no-store")).finish()
}

fn answer(status: StatusCode, said: &Value) -> HttpResponse {
    let mut answer = HttpResponse::build(status);
    answer.insert_header((CACHE_CONTROL, "no-store")).insert_header((CONTENT_TYPE, "application/json"));
    answer.body(said.to_string())
}
