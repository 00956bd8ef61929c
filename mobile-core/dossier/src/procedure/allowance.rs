//! How long a procedure may take, and what a stop does to its clock.

use serde::Deserialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Allowance {
    pub amount: u32,
    pub unit: AllowanceUnit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllowanceUnit {
    WorkingDays,
    CalendarDays,
    WorkingHours,
    SameDay,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockPolicy {
    RestartFromZero,
    PauseResume,
    NoChange,
}
