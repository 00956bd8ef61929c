//! What one change costs in the heart alone, without signature, network and disk.

use super::{cpu, figure, form};
use dossier::admit::{Allow, Gate};
use dossier::document::Document;
use dossier::edit::{self, Edited};
use dossier::ids::{Actor, DossierId, Thumbprint};
use dossier::layout::{FieldKey, LAYOUT, Value};
use dossier::procedure::Procedure;
use rand::RngExt as _;
use rand::rngs::StdRng;

/// Changes of the dossier that is measured on, of one field each.
const CHANGES: usize = 40;
/// Changes that are judged one after the other on one index.
const IN_A_ROW: usize = 20;
const ROUNDS: usize = 300;

pub(crate) fn take() {
    let mut rng = form::seeded(1);
    let (document, _) = after(&born(), CHANGES, &mut rng);
    admit(&document, &mut rng);
    merge(&document, &mut rng);
}

/// The index of the dossier's history is there; a change is prescanned, decoded, judged and kept.
fn admit(document: &Document, rng: &mut StdRng) {
    let mut spent = 0.0;
    for _ in 0..ROUNDS {
        let (_, changes) = after(document, IN_A_ROW, rng);
        let mut gate = Gate::new(document.clone());
        let (actor, procedure) = (actor(), form::procedure(form::TWENTY_FIELDS));
        let judge = |change| judge(&mut gate, change, &actor, procedure);
        let (milliseconds, ()) = cpu::of(|| changes.iter().for_each(judge));
        spent += milliseconds;
    }
    figure("admit_change_cpu", spent * 1e3 / (ROUNDS * IN_A_ROW) as f64, "µs");
}

/// The saved dossier is loaded and indexed, one change judged, applied, and the result tried.
fn merge(document: &Document, rng: &mut StdRng) {
    let saved = document.save();
    let mut spent = 0.0;
    for _ in 0..ROUNDS {
        let (_, changes) = after(document, 1, rng);
        let (actor, procedure) = (actor(), form::procedure(form::TWENTY_FIELDS));
        let (milliseconds, merged) = cpu::of(|| {
            let mut gate = Gate::new(Document::load(&saved).expect("our own document"));
            judge(&mut gate, &changes[0], &actor, procedure);
            gate.trial().expect("an honest change")
        });
        spent += milliseconds;
        assert!(merged.0.has(&changes[0].hash));
    }
    figure("merge_change_cpu", spent / ROUNDS as f64, "ms");
}

fn judge(gate: &mut Gate, change: &Edited, actor: &Actor, procedure: &Procedure) {
    let allow = Allow {
        form: true,
        papers: true,
        acts: true,
        draft: true,
        field: &|key| procedure.allows_key(key),
        component: &|id| procedure.component(id).is_some(),
    };
    let judged = gate.judge(&change.bytes.0, actor, &allow).expect("an honest change");
    gate.keep(judged);
}

/// A document with so many more changes of one random field each, and those changes.
fn after(document: &Document, count: usize, rng: &mut StdRng) -> (Document, Vec<Edited>) {
    let procedure = form::procedure(form::TWENTY_FIELDS);
    let (mut document, mut changes) = (document.clone(), Vec::new());
    while changes.len() < count {
        let answers: Vec<(FieldKey, Value)> = form::filled(procedure, rng);
        let (key, value) = answers[rng.random_range(0..answers.len())].clone();
        changes.extend(edit::set_fields(&mut document, actor(), &[(key, Some(value))]));
    }
    (document, changes)
}

fn born() -> Document {
    Document::genesis(LAYOUT, &dossier())
}

fn dossier() -> DossierId {
    DossierId::from_bytes([1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 10, 11, 12, 13, 14, 15, 16])
}

fn actor() -> Actor {
    Actor::of_device(&Thumbprint([5; 32]), &dossier(), 0)
}
