//! The citizen's own devices: which there are, what they are called, and shutting one out. All of it is asked of the server.

use super::Client;
use crate::account::Session;
use crate::api::{Call, Line, json};
use crate::error::Error;
use crate::events::Happened;
use crate::transport::HttpResponse;
use crate::view::DeviceView;
use dossier::time::Timestamp;
use serde::Deserialize;
use serde_json::json as body;

/// `GET /v1/devices`.
#[derive(Deserialize)]
struct DevicesWord {
    devices: Vec<DeviceWord>,
}

#[derive(Deserialize)]
struct DeviceWord {
    device: String,
    name: String,
    enrolled_at: i64,
    last_seen: Option<i64>,
    this: bool,
    state: String,
}

impl Client {
    /// The devices of whoever is signed in, those that were shut out too.
    pub async fn devices(&self) -> Result<Vec<DeviceView>, Error> {
        let word: DevicesWord = json(&self.asked(Call::get("/v1/devices")).await?)?;
        Ok(word.devices.into_iter().map(DeviceWord::view).collect())
    }

    /// Calls a device otherwise.
    pub async fn name_device(&self, device: &str, name: &str) -> Result<(), Error> {
        let path = format!("/v1/devices/{device}/name");
        self.asked(Call::post_json(&path, &body!({ "name": name }))).await.map(|_| ())
    }

    /// Shuts a device out, this one too. What is on it stays there; a new code binds it again.
    pub async fn revoke_device(&self, device: &str) -> Result<(), Error> {
        let path = format!("/v1/devices/{device}/revoke");
        self.asked(Call { method: "POST", path: &path, media: "", body: Vec::new() }).await.map(|_| ())
    }

    /// Says that a device is lost: it is shut out for good, and deletes what this account keeps on it when it next comes to
    /// the server. What it has not sent is gone then.
    pub async fn report_lost(&self, device: &str) -> Result<(), Error> {
        let path = format!("/v1/devices/{device}/lost");
        self.asked(Call { method: "POST", path: &path, media: "", body: Vec::new() }).await.map(|_| ())
    }

    /// Ends this phone's session. Everything on it stays, what was not sent too; signing in again goes on from there.
    pub async fn sign_out(&self) -> Result<(), Error> {
        match self.asked(Call { method: "POST", path: "/v1/sign-out", media: "", body: Vec::new() }).await {
            // It was signed out already.
            Ok(_) | Err(Error::SignInAgain) => {}
            Err(other) => return Err(other),
        }
        let session = Session { nonce: self.session().nonce, ..Session::default() };
        self.write_session(&session)?;
        self.set_session(session);
        self.events.publish(&[Happened::Account]);
        Ok(())
    }

    /// The fingerprint of this phone's own key, by which the server knows it.
    pub fn device(&self) -> String {
        self.device.to_string()
    }

    /// One question with a token.
    pub(super) async fn asked(&self, call: Call<'_>) -> Result<HttpResponse, Error> {
        let _one_at_a_time = self.line.lock().await;
        let account = self.signed_in()?;
        let now = || self.server_time();
        let keep = |session: &Session| self.write_session(session);
        let line = Line::new(self, &account.url, &self.session, (&now, &keep));
        let answered = line.call(call).await;
        let kept = self.keep_session();
        // An order to delete is obeyed also where nothing can be written.
        let answered = self.obeying(&line, Some(&account), answered).await?;
        kept.map(|()| answered)
    }
}

impl DeviceWord {
    fn view(self) -> DeviceView {
        let text = |at: i64| Timestamp(at).to_string();
        DeviceView {
            device: self.device,
            name: self.name,
            enrolled_at: self.enrolled_at,
            enrolled_at_text: text(self.enrolled_at),
            last_seen: self.last_seen,
            last_seen_text: self.last_seen.map(text),
            is_this: self.this,
            state: self.state,
        }
    }
}
