//! What is linked and under which terms: every package's licence goes with Apache-2.0, and nothing that a phone
//! builds by default compiles or links C.

use crate::{harness::skip, root};
use cargo_metadata::{Metadata, MetadataCommand};
use std::collections::BTreeSet;
use std::process::Command;

/// Terms under which a package may be part of the product. All ask at most for their notice to be kept.
const ALLOWED: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BlueOak-1.0.0",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Where the phone's core must build with Rust alone.
const PHONES: [&str; 2] = ["aarch64-linux-android", "aarch64-apple-ios"];

/// Packages that compile or find C.
const C_BUILDERS: [&str; 5] = ["bindgen", "cc", "cmake", "pkg-config", "vcpkg"];

/// Whether an SPDX expression leaves a choice that is allowed. AND binds closer than OR; "/" is the old way to write OR.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let allowed = any(&mut words);
    allowed && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words) -> bool {
    let mut allowed = all(words);
    while words.next_if_eq(&"OR").is_some() {
        allowed |= all(words);
    }
    allowed
}

fn all(words: &mut Words) -> bool {
    let mut allowed = one(words);
    while words.next_if_eq(&"AND").is_some() {
        allowed &= one(words);
    }
    allowed
}

fn one(words: &mut Words) -> bool {
    if words.next_if_eq(&"(").is_some() {
        return any(words) & words.next_if_eq(&")").is_some();
    }
    let allowed = words.next().is_some_and(|word| ALLOWED.contains(&word));
    // An exception only ever grants more.
    if words.next_if_eq(&"WITH").is_some() {
        words.next();
    }
    allowed
}

/// The whole lock, all platforms. Packages that only other platforms build may have to be fetched first, which a machine
/// without network cannot.
fn whole_lock(test: &str) -> Option<Metadata> {
    match MetadataCommand::new().current_dir(root()).other_options(["--locked".to_owned()]).exec() {
        Ok(metadata) => Some(metadata),
        Err(why) => {
            let why = why.to_string();
            assert!(["download", "offline", "network"].iter().any(|word| why.contains(word)), "{why}");
            skip(test, "packages of other platforms are not here and the registry is out of reach");
            None
        }
    }
}

/// Name and version of all that building these packages alone, with default features, for a target would take.
fn tree(packages: &[&str], target: &str) -> Result<BTreeSet<(String, String)>, String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).args([
        "tree",
        "--locked",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    cargo.args(["--target", target]);
    cargo.args(packages.iter().flat_map(|package| ["--package", package]));
    let output = cargo.output().map_err(|why| why.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let pairs = lines.lines().filter_map(|line| line.split_once(" v"));
    Ok(pairs.map(|(name, rest)| (name.to_owned(), rest.split(' ').next().unwrap_or_default().to_owned())).collect())
}

/// The packages of a tree that bring C, and how.
fn brings_c(tree: &BTreeSet<(String, String)>, lock: &Metadata) -> Vec<String> {
    let inside = |name: &str, version: &str| tree.contains(&(name.to_owned(), version.to_owned()));
    let mut found: Vec<String> = tree
        .iter()
        .filter(|(name, _)| C_BUILDERS.contains(&name.as_str()))
        .map(|(name, _)| format!("{name} is a build dependency"))
        .collect();
    for package in lock.packages.iter().filter(|package| inside(package.name.as_str(), &package.version.to_string())) {
        found.extend(package.links.iter().map(|library| format!("{} links {library}", package.name)));
    }
    found
}

#[test]
fn every_licence_goes_with_apache_2() {
    let Some(lock) = whole_lock("every_licence_goes_with_apache_2") else { return };
    let wrong: Vec<String> = lock
        .packages
        .iter()
        .filter(|package| !package.license.as_deref().is_some_and(is_allowed))
        // Its files stay under their own licence, which asks nothing of ours; nothing of it is changed here.
        .filter(|package| !(package.name.starts_with("uniffi") && package.license.as_deref() == Some("MPL-2.0")))
        .map(|package| format!("{} {}: {:?}", package.name, package.version, package.license))
        .collect();
    assert!(wrong.is_empty(), "licences to look at:\n{}", wrong.join("\n"));
}

#[test]
fn a_licence_expression_is_read_as_spdx_says() {
    let allowed =
        ["MIT/Apache-2.0", "Apache-2.0 OR GPL-2.0-only", "Apache-2.0 WITH LLVM-exception", "(MIT OR GPL-3.0) AND ISC"];
    let refused =
        ["GPL-3.0-only", "MIT AND LGPL-2.1-or-later", "AGPL-3.0 OR SSPL-1.0", "MPL-2.0", "", "MIT AND (ISC", "MIT ISC"];
    assert_eq!(allowed.map(is_allowed), [true; 4]);
    assert_eq!(refused.map(is_allowed), [false; 7]);
}

#[test]
fn what_a_phone_builds_by_default_brings_no_c() {
    let Some(lock) = whole_lock("what_a_phone_builds_by_default_brings_no_c") else { return };
    for target in PHONES {
        let tree = tree(&["mobile-core", "dossier"], target).expect("cargo tree runs where cargo metadata did");
        assert!(tree.len() > 20, "{target}: a tree of {} packages is not the phone's", tree.len());
        assert_eq!(brings_c(&tree, &lock), Vec::<String>::new(), "{target}");
    }
}

#[test]
fn the_server_s_c_libraries_are_seen() {
    let Some(lock) = whole_lock("the_server_s_c_libraries_are_seen") else { return };
    let tree = tree(&["server"], "x86_64-unknown-linux-gnu").expect("cargo tree runs where cargo metadata did");
    let found = brings_c(&tree, &lock);
    assert!(found.contains(&"libsqlite3-sys links sqlite3".to_owned()), "{found:?}");
    assert!(found.contains(&"cc is a build dependency".to_owned()), "{found:?}");
}
