//! A program in another language that plays sessions of the core: one call a line, one answer a line.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// How long one call may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Whoever plays sessions in a language.
pub(super) trait Plays {
    fn play(&mut self, who: &str, what: &str, with: &[String]) -> Result<String, Failed>;
}

pub(super) struct Player {
    child: Child,
    calls: ChildStdin,
    answers: Receiver<String>,
}

/// An error as the language had it.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) code: String,
    pub(super) kind: String,
}

impl Player {
    /// Starts it; it ends when nobody calls any more, and with the test.
    pub(super) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("its interpreter is installed");
        let (calls, said) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        let (tell, answers) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(said).lines().map_while(Result::ok);
            lines.for_each(|line| _ = tell.send(line));
        });
        Self { child, calls, answers }
    }
}

impl Player {
    pub(super) fn is_told(&mut self, line: &str) {
        writeln!(self.calls, "{line}").expect("it reads on");
    }

    /// The next line that it prints.
    pub(super) fn says(&mut self) -> String {
        self.answers.recv_timeout(PATIENCE).expect("it says something")
    }
}

impl Plays for Player {
    fn play(&mut self, who: &str, what: &str, with: &[String]) -> Result<String, Failed> {
        self.is_told(&[&[who.to_owned(), what.to_owned()], with].concat().join("\t"));
        let said = self.says();
        let parts: Vec<&str> = said.split('\t').collect();
        match parts[..] {
            ["ok", value] => Ok(value.to_owned()),
            ["error", code, kind, ..] => Err(Failed { code: code.to_owned(), kind: kind.to_owned() }),
            _ => panic!("{who} {what}: {said}"),
        }
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
