//! Starts what users start, a server and phones, each with its own folder, and stops them with the test, also when it
//! panics. Tests speak through callers: an officer, a stranger, a phone.

// A story uses what it needs.
#![allow(dead_code)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
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

const PEOPLE: [Person; 3] = [
    Person { called: "an", name: "Nguyễn Văn An", number: "031090000001", courier: false },
    Person { called: "binh", name: "Trần Thị Bình", number: "031190000002", courier: false },
    Person { called: "chi", name: "Lê Thị Chi", number: "031190000003", courier: true },
];

/// Somebody who speaks HTTP to a hub; an officer has a token, a stranger has none.
pub(crate) struct Caller {
    base: String,
    token: Option<String>,
    client: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

/// What a caller was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// What a program that came to its end said.
pub(crate) struct Said {
    pub(crate) ok: bool,
    /// The exit code; -1 if a signal ended it.
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A child whose lines are read as they come. Dropping it kills it; if the test itself is killed, the kernel does.
pub(crate) struct Running {
    child: Child,
    lines: mpsc::Receiver<String>,
    log: Arc<Mutex<String>>,
}

impl Hub {
    pub(crate) fn start() -> Self {
        Self::start_on(tempfile::tempdir().expect("a temporary folder can be made"))
    }

    /// Starts on data that is already there.
    pub(crate) fn start_on(data: TempDir) -> Self {
        Self::start_behind(data, Vec::new())
    }

    /// The same with words before the program, as `nsenter` has them.
    pub(crate) fn start_behind(data: TempDir, before: Vec<String>) -> Self {
        let mut hub = Self { data: Arc::new(data), port: 0, running: None, before };
        hub.up();
        hub
    }

    /// A second server on the same data, on a port of its own.
    pub(crate) fn beside(&self) -> Self {
        let mut hub = Self { data: self.data.clone(), port: 0, running: None, before: self.before.clone() };
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

    /// As a power cut ends it: no signal handler runs.
    pub(crate) fn kill(&mut self) {
        self.running = None;
    }

    /// Starts again on the same data and the same port. The server dies with the thread that calls this.
    pub(crate) fn up(&mut self) {
        let running = Running::start(&mut self.command(&["serve"]));
        self.port = running.wait_for(port_in);
        self.running = Some(running);
        let until = Instant::now() + PATIENCE;
        while !is_ready(self.port) {
            assert!(Instant::now() < until, "the server came up and never was ready");
        }
    }

    /// What the server has logged since it was started last.
    pub(crate) fn log(&self) -> String {
        self.running.as_ref().map(|running| running.log.lock().expect("no reader panics").clone()).unwrap_or_default()
    }

    /// Runs another command of the server on the same data, while it serves or not.
    pub(crate) fn hoso(&self, arguments: &[&str]) -> Said {
        Said::of(&mut self.command(arguments))
    }

    /// A single-use code that binds a device to one of `PEOPLE`.
    pub(crate) fn enrolment_code(&self, called: &str) -> String {
        let person = PEOPLE.iter().find(|p| p.called == called).expect("one of these people");
        let mut arguments = vec!["enrol", "--name", person.name, "--citizen-number", person.number];
        arguments.extend(person.courier.then_some("--courier"));
        self.hoso(&arguments).last_word()
    }

    pub(crate) fn token(&self, name: &str) -> String {
        self.hoso(&["token", "--staff", name, "--minutes", "10"]).last_word()
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
    fn command(&self, arguments: &[&str]) -> Command {
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

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
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

    fn command(&self, arguments: &[&str]) -> Command {
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

    /// A file beside the phone's store, to be attached.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::write(&path, bytes).expect("a file can be written beside the store");
        path
    }
}

impl Caller {
    pub(crate) fn new(base: String, token: Option<String>) -> Self {
        // A connection of its own for each request: the server closes idle ones, and a slow test would meet that.
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .pool_max_idle_per_host(0)
            .build()
            .expect("a client without settings is built");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        Self { base, token, client, runtime }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(self.client.get(self.at(path)))
    }

    /// Posts JSON under a key that makes it happen once.
    pub(crate) fn post(&self, path: &str, idempotency_key: &str, body: &serde_json::Value) -> Answer {
        let request = self.client.post(self.at(path)).header("Idempotency-Key", idempotency_key);
        self.send(request.header("Content-Type", "application/json").body(body.to_string()))
    }

    /// Sends bytes as they are.
    pub(crate) fn send_bytes(&self, method: reqwest::Method, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        self.send(self.client.request(method, self.at(path)).header("Content-Type", kind).body(body))
    }

    /// A request with any headers, those that come twice too.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let method = method.parse().expect("a method");
        let mut request = self.client.request(method, self.at(path)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request)
    }

    /// The same with a body that the server does not read to its end: it answers, and hangs up on whoever goes on
    /// sending. A client of the usual kind takes that for a broken line; this one reads what was answered.
    pub(crate) fn ask_too_much(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n", body.len());
        headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
        let address = self.base.strip_prefix("http://").expect("an address of ours");
        let mut stream = TcpStream::connect(address).expect("the server listens");
        stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).expect("it reads a request's head");
        // Sending may fail once the answer is there.
        let _ = stream.write_all(body);
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        Answer::parse(&bytes).unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(&bytes)))
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        self.runtime.block_on(async {
            let answer = request.send().await.unwrap_or_else(|why| panic!("no answer: {why:?}"));
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let body = answer.bytes().await.unwrap_or_else(|why| panic!("half an answer: {why:?}")).to_vec();
            Answer { status, headers, body }
        })
    }
}

impl Answer {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let mut lines = std::str::from_utf8(&bytes[..end]).ok()?.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let mut headers = reqwest::header::HeaderMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            headers.append(reqwest::header::HeaderName::try_from(name).ok()?, value.parse().ok()?);
        }
        Some(Self { status, headers, body: bytes[end + 4..].to_vec() })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The stable code of a problem, which must be one in every respect.
    pub(crate) fn problem(&self) -> (u16, String) {
        let kind = self.headers.get("content-type").map(|kind| kind.as_bytes());
        assert_eq!(kind, Some(b"application/problem+json".as_slice()), "{} {}", self.status, self.text());
        let body = self.json();
        assert_eq!(body["status"], self.status, "the body says what the answer is");
        assert!(self.headers.contains_key("x-request-id"), "every answer has an id");
        (self.status, body["code"].as_str().expect("a problem has a code").to_owned())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|why| panic!("{} {why}: {}", self.status, self.text()))
    }
}

impl Said {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.stdin(Stdio::null()).output().expect("the program under test was built");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let code = output.status.code().unwrap_or(-1);
        Self { ok: output.status.success(), code, out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// The last word printed: where commands that make a code or a token put it.
    pub(crate) fn last_word(&self) -> String {
        assert!(self.ok, "a command failed:\n{}{}", self.out, self.err);
        self.out.split_whitespace().next_back().expect("it prints what it made").to_owned()
    }
}

impl Running {
    /// Runs a server that ought to refuse. One that listens after all is ended, and has not refused.
    pub(crate) fn refusal(command: &mut Command) -> Result<String, String> {
        let mut running = Self::start(command);
        let until = Instant::now() + PATIENCE;
        while let Ok(line) = running.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            if port_in(&line).is_some() {
                return Err("it serves".into());
            }
        }
        // Both of its streams have ended, and so has it.
        let status = running.child.wait().map_err(|why| why.to_string())?;
        let log = running.log.lock().map(|log| log.clone()).unwrap_or_default();
        if status.success() { Err(log) } else { Ok(log) }
    }

    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program under test was built");
        let log = Arc::new(Mutex::new(String::new()));
        let (send, lines) = mpsc::channel();
        let (out, err) = (child.stdout.take().expect("piped above"), child.stderr.take().expect("piped above"));
        read_lines(out, send.clone(), log.clone());
        read_lines(err, send, log.clone());
        Self { child, lines, log }
    }

    /// Waits for a line that holds what is looked for. A program that ends before it has said so fails the test with
    /// its own words.
    fn wait_for<T>(&self, look: impl Fn(&str) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    if let Some(found) = look(&line) {
                        return found;
                    }
                }
                Err(_) => panic!("it ended or said nothing more:\n{}", self.log.lock().expect("no reader panics")),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the server said:\n{}", self.log.lock().map(|log| log.clone()).unwrap_or_default());
        }
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

/// The port of the address on 127.0.0.1 that a line holds.
fn port_in(line: &str) -> Option<u16> {
    let (_, rest) = line.split_once("http://127.0.0.1:")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse().ok()
}

fn read_lines(from: impl std::io::Read + Send + 'static, to: mpsc::Sender<String>, log: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if let Ok(mut log) = log.lock() {
                log.push_str(&line);
                log.push('\n');
            }
            // Nobody listens any more once the address is known; the log goes on.
            let _ = to.send(line);
        }
    });
}

#[test]
fn the_address_is_read_from_what_a_server_prints() {
    assert_eq!(port_in("Hồ Sơ: http://127.0.0.1:40123/ (dữ liệu: data)"), Some(40123));
    assert_eq!(port_in("listening on http://127.0.0.1:8080"), Some(8080));
    assert_eq!(port_in("no address here"), None);
}

#[test]
fn a_program_dies_with_its_test_also_on_panic() {
    let running = Running::start(Command::new("sh").args(["-c", "echo pid $$; exec sleep 600"]));
    let pid: u32 = running.wait_for(|line| line.strip_prefix("pid ")?.parse().ok());
    let alive = || Path::new(&format!("/proc/{pid}")).exists();
    assert!(alive());
    let test = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _held = running;
        panic!("as a test would");
    }));
    assert!(test.is_err() && !alive());
}

#[test]
fn a_program_that_ends_early_is_reported_with_its_own_words() {
    let running = Running::start(Command::new("sh").args(["-c", "echo the port is taken >&2; exit 3"]));
    let test = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| running.wait_for(port_in)));
    let why = test.expect_err("it never printed an address");
    assert!(why.downcast_ref::<String>().is_some_and(|why| why.contains("the port is taken")));
}
