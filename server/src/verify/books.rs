//! Each book against the rows that it speaks of.

use super::tree::Books;
use super::{Report, readings};
use crate::app::App;
use crate::auth::signature;
use crate::book::handed_in;
use crate::papers;
use crate::store::Database;
use crate::store::dossiers::{self, Head};
use crate::store::history::{self, Written};
use crate::store::log::Logged;
use crate::store::people;
use crate::store::{Altered, Failed};
use dossier::decide::Evidence;
use dossier::delivery::{Manifest, SignedRecord};
use dossier::document::Document;
use dossier::event::{By, Event, What};
use dossier::exchange::server::vouches;
use dossier::ids::{Actor, DossierId, EntryCommitment, ParcelId, PersonId, PublicKey, Thumbprint};
use dossier::layout::Frozen;
use dossier::log::{Book, Item, digest};
use dossier::wire::{Blob, manifest_message};
use std::collections::{BTreeMap, BTreeSet};

/// Tells which dossiers there are.
pub(super) async fn verify(
    app: &App,
    db: &impl Database,
    books: &Books,
    report: &mut Report,
) -> Result<BTreeSet<DossierId>, Failed> {
    let mut devices = report.take("device", people::device_keys(db).await)?.unwrap_or_default();
    // What was written at the counter the server signed itself.
    devices.extend(app.keys.ever().into_iter().map(|key| (key.thumbprint(), key)));
    let ids: BTreeSet<DossierId> = match report.take("dossier", dossiers::all(db).await)? {
        Some(all) => all.into_iter().collect(),
        // One row without an id hides the others; the log knows of them too.
        None => books.keys().filter_map(|book| if let Book::Dossier(id) = book { Some(*id) } else { None }).collect(),
    };
    for id in &ids {
        let entries = books.get(&Book::Dossier(*id)).map_or(&[][..], Vec::as_slice);
        let looked = dossier(app, db, id, entries, &devices, report).await;
        if let Some(head) = report.take("dossier", looked)? {
            readings::verify(db, id, &head, books, report).await?;
        }
        report.dossiers += 1;
    }
    let persons: BTreeSet<PersonId> = match report.take("person", people::all(db).await)? {
        Some(all) => all.into_iter().collect(),
        None => books.keys().filter_map(|book| if let Book::Person(id) = book { Some(*id) } else { None }).collect(),
    };
    for id in &persons {
        let entries = books.get(&Book::Person(*id)).map_or(&[][..], Vec::as_slice);
        let looked = person(db, id, entries, report).await;
        report.take("person", looked)?;
        report.people += 1;
    }
    for book in books.keys() {
        match book {
            Book::Dossier(id) | Book::Readings(id) if !ids.contains(id) => {
                report.note("dossier", id, "it is missing");
            }
            Book::Person(id) if !persons.contains(id) => report.note("person", id, "it is missing"),
            _ => {}
        }
    }
    for (table, found) in history::strangers(db, &ids, &persons).await {
        for row in report.take(table, found)?.unwrap_or_default() {
            report.note(table, row, "it belongs to nothing that is here");
        }
    }
    Ok(ids)
}

async fn dossier(
    app: &App,
    db: &impl Database,
    id: &DossierId,
    entries: &[Logged],
    devices: &BTreeMap<Thumbprint, PublicKey>,
    report: &mut Report,
) -> Result<Head, Failed> {
    let unreadable = || Altered::unreadable("dossier", id);
    // A row that was there and is not found by its id has one that only looks like it.
    let head = dossiers::head(db, &app.keys, id).await.map_err(|_| unreadable())?.ok_or_else(unreadable)?;
    let written = history::read(db, id, &head).await?;
    written.wrong.iter().for_each(|altered| report.name(altered.clone()));
    let first = entries.first().map_or(head.version.saturating_add(1), |first| first.n);
    report.unprotected(Book::Dossier(*id), first.saturating_sub(1));
    let tip = entries.last().map_or(EntryCommitment::NONE, |last| last.commitment);
    let last = entries.last().map_or(head.version, |last| last.n);
    if (head.version, head.held.tip) != (last, tip) {
        report.note("dossier", id, "its version is not that of its book");
    }
    rows(app, id, &head, &written, devices, report);
    papers(app, id, &head, &written, report).await;
    for entry in entries {
        let items = written.history.get(&entry.n).map_or(&[][..], Vec::as_slice);
        if digest(items) != entry.digest {
            report.note(
                suspected(items, &written),
                format!("{id}, commit {}", entry.n),
                "its rows are not those that were entered",
            );
        }
    }
    if let Some(later) = written.history.keys().find(|version| **version > last) {
        report.note(
            suspected(&written.history[later], &written),
            format!("{id}, commit {later}"),
            "no entry speaks of it",
        );
    }
    document(id, &head, &written, report);
    Ok(head)
}

/// Where to look first, when a commit's rows are not those that its entry speaks of.
fn suspected(items: &[Item], written: &Written) -> &'static str {
    if let Some(altered) = written.wrong.first() {
        return altered.table;
    }
    let of = |item: &Item| match item {
        Item::Command(..) => Some("command"),
        Item::Paper(..) => Some("paper"),
        Item::Change { .. } => Some("change"),
        Item::Event(..) => Some("event"),
        _ => None,
    };
    items.iter().find_map(of).unwrap_or("dossier")
}

/// What shows in the rows themselves, before any digest.
fn rows(
    app: &App,
    id: &DossierId,
    head: &Head,
    written: &Written,
    devices: &BTreeMap<Thumbprint, PublicKey>,
    report: &mut Report,
) {
    for ((_, event), seq) in written.events.iter().zip(1..) {
        if event.seq != seq && !written.lacks("event") {
            report.note("event", format!("{id} {seq}"), "it is missing");
            break;
        }
    }
    let mut lines: BTreeMap<Actor, u64> = BTreeMap::new();
    for (_, change) in &written.changes {
        let last = lines.insert(change.actor, change.seq).unwrap_or(0);
        if change.seq != last + 1 && !written.lacks("change") {
            report.note("change", format!("{id} {}", change.hash), "the change before it is missing");
        }
    }
    let pushes: BTreeSet<u64> = written.changes.iter().map(|(version, _)| *version).collect();
    let believed: BTreeMap<u64, &Evidence> = written.evidence.iter().map(|(version, e)| (*version, e)).collect();
    for version in &pushes {
        let open = &head.birth.open;
        match believed.get(version) {
            None => report.note("evidence", format!("{id} {version}"), "it is missing"),
            Some(evidence) => {
                let key = devices.get(&evidence.device);
                if !key.is_some_and(|key| vouches(evidence, &app.info.server, id, open, key, &signature::verify)) {
                    report.note("evidence", format!("{id} {version}"), "no known device signed it");
                }
            }
        }
    }
    for version in believed.keys().filter(|version| !pushes.contains(version)) {
        report.note("evidence", format!("{id} {version}"), "it speaks of changes that are not there");
    }
    let named: BTreeSet<_> = written.events.iter().filter_map(|(_, event)| handed_in(event)).collect();
    let kept: BTreeSet<_> = written.frozen.iter().map(|(_, content, _)| *content).collect();
    for content in named.symmetric_difference(&kept) {
        let why = if named.contains(content) { "it is missing" } else { "nobody handed it in" };
        report.note("frozen", format!("{id} {content}"), why);
    }
    for (version, content, bytes) in &written.frozen {
        // The same content handed in twice is one frozen version, of the first time.
        let first = written.events.iter().find(|(_, event)| handed_in(event) == Some(*content));
        if first.is_some_and(|(of, _)| of != version) {
            report.note("frozen", format!("{id} {content}"), "it is of another commit");
        }
        if minicbor::decode::<Frozen>(bytes).is_ok_and(|frozen| frozen.hash() != *content) {
            report.note("frozen", format!("{id} {content}"), "it is not what its name says");
        }
    }
    for (_, list, signed) in &written.manifests {
        let message = manifest_message(&app.info.server, &signed.manifest);
        if !app.keys.ever().into_iter().any(|key| signature::verify(&key, &message, &signed.signature)) {
            report.note("manifest", format!("{id} {list}"), "this server did not sign it");
        }
    }
    let lists = written.manifests.iter().filter_map(|(_, _, signed)| minicbor::decode(&signed.manifest).ok());
    let given: BTreeMap<ParcelId, PersonId> = lists
        .flat_map(|list: Manifest| list.parcels.into_iter().map(move |parcel| (parcel.id, list.courier)))
        .collect();
    for record in &written.records {
        let message = SignedRecord::message(&record.signed.record);
        let key = devices.get(&record.device);
        let signed = key.is_some_and(|key| signature::verify(key, &message, &record.signed.signature));
        if !signed || given.get(&record.parcel) != Some(&record.courier) {
            let row = format!("{id} {}", hex::encode(record.signed.hash()));
            report.note("delivery_record", row, "it is not by the courier who was given the parcel");
        }
        let disputes =
            |event: &Event| matches!(&event.what, What::DeliveryDisputed(parcel, _) if *parcel == record.parcel);
        let disputed = written.events.iter().any(|(version, event)| *version == record.version && disputes(event));
        if record.disputed != disputed {
            let row = format!("{id} {}", hex::encode(record.signed.hash()));
            report.note("delivery_record", row, "whether it is disputed is not what its event says");
        }
    }
    let told: BTreeSet<_> = written.audiences.iter().map(|(version, person, _)| (*version, *person)).collect();
    let decided: BTreeSet<u64> =
        pushes.iter().copied().chain(written.events.iter().map(|(version, _)| *version)).collect();
    for version in &decided {
        if !told.contains(&(*version, head.birth.owner)) {
            report.note("feed", format!("{id}, commit {version}"), "its owner is not told of it");
        }
    }
    let pushed = written.evidence.iter().map(|(version, evidence)| (*version, evidence.device));
    let origins: BTreeMap<u64, Thumbprint> =
        pushed.chain(written.records.iter().map(|record| (record.version, record.device))).collect();
    for (version, person, origin) in &written.audiences {
        if *origin != origins.get(version).copied() {
            report.note("feed", format!("{person}, {id}, commit {version}"), "it names another device");
        }
    }
    for (version, event) in &written.events {
        let items = written.history.get(version).map_or(&[][..], Vec::as_slice);
        let asked = items.iter().any(|item| matches!(item, Item::Command(..)));
        if matches!(event.by, By::Officer(..)) && !asked && !said_before(app, id, written, *version, event) {
            report.note("command", format!("{id}, commit {version}"), "it is missing");
        }
    }
}

/// Whether an event happened again after a restore, by the server's own word of before.
fn said_before(app: &App, id: &DossierId, written: &Written, version: u64, event: &Event) -> bool {
    let word = written.taken_back.get(&version);
    let word = word.and_then(|signed| signed.verified(&app.info.server, &app.keys.ever(), &signature::verify));
    word.is_some_and(|word| word.said.dossier == *id && word.said.events.contains(event))
}

/// Stored bytes under each paper's name.
async fn papers(app: &App, id: &DossierId, head: &Head, written: &Written, report: &mut Report) {
    for (hash, size) in &written.papers {
        match papers::stored(app, id, &head.held.seal, hash).await {
            Some(bytes) if bytes.len() as u64 == u64::from(*size) => {}
            Some(_) => report.note("paper", format!("{id} {hash}"), "its size is not that of its bytes"),
            None => report.note("paper", format!("{id} {hash}"), "its bytes are missing or altered"),
        }
    }
}

/// The saved document is what its changes merge into.
fn document(id: &DossierId, head: &Head, written: &Written, report: &mut Report) {
    if written.lacks("change") {
        return;
    }
    let mut merged = Document::genesis(head.birth.open.layout, id);
    let changes: Vec<Blob> = written.changes.iter().map(|(_, row)| Blob(row.bytes.clone())).collect();
    let saved = head.document(id).ok().flatten().and_then(|bytes| Document::load(&bytes).ok());
    if merged.apply(&changes).is_err() {
        report.note("change", id, "its changes do not fit together");
    } else if !changes.is_empty() && saved.is_none_or(|saved| saved.heads() != merged.heads()) {
        report.note("dossier", id, "its saved document is not what its changes make; `hoso rebuild` makes it anew");
    }
}

async fn person(db: &impl Database, id: &PersonId, entries: &[Logged], report: &mut Report) -> Result<(), Failed> {
    let unreadable = |_| Altered::unreadable("person", id);
    let (version, tip, items) = people::book(db, id).await.map_err(unreadable)?;
    let Some(last) = entries.last() else {
        // People from before there was a log have no book until something about them changes.
        if version == 0 {
            report.unprotected(Book::Person(*id), 1);
        } else {
            report.note("person", id, "it has no book");
        }
        return Ok(());
    };
    report.unprotected(Book::Person(*id), entries[0].n.saturating_sub(1));
    if (version, tip) != (last.n, last.commitment) {
        report.note("person", id, "its version is not that of its book");
    } else if digest(&items) != last.digest {
        report.note("person", id, "the person or a device is not as it was entered");
    }
    Ok(())
}
