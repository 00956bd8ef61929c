//! Receipts in the hands of anybody: the program that verifies one, and the page that does: its checks by Node, whose
//! cryptography has the browser's interface, and the page itself in Chromium, as a running server sends it.

use crate::harness::{Hub, Phone, Said, hoso_behind, skip};
use crate::root;
use crate::world::photo;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

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

/// Gives the dossier whose receipt the phone then has.
fn hand_in_and_wait_for_its_proof(phone: &Phone, file: &str) -> String {
    let id = phone.offline(&["draft", "2.000635"]).out.trim().to_owned();
    let paper = phone.file("photo.jpg", &photo(1)).display().to_string();
    for command in [&["example", &id][..], &["paper", &id, "identity", &paper], &["submit", &id]] {
        let said = phone.offline(command);
        assert!(said.ok, "{}{}", said.out, said.err);
    }
    assert_eq!(phone.offline(&["receipt", &id, "1", file]).code, 1, "there is none yet");
    let until = Instant::now() + Duration::from_secs(60);
    // The log places an entry within a second or so.
    while !phone.offline(&["receipts", &id]).out.contains("(có chứng minh trong nhật ký)") {
        assert!(Instant::now() < until, "no proof came: {}", phone.offline(&["receipts", &id]).out);
        phone.says(&["sync"]);
    }
    id
}

#[test]
fn a_phone_keeps_the_receipt_of_what_it_handed_in_and_anybody_verifies_its_file_offline() {
    let hub = Hub::start();
    let phone = hub.phone("an");
    let file = phone.file("receipt.hoso", &[]).display().to_string();
    // With the second, the phone has a checkpoint with which the log must go on.
    hand_in_and_wait_for_its_proof(&phone, &file);
    let id = hand_in_and_wait_for_its_proof(&phone, &file);
    let kept = phone.offline(&["receipts", &id]).out;
    assert!(kept.starts_with("1. Biên nhận nộp hồ sơ, lúc ") && kept.contains("HS1:"), "{kept}");
    assert!(phone.offline(&["receipt", &id, "1", &file]).ok);
    let shown = phone.offline(&["verify", &file]);
    assert!(shown.ok && shown.out.contains("đã được ghi vào nhật ký minh bạch"), "{}{}", shown.out, shown.err);
    assert_eq!(phone.offline(&["log-report", &file]).out, "Không có báo cáo nào.\n");

    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let keys = folder.path().join("keys.txt");
    let (set, log) = (hub.stranger().get("/.well-known/jwks.json"), hub.stranger().get("/v1/log/key"));
    std::fs::write(&keys, set.text() + "\n" + &log.text()).expect("a temporary file can be written");
    drop(hub);
    let said = verify_receipt(folder.path(), &[&file, "--keys", &keys.display().to_string()]);
    assert!(said.ok && said.out.contains("đã được ghi vào nhật ký minh bạch"), "{}{}", said.out, said.err);
}

/// Whether programs are here; otherwise says so.
fn have(test: &str, programs: &[&str]) -> bool {
    let missing = |program: &&&str| !Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success());
    let Some(missing) = programs.iter().find(missing) else { return true };
    skip(test, &format!("no {missing} here"));
    false
}

/// Whether the package that drives the browser was installed (`npm ci --prefix server/web`); otherwise says so.
fn have_driver(test: &str) -> bool {
    let here = root().join("server/web/node_modules/playwright-core").is_dir();
    if !here {
        skip(test, "no playwright-core here: npm ci --prefix server/web");
    }
    here
}

/// What the browser writes lies in a folder of the test's own, because its last process may outlive its first.
fn passes(file: &str, home: &str) {
    let scratch = tempfile::tempdir().expect("a temporary folder can be made");
    let mut node = Command::new("node");
    node.arg("--test").arg(root().join("server/web/e2e").join(file));
    let said = Said::of(node.env("HOSO_URL", home).env("TMPDIR", scratch.path()));
    assert!(said.ok, "{}{}", said.out, said.err);
    assert!(said.out.contains("# fail 0") && !said.out.contains("# pass 0"), "no test was run:\n{}", said.out);
}

#[test]
fn the_page_s_checks_refuse_every_changed_receipt() {
    if have("the_page_s_checks_refuse_every_changed_receipt", &["node"]) {
        passes("receipt.test.mjs", "");
    }
}

#[test]
fn the_page_verifies_a_receipt_in_a_browser_and_sends_it_nowhere() {
    let test = "the_page_verifies_a_receipt_in_a_browser_and_sends_it_nowhere";
    if have(test, &["node", "chromium"]) && have_driver(test) {
        passes("verify_page.mjs", &Hub::start().url());
    }
}
