//! From a file of the catalogue to a `Procedure`, or to the units: every key by name, nothing guessed.

use super::node::{Node, Read, Table};
use super::value::date;
use super::{
    Area, Case, Channel, Choice, ClockPolicy, Component, Condition, Extension, Fee, Field, FieldKind, Places,
    Procedure, Province, Unit, check,
};
use crate::layout::{TEXT_MAX, Value, is_name};
use ::time::Date;
use ::time::macros::date as day;
use serde_json::Value as Json;
use std::sync::Arc;

/// How long a text is where the file does not say: a name, a paragraph.
const LINE: usize = 200;
const PARAGRAPH: usize = 2_000;
/// The days that a form may name where the file does not say.
const FIRST_DAY: Date = day!(1900 - 01 - 01);
const LAST_DAY: Date = day!(2100 - 12 - 31);

pub(super) fn procedure(file: &str, table: Table, places: &Arc<Places>) -> Read<Procedure> {
    Node::root(file, table).whole(|n| {
        let needs_legal_review = n.paths("needs_legal_review")?;
        let (form_name, form_source) = n.table("form", |n| Ok((n.label()?, n.text("source")?)))?;
        let procedure = Procedure {
            code: n.parsed("code")?,
            name: n.both("name")?,
            result: n.both("result")?,
            authority: n.both("authority")?,
            form_name,
            form_source,
            channels: n.typed("channels")?,
            fields: n.tables("fields", field)?,
            components: n.tables("components", component)?,
            cases: n.tables("cases", case)?,
            allowance: n.typed("allowance")?,
            extension: n.table_if_any("extension", extension)?,
            clock: n.typed::<ClockPolicy>("clock")?,
            fees: n.table("fee", fee)?,
            post_in: n.flag("post_in")?,
            post_out: n.flag("post_out")?,
            presence_required: n.flag("presence_required")?,
            sources: n.typed("sources")?,
            needs_legal_review,
            places: places.clone(),
        };
        check::procedure(&procedure).map_err(|(path, problem)| n.error(&path, problem))?;
        Ok(procedure)
    })
}

/// `catalogue.toml`: the version, and the day from which it holds.
/// What the catalogue says of itself.
pub(super) struct Heading {
    pub(super) version: u32,
    pub(super) valid_from: Date,
    pub(super) rule_set: String,
    pub(super) needs_legal_review: Vec<String>,
}

pub(super) fn heading(file: &str, table: Table) -> Read<Heading> {
    Node::root(file, table).whole(|n| {
        let version = n.number("version")?;
        if version == 0 {
            return Err(n.error("version", "is 0"));
        }
        let (valid_from, rule_set) = (day_or(n, "valid_from", None)?, n.text("rule_set")?);
        Ok(Heading { version, valid_from, rule_set, needs_legal_review: n.typed("needs_legal_review")? })
    })
}

/// `units.toml`: the receiving units, the first being the one that is offered first.
pub(super) fn units(file: &str, table: Table) -> Read<Vec<Unit>> {
    Node::root(file, table).whole(|n| {
        let units = n.tables("units", |n| {
            Ok(Unit {
                needs_legal_review: n.paths("needs_legal_review")?,
                code: n.parsed("code")?,
                name: n.both("name")?,
                parent_agency: n.both("parent_agency")?,
                competent_agency: n.both("competent_agency")?,
                support_phone: n.parsed("support_phone")?,
            })
        })?;
        check::units(&units).map_err(|(path, problem)| n.error(&path, problem))?;
        Ok(units)
    })
}

/// `places.toml`: the provinces, and the areas that address fields offer.
pub(super) fn places(file: &str, table: Table) -> Read<Places> {
    Node::root(file, table).whole(|n| {
        let provinces = n.tables("provinces", |n| Ok(Province { code: n.text("code")?, name: n.label()? }))?;
        let areas = n.tables("areas", |n| Ok(Area { code: n.text("code")?, name: n.label()? }))?;
        let places = Places { provinces, areas, needs_legal_review: n.typed("needs_legal_review")? };
        check::places(&places).map_err(|(path, problem)| n.error(&path, problem))?;
        Ok(places)
    })
}

fn extension(n: &mut Node<'_>) -> Read<Extension> {
    Ok(Extension { allowance: n.typed("allowance")?, reason: n.both("reason")? })
}

fn component(n: &mut Node<'_>) -> Read<Component> {
    Ok(Component {
        id: id(n)?,
        name: n.label()?,
        help: n.both_if_any("help")?,
        required: n.flag("required")?,
        when: n.table_if_any("when", condition)?,
        at_counter: n.flag_or("at_counter", false)?,
        originals: n.number_or("originals", 0)?,
        certified: n.number_or("certified", 0)?,
        copies: n.number_or("copies", 0)?,
        files_max: n.number_or("files_max", 5)?,
    })
}

fn case(n: &mut Node<'_>) -> Read<Case> {
    Ok(Case {
        id: id(n)?,
        name: n.label()?,
        when: n.table_if_any("when", condition)?,
        fees: n.table_if_any("fee", fee)?,
    })
}

fn fee(n: &mut Node<'_>) -> Read<Fee> {
    let mut fee = Fee { times: n.text_if_any("times")?, note: n.both_if_any("note")?, ..Fee::default() };
    for (channel, name) in [(Channel::Counter, "counter"), (Channel::Online, "online"), (Channel::Post, "post")] {
        let amount = match n.raw(name) {
            None => continue,
            Some(Json::Number(amount)) if amount.is_u64() => amount.as_u64(),
            Some(Json::String(word)) if word == "unknown" => None,
            Some(_) => return Err(n.error(name, "is neither an amount in đồng nor \"unknown\"")),
        };
        fee.amounts.insert(channel, amount);
    }
    Ok(fee)
}

fn field(n: &mut Node<'_>) -> Read<Field> {
    let id = id(n)?;
    let kind = kind(n)?;
    // A group is asked for by its number of rows.
    let required = match &kind {
        FieldKind::Group { rows_min, .. } => *rows_min > 0,
        _ => n.flag("required")?,
    };
    Ok(Field {
        id,
        kind,
        label: n.label()?,
        help: n.both_if_any("help")?,
        required,
        when: n.table_if_any("when", condition)?,
        example: n.raw("example").map(|v| value(n, "example", v)).transpose()?,
    })
}

fn kind(n: &mut Node<'_>) -> Read<FieldKind> {
    Ok(match n.text("type")?.as_str() {
        "text" => FieldKind::Text { max: length(n, LINE)? },
        "long_text" => FieldKind::LongText { max: length(n, PARAGRAPH)? },
        "date" => FieldKind::Date {
            min: day_or(n, "min", Some(FIRST_DAY))?,
            max: day_or(n, "max", Some(LAST_DAY))?,
            past: n.flag_or("past", false)?,
            not_before: n.text_if_any("not_before")?,
        },
        "number" => FieldKind::Number { min: n.number("min")?, max: n.number("max")? },
        "choice" => FieldKind::Choice(n.tables("choices", |n| Ok(Choice { id: id(n)?, label: n.label()? }))?),
        "citizen_number" => FieldKind::CitizenNumber { born: n.text_if_any("born")?, sex: n.text_if_any("sex")? },
        "phone" => FieldKind::Phone,
        "address" => FieldKind::Address,
        "yes_no" => FieldKind::YesNo,
        "group" => FieldKind::Group {
            fields: n.tables("fields", field)?,
            rows_min: n.number("rows_min")?,
            rows_max: n.number("rows_max")?,
        },
        other => return Err(n.error("type", format!("{other:?} is not a known type"))),
    })
}

fn condition(n: &mut Node<'_>) -> Read<Condition> {
    let field = n.text("field")?;
    let one_of = match (n.raw("is"), n.raw("one_of"), n.raw("yes")) {
        (Some(is), None, None) => vec![value(n, "is", is)?],
        (None, Some(Json::Array(list)), None) => {
            list.into_iter().map(|v| value(n, "one_of", v)).collect::<Read<_>>()?
        }
        (None, None, Some(Json::Bool(yes))) => vec![Value::YesNo(yes)],
        _ => return Err(n.error("field", "needs one of: is, one_of (a list), yes (true or false)")),
    };
    Ok(Condition { field, one_of })
}

fn value(n: &Node<'_>, key: &str, value: Json) -> Read<Value> {
    let known = match value {
        Json::String(text) => Some(Value::Text(text)),
        Json::Number(number) => number.as_i64().map(Value::Number),
        Json::Bool(yes) => Some(Value::YesNo(yes)),
        _ => None,
    };
    known.ok_or_else(|| n.error(key, "is neither a text nor a whole number nor true or false"))
}

fn id(n: &mut Node<'_>) -> Read<String> {
    let id = n.text("id")?;
    if is_name(&id) { Ok(id) } else { Err(n.error("id", format!("{id:?} is not an id"))) }
}

fn length(n: &mut Node<'_>, default: usize) -> Read<usize> {
    let max = n.number_or("max", default)?;
    if (1..=TEXT_MAX).contains(&max) { Ok(max) } else { Err(n.error("max", format!("is not from 1 to {TEXT_MAX}"))) }
}

fn day_or(n: &mut Node<'_>, key: &str, default: Option<Date>) -> Read<Date> {
    match (n.text_if_any(key)?, default) {
        (Some(text), _) => date(&text).ok_or_else(|| n.error(key, format!("{text:?} is not a day (yyyy-mm-dd)"))),
        (None, Some(day)) => Ok(day),
        (None, None) => Err(n.error(key, "is missing")),
    }
}
