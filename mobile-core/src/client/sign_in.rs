//! Signing in: two calls around the browser. The device proves that it holds its key; the server's identity and key
//! are pinned for good. What another account of this phone has not sent is in another file and is not touched.

use super::Client;
use crate::account::{Account, Pending, Remembered, Session};
use crate::api::{Call, Line, ServerWord, TokenWord, json};
use crate::error::Error;
use crate::keys::{public_key, sign, verify};
use crate::random;
use crate::storage::{Batch, Kind};
use crate::view::{AccountView, SignInView};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dossier::ids::{PublicKey, ServerId};
use dossier::log::{self, LogKey};
use dossier::sentence::Sentence;
use dossier::succession::follow;
use dossier::wire::{PROTOCOL, enrolment_message};
use serde_json::json as body;
use std::sync::Mutex;

/// Where the browser comes back to; the app registers it.
const CALLBACK: &str = "hoso://signed-in";

impl Client {
    /// The address to open in the browser, and the state that comes back with it.
    pub fn begin_sign_in(&self, server: &str) -> Result<SignInView, Error> {
        let url = server_address(server)?;
        let state = URL_SAFE_NO_PAD.encode(random::bytes::<16>()?);
        let mut batch = Batch::default();
        Pending { url: url.clone(), state: state.clone() }.put(&mut batch);
        self.with(|store| Ok(store.write(&batch)?))?;
        Ok(SignInView { url: format!("{url}/sign-in?redirect={CALLBACK}&state={state}"), state })
    }

    /// Takes the address that the browser came back with (`…?code=…&state=…`) and enrols this device.
    pub async fn finish_sign_in(&self, callback: &str) -> Result<AccountView, Error> {
        let (pending, known) = self.with(|store| Ok((Pending::read(store)?, Account::read(store)?)))?;
        let (code, state) = (parameter(callback, "code"), parameter(callback, "state"));
        let begun = pending.filter(|p| state.is_some_and(|s| s == p.state));
        let (Some(begun), Some(code)) = (begun, code) else {
            return Err(Error::refused("sign_in_not_begun", Sentence::new("refused-sign-in-not-begun")));
        };
        let session = Mutex::new(Session::default());
        // Nothing is asked with a token here: what comes of this is kept below, all of it at once.
        let (now, keep) = (|| self.outside.now(), |_: &Session| Ok(()));
        let line = Line::new(&self.outside, &begun.url, &session, (&now, &keep));
        let word = line.open(Call::get("/v1/server")).await?;
        let word: ServerWord = json(&word)?;
        let (server, key) = pinned(&word)?;
        let links = word.successions()?;
        let mut known = known;
        if known.as_mut().is_some_and(|known| known.server != server || !known.follow(&key, &links, &verify)) {
            return Err(Error::refused("other_server", Sentence::new("refused-other-server")));
        }
        let log = log_key(&line, &server).await?;
        let pinned_log = known.as_ref().and_then(|known| known.log.clone());
        if log.is_some() && pinned_log.is_some() && log != pinned_log {
            return Err(Error::refused("other_server", Sentence::new("refused-other-server")));
        }
        let log = log.or(pinned_log);
        let device = self.enrol(&line, &server, code).await?;
        let person = device.person.parse().map_err(|_| Error::malformed())?;
        if known.is_some_and(|known| known.person != person) {
            return Err(Error::refused("other_person", Sentence::new("refused-other-person")));
        }
        // Lists that were signed before this phone came here are genuine if a key that led to today's signed them.
        let led = links.iter().filter(|link| follow(&link.from, &key, &server, &links, &verify).is_some());
        let former = led.map(|link| link.from).collect();
        let account = Account { url: begun.url.clone(), server, key, person, courier: device.courier, log, former };
        let nonce = session.lock().unwrap_or_else(std::sync::PoisonError::into_inner).nonce.clone();
        let now = self.with(|store| self.now(store))?;
        self.keep(&account, Session { nonce, ..Session::default() }.renewed(device.tokens(), now))?;
        Ok(account.view())
    }

    /// Who is signed in.
    pub fn account(&self) -> Result<Option<AccountView>, Error> {
        Ok(self.with(|store| Ok(Account::read(store)?))?.map(|account| account.view()))
    }

    async fn enrol(&self, line: &Line<'_>, server: &ServerId, code: &str) -> Result<TokenWord, Error> {
        let keys = self.outside.keys.as_ref();
        let key = public_key(keys)?;
        let signature = sign(keys, &enrolment_message(server, code, &key))?;
        let asked = body!({
            "code": code,
            "public_key": key.to_string(),
            "signature": signature.to_string(),
            "name": "phone",
        });
        json(&line.open(Call::post_json("/v1/devices", &asked)).await?)
    }

    fn keep(&self, account: &Account, session: Session) -> Result<(), Error> {
        let mut batch = Batch::default();
        account.put(&mut batch);
        session.put(&mut batch);
        batch.remove(Kind::Meta, Pending::NAME.as_bytes());
        self.with(|store| Ok(store.write(&batch)?))?;
        *self.session.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = session;
        Ok(())
    }
}

impl Account {
    fn view(&self) -> AccountView {
        AccountView { server: self.url.clone(), person: self.person.to_string(), courier: self.courier }
    }
}

/// The key of the server's log; `None` at a server that keeps none.
async fn log_key(line: &Line<'_>, server: &ServerId) -> Result<Option<String>, Error> {
    let answer = match line.open(Call::get("/v1/log/key")).await {
        Err(Error::Refused { code, .. }) if code == "not_found" => return Ok(None),
        answer => answer?,
    };
    let key = str::from_utf8(&answer.body).ok().and_then(|text| text.trim_end().parse::<LogKey>().ok());
    let key = key.filter(|key| key.name() == log::origin(server)).ok_or_else(Error::malformed)?;
    Ok(Some(key.to_string()))
}

fn pinned(word: &ServerWord) -> Result<(ServerId, PublicKey), Error> {
    if word.protocol != PROTOCOL {
        return Err(Error::TooOld);
    }
    let malformed = |_| Error::malformed();
    Ok((word.server_id.parse().map_err(malformed)?, word.public_key.parse().map_err(malformed)?))
}

/// A server's address without a final slash. Without TLS only this very machine is spoken to: tokens and forms travel.
fn server_address(text: &str) -> Result<String, Error> {
    let url = text.trim().trim_end_matches('/');
    let refused = || Error::refused("bad_server_address", Sentence::new("refused-bad-server-address"));
    let rest = url.strip_prefix("https://").or_else(|| {
        let rest = url.strip_prefix("http://")?;
        let host = rest.split('/').next()?;
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        matches!(name, "localhost" | "127.0.0.1" | "[::1]").then_some(rest)
    });
    let ok = rest.is_some_and(|r| !r.is_empty() && !r.contains(['@', '?', '#', ' ']) && !r.starts_with('/'));
    if ok { Ok(url.to_owned()) } else { Err(refused()) }
}

/// A query parameter of an address. Codes and states are of letters that need no escaping.
fn parameter<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let query = url.split_once('?')?.1.split('#').next()?;
    query.split('&').filter_map(|pair| pair.split_once('=')).find(|(n, _)| *n == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_tls_only_this_machine_is_spoken_to() {
        for good in
            ["https://dvc.example", "https://h/x/", "http://127.0.0.1:8080/", "http://localhost", "http://[::1]:1"]
        {
            assert!(server_address(good).is_ok(), "{good}");
        }
        for bad in ["http://dvc.example", "ftp://h", "https://", "http://127.0.0.1.evil.example", "https://a@b", ""] {
            assert!(server_address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_callback_gives_its_parameters() {
        let url = "hoso://signed-in?code=AB-1&state=xyz#frag";
        assert_eq!(parameter(url, "code"), Some("AB-1"));
        assert_eq!(parameter(url, "state"), Some("xyz"));
        assert_eq!(parameter(url, "other"), None);
    }
}
