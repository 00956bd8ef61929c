//! Stage 6: the flat alphabet. A client puts a scalar under a key of one of the three maps, or deletes it; all else is
//! refused by kind.

use super::Refusal;
use super::index::{Index, Map, Place, Slot};
use crate::act::Act;
use crate::ids::{ActId, Actor};
use crate::layout::{FieldKey, PaperInfo, PaperKey, TEXT_MAX};
use crate::wire::act_id_of_key;
use automerge::legacy::{Key, ObjectId, Op, OpType};
use automerge::{ExpandedChange, ScalarValue};

/// What a writer may write in the dossier's present status. Default deny: whoever makes one says each.
pub struct Allow<'a> {
    pub form: bool,
    pub papers: bool,
    pub acts: bool,
    /// The dossier is a draft, which may use three quarters of each limit.
    pub draft: bool,
    /// The procedure has this field.
    pub field: &'a dyn Fn(&FieldKey) -> bool,
    /// The procedure has this component.
    pub component: &'a dyn Fn(&str) -> bool,
}

/// What a change writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Writes {
    Edit { fields: Vec<FieldKey>, papers: Vec<PaperKey> },
    Act(ActId, Act),
}

pub(super) fn check(
    index: &mut Index,
    place: &mut Place,
    change: &ExpandedChange,
    genesis: Actor,
    allow: &Allow<'_>,
) -> Result<(Writes, Vec<Slot>), Refusal> {
    let mut slots: Vec<Slot> = Vec::with_capacity(change.operations.len());
    let (mut fields, mut papers) = (Vec::new(), Vec::new());
    for op in &change.operations {
        index.examined += 1;
        let (map, key) = target(op, genesis)?;
        match map {
            Map::Form => fields.push(field(op, key, allow)?),
            Map::Papers => papers.push(paper(op, key, allow)?),
            Map::Acts => {
                if change.operations.len() != 1 {
                    return Err(Refusal::ActNotAlone);
                }
                let (id, act) = act(index, op, key, allow)?;
                return Ok((Writes::Act(id, act), vec![Some((map, op.key.clone()))]));
            }
        }
        predecessors(index, place, op, map)?;
        slots.push(matches!(op.action, OpType::Put(_)).then(|| (map, op.key.clone())));
    }
    if has_twice(&mut fields.iter().collect::<Vec<_>>()) || has_twice(&mut papers.iter().collect::<Vec<_>>()) {
        return Err(Refusal::KeyTwice);
    }
    Ok((Writes::Edit { fields, papers }, slots))
}

/// The map and key that an operation speaks of, and that it is a put or a deletion.
fn target(op: &Op, genesis: Actor) -> Result<(Map, &str), Refusal> {
    match &op.action {
        OpType::Make(_) => return Err(Refusal::ObjectMade),
        OpType::Increment(_) | OpType::Put(ScalarValue::Counter(_)) => return Err(Refusal::CounterValue),
        OpType::MarkBegin(_) | OpType::MarkEnd(_) => return Err(Refusal::Mark),
        OpType::Put(_) | OpType::Delete => {}
    }
    let (Key::Map(key), false) = (&op.key, op.insert) else {
        return Err(Refusal::List);
    };
    match &op.obj {
        ObjectId::Root => Err(Refusal::RootWrite),
        ObjectId::Id(id) if id.actor().to_bytes() == genesis.0 => {
            Map::of_counter(id.counter()).map(|map| (map, key.as_str())).ok_or(Refusal::UnknownObject)
        }
        ObjectId::Id(_) => Err(Refusal::UnknownObject),
    }
}

fn field(op: &Op, key: &str, allow: &Allow<'_>) -> Result<FieldKey, Refusal> {
    let key: FieldKey = key.parse().map_err(|_| Refusal::Key)?;
    match &op.action {
        OpType::Put(ScalarValue::Str(text)) if text.len() > TEXT_MAX && text.chars().count() > TEXT_MAX => {
            return Err(Refusal::TextTooLong);
        }
        OpType::Put(ScalarValue::Str(_) | ScalarValue::Int(_) | ScalarValue::Boolean(_)) | OpType::Delete => {}
        _ => return Err(Refusal::ValueKind),
    }
    if !allow.form {
        return Err(Refusal::Locked);
    }
    if (allow.field)(&key) { Ok(key) } else { Err(Refusal::NotInCatalogue) }
}

fn paper(op: &Op, key: &str, allow: &Allow<'_>) -> Result<PaperKey, Refusal> {
    let key: PaperKey = key.parse().map_err(|_| Refusal::Key)?;
    match &op.action {
        OpType::Put(ScalarValue::Str(text)) => {
            PaperInfo::from_text(text).map_err(|_| Refusal::Paper)?;
        }
        OpType::Delete => {}
        _ => return Err(Refusal::ValueKind),
    }
    if !allow.papers {
        return Err(Refusal::Locked);
    }
    if (allow.component)(&key.component) { Ok(key) } else { Err(Refusal::NotInCatalogue) }
}

/// An act is written once: no deletion, no predecessors, an id that is not used.
fn act(index: &Index, op: &Op, key: &str, allow: &Allow<'_>) -> Result<(ActId, Act), Refusal> {
    let id = act_id_of_key(key).ok_or(Refusal::Key)?;
    let text = match &op.action {
        OpType::Put(ScalarValue::Str(text)) => text,
        OpType::Delete => return Err(Refusal::ActChanged),
        _ => return Err(Refusal::ValueKind),
    };
    let act = Act::from_text(text).map_err(|_| Refusal::Act)?;
    if !op.pred.is_empty() {
        return Err(Refusal::ActChanged);
    }
    if index.has_act(&id) {
        return Err(Refusal::ActRepeated);
    }
    if allow.acts { Ok((id, act)) } else { Err(Refusal::Locked) }
}

/// Every predecessor is a value of the same map and key among the ancestors. One from elsewhere applies, saves, and
/// never loads again, or hides another's value (measured).
fn predecessors(index: &mut Index, place: &mut Place, op: &Op, map: Map) -> Result<(), Refusal> {
    if matches!(op.action, OpType::Delete) && op.pred.is_empty() {
        return Err(Refusal::DeletesNothing);
    }
    let mut before = None;
    for pred in op.pred.iter() {
        // They are sorted, so one that is named twice stands beside itself.
        if before == Some(pred) {
            return Err(Refusal::Predecessor);
        }
        before = Some(pred);
        if !index.wrote(place, (pred.actor().to_bytes(), pred.counter()), map, &op.key) {
            return Err(Refusal::Predecessor);
        }
    }
    Ok(())
}

fn has_twice<T: Ord>(keys: &mut [T]) -> bool {
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}
