//! What a citizen can do to a dossier, as it was meant: the outbox replays intents, not bytes.

use super::{Queued, Replica};
use crate::act::{Act, DeliveryChoice};
use crate::allow::{self, Path};
use crate::document::{Document, Unreadable};
use crate::edit::{self, Wrote};
use crate::ids::{ActId, Actor};
use crate::layout::{FieldKey, Frozen, PAPERS_BYTES_MAX, PAPERS_MAX, PaperInfo, PaperKey, TEXT_MAX, Value};
use crate::procedure::{Procedure, Severity};
use crate::sentence::Sentence;
use crate::status::{Action, NotAllowed, Role};
use crate::wire::Blob;
use minicbor::{Decode, Encode};

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Intent {
    /// Fields and their new values; `None` empties one. One screen is one intent.
    #[n(0)]
    SetFields(#[n(0)] Vec<(FieldKey, Option<Value>)>),
    #[n(1)]
    AttachPaper(#[n(0)] PaperKey, #[n(1)] PaperInfo),
    #[n(2)]
    DetachPaper(#[n(0)] PaperKey),
    #[n(3)]
    Act(#[n(0)] ActId, #[n(1)] Act),
}

/// Why an intent was not recorded. Nothing changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteRefused {
    /// Stable.
    pub code: &'static str,
    pub sentence: Sentence,
}

impl WriteRefused {
    fn new(code: &'static str, sentence: &'static str) -> Self {
        Self { code, sentence: Sentence::new(sentence) }
    }
}

impl From<Unreadable> for WriteRefused {
    fn from(_: Unreadable) -> Self {
        Self::new("document_unreadable", "write-document-unreadable")
    }
}

impl From<NotAllowed> for WriteRefused {
    fn from(not: NotAllowed) -> Self {
        Self { code: not.code, sentence: not.sentence }
    }
}

impl Intent {
    /// Checks an intent as the server will: the same tables, the same findings.
    pub(super) fn check(&self, replica: &Replica, local: &Document, procedure: &Procedure) -> Result<(), WriteRefused> {
        let course = replica.course();
        let status = replica.expected_status(procedure);
        if let Some(action) = self.action() {
            status.after(action, Role::Citizen, &replica.facts(procedure))?;
        }
        for path in self.paths() {
            if !allow::is_known(&path, procedure) {
                return Err(WriteRefused::new("unknown_key", "write-unknown-key"));
            }
            allow::write(&status, course.supplement.as_ref(), &path)
                .map_err(|closed| WriteRefused { code: "locked", sentence: closed.sentence() })?;
        }
        if let Self::Act(_, Act::Supplement(content)) = self
            && !course.is_answered_by(content)
        {
            return Err(WriteRefused::new("nothing_supplied", "write-nothing-supplied"));
        }
        match self {
            Self::SetFields(fields) => {
                let long = |v: &Option<Value>| matches!(v, Some(Value::Text(t)) if t.chars().count() > TEXT_MAX);
                if fields.iter().any(|(_, v)| long(v)) {
                    return Err(WriteRefused::new("text_too_long", "write-text-too-long"));
                }
                Ok(())
            }
            Self::AttachPaper(key, info) => {
                let papers = local.project().papers;
                let bytes: u64 = papers.values().map(|p| u64::from(p.size)).sum::<u64>() + u64::from(info.size);
                if !papers.contains_key(key) && (papers.len() >= PAPERS_MAX || bytes > PAPERS_BYTES_MAX) {
                    return Err(WriteRefused::new("too_many_papers", "write-too-many-papers"));
                }
                Ok(())
            }
            Self::Act(_, Act::Submit(..) | Act::Supplement(_)) => {
                let errors = procedure.findings(&local.project()).iter().any(|f| f.severity == Severity::Error);
                if errors { Err(WriteRefused::new("has_findings", "write-has-findings")) } else { Ok(()) }
            }
            Self::Act(_, Act::ChooseDelivery(DeliveryChoice::ByPost(to))) => match to.fault(&procedure.places) {
                Some(fault) => Err(WriteRefused { code: fault.code(), sentence: fault.sentence() }),
                None => Ok(()),
            },
            Self::Act(_, Act::ConfirmDelivery(parcel)) => {
                let confirms = |q: &Queued| matches!(&q.intent, Self::Act(_, Act::ConfirmDelivery(p)) if p == parcel);
                if course.handover(parcel).is_none() {
                    Err(WriteRefused::new("unknown_parcel", "write-unknown-parcel"))
                } else if course.confirmed.contains(parcel) || replica.outbox.iter().any(confirms) {
                    Err(WriteRefused::new("confirmed_already", "write-confirmed-already"))
                } else {
                    Ok(())
                }
            }
            Self::DetachPaper(_) | Self::Act(..) => Ok(()),
        }
    }

    /// Makes the change on the local document. `None` when it would change nothing, or when an act no longer declares
    /// what stands there.
    pub(super) fn make(&self, local: &mut Document, actor: Actor) -> Option<Queued> {
        let edited = match self {
            Self::SetFields(fields) => edit::set_fields(local, actor, fields)?,
            Self::AttachPaper(key, info) => edit::attach_paper(local, actor, key, info)?,
            Self::DetachPaper(key) => edit::detach_paper(local, actor, key)?,
            Self::Act(id, act) => edit::act(local, actor, id, act)?,
        };
        Some(Queued {
            intent: self.clone(),
            hash: edited.hash,
            change: edited.bytes,
            lacking: Vec::new(),
            sent: false,
            lost: None,
        })
    }

    /// What a change of ours was made by. One that cannot be read back is sent as it is and never made again.
    pub(super) fn of(change: &Blob) -> Self {
        match edit::wrote(change) {
            Some(Wrote::Fields(fields)) => Self::SetFields(fields),
            Some(Wrote::Paper(key, Some(info))) => Self::AttachPaper(key, info),
            Some(Wrote::Paper(key, None)) => Self::DetachPaper(key),
            Some(Wrote::Act(id, act)) => Self::Act(id, act),
            None => Self::SetFields(Vec::new()),
        }
    }

    /// Whether an act still declares what the document says: nothing is handed in that the citizen did not see.
    pub(super) fn still_holds(&self, local: &Document, catalogue: u32) -> bool {
        match self {
            Self::Act(_, Act::Submit(content, ..) | Act::Supplement(content)) => {
                Frozen::of(&local.project(), catalogue).hash() == *content
            }
            _ => true,
        }
    }

    /// The step in the dossier's course that an act asks for.
    pub fn action(&self) -> Option<Action> {
        match self {
            Self::Act(_, act) => Some(allow::action(act)),
            _ => None,
        }
    }

    fn paths(&self) -> Vec<Path<'_>> {
        match self {
            Self::SetFields(fields) => fields.iter().map(|(key, _)| Path::Field(key)).collect(),
            Self::AttachPaper(key, _) | Self::DetachPaper(key) => vec![Path::Paper(key)],
            Self::Act(..) => Vec::new(),
        }
    }
}
