//! The gate from end to end. What it admits applies, saves, loads, has the same heads, reads the same, and the dossier
//! goes on, on the server and on another phone. What it refuses leaves no trace. No panic of the document library
//! happens outside the trial, and none comes out.

use crate::forge;
use crate::script::Script;
use crate::stage::{Stage, device, set, stages};
use crate::watch::{count, last_panic};
use automerge::legacy::OpType;
use automerge::{Change, ScalarValue};
use dossier::admit::{Allow, Gate, Refusal, Writes};
use dossier::document::Document;
use dossier::ids::ChangeHash;
use dossier::prescan::prescan;
use dossier::wire::Blob;
use std::cell::RefCell;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

pub const ANYTHING: Allow<'static> =
    Allow { form: true, papers: true, acts: true, draft: false, field: &|_| true, component: &|_| true };

const ATTACKER: u8 = 1;
/// A script that begins with this second byte is the bytes of one change.
pub const RAW: u8 = 255;
/// The same, with the chunk's length and checksum repaired.
pub const RAW_REPAIRED: u8 = 254;

/// The most shapes that are remembered of a stage: memory for a long run.
const SHAPES_MAX: usize = 2_000_000;
/// How often each stage is played: the large ones cost most.
const STAGES: [usize; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 0, 2, 4];

/// A stage with the gate in which the first change of each script is judged: one that is refused leaves no trace.
struct Set {
    stage: Stage,
    gate: Gate,
    /// Pushes that were merged, by their shape.
    merged: HashSet<u64>,
}

thread_local! {
    static SETS: RefCell<Vec<Set>> = RefCell::new(
        stages().into_iter().map(|stage| Set { gate: Gate::new(stage.server.clone()), stage, merged: HashSet::new() }).collect(),
    );
}

pub fn run(input: &[u8]) {
    SETS.with_borrow_mut(|sets| {
        let mut script = Script::new(input);
        let at = *script.of(&STAGES);
        play(&mut sets[at], script);
    });
}

fn play(set: &mut Set, mut script: Script<'_>) {
    count("executions");
    match script.byte() {
        RAW => push(set, script.rest().to_vec(), false, |_, _| None),
        RAW_REPAIRED => {
            let mut bytes = script.rest().to_vec();
            forge::repair(&mut bytes);
            push(set, bytes, false, |_, _| None)
        }
        byte => {
            let (first, honest) = forge::change(&mut script, &set.stage, &set.stage.basis);
            push(set, first, honest, |stage, first| {
                (byte % 4 == 3).then(|| {
                    let mut basis = stage.basis.clone();
                    basis.go_on(first);
                    forge::change(&mut script, stage, &basis)
                })
            })
        }
    }
}

/// One push: a change and, if it is admitted, perhaps one on top of it. What was admitted is tried.
fn push(set: &mut Set, bytes: Vec<u8>, honest: bool, second: impl FnOnce(&Stage, &[u8]) -> Option<(Vec<u8>, bool)>) {
    let Set { stage, gate: shared, merged } = set;
    let judged = judge(shared, &bytes, ATTACKER);
    count(Reached::of(&bytes, judged.as_ref().err()).name());
    let judged = match judged {
        Ok(judged) => judged,
        Err(refusal) => return count(refusal.code()),
    };
    let (mut shape, mut admitted) = (DefaultHasher::new(), vec![judged.hash]);
    shape_of(&bytes, stage, &mut shape);
    let second = second(stage, &bytes);
    // A push of which only the values differ from one that was merged is merged one time in 32.
    if second.is_none() && !is_new(merged, &shape) && judged.hash.0[1] % 32 != 0 {
        return count(if honest { "admitted_honest" } else { "admitted_altered" });
    }
    let mut gate = Gate::new(stage.server.clone());
    keep(&mut gate, &bytes, honest).expect("what one gate admits another admits");
    if let Some((bytes, honest)) = second {
        match keep(&mut gate, &bytes, honest) {
            Ok(hash) => {
                admitted.push(hash);
                shape_of(&bytes, stage, &mut shape);
            }
            Err(refusal) => count(refusal.code()),
        }
        if !is_new(merged, &shape) && judged.hash.0[1] % 32 != 0 {
            return;
        }
    }
    live_on(&stage.server, gate, &admitted);
}

fn is_new(merged: &mut HashSet<u64>, shape: &DefaultHasher) -> bool {
    merged.len() < SHAPES_MAX && merged.insert(shape.finish())
}

fn keep(gate: &mut Gate, bytes: &[u8], honest: bool) -> Result<ChangeHash, Refusal> {
    let judged = judge(gate, bytes, ATTACKER)?;
    count(if honest { "admitted_honest" } else { "admitted_altered" });
    let (hash, deps, act) = (judged.hash, judged.deps.clone(), matches!(judged.writes, Writes::Act(..)));
    gate.keep(judged);
    assert!(gate.has(&hash));
    // What an act speaks of: read before the trial, by the same library.
    if act && gate.project_at(&deps).is_err() {
        refused_by_trial();
    }
    Ok(hash)
}

/// What of a change decides how it merges: where it stands, and for each operation its key, its predecessors, its kind.
fn shape_of(bytes: &[u8], stage: &Stage, shape: &mut DefaultHasher) {
    let change = Change::try_from(bytes).expect("an admitted change can be read").decode();
    (change.seq, change.start_op).hash(shape);
    // A change of this push has another hash with every value.
    change.deps.iter().filter(|dep| stage.changes.iter().any(|known| known.0 == dep.0)).for_each(|dep| dep.hash(shape));
    for op in &change.operations {
        (&op.obj, &op.key, op.pred.iter().collect::<Vec<_>>()).hash(shape);
        match &op.action {
            OpType::Put(ScalarValue::Str(text)) => (1, text.len() > 127).hash(shape),
            other => std::mem::discriminant(other).hash(shape),
        }
    }
}

fn judge(gate: &mut Gate, bytes: &[u8], by: u8) -> Result<dossier::admit::Judged, Refusal> {
    let judged = gate.judge(bytes, &device(by), &ANYTHING);
    if let Some(why) = last_panic() {
        panic!("the library panicked while a change was judged, before the trial: {why}");
    }
    judged
}

/// How far the first change of a script came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reached {
    Prescan,
    Header,
    Operations,
    Admission,
}

impl Reached {
    fn of(bytes: &[u8], refusal: Option<&Refusal>) -> Self {
        use Refusal::*;
        match refusal {
            None => Self::Admission,
            Some(_) if prescan(bytes).is_err() => Self::Prescan,
            Some(
                Actor
                | Already
                | MissingDependency(_)
                | Dependencies
                | Forked { .. }
                | SequenceGap
                | OwnPreviousMissing
                | StartOp
                | DossierFull,
            ) => Self::Header,
            Some(_) => Self::Operations,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Prescan => "reached_1_prescan",
            Self::Header => "reached_2_header",
            Self::Operations => "reached_3_operations",
            Self::Admission => "reached_4_admission",
        }
    }
}

/// The gate's own last net. What it catches is refused, and nobody is hurt; it is counted, to be looked at.
fn refused_by_trial() {
    count("refused_by_trial");
    last_panic();
}

fn live_on(before: &Document, gate: Gate, admitted: &[ChangeHash]) {
    let (merged, saved) = match gate.trial() {
        Ok(tried) => tried,
        Err(refusal) => {
            assert!(matches!(refusal, Refusal::Trial | Refusal::DossierFull), "{refusal}");
            return refused_by_trial();
        }
    };
    count("merged");
    assert!(admitted.iter().all(|hash| merged.has(hash)), "what was admitted is in the merge");
    let mut loaded = Document::load(&saved).expect("what was saved loads");
    assert!(loaded.heads() == merged.heads(), "it loads with the same heads");
    // One in eight, because they cost as much as all the rest: what the trial promises of the reading, looked at again,
    // and another phone, which wrote meanwhile.
    let again = admitted.last().is_some_and(|hash| hash.0[0] % 8 == 0);
    assert!(!again || loaded.project() == merged.project(), "it reads the same");
    goes_on(&mut loaded, 2);
    if again {
        let mut phone = before.clone();
        set(&mut phone, device(4), "name", "meanwhile");
        let news: Vec<Blob> = merged.changes_since(&before.heads());
        phone.apply(&news).expect("another phone takes what was admitted");
        goes_on(&mut phone, 4);
    }
    assert_eq!(last_panic(), None, "a panic after the admission");
}

/// The next honest edit is made, admitted and merged.
fn goes_on(doc: &mut Document, by: u8) {
    let before = doc.clone();
    // One of the two is not what the field says already.
    set(doc, device(by), "name", "afterwards");
    if doc.heads() == before.heads() {
        set(doc, device(by), "name", "and after that");
    }
    let Some(Blob(next)) = doc.changes_since(&before.heads()).pop() else {
        panic!("an honest edit makes a change");
    };
    let mut gate = Gate::new(before);
    let judged = judge(&mut gate, &next, by).unwrap_or_else(|refusal| panic!("the next honest edit: {refusal}"));
    gate.keep(judged);
    gate.trial().unwrap_or_else(|refusal| panic!("the next honest edit's trial: {refusal}"));
}
