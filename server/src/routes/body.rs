//! A JSON body read as what it should be. Of one that is not, the caller is told the field and what was expected there;
//! never what was sent, which may be somebody's.

use crate::problem::{self, Problem};
use dossier::ids::NotA;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;
use std::str::FromStr;

/// What tells the kinds of a body apart, where there are several.
const TAG: &str = "command";

/// A JSON object in which each field stands once: of two, one program would believe the first and another the last.
pub(super) struct Object(Map<String, Value>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Once;
        impl<'de> Visitor<'de> for Once {
            type Value = Map<String, Value>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
                let mut read = Map::new();
                while let Some((name, value)) = fields.next_entry::<String, Value>()? {
                    if read.insert(name, value).is_some() {
                        return Err(A::Error::custom("a field stands twice"));
                    }
                }
                Ok(read)
            }
        }
        input.deserialize_map(Once).map(Self)
    }
}

pub(super) fn read<T: DeserializeOwned>(Object(fields): Object) -> Result<T, Problem> {
    let whole = serde_json::from_value(Value::Object(fields.clone()));
    whole.map_err(|cause: serde_json::Error| Problem::of(&problem::MALFORMED).telling(wrong::<T>(&fields, &cause)))
}

/// The value of a field that is a text of its own form.
pub(super) fn field<T: FromStr<Err = NotA>>(name: &'static str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|NotA(what)| Problem::of(&problem::MALFORMED).telling(format!("`{name}`: expected a {what}")))
}

fn wrong<T: DeserializeOwned>(fields: &Map<String, Value>, cause: &serde_json::Error) -> String {
    let cause = cause.to_string();
    if let Some(missing) = cause.strip_prefix("missing field ") {
        return format!("{missing} is missing");
    }
    // The library tells what it expected, not where: each field is read once without the others.
    let tag = fields.get(TAG).map(|kind| (TAG.to_owned(), kind.clone()));
    for (name, value) in fields {
        let alone: Map<String, Value> = tag.iter().cloned().chain([(name.clone(), value.clone())]).collect();
        let Err(cause) = serde_json::from_value::<T>(Value::Object(alone)) else { continue };
        let cause = cause.to_string();
        if cause.starts_with("unknown field") {
            return format!("a field that is not known{}", expected(&cause));
        }
        if !cause.starts_with("missing field") {
            let name = if cause.starts_with("unknown variant") { TAG } else { name };
            return format!("`{name}`{}", expected(&cause));
        }
    }
    "not of the expected form".to_owned()
}

/// The end of the library's sentence, which is ours; what stands before it repeats what was sent.
fn expected(cause: &str) -> String {
    cause.rsplit_once(", expected ").map_or_else(String::new, |(_, expected)| format!(": expected {expected}"))
}
