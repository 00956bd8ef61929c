//! What it costs to know who calls: an access token and a proof, judged by the function that a request's extractor calls.

use super::{Cpu, Trouble, runtime, server};
use crate::address::Address;
use crate::auth::caller::{Brought, by_access_token};
use crate::auth::nonce;
use crate::seal::random;
use crate::sessions;
use crate::store::sessions::SessionId;
use dossier::decide::Device;
use dossier::ids::{PersonId, PublicKey};
use std::path::Path;

/// Where the server is said to be.
pub const ADDRESS: &str = "http://127.0.0.1:8080";
pub const PATH: &str = "/v1/sync";

/// Milliseconds for each of the proofs that `prove` makes of a token and a nonce. All must be right, and each another one.
pub fn callers(
    data: &Path,
    key: &PublicKey,
    prove: &dyn Fn(&str, &str) -> Vec<String>,
    cpu: Cpu,
) -> Result<f64, Trouble> {
    let app = runtime()?.block_on(server(data))?;
    let person = PersonId(uuid::Builder::from_random_bytes(random()).into_uuid());
    let session = SessionId(uuid::Builder::from_random_bytes(random()).into_uuid());
    let device = Device { person, thumbprint: key.thumbprint(), courier: false };
    let token = sessions::tokens(&app, &device, &session, 1).access_token;
    let proofs = prove(&token, &nonce::make(&app.keys, app.clock.now()));
    let address = Address::parse(ADDRESS);
    let before = cpu();
    let known = proofs.iter().filter(|proof| {
        let brought = Brought { method: "POST", path: PATH, address: address.as_ref(), token: &token, proof };
        by_access_token(&app, brought, |_, _| Ok(())).is_ok_and(|caller| caller.device.person == person)
    });
    let known = known.count();
    let spent = cpu() - before;
    if known == proofs.len() { Ok(spent / known as f64) } else { Err("an honest proof was refused".into()) }
}
