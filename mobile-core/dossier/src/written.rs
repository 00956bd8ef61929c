//! From TOML, as people write catalogue and calendar, to what the program reads.

use serde_json::{Map, Value as Json};
use toml::{Table, Value as Toml};

/// A file's table. Days and times of day become their spelling.
pub(crate) fn table(text: &str) -> Result<Map<String, Json>, toml::de::Error> {
    Ok(plain_table(text.parse::<Table>()?))
}

fn plain_table(table: Table) -> Map<String, Json> {
    table.into_iter().map(|(key, value)| (key, plain(value))).collect()
}

fn plain(value: Toml) -> Json {
    match value {
        Toml::String(text) => text.into(),
        Toml::Integer(number) => number.into(),
        Toml::Float(number) => number.into(),
        Toml::Boolean(yes) => yes.into(),
        Toml::Datetime(moment) => moment.to_string().into(),
        Toml::Array(items) => items.into_iter().map(plain).collect(),
        Toml::Table(table) => plain_table(table).into(),
    }
}
