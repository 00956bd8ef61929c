//! Procedures (thủ tục hành chính): for each one its own form, its papers, its time, its fee and its channels, read
//! from versioned data in `data/catalogue`. The same catalogue judges a form on the phone and on the server.

mod address;
mod allowance;
mod catalogue;
mod check;
mod clean;
mod example;
mod fee;
mod field;
mod finding;
mod node;
mod places;
mod read;
mod show;
mod typed;
mod unit;
mod validate;
mod value;

pub use address::Address;
pub use allowance::{Allowance, AllowanceUnit, ClockPolicy};
pub use catalogue::Catalogue;
pub use clean::{clean, clean_line, is_direction, is_readable};
pub use fee::Fee;
pub use field::{Choice, Condition, Field, FieldKind};
pub use finding::{Finding, FindingCode, Severity};
pub use node::{CatalogueError, Table};
pub use places::{Area, Places, Province, UnknownPlace};
pub use unit::Unit;
pub(crate) use value::date;

use crate::ids::ProcedureCode;
use crate::layout::FieldKey;
use serde::Deserialize;
use std::sync::Arc;

/// A label or help text, in the two languages of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub vi: String,
    pub en: String,
}

/// How a dossier may be handed in (NĐ 61/2018/NĐ-CP Đ.16); the national portal counts them 1, 2, 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Counter,
    Online,
    Post,
}

/// One procedure of the national database, as one version of the catalogue describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Procedure {
    pub code: ProcedureCode,
    pub name: Text,
    /// What the citizen gets in the end.
    pub result: Text,
    /// Which kind of agency decides.
    pub authority: Text,
    /// The form's official name, and the regulation that it comes from.
    pub form_name: Text,
    pub form_source: String,
    pub channels: Vec<Channel>,
    pub fields: Vec<Field>,
    /// The papers beside the form itself.
    pub components: Vec<Component>,
    /// The cases (trường hợp) that the law tells apart.
    pub cases: Vec<Case>,
    pub allowance: Allowance,
    /// The longer time that the law grants where something must be verified: all of it, not what is added.
    pub extension: Option<Extension>,
    pub clock: ClockPolicy,
    pub fees: Fee,
    /// May the dossier come, may the result go, by post (QĐ 45/2016/QĐ-TTg Đ.13)?
    pub post_in: bool,
    pub post_out: bool,
    /// Must the citizen appear in person, so that nobody and no post can stand in?
    pub presence_required: bool,
    /// Where the values were taken from.
    pub sources: Vec<String>,
    /// Paths of values that nobody has checked against the law yet; officers see them marked.
    pub needs_legal_review: Vec<String>,
    /// The places of the same catalogue, by which addresses are judged.
    pub places: Arc<Places>,
}

/// A paper that belongs to a dossier (thành phần hồ sơ).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    pub id: String,
    pub name: Text,
    pub help: Option<Text>,
    pub required: bool,
    /// Asked only then.
    pub when: Option<Condition>,
    /// It is shown at the counter and taken home again, or exists only there; nobody uploads it.
    pub at_counter: bool,
    /// How many of each kind the regulation asks for.
    pub originals: u32,
    pub certified: u32,
    pub copies: u32,
    /// The most files that may stand for it.
    pub files_max: usize,
}

/// A case of a procedure: when it holds, and the fee where it differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub id: String,
    pub name: Text,
    /// None: known only to the officer.
    pub when: Option<Condition>,
    pub fees: Option<Fee>,
}

/// The whole time, not an addition, where verification is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    pub allowance: Allowance,
    pub reason: Text,
}

impl Procedure {
    /// The field that a key stands for; a group itself has no key, its fields have one for each row.
    pub fn field(&self, key: &FieldKey) -> Option<&Field> {
        let (group, id) = match key.in_group() {
            Some((group, _, id)) => (Some(group), id),
            None => (None, key.as_str()),
        };
        let fields = match group {
            None => &self.fields,
            Some(group) => match &self.fields.iter().find(|f| f.id == group)?.kind {
                FieldKind::Group { fields, .. } => fields,
                _ => return None,
            },
        };
        fields.iter().find(|f| f.id == id && !matches!(f.kind, FieldKind::Group { .. }))
    }

    pub fn allows_key(&self, key: &FieldKey) -> bool {
        self.field(key).is_some()
    }

    pub fn component(&self, id: &str) -> Option<&Component> {
        self.components.iter().find(|c| c.id == id)
    }

    pub fn offers(&self, channel: Channel) -> bool {
        self.channels.contains(&channel)
    }

    /// The fee in đồng of a channel in the ordinary case, if it is offered and its fee is one known amount.
    pub fn fee(&self, channel: Channel) -> Option<u64> {
        self.fees.of(channel)
    }
}
