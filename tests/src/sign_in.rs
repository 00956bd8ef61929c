//! Citizens sign in with an identity account: at the certified provider of another make, through its own pages, and at the
//! demo's; and what there is of a demo in a server that is none.

mod browser;
mod demo;
mod provider;

use crate::harness::{Answer, Caller, Phone, Running, Said, hoso_behind};
use std::process::Command;
use tempfile::TempDir;

/// A server with settings or arguments of its own.
pub(crate) struct Office {
    pub(crate) data: TempDir,
    pub(crate) url: String,
    running: Running,
}

impl Office {
    pub(crate) fn start(arguments: &[&str], settings: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder can be made");
        let running = Running::start(command(&data).arg("serve").args(arguments).envs(settings.iter().copied()));
        let url = running.wait_for(|line| Some(line.strip_prefix("Hồ Sơ: ")?.to_owned()));
        Self { data, url, running }
    }

    fn hoso(&self, arguments: &[&str]) -> Said {
        Said::of(command(&self.data).args(arguments))
    }

    fn stranger(&self) -> Caller {
        Caller::new(self.url.clone(), None)
    }

    fn post(&self, path: &str, body: &str) -> Answer {
        self.stranger().ask("POST", path, &[("Content-Type", "application/json")], body.as_bytes().to_vec())
    }

    /// What a device that nobody knows is told when it begins a sign-in.
    fn begins(&self) -> Answer {
        self.post("/v1/sign-in", &format!(r#"{{"device":"{}"}}"#, "ab".repeat(32)))
    }

    /// How many people and devices are entered.
    fn devices(&self) -> usize {
        let said = self.hoso(&["devices"]);
        assert!(said.ok, "{}", said.err);
        said.out.lines().count()
    }
}

fn command(data: &TempDir) -> Command {
    let mut command = hoso_behind(&[]);
    command.current_dir(data.path()).env("HOSO_DATA", data.path()).env("HOSO_BIND", "127.0.0.1:0");
    command
}

/// Where a phone is sent to sign in.
fn begin(phone: &Phone, office: &Office) -> String {
    let said = phone.says(&["sign-in", "--server", &office.url]);
    said.lines().find(|line| line.starts_with("http")).expect("it prints the address to open").to_owned()
}

/// What a phone that was refused tells its user, in English.
fn refusal(phone: &Phone, arguments: &[&str]) -> String {
    let said = phone.run(&[&["--lang", "en"], arguments].concat());
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    said.err
}

/// Drafts and sends: the phone is somebody's here. The end of the draft's id.
fn synchronises(phone: &Phone) -> String {
    let id = phone.says(&["draft", "2.000635"]).trim().to_owned();
    phone.says(&["example", &id]);
    let said = phone.says(&["sync"]);
    assert!(said.contains("được nhận 1"), "{said}");
    id[24..].to_owned()
}
