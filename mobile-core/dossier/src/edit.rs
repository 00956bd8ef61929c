//! The only ways to write into a document: named edits of typed values. One edit is one change, without a message, at
//! time 0 (a phone's clock is believed by nobody), and an edit that would change nothing makes no change.

use crate::act::Act;
use crate::admit::Refusal;
use crate::document::{Document, GENESIS_MAPS};
use crate::ids::{ActId, Actor, ChangeHash};
use crate::layout::{FORM, FieldKey, PAPERS, PaperInfo, PaperKey, TEXT_MAX, Value};
use crate::prescan::{BYTES_MAX, OPERATIONS_MAX};
use crate::wire::{Blob, act_id_of_key};
use automerge::legacy::{Key, ObjectId, OpType};
use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, AutomergeError, ObjId, ReadDoc, ScalarValue};
use std::collections::BTreeMap;

/// What an edit became: its change, to be stored and pushed as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    pub hash: ChangeHash,
    pub bytes: Blob,
}

/// What an edit wrote, read back from its change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrote {
    Fields(Vec<(FieldKey, Option<Value>)>),
    /// A paper named for a component, or its name taken out.
    Paper(PaperKey, Option<PaperInfo>),
    Act(ActId, Act),
}

/// Reads an edit of ours back; `None` for a change that no edit here makes.
pub fn wrote(change: &Blob) -> Option<Wrote> {
    let expanded = crate::document::parse(&change.0).ok()??.decode();
    let mut fields = Vec::new();
    for op in expanded.operations {
        let (ObjectId::Id(map), Key::Map(key)) = (&op.obj, &op.key) else { return None };
        let value = match op.action {
            OpType::Put(value) => Some(value),
            OpType::Delete => None,
            _ => return None,
        };
        let text = || value.as_ref().and_then(|value| value.as_str());
        match GENESIS_MAPS.iter().find(|(_, counter)| *counter == map.counter())?.0 {
            FORM => fields.push((
                key.parse().ok()?,
                match &value {
                    Some(value) => Some(plain(value)?),
                    None => None,
                },
            )),
            PAPERS => {
                let info = text().map(PaperInfo::from_text).transpose().ok()?;
                return Some(Wrote::Paper(key.parse().ok()?, info));
            }
            _ => return Some(Wrote::Act(act_id_of_key(key)?, Act::from_text(text()?).ok()?)),
        }
    }
    Some(Wrote::Fields(fields))
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

fn plain(value: &ScalarValue) -> Option<Value> {
    match value {
        ScalarValue::Str(text) => Some(Value::Text(text.to_string())),
        ScalarValue::Int(number) => Some(Value::Number(*number)),
        ScalarValue::Boolean(yes) => Some(Value::YesNo(*yes)),
        _ => None,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ContentHash, DossierId, PaperHash, Thumbprint};
    use crate::layout::{LAYOUT, PaperKind};
    use crate::prescan::prescan;
    use uuid::Uuid;

    const ID: DossierId = DossierId(Uuid::from_bytes([1; 16]));

    fn device(n: u8) -> Actor {
        Actor::of_device(&Thumbprint([n; 32]), &ID, 0)
    }

    fn field(key: &str, value: impl Into<Option<&'static str>>) -> (FieldKey, Option<Value>) {
        (key.parse().unwrap(), value.into().map(Value::from))
    }

    /// A document in which devices 1 and 2 disagree about the name.
    fn disagreeing() -> Document {
        let mut doc = Document::genesis(LAYOUT, &ID);
        let mut other = doc.clone();
        set_fields(&mut doc, device(1), &[field("name", "An")]).unwrap();
        set_fields(&mut other, device(2), &[field("name", "Bình")]).unwrap();
        doc.apply(&other.changes()).unwrap();
        doc
    }

    #[test]
    fn an_edit_that_changes_nothing_makes_no_change() {
        let mut doc = Document::genesis(LAYOUT, &ID);
        let paper = PaperKey { component: "photo".into(), hash: PaperHash([1; 32]) };
        let info = PaperInfo { kind: PaperKind::Png, size: 1, name: String::new() };
        assert_eq!(set_fields(&mut doc, device(1), &[field("name", None)]), None);
        assert_eq!(detach_paper(&mut doc, device(1), &paper), None);
        assert!(set_fields(&mut doc, device(1), &[field("name", "An")]).is_some());
        assert!(attach_paper(&mut doc, device(1), &paper, &info).is_some());
        let heads = doc.heads();
        assert_eq!(set_fields(&mut doc, device(1), &[field("name", "An")]), None);
        assert_eq!(set_fields(&mut doc, device(2), &[]), None);
        assert_eq!(attach_paper(&mut doc, device(2), &paper, &info), None);
        assert_eq!(doc.heads(), heads);
        // Two devices wrote the same: people read one value, and saying it again changes nothing.
        let mut other = Document::genesis(LAYOUT, &ID);
        set_fields(&mut other, device(2), &[field("name", "An")]).unwrap();
        doc.apply(&other.changes()).unwrap();
        assert_eq!(set_fields(&mut doc, device(1), &[field("name", "An")]), None);
    }

    #[test]
    fn choosing_one_of_two_values_settles_a_field() {
        let doc = disagreeing();
        for choice in ["An", "Bình"] {
            let mut doc = doc.clone();
            assert!(set_fields(&mut doc, device(1), &[field("name", choice)]).is_some());
            assert_eq!(doc.project().form[&"name".parse().unwrap()], [Value::from(choice)]);
        }
    }

    #[test]
    fn several_fields_are_one_change_and_the_last_value_of_a_field_counts() {
        let mut doc = Document::genesis(LAYOUT, &ID);
        let values = [field("name", "An"), field("city", "Huế"), field("name", "Bình")];
        let edited = set_fields(&mut doc, device(1), &values).unwrap();
        assert_eq!(prescan(&edited.bytes.0).unwrap().operations, 2);
        assert_eq!(doc.heads(), [edited.hash]);
        assert_eq!(doc.project().form[&"name".parse().unwrap()], [Value::from("Bình")]);
    }

    #[test]
    fn an_act_of_one_id_is_declared_once() {
        let mut doc = Document::genesis(LAYOUT, &ID);
        let id: ActId = "01935a00-0000-7000-8000-000000000001".parse().unwrap();
        assert!(act(&mut doc, device(1), &id, &Act::Withdraw("đổi ý".into())).is_some());
        assert_eq!(act(&mut doc, device(1), &id, &Act::Supplement(ContentHash([1; 32]))), None);
        assert_eq!(doc.project().acts[&id], Act::Withdraw("đổi ý".into()));
    }

    #[test]
    fn what_fits_is_said_before_it_is_written() {
        let long = |n: usize| Some(Value::Text("ệ".repeat(n)));
        let key = |n: usize| format!("story_{n}").parse::<FieldKey>().unwrap();
        assert_eq!(fits(&[(key(1), long(TEXT_MAX))]), Ok(()));
        assert_eq!(fits(&[(key(1), long(TEXT_MAX + 1))]), Err(Refusal::TextTooLong));
        let three: Vec<_> = (0..3).map(|n| (key(n), long(TEXT_MAX))).collect();
        assert_eq!(fits(&three), Err(Refusal::TooLarge));
        let mut doc = Document::genesis(LAYOUT, &ID);
        let edited = set_fields(&mut doc, device(1), &three[..2]).unwrap();
        assert_eq!(fits(&three[..2]).is_ok(), prescan(&edited.bytes.0).is_ok());
    }
}
