//! A phone: the real core with its real store, and a transport that counts what goes over the line.

use super::hub::Hub;
use super::{cpu, form};
use async_trait::async_trait;
use dossier::layout::{FieldKey, Value};
use mobile_core::{
    Client, FieldInput, FileKey, Http, HttpRequest, HttpResponse, Language, Offline, Outside, SyncView, SystemClock,
    Transport, TransportError,
};
use std::path::Path;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// What went over the line.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) requests: usize,
    pub(crate) up: usize,
    pub(crate) down: usize,
    pub(crate) headers_up: usize,
    pub(crate) headers_down: usize,
    /// CPU time of the server while it answered what was no synchronisation and no paper (receipts and their proofs), in
    /// milliseconds, and how many requests those were.
    pub(crate) beside: f64,
    pub(crate) asked_beside: usize,
    /// Their bodies, both ways.
    pub(crate) bytes_beside: usize,
}

pub(crate) struct Phone {
    pub(crate) client: Client,
    tally: Arc<Mutex<Tally>>,
    runtime: Runtime,
    _home: TempDir,
}

struct Counted {
    http: Http,
    tally: Arc<Mutex<Tally>>,
    server: u32,
}

impl Phone {
    /// A new phone of an invented citizen, signed in; its file lies in memory, because what it costs is not the question.
    pub(crate) fn of(hub: &Hub, citizen: u32) -> Self {
        let home = super::in_memory();
        let tally = Arc::<Mutex<Tally>>::default();
        let http = Http::new().expect("a client without settings is built");
        let client = open(home.path(), Arc::new(Counted { http, tally: tally.clone(), server: hub.pid() }));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        runtime.block_on(client.enrol(&hub.url, &hub.code(citizen))).expect("the code is fresh");
        Self { client, tally, runtime, _home: home }
    }

    /// One call of `sync`, and what went over the line meanwhile.
    pub(crate) fn sync(&self) -> (SyncView, Tally) {
        *self.tally.lock().expect("no counter panics") = Tally::default();
        let view = self.runtime.block_on(self.client.sync()).unwrap_or_else(|why| panic!("sync: {why}"));
        assert!(view.set_aside == 0 && view.unreadable == 0 && view.problems.is_empty(), "{:?}", view.problems);
        (view, *self.tally.lock().expect("no counter panics"))
    }

    /// One call of `sync` that may fail; then, what the phone would say.
    pub(crate) fn try_sync(&self) -> Result<(), String> {
        let view = self.runtime.block_on(self.client.sync()).map_err(|why| why.to_string())?;
        if view.problems.is_empty() && view.set_aside == 0 { Ok(()) } else { Err(format!("{:?}", view.problems)) }
    }

    /// Synchronises until nothing moves any more.
    pub(crate) fn settle(&self) {
        loop {
            let (view, _) = self.sync();
            if view.sent + view.news + view.uploaded == 0 {
                break;
            }
        }
    }
}

/// An account that never asks the network.
pub(crate) fn offline(home: &Path) -> Client {
    open(home, Arc::new(Offline))
}

pub(crate) fn open(home: &Path, transport: Arc<dyn Transport>) -> Client {
    let keys = Arc::new(FileKey::open(&home.join("key.pem")).expect("a key can be made"));
    let outside = Outside { keys, transport, clock: Arc::new(SystemClock::default()) };
    Client::open(home, "a", outside, Language::Vietnamese).unwrap_or_else(|why| panic!("open: {why}"))
}

/// A draft with a filled form, five fields on a screen, each screen one change.
pub(crate) fn draft(client: &Client, code: &str, number: u64) -> String {
    let id = client.new_draft(code).expect("of the catalogue");
    let answers = form::filled(form::procedure(code), &mut form::seeded(number));
    answers.chunks(5).for_each(|screen| set(client, &id, screen));
    id
}

pub(crate) fn set(client: &Client, id: &str, answers: &[(FieldKey, Value)]) {
    let inputs: Vec<_> =
        answers.iter().map(|(k, v)| FieldInput { key: k.to_string(), value: Some(form::typed(v)) }).collect();
    client.set_fields(id, &inputs).unwrap_or_else(|why| panic!("set: {why}"));
}

/// Three photographs for the first component, and the act that hands the dossier in.
pub(crate) fn add_papers(client: &Client, id: &str, code: &str, number: u64) {
    let (component, mut rng) = (&form::procedure(code).components[0].id, form::seeded(!number));
    for name in ["anh1.jpg", "anh2.jpg", "anh3.jpg"] {
        let added = client.add_paper(id, component, name, &form::photograph(&mut rng));
        added.unwrap_or_else(|why| panic!("add_paper: {why}"));
    }
}

pub(crate) fn submit(client: &Client, id: &str) {
    let unit = &client.units()[0].code;
    client.submit(id, unit).unwrap_or_else(|why| panic!("submit: {why:?}"));
}

#[async_trait]
impl Transport for Counted {
    async fn request(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let (up, headers_up) = (request.body.len(), size_of_head(&request));
        let beside = !request.url.ends_with("/v1/sync") && !request.url.contains("/papers/");
        let before = if beside { cpu::of_threads(self.server) } else { 0.0 };
        let response = self.http.request(request).await?;
        let lines: usize = response.headers.iter().map(|h| h.name.len() + h.value.len() + 4).sum();
        let mut tally = self.tally.lock().expect("no counter panics");
        tally.requests += 1;
        if beside {
            tally.beside += cpu::of_threads(self.server) - before;
            tally.asked_beside += 1;
            tally.bytes_beside += up + response.body.len();
        }
        tally.up += up;
        tally.headers_up += headers_up;
        tally.down += response.body.len();
        tally.headers_down += "HTTP/1.1 200 OK\r\n\r\n".len() + lines;
        Ok(response)
    }
}

/// As HTTP/1.1 writes it, with the lines that every client adds.
fn size_of_head(request: &HttpRequest) -> usize {
    let (host, path) = request.url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).unwrap_or_default();
    let lines: usize = request.headers.iter().map(|h| h.name.len() + h.value.len() + 4).sum();
    let length = request.body.len();
    let added = format!(
        "{} /{path} HTTP/1.1\r\nhost: {host}\r\naccept: */*\r\ncontent-length: {length}\r\n\r\n",
        request.method
    );
    added.len() + lines
}
