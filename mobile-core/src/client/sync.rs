//! Synchronising: ask, hear, keep, upload what an act waits for, ask again. What is pure of it is `dossier::exchange`
//! and `dossier::replica`; here bytes and time are moved.

use super::Client;
use crate::account::{Account, Heard, Remembered, Session};
use crate::api::{Call, Line, ServerWord, json};
use crate::error::Error;
use crate::events::{Events, Happened};
use crate::keys::verify;
use crate::shelf;
use crate::storage::{Batch, Kind, StorageError, Store, read_paper, remove_upload, uploads};
use crate::transport::{HttpResponse, TransportError};
use crate::view::SyncView;
use dossier::delivery::SignedRecord;
use dossier::exchange::ExchangeError;
use dossier::exchange::phone::{self, Asked, Heard as Answer, News, Turn, Waiting};
use dossier::ids::{ChangeHash, DossierId, PaperHash, PublicKey, Signature};
use dossier::layout::PaperKind;
use dossier::replica::{Queued, Replica};
use dossier::sentence::Sentence;
use dossier::time::Timestamp;
use dossier::wire::{DossierPush, RecordVerdict, Renewed, SignedManifest, Verdict, manifest_message, to_bytes};
use std::collections::BTreeSet;
use std::sync::PoisonError;

use super::courier::KeptRecord;
use super::{receipts, restore};

/// More rounds than any honest exchange takes: the feed of a new phone comes in parts, papers cost one more.
const ROUNDS_MAX: u32 = 200;

/// A dossier has had its changes of the day; they are kept and go later.
const DOSSIER_QUOTA: &str = "dossier_quota";

/// What one question was made of.
struct Question {
    asked: Asked,
    body: Vec<u8>,
    /// Counters of the delivery records in it.
    records: Vec<u64>,
}

/// What an answer left to do.
#[derive(Default)]
struct Left {
    upload: BTreeSet<(DossierId, PaperHash)>,
    /// The server has more, or took something and more waits here.
    again: bool,
    /// Dossiers whose news could not be read.
    unreadable: u32,
    /// The next question reads from the beginning for their sake.
    reads_anew: bool,
}

/// Says once that changes stay here until a dossier has quota again.
fn note_quota(view: &mut SyncView) {
    if !view.problems.iter().any(|code| code == DOSSIER_QUOTA) {
        view.problems.push(DOSSIER_QUOTA.into());
    }
}

/// A synchronisation under way: that it has ended is told however it ends.
struct UnderWay<'a>(&'a Events);

impl<'a> UnderWay<'a> {
    fn begin(events: &'a Events) -> Self {
        events.publish(&[Happened::SyncBegan]);
        Self(events)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.publish(&[Happened::SyncEnded]);
    }
}

impl Client {
    /// Exchanges everything with the server, in as many rounds as it takes. Stops at `cancel` and at `pause`; what was
    /// exchanged by then is kept, the rest goes with the next call.
    pub async fn sync(&self) -> Result<SyncView, Error> {
        let stopped = self.stop.notified();
        tokio::pin!(stopped);
        // Listening begins now, not at the first poll: a cancel that comes meanwhile counts.
        stopped.as_mut().enable();
        tokio::select! {
            biased;
            () = stopped => Err(Error::Cancelled),
            done = self.exchange() => done,
        }
    }

    async fn exchange(&self) -> Result<SyncView, Error> {
        let _one_at_a_time = self.line.lock().await;
        let _under_way = UnderWay::begin(&self.events);
        let account = self.signed_in()?;
        let now = || self.server_time();
        let keep = |session: &Session| self.write_session(session);
        let line = Line::new(self, &account.url, &self.session, (&now, &keep));
        let done = self.exchange_on(&account, &line).await;
        if matches!(done, Err(Error::Storage(StorageError::Full | StorageError::Io(_)))) && line.ordered().is_none() {
            // Nothing could be noted, so nothing was sent; whether this device was reported lost is asked all the same.
            let _ = line.call(Call::get("/v1/devices")).await;
        }
        self.obeying(&line, Some(&account), done).await
    }

    async fn exchange_on(&self, account: &Account, line: &Line<'_>) -> Result<SyncView, Error> {
        let mut view = SyncView::default();
        let done = self.rounds(account, line, &mut view).await;
        // A nonce that was renewed is worth keeping even if the exchange broke off.
        self.keep_session()?;
        done?;
        let collected = self.collect_receipts(line, &mut view).await;
        self.keep_session()?;
        collected?;
        view.freshness = self.with(|store| self.freshness(store))?;
        Ok(view)
    }

    async fn rounds(&self, account: &Account, line: &Line<'_>, view: &mut SyncView) -> Result<(), Error> {
        let mut account = account.clone();
        // A paper is offered once in an exchange: a server that keeps asking must not keep the radio on.
        let mut tried = BTreeSet::new();
        let mut travelled = BTreeSet::new();
        let mut pushes = true;
        // Once in an exchange: what is unreadable whole stays so.
        let mut reads_anew = false;
        while view.round_trips < ROUNDS_MAX {
            self.upload(line, self.ready_papers()?, &mut tried, view).await?;
            let question = self.ask(&account, pushes)?;
            let call = Call { method: "POST", path: "/v1/sync", media: "application/cbor", body: question.body };
            view.round_trips += 1;
            view.bytes_up += call.body.len() as u64;
            travelled.extend(question.asked.pushed().iter().flat_map(|(_, changes)| changes.iter().copied()));
            let response = match self.send(line, call, &question.asked).await {
                // Nothing of what was pushed is taken today. What the server has to say is heard nevertheless.
                Err(Error::Server { status: 429, code, .. }) if pushes && code == DOSSIER_QUOTA => {
                    self.note(question.asked.pushed(), Replica::is_told_to_wait)?;
                    pushes = false;
                    note_quota(view);
                    continue;
                }
                sent => sent?,
            };
            view.bytes_down += response.body.len() as u64;
            self.events.publish(&[Happened::SyncWent(view.round_trips)]);
            let server = account.server;
            let hear = |key: &PublicKey| question.asked.clone().hear(&response.body, &server, key, &verify);
            let answer = match hear(&account.key) {
                // The server may have another key since this phone last heard it.
                Err(ExchangeError::Signature) => {
                    account = self.follow(&account, line).await?;
                    hear(&account.key)?
                }
                heard => heard?,
            };
            let left = self.absorb(&account, answer, (&question.records, !reads_anew), view)?;
            reads_anew |= left.reads_anew;
            // What an act waits for, then what drafts hold: the owner's other phones can hand it in only from there.
            let unblocked = self.upload(line, left.upload, &mut tried, view).await?;
            self.upload(line, self.ready_papers()?, &mut tried, view).await?;
            if unblocked == 0 && !left.again {
                break;
            }
        }
        view.sent = view.accepted + view.set_aside + self.still_waiting(&travelled)?;
        Ok(())
    }

    /// The account with the server's key of today, if the key that is pinned vouches for it.
    pub(super) async fn follow(&self, account: &Account, line: &Line<'_>) -> Result<Account, Error> {
        let account = Self::of_today(account, line).await?;
        let mut batch = Batch::default();
        account.put(&mut batch);
        self.with(|store| Ok(store.write(&batch)?))?;
        Ok(account)
    }

    /// The same, without keeping it.
    pub(super) async fn of_today(account: &Account, line: &Line<'_>) -> Result<Account, Error> {
        let mut account = account.clone();
        let word: ServerWord = json(&line.open(Call::get("/v1/server")).await?)?;
        let today = word.public_key.parse().map_err(|_| Error::malformed())?;
        if !account.follow(&today, &word.successions()?, &verify) {
            return Err(ExchangeError::Signature.into());
        }
        Ok(account)
    }

    /// Notes on the disk that sending begins, then sends. Only a request that surely never left, or of which the server says
    /// that it took nothing, takes the note back.
    async fn send(&self, line: &Line<'_>, call: Call<'_>, asked: &Asked) -> Result<HttpResponse, Error> {
        let begun = self.note(asked.pushed(), |replica, changes| replica.begin_sending(changes))?;
        let answered = line.exchange(call).await;
        if matches!(answered, Err(Error::Offline(TransportError::Offline) | Error::Server { status: 429, .. })) {
            self.note(&begun, |replica, changes| {
                replica.never_left(changes);
                true
            })?;
        }
        answered
    }

    /// Notes something of dossiers' waiting changes, in one transaction; returns those of which it is new.
    fn note(
        &self,
        pushed: &[(DossierId, Vec<ChangeHash>)],
        how: impl Fn(&mut Replica, &[ChangeHash]) -> bool,
    ) -> Result<Vec<(DossierId, Vec<ChangeHash>)>, Error> {
        self.with(|store| {
            let (mut batch, mut new) = (Batch::default(), Vec::new());
            for (dossier, changes) in pushed {
                let before = shelf::load(store, dossier)?;
                let mut replica = before.clone();
                if how(&mut replica, changes) {
                    shelf::put(&mut batch, &replica, Some(&before));
                    let newly = |q: &&Queued| before.outbox.iter().any(|b| b.hash == q.hash && b.sent != q.sent);
                    new.push((*dossier, replica.outbox.iter().filter(newly).map(|q| q.hash).collect()));
                }
            }
            if !new.is_empty() {
                store.write(&batch)?;
            }
            Ok(new)
        })
    }

    /// How many changes were sent and are neither taken nor set aside: they wait for a paper.
    fn still_waiting(&self, travelled: &BTreeSet<ChangeHash>) -> Result<u32, Error> {
        self.with(|store| {
            let mut waiting = 0;
            for id in shelf::waiting(store)? {
                waiting += shelf::load(store, &id)?.outbox.iter().filter(|q| travelled.contains(&q.hash)).count();
            }
            Ok(count(waiting))
        })
    }

    /// Papers of this phone that the server lacks, of dossiers that it knows.
    fn ready_papers(&self) -> Result<BTreeSet<(DossierId, PaperHash)>, Error> {
        self.with(|store| {
            let mut ready = BTreeSet::new();
            for (dossier, hash) in uploads(store)? {
                let there = |replica: &Replica| replica.known && replica.refill.as_ref().is_none_or(|r| r.compared);
                if shelf::find(store, &dossier)?.as_ref().is_some_and(there) {
                    ready.insert((dossier, hash));
                }
            }
            Ok(ready)
        })
    }

    /// A question with all that waits; without the dossiers' changes unless `pushes`.
    fn ask(&self, account: &Account, pushes: bool) -> Result<Question, Error> {
        let (reading, outbox, records, after_restore) = self.with(|store| {
            let reading = Heard::read(store)?.unwrap_or_default().reading();
            let after_restore = restore::say(store, reading.whole)?;
            if reading.whole {
                // What the server has is asked first; what it lacks is known only then.
                return Ok((reading, Vec::new(), Vec::new(), after_restore));
            }
            let mut outbox: Vec<DossierPush> = Vec::new();
            for id in shelf::waiting(store)?.into_iter().filter(|_| pushes) {
                outbox.extend(shelf::load(store, &id)?.push());
            }
            Ok((reading, outbox, KeptRecord::unsent(store)?, after_restore))
        })?;
        let counters = records.iter().map(|(counter, _)| *counter).collect();
        let records: Vec<SignedRecord> = records.into_iter().map(|(_, kept)| kept.signed).collect();
        let mut failed = None;
        let signer = |message: &[u8]| {
            self.sign(message).unwrap_or_else(|error| {
                failed = Some(error);
                Signature([0; 64])
            })
        };
        let waiting = Waiting { outbox, records, after_restore };
        let (asked, body) = phone::ask(reading.cursor, waiting, &account.server, signer);
        match failed {
            Some(error) => Err(error),
            None => Ok(Question { asked, body, records: counters }),
        }
    }

    /// Keeps a whole answer in one transaction, the cursor with it: what the cursor has passed is on the disk.
    /// News that do not fit to what is here are read once more from the beginning, where each dossier comes whole.
    fn absorb(
        &self,
        account: &Account,
        answer: Answer,
        (records, may_read_anew): (&[u64], bool),
        view: &mut SyncView,
    ) -> Result<Left, Error> {
        self.with(|store| {
            let mut batch = Batch::default();
            let mut left = Left { again: answer.more, ..Left::default() };
            let before = Heard::read(store)?.unwrap_or_default();
            let (reading, turn) = before.reading().hear(answer.cursor, answer.more);
            if turn == Turn::BeginsAnew {
                view.log_notes.push(self.say(&Sentence::new("server-restored")));
                restore::begin(store, &mut batch, answer.beacon)?;
                before.with(reading).put(&mut batch);
                self.write_with_session(store, batch, answer.renewed, answer.beacon)?;
                return Ok(Left { again: true, ..Left::default() });
            }
            let mut compared = BTreeSet::new();
            for news in &answer.news {
                let before = shelf::find(store, &news.dossier)?;
                match (&before, &news.delta) {
                    (Some(known), Some(delta)) if matches!(turn, Turn::Compares { .. }) && known.refill.is_some() => {
                        compared.insert(news.dossier);
                        self.compare(store, &mut batch, known, Some(delta), view)?;
                    }
                    _ => self.take_news(&mut batch, news, before, &mut left, view),
                }
            }
            let reading = if turn == Turn::GoesOn && left.unreadable > 0 && may_read_anew {
                (left.again, left.reads_anew) = (true, true);
                reading.anew()
            } else {
                view.unreadable += left.unreadable;
                reading
            };
            if turn == (Turn::Compares { ended: true }) {
                for known in restore::not_compared(store, &compared)? {
                    self.compare(store, &mut batch, &known, None, view)?;
                }
                left.again = true;
            }
            for (counter, verdict) in records.iter().zip(&answer.record_verdicts) {
                KeptRecord::settle(store, &mut batch, *counter, verdict)?;
                match verdict {
                    RecordVerdict::Accepted | RecordVerdict::Already | RecordVerdict::Disputed => view.accepted += 1,
                    RecordVerdict::Refused(code) => {
                        view.set_aside += 1;
                        view.problems.push(code.clone());
                    }
                }
            }
            for manifest in &answer.manifests {
                keep_manifest(store, &mut batch, account, manifest, view)?;
            }
            let clock = self.outside.clock.as_ref();
            let skew = answer.beacon.0.saturating_sub(clock.now_ms());
            let since_start = Some((clock.boot(), clock.elapsed_ms()));
            Heard { beacon: Some(answer.beacon), skew, since_start, ..before.with(reading) }.put(&mut batch);
            self.write_with_session(store, batch, answer.renewed, answer.beacon)?;
            Ok(left)
        })
    }

    /// What an answer brought, and in the same transaction the tokens that came with it. Only then are they used.
    fn write_with_session(
        &self,
        store: &Store,
        mut batch: Batch,
        renewed: Option<Renewed>,
        at: Timestamp,
    ) -> Result<(), Error> {
        let session = match renewed {
            Some(tokens) => self.session().renewed(tokens, at),
            None => self.session(),
        };
        session.put(&mut batch);
        store.write(&batch)?;
        self.set_session(session);
        Ok(())
    }

    /// One dossier's news. What cannot be read is counted and passed over: it must not keep the rest from coming.
    fn take_news(&self, batch: &mut Batch, news: &News, before: Option<Replica>, left: &mut Left, view: &mut SyncView) {
        let taken = |verdict: &&Verdict| matches!(verdict, Verdict::Accepted | Verdict::Already);
        let accepted = news.verdicts.iter().filter(taken).count();
        view.accepted += count(accepted);
        if news.verdicts.first() == Some(&Verdict::Waits) {
            note_quota(view);
        }
        let Some(mut replica) = before.clone() else {
            let received = news.delta.as_ref().and_then(Replica::received).filter(|r| r.local().is_ok());
            match received {
                Some(replica) => {
                    view.news += 1;
                    receipts::mark(batch, &replica);
                    shelf::put(batch, &replica, None);
                }
                None if news.delta.is_some() => left.unreadable += 1,
                None => {}
            }
            return;
        };
        match replica.absorb(&self.device, &news.sent, &news.verdicts, news.delta.as_ref()) {
            Ok(absorbed) => {
                view.set_aside += count(absorbed.set_aside);
                view.news += u32::from(absorbed.news);
                left.upload.extend(absorbed.upload.iter().map(|hash| (replica.dossier, *hash)));
                // Something moved and something is left: it goes now. If nothing moved, asking again would not help.
                let moved = accepted > 0 || absorbed.set_aside > 0 || replica.epoch > before.map_or(0, |b| b.epoch);
                let waits = replica.outbox.iter().any(|q| !q.lacking.is_empty());
                left.again |= moved && !waits && !replica.outbox.is_empty();
                receipts::mark(batch, &replica);
                shelf::put(batch, &replica, None);
            }
            Err(_) => left.unreadable += 1,
        }
    }

    /// Sends papers that were not tried yet; the answer is how many the server has now that it lacked before.
    async fn upload(
        &self,
        line: &Line<'_>,
        papers: BTreeSet<(DossierId, PaperHash)>,
        tried: &mut BTreeSet<(DossierId, PaperHash)>,
        view: &mut SyncView,
    ) -> Result<u32, Error> {
        let mut uploaded = 0;
        let papers: Vec<(DossierId, PaperHash)> = papers.into_iter().filter(|paper| tried.insert(*paper)).collect();
        for (n, (dossier, hash)) in papers.iter().copied().enumerate() {
            self.events.publish(&[Happened::Uploading(dossier, count(n), count(papers.len()))]);
            let Some(bytes) = self.with(|store| Ok(read_paper(store, &hash)?))? else {
                // It is on another phone of the same person, which has to bring it.
                view.problems.push("paper_not_here".into());
                continue;
            };
            let media = PaperKind::of(&bytes).map_or("application/octet-stream", PaperKind::media_type);
            let path = format!("/v1/dossiers/{dossier}/papers/{hash}");
            match line.call(Call { method: "PUT", path: &path, media, body: bytes }).await {
                Ok(_) => uploaded += 1,
                // It was put back from a backup and no longer knows the dossier, which this phone is about to hear.
                Err(Error::Refused { code, .. }) if code == "not_found" => continue,
                // One paper that the server will not have must not keep the others from going.
                Err(Error::Refused { code, .. }) => {
                    view.set_aside += 1;
                    view.problems.push(code);
                }
                Err(other) => return Err(other),
            }
            self.with(|store| {
                let mut batch = Batch::default();
                remove_upload(&mut batch, &dossier, &hash);
                if let Some(before) = shelf::find(store, &dossier)? {
                    let mut replica = before.clone();
                    replica.has_uploaded(&hash);
                    shelf::put(&mut batch, &replica, Some(&before));
                }
                Ok(store.write(&batch)?)
            })?;
        }
        view.uploaded += uploaded;
        view.accepted += uploaded;
        Ok(uploaded)
    }

    pub(super) fn session(&self) -> Session {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_session(&self, session: Session) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = session;
    }

    pub(super) fn keep_session(&self) -> Result<(), Error> {
        self.write_session(&self.session())
    }

    pub(super) fn write_session(&self, session: &Session) -> Result<(), Error> {
        self.with(|store| {
            if Session::read(store)?.as_ref() == Some(session) {
                return Ok(());
            }
            let mut batch = Batch::default();
            session.put(&mut batch);
            Ok(store.write(&batch)?)
        })
    }
}

/// A courier's list is believed because the server signed it, not because of where it came from.
fn keep_manifest(
    store: &Store,
    batch: &mut Batch,
    account: &Account,
    signed: &SignedManifest,
    view: &mut SyncView,
) -> Result<(), Error> {
    let message = manifest_message(&account.server, &signed.manifest);
    let genuine = account.is_signed(&message, &signed.signature, &verify);
    match minicbor::decode::<dossier::delivery::Manifest>(&signed.manifest) {
        Ok(manifest) if genuine => {
            view.news += 1;
            batch.put(Kind::Manifest, manifest.id.bytes(), to_bytes(signed));
            KeptRecord::try_again(store, batch, &manifest)?;
        }
        _ => view.problems.push("manifest_untrusted".into()),
    }
    Ok(())
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
