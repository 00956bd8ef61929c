//! The last checkpoint outside the database: a file in the data folder. Who cuts rows off the database cannot cut this
//! with the same statement, and who keeps a copy elsewhere can prove it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

const FILE: &str = "checkpoint";

/// Writes it whole or not at all.
pub(crate) fn put(data: &Path, signed: &str) -> io::Result<()> {
    let (path, beside) = (data.join(FILE), data.join("checkpoint.new"));
    let mut file = File::create(&beside)?;
    file.write_all(signed.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, &path)
}

/// The last one that was written; `None` before the first.
pub(crate) fn read(data: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(data.join(FILE)) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}
