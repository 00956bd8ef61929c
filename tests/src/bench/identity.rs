//! Who calls: what a token and a proof cost, and ten thousand renewals over a line that loses.

use super::hub::Hub;
use super::lossy::Proxy;
use super::proof::{self, Request};
use super::{Identity, figure};
use dossier::ids::PublicKey;
use mobile_core::{Client, Clock, Error, FileKey, Http, KeyStore as _, Language, Outside};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Proofs that are judged.
const PROOFS: u64 = 3_000;
const REFRESHES: usize = 10_000;
/// Longer than an access token lives, by the phone's clock.
const BETWEEN: i64 = 20 * 60 * 1_000;
/// A phone that is offline tries again; a line that loses two of three lets one through in so many tries.
const TRIES: usize = 200;

pub(super) fn auth(identity: &Identity) {
    let home = tempfile::tempdir().expect("a temporary folder can be made");
    let key = FileKey::open(&home.path().join("key.pem")).expect("a key can be made");
    let public = key.public_key().expect("its file was just written");
    let public = PublicKey::try_from(public.as_slice()).expect("a public key has 64 bytes");
    let url = format!("{}{}", identity.address, identity.path);
    let prove = |token: &str, nonce: &str| {
        let one = |number| proof::proof(&key, &Request { method: "POST", url: &url, token, nonce, number });
        (0..PROOFS).map(one).collect()
    };
    figure("auth_request_cpu", (identity.callers)(&home.path().join("data"), &public, &prove), "ms");
}

/// A phone's clock that goes as fast as it is set.
#[derive(Default)]
struct Fast(AtomicI64);

impl Clock for Fast {
    fn now_ms(&self) -> i64 {
        1_795_395_600_000 + self.0.load(Ordering::Relaxed)
    }
    fn boot(&self) -> u64 {
        1
    }
    fn elapsed_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed).unsigned_abs()
    }
}

/// A real phone, a real server, and between them a proxy that loses a third of the requests and a third of the answers, and
/// sends every exchange to the server once more by itself, as somebody does who listens.
pub(super) fn refreshes() {
    let hub = Hub::start();
    let proxy = Proxy::before(&hub.url);
    let (clock, home) = (Arc::new(Fast::default()), super::in_memory());
    let phone = open(home.path(), clock.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    proxy.loses(false);
    runtime.block_on(phone.enrol(&proxy.url, &hub.code(1))).expect("the code is fresh");
    proxy.loses(true);
    let (mut renewed, mut signed_out) = (0, 0);
    while renewed < REFRESHES && signed_out == 0 {
        clock.0.fetch_add(BETWEEN, Ordering::Relaxed);
        let tried = (0..TRIES).find_map(|_| match runtime.block_on(phone.sync()) {
            Err(Error::Offline(_)) => None,
            told => Some(told),
        });
        match tried.expect("a line that lets one in three through") {
            Ok(_) => renewed += 1,
            Err(Error::SignInAgain) => signed_out += 1,
            Err(other) => panic!("an exchange failed otherwise: {other}"),
        }
    }
    let seen = proxy.seen();
    assert!(seen.lost > renewed / 2 && seen.replayed > renewed, "the line lost and repeated: {seen:?}");
    figure("refreshes", renewed as f64, "");
    figure("refreshes_lost_on_the_way", seen.lost as f64, "");
    figure("refresh_false_logouts", f64::from(signed_out), "");
    figure("refreshes_replayed", seen.replayed as f64, "");
    figure("refresh_replays_accepted", seen.accepted as f64, "");
}

fn open(home: &Path, clock: Arc<Fast>) -> Client {
    let keys = FileKey::open(&home.join("key.pem")).expect("a key can be made");
    let transport = Arc::new(Http::new().expect("a client without settings is built"));
    let outside = Outside { keys: Arc::new(keys), transport, clock };
    Client::open(home, "bench", outside, Language::Vietnamese).expect("a new store opens")
}
