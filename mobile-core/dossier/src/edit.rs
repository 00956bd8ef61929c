//! The only ways to write into a document: named edits of typed values. One edit is one change, without a message, at
//! time 0 (a phone's clock is believed by nobody), and an edit that would change nothing makes no change.

use crate::act::Act;
use crate::admit::Refusal;
use crate::document::Document;
use crate::ids::{ActId, Actor, ChangeHash};
use crate::layout::{FieldKey, PaperInfo, PaperKey, TEXT_MAX, Value};
use crate::prescan::{BYTES_MAX, OPERATIONS_MAX};
use crate::wire::Blob;
use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, AutomergeError, ObjId, ReadDoc, ScalarValue};
use std::collections::BTreeMap;

/// What an edit became: its change, to be stored and pushed as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    pub hash: ChangeHash,
    pub bytes: Blob,
}

/// Whether fields fit into one change. A single text within its length always fits; a caller with many long ones writes
/// them one by one.
pub fn fits(values: &[(FieldKey, Option<Value>)]) -> Result<(), Refusal> {
    let mut bytes = 1_024;
    for (key, value) in values {
        bytes += key.as_str().len() + 64;
        if let Some(Value::Text(text)) = value {
            if text.chars().count() > TEXT_MAX {
                return Err(Refusal::TextTooLong);
            }
            bytes += text.len();
        }
    }
    if bytes > BYTES_MAX {
        return Err(Refusal::TooLarge);
    }
    if values.len() as u64 > OPERATIONS_MAX { Err(Refusal::TooManyOperations) } else { Ok(()) }
}

/// Sets (`Some`) or clears (`None`) fields, as one change. A field where devices disagree is written even if the value is
/// one of theirs: that resolves it. Of a field named twice the last value counts. `None`: nothing would change.
pub fn set_fields(doc: &mut Document, actor: Actor, values: &[(FieldKey, Option<Value>)]) -> Option<Edited> {
    let wanted: BTreeMap<&FieldKey, &Option<Value>> = values.iter().map(|(k, v)| (k, v)).collect();
    let form = doc.maps.form.clone();
    let writes: Vec<_> = wanted
        .into_iter()
        .map(|(key, value)| (key.as_str().to_owned(), value.as_ref().map(scalar)))
        .filter(|(key, value)| changes(doc, &form, key, value.as_ref()))
        .collect();
    commit(doc, actor, |tx| {
        for (key, value) in writes {
            match value {
                Some(value) => tx.put(&form, key, value)?,
                None => tx.delete(&form, key)?,
            }
        }
        Ok(())
    })
}

/// Names a paper for a component. `None`: it is named so already.
pub fn attach_paper(doc: &mut Document, actor: Actor, key: &PaperKey, info: &PaperInfo) -> Option<Edited> {
    let (papers, key, value) = (doc.maps.papers.clone(), key.to_string(), ScalarValue::from(info.to_text()));
    if !changes(doc, &papers, &key, Some(&value)) {
        return None;
    }
    commit(doc, actor, |tx| tx.put(&papers, key, value))
}

/// Takes a paper's name out. `None`: it is not there.
pub fn detach_paper(doc: &mut Document, actor: Actor, key: &PaperKey) -> Option<Edited> {
    let (papers, key) = (doc.maps.papers.clone(), key.to_string());
    if !changes(doc, &papers, &key, None) {
        return None;
    }
    commit(doc, actor, |tx| tx.delete(&papers, key))
}

/// Declares an act, alone in its change; what it speaks of is the document as it stands now. `None`: an act of this id
/// is here already, and acts are written once.
pub fn act(doc: &mut Document, actor: Actor, id: &ActId, act: &Act) -> Option<Edited> {
    let (acts, key) = (doc.maps.acts.clone(), id.to_string());
    if !values(doc, &acts, &key).is_empty() {
        return None;
    }
    commit(doc, actor, |tx| tx.put(&acts, key, act.to_text()))
}

pub(crate) fn scalar(value: &Value) -> ScalarValue {
    match value {
        Value::Text(text) => ScalarValue::Str(text.as_str().into()),
        Value::Number(number) => ScalarValue::Int(*number),
        Value::YesNo(yes) => ScalarValue::Boolean(*yes),
    }
}

/// Whether writing this value would change what people read. The same value twice, from two devices, is one value.
fn changes(doc: &Document, map: &ObjId, key: &str, wanted: Option<&ScalarValue>) -> bool {
    let now = values(doc, map, key);
    match wanted {
        Some(wanted) => now.is_empty() || now.iter().any(|value| value != wanted),
        None => !now.is_empty(),
    }
}

fn values(doc: &Document, map: &ObjId, key: &str) -> Vec<ScalarValue> {
    let all = doc.inner.get_all(map, key).unwrap_or_default();
    all.iter().filter_map(|(value, _)| value.as_scalar().cloned()).collect()
}

fn commit(
    doc: &mut Document,
    actor: Actor,
    write: impl FnOnce(&mut Transaction<'_>) -> Result<(), AutomergeError>,
) -> Option<Edited> {
    doc.inner.set_actor(ActorId::from(actor.0));
    let mut tx = doc.inner.transaction();
    write(&mut tx).expect("a scalar put into, or deleted from, a map that genesis made");
    let (hash, _) = tx.commit_with(CommitOptions::default().with_time(0));
    let hash = hash?;
    let change = doc.inner.get_change_by_hash(&hash).expect("the change that was committed a line above");
    let bytes = change.raw_bytes().to_vec();
    doc.weight += bytes.len();
    Some(Edited { hash: ChangeHash(hash.0), bytes: Blob(bytes) })
}
