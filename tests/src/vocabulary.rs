//! What the repository says and where it lies: the top level is the product, and no text of ours names a machine, a
//! registry or work that was put off.

use crate::root;
use std::path::{Path, PathBuf};

/// The visible top level; tools keep to dotfiles.
const TOP: [&str; 8] =
    ["Cargo.lock", "Cargo.toml", "LICENSE", "README.md", "migrations", "mobile-core", "server", "tests"];

/// What a build and a run leave behind.
const LEFT_BEHIND: [&str; 2] = ["data", "target"];

/// Endings of the files that people write.
const WRITTEN: [&str; 14] =
    ["css", "ftl", "html", "js", "json", "kt", "md", "mjs", "py", "rs", "sh", "sql", "swift", "toml"];

/// Texts that must not occur, and why. Spelled in two halves, so that this file passes its own test.
fn forbidden() -> Vec<(String, &'static str)> {
    let halves = [
        ("TO", "DO", "put off: do it or say it in README"),
        ("FIX", "ME", "put off: do it or say it in README"),
        ("/ro", "ot/", "a path of one machine"),
        ("/ho", "me/", "a path of one machine"),
        ("/Us", "ers/", "a path of one machine"),
        ("/wo", "rk/", "a path of one machine"),
        ("index.cr", "ates.io", "a registry's host"),
        ("registry.np", "mjs", "a registry's host"),
        ("deb.de", "bian", "a registry's host"),
        ("pypi.o", "rg", "a registry's host"),
        ("BEGIN PRI", "VATE KEY", "a secret"),
        ("BEGIN EC PRI", "VATE KEY", "a secret"),
    ];
    halves.iter().map(|(one, two, why)| (format!("{one}{two}"), *why)).collect()
}

/// The lines of a text that hold a forbidden one.
fn findings(path: &str, text: &str) -> Vec<String> {
    let forbidden = forbidden();
    let numbered = text.lines().enumerate();
    numbered
        .flat_map(|(n, line)| {
            let hits = forbidden.iter().filter(|(word, _)| holds_word(line, word));
            hits.map(|(word, why)| format!("{path}:{}: {word}: {why}", n + 1)).collect::<Vec<_>>()
        })
        .collect()
}

/// Whether the text occurs, not as a part of a longer word.
fn holds_word(line: &str, word: &str) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(at, _)| {
        let starts = !word.starts_with(char::is_alphanumeric) || !is_letter(line[..at].chars().next_back());
        let ends = !word.ends_with(char::is_alphanumeric) || !is_letter(line[at + word.len()..].chars().next());
        starts && ends
    })
}

/// Files of ours below a folder: no dot folders, nothing that a build leaves.
fn written(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of the repository can be read") {
        let path = entry.expect("a folder of the repository can be read").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let skipped =
            name.starts_with('.') && name != ".ci" || LEFT_BEHIND.contains(&name.as_str()) && folder == root();
        if skipped || name == "node_modules" || name == "vendor" {
            continue;
        }
        if path.is_dir() {
            found.extend(written(&path));
        } else if path.parent() == Some(&root().join(".ci"))
            || path.extension().is_some_and(|e| WRITTEN.iter().any(|w| e == *w))
        {
            found.push(path);
        }
    }
    found
}

#[test]
fn the_top_level_is_the_product() {
    let entries = std::fs::read_dir(root()).expect("the root can be read");
    let names = entries.map(|entry| entry.expect("the root can be read").file_name().to_string_lossy().into_owned());
    let mut visible: Vec<String> =
        names.filter(|name| !name.starts_with('.') && !LEFT_BEHIND.contains(&name.as_str())).collect();
    visible.sort();
    assert_eq!(visible, TOP);
}

#[test]
fn no_text_names_a_machine_a_registry_a_secret_or_work_put_off() {
    let files = written(&root());
    assert!(files.len() > 20, "only {} files were read", files.len());
    let mut found = Vec::new();
    for file in files {
        let path = file.strip_prefix(root()).expect("it was found below the root").display().to_string();
        found.extend(findings(&path, &std::fs::read_to_string(&file).unwrap_or_else(|why| panic!("{path}: {why}"))));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_planted_text_is_found_and_a_part_of_a_word_is_not() {
    for (word, _) in forbidden() {
        assert_eq!(findings("a.rs", &format!("first\n// see {word} here")).len(), 1, "{word}");
    }
    let part = format!("AU{}", forbidden()[0].0);
    assert_eq!(findings("a.rs", &part), Vec::<String>::new());
}

#[test]
fn readme_and_ci_give_the_same_two_commands() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md is there");
    let ci = std::fs::read_to_string(root().join(".ci/run")).expect(".ci/run is there");
    assert!(readme.contains("\ncargo run -- demo\n"), "README gives the main job");
    assert!(readme.contains("\ncargo test --workspace\n"), "README gives the tests");
    assert!(ci.contains(" cargo test --workspace "), "CI runs README's own test command");
}
