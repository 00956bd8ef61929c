//! A transport over reqwest, for command lines, tests and the JVM.

use super::{Header, HttpRequest, HttpResponse, Transport, TransportError};
use async_trait::async_trait;
use std::time::Duration;

/// How long a connection may take, and a whole exchange on a slow line.
const CONNECT: Duration = Duration::from_secs(10);
const WHOLE: Duration = Duration::from_secs(30 * 60);
/// A connection that was idle for longer is not used again: the server closes it after 5 seconds, and a phone that was
/// busy meanwhile (or asleep) has not noticed. A photograph written into it was lost in 8 of 40 runs on a busy machine.
const IDLE: Duration = Duration::from_secs(3);
/// No answer of the server is larger: a synchronisation, with the byte before its body.
const ANSWER_MAX: usize = dossier::exchange::ANSWER_MAX + 1;

/// A transport over `reqwest`.
pub struct Http(reqwest::Client);

impl Http {
    /// One with the settings that the core asks of every transport.
    pub fn new() -> Result<Self, TransportError> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(1)
            .build();
        client.map(Self).map_err(|e| TransportError::Failed { reason: e.without_url().to_string() })
    }
}

impl Http {
    /// Sends; where the connection broke before any byte of an answer, once more on a new one. Every request of ours may
    /// arrive twice: changes and papers are known by their hash, records by their place, a code by the key it bound.
    async fn send(&self, request: reqwest::Request) -> reqwest::Result<reqwest::Response> {
        let again = request.try_clone();
        match (self.0.execute(request).await, again) {
            (Err(broken), Some(again)) if broken.is_request() && !broken.is_connect() && !broken.is_timeout() => {
                // If it can no longer be reached at all, it still may have had the first.
                self.0.execute(again).await.map_err(|error| if error.is_connect() { broken } else { error })
            }
            (done, _) => done,
        }
    }
}

#[async_trait]
impl Transport for Http {
    async fn request(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let method = request.method.parse().map_err(|_| TransportError::Failed { reason: "no such method".into() })?;
        let mut call = self.0.request(method, &request.url).body(request.body);
        for header in request.headers {
            call = call.header(header.name, header.value);
        }
        let mut response = self.send(call.build().map_err(told)?).await.map_err(told)?;
        let headers = response.headers().iter().map(|(name, value)| Header {
            name: name.to_string(),
            value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
        });
        let (status, headers) = (response.status().as_u16(), headers.collect());
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(told)? {
            if body.len() + part.len() > ANSWER_MAX {
                return Err(TransportError::Failed { reason: "the answer is too large".into() });
            }
            body.extend_from_slice(&part);
        }
        Ok(HttpResponse { status, headers, body })
    }
}

/// A URL can hold an id: errors travel without it.
fn told(error: reqwest::Error) -> TransportError {
    // Without a connection nothing has left, also where making it took too long.
    if error.is_connect() {
        TransportError::Offline
    } else if error.is_timeout() {
        TransportError::TimedOut
    } else {
        TransportError::Failed { reason: error.without_url().to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};

    /// Reads one request, whose body has the size that it says, and answers it.
    fn answer(stream: &mut TcpStream) {
        let (mut read, mut part) = (Vec::new(), [0; 64 * 1024]);
        loop {
            let n = stream.read(&mut part).unwrap();
            read.extend_from_slice(&part[..n]);
            let Some(end) = read.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&read[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |l| l.parse().unwrap());
            if read.len() >= end + 4 + length || n == 0 {
                break;
            }
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    }

    fn put(url: &str, size: usize) -> HttpRequest {
        HttpRequest { method: "PUT".into(), url: url.into(), headers: Vec::new(), body: vec![7; size] }
    }

    /// What a listener is to do after it has answered once: with the connection, and with the listener.
    fn listen(then: impl FnOnce(TcpStream, TcpListener) + Send + 'static) -> (String, std::thread::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            answer(&mut stream);
            then(stream, listener);
        });
        (url, server)
    }

    #[tokio::test]
    async fn a_paper_is_sent_again_when_the_server_closed_the_connection_meanwhile() {
        let (url, server) = listen(|mut stream, listener| {
            // The head of the second request arrives; then the connection is reset, its body unread.
            stream.read_exact(&mut [0; 16]).unwrap();
            drop(stream);
            // The same again, on a new connection.
            answer(&mut listener.accept().unwrap().0);
        });
        let http = Http::new().unwrap();
        assert_eq!(http.request(put(&url, 10)).await.unwrap().status, 204);
        assert_eq!(http.request(put(&url, 4 << 20)).await.unwrap().status, 204);
        server.join().unwrap();
    }

    #[tokio::test]
    async fn a_server_that_breaks_off_is_asked_twice_and_no_more() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // Breaks off each request, until somebody comes and says nothing; how often it was asked.
        let server = std::thread::spawn(move || {
            let spoken = |stream: std::io::Result<TcpStream>| stream.unwrap().read(&mut [0; 16]).unwrap() > 0;
            listener.incoming().map(spoken).take_while(|spoken| *spoken).count()
        });
        let refused = Http::new().unwrap().request(put(&format!("http://{address}/"), 4 << 20)).await;
        assert!(matches!(refused, Err(TransportError::Failed { .. })));
        drop(TcpStream::connect(address).unwrap());
        assert_eq!(server.join().unwrap(), 2);
    }
}
