//! Changes as every released phone wrote them. Today's gate must admit each: a phone that was not updated for a year is no
//! attacker, and an encoder that writes otherwise than the last one must not shut out everybody who still has that.
//!
//! A release adds the folder of its version to `tests/old`, once, and nobody touches it again:
//! `HOSO_WRITE_OLD_CHANGES=1 cargo test -p dossier --test stories old_changes`.

use crate::world::{Hub, Phone, ask_for, by_post, same_day};
use dossier::act::{Act, DeliveryChoice};
use dossier::admit::{Allow, Gate};
use dossier::decide::Command;
use dossier::document::Document;
use dossier::ids::DossierId;
use dossier::layout::{LAYOUT, PaperKey, Projection, Value};
use dossier::prescan::{prescan, split};
use dossier::procedure::{Catalogue, Field, FieldKind, Procedure};
use dossier::replica::Intent;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const ANYTHING: Allow<'static> =
    Allow { form: true, papers: true, acts: true, draft: false, field: &|_| true, component: &|_| true };

/// Changes of one dossier, in the order in which they came in.
type Changes = Vec<Vec<u8>>;

/// What phones do to dossiers, all of it: what came in, by dossier.
fn written_today() -> BTreeMap<DossierId, Changes> {
    let mut hub = Hub::open();
    let (mut a, mut b) = (Phone::of(&mut hub, 1, 1), Phone::of(&mut hub, 1, 2));
    settled_and_delivered(&mut hub, &mut a, &mut b);
    late_and_withdrawn(&mut hub, &mut a, &mut b);
    every_form(&mut hub, &mut a);
    let mut all = BTreeMap::<DossierId, Changes>::new();
    for rows in &hub.log {
        all.entry(rows.dossier).or_default().extend(rows.changes.iter().map(|change| change.bytes.clone()));
    }
    all
}

/// Two phones disagree, one settles; papers come and go; handed in, mended, brought by the post, received.
fn settled_and_delivered(hub: &mut Hub, a: &mut Phone, b: &mut Phone) {
    let id = a.draft(1);
    let papers = a.fill(&id);
    a.sync(hub);
    b.sync(hub);
    let field = a_text(crate::world::procedure());
    for (phone, value) in [(&mut *a, "An"), (b, "Bình")] {
        phone.set(&id, &field, value).unwrap();
        phone.sync(hub);
    }
    a.sync(hub);
    a.write(&id, Intent::SetFields(vec![(field.parse().unwrap(), None)])).unwrap();
    a.set(&id, &field, "Nguyễn Thị Hồng Ánh").unwrap();
    let first = crate::world::procedure().components[0].id.clone();
    let paper = PaperKey { component: first, hash: papers[0] };
    let info = a.held[&id].projection().unwrap().papers[&paper].clone();
    a.write(&id, Intent::DetachPaper(paper.clone())).unwrap();
    a.write(&id, Intent::AttachPaper(paper, info)).unwrap();
    a.sync(hub);
    hub.store_papers(&id, papers);
    a.submit(&id).unwrap();
    a.sync(hub);
    hub.officer(&id, ask_for(&[&field])).unwrap();
    a.sync(hub);
    a.set(&id, &field, "Họ Tên Ví Dụ").unwrap();
    a.supplement(&id).unwrap();
    a.sync(hub);
    hub.officer(&id, Command::Accept).unwrap();
    hub.officer(&id, Command::RecordOutcome { granted: true, number: None, summary: "Xong".into() }).unwrap();
    a.sync(hub);
    a.act(&id, by_post()).unwrap();
    a.sync(hub);
    let courier = Phone::of_courier(hub, 5).device.person;
    hub.officer(&id, Command::HandToPost { courier, tracking: None, seal: "NP-1".into() }).unwrap();
    a.sync(hub);
    let parcel = a.held[&id].course().handovers[0].parcel;
    a.act(&id, Act::ConfirmDelivery(parcel)).unwrap();
    a.sync(hub);
}

/// An edit that came too late is taken out and its line begins again in the next epoch; then all is withdrawn.
fn late_and_withdrawn(hub: &mut Hub, a: &mut Phone, b: &mut Phone) {
    let id = a.draft(2);
    let papers = a.fill(&id);
    a.sync(hub);
    b.sync(hub);
    hub.store_papers(&id, papers);
    let field = a_text(crate::world::procedure());
    b.set(&id, &field, "Muộn").unwrap();
    a.submit(&id).unwrap();
    a.sync(hub);
    b.sync(hub);
    hub.officer(&id, ask_for(&[&field])).unwrap();
    b.sync(hub);
    assert!(b.held[&id].epoch > 0, "the line began again");
    b.set(&id, &field, "Đúng hạn").unwrap();
    b.supplement(&id).unwrap();
    b.sync(hub);
    b.act(&id, Act::ChooseDelivery(DeliveryChoice::AtCounter)).unwrap();
    b.act(&id, Act::Withdraw("đổi ý".into())).unwrap();
    b.sync(hub);
}

/// Values of every kind, and a text as long as one may be.
fn every_form(hub: &mut Hub, a: &mut Phone) {
    for (n, procedure) in Catalogue::built_in().procedures().enumerate() {
        let id = a.draft_of(10 + n as u8, procedure);
        let fields = procedure.examples().into_iter().map(|(key, value)| (key, Some(value)));
        a.write(&id, Intent::SetFields(fields.collect())).unwrap();
        if procedure.code == same_day().code {
            a.set(&id, &a_text(procedure), &"dài dòng ".repeat(1_111)).unwrap();
        }
        a.sync(hub);
    }
}

fn a_text(procedure: &Procedure) -> String {
    let is_text = |field: &&Field| matches!(field.kind, FieldKind::Text { .. }) && field.when.is_none();
    procedure.fields.iter().find(is_text).map(|field| field.id.clone()).unwrap()
}

/// Judged one by one, as they came, and merged.
fn admitted(id: &DossierId, changes: &[Vec<u8>]) -> Document {
    let mut gate = Gate::new(Document::genesis(LAYOUT, id));
    for (n, bytes) in changes.iter().enumerate() {
        let writer = prescan(bytes).unwrap_or_else(|refusal| panic!("{id}, change {n}: {refusal}")).actor;
        let judged = gate.judge(bytes, &writer, &ANYTHING);
        gate.keep(judged.unwrap_or_else(|refusal| panic!("{id}, change {n}: {refusal}")));
    }
    gate.trial().unwrap_or_else(|refusal| panic!("{id}: {refusal}")).0
}

/// A dossier in lines that a person can compare.
fn reading(projection: &Projection) -> String {
    let value = |value: &Value| match value {
        Value::Text(text) => format!("{text:?}"),
        Value::Number(number) => number.to_string(),
        Value::YesNo(yes) => yes.to_string(),
    };
    let values = |all: &Vec<Value>| all.iter().map(value).collect::<Vec<_>>().join(" | ");
    let fields = projection.form.iter().map(|(key, all)| format!("{key}: {}\n", values(all)));
    let papers = projection.papers.iter().map(|(key, info)| format!("{key}: {}\n", info.to_text()));
    let acts = projection.acts.iter().map(|(id, act)| format!("{id}: {}\n", act.to_text()));
    fields.chain(papers).chain(acts).collect()
}

fn old() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/old")
}

fn files(folder: &Path) -> BTreeSet<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn old_changes_of_every_released_phone_are_admitted_and_read_the_same() {
    let mut count = 0;
    for file in files(&old()).iter().flat_map(|version| files(version)) {
        if file.extension().is_none_or(|ending| ending != "changes") {
            continue;
        }
        let id: DossierId = file.file_stem().and_then(|name| name.to_str()).unwrap().parse().unwrap();
        let bytes = fs::read(&file).unwrap();
        let changes: Changes = split(&bytes).unwrap().into_iter().map(<[u8]>::to_vec).collect();
        count += changes.len();
        let then = fs::read_to_string(file.with_extension("txt")).unwrap();
        assert_eq!(reading(&admitted(&id, &changes).project()), then, "{}", file.display());
    }
    assert!(count >= 39, "{count} changes");
}

#[test]
fn todays_changes_are_admitted_and_old_changes_of_this_version_are_kept() {
    let folder = old().join(format!("changes-{}", env!("CARGO_PKG_VERSION")));
    let writes = std::env::var_os("HOSO_WRITE_OLD_CHANGES").is_some();
    if writes {
        // Fails where the folder is: what was released is released.
        fs::create_dir(&folder).unwrap();
    }
    for (id, changes) in written_today() {
        let document = admitted(&id, &changes);
        if writes {
            fs::write(folder.join(format!("{id}.changes")), changes.concat()).unwrap();
            fs::write(folder.join(format!("{id}.txt")), reading(&document.project())).unwrap();
        }
    }
    assert!(folder.is_dir(), "the changes of version {} are to be kept", env!("CARGO_PKG_VERSION"));
}
