//! `hoso demo`: the whole story in one run. A real server on a free port with a database of its own, phones that are the
//! product's own core with real files and real HTTP, an officer over the API. Only the clock is set by the story.

#[cfg(test)]
pub(crate) mod aftermath;
mod proof;
mod stage;
mod story;
mod tampered;

use std::fmt;
use std::path::PathBuf;

/// Something was not as the story has it: the demo ends with it.
#[derive(Debug)]
pub(crate) struct Surprise(String);

impl<E: fmt::Display> From<E> for Surprise {
    fn from(cause: E) -> Self {
        Self(cause.to_string())
    }
}

impl Surprise {
    /// What a person reads.
    pub(crate) fn told(&self) -> &str {
        &self.0
    }
}

/// Ends the story unless `holds`.
fn check(holds: bool, otherwise: impl fmt::Display) -> Result<(), Surprise> {
    if holds { Ok(()) } else { Err(Surprise(otherwise.to_string())) }
}

/// Plays the story. With `stay` the server remains up afterwards, to look at, until it is stopped. `data` keeps what
/// the story made; without it everything goes with the run.
pub(crate) async fn run(stay: bool, data: Option<PathBuf>) -> Result<(), Surprise> {
    let stage = stage::Stage::set(data).await?;
    story::play(&stage).await?;
    if stay {
        stage.stay().await?;
    }
    stage.end().await
}
