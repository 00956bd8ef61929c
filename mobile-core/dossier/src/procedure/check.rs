//! What a catalogue must not say: values that each look right and contradict each other.

use super::field::{FEMALE, MALE};
use super::value::fault;
use super::{Allowance, AllowanceUnit, Channel, Condition, Fee, Field, FieldKind, Places, Procedure, Unit};
use crate::layout::Value;
use std::collections::BTreeSet;

/// Where, and what is wrong.
type Contradiction = (String, String);
type Checked = Result<(), Contradiction>;

pub(super) fn procedure(p: &Procedure) -> Checked {
    channels(p)?;
    allowance("allowance", &p.allowance)?;
    if let Some(extension) = &p.extension {
        allowance("extension.allowance", &extension.allowance)?;
        if extension.allowance.unit == p.allowance.unit && extension.allowance.amount < p.allowance.amount {
            return wrong("extension.allowance.amount", "is less than the allowance, although it is the whole time");
        }
    }
    if p.fields.is_empty() {
        return wrong("fields", "are missing");
    }
    if p.sources.is_empty() {
        return wrong("sources", "are missing");
    }
    fields("fields", &p.fields, &[], &p.places)?;
    unique("components", p.components.iter().map(|c| c.id.as_str()))?;
    for c in &p.components {
        let at = format!("components.{}", c.id);
        condition(&at, c.when.as_ref(), &p.fields, &[], &p.places)?;
        if c.originals + c.certified + c.copies == 0 {
            return wrong(&at, "asks for no original, no certified and no plain copy");
        }
        if c.files_max == 0 {
            return wrong(&format!("{at}.files_max"), "is 0");
        }
    }
    fee("fee", &p.fees, p)?;
    unique("cases", p.cases.iter().map(|c| c.id.as_str()))?;
    for c in &p.cases {
        let at = format!("cases.{}", c.id);
        condition(&at, c.when.as_ref(), &p.fields, &[], &p.places)?;
        if let Some(fees) = &c.fees {
            if c.when.is_none() {
                return wrong(&at, "has a fee of its own and no condition that tells when");
            }
            fee(&format!("{at}.fee"), fees, p)?;
        }
    }
    Ok(())
}

pub(super) fn units(units: &[Unit]) -> Checked {
    if units.is_empty() {
        return wrong("units", "are missing");
    }
    unique("units", units.iter().map(|u| u.code.as_str()))
}

pub(super) fn places(places: &Places) -> Checked {
    if places.provinces.is_empty() {
        return wrong("provinces", "are missing");
    }
    unique("provinces", places.provinces.iter().map(|p| p.code.as_str()))?;
    unique("areas", places.areas.iter().map(|a| a.code.as_str()))?;
    let shaped = |code: &str| code.len() == 2 && code.bytes().all(|b| b.is_ascii_digit());
    if let Some(province) = places.provinces.iter().find(|p| !shaped(&p.code)) {
        return wrong("provinces", &format!("{:?} is not two digits", province.code));
    }
    if let Some(area) = places.areas.iter().find(|a| format!("{}|x", a.code).parse::<super::Address>().is_err()) {
        return wrong("areas", &format!("{:?} is not province/ward", area.code));
    }
    match places.areas.iter().find(|a| places.judge(&a.code).is_err()) {
        Some(area) => wrong("areas", &format!("{:?} is of no province beside it", area.code)),
        None => Ok(()),
    }
}

fn channels(p: &Procedure) -> Checked {
    if p.channels.is_empty() {
        return wrong("channels", "are missing");
    }
    if p.channels.iter().collect::<BTreeSet<_>>().len() < p.channels.len() {
        return wrong("channels", "name one channel twice");
    }
    if p.presence_required && p.post_in {
        return wrong("post_in", "contradicts presence_required");
    }
    if p.post_in != p.offers(Channel::Post) {
        return wrong("post_in", "contradicts the channels");
    }
    Ok(())
}

fn allowance(at: &str, allowance: &Allowance) -> Checked {
    if allowance.amount == 0 {
        return wrong(&format!("{at}.amount"), "is 0");
    }
    if allowance.unit == AllowanceUnit::SameDay && allowance.amount != 1 {
        return wrong(&format!("{at}.amount"), "is not 1 although the answer is due the same day");
    }
    Ok(())
}

fn fee(at: &str, fee: &Fee, p: &Procedure) -> Checked {
    let name = |c: &Channel| format!("{at}.{}", format!("{c:?}").to_lowercase());
    if let Some(channel) = fee.amounts.keys().find(|c| !p.offers(**c)) {
        return wrong(&name(channel), "is the fee of a channel that is not offered");
    }
    if let Some(channel) = p.channels.iter().find(|c| !fee.amounts.contains_key(*c)) {
        return wrong(&name(channel), "is missing");
    }
    let Some(times) = &fee.times else { return Ok(()) };
    match p.fields.iter().find(|f| f.id == *times).map(|f| (&f.kind, f.required, &f.when)) {
        Some((FieldKind::Number { min: 0.., .. }, true, None)) => Ok(()),
        _ => wrong(&format!("{at}.times"), "names no number that is always asked for"),
    }
}

/// Fields of a form, or of a group within the form `around`: what they refer to stands before them.
fn fields(at: &str, fields: &[Field], around: &[Field], places: &Places) -> Checked {
    unique(at, fields.iter().map(|f| f.id.as_str()))?;
    for (i, f) in fields.iter().enumerate() {
        let at = format!("{at}.{}", f.id);
        condition(&at, f.when.as_ref(), &fields[..i], around, places)?;
        match &f.kind {
            FieldKind::Group { fields: inner, rows_min, rows_max } => {
                if at.matches("fields").count() > 1 {
                    return wrong(&at, "is a group inside a group");
                }
                if inner.is_empty() || *rows_max == 0 || rows_min > rows_max {
                    return wrong(&at, "has no fields, or no number of rows that fits");
                }
                if f.example.is_some() {
                    return wrong(&format!("{at}.example"), "belongs to the fields of the group");
                }
                self::fields(&format!("{at}.fields"), inner, &fields[..i], places)?;
            }
            kind => one_field(&at, kind, fields, around)?,
        }
        if let Some((code, _)) = f.example.as_ref().and_then(|example| fault(f, example, places)) {
            return wrong(&format!("{at}.example"), &format!("is no value of its field ({})", code.as_str()));
        }
    }
    Ok(())
}

fn one_field(at: &str, kind: &FieldKind, fields: &[Field], around: &[Field]) -> Checked {
    let kind_of = |id: &str| fields.iter().chain(around).find(|f| f.id == id).map(|f| &f.kind);
    let is_date =
        |id: &Option<String>| id.as_deref().is_none_or(|id| matches!(kind_of(id), Some(FieldKind::Date { .. })));
    match kind {
        FieldKind::Date { min, max, not_before, .. } => {
            if min > max {
                return wrong(&format!("{at}.min"), "is after max");
            }
            if !is_date(not_before) {
                return wrong(&format!("{at}.not_before"), "names no date of this form");
            }
        }
        FieldKind::Number { min, max } if min > max => return wrong(&format!("{at}.min"), "is above max"),
        FieldKind::Choice(choices) => {
            if choices.len() < 2 {
                return wrong(&format!("{at}.choices"), "are fewer than two");
            }
            unique(&format!("{at}.choices"), choices.iter().map(|c| c.id.as_str()))?;
        }
        FieldKind::CitizenNumber { born, sex } => {
            if !is_date(born) {
                return wrong(&format!("{at}.born"), "names no date of this form");
            }
            let sexes = |choices: &[super::Choice]| [MALE, FEMALE].iter().all(|s| choices.iter().any(|c| c.id == *s));
            let names_sex = |id: &str| matches!(kind_of(id), Some(FieldKind::Choice(choices)) if sexes(choices));
            if sex.as_deref().is_some_and(|id| born.is_none() || !names_sex(id)) {
                return wrong(
                    &format!("{at}.sex"),
                    "names no choice between male and female, or has no `born` beside it",
                );
            }
        }
        _ => {}
    }
    Ok(())
}

/// A condition is about a field that stands earlier, and asks for values that this field can have.
fn condition(at: &str, condition: Option<&Condition>, before: &[Field], around: &[Field], places: &Places) -> Checked {
    let Some(condition) = condition else { return Ok(()) };
    let at = format!("{at}.when");
    let field = before.iter().chain(around).find(|f| f.id == condition.field);
    let Some(field) = field.filter(|f| !matches!(f.kind, FieldKind::Group { .. })) else {
        return wrong(&format!("{at}.field"), &format!("no earlier field is called {:?}", condition.field));
    };
    if condition.one_of.is_empty() || condition.one_of.iter().any(|v: &Value| fault(field, v, places).is_some()) {
        return wrong(&at, &format!("asks {:?} for a value that it cannot have", condition.field));
    }
    Ok(())
}

fn unique<'a>(at: &str, ids: impl Iterator<Item = &'a str>) -> Checked {
    let mut seen = BTreeSet::new();
    for id in ids {
        if !seen.insert(id) {
            return wrong(&format!("{at}.{id}"), "is there twice");
        }
    }
    Ok(())
}

fn wrong(at: &str, problem: &str) -> Checked {
    Err((at.to_owned(), problem.to_owned()))
}
