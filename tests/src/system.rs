//! The system from outside: one binary, so that the tree is linked once.
//!
//! `harness` starts the programs that users get; the other modules are stories, and the rules that the tree keeps.

mod harness;
mod licences;
mod rules;
mod vocabulary;

/// The root of the repository.
fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the repository").to_owned()
}
