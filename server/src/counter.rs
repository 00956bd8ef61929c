//! An officer writes what a citizen at the counter says (tiếp nhận tại quầy). The citizen is the one who transacts; the
//! changes are the server's, signed with its key, judged as anybody's, and name both.

use crate::app::App;
use crate::auth::policy::{Act, Staff};
use crate::auth::signature;
use crate::commit::commit;
use crate::problem::{self, Problem};
use crate::seal::random;
use crate::store::commands::{self, Done};
use crate::store::{Failed, dossiers, people};
use crate::{decide, enrolment, papers};
use dossier::act::Behalf;
use dossier::decide::{Author, Counter, Course, DossierState, Entry, Evidence};
use dossier::document::Document;
use dossier::exchange::{push_leaf, push_message, server};
use dossier::ids::{ActId, CitizenNumber, CommandHash, CommandId, DossierId, PaperHash, PersonId, ServerLine};
use dossier::layout::{FieldKey, LAYOUT, PaperInfo, PaperKey, PaperKind};
use dossier::merkle;
use dossier::procedure::{Catalogue, Procedure, Severity, clean_line};
use dossier::sentence::{Language, Sentence};
use dossier::status::Status;
use dossier::wire::{DossierPush, Open, Verdict};
use std::collections::BTreeMap;

/// How often an entry is decided before the officer is asked to come back.
const ATTEMPTS: usize = 3;
/// Of a paper's name, in characters.
const NAME_MAX: usize = 120;

/// Who stands at the counter, by the card that they show, and what for.
pub(crate) struct Visit {
    pub name: String,
    pub number: CitizenNumber,
    pub procedure: &'static Procedure,
}

/// An officer at work on one dossier.
pub(crate) struct Desk<'a> {
    pub app: &'a App,
    pub staff: &'a Staff,
    pub dossier: DossierId,
}

impl Desk<'_> {
    /// Begins the dossier, or goes on with it: fields as they were typed. The same once more changes nothing.
    pub(crate) async fn fill(&self, visit: &Visit, fields: &BTreeMap<String, Option<String>>) -> Result<(), Problem> {
        let typed = fields.iter().map(|(key, text)| typed(visit.procedure, key, text.as_deref()));
        let typed = typed.collect::<Result<Vec<_>, _>>()?;
        let person = self.citizen(visit).await?;
        let open =
            Open { layout: LAYOUT, procedure: visit.procedure.code.clone(), catalogue: Catalogue::built_in().version };
        self.enter(Some((person, &open)), &Entry::Fields(typed), None).await
    }

    /// Adds a paper for a component.
    pub(crate) async fn attach(&self, component: &str, name: &str, bytes: &[u8]) -> Result<PaperHash, Problem> {
        let kind = PaperKind::of(bytes).ok_or_else(|| Problem::of(&problem::PAPER_KIND))?;
        let hash = PaperHash(crate::book::sha256(bytes));
        let name: String = clean_line(name).chars().filter(|c| *c != '/').take(NAME_MAX).collect();
        let key: PaperKey = format!("{component}/{hash}").parse().map_err(|_| Problem::of(&problem::NOT_FOUND))?;
        let info = PaperInfo { kind, size: bytes.len() as u32, name };
        self.enter(None, &Entry::Paper(key, info), None).await?;
        papers::store(self.app, &self.dossier, &hash, bytes).await?;
        Ok(hash)
    }

    pub(crate) async fn detach(&self, component: &str, hash: &PaperHash) -> Result<(), Problem> {
        let key = format!("{component}/{hash}").parse().map_err(|_| Problem::of(&problem::NOT_FOUND))?;
        self.enter(None, &Entry::NoPaper(key), None).await
    }

    /// Hands in what stands there, to the officer's own unit, or what that unit had asked for.
    pub(crate) async fn hand_in(
        &self,
        behalf: Option<Behalf>,
        (id, body): (CommandId, CommandHash),
    ) -> Result<(), Problem> {
        if behalf.as_ref().is_some_and(|behalf| !behalf.is_sound()) {
            return Err(said_no("behalf_incomplete", &Sentence::new("refused-behalf-incomplete")));
        }
        let now = self.app.clock.now();
        let random: [u8; 10] = random();
        let act = uuid::Builder::from_unix_timestamp_millis(now.0.max(0) as u64, &random).into_uuid();
        let entry = Entry::HandIn(ActId(act), self.staff.officer.unit.clone(), behalf);
        self.enter(None, &entry, Some(Done { id, body, answer: Vec::new() })).await
    }

    async fn citizen(&self, visit: &Visit) -> Result<PersonId, Problem> {
        let app = self.app;
        let known = people::find_person(&app.db.read, &app.keys, &visit.number).await?;
        if let Some(known) = known
            && people::is_named_otherwise(&app.db.read, &app.keys, &known, &visit.name).await?
        {
            return Err(Problem::of(&problem::NAMED_OTHERWISE));
        }
        Ok(enrolment::enter(app, &visit.name, &visit.number, false).await?)
    }

    async fn enter(&self, begin: Option<(PersonId, &Open)>, entry: &Entry, done: Option<Done>) -> Result<(), Problem> {
        let app = self.app;
        let _turn = app.turn(&self.dossier).await;
        for _ in 0..ATTEMPTS {
            let now = app.clock.now();
            let (state, held) = dossiers::load(&app.db.read, &app.keys, &self.dossier).await?;
            let (author, open) = self.author(&state, begin)?;
            let counter = Counter { state: &state, author: &author, open: &open };
            let course = Course::of(&state.events);
            self.must_be_theirs(&counter, &course)?;
            if let Some(asked) = &done
                && let Some(before) = commands::find(&app.db.read, &self.dossier, &held.seal, &asked.id).await?
            {
                let same = before.body == asked.body;
                return if same { Ok(()) } else { Err(Problem::of(&problem::COMMAND_REUSED)) };
            }
            let unreadable = |cause| Problem::of(&problem::INTERNAL).because(cause);
            let Some(push) = counter.push(entry, &course.status).map_err(unreadable)? else { return Ok(()) };
            let Some(evidence) = self.signed(&push) else { continue };
            let decided = decide::merge(app, state.clone(), push, author, evidence, now).await?;
            let Some(rows) = decided.rows else { return Err(refused(&state, decided.verdicts.first())) };
            match commit(app, &held, &rows, done.as_ref(), now).await {
                Ok(()) => return Ok(()),
                Err(Failed::Stale) => {}
                Err(failed) => return Err(failed.into()),
            }
        }
        Err(Problem::of(&problem::BUSY).because(Failed::Stale))
    }

    fn author(&self, state: &DossierState, begin: Option<(PersonId, &Open)>) -> Result<(Author, Open), Problem> {
        let (citizen, open) = match (&state.birth, begin) {
            (Some(birth), None) => (birth.owner, birth.open.clone()),
            (Some(birth), Some((person, open))) if birth.owner == person && birth.open.procedure == open.procedure => {
                (person, birth.open.clone())
            }
            (None, Some((person, open))) => (person, open.clone()),
            _ => return Err(Problem::of(&problem::NOT_FOUND)),
        };
        let line = ServerLine { key: self.app.keys.public().thumbprint(), incarnation: self.app.info.incarnation };
        Ok((Author::at_counter(&self.staff.officer, citizen, line), open))
    }

    /// A draft is nobody's but of the officer who began it with the citizen; what was handed in is its unit's.
    fn must_be_theirs(&self, counter: &Counter<'_>, course: &Course) -> Result<(), Problem> {
        let theirs = match course.status {
            Status::Draft => counter.state.birth.is_none() || counter.is_begun_here(),
            _ => self.staff.reaches(Act::AtCounter, course.unit.as_ref()),
        };
        if theirs { Ok(()) } else { Err(Problem::of(&problem::NOT_FOUND)) }
    }

    /// The server's own signature, as a device signs its push. Nothing if its key was just changed: decided again.
    fn signed(&self, push: &DossierPush) -> Option<Evidence> {
        let (server, key) = (&self.app.info.server, self.app.keys.public());
        let root = merkle::root(&[push_leaf(server, push)]);
        let signature = self.app.keys.sign(&push_message(server, &root));
        let push = std::slice::from_ref(push);
        server::evidence(push, Some(&signature), server, &key, &signature::verify).ok()?.pop()
    }
}

fn typed(
    procedure: &Procedure,
    key: &str,
    text: Option<&str>,
) -> Result<(FieldKey, Option<dossier::layout::Value>), Problem> {
    let unknown = || said_no("unknown_key", &Sentence::new("refused-unknown-field").with("key", "…"));
    let key: FieldKey = key.parse().map_err(|_| unknown())?;
    let field = procedure.field(&key).ok_or_else(unknown)?;
    let wrong = |_| {
        let sentence =
            |language| Sentence::new("refused-wrong-type").with("field", field.label.say(language)).say(language);
        Problem::refused("wrong_type", sentence(Language::Vietnamese), sentence(Language::English))
    };
    Ok((key.clone(), field.typed(text).map_err(wrong)?))
}

/// Why an entry did not come in; of a form that is not whole, all that is missing.
fn refused(state: &DossierState, verdict: Option<&Verdict>) -> Problem {
    let code = match verdict {
        Some(Verdict::Refused(code)) => code.as_str(),
        Some(Verdict::MissingPapers(_) | Verdict::Waits) => "missing_papers",
        Some(Verdict::Locked) => "locked",
        _ => "refused",
    };
    let missing = |language: Language| {
        let procedure = state.birth.as_ref().and_then(|birth| Catalogue::built_in().procedure(&birth.open.procedure));
        let document = state.document.as_ref().and_then(|saved| Document::load(saved).ok());
        let found = procedure.zip(document).map(|(procedure, document)| procedure.findings(&document.project()));
        let errors = found.into_iter().flatten().filter(|finding| finding.severity == Severity::Error);
        errors.map(|finding| finding.message.say(language)).collect::<Vec<_>>().join(" ")
    };
    let say = |language| match code {
        "has_findings" => missing(language),
        code => Sentence::new("refused-by-server").with("code", code).say(language),
    };
    Problem::refused(stable(code), say(Language::Vietnamese), say(Language::English))
}

/// Codes of the judging are stable and of the program; a problem's lives as long.
fn stable(code: &str) -> &'static str {
    const KNOWN: [&str; 10] = [
        "has_findings",
        "missing_papers",
        "locked",
        "conflict_unresolved",
        "too_many_papers",
        "unknown_key",
        "nothing_supplied",
        "wrong_status",
        "dossier_full",
        "ended",
    ];
    KNOWN.into_iter().find(|known| *known == code).unwrap_or("refused")
}

fn said_no(code: &'static str, sentence: &Sentence) -> Problem {
    Problem::refused(code, sentence.say(Language::Vietnamese), sentence.say(Language::English))
}
