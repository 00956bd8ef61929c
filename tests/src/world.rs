//! The story of one dossier from draft to delivery, told by the core that an app embeds over a line that can be
//! disturbed. Stories of lost answers, killed servers and rebuilt tables end as this one does.

use crate::harness::Hub;
use async_trait::async_trait;
use mobile_core::{
    Client, DetailView, DoorProof, DoorRecipient, Error, ErrorKind, FieldInput, FileKey, Header, Http, HttpRequest,
    HttpResponse, Language, Outside, PostalInput, SystemClock, Transport, TransportError,
};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tempfile::TempDir;

/// How often something is tried before the story fails: a bound, never reached by a line that gets better.
const PATIENCE: usize = 60;

/// The catalogue's first unit.
pub(crate) const UNIT: &str = "H24.61.01";

/// What becomes of one request.
pub(crate) enum Fate {
    Arrives,
    RequestLost,
    AnswerLost,
    /// The server is killed so long after the request was sent, and started again: by whoever listens at `Kills`.
    Kills(Duration),
}

/// Where kills are ordered. A server dies with the thread that started it, so none of those that come and go does it.
pub(crate) type Kills = Sender<Duration>;

/// Who decides what becomes of a request.
pub(crate) type Fates = Box<dyn FnMut(&HttpRequest) -> Fate + Send>;

/// The network between phones, desk and server.
pub(crate) struct Line {
    hub: Arc<Mutex<Hub>>,
    http: Http,
    fates: Mutex<Fates>,
    kills: Option<Kills>,
}

/// A server, a citizen's phone, a courier's phone and an officer, all on one line.
pub(crate) struct World {
    hub: Arc<Mutex<Hub>>,
    line: Arc<Line>,
    runtime: tokio::runtime::Runtime,
    citizen: Client,
    courier: Client,
    token: String,
    _homes: [TempDir; 2],
    /// Who the citizen is.
    called: &'static str,
    told: Vec<String>,
}

/// How a story ended, for comparison with others.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    /// The national code.
    pub(crate) status: u8,
    /// What happened, by number, as the desk reads it.
    pub(crate) events: Vec<(u64, String)>,
    pub(crate) fields: Vec<(String, Vec<String>)>,
    /// Steps that the citizen's phone shows, changes that it has not sent, what it set aside.
    pub(crate) on_the_phone: (usize, u32, usize),
}

impl World {
    pub(crate) fn open(fates: Fates) -> Self {
        Self::open_on(Arc::new(Mutex::new(Hub::start())), "an", fates, None)
    }

    /// On a server that others use too.
    pub(crate) fn open_on(hub: Arc<Mutex<Hub>>, called: &'static str, fates: Fates, kills: Option<Kills>) -> Self {
        let token = lock(&hub).token("lan");
        let http = Http::new().expect("a client");
        let line = Arc::new(Line { hub: hub.clone(), http, fates: Mutex::new(fates), kills });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        let homes = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let (citizen, courier) = (open(homes[0].path(), line.clone()), open(homes[1].path(), line.clone()));
        let world = Self { hub, line, runtime, citizen, courier, token, _homes: homes, called, told: Vec::new() };
        world.enrol(&world.citizen, called);
        world.enrol(&world.courier, "chi");
        world
    }

    /// One dossier from draft to delivery. Every step is repeated until it is acknowledged.
    pub(crate) fn tell(&mut self) -> (String, Ending) {
        let id = self.submit_one();
        let an = &self.citizen;
        self.office(&id, 1, &request_supplement());
        self.sync_all(an);
        an.set_field(&id, "applicant_name", Some("Nguyễn Văn Rõ Ràng")).expect("it was asked for");
        an.supplement(&id).expect("it was asked for");
        self.sync_all(an);

        let accepted = self.office(&id, 2, &json!({"command": "accept"}));
        let code = accepted["code"].as_str().expect("an accepted dossier has a code").to_owned();
        self.office(&id, 3, &json!({"command": "forward", "note": "Chuyển công chức hộ tịch"}));
        self.office(&id, 4, &outcome());
        self.sync_all(an);
        an.choose_post(&id, &address()).expect("the post is offered");
        self.sync_all(an);

        self.office(&id, 5, &self.hand_to_post());
        self.sync_all(an);
        self.deliver(&id, &code);
        self.sync_all(an);
        (code, self.ending(&id))
    }

    /// A new dossier, which then waits for the desk.
    pub(crate) fn submit_one(&mut self) -> String {
        let an = &self.citizen;
        let id = an.new_draft("2.000635").expect("a draft needs no network");
        an.set_fields(&id, &self.examples()).expect("examples fit");
        an.add_paper(&id, "identity", "can-cuoc.jpg", &photo(self.told.len() as u32)).expect("a photo is a paper");
        an.submit(&id, UNIT).expect("the form is complete");
        self.sync_all(an);
        self.told.push(id.clone());
        id
    }

    /// The dossiers that were told here; the citizen may have others, told by another phone.
    pub(crate) fn told(&self) -> &[String] {
        &self.told
    }

    /// How a dossier stands, from both ends.
    pub(crate) fn ending(&self, id: &str) -> Ending {
        let detail = self.citizen.detail(id).expect("it is on the phone");
        let desk = self.get(&format!("/v1/office/dossiers/{id}"));
        let event = |e: &Value| (e["seq"].as_u64().unwrap_or_default(), e["what"].as_str().unwrap_or("?").to_owned());
        Ending {
            status: detail.card.status,
            events: desk["events"].as_array().expect("events").iter().map(event).collect(),
            fields: fields(&detail),
            on_the_phone: (detail.timeline.len(), detail.card.unsent, detail.set_aside.len()),
        }
    }

    /// What another phone of the same citizen is told, which was never there: what the server knows, and nothing else.
    pub(crate) fn as_a_new_phone_reads(&self, ids: &[String]) -> Vec<DetailView> {
        let home = tempfile::tempdir().expect("a folder");
        let phone = open(home.path(), self.line.clone());
        self.enrol(&phone, self.called);
        while self.sync_all(&phone) > 0 {}
        ids.iter().map(|id| phone.detail(id).expect("the server sends the citizen's dossiers")).collect()
    }

    pub(crate) fn detail(&self, id: &str) -> DetailView {
        self.citizen.detail(id).expect("it is on the phone")
    }

    /// Reads as the officer, until there is an answer.
    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = self.answered("GET", path, "", Vec::new());
        serde_json::from_slice(&answer.body).expect("the desk answers in JSON")
    }

    /// The public page for a code and a secret.
    pub(crate) fn track(&self, code: &str, secret: &str) -> String {
        let form = format!("code={code}&secret={secret}").into_bytes();
        let kind = "application/x-www-form-urlencoded";
        let page = self.with_hub(|hub| hub.stranger().send_bytes(reqwest::Method::POST, "/track", kind, form));
        page.text()
    }

    pub(crate) fn with_hub<T>(&self, f: impl FnOnce(&Hub) -> T) -> T {
        f(&lock(&self.hub))
    }

    fn enrol(&self, phone: &Client, who: &str) {
        let url = lock(&self.hub).url();
        let code = lock(&self.hub).enrolment_code(who);
        self.until_it_works("enrol", async || phone.enrol(&url, &code).await);
    }

    /// How much was new to the phone.
    fn sync_all(&self, phone: &Client) -> u32 {
        let seen = self.until_it_works("sync", async || phone.sync().await);
        assert!(seen.problems.is_empty() && seen.unreadable == 0 && seen.set_aside == 0, "{seen:?}");
        seen.news
    }

    fn until_it_works<T>(&self, what: &str, step: impl AsyncFn() -> Result<T, Error>) -> T {
        let mut last = None;
        for _ in 0..PATIENCE {
            match self.runtime.block_on(step()) {
                Ok(done) => return done,
                Err(error) if error.kind() == ErrorKind::Retryable => last = Some(error),
                Err(error) => panic!("{what}: {error}: {}", error.message(Language::English)),
            }
        }
        panic!("{what} never worked: {last:?}");
    }

    /// One command, under the same key until it is answered. The key is made of the dossier's id and a number.
    fn office(&self, id: &str, n: u8, command: &Value) -> Value {
        let key = format!("{}{n:02}", &id[..id.len() - 2]);
        let path = format!("/v1/office/dossiers/{id}/commands");
        let answer = self.answered("POST", &path, &key, command.to_string().into_bytes());
        serde_json::from_slice(&answer.body).expect("the desk answers in JSON")
    }

    fn answered(&self, method: &str, path: &str, key: &str, body: Vec<u8>) -> HttpResponse {
        let header = |name: &str, value: &str| Header { name: name.to_owned(), value: value.to_owned() };
        let mut headers = vec![header("Authorization", &format!("Bearer {}", self.token))];
        if method == "POST" {
            headers.extend([header("Idempotency-Key", key), header("Content-Type", "application/json")]);
        }
        let url = format!("{}{path}", lock(&self.hub).url());
        for _ in 0..PATIENCE {
            let request =
                HttpRequest { method: method.into(), url: url.clone(), headers: headers.clone(), body: body.clone() };
            match self.runtime.block_on(self.line.request(request)) {
                Ok(answer) if answer.status == 200 => return answer,
                Ok(answer) if answer.status == 503 => {}
                Ok(answer) => panic!("{path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)),
                Err(_) => {}
            }
        }
        panic!("{path} was never answered");
    }

    fn hand_to_post(&self) -> Value {
        let couriers = self.get("/v1/office/couriers");
        let courier = couriers[0]["person"].as_str().expect("one courier is enrolled");
        json!({"command": "hand_to_post", "courier": courier, "tracking": null, "seal": format!("NP-{}", self.told.len())})
    }

    /// Without network: one attempt fails, the next delivers against the recipient's code. Then both are sent.
    fn deliver(&self, id: &str, code: &str) {
        self.sync_all(&self.courier);
        let parcels = self.courier.manifest().expect("a list");
        let parcel = &parcels.iter().find(|p| p.dossier_code == code).expect("the parcel is on the list").parcel;
        let secret = self.detail(id).recipient_code.expect("the recipient has a code");
        let owner = DoorRecipient::Owner { identity: "citizen_card".into() };
        self.courier.failed_attempt(parcel, "absent", None).expect("recorded");
        self.courier.confirm_delivery(parcel, &DoorProof::Code { code: secret }, &owner, None).expect("recorded");
        self.sync_all(&self.courier);
    }

    fn examples(&self) -> Vec<FieldInput> {
        let procedure = self.citizen.procedure("2.000635").expect("in the catalogue");
        let input = |(key, value): (String, String)| FieldInput { key: key.replace('*', "1"), value: Some(value) };
        procedure.fields.into_iter().filter_map(|f| Some((f.key, f.example?))).map(input).collect()
    }
}

#[async_trait]
impl Transport for Line {
    async fn request(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let fate = lock(&self.fates)(&request);
        match fate {
            Fate::Arrives => self.answer(request).await,
            Fate::RequestLost => Err(TransportError::Offline),
            Fate::AnswerLost => {
                let _ = self.http.request(request).await;
                Err(TransportError::TimedOut)
            }
            Fate::Kills(after) => {
                self.kills.as_ref().and_then(|kills| kills.send(after).ok()).expect("somebody kills");
                self.answer(request).await
            }
        }
    }
}

impl Line {
    /// While the server is down, nobody hammers at its door.
    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let answer = self.http.request(request).await;
        if answer.is_err() {
            drop(lock(&self.hub));
        }
        answer
    }
}

/// What a phone shows of the form.
pub(crate) fn fields(detail: &DetailView) -> Vec<(String, Vec<String>)> {
    detail.fields.iter().map(|f| (f.key.clone(), f.values.clone())).collect()
}

pub(crate) fn request_supplement() -> Value {
    json!({"command": "request_supplement", "reason": "Họ tên chưa rõ", "fields": ["applicant_name"],
        "components": [], "working_days": 5})
}

pub(crate) fn outcome() -> Value {
    json!({"command": "record_outcome", "granted": true, "number": "12/2026", "summary": "Đã cấp trích lục"})
}

/// The beginning of a JPEG, different for each number.
pub(crate) fn photo(n: u32) -> Vec<u8> {
    [&[0xff, 0xd8, 0xff, 0xe0][..], &n.to_be_bytes(), &[7; 3000]].concat()
}

pub(crate) fn address() -> PostalInput {
    PostalInput {
        recipient: "Nguyễn Văn An".into(),
        phone: "0900000001".into(),
        area: "31/99901".into(),
        line: "Số 1, đường Ví Dụ".into(),
    }
}

fn open(home: &Path, line: Arc<Line>) -> Client {
    let keys = FileKey::open(&home.join("me.pem")).expect("a key");
    let outside = Outside { keys: Arc::new(keys), transport: line, clock: Arc::new(SystemClock::default()) };
    Client::open(home, "me", outside, Language::Vietnamese).expect("a new store opens")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
