//! One story of an app in every language that the core is embedded from: the same steps, out of `tests/sdk/scenario.txt`, against
//! the same server. A player in the language does what a line says, with a host of its own; what comes of it is judged here.

mod native;
mod player;
mod scenario;

use crate::harness::{Caller, Hub, Said, skip};
use crate::world::{outcome, request_supplement};
use native::Native;
use player::{Player, Plays};
use scenario::{Expects, Step};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

/// Where the sources of players, and of what they import, lie.
const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sdk");

/// How often something is asked that comes by itself, and how long between; a bound, never reached by a server that works.
const TRIES: usize = 50;
const PAUSE: Duration = Duration::from_millis(1_200);

#[test]
fn an_app_in_rust_lives_through_the_scenario() {
    live_through(Box::new(Native::start()));
}

#[test]
fn an_app_in_python_lives_through_the_scenario() {
    let test = "an_app_in_python_lives_through_the_scenario";
    if !has("python3", &["-m", "pip", "--version"]) {
        return skip(test, "no python3 with pip (Debian: python3 python3-pip)");
    }
    let wheel = xtask(&["python", "--debug"]);
    let made = tempfile::tempdir().expect("a folder");
    let unpacked = Command::new("python3").args(["-m", "zipfile", "-e", &wheel]).arg(made.path()).status();
    assert!(unpacked.expect("python runs").success());
    let mut command = Command::new("python3");
    command.arg(format!("{HERE}/player.py")).env("PYTHONPATH", made.path()).env("HOSO_HOMES", made.path());
    live_through(Box::new(Player::start(command)));
}

#[test]
fn an_app_in_kotlin_lives_through_the_scenario() {
    let test = "an_app_in_kotlin_lives_through_the_scenario";
    if let Some(why) = no_kotlin() {
        return skip(test, &why);
    }
    let beside = class_path();
    let made = tempfile::tempdir().expect("a folder");
    let player = made.path().join("player.jar").display().to_string();
    xtask(&["kotlin", "--jar", &player, &format!("{HERE}/Player.kt")]);
    let mut command = Command::new("java");
    command.args(["-cp", &format!("{player}:{beside}"), "PlayerKt"]).env("HOSO_HOMES", made.path());
    live_through(Box::new(Player::start(command)));
}

#[test]
fn an_app_in_swift_lives_through_the_scenario() {
    let test = "an_app_in_swift_lives_through_the_scenario";
    let Some(swift) = Swift::prepare(test) else { return };
    std::fs::copy(format!("{HERE}/player.swift"), swift.folder.path().join("player.swift")).expect("a copy");
    let core = SWIFT_SOURCES.map(|name| format!("/app/package/Sources/HosoCore/{name}"));
    Swift::done(
        swift
            .program("/usr/bin/swiftc")
            .args(["-swift-version", "5", "-parse-as-library", "-L", "/app", "-lmobile_core", "-o", "/app/player"])
            .args(SWIFT_MODULE)
            .args(core)
            .arg("/app/player.swift"),
    );
    let mut command = swift.program("/app/player");
    command.env("LD_LIBRARY_PATH", "/app").env("HOSO_HOMES", "/app");
    live_through(Box::new(Player::start(command)));
}

/// What an app in language mode 6 sees is sound there; the module itself is compiled in mode 5.
#[test]
fn the_package_for_swift_builds_and_its_sources_pass_in_mode_6() {
    let Some(swift) = Swift::prepare("the_package_for_swift_builds_and_its_sources_pass_in_mode_6") else { return };
    let core = SWIFT_SOURCES.map(|name| format!("/app/package/Sources/HosoCore/{name}"));
    let mut checked = swift.program("/usr/bin/swiftc");
    Swift::done(checked.args(["-typecheck", "-swift-version", "6"]).args(SWIFT_MODULE).args(core));
    let mut built = swift.program("/usr/bin/swift-build");
    built.args(["--package-path", "/app/package", "--scratch-path", "/app/build", "--disable-sandbox"]);
    Swift::done(built.args(["-Xlinker", "-L/app"]));
    assert!(swift.folder.path().join("build/debug").exists());
}

/// Apple's own modules cannot be had here: that these sources fit them is seen against signatures, written down beside the test.
#[test]
fn the_sources_for_iphones_compile_against_stand_ins() {
    let Some(swift) = Swift::prepare("the_sources_for_iphones_compile_against_stand_ins") else { return };
    let folder = swift.folder.path();
    copy(&crate::root().join("tests/sdk/apple"), &folder.join("apple"));
    for module in ["Security", "BackgroundTasks"] {
        let mut compiled = swift.program("/usr/bin/swiftc");
        compiled.args([
            "-emit-module",
            "-parse-as-library",
            "-module-name",
            module,
            &format!("/app/apple/{module}.swift"),
        ]);
        Swift::done(compiled.arg("-emit-module-path").arg(format!("/app/apple/{module}.swiftmodule")));
    }
    let background = folder.join("package/Sources/HosoCore/BackgroundSync.swift");
    let source = std::fs::read_to_string(&background).expect("a source");
    std::fs::write(&background, source.replacen("#if os(iOS)", "#if true", 1)).expect("a file");
    let all = SWIFT_SOURCES.into_iter().chain(["BackgroundSync.swift", "SecureEnclaveKeyStore.swift"]);
    let mut checked = swift.program("/usr/bin/swiftc");
    checked.args(["-typecheck", "-swift-version", "5", "-I", "/app/apple"]).args(SWIFT_MODULE);
    Swift::done(checked.args(all.map(|name| format!("/app/package/Sources/HosoCore/{name}"))));
}

/// What of the package can be compiled on Linux; the rest is Apple's alone and stands behind `#if`.
const SWIFT_SOURCES: [&str; 3] = ["HosoCore.swift", "Awake.swift", "URLSessionTransport.swift"];
const SWIFT_MODULE: [&str; 2] = ["-Xcc", "-fmodule-map-file=/app/package/Sources/HosoCoreFFI/module.modulemap"];

/// Swift's own root, which sees a folder with the package and the library as `/app`.
struct Swift {
    folder: tempfile::TempDir,
}

impl Swift {
    /// Nothing where a tool is missing: then the test is skipped.
    fn prepare(test: &str) -> Option<Self> {
        if !Self::root().join("usr/bin/swiftc").exists() {
            let how = "tests/tools/debian target/swift trixie swiftlang libc6-dev libstdc++-14-dev";
            skip(test, &format!("no Swift: `{how}`"));
            return None;
        }
        let swift = Self { folder: tempfile::tempdir().expect("a folder") };
        let said = Said::of(swift.program("/usr/bin/swiftc").arg("--version"));
        if said.err.contains("unshare") {
            skip(test, "no mounts of one's own: root is needed");
            return None;
        }
        let (library, package) = (library(), swift.folder.path().join("package"));
        std::fs::copy(&library, swift.folder.path().join(library.file_name().expect("a file"))).expect("a copy");
        copy(&bindings().join("swift"), &package);
        for module in ["HosoCore", "HosoCoreFFI"] {
            copy(&bindings().join("swift/Sources").join(module), &package.join("Sources").join(module));
        }
        Some(swift)
    }

    fn root() -> PathBuf {
        crate::root().join("target/swift")
    }

    fn program(&self, program: &str) -> Command {
        let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/swift-inside"));
        command.arg(Self::root()).arg(self.folder.path()).arg(program);
        command
    }

    fn done(command: &mut Command) {
        let said = Said::of(command);
        assert!(said.ok, "{}{}", said.out, said.err);
    }
}

#[test]
fn an_app_in_javascript_lives_through_the_scenario() {
    let Some(package) = package_for_node("an_app_in_javascript_lives_through_the_scenario") else { return };
    let made = tempfile::tempdir().expect("a folder");
    let mut command = Command::new("node");
    command.arg(format!("{HERE}/player.mjs")).env("HOSO_PACKAGE", package).env("HOSO_HOMES", made.path());
    // A record is a plain object there, and printed as one.
    live_through_but(Box::new(Player::start(command)), &["printed"]);
}

#[test]
fn files_of_a_page_open_wherever_they_were_cut_off() {
    let Some(package) = package_for_node("files_of_a_page_open_wherever_they_were_cut_off") else { return };
    let said = Said::of(Command::new("node").arg(format!("{HERE}/files.mjs")).env("HOSO_PACKAGE", package));
    let expected = "an account whose making was cut off is made\nan account whose removal was cut off is removed\n\
                    a damaged file is left as it is, until the app removes it\n\
                    a page that answers nonsense is told so, and the module goes on\n\
                    what is called back may call again\n";
    assert_eq!((said.out.as_str(), said.ok), (expected, true), "{}", said.err);
}

/// The package for pages, as `cargo xtask wasm` makes it; nothing where it is missing, and then the test is skipped.
fn package_for_node(test: &str) -> Option<&'static Path> {
    static PACKAGE: OnceLock<PathBuf> = OnceLock::new();
    let package = PACKAGE.get_or_init(|| {
        let package = crate::root().join("target/xtask/web");
        // Minutes of building, for which nobody asks who only runs the tests.
        if package.exists() || std::env::var_os("HOSO_REQUIRE_ALL").is_some() {
            xtask(&["wasm"]);
        }
        package
    });
    // Where all is required, it was not made because there are no sources of this compiler's standard library: it said so.
    if !package.exists() && std::env::var_os("HOSO_REQUIRE_ALL").is_none() {
        skip(test, "no package for Node: `cargo xtask wasm` makes it");
    }
    package.exists().then_some(package)
}

/// Changes whose request surely never left may be written anew; of all others the server is asked.
#[test]
fn fetch_tells_a_request_that_never_left_from_one_that_may_have_arrived() {
    let test = "fetch_tells_a_request_that_never_left_from_one_that_may_have_arrived";
    if !has("node", &["--version"]) {
        return skip(test, "no node (Debian: nodejs)");
    }
    let said = Said::of(Command::new("node").arg(format!("{HERE}/fetch.mjs")));
    let expected = "nobody listens: offline\nbroken off after the request: failed\nbroken off in the answer: failed\n\
                    sent elsewhere: status 302\n";
    assert_eq!((said.out.as_str(), said.ok), (expected, true), "{}", said.err);
}

/// Plays every step of the scenario.
fn live_through(player: Box<dyn Plays>) {
    live_through_but(player, &[]);
}

/// The same but steps that a language has not.
fn live_through_but(player: Box<dyn Plays>, lacks: &[&str]) {
    let hub = Hub::start_with_a_demo();
    let mut stage = Stage {
        officer: hub.officer("lan"),
        known: HashMap::from([("server".into(), hub.url()), ("unit".into(), crate::world::UNIT.into())]),
        player,
        hub,
        commands: 0,
    };
    let steps = scenario::read(&std::fs::read_to_string(format!("{HERE}/scenario.txt")).expect("the scenario"));
    for step in steps.iter().filter(|step| !lacks.contains(&step.what.as_str())) {
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
            "browser" => Ok(press(&self.hub, &with[0], &with[1])),
            who => self.player.play(who, &step.what, &with),
        };
        if let Expects::Becomes(text) = &step.expects {
            return self.until(step, &with, &self.filled_in(text));
        }
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

    /// Synchronises until the call comes to this.
    fn until(&mut self, step: &Step, with: &[String], text: &str) {
        let mut came = String::new();
        for _ in 0..TRIES {
            came = self.player.play(&step.who, &step.what, with).expect("it can be asked");
            if came == text {
                return;
            }
            std::thread::sleep(PAUSE);
            self.player.play(&step.who, "sync", &[]).expect("it synchronises");
        }
        panic!("line {}: {} {} never came to {text}, but to {came}", step.line, step.who, step.what);
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
}

/// Opens the provider's page as a browser would, and presses the button of an invented citizen; where that leads.
fn press(hub: &Hub, page: &str, number: &str) -> String {
    let (address, query) = page.split_once('?').expect("the provider is asked something");
    let path = address.strip_prefix(&hub.url()).expect("the demo's own provider");
    let form = format!("{query}&citizen={number}").into_bytes();
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let pressed = hub.stranger().ask("POST", path, &kind, form);
    let back = pressed.headers.get("location").and_then(|back| back.to_str().ok());
    back.unwrap_or_else(|| panic!("{} {}", pressed.status, pressed.text())).to_owned()
}

/// Builds the library as `cargo xtask` does for everybody.
fn library() -> PathBuf {
    xtask(&["library", "--debug"]).into()
}

fn bindings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../mobile-core/bindings")
}

/// The class path of the jar, which is made once.
fn class_path() -> &'static str {
    static JAR: OnceLock<String> = OnceLock::new();
    JAR.get_or_init(|| xtask(&["jvm", "--debug"]))
}

/// The last line that it prints, which is what it made.
fn xtask(arguments: &[&str]) -> String {
    let cargo = ["run", "--quiet", "--locked", "--package", "xtask", "--"];
    let said = Said::of(Command::new(env!("CARGO")).args(cargo).args(arguments));
    assert!(said.ok, "cargo xtask {arguments:?}: {}", said.err);
    said.out.lines().last().expect("it prints what it made").to_owned()
}

/// What Kotlin lacks here.
fn no_kotlin() -> Option<String> {
    if !Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/kotlin/node_modules").exists() {
        return Some("no Kotlin compiler: `npm ci --prefix tests/tools/kotlin`".into());
    }
    let java = Path::new("/usr/share/java/jna.jar").exists() && has("java", &["-version"]);
    (!java).then(|| "no Java with JNA (Debian: default-jre-headless libjna-java libjna-jni)".into())
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
fn what_apps_call_changes_only_with_a_line_in_the_changelog() {
    let source = std::fs::read_to_string(bindings().join("swift/Sources/HosoCore/HosoCore.swift")).expect("generated");
    let is_code = |line: &&str| !line.is_empty() && !["//", "/*", "*"].iter().any(|sign| line.starts_with(sign));
    let code: Vec<&str> = source.lines().map(str::trim).filter(is_code).collect();
    let digest = Sha256::digest(code.join("\n"));
    let surface: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let log = std::fs::read_to_string(crate::root().join("mobile-core/CHANGELOG.md")).expect("the changelog");
    let newest = log.lines().find_map(|line| line.strip_prefix("surface ")).expect("a digest");
    assert!(code.len() > 1_000 && newest == surface, "say what changed in mobile-core/CHANGELOG.md: surface {surface}");
}

/// The program at the top of the guide, as it stands there, by its own commands.
#[test]
fn the_guides_program_in_kotlin_hands_a_dossier_in() {
    let test = "the_guides_program_in_kotlin_hands_a_dossier_in";
    let Some(why) = no_kotlin() else {
        let guide = std::fs::read_to_string(crate::root().join("mobile-core/README.md")).expect("the guide");
        let start = guide.split("```kotlin\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a program");
        let hub = Hub::start_with_a_demo();
        let made = tempfile::tempdir().expect("a folder");
        let (source, jar) = (made.path().join("Start.kt"), made.path().join("start.jar").display().to_string());
        std::fs::write(&source, start.replace("http://127.0.0.1:8080", &hub.url())).expect("a file");
        let beside = class_path();
        xtask(&["kotlin", "--jar", &jar, &source.display().to_string()]);
        let mut java = Command::new("java");
        java.args(["-cp", &format!("{jar}:{beside}"), "StartKt"]).current_dir(made.path());
        let mut program = Player::start(java);
        let page = program.says();
        let page = page.strip_prefix("Open in your browser: ").expect("where to sign in");
        program.says();
        program.is_told(&press(&hub, page, "031090000001"));
        let (saved, sent) = (program.says(), program.says());
        assert!(saved.contains("not sent") && sent.contains("desk is checking"), "{saved}\n{sent}");
        let inbox = hub.officer("lan").get("/v1/office/inbox").json();
        assert_eq!(inbox["dossiers"].as_array().map(Vec::len), Some(1), "{inbox}");
        return;
    };
    skip(test, &why);
}

/// No Android SDK can be had here: that these sources fit what they stand on is seen against its signatures, written down
/// beside the test. The key store is used as an app would.
#[test]
fn the_sources_for_android_compile_and_its_keys_work_against_stand_ins() {
    let test = "the_sources_for_android_compile_and_its_keys_work_against_stand_ins";
    if let Some(why) = no_kotlin() {
        return skip(test, &why);
    }
    let made = tempfile::tempdir().expect("a folder");
    let jar = made.path().join("tries.jar").display().to_string();
    let beside = class_path();
    let sources = ["tests/sdk/android", "mobile-core/bindings/kotlin/lib/src/android/kotlin/vn/hoso/core"];
    let sources: Vec<String> = sources.map(|folder| crate::root().join(folder).display().to_string()).into();
    xtask(&["kotlin", "--jar", &jar, &sources[0], &sources[1]]);
    let said = Said::of(Command::new("java").args(["-cp", &format!("{jar}:{beside}"), "TriesKt"]).arg(made.path()));
    assert!(said.out.contains("it holds"), "{}{}", said.out, said.err);
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
