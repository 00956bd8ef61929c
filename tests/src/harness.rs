//! Starts what users start, a server and phones, each with its own folder, and stops them with the test, also when it
//! panics. Tests speak through callers: an officer, a stranger, a phone.

mod caller;
mod program;

pub(crate) use caller::{Answer, Caller};
pub(crate) use program::{Running, Said};

use program::port_in;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a program may take to come up on a busy machine; a test that waits this long fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running `hoso serve` on a free port with its own data.
pub(crate) struct Hub {
    data: Arc<TempDir>,
    port: u16,
    running: Option<Running>,
    /// What stands before the program: nothing, or how to enter a small disk.
    before: Vec<String>,
    /// How it is told to serve.
    serve: &'static [&'static str],
}

/// A `phone` with its own home.
pub(crate) struct Phone {
    home: TempDir,
    before: Vec<String>,
}

/// A made-up person as the office enters them.
struct Person {
    called: &'static str,
    name: &'static str,
    number: &'static str,
    courier: bool,
}

const PEOPLE: [Person; 4] = [
    Person { called: "an", name: "Nguyễn Văn An", number: "031090000001", courier: false },
    Person { called: "binh", name: "Trần Thị Bình", number: "031190000002", courier: false },
    Person { called: "chi", name: "Lê Thị Chi", number: "031190000003", courier: true },
    Person { called: "dung", name: "Phạm Văn Dũng", number: "031090000004", courier: false },
];

impl Hub {
    pub(crate) fn start() -> Self {
        Self::start_on(tempfile::tempdir().expect("a temporary folder can be made"))
    }

    /// With the demo's provider and its invented people.
    pub(crate) fn start_with_a_demo() -> Self {
        let data = Arc::new(tempfile::tempdir().expect("a temporary folder can be made"));
        let mut hub = Self { data, port: 0, running: None, before: Vec::new(), serve: &["serve", "--demo"] };
        hub.up();
        hub
    }

    /// Starts on data that is already there.
    pub(crate) fn start_on(data: TempDir) -> Self {
        Self::start_behind(data, Vec::new())
    }

    /// The same with words before the program, as `nsenter` has them.
    pub(crate) fn start_behind(data: TempDir, before: Vec<String>) -> Self {
        let mut hub = Self { data: Arc::new(data), port: 0, running: None, before, serve: &["serve"] };
        hub.up();
        hub
    }

    /// Whether a connection on which one request was answered takes another one after this time.
    pub(crate) fn line_lives(&self, after: Duration) -> bool {
        let mut line = TcpStream::connect(("127.0.0.1", self.port)).expect("the server listens");
        let mut ask = || {
            line.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
            let mut answer = [0; 4096];
            line.read(&mut answer).map(|n| n > 0)
        };
        ask().expect("it answers");
        std::thread::sleep(after);
        ask().is_ok_and(|answered| answered)
    }

    /// The thumbprint of the device that enrolled last, as the log names it.
    pub(crate) fn device_in_the_log(&self) -> String {
        let log = self.log();
        let line = log.lines().rfind(|line| line.contains("device enrolled")).expect("a device has enrolled");
        let digits = line.split_once("device=").expect("the log names it").1;
        digits.chars().take_while(char::is_ascii_hexdigit).collect()
    }

    /// Asks until the answer shows that the server has felt what another program did: it promises two seconds, this waits
    /// longer on a busy machine.
    pub(crate) fn until_felt<T>(&self, ask: impl Fn() -> T, felt: impl Fn(&T) -> bool) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            let answer = ask();
            if felt(&answer) {
                return answer;
            }
            assert!(Instant::now() < until, "what another program did is never felt");
            // A device that asks too often is told that instead.
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// A second server on the same data, on a port of its own.
    pub(crate) fn beside(&self) -> Self {
        let mut hub =
            Self { data: self.data.clone(), port: 0, running: None, before: self.before.clone(), serve: self.serve };
        hub.up();
        hub
    }

    /// One of several servers that start on the same data.
    pub(crate) fn start_shared(data: Arc<TempDir>) -> Self {
        let mut hub = Self { data, port: 0, running: None, before: Vec::new(), serve: &["serve"] };
        hub.up();
        hub
    }

    /// Ends as `kill` does, and leaves the data.
    pub(crate) fn stop(mut self) -> TempDir {
        self.kill();
        Arc::into_inner(self.data).expect("no other server is on it")
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.running.as_ref().map_or(0, Running::pid)
    }

    /// The most memory that the server had so far, in MB.
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("the server runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("proc(5)");
        line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).expect("proc(5)") / 1_000
    }

    /// As a power cut ends it: no signal handler runs.
    pub(crate) fn kill(&mut self) {
        self.running = None;
    }

    /// Starts again on the same data and the same port. The server dies with the thread that calls this.
    pub(crate) fn up(&mut self) {
        let running = Running::start(&mut self.command(self.serve));
        self.port = running.wait_for(port_in);
        self.running = Some(running);
        let until = Instant::now() + PATIENCE;
        while !is_ready(self.port) {
            assert!(Instant::now() < until, "the server came up and never was ready");
        }
    }

    /// What the server has logged so far.
    pub(crate) fn log(&self) -> String {
        self.running.as_ref().map(Running::log).unwrap_or_default()
    }

    /// Runs another command of the server on the same data, while it serves or not.
    pub(crate) fn hoso(&self, arguments: &[&str]) -> Said {
        Said::of(&mut self.command(arguments))
    }

    /// A single-use code that binds a device to one of `PEOPLE`.
    pub(crate) fn enrolment_code(&self, called: &str) -> String {
        let person = PEOPLE.iter().find(|p| p.called == called).expect("one of these people");
        self.code_for(person.name, person.number, person.courier)
    }

    /// The same for anybody.
    pub(crate) fn code_for(&self, name: &str, number: &str, courier: bool) -> String {
        let mut arguments = vec!["enrol", "--name", name, "--citizen-number", number];
        arguments.extend(courier.then_some("--courier"));
        self.hoso(&arguments).last_word()
    }

    pub(crate) fn token(&self, name: &str) -> String {
        self.hoso(&["token", "--staff", name, "--minutes", "60"]).last_word()
    }

    pub(crate) fn officer(&self, name: &str) -> Caller {
        Caller::new(self.url(), Some(self.token(name)))
    }

    /// An officer of another unit than the catalogue's first.
    pub(crate) fn officer_of(&self, name: &str, unit: &str) -> Caller {
        Caller::new(self.url(), Some(self.hoso(&["token", "--staff", name, "--unit", unit]).last_word()))
    }

    pub(crate) fn stranger(&self) -> Caller {
        Caller::new(self.url(), None)
    }

    /// A new phone, enrolled for this citizen.
    pub(crate) fn phone(&self, citizen: &str) -> Phone {
        let phone = Phone::new();
        phone.says(&["enrol", "--server", &self.url(), &self.enrolment_code(citizen)]);
        phone
    }

    /// Settings go by the environment, which must hold no other setting: an unknown one is refused.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = hoso_behind(&self.before);
        command.args(arguments).current_dir(self.data.path()).env("HOSO_DATA", self.data.path());
        command.env("HOSO_BIND", format!("127.0.0.1:{}", self.port));
        command
    }
}

/// The server's program with none of its settings.
pub(crate) fn hoso_behind(before: &[String]) -> Command {
    let mut command = behind(before, env!("CARGO_BIN_EXE_hoso-under-test"));
    let settings = std::env::vars().map(|(name, _)| name).filter(|name| name.starts_with("HOSO_"));
    settings.for_each(|name| _ = command.env_remove(name));
    command
}

fn behind(before: &[String], program: &str) -> Command {
    let Some((first, rest)) = before.split_first() else { return Command::new(program) };
    let mut command = Command::new(first);
    command.args(rest).arg(program);
    command
}

impl Phone {
    pub(crate) fn new() -> Self {
        Self::new_behind(tempfile::tempdir().expect("a temporary folder can be made"), Vec::new())
    }

    pub(crate) fn new_behind(home: TempDir, before: Vec<String>) -> Self {
        Self { home, before }
    }

    /// Another phone with the same key and the same store, as copying a phone's files makes it.
    pub(crate) fn copied(&self) -> Self {
        let copy = Self::new();
        copy.becomes(self);
        copy
    }

    /// Its files are put back from a copy.
    pub(crate) fn becomes(&self, copy: &Self) {
        for entry in std::fs::read_dir(copy.home.path()).expect("a phone's home") {
            let from = entry.expect("an entry").path();
            std::fs::copy(&from, self.home.path().join(from.file_name().expect("a file"))).expect("a copy");
        }
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::of(&mut self.command(arguments))
    }

    /// Runs and is killed after a while, as a battery ends it. `None`: it was.
    pub(crate) fn run_until(&self, after: Duration, arguments: &[&str]) -> Option<Said> {
        let mut command = self.command(arguments);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("the program under test was built");
        let (mut out, mut err) = (child.stdout.take().expect("piped above"), child.stderr.take().expect("piped above"));
        let (done, ended) = mpsc::channel();
        let reader = std::thread::spawn(move || {
            let (mut said, mut complained) = (String::new(), String::new());
            let read = out.read_to_string(&mut said).and(err.read_to_string(&mut complained));
            let _ = done.send(());
            read.map(|_| (said, complained))
        });
        let early = ended.recv_timeout(after).is_ok();
        if !early {
            let _ = child.kill();
        }
        let status = child.wait().expect("our own child");
        let (out, err) = reader.join().expect("reading does not panic").ok()?;
        status.code().map(|code| Said { ok: code == 0, code, out, err })
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = behind(&self.before, env!("CARGO_BIN_EXE_phone-under-test"));
        command.env_remove("PHONE_HOME").env_remove("PHONE_SERVER");
        command.arg("--home").arg(self.home.path()).args(arguments);
        command
    }

    /// Runs what must succeed, and gives what it printed.
    pub(crate) fn says(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert!(said.ok, "phone {arguments:?} failed:\n{}{}", said.out, said.err);
        said.out
    }

    /// The same without network.
    pub(crate) fn offline(&self, arguments: &[&str]) -> Said {
        self.run(&[&["--offline"], arguments].concat())
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// A file beside the phone's store, to be attached.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::write(&path, bytes).expect("a file can be written beside the store");
        path
    }
}

/// Says that a test could not run, past the runner's capture, and counts. With `HOSO_REQUIRE_ALL=1` it fails instead.
pub(crate) fn skip(test: &str, why: &str) {
    static SKIPPED: AtomicUsize = AtomicUsize::new(0);
    assert!(std::env::var_os("HOSO_REQUIRE_ALL").is_none_or(|v| v != "1"), "{test} must not be skipped: {why}");
    let count = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
    let _ = writeln!(std::io::stderr(), "skipped {count}: {test}: {why}");
}

/// Asked by hand, because this is also called from inside a runtime.
fn is_ready(port: u16) -> bool {
    let asked = TcpStream::connect(("127.0.0.1", port)).and_then(|mut stream| {
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    });
    asked.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}
