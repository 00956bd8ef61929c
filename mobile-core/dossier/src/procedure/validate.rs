//! Findings: everything that is wrong or doubtful in a dossier, in the order of the form, then of the papers. Pure, so
//! that the phone says before sending what the server would say after.

use super::field::MALE;
use super::value::{Fault, date, fault, is_blank, shown, written};
use super::{Component, Condition, Field, FieldKind, Finding, FindingCode, Procedure, Severity};
use crate::ids::{CitizenNumber, CitizenNumberDoubt};
use crate::layout::{FieldKey, PAPER_MAX, PAPERS_BYTES_MAX, PAPERS_MAX, Projection, Value};
use crate::sentence::Sentence;
use ::time::Date;
use std::collections::BTreeSet;

impl Procedure {
    /// All findings that need no clock: the same on every device.
    pub fn findings(&self, dossier: &Projection) -> Vec<Finding> {
        self.look(dossier, None)
    }

    /// The same, and what is not possible as of a day (a birth in the future).
    pub fn findings_on(&self, dossier: &Projection, today: Date) -> Vec<Finding> {
        self.look(dossier, Some(today))
    }

    /// Is a condition met by what is filled in? None is always met.
    pub fn holds(&self, condition: Option<&Condition>, dossier: &Projection) -> bool {
        Form { procedure: self, dossier, row: None }.holds(condition)
    }

    /// Whether a field is asked as the form stands.
    pub fn asks(&self, key: &FieldKey, dossier: &Projection) -> bool {
        let form = Form { procedure: self, dossier, row: None };
        let group = |id: &str| self.fields.iter().find(|f| f.id == id);
        match (self.field(key), key.in_group()) {
            (Some(field), None) => form.holds(field.when.as_ref()),
            (Some(field), Some((id, row, _))) => {
                group(id).is_some_and(|g| form.holds(g.when.as_ref())) && form.row(id, row).holds(field.when.as_ref())
            }
            (None, _) => false,
        }
    }

    fn look(&self, dossier: &Projection, today: Option<Date>) -> Vec<Finding> {
        let form = Form { procedure: self, dossier, row: None };
        let mut findings = Vec::new();
        for field in self.fields.iter().filter(|f| form.holds(f.when.as_ref())) {
            match &field.kind {
                FieldKind::Group { fields, rows_min, rows_max } => {
                    let rows = form.rows(&field.id);
                    findings.extend(rows_finding(&field.id, rows.len(), *rows_min, *rows_max));
                    for row in rows {
                        let form = form.row(&field.id, row);
                        let asked = fields.iter().filter(|f| form.holds(f.when.as_ref()));
                        findings.extend(asked.flat_map(|f| form.field_findings(f, today)));
                    }
                }
                _ => findings.extend(form.field_findings(field, today)),
            }
        }
        for key in dossier.form.keys().filter(|key| !self.allows_key(key)) {
            let message = Sentence::new("finding-unknown-field");
            findings.push(at(key.clone(), Severity::Error, (FindingCode::UnknownField, message)));
        }
        findings.extend(paper_findings(&form));
        findings
    }
}

/// A form being read: the whole of it, or one row of a group in it.
#[derive(Clone, Copy)]
struct Form<'a> {
    procedure: &'a Procedure,
    dossier: &'a Projection,
    row: Option<(&'a str, &'a str)>,
}

impl<'a> Form<'a> {
    fn row(self, group: &'a str, row: &'a str) -> Self {
        Self { row: Some((group, row)), ..self }
    }

    /// The rows of a group that have any value, in the order of their keys.
    fn rows(self, group: &str) -> BTreeSet<&'a str> {
        let keys = self.dossier.form.keys().filter_map(FieldKey::in_group);
        keys.filter(|(g, _, _)| *g == group).map(|(_, row, _)| row).collect()
    }

    fn key(self, field: &str) -> FieldKey {
        let text = match self.row {
            Some((group, row)) => format!("{group}/{row}/{field}"),
            None => field.to_owned(),
        };
        text.parse().expect("ids of the catalogue are checked at loading, rows come from keys")
    }

    fn values(self, field: &str) -> &'a [Value] {
        self.dossier.form.get(&self.key(field)).map_or(&[], Vec::as_slice)
    }

    /// The field that a reference means from here, with the value that the document shows: one of the same row, else
    /// one of the whole form.
    fn referred(self, id: &str) -> Option<(&'a Field, Option<&'a Value>, Self)> {
        let own = self.row.and_then(|_| self.procedure.field(&self.key(id))).map(|field| (field, self));
        let (field, form) = match own {
            Some(found) => found,
            None => {
                let whole = Self { row: None, ..self };
                (self.procedure.field(&whole.key(id))?, whole)
            }
        };
        Some((field, form.values(id).first().filter(|v| !is_blank(v)), form))
    }

    /// A field that is itself not asked meets nothing. Loading lets conditions point only backwards, so this ends.
    fn holds(self, condition: Option<&Condition>) -> bool {
        let Some(condition) = condition else { return true };
        self.referred(&condition.field).is_some_and(|(field, value, form)| {
            value.is_some_and(|v| condition.one_of.contains(v)) && form.holds(field.when.as_ref())
        })
    }

    fn field_findings(self, field: &Field, today: Option<Date>) -> Vec<Finding> {
        let key = self.key(&field.id);
        let error = |fault| vec![at(key.clone(), Severity::Error, fault)];
        match self.values(&field.id) {
            [first, second, ..] => error(conflict(field, first, second)),
            [value] if !is_blank(value) => {
                match fault(field, value, &self.procedure.places).or_else(|| self.day_fault(field, value, today)) {
                    Some(fault) => error(fault),
                    None => self.doubts(field, value).map(|d| at(key.clone(), Severity::Warning, d)).collect(),
                }
            }
            _ if field.required => error((FindingCode::Required, Sentence::new("finding-required"))),
            _ => Vec::new(),
        }
    }

    /// A day after today, or before the day that it must follow.
    fn day_fault(self, field: &Field, value: &Value, today: Option<Date>) -> Option<Fault> {
        let (FieldKind::Date { past, not_before, .. }, Value::Text(text)) = (&field.kind, value) else { return None };
        let day = date(text)?;
        if *past && today.is_some_and(|today| day > today) {
            return Some((FindingCode::DateInFuture, Sentence::new("finding-date-in-future")));
        }
        let earlier = self.day_of(not_before.as_deref()?)?;
        let sentence = || Sentence::new("finding-date-order").with("earlier", written(earlier));
        (day < earlier).then(|| (FindingCode::DateOrder, sentence()))
    }

    fn day_of(self, field: &str) -> Option<Date> {
        match self.referred(field)?.1? {
            Value::Text(text) => date(text),
            _ => None,
        }
    }

    fn doubts(self, field: &Field, value: &Value) -> impl Iterator<Item = Fault> {
        let found = match (&field.kind, value) {
            (FieldKind::CitizenNumber { born: Some(born), sex }, Value::Text(text)) => {
                let male = sex.as_deref().and_then(|sex| match self.referred(sex)?.1? {
                    Value::Text(sex) => Some(sex == MALE),
                    _ => None,
                });
                let number = text.parse::<CitizenNumber>().ok();
                number.zip(self.day_of(born)).map(|(number, born)| number.doubts(born.year(), male))
            }
            _ => None,
        };
        found.unwrap_or_default().into_iter().map(|doubt| {
            let sentence = Sentence::new(match doubt {
                CitizenNumberDoubt::Century => "finding-citizen-number-doubt-century",
                CitizenNumberDoubt::Sex => "finding-citizen-number-doubt-sex",
                CitizenNumberDoubt::Year => "finding-citizen-number-doubt-year",
            });
            (FindingCode::CitizenNumberDoubt, sentence)
        })
    }
}

fn at(key: FieldKey, severity: Severity, (code, message): Fault) -> Finding {
    Finding { code, field: Some(key), component: None, severity, message }
}

fn conflict(field: &Field, first: &Value, second: &Value) -> Fault {
    let sentence = match field.kind {
        FieldKind::YesNo => Sentence::new("finding-conflict-yes-no"),
        _ => Sentence::new("finding-conflict").with("first", shown(field, first)).with("second", shown(field, second)),
    };
    (FindingCode::Conflict, sentence)
}

fn rows_finding(group: &str, rows: usize, min: usize, max: usize) -> Option<Finding> {
    let key: FieldKey = group.parse().expect("ids of the catalogue are checked at loading");
    let (code, sentence) = if rows < min {
        (FindingCode::TooFewRows, Sentence::new("finding-too-few-rows").with("min", min.to_string()))
    } else if rows > max {
        (FindingCode::TooManyRows, Sentence::new("finding-too-many-rows").with("max", max.to_string()))
    } else {
        return None;
    };
    Some(at(key, Severity::Error, (code, sentence)))
}

fn paper_findings(form: &Form<'_>) -> Vec<Finding> {
    let papers = &form.dossier.papers;
    let about = |component: Option<&str>, code, message| Finding {
        code,
        field: None,
        component: component.map(str::to_owned),
        severity: Severity::Error,
        message,
    };
    let mut findings = Vec::new();
    for component in &form.procedure.components {
        let files = papers.keys().filter(|key| key.component == component.id).count();
        if files == 0 && is_due(component, form) {
            let message = Sentence::new("finding-component-missing");
            findings.push(about(Some(&component.id), FindingCode::ComponentMissing, message));
        }
        if files > component.files_max {
            let message = Sentence::new("finding-too-many-papers").with("max", component.files_max.to_string());
            findings.push(about(Some(&component.id), FindingCode::TooManyPapers, message));
        }
    }
    for (key, info) in papers {
        if form.procedure.component(&key.component).is_none() {
            let message = Sentence::new("finding-unknown-component");
            findings.push(about(Some(&key.component), FindingCode::UnknownComponent, message));
        }
        if info.size > PAPER_MAX {
            let message = Sentence::new("finding-paper-too-large").with("max", megabytes(PAPER_MAX.into()));
            findings.push(about(Some(&key.component), FindingCode::PaperTooLarge, message));
        }
    }
    if papers.len() > PAPERS_MAX {
        let message = Sentence::new("finding-too-many-papers").with("max", PAPERS_MAX.to_string());
        findings.push(about(None, FindingCode::TooManyPapers, message));
    }
    if papers.values().map(|info| u64::from(info.size)).sum::<u64>() > PAPERS_BYTES_MAX {
        let message = Sentence::new("finding-papers-too-large").with("max", megabytes(PAPERS_BYTES_MAX));
        findings.push(about(None, FindingCode::PapersTooLarge, message));
    }
    findings
}

/// Must a paper be uploaded as the form stands?
fn is_due(component: &Component, form: &Form<'_>) -> bool {
    component.required && !component.at_counter && form.holds(component.when.as_ref())
}

fn megabytes(bytes: u64) -> String {
    (bytes / (1024 * 1024)).to_string()
}

#[cfg(test)]
mod tests;
