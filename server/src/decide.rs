//! Where a decision is made: load what is known, call `dossier::decide`, commit what it says. If somebody else was first,
//! the whole decision is made again, at most three times.

use crate::app::App;
use crate::auth::policy::{self, Act, Staff};
use crate::auth::{ExchangeCaller, signature};
use crate::commit::{self, commit};
use crate::intake::{self, Intake};
use crate::problem::{self, Problem};
use crate::recall;
use crate::seal::random;
use crate::sessions;
use crate::store::commands::{self, Done};
use crate::store::feed::Own;
use crate::store::{Failed, desk, dossiers, feed, people, post, refused};
use crate::suspension;
use dossier::calendar::Calendar;
use dossier::decide::{self, Author, Command, Device, DossierState, Evidence, Kept, Pushed, Recorded, Rules};
use dossier::delivery::SignedRecord;
use dossier::event::What;
use dossier::exchange::{request_id, server};
use dossier::ids::{CommandHash, CommandId, DossierId, PublicKey};
use dossier::procedure::Catalogue;
use dossier::sentence::{Language, Sentence};
use dossier::standing::{SignedStanding, Word};
use dossier::time::Timestamp;
use dossier::wire::{Cursor, DossierPush, PROTOCOL, RecordVerdict, Renewed, SyncAnswer, SyncRequest, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How often a decision is made before the caller is asked to come back.
const ATTEMPTS: usize = 3;
/// Bytes of news in one answer; with verdicts and signature it stays below what a phone takes.
const NEWS: usize = 700 * 1024;
/// So much news takes a millisecond to pack; more is not packed on a thread that serves requests.
const LARGE: usize = 32 * 1024;

/// One synchronisation: a packed request in, a packed and signed answer out.
pub(crate) async fn synchronise(app: &Arc<App>, caller: &ExchangeCaller, packed: &[u8]) -> Result<Vec<u8>, Problem> {
    let (device, key) = (&caller.caller.device, &caller.caller.key);
    let Intake { request, evidence, within } = intake::read(app, device, key, packed).await?;
    if server::is_of_another_life(&request.cursor, app.info.incarnation) {
        return begin_anew(app, caller, (&request, packed)).await;
    }
    let mut said = said_before(app, &request);
    let mut verdicts = Vec::with_capacity(request.dossiers.len());
    let mut own = BTreeMap::new();
    for ((pushed, believed), within) in request.dossiers.iter().zip(evidence).zip(within) {
        if !within {
            verdicts.push(vec![Verdict::Waits; pushed.changes.len()]);
            continue;
        }
        let (said, now_own) = push(app, device, pushed, believed, said.remove(&pushed.dossier)).await?;
        verdicts.push(said);
        own.extend(now_own.map(|own| (pushed.dossier, own)));
    }
    for word in said.into_values() {
        take_back(app, device, word).await?;
    }
    let mut record_verdicts = Vec::with_capacity(request.records.len());
    for signed in &request.records {
        record_verdicts.push(record(app, device, key, signed).await?);
    }
    answer(app, caller, (&request, packed), verdicts, record_verdicts, &own).await
}

/// Nothing but that this is another life of the server. What was pushed rests on what this one may not have; the phone
/// keeps it, reads its feed from the beginning, and comes again.
async fn begin_anew(
    app: &App,
    caller: &ExchangeCaller,
    (request, packed): (&SyncRequest, &[u8]),
) -> Result<Vec<u8>, Problem> {
    let waits = |push: &DossierPush| vec![Verdict::Waits; push.changes.len()];
    let answer = SyncAnswer {
        protocol: PROTOCOL,
        request: request_id(packed),
        beacon: app.clock.now(),
        cursor: Cursor { incarnation: app.info.incarnation, n: 0 },
        more: true,
        verdicts: request.dossiers.iter().map(waits).collect(),
        record_verdicts: vec![RecordVerdict::Refused("another_life".to_owned()); request.records.len()],
        deltas: Vec::new(),
        manifests: Vec::new(),
        renewed: renewed(app, caller).await?,
    };
    let written = server::write_answer(&answer, &app.info.server, |message| app.keys.sign(message));
    written.ok_or_else(|| Problem::of(&problem::INTERNAL).because("an answer without news is too large"))
}

/// The next tokens, for a phone that came with a refresh token. Taken last: what fails before leaves the token unused.
async fn renewed(app: &App, caller: &ExchangeCaller) -> Result<Option<Renewed>, Problem> {
    match &caller.renews {
        Some(presented) => sessions::renew(app, presented, &caller.caller.device).await.map(Some),
        None => Ok(None),
    }
}

/// What this server itself had said of dossiers, by its own signature, as a phone brings it after a restore.
fn said_before(app: &App, request: &SyncRequest) -> BTreeMap<DossierId, Word> {
    let Some(after_restore) = &request.after_restore else { return BTreeMap::new() };
    let keys = app.keys.ever();
    let genuine = |signed: &SignedStanding| signed.verified(&app.info.server, &keys, &signature::verify);
    after_restore.standings.iter().filter_map(genuine).map(|word| (word.said.dossier, word)).collect()
}

/// Lets happen again what the server had said and forgot, as far as it needs no change and no record.
pub(crate) async fn take_back(app: &App, device: &Device, word: Word) -> Result<(), Problem> {
    let dossier = word.said.dossier;
    let _turn = app.turn(&dossier).await;
    for _ in 0..ATTEMPTS {
        let now = app.clock.now();
        let (mut state, held) = dossiers::load(&app.db.read, &app.keys, &dossier).await?;
        state.said = Some(as_far_as_known(app, word.clone()).await?);
        let unreadable = |cause: dossier::document::Unreadable| Problem::of(&problem::INTERNAL).because(cause);
        let Some(rows) = decide::take_back(&state, device, &rules(now)).map_err(unreadable)? else { return Ok(()) };
        match commit(app, &held, &rows, None, now).await {
            Ok(()) => tracing::info!(%dossier, events = rows.events.len(), "taken back after a restore"),
            Err(Failed::Stale) => continue,
            Err(failed) => return Err(failed.into()),
        }
    }
    Ok(())
}

/// Up to the first parcel of a courier who is not entered any more: nobody is fed who is not there.
async fn as_far_as_known(app: &App, mut word: Word) -> Result<Word, Failed> {
    for (n, event) in word.said.events.iter().enumerate() {
        if let What::HandedToPost(handover) = &event.what
            && !people::is_courier(&app.db.read, &handover.courier).await?
        {
            word.said.events.truncate(n);
            break;
        }
    }
    Ok(word)
}

/// The answer with as much news as fits; what does not fit comes with the next one.
async fn answer(
    app: &Arc<App>,
    caller: &ExchangeCaller,
    (request, packed): (&SyncRequest, &[u8]),
    verdicts: Vec<Vec<Verdict>>,
    record_verdicts: Vec<RecordVerdict>,
    pushed: &BTreeMap<DossierId, Own>,
) -> Result<Vec<u8>, Problem> {
    let (device, renewed) = (&caller.caller.device, renewed(app, caller).await?);
    let same_life = request.cursor.incarnation == app.info.incarnation;
    let forked = |verdicts: &[Verdict]| verdicts.iter().any(|v| matches!(v, Verdict::Forked(..)));
    let lines = request.dossiers.iter().zip(&verdicts);
    let echo: BTreeSet<DossierId> = lines.filter(|(_, v)| forked(v)).map(|(push, _)| push.dossier).collect();
    let reader = feed::Reader {
        person: device.person,
        device: device.thumbprint,
        courier: device.courier,
        after: if same_life { request.cursor.n } else { 0 },
        whole: request.after_restore.as_ref().is_some_and(|after| after.whole),
        pushed,
        echo: &echo,
    };
    for budget in [NEWS, NEWS / 4, 0] {
        let page = feed::read(&app.db.read, &app.keys, &reader, budget).await?;
        let said = SyncAnswer {
            protocol: PROTOCOL,
            request: request_id(packed),
            beacon: app.clock.now(),
            cursor: Cursor { incarnation: app.info.incarnation, n: page.n },
            more: page.more,
            verdicts: verdicts.clone(),
            record_verdicts: record_verdicts.clone(),
            deltas: page.deltas,
            manifests: page.manifests,
            renewed: renewed.clone(),
        };
        if let Some(answer) = write(app, said, page.bytes).await? {
            return Ok(answer);
        }
    }
    Err(Problem::of(&problem::INTERNAL).because("one dossier's news is larger than an answer may be"))
}

/// Packs and signs an answer with so many bytes of news; nothing if it is larger than an answer may be.
async fn write(app: &Arc<App>, said: SyncAnswer, bytes: usize) -> Result<Option<Vec<u8>>, Problem> {
    let write =
        |app: &App, said: &SyncAnswer| server::write_answer(said, &app.info.server, |message| app.keys.sign(message));
    if bytes <= LARGE {
        return Ok(write(app, &said));
    }
    let _permit = app.merges.acquire().await.map_err(|e| Problem::of(&problem::BUSY).because(e))?;
    let app = app.clone();
    let written = tokio::task::spawn_blocking(move || write(&app, &said)).await;
    written.map_err(|e| Problem::of(&problem::INTERNAL).because(e))
}

/// One dossier's part of a push: what was said to it, and what the answer needs of the dossier if it is the caller's and
/// here.
pub(crate) async fn push(
    app: &App,
    device: &Device,
    pushed: &DossierPush,
    believed: Evidence,
    said: Option<Word>,
) -> Result<(Vec<Verdict>, Option<Own>), Problem> {
    let _turn = app.turn(&pushed.dossier).await;
    for _ in 0..ATTEMPTS {
        let now = app.clock.now();
        let (mut state, held) = dossiers::load(&app.db.read, &app.keys, &pushed.dossier).await?;
        if let Some(word) = said.clone() {
            state.said = Some(as_far_as_known(app, word).await?);
        }
        let own = state.birth.as_ref().is_some_and(|birth| birth.owner == device.person);
        let decided = merge(app, state, pushed.clone(), Author::of(device), believed.clone(), now).await?;
        if !decided.refused.is_empty() {
            let what = (&decided.refused[..], decided.proof.as_ref());
            refused::keep(&app.db.write, &app.keys, &pushed.dossier, &device.thumbprint, what, now).await?;
            suspension::consider(app, &device.thumbprint, &decided.refused, now).await?;
        }
        let Some(rows) = decided.rows else {
            return Ok((decided.verdicts, own.then_some(Own { held, made: None })));
        };
        match commit(app, &held, &rows, None, now).await {
            Ok(()) => {
                let made = Some((rows.expected_version + 1, rows.events));
                return Ok((decided.verdicts, Some(Own { held, made })));
            }
            Err(Failed::Stale) => {}
            Err(failed) => return Err(failed.into()),
        }
    }
    Err(Problem::of(&problem::BUSY).because(Failed::Stale))
}

/// A merge takes about 0.6 ms of pure computing: off the threads that serve requests, a few at a time.
pub(crate) async fn merge(
    app: &App,
    state: DossierState,
    push: DossierPush,
    author: Author,
    believed: Evidence,
    now: Timestamp,
) -> Result<Pushed, Problem> {
    let _permit = app.merges.acquire().await.map_err(|e| Problem::of(&problem::BUSY).because(e))?;
    let decided = tokio::task::spawn_blocking(move || {
        decide::push_by(&state, &push, &author, &believed, &rules(now)).map_err(|e| format!("{e:?}"))
    });
    let decided = decided.await.map_err(|e| Problem::of(&problem::INTERNAL).because(e))?;
    decided.map_err(|cause| Problem::of(&problem::INTERNAL).because(cause))
}

async fn record(app: &App, device: &Device, key: &PublicKey, signed: &SignedRecord) -> Result<RecordVerdict, Problem> {
    for _ in 0..ATTEMPTS {
        match try_record(app, device, key, signed).await {
            Err(Failed::Stale) => {}
            done => return Ok(done?),
        }
    }
    Err(Problem::of(&problem::BUSY).because(Failed::Stale))
}

async fn try_record(
    app: &App,
    device: &Device,
    key: &PublicKey,
    signed: &SignedRecord,
) -> Result<RecordVerdict, Failed> {
    let now = app.clock.now();
    let chain = post::chain(&app.db.read, &device.thumbprint).await?;
    let (read, end) = match decide::read_record(signed, device, key, chain, &signature::verify) {
        Ok(read) => read,
        // Several records go in one exchange. If its answer is lost, all come again, the earlier ones of the chain too.
        Err(recorded) if recorded.is_of_the_past() => {
            let kept = kept(app, device, signed).await?;
            if kept.as_ref().is_some_and(Kept::awaits_its_parcel) {
                return recorded_again(app, device, signed, recorded.as_before(kept), now).await;
            }
            return Ok(recorded.as_before(kept));
        }
        Err(recorded) => return Ok(recorded.verdict),
    };
    let Some(place) = post::find_parcel(&app.db.read, &read.parcel).await? else {
        return not_taken(app, device, Recorded::of_no_parcel(end), now).await;
    };
    let _turn = app.turn(&place.dossier).await;
    let (state, held) = dossiers::load(&app.db.read, &app.keys, &place.dossier).await?;
    let list = post::find_manifest(&app.db.read, &place.dossier, &held.seal, &place.manifest).await?;
    let list = list.ok_or(Failed::Unreadable("manifest"))?;
    let recorded = decide::record(&state, signed, &read, end, &list.manifest, device, &rules(now));
    match &recorded.rows {
        Some(rows) => commit(app, &held, rows, None, now).await?,
        None => return not_taken(app, device, recorded, now).await,
    }
    Ok(recorded.verdict)
}

/// A record that came before its parcel was known again: its place in the chain it has had, now it may count.
async fn recorded_again(
    app: &App,
    device: &Device,
    signed: &SignedRecord,
    before: RecordVerdict,
    now: Timestamp,
) -> Result<RecordVerdict, Failed> {
    let read = signed.read().map_err(|_| Failed::Unreadable("record"))?;
    let Some(place) = post::find_parcel(&app.db.read, &read.parcel).await? else { return Ok(before) };
    let _turn = app.turn(&place.dossier).await;
    let (state, held) = dossiers::load(&app.db.read, &app.keys, &place.dossier).await?;
    let list = post::find_manifest(&app.db.read, &place.dossier, &held.seal, &place.manifest).await?;
    let list = list.ok_or(Failed::Unreadable("manifest"))?;
    let end = (read.counter, signed.hash());
    let recorded = decide::record(&state, signed, &read, end, &list.manifest, device, &rules(now));
    let Some(rows) = &recorded.rows else { return Ok(before) };
    commit(app, &held, rows, None, now).await?;
    Ok(recorded.verdict)
}

/// A record that touches no dossier: its place counts, and its reason is remembered with it.
async fn not_taken(app: &App, device: &Device, recorded: Recorded, now: Timestamp) -> Result<RecordVerdict, Failed> {
    if let Some((end, code)) = recorded.refusal() {
        let tx = commit::begin(app).await?;
        post::insert_refused(&tx, &device.thumbprint, end, code, now).await?;
        post::put_chain(&tx, &device.thumbprint, end).await?;
        tx.commit().await?;
    }
    Ok(recorded.verdict)
}

/// What is remembered of a record.
async fn kept(app: &App, device: &Device, signed: &SignedRecord) -> Result<Option<Kept>, Failed> {
    let hash = signed.hash();
    let place = match signed.read() {
        Ok(record) => post::find_parcel(&app.db.read, &record.parcel).await?,
        Err(_) => None,
    };
    if let Some(place) = place
        && let Some(disputed) = post::is_disputed(&app.db.read, &place.dossier, &hash).await?
    {
        return Ok(Some(if disputed { Kept::Disputed } else { Kept::Accepted }));
    }
    Ok(post::find_refused(&app.db.read, &device.thumbprint, &hash).await?.map(Kept::Refused))
}

/// What an officer asks for: a command as it stands, or that what another has proposed is carried out.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    Command(Command),
    ConfirmRecall,
}

impl Asked {
    fn act(&self) -> Act {
        match self {
            Self::Command(command) => Act::of(command),
            Self::ConfirmRecall => Act::ConfirmRecall,
        }
    }
}

/// One office command. The same id and body again is answered as the first time; the same id with another body is a
/// conflict. `answer` tells what the caller reads when it is done; it is saved in the same transaction.
pub(crate) async fn command(
    app: &App,
    staff: &Staff,
    dossier: &DossierId,
    (id, body, asked): (CommandId, CommandHash, &Asked),
    answer: impl Fn(&decide::Rows) -> Vec<u8>,
) -> Result<Vec<u8>, Problem> {
    if let Asked::Command(Command::HandToPost { courier, .. }) = asked
        && !people::is_courier(&app.db.read, courier).await?
    {
        let sentence = Sentence::new("command-unknown-courier");
        return Err(said_no(decide::CommandRefused { code: "unknown_courier", sentence }));
    }
    let _turn = app.turn(dossier).await;
    for _ in 0..ATTEMPTS {
        let now = app.clock.now();
        reached(app, staff, dossier, asked.act()).await?;
        let (state, held) = dossiers::load(&app.db.read, &app.keys, dossier).await?;
        if let Some(done) = commands::find(&app.db.read, dossier, &held.seal, &id).await? {
            let same = done.body == body;
            return if same { Ok(done.answer) } else { Err(Problem::of(&problem::COMMAND_REUSED)) };
        }
        // Asked of what is new only: an answer that was lost is told again however late.
        if policy::is_final(asked.act()) && !staff.fresh {
            return Err(Problem::of(&problem::STEP_UP));
        }
        let command = match asked {
            Asked::Command(command) => command.clone(),
            Asked::ConfirmRecall => recall::agreed(app, dossier, &held.seal, &state.events).await?,
        };
        let serial = commands::next_serial(&app.db.read, app.info.incarnation, &staff.officer.unit, now).await?;
        let rows = decide::command(&state, &command, &staff.officer, serial, &rules(now)).map_err(said_no)?;
        let done = Done { id, body, answer: answer(&rows) };
        match commit(app, &held, &rows, Some(&done), now).await {
            Ok(()) => {
                if matches!(asked, Asked::ConfirmRecall)
                    && let Err(cause) = recall::decided(app, dossier).await
                {
                    tracing::warn!(%dossier, %cause, "a proposal that was decided is still there, and serves for nothing");
                }
                return Ok(done.answer);
            }
            Err(Failed::Stale) => {}
            Err(failed) => return Err(failed.into()),
        }
    }
    Err(Problem::of(&problem::BUSY).because(Failed::Stale))
}

/// Whether a member of staff may do this to a dossier; of one that is nothing to them, they are told that it is not there.
pub(crate) async fn reached(app: &App, staff: &Staff, dossier: &DossierId, act: Act) -> Result<(), Problem> {
    let unit = desk::find(&app.db.read, dossier).await?.and_then(|filed| filed.card.unit);
    if !staff.reaches(Act::Command, unit.as_ref()) {
        return Err(Problem::of(&problem::NOT_FOUND));
    }
    if !staff.reaches(act, unit.as_ref()) {
        return Err(Problem::of(&problem::NOT_PERMITTED).because(staff.role));
    }
    Ok(())
}

pub(crate) fn said_no(refused: decide::CommandRefused) -> Problem {
    if refused.code == problem::NOT_FOUND.code {
        return Problem::of(&problem::NOT_FOUND);
    }
    let say = |language| refused.sentence.say(language);
    Problem::refused(refused.code, say(Language::Vietnamese), say(Language::English))
}

/// What every decision of this moment goes by.
pub(crate) fn rules(now: Timestamp) -> Rules<'static> {
    Rules { now, catalogue: Catalogue::built_in(), calendar: Calendar::built_in(), entropy: random() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::{MONDAY, server};
    use crate::auth::dpop::tests::PhoneKey;
    use dossier::delivery::{DeliveryRecord, DoorOutcome, FailureReason};
    use dossier::ids::{ParcelId, PersonId};
    use dossier::wire::to_bytes;

    #[tokio::test]
    async fn a_refused_record_whose_answer_was_lost_is_refused_again_for_the_same_reason() {
        let (_dir, app) = server().await;
        let (phone, person) = (PhoneKey::new(), PersonId::from_bytes([7; 16]));
        let key = phone.public();
        let device = Device { person, thumbprint: key.thumbprint(), courier: true };
        let signed = |counter: u64, previous: [u8; 32], elapsed_ms: u64| {
            let record = DeliveryRecord {
                parcel: ParcelId::from_bytes([8; 16]),
                manifest: [0; 32],
                outcome: DoorOutcome::Failed(FailureReason::Absent),
                counter,
                previous,
                wall_clock: MONDAY,
                boot: 1,
                elapsed_ms,
                beacon: MONDAY,
                place: None,
                photo: None,
                signature_image: None,
            };
            let record = to_bytes(&record);
            SignedRecord { signature: phone.sign(&SignedRecord::message(&record)), record }
        };
        let first = signed(1, [0; 32], 1);
        let second = signed(2, first.hash(), 2);
        let said = |code: &str| RecordVerdict::Refused(code.into());
        for sent in [&first, &second, &first, &second] {
            assert_eq!(record(&app, &device, &key, sent).await.unwrap(), said("not_on_manifest"));
        }
        let other = signed(1, [0; 32], 3);
        assert_eq!(record(&app, &device, &key, &other).await.unwrap(), said("record_forked"));
    }
}
