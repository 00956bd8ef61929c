#![doc = include_str!("../README.md")]

mod address;
mod app;
mod auth;
mod book;
mod cli;
mod commit;
mod config;
mod counter;
mod decide;
#[cfg(feature = "demo")]
mod demo;
mod enrolment;
mod intake;
mod keys;
#[cfg(feature = "measure")]
pub mod measure;
mod name;
mod papers;
mod picture;
mod problem;
mod projection;
mod provider;
mod quota;
mod readings;
mod rebuild;
mod recall;
mod receipts;
mod restore;
mod revocation;
mod routes;
mod seal;
mod sequencer;
mod sessions;
mod sign_in;
mod staff;
mod store;
mod suspension;
mod verify;
mod web;
mod words;

pub use cli::run;
