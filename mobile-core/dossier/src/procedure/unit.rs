//! The units that receive dossiers (bộ phận một cửa).

use super::Text;
use crate::ids::{PhoneNumber, UnitCode};

/// A receiving unit. Who receives, who decides and whom to ring are three different answers, and are never merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    pub code: UnitCode,
    pub name: Text,
    pub parent_agency: Text,
    pub competent_agency: Text,
    pub support_phone: PhoneNumber,
    /// Paths of values that nobody has checked; officers see them marked.
    pub needs_legal_review: Vec<String>,
}
