//! Signing in at the desk: login and password, a code, and in which posting. Each step that is proved goes on under another
//! value of the cookie.

use super::page::{see, show};
use crate::app::App;
use crate::auth::admit::next_page;
use crate::auth::{DeskForm, SessionCaller, browser, whence};
use crate::problem::{self, Problem};
use crate::staff::session::{self, Signed, Stage};
use crate::staff::sign_in::{self, Proved};
use crate::staff::{posting, totp};
use crate::store::{accounts, desk_sessions as sessions};
use crate::words;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue, SET_COOKIE};
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use qrcode::{Color, QrCode};
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    refused: bool,
}

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage<'a> {
    csrf: &'a str,
    refused: bool,
}

#[derive(Template)]
#[template(path = "authenticator.html")]
struct AuthenticatorPage<'a> {
    csrf: &'a str,
    login: &'a str,
    refused: bool,
    /// What the authenticator app is given: as a square, and as text.
    square: Square,
    address: String,
    key: String,
}

struct Square {
    side: usize,
    path: String,
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct RecoveryCodesPage {
    codes: Vec<String>,
}

#[derive(Template)]
#[template(path = "posting.html")]
struct PostingPage<'a> {
    csrf: &'a str,
    name: &'a str,
    lines: Vec<PostingLine>,
}

struct PostingLine {
    id: String,
    unit: String,
    role: (&'static str, &'static str),
    stands_in_for: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct SignIn {
    login: String,
    password: String,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Code {
    code: String,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Choice {
    posting: String,
}

/// Where a member of staff signs in.
#[utoipa::path(tag = "people", responses((status = 200)))]
#[get("/desk/sign-in")]
pub(crate) async fn password_form() -> HttpResponse {
    show(StatusCode::OK, &SignInPage { refused: false })
}

/// Takes login and password; then a code is asked for.
#[utoipa::path(tag = "people", responses((status = 303), (status = 400), (status = 401), (status = 403), (status = 413), (status = 415), (status = 429), (status = 503)))]
#[post("/desk/sign-in")]
pub(crate) async fn take_password(
    app: Data<App>,
    request: HttpRequest,
    form: Form<SignIn>,
) -> Result<HttpResponse, Problem> {
    let from = whence::of(&request, app.config.limits.proxies);
    let Some(account) = sign_in::with_password(&app, from, (&form.login, &form.password)).await? else {
        return Ok(show(StatusCode::UNAUTHORIZED, &SignInPage { refused: true }));
    };
    let present = browser::cookie(&request, browser::cookie_name(&app));
    if let Some(signed) = session::read(&app, present.unwrap_or_default()).await? {
        session::end(&app, &signed).await?;
    }
    let value = session::begin(&app, &account.staff).await?;
    let next = if account.totp.is_some() { Stage::Code } else { Stage::Enrol };
    Ok(with_cookie(&app, see(next_page(&next)), &value))
}

/// Where the code of the authenticator is asked for.
#[utoipa::path(tag = "people", responses((status = 200), (status = 303)))]
#[get("/desk/sign-in/code")]
pub(crate) async fn code_form(caller: SessionCaller) -> HttpResponse {
    let Signed { stage, csrf, .. } = &caller.0;
    match stage {
        Stage::Code => show(StatusCode::OK, &CodePage { csrf, refused: false }),
        other => see(next_page(other)),
    }
}

/// Takes a code of the authenticator, or a recovery code in its place.
#[utoipa::path(tag = "people", responses((status = 303), (status = 400), (status = 401), (status = 403), (status = 413), (status = 415)))]
#[post("/desk/sign-in/code")]
pub(crate) async fn take_code(
    app: Data<App>,
    caller: SessionCaller,
    form: DeskForm<Code>,
) -> Result<HttpResponse, Problem> {
    let signed = &caller.0;
    if !matches!(signed.stage, Stage::Code) {
        return Ok(see(next_page(&signed.stage)));
    }
    match sign_in::with_code(&app, &signed.held.staff, &form.0.code).await? {
        Some(proved) => proved_with(&app, signed, proved, see("/desk")).await,
        None => Ok(show(StatusCode::UNAUTHORIZED, &CodePage { csrf: &signed.csrf, refused: true })),
    }
}

/// Where an authenticator is bound: its key as a square and as text.
#[utoipa::path(tag = "people", responses((status = 200), (status = 303)))]
#[get("/desk/sign-in/authenticator")]
pub(crate) async fn authenticator_form(app: Data<App>, caller: SessionCaller) -> Result<HttpResponse, Problem> {
    let signed = &caller.0;
    if !matches!(signed.stage, Stage::Enrol) {
        return Ok(see(next_page(&signed.stage)));
    }
    let key = match &signed.held.totp_new {
        Some(sealed) => accounts::open_totp(&app.keys, &signed.held.staff, sealed)?,
        None => {
            let key = sign_in::new_totp();
            let sealed = accounts::seal_totp(&app.keys, &signed.held.staff, &key);
            sessions::keep_totp_new(&app.db.write, &signed.held.id, sealed).await?;
            key.to_vec()
        }
    };
    Ok(show(StatusCode::OK, &authenticator_page(signed, &key, false)?))
}

/// Binds the authenticator that shows a right code, and tells the recovery codes, this once.
#[utoipa::path(tag = "people", responses((status = 200), (status = 303), (status = 400), (status = 401), (status = 403), (status = 413), (status = 415)))]
#[post("/desk/sign-in/authenticator")]
pub(crate) async fn bind_authenticator(
    app: Data<App>,
    caller: SessionCaller,
    form: DeskForm<Code>,
) -> Result<HttpResponse, Problem> {
    let signed = &caller.0;
    let (Stage::Enrol, Some(sealed)) = (&signed.stage, &signed.held.totp_new) else {
        return Ok(see(next_page(&signed.stage)));
    };
    let key = accounts::open_totp(&app.keys, &signed.held.staff, sealed)?;
    match sign_in::enrol(&app, &signed.account, (&key, &form.0.code)).await? {
        Some((codes, proved)) => {
            let page = show(StatusCode::OK, &RecoveryCodesPage { codes });
            proved_with(&app, signed, proved, page).await
        }
        None => Ok(show(StatusCode::UNAUTHORIZED, &authenticator_page(signed, &key, true)?)),
    }
}

/// Goes on after a second factor, in the only posting if there is but one.
async fn proved_with(
    app: &App,
    signed: &Signed,
    proved: Proved,
    answer: HttpResponse,
) -> Result<HttpResponse, Problem> {
    let postings = posting::current(app, &signed.held.staff).await?;
    let only = if let [only] = &postings[..] { Some(only.id) } else { None };
    let value = session::go_on(app, signed, |held| {
        held.stepped_up_at = Some(app.clock.now());
        held.posting = only;
        held.totp_new = None;
        (held.tries, held.tries_since) = (proved.tries, proved.tries_since);
    })
    .await?;
    tracing::info!(staff = %signed.held.staff, "signed in");
    went_on(app, answer, value)
}

/// Where it is chosen in which posting one acts.
#[utoipa::path(tag = "people", responses((status = 200), (status = 303)))]
#[get("/desk/sign-in/posting")]
pub(crate) async fn posting_form(app: Data<App>, caller: SessionCaller) -> Result<HttpResponse, Problem> {
    let Signed { stage, csrf, account, .. } = &caller.0;
    if !matches!(stage, Stage::Posting | Stage::In(_)) {
        return Ok(see(next_page(stage)));
    }
    let line = |posting: posting::Posting| PostingLine {
        id: posting.id.to_string(),
        unit: words::unit(&posting.unit),
        role: words::role(posting.role),
        stands_in_for: posting.stands_in_for,
    };
    let lines = posting::current(&app, &account.staff).await?.into_iter().map(line).collect();
    Ok(show(StatusCode::OK, &PostingPage { csrf, name: &account.name, lines }))
}

/// Takes the choice; also from somebody who acts in another posting by now.
#[utoipa::path(tag = "people", responses((status = 303), (status = 400), (status = 403), (status = 404), (status = 413), (status = 415)))]
#[post("/desk/sign-in/posting")]
pub(crate) async fn choose(
    app: Data<App>,
    caller: SessionCaller,
    form: DeskForm<Choice>,
) -> Result<HttpResponse, Problem> {
    let signed = &caller.0;
    if !matches!(signed.stage, Stage::Posting | Stage::In(_)) {
        return Ok(see(next_page(&signed.stage)));
    }
    let id = form.0.posting.parse().map_err(|_| Problem::of(&problem::NOT_FOUND))?;
    let posting = posting::one(&app, &signed.held.staff, &id).await?;
    let posting = posting.ok_or_else(|| Problem::of(&problem::NOT_FOUND))?;
    let value = session::go_on(&app, signed, |held| held.posting = Some(posting.id)).await?;
    tracing::info!(staff = %signed.held.staff, posting = %posting.id, "a posting was chosen");
    went_on(&app, see("/desk"), value)
}

/// Ends the session, here and in the browser.
#[utoipa::path(tag = "people", responses((status = 303), (status = 400), (status = 403), (status = 413), (status = 415)))]
#[post("/desk/sign-out")]
pub(crate) async fn sign_out(
    app: Data<App>,
    caller: SessionCaller,
    _form: DeskForm<Nothing>,
) -> Result<HttpResponse, Problem> {
    session::end(&app, &caller.0).await?;
    Ok(signed_out(&app))
}

/// A form of nothing but its token.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Nothing {}

/// To the sign-in, with nothing of the session left in the browser.
pub(super) fn signed_out(app: &App) -> HttpResponse {
    let mut answer = with_cookie(app, see("/desk/sign-in"), "");
    let clear = HeaderValue::from_static("\"cookies\", \"storage\"");
    answer.headers_mut().insert(HeaderName::from_static("clear-site-data"), clear);
    answer
}

/// The answer with the session's new value; a session that has ended meanwhile has none.
pub(super) fn went_on(app: &App, answer: HttpResponse, value: Option<String>) -> Result<HttpResponse, Problem> {
    let value = value.ok_or_else(|| Problem::of(&problem::UNAUTHORISED).because("the session has ended"))?;
    Ok(with_cookie(app, answer, &value))
}

/// Sets the cookie; an empty value takes it away. Its name asks for this path and, by HTTPS, for `Secure`.
fn with_cookie(app: &App, mut answer: HttpResponse, value: &str) -> HttpResponse {
    let secure = if app.config.https { "; Secure" } else { "" };
    let end = if value.is_empty() { "; Max-Age=0" } else { "" };
    let name = browser::cookie_name(app);
    if let Ok(cookie) = HeaderValue::try_from(format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{end}"))
    {
        answer.headers_mut().insert(SET_COOKIE, cookie);
    }
    answer
}

fn authenticator_page<'a>(signed: &'a Signed, key: &[u8], refused: bool) -> Result<AuthenticatorPage<'a>, Problem> {
    let login = &signed.account.login;
    let address = totp::address(key, login);
    let square = square(&address)?;
    Ok(AuthenticatorPage { csrf: &signed.csrf, login, refused, square, address, key: totp::text(key) })
}

/// A QR code as one path of squares of one unit, with the quiet zone of four around it (ISO/IEC 18004 §9.1).
fn square(text: &str) -> Result<Square, Problem> {
    let code = QrCode::new(text).map_err(|cause| Problem::of(&problem::INTERNAL).because(cause))?;
    let width = code.width();
    let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
    let path = dark.map(|(n, _)| format!("M{} {}h1v1h-1z", n % width + 4, n / width + 4)).collect();
    Ok(Square { side: width + 8, path })
}
