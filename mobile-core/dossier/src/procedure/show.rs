//! A field's value as people write it: a choice by its label, a day as dd/mm/yyyy, an address with its places' names.

use super::{Address, Catalogue, Field, FieldKind, Text};
use crate::layout::Value;
use crate::sentence::{Language, Sentence};

impl Text {
    pub fn say(&self, language: Language) -> &str {
        match language {
            Language::Vietnamese => &self.vi,
            Language::English => &self.en,
        }
    }
}

impl Field {
    /// The catalogue ends the ids of fields with the name of a person or a firm so.
    pub fn is_name(&self) -> bool {
        self.id == "name" || self.id.ends_with("_name")
    }

    /// What is not a value of this field is shown as it stands.
    pub fn shown(&self, value: &Value, catalogue: &Catalogue, language: Language) -> String {
        match (&self.kind, value) {
            (FieldKind::Choice(choices), Value::Text(id)) => {
                choices.iter().find(|c| c.id == *id).map_or_else(|| id.clone(), |c| c.label.say(language).to_owned())
            }
            (FieldKind::Date { .. }, Value::Text(day)) => day_of(day).unwrap_or_else(|| day.clone()),
            (FieldKind::Address, Value::Text(text)) => match text.parse::<Address>() {
                Ok(address) => with_names(&address, catalogue, language),
                Err(_) => text.clone(),
            },
            (_, Value::Text(text)) => text.clone(),
            (_, Value::Number(number)) => number.to_string(),
            (_, Value::YesNo(yes)) => Sentence::new(if *yes { "value-yes" } else { "value-no" }).say(language),
        }
    }
}

/// `yyyy-mm-dd` turned round.
fn day_of(iso: &str) -> Option<String> {
    let mut parts = iso.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    Some(format!("{day}/{month}/{year}"))
}

fn with_names(address: &Address, catalogue: &Catalogue, language: Language) -> String {
    let area = address.area();
    let known = catalogue.areas().iter().find(|a| a.code == area);
    let place = known.map_or(area.as_str(), |a| a.name.say(language));
    format!("{}, {place}", address.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_as_people_write_them() {
        let catalogue = Catalogue::built_in();
        let procedure = catalogue.procedure(&"1.004873".parse().unwrap()).unwrap();
        let shown = |id: &str, value: Value| {
            let field = procedure.fields.iter().find(|f| f.id == id).unwrap();
            field.shown(&value, catalogue, Language::Vietnamese)
        };
        assert_eq!(shown("marital_status", "divorced".into()), "Đã ly hôn");
        assert_eq!(shown("person_birth_date", "1990-02-01".into()), "01/02/1990");
        assert_eq!(shown("for_self", Value::YesNo(true)), "Có");
        assert!(shown("person_address", "31/99901|Số 1".into()).starts_with("Số 1, "));
        assert_eq!(shown("person_address", "31/00000|Số 1".into()), "Số 1, 31/00000");
        assert_eq!(shown("person_address", "không rõ".into()), "không rõ");
    }
}
