//! Reading the catalogue: procedures with their forms and components, and the units that receive dossiers.

use super::{Client, FieldInput, parse};
use crate::error::Error;
use crate::view::{ChoiceView, ComponentView, FieldSpecView, ProcedureView, UnitView};
use dossier::layout::Value;
use dossier::procedure::{Catalogue, Choice, Field, FieldKind, Procedure};
use dossier::sentence::Sentence;

impl Client {
    /// The procedures of the catalogue.
    pub fn catalogue(&self) -> Vec<ProcedureView> {
        Catalogue::built_in().procedures().map(|p| self.procedure_view(p)).collect()
    }

    /// One procedure, by its code.
    pub fn procedure(&self, code: &str) -> Result<ProcedureView, Error> {
        let procedure = Catalogue::built_in().procedure(&parse(code)?);
        let unknown = || Error::refused("unknown_procedure", Sentence::new("refused-unknown-procedure"));
        Ok(self.procedure_view(procedure.ok_or_else(unknown)?))
    }

    /// A form filled in with the catalogue's made-up examples, for demonstrations and for trying an app out.
    pub fn examples(&self, procedure: &str) -> Result<Vec<FieldInput>, Error> {
        let procedure = Catalogue::built_in().procedure(&parse(procedure)?);
        let unknown = || Error::refused("unknown_procedure", Sentence::new("refused-unknown-procedure"));
        let examples = procedure.ok_or_else(unknown)?.examples().into_iter();
        Ok(examples.map(|(key, value)| FieldInput { key: key.to_string(), value: Some(value_text(&value)) }).collect())
    }

    /// The units that receive dossiers.
    pub fn units(&self) -> Vec<UnitView> {
        let named = |u: &dossier::procedure::Unit| UnitView {
            code: u.code.to_string(),
            name: u.name.say(self.language).to_owned(),
        };
        Catalogue::built_in().units().iter().map(named).collect()
    }

    fn procedure_view(&self, procedure: &Procedure) -> ProcedureView {
        let mut fields = Vec::new();
        for field in &procedure.fields {
            match &field.kind {
                FieldKind::Group { fields: inner, .. } => {
                    fields.extend(inner.iter().map(|f| self.field_spec(f, &format!("{}/*/{}", field.id, f.id))));
                }
                _ => fields.push(self.field_spec(field, &field.id)),
            }
        }
        let component = |c: &dossier::procedure::Component| ComponentView {
            id: c.id.clone(),
            name: c.name.say(self.language).to_owned(),
            required: c.required,
        };
        ProcedureView {
            code: procedure.code.to_string(),
            name: procedure.name.say(self.language).to_owned(),
            presence_required: procedure.presence_required,
            post_out: procedure.post_out,
            fields,
            components: procedure.components.iter().map(component).collect(),
        }
    }

    fn field_spec(&self, field: &Field, key: &str) -> FieldSpecView {
        let choices = match &field.kind {
            FieldKind::Choice(choices) => {
                let view = |c: &Choice| ChoiceView { id: c.id.clone(), label: c.label.say(self.language).to_owned() };
                choices.iter().map(view).collect()
            }
            _ => Vec::new(),
        };
        FieldSpecView {
            key: key.to_owned(),
            label: field.label.say(self.language).to_owned(),
            kind: field.kind.name().to_owned(),
            required: field.required,
            choices,
            help: field.help.as_ref().map(|help| help.say(self.language).to_owned()),
            example: field.example.as_ref().map(value_text),
        }
    }
}

/// A value as it is typed.
pub(super) fn value_text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::YesNo(yes) => yes.to_string(),
    }
}
