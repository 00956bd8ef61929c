//! How the provider is asked: with a time limit, without following it elsewhere, and with an end to what is read.

use super::{Failed, unavailable};
use crate::config;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, RequestBuilder, Response, Url};
use std::time::Duration;

/// No document of a provider is near this.
const BODY_MAX: usize = 256 * 1024;
const WHOLE: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(5);

pub(super) struct Http(Client);

pub(super) struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Http {
    pub(super) fn new(settings: &config::Provider) -> Result<Self, String> {
        // Under test a provider that says nothing is not waited for as long.
        let whole = if cfg!(test) { Duration::from_secs(2) } else { WHOLE };
        let mut client = Client::builder().redirect(Policy::none()).timeout(whole).connect_timeout(CONNECT);
        client = if settings.issuer.starts_with("https:") { client.https_only(true) } else { client.no_proxy() };
        if let Some(file) = &settings.ca_file {
            let failed = |why: String| format!("the certificates in {}: {why}", file.display());
            let pem = std::fs::read(file).map_err(|e| failed(e.to_string()))?;
            let read = Certificate::from_pem_bundle(&pem).map_err(|e| failed(e.to_string()))?;
            if read.is_empty() {
                return Err(failed("there are none".into()));
            }
            client = client.tls_certs_merge(read);
        }
        client.build().map(Self).map_err(|e| e.to_string())
    }

    pub(super) async fn get(&self, url: &Url, bearer: Option<&str>) -> Result<Answer, Failed> {
        let request = self.0.get(url.clone());
        answered(match bearer {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
        .await
    }

    /// Posts a form; with name and secret for the `Authorization` header, where they go there.
    pub(super) async fn post(&self, url: &Url, form: String, basic: Option<String>) -> Result<Answer, Failed> {
        let request = self.0.post(url.clone()).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        answered(match basic {
            Some(basic) => request.header(reqwest::header::AUTHORIZATION, basic),
            None => request,
        })
        .await
    }
}

async fn answered(request: RequestBuilder) -> Result<Answer, Failed> {
    let response = request.header(ACCEPT, "application/json").send().await.map_err(told)?;
    let status = response.status().as_u16();
    if response.status().is_redirection() {
        // Whoever is asked with a secret must not pass it on.
        return Err(unavailable("it redirects"));
    }
    Ok(Answer { status, body: read(response).await? })
}

async fn read(mut response: Response) -> Result<Vec<u8>, Failed> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(told)? {
        if body.len() + part.len() > BODY_MAX {
            return Err(unavailable("its answer is too large"));
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

/// What went wrong, without the address, in which a code may stand.
fn told(error: reqwest::Error) -> Failed {
    let kind = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the answer broke off"
    };
    unavailable(format!("{kind}: {}", error.without_url()))
}
