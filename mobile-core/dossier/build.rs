//! Catalogue and calendar are written as TOML, with their sources beside each value; the program carries them as JSON, so
//! that phones need no reader of TOML. They and the sentences are carried compressed.

#[path = "src/written.rs"]
mod written;

use flate2::{Compression, write::ZlibEncoder};
use std::env::var_os;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    let data = Path::new(&var_os("CARGO_MANIFEST_DIR").expect("cargo says")).join("data");
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=src/written.rs");
    // A line for the name, a line for the content: JSON that is written by a program has no other.
    let catalogue = files(&data.join("catalogue"));
    carry("catalogue", catalogue.iter().map(|file| format!("{}\n{}\n", name(file), json(file))).collect());
    carry("calendar", json(&data.join("calendar.toml")));
    for language in ["vi", "en"] {
        let sentences = files(&data.join("sentences").join(language));
        carry(language, sentences.iter().map(|file| text(file) + "\n").collect());
    }
}

/// In one order on every machine.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of the project");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

fn name(file: &Path) -> &str {
    file.file_name().and_then(|name| name.to_str()).expect("a plain name")
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).expect("a file of the project")
}

fn json(file: &Path) -> String {
    let table = written::table(&text(file)).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    serde_json::Value::Object(table).to_string()
}

fn carry(name: &str, text: String) {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    packed.write_all(text.as_bytes()).expect("memory");
    let to = Path::new(&var_os("OUT_DIR").expect("cargo says")).join(format!("{name}.z"));
    fs::write(to, packed.finish().expect("memory")).expect("room on the disk");
}
