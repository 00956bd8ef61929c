//! `asvs.md`, our answers to OWASP ASVS 5.0.0 on who calls, is held to the tree: every requirement has one row, the numbers
//! at the top are those of the rows, and the tests and files that it names are there.

use crate::root;
use crate::rules::rust_files;
use std::collections::BTreeSet;

/// Of the standard: chapter, and how many requirements it has of level 1 and of level 2.
const CHAPTERS: [(u8, usize, usize); 5] = [(6, 13, 22), (7, 6, 12), (8, 4, 3), (9, 4, 3), (10, 5, 24)];
const ANSWERS: [&str; 3] = ["met: ", "not applicable: ", "**not met**: "];
/// What a requirement asks is told in so many words at the most.
const WORDS: usize = 15;
/// Where the page's files lie.
const FOLDERS: [&str; 3] = ["mobile-core/", "server/", "tests/"];

/// One requirement as the page has it.
struct Row<'a> {
    chapter: u8,
    id: &'a str,
    level: &'a str,
    asks: &'a str,
    answer: &'a str,
    tests: &'a str,
}

impl<'a> Row<'a> {
    /// A line of a table that begins with the number of a requirement.
    fn read(line: &'a str) -> Option<Self> {
        let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
        let [id, level, asks, answer, tests] = cells[..] else { return None };
        let parts: Option<Vec<u8>> = id.split('.').map(|part| part.parse().ok()).collect();
        let [chapter, _, _] = parts?[..] else { return None };
        Some(Self { chapter, id, level, asks, answer, tests })
    }

    fn faults(&self, tests: &BTreeSet<String>) -> Vec<String> {
        let mut found = Vec::new();
        let mut fault = |why: String| found.push(format!("{}: {why}", self.id));
        if !CHAPTERS.iter().any(|(chapter, ..)| *chapter == self.chapter) {
            fault("of another chapter".into());
        }
        if !["1", "2"].contains(&self.level) {
            fault(format!("level {}", self.level));
        }
        if self.asks.split_whitespace().count() > WORDS {
            fault(format!("more than {WORDS} words"));
        }
        if !ANSWERS.iter().any(|answer| self.answer.strip_prefix(answer).is_some_and(|why| !why.is_empty())) {
            fault("no answer".into());
        }
        let files = quoted(self.answer).filter(|name| FOLDERS.iter().any(|folder| name.starts_with(folder)));
        files.filter(|file| !root().join(file).is_file()).for_each(|file| fault(format!("no file {file}")));
        let named: Vec<&str> = quoted(self.tests).collect();
        if named.is_empty() != (self.tests == "–") {
            fault("neither tests nor a dash".into());
        }
        named.into_iter().filter(|name| !tests.contains(*name)).for_each(|name| fault(format!("no test {name}")));
        found
    }
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// What is wrong with the page, a line each.
fn faults(page: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let rows: Vec<Row<'_>> = page.lines().filter_map(Row::read).collect();
    let mut found: Vec<String> = rows.iter().flat_map(|row| row.faults(tests)).collect();
    let mut seen = BTreeSet::new();
    found.extend(rows.iter().filter(|row| !seen.insert(row.id)).map(|row| format!("{}: twice", row.id)));
    for (chapter, one, two) in CHAPTERS {
        let of: Vec<&Row<'_>> = rows.iter().filter(|row| row.chapter == chapter).collect();
        let levels = ["1", "2"].map(|level| of.iter().filter(|row| row.level == level).count());
        if levels != [one, two] {
            found.push(format!("V{chapter}: {levels:?} of levels 1 and 2; the standard has {one} and {two}"));
        }
        found.extend(miscounted(page, &format!("V{chapter} "), &of));
    }
    found.extend(miscounted(page, "all ", &rows.iter().collect::<Vec<_>>()));
    found
}

/// The line of the first table that begins so, if its numbers are not those of the rows.
fn miscounted(page: &str, name: &str, rows: &[&Row<'_>]) -> Option<String> {
    let count = |is: &dyn Fn(&Row<'_>) -> bool| rows.iter().filter(|row| is(row)).count();
    let levels = ["1", "2"].map(|level| count(&|row| row.level == level));
    let answers = ANSWERS.map(|answer| count(&|row| row.answer.starts_with(answer)));
    let right: String = levels.iter().chain(&answers).map(|n| format!(" {n} |")).collect();
    let said = page.lines().find_map(|line| line.strip_prefix("| ")?.strip_prefix(name));
    let agrees = said.is_some_and(|said| format!(" {said}").split_once(" |").is_some_and(|(_, said)| said == right));
    (!agrees).then(|| format!("{name}at the top: it is{right}"))
}

/// Names of the functions that a test attribute stands before.
fn test_functions(source: &str) -> Vec<String> {
    let (mut found, mut is_test) = (Vec::new(), false);
    for line in source.lines().map(str::trim_start) {
        if let Some(attribute) = line.strip_prefix("#[") {
            let path = attribute.split(['(', ']']).next().unwrap_or_default();
            is_test |= path == "test" || path.ends_with("::test");
        } else if let Some((_, rest)) = line.split_once("fn ") {
            let name = rest.split('(').next().unwrap_or_default();
            found.extend(std::mem::take(&mut is_test).then(|| name.to_owned()));
        }
    }
    found
}

fn tests_of_the_tree() -> BTreeSet<String> {
    let folders = ["mobile-core/dossier/src", "mobile-core/src", "server/src", "tests/src"];
    let files = folders.iter().flat_map(|folder| rust_files(&root().join(folder)));
    files.flat_map(|file| test_functions(&std::fs::read_to_string(file).expect("a source is text"))).collect()
}

fn page() -> String {
    std::fs::read_to_string(root().join("tests/asvs.md")).expect("asvs.md is there")
}

#[test]
fn each_requirement_is_answered_once_with_tests_and_files_that_are_there() {
    let tests = tests_of_the_tree();
    assert!(tests.len() > 500, "only {} tests were found", tests.len());
    let found = faults(&page(), &tests);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_planted_fault_of_the_answers_is_found() {
    let (page, tests) = (page(), tests_of_the_tree());
    let row = page.lines().find(|line| line.starts_with("| 6.2.1 |")).expect("the page has it").to_owned();
    let of = |planted: &str| faults(&page.replace(&row, planted), &tests);
    let answered = |answer: &str, tests: &str| format!("| 6.2.1 | 1 | Asks. | {answer} | {tests} |");
    let cases = [
        (answered("met: so", "`rust_files`"), "6.2.1: no test rust_files"),
        (answered("met: so", "`nobody_wrote_this`"), "6.2.1: no test nobody_wrote_this"),
        (answered("met: so", "later"), "6.2.1: neither tests nor a dash"),
        (answered("met: `server/src/gone.rs`", "–"), "6.2.1: no file server/src/gone.rs"),
        (answered("met", "–"), "6.2.1: no answer"),
        (row.replace("| 1 |", "| 3 |"), "6.2.1: level 3"),
        (row.replace("| 1 |", "| 2 |"), "V6: [12, 23] of levels 1 and 2; the standard has 13 and 22"),
        (row.replace("6.2.1", "5.2.1"), "5.2.1: of another chapter"),
        (row.replace("6.2.1", "6.2.2"), "6.2.2: twice"),
        (String::new(), "V6: [12, 22] of levels 1 and 2; the standard has 13 and 22"),
        (row.replace(" | met", " and so on and on and on and on and on | met"), "6.2.1: more than 15 words"),
        (row.replace("met: ", "**not met**: "), "V6 at the top: it is 13 | 22 |"),
        (row.replace("met: ", "not applicable: "), "all at the top: it is 32 | 64 |"),
    ];
    for (planted, fault) in cases {
        let found = of(&planted);
        assert!(found.iter().any(|found| found.starts_with(fault)), "{planted}: {found:?}");
    }
    assert_eq!(of(&row), Vec::<String>::new());
}
