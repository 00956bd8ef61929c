//! Signing in at the demo's own provider as a browser would, for scripts: its page is opened, and the button of an invented
//! citizen pressed.

use super::Trouble;
use crate::{Client, Error, Header, HttpRequest, HttpResponse, Transport};

/// The address that the browser comes back to.
pub(super) async fn sign_in(
    client: &Client,
    transport: &dyn Transport,
    server: &str,
    number: &str,
) -> Result<String, Trouble> {
    let begun = client.begin_sign_in(server, None).await?;
    // Of no other provider is anybody's choice made by a program.
    let page = format!("{}/demo/provider/authorize", server.trim_end_matches('/'));
    let query = begun.url.strip_prefix(&page).and_then(|rest| rest.strip_prefix('?')).ok_or(Trouble::NoDemo)?;
    let opened = ask(transport, "GET", &begun.url, Vec::new()).await?;
    let plain = number.chars().all(|c| c.is_ascii_digit());
    if opened.status != 200 || !plain || !String::from_utf8_lossy(&opened.body).contains(number) {
        return Err(Trouble::NoDemo);
    }
    let pressed = ask(transport, "POST", &page, format!("{query}&citizen={number}").into_bytes()).await?;
    let back = pressed.header("Location").filter(|_| pressed.status == 303);
    back.map(str::to_owned).ok_or(Trouble::NoDemo)
}

async fn ask(transport: &dyn Transport, method: &str, url: &str, body: Vec<u8>) -> Result<HttpResponse, Error> {
    let header = |name: &str, value: &str| Header { name: name.into(), value: value.into() };
    let mut headers = vec![header("Accept", "text/html")];
    if !body.is_empty() {
        headers.push(header("Content-Type", "application/x-www-form-urlencoded"));
    }
    Ok(transport.request(HttpRequest { method: method.into(), url: url.into(), headers, body }).await?)
}
