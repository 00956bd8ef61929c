//! An enrolled device that wants to do harm: it makes its proofs as honest phones do, and sends in turns what costs the most
//! to look at.

use super::held;
use crate::bench::hub::Hub;
use crate::bench::{form, phone, proof};
use async_trait::async_trait;
use dossier::document::Document;
use dossier::edit;
use dossier::exchange::{BODY_MAX, CHANGES_MAX, pack, push_leaf, push_message};
use dossier::ids::{Actor, DossierId, PublicKey, ServerId, Signature};
use dossier::layout::LAYOUT;
use dossier::merkle;
use dossier::prescan::hash_of;
use dossier::procedure::Catalogue;
use dossier::wire::{Blob, Cursor, DossierPush, Open, PROTOCOL, SyncRequest, to_bytes};
use mobile_core::{Client, FileKey, Header, Http, HttpRequest, HttpResponse, KeyStore as _, Transport, TransportError};
use rand::Rng as _;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::time::Instant;

/// Dossiers that it fills; each takes one maximal push, a second one is beyond the quota.
const DOSSIERS: u8 = 24;
/// Characters of a change of a maximal push: 256 of them are nearly a megabyte.
const LETTERS: usize = 3_800;

pub(super) struct Device {
    runtime: Runtime,
    url: String,
    key: Arc<FileKey>,
    token: String,
    /// Of the last answer.
    nonce: Arc<Mutex<String>>,
    /// What it sends in turns, made beforehand; of each kind the ones that differ.
    bodies: Vec<Vec<Vec<u8>>>,
    /// What no client of ours can make.
    forged: Vec<u8>,
    _home: TempDir,
}

/// What makes its requests.
struct Forger {
    key: Arc<FileKey>,
    server: ServerId,
}

/// How often it was told what.
#[derive(Default)]
pub(super) struct Answers {
    told: BTreeMap<String, usize>,
    most_under_way: usize,
}

/// A line that keeps the token of the last exchange.
struct Recorder {
    http: Http,
    token: Arc<Mutex<String>>,
}

impl Device {
    /// Enrols as everybody does, with the phone's own core.
    pub(super) fn enrol(hub: &Hub, citizen: u32) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder can be made");
        let token = Arc::<Mutex<String>>::default();
        let http = Http::new().expect("a client without settings is built");
        let client: Client = phone::open(home.path(), Arc::new(Recorder { http, token: token.clone() }));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        runtime.block_on(client.enrol(&hub.url, &hub.code(citizen))).expect("the code is fresh");
        runtime.block_on(client.sync()).expect("an honest exchange");
        let about = HttpRequest {
            method: "GET".into(),
            url: format!("{}/v1/server", hub.url),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let about = runtime.block_on(Http::new().expect("as above").request(about)).expect("it says who it is");
        let server = word_after(&about.body, "\"server_id\":\"").parse().expect("a server has an id");
        let nonce =
            Arc::new(Mutex::new(about.header("DPoP-Nonce").expect("every answer to a phone has one").to_owned()));
        let key = Arc::new(FileKey::open(&home.path().join("key.pem")).expect("it was made above"));
        let (forger, token) = (Forger { key: key.clone(), server }, held(&token).clone());
        let forged = pack(&to_bytes(&forger.request(vec![forger.forged()])));
        let (url, bodies) = (format!("{}/v1/sync", hub.url), forger.bodies());
        Self { runtime, url, key, token, nonce, bodies, forged, _home: home }
    }

    /// Sends at this rate, whether or not it is answered. In the second half also what no client of ours can make.
    pub(super) fn attack(&self, rate: u32, lasting: Duration) -> Answers {
        let (bodies, forged) = (&self.bodies, &self.forged);
        let (answers, http) = (Arc::<Mutex<Answers>>::default(), Arc::new(Http::new().expect("as above")));
        self.runtime.block_on(async {
            let (begun, under_way) = (Instant::now(), Arc::new(()));
            let count = (lasting.as_secs_f64() * f64::from(rate)) as u32;
            let mut sent = Vec::new();
            for n in 0..count {
                tokio::time::sleep_until(begun + Duration::from_secs(1) * n / rate).await;
                let (kind, round) = (n as usize % bodies.len(), n as usize / bodies.len());
                let late = n >= count / 2 && kind == 0;
                let body = if late { forged.clone() } else { bodies[kind][round % bodies[kind].len()].clone() };
                let headers = self.headers(u64::from(n));
                let request = HttpRequest { method: "POST".into(), url: self.url.clone(), headers, body };
                let (http, answers, one) = (http.clone(), answers.clone(), under_way.clone());
                let nonce = self.nonce.clone();
                sent.push(tokio::spawn(async move {
                    let answer = http.request(request).await;
                    if let Some(next) = answer.as_ref().ok().and_then(|answer| answer.header("DPoP-Nonce")) {
                        next.clone_into(&mut held(&nonce));
                    }
                    let mut answers = held(&answers);
                    answers.most_under_way = answers.most_under_way.max(Arc::strong_count(&one) - 1);
                    *answers.told.entry(told(answer)).or_default() += 1;
                }));
            }
            for one in sent {
                one.await.expect("sending does not panic");
            }
        });
        std::mem::take(&mut held(&answers))
    }

    fn headers(&self, number: u64) -> Vec<Header> {
        let (url, nonce) = (&self.url, &held(&self.nonce).clone());
        proof::headers(&self.key, &proof::Request { method: "POST", url, token: &self.token, nonce, number })
    }
}

impl Forger {
    /// Maximal pushes, counts that claim a million operations, what inflates to too much, noise, a megabyte under a wrong
    /// signature, and exchanges in which nothing is said, which are more than the quota gives.
    fn bodies(&self) -> Vec<Vec<Vec<u8>>> {
        let mut noise = vec![0; 64 << 10];
        form::seeded(1).fill_bytes(&mut noise);
        let maximal: Vec<SyncRequest> = (0..DOSSIERS).map(|n| self.request(vec![self.maximal(n)])).collect();
        let bomb = self.request(vec![self.bomb()]);
        let wrong = SyncRequest { signature: bomb.signature, ..maximal[0].clone() };
        let packed = |request: &SyncRequest| pack(&to_bytes(request));
        vec![
            maximal.iter().map(packed).collect(),
            vec![packed(&bomb)],
            vec![pack(&vec![0; 16 << 20])],
            vec![noise],
            vec![packed(&wrong)],
            vec![packed(&self.request(Vec::new()))],
        ]
    }

    fn request(&self, dossiers: Vec<DossierPush>) -> SyncRequest {
        let leaves: Vec<merkle::Hash> = dossiers.iter().map(|push| push_leaf(&self.server, push)).collect();
        let message = push_message(&self.server, &merkle::root(&leaves));
        let signature = (!dossiers.is_empty()).then(|| self.key.sign(message).expect("its file was read"));
        let signature = signature.map(|bytes| Signature::try_from(bytes.as_slice()).expect("a signature has 64 bytes"));
        SyncRequest {
            protocol: PROTOCOL,
            cursor: Cursor::default(),
            dossiers,
            signature,
            records: Vec::new(),
            after_restore: None,
        }
    }

    fn push(&self, n: u8, changes: Vec<Blob>) -> DossierPush {
        let procedure = form::procedure(form::WITHOUT_PAPERS).code.clone();
        let open = Some(Open { layout: LAYOUT, procedure, catalogue: Catalogue::built_in().version });
        DossierPush { dossier: dossier(n), epoch: 0, open, changes }
    }

    /// As much as one request may hold.
    fn maximal(&self, n: u8) -> DossierPush {
        let procedure = form::procedure(form::WITHOUT_PAPERS);
        let (key, _) = form::filled(procedure, &mut form::seeded(1)).swap_remove(0);
        let (mut document, mut rng) = (Document::genesis(LAYOUT, &dossier(n)), form::seeded(u64::from(n)));
        let mut change = |_| {
            let mut letters = vec![0; LETTERS];
            rng.fill_bytes(&mut letters);
            let text: String = letters.iter().map(|byte| char::from(b'a' + byte % 26)).collect();
            let value = Some(text.as_str().into());
            edit::set_fields(&mut document, self.actor(n), &[(key.clone(), value)]).expect("another text").bytes
        };
        let changes = (0..CHANGES_MAX).map(&mut change).collect();
        let push = self.push(n, changes);
        assert!(to_bytes(&self.request(vec![push.clone()])).len() < BODY_MAX);
        push
    }

    /// As many changes of a hundred bytes as fit, each of which claims a million operations (A1 of the threat model).
    fn bomb(&self) -> DossierPush {
        self.push(DOSSIERS, vec![Blob(bomb(&self.actor(DOSSIERS), 1_000_000)); CHANGES_MAX])
    }

    /// A chunk that says it is deflated: no client of ours can make it.
    fn forged(&self) -> DossierPush {
        let mut change = bomb(&self.actor(DOSSIERS), 1);
        change[8] = 2;
        self.push(DOSSIERS, vec![Blob(change)])
    }

    fn actor(&self, n: u8) -> Actor {
        let public = self.key.public_key().expect("its file was read");
        let public = PublicKey::try_from(public.as_slice()).expect("a public key has 64 bytes");
        Actor::of_device(&public.thumbprint(), &dossier(n), 0)
    }
}

impl Answers {
    pub(super) fn tell(&self) {
        let sum: usize = self.told.values().sum();
        println!("hostile: {sum} requests, {} under way at most", self.most_under_way);
        self.told.iter().for_each(|(what, times)| println!("  {times:>6} {what}"));
    }
}

#[async_trait]
impl Transport for Recorder {
    async fn request(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        if request.url.ends_with("/v1/sync") {
            let shown = request.headers.iter().find_map(|h| h.value.strip_prefix("DPoP "));
            shown.expect("an exchange has a token").clone_into(&mut held(&self.token));
        }
        self.http.request(request).await
    }
}

fn told(answer: Result<HttpResponse, TransportError>) -> String {
    match answer {
        Ok(answer) if answer.status < 400 => answer.status.to_string(),
        Ok(answer) => format!("{} {}", answer.status, word_after(&answer.body, "\"code\":\"")),
        Err(error) => format!("no answer: {error}"),
    }
}

fn word_after(json: &[u8], before: &str) -> String {
    let text = String::from_utf8_lossy(json);
    let rest = text.split_once(before).map_or("", |(_, rest)| rest);
    rest.split('"').next().unwrap_or_default().to_owned()
}

fn dossier(n: u8) -> DossierId {
    DossierId::from_bytes([1, 2, 3, 4, 5, 7, 0x70, 8, 0x80, 10, 11, 12, 13, 14, 15, n])
}

/// A first change of so many puts, all in one run of each column, as the document library writes them.
fn bomb(actor: &Actor, puts: i64) -> Vec<u8> {
    let run = |value: u64| [signed(puts), unsigned(value)].concat();
    let columns: [(u64, Vec<u8>); 5] = [
        (0x15, [run(1), b"k".to_vec()].concat()),
        (0x34, unsigned(puts as u64)),
        (0x42, run(1)),
        (0x56, run(0)),
        (0x70, run(0)),
    ];
    // No dependency; actor, sequence 1, first operation 4, time 0, no message, no other actor.
    let mut body = [vec![0, 16], actor.0.to_vec(), vec![1, 4, 0, 0, 0, columns.len() as u8]].concat();
    columns.iter().for_each(|(spec, column)| body.extend([unsigned(*spec), vec![column.len() as u8]].concat()));
    columns.iter().for_each(|(_, column)| body.extend(column));
    let mut chunk = [&[0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1][..], &unsigned(body.len() as u64), &body].concat();
    let hash = hash_of(&chunk);
    chunk[4..8].copy_from_slice(&hash.0[..4]);
    chunk
}

/// LEB128, as the library writes numbers.
fn unsigned(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// Of a positive number: the sixth bit of its last byte is its sign.
fn signed(number: i64) -> Vec<u8> {
    let mut bytes = unsigned(number as u64);
    if let Some(last) = bytes.last_mut()
        && *last & 0x40 != 0
    {
        *last |= 0x80;
        bytes.push(0);
    }
    bytes
}
