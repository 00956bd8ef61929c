//! Reading: the list, one dossier in full, and why something waits.

use super::catalogue::value_text;
use super::{Client, dossier_id, procedure_of};
use crate::account::{Heard, Remembered};
use crate::error::Error;
use crate::shelf::{self, CardRow};
use crate::storage::{Kind, Store};
use crate::tell;
use crate::view::{
    AsideView, CardView, DetailView, FieldView, FindingView, ListView, PaperView, PlaceView, PostView, RequestView,
    StepView,
};
use dossier::act::Act;
use dossier::allow::Path;
use dossier::decide::Course;
use dossier::document::Document;
use dossier::event::{Event, What};
use dossier::ids::{ContentHash, DossierId, PaperHash};
use dossier::layout::{FieldKey, Frozen, PaperKey, Projection, Value};
use dossier::procedure::{Catalogue, FieldKind, Procedure, Severity};
use dossier::replica::{Intent, Replica, WriteRefused};
use dossier::sentence::{Language, Sentence};
use dossier::status::Status;
use dossier::time::Timestamp;
use std::collections::BTreeSet;

/// What an act is refused for that hands in a form with errors.
pub(super) const HAS_FINDINGS: &str = "has_findings";

impl Client {
    /// Every dossier of the account, the last moved first.
    pub fn list(&self) -> Result<ListView, Error> {
        self.with(|store| {
            let mut rows = shelf::cards(store)?;
            // Ids begin with the moment of birth: the newest draft stands above older ones.
            rows.sort_by(|(a, x), (b, y)| (y.moved_at, b).cmp(&(x.moved_at, a)));
            let cards = rows.iter().map(|(id, row)| self.card(id, row)).collect();
            Ok(ListView { cards, freshness: self.freshness(store)? })
        })
    }

    /// One dossier in full.
    pub fn detail(&self, dossier: &str) -> Result<DetailView, Error> {
        let id = dossier_id(dossier)?;
        self.with(|store| {
            let replica = shelf::load(store, &id)?;
            let row = shelf::card(&replica);
            Detail::of(self, store, &replica)?.view(self.card(&id, &row))
        })
    }

    /// Why a dossier is where it is: what it waits for, and whose move it is.
    pub fn why(&self, dossier: &str) -> Result<String, Error> {
        let id = dossier_id(dossier)?;
        self.with(|store| {
            let replica = shelf::load(store, &id)?;
            let sentences = tell::why(&replica, procedure_of(&replica)?, self.now(store)?);
            let mut said: Vec<String> = sentences.iter().map(|s| self.say(s)).collect();
            if !replica.set_aside.is_empty() {
                let detail = Detail::of(self, store, &replica)?;
                let line = |aside: AsideView| format!("{}. {}: {}", aside.number, aside.what, aside.reason);
                said.extend(detail.set_aside().into_iter().map(line));
                if replica.set_aside.iter().any(|aside| aside.code == HAS_FINDINGS) {
                    let found = found(detail.procedure, &detail.projection, self.now(store)?, self.language);
                    said.extend(found.iter().filter(|f| f.is_error).map(|f| self.say(&f.sentence())));
                }
            }
            Ok(said.join("\n"))
        })
    }

    /// What is wrong or doubtful in a dossier, as the server will see it.
    pub fn findings(&self, dossier: &str) -> Result<Vec<FindingView>, Error> {
        let id = dossier_id(dossier)?;
        self.with(|store| {
            let replica = shelf::load(store, &id)?;
            let projection = replica.projection().map_err(WriteRefused::from)?;
            Ok(found(procedure_of(&replica)?, &projection, self.now(store)?, self.language))
        })
    }

    pub(super) fn freshness(&self, store: &Store) -> Result<String, Error> {
        let beacon = Heard::read(store)?.and_then(|heard| heard.beacon);
        Ok(self.say(&tell::freshness(beacon)))
    }

    fn card(&self, id: &DossierId, row: &CardRow) -> CardView {
        let known = Catalogue::built_in().procedure(&row.procedure);
        let name = known.map_or_else(|| row.procedure.to_string(), |p| p.name.say(self.language).to_owned());
        CardView {
            dossier: id.to_string(),
            procedure: row.procedure.to_string(),
            procedure_name: name,
            status: row.status,
            status_key: row.status_key.clone(),
            status_name: self.say(&Sentence::new(status_sentence(&row.status_key))),
            code: row.code.as_ref().map(ToString::to_string),
            due: row.due.map(|due| due.0),
            due_text: row.due.map(|due| due.to_string()),
            moved_at: row.moved_at.map(|at| at.0),
            progress: row.progress,
            progress_text: self.say(&tell::progress(row.progress)),
            unsent: row.unsent,
        }
    }
}

/// As the server finds it: by its rules and on its day.
pub(super) fn found(
    procedure: &Procedure,
    projection: &Projection,
    now: Timestamp,
    language: Language,
) -> Vec<FindingView> {
    let field = |key: &FieldKey| procedure.field(key).map(|f| f.label.say(language).to_owned());
    let component = |id: &String| procedure.component(id).map(|c| c.name.say(language).to_owned());
    let view = |f: dossier::procedure::Finding| FindingView {
        code: f.code.as_str().to_owned(),
        label: f.field.as_ref().and_then(field).or_else(|| f.component.as_ref().and_then(component)),
        field: f.field.as_ref().map(ToString::to_string),
        component: f.component,
        is_error: f.severity == Severity::Error,
        message: f.message.say(language),
    };
    procedure.findings_on(projection, now.day()).into_iter().map(view).collect()
}

/// One dossier while its view is being put together.
struct Detail<'a> {
    client: &'a Client,
    store: &'a Store,
    replica: &'a Replica,
    procedure: &'static Procedure,
    course: Course,
    local: Document,
    projection: Projection,
}

impl<'a> Detail<'a> {
    fn of(client: &'a Client, store: &'a Store, replica: &'a Replica) -> Result<Self, Error> {
        let local = replica.local().map_err(WriteRefused::from)?;
        let procedure = procedure_of(replica)?;
        let projection = local.project();
        Ok(Self { client, store, replica, procedure, course: replica.course(), local, projection })
    }

    fn view(&self, card: CardView) -> Result<DetailView, Error> {
        let on_the_road = self.course.on_the_road.and_then(|parcel| self.course.handover(&parcel));
        let secret = self.course.acceptance.as_ref().map(|a| a.tracking_secret.reveal().to_owned());
        let now = self.client.now(self.store)?;
        Ok(DetailView {
            card,
            fields: self.fields(),
            papers: self.papers()?,
            places: self.places(),
            timeline: self.timeline(),
            deadline: tell::deadline(&self.replica.events, self.procedure).map(|s| self.client.say(&s)),
            next: self.client.say(&tell::next(self.replica, self.procedure, now)),
            findings: found(self.procedure, &self.projection, now, self.client.language),
            not_handed_in: self.not_handed_in(),
            set_aside: self.set_aside(),
            request: self.request(),
            parcel: self.parcel(),
            recipient_code: on_the_road.map(|handover| handover.code.reveal().to_owned()),
            tracking_secret: secret,
            behalf: self.course.behalf.as_ref().map(|behalf| self.client.say(&behalf.sentence())),
            freshness: self.client.freshness(self.store)?,
        })
    }

    fn parcel(&self) -> Option<PostView> {
        let parcel = self.course.on_the_road.or(self.course.delivered)?;
        let handover = self.course.handover(&parcel)?;
        Some(PostView {
            parcel: parcel.to_string(),
            tracking: handover.tracking.as_ref().map(|number| number.as_str().to_owned()),
            seal: handover.seal.clone(),
        })
    }

    fn fields(&self) -> Vec<FieldView> {
        let unsent: BTreeSet<&FieldKey> = self.replica.outbox.iter().flat_map(|q| edited(&q.intent)).collect();
        let view = |(key, values): (&FieldKey, &Vec<Value>)| FieldView {
            key: key.to_string(),
            label: self.label(key),
            values: values.iter().map(|value| self.shown(key, value)).collect(),
            conflict: values.len() > 1,
            unsent: unsent.contains(key),
        };
        let mut fields: Vec<_> = self.projection.form.iter().collect();
        fields.sort_by_key(|(key, _)| self.place(key));
        fields.into_iter().map(view).collect()
    }

    /// Fields stand as the form has them.
    fn place(&self, key: &FieldKey) -> (usize, String) {
        let id = key.in_group().map_or(key.as_str(), |(group, ..)| group);
        let at = self.procedure.fields.iter().position(|f| f.id == id).unwrap_or(usize::MAX);
        (at, key.to_string())
    }

    fn papers(&self) -> Result<Vec<PaperView>, Error> {
        let kept: BTreeSet<Vec<u8>> = self.store.ids(Kind::Paper)?.into_iter().collect();
        let asked_about = self.asked_about().and_then(|content| self.version(content));
        let view = |(key, info): (&PaperKey, &dossier::layout::PaperInfo)| PaperView {
            component: key.component.clone(),
            component_name: self.component_name(&key.component),
            name: info.name.clone(),
            media_type: info.kind.media_type().to_owned(),
            size: info.size,
            sha256: key.hash.to_string(),
            here: kept.contains(key.hash.bytes().as_slice()),
            added: asked_about.as_ref().is_some_and(|before| !before.papers.contains_key(key)),
        };
        Ok(self.projection.papers.iter().map(view).collect())
    }

    /// By the table that the server's gate judges by.
    fn places(&self) -> Vec<PlaceView> {
        let locked = |path: Path<'_>| {
            self.replica.closed(&path, self.procedure).map(|closed| self.client.say(&closed.sentence()))
        };
        let field = |key: String| {
            // Any row stands for all of a group: they are open or closed together.
            let path = key.replace('*', "0").parse::<FieldKey>();
            PlaceView { locked: path.ok().and_then(|key| locked(Path::Field(&key))), key, is_component: false }
        };
        let keys = self.procedure.fields.iter().flat_map(|f| match &f.kind {
            FieldKind::Group { fields, .. } => fields.iter().map(|inner| format!("{}/*/{}", f.id, inner.id)).collect(),
            _ => vec![f.id.clone()],
        });
        let component = |id: &String| {
            let key = PaperKey { component: id.clone(), hash: PaperHash([0; 32]) };
            PlaceView { key: id.clone(), is_component: true, locked: locked(Path::Paper(&key)) }
        };
        keys.map(field).chain(self.procedure.components.iter().map(|c| component(&c.id))).collect()
    }

    fn timeline(&self) -> Vec<StepView> {
        let step = |event: &dossier::event::Event| StepView {
            at: event.at.0,
            at_text: event.at.to_string(),
            text: self.told(event),
            deadlines: match &self.course.unit {
                Some(unit) => tell::due_changes(event)
                    .into_iter()
                    .map(|change| self.client.say(&tell::due(change, event.at, unit, self.procedure)))
                    .collect(),
                None => Vec::new(),
            },
        };
        let told_before = |event: &dossier::event::Event| {
            let told = step(event);
            let text = self.client.say(&Sentence::new("told-before-restore").with("text", told.text));
            StepView { text, ..told }
        };
        let lost = self.replica.told_before();
        self.replica.events.iter().map(step).chain(lost.iter().map(told_before)).collect()
    }

    /// One event in words; what was written at the counter says so, and by whom.
    fn told(&self, event: &dossier::event::Event) -> String {
        let told = self.client.say(&tell::event(event, &self.replica.events));
        match tell::at_counter(event) {
            Some(counter) => format!("{told} {}", self.client.say(&counter)),
            None => told,
        }
    }

    /// What differs from the version that the office holds, or from the one that waits to be sent to it.
    fn not_handed_in(&self) -> Vec<String> {
        if self.course.status == Status::Draft && self.replica.outbox.iter().all(|q| handed(&q.intent).is_none()) {
            return Vec::new();
        }
        let Some(handed_in) = self.handed_in() else { return Vec::new() };
        let fields = all_keys(&self.projection.form, &handed_in.form);
        let fields = fields.into_iter().filter(|k| self.projection.form.get(*k) != handed_in.form.get(*k));
        let papers = all_keys(&self.projection.papers, &handed_in.papers);
        let papers = papers.into_iter().filter(|k| self.projection.papers.get(*k) != handed_in.papers.get(*k));
        let mut labels: Vec<String> = fields.map(|key| self.label(key)).collect();
        labels.extend(papers.map(|key| self.component_name(&key.component)));
        labels
    }

    /// What the office had when it asked for more.
    fn asked_about(&self) -> Option<ContentHash> {
        let asked = |event: &&Event| matches!(event.what, What::SupplementRequested(_));
        let asked = self.replica.events.iter().rev().find(asked)?.seq;
        let before: Vec<Event> = self.replica.events.iter().filter(|event| event.seq < asked).cloned().collect();
        Course::of(&before).content
    }

    /// The newest handed-in version.
    fn handed_in(&self) -> Option<Projection> {
        let waiting = self.replica.outbox.iter().rev().find_map(|q| handed(&q.intent));
        self.version(waiting.or(self.course.content)?)
    }

    /// A version that was handed in, found again in the document's history by its hash.
    fn version(&self, content: ContentHash) -> Option<Projection> {
        let catalogue = self.replica.open.catalogue;
        let is_it = |projection: &Projection| Frozen::of(projection, catalogue).hash() == content;
        if is_it(&self.projection) {
            return Some(self.projection.clone());
        }
        let changes = self.local.changes();
        let parents = changes.iter().rev().filter_map(|change| dossier::prescan::prescan(&change.0).ok());
        parents.map(|header| self.local.project_at(&header.deps)).find(is_it)
    }

    fn set_aside(&self) -> Vec<AsideView> {
        let differing = self.differing();
        let view = |(n, aside): (usize, &dossier::replica::SetAside)| AsideView {
            number: u32::try_from(n + 1).unwrap_or(u32::MAX),
            can_bring_back: self.replica.can_bring_back(n, self.procedure),
            needs_you: self.replica.needs_seeing_to(n),
            what: match &aside.intent {
                Intent::Act(_, act) => self.client.say(&Sentence::new(act_sentence(act))),
                edit => self.labels(edit).join(", "),
            },
            code: aside.code.clone(),
            reason: self.replica.aside_sentence(n, &differing).map(|s| self.client.say(&s)).unwrap_or_default(),
        };
        self.replica.set_aside.iter().enumerate().map(view).collect()
    }

    /// What this phone has otherwise than what was handed in: edits that were set aside, and those that are in the
    /// document and not in what the office holds.
    fn differing(&self) -> String {
        let aside = self.replica.set_aside.iter().flat_map(|aside| self.labels(&aside.intent));
        let mut seen = BTreeSet::new();
        let labels = aside.chain(self.not_handed_in()).filter(|label| seen.insert(label.clone()));
        labels.collect::<Vec<_>>().join(", ")
    }

    /// What an edit touches, as people read it.
    fn labels(&self, intent: &Intent) -> Vec<String> {
        match intent {
            Intent::SetFields(fields) => fields.iter().map(|(key, _)| self.label(key)).collect(),
            Intent::AttachPaper(key, _) | Intent::DetachPaper(key) => vec![self.component_name(&key.component)],
            Intent::Act(..) => Vec::new(),
        }
    }

    fn request(&self) -> Option<RequestView> {
        if !matches!(self.course.status, Status::WaitingForCitizen { .. }) {
            return None;
        }
        let request = self.course.supplement.as_ref()?;
        let field_label = |id: &String| id.parse().map_or_else(|_| id.clone(), |key| self.label(&key));
        Some(RequestView {
            reason: request.reason.clone(),
            fields: request.fields.iter().map(field_label).collect(),
            components: request.components.iter().map(|id| self.component_name(id)).collect(),
            until: request.until.0,
            until_text: request.until.to_string(),
        })
    }

    fn label(&self, key: &FieldKey) -> String {
        let language = self.client.language;
        self.procedure.field(key).map_or_else(|| key.to_string(), |f| f.label.say(language).to_owned())
    }

    fn component_name(&self, id: &str) -> String {
        let language = self.client.language;
        self.procedure.component(id).map_or_else(|| id.to_owned(), |c| c.name.say(language).to_owned())
    }

    /// As people write it.
    fn shown(&self, key: &FieldKey, value: &Value) -> String {
        match self.procedure.field(key) {
            Some(field) => field.shown(value, Catalogue::built_in(), self.client.language),
            None => value_text(value),
        }
    }
}

fn edited(intent: &Intent) -> Vec<&FieldKey> {
    match intent {
        Intent::SetFields(fields) => fields.iter().map(|(key, _)| key).collect(),
        _ => Vec::new(),
    }
}

/// The content that an intent hands in.
fn handed(intent: &Intent) -> Option<dossier::ids::ContentHash> {
    match intent {
        Intent::Act(_, Act::Submit(content, ..) | Act::Supplement(content)) => Some(*content),
        _ => None,
    }
}

fn all_keys<'a, K: Ord, A, B>(
    a: &'a std::collections::BTreeMap<K, A>,
    b: &'a std::collections::BTreeMap<K, B>,
) -> BTreeSet<&'a K> {
    a.keys().chain(b.keys()).collect()
}

fn act_sentence(act: &Act) -> &'static str {
    match act {
        Act::Submit(..) => "act-submit",
        Act::Supplement(_) => "act-supplement",
        Act::Withdraw(_) => "act-withdraw",
        Act::ChooseDelivery(_) => "act-choose-delivery",
        Act::ConfirmDelivery(_) => "act-confirm-delivery",
    }
}

fn status_sentence(key: &str) -> &'static str {
    match key {
        "submitted" => "status-submitted",
        "accepted" => "status-accepted",
        "refused" => "status-refused",
        "processing" => "status-processing",
        "waiting_for_citizen" => "status-waiting-for-citizen",
        "waiting_for_payment" => "status-waiting-for-payment",
        "withdrawn" => "status-withdrawn",
        "suspended" => "status-suspended",
        "finished" => "status-finished",
        "handed_over" => "status-handed-over",
        _ => "status-draft",
    }
}
