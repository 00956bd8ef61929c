//! The catalogue: a version, the day from which it holds, the receiving units, and the procedures. The one that is built
//! in reads a procedure when it is first asked for, because a phone that opens needs the few of its own dossiers.

use super::node::{CatalogueError, Read, Table};
use super::read::{self, Heading};
use super::{Area, Places, Procedure, Unit};
use crate::carried::{self, carried};
use crate::ids::{ProcedureCode, UnitCode};
use ::time::Date;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock, OnceLock};

pub struct Catalogue {
    pub version: u32,
    pub valid_from: Date,
    /// The one-stop rules that an acceptance freezes, by their name.
    pub rule_set: String,
    /// What of this nobody has checked against the law yet.
    pub needs_legal_review: Vec<String>,
    units: Vec<Unit>,
    places: Arc<Places>,
    procedures: BTreeMap<ProcedureCode, Entry>,
}

/// A procedure, and the file that it is read from when it was not yet.
struct Entry {
    file: &'static str,
    text: &'static str,
    places: Arc<Places>,
    parsed: OnceLock<Procedure>,
}

const HEADING: &str = "catalogue.toml";
const UNITS: &str = "units.toml";
const PLACES: &str = "places.toml";

/// The files of the built-in catalogue: name and content. A procedure's name begins with its code.
static FILES: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let mut lines = carried::text(carried!("catalogue")).leak().lines();
    std::iter::from_fn(|| lines.next().zip(lines.next())).collect()
});

impl Catalogue {
    /// The catalogue of this build.
    pub fn built_in() -> &'static Catalogue {
        static BUILT_IN: LazyLock<Catalogue> = LazyLock::new(|| {
            let Heading { version, valid_from, rule_set, needs_legal_review } =
                read::heading(HEADING, table(of(HEADING))).expect(CHECKED);
            let units = read::units(UNITS, table(of(UNITS))).expect(CHECKED);
            let places = Arc::new(read::places(PLACES, table(of(PLACES))).expect(CHECKED));
            let procedures = FILES.iter().filter_map(|&(file, text)| {
                let code = file.split_once('-')?.0.parse().expect(CHECKED);
                Some((code, Entry { file, text, places: places.clone(), parsed: OnceLock::new() }))
            });
            Catalogue {
                version,
                valid_from,
                rule_set,
                needs_legal_review,
                units,
                procedures: procedures.collect(),
                places,
            }
        });
        &BUILT_IN
    }

    /// Reads and checks a whole catalogue from (name, content) of its files.
    pub fn load(files: &[(&str, Table)]) -> Result<Catalogue, CatalogueError> {
        let Heading { version, valid_from, rule_set, needs_legal_review } =
            read::heading(HEADING, the(HEADING, files)?)?;
        let units = read::units(UNITS, the(UNITS, files)?)?;
        let places = Arc::new(read::places(PLACES, the(PLACES, files)?)?);
        let mut procedures = BTreeMap::new();
        for (file, table) in files.iter().filter(|(file, _)| ![HEADING, UNITS, PLACES].contains(file)) {
            let procedure = read::procedure(file, table.clone(), &places)?;
            let code = procedure.code.clone();
            let entry = Entry { file: "", text: "", places: places.clone(), parsed: OnceLock::from(procedure) };
            if procedures.insert(code.clone(), entry).is_some() {
                return Err(wrong(file, "code", &format!("{code} has another file already")));
            }
        }
        if procedures.is_empty() {
            return Err(wrong(HEADING, "", "there is no procedure beside it"));
        }
        Ok(Catalogue { version, valid_from, rule_set, needs_legal_review, units, places, procedures })
    }

    pub fn procedure(&self, code: &ProcedureCode) -> Option<&Procedure> {
        self.procedures.get(code).map(Entry::procedure)
    }

    /// All of them, by code.
    pub fn procedures(&self) -> impl Iterator<Item = &Procedure> {
        self.procedures.values().map(Entry::procedure)
    }

    pub fn unit(&self, code: &UnitCode) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.code == *code)
    }

    /// The receiving units; the first is the one to offer first.
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// The areas that address fields offer.
    pub fn areas(&self) -> &[Area] {
        &self.places.areas
    }

    /// The places by which addresses are judged.
    pub fn places(&self) -> &Places {
        &self.places
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Catalogue({}, {} procedures)", self.version, self.procedures.len())
    }
}

const CHECKED: &str = "the built-in files are part of the program, and a test loads them all";

impl Entry {
    fn procedure(&self) -> &Procedure {
        self.parsed.get_or_init(|| read::procedure(self.file, table(self.text), &self.places).expect(CHECKED))
    }
}

/// A file of the built-in catalogue.
fn of(name: &str) -> &'static str {
    FILES.iter().find(|(file, _)| *file == name).map(|(_, text)| *text).expect(CHECKED)
}

fn table(text: &str) -> Table {
    serde_json::from_str(text).expect(CHECKED)
}

fn the(name: &str, files: &[(&str, Table)]) -> Read<Table> {
    let found = files.iter().find(|(file, _)| *file == name);
    found.map(|(_, table)| table.clone()).ok_or_else(|| wrong(name, "", "is missing"))
}

fn wrong(file: &str, path: &str, problem: &str) -> CatalogueError {
    CatalogueError { file: file.to_owned(), path: path.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests;
