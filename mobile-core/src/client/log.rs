//! What this phone remembers of the server's log: the last checkpoint that it saw, against which every later one is
//! held. A log that was rewritten would have to show each phone its own past for ever; here is where that fails.

use super::Client;
use crate::account::{Account, Remembered};
use crate::api::{Call, Line, json};
use crate::error::Error;
use crate::keys;
use crate::storage::{Batch, Kind};
use crate::view::SyncView;
use dossier::life;
use dossier::log::{Checkpoint, LogKey, NoteRefused, SignedCheckpoint, origin, verify_consistency};
use dossier::merkle::Hash;
use dossier::sentence::Sentence;
use dossier::time::Timestamp;
use minicbor::{Decode, Encode};
use serde::Deserialize;
use serde_json::json as report;
use std::cmp::Ordering;

/// How long a checkpoint is not asked about while no receipt comes.
pub(super) const DAY_SECONDS: i64 = 24 * 3600;
/// Checkpoints of earlier lives of the server that are kept; it is restored from a backup once in years.
const FORMER_MAX: usize = 64;
/// Where the report of a log that contradicts itself is kept.
const REPORT: &[u8] = b"log_report";

#[derive(Clone, Debug, Encode, Decode)]
#[cbor(array)]
pub(crate) struct LogMemory {
    /// The last checkpoint, the signed note as it came.
    #[n(0)]
    last: String,
    /// When the server last showed that its log goes on from there.
    #[n(1)]
    checked_at: Timestamp,
    /// The last checkpoint of each earlier life of the server.
    #[n(2)]
    former: Vec<String>,
}

impl Remembered for LogMemory {
    const NAME: &'static str = "log";
}

/// A log that this account is bound to.
pub(super) struct Watch<'a> {
    pub(super) account: &'a Account,
    pub(super) key: &'a LogKey,
    pub(super) line: &'a Line<'a>,
}

/// What is wrong, with all that shows it to others.
pub(super) struct Alarm<'a> {
    pub(super) why: &'static str,
    /// A signed note.
    pub(super) given: &'a str,
    pub(super) received: &'a [u8],
}

/// `GET /v1/log/consistency`.
#[derive(Deserialize)]
struct ConsistencyWord {
    checkpoint: String,
    proof: Vec<String>,
}

/// How a checkpoint stands to the one that is kept, by what both say.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Same,
    /// Larger: to be proven.
    Grown,
    /// Of a later life of the server.
    BegunAnew,
}

impl Client {
    /// The report of a log that contradicted itself, or of a receipt that was none, to hand to somebody who looks into
    /// it: JSON with both signed checkpoints and what was received. `None`: there was never one.
    pub fn log_report(&self) -> Result<Option<Vec<u8>>, Error> {
        self.with(|store| Ok(store.get(Kind::Meta, REPORT)?))
    }

    /// Holds a checkpoint that came with a receipt, its signature checked, against the one that is kept; keeps the newer.
    pub(super) async fn hold(&self, watch: &Watch<'_>, note: &str, view: &mut SyncView) -> Result<(), Error> {
        let Some(memory) = self.with(|store| Ok(LogMemory::read(store)?))? else {
            return self.remember(note, Vec::new());
        };
        let (old, new) = (said(&memory.last)?, said(note)?);
        match next(&old, &new) {
            Err(why) => Err(self.alarm(watch.account, &Alarm { why, given: note, received: &[] })?),
            Ok(Next::Same) => Ok(()),
            Ok(Next::BegunAnew) => self.begin_anew(memory, note, &new, view),
            Ok(Next::Grown) => {
                let path = format!("/v1/log/consistency?from={}&to={}", old.size, new.size);
                let answer = match watch.line.open(Call::get(&path)).await {
                    Err(error) if is_not_found(&error) => {
                        let alarm = Alarm { why: "no_proof", given: note, received: &[] };
                        return Err(self.alarm(watch.account, &alarm)?);
                    }
                    answer => answer?,
                };
                let word: ConsistencyWord = json(&answer)?;
                match prove(&old, &new, &word.proof) {
                    Ok(()) => self.remember(note, memory.former),
                    Err(why) => {
                        let alarm = Alarm { why, given: note, received: &answer.body };
                        Err(self.alarm(watch.account, &alarm)?)
                    }
                }
            }
        }
    }

    /// Once a day: asks whether the log still goes on from the checkpoint that is kept.
    pub(super) async fn look_daily(&self, watch: &Watch<'_>, view: &mut SyncView) -> Result<(), Error> {
        let (memory, now) = self.with(|store| Ok((LogMemory::read(store)?, self.now(store)?)))?;
        let Some(memory) = memory.filter(|memory| memory.checked_at.plus_seconds(DAY_SECONDS) <= now) else {
            return Ok(());
        };
        let old = said(&memory.last)?;
        let (note, proof, received) = self.ask_log(watch, &old).await?;
        let alarm = |why| Alarm { why, given: &note, received: &received };
        let parsed = SignedCheckpoint::parse(&note);
        let named = origin(&watch.account.server);
        let genuine = parsed.as_ref().map_err(|refused| *refused);
        let genuine = genuine.and_then(|note| note.verify(&named, watch.key, &keys::verify_ed25519));
        let new = match genuine {
            Ok(new) => new,
            Err(refused) => return Err(self.alarm(watch.account, &alarm(word_for(refused)))?),
        };
        let shown = match next(&old, new) {
            Ok(Next::BegunAnew) => return self.begin_anew(memory, &note, new, view),
            Ok(Next::Grown) => prove(&old, new, &proof),
            Ok(Next::Same) => Ok(()),
            Err(why) => Err(why),
        };
        match shown {
            Ok(()) => self.remember(&note, memory.former),
            Err(why) => Err(self.alarm(watch.account, &alarm(why))?),
        }
    }

    /// The log's checkpoint of now with the proof from the old one. A log that has become smaller has no such proof: then
    /// its checkpoint alone.
    async fn ask_log(&self, watch: &Watch<'_>, old: &Checkpoint) -> Result<(String, Vec<String>, Vec<u8>), Error> {
        let path = format!("/v1/log/consistency?from={}", old.size);
        match watch.line.open(Call::get(&path)).await {
            Err(error) if is_not_found(&error) => {}
            answer => {
                let answer = answer?;
                let word: ConsistencyWord = json(&answer)?;
                return Ok((word.checkpoint, word.proof, answer.body));
            }
        }
        match watch.line.open(Call::get("/v1/log/checkpoint")).await {
            // It had a log once.
            Err(error) if is_not_found(&error) => {
                let alarm = Alarm { why: "log_gone", given: "", received: &[] };
                Err(self.alarm(watch.account, &alarm)?)
            }
            answer => {
                let body = answer?.body;
                Ok((String::from_utf8_lossy(&body).into_owned(), Vec::new(), body))
            }
        }
    }

    /// Keeps what shows that something is wrong, and gives the error that ends the synchronisation.
    pub(super) fn alarm(&self, account: &Account, alarm: &Alarm<'_>) -> Result<Error, Error> {
        self.with(|store| {
            let text = report!({
                "format": "hoso log report 1",
                "why": alarm.why,
                "at": self.now(store)?.to_string(),
                "server": account.server.to_string(),
                "log_key": account.log,
                "kept_checkpoint": LogMemory::read(store)?.map(|memory| memory.last),
                "given_checkpoint": alarm.given,
                "received_hex": alarm.received.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
            });
            let mut batch = Batch::default();
            batch.put(Kind::Meta, REPORT, text.to_string());
            store.write(&batch)?;
            Ok(Error::LogInconsistent(alarm.why.into()))
        })
    }

    fn begin_anew(&self, memory: LogMemory, note: &str, new: &Checkpoint, view: &mut SyncView) -> Result<(), Error> {
        let mut former = memory.former;
        former.push(memory.last);
        let surplus = former.len().saturating_sub(FORMER_MAX);
        former.drain(..surplus);
        let life = incarnation(new).unwrap_or_default();
        let began = life::began(life).map_or_else(|| "unknown".to_owned(), |began| began.to_string());
        let sentence = Sentence::new("log-begun-anew").with("life", life.to_string()).with("began", began);
        view.log_notes.push(self.say(&sentence));
        self.remember(note, former)
    }

    fn remember(&self, note: &str, former: Vec<String>) -> Result<(), Error> {
        self.with(|store| {
            let mut batch = Batch::default();
            LogMemory { last: note.to_owned(), checked_at: self.now(store)?, former }.put(&mut batch);
            Ok(store.write(&batch)?)
        })
    }
}

/// What a note says whose signature was checked when it came.
fn said(note: &str) -> Result<Checkpoint, Error> {
    let parsed = SignedCheckpoint::parse(note).map_err(|_| crate::StorageError::Damaged("meta/log".into()))?;
    Ok(parsed.unverified().clone())
}

/// Which life of the server a checkpoint is of.
fn incarnation(checkpoint: &Checkpoint) -> Option<u64> {
    checkpoint.extensions.iter().find_map(|line| line.strip_prefix("incarnation ")?.parse().ok())
}

fn next(old: &Checkpoint, new: &Checkpoint) -> Result<Next, &'static str> {
    match (incarnation(new).cmp(&incarnation(old)), new.size.cmp(&old.size)) {
        (Ordering::Greater, _) => Ok(Next::BegunAnew),
        (Ordering::Less, _) => Err("earlier_life"),
        (Ordering::Equal, Ordering::Less) => Err("log_shrinks"),
        (Ordering::Equal, Ordering::Greater) => Ok(Next::Grown),
        (Ordering::Equal, Ordering::Equal) if new.root == old.root => Ok(Next::Same),
        (Ordering::Equal, Ordering::Equal) => Err("other_root"),
    }
}

fn prove(old: &Checkpoint, new: &Checkpoint, proof: &[String]) -> Result<(), &'static str> {
    let hashes: Option<Vec<Hash>> = proof.iter().map(|text| hash(text)).collect();
    let hashes = hashes.ok_or("proof_malformed")?;
    verify_consistency(old.size, new.size, &hashes, &old.root, &new.root).map_err(|_| "not_consistent")
}

fn hash(hexadecimal: &str) -> Option<Hash> {
    if hexadecimal.len() != 64 || !hexadecimal.is_ascii() {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, at) in hash.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(hexadecimal.get(at..at + 2)?, 16).ok()?;
    }
    Some(hash)
}

fn word_for(refused: NoteRefused) -> &'static str {
    match refused {
        NoteRefused::TooLarge | NoteRefused::Malformed => "checkpoint_malformed",
        NoteRefused::NotSigned | NoteRefused::BadSignature => "checkpoint_not_signed",
        NoteRefused::OtherLog => "other_log",
    }
}

fn is_not_found(error: &Error) -> bool {
    matches!(error, Error::Refused { code, .. } if code == "not_found")
}
