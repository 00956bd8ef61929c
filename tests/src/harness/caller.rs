//! Who speaks HTTP to a hub, and what was answered.

use super::PATIENCE;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// Somebody who speaks HTTP to a hub; an officer has a token, a stranger has none.
pub(crate) struct Caller {
    base: String,
    token: Option<String>,
    client: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

/// What a caller was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Caller {
    pub(crate) fn new(base: String, token: Option<String>) -> Self {
        // A connection of its own for each request: the server closes idle ones, and a slow test would meet that.
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client without settings is built");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        Self { base, token, client, runtime }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(self.client.get(self.at(path)))
    }

    /// Posts JSON under a key that makes it happen once.
    pub(crate) fn post(&self, path: &str, idempotency_key: &str, body: &serde_json::Value) -> Answer {
        let request = self.client.post(self.at(path)).header("Idempotency-Key", idempotency_key);
        self.send(request.header("Content-Type", "application/json").body(body.to_string()))
    }

    /// Sends bytes as they are.
    pub(crate) fn send_bytes(&self, method: reqwest::Method, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        self.send(self.client.request(method, self.at(path)).header("Content-Type", kind).body(body))
    }

    /// A request with any headers, those that come twice too.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let method = method.parse().expect("a method");
        let mut request = self.client.request(method, self.at(path)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request)
    }

    /// The same with a body that the server does not read to its end: it answers, and hangs up on whoever goes on
    /// sending. A client of the usual kind takes that for a broken line; this one reads what was answered.
    pub(crate) fn ask_too_much(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let address = self.base.strip_prefix("http://").expect("an address of ours");
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n", body.len());
        headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
        let mut stream = TcpStream::connect(address).expect("the server listens");
        stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).expect("it reads a request's head");
        // Sending may fail once the answer is there.
        let _ = stream.write_all(body);
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        Answer::parse(&bytes).unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(&bytes)))
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        self.runtime.block_on(async {
            let answer = request.send().await.unwrap_or_else(|why| panic!("no answer: {why:?}"));
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let body = answer.bytes().await.unwrap_or_else(|why| panic!("half an answer: {why:?}")).to_vec();
            Answer { status, headers, body }
        })
    }
}

impl Answer {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let mut lines = std::str::from_utf8(&bytes[..end]).ok()?.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let mut headers = reqwest::header::HeaderMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            headers.append(reqwest::header::HeaderName::try_from(name).ok()?, value.parse().ok()?);
        }
        Some(Self { status, headers, body: bytes[end + 4..].to_vec() })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The stable code of a problem, which must be one in every respect.
    pub(crate) fn problem(&self) -> (u16, String) {
        let kind = self.headers.get("content-type").map(|kind| kind.as_bytes());
        assert_eq!(kind, Some(b"application/problem+json".as_slice()), "{} {}", self.status, self.text());
        let body = self.json();
        assert_eq!(body["status"], self.status, "the body says what the answer is");
        assert!(self.headers.contains_key("x-request-id"), "every answer has an id");
        (self.status, body["code"].as_str().expect("a problem has a code").to_owned())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|why| panic!("{} {why}: {}", self.status, self.text()))
    }
}
