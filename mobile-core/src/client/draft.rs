//! Writing a dossier: drafts, fields, papers, and the acts that hand it in.

use super::read::{HAS_FINDINGS, found};
use super::{Client, dossier_id, not_understood, parse, procedure_of};
use crate::error::{Error, ReasonView};
use crate::shelf;
use crate::storage::{Batch, put_paper, put_upload, remove_upload};
use crate::view::PaperView;
use dossier::act::{Act, Authority, Behalf};
use dossier::ids::{ActId, ContentHash, DossierId, PaperHash, UnitCode};
use dossier::layout::{FieldKey, Frozen, LAYOUT, PAPER_MAX, PaperInfo, PaperKey, PaperKind, Projection, Value};
use dossier::procedure::{Catalogue, Procedure, clean, clean_line};
use dossier::replica::{Intent, Replica};
use dossier::sentence::{Language, Sentence};
use dossier::time::Timestamp;
use dossier::wire::Open;
use sha2::{Digest, Sha256};

/// A field and what it is to hold, as typed. `None` empties it. Not `Debug`: it holds what somebody wrote.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Deserialize, serde::Serialize), serde(rename_all = "camelCase"))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub struct FieldInput {
    /// Of a `FieldSpecView`, with the row's name for the star.
    pub key: String,
    /// As it was typed.
    pub value: Option<String>,
}

/// For whom somebody hands in who is not the one concerned. Not `Debug`: it names somebody.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Deserialize), serde(rename_all = "camelCase"))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub struct BehalfInput {
    /// Whose matter it is, by name.
    pub owner: String,
    /// `written`, `guardian` or `organisation`.
    pub authority: String,
    /// The paper that shows it: number, day, who made it out. A guardian may leave it empty.
    pub reference: String,
}

impl Client {
    /// A new draft; works without network and before anybody signed in. Returns its id.
    pub fn new_draft(&self, procedure: &str) -> Result<String, Error> {
        let catalogue = Catalogue::built_in();
        let procedure = parse(procedure)?;
        if catalogue.procedure(&procedure).is_none() {
            return Err(Error::refused("unknown_procedure", Sentence::new("refused-unknown-procedure")));
        }
        let id = DossierId(self.new_id()?);
        let replica = Replica::born(id, Open { layout: LAYOUT, procedure, catalogue: catalogue.version });
        let mut batch = Batch::default();
        shelf::put(&mut batch, &replica, None);
        self.with(|store| Ok(store.write(&batch)?))?;
        Ok(id.to_string())
    }

    /// Sets one field; see `set_fields`.
    pub fn set_field(&self, dossier: &str, key: &str, value: Option<&str>) -> Result<(), Error> {
        self.set_fields(dossier, &[FieldInput { key: key.to_owned(), value: value.map(str::to_owned) }])
    }

    /// Sets several fields as one change. Setting a field that two devices filled in differently settles it.
    pub fn set_fields(&self, dossier: &str, fields: &[FieldInput]) -> Result<(), Error> {
        let id = dossier_id(dossier)?;
        self.write(&id, Batch::default(), |_, procedure| {
            let typed: Result<Vec<_>, Error> = fields.iter().map(|field| typed(procedure, field)).collect();
            Ok(Intent::SetFields(typed?))
        })
    }

    /// Adds a paper: JPEG, PNG or PDF by its content, at most 10 MiB. Its bytes are kept sealed on this phone.
    pub fn add_paper(&self, dossier: &str, component: &str, name: &str, bytes: &[u8]) -> Result<PaperView, Error> {
        let id = dossier_id(dossier)?;
        let (hash, info) = examine(name, bytes)?;
        let key: PaperKey = parse(&format!("{component}/{hash}"))?;
        let mut batch = Batch::default();
        put_paper(&mut batch, &hash, bytes);
        put_upload(&mut batch, &id, &hash);
        let mut view = PaperView {
            component: component.to_owned(),
            component_name: component.to_owned(),
            name: info.name.clone(),
            media_type: info.kind.media_type().to_owned(),
            size: info.size,
            sha256: hash.to_string(),
            here: true,
            added: false,
        };
        self.write(&id, batch, |_, procedure| {
            if let Some(named) = procedure.component(component) {
                view.component_name = named.name.say(self.language).to_owned();
            }
            Ok(Intent::AttachPaper(key, info))
        })?;
        Ok(view)
    }

    /// Takes a paper out of the dossier. Its bytes stay as long as something that was handed in may name them.
    pub fn remove_paper(&self, dossier: &str, component: &str, sha256: &str) -> Result<(), Error> {
        let key: PaperKey = parse(&format!("{component}/{sha256}"))?;
        let (id, mut batch) = (dossier_id(dossier)?, Batch::default());
        remove_upload(&mut batch, &id, &key.hash);
        self.write(&id, batch, |_, _| Ok(Intent::DetachPaper(key)))
    }

    /// Hands the dossier in to a unit as it stands now. Saved at once, sent by the next synchronisation.
    pub fn submit(&self, dossier: &str, unit: &str) -> Result<(), Error> {
        self.submit_to(dossier, unit, None)
    }

    /// The same for somebody else, by a right that is recorded with it and that the office reads.
    pub fn submit_for(&self, dossier: &str, unit: &str, behalf: &BehalfInput) -> Result<(), Error> {
        let authority = Authority::of_word(&behalf.authority).ok_or_else(|| not_understood("Authority"))?;
        let (owner, reference) = (clean_line(&behalf.owner), clean_line(&behalf.reference));
        self.submit_to(dossier, unit, Some(Behalf { owner, authority, reference }))
    }

    fn submit_to(&self, dossier: &str, unit: &str, behalf: Option<Behalf>) -> Result<(), Error> {
        let unsound = || Error::refused("behalf_incomplete", Sentence::new("refused-behalf-incomplete"));
        if behalf.as_ref().is_some_and(|behalf| !behalf.is_sound()) {
            return Err(unsound());
        }
        let unit: UnitCode = parse(unit)?;
        if Catalogue::built_in().unit(&unit).is_none() {
            return Err(Error::refused("unknown_unit", Sentence::new("refused-unknown-unit")));
        }
        self.hand_in(dossier, |content| Act::Submit(content, unit, behalf))
    }

    /// Hands it in again after the office asked for more.
    pub fn supplement(&self, dossier: &str) -> Result<(), Error> {
        self.hand_in(dossier, Act::Supplement)
    }

    /// Takes a dossier back, with the reason.
    pub fn withdraw(&self, dossier: &str, reason: &str) -> Result<(), Error> {
        self.act(dossier, Act::Withdraw(clean(reason)))
    }

    pub(super) fn act(&self, dossier: &str, act: Act) -> Result<(), Error> {
        if Act::from_text(&act.to_text()).is_err() {
            return Err(not_understood("Act"));
        }
        let id = ActId(self.new_id()?);
        self.write(&dossier_id(dossier)?, Batch::default(), |_, _| Ok(Intent::Act(id, act)))
    }

    fn hand_in(&self, dossier: &str, act: impl FnOnce(ContentHash) -> Act) -> Result<(), Error> {
        let id = ActId(self.new_id()?);
        let now = self.with(|store| self.now(store))?;
        self.write(&dossier_id(dossier)?, Batch::default(), |replica, procedure| {
            let projection = replica.projection().map_err(dossier::replica::WriteRefused::from)?;
            let reasons = errors(procedure, &projection, now);
            if !reasons.is_empty() {
                return Err(Error::Refused { code: HAS_FINDINGS.into(), reasons });
            }
            let content = Frozen::of(&projection, replica.open.catalogue).hash();
            Ok(Intent::Act(id, act(content)))
        })
    }

    /// One intent, its change and its outbox entry, with what else belongs to it, in one transaction.
    pub(super) fn write(
        &self,
        id: &DossierId,
        mut batch: Batch,
        intent: impl FnOnce(&Replica, &'static Procedure) -> Result<Intent, Error>,
    ) -> Result<(), Error> {
        self.with(|store| {
            let before = shelf::load(store, id)?;
            let procedure = procedure_of(&before)?;
            let mut replica = before.clone();
            let intent = intent(&before, procedure)?;
            replica.write(&self.device, intent, procedure)?;
            shelf::put(&mut batch, &replica, Some(&before));
            Ok(store.write(&batch)?)
        })
    }
}

/// What must be mended before handing in, each by its name in the language that it is said in.
fn errors(procedure: &Procedure, projection: &Projection, now: Timestamp) -> Vec<ReasonView> {
    let said = |language: Language| {
        let errors = found(procedure, projection, now, language).into_iter().filter(|f| f.is_error);
        errors.map(move |f| (f.sentence().say(language), f.code))
    };
    let both = said(Language::Vietnamese).zip(said(Language::English));
    both.map(|((vietnamese, code), (english, _))| ReasonView { code, vietnamese, english }).collect()
}

/// A field's text as the value that it holds.
fn typed(procedure: &Procedure, input: &FieldInput) -> Result<(FieldKey, Option<Value>), Error> {
    let key: FieldKey = parse(&input.key)?;
    let Some(field) = procedure.field(&key) else {
        return Err(Error::refused("unknown_key", Sentence::new("refused-unknown-field").with("key", key.to_string())));
    };
    let sentence = |language| Sentence::new("refused-wrong-type").with("field", field.label.say(language));
    let value = field.typed(input.value.as_deref()).map_err(|_| Error::refused_in("wrong_type", sentence))?;
    Ok((key, value))
}

/// What a paper is, by its content; the name is made one that a document can hold.
fn examine(name: &str, bytes: &[u8]) -> Result<(PaperHash, PaperInfo), Error> {
    if bytes.is_empty() {
        return Err(Error::refused("paper_empty", Sentence::new("refused-paper-empty")));
    }
    let size = u32::try_from(bytes.len()).ok().filter(|size| *size <= PAPER_MAX);
    let size = size.ok_or_else(|| Error::refused("paper_too_large", Sentence::new("refused-paper-size")))?;
    let kind = PaperKind::of(bytes);
    let kind = kind.ok_or_else(|| Error::refused("paper_kind", Sentence::new("refused-paper-kind")))?;
    let name: String = clean_line(name).chars().filter(|c| !c.is_control() && *c != '/').take(120).collect();
    Ok((PaperHash(Sha256::digest(bytes).into()), PaperInfo { kind, size, name }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paper_is_taken_from_one_byte_to_ten_mebibytes_and_by_its_content() {
        let jpeg = |size: usize| {
            let mut bytes = vec![0; size];
            bytes[..3].copy_from_slice(&[0xff, 0xd8, 0xff]);
            bytes
        };
        let code = |name: &str, bytes: &[u8]| match examine(name, bytes) {
            Ok((_, info)) => info.to_text(),
            Err(e) => e.code().to_owned(),
        };
        let max = PAPER_MAX as usize;
        assert_eq!(code("a.jpg", &jpeg(max)), format!("jpeg {max} a.jpg"));
        assert_eq!(code("a.jpg", &jpeg(max + 1)), "paper_too_large");
        assert_eq!(code("a.jpg", &[]), "paper_empty");
        assert_eq!(code("photo.jpg", b"%PDF-1.7"), "pdf 8 photo.jpg", "the name says nothing");
        assert_eq!(code("a.jpg", b"MZ executable"), "paper_kind");
        assert_eq!(code("../a\n\u{202e}b", b"%PDF-1.7"), "pdf 8 ..a b");
        assert!(examine(&"ă".repeat(500), b"%PDF-1.7").is_ok_and(|(_, i)| i.name.chars().count() == 120));
    }
}
