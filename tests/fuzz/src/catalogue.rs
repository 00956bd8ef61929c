//! A hostile or broken catalogue: loading answers with a catalogue or with an error that names the place, and whoever
//! uses what was loaded meets no panic.

use crate::watch::count;
use dossier::layout::Projection;
use dossier::procedure::{Catalogue, Channel};
use dossier::time::Timestamp;

#[path = "../../../mobile-core/dossier/src/written.rs"]
mod written;

const HEADING: &str = include_str!("../../../mobile-core/dossier/data/catalogue/catalogue.toml");
const UNITS: &str = include_str!("../../../mobile-core/dossier/data/catalogue/units.toml");
const PLACES: &str = include_str!("../../../mobile-core/dossier/data/catalogue/places.toml");
const PROCEDURE: &str = include_str!("../../../mobile-core/dossier/data/catalogue/2.000635-civil-status-extract.toml");

/// One file of a catalogue, told by the first byte; the others are good.
pub fn run(input: &[u8]) {
    count("executions");
    let Some((first, rest)) = input.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let mut files =
        [("procedure.toml", PROCEDURE), ("catalogue.toml", HEADING), ("units.toml", UNITS), ("places.toml", PLACES)];
    files[usize::from(first % 4)].1 = &text;
    // What is no TOML at all never reaches the catalogue.
    let read = files.iter().map(|(name, text)| Some((*name, written::table(text).ok()?))).collect::<Option<Vec<_>>>();
    let Some(read) = read else { return count("no_toml") };
    match Catalogue::load(&read) {
        Ok(catalogue) => {
            count("loaded");
            used(&catalogue);
        }
        Err(error) => {
            count("refused");
            assert!(files.iter().any(|(name, _)| *name == error.file), "the error names one of the files");
            error.to_string();
        }
    }
}

fn used(catalogue: &Catalogue) {
    let today = Timestamp(1_795_000_000_000).day();
    for procedure in catalogue.procedures() {
        let mut filled = Projection::default();
        procedure.findings_on(&filled, today);
        for (key, value) in procedure.examples() {
            assert!(procedure.allows_key(&key), "an example's key is one of the form");
            filled.form.insert(key, vec![value]);
        }
        procedure.findings_on(&filled, today);
        for (key, values) in &filled.form {
            procedure.asks(key, &filled);
            if let (Some(field), Some(value)) = (procedure.field(key), values.first()) {
                field.shown(value, catalogue, dossier::sentence::Language::Vietnamese);
            }
        }
        for channel in [Channel::Counter, Channel::Online, Channel::Post] {
            procedure.fee_for(channel, &filled);
        }
    }
}
