//! One story of an app in every language that the core is embedded from: the same steps, out of `tests/sdk/scenario.txt`, against
//! the same server. A player in the language does what a line says, with a host of its own; what comes of it is judged here.

mod native;
mod player;
mod scenario;

use crate::harness::{Caller, Hub, skip};
use crate::world::{outcome, request_supplement};
use native::Native;
use player::{Player, Plays};
use scenario::{Expects, Step};
use serde_json::json;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the sources of players, and of what they import, lie.
const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sdk");

/// As Debian's package has it.
const JNA: &str = "/usr/share/java/jna.jar";

#[test]
fn an_app_in_rust_lives_through_the_scenario() {
    live_through(Box::new(Native::start()));
}

#[test]
fn an_app_in_python_lives_through_the_scenario() {
    if !has("python3", &["--version"]) {
        return skip("an_app_in_python_lives_through_the_scenario", "python3 is not installed (Debian: python3)");
    }
    let library = library();
    let python = tempfile::tempdir().expect("a folder");
    copy(&bindings().join("python/hoso_core"), &python.path().join("hoso_core"));
    std::fs::copy(&library, python.path().join("hoso_core").join(library.file_name().expect("a file")))
        .expect("a copy");
    let mut command = Command::new("python3");
    command.arg(format!("{HERE}/player.py")).env("HOSO_CORE", python.path()).env("HOSO_HOMES", python.path());
    live_through(Box::new(Player::start(command)));
}

#[test]
fn an_app_in_kotlin_lives_through_the_scenario() {
    let test = "an_app_in_kotlin_lives_through_the_scenario";
    let compiler = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/kotlin/node_modules/kotlin-compiler/lib");
    let jar = |name: &str| compiler.join(name).display().to_string();
    if !compiler.join("kotlin-compiler.jar").exists() {
        return skip(test, "no Kotlin compiler: `npm ci --prefix tests/tools/kotlin`");
    }
    if !Path::new(JNA).exists() || !has("java", &["-version"]) {
        return skip(test, "no Java with JNA (Debian: default-jre-headless libjna-java libjna-jni)");
    }
    let made = tempfile::tempdir().expect("a folder");
    let player = made.path().join("player.jar").display().to_string();
    let beside = [jar("kotlin-stdlib.jar"), jar("kotlinx-coroutines-core-jvm.jar"), JNA.to_owned()].join(":");
    let of_compiler =
        ["kotlin-compiler", "kotlin-stdlib", "kotlin-script-runtime", "kotlin-reflect", "annotations-13.0"]
            .map(|name| jar(&format!("{name}.jar")));
    let own = format!("{}:{}", of_compiler.join(":"), jar("kotlinx-coroutines-core-jvm.jar"));
    let compiled = Command::new("java")
        .args(["-Xmx2g", "-cp", &own, "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler", "-no-stdlib", "-no-reflect"])
        .args(["-jvm-target", "17", "-cp", &beside, "-d", &player])
        .args(["lib", "jvm"].map(|part| bindings().join("kotlin").join(part).join("src/main/kotlin")))
        .arg(format!("{HERE}/Player.kt"))
        .output()
        .expect("java runs");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let library = library();
    let mut command = Command::new("java");
    let folder = library.parent().expect("it lies in a folder").display();
    command
        .arg(format!("-Djna.library.path={folder}"))
        .args(["-cp", &format!("{player}:{beside}"), "PlayerKt"])
        .env("HOSO_HOMES", made.path());
    live_through(Box::new(Player::start(command)));
}

#[test]
fn an_app_in_swift_lives_through_the_scenario() {
    let test = "an_app_in_swift_lives_through_the_scenario";
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/swift");
    let root = crate::root().join("target/swift");
    if !root.join("usr/bin/swiftc").exists() {
        return skip(test, "no Swift: `tests/tools/swift/fetch target/swift`");
    }
    let made = tempfile::tempdir().expect("a folder");
    let library = library();
    std::fs::copy(&library, made.path().join(library.file_name().expect("a file"))).expect("a copy");
    for module in ["HosoCore", "HosoCoreFFI"] {
        copy(&bindings().join("swift/Sources").join(module), &made.path().join(module));
    }
    std::fs::copy(format!("{HERE}/player.swift"), made.path().join("player.swift")).expect("a copy");
    let inside = |program: &str| {
        let mut command = Command::new(tools.join("inside"));
        command.arg(&root).arg(made.path()).arg(program);
        command
    };
    let sources = ["HosoCore/HosoCore.swift", "HosoCore/URLSessionTransport.swift", "player.swift"];
    let compiled = inside("/usr/bin/swiftc")
        .args(["-swift-version", "5", "-parse-as-library", "-L", "/app", "-lmobile_core", "-o", "/app/player"])
        .args(["-Xcc", "-fmodule-map-file=/app/HosoCoreFFI/module.modulemap"])
        .args(sources.map(|source| format!("/app/{source}")))
        .output()
        .expect("bash runs");
    if String::from_utf8_lossy(&compiled.stderr).contains("unshare") {
        return skip(test, "no mounts of one's own: root is needed");
    }
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let mut command = inside("/app/player");
    command.env("LD_LIBRARY_PATH", "/app").env("HOSO_HOMES", "/app");
    live_through(Box::new(Player::start(command)));
}

/// Plays every step of the scenario.
fn live_through(player: Box<dyn Plays>) {
    let hub = Hub::start_with_a_demo();
    let mut stage = Stage {
        officer: hub.officer("lan"),
        known: HashMap::from([("server".into(), hub.url()), ("unit".into(), crate::world::UNIT.into())]),
        player,
        hub,
        commands: 0,
    };
    let steps = scenario::read(&std::fs::read_to_string(format!("{HERE}/scenario.txt")).expect("the scenario"));
    for step in &steps {
        stage.play(step);
    }
    assert!(steps.len() > 100 && stage.hub.hoso(&["verify"]).ok);
}

struct Stage {
    hub: Hub,
    officer: Caller,
    player: Box<dyn Plays>,
    /// What `$names` stand for.
    known: HashMap<String, String>,
    commands: u32,
}

impl Stage {
    fn play(&mut self, step: &Step) {
        let with: Vec<String> = step.with.iter().map(|text| self.filled_in(text)).collect();
        let came = match step.who.as_str() {
            "office" => Ok(self.office(&step.what, &with)),
            "server" => Ok(self.hub.enrolment_code(&with[0])),
            "browser" => Ok(self.press(&with[0], &with[1])),
            who => self.player.play(who, &step.what, &with),
        };
        let told = || format!("line {}: {} {} came to {came:?}", step.line, step.who, step.what);
        match (&step.expects, &came) {
            (Expects::Nothing, Ok(_)) => {}
            (Expects::Named(name), Ok(value)) => {
                assert!(!value.is_empty(), "{}", told());
                self.known.insert(name.clone(), value.clone());
            }
            (Expects::Is(text), Ok(value)) => assert_eq!(value, &self.filled_in(text), "{}", told()),
            (Expects::Holds(text), Ok(value)) => assert!(value.contains(&self.filled_in(text)), "{}", told()),
            (Expects::Fails { code, kind }, Err(failed)) => {
                assert_eq!((&failed.code, &failed.kind), (code, kind), "{}", told());
            }
            _ => panic!("{}, not to {:?}", told(), step.expects),
        }
    }

    fn filled_in(&self, text: &str) -> String {
        // Longer names first: `$d` is the beginning of others.
        let mut known: Vec<_> = self.known.iter().collect();
        known.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        known.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${name}"), value))
    }

    fn office(&mut self, what: &str, with: &[String]) -> String {
        let command = match what {
            "request_supplement" => request_supplement(),
            "record_outcome" => outcome(),
            "hand_to_post" => {
                let couriers = self.officer.get("/v1/office/couriers").json();
                let all = couriers.as_array().expect("a list");
                let chi =
                    all.iter().find(|courier| courier["name"] == "Lê Thị Chi").unwrap_or_else(|| panic!("{couriers}"));
                let courier = chi["person"].as_str().expect("an id").to_owned();
                json!({"command": "hand_to_post", "courier": courier, "tracking": null, "seal": "NP-1"})
            }
            plain => json!({"command": plain}),
        };
        self.commands += 1;
        let key = format!("018f0000-0000-7000-8000-{:012}", self.commands);
        let path = format!("/v1/office/dossiers/{}/commands", with[0]);
        let answer = self.officer.post(&path, &key, &command);
        assert_eq!(answer.status, 200, "{what}: {}", answer.text());
        answer.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Opens the provider's page as a browser would, and presses the button of an invented citizen; where that leads.
    fn press(&self, page: &str, number: &str) -> String {
        let (address, query) = page.split_once('?').expect("the provider is asked something");
        let path = address.strip_prefix(&self.hub.url()).expect("the demo's own provider");
        let form = format!("{query}&citizen={number}").into_bytes();
        let kind = [("Content-Type", "application/x-www-form-urlencoded")];
        let pressed = self.hub.stranger().ask("POST", path, &kind, form);
        let back = pressed.headers.get("location").and_then(|back| back.to_str().ok());
        back.unwrap_or_else(|| panic!("{} {}", pressed.status, pressed.text())).to_owned()
    }
}

/// Builds the library as `cargo xtask` does for everybody.
fn library() -> PathBuf {
    let built = xtask(&["library"]);
    built.lines().last().expect("it prints where it lies").into()
}

fn bindings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../mobile-core/bindings")
}

fn xtask(arguments: &[&str]) -> String {
    let said = crate::harness::Said::of(
        Command::new(env!("CARGO")).args(["run", "--quiet", "--locked", "--package", "xtask", "--"]).args(arguments),
    );
    assert!(said.ok, "cargo xtask {arguments:?}: {}", said.err);
    said.out
}

fn has(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|said| said.status.success())
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder of the project") {
        let from = entry.expect("an entry").path();
        if from.is_file() {
            std::fs::copy(&from, to.join(from.file_name().expect("a file"))).expect("a copy");
        }
    }
}

#[test]
fn the_committed_sources_are_what_the_library_generates() {
    let made = tempfile::tempdir().expect("a folder");
    xtask(&["bindings", "--out", &made.path().display().to_string()]);
    let mut compared = 0;
    let mut folders = vec![made.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let kept = bindings().join(path.strip_prefix(made.path()).expect("beneath it"));
            let same = std::fs::read(&path).ok() == std::fs::read(&kept).ok();
            assert!(same, "{}: run `cargo xtask bindings`, and say in CHANGELOG.md what changed", kept.display());
            compared += 1;
        }
    }
    assert_eq!(compared, 5);
}
