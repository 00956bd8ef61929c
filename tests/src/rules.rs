//! Who may import whom, read from the sources. A rule looks at the paths and words of one file outside its tests;
//! comments and texts are no imports.

use crate::root;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::path::Path;

/// One file as the rules read it.
struct Source {
    /// From the root of the repository.
    path: String,
    /// Every path that the file names: `a::b` as written, a `use` tree one by one, a lone word as a path of one.
    names: Vec<(usize, Vec<String>)>,
    /// Every string literal, without its quotes.
    texts: Vec<(usize, String)>,
}

/// Names that would give the heart a clock, a world or chance.
const WORLDLY: [&[&str]; 16] = [
    &["async"],
    &["await"],
    &["SystemTime"],
    &["Instant"],
    &["now_utc"],
    &["now_local"],
    &["now_v7"],
    &["new_v4"],
    &["rand"],
    &["getrandom"],
    &["tokio"],
    &["std", "fs"],
    &["std", "net"],
    &["std", "env"],
    &["std", "process"],
    &["std", "thread"],
];

/// The files of the heart that may name the document library.
const DOCUMENT_FILES: [&str; 5] = ["document", "edit", "project", "prescan", "admit"];

impl Source {
    fn parse(path: &str, text: &str) -> (Self, Vec<String>) {
        let mut source = Self { path: path.to_owned(), names: Vec::new(), texts: Vec::new() };
        let mut test_modules = Vec::new();
        let tokens = text.parse().unwrap_or_else(|why| panic!("{path} is no Rust: {why}"));
        source.read(tokens, &mut test_modules);
        (source, test_modules)
    }

    /// Walks tokens, skips what stands behind `#[cfg(test)]`, and keeps the names of modules declared there.
    fn read(&mut self, tokens: TokenStream, test_modules: &mut Vec<String>) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            if is_test_attribute(&tokens[at..]) {
                let item = &tokens[at + 2..];
                let end = item.iter().position(ends_item).map_or(item.len(), |end| end + 1);
                if let [.., TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Punct(_)] = &item[..end]
                    && word == "mod"
                {
                    test_modules.push(name.to_string());
                }
                at += 2 + end;
                continue;
            }
            match &tokens[at] {
                TokenTree::Ident(word) if word == "use" => {
                    let end = tokens[at..].iter().position(|t| t.to_string() == ";").map_or(tokens.len(), |n| at + n);
                    self.read_use(&[], &tokens[at + 1..end]);
                    at = end;
                }
                TokenTree::Ident(word) => {
                    let line = word.span().start().line;
                    let (path, used) = path_at(&tokens[at..]);
                    self.names.push((line, path));
                    at += used;
                    continue;
                }
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    if let Some(text) = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) {
                        self.texts.push((literal.span().start().line, text.to_owned()));
                    }
                }
                TokenTree::Group(group) => self.read(group.stream(), test_modules),
                TokenTree::Punct(_) => {}
            }
            at += 1;
        }
    }

    /// Spells a `use` tree out: `a::{b, c::d}` is `a::b` and `a::c::d`.
    fn read_use(&mut self, before: &[String], tree: &[TokenTree]) {
        for branch in tree.split(|t| matches!(t, TokenTree::Punct(p) if p.as_char() == ',')) {
            let mut path = before.to_vec();
            let mut line = None;
            for token in branch {
                match token {
                    TokenTree::Ident(word) if word == "as" => break,
                    TokenTree::Ident(word) => {
                        line.get_or_insert(word.span().start().line);
                        path.push(word.to_string());
                    }
                    TokenTree::Group(group) => {
                        self.read_use(&path, &group.stream().into_iter().collect::<Vec<_>>());
                        line = None;
                    }
                    _ => {}
                }
            }
            self.names.extend(line.map(|line| (line, path)));
        }
    }

    /// The first module of the path inside the crate: `server/src/store/events.rs` is `store`.
    fn module(&self, crate_root: &str) -> Option<&str> {
        self.path.strip_prefix(crate_root)?.split('/').next()?.split('.').next()
    }

    /// Lines that name a path with these words in a row.
    fn lines_naming(&self, words: &[&str]) -> Vec<usize> {
        let holds = |path: &[String]| path.windows(words.len()).any(|w| w.iter().zip(words).all(|(a, b)| a == b));
        self.names.iter().filter(|(_, path)| holds(path)).map(|(line, _)| *line).collect()
    }
}

fn is_test_attribute(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(hash), TokenTree::Group(group), ..]
        if hash.as_char() == '#' && group.delimiter() == Delimiter::Bracket && group.stream().to_string().replace(' ', "") == "cfg(test)")
}

fn ends_item(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    }
}

/// The path that starts here, and how many tokens it takes.
fn path_at(tokens: &[TokenTree]) -> (Vec<String>, usize) {
    let mut path = Vec::new();
    let mut used = 0;
    while let Some(TokenTree::Ident(word)) = tokens.get(used) {
        path.push(word.to_string());
        used += 1;
        let colon = |n: usize| matches!(tokens.get(n), Some(TokenTree::Punct(p)) if p.as_char() == ':');
        let goes_on = colon(used) && colon(used + 1) && matches!(tokens.get(used + 2), Some(TokenTree::Ident(_)));
        if !goes_on {
            break;
        }
        used += 2;
    }
    (path, used)
}

/// What one file does against the rules, a line each.
fn violations(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let mut forbid = |words: &[&str], rule: &str| {
        let lines = source.lines_naming(words).into_iter();
        found.extend(lines.map(|line| format!("{}:{line}: `{}`: {rule}", source.path, words.join("::"))));
    };

    if let Some(module) = source.module("mobile-core/dossier/src/") {
        WORLDLY.iter().for_each(|words| forbid(words, "the heart has no async, clock, chance, disk or network"));
        if !DOCUMENT_FILES.contains(&module) {
            forbid(&["automerge"], "only document, edit, project, prescan and admit know the document library");
        }
    }
    if source.path.starts_with("mobile-core/src/") || source.path.starts_with("server/src/") {
        forbid(&["automerge"], "the document library stays inside `dossier`");
    }
    if let Some(module) = source.module("server/src/") {
        if module != "demo" {
            forbid(&["mobile_core"], "only the demo links the phone's core");
        }
        if !["store", "app", "commit"].contains(&module) {
            ["sea_orm", "sea_orm_migration", "sea_query", "sqlx"]
                .iter()
                .for_each(|name| forbid(&[name], "only store, app and commit know the database"));
        }
        if !["routes", "web", "auth", "app", "problem"].contains(&module) {
            ["actix_web", "actix_http", "actix_service"]
                .iter()
                .for_each(|name| forbid(&[name], "only routes, web, auth, app and problem know the web framework"));
        }
        if ["auth", "decide", "commit", "projection", "outbox", "store"].contains(&module) {
            ["routes", "web"].iter().for_each(|name| forbid(&["crate", name], "handlers call this layer, not it them"));
        }
        if module == "store" {
            ["decide", "commit", "projection", "outbox", "auth"]
                .iter()
                .for_each(|name| forbid(&["crate", name], "the store is the lowest layer"));
        }
    }
    if source.path.starts_with("tests/src/") && !source.path.starts_with("tests/src/bin/") {
        // A path that begins in the crate; the bare word is also a variable's name.
        let inside = source.names.iter().filter(|(_, path)| path.len() > 1 && path[0] == "server");
        let inside: Vec<usize> = inside.map(|(line, _)| *line).collect();
        found.extend(
            inside
                .iter()
                .map(|line| format!("{}:{line}: `server`: tests use the server's outside doors only", source.path)),
        );
    }
    // The catalogue's files have words of their own; they are no document.
    if source.module("mobile-core/dossier/src/").is_some_and(|module| !["layout", "procedure"].contains(&module)) {
        let keys = source.texts.iter().filter(|(_, text)| ["form", "papers", "acts"].contains(&text.as_str()));
        found.extend(keys.map(|(line, text)| format!("{}:{line}: {text:?}: only layout spells a key", source.path)));
    }
    found
}

/// Every source under a folder, without the files that a `#[cfg(test)] mod name;` declares.
fn sources(folder: &str) -> Vec<Source> {
    let (mut all, mut tests) = (Vec::new(), BTreeSet::new());
    for file in rust_files(&root().join(folder)) {
        let path = file.strip_prefix(root()).expect("it was found below the root").display().to_string();
        let (source, test_modules) = Source::parse(&path, &std::fs::read_to_string(&file).expect("a source is text"));
        let (parent, stem) = path.rsplit_once('/').expect("it lies in a folder");
        let stem = stem.trim_end_matches(".rs");
        let home = if ["lib", "main", "mod"].contains(&stem) { parent.to_owned() } else { format!("{parent}/{stem}") };
        tests.extend(test_modules.iter().map(|name| format!("{home}/{name}")));
        all.push(source);
    }
    let is_test = |path: &str| {
        tests.iter().any(|test| path.strip_prefix(test.as_str()).is_some_and(|rest| rest.starts_with(['.', '/'])))
    };
    all.retain(|source| !is_test(&source.path));
    all
}

pub(crate) fn rust_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display())) {
        let path = entry.expect("a folder of the repository can be read").path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn the_sources_keep_the_dependency_rule() {
    let folders =
        ["mobile-core/dossier/src", "mobile-core/src", "server/src", "migrations/src", "tests/src", "tests/xtask/src"];
    let sources: Vec<Source> = folders.iter().flat_map(|folder| sources(folder)).collect();
    assert!(sources.len() > 10, "the rules read {} files only", sources.len());
    let found: Vec<String> = sources.iter().flat_map(violations).collect();
    assert!(found.is_empty(), "{} against the dependency rule:\n{}", found.len(), found.join("\n"));
}

#[test]
fn the_packages_keep_the_dependency_rule() {
    let allowed: [(&str, &[&str]); 6] = [
        ("dossier", &[]),
        ("migrations", &[]),
        ("mobile-core", &["dossier"]),
        ("server", &["dossier", "migrations", "mobile-core"]),
        ("system-tests", &["dossier", "mobile-core", "server"]),
        ("xtask", &[]),
    ];
    let metadata = cargo_metadata::MetadataCommand::new().current_dir(root()).no_deps().exec().expect("cargo runs");
    let ours: Vec<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(ours.len(), allowed.len(), "a new package needs a line here: {ours:?}");
    for package in &metadata.packages {
        let (_, may) = allowed.iter().find(|(name, _)| *name == package.name.as_str()).expect("counted above");
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            assert!(!ours.contains(&name) || may.contains(&name), "{} must not depend on {name}", package.name);
            assert!(name != "automerge" || package.name.as_str() == "dossier", "{} names automerge", package.name);
            assert!(
                name != "mobile-core" || package.name.as_str() != "server" || dependency.optional,
                "the demo is a feature"
            );
        }
    }
}

#[test]
fn what_is_served_in_earnest_is_built_without_the_demo() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).expect("a source is text");
    let mut modules = 0;
    for file in rust_files(&root().join("server/src")) {
        let text = std::fs::read_to_string(&file).expect("a source is text");
        let lines: Vec<&str> = text.lines().collect();
        for n in (0..lines.len()).filter(|n| lines[*n].ends_with("mod demo;") && !file.ends_with("tests.rs")) {
            assert_eq!(lines[n - 1], "#[cfg(feature = \"demo\")]", "{}: {}", file.display(), lines[n]);
            modules += 1;
        }
    }
    // Of whatever names one of these without the feature, the build that CI makes without it says so.
    assert_eq!(modules, 2, "the demo, and its pages");
    assert!(read(".ci/run").contains("clippy --locked -p server --no-default-features"));
}

#[test]
fn a_planted_violation_is_reported_where_it_stands() {
    let planted = [
        ("server/src/routes/sync.rs", "use mobile_core::Client;"),
        ("server/src/decide.rs", "fn f() { sea_orm::query() }"),
        ("server/src/store/events.rs", "use {std::io, actix_web::{web, HttpRequest}};"),
        ("server/src/store/events.rs", "use crate::{ids, decide::Loaded};"),
        ("server/src/commit.rs", "use crate::routes::sync;"),
        ("mobile-core/dossier/src/deadline.rs", "fn f() { let now = std::time::Instant::now(); }"),
        ("mobile-core/dossier/src/decide/card.rs", "async fn f() {}"),
        ("mobile-core/dossier/src/exchange.rs", "use std::{fmt, fs};"),
        ("mobile-core/dossier/src/exchange.rs", "use automerge::AutoCommit as Document;"),
        ("mobile-core/dossier/src/edit.rs", "const FORM: &str = \"form\";"),
        ("mobile-core/src/client.rs", "pub fn document() -> automerge::Automerge { todo() }"),
        ("tests/src/story.rs", "use server::store;"),
    ];
    for (path, text) in planted {
        let (source, _) = Source::parse(path, &format!("\n{text}"));
        let found = violations(&source);
        assert!(found.iter().any(|line| line.starts_with(&format!("{path}:2: "))), "{path}: {text}: {found:?}");
    }
}

#[test]
fn what_the_rules_allow_is_not_reported() {
    let allowed = [
        ("server/src/demo/story.rs", "use mobile_core::Client;"),
        ("server/src/store/events.rs", "use sea_orm::ConnectionTrait; // never actix_web"),
        ("server/src/routes/sync.rs", "use actix_web::{web, HttpRequest}; use crate::decide;"),
        (
            "mobile-core/dossier/src/edit.rs",
            "use automerge::AutoCommit; /// An async world.\nfn f() { say(\"rand tokio\") }",
        ),
        ("mobile-core/dossier/src/admit.rs", "#[cfg(test)]\nmod tests { use std::fs; use rand::random; }"),
        ("mobile-core/dossier/src/layout.rs", "pub const FORM: &str = \"form\";"),
        ("mobile-core/dossier/src/procedure/read.rs", "fn form(file: &Node) { file.table(\"form\") }"),
    ];
    for (path, text) in allowed {
        let (source, _) = Source::parse(path, text);
        assert_eq!(violations(&source), Vec::<String>::new(), "{path}");
    }
    let (_, test_modules) = Source::parse("mobile-core/dossier/src/admit.rs", "#[cfg(test)]\nmod cheats;\nmod index;");
    assert_eq!(test_modules, ["cheats"]);
}
