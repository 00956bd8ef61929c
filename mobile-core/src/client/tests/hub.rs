//! A server in memory behind the transport: its decisions are the product's own, its store is a map, and its line does
//! what a test asks of it.

use super::book::Book;
use crate::transport::{Header, HttpRequest, HttpResponse, Transport, TransportError};
use async_trait::async_trait;
use dossier::calendar::Calendar;
use dossier::decide::{self, Command, Device, DossierState, Officer, Rows, Rules};
use dossier::delivery::{Manifest, Parcel, RecipientCode, SignedRecord};
use dossier::exchange::{change_hash, request_id, server};
use dossier::ids::{DossierId, ManifestId, ParcelId, PersonId, PublicKey, ServerId, Signature, StaffId};
use dossier::log::{self, LogKey};
use dossier::procedure::Catalogue;
use dossier::standing::{SignedStanding, Standing, Word};
use dossier::time::Timestamp;
use dossier::wire::{
    Blob, Cursor, Delta, DocumentDelta, PROTOCOL, RecordVerdict, Renewed, SignedManifest, SyncAnswer, SyncRequest,
    Verdict, manifest_message, to_bytes, wipe_message,
};
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::Signer;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

/// 08:00 on Monday 23/11/2026.
pub(super) const MONDAY_8: Timestamp = Timestamp(1_795_395_600_000);

/// What the line or the server does to the next request, instead of answering it well.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mishap {
    /// Answers well; the next one's turn comes after it.
    Nothing,
    /// The server does the work, the answer is lost.
    AnswerLost,
    Offline,
    NeverAnswers,
    TokenExpired,
    WantsNonce,
    ForgedAnswer,
    Redirect,
    Busy,
    TooOften,
    Suspended,
    /// The device was reported lost.
    Lost,
}

pub(super) struct Hub {
    key: SigningKey,
    pub(super) dossiers: BTreeMap<DossierId, DossierState>,
    log: Vec<Rows>,
    /// What it says is the key of its transparency log, if it has one.
    pub(super) log_key: Option<LogKey>,
    /// Its transparency log and receipts, if it keeps them.
    pub(super) book: Option<Book>,
    devices: BTreeMap<PublicKey, Device>,
    /// Enrolment codes and whom they are for.
    pub(super) codes: BTreeMap<String, (PersonId, bool)>,
    /// Where it sends browsers to sign in, if it does.
    pub(super) sign_in_at: Option<String>,
    /// What was brought to it by those whom it enrolled.
    pub(super) said: Vec<serde_json::Value>,
    pub(super) mishaps: VecDeque<Mishap>,
    pub(super) manifests: Vec<Manifest>,
    pub(super) records: Vec<SignedRecord>,
    pub(super) requests: Vec<String>,
    pub(super) now: Timestamp,
    /// Dossiers that have had their changes of the day.
    pub(super) at_their_quota: BTreeSet<DossierId>,
    /// A dossier comes to its quota when a paper of it came.
    pub(super) quota_after_papers: bool,
    /// Which of its lives this is.
    life: u64,
    pub(super) tokens_given: u32,
}

/// One device's line to the hub.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) hub: Arc<Mutex<Hub>>,
    key: PublicKey,
}

pub(super) fn server_id() -> ServerId {
    ServerId::from_bytes([9; 16])
}

/// The key of this server's log, one of several.
pub(super) fn log_key(seed: u8) -> LogKey {
    LogKey::new(&log::origin(&server_id()), log_signer(seed).verifying_key().to_bytes()).unwrap()
}

pub(super) fn log_signer(seed: u8) -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[seed; 32])
}

impl Hub {
    pub(super) fn open() -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self {
            key: SigningKey::from_slice(&[3; 32]).unwrap(),
            dossiers: BTreeMap::new(),
            log: Vec::new(),
            log_key: Some(log_key(5)),
            book: None,
            devices: BTreeMap::new(),
            codes: BTreeMap::new(),
            sign_in_at: Some("https://id.example/auth?x=1".into()),
            said: Vec::new(),
            mishaps: VecDeque::new(),
            manifests: Vec::new(),
            records: Vec::new(),
            requests: Vec::new(),
            now: MONDAY_8,
            at_their_quota: BTreeSet::new(),
            quota_after_papers: false,
            life: 1,
            tokens_given: 0,
        }))
    }

    /// Puts back a backup from before anything was sent, and says so.
    pub(super) fn forget(&mut self) {
        self.dossiers.clear();
        self.log.clear();
        self.records.clear();
        self.life = dossier::life::next(self.life, self.now);
    }

    pub(super) fn officer(&mut self, id: &DossierId, command: Command) {
        let unit = Catalogue::built_in().units()[0].code.clone();
        let officer = Officer { staff: StaffId::from_bytes([3; 16]), unit, name: "Cán bộ Ví Dụ".into() };
        let rows = decide::command(&self.state(id), &command, &officer, 1, &self.rules()).unwrap();
        self.write(rows);
    }

    /// A list of one parcel, and the code that its recipient knows.
    pub(super) fn list(&mut self, courier: PersonId, parcel: ParcelId) -> RecipientCode {
        let code = RecipientCode::from_entropy(&[5; 8]);
        let parcel = Parcel {
            id: parcel,
            dossier_code: "H24.1-261123-0001".parse().unwrap(),
            tracking: None,
            seal: "NP-1".into(),
            recipient: "Người Ví Dụ".into(),
            phone: "0900000000".parse().unwrap(),
            address: "Số 1".into(),
            commitment: code.commit(&parcel),
        };
        let id = ManifestId::from_bytes([6; 16]);
        self.manifests.push(Manifest { id, courier, issued_at: self.now, parcels: vec![parcel] });
        code
    }

    fn rules(&self) -> Rules<'static> {
        let entropy = [self.log.len() as u8; 32];
        Rules { now: self.now, catalogue: Catalogue::built_in(), calendar: Calendar::built_in(), entropy }
    }

    fn state(&self, id: &DossierId) -> DossierState {
        self.dossiers.get(id).cloned().unwrap_or_else(|| DossierState::unheard(*id))
    }

    fn write(&mut self, rows: Rows) {
        let next = self.state(&rows.dossier).after(&rows);
        self.dossiers.insert(rows.dossier, next);
        if let Some(book) = &mut self.book {
            book.enter(&rows);
        }
        self.log.push(rows);
    }

    pub(super) fn public(&self) -> PublicKey {
        PublicKey::try_from(&self.key.verifying_key().to_sec1_point(false).as_bytes()[1..]).unwrap()
    }

    pub(super) fn sign(&self, message: &[u8]) -> Signature {
        let signature: p256::ecdsa::Signature = self.key.sign(message);
        Signature(signature.normalize_s().to_bytes().into())
    }

    /// Something was pushed, and all of it to dossiers at their quota.
    fn is_beyond_quota(&self, packed: &[u8]) -> bool {
        let pushed = server::read_request(packed).unwrap().dossiers;
        !pushed.is_empty() && pushed.iter().all(|push| self.at_their_quota.contains(&push.dossier))
    }

    fn sync(&mut self, key: &PublicKey, packed: &[u8], renewed: Option<Renewed>) -> Vec<u8> {
        let request = server::read_request(packed).unwrap();
        let device = self.devices[key].clone();
        let (id, verify) = (server_id(), crate::keys::verify);
        let evidence = server::evidence(&request.dossiers, request.signature.as_ref(), &id, key, &verify).unwrap();
        if server::is_of_another_life(&request.cursor, self.life) {
            return self.begin_anew(&request, packed, renewed);
        }
        let after_restore = request.after_restore.unwrap_or_default();
        let words =
            after_restore.standings.iter().map(|signed| signed.verified(&id, &[self.public()], &verify).unwrap());
        let mut said: BTreeMap<DossierId, Word> = words.map(|word| (word.said.dossier, word)).collect();
        let mut verdicts = Vec::new();
        for (push, evidence) in request.dossiers.iter().zip(&evidence) {
            if self.at_their_quota.contains(&push.dossier) {
                verdicts.push(vec![Verdict::Waits; push.changes.len()]);
                continue;
            }
            let state = DossierState { said: said.remove(&push.dossier), ..self.state(&push.dossier) };
            let pushed = decide::push(&state, push, &device, evidence, &self.rules()).unwrap();
            verdicts.push(pushed.verdicts);
            if let Some(rows) = pushed.rows {
                self.write(rows);
            }
        }
        for (id, word) in said {
            let state = DossierState { said: Some(word), ..self.state(&id) };
            if let Some(rows) = decide::take_back(&state, &device, &self.rules()).unwrap() {
                self.write(rows);
            }
        }
        let record_verdicts = request.records.into_iter().map(|record| self.record(record)).collect();
        let manifests = self.manifests.iter().filter(|m| m.courier == device.person).map(to_bytes);
        let manifests = manifests.map(|manifest| {
            let signature = self.sign(&manifest_message(&server_id(), &manifest));
            SignedManifest { manifest, signature }
        });
        let answer = SyncAnswer {
            protocol: PROTOCOL,
            request: request_id(packed),
            beacon: self.now,
            cursor: Cursor { incarnation: self.life, n: self.log.len() as u64 },
            more: false,
            verdicts,
            record_verdicts,
            deltas: self.deltas(&device, request.cursor.n as usize, after_restore.whole),
            manifests: manifests.collect(),
            renewed,
        };
        server::write_answer(&answer, &server_id(), |m| self.sign(m)).unwrap()
    }

    fn begin_anew(&self, request: &SyncRequest, packed: &[u8], renewed: Option<Renewed>) -> Vec<u8> {
        let answer = SyncAnswer {
            protocol: PROTOCOL,
            request: request_id(packed),
            beacon: self.now,
            cursor: Cursor { incarnation: self.life, n: 0 },
            more: true,
            verdicts: request.dossiers.iter().map(|push| vec![Verdict::Waits; push.changes.len()]).collect(),
            record_verdicts: vec![RecordVerdict::Refused("another_life".into()); request.records.len()],
            deltas: Vec::new(),
            manifests: Vec::new(),
            renewed,
        };
        server::write_answer(&answer, &server_id(), |m| self.sign(m)).unwrap()
    }

    fn standing(&self, id: &DossierId) -> SignedStanding {
        let state = self.state(id);
        let document = dossier::document::Document::load(&state.document.unwrap()).unwrap();
        let changes = document.changes().iter().map(|change| change_hash(&change.0)).collect();
        let standing = Standing { dossier: *id, owner: state.birth.unwrap().owner, changes, events: state.events };
        standing.signed(&server_id(), |m| self.sign(m))
    }

    fn record(&mut self, record: SignedRecord) -> RecordVerdict {
        if self.records.contains(&record) {
            return RecordVerdict::Already;
        }
        self.records.push(record);
        RecordVerdict::Accepted
    }

    /// What a device lacks since `n` commits ago: other devices' changes and all events. Unlike the real server it never
    /// notices by itself that a device has lost what it wrote.
    fn deltas(&self, device: &Device, n: usize, whole: bool) -> Vec<Delta> {
        let mine = |rows: &&Rows| rows.audiences.contains(&device.person);
        let touched: BTreeSet<DossierId> = self.log[n..].iter().filter(mine).map(|r| r.dossier).collect();
        let delta = |id: DossierId| {
            let of = |rows: &&Rows| rows.dossier == id;
            let own = |rows: &Rows| rows.origin == Some(device.thumbprint);
            let born_elsewhere = !self.log.iter().filter(of).any(own) && !self.log[..n].iter().any(|r| r.dossier == id);
            let state = &self.dossiers[&id];
            let others =
                self.log[n..].iter().filter(of).flat_map(|r| &r.changes).filter(|c| c.device != device.thumbprint);
            Delta {
                dossier: id,
                open: state.birth.as_ref().map(|b| b.open.clone()),
                document: match born_elsewhere || whole {
                    true => DocumentDelta::Snapshot(Blob(state.document.clone().unwrap())),
                    false => DocumentDelta::Changes(others.map(|c| Blob(c.bytes.clone())).collect()),
                },
                events: self.log[n..].iter().filter(of).flat_map(|r| r.events.clone()).collect(),
            }
        };
        touched.into_iter().map(delta).collect()
    }

    fn begin_sign_in(&self) -> HttpResponse {
        let Some(url) = &self.sign_in_at else { return problem(404, "sign_in_not_offered") };
        let state = format!("state-{}", self.requests.len());
        answer(200, serde_json::json!({"url": url, "state": state, "expires_in": 600}).to_string().into_bytes())
    }

    /// By a code from the office, or by one from the provider for a state.
    fn enrol(&mut self, key: PublicKey, body: &[u8]) -> HttpResponse {
        let asked: serde_json::Value = serde_json::from_slice(body).unwrap();
        let code = asked["code"].as_str().unwrap();
        let message = match asked["state"].as_str() {
            Some(state) => dossier::wire::sign_in_message(&server_id(), &key, state, code),
            None => dossier::wire::enrolment_message(&server_id(), code, &key),
        };
        let signature = asked["signature"].as_str().unwrap().parse().unwrap();
        assert!(crate::keys::verify(&key, &message, &signature), "enrolment proves possession");
        let Some((person, courier)) = self.codes.remove(code) else {
            return problem(403, "enrolment_refused");
        };
        self.devices.insert(key, Device { person, thumbprint: key.thumbprint(), courier });
        self.said.push(asked);
        answer(200, self.tokens(person, courier).to_string().into_bytes())
    }

    /// The next tokens; what becomes of those before is tested at the real server.
    fn tokens(&mut self, person: PersonId, courier: bool) -> serde_json::Value {
        self.tokens_given += 1;
        serde_json::json!({"person": person.to_string(), "courier": courier, "expires_in": 900,
            "access_token": format!("t{}", self.tokens_given), "refresh_token": format!("r{}", self.tokens_given)})
    }

    fn renewed(&mut self, shown: &str) -> Option<Renewed> {
        shown.strip_prefix("DPoP r")?;
        self.tokens_given += 1;
        let (access_token, refresh_token) = (format!("t{}", self.tokens_given), format!("r{}", self.tokens_given));
        Some(Renewed { access_token, seconds: 900, refresh_token })
    }

    fn serve(&mut self, key: PublicKey, request: &HttpRequest) -> HttpResponse {
        let path = request.url.strip_prefix("http://localhost").unwrap();
        let has = |name: &str| request.headers.iter().any(|h| h.name == name);
        let shown = request.headers.iter().find(|h| h.name == "Authorization").map_or("", |h| h.value.as_str());
        match (request.method.as_str(), path) {
            ("GET", "/v1/server") => {
                let word = serde_json::json!({"server_id": server_id().to_string(), "public_key": self.public().to_string(),
                    "incarnation": 1, "protocol": PROTOCOL, "catalogue": 1});
                answer(200, word.to_string().into_bytes())
            }
            ("GET", "/v1/log/key") => match &self.log_key {
                Some(key) => answer(200, format!("{key}\n").into_bytes()),
                None => problem(404, "not_found"),
            },
            ("POST", "/v1/sign-in") => self.begin_sign_in(),
            ("POST", "/v1/devices" | "/v1/sign-in/finish") => self.enrol(key, &request.body),
            ("POST", "/v1/token") if shown.starts_with("DPoP r") => {
                let device = self.devices[&key].clone();
                answer(200, self.tokens(device.person, device.courier).to_string().into_bytes())
            }
            ("GET", path) if path.starts_with("/v1/log/") => {
                let told = self.book.as_ref().and_then(|book| book.say(path));
                told.map_or_else(|| problem(404, "not_found"), |body| answer(200, body))
            }
            _ if !has("DPoP") || !has("Authorization") => problem(401, "unauthorised"),
            ("POST", "/v1/sync") if self.is_beyond_quota(&request.body) => problem(429, "dossier_quota"),
            ("POST", "/v1/sync") => {
                let renewed = self.renewed(shown);
                answer(200, self.sync(&key, &request.body, renewed))
            }
            ("GET", path) if path.ends_with("/receipts") && self.book.is_some() => {
                let id = path.split('/').nth(3).unwrap().parse().unwrap();
                let files = self.book.as_ref().map(|book| book.receipts(&id, self)).unwrap();
                answer(200, to_bytes(&files))
            }
            ("GET", path) if path.ends_with("/standing") => {
                let id = path.split('/').nth(3).unwrap().parse().unwrap();
                answer(200, to_bytes(&self.standing(&id)))
            }
            ("PUT", path) => {
                let parts: Vec<&str> = path.split('/').collect();
                let id: DossierId = parts[3].parse().unwrap();
                if !self.dossiers.contains_key(&id) {
                    return problem(404, "not_found");
                }
                let mut state = self.state(&id);
                state.papers.insert(parts[5].parse().unwrap());
                self.dossiers.insert(id, state);
                self.at_their_quota.extend(self.quota_after_papers.then_some(id));
                answer(204, Vec::new())
            }
            _ => problem(404, "not_found"),
        }
    }
}

impl Line {
    pub(super) fn new(hub: &Arc<Mutex<Hub>>, key: PublicKey) -> Self {
        Self { hub: hub.clone(), key }
    }

    pub(super) fn hub(&self) -> MutexGuard<'_, Hub> {
        self.hub.lock().unwrap()
    }

    fn answer(&self, request: &HttpRequest) -> Result<Option<HttpResponse>, TransportError> {
        let mut hub = self.hub();
        hub.requests.push(format!("{} {}", request.method, request.url));
        match hub.mishaps.pop_front() {
            None | Some(Mishap::Nothing) => Ok(Some(hub.serve(self.key, request))),
            Some(Mishap::AnswerLost) => {
                hub.serve(self.key, request);
                Err(TransportError::TimedOut)
            }
            Some(Mishap::Offline) => Err(TransportError::Offline),
            Some(Mishap::NeverAnswers) => Ok(None),
            Some(Mishap::TokenExpired) => Ok(Some(problem(401, "unauthorised"))),
            Some(Mishap::WantsNonce) => {
                let mut response = problem(401, "use_dpop_nonce");
                response.headers.push(Header { name: "dpop-nonce".into(), value: "n1".into() });
                Ok(Some(response))
            }
            Some(Mishap::ForgedAnswer) => {
                let mut response = hub.serve(self.key, request);
                // The packed answer ends with the server's signature.
                hub.key = SigningKey::from_slice(&[4; 32]).unwrap();
                response.body = hub.sync(&self.key, &request.body, None);
                hub.key = SigningKey::from_slice(&[3; 32]).unwrap();
                Ok(Some(response))
            }
            Some(Mishap::Redirect) => Ok(Some(answer(302, Vec::new()))),
            Some(Mishap::Busy) => Ok(Some(problem(503, "busy"))),
            Some(Mishap::TooOften) => Ok(Some(problem(429, "too_many_requests"))),
            Some(Mishap::Suspended) => Ok(Some(problem(403, "device_suspended"))),
            Some(Mishap::Lost) => {
                let signature = hub.sign(&wipe_message(&server_id(), &self.key.thumbprint(), hub.now));
                let word = serde_json::json!({"code": "device_lost", "wipe_at": hub.now.0,
                    "wipe_signature": signature.to_string()});
                let nonce = Header { name: "dpop-nonce".into(), value: "n2".into() };
                Ok(Some(HttpResponse { headers: vec![nonce], ..answer(403, word.to_string().into_bytes()) }))
            }
        }
    }
}

#[async_trait]
impl Transport for Line {
    async fn request(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        match self.answer(&request)? {
            Some(response) => Ok(response),
            None => std::future::pending().await,
        }
    }
}

fn answer(status: u16, body: Vec<u8>) -> HttpResponse {
    HttpResponse { status, headers: Vec::new(), body }
}

fn problem(status: u16, code: &str) -> HttpResponse {
    answer(status, format!(r#"{{"code":"{code}"}}"#).into_bytes())
}
