//! The fields of a form: what each one holds, and when it is asked.

use super::Text;
use crate::layout::Value;
use ::time::Date;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    pub id: String,
    pub kind: FieldKind,
    pub label: Text,
    pub help: Option<Text>,
    pub required: bool,
    /// Asked only then.
    pub when: Option<Condition>,
    /// A value for help, demonstrations and tests, obviously invented.
    pub example: Option<Value>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FieldKind {
    /// One line, at most so many characters.
    Text {
        max: usize,
    },
    /// Several lines.
    LongText {
        max: usize,
    },
    /// `yyyy-mm-dd`, from `min` to `max`; not after today where it tells of something that happened (`past`); not
    /// before another date of the form.
    Date {
        min: Date,
        max: Date,
        past: bool,
        not_before: Option<String>,
    },
    Number {
        min: i64,
        max: i64,
    },
    /// The id of one of these.
    Choice(Vec<Choice>),
    /// 9 or 12 digits; `born` and `sex` name the fields that it is compared with.
    CitizenNumber {
        born: Option<String>,
        sex: Option<String>,
    },
    Phone,
    /// See `Address`.
    Address,
    YesNo,
    /// Rows of the same fields (`group/row/field`).
    Group {
        fields: Vec<Field>,
        rows_min: usize,
        rows_max: usize,
    },
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    pub id: String,
    pub label: Text,
}

/// "Only if" another field that was asked has one of these values. In a group, a field of the same row goes first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Condition {
    pub field: String,
    pub one_of: Vec<Value>,
}

/// The choices of a field that `CitizenNumber::sex` names.
pub(super) const MALE: &str = "male";
pub(super) const FEMALE: &str = "female";

impl FieldKind {
    /// Its name in the data.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::LongText { .. } => "long_text",
            Self::Date { .. } => "date",
            Self::Number { .. } => "number",
            Self::Choice(_) => "choice",
            Self::CitizenNumber { .. } => "citizen_number",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::YesNo => "yes_no",
            Self::Group { .. } => "group",
        }
    }
}
