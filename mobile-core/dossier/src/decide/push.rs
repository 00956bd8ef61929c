//! Somebody's changes, a device's or those that the server makes at the counter: each is judged, an act becomes an event, and the trial of what is left is the merge.

mod act;
mod lost;

use super::{Author, Birth, ChangeRow, Course, Device, DossierState, Evidence, Proof, Rows, Rules};
use crate::admit::{Allow, Gate, Judged, Refusal, Writes};
use crate::allow::{self, Path, Place};
use crate::delivery::Manifest;
use crate::document::{Document, Unreadable};
use crate::event::{Event, What};
use crate::exchange::change_hash;
use crate::ids::{Actor, ChangeHash, ContentHash, Epoch, PersonId};
use crate::layout::LAYOUT;
use crate::prescan;
use crate::procedure::Procedure;
use crate::standing::SignedStanding;
use crate::status::Status;
use crate::wire::{Blob, DossierPush, Verdict};
use act::{NotTaken, Taken};
use lost::Lost;
use std::collections::BTreeSet;

/// What became of a push.
#[derive(Clone, Debug)]
pub struct Pushed {
    /// By position.
    pub verdicts: Vec<Verdict>,
    /// `None` when nothing is to be written.
    pub rows: Option<Rows>,
    /// What an honest client of an untouched phone does not send.
    pub refused: Vec<RefusedChange>,
    /// Of the worst of it, if it is an attack or a second content: that the device signed for it.
    pub proof: Option<Proof>,
}

/// A second content for a number that has one. Honest phones send it too, put back from their own older copy.
const FORKED: &str = "forked";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusedChange {
    pub hash: ChangeHash,
    pub code: &'static str,
    /// Our own client cannot make such a change.
    pub attack: bool,
}

/// Decides about one dossier's part of a push, whose signature has been verified. An error means that our own saved
/// document cannot be read.
pub fn push(
    state: &DossierState,
    push: &DossierPush,
    device: &Device,
    evidence: &Evidence,
    rules: &Rules<'_>,
) -> Result<Pushed, Unreadable> {
    push_by(state, push, &Author::of(device), evidence, rules)
}

/// The same of whoever made the changes.
pub fn push_by(
    state: &DossierState,
    push: &DossierPush,
    author: &Author,
    evidence: &Evidence,
    rules: &Rules<'_>,
) -> Result<Pushed, Unreadable> {
    let birth = match birth(state, push, author.person, rules) {
        Ok(birth) => birth,
        Err(code) => return Ok(Pushed::refuse_all(push, code)),
    };
    let Some(procedure) = rules.catalogue.procedure(&birth.open.procedure) else {
        return Ok(Pushed::refuse_all(push, "unknown_procedure"));
    };
    if let Some(newer) = state.newer_line(&author.key, push.epoch) {
        let forked = Verdict::Forked(newer.epoch, newer.seq, newer.tip);
        let verdicts = vec![forked; push.changes.len()];
        let first = push.changes.first().map(|change| RefusedChange::forked(change_hash(&change.0)));
        let pushed = Pushed { verdicts, rows: None, refused: first.into_iter().collect(), proof: None };
        return Ok(pushed.proven(push, evidence));
    }
    // What passed the gate and still fails the trial is found and barred; each round bars one more.
    let mut barred = BTreeSet::new();
    loop {
        let mut judging = Judging::new(state, push.epoch, author, &birth, procedure, rules)?;
        let verdicts: Vec<Verdict> = push.changes.iter().map(|change| judging.change(change, &barred)).collect();
        judging.take_back();
        match judging.finish() {
            Ok(finished) => {
                let pushed = finished.into_pushed(state, push, verdicts, evidence, birth, author);
                return Ok(pushed.proven(push, evidence));
            }
            Err(culprit) => barred.insert(culprit),
        };
    }
}

/// What the server had said of a dossier and forgot, as far as it needs nobody else to happen again; `None` where there is
/// nothing of that kind.
pub fn take_back(state: &DossierState, device: &Device, rules: &Rules<'_>) -> Result<Option<Rows>, Unreadable> {
    let Some(birth) = state.birth.as_ref().filter(|birth| birth.owner == device.person) else { return Ok(None) };
    let Some(procedure) = rules.catalogue.procedure(&birth.open.procedure) else { return Ok(None) };
    let author = Author::of(device);
    let mut judging = Judging::new(state, 0, &author, birth, procedure, rules)?;
    judging.take_back();
    Ok(judging.happened_again())
}

/// The dossier's birth: the stored one for its owner, the pushed one for a new dossier. Anybody else gets the answer
/// for a dossier that is not there.
fn birth(state: &DossierState, push: &DossierPush, person: PersonId, rules: &Rules<'_>) -> Result<Birth, &'static str> {
    match (&state.birth, &push.open) {
        (Some(birth), _) if birth.owner != person => Err("not_found"),
        (Some(birth), Some(open)) if birth.open != *open => Err("opened_differently"),
        (Some(birth), _) => Ok(birth.clone()),
        (None, None) => Err("not_found"),
        (None, Some(open)) => {
            if open.layout != LAYOUT {
                return Err("unknown_layout");
            }
            if open.catalogue != rules.catalogue.version {
                return Err("unknown_catalogue");
            }
            if push.dossier.0.get_version_num() != 7 {
                return Err("bad_dossier_id");
            }
            Ok(Birth { owner: person, open: open.clone() })
        }
    }
}

impl Pushed {
    fn refuse_all(push: &DossierPush, code: &'static str) -> Self {
        let verdicts = vec![Verdict::Refused(code.to_owned()); push.changes.len()];
        Self { verdicts, rows: None, refused: Vec::new(), proof: None }
    }

    /// With the proof of what weighs most: for an attack its device is shut out.
    fn proven(mut self, push: &DossierPush, evidence: &Evidence) -> Self {
        let attack = self.refused.iter().find(|change| change.attack);
        let worst = attack.or_else(|| self.refused.iter().find(|change| change.code == FORKED));
        self.proof = worst.and_then(|worst| Proof::of(&worst.hash, push, evidence));
        self
    }
}

impl RefusedChange {
    fn forked(hash: ChangeHash) -> Self {
        Self { hash, code: FORKED, attack: false }
    }
}

/// A push in the middle of being judged.
struct Judging<'a> {
    state: &'a DossierState,
    author: &'a Author,
    birth: &'a Birth,
    procedure: &'a Procedure,
    rules: &'a Rules<'a>,
    epoch: Epoch,
    actor: Actor,
    gate: Gate,
    course: Course,
    events: Vec<Event>,
    changes: Vec<ChangeRow>,
    frozen: Vec<(ContentHash, Vec<u8>)>,
    refused: Vec<RefusedChange>,
    not_in: BTreeSet<ChangeHash>,
    waiting: BTreeSet<ChangeHash>,
    /// What happened before a restore and is to happen again, in its order.
    lost: Lost,
    manifest: Option<Manifest>,
}

/// A judged push whose trial went well.
struct Finished {
    changes: Vec<ChangeRow>,
    events: Vec<Event>,
    frozen: Vec<(ContentHash, Vec<u8>)>,
    refused: Vec<RefusedChange>,
    saved: Option<Vec<u8>>,
    manifest: Option<Manifest>,
    taken_back: Option<SignedStanding>,
}

impl<'a> Judging<'a> {
    fn new(
        state: &'a DossierState,
        epoch: Epoch,
        author: &'a Author,
        birth: &'a Birth,
        procedure: &'a Procedure,
        rules: &'a Rules<'a>,
    ) -> Result<Self, Unreadable> {
        let document = match &state.document {
            Some(saved) => Document::load(saved)?,
            None => Document::genesis(birth.open.layout, &state.id),
        };
        Ok(Self {
            state,
            author,
            birth,
            procedure,
            rules,
            epoch,
            actor: author.actor(&state.id, epoch),
            gate: Gate::new(document),
            course: Course::of(&state.events),
            events: Vec::new(),
            changes: Vec::new(),
            frozen: Vec::new(),
            refused: Vec::new(),
            not_in: BTreeSet::new(),
            waiting: BTreeSet::new(),
            lost: Lost::of(state, birth),
            manifest: None,
        })
    }

    fn change(&mut self, change: &Blob, barred: &BTreeSet<ChangeHash>) -> Verdict {
        let hash = change_hash(&change.0);
        if self.gate.has(&hash) {
            return Verdict::Already;
        }
        if barred.contains(&hash) {
            return self.refuse(hash, Refusal::Trial);
        }
        self.take_back();
        let was_in = self.lost.had(&hash);
        let open = |place| was_in || allow::may_be_open(&self.course.status, place);
        let procedure = self.procedure;
        let allow = Allow {
            form: open(Place::Form),
            papers: open(Place::Papers),
            acts: open(Place::Acts),
            draft: self.course.status == Status::Draft,
            field: &|key| procedure.allows_key(key),
            component: &|id| procedure.component(id).is_some(),
        };
        match self.gate.judge(&change.0, &self.actor, &allow) {
            Ok(judged) => self.consider(change, judged),
            Err(Refusal::MissingDependency(_)) => self.missing_dependency(change, hash),
            Err(Refusal::Forked { seq, tip }) => {
                self.not_in.insert(hash);
                self.refused.push(RefusedChange::forked(hash));
                Verdict::Forked(self.epoch, seq, tip)
            }
            Err(Refusal::Locked) => self.locked(hash),
            Err(refusal) => self.refuse(hash, refusal),
        }
    }

    fn locked(&mut self, hash: ChangeHash) -> Verdict {
        self.not_in.insert(hash);
        Verdict::Locked
    }

    /// A change may stand on one of this push that did not get in; then it shares its fate and is no attack.
    fn missing_dependency(&mut self, change: &Blob, hash: ChangeHash) -> Verdict {
        let deps = prescan::prescan(&change.0).map(|header| header.deps).unwrap_or_default();
        let missing = deps.iter().find(|d| !self.gate.has(d)).copied().unwrap_or(hash);
        if deps.iter().any(|d| self.waiting.contains(d)) {
            self.waiting.insert(hash);
            Verdict::Waits
        } else if deps.iter().any(|d| self.not_in.contains(d)) {
            self.not_in.insert(hash);
            Verdict::DependsOnRefused
        } else {
            self.refuse(hash, Refusal::MissingDependency(missing))
        }
    }

    fn refuse(&mut self, hash: ChangeHash, refusal: Refusal) -> Verdict {
        self.refuse_as(hash, refusal.code(), refusal.is_attack())
    }

    fn refuse_as(&mut self, hash: ChangeHash, code: &'static str, attack: bool) -> Verdict {
        self.not_in.insert(hash);
        self.refused.push(RefusedChange { hash, code, attack });
        Verdict::Refused(code.to_owned())
    }

    /// A well-formed change: is its writer allowed to write this, now?
    fn consider(&mut self, change: &Blob, judged: Judged) -> Verdict {
        let hash = judged.hash;
        match &judged.writes {
            Writes::Edit { fields, papers } => {
                let paths = fields.iter().map(Path::Field).chain(papers.iter().map(Path::Paper));
                for path in paths {
                    if self.lost.had(&hash) {
                        break;
                    }
                    if allow::write(&self.course.status, self.course.supplement.as_ref(), &path).is_err() {
                        return self.locked(hash);
                    }
                }
                self.admit(change, judged);
                Verdict::Accepted
            }
            Writes::Act(id, _) if self.lost.is_due_later(id, &self.author.by) => {
                self.waiting.insert(hash);
                Verdict::Waits
            }
            Writes::Act(id, _) if self.lost.is_due_now(id, &self.author.by) => match self.again(&judged.deps) {
                Ok(frozen) => {
                    self.admit(change, judged);
                    self.frozen.extend(frozen);
                    self.happens_again();
                    Verdict::Accepted
                }
                Err(NotTaken::Lacking(hashes)) => {
                    self.waiting.insert(hash);
                    Verdict::MissingPapers(hashes)
                }
                Err(NotTaken::Refused(code)) => self.refuse_as(hash, code, false),
            },
            Writes::Act(id, act) => match self.act(*id, act.clone(), &judged.deps) {
                Ok(Taken { what, frozen }) => {
                    self.admit(change, judged);
                    self.happened(what);
                    self.frozen.extend(frozen);
                    Verdict::Accepted
                }
                Err(NotTaken::Lacking(hashes)) => {
                    self.waiting.insert(hash);
                    Verdict::MissingPapers(hashes)
                }
                Err(NotTaken::Refused(code)) => self.refuse_as(hash, code, false),
            },
        }
    }

    fn admit(&mut self, change: &Blob, judged: Judged) {
        self.changes.push(ChangeRow {
            hash: judged.hash,
            actor: self.actor,
            device: self.author.key,
            epoch: self.epoch,
            seq: judged.seq,
            bytes: change.0.clone(),
        });
        self.gate.keep(judged);
    }

    fn happened(&mut self, what: What) {
        let seq = self.state.events.len() + self.events.len() + 1;
        let by = self.author.by.clone();
        self.events.push(Event { seq: seq as u32, at: self.rules.now, by, what });
        self.course = Course::of(&self.all_events());
    }

    fn all_events(&self) -> Vec<Event> {
        self.state.events.iter().chain(&self.events).cloned().collect()
    }

    /// Stage 7: the trial is the merge. On failure, the change to bar before the next round.
    fn finish(self) -> Result<Finished, ChangeHash> {
        let Self { gate, changes, events, frozen, refused, state, birth, manifest, lost, .. } = self;
        let taken_back = lost::word(state, lost.happened);
        if changes.is_empty() {
            return Ok(Finished { changes, events, frozen, refused, saved: None, manifest, taken_back });
        }
        match gate.trial() {
            Ok((_, saved)) => {
                Ok(Finished { changes, events, frozen, refused, saved: Some(saved), manifest, taken_back })
            }
            Err(_) => Err(culprit(state, birth, &changes)),
        }
    }
}

/// The first admitted change with which a trial fails. They were all judged well-formed in this order, so they are
/// applied without judging; the last one, if no shorter batch fails.
fn culprit(state: &DossierState, birth: &Birth, changes: &[ChangeRow]) -> ChangeHash {
    let last = changes.last().map_or(ChangeHash([0; 32]), |c| c.hash);
    let document = match &state.document {
        Some(saved) => Document::load(saved),
        None => Ok(Document::genesis(birth.open.layout, &state.id)),
    };
    let Ok(mut document) = document else { return last };
    for change in changes {
        let applied = document.apply(&[Blob(change.bytes.clone())]);
        if applied.is_err() || Document::load(&document.save()).is_err() {
            return change.hash;
        }
    }
    last
}

impl Finished {
    fn into_pushed(
        self,
        state: &DossierState,
        push: &DossierPush,
        verdicts: Vec<Verdict>,
        evidence: &Evidence,
        birth: Birth,
        author: &Author,
    ) -> Pushed {
        let Self { changes, events, frozen, refused, saved, manifest, taken_back } = self;
        if changes.is_empty() {
            let rows = lost::rows(state, &birth, events, manifest);
            return Pushed { verdicts, rows, refused, proof: None };
        }
        let mut evidence = evidence.clone();
        if let Some(last) = changes.last().filter(|last| last.hash != evidence.tip) {
            let rest = push.changes.iter().skip_while(|c| change_hash(&c.0) != last.hash).skip(1);
            evidence.rest = rest.cloned().collect();
        }
        let rows = Rows {
            changes,
            evidence: Some(evidence),
            document: saved,
            frozen,
            taken_back,
            origin: Some(author.key),
            birth: state.birth.is_none().then(|| birth.clone()),
            ..Rows::of(state, &birth, events).listing(manifest)
        };
        Pushed { verdicts, rows: Some(rows), refused, proof: None }
    }
}
