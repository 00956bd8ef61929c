//! README's story by hand, word for word: its shell blocks are run as they stand, but for the port, the programs' folder
//! and the one word that a person reads from the screen.

use crate::harness::skip;
use crate::root;
use crate::sign_in::Office;
use std::os::unix::fs::symlink;
use std::process::Command;

/// The `sh` blocks of a section, in order.
fn blocks(section: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md is there");
    let from = readme.split_once(section).unwrap_or_else(|| panic!("README has the section {section}")).1;
    let text = from.split("\n## ").next().unwrap_or_default();
    text.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_story_by_hand_works_word_for_word() {
    if !["bash", "curl"].iter().all(|tool| Command::new(tool).arg("--version").output().is_ok()) {
        return skip("the_story_by_hand_works_word_for_word", "bash and curl");
    }
    let blocks = blocks("\n## By hand, from two terminals\n");
    let (office, story) = blocks.split_first().expect("README tells it in blocks");
    assert!(office.ends_with("hoso serve --demo\n"), "the first terminal: {office}");
    let hub = Office::start(&["--demo"], &[]);
    let path = std::env::var("PATH").unwrap_or_default();
    let build = "export PATH=\"$PWD/target/debug:$PATH\"\n";
    let from_the_screen = "$(phone --home an show $D | sed -n 's/^Mã nhận, đọc cho bưu tá: //p')";
    let told = story.concat();
    assert!(told.contains(build) && told.contains("MÃ_NHẬN") && told.contains("http://127.0.0.1:8080"));
    let script = told.replace(build, "").replace("MÃ_NHẬN", from_the_screen).replace("http://127.0.0.1:8080", &hub.url);

    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let programs = folder.path().join("programs");
    std::fs::create_dir(&programs).expect("our own folder");
    for (name, program) in
        [("hoso", env!("CARGO_BIN_EXE_hoso-under-test")), ("phone", env!("CARGO_BIN_EXE_phone-under-test"))]
    {
        symlink(program, programs.join(name)).expect("our own folder");
    }
    let mut bash = Command::new("bash");
    bash.args(["-e", "-o", "pipefail", "-c", &script]).current_dir(folder.path());
    // Settings of this run are none of the server's.
    std::env::vars().filter(|(name, _)| name.starts_with("HOSO_")).for_each(|(name, _)| {
        bash.env_remove(name);
    });
    bash.env("PATH", format!("{}:{path}", programs.display())).env("HOSO_DATA", hub.data.path());
    let said = bash.output().expect("it was asked for its version");
    let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success(), "{out}\n{err}");
    let end = out.rfind("Hồ sơ: ").map(|at| &out[at..]).unwrap_or_default();
    assert!(end.contains("10 Đã trả kết quả"), "{out}\n{err}");
    assert!(!out.contains("urn:hoso:problem"), "{out}");
}
