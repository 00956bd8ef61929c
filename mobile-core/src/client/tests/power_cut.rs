//! A phone whose battery is taken out. Its whole work is done once on a disk that remembers; then the power is cut at
//! every flush and at random moments between, the account is opened on what is left, and what the citizen was told is
//! saved must be there: what was done before the cut whole, what was under way whole or not at all.

use super::book::Book;
use super::disk::{PowerCutDisk, Record};
use super::hub::{Hub, Line};
use super::{Noon, PROCEDURE, key, text_field};
use crate::client::{Client, DoorProof, DoorRecipient, Outside, PostalInput, Unopened};
use crate::error::Error;
use crate::keys;
use crate::shelf;
use crate::storage::{Kind, StorageError, Store, read_paper};
use crate::view::{AccountView, DetailView, KeptReceiptView, ListView, ParcelView};
use dossier::ids::{DossierId, ParcelId, PersonId};
use dossier::layout::Projection;
use dossier::sentence::Language;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Cuts of one run; `HOSO_LOOP_SECONDS` makes it minutes.
const CUTS: usize = 1_000;

/// Everything that a phone shows and keeps.
#[derive(Clone, PartialEq)]
struct Seen {
    /// What a citizen or courier did.
    said: Vec<(DossierId, Projection, Vec<Vec<u8>>)>,
    receipts: Vec<KeptReceiptView>,
    list: ListView,
    details: Vec<(DetailView, String)>,
    account: Option<AccountView>,
    parcels: Vec<ParcelView>,
}

/// A call of the app that returned.
struct Told {
    what: &'static str,
    /// How far the disk was then.
    moment: usize,
    /// A synchronisation is several transactions: between them the phone knows a part of the news.
    in_parts: bool,
    seen: Seen,
}

/// A phone's work, with what it showed after each call.
struct Work {
    outside: Outside,
    record: Record,
    told: Vec<Told>,
}

/// The account on this disk.
fn open(disk: PowerCutDisk, outside: &Outside) -> Result<Client, Error> {
    Unopened::at(Box::new(disk), outside.clone(), Language::Vietnamese)?.open()
}

fn seen(client: &Client) -> Result<Seen, Error> {
    let said = client.with(|store| {
        let ids = store.ids(Kind::Replica)?;
        let read = |id: &Vec<u8>| {
            let id = DossierId::from_bytes(id.as_slice().try_into().unwrap());
            let projection = shelf::load(store, &id)?.projection().unwrap();
            let papers: Result<Vec<_>, _> =
                projection.papers.keys().map(|key| Ok(read_paper(store, &key.hash)?.unwrap_or_default())).collect();
            papers.map(|papers| (id, projection, papers))
        };
        ids.iter().map(read).collect::<Result<Vec<_>, Error>>()
    })?;
    let list = client.list()?;
    let ids = list.cards.iter().map(|card| &card.dossier);
    let receipts = ids.clone().map(|id| client.receipts(id)).collect::<Result<Vec<_>, Error>>()?.concat();
    let details = ids.map(|id| Ok((client.detail(id)?, client.why(id)?))).collect::<Result<_, Error>>()?;
    Ok(Seen { said, receipts, list, details, account: client.account()?, parcels: client.manifest()? })
}

/// The app's calls, in the order of a citizen's days; then a courier's.
impl Work {
    async fn of_a_citizen() -> Self {
        let hub = Hub::open();
        hub.lock().unwrap().book = Some(Book::new());
        let mut work = Doing::begin(&hub);
        hub.lock().unwrap().codes.insert("C0DE".into(), (PersonId::from_bytes([1; 16]), false));
        work.told("opened", false);
        let phone = work.client.clone();
        let id = phone.new_draft(PROCEDURE).unwrap();
        work.told("a draft", false);
        phone.set_fields(&id, &phone.examples(PROCEDURE).unwrap()).unwrap();
        work.told("a form", false);
        let field = text_field(&phone);
        for name in ["An", "Bình", "Cúc"] {
            phone.set_field(&id, &field, Some(name)).unwrap();
            work.told("a field", false);
        }
        for (n, component) in phone.procedure(PROCEDURE).unwrap().components.iter().enumerate() {
            let paper = [vec![0xff, 0xd8, 0xff, n as u8], vec![7; 1 << (n * 4)]].concat();
            phone.add_paper(&id, &component.id, "a.jpg", &paper).unwrap();
            work.told("a paper", false);
        }
        let component = &phone.procedure(PROCEDURE).unwrap().components[0].id;
        let large = [vec![0xff, 0xd8, 0xff], vec![8; 300_000]].concat();
        let large = phone.add_paper(&id, component, "b.jpg", &large).unwrap();
        work.told("a large paper", false);
        phone.remove_paper(&id, component, &large.sha256).unwrap();
        work.told("a paper taken out", false);
        let begun = phone.begin_sign_in("http://localhost", None).await.unwrap();
        work.told("a sign-in begun", false);
        phone.finish_sign_in(&format!("hoso://signed-in?code=C0DE&state={}", begun.state)).await.unwrap();
        work.told("signed in", true);
        phone.sync().await.unwrap();
        work.told("a draft brought to the server", true);
        phone.set_field(&id, &field, Some("Dũng")).unwrap();
        work.told("a field after the sync", false);
        phone.submit(&id, &phone.units()[0].code).unwrap();
        work.told("handed in", false);
        assert_eq!(phone.sync().await.unwrap().receipts, 1);
        work.told("sent", true);
        let other = phone.new_draft("2.000635").unwrap();
        work.told("another draft", false);
        phone.set_fields(&other, &phone.examples("2.000635").unwrap()).unwrap();
        work.told("another form", false);
        let to = PostalInput {
            recipient: "Nguyễn Văn An".into(),
            phone: "0900000001".into(),
            area: "31/99901".into(),
            line: "Số 1, đường Ví Dụ".into(),
        };
        phone.choose_post(&id, &to).unwrap();
        work.told("the post chosen", false);
        phone.withdraw(&id, "đổi ý").unwrap();
        work.told("withdrawn", false);
        phone.sync().await.unwrap();
        work.told("all sent", true);
        work.end()
    }

    async fn of_a_courier() -> Self {
        let hub = Hub::open();
        let mut work = Doing::begin(&hub);
        let person = PersonId::from_bytes([7; 16]);
        let parcel = ParcelId::from_bytes([8; 16]);
        let code = hub.lock().unwrap().list(person, parcel);
        hub.lock().unwrap().codes.insert("C0DE".into(), (person, true));
        work.told("opened", false);
        let phone = work.client.clone();
        let begun = phone.begin_sign_in("http://localhost", None).await.unwrap();
        work.told("a sign-in begun", false);
        phone.finish_sign_in(&format!("hoso://signed-in?code=C0DE&state={}", begun.state)).await.unwrap();
        work.told("signed in", true);
        phone.sync().await.unwrap();
        work.told("a list", true);
        for reason in ["absent", "unreachable_phone", "absent"] {
            phone.failed_attempt(&parcel.to_string(), reason, None).unwrap();
            work.told("a failed attempt", false);
        }
        let owner = DoorRecipient::Owner { identity: "citizen_card".into() };
        phone
            .confirm_delivery(&parcel.to_string(), &DoorProof::Code { code: code.reveal().into() }, &owner, None)
            .unwrap();
        work.told("delivered", false);
        phone.sync().await.unwrap();
        work.told("records sent", true);
        work.end()
    }

    /// What is wrong with a phone whose power went at a moment; `None`: it has all that was told.
    fn wrong(&self, moment: usize, lies: bool, seed: u64) -> Option<String> {
        let disk = self.record.cut(moment, lies, seed);
        let reopened = PowerCutDisk::with(disk.clone());
        let first = self.wrong_on(reopened.clone(), moment);
        if first.is_some() || !seed.is_multiple_of(4) {
            return first;
        }
        // The power goes again while the file is being mended.
        let again = reopened.record(disk);
        let second = StdRng::seed_from_u64(seed).random_range(0..=again.done.len());
        self.wrong_on(PowerCutDisk::with(again.cut(second, lies, seed + 1)), moment)
    }

    fn wrong_on(&self, disk: PowerCutDisk, moment: usize) -> Option<String> {
        let done = self.told.iter().rposition(|told| told.moment <= moment);
        let under_way = self.told.get(done.map_or(0, |done| done + 1));
        let name = under_way.map_or("at rest", |told| told.what);
        let now = match open(disk, &self.outside).and_then(|client| seen(&client)) {
            Ok(now) => now,
            Err(error) => return Some(format!("{name}: the account does not open: {error}")),
        };
        // Before the first call returned, nothing was told.
        let done = &self.told[done?];
        let whole = now == done.seen || under_way.is_some_and(|told| now == told.seen);
        let kept = now.said == done.seen.said && now.receipts.starts_with(&done.seen.receipts);
        let in_parts = under_way.is_some_and(|told| told.in_parts) && kept;
        (!whole && !in_parts).then(|| format!("{name}: what was told is not there, or not whole"))
    }
}

/// A phone at work.
struct Doing {
    outside: Outside,
    before: Vec<u8>,
    disk: PowerCutDisk,
    client: Arc<Client>,
    told: Vec<Told>,
}

impl Doing {
    fn begin(hub: &Arc<std::sync::Mutex<Hub>>) -> Self {
        let keys = Arc::new(key(tempfile::tempdir().unwrap().path(), "me"));
        let line = Line::new(hub, keys::public_key(keys.as_ref()).unwrap());
        let outside = Outside { keys, transport: Arc::new(line), clock: Arc::new(Noon::default()) };
        // An account's file gets its name when it is whole.
        let made = PowerCutDisk::default();
        drop(open(made.clone(), &outside).unwrap());
        let before = made.now();
        let disk = PowerCutDisk::with(before.clone());
        let client = Arc::new(open(disk.clone(), &outside).unwrap());
        Self { outside, before, disk, client, told: Vec::new() }
    }

    fn told(&mut self, what: &'static str, in_parts: bool) {
        self.told.push(Told { what, moment: self.disk.moment(), in_parts, seen: seen(&self.client).unwrap() });
    }

    fn end(self) -> Work {
        let Self { outside, before, disk, client, told } = self;
        drop(client);
        Work { outside, record: disk.record(before), told }
    }
}

#[tokio::test]
async fn what_was_told_as_saved_survives_a_power_cut_at_any_moment() {
    let works = [Work::of_a_citizen().await, Work::of_a_courier().await];
    let time = std::env::var("HOSO_LOOP_SECONDS").ok().and_then(|s| s.parse().ok()).map(Duration::from_secs);
    let (started, mut cuts) = (Instant::now(), 0);
    for work in &works {
        for moment in work.record.flushes() {
            cuts += 1;
            assert_eq!(work.wrong(moment, false, cuts as u64), None, "at step {moment}, seed {cuts}");
        }
    }
    let rng = &mut StdRng::seed_from_u64(1);
    while cuts < CUTS || time.is_some_and(|time| started.elapsed() < time) {
        cuts += 1;
        let work = &works[cuts % works.len()];
        let moment = rng.random_range(0..=work.record.done.len());
        assert_eq!(work.wrong(moment, false, cuts as u64), None, "at step {moment}, seed {cuts}");
    }
    println!("{cuts} cuts, a quarter of them with another while the file was mended: nothing lost");
}

/// A file that is being made has another name; `Store::open` begins anew with what it finds there and cannot read.
#[test]
fn a_file_that_was_cut_off_while_it_was_made_opens_or_is_known_to_be_none() {
    let disk = PowerCutDisk::default();
    let open = |disk: PowerCutDisk| Store::open_backend(disk, &[7; 32], Arc::default());
    drop(open(disk.clone()).unwrap());
    let record = disk.record(Vec::new());
    for moment in 0..=record.done.len() {
        for seed in 0..8 {
            let left = open(PowerCutDisk::with(record.cut(moment, false, seed)));
            let none = matches!(left, Err(StorageError::Damaged(_) | StorageError::WrongKey | StorageError::Newer(_)));
            assert!(left.is_ok() || none, "{:?} at step {moment}, seed {seed}", left.err());
        }
    }
}

#[tokio::test]
async fn a_disk_that_lies_about_flushing_loses_what_was_saved() {
    let work = Work::of_a_citizen().await;
    let flushes = work.record.flushes();
    let lost = flushes.iter().filter(|moment| work.wrong(**moment, true, **moment as u64).is_some()).count();
    assert!(lost * 2 > flushes.len(), "{lost} of {} cuts found out", flushes.len());
}
