//! Every address of the server on one page, grouped by who calls. A route takes its caller from `auth`, does one thing,
//! and turns the value into an answer.

mod about;
mod body;
mod catalogue;
mod counter;
mod devices;
mod health;
mod log;
mod office;
mod office_command;
mod office_sign_in;
mod own_devices;
mod papers;
mod readings;
mod sign_in;
mod sync;
#[cfg(test)]
mod tests;

use crate::problem::{self, Problem};
use crate::web;
use actix_web::dev::{ResourceDef, ServiceFactory, ServiceRequest};
use actix_web::error::UrlencodedError;
use actix_web::web::{Data, FormConfig, JsonConfig, PathConfig, PayloadConfig};
use actix_web::{Error, HttpRequest};
use dossier::exchange::BODY_MAX;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::PathItem;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_actix_web::{AppExt as _, UtoipaApp};

pub(crate) fn all(to: &mut ServiceConfig<'_>) {
    // Everybody.
    to.service(about::server).service(about::jwks).service(about::log_key).service(catalogue::catalogue);
    to.service(log::checkpoint).service(log::consistency).service(log::tile);
    to.service(health::healthz).service(health::readyz).service(about::document);
    // A phone: the first four bind its key, the others ask for a token and a proof of it.
    to.service(sign_in::begin).service(sign_in::finish);
    to.service(devices::enrol).service(devices::renew);
    to.service(sync::sync).service(papers::put).service(log::receipts_of);
    to.service(log::standing_of).service(readings::of_own);
    to.service(own_devices::list).service(own_devices::name);
    to.service(own_devices::revoke).service(own_devices::lost).service(own_devices::sign_out);
    // An officer, by token: the first gives one.
    to.service(office_sign_in::give).service(office::inbox).service(office::dossier).service(office::paper);
    to.service(office::couriers).service(office_command::command).service(office_command::waiting_recall);
    to.service(readings::break_glass).service(readings::unmask);
    to.service(readings::alerts).service(readings::see);
    to.service(counter::fill).service(counter::attach).service(counter::detach).service(counter::hand_in);
    // People, with a browser.
    to.service(web::front).service(web::style);
    to.service(web::sign_in::password_form).service(web::sign_in::take_password).service(web::sign_in::sign_out);
    to.service(web::sign_in::code_form).service(web::sign_in::take_code);
    to.service(web::sign_in::authenticator_form).service(web::sign_in::bind_authenticator);
    to.service(web::sign_in::posting_form).service(web::sign_in::choose);
    to.service(web::account::password_form).service(web::account::password);
    to.service(web::account::list).service(web::account::end);
    to.service(web::desk::inbox).service(web::desk::dossier).service(web::desk::accept);
    to.service(web::decisions::forms).service(web::decisions::take);
    to.service(web::readings::unmask).service(web::readings::ask).service(web::readings::break_glass);
    to.service(web::readings::alerts).service(web::readings::see);
    to.service(web::paper::open).service(web::paper::keep);
    to.service(web::track::form).service(web::track::look);
    to.service(web::verify::form).service(web::verify::page_script);
    to.service(web::verify::receipt_script).service(web::verify::cbor_script);
}

/// Limits and errors of what the framework reads itself.
pub(crate) fn settings<T>(app: UtoipaApp<T>) -> UtoipaApp<T>
where
    T: ServiceFactory<ServiceRequest, Config = (), Error = Error, InitError = ()>,
{
    let malformed = |cause: String| Problem::of(&problem::MALFORMED).because(cause);
    let json = JsonConfig::default().limit(64 * 1024).error_handler(move |error, _| match &error {
        actix_web::error::JsonPayloadError::Overflow { .. }
        | actix_web::error::JsonPayloadError::OverflowKnownLength { .. } => Problem::of(&problem::TOO_LARGE).into(),
        actix_web::error::JsonPayloadError::ContentType => Problem::of(&problem::MEDIA_TYPE).into(),
        // The text of the error may repeat what was sent; its place does not.
        actix_web::error::JsonPayloadError::Deserialize(error) => {
            let expected = if error.is_data() { "expected an object, each field once" } else { "not JSON" };
            let place = format!("{expected}: line {}, column {}", error.line(), error.column());
            malformed("JSON".into()).telling(place).into()
        }
        _ => malformed("JSON".into()).into(),
    });
    let form = FormConfig::default().limit(16 * 1024).error_handler(move |error, _| match &error {
        UrlencodedError::Overflow { .. } => Problem::of(&problem::TOO_LARGE).into(),
        UrlencodedError::ContentType => Problem::of(&problem::MEDIA_TYPE).into(),
        _ => malformed("form".into()).into(),
    });
    // An address with an id that is none names nothing.
    let path = PathConfig::default().error_handler(|_, _| Problem::of(&problem::NOT_FOUND).into());
    app.app_data(json).app_data(form).app_data(path).app_data(PayloadConfig::new(BODY_MAX + 1))
}

/// The description of all routes, from their code.
pub(crate) fn openapi() -> OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(info(
        title = "Hồ Sơ",
        description = "Dossiers from the phone to the desk, the post and back. Errors are RFC 9457 problems.",
        license(name = "Apache-2.0")
    ))]
    struct About;
    let (_, api) = actix_web::App::new().into_utoipa_app().openapi(About::openapi()).configure(all).split_for_parts();
    api
}

/// Each route as method and pattern; HEAD goes with GET.
pub(crate) fn served(api: &OpenApi) -> impl Iterator<Item = String> {
    let each = |(path, item): (&String, &PathItem)| {
        let methods = methods(item).into_iter().filter(|method| *method != "HEAD");
        methods.map(|method| format!("{method} {path}")).collect::<Vec<_>>()
    };
    api.paths.paths.iter().flat_map(each)
}

/// What no route took: another method of a known address, or no address at all.
pub(crate) async fn elsewhere(request: HttpRequest, api: Data<OpenApi>) -> Result<&'static str, Problem> {
    let methods = methods_of(&api, request.path());
    Err(if methods.is_empty() {
        Problem::of(&problem::NOT_FOUND)
    } else {
        Problem::of(&problem::METHOD).allowing(methods.join(", "))
    })
}

fn methods_of(api: &OpenApi, path: &str) -> Vec<&'static str> {
    let known = api.paths.paths.iter().filter(|(pattern, _)| ResourceDef::new(pattern.as_str()).is_match(path));
    let mut methods: Vec<_> = known.flat_map(|(_, item)| methods(item)).collect();
    methods.sort_unstable();
    methods
}

fn methods(item: &PathItem) -> Vec<&'static str> {
    let all = [
        ("GET", &item.get),
        // Whatever answers GET answers HEAD.
        ("HEAD", &item.get),
        ("PUT", &item.put),
        ("POST", &item.post),
        ("DELETE", &item.delete),
    ];
    all.into_iter().filter(|(_, there)| there.is_some()).map(|(name, _)| name).collect()
}
