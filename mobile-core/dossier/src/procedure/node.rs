//! One table of a catalogue file, read key by key: every refusal names the file and the path, and what nobody asked for
//! is refused too, since a misspelt key would otherwise be a rule that silently does not hold.

use super::Text;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::fmt;

/// Why a catalogue cannot be used, for the one who edits it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueError {
    pub file: String,
    /// Where in the file, e.g. `fields.birth_date.max`; empty for the file as a whole.
    pub path: String,
    pub problem: String,
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, path, problem } = self;
        if path.is_empty() { write!(f, "{file}: {problem}") } else { write!(f, "{file}: {path}: {problem}") }
    }
}
impl std::error::Error for CatalogueError {}

pub(super) type Read<T> = Result<T, CatalogueError>;

/// A file, or a table in it.
pub type Table = Map<String, Value>;

pub(super) struct Node<'f> {
    file: &'f str,
    path: String,
    table: Table,
}

impl<'f> Node<'f> {
    pub(super) fn root(file: &'f str, table: Table) -> Self {
        Self { file, path: String::new(), table }
    }

    pub(super) fn error(&self, key: &str, problem: impl Into<String>) -> CatalogueError {
        CatalogueError { file: self.file.to_owned(), path: self.path_of(key), problem: problem.into() }
    }

    /// A text that is there and not blank.
    pub(super) fn text(&mut self, key: &str) -> Read<String> {
        match self.table.remove(key) {
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(text),
            Some(Value::String(_)) => Err(self.error(key, "is empty")),
            Some(_) => Err(self.error(key, "is not a text")),
            None => Err(self.error(key, "is missing")),
        }
    }

    pub(super) fn text_if_any(&mut self, key: &str) -> Read<Option<String>> {
        if self.has(key) { self.text(key).map(Some) } else { Ok(None) }
    }

    /// A text that is an id, a code or a number of ours.
    pub(super) fn parsed<T: std::str::FromStr<Err: fmt::Display>>(&mut self, key: &str) -> Read<T> {
        let text = self.text(key)?;
        text.parse().map_err(|e: T::Err| self.error(key, format!("{text:?} is {e}")))
    }

    pub(super) fn flag(&mut self, key: &str) -> Read<bool> {
        match self.table.remove(key) {
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(self.error(key, "is neither true nor false")),
            None => Err(self.error(key, "is missing")),
        }
    }

    pub(super) fn flag_or(&mut self, key: &str, default: bool) -> Read<bool> {
        if self.has(key) { self.flag(key) } else { Ok(default) }
    }

    /// A whole number that fits.
    pub(super) fn number<T: TryFrom<i64>>(&mut self, key: &str) -> Read<T> {
        match self.table.remove(key) {
            Some(value) => {
                let n = value.as_i64().ok_or_else(|| self.error(key, "is not a whole number"))?;
                T::try_from(n).map_err(|_| self.error(key, "is too small or too large"))
            }
            None => Err(self.error(key, "is missing")),
        }
    }

    pub(super) fn number_or<T: TryFrom<i64>>(&mut self, key: &str, default: T) -> Read<T> {
        if self.has(key) { self.number(key) } else { Ok(default) }
    }

    /// A value of one of our types that serde reads: a word of a list, an allowance.
    pub(super) fn typed<T: DeserializeOwned>(&mut self, key: &str) -> Read<T> {
        let value = self.table.remove(key).ok_or_else(|| self.error(key, "is missing"))?;
        serde_json::from_value(value).map_err(|e| self.error(key, e.to_string()))
    }

    pub(super) fn typed_if_any<T: DeserializeOwned>(&mut self, key: &str) -> Read<Option<T>> {
        if self.has(key) { self.typed(key).map(Some) } else { Ok(None) }
    }

    pub(super) fn raw(&mut self, key: &str) -> Option<Value> {
        self.table.remove(key)
    }

    /// A table, read whole by `read`.
    pub(super) fn table<T>(&mut self, key: &str, read: impl FnOnce(&mut Node<'f>) -> Read<T>) -> Read<T> {
        match self.table.remove(key) {
            Some(Value::Object(table)) => Node { file: self.file, path: self.path_of(key), table }.whole(read),
            Some(_) => Err(self.error(key, "is not a table")),
            None => Err(self.error(key, "is missing")),
        }
    }

    pub(super) fn table_if_any<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&mut Node<'f>) -> Read<T>,
    ) -> Read<Option<T>> {
        if self.has(key) { self.table(key, read).map(Some) } else { Ok(None) }
    }

    /// A list of tables, each named by its `id` or else by its place. Where there are none, the file says `[]`: a list that
    /// was forgotten must not look like one that is empty.
    pub(super) fn tables<T>(&mut self, key: &str, mut read: impl FnMut(&mut Node<'f>) -> Read<T>) -> Read<Vec<T>> {
        let items = match self.table.remove(key) {
            Some(Value::Array(items)) => items,
            Some(_) => return Err(self.error(key, "is not a list")),
            None => return Err(self.error(key, "is missing")),
        };
        let mut list = Vec::new();
        for (i, item) in items.into_iter().enumerate() {
            let path = format!("{}.{}", self.path_of(key), name_of(&item, i));
            let Value::Object(table) = item else {
                return Err(CatalogueError { file: self.file.to_owned(), path, problem: "is not a table".to_owned() });
            };
            list.push(Node { file: self.file, path, table }.whole(&mut read)?);
        }
        Ok(list)
    }

    pub(super) fn both(&mut self, key: &str) -> Read<Text> {
        self.table(key, Node::label)
    }

    pub(super) fn both_if_any(&mut self, key: &str) -> Read<Option<Text>> {
        self.table_if_any(key, Node::label)
    }

    /// The two languages as they stand in this table itself.
    pub(super) fn label(&mut self) -> Read<Text> {
        Ok(Text { vi: self.text("vi")?, en: self.text("en")? })
    }

    /// Paths that must lead somewhere in this table: a mark on a value that is not there marks nothing.
    pub(super) fn paths(&mut self, key: &str) -> Read<Vec<String>> {
        let paths: Vec<String> = self.typed_if_any(key)?.unwrap_or_default();
        let lost = paths.iter().find(|path| !leads(&self.table, path));
        match lost {
            Some(path) => Err(self.error(key, format!("{path:?} leads nowhere"))),
            None => Ok(paths),
        }
    }

    /// Reads all of this table; what is left over is a key that nobody knows.
    pub(super) fn whole<T>(mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        let value = read(&mut self)?;
        match self.table.keys().next() {
            Some(key) => Err(self.error(key, "is not a known key")),
            None => Ok(value),
        }
    }

    fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

fn name_of(item: &Value, place: usize) -> String {
    item.get("id").and_then(Value::as_str).map_or_else(|| place.to_string(), str::to_owned)
}

fn leads(table: &Table, path: &str) -> bool {
    let mut steps = path.split('.');
    let mut here = steps.next().and_then(|step| table.get(step));
    for step in steps {
        here = here.and_then(|value| match value {
            Value::Object(table) => table.get(step),
            Value::Array(items) => items.iter().find(|item| item.get("id").and_then(Value::as_str) == Some(step)),
            _ => None,
        });
    }
    here.is_some()
}
