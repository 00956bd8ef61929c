//! Programs that users have, run to their end or as long as a test lasts.

use super::PATIENCE;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longer than anything takes that is run to its end, a library that is built among it.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// Reads a stream to its end, beside what else is done.
fn read(mut stream: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
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

impl Said {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::within(LONGEST, command)
    }

    /// One that goes on for longer is ended, and the test fails: all the others are to have their turn.
    fn within(limit: Duration, command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program under test was built");
        let out = read(child.stdout.take().expect("piped"));
        let err = read(child.stderr.take().expect("piped"));
        let until = Instant::now() + limit;
        let status = loop {
            if let Some(status) = child.try_wait().expect("it is ours") {
                break status;
            }
            if Instant::now() > until {
                let _ = child.kill();
                panic!("it did not come to an end: {command:?}");
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let [out, err] = [out, err].map(|read| read.join().expect("it was read"));
        Self { ok: status.success(), code: status.code().unwrap_or(-1), out, err }
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
        let log = running.log();
        if status.success() { Err(log) } else { Ok(log) }
    }

    pub(crate) fn start(command: &mut Command) -> Self {
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

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().map(|log| log.clone()).unwrap_or_default()
    }

    /// Waits for a line that holds what is looked for. A program that ends before it has said so fails the test with
    /// its own words.
    pub(crate) fn wait_for<T>(&self, look: impl Fn(&str) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    if let Some(found) = look(&line) {
                        return found;
                    }
                }
                Err(_) => panic!("it ended or said nothing more:\n{}", self.log()),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the server said:\n{}", self.log());
        }
    }
}

/// The port of the address on 127.0.0.1 that a line holds.
pub(super) fn port_in(line: &str) -> Option<u16> {
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
    let alive = || std::path::Path::new(&format!("/proc/{pid}")).exists();
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

#[test]
#[should_panic(expected = "it did not come to an end")]
fn a_program_that_does_not_end_is_ended() {
    Said::within(Duration::from_millis(50), Command::new("sleep").arg("60"));
}
