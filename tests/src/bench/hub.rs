//! A server process of this very program, with its own data on the disk, on a free port.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

pub(crate) struct Hub {
    data: TempDir,
    child: Child,
    pub(crate) url: String,
}

impl Hub {
    /// With limits that let one device do the work of many.
    pub(crate) fn start() -> Self {
        let (syncs, changes) = ("HOSO_SYNCS_PER_MINUTE", "HOSO_CHANGES_PER_DAY");
        Self::start_with(&[(syncs, "100000"), (changes, "1000000")])
    }

    /// With the limits that a server has when nobody sets any.
    pub(crate) fn start_as_users_do() -> Self {
        Self::start_with(&[])
    }

    fn start_with(limits: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder can be made");
        let mut serve = command(&data, &["serve"]);
        limits.iter().for_each(|(name, value)| _ = serve.env(name, value));
        let mut child = serve.stdout(Stdio::piped()).spawn().expect("this program runs");
        let mut lines = BufReader::new(child.stdout.take().expect("piped above")).lines().map_while(Result::ok);
        let address = |line: String| line.split_whitespace().find(|w| w.starts_with("http://")).map(str::to_owned);
        let url = lines.find_map(address).expect("the server prints its address");
        // Somebody has to read on: a program that prints into a closed pipe dies of it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { data, child, url: url.trim_end_matches('/').to_owned() }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A single-use code for a device of an invented citizen.
    pub(crate) fn code(&self, citizen: u32) -> String {
        let (name, number) = (format!("Công Dân {citizen}"), format!("031090{citizen:06}"));
        let output = command(&self.data, &["enrol", "--name", &name, "--citizen-number", &number]).output();
        let output = output.expect("this program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Settings go by the environment, which must hold no other setting: an unknown one is refused.
fn command(data: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a program knows where it is"));
    let settings = std::env::vars().map(|(name, _)| name).filter(|name| name.starts_with("HOSO_"));
    settings.for_each(|name| _ = command.env_remove(name));
    command.arg("hoso").args(arguments).current_dir(data.path()).stdin(Stdio::null());
    command.env("HOSO_DATA", data.path()).env("HOSO_BIND", "127.0.0.1:0").env("HOSO_LOG", "warn");
    command
}
