//! Receipts in the hands of anybody: the program that verifies one, and the page that does: its checks by Node, whose
//! cryptography has the browser's interface, and the page itself in Chromium, as a running server sends it.

use crate::harness::{Hub, Said, hoso_behind, skip};
use crate::root;
use std::path::Path;
use std::process::Command;

/// A kept receipt, its text, and the keys that its invented server published.
fn sample(name: &str) -> String {
    root().join("mobile-core/dossier/tests/samples/receipt_1").join(name).display().to_string()
}

/// Runs the server's program where no server is.
fn verify_receipt(folder: &Path, arguments: &[&str]) -> Said {
    Said::of(hoso_behind(&[]).current_dir(folder).arg("verify-receipt").args(arguments))
}

#[test]
fn the_program_verifies_a_receipt_where_no_server_is() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (file, text, keys) = (sample("kept.hoso"), sample("receipt.txt"), sample("keys.txt"));
    let said = verify_receipt(folder.path(), &[&file, "--keys", &keys]);
    assert!(said.ok, "{}", said.err);
    assert!(said.out.starts_with("Biên nhận đúng.\nBiên nhận nộp hồ sơ, lúc 08:30 23/11/2026.\n"), "{}", said.out);
    assert!(said.out.contains("mục 218 trong 300 mục"), "{}", said.out);
    let said = verify_receipt(folder.path(), &[&text, "--keys", &keys, "--lang", "en"]);
    assert!(said.ok && said.out.contains("There is no proof of the log beside it"), "{}{}", said.out, said.err);

    let changed = folder.path().join("changed.hoso");
    let mut bytes = std::fs::read(&file).expect("the sample is there");
    bytes[150] ^= 1;
    std::fs::write(&changed, bytes).expect("a temporary file can be written");
    let said = verify_receipt(folder.path(), &[&changed.display().to_string(), "--keys", &keys]);
    assert_eq!((said.ok, said.out.as_str()), (false, ""));
    assert!(said.err.contains("Chữ ký sai"), "{}", said.err);

    let said = verify_receipt(folder.path(), &[&file]);
    assert!(!said.ok && said.err.contains("--keys"), "without keys nobody is believed: {}", said.err);
    assert!(!folder.path().join("data").exists(), "nothing was made");
}

#[test]
fn a_server_s_own_keys_are_believed_beside_it() {
    let hub = Hub::start();
    let said = hub.hoso(&["verify-receipt", &sample("kept.hoso")]);
    assert!(!said.ok && said.err.contains("không phải của máy chủ này"), "another server signed it: {}", said.err);
}

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
