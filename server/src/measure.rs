//! What cannot be measured through the outside doors: the bench's way in, compiled for it alone (feature `measure`). It
//! calls what a request calls and changes nothing of it; the caller brings the clock of CPU time.

pub mod identity;
mod merges;
mod proofs;

pub use merges::{MergeCost, merges};
pub use proofs::{ProofCost, grow, proofs};

use crate::app::{App, Clock};
use crate::auth::signature;
use crate::config::Config;
use dossier::ids::{PublicKey, Signature};
use std::path::Path;
use std::sync::Arc;

/// CPU time of the whole process until now, in milliseconds.
pub type Cpu = fn() -> f64;

/// Why something could not be measured, for who runs the bench.
pub type Trouble = Box<dyn std::error::Error>;

/// How the server checks a device's signature.
pub fn verify(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
    signature::verify(key, message, signature)
}

/// A server on this folder that nobody can call; its log grows when the bench says so.
async fn server(data: &Path) -> Result<Arc<App>, Trouble> {
    let config = Config { data: data.to_owned(), ..Config::default() };
    Ok(App::open(config, Clock::System).await?)
}

/// What a thread that serves requests has.
fn runtime() -> Result<tokio::runtime::Runtime, Trouble> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}
