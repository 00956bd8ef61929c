//! What the entries of a dossier's book speak of, as a commit writes it. `store::history` reads the same back from the
//! tables; should the two ever differ for what nobody touched, `hoso verify` would accuse an honest office.

use crate::store::commands::Done;
use aws_lc_rs::digest::{SHA256, digest};
use dossier::decide::{ChangeRow, Rows};
use dossier::event::{Event, What};
use dossier::ids::{CommandHash, CommandId, ContentHash, PersonId};
use dossier::log::Item;
use dossier::wire::SignedManifest;
use std::collections::BTreeSet;

/// The items of a commit, in the one order of kinds.
pub(crate) fn items(
    rows: &Rows,
    wrapped_key: &[u8],
    manifest: Option<&SignedManifest>,
    done: Option<&Done>,
) -> Vec<Item> {
    let mut items = Vec::new();
    if let Some(birth) = &rows.birth {
        items.push(Item::Birth { owner: birth.owner, open: birth.open.clone(), data_key: sha256(wrapped_key) });
    }
    items.extend(rows.changes.iter().zip(0..).map(|(row, position)| change(row, position)));
    items.extend(rows.evidence.as_ref().map(Item::evidence));
    items.extend(rows.events.iter().filter_map(handed_in).map(Item::Frozen));
    items.extend(rows.events.iter().map(Item::event));
    if let (Some(list), Some(signed)) = (&rows.manifest, manifest) {
        items.push(Item::manifest(list.id, signed));
    }
    items.extend(rows.record.as_ref().map(|record| Item::Record(record.hash, record.parcel)));
    items.extend(done.map(|done| command(done.id, done.body, &done.answer)));
    let people: BTreeSet<PersonId> = rows.audiences.iter().copied().collect();
    items.extend(people.into_iter().map(Item::Audience));
    items.extend(rows.taken_back.as_ref().map(Item::taken_back));
    items
}

pub(crate) fn change(row: &ChangeRow, position: u32) -> Item {
    let ChangeRow { hash, actor, device, epoch, seq, .. } = *row;
    Item::Change { hash, actor, device, epoch, seq, position }
}

pub(crate) fn command(id: CommandId, body: CommandHash, answer: &[u8]) -> Item {
    Item::Command(id, body, sha256(answer))
}

/// The frozen version that an event handed in.
pub(crate) fn handed_in(event: &Event) -> Option<ContentHash> {
    match &event.what {
        What::Submitted(_, content, ..) | What::Supplemented(_, content, ..) => Some(*content),
        _ => None,
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}
