use super::*;

fn parsed(line: &str) -> Result<Args, clap::Error> {
    Args::try_parse_from(std::iter::once("phone").chain(line.split(' ')))
}

#[test]
fn every_command_of_the_story_is_understood() {
    for line in [
        "--home a enrol --server http://127.0.0.1:8080 ABC",
        "sign-in --server http://127.0.0.1:8080",
        "sign-in --server http://127.0.0.1:8080 --redirect-uri hoso://signed-in",
        "sign-in --server http://127.0.0.1:8080 --demo 031090000001",
        "finish-sign-in hoso://signed-in?code=a&state=b",
        "enrol --server http://127.0.0.1:8080 --name Nhà ABC",
        "devices",
        "name-device 01 Nhà",
        "revoke-device 01",
        "sign-out",
        "catalogue",
        "catalogue 2.000635",
        "--home a --account mai draft 2.000635",
        "set 01 full_name=An birth_date=1990-01-01",
        "paper 01 birth_certificate a.jpg",
        "remove-paper 01 identity/ab12",
        "findings 01",
        "submit 01 --unit H24.1",
        "--offline submit 01",
        "supplement 01",
        "withdraw 01 --reason x",
        "deliver 01 counter",
        "deliver 01 post --recipient An --phone 0900000000 --area 31/99901 --line x",
        "list --lang en",
        "show 01",
        "why 01",
        "sync --offline",
        "manifest",
        "delivered 01 --code AAAAA-AAAAA",
        "delivered 01 --unconfirmed x --proxy y",
        "delivered 01 --recipient-signed",
        "failed 01 --reason absent",
        "received 01",
        "received 01 02",
        "readings 01",
        "submit 01 --for An --authority guardian",
        "submit 01 --for An --authority written --reference x",
        "receipts 01",
        "receipt 01 1 a.hoso",
        "verify a.hoso",
        "log-report report.json",
    ] {
        assert!(parsed(line).is_ok(), "{line}");
    }
    for line in ["", "fly", "set 01", "deliver 01 post", "enrol", "--lang fr list"] {
        assert!(parsed(line).is_err(), "{line}");
    }
}

#[test]
fn a_delivery_is_not_recorded_without_saying_how_it_is_proven() {
    let told = parsed("delivered 01").expect_err("no proof").to_string();
    for way in ["--code", "--recipient-signed", "--unconfirmed"] {
        assert!(told.contains(way), "{told}");
    }
    for two in ["--code A --recipient-signed", "--recipient-signed --unconfirmed x", "--code A --unconfirmed b"] {
        assert!(parsed(&format!("delivered 01 {two}")).is_err(), "{two}");
    }
}

/// One command on a phone without network; its text, or the exit code.
fn phone(home: &std::path::Path, line: &str) -> Result<String, u8> {
    let args = parsed(&format!("--home {} --offline {line}", home.display())).expect("a command");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(play(&args, args.lang.into())).map_err(|trouble| trouble.exit_code())
}

#[test]
fn a_draft_is_written_shown_and_found_by_the_end_of_its_id() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    let id = phone(home, "draft 2.000635").expect("a draft");
    let end = &id.trim()[24..];
    assert!(phone(home, &format!("example {end}")).is_ok());
    let shown = phone(home, &format!("show {end}")).expect("shown");
    assert!(shown.contains(id.trim()) && shown.contains("chưa gửi"), "{shown}");
    assert!(phone(home, "list").expect("a list").contains(end));
    assert!(phone(home, &format!("why {end} --lang en")).expect("why").contains("this phone only"));
    assert_eq!(phone(home, &format!("set {end} no_such_field=1")), Err(1));
    assert_eq!(phone(home, &format!("set {end} nonsense")), Err(2));
    assert_eq!(phone(home, "show zzz"), Err(1));
    assert_eq!(phone(home, "sync"), Err(1), "nobody is signed in");
    assert_eq!(phone(home, "enrol --server http://127.0.0.1:1 X"), Err(3), "no network");
    assert_eq!(phone(home, "sign-in --server http://127.0.0.1:1"), Err(3), "no network");
    assert_eq!(phone(home, "finish-sign-in hoso://signed-in?code=a&state=b"), Err(1), "none was begun");
    assert_eq!(phone(home, "--account ../x list"), Err(1));
}

#[test]
fn a_paper_is_taken_out_by_its_component_or_by_the_beginning_of_its_hash() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    let id = phone(home, "draft 2.000635").expect("a draft").trim().to_owned();
    let mut hashes = Vec::new();
    for n in 0..2u8 {
        let file = home.join(format!("{n}.jpg"));
        std::fs::write(&file, [0xff, 0xd8, 0xff, n]).expect("a file");
        phone(home, &format!("paper {id} identity {}", file.display())).expect("a paper");
        let shown = phone(home, &format!("show {id}")).expect("shown");
        let line = shown.lines().find(|line| line.contains(&format!("{n}.jpg"))).expect("its line");
        hashes.push(line.split_whitespace().last().expect("its hash").to_owned());
    }
    let remove = |part: &str| phone(home, &format!("remove-paper {id} {part}"));
    assert_eq!(remove("identity"), Err(1), "there are two");
    assert_eq!(remove(&format!("photo/{}", hashes[0])), Err(1), "another component");
    assert_eq!(remove("identity/"), Err(1));
    assert!(remove(&format!("identity/{}", hashes[0])).is_ok());
    assert_eq!(remove(&hashes[0]), Err(1), "it is out");
    assert!(remove("identity").is_ok(), "one is left");
    let shown = phone(home, &format!("show {id}")).expect("shown");
    assert!(!shown.contains(".jpg"), "{shown}");
}

/// What one command complains of, on a phone without network.
fn complaint(home: &std::path::Path, line: &str) -> String {
    let args = parsed(&format!("--home {} --offline {line}", home.display())).expect("a command");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let trouble = runtime.block_on(play(&args, args.lang.into())).expect_err("it cannot be done");
    trouble.message(args.lang.into())
}

#[test]
fn what_cannot_go_on_says_how_to_go_on() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    assert!(complaint(home, "sync").contains("phone enrol") && !complaint(home, "sync").contains("đăng nhập lại"));
    assert!(complaint(home, "sync").contains("phone sign-in"));
    let key = std::fs::read(home.join("me.pem")).expect("a key");
    std::fs::remove_file(home.join("me.pem")).expect("a key");
    assert!(complaint(home, "list").contains("phone enrol"), "a lost key");
    std::fs::write(home.join("me.pem"), key).expect("a key");
    let store = std::fs::read_dir(home).expect("a folder").map(|e| e.expect("a file").path());
    let store = store.filter(|path| path.extension().is_none_or(|e| e != "pem")).find(|path| path.is_file());
    std::fs::write(store.expect("a store"), [7; 10_000]).expect("it is damaged");
    assert!(complaint(home, "list").contains("phone enrol"), "a damaged store");
}

#[test]
fn what_cannot_be_written_is_not_said_to_be_missing() {
    let home = tempfile::tempdir().expect("a folder");
    for told in [complaint(std::path::Path::new("/proc/nope"), "list"), {
        std::fs::write(home.path().join("file"), "x").expect("a file");
        complaint(&home.path().join("file/below"), "list")
    }] {
        assert!(told.starts_with("Không ghi được"), "{told}");
    }
}
