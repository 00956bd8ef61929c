//! The heart of Hồ Sơ: what a dossier is, who may change it, and what follows from each change.
//!
//! Nothing here has a clock, a network, a disk, random numbers or `async`: what a function needs is an argument, what
//! it wants done is its value. The same code runs on the phone and on the server.

pub mod act;
pub mod admit;
pub mod allow;
pub mod calendar;
pub mod deadline;
pub mod decide;
pub mod delivery;
pub mod document;
pub mod edit;
pub mod event;
pub mod exchange;
pub mod ids;
pub mod layout;
pub mod merkle;
pub mod prescan;
pub mod procedure;
pub mod project;
pub mod replica;
pub mod sentence;
pub mod status;
pub mod time;
pub mod wire;
