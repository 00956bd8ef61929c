//! The phone's network, behind a trait: the app brings its own (OkHttp, URLSession); this crate only says what to ask.

#[cfg(feature = "http")]
mod http;
#[cfg(feature = "http")]
pub use http::Http;

use async_trait::async_trait;

/// One request, whole. Redirects are not to be followed: a token must not travel to another address.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub struct HttpRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// Whole.
    pub url: String,
    /// All that are to be sent beside what the transport adds itself.
    pub headers: Vec<Header>,
    /// Empty where there is none.
    pub body: Vec<u8>,
}

/// One response, whole.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub struct HttpResponse {
    /// From 100 to 599.
    pub status: u16,
    /// As they came.
    pub headers: Vec<Header>,
    /// As it came, decompressed where the transport had asked for compression.
    pub body: Vec<u8>,
}

/// A header of a request or a response.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub struct Header {
    /// In any case of letters.
    pub name: String,
    /// As it stands there.
    pub value: String,
}

/// The network as an app gives it.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends a request and waits for the whole response. Every status that came from a server is a response.
    async fn request(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;
}

/// No response came.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Error))]
pub enum TransportError {
    /// There is no network, or the name or address cannot be reached: no byte of the request has left.
    Offline,
    /// No answer came in time; whether the request has arrived nobody knows.
    TimedOut,
    /// The other side is not who it should be, or the app's transport failed by itself.
    Failed {
        /// For a log.
        reason: String,
    },
}

/// A transport that has no network.
pub struct Offline;

#[async_trait]
impl Transport for Offline {
    async fn request(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
        Err(TransportError::Offline)
    }
}

impl HttpResponse {
    /// The first header of a name; names are compared as HTTP does.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|h| h.name.eq_ignore_ascii_case(name)).map(|h| h.value.as_str())
    }
}

/// Headers hold tokens and bodies hold people: neither is printed.
impl std::fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({} B)", self.method, self.url, self.body.len())
    }
}
impl std::fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} B)", self.status, self.body.len())
    }
}

impl std::fmt::Display for TransportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Offline => f.write_str("no network"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Failed { reason } => write!(f, "the transport failed: {reason}"),
        }
    }
}
impl std::error::Error for TransportError {}
