//! What is computed from books: cards, parcels, serials, the ends of couriers' chains, the numbers of feeds, and the
//! server's own row.

use super::Report;
use crate::app::App;
use crate::commit::tracking;
use crate::sequencer;
use crate::store::Database;
use crate::store::{Failed, desk, dossiers, feed, history, post, server};
use crate::store::{commands, log as table};
use dossier::decide::Card;
use dossier::delivery::Manifest;
use dossier::event::What;
use dossier::ids::{DossierId, ManifestId, ParcelId, PersonId, Thumbprint, UnitCode};
use dossier::log::SignedCheckpoint;
use std::collections::{BTreeMap, BTreeSet};

/// What all dossiers together lead to.
#[derive(Default)]
struct Expected {
    parcels: BTreeMap<ParcelId, (DossierId, ManifestId, PersonId)>,
    serials: BTreeMap<(UnitCode, i32), u32>,
    /// Each device's records that were taken, by their numbers.
    records: BTreeMap<Thumbprint, BTreeMap<u64, [u8; 32]>>,
}

pub(super) async fn verify(
    app: &App,
    db: &impl Database,
    dossiers: &BTreeSet<DossierId>,
    report: &mut Report,
) -> Result<(), Failed> {
    let mut expected = Expected::default();
    for id in dossiers {
        // Whoever cannot be read was named before.
        let Ok(Some(head)) = dossiers::head(db, &app.keys, id).await else { continue };
        let written = history::read(db, id, &head).await?;
        let events: Vec<_> = written.events.iter().map(|(_, event)| event.clone()).collect();
        let card = Card::of(&head.birth.open.procedure, &events);
        let filed = desk::find(db, id).await.ok().flatten();
        let right = filed.is_some_and(|filed| {
            filed.card == card && filed.owner == head.birth.owner && filed.tracking == tracking(app, &events)
        });
        // Whose events cannot be read was named by those.
        if !right && !written.lacks("event") {
            report.note("card", id, "it is not what the events lead to; `hoso rebuild` makes it anew");
        }
        for (_, list, signed) in &written.manifests {
            let Ok(manifest) = minicbor::decode::<Manifest>(&signed.manifest) else { continue };
            let at = |parcel: &dossier::delivery::Parcel| (parcel.id, (*id, *list, manifest.courier));
            expected.parcels.extend(manifest.parcels.iter().map(at));
        }
        for record in &written.records {
            let of_device = expected.records.entry(record.device).or_default();
            of_device.insert(record.counter, record.signed.hash());
        }
        for event in &events {
            let What::Accepted(acceptance) = &event.what else { continue };
            let day = commands::day_number(event.at.day());
            let last = expected.serials.entry((acceptance.code.unit(), day)).or_default();
            *last = acceptance.code.serial().max(*last);
        }
    }
    if let Some(found) = report.take("parcel", post::parcels(db).await)? {
        compare("parcel", &expected.parcels, &found, report);
    }
    if let Some(found) = report.take("serial", commands::serials(db).await)? {
        compare("serial", &expected.serials, &found, report);
    }
    chains(db, expected.records, report).await?;
    for (person, problem) in report.take("feed", feed::gaps(db).await)?.unwrap_or_default() {
        report.note("feed", person, problem);
    }
    identity(app, db, report).await
}

/// A chain is as long as what was taken and what was refused of it, and ends with one of them.
async fn chains(
    db: &impl Database,
    mut taken: BTreeMap<Thumbprint, BTreeMap<u64, [u8; 32]>>,
    report: &mut Report,
) -> Result<(), Failed> {
    let Some(mut refused) = report.take("refused_record", post::refused(db).await)? else { return Ok(()) };
    let Some(chains) = report.take("record_chain", post::chains(db).await)? else { return Ok(()) };
    for (device, (counter, hash)) in chains {
        let taken = taken.remove(&device).unwrap_or_default();
        let mut refused = refused.remove(&device).unwrap_or_default();
        // One that was refused while its parcel was unknown, after a restore, and counts now has one place.
        refused.retain(|hash| !taken.values().any(|counts| counts == hash));
        let ends_so = match taken.get(&counter) {
            Some(last) => *last == hash,
            None => refused.contains(&hash),
        };
        if !ends_so || counter != (taken.len() + refused.len()) as u64 {
            report.note("record_chain", device, "it does not end with the last record of its device");
        }
    }
    for device in taken.keys().chain(refused.keys().filter(|device| !taken.contains_key(*device))) {
        report.note("record_chain", device, "it is missing");
    }
    Ok(())
}

fn compare<K: Ord + std::fmt::Debug, V: PartialEq>(
    table: &'static str,
    expected: &BTreeMap<K, V>,
    found: &BTreeMap<K, V>,
    report: &mut Report,
) {
    for (key, value) in expected {
        match found.get(key) {
            None => report.note(table, format!("{key:?}"), "it is missing"),
            Some(other) if other != value => {
                report.note(table, format!("{key:?}"), "it is not what it is derived from")
            }
            Some(_) => {}
        }
    }
    for key in found.keys().filter(|key| !expected.contains_key(key)) {
        report.note(table, format!("{key:?}"), "nothing leads to it");
    }
}

/// The server's row against what checkpoints say of it.
async fn identity(app: &App, db: &impl Database, report: &mut Report) -> Result<(), Failed> {
    let (info, rows) = (server::find(db).await, server::rows(db).await);
    if report.take("server_info", info)?.is_some_and(|info| info != Some(app.info))
        || report.take("server_info", rows)?.is_some_and(|rows| rows != 1)
    {
        report.note("server_info", 1, "it is not the one with which this server began");
    }
    let known = report.take("log_key", server::log_keys(db).await)?;
    if known.is_some_and(|known| known != [app.keys.log_public().to_vec()]) {
        report.note("log_key", 1, "it is not this server's key");
    }
    // Whatever keeps the head from being read was named with the log.
    let Ok(head) = table::head(db).await else { return Ok(()) };
    let Ok(signed) = SignedCheckpoint::parse(&head.checkpoint) else { return Ok(()) };
    let incarnation = format!("incarnation {}", app.info.incarnation);
    if !signed.unverified().extensions.contains(&incarnation) {
        report.note("server_info", 1, "its incarnation is not that of the last checkpoint");
    }
    if signed.unverified().origin != sequencer::key(app)?.name() {
        report.note("server_info", 1, "it is another server than that of the last checkpoint");
    }
    Ok(())
}
