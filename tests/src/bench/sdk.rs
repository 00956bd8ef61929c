//! What the core costs an app in Kotlin, over the library as phones carry it, and what it holds in memory.

use super::{cpu, figure, form, phone};
use mobile_core::ffi::{Core, HttpTransport, file_keys};
use mobile_core::{FieldInput, HttpRequest, HttpResponse, Language, TransportError};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;

/// A citizen has few; a thousand is what the figures are asked for, ten thousand what has to work.
const DOSSIERS: [usize; 2] = [1_000, 10_000];
/// Starts of the app; the middle one counts.
const STARTS: usize = 5;
/// Dossiers that are looked at and changed while the app runs.
const OPEN: usize = 20;

/// A field of the form that takes any text.
const NAME: &str = "person_name";

pub(crate) fn kotlin() {
    DOSSIERS.into_iter().for_each(kotlin_with);
}

fn kotlin_with(dossiers: usize) {
    let home = drafts(dossiers);
    let (jar, beside) = (home.path().join("bench.jar").display().to_string(), xtask(&["jvm"]));
    xtask(&["kotlin", "--jar", &jar, concat!(env!("CARGO_MANIFEST_DIR"), "/sdk/Bench.kt")]);
    let measured = |what: &str| {
        let mut java = Command::new("java");
        java.args(["-cp", &format!("{jar}:{beside}"), "BenchKt", what]).arg(home.path()).arg(dossiers.to_string());
        said(&mut java)
    };
    let mut starts: Vec<f64> = (0..STARTS).flat_map(|_| numbers(&measured("open"))).collect();
    starts.sort_by(f64::total_cmp);
    let of = if dossiers == DOSSIERS[0] { String::new() } else { format!("_{dossiers}") };
    figure(&format!("kt_open{of}"), starts[STARTS / 2], "ms");
    match numbers(&measured("use"))[..] {
        [list, edit] => {
            figure(&format!("kt_list_{dossiers}"), list, "ms");
            figure(&format!("kt_edit{of}"), edit, "ms");
        }
        _ => panic!("Bench.kt tells two figures"),
    }
}

pub(crate) fn memory() {
    let program = std::env::current_exe().expect("a program knows where it is");
    for dossiers in DOSSIERS {
        let home = drafts(dossiers);
        let held = said(Command::new(&program).arg("hold-twenty").arg(home.path()));
        figure(&format!("core_rss_{dossiers}_{OPEN}open"), numbers(&held)[0], "MB");
    }
}

/// The child of `memory`: the objects that apps call.
pub(crate) fn hold_twenty(home: &Path) -> ExitCode {
    let core = Core::new(home.display().to_string(), Language::Vietnamese, Arc::new(NoNetwork), None);
    let keys = file_keys(home.join("key.pem").display().to_string()).expect("the key is there");
    let session = core.citizen("a".into(), keys, None).expect("it opens");
    let list = session.list().expect("it is open");
    assert!(DOSSIERS.contains(&list.cards.len()));
    let look = |card: &mobile_core::CardView| {
        let detail = session.detail(card.dossier.clone()).expect("it is there");
        let input = FieldInput { key: NAME.into(), value: Some("Nguyễn Văn Ví Dụ".into()) };
        session.set_fields(card.dossier.clone(), vec![input]).expect("a draft is open");
        detail
    };
    let held: Vec<_> = list.cards.iter().take(OPEN).map(look).collect();
    println!("{}", cpu::memory("self", "VmRSS"));
    drop(held);
    ExitCode::SUCCESS
}

struct NoNetwork;

#[async_trait::async_trait]
impl HttpTransport for NoNetwork {
    async fn request(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
        Err(TransportError::Offline)
    }
}

/// A folder of an account with so many drafts.
fn drafts(count: usize) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a temporary folder can be made");
    let client = phone::offline(home.path());
    (0..count).for_each(|n| drop(phone::draft(&client, form::TWENTY_FIELDS, n as u64)));
    home
}

fn xtask(arguments: &[&str]) -> String {
    let cargo = ["run", "--quiet", "--locked", "--package", "xtask", "--"];
    let said = said(Command::new("cargo").args(cargo).args(arguments));
    said.lines().last().expect("it prints what it made").to_owned()
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|why| panic!("{}: {why}", command.get_program().display()));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn numbers(said: &str) -> Vec<f64> {
    said.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}
