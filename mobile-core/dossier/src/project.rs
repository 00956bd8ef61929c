//! The one reader: a document as people read it, at its heads or at an act's parents. Written by hand over the document
//! library's reading interface; keys and values that are none of the layout's are not shown, and admission lets none in.

use crate::act::Act;
use crate::document::{Document, library_hashes};
use crate::ids::{ActId, ChangeHash};
use crate::layout::{FieldKey, PaperInfo, PaperKey, Projection, Value};
use crate::wire::act_id_of_key;
use automerge::iter::MapRangeItem;
use automerge::{ObjId, ReadDoc, ScalarValueRef, ValueRef};

impl Document {
    pub fn project(&self) -> Projection {
        read(self, None)
    }

    /// The document as it was at these changes; changes that are not here are as if they were not named.
    pub fn project_at(&self, heads: &[ChangeHash]) -> Projection {
        read(self, Some(&library_hashes(heads)))
    }
}

type Heads<'a> = Option<&'a [automerge::ChangeHash]>;

fn read(doc: &Document, heads: Heads<'_>) -> Projection {
    Projection {
        form: entries(doc, &doc.maps.form, heads).filter_map(|item| field(doc, heads, &item)).collect(),
        papers: entries(doc, &doc.maps.papers, heads).filter_map(|item| paper(&item)).collect(),
        acts: entries(doc, &doc.maps.acts, heads).filter_map(|item| act(&item)).collect(),
    }
}

fn entries<'a>(doc: &'a Document, map: &ObjId, heads: Heads<'_>) -> impl Iterator<Item = MapRangeItem<'a>> + use<'a> {
    match heads {
        Some(heads) => doc.inner.map_range_at(map, .., heads),
        None => doc.inner.map_range(map, ..),
    }
}

fn field(doc: &Document, heads: Heads<'_>, item: &MapRangeItem<'_>) -> Option<(FieldKey, Vec<Value>)> {
    let key: FieldKey = item.key.parse().ok()?;
    let values =
        if item.conflict { all_values(doc, heads, key.as_str()) } else { value(&item.value).into_iter().collect() };
    (!values.is_empty()).then_some((key, values))
}

/// Every distinct value where devices disagree, the shown one first: the library lists them with the shown one last.
fn all_values(doc: &Document, heads: Heads<'_>, key: &str) -> Vec<Value> {
    let form = &doc.maps.form;
    let all = match heads {
        Some(heads) => doc.inner.get_all_at(form, key, heads),
        None => doc.inner.get_all(form, key),
    };
    let mut values = Vec::new();
    for (found, _) in all.unwrap_or_default().iter().rev() {
        let found = found.as_scalar().and_then(|s| match s {
            automerge::ScalarValue::Str(text) => Some(Value::Text(text.to_string())),
            automerge::ScalarValue::Int(number) => Some(Value::Number(*number)),
            automerge::ScalarValue::Boolean(yes) => Some(Value::YesNo(*yes)),
            _ => None,
        });
        if let Some(found) = found
            && !values.contains(&found)
        {
            values.push(found);
        }
    }
    values
}

fn paper(item: &MapRangeItem<'_>) -> Option<(PaperKey, PaperInfo)> {
    Some((item.key.parse().ok()?, PaperInfo::from_text(text(&item.value)?).ok()?))
}

fn act(item: &MapRangeItem<'_>) -> Option<(ActId, Act)> {
    Some((act_id_of_key(&item.key)?, Act::from_text(text(&item.value)?).ok()?))
}

fn value(value: &ValueRef<'_>) -> Option<Value> {
    match value {
        ValueRef::Scalar(ScalarValueRef::Str(text)) => Some(Value::Text(text.to_string())),
        ValueRef::Scalar(ScalarValueRef::Int(number)) => Some(Value::Number(*number)),
        ValueRef::Scalar(ScalarValueRef::Boolean(yes)) => Some(Value::YesNo(*yes)),
        _ => None,
    }
}

fn text<'a>(value: &'a ValueRef<'_>) -> Option<&'a str> {
    match value {
        ValueRef::Scalar(ScalarValueRef::Str(text)) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::set_fields;
    use crate::ids::{Actor, DossierId, Thumbprint};
    use crate::layout::LAYOUT;
    use automerge::transaction::Transactable;
    use uuid::Uuid;

    const ID: DossierId = DossierId(Uuid::from_bytes([1; 16]));

    fn set(doc: &mut Document, device: u8, value: &str) -> ChangeHash {
        let actor = Actor::of_device(&Thumbprint([device; 32]), &ID, 0);
        set_fields(doc, actor, &[("name".parse().unwrap(), Some(value.into()))]).unwrap().hash
    }

    fn names(projection: &Projection) -> Vec<Value> {
        projection.form.get(&"name".parse().unwrap()).cloned().unwrap_or_default()
    }

    #[test]
    fn where_devices_disagree_all_values_are_read_and_the_shown_one_is_first() {
        let mut doc = Document::genesis(LAYOUT, &ID);
        let mut others = [doc.clone(), doc.clone(), doc.clone()];
        set(&mut doc, 1, "An");
        for (other, (device, name)) in others.iter_mut().zip([(2, "Bình"), (3, "An"), (4, "Cúc")]) {
            set(other, device, name);
            doc.apply(&other.changes()).unwrap();
        }
        let read = names(&doc.project());
        let shown = doc.inner.get(&doc.maps.form, "name").unwrap().unwrap().0.into_string().unwrap();
        assert_eq!(read[0], Value::Text(shown));
        let mut sorted = read.clone();
        sorted.sort();
        assert_eq!(sorted, ["An".into(), "Bình".into(), "Cúc".into()], "An stands once, though two devices wrote it");
    }

    /// No phone of this version writes such, and no server of it admits it: it comes from a later one.
    #[test]
    fn what_a_later_version_wrote_is_passed_over_and_kept() {
        let mut doc = Document::genesis(LAYOUT, &ID);
        set(&mut doc, 1, "An");
        let known = doc.project();
        let mut later = doc.inner.transaction();
        later.put_object(automerge::ROOT, "later", automerge::ObjType::List).unwrap();
        later.put(&doc.maps.form, "later: a key", 1).unwrap();
        later.put(&doc.maps.form, "name_as_bytes", vec![1, 2]).unwrap();
        later.put(&doc.maps.acts, "no act", "no act").unwrap();
        later.commit();
        assert_eq!(doc.project(), known);
        set(&mut doc, 1, "Bình");
        let doc = Document::load(&doc.save()).unwrap();
        assert_eq!(names(&doc.project()), ["Bình".into()]);
        let at = |map: &ObjId, key: &str| doc.inner.get(map, key).unwrap().is_some();
        assert!(at(&automerge::ROOT, "later") && at(&doc.maps.acts, "no act"));
        assert!(at(&doc.maps.form, "later: a key") && at(&doc.maps.form, "name_as_bytes"));
    }

    #[test]
    fn what_was_read_at_an_acts_parents_stays_readable() {
        let mut doc = Document::genesis(LAYOUT, &ID);
        let mut other = doc.clone();
        let first = set(&mut doc, 1, "An");
        let second = set(&mut doc, 1, "Bình");
        set(&mut other, 2, "Cúc");
        doc.apply(&other.changes()).unwrap();
        let both = doc.heads();
        set(&mut doc, 1, "Dũng");
        assert_eq!(names(&doc.project_at(&[first])), ["An".into()]);
        assert_eq!(names(&doc.project_at(&[second])), ["Bình".into()]);
        assert_eq!(names(&doc.project_at(&both)).len(), 2);
        assert_eq!(names(&doc.project_at(&doc.heads())), ["Dũng".into()]);
        assert_eq!(doc.project_at(&[]), Projection::default());
    }
}
