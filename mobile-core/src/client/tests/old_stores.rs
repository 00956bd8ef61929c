//! Files of every version that was ever tagged. They open for ever: a file is added, never replaced.
//!
//! `cargo test -p mobile-core keeps_the_files -- --ignored` writes those of this version, once, before it is tagged.

use super::receipts::with_log;
use super::*;
use crate::keys::KeyError;
use crate::view::{DetailView, ParcelView};
use dossier::exchange::{pack, unpack};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature as Made, SigningKey};

/// A folder for each version, with the file of a citizen and of a courier, the same people in each.
const OLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/old");

const ENOUGH: usize = 16 << 20;

/// The same keys for ever.
struct Fixed(u8);

impl KeyStore for Fixed {
    fn public_key(&self) -> Result<Vec<u8>, KeyError> {
        let key = SigningKey::from_slice(&[self.0; 32]).unwrap();
        Ok(key.verifying_key().to_sec1_point(false).as_bytes()[1..].to_vec())
    }
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, KeyError> {
        let made: Made = SigningKey::from_slice(&[self.0; 32]).unwrap().sign(&message);
        Ok(made.to_bytes().to_vec())
    }
    fn storage_key(&self) -> Result<Vec<u8>, KeyError> {
        Ok(vec![self.0; 32])
    }
    fn forget(&self) -> Result<(), KeyError> {
        Ok(())
    }
}

const CITIZEN: u8 = 21;
const COURIER: u8 = 22;
const PARCEL: ParcelId = ParcelId(uuid::Uuid::from_u128(8));

/// A phone of these people, on what a folder holds.
fn phone(dir: tempfile::TempDir, who: u8, hub: &Arc<Mutex<Hub>>) -> Phone {
    let (keys, clock) = (Arc::new(Fixed(who)), Noon::default());
    let line = Line::new(hub, keys::public_key(keys.as_ref()).unwrap());
    let outside = Outside { keys, transport: Arc::new(line.clone()), clock: Arc::new(clock.clone()) };
    let client = Client::open(dir.path(), "me", outside, Language::Vietnamese).unwrap();
    Phone { client, line, dir, clock }
}

/// What a citizen's phone has lived through: one draft with a photograph, not sent; one that was handed in, with its receipt
/// and an edit that came too late; one that waits to be sent.
async fn live(hub: &Arc<Mutex<Hub>>) -> Phone {
    let phone = phone(tempfile::tempdir().unwrap(), CITIZEN, hub);
    hub.lock().unwrap().codes.insert("C0DE".into(), (PersonId::from_bytes([CITIZEN; 16]), false));
    phone.enrol("C0DE").await.unwrap();
    let accepted = phone.filled();
    phone.sync().await;
    let other = Phone::of(hub, CITIZEN, false).await;
    other.sync().await;
    let field = text_field(&phone.client);
    phone.client.set_field(&accepted, &field, Some("Trần Thị Muộn")).unwrap();
    other.submit(&accepted).unwrap();
    other.sync().await;
    phone.sync().await;
    hub.lock().unwrap().officer(&accepted.parse().unwrap(), Command::Accept);
    phone.sync().await;
    let queued = phone.filled();
    phone.submit(&queued).unwrap();
    let draft = phone.filled();
    phone.client.set_field(&draft, &field, Some("Nguyễn Thị Hồng Ánh")).unwrap();
    phone
}

/// What a courier's phone has: a list, and a failed attempt that is not sent.
async fn deliver(hub: &Arc<Mutex<Hub>>) -> Phone {
    let phone = phone(tempfile::tempdir().unwrap(), COURIER, hub);
    let person = PersonId::from_bytes([COURIER; 16]);
    hub.lock().unwrap().codes.insert("C0DE".into(), (person, true));
    hub.lock().unwrap().list(person, PARCEL);
    phone.enrol("C0DE").await.unwrap();
    phone.sync().await;
    phone.client.failed_attempt(&PARCEL.to_string(), "absent", None).unwrap();
    phone
}

/// What was accepted, what waits to be sent, what is being written.
fn details(client: &Client) -> Vec<DetailView> {
    let mut cards = client.list().unwrap().cards;
    cards.sort_by_key(|card| (card.status_key != "accepted", card.progress == Progress::Draft));
    cards.iter().map(|card| client.detail(&card.dossier).unwrap()).collect()
}

/// That a citizen's phone shows what `live` left there.
fn has_lived(client: &Client) {
    let account = client.account().unwrap().unwrap();
    assert_eq!((account.person, account.courier), (PersonId::from_bytes([CITIZEN; 16]).to_string(), false));
    let details = details(client);
    let statuses: Vec<&str> = details.iter().map(|detail| detail.card.status_key.as_str()).collect();
    assert_eq!(statuses, ["accepted", "draft", "draft"]);
    assert_eq!(details.iter().map(|detail| detail.set_aside.len()).collect::<Vec<_>>(), [1, 0, 0]);
    let progress: Vec<Progress> = details.iter().map(|detail| detail.card.progress).collect();
    assert!(
        matches!(progress[..], [_, Progress::Uploading { .. } | Progress::Queued, Progress::Draft]),
        "{progress:?}"
    );
    let named = text_field(client);
    let name = details[2].fields.iter().find(|field| field.key == named).unwrap();
    assert_eq!(name.values, ["Nguyễn Thị Hồng Ánh"]);
    assert!(details.iter().all(|detail| !detail.papers.is_empty() && detail.papers.iter().all(|paper| paper.here)));
    let accepted = &details[0].card.dossier;
    let kept = client.receipts(accepted).unwrap();
    assert_eq!(kept.iter().map(|receipt| receipt.has_proof).collect::<Vec<_>>(), [true, true]);
    let shown = client.verify_receipt(&client.export_receipt(accepted, 1).unwrap()).unwrap();
    assert_eq!((shown.subject.as_str(), shown.log.as_str()), ("submission", "shown"));
}

fn has_delivered(client: &Client) {
    let parcels: Vec<ParcelView> = client.manifest().unwrap();
    assert_eq!((parcels.len(), parcels[0].parcel.clone(), parcels[0].records.len()), (1, PARCEL.to_string(), 1));
}

fn unpacked(packed: &[u8]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("me.hoso"), unpack(packed, ENOUGH).unwrap()).unwrap();
    dir
}

#[tokio::test]
async fn this_version_shows_it_too() {
    let hub = with_log();
    has_lived(&live(&hub).await.client);
    has_delivered(&deliver(&hub).await.client);
}

/// Opens, shows all of it, takes another edit, and is brought to a server that was put back from an empty backup.
#[tokio::test]
async fn files_of_every_tagged_version_open_and_go_on() {
    let versions: Vec<_> = std::fs::read_dir(OLD).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(versions.iter().any(|version| version.ends_with("0.1.0")));
    for folder in versions {
        let (version, kept) = (folder.display(), |name: &str| std::fs::read(folder.join(name)).unwrap());
        let (citizen, courier) = (kept("citizen.z"), kept("courier.z"));
        let hub = Hub::open();
        // It has lost everything, and says so.
        hub.lock().unwrap().forget();
        let (citizen, courier) = (phone(unpacked(&citizen), CITIZEN, &hub), phone(unpacked(&courier), COURIER, &hub));
        has_lived(&citizen.client);
        has_delivered(&courier.client);
        let draft = details(&citizen.client)[2].card.dossier.clone();
        citizen.client.set_field(&draft, &text_field(&citizen.client), Some("Lê Văn Mới")).unwrap();
        citizen.submit(&draft).unwrap();
        citizen.mishap(Mishap::Offline);
        assert_eq!(citizen.client.sync().await.unwrap_err().code(), "offline", "{version}");
        hub.lock().unwrap().codes.insert("NEW".into(), (PersonId::from_bytes([CITIZEN; 16]), false));
        citizen.enrol("NEW").await.unwrap();
        let view = citizen.sync().await;
        assert!(view.sent >= 2 && view.set_aside == 0 && view.unreadable == 0, "{version}: {view:?}");
        // What had been accepted was handed in by another phone, which is not here to do so again.
        let handed_in = details(&citizen.client).into_iter().filter(|detail| detail.card.status_key == "submitted");
        assert_eq!(handed_in.count(), 2, "{version}");
    }
}

#[tokio::test]
#[ignore = "writes files of the repository"]
async fn keeps_the_files_of_this_version() {
    let folder = Path::new(OLD).join(env!("CARGO_PKG_VERSION"));
    std::fs::create_dir_all(&folder).unwrap();
    let hub = with_log();
    for (name, phone) in [("citizen.z", live(&hub).await), ("courier.z", deliver(&hub).await)] {
        let Phone { client, dir, .. } = phone;
        drop(client);
        let to = folder.join(name);
        assert!(!to.exists(), "what is kept is never replaced");
        std::fs::write(to, pack(&std::fs::read(dir.path().join("me.hoso")).unwrap())).unwrap();
    }
}
