//! What is wrong or doubtful in a dossier, for the one who fills it in: where, how bad, and a sentence.

use crate::layout::FieldKey;
use crate::sentence::Sentence;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Must be mended before the dossier can be handed in.
    Error,
    /// Worth a second look; blocks nothing.
    Warning,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Finding {
    pub code: FindingCode,
    /// The field it is about; for a group with too few or too many rows, the group.
    pub field: Option<FieldKey>,
    pub component: Option<String>,
    pub severity: Severity,
    pub message: Sentence,
}

/// The sentence may quote what somebody wrote, and does not print.
impl fmt::Debug for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.severity, self.code.as_str())?;
        if let Some(field) = &self.field {
            write!(f, " at {field}")?;
        }
        match &self.component {
            Some(component) => write!(f, " of {component}"),
            None => Ok(()),
        }
    }
}

/// Declares the codes with the stable names that leave the program.
macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $name:literal),* $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FindingCode { $($(#[$doc])* $code),* }

        impl FindingCode {
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// The name that APIs carry; never changed.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$code => $name),* }
            }
        }
    };
}

codes!(
    Required = "required",
    WrongType = "wrong_type",
    NotADate = "not_a_date",
    DateOutOfRange = "date_out_of_range",
    DateInFuture = "date_in_future",
    DateOrder = "date_order",
    NumberOutOfRange = "number_out_of_range",
    TooLong = "too_long",
    /// A name must read as one: pictures and numbers alone are none.
    NameWithoutLetters = "name_without_letters",
    /// Marks that turn the order of what is read (UAX #9): our phones never store them.
    DirectionMarks = "direction_marks",
    UnknownChoice = "unknown_choice",
    NotACitizenNumber = "not_a_citizen_number",
    CitizenNumberDoubt = "citizen_number_doubt",
    NotAPhone = "not_a_phone",
    AddressIncomplete = "address_incomplete",
    /// A province or ward that there is not.
    UnknownPlace = "unknown_place",
    /// Two devices wrote different values; the citizen chooses.
    Conflict = "conflict",
    TooFewRows = "too_few_rows",
    TooManyRows = "too_many_rows",
    UnknownField = "unknown_field",
    ComponentMissing = "component_missing",
    UnknownComponent = "unknown_component",
    TooManyPapers = "too_many_papers",
    PaperTooLarge = "paper_too_large",
    PapersTooLarge = "papers_too_large",
);
