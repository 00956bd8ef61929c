//! Whether a phone is who it says, by what its request brings. Nothing here knows the web framework, and for an access token
//! nothing asks the database.

use super::dpop::{self, Asked, BadProof};
use super::refresh::{self, Presented};
use super::token;
use crate::address::Address;
use crate::app::App;
use crate::problem::{self, Problem};
use crate::revocation;
use crate::sessions;
use crate::store::sessions::SessionId;
use dossier::decide::Device;
use dossier::ids::{PublicKey, Thumbprint};

/// A phone's request, as far as it tells who calls.
#[derive(Clone, Copy)]
pub(crate) struct Brought<'a> {
    pub method: &'a str,
    pub path: &'a str,
    /// Where it came in, if it says so.
    pub address: Option<&'a Address>,
    pub token: &'a str,
    pub proof: &'a str,
}

/// An enrolled device that has proved its key.
#[derive(Clone)]
pub(crate) struct PhoneCaller {
    pub device: Device,
    pub key: PublicKey,
    /// That its token is of.
    pub session: SessionId,
}

/// Who may turn away a device that has proved its key, before anything is looked up.
pub(crate) type Door = fn(&App, &Thumbprint) -> Result<(), Problem>;

/// Who comes with an access token.
pub(crate) fn by_access_token(app: &App, brought: Brought<'_>, door: Door) -> Result<PhoneCaller, Problem> {
    let said = token::read_device(&app.keys, &app.info, brought.token, app.clock.now());
    let said = said.map_err(|e| Problem::of(&problem::UNAUTHORISED).because(e.0))?;
    let key = proven(app, brought, |key| {
        let same = key.jkt() == said.jkt;
        same.then_some(()).ok_or_else(|| Problem::of(&problem::PROOF).because("another key than the token's"))
    })?;
    let thumbprint = key.thumbprint();
    door(app, &thumbprint)?;
    revocation::check(app, &thumbprint, &said.session)?;
    Ok(PhoneCaller {
        device: Device { person: said.person, thumbprint, courier: said.courier },
        key,
        session: said.session,
    })
}

/// Who comes with a refresh token, which is not used by that: what answers the request uses it.
pub(crate) async fn by_refresh_token(
    app: &App,
    brought: Brought<'_>,
    door: Door,
) -> Result<(PhoneCaller, Presented), Problem> {
    let mut presented = None;
    let key = proven(app, brought, |key| {
        presented = refresh::read(&app.keys, brought.token, key);
        presented
            .map(|_| ())
            .ok_or_else(|| Problem::of(&problem::UNAUTHORISED).because("no refresh token of this device"))
    })?;
    let presented = presented.ok_or_else(|| Problem::of(&problem::UNAUTHORISED))?;
    door(app, &key.thumbprint())?;
    let device = sessions::holder(app, &presented, &key.thumbprint()).await?;
    Ok((PhoneCaller { device, key, session: presented.session }, presented))
}

/// The key that made the request's proof, if it is the one that the token is for and the proof comes for the first time.
/// In this order: only who has a token of ours takes a place among the proofs that are remembered.
fn proven(
    app: &App,
    brought: Brought<'_>,
    is_for: impl FnOnce(&Thumbprint) -> Result<(), Problem>,
) -> Result<PublicKey, Problem> {
    let Brought { method, path, token, .. } = brought;
    let wrong = |why| Problem::of(&problem::PROOF).because(why);
    let address = brought.address.ok_or_else(|| wrong("the request names no host"))?;
    let now = app.clock.now();
    let proven = dpop::check(&app.keys, now, brought.proof, Asked { method, address, path, token });
    let proven = proven.map_err(|bad| match bad {
        BadProof::Nonce => Problem::of(&problem::NONCE),
        BadProof::Wrong(why) => wrong(why),
    })?;
    let thumbprint = proven.key.thumbprint();
    is_for(&thumbprint)?;
    // A phone that is honest makes another proof for every try: told so, it comes again with a new nonce.
    if !app.replays.is_first(&thumbprint, &proven.id, proven.minute, now) {
        return Err(Problem::of(&problem::NONCE).because("the proof was used before"));
    }
    Ok(proven.key)
}
