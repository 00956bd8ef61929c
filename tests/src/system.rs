//! The system from outside: one binary, so that the tree is linked once.
//!
//! `harness` starts the programs that users get; the other modules are stories, and the rules that the tree keeps.

mod asvs;
mod bad_input;
mod canaries;
mod copies;
mod demo;
mod devices;
mod full_disk;
mod handset;
mod harness;
mod kills;
mod licences;
mod lost_answers;
mod readme;
mod rebuild;
mod receipts;
mod restore;
mod rules;
mod sdk;
mod sign_in;
mod starting;
mod story;
mod vocabulary;
mod world;

/// The root of the repository.
fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the repository").to_owned()
}
