//! Random honest work of four phones: nothing of it may be refused, all phones end with the same reading, and what is
//! saved loads. Seconds normally; `HOSO_LOOP_SECONDS` makes it minutes.

use super::{Allow, Gate, Refusal, Writes};
use crate::act::Act;
use crate::document::Document;
use crate::edit::{self, Edited};
use crate::ids::{ActId, Actor, ContentHash, DossierId, PaperHash, Thumbprint};
use crate::layout::{LAYOUT, PaperInfo, PaperKey, PaperKind, Value};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Everything is allowed that the alphabet allows.
pub(super) const ANYTHING: Allow<'static> =
    Allow { form: true, papers: true, acts: true, draft: false, field: &|_| true, component: &|_| true };

pub(super) fn dossier(n: u8) -> DossierId {
    DossierId(Uuid::from_bytes([1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 1, 2, 3, 4, 5, 6, n]))
}

pub(super) fn device(n: u8) -> Actor {
    Actor::of_device(&Thumbprint([n; 32]), &dossier(1), 0)
}

pub(super) fn act_id(n: u64) -> ActId {
    let mut bytes = [0x70; 16];
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    bytes[8] = 0x80;
    ActId(Uuid::from_bytes(bytes))
}

/// How long a loop runs: so many seconds by the environment, otherwise until its own minimum is done.
pub(super) fn loop_time() -> Option<Duration> {
    std::env::var("HOSO_LOOP_SECONDS").ok()?.parse().ok().map(Duration::from_secs)
}

pub(super) fn random_edit(rng: &mut StdRng, doc: &mut Document, actor: Actor, acts: &mut u64) -> Option<Edited> {
    let value = |rng: &mut StdRng| match rng.random_range(0..4) {
        0 => Value::Number(rng.random_range(-5..5)),
        1 => Value::YesNo(rng.random()),
        2 => Value::Text("Hải Phòng ".repeat(rng.random_range(0..30))),
        _ => Value::Text(format!("v{}", rng.random_range(0..4))),
    };
    let key = |rng: &mut StdRng| match rng.random_range(0..3) {
        0 => format!("child/{}/name", rng.random_range(0..3)),
        _ => format!("field_{}", rng.random_range(0..8)),
    };
    let paper = PaperKey { component: "photo".into(), hash: PaperHash([rng.random_range(0..3); 32]) };
    match rng.random_range(0..12) {
        0 => {
            let info = PaperInfo { kind: PaperKind::Jpeg, size: rng.random_range(1..5), name: "a b.jpg".into() };
            edit::attach_paper(doc, actor, &paper, &info)
        }
        1 => edit::detach_paper(doc, actor, &paper),
        2 => {
            *acts += 1;
            edit::act(doc, actor, &act_id(*acts), &Act::Supplement(ContentHash([7; 32])))
        }
        _ => {
            let count = rng.random_range(1..8);
            let values: Vec<_> = (0..count)
                .map(|_| (key(rng).parse().unwrap(), (rng.random_range(0..4) > 0).then(|| value(rng))))
                .collect();
            edit::set_fields(doc, actor, &values)
        }
    }
}

struct Phone {
    actor: Actor,
    document: Document,
    outbox: Vec<Edited>,
}

/// One dossier's life; the number of changes judged.
fn life(seed: u64) -> usize {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut server = Document::genesis(LAYOUT, &dossier(1));
    let phone = |n| Phone { actor: device(n), document: server.clone(), outbox: Vec::new() };
    let mut phones: Vec<Phone> = (0..4).map(phone).collect();
    let (mut judged, mut acts) = (0, 0);
    for _ in 0..60 {
        let phone = &mut phones[rng.random_range(0..4)];
        for _ in 0..rng.random_range(0..8) {
            let edited = random_edit(&mut rng, &mut phone.document, phone.actor, &mut acts);
            phone.outbox.extend(edited);
        }
        if rng.random_range(0..8) == 0 {
            phone.document = Document::load(&phone.document.save()).unwrap();
        }
        if rng.random_range(0..6) == 0 {
            judged += synchronise(&mut server, phone, seed);
        }
    }
    for _ in 0..2 {
        for phone in &mut phones {
            judged += synchronise(&mut server, phone, seed);
        }
    }
    for phone in &phones {
        assert_eq!(phone.document.heads(), server.heads(), "seed {seed}");
        assert_eq!(phone.document.project(), server.project(), "seed {seed}");
    }
    judged
}

fn synchronise(server: &mut Document, phone: &mut Phone, seed: u64) -> usize {
    let mut gate = Gate::new(server.clone());
    for Edited { bytes, .. } in &phone.outbox {
        let judged = gate.judge(&bytes.0, &phone.actor, &ANYTHING);
        let judged = judged.unwrap_or_else(|refusal| panic!("seed {seed}: an honest change was refused: {refusal}"));
        let (parents, is_act) = (judged.deps.clone(), matches!(judged.writes, Writes::Act(..)));
        gate.keep(judged);
        if is_act {
            assert_eq!(gate.project_at(&parents).unwrap(), phone.document.project_at(&parents), "seed {seed}");
        }
    }
    if !phone.outbox.is_empty() {
        *server = merged(gate, seed);
    }
    phone.document.apply(&server.changes_since(&phone.document.heads())).unwrap();
    let judged = phone.outbox.len();
    phone.outbox.clear();
    judged
}

fn merged(gate: Gate, seed: u64) -> Document {
    let (_, saved) = gate.trial().unwrap_or_else(|refusal: Refusal| panic!("seed {seed}: {refusal}"));
    Document::load(&saved).unwrap()
}

#[test]
fn honest_work_of_four_phones_is_never_refused() {
    let (started, time) = (Instant::now(), loop_time());
    let (mut judged, mut seed) = (0, 1);
    while judged < 5_000 || time.is_some_and(|time| started.elapsed() < time) {
        judged += life(seed);
        seed += 1;
    }
    println!("seeds 1..{seed}: {judged} honest changes judged, none refused");
}
