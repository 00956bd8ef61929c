//! What the story is played on: the server, its clock, the phones, and the officer's desk.

use super::{Surprise, check, staff};
use crate::app::{self, App, Clock, Running};
use crate::cli::print::say;
use crate::config::Config;
use crate::enrolment;
use crate::seal::random;
use crate::staff::totp;
use crate::store::dossiers;
use dossier::decide::Course;
use dossier::event::{DueChange, Event, What};
use dossier::ids::{CitizenNumber, DossierId, ServerId};
use dossier::time::Timestamp;
use mobile_core::{Client, FileKey, Header, Http, HttpRequest, Language, Offline, Outside, Transport};
use serde_json::{Value, json};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The story begins at 08:00 on Monday 23/11/2026.
const MONDAY_8: Timestamp = Timestamp(1_795_395_600_000);

pub(super) struct Stage {
    pub(super) app: Arc<App>,
    url: String,
    folder: PathBuf,
    /// Goes with the run; absent when the data is to be kept.
    _scratch: Option<Scratch>,
    running: Running,
    http: Http,
    line: Cell<u32>,
    /// The officer's token, and when it was given: the story takes days, a token minutes, and a code serves once.
    token: Mutex<Option<(Timestamp, String)>>,
}

/// A folder that is removed when the demo ends, however it ends.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is in the system's folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A phone whose network can be switched off.
pub(super) struct Phone {
    pub(super) core: Client,
    network: Arc<Switch>,
    /// What its browser came back with last.
    callback: Mutex<Option<String>>,
}

struct Switch {
    on: Mutex<bool>,
    line: Arc<dyn Transport>,
}

#[async_trait::async_trait]
impl Transport for Switch {
    async fn request(&self, request: HttpRequest) -> Result<mobile_core::HttpResponse, mobile_core::TransportError> {
        let on = *self.on.lock().unwrap_or_else(PoisonError::into_inner);
        if on { self.line.request(request).await } else { Offline.request(request).await }
    }
}

/// The phone's wall clock goes as the story's does; nobody believes it.
struct PhoneClock(Clock);

impl mobile_core::Clock for PhoneClock {
    fn now_ms(&self) -> i64 {
        self.0.now().0
    }
    fn boot(&self) -> u64 {
        1
    }
    fn elapsed_ms(&self) -> u64 {
        (self.0.now().0 - MONDAY_8.0).unsigned_abs()
    }
}

impl Stage {
    pub(super) async fn set(data: Option<PathBuf>) -> Result<Self, Surprise> {
        let (folder, scratch) = match data {
            Some(folder) => {
                check(!folder.exists(), format!("{} is there already", folder.display()))?;
                (folder, None)
            }
            None => {
                let folder = std::env::temp_dir().join(format!("hoso-demo-{}", hex::encode(random::<6>())));
                (folder.clone(), Some(Scratch(folder)))
            }
        };
        std::fs::create_dir_all(&folder)?;
        let (data, bind) = (folder.join("server"), ([127, 0, 0, 1], 0).into());
        let config = Config { data, bind, demo: true, ..Config::default() };
        let app = App::open(config, Clock::settable(MONDAY_8)).await?;
        staff::seed(&app).await?;
        let running = app::serve(&app, false)?;
        let url = format!("http://{}", running.address);
        Ok(Self {
            app,
            url,
            folder,
            _scratch: scratch,
            running,
            http: Http::new()?,
            line: Cell::new(0),
            token: Mutex::default(),
        })
    }

    /// Stops the server: nobody writes any more to what the story leaves behind.
    pub(super) async fn end(self) -> Result<(), Surprise> {
        Ok(self.running.stop().await?)
    }

    /// Keeps the server up until Ctrl-C.
    pub(super) async fn stay(&self) -> Result<(), Surprise> {
        say!("");
        say!("The server stays up at {} until Ctrl-C; its clock stands at {}.", self.url, self.now());
        say!("  desk      {}/desk", self.url);
        say!("  tracking  {}/track", self.url);
        say!("  sign in   {} (or {})", staff::OFFICER.login, others().join(", "));
        say!("  password  {}", staff::PASSWORD);
        // The clock stands still, so what an authenticator would show is known; each serves once, the earlier one first.
        let codes = [0, 1].map(|later| totp::code(&staff::OFFICER.key(), totp::step(self.now()) + later));
        say!("  codes     {}, each once and in this order; then recovery codes, each once:", codes.join(", "));
        say!("            {} to …-0010", staff::recovery_codes()[0]);
        tokio::signal::ctrl_c().await?;
        Ok(())
    }

    pub(super) fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// Sets the story's clock: `day` of November 2026, `hour`:`minute`.
    pub(super) fn clock(&self, days: i64, hours: i64, minutes: i64) {
        let since_midnight = (hours - 8) * 3600 + minutes * 60;
        self.app.clock.set(MONDAY_8.plus_seconds(days * 86_400 + since_midnight));
    }

    /// One line of the story.
    pub(super) fn tell(&self, who: &str, what: impl AsRef<str>) {
        self.line.set(self.line.get() + 1);
        say!("{:>2}. [{}] {who}: {}", self.line.get(), self.now(), what.as_ref());
    }

    /// What was checked in this step.
    pub(super) fn checked(&self, what: impl AsRef<str>) {
        say!("      ✓ {}", what.as_ref());
    }

    /// A new phone of a person: citizens sign in at the demo's provider, couriers have a single-use code from the office.
    pub(super) async fn phone(&self, home: &str, person: &Person, line: Arc<dyn Transport>) -> Result<Phone, Surprise> {
        let folder = self.folder.join(home);
        std::fs::create_dir_all(&folder)?;
        let network = Arc::new(Switch { on: Mutex::new(true), line });
        let outside = Outside {
            keys: Arc::new(FileKey::open(&key_file(&folder))?),
            transport: network.clone(),
            clock: Arc::new(PhoneClock(self.app.clock.clone())),
        };
        let core = Client::open(&folder, "demo", outside, Language::English)?;
        let phone = Phone { core, network, callback: Mutex::new(None) };
        self.sign_in(&phone, person).await?;
        Ok(phone)
    }

    /// Signs a person in on a phone, for the first time or again: a courier by a code from the office, a citizen at the
    /// provider.
    pub(super) async fn sign_in(&self, phone: &Phone, person: &Person) -> Result<(), Surprise> {
        if person.courier {
            let number: CitizenNumber = person.number.parse()?;
            let code = enrolment::make_code(&self.app, person.name, &number, true).await?;
            phone.core.enrol(&self.url, &code).await?;
            return Ok(());
        }
        let begun = phone.core.begin_sign_in(&self.url, None).await?;
        let callback = self.browse(&begun.url, person).await?;
        phone.core.finish_sign_in(&callback).await?;
        *phone.callback.lock().unwrap_or_else(PoisonError::into_inner) = Some(callback);
        Ok(())
    }

    /// Brings a phone a callback once more that it has brought to the server; what it says.
    pub(super) async fn sign_in_again(&self, phone: &Phone) -> Result<String, Surprise> {
        let last = phone.callback.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let last = last.ok_or("it did not sign in")?;
        let again = phone.core.finish_sign_in(&last).await.err().ok_or("a callback served twice")?;
        Ok(again.code().to_owned())
    }

    /// What a browser does with the address that it is sent to: it opens the provider's page, somebody presses the button
    /// of a citizen, and it is sent back.
    async fn browse(&self, url: &str, person: &Person) -> Result<String, Surprise> {
        let get = HttpRequest { method: "GET".into(), url: url.into(), headers: Vec::new(), body: Vec::new() };
        let page = self.http.request(get).await?;
        let shown = String::from_utf8_lossy(&page.body).into_owned();
        check(shown.contains(person.name) && shown.contains("DEMO"), "the provider's page does not show the citizen")?;
        let (address, query) = url.split_once('?').ok_or("an address without a query")?;
        let headers = vec![header("Content-Type", "application/x-www-form-urlencoded")];
        let body = format!("{query}&citizen={}", person.number).into_bytes();
        let press = HttpRequest { method: "POST".into(), url: address.into(), headers, body };
        let pressed = self.http.request(press).await?;
        let back = pressed.header("Location").filter(|_| pressed.status == 303);
        Ok(back.ok_or("the provider sends nobody back")?.to_owned())
    }

    pub(super) fn key_of(&self, home: &str) -> PathBuf {
        key_file(&self.folder.join(home))
    }

    /// An officer's command over the API; the answer as JSON.
    pub(super) async fn command(&self, dossier: &str, command: Value) -> Result<Value, Surprise> {
        let key = uuid::Builder::from_random_bytes(random()).into_uuid().to_string();
        let path = format!("/v1/office/dossiers/{dossier}/commands");
        self.office("POST", &path, Some(&key), serde_json::to_vec(&command)?).await
    }

    pub(super) async fn inbox(&self) -> Result<Value, Surprise> {
        self.office("GET", "/v1/office/inbox", None, Vec::new()).await
    }

    pub(super) async fn couriers(&self) -> Result<Value, Surprise> {
        self.office("GET", "/v1/office/couriers", None, Vec::new()).await
    }

    async fn office(&self, method: &str, path: &str, key: Option<&str>, body: Vec<u8>) -> Result<Value, Surprise> {
        let token = self.officer().await?;
        let mut headers = vec![header("Authorization", &format!("Bearer {token}"))];
        headers.push(header("Content-Type", "application/json"));
        headers.extend(key.map(|key| header("Idempotency-Key", key)));
        let request = HttpRequest { method: method.into(), url: format!("{}{path}", self.url), headers, body };
        let response = self.http.request(request).await?;
        let text = String::from_utf8_lossy(&response.body).into_owned();
        check(response.status == 200, format!("{method} {path} answered {}: {text}", response.status))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// A token of the officer, who signs in with password and code when the last one is of another minute.
    async fn officer(&self) -> Result<String, Surprise> {
        let now = self.now();
        if let Some((given, token)) = &*self.token.lock().unwrap_or_else(PoisonError::into_inner)
            && *given == now
        {
            return Ok(token.clone());
        }
        let who = staff::OFFICER;
        let asked = json!({"login": who.login, "password": staff::PASSWORD, "totp": who.code(now)});
        let request = HttpRequest {
            method: "POST".into(),
            url: format!("{}/v1/office/sign-in", self.url),
            headers: vec![header("Content-Type", "application/json")],
            body: serde_json::to_vec(&asked)?,
        };
        let response = self.http.request(request).await?;
        let text = String::from_utf8_lossy(&response.body).into_owned();
        check(response.status == 200, format!("the officer's sign-in answered {}: {text}", response.status))?;
        let answer: Value = serde_json::from_str(&text)?;
        let token = answer["access_token"].as_str().ok_or("the sign-in gave no token")?.to_owned();
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, token.clone()));
        Ok(token)
    }

    pub(super) fn server(&self) -> ServerId {
        self.app.info.server
    }

    /// What the server has of a dossier's course, read from its database.
    pub(super) async fn course(&self, dossier: &str) -> Result<Course, Surprise> {
        Ok(Course::of(&self.events(dossier).await?))
    }

    /// How the last event moved due dates.
    pub(super) async fn last_dues(&self, dossier: &str) -> Result<Vec<DueChange>, Surprise> {
        let events = self.events(dossier).await?;
        Ok(match events.last().map(|event| &event.what) {
            Some(What::Supplemented(_, _, dues)) => dues.clone(),
            _ => Vec::new(),
        })
    }

    async fn events(&self, dossier: &str) -> Result<Vec<Event>, Surprise> {
        let id: DossierId = dossier.parse()?;
        Ok(dossiers::load(&self.app.db.read, &self.app.keys, &id).await?.0.events)
    }

    /// One dossier, as the officer opens it.
    pub(super) async fn open(&self, dossier: &str) -> Result<Value, Surprise> {
        self.office("GET", &format!("/v1/office/dossiers/{dossier}"), None, Vec::new()).await
    }

    /// The public tracking page, as a stranger with code and secret sees it.
    pub(super) async fn track(&self, code: &str, secret: &str) -> Result<String, Surprise> {
        let request = HttpRequest {
            method: "POST".into(),
            url: format!("{}/track", self.url),
            headers: vec![
                header("Content-Type", "application/x-www-form-urlencoded"),
                header("Sec-Fetch-Site", "same-origin"),
            ],
            body: format!("code={code}&secret={secret}").into_bytes(),
        };
        let response = self.http.request(request).await?;
        Ok(String::from_utf8_lossy(&response.body).into_owned())
    }
}

impl Phone {
    pub(super) fn offline(&self) {
        self.set(false);
    }

    pub(super) fn online(&self) {
        self.set(true);
    }

    fn set(&self, on: bool) {
        *self.network.on.lock().unwrap_or_else(PoisonError::into_inner) = on;
    }
}

/// Invented people.
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) number: &'static str,
    pub(super) courier: bool,
}

/// Who else can be signed in as.
fn others() -> Vec<&'static str> {
    staff::PEOPLE.iter().map(|person| person.login).filter(|login| *login != staff::OFFICER.login).collect()
}

pub(super) fn key_file(folder: &Path) -> PathBuf {
    folder.join("demo.key")
}

fn header(name: &str, value: &str) -> Header {
    Header { name: name.into(), value: value.into() }
}
