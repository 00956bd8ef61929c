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
