//! What one change costs before anything of it is applied: from the packed request to the judged change.

use super::{Pushes, Trust, cpu, figure, form};
use dossier::admit::{Allow, Gate};
use dossier::decide::Evidence;
use dossier::document::Document;
use dossier::exchange::server::{evidence, read_request};
use dossier::exchange::{pack, push_leaf, push_message};
use dossier::ids::{Actor, DossierId, PublicKey, ServerId, Signature, Thumbprint};
use dossier::layout::{FieldKey, LAYOUT, Value};
use dossier::merkle;
use dossier::prescan::prescan;
use dossier::procedure::{Catalogue, Procedure};
use dossier::replica::{Intent, Replica};
use dossier::wire::{Cursor, DossierPush, Open, PROTOCOL, SyncRequest, to_bytes};
use mobile_core::{FileKey, KeyStore as _};
use rand::RngExt as _;
use rand::rngs::StdRng;
use tempfile::TempDir;

/// Changes of the dossier that is pushed to, of one field each.
const CHANGES: usize = 40;
const ROUNDS: usize = 300;

/// A device that writes by itself, without a store.
pub(super) struct Writer {
    key: FileKey,
    pub(super) public: PublicKey,
    _home: TempDir,
}

pub(super) fn take(trust: &Trust) {
    let (writer, mut rng, mut spent) = (Writer::new(), form::seeded(1), 0.0);
    let procedure = form::procedure(form::TWENTY_FIELDS);
    for n in 0..ROUNDS {
        let mut replica = writer.born(n as u32);
        writer.write(&mut replica, CHANGES, &mut rng);
        let before = replica.push().expect("40 changes wait");
        let mut document = Document::genesis(LAYOUT, &replica.dossier);
        document = after(document, &before, &writer, procedure);
        writer.write(&mut replica, 1, &mut rng);
        let packed = writer.request(vec![last(&replica)]);
        let mut gate = Gate::new(document);
        let (milliseconds, ()) = cpu::of(|| {
            let request = read_request(&packed).expect("our own request");
            let (signature, pushes) = (request.signature.as_ref(), &request.dossiers);
            let believed = evidence(pushes, signature, &server_id(), &writer.public, &trust.inside.verify);
            assert_eq!(believed.expect("our own signature").len(), 1);
            let change = &pushes[0].changes[0].0;
            // Once for the quota, once by the gate, as the server does it.
            prescan(change).expect("an honest change");
            judge(&mut gate, change, &writer.actor(&pushes[0]), procedure);
        });
        spent += milliseconds;
    }
    figure("push_change_cpu", spent / ROUNDS as f64, "ms");
}

/// Dossiers of 40 changes, and one more change for each of them.
pub(super) fn dossiers(count: usize, trust: &Trust) -> (Thumbprint, Pushes, Pushes) {
    let (writer, mut rng) = (Writer::new(), form::seeded(2));
    let (mut before, mut pushes) = (Vec::new(), Vec::new());
    for n in 0..count {
        let mut replica = writer.born(n as u32);
        writer.write(&mut replica, CHANGES, &mut rng);
        before.push(writer.believed(replica.push().expect("40 changes wait"), trust));
        writer.write(&mut replica, 1, &mut rng);
        pushes.push(writer.believed(last(&replica), trust));
    }
    (writer.public.thumbprint(), before, pushes)
}

impl Writer {
    pub(super) fn new() -> Self {
        let home = tempfile::tempdir().expect("a temporary folder can be made");
        let key = FileKey::open(&home.path().join("key.pem")).expect("a key can be made");
        let public = key.public_key().expect("its file was just written");
        let public = PublicKey::try_from(public.as_slice()).expect("a public key has 64 bytes");
        Self { key, public, _home: home }
    }

    /// A dossier that the server has not seen.
    fn born(&self, number: u32) -> Replica {
        // A UUIDv7 as RFC 9562 lays it out.
        let mut id = [1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 0, 0, 0, 0, 0, 0, 0];
        id[12..].copy_from_slice(&number.to_be_bytes());
        let id = DossierId::from_bytes(id);
        let procedure = form::procedure(form::TWENTY_FIELDS).code.clone();
        Replica::born(id, Open { layout: LAYOUT, procedure, catalogue: Catalogue::built_in().version })
    }

    /// So many changes of one random field each.
    fn write(&self, replica: &mut Replica, count: usize, rng: &mut StdRng) {
        let procedure = form::procedure(form::TWENTY_FIELDS);
        let most = replica.outbox.len() + count;
        while replica.outbox.len() < most {
            let answers: Vec<(FieldKey, Value)> = form::filled(procedure, rng);
            let (key, value) = answers[rng.random_range(0..answers.len())].clone();
            let intent = Intent::SetFields(vec![(key, Some(value))]);
            // The same answer again is no change.
            let _ = replica.write(&self.public.thumbprint(), intent, procedure);
        }
    }

    fn actor(&self, push: &DossierPush) -> Actor {
        Actor::of_device(&self.public.thumbprint(), &push.dossier, push.epoch)
    }

    /// A packed request, signed.
    fn request(&self, dossiers: Vec<DossierPush>) -> Vec<u8> {
        let signature = Some(self.sign(&dossiers));
        let cursor = Cursor::default();
        pack(&to_bytes(&SyncRequest {
            protocol: PROTOCOL,
            cursor,
            dossiers,
            signature,
            records: Vec::new(),
            after_restore: None,
        }))
    }

    fn sign(&self, dossiers: &[DossierPush]) -> Signature {
        let leaves: Vec<merkle::Hash> = dossiers.iter().map(|push| push_leaf(&server_id(), push)).collect();
        let message = push_message(&server_id(), &merkle::root(&leaves));
        let signature = self.key.sign(message).expect("its file was read before");
        Signature::try_from(signature.as_slice()).expect("a signature has 64 bytes")
    }

    fn believed(&self, push: DossierPush, trust: &Trust) -> (DossierPush, Evidence) {
        let pushes = [push];
        let signature = self.sign(&pushes);
        let believed = evidence(&pushes, Some(&signature), &server_id(), &self.public, &trust.inside.verify);
        let [push] = pushes;
        (push, believed.expect("our own signature").remove(0))
    }
}

fn server_id() -> ServerId {
    ServerId::from_bytes([9; 16])
}

/// The last change alone, as a phone pushes it when all before it was acknowledged.
fn last(replica: &Replica) -> DossierPush {
    let mut push = replica.push().expect("a change waits");
    push.changes.drain(..push.changes.len() - 1);
    DossierPush { open: None, ..push }
}

/// The document once it has taken in what is pushed.
fn after(document: Document, push: &DossierPush, writer: &Writer, procedure: &Procedure) -> Document {
    let mut gate = Gate::new(document);
    push.changes.iter().for_each(|change| judge(&mut gate, &change.0, &writer.actor(push), procedure));
    gate.trial().expect("honest changes").0
}

fn judge(gate: &mut Gate, change: &[u8], actor: &Actor, procedure: &Procedure) {
    let allow = Allow {
        form: true,
        papers: true,
        acts: true,
        draft: true,
        field: &|key| procedure.allows_key(key),
        component: &|id| procedure.component(id).is_some(),
    };
    let judged = gate.judge(change, actor, &allow).expect("an honest change");
    gate.keep(judged);
}
