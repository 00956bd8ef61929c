//! Listening: the routes, and around them what every answer gets: an id, headers, a time limit, and problems instead of
//! the framework's own errors.

use super::body::Body;
use super::{App, StartError};
use crate::auth::{admit, nonce, policy};
use crate::problem::{self, Problem};
use crate::{revocation, routes, sequencer, web};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{Data, to};
use actix_web::{App as Web, Error, HttpMessage as _, HttpResponse, HttpServer};
use dossier::exchange::BODY_MAX;
use dossier::layout::PAPER_MAX;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout_at};
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder, TracingLogger};
use utoipa::openapi::OpenApi;
use utoipa_actix_web::AppExt as _;

/// The largest paper over a line of 150 kbit/s.
const UPLOAD: Duration = Duration::from_secs(10 * 60);

/// How long a connection waits for its next request: longer than clients keep one in their pool (nginx and the usual
/// load balancers 60 s, `reqwest` 90 s), so that it is the client that lets go. Where the server does, a request that
/// is just being sent is lost, and a phone takes that for no network.
const KEEP_ALIVE: Duration = Duration::from_secs(100);

/// A server that listens and answers.
pub(crate) struct Running {
    pub address: SocketAddr,
    #[cfg(feature = "demo")]
    handle: actix_web::dev::ServerHandle,
    answering: JoinHandle<io::Result<()>>,
    beside: JoinSet<()>,
}

impl Running {
    /// Waits for its end; then nothing of it writes any more.
    pub(crate) async fn ended(mut self) -> io::Result<()> {
        let ended = self.answering.await;
        self.beside.shutdown().await;
        ended?
    }

    /// Ends it, whatever it is just answering.
    #[cfg(feature = "demo")]
    pub(crate) async fn stop(self) -> io::Result<()> {
        self.handle.stop(false).await;
        self.ended().await
    }
}

/// Begins to listen; with `signals`, SIGTERM and SIGINT let running requests end and then stop it.
pub(crate) fn serve(app: &Arc<App>, signals: bool) -> Result<Running, StartError> {
    let bind = app.config.bind;
    let (app_data, api) = (Data::from(app.clone()), Data::new(routes::openapi()));
    let gaps = policy::gaps(routes::served(&api));
    if !gaps.is_empty() {
        return Err(StartError::Policy(gaps));
    }
    let server = HttpServer::new(move || application(app_data.clone(), api.clone()));
    let mut server = server.workers(app.config.limits.workers).keep_alive(KEEP_ALIVE).shutdown_timeout(10);
    if !signals {
        server = server.disable_signals();
    }
    let server = server.bind(bind).map_err(|e| StartError::Bind(bind, e))?;
    let address = server.addrs().first().copied().unwrap_or(bind);
    #[cfg(feature = "demo")]
    if app.config.demo {
        crate::demo::offer_sign_in(app, address).map_err(StartError::Provider)?;
    }
    let mut beside = JoinSet::new();
    beside.spawn(sequencer::run(Arc::downgrade(app)));
    beside.spawn(take_up_keys(Arc::downgrade(app)));
    beside.spawn(revocation::watch(Arc::downgrade(app)));
    let server = server.run();
    Ok(Running {
        address,
        #[cfg(feature = "demo")]
        handle: server.handle(),
        answering: tokio::spawn(server),
        beside,
    })
}

/// `hoso keys rotate` runs beside the server; what it puts in place is signed with a moment later.
async fn take_up_keys(app: Weak<App>) {
    let mut every = tokio::time::interval(Duration::from_secs(2));
    loop {
        every.tick().await;
        let Some(app) = app.upgrade() else { return };
        app.keys.refresh();
    }
}

/// All routes, with what every answer gets.
pub(crate) fn application(
    app: Data<App>,
    api: Data<OpenApi>,
) -> Web<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    #[cfg(feature = "demo")]
    let demo = app.config.demo;
    let web = Web::new().into_utoipa_app().app_data(app).app_data(api);
    let web = routes::settings(web.configure(routes::all)).into_app();
    #[cfg(feature = "demo")]
    let web = if demo { web.configure(crate::web::demo::routes) } else { web };
    let web = web.default_service(to(routes::elsewhere)).wrap(from_fn(admit::admit));
    web.wrap(from_fn(finish)).wrap(TracingLogger::<Root>::new())
}

/// What is logged of a request: its id, method and route. Never the address itself, which may hold ids of people.
struct Root;

impl RootSpanBuilder for Root {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let route = request.match_pattern().unwrap_or_else(|| "none".into());
        let id = request_id(request).unwrap_or_default();
        tracing::info_span!("request", id, method = %request.method(), route, status = tracing::field::Empty)
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("status", status.as_u16());
    }
}

fn request_id(request: &ServiceRequest) -> Option<String> {
    request.extensions().get::<RequestId>().map(ToString::to_string)
}

async fn finish(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // HEAD is answered by whatever answers GET (RFC 9110 §9.3.2). The connection remembers which it was: it sends the
    // length of the body and not the body.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let id = request_id(&request);
    let app = request.app_data::<Data<App>>().cloned();
    let for_staff = request.path().starts_with("/v1/office");
    let for_phones = request.path().starts_with("/v1/") && !request.path().starts_with("/v1/office");
    let (limit, most) = match request.method() {
        // Papers alone are put.
        &Method::PUT => (UPLOAD, u64::from(PAPER_MAX)),
        _ => (Duration::from_secs(app.as_ref().map_or(30, |app| app.config.limits.timeout_seconds)), BODY_MAX as u64),
    };
    let (until, body) = (Instant::now() + limit, Body::of(&mut request));
    // Nothing may hold the request while it is routed. What ends here as an error never reached a route: it has no
    // response to take headers, and its problem is written by its own `error_response`.
    let response = timeout_at(until, next.call(request)).await;
    let response = response.map_err(|_| Problem::of(&problem::TIMEOUT))??.map_into_boxed_body();
    if response.status().is_client_error() || response.status().is_server_error() {
        // What does not come in time is not waited for: the answer goes out, and the connection ends.
        let _ = timeout_at(until, body.drain(most)).await;
    }
    let mut response = with_problem(response, id.as_deref());
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    keep_apart(headers, app.as_ref().is_some_and(|app| app.config.https));
    if for_staff {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Some(id) = id.and_then(|id| HeaderValue::try_from(id).ok()) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    if let Some(app) = app.filter(|_| for_phones) {
        let nonce = nonce::make(&app.keys, app.clock.now());
        if let Ok(nonce) = HeaderValue::try_from(nonce) {
            headers.insert(HeaderName::from_static("dpop-nonce"), nonce);
        }
    }
    Ok(response)
}

/// What other sites get of ours: no window, no picture, and from pages of ours no camera. By HTTPS, browsers come back by
/// nothing else for two years.
fn keep_apart(headers: &mut HeaderMap, https: bool) {
    let mut say = |name, value| headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    say("cross-origin-opener-policy", "same-origin");
    say("cross-origin-resource-policy", "same-origin");
    say("permissions-policy", "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()");
    if https {
        say("strict-transport-security", "max-age=63072000; includeSubDomains");
    }
}

/// Gives every error answer its problem, with the request's id in it, and logs the cause: once, here.
fn with_problem(response: ServiceResponse<BoxBody>, id: Option<&str>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let page = response.headers().get(CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
    if !(status.is_client_error() || status.is_server_error()) || page {
        return response;
    }
    let answer = answer(&response, id);
    let (request, _) = response.into_parts();
    ServiceResponse::new(request, answer)
}

fn answer(response: &ServiceResponse<BoxBody>, id: Option<&str>) -> HttpResponse {
    let bare = Problem::of_status(response.status().as_u16());
    let problem = response.response().error().and_then(|e| e.as_error::<Problem>()).unwrap_or(&bare);
    match problem.cause() {
        Some(cause) if response.status().is_server_error() => tracing::error!(code = problem.code(), cause, "failed"),
        Some(cause) => tracing::info!(code = problem.code(), cause, "refused"),
        None => tracing::debug!(code = problem.code(), "refused"),
    }
    if web::is_for_people(response.request()) { web::problem_page(problem, id) } else { problem.answer(id) }
}
