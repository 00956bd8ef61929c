//! The scenario's lines.

/// One line: who calls what with what, and what has to come of it.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) line: usize,
    pub(super) who: String,
    pub(super) what: String,
    pub(super) with: Vec<String>,
    pub(super) expects: Expects,
}

#[derive(Debug)]
pub(super) enum Expects {
    /// That it goes well.
    Nothing,
    Named(String),
    Is(String),
    Holds(String),
    Becomes(String),
    Fails {
        code: String,
        kind: String,
    },
}

/// Reads the file; a line that is none is a fault of the file.
pub(super) fn read(text: &str) -> Vec<Step> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(|(n, line)| step(n + 1, line)).collect()
}

fn step(line: usize, text: &str) -> Step {
    let mut parts: Vec<&str> = text.split('|').map(str::trim).collect();
    let expects = match parts.last().and_then(|last| expects(last)) {
        Some(expects) => {
            parts.pop();
            expects
        }
        None => Expects::Nothing,
    };
    let [who, what, with @ ..] = &parts[..] else { panic!("line {line} of the scenario is none") };
    let with = with.iter().map(|text| (*text).to_owned()).collect();
    Step { line, who: (*who).to_owned(), what: (*what).to_owned(), with, expects }
}

fn expects(text: &str) -> Option<Expects> {
    let (sign, rest) = text.split_once(' ').unwrap_or((text, ""));
    let rest = rest.trim();
    match sign {
        "->" => Some(Expects::Named(rest.to_owned())),
        "=" => Some(Expects::Is(rest.to_owned())),
        "=>" => Some(Expects::Becomes(rest.to_owned())),
        "~" => Some(Expects::Holds(rest.to_owned())),
        "!" => {
            let (code, kind) = rest.split_once(' ').expect("a code and a kind");
            Some(Expects::Fails { code: code.to_owned(), kind: kind.to_owned() })
        }
        _ => None,
    }
}

#[test]
fn lines_are_read_as_they_are_written() {
    let steps =
        read("# a remark\n\nan | open | citizen | me\nan | x | $d | = a b\nan | y | =\nan | z | ! locked needs_user\n");
    assert_eq!(steps.iter().map(|step| step.line).collect::<Vec<_>>(), [3, 4, 5, 6]);
    assert!(matches!(steps[0].expects, Expects::Nothing) && steps[0].with == ["citizen", "me"]);
    assert!(matches!(&steps[1].expects, Expects::Is(text) if text == "a b") && steps[1].with == ["$d"]);
    assert!(matches!(&steps[2].expects, Expects::Is(text) if text.is_empty()));
    assert!(matches!(&steps[3].expects, Expects::Fails { code, kind } if code == "locked" && kind == "needs_user"));
}
