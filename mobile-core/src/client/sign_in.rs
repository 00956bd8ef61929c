//! Signing in: two calls around the browser, or one with a code from the office. The device proves that it holds its key;
//! the server's identity and key are pinned for good. What another account of this phone has not sent is in another file
//! and is not touched.

mod callback;

use super::{Client, not_understood};
use crate::account::{Account, Pending, Remembered, Session};
use crate::api::{Call, Line, ServerWord, SignInWord, TokenWord, json};
use crate::error::Error;
use crate::events::Happened;
use crate::keys::verify;
use crate::storage::{Batch, Kind};
use crate::view::{AccountView, SignInView};
use callback::Callback;
use dossier::ids::{PublicKey, ServerId};
use dossier::log::{self, LogKey};
use dossier::sentence::Sentence;
use dossier::succession::follow;
use dossier::time::Timestamp;
use dossier::wire::{PROTOCOL, enrolment_message, sign_in_message};
use serde_json::json as body;
use std::sync::{Mutex, PoisonError};

/// What a person calls the device at the server.
const NAME: &str = "phone";

/// The server that was spoken to, as this account may know it.
struct Met {
    server: ServerId,
    key: PublicKey,
    log: Option<String>,
    /// Lists that were signed before this phone came here are genuine if a key that led to today's signed them.
    former: Vec<PublicKey>,
    known: Option<Account>,
}

impl Client {
    /// Asks the server where to sign in: the address to open in the person's browser, and the state that comes back with
    /// it. `redirect_uri` is where the browser is to come back to, as the office has registered it for the app.
    pub async fn begin_sign_in(&self, server: &str, redirect_uri: Option<&str>) -> Result<SignInView, Error> {
        let url = server_address(server)?;
        let session = Mutex::new(Session::default());
        let (now, keep) = self.without_tokens();
        let line = Line::new(self, &url, &session, (&now, &keep));
        let mut asked = body!({ "device": self.device.to_string() });
        if let Some(uri) = redirect_uri {
            asked["redirect_uri"] = uri.into();
        }
        let word: SignInWord = json(&line.open(Call::post_json("/v1/sign-in", &asked)).await?)?;
        // The browser is sent nowhere that a person would not be sent to sign in.
        if is_address(&word.url).is_none() || word.state.is_empty() {
            return Err(Error::malformed());
        }
        let mut batch = Batch::default();
        Pending { url, state: word.state.clone() }.put(&mut batch);
        self.with(|store| Ok(store.write(&batch)?))?;
        Ok(SignInView { url: word.url, state: word.state })
    }

    /// Takes the address that the browser came back with and enrols this device. A callback of another sign-in, of
    /// another phone or another server, changes nothing.
    pub async fn finish_sign_in(&self, callback: &str) -> Result<AccountView, Error> {
        let pending = self.with(|store| Ok(Pending::read(store)?))?;
        let stray = || Error::refused("sign_in_not_begun", Sentence::new("refused-sign-in-not-begun"));
        let back = Callback::read(callback).ok_or_else(|| not_understood("Callback"))?;
        let begun = pending.filter(|begun| begun.state == back.state).ok_or_else(stray)?;
        let code = back.code()?;
        let session = Mutex::new(Session::default());
        let (now, keep) = self.without_tokens();
        let line = Line::new(self, &begun.url, &session, (&now, &keep));
        let met = self.meet(&line).await?;
        let key = self.public_key();
        let signature = self.sign(&sign_in_message(&met.server, key, &begun.state, code))?;
        let mut asked = body!({
            "state": begun.state,
            "code": code,
            "public_key": key.to_string(),
            "signature": signature.to_string(),
            "name": NAME,
        });
        if let Some(iss) = &back.iss {
            asked["iss"] = iss.as_str().into();
        }
        let answered = line.open(Call::post_json("/v1/sign-in/finish", &asked)).await;
        let device = json(&self.obeying(&line, met.known.as_ref(), answered).await?)?;
        self.bind_to(&begun.url, met, device, &session)
    }

    /// Enrols this device with a single-use code from the office.
    pub async fn enrol(&self, server: &str, code: &str) -> Result<AccountView, Error> {
        let url = server_address(server)?;
        let session = Mutex::new(Session::default());
        let (now, keep) = self.without_tokens();
        let line = Line::new(self, &url, &session, (&now, &keep));
        let met = self.meet(&line).await?;
        let key = self.public_key();
        let signature = self.sign(&enrolment_message(&met.server, code, key))?;
        let asked = body!({
            "code": code,
            "public_key": key.to_string(),
            "signature": signature.to_string(),
            "name": NAME,
        });
        let answered = line.open(Call::post_json("/v1/devices", &asked)).await;
        let device = json(&self.obeying(&line, met.known.as_ref(), answered).await?)?;
        self.bind_to(&url, met, device, &session)
    }

    /// Who is signed in.
    pub fn account(&self) -> Result<Option<AccountView>, Error> {
        Ok(self.with(|store| Ok(Account::read(store)?))?.map(|account| account.view()))
    }

    /// For a line on which nothing is asked with a token: what comes of a sign-in is kept at its end, all of it at once.
    fn without_tokens(
        &self,
    ) -> (impl Fn() -> Timestamp + Send + Sync, impl Fn(&Session) -> Result<(), Error> + Send + Sync) {
        (|| self.outside.now(), |_: &Session| Ok(()))
    }

    /// Asks the server who it is. An account is bound to one server, and to keys that lead to one another.
    async fn meet(&self, line: &Line<'_>) -> Result<Met, Error> {
        let mut known = self.with(|store| Ok(Account::read(store)?))?;
        let word = line.open(Call::get("/v1/server")).await?;
        let word: ServerWord = json(&word)?;
        let (server, key) = pinned(&word)?;
        let links = word.successions()?;
        let other = || Error::refused("other_server", Sentence::new("refused-other-server"));
        if known.as_mut().is_some_and(|known| known.server != server || !known.follow(&key, &links, &verify)) {
            return Err(other());
        }
        let log = log_key(line, &server).await?;
        let pinned_log = known.as_ref().and_then(|known| known.log.clone());
        if log.is_some() && pinned_log.is_some() && log != pinned_log {
            return Err(other());
        }
        let led = links.iter().filter(|link| follow(&link.from, &key, &server, &links, &verify).is_some());
        let former = led.map(|link| link.from).collect();
        Ok(Met { server, key, log: log.or(pinned_log), former, known })
    }

    /// Keeps the account as the server bound it; one that is somebody's stays theirs.
    fn bind_to(&self, url: &str, met: Met, device: TokenWord, session: &Mutex<Session>) -> Result<AccountView, Error> {
        let person = device.person.parse().map_err(|_| Error::malformed())?;
        if met.known.is_some_and(|known| known.person != person) {
            return Err(Error::refused("other_person", Sentence::new("refused-other-person")));
        }
        let Met { server, key, log, former, .. } = met;
        let account = Account { url: url.to_owned(), server, key, person, courier: device.courier, log, former };
        let nonce = session.lock().unwrap_or_else(PoisonError::into_inner).nonce.clone();
        let now = self.with(|store| self.now(store))?;
        self.keep(&account, Session { nonce, ..Session::default() }.renewed(device.tokens(), now))?;
        Ok(account.view())
    }

    fn keep(&self, account: &Account, session: Session) -> Result<(), Error> {
        let mut batch = Batch::default();
        account.put(&mut batch);
        session.put(&mut batch);
        batch.remove(Kind::Meta, Pending::NAME.as_bytes());
        self.with(|store| Ok(store.write(&batch)?))?;
        *self.account.lock().unwrap_or_else(PoisonError::into_inner) = Some(account.clone());
        self.set_session(session);
        self.events.publish(&[Happened::Account]);
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
    word.speaks(PROTOCOL)?;
    let malformed = |_| Error::malformed();
    Ok((word.server_id.parse().map_err(malformed)?, word.public_key.parse().map_err(malformed)?))
}

/// A server's address without a final slash.
fn server_address(text: &str) -> Result<String, Error> {
    let url = text.trim().trim_end_matches('/');
    let rest = is_address(url).filter(|rest| !rest.contains(['?', '#']));
    let refused = || Error::refused("bad_server_address", Sentence::new("refused-bad-server-address"));
    rest.map(|_| url.to_owned()).ok_or_else(refused)
}

/// What stands behind the scheme of an address. Without TLS only this very machine is spoken to: tokens and forms travel.
fn is_address(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| {
        let rest = url.strip_prefix("http://")?;
        let host = rest.split('/').next()?;
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        matches!(name, "localhost" | "127.0.0.1" | "[::1]").then_some(rest)
    })?;
    let (host, plain) = (rest.split(['/', '?', '#']).next()?, !rest.contains([' ', '\\']));
    (plain && !host.is_empty() && !host.contains('@')).then_some(rest)
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
        for bad in ["https://h?x", "https://h/#x", "https://h/a b", "https:///x", "http://localhost\\@evil.example"] {
            assert!(server_address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_browser_is_sent_to_addresses_only_that_nobody_can_read_on_the_way() {
        for good in ["https://id.example/auth?state=a%40b&x=1", "http://127.0.0.1:1/auth?x", "https://id.example?x=a@b"]
        {
            assert!(is_address(good).is_some(), "{good}");
        }
        for bad in ["javascript:alert(1)", "http://id.example/auth", "hoso://x", "https://me@id.example/", "intent://x"]
        {
            assert!(is_address(bad).is_none(), "{bad}");
        }
    }
}
