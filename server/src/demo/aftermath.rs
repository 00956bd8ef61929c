//! What the story leaves out and a test of everything needs: a device that was shut out and bound again, and an event that
//! happened again after a restore.

use super::stage::{Person, key_file};
use super::story::CITIZEN;
use crate::app::App;
use crate::auth::signature;
use crate::enrolment::{Request, enrol, make_code, revoke};
use crate::store::dossiers;
use crate::{decide, receipts};
use dossier::decide::Device;
use dossier::event::{By, Event, What};
use dossier::ids::{PublicKey, Signature, Thumbprint};
use dossier::wire::enrolment_message;
use mobile_core::{FileKey, KeyStore as _};
use std::path::Path;

/// Goes on where the story ended, in the folder that it kept; tells which device it was about.
pub(crate) async fn play(app: &App, kept: &Path) -> Thumbprint {
    let device = bound_again(app, &key_file(&kept.join("phone-a"))).await;
    said_again(app, &device).await;
    device.thumbprint
}

async fn bound_again(app: &App, key: &Path) -> Device {
    let key = FileKey::open(key).unwrap();
    let public = PublicKey::try_from(key.public_key().unwrap().as_slice()).unwrap();
    let thumbprint = public.thumbprint();
    assert!(revoke(app, &thumbprint).await.unwrap());
    let Person { name, number, courier } = CITIZEN;
    let code = make_code(app, name, &number.parse().unwrap(), courier).await.unwrap();
    let signature = key.sign(enrolment_message(&app.info.server, &code, &public)).unwrap();
    let signature = Signature::try_from(signature.as_slice()).unwrap();
    let request = Request { code: &code, key: &public, signature: &signature, name: "điện thoại A" };
    let person = enrol(app, &request).await.unwrap().0.person;
    Device { person, thumbprint, courier }
}

/// The server is reminded of an event that it has told and forgotten.
async fn said_again(app: &App, owner: &Device) {
    let id = dossiers::all(&app.db.read).await.unwrap()[0];
    let standing = receipts::standing(app, &owner.person, &id).await.unwrap();
    let mut said = standing.unverified().unwrap();
    let (seq, what) = (said.events.len() as u32 + 1, What::Forwarded("một lần nữa".into()));
    said.events.push(Event { seq, at: app.clock.now(), by: By::Server, what });
    let signed = said.signed(&app.info.server, |message| app.keys.sign(message));
    let word = signed.verified(&app.info.server, &app.keys.ever(), &signature::verify).unwrap();
    decide::take_back(app, owner, word).await.unwrap();
}
