//! What is for showing. `hoso demo`: the whole story in one run, a real server on a free port with a database of its own,
//! phones that are the product's own core with real files and real HTTP, an officer over the API; only the clock is set by
//! the story. `hoso serve --demo`: a server on data of its own, with invented people who sign in at a provider of its own.

#[cfg(test)]
pub(crate) mod aftermath;
mod proof;
pub(crate) mod provider;
pub(crate) mod staff;
mod stage;
mod story;
mod tampered;

use crate::app::App;
use crate::enrolment;
use crate::provider::Provider;
use provider::{Citizen, DemoProvider};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// Who delivers for the post in a demo.
pub(crate) const COURIER: Citizen =
    Citizen {
        name: "Phạm Thị Bưu Tá", number: "031185000002", birth: "19850704", assurance: 2, organisation: false
    };

/// Gives a demo's server its identity provider, once its address is known and before anybody is answered.
pub(crate) fn offer_sign_in(app: &App, address: SocketAddr) -> Result<(), String> {
    // Whoever listens on all addresses is reached on this machine.
    let host = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    let base = format!("http://{}", SocketAddr::new(host, address.port()));
    let demo = DemoProvider::at(&base);
    let provider = Provider::new(demo.settings())?;
    match (app.provider.set(provider), app.demo.set(demo)) {
        (Ok(()), Ok(())) => Ok(()),
        _ => Err("a demo has an identity provider of its own: take [provider] out of the settings".into()),
    }
}

/// Enters whom a demo needs to be there before anybody comes: the office, and the courier, to whom an officer hands parcels.
pub(crate) async fn seed(app: &App) -> Result<(), Surprise> {
    staff::seed(app).await?;
    enrolment::enter(app, COURIER.name, &COURIER.number.parse()?, true).await?;
    Ok(())
}

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
