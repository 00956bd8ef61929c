//! The server's database is put back from the backup of yesterday, and the phones bring back what it lost: the program
//! that users get, phones' cores with real stores. `HOSO_PHONES` says how many.

mod town;

use crate::handset::{Handset, Key, said};
use crate::starting::refused;
use dossier::document::Document;
use dossier::event::{Event, What};
use dossier::exchange::pack;
use dossier::ids::{ChangeHash, DossierId};
use dossier::standing::record_of;
use dossier::wire::{AfterRestore, Cursor, DocumentDelta, to_bytes};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use town::Town;

/// In the run of all tests; the README names the command for a hundred.
const PHONES: usize = 10;

/// What the server has of a dossier.
#[derive(Debug, PartialEq, Eq)]
struct Held {
    heads: Vec<ChangeHash>,
    acts: usize,
    /// Every event as it was; one that rests on a courier's record by that record.
    events: Vec<Result<Event, [u8; 32]>>,
    changes: usize,
}

#[test]
fn phones_refill_a_server_that_was_put_back_from_a_backup() {
    let count = std::env::var("HOSO_PHONES").map_or(PHONES, |n| n.parse().expect("a number"));
    let mut town = Town::of(count);
    town.yesterday();
    let backup = town.backup();
    town.today();
    let before = town.held();
    let codes = codes(&before);

    town.signed_for_more(&backup);
    let running = town.hub.hoso(&["restored"]);
    assert!(!running.ok && running.err.contains("a server runs"), "{}", running.err);
    town.hub.kill();
    put_back(&backup, town.hub.data());
    refused(town.hub.data(), &[], &["hoso restored", "backup"]);
    assert!(town.hub.hoso(&["restored"]).ok);
    town.hub.up();

    let refilled = town.until_quiet();
    let after = town.held();
    let lost: usize =
        before.iter().map(|(id, held)| held.changes.saturating_sub(after.get(id).map_or(0, |now| now.changes))).sum();
    let differs: Vec<&DossierId> =
        before.iter().filter(|(id, held)| after.get(id) != Some(held)).map(|(id, _)| id).collect();
    let (changes, events): (usize, usize) =
        before.values().fold((0, 0), |(c, e), held| (c + held.changes, e + held.events.len()));
    println!("figure restore_phones_refilled {refilled} of {count}");
    println!("figure restore_dossiers {} of {}", before.len() - differs.len(), before.len());
    println!("figure restore_changes_lost {lost} of {changes}");
    println!("figure restore_events {events} events, {} codes", codes.len());
    assert!(differs.is_empty() && lost == 0, "{differs:?}: {:?} {:?}", before.get(differs[0]), after.get(differs[0]));
    assert_eq!(refilled, count);

    verified(&town);

    // The day goes on, and no code comes twice.
    let id = town.hand_in(0);
    town.sync(0);
    let code = town.office(&id, &json!({"command": "accept"}))["code"].as_str().expect("a code").to_owned();
    assert!(!codes.contains(&code) && codes.len() == accepted(&before), "{code} {codes:?}");
    verified(&town);
}

fn verified(town: &Town) {
    let verified = town.hub.hoso(&["verify"]);
    assert!(verified.ok, "{}{}", verified.out, verified.err);
}

impl Town {
    /// A copy of the database, of a moment when no server ran.
    fn backup(&mut self) -> TempDir {
        let backup = tempfile::tempdir().expect("a folder");
        self.hub.kill();
        for file in database(self.hub.data()) {
            std::fs::copy(&file, backup.path().join(file.file_name().expect("a file"))).expect("a copy");
        }
        // Not a part of the backup: what was signed at that moment, to be compared with.
        let signed = self.hub.data().join("checkpoint");
        if signed.exists() {
            std::fs::copy(signed, backup.path().join("checkpoint")).expect("a copy");
        }
        self.hub.up();
        backup
    }

    /// Waits until a checkpoint was signed that the backup does not know.
    fn signed_for_more(&self, backup: &TempDir) {
        let signed = || std::fs::read(self.hub.data().join("checkpoint")).ok();
        let then = std::fs::read(backup.path().join("checkpoint")).ok();
        let until = Instant::now() + Duration::from_secs(60);
        while signed() == then {
            assert!(Instant::now() < until, "the log does not go on");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What the server tells each person's new device, which was never there.
    fn held(&self) -> BTreeMap<DossierId, Held> {
        let people: BTreeMap<&str, &str> = self.phones.iter().map(|p| (p.number.as_str(), p.name.as_str())).collect();
        let mut all = BTreeMap::new();
        for ((number, name), n) in people.into_iter().zip(1_u8..) {
            let reader = Handset::with_code(&self.hub, &self.hub.code_for(name, number, false), Key::numbered(n));
            let mut request = reader.request(Vec::new());
            request.after_restore = Some(AfterRestore { whole: true, standings: Vec::new() });
            loop {
                let answer = said(&reader.sync(pack(&to_bytes(&request))));
                for delta in answer.deltas {
                    if let DocumentDelta::Snapshot(bytes) = &delta.document {
                        all.insert(delta.dossier, Held::of(&Document::load(&bytes.0).expect("readable"), delta.events));
                    }
                }
                request.cursor = Cursor { n: answer.cursor.n, ..answer.cursor };
                if !answer.more {
                    break;
                }
            }
        }
        all
    }
}

impl Held {
    fn of(document: &Document, events: Vec<Event>) -> Self {
        let same = |event: Event| record_of(&event).copied().map_or(Ok(event), Err);
        Self {
            heads: document.heads(),
            acts: document.project().acts.len(),
            events: events.into_iter().map(same).collect(),
            changes: document.changes().len(),
        }
    }
}

fn accepted(held: &BTreeMap<DossierId, Held>) -> usize {
    let events = held.values().flat_map(|held| &held.events);
    events.filter(|event| matches!(event, Ok(Event { what: What::Accepted(_), .. }))).count()
}

fn codes(held: &BTreeMap<DossierId, Held>) -> BTreeSet<String> {
    let events = held.values().flat_map(|held| &held.events).flatten();
    let code = |event: &Event| match &event.what {
        What::Accepted(acceptance) => Some(acceptance.code.to_string()),
        _ => None,
    };
    events.filter_map(code).collect()
}

/// The database's files, its journal among them.
fn database(data: &Path) -> Vec<PathBuf> {
    let all = std::fs::read_dir(data).expect("the data folder").map(|entry| entry.expect("an entry").path());
    all.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("hoso.db"))).collect()
}

fn put_back(backup: &TempDir, data: &Path) {
    database(data).iter().for_each(|file| std::fs::remove_file(file).expect("it was there"));
    for file in database(backup.path()) {
        std::fs::copy(&file, data.join(file.file_name().expect("a file"))).expect("a copy");
    }
}
