//! Starting when something is wrong: the program says what, names it, ends, and leaves everything as it was.

use crate::harness::{Hub, Running, Said, hoso_behind, skip};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// `hoso serve` on a free port with these settings must end by itself, with one line of its own that holds all of these
/// words.
pub(crate) fn refused(data: &Path, settings: &[(&str, &str)], words: &[&str]) {
    let mut command = hoso_behind(&[]);
    command.arg("serve").current_dir(data).env("HOSO_DATA", data).env("HOSO_BIND", "127.0.0.1:0");
    let said = Running::refusal(command.envs(settings.iter().copied()));
    let log = said.unwrap_or_else(|why| panic!("{words:?}: {why}"));
    let told = log.lines().find(|line| line.starts_with("hoso: ")).unwrap_or("nothing");
    assert!(words.iter().all(|word| told.contains(word)), "{words:?}: {told}");
    assert!(!log.contains("panicked"), "{log}");
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

/// What a server that was stopped left behind.
fn stopped() -> tempfile::TempDir {
    Hub::start().stop()
}

/// A statement in the database, by a tool of another make. `false`: there is none.
fn sql(test: &str, data: &Path, statement: &str) -> bool {
    let script = "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.execute(sys.argv[2]); d.commit()";
    match Command::new("python3").args(["-c", script]).arg(data.join("hoso.db")).arg(statement).output() {
        Ok(done) => {
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            true
        }
        Err(why) => {
            skip(test, &format!("python3 with sqlite3: {why}"));
            false
        }
    }
}

#[test]
fn a_reader_who_stops_ends_a_program_without_a_word() {
    let hub = Hub::start();
    let phone = hub.phone("an");
    for mut command in [hub.command(&["openapi"]), hub.command(&["devices"]), phone.command(&["catalogue"])] {
        // The pipe's only reader is gone before the first line.
        let (reader, writer) = std::io::pipe().expect("a pipe can be made");
        drop(reader);
        let ended = command.stdout(writer).stderr(Stdio::piped()).output().expect("the program under test was built");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!((ended.status.code(), said.as_ref()), (Some(141), ""), "{command:?}");
    }
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("it listens").to_string();
    refused(folder().path(), &[("HOSO_BIND", &address)], &[&address, "already in use"]);
}

#[test]
fn a_broken_setting_is_named_by_file_line_and_key() {
    let data = folder();
    let cases: [(&str, &[&str]); 5] = [
        ("log = \"info\"\nbnid = \"127.0.0.1:1\"\n", &["line 2", "`bnid`"]),
        ("[limits]\nworkers = \"zwei\"\n", &["line 2", "`workers`"]),
        ("https = maybe\n", &["line 1", "`https`"]),
        ("[limits\n", &["line 1"]),
        ("bind = \"nowhere\"\n", &["line 1", "`bind`"]),
    ];
    for (text, words) in cases {
        let file = data.path().join("hoso.toml");
        std::fs::write(&file, text).expect("a file can be written");
        refused(data.path(), &[], &[&["hoso.toml"], words].concat());
        let named = file.display().to_string();
        refused(folder().path(), &[("HOSO_CONFIG", &named)], &[&[named.as_str()], words].concat());
    }
    std::fs::write(data.path().join("hoso.toml"), b"log = \"\xff\"").expect("a file can be written");
    refused(data.path(), &[], &["hoso.toml"]);
}

#[test]
fn a_setting_that_is_not_known_or_not_readable_is_refused_by_name() {
    let data = folder();
    for (name, value) in [
        ("HOSO_BNID", "x"),
        ("HOSO_WORKERS", "many"),
        ("HOSO_WORKERS", "0"),
        ("HOSO_TIMEOUT_SECONDS", "0"),
        ("HOSO_LOG", "inof"),
        ("HOSO_HTTPS", "ja"),
        ("HOSO_CONFIG", "/nowhere/hoso.toml"),
    ] {
        let named = if name == "HOSO_CONFIG" { value } else { name };
        refused(data.path(), &[(name, value)], &[named]);
    }
    assert!(!data.path().join("keys").exists(), "nothing was begun");
}

#[test]
fn a_database_from_a_newer_version_is_left_alone() {
    let data = stopped();
    let newer = "insert into seaql_migrations (version, applied_at) values ('m9999_later', 0)";
    if sql("a_database_from_a_newer_version_is_left_alone", data.path(), newer) {
        refused(data.path(), &[], &["newer version", "m9999_later"]);
        sql("the same", data.path(), "delete from seaql_migrations where version = 'm9999_later'");
        Hub::start_on(data);
    }
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let data = folder();
    let text = "Ghi chú của tôi, không phải cơ sở dữ liệu.".repeat(100);
    std::fs::write(data.path().join("hoso.db"), &text).expect("a file can be written");
    refused(data.path(), &[], &["database"]);
    assert_eq!(std::fs::read_to_string(data.path().join("hoso.db")).ok(), Some(text));
}

#[test]
fn a_server_whose_database_is_gone_or_empty_does_not_begin_anew() {
    let database = |data: &Path| {
        let all = std::fs::read_dir(data).expect("the data folder").map(|entry| entry.expect("an entry").path());
        all.filter(|path| path.to_string_lossy().contains("hoso.db")).collect::<Vec<_>>()
    };
    let words = ["hoso restored", "backup"];
    // Of a server that was told nothing yet there are keys alone.
    let (data, aside) = (stopped(), folder());
    database(data.path()).iter().for_each(|file| {
        std::fs::copy(file, aside.path().join(file.file_name().expect("a name"))).expect("a copy");
        std::fs::remove_file(file).expect("our own file");
    });
    refused(data.path(), &[], &[&words[..], &["the keys"]].concat());
    assert!(database(data.path()).is_empty(), "what is put back lies beside nothing");
    std::fs::write(data.path().join("hoso.db"), "").expect("our own file");
    for _ in 0..2 {
        refused(data.path(), &[], &words);
    }
    let verified = Said::of(hoso_behind(&[]).arg("verify").current_dir(data.path()).env("HOSO_DATA", data.path()));
    assert!(!verified.ok && verified.err.contains("backup"), "{}", verified.err);
    database(aside.path()).iter().for_each(|file| {
        std::fs::copy(file, data.path().join(file.file_name().expect("a name"))).expect("a copy");
    });
    let hub = Hub::start_on(data);
    let phone = hub.phone("an");
    phone.says(&["draft", "2.000635"]);
    phone.says(&["sync"]);
    let signed = hub.data().join("checkpoint");
    let until = Instant::now() + Duration::from_secs(60);
    while !signed.exists() {
        assert!(Instant::now() < until, "nothing was signed");
        std::thread::sleep(Duration::from_millis(20));
    }
    let data = hub.stop();
    database(data.path()).iter().for_each(|file| std::fs::remove_file(file).expect("our own file"));
    refused(data.path(), &[], &[&words[..], &["the checkpoint"]].concat());
    // Papers alone are somebody's too.
    std::fs::remove_dir_all(data.path().join("keys")).expect("our own folder");
    std::fs::remove_file(data.path().join("checkpoint")).expect("our own file");
    let papers = data.path().join("papers");
    std::fs::create_dir_all(papers.join("x")).expect("our own folder");
    refused(data.path(), &[], &[&words[..], &["papers"]].concat());
    std::fs::remove_dir(papers.join("x")).expect("our own folder");
    Hub::start_on(data);
}

#[test]
fn a_first_start_that_was_broken_off_is_gone_on_with() {
    let data = stopped();
    for file in ["hoso.db", "hoso.db-wal", "hoso.db-shm"] {
        let _ = std::fs::remove_file(data.path().join(file));
    }
    refused(data.path(), &[], &["the keys"]);
    // As a kill leaves it after the keys were kept and before the database knew its server.
    std::fs::write(data.path().join("first.start"), "").expect("our own file");
    let data = Hub::start_on(data).stop();
    assert!(!data.path().join("first.start").exists());
}

#[test]
fn a_server_that_starts_puts_its_whole_database_into_its_own_file() {
    let mut hub = Hub::start();
    hub.phone("an");
    hub.kill();
    let devices = |hub: &Hub| {
        let copy = folder();
        let keys = copy.path().join("keys");
        std::fs::create_dir(&keys).expect("our own folder");
        std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o700)).expect("our own folder");
        for key in std::fs::read_dir(hub.data().join("keys")).expect("the keys").flatten() {
            std::fs::copy(key.path(), keys.join(key.file_name())).expect("a copy");
        }
        // What a backup must not be, and often is: the one file, without the journal beside it.
        std::fs::copy(hub.data().join("hoso.db"), copy.path().join("hoso.db")).expect("a copy");
        let mut devices = hoso_behind(&[]);
        let said = Said::of(devices.arg("devices").current_dir(copy.path()).env("HOSO_DATA", copy.path()));
        said.out.lines().count()
    };
    assert_eq!(devices(&hub), 0, "who was killed had copied nothing");
    hub.up();
    assert_eq!(devices(&hub), 1);
}

#[test]
fn keys_that_others_can_read_that_are_broken_or_gone_are_refused() {
    let data = stopped();
    let keys = data.path().join("keys");
    let mode = |path: &Path, mode: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("our own file");
    };
    mode(&keys, 0o755);
    refused(data.path(), &[], &["keys"]);
    mode(&keys, 0o700);
    mode(&keys.join("store.key"), 0o640);
    refused(data.path(), &[], &["store.key"]);
    mode(&keys.join("store.key"), 0o600);

    let bytes = std::fs::read(keys.join("signing.pkcs8")).expect("a key");
    std::fs::write(keys.join("signing.pkcs8"), &bytes[..10]).expect("our own file");
    refused(data.path(), &[], &["signing.pkcs8"]);
    std::fs::write(keys.join("signing.pkcs8"), &bytes).expect("our own file");

    let aside = data.path().join("aside");
    std::fs::rename(&keys, &aside).expect("our own folder");
    refused(data.path(), &[], &["keys"]);
    // It is refused again, not taken for keys that belong here.
    refused(data.path(), &[], &["keys"]);
    let _ = std::fs::remove_dir_all(&keys);
    std::fs::rename(&aside, &keys).expect("our own folder");
    Hub::start_on(data);
}

#[test]
fn one_key_of_several_that_is_gone_is_not_made_anew() {
    for name in ["store.key", "lookup.key", "signing.pkcs8", "log.key"] {
        let data = stopped();
        let (key, aside) = (data.path().join("keys").join(name), data.path().join("aside"));
        std::fs::rename(&key, &aside).expect("a key");
        for _ in 0..2 {
            refused(data.path(), &[], &["keys"]);
        }
        let _ = std::fs::remove_file(&key);
        std::fs::rename(&aside, &key).expect("a key");
        Hub::start_on(data);
    }
}

#[test]
fn a_data_folder_that_is_a_file_is_named() {
    let data = folder();
    let file = data.path().join("data");
    std::fs::write(&file, "x").expect("a file can be written");
    let named = file.display().to_string();
    refused(data.path(), &[("HOSO_DATA", &named)], &[&named]);
}

#[test]
fn two_servers_on_the_same_data_are_one() {
    let first = Hub::start();
    let second = first.beside();
    assert_eq!(first.stranger().get("/v1/server").json(), second.stranger().get("/v1/server").json());
    let (a, b) = (first.phone("an"), second.phone("an"));
    let id = a.says(&["draft", "2.000635"]).trim().to_owned();
    a.says(&["example", &id]);
    a.says(&["sync"]);
    b.says(&["sync"]);
    b.says(&["set", &id, "copies=7"]);
    b.says(&["sync"]);
    a.says(&["sync"]);
    let shown = a.says(&["show", &id]);
    assert!(shown.lines().any(|line| line.contains("copies") && line.trim_end().ends_with('7')), "{shown}");
}

#[test]
fn programs_that_start_first_at_the_same_time_make_one_server() {
    let data = folder();
    let data = std::sync::Arc::new(data);
    // Each server dies with its thread, so each is asked there.
    let serve = || {
        let hub = Hub::start_shared(data.clone());
        hub.phone("an");
        hub.stranger().get("/v1/server").json()
    };
    let words: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..4).map(|_| scope.spawn(serve)).collect();
        all.into_iter().map(|one| one.join().expect("no panic")).collect()
    });
    assert!(words.iter().all(|word| *word == words[0]), "{words:?}");
}

#[test]
fn a_command_on_a_folder_without_a_server_names_it_and_makes_nothing() {
    let empty = folder();
    let nowhere = empty.path().join("nowhere");
    let staff = ["token", "--staff", "Lê Thị Cán Bộ"];
    let enrol = ["enrol", "--name", "Nguyễn Văn An", "--citizen-number", "031090000001"];
    let revoke = ["revoke", &"0".repeat(64)];
    let commands: [&[&str]; 4] = [&staff, &enrol, &revoke, &["rebuild"]];
    for data in [empty.path(), &nowhere] {
        for arguments in commands {
            let said = Said::of(hoso_behind(&[]).args(arguments).current_dir(empty.path()).env("HOSO_DATA", data));
            assert!(!said.ok && said.err.contains(&data.display().to_string()), "{arguments:?}: {}", said.err);
        }
    }
    assert!(std::fs::read_dir(empty.path()).expect("a folder").next().is_none(), "nothing was made");
}

#[test]
fn a_name_that_is_empty_endless_or_hidden_is_refused() {
    let hub = Hub::start();
    for name in ["", " ", &"a".repeat(5_000), "Lan\u{202e}"] {
        for said in [
            hub.hoso(&["token", "--staff", name]),
            hub.hoso(&["enrol", "--name", name, "--citizen-number", "031090000009"]),
        ] {
            assert!(!said.ok && said.out.is_empty(), "{name:?}: {}", said.out);
        }
    }
}

#[test]
fn a_citizen_number_under_another_name_and_a_device_that_is_not_there_are_told() {
    let hub = Hub::start();
    hub.enrolment_code("an");
    let slip = hub.hoso(&["enrol", "--name", "Trần Thị Nhầm Số", "--citizen-number", "031090000001"]);
    let unknown = hub.hoso(&["revoke", &"0".repeat(64)]);
    for (said, word) in [(slip, "another name"), (unknown, "no device")] {
        assert!(!said.ok && said.err.contains(word), "{} {}", said.out, said.err);
    }
}

#[test]
fn phones_and_tokens_live_on_when_the_server_takes_another_key() {
    let mut hub = Hub::start();
    let (here, away) = (hub.phone("an"), hub.phone("an"));
    let id = here.says(&["draft", "2.000635"]).trim().to_owned();
    here.says(&["sync"]);
    away.says(&["sync"]);
    let (old, key) = (hub.officer("lan"), |hub: &Hub| hub.stranger().get("/v1/server").json()["public_key"].clone());
    let first = key(&hub);
    for n in 1..=2_usize {
        let kid = hub.hoso(&["keys", "rotate"]).last_word();
        // A token by the new key, and one by the old key, are taken at once.
        assert_eq!(hub.officer("lan").get("/v1/office/inbox").status, 200);
        assert_eq!(old.get("/v1/office/inbox").status, 200);
        let keys = hub.stranger().get("/.well-known/jwks.json").json();
        assert_eq!(keys["keys"][0]["kid"], kid);
        assert_eq!(keys["keys"].as_array().map(Vec::len), Some(n + 1), "the old one's tokens are about");
        here.says(&["set", &id, &format!("copies={n}")]);
        here.says(&["sync"]);
    }
    assert_ne!(key(&hub), first);
    hub.kill();
    hub.up();
    assert_eq!(old.get("/v1/office/inbox").status, 200);
    away.says(&["sync"]);
    let shown = away.says(&["show", &id]);
    assert!(shown.lines().any(|line| line.contains("copies") && line.trim_end().ends_with('2')), "{shown}");
}
