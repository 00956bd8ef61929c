//! Phones of a town and their dossiers, each at another point of its course when the backup is made.

use crate::harness::{Caller, Hub};
use crate::world::{UNIT, address, outcome, photo, request_supplement};
use mobile_core::{
    Client, DoorProof, DoorRecipient, Error, FieldInput, FileKey, Http, Language, Outside, SyncView, SystemClock,
};
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;

/// More than it takes for what waits for another phone, and for a courier.
const ROUNDS: usize = 4;

/// How far each phone's dossier came before the backup and after.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Course {
    /// A draft; edited on, by the owner's other phone too.
    Draft,
    /// Handed in; accepted after.
    Accepted,
    /// Handed in; then asked for more, supplemented and accepted.
    Supplemented,
    /// Born after the backup.
    Born,
    /// Accepted; then decided, sent by post and delivered.
    Delivered,
}

pub(super) struct Phone {
    client: Client,
    /// Goes with the phone.
    _home: TempDir,
    pub(super) name: String,
    pub(super) number: String,
    course: Course,
    /// The person was entered after the backup.
    new: bool,
    id: String,
}

pub(super) struct Town {
    pub(super) hub: Hub,
    runtime: tokio::runtime::Runtime,
    pub(super) phones: Vec<Phone>,
    courier: Phone,
    officer: Caller,
    commands: u32,
}

impl Town {
    /// A quarter of the phones are the second one of somebody who has another; one in ten is of somebody new.
    pub(super) fn of(count: usize) -> Self {
        let hub = Hub::start();
        let officer =
            Caller::new(hub.url(), Some(hub.hoso(&["token", "--staff", "Lê Thị Lan", "--minutes", "60"]).last_word()));
        let courses = [Course::Draft, Course::Accepted, Course::Supplemented, Course::Born, Course::Delivered];
        let phone = |i: usize| {
            let second = i % 4 == 1;
            let person = if second { i - 1 } else { i };
            let (name, number) = (format!("Người Ví Dụ {person}"), format!("031090{person:06}"));
            let course = if second { Course::Draft } else { courses[(i / 2) % courses.len()] };
            phone(name, number, course, i % 10 == 6)
        };
        let courier = phone_of_courier();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        Self { hub, runtime, phones: (0..count).map(phone).collect(), courier, officer, commands: 0 }
    }

    pub(super) fn yesterday(&mut self) {
        self.enrol(&self.courier, true);
        for i in 0..self.phones.len() {
            if self.phones[i].new {
                continue;
            }
            self.enrol(&self.phones[i], false);
            match self.phones[i].course {
                Course::Born => {}
                Course::Draft => self.phones[i].id = self.draft(i),
                _ => self.phones[i].id = self.hand_in(i),
            }
            self.sync(i);
            if self.phones[i].course == Course::Delivered {
                let id = self.phones[i].id.clone();
                self.office(&id, &json!({"command": "accept"}));
                self.sync(i);
            }
        }
    }

    pub(super) fn today(&mut self) {
        for i in 0..self.phones.len() {
            if self.phones[i].new {
                self.enrol(&self.phones[i], false);
                self.phones[i].id = self.draft(i);
            }
            let (id, course) = (self.phones[i].id.clone(), self.phones[i].course);
            match course {
                Course::Draft => self.edit(i, &id),
                Course::Born if !self.phones[i].new => self.phones[i].id = self.hand_in(i),
                Course::Accepted if !self.phones[i].new => _ = self.office(&id, &json!({"command": "accept"})),
                Course::Supplemented if !self.phones[i].new => self.supplement(i, &id),
                Course::Delivered if !self.phones[i].new => self.send_by_post(i, &id),
                _ => {}
            }
            let another = self.draft(i);
            self.sync(i);
            self.edit(i, &another);
            self.sync(i);
            if course == Course::Born && !self.phones[i].new {
                let id = self.phones[i].id.clone();
                self.office(&id, &json!({"command": "accept"}));
            }
        }
        self.deliver();
        // The second phones edit what the first ones drafted, and everybody hears everything, with the proofs of receipts.
        for i in 0..self.phones.len() {
            self.sync(i);
        }
        for i in (1..self.phones.len()).step_by(4) {
            let shared = self.phones[i - 1].client.list().expect("a list").cards;
            let drafts = shared.into_iter().filter(|card| card.status == 0).map(|card| card.dossier);
            drafts.for_each(|id| self.edit(i, &id));
            self.sync(i);
        }
        for _ in 0..2 {
            (0..self.phones.len()).for_each(|i| _ = self.sync(i));
        }
    }

    /// Everybody synchronises until nothing is left to bring; how many phones have nothing left.
    pub(super) fn until_quiet(&mut self) -> usize {
        // The courier comes before anybody whose parcels these were: the records are kept, and count later.
        let early = self.runtime.block_on(self.courier.client.sync()).expect("the server knows the courier");
        assert!(early.problems.iter().all(|code| code == "not_on_manifest") && early.set_aside > 0, "{early:?}");
        for i in 0..self.phones.len() {
            match self.runtime.block_on(self.phones[i].client.sync()) {
                Err(Error::SignInAgain) if self.phones[i].new => self.enrol(&self.phones[i], false),
                Err(error) => panic!("{error}: {}", error.message(Language::English)),
                Ok(_) => assert!(!self.phones[i].new, "the server of yesterday does not know this phone"),
            }
        }
        for _ in 0..ROUNDS {
            (0..self.phones.len()).for_each(|i| _ = self.sync(i));
            self.sync_courier();
        }
        let parcels = self.courier.client.manifest().expect("a list");
        assert!(!parcels.is_empty() && parcels.iter().all(|parcel| parcel.is_delivered), "a courier's records count");
        let is_whole = |phone: &&Phone| {
            let cards = phone.client.list().expect("a list").cards;
            cards.iter().all(|card| {
                let told = phone.client.detail(&card.dossier).expect("it is here").timeline;
                card.unsent == 0 && told.iter().all(|step| !step.text.contains("trước khi hệ thống được khôi phục"))
            })
        };
        self.phones.iter().filter(is_whole).count()
    }

    fn draft(&self, i: usize) -> String {
        let client = &self.phones[i].client;
        let id = client.new_draft("2.000635").expect("a draft needs no network");
        client.set_fields(&id, &examples(client)).expect("examples fit");
        client.add_paper(&id, "identity", "can-cuoc.jpg", &photo(i as u32)).expect("a photo is a paper");
        id
    }

    fn edit(&self, i: usize, id: &str) {
        let client = &self.phones[i].client;
        client.set_field(id, "applicant_name", Some(&format!("Nguyễn Văn Số {i}"))).expect("a draft is open");
        client.set_field(id, "copies", Some(&(i % 7 + 2).to_string())).expect("a draft is open");
    }

    pub(super) fn hand_in(&self, i: usize) -> String {
        let id = self.draft(i);
        self.phones[i].client.submit(&id, UNIT).expect("the form is complete");
        id
    }

    fn supplement(&mut self, i: usize, id: &str) {
        self.office(id, &request_supplement());
        self.sync(i);
        let client = &self.phones[i].client;
        client.set_field(id, "applicant_name", Some("Nguyễn Văn Rõ Ràng")).expect("it was asked for");
        client.supplement(id).expect("it was asked for");
        self.sync(i);
        self.office(id, &json!({"command": "accept"}));
    }

    fn send_by_post(&mut self, i: usize, id: &str) {
        self.office(id, &outcome());
        self.sync(i);
        self.phones[i].client.choose_post(id, &address()).expect("the post is offered");
        self.sync(i);
        let couriers = self.officer.get("/v1/office/couriers").json();
        let courier = couriers[0]["person"].as_str().expect("one courier is enrolled");
        let seal = format!("NP-{i}");
        self.office(id, &json!({"command": "hand_to_post", "courier": courier, "tracking": null, "seal": seal}));
        self.sync(i);
    }

    fn deliver(&mut self) {
        self.sync_courier();
        let owner = DoorRecipient::Owner { identity: "citizen_card".into() };
        for phone in self.phones.iter().filter(|phone| phone.course == Course::Delivered && !phone.new) {
            let detail = phone.client.detail(&phone.id).expect("it is here");
            let parcels = self.courier.client.manifest().expect("a list");
            let parcel =
                parcels.iter().find(|p| Some(&p.dossier_code) == detail.card.code.as_ref()).expect("on the list");
            let code = DoorProof::Code { code: detail.recipient_code.expect("the recipient has a code") };
            self.courier.client.failed_attempt(&parcel.parcel, "absent", None).expect("recorded");
            self.courier.client.confirm_delivery(&parcel.parcel, &code, &owner, None).expect("recorded");
        }
        self.sync_courier();
    }

    fn enrol(&self, phone: &Phone, courier: bool) {
        let code = self.hub.code_for(&phone.name, &phone.number, courier);
        let enrolled = self.runtime.block_on(phone.client.enrol(&self.hub.url(), &code));
        enrolled.expect("a new code, or the same person again");
    }

    pub(super) fn sync(&self, i: usize) -> SyncView {
        self.synchronised(&self.phones[i])
    }

    fn sync_courier(&self) {
        self.synchronised(&self.courier);
    }

    fn synchronised(&self, phone: &Phone) -> SyncView {
        let seen = self.runtime.block_on(phone.client.sync()).unwrap_or_else(|e| panic!("{e}: {}", e.code()));
        assert!(seen.unreadable == 0 && seen.set_aside == 0 && seen.problems.is_empty(), "{}: {seen:?}", phone.name);
        seen
    }

    pub(super) fn office(&mut self, id: &str, command: &Value) -> Value {
        self.commands += 1;
        let key = format!("{}{:06}", &id[..id.len() - 6], self.commands);
        let answer = self.officer.post(&format!("/v1/office/dossiers/{id}/commands"), &key, command);
        assert_eq!(answer.status, 200, "{command}: {}", answer.text());
        answer.json()
    }
}

fn examples(client: &Client) -> Vec<FieldInput> {
    let procedure = client.procedure("2.000635").expect("in the catalogue");
    let input = |(key, value): (String, String)| FieldInput { key: key.replace('*', "1"), value: Some(value) };
    procedure.fields.into_iter().filter_map(|f| Some((f.key, f.example?))).map(input).collect()
}

fn phone_of_courier() -> Phone {
    phone("Bưu Tá Ví Dụ".into(), "031085999999".into(), Course::Born, false)
}

fn phone(name: String, number: String, course: Course, new: bool) -> Phone {
    let home = tempfile::tempdir().expect("a folder");
    let keys = FileKey::open(&home.path().join("me.pem")).expect("a key");
    let transport = Arc::new(Http::new().expect("a client"));
    let outside = Outside { keys: Arc::new(keys), transport, clock: Arc::new(SystemClock::default()) };
    let client = Client::open(home.path(), "me", outside, Language::Vietnamese).expect("a new store opens");
    Phone { client, _home: home, name, number, course, new, id: String::new() }
}
