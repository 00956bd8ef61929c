//! What a member of staff does with the own account: another password, and where one is signed in.

use super::page::{Me, see, show};
use super::sign_in::{signed_out, went_on};
use crate::app::App;
use crate::auth::admit::next_page;
use crate::auth::{DeskCaller, DeskForm, SessionCaller};
use crate::problem::{self, Problem};
use crate::staff::password::Weak;
use crate::staff::posting;
use crate::staff::session::{self, Signed, Stage};
use crate::staff::sign_in::{self, NotTaken};
use crate::store::desk_sessions as sessions;
use crate::words;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use askama::Template;
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage<'a> {
    csrf: &'a str,
    login: &'a str,
    /// It is the one-time password that is to go.
    first: bool,
    wrong: Option<(&'static str, &'static str)>,
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    me: Me,
    lines: Vec<SessionLine>,
}

struct SessionLine {
    id: String,
    this: bool,
    begun: String,
    seen: String,
    posting: String,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct NewPassword {
    present: String,
    new: String,
    again: String,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct EndSession {
    /// One of those that the page lists, or `all`.
    session: String,
}

/// Where another password is chosen.
#[utoipa::path(tag = "people", responses((status = 200), (status = 303)))]
#[get("/desk/password")]
pub(crate) async fn password_form(caller: SessionCaller) -> HttpResponse {
    match &caller.0.stage {
        Stage::Code | Stage::Enrol => see(next_page(&caller.0.stage)),
        _ => show(StatusCode::OK, &password_page(&caller.0, None)),
    }
}

/// Takes another password, and ends every other session.
#[utoipa::path(tag = "people", responses((status = 303), (status = 400), (status = 403), (status = 413), (status = 415), (status = 422), (status = 503)))]
#[post("/desk/password")]
pub(crate) async fn password(
    app: Data<App>,
    caller: SessionCaller,
    form: DeskForm<NewPassword>,
) -> Result<HttpResponse, Problem> {
    let (signed, form) = (&caller.0, form.0);
    if matches!(signed.stage, Stage::Code | Stage::Enrol) {
        return Ok(see(next_page(&signed.stage)));
    }
    let wrong = |wrong| show(StatusCode::UNPROCESSABLE_ENTITY, &password_page(signed, Some(wrong)));
    if form.new != form.again {
        return Ok(wrong(("Hai lần nhập mật khẩu mới không giống nhau.", "The new password was typed in two ways.")));
    }
    match sign_in::change_password(&app, &signed.account, (&form.present, &form.new)).await? {
        Err(not_taken) => Ok(wrong(sentence(&not_taken))),
        Ok(()) => {
            session::end_all(&app, &signed.held.staff, Some(signed)).await?;
            let value = session::go_on(&app, signed, |_| ()).await?;
            went_on(&app, see("/desk"), value)
        }
    }
}

fn password_page<'a>(signed: &'a Signed, wrong: Option<(&'static str, &'static str)>) -> PasswordPage<'a> {
    let first = matches!(signed.stage, Stage::Password);
    PasswordPage { csrf: &signed.csrf, login: &signed.account.login, first, wrong }
}

fn sentence(not_taken: &NotTaken) -> (&'static str, &'static str) {
    match not_taken {
        NotTaken::Present => ("Mật khẩu hiện tại không đúng.", "The present password is wrong."),
        NotTaken::Same => ("Mật khẩu mới giống mật khẩu hiện tại.", "The new password is the present one."),
        NotTaken::Weak(Weak::Short) => ("Mật khẩu cần ít nhất 12 ký tự.", "A password has at least 12 characters."),
        NotTaken::Weak(Weak::Long) => ("Mật khẩu có nhiều nhất 128 ký tự.", "A password has at most 128 characters."),
        NotTaken::Weak(Weak::Own) => (
            "Mật khẩu không được chứa tên đăng nhập hoặc họ tên của bạn.",
            "A password does not hold your login or your name.",
        ),
        NotTaken::Weak(Weak::Common) => (
            "Mật khẩu này ai cũng thử đầu tiên. Hãy ghép vài từ không liên quan với nhau.",
            "This is what anybody tries first. Put some unrelated words together.",
        ),
    }
}

/// Where one is signed in.
#[utoipa::path(tag = "people", responses((status = 200), (status = 303)))]
#[get("/desk/sessions")]
pub(crate) async fn list(app: Data<App>, caller: DeskCaller, session: SessionCaller) -> Result<HttpResponse, Problem> {
    let signed = &session.0;
    let mut lines = Vec::new();
    for open in session::open(&app, &signed.account).await? {
        let posting = match &open.posting {
            Some(id) => posting::one(&app, &signed.held.staff, id).await?,
            None => None,
        };
        lines.push(SessionLine {
            id: session::short_id(&open.held),
            this: open.held.id == signed.held.id,
            begun: open.held.begun_at.to_string(),
            seen: open.held.seen_at.to_string(),
            posting: posting
                .map_or_else(String::new, |p| format!("{}, {}", words::role(p.role).0, words::unit(&p.unit))),
        });
    }
    Ok(show(StatusCode::OK, &SessionsPage { me: Me::of(&caller, &session), lines }))
}

/// Ends one of the own sessions, or all.
#[utoipa::path(tag = "people", responses((status = 303), (status = 400), (status = 403), (status = 404), (status = 413), (status = 415)))]
#[post("/desk/sessions/end")]
pub(crate) async fn end(
    app: Data<App>,
    session: SessionCaller,
    form: DeskForm<EndSession>,
) -> Result<HttpResponse, Problem> {
    let signed = &session.0;
    if form.0.session == "all" {
        session::end_all(&app, &signed.held.staff, None).await?;
        return Ok(signed_out(&app));
    }
    let open = session::open(&app, &signed.account).await?;
    let named = open.iter().find(|open| session::short_id(&open.held) == form.0.session);
    let named = named.ok_or_else(|| Problem::of(&problem::NOT_FOUND))?;
    if named.held.id == signed.held.id {
        session::end(&app, signed).await?;
        return Ok(signed_out(&app));
    }
    sessions::end(&app.db.write, &named.held.id, app.clock.now()).await?;
    tracing::info!(staff = %signed.held.staff, "another session was ended");
    Ok(see("/desk/sessions"))
}
