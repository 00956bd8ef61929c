//! Somebody at the desk's pages, with a browser that keeps its cookie and the token of the page it shows.

use super::*;
use crate::seal::random;
use crate::staff::password::{Password, hash_here};
use crate::staff::{session, sign_in, totp};
use crate::store::accounts;
use crate::store::postings::{self, Posted};
use std::net::SocketAddr;
use uuid::Uuid;

pub(super) const PASSWORD: &str = "chuồn chuồn bay thấp";

/// Somebody who can sign in.
pub(super) struct Entered {
    pub login: String,
    pub staff: StaffId,
    pub key: [u8; totp::KEY],
    pub recovery: Vec<String>,
    pub postings: Vec<Uuid>,
}

pub(super) async fn post_to(world: &World, staff: StaffId, unit: usize, role: Role) -> Posted {
    let posted = Posted {
        id: Uuid::from_bytes(random()),
        staff,
        unit: Catalogue::built_in().units()[unit].code.clone(),
        role: role.word().into(),
        starts_at: MONDAY.plus_seconds(-86_400),
        ends_at: None,
        stands_in_for: None,
    };
    postings::insert(&world.app.db.write, &world.app.keys, &posted, (None, MONDAY)).await.unwrap();
    posted
}

impl World {
    /// Enters somebody who has a password, an authenticator and these postings.
    pub(super) async fn enter(&self, login: &str, posted: &[(usize, Role)]) -> Entered {
        let (app, staff, key) = (&self.app, StaffId(Uuid::from_bytes(random())), random());
        let hash = hash_here(&app.keys, &staff, &Password::typed(PASSWORD));
        accounts::insert(&app.db.write, &staff, (login, "Lê Thị Cán Bộ"), (&hash, MONDAY), MONDAY).await.unwrap();
        accounts::set_password(&app.db.write, &staff, &hash, None).await.unwrap();
        let recovery = vec!["AAAA-0000-0000-0001".to_owned(), "AAAA-0000-0000-0002".to_owned()];
        sign_in::bind(app, &staff, (&key, 0), &recovery).await.unwrap();
        let mut postings = Vec::new();
        for (unit, role) in posted {
            postings.push(post_to(self, staff, *unit, *role).await.id);
        }
        Entered { login: login.into(), staff, key, recovery, postings }
    }

    /// The cookie of somebody of a unit who is signed in, and what stands in the forms of that session.
    pub(super) async fn session_of(&self, unit: usize, role: Role) -> (String, String) {
        let entered = self.enter(&format!("{role}.{unit}.{}", hex::encode(random::<4>())), &[(unit, role)]).await;
        let half = session::begin(&self.app, &entered.staff).await.unwrap();
        let half = session::read(&self.app, &half).await.unwrap().unwrap();
        let value = session::go_on(&self.app, &half, |held| {
            held.stepped_up_at = Some(self.app.clock.now());
            held.posting = Some(entered.postings[0]);
        });
        let value = value.await.unwrap().unwrap();
        let signed = session::read(&self.app, &value).await.unwrap().unwrap();
        (format!("hoso-desk={value}"), signed.csrf)
    }

    pub(super) fn browser(&self) -> Browser<'_> {
        Browser { world: self, cookie: String::new(), csrf: String::new(), from: "192.0.2.1:9".parse().unwrap() }
    }
}

impl Entered {
    /// What the authenticator shows, so many half minutes from now.
    pub(super) fn code(&self, world: &World, later: i64) -> String {
        totp::code(&self.key, totp::step(world.app.clock.now()) + later)
    }
}

pub(super) struct Browser<'a> {
    pub world: &'a World,
    /// As it is sent: name and value, or nothing.
    pub cookie: String,
    /// Of the page that was shown last.
    pub csrf: String,
    pub from: SocketAddr,
}

impl Browser<'_> {
    pub(super) async fn get(&mut self, path: &str) -> Answer {
        self.ask(TestRequest::get().uri(path)).await
    }

    /// Sends a form of the page that was shown last.
    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf.clone();
        self.send(path, &[fields, &[("csrf", &csrf)]].concat()).await
    }

    /// Sends just these fields.
    pub(super) async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.ask(TestRequest::post().uri(path).set_form(fields)).await
    }

    async fn ask(&mut self, request: TestRequest) -> Answer {
        let request = request.peer_addr(self.from).insert_header(("Sec-Fetch-Site", "same-origin"));
        let request =
            if self.cookie.is_empty() { request } else { request.insert_header(("Cookie", self.cookie.clone())) };
        let answer = self.world.ask(request).await;
        if let Some(cookie) = answer.header("set-cookie") {
            self.cookie = cookie.split(';').next().unwrap().to_owned();
        }
        if let Some(token) = answer.text().split("name=\"csrf\" value=\"").nth(1) {
            self.csrf = token[..32].to_owned();
        }
        answer
    }

    /// Login and password, and the code of this half minute; to the page that follows.
    pub(super) async fn sign_in(&mut self, who: &Entered) -> Answer {
        let code = who.code(self.world, 0);
        self.sign_in_with(who, &code).await
    }

    pub(super) async fn sign_in_with(&mut self, who: &Entered, code: &str) -> Answer {
        let first = self.send("/desk/sign-in", &[("login", &who.login), ("password", PASSWORD)]).await;
        assert_eq!((first.status, first.header("location")), (303, Some("/desk/sign-in/code")), "{}", first.text());
        self.get("/desk/sign-in/code").await;
        self.post("/desk/sign-in/code", &[("code", code)]).await
    }
}
