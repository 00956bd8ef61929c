//! A proxy over TCP that loses what it carries: of three requests one never comes to the server, of one the answer never
//! comes back. And it is somebody who listens: every request with a refresh token that came to the server it sends there
//! once more.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// Requests and answers that were lost.
    pub(super) lost: usize,
    /// Requests that were sent once more, and how many of those were served.
    pub(super) replayed: usize,
    pub(super) accepted: usize,
}

pub(super) struct Proxy {
    pub(super) url: String,
    line: Arc<Line>,
}

struct Line {
    server: String,
    loses: AtomicBool,
    number: AtomicUsize,
    seen: Mutex<Seen>,
}

impl Proxy {
    /// In front of a server; it ends with the program.
    pub(super) fn before(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let server = url.strip_prefix("http://").expect("an address of ours").to_owned();
        let (loses, number, seen) = (AtomicBool::new(true), AtomicUsize::new(0), Mutex::default());
        let line = Arc::new(Line { server, loses, number, seen });
        let carrier = line.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let line = carrier.clone();
                // A client that hangs up ends its thread.
                std::thread::spawn(move || _ = line.carry(stream));
            }
        });
        Self { url: format!("http://{address}"), line }
    }

    pub(super) fn loses(&self, whether: bool) {
        self.line.loses.store(whether, Ordering::Relaxed);
    }

    pub(super) fn seen(&self) -> Seen {
        *self.line.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// One client's requests, one after the other.
    fn carry(&self, client: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(client.try_clone()?);
        while let Some(request) = message(&mut reader)? {
            let turn =
                if self.loses.load(Ordering::Relaxed) { self.number.fetch_add(1, Ordering::Relaxed) % 3 } else { 2 };
            if turn == 0 {
                self.note(|seen| seen.lost += 1);
                return Ok(());
            }
            let answer = self.ask(&request)?;
            let renews = text(&request).to_ascii_lowercase().contains("authorization: dpop hr1.");
            if renews && is_ok(&answer) {
                let again = self.ask(&request)?;
                self.note(|seen| {
                    seen.replayed += 1;
                    seen.accepted += usize::from(is_ok(&again));
                });
            }
            if turn == 1 {
                self.note(|seen| seen.lost += 1);
                return Ok(());
            }
            (&client).write_all(&answer)?;
        }
        Ok(())
    }

    /// The server's answer, on a connection of its own. The request goes as it came, with the proxy's name in it, which is
    /// the one that its proof is for.
    fn ask(&self, request: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut server = TcpStream::connect(&self.server)?;
        server.write_all(request)?;
        message(&mut BufReader::new(server))?.ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
    }

    fn note(&self, what: impl FnOnce(&mut Seen)) {
        what(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Head and body of a request or an answer; nothing at the end of the line.
fn message(from: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<u8>>> {
    let (mut bytes, mut length) = (Vec::new(), 0);
    loop {
        let begun = bytes.len();
        if from.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&bytes[begun..]).to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(|_| std::io::ErrorKind::InvalidData)?;
        }
        if line == "\r\n" {
            break;
        }
    }
    let head = bytes.len();
    bytes.resize(head + length, 0);
    from.read_exact(&mut bytes[head..])?;
    Ok(Some(bytes))
}

fn text(message: &[u8]) -> String {
    String::from_utf8_lossy(message).into_owned()
}

fn is_ok(answer: &[u8]) -> bool {
    answer.starts_with(b"HTTP/1.1 200")
}
