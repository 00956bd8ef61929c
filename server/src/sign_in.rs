//! Signing in at an identity provider: the app asks where to send the browser, and brings back what the browser came with.
//! Each sign-in is one row that serves once and for ten minutes; what the provider says is read by `claims`, and the device
//! is bound by `enrolment` as by a code from the office.

mod claims;

use crate::app::App;
use crate::auth::signature;
use crate::enrolment::{self, Citizen};
use crate::problem::{self, Problem};
use crate::provider::{Callback, Failed, Kept, Provider};
use crate::revocation;
use crate::seal::Place;
use crate::store::people;
use crate::store::sessions::Out;
use crate::store::{self, sign_in as table};
use aws_lc_rs::digest::{SHA256, digest};
use claims::Unfit;
use dossier::decide::Device;
use dossier::ids::{PublicKey, Signature, Thumbprint};
use dossier::time::Timestamp;
use dossier::wire::{Renewed, sign_in_message, to_bytes};
use minicbor::{Decode, Encode};

/// How long a browser may take.
pub(crate) const SECONDS: i64 = 10 * 60;
/// So many may wait at the same time: who only begins them must not fill the disk. 300 bytes each.
const OPEN_MAX: u64 = if cfg!(test) { 20 } else { 20_000 };
/// Asking the provider takes less; one that is under way for longer died with its server.
const UNDER_WAY_SECONDS: i64 = 60;

/// What is kept of a sign-in while its browser is away.
#[derive(Encode, Decode)]
#[cbor(array)]
struct Waiting {
    #[n(0)]
    kept: Kept,
    /// It is finished by this device alone: on a phone another app may catch what the browser comes back with.
    #[n(1)]
    device: Thumbprint,
}

/// Where the browser goes.
pub(crate) struct Begun {
    pub url: String,
    pub state: String,
}

/// What the app brings when the browser is back.
pub(crate) struct Request<'a> {
    pub state: &'a str,
    pub code: &'a str,
    pub iss: Option<&'a str>,
    pub key: &'a PublicKey,
    pub signature: &'a Signature,
    pub name: &'a str,
}

/// Whom a sign-in has bound, for the one who asks again because the answer was lost.
#[derive(PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Outcome {
    #[n(0)]
    device: Thumbprint,
    /// Of the code; the code itself is worth nothing any more.
    #[cbor(n(1), with = "minicbor::bytes")]
    code: [u8; 32],
}

/// Begins a sign-in of a device that comes back to this address, or to the first that is registered.
pub(crate) async fn begin(app: &App, device: Thumbprint, redirect_uri: Option<&str>) -> Result<Begun, Problem> {
    let provider = offered(app)?;
    let registered = &provider.settings().redirect_uris;
    let back = redirect_uri.map_or_else(|| registered.first(), |asked| registered.iter().find(|uri| *uri == asked));
    let told = "`redirect_uri`: not one that is registered";
    let back = back.ok_or_else(|| Problem::of(&problem::MALFORMED).telling(told.into()))?;
    let now = app.clock.now();
    if table::open(&app.db.write, now).await? >= OPEN_MAX {
        return Err(Problem::of(&problem::BUSY).because("too many sign-ins are under way"));
    }
    let begun = provider.begin(back, now).await?;
    let state = lookup(app, &begun.state);
    let waiting = to_bytes(&Waiting { kept: begun.kept, device });
    let waiting = app.keys.store.seal(place("sign-in", &state), &waiting);
    table::insert(&app.db.write, state, waiting, now.plus_seconds(SECONDS)).await?;
    Ok(Begun { url: begun.url, state: begun.state })
}

/// Finishes a sign-in. Asked twice with the same state, code and key, it answers twice.
pub(crate) async fn finish(app: &App, request: &Request<'_>) -> Result<(Device, Renewed), Problem> {
    let message = sign_in_message(&app.info.server, request.key, request.state, request.code);
    if !signature::verify(request.key, &message, request.signature) {
        return Err(Problem::of(&problem::SIGNATURE));
    }
    let provider = offered(app)?;
    let (state, now) = (lookup(app, request.state), app.clock.now());
    // Before anything is used up: while the provider cannot be reached, a sign-in keeps its worth.
    provider.is_there(now).await?;
    let Some(waiting) = table::use_up(&app.db.write, &state, now).await? else {
        return again(app, request, &state, now).await;
    };
    match redeem(app, provider, request, (&state, &waiting)).await {
        Ok(signed_in) => Ok(signed_in),
        Err(problem) => {
            table::forget(&app.db.write, &state).await?;
            Err(problem)
        }
    }
}

async fn redeem(
    app: &App,
    provider: &Provider,
    request: &Request<'_>,
    (state, waiting): (&[u8], &[u8]),
) -> Result<(Device, Renewed), Problem> {
    let waiting = app.keys.store.open(place("sign-in", state), waiting)?;
    let waiting: Waiting = minicbor::decode(&waiting).map_err(|_| store::Failed::Unreadable("sign-in"))?;
    if waiting.device != request.key.thumbprint() {
        return Err(Problem::of(&problem::SIGN_IN).because("state: begun by another device"));
    }
    let citizen = citizen(provider, request, &waiting.kept, app.clock.now()).await?;
    let signed_in = enrolment::enrol_vouched(app, &citizen, (request.key, request.name)).await?;
    let outcome = app.keys.store.seal(place("sign-in outcome", state), &to_bytes(&request.outcome()));
    table::end(&app.db.write, state, outcome).await?;
    Ok(signed_in)
}

/// Whom the provider vouches for.
async fn citizen(provider: &Provider, request: &Request<'_>, kept: &Kept, now: Timestamp) -> Result<Citizen, Problem> {
    let settings = provider.settings();
    let callback = Callback { code: request.code, iss: request.iss };
    let verified = provider.finish(kept, &callback, &claims::wanted(&settings.claims), now).await?;
    claims::citizen(&verified, settings).map_err(|unfit| match unfit {
        Unfit::Organisation => Problem::of(&problem::ORGANISATION),
        Unfit::TooLow => Problem::of(&problem::ASSURANCE),
        Unfit::Claim(which) => Problem::of(&problem::SIGN_IN).because(format!("claim: {which}")),
    })
}

/// A state that does not wait: it was never there, its time is over, or it was used; by the same device with the same code,
/// whose answer was lost, or by somebody else.
async fn again(app: &App, request: &Request<'_>, state: &[u8], now: Timestamp) -> Result<(Device, Renewed), Problem> {
    let refused = |why: &str| Problem::of(&problem::SIGN_IN).because(why);
    let used = table::used(&app.db.read, state, now).await?.ok_or_else(|| refused("state: unknown or too old"))?;
    let Some(outcome) = used.outcome else {
        let dead = now >= used.at.plus_seconds(UNDER_WAY_SECONDS);
        return Err(if dead { refused("state: used, nothing came of it") } else { Problem::of(&problem::BUSY) });
    };
    let outcome = app.keys.store.open(place("sign-in outcome", state), &outcome)?;
    let outcome: Outcome = minicbor::decode(&outcome).map_err(|_| store::Failed::Unreadable("sign-in"))?;
    if outcome != request.outcome() {
        return Err(refused("state: used"));
    }
    let device = people::find_device(&app.db.read, &outcome.device).await?;
    let device = device.ok_or_else(|| refused("state: used, its device is gone"))?;
    if let Some(out) = device.out().filter(|out| *out != Out::Suspended) {
        return Err(revocation::problem_of(app, &outcome.device, out));
    }
    let device = Device { person: device.person, thumbprint: outcome.device, courier: device.courier };
    let again = enrolment::answered_again(app, &device, now.plus_seconds(-SECONDS)).await?;
    again.map(|tokens| (device, tokens)).ok_or_else(|| refused("state: used, and its answer came"))
}

impl Request<'_> {
    fn outcome(&self) -> Outcome {
        let mut code = [0; 32];
        code.copy_from_slice(digest(&SHA256, self.code.as_bytes()).as_ref());
        Outcome { device: self.key.thumbprint(), code }
    }
}

fn offered(app: &App) -> Result<&Provider, Problem> {
    app.provider.get().ok_or_else(|| Problem::of(&problem::NO_SIGN_IN))
}

fn lookup(app: &App, state: &str) -> Vec<u8> {
    app.keys.lookup("sign-in", state)
}

fn place<'a>(kind: &'static str, state: &'a [u8]) -> Place<'a> {
    Place { kind, owner: state, row: b"" }
}

impl From<Failed> for Problem {
    fn from(failed: Failed) -> Self {
        let kind = match failed {
            Failed::Unavailable(_) => &problem::PROVIDER,
            Failed::Refused(_) => &problem::SIGN_IN,
        };
        Self::of(kind).because(failed)
    }
}
