//! A whole world in memory: phones, the hub, its officer, and a line that loses what it carries. Everything in it is the
//! product's own code, but for the hub's store (a map) and the line.

use dossier::act::{Act, DeliveryChoice, PostalAddress};
use dossier::calendar::Calendar;
use dossier::decide::{self, Command, CommandRefused, Device, DossierState, Kept, Officer, Recorded, Rows, Rules};
use dossier::delivery::SignedRecord;
use dossier::document::Document;
use dossier::edit::{self, Edited};
use dossier::event::Event;
use dossier::exchange::phone::{Reading, Turn, Waiting};
use dossier::exchange::{change_hash, phone, request_id, server};
use dossier::ids::{
    ActId, Actor, ChangeHash, DossierId, PaperHash, PersonId, ProcedureCode, PublicKey, ServerId, Signature, StaffId,
    Thumbprint, UnitCode,
};
use dossier::layout::{FieldKey, Frozen, PaperInfo, PaperKey, PaperKind, Value};
use dossier::procedure::{Catalogue, Procedure};
use dossier::replica::{Intent, Queued, Replica, WriteRefused};
use dossier::standing::{SignedStanding, Standing, Word};
use dossier::status::Status;
use dossier::time::Timestamp;
use dossier::wire::{
    AfterRestore, Blob, Cursor, Delta, DocumentDelta, DossierPush, Open, PROTOCOL, RecordVerdict, SyncAnswer, Verdict,
    to_bytes,
};
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{SigningKey, VerifyingKey};
use std::collections::{BTreeMap, BTreeSet};

/// 08:00 on Monday 23/11/2026.
pub(crate) const MONDAY_8: Timestamp = Timestamp(1_795_395_600_000);

pub(crate) struct Key(SigningKey);

impl Key {
    pub(crate) fn numbered(n: u8) -> Self {
        let mut secret = [7; 32];
        secret[31] = n;
        Self(SigningKey::from_slice(&secret).expect("a small number is a key"))
    }
    pub(crate) fn public(&self) -> PublicKey {
        PublicKey::try_from(&self.0.verifying_key().to_sec1_point(false).as_bytes()[1..]).expect("64 bytes")
    }
    pub(crate) fn sign(&self, message: &[u8]) -> Signature {
        let signature: p256::ecdsa::Signature = self.0.sign(message);
        Signature(signature.to_bytes().into())
    }
}

pub(crate) fn verify(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
    let key = VerifyingKey::from_sec1_bytes(&key.sec1()).expect("a key of this world");
    let signature = p256::ecdsa::Signature::from_slice(&signature.0).expect("a signature of this world");
    key.verify(message, &signature).is_ok()
}

pub(crate) struct Hub {
    pub(crate) id: ServerId,
    pub(crate) key: Key,
    pub(crate) now: Timestamp,
    pub(crate) dossiers: BTreeMap<DossierId, DossierState>,
    /// Every commit with the number of its dossier's version, in order.
    pub(crate) log: Vec<Rows>,
    devices: BTreeMap<PublicKey, Device>,
    chains: BTreeMap<Thumbprint, decide::Chain>,
    refused_records: BTreeMap<[u8; 32], String>,
    entropy: u8,
    life: u64,
}

/// What is in the hub's database, as a backup has it.
pub(crate) struct Backup {
    dossiers: BTreeMap<DossierId, DossierState>,
    log: Vec<Rows>,
    chains: BTreeMap<Thumbprint, decide::Chain>,
    refused_records: BTreeMap<[u8; 32], String>,
}

/// Who sits at the desk.
pub(crate) const OFFICER: StaffId = StaffId(uuid::Uuid::from_bytes([3; 16]));

impl Hub {
    pub(crate) fn backup(&self) -> Backup {
        Backup {
            dossiers: self.dossiers.clone(),
            log: self.log.clone(),
            chains: self.chains.clone(),
            refused_records: self.refused_records.clone(),
        }
    }

    /// Puts a backup back, and says so.
    pub(crate) fn restore(&mut self, backup: Backup) {
        let Backup { dossiers, log, chains, refused_records } = backup;
        (self.dossiers, self.log, self.chains, self.refused_records) = (dossiers, log, chains, refused_records);
        self.life = dossier::life::next(self.life, self.now);
    }

    /// The hub's signed word of a dossier, as it is now.
    pub(crate) fn standing(&self, id: &DossierId) -> SignedStanding {
        let (state, owner) = (self.state(id), self.dossiers[id].birth.as_ref().expect("born").owner);
        let document = Document::load(&state.document.expect("committed")).expect("readable");
        let changes = document.changes().iter().map(|change| change_hash(&change.0)).collect();
        Standing { dossier: *id, owner, changes, events: state.events }.signed(&self.id, |m| self.key.sign(m))
    }

    pub(crate) fn open() -> Self {
        Self {
            id: ServerId::from_bytes([9; 16]),
            key: Key::numbered(200),
            now: MONDAY_8,
            dossiers: BTreeMap::new(),
            log: Vec::new(),
            devices: BTreeMap::new(),
            chains: BTreeMap::new(),
            refused_records: BTreeMap::new(),
            entropy: 0,
            life: 1,
        }
    }

    fn rules(&mut self) -> Rules<'static> {
        self.entropy += 1;
        let (catalogue, calendar) = (Catalogue::built_in(), Calendar::built_in());
        Rules { now: self.now, catalogue, calendar, entropy: [self.entropy; 32] }
    }

    pub(crate) fn state(&self, id: &DossierId) -> DossierState {
        self.dossiers.get(id).cloned().unwrap_or_else(|| DossierState::unheard(*id))
    }

    fn write(&mut self, rows: Rows) {
        let next = self.state(&rows.dossier).after(&rows);
        self.dossiers.insert(rows.dossier, next);
        self.log.push(rows);
    }

    pub(crate) fn store_papers(&mut self, id: &DossierId, papers: impl IntoIterator<Item = PaperHash>) {
        let mut state = self.state(id);
        state.papers.extend(papers);
        self.dossiers.insert(*id, state);
    }

    /// What happened to a dossier, and the heads of its document: all that a restore must bring back.
    pub(crate) fn story(&self, id: &DossierId) -> (Vec<Event>, Vec<ChangeHash>) {
        let state = self.state(id);
        (state.events, Document::load(&state.document.expect("committed")).expect("readable").heads())
    }

    /// One request, one answer.
    pub(crate) fn sync(&mut self, key: &PublicKey, packed: &[u8]) -> Vec<u8> {
        let request = server::read_request(packed).expect("a phone of this world asks well");
        let device = self.devices[key].clone();
        let evidence = server::evidence(&request.dossiers, request.signature.as_ref(), &self.id, key, &verify)
            .expect("a phone of this world signs well");
        let mut verdicts = Vec::new();
        if server::is_of_another_life(&request.cursor, self.life) {
            let waits = |push: &DossierPush| vec![Verdict::Waits; push.changes.len()];
            let cursor = Cursor { incarnation: self.life, n: 0 };
            let verdicts = request.dossiers.iter().map(waits).collect();
            return self.answer(packed, (cursor, true), verdicts, Vec::new());
        }
        let after_restore = request.after_restore.unwrap_or_default();
        let mut said: BTreeMap<DossierId, Word> = BTreeMap::new();
        for standing in after_restore.standings {
            let word = standing.verified(&self.id, &[self.key.public()], &verify).expect("our own word");
            said.insert(word.said.dossier, word);
        }
        for (push, evidence) in request.dossiers.iter().zip(&evidence) {
            let rules = self.rules();
            let state = DossierState { said: said.remove(&push.dossier), ..self.state(&push.dossier) };
            let pushed = decide::push(&state, push, &device, evidence, &rules).expect("readable");
            verdicts.push(pushed.verdicts);
            if let Some(rows) = pushed.rows {
                self.write(rows);
            }
        }
        for (id, word) in said {
            let rules = self.rules();
            let state = DossierState { said: Some(word), ..self.state(&id) };
            if let Some(rows) = decide::take_back(&state, &device, &rules).expect("readable") {
                self.write(rows);
            }
        }
        let deltas = match after_restore.whole {
            true => self.all(&device),
            false => self.deltas(&device, request.cursor.n as usize),
        };
        let cursor = Cursor { incarnation: self.life, n: self.log.len() as u64 };
        self.answer(packed, (cursor, false), verdicts, deltas)
    }

    fn answer(
        &self,
        packed: &[u8],
        (cursor, more): (Cursor, bool),
        verdicts: Vec<Vec<Verdict>>,
        deltas: Vec<Delta>,
    ) -> Vec<u8> {
        let answer = SyncAnswer {
            protocol: PROTOCOL,
            request: request_id(packed),
            beacon: self.now,
            cursor,
            more,
            verdicts,
            record_verdicts: Vec::new(),
            deltas,
            manifests: Vec::new(),
            renewed: None,
        };
        server::write_answer(&answer, &self.id, |m| self.key.sign(m)).expect("small")
    }

    /// Everything of a device's person, whole.
    fn all(&self, device: &Device) -> Vec<Delta> {
        let whole = |(id, state): (&DossierId, &DossierState)| {
            let birth = state.birth.as_ref().filter(|birth| birth.owner == device.person)?;
            let document = DocumentDelta::Snapshot(Blob(state.document.clone()?));
            Some(Delta { dossier: *id, open: Some(birth.open.clone()), document, events: state.events.clone() })
        };
        self.dossiers.iter().filter_map(whole).collect()
    }

    /// What a device lacks since `n` commits ago: other devices' changes and all events.
    fn deltas(&self, device: &Device, n: usize) -> Vec<Delta> {
        let mine = |rows: &&Rows| rows.audiences.contains(&device.person);
        let touched: BTreeSet<DossierId> = self.log[n..].iter().filter(mine).map(|r| r.dossier).collect();
        let delta = |id: DossierId| {
            let of = |rows: &&Rows| rows.dossier == id;
            let new_to_it = !self.log[..n].iter().any(|r| r.dossier == id);
            let echo =
                self.log[n..].iter().filter(of).all(|r| r.origin == Some(device.thumbprint) && r.events.is_empty());
            let events = self.log[n..].iter().filter(of).flat_map(|r| r.events.clone()).collect();
            let others =
                self.log[n..].iter().filter(of).flat_map(|r| &r.changes).filter(|c| c.device != device.thumbprint);
            let state = &self.dossiers[&id];
            let document = match new_to_it && !echo {
                true => DocumentDelta::Snapshot(Blob(state.document.clone().expect("committed"))),
                false => DocumentDelta::Changes(others.map(|c| Blob(c.bytes.clone())).collect()),
            };
            Delta { dossier: id, open: state.birth.as_ref().map(|b| b.open.clone()), document, events }
        };
        touched.into_iter().map(delta).collect()
    }

    pub(crate) fn officer(&mut self, id: &DossierId, command: Command) -> Result<(), CommandRefused> {
        let officer = Officer { staff: OFFICER, unit: unit(), name: "Cán bộ Ví Dụ".into() };
        let serial = self.log.iter().filter(|r| r.serial.is_some()).count() as u32 + 1;
        let rules = self.rules();
        let rows = decide::command(&self.state(id), &command, &officer, serial, &rules)?;
        self.write(rows);
        Ok(())
    }

    /// One delivery record of a courier's device; its chain is kept as the server keeps it.
    pub(crate) fn record(&mut self, courier: &mut Phone, signed: &SignedRecord) -> RecordVerdict {
        let chain = self.chains.get(&courier.device.thumbprint).copied();
        let key = courier.key.public();
        let (read, end) = match decide::read_record(signed, &courier.device, &key, chain, &verify) {
            Ok(read) => read,
            Err(recorded) if recorded.is_of_the_past() => return recorded.as_before(self.kept(signed)),
            Err(recorded) => return recorded.verdict,
        };
        let found = self.log.iter().filter_map(|r| r.manifest.clone().map(|m| (r.dossier, m)));
        let found = found.into_iter().find(|(_, m)| m.parcels.iter().any(|p| p.id == read.parcel));
        let rules = self.rules();
        let recorded = match found {
            None => Recorded::of_no_parcel(end),
            Some((id, list)) => {
                decide::record(&self.state(&id), signed, &read, end, &to_bytes(&list), &courier.device, &rules)
            }
        };
        if let Some((_, code)) = recorded.refusal() {
            self.refused_records.insert(signed.hash(), code.to_owned());
        }
        if let Some(end) = recorded.chain {
            self.chains.insert(courier.device.thumbprint, end);
        }
        if let Some(rows) = recorded.rows {
            self.write(*rows);
        }
        recorded.verdict
    }

    /// What is remembered of a record.
    fn kept(&self, signed: &SignedRecord) -> Option<Kept> {
        let taken = self.log.iter().filter_map(|rows| rows.record.as_ref()).find(|r| r.hash == signed.hash());
        let taken = taken.map(|r| if r.disputed { Kept::Disputed } else { Kept::Accepted });
        taken.or_else(|| self.refused_records.get(&signed.hash()).cloned().map(Kept::Refused))
    }

    pub(crate) fn status(&self, id: &DossierId) -> Status {
        Status::of(&self.state(id).events)
    }
}

pub(crate) struct Phone {
    pub(crate) key: Key,
    pub(crate) device: Device,
    pub(crate) reading: Reading,
    pub(crate) held: BTreeMap<DossierId, Replica>,
    /// The hub's newest word of each dossier.
    pub(crate) standings: BTreeMap<DossierId, SignedStanding>,
    acts: u64,
}

impl Phone {
    /// A person's `n`-th device, known to the hub.
    pub(crate) fn of(hub: &mut Hub, person: u8, n: u8) -> Self {
        let key = Key::numbered(person * 10 + n);
        let device = Device {
            person: PersonId::from_bytes([person; 16]),
            thumbprint: key.public().thumbprint(),
            courier: false,
        };
        hub.devices.insert(key.public(), device.clone());
        Self { key, device, reading: Reading::default(), held: BTreeMap::new(), standings: BTreeMap::new(), acts: 0 }
    }

    pub(crate) fn of_courier(hub: &mut Hub, person: u8) -> Self {
        let mut phone = Self::of(hub, person, 1);
        phone.device.courier = true;
        hub.devices.insert(phone.key.public(), phone.device.clone());
        phone
    }

    pub(crate) fn draft(&mut self, n: u8) -> DossierId {
        self.draft_of(n, procedure())
    }

    pub(crate) fn draft_of(&mut self, n: u8, procedure: &Procedure) -> DossierId {
        let random = [n; 10];
        let id = DossierId(uuid::Builder::from_unix_timestamp_millis(1_795_395_600_000, &random).into_uuid());
        let open = Open { layout: 1, procedure: procedure.code.clone(), catalogue: Catalogue::built_in().version };
        self.held.insert(id, Replica::born(id, open));
        id
    }

    pub(crate) fn write(&mut self, id: &DossierId, intent: Intent) -> Result<(), WriteRefused> {
        let replica = self.held.get_mut(id).expect("held");
        let procedure = rules_of(replica);
        replica.write(&self.device.thumbprint, intent, procedure)
    }

    pub(crate) fn set(&mut self, id: &DossierId, field: &str, value: &str) -> Result<(), WriteRefused> {
        self.write(id, Intent::SetFields(vec![(field.parse().expect("a field"), Some(value.into()))]))
    }

    /// Writes a field and sends it.
    pub(crate) fn set_online(&mut self, hub: &mut Hub, id: &DossierId, field: &str, value: &str) {
        self.set(id, field, value).unwrap();
        self.sync(hub);
    }

    /// Hears what the office asks for, mends the name, and hands in again, not yet sent.
    pub(crate) fn mend_the_name(&mut self, hub: &mut Hub, id: &DossierId) {
        self.sync(hub);
        self.set(id, "applicant_name", "Nguyễn Văn Rõ").unwrap();
        self.supplement(id).unwrap();
    }

    /// The same, and sends it.
    pub(crate) fn mend_the_name_online(&mut self, hub: &mut Hub, id: &DossierId) {
        self.mend_the_name(hub, id);
        self.sync(hub);
    }

    /// Every field with its example, every required component with one paper.
    pub(crate) fn fill(&mut self, id: &DossierId) -> Vec<PaperHash> {
        let procedure = rules_of(&self.held[id]);
        let fields = procedure.examples().into_iter().map(|(key, value)| (key, Some(value))).collect();
        self.write(id, Intent::SetFields(fields)).expect("a draft takes its examples");
        let mut hashes = Vec::new();
        for (i, component) in procedure.components.iter().enumerate() {
            let hash = PaperHash([i as u8 + 1; 32]);
            let info = PaperInfo { kind: PaperKind::Jpeg, size: 1000, name: "anh.jpg".into() };
            self.write(id, Intent::AttachPaper(PaperKey { component: component.id.clone(), hash }, info))
                .expect("draft");
            hashes.push(hash);
        }
        hashes
    }

    pub(crate) fn act(&mut self, id: &DossierId, act: Act) -> Result<(), WriteRefused> {
        let act_id = self.act_id();
        self.write(id, Intent::Act(act_id, act))
    }

    /// As a phone would that does not look at what it sends.
    pub(crate) fn act_unchecked(&mut self, id: &DossierId, act: Act) {
        let act_id = self.act_id();
        let edited = |document: &mut Document, actor| edit::act(document, actor, &act_id, &act).expect("a new act");
        self.write_unchecked(id, Intent::Act(act_id, act.clone()), edited);
    }

    /// The same for a field.
    pub(crate) fn set_unchecked(&mut self, id: &DossierId, field: &str, value: &str) {
        let values = vec![(field.parse().expect("a field"), Some(value.into()))];
        let edited =
            |document: &mut Document, actor| edit::set_fields(document, actor, &values).expect("another value");
        self.write_unchecked(id, Intent::SetFields(values.clone()), edited);
    }

    fn write_unchecked(&mut self, id: &DossierId, intent: Intent, edited: impl Fn(&mut Document, Actor) -> Edited) {
        let replica = self.held.get_mut(id).expect("held");
        let actor = Actor::of_device(&self.device.thumbprint, id, replica.epoch);
        let Edited { hash, bytes: change } = edited(&mut replica.local().expect("readable"), actor);
        replica.outbox.push(Queued { intent, hash, change, lacking: Vec::new(), sent: false, lost: None });
    }

    fn act_id(&mut self) -> ActId {
        self.acts += 1;
        let random = [self.acts as u8 ^ self.key.public().0[0]; 10];
        ActId(uuid::Builder::from_unix_timestamp_millis(1_795_395_600_000 + self.acts, &random).into_uuid())
    }

    pub(crate) fn submit(&mut self, id: &DossierId) -> Result<(), WriteRefused> {
        let content = self.content(id);
        self.act(id, Act::Submit(content, unit(), None))
    }

    pub(crate) fn supplement(&mut self, id: &DossierId) -> Result<(), WriteRefused> {
        let content = self.content(id);
        self.act(id, Act::Supplement(content))
    }

    pub(crate) fn content(&self, id: &DossierId) -> dossier::ids::ContentHash {
        let replica = &self.held[id];
        Frozen::of(&replica.projection().expect("readable"), replica.open.catalogue).hash()
    }

    /// Asks, and hears the answer.
    pub(crate) fn sync(&mut self, hub: &mut Hub) -> Vec<Verdict> {
        let (asked, answer) = self.ask(hub);
        self.hear(hub, asked, &answer)
    }

    /// Asks; the answer is lost on the line.
    pub(crate) fn sync_and_lose_the_answer(&mut self, hub: &mut Hub) {
        self.ask(hub);
    }

    fn ask(&mut self, hub: &mut Hub) -> (phone::Asked, Vec<u8>) {
        let Reading { cursor, whole } = self.reading;
        let wanting = self.held.values().filter(|replica| replica.needs_standing());
        let standings = wanting.filter_map(|replica| self.standings.get(&replica.dossier).cloned()).collect();
        let waiting = Waiting {
            outbox: self.held.values().filter_map(Replica::push).collect(),
            records: Vec::new(),
            after_restore: Some(AfterRestore { whole, standings }).filter(|after| *after != AfterRestore::default()),
        };
        let (asked, request) = phone::ask(cursor, waiting, &hub.id, |m| self.key.sign(m));
        let answer = hub.sync(&self.key.public(), &request);
        (asked, answer)
    }

    fn hear(&mut self, hub: &Hub, asked: phone::Asked, answer: &[u8]) -> Vec<Verdict> {
        let heard = asked.hear(answer, &hub.id, &hub.key.public(), &verify).expect("the hub answers well");
        let (reading, turn) = self.reading.hear(heard.cursor, heard.more);
        self.reading = reading;
        let device = self.device.thumbprint;
        if turn == Turn::BeginsAnew {
            self.held.values_mut().for_each(|replica| replica.begin_refill(hub.now));
            return Vec::new();
        }
        let mut all = Vec::new();
        for news in heard.news {
            match (self.held.get_mut(&news.dossier), &news.delta) {
                (Some(replica), delta @ Some(_)) if matches!(turn, Turn::Compares { .. }) => {
                    replica.compare(&device, delta.as_ref()).expect("the hub sends what can be read");
                }
                (Some(replica), delta) => {
                    replica
                        .absorb(&self.device.thumbprint, &news.sent, &news.verdicts, delta.as_ref())
                        .expect("the hub sends what can be read");
                }
                (None, Some(delta)) => {
                    self.held.insert(news.dossier, Replica::received(delta).expect("a snapshot"));
                }
                (None, None) => {}
            }
            all.extend(news.verdicts);
        }
        if turn == (Turn::Compares { ended: true }) {
            for replica in self.held.values_mut().filter(|r| r.refill.as_ref().is_some_and(|r| !r.compared)) {
                replica.compare(&device, None).expect("a phone reads what it has");
            }
        }
        let whole = self.held.values().filter(|replica| replica.known && replica.refill.is_none());
        self.standings.extend(whole.map(|replica| (replica.dossier, hub.standing(&replica.dossier))));
        all
    }

    /// Asks until nothing moves.
    pub(crate) fn sync_until_quiet(&mut self, hub: &mut Hub) {
        for _ in 0..8 {
            self.sync(hub);
        }
    }

    pub(crate) fn form(&self, id: &DossierId) -> BTreeMap<FieldKey, Vec<Value>> {
        self.held[id].projection().expect("readable").form
    }

    pub(crate) fn value(&self, id: &DossierId, field: &str) -> Vec<Value> {
        self.form(id).remove(&field.parse::<FieldKey>().expect("a field")).unwrap_or_default()
    }

    /// Whether the first of what was set aside could be done now.
    pub(crate) fn can_bring_back(&self, id: &DossierId) -> bool {
        self.held[id].can_bring_back(0, rules_of(&self.held[id]))
    }

    pub(crate) fn bring_back(&mut self, id: &DossierId) -> Result<(), WriteRefused> {
        let replica = self.held.get_mut(id).expect("held");
        let procedure = rules_of(replica);
        replica.bring_back(0, &self.device.thumbprint, procedure)
    }
}

pub(crate) fn procedure() -> &'static Procedure {
    let code: ProcedureCode = "1.004873".parse().expect("a code");
    Catalogue::built_in().procedure(&code).expect("in the catalogue")
}

pub(crate) fn unit() -> UnitCode {
    Catalogue::built_in().units()[0].code.clone()
}

/// A procedure that is done at once, and whose date no wait moves.
pub(crate) fn same_day() -> &'static Procedure {
    Catalogue::built_in().procedure(&"2.000635".parse().expect("a code")).expect("in the catalogue")
}

fn rules_of(replica: &Replica) -> &'static Procedure {
    Catalogue::built_in().procedure(&replica.open.procedure).expect("in the catalogue")
}

/// The office asks for these fields again, within five working days.
pub(crate) fn ask_for(fields: &[&str]) -> Command {
    let fields = fields.iter().map(ToString::to_string).collect();
    Command::RequestSupplement { reason: "Xem lại".into(), fields, components: vec![], working_days: 5 }
}

pub(crate) fn address(recipient: &str, area: &str, line: &str) -> PostalAddress {
    let (recipient, area, line) = (recipient.into(), area.into(), line.into());
    PostalAddress { recipient, phone: "0912000001".parse().expect("a number"), area, line }
}

/// The result is to come by post.
pub(crate) fn by_post() -> Act {
    Act::ChooseDelivery(DeliveryChoice::ByPost(address("Nguyễn Văn Ví Dụ", "31/99901", "Số 1")))
}

/// Each asks until nothing moves, and again after the others did.
pub(crate) fn all_sync_until_quiet(hub: &mut Hub, phones: [&mut Phone; 2]) {
    let [a, b] = phones;
    for _ in 0..2 {
        a.sync_until_quiet(hub);
        b.sync_until_quiet(hub);
    }
}

/// Two phones of one person, which hold the same complete draft.
pub(crate) fn two_phones_with_one_draft(hub: &mut Hub) -> (Phone, Phone, DossierId) {
    let (mut a, mut b) = (Phone::of(hub, 1, 1), Phone::of(hub, 1, 2));
    let id = a.draft(1);
    let papers = a.fill(&id);
    a.sync(hub);
    b.sync(hub);
    hub.store_papers(&id, papers);
    (a, b, id)
}

/// A dossier that has been handed in, and the phone that did.
pub(crate) fn submitted(hub: &mut Hub) -> (Phone, DossierId) {
    submitted_of(hub, procedure())
}

pub(crate) fn submitted_of(hub: &mut Hub, procedure: &Procedure) -> (Phone, DossierId) {
    let mut a = Phone::of(hub, 1, 1);
    let id = a.draft_of(1, procedure);
    let papers = a.fill(&id);
    a.sync(hub);
    hub.store_papers(&id, papers);
    a.submit(&id).unwrap();
    a.sync(hub);
    (a, id)
}
