//! The page that verifies a receipt: its checks by Node, whose cryptography has the browser's interface, and the page
//! itself in Chromium, as a running server sends it.

use crate::harness::{Hub, skip};
use crate::root;
use std::process::Command;

/// Whether programs are here; otherwise says so.
fn have(test: &str, programs: &[&str]) -> bool {
    let missing = |program: &&&str| !Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success());
    let Some(missing) = programs.iter().find(missing) else { return true };
    skip(test, &format!("no {missing} here"));
    false
}

fn passes(file: &str, home: &str) {
    let mut node = Command::new("node");
    node.arg("--test").arg(root().join("server/web/e2e").join(file)).env("HOSO_URL", home);
    let told = node.output().expect("node was there before");
    let (out, err) = (String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
    assert!(told.status.success(), "{out}{err}");
    assert!(out.contains("# fail 0") && !out.contains("# pass 0"), "no test was run:\n{out}");
}

#[test]
fn the_page_s_checks_refuse_every_changed_receipt() {
    if have("the_page_s_checks_refuse_every_changed_receipt", &["node"]) {
        passes("receipt.test.mjs", "");
    }
}

#[test]
fn the_page_verifies_a_receipt_in_a_browser_and_sends_it_nowhere() {
    if have("the_page_verifies_a_receipt_in_a_browser_and_sends_it_nowhere", &["node", "chromium"]) {
        passes("verify_page.mjs", &Hub::start().url());
    }
}
