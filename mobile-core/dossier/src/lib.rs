#![doc = include_str!("../README.md")]

pub mod act;
pub mod admit;
pub mod allow;
pub mod calendar;
mod carried;
pub mod deadline;
pub mod decide;
pub mod delivery;
pub mod document;
pub mod edit;
pub mod event;
pub mod exchange;
pub mod ids;
pub mod layout;
pub mod life;
pub mod log;
pub mod merkle;
pub mod prescan;
pub mod procedure;
pub mod project;
pub mod reading;
pub mod receipt;
pub mod replica;
pub mod sentence;
pub mod standing;
pub mod status;
pub mod succession;
pub mod time;
pub mod wire;
#[cfg(test)]
mod written;
