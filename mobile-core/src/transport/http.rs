//! A transport over reqwest, for command lines, tests and the JVM.

use super::{Header, HttpRequest, HttpResponse, Transport, TransportError};
use async_trait::async_trait;
use std::time::Duration;

/// How long a connection may take, and a whole exchange on a slow line.
const CONNECT: Duration = Duration::from_secs(10);
const WHOLE: Duration = Duration::from_secs(30 * 60);
/// No answer of the server is larger: a synchronisation, with the byte before its body.
const ANSWER_MAX: usize = dossier::exchange::ANSWER_MAX + 1;

pub struct Http(reqwest::Client);

impl Http {
    pub fn new() -> Result<Self, TransportError> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .build();
        client.map(Self).map_err(|e| TransportError::Failed(e.without_url().to_string()))
    }
}

#[async_trait]
impl Transport for Http {
    async fn request(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let method = request.method.parse().map_err(|_| TransportError::Failed("no such method".into()))?;
        let mut call = self.0.request(method, &request.url).body(request.body);
        for header in request.headers {
            call = call.header(header.name, header.value);
        }
        let mut response = call.send().await.map_err(told)?;
        let headers = response.headers().iter().map(|(name, value)| Header {
            name: name.to_string(),
            value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
        });
        let (status, headers) = (response.status().as_u16(), headers.collect());
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(told)? {
            if body.len() + part.len() > ANSWER_MAX {
                return Err(TransportError::Failed("the answer is too large".into()));
            }
            body.extend_from_slice(&part);
        }
        Ok(HttpResponse { status, headers, body })
    }
}

/// A URL can hold an id: errors travel without it.
fn told(error: reqwest::Error) -> TransportError {
    if error.is_timeout() {
        TransportError::TimedOut
    } else if error.is_connect() {
        TransportError::Offline
    } else {
        TransportError::Failed(error.without_url().to_string())
    }
}
