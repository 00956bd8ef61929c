//! The hub of Hồ Sơ. Modules in the order in which a dossier travels: a request passes `auth`, is read by a route,
//! `decide` loads what is known and asks `dossier::decide`, `commit` writes the decision, `projection` shows it.

mod app;
mod auth;
mod cli;
mod commit;
mod config;
mod decide;
#[cfg(feature = "demo")]
mod demo;
mod enrolment;
mod keys;
mod papers;
mod problem;
mod projection;
mod routes;
mod seal;
mod store;
mod web;
mod words;

pub use cli::run;
