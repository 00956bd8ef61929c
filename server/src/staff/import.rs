//! Units and staff out of the office's own lists (CSV). A list is read whole, and each line that is wrong is named with its
//! reason; only a list without any is entered. What is there already is no fault: the same list twice changes nothing.

pub(crate) mod people;
pub(crate) mod units;

use csv::{ReaderBuilder, Trim};
use std::fmt;

/// The whole list; a province has some thousands of officers.
const BYTES: usize = 4 * 1024 * 1024;

/// A line that is not entered, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// As editors count them, the names of the columns being the first.
    pub line: u64,
    pub why: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

fn wrong(line: u64, why: impl Into<String>) -> Wrong {
    Wrong { line, why: why.into() }
}

/// The fields of each line, in the order in which the columns are named here, whatever order the list has.
fn table<const N: usize>(bytes: &[u8], columns: [&str; N]) -> Result<Vec<(u64, [String; N])>, Vec<Wrong>> {
    if bytes.len() > BYTES {
        return Err(vec![wrong(1, format!("the list has {} bytes; {BYTES} are the most", bytes.len()))]);
    }
    // Spreadsheets put a mark before the text.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        let good = bytes.utf8_chunks().next().map_or(0, |chunk| chunk.valid().lines().count().max(1));
        return Err(vec![wrong(good as u64, "it is not UTF-8; save the list as \"CSV UTF-8\"")]);
    };
    // The reader counts a line too few where they end in two characters.
    let text = text.replace("\r\n", "\n");
    // Where the comma parts decimals, spreadsheets part fields with a semicolon.
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') && !first.contains(',') { b';' } else { b',' };
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|cause| vec![wrong(1, cause.to_string())])?.clone();
    let places = places(&header, columns).map_err(|why| vec![wrong(1, why)])?;
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                if record.len() == header.len() {
                    rows.push((line, places.map(|place| record[place].to_owned())));
                } else {
                    let (has, named) = (record.len(), header.len());
                    faults.push(wrong(line, format!("it has {has} fields, and {named} columns are named")));
                }
            }
            Err(cause) => {
                let line = cause.position().map_or(0, csv::Position::line);
                faults.push(wrong(line, cause.to_string()));
            }
        }
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

fn places<const N: usize>(header: &csv::StringRecord, columns: [&str; N]) -> Result<[usize; N], String> {
    let expected = columns.join(",");
    let named: Vec<String> = header.iter().map(str::to_lowercase).collect();
    if let Some(unknown) = named.iter().find(|name| !columns.contains(&name.as_str())) {
        return Err(format!(
            "a column is called {:?}; the columns are {expected}",
            unknown.chars().take(40).collect::<String>()
        ));
    }
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(columns) {
        let mut at = named.iter().enumerate().filter(|(_, name)| *name == column).map(|(at, _)| at);
        match (at.next(), at.next()) {
            (Some(only), None) => *place = only,
            (None, _) => return Err(format!("the column {column} is missing; the columns are {expected}")),
            _ => return Err(format!("the column {column} is there twice")),
        }
    }
    Ok(places)
}

/// What stands before the reason: which field is meant.
fn of(field: &str, why: impl fmt::Display) -> String {
    format!("{field}: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<(u64, [String; 2])>, Vec<String>> {
        table(bytes, ["code", "name"]).map_err(|wrong| wrong.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn lists_are_read_as_spreadsheets_write_them() {
        let expected = vec![(2, ["H24".to_owned(), "Một, hai".to_owned()]), (3, ["H25".to_owned(), String::new()])];
        for text in [
            "code,name\nH24,\"Một, hai\"\nH25,\n",
            "\u{feff}code,name\r\nH24,\"Một, hai\"\r\nH25,",
            "name;code\nMột, hai;H24\n;H25\n",
            "Code , NAME\n H24 ,\"Một, hai\"\nH25,\n",
        ] {
            assert_eq!(read(text.as_bytes()), Ok(expected.clone()), "{text:?}");
        }
        assert_eq!(read(b"code,name\n"), Ok(vec![]));
    }

    #[test]
    fn every_line_that_is_no_line_is_named() {
        let said = |bytes: &[u8]| read(bytes).unwrap_err();
        assert_eq!(said(b""), ["line 1: the column code is missing; the columns are code,name"]);
        assert_eq!(said(b"code,name,code\n"), ["line 1: the column code is there twice"]);
        assert_eq!(said(b"code,salary\n"), ["line 1: a column is called \"salary\"; the columns are code,name"]);
        assert_eq!(
            said(b"code,name\nH24\nH25,x\nH26,y,z\n"),
            ["line 2: it has 1 fields, and 2 columns are named", "line 4: it has 3 fields, and 2 columns are named"]
        );
        assert!(said(b"code,name\nH24,\xff\n")[0].starts_with("line 2: it is not UTF-8"));
        assert!(said(&vec![b'a'; BYTES + 1])[0].contains("4194304 are the most"));
        assert!(said(&vec![b'a'; BYTES])[0].len() < 200, "not repeated endlessly");
    }
}
