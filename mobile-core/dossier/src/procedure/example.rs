//! A form filled with its catalogue's invented examples, for help, demonstrations, benches and tests.

use super::{Field, FieldKind, Procedure};
use crate::layout::{FieldKey, Projection, Value};

impl Procedure {
    /// Every field that is asked when all are filled with their examples, one row in each group.
    pub fn examples(&self) -> Vec<(FieldKey, Value)> {
        let mut form = Projection::default();
        fill(&mut form, "", &self.fields);
        let asked = |key: &FieldKey| self.asks(key, &form);
        form.form
            .iter()
            .filter(|(key, _)| asked(key))
            .filter_map(|(k, v)| Some((k.clone(), v.first()?.clone())))
            .collect()
    }
}

fn fill(form: &mut Projection, row: &str, fields: &[Field]) {
    for field in fields {
        if let FieldKind::Group { fields, .. } = &field.kind {
            fill(form, &format!("{}/1/", field.id), fields);
        } else if let (Some(example), Ok(key)) = (&field.example, format!("{row}{}", field.id).parse()) {
            form.form.insert(key, vec![example.clone()]);
        }
    }
}
