//! Procedures: what a dossier of each kind needs and how long its answer may take.

mod allowance;

pub use allowance::{Allowance, AllowanceUnit, ClockPolicy};
