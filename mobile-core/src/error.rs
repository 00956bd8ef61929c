//! What can go wrong, as an app handles it: a stable code, a sentence for people, and whether to wait, to ask the
//! citizen or to give up.

use crate::keys::KeyError;
use crate::storage::StorageError;
use crate::transport::TransportError;
use dossier::exchange::ExchangeError;
use dossier::replica::WriteRefused;
use dossier::sentence::{Language, Sentence};

/// What can go wrong. Nothing that was said to be saved is lost by any of it.
#[derive(Debug)]
pub enum Error {
    /// No answer came. Everything saved stays saved and goes out later.
    Offline(TransportError),
    /// The server does not know this device any more, or it never has.
    SignInAgain,
    /// This device was reported lost: what the account kept here is deleted, its key too. A new key may sign in anew.
    Wiped,
    /// The app removed this account from this device; what it kept here is deleted, its key too.
    Removed,
    /// Nobody has ever signed in on this account of the phone.
    NotEnrolled,
    /// What was asked cannot be done as things stand; nothing changed.
    Refused {
        /// Stable, for programs.
        code: String,
        /// Why, one by one.
        reasons: Vec<ReasonView>,
    },
    /// The server speaks a later protocol, or a dossier a later catalogue: the app must be updated.
    TooOld,
    /// The account's file could not do it.
    Storage(StorageError),
    /// The key store could not do it.
    Key(KeyError),
    /// Given up by the app.
    Cancelled,
    /// The server could not answer now, or does not answer this device until somebody has looked (403).
    Server {
        /// Of HTTP.
        status: u16,
        /// Stable, for programs.
        code: String,
        /// After how many seconds it says that it will.
        after: Option<u32>,
    },
    /// The server's answer is not what it must be, or not from the server that this account is bound to.
    Untrusted(String),
    /// The server's log contradicts what this phone has seen of it, or a receipt is not what it must be: why. The report
    /// is kept (`Client::log_report`), and everything of the citizen's too.
    LogInconsistent(String),
}

/// Why something is refused, in both languages: an error is often made where nobody knows who will read it.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub struct ReasonView {
    /// Stable, for programs: of the finding that stands in the way, else of the refusal.
    pub code: String,
    /// For people.
    pub vietnamese: String,
    /// For people.
    pub english: String,
}

impl ReasonView {
    fn say(&self, language: Language) -> &str {
        match language {
            Language::Vietnamese => &self.vietnamese,
            Language::English => &self.english,
        }
    }
}

/// The words may quote what a citizen wrote; the code alone is safe to log.
impl std::fmt::Debug for ReasonView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReasonView({})", self.code)
    }
}

/// What an app does about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub enum ErrorKind {
    /// The same call may work later.
    Retryable,
    /// Only the citizen can change it.
    NeedsUser,
    /// Neither helps: update, repair, support.
    Fatal,
}

impl Error {
    pub(crate) fn refused(code: impl Into<String>, sentence: Sentence) -> Self {
        Self::refused_in(code, |_| sentence.clone())
    }

    /// For a sentence with an argument that is itself in a language, as the name of a field is.
    pub(crate) fn refused_in(code: impl Into<String>, sentence: impl Fn(Language) -> Sentence) -> Self {
        let code = code.into();
        let said = |language| sentence(language).say(language);
        let (vietnamese, english) = (said(Language::Vietnamese), said(Language::English));
        Self::Refused { reasons: vec![ReasonView { code: code.clone(), vietnamese, english }], code }
    }

    /// An answer that cannot be read.
    pub(crate) fn malformed() -> Self {
        Self::Untrusted("answer_malformed".into())
    }

    /// Stable, for programs.
    pub fn code(&self) -> &str {
        match self {
            Self::Offline(TransportError::TimedOut) => "timed_out",
            Self::Offline(_) => "offline",
            // What an app does is the same: it lets the citizen sign in.
            Self::SignInAgain | Self::NotEnrolled => "sign_in_again",
            Self::Refused { code, .. } | Self::Server { code, .. } => code,
            Self::TooOld => "too_old",
            Self::Storage(storage) => match storage {
                StorageError::Full => "storage_full",
                StorageError::Busy => "storage_busy",
                StorageError::WrongKey => "storage_wrong_key",
                StorageError::Newer(_) => "storage_newer",
                StorageError::Damaged(_) => "storage_damaged",
                StorageError::Paused => "storage_paused",
                StorageError::Io(_) => "storage",
            },
            Self::Key(KeyError::Locked) => "key_locked",
            Self::Key(KeyError::Gone) => "key_gone",
            Self::Key(KeyError::Failed { .. }) => "key_failed",
            Self::Wiped => "wiped",
            Self::Removed => "account_removed",
            Self::Cancelled => "cancelled",
            Self::Untrusted(code) => code,
            Self::LogInconsistent(_) => "log_inconsistent",
        }
    }

    /// What an app does about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Server { status: 403, .. } => ErrorKind::NeedsUser,
            Self::Offline(_) | Self::Server { .. } | Self::Cancelled => ErrorKind::Retryable,
            Self::SignInAgain | Self::Wiped | Self::Removed | Self::NotEnrolled => ErrorKind::NeedsUser,
            Self::Refused { .. } | Self::LogInconsistent(_) => ErrorKind::NeedsUser,
            Self::Storage(StorageError::Full) | Self::Key(KeyError::Locked | KeyError::Gone) => ErrorKind::NeedsUser,
            Self::Storage(StorageError::Busy | StorageError::Paused | StorageError::Io(_)) => ErrorKind::Retryable,
            // It may have been slow, or asked while it was asked.
            Self::Key(KeyError::Failed { .. }) => ErrorKind::Retryable,
            Self::Storage(_) | Self::TooOld | Self::Untrusted(_) => ErrorKind::Fatal,
        }
    }

    /// For people. Never holds what somebody wrote into a form, except where a finding quotes it to its author.
    pub fn message(&self, language: Language) -> String {
        let sentence = match self {
            Self::Refused { reasons, .. } => {
                let all: Vec<&str> = reasons.iter().map(|reason| reason.say(language)).collect();
                return all.join("\n");
            }
            Self::Offline(TransportError::TimedOut) => Sentence::new("error-timed-out"),
            Self::Offline(_) => Sentence::new("error-offline"),
            Self::SignInAgain => Sentence::new("error-sign-in-again"),
            Self::Wiped => Sentence::new("error-wiped"),
            Self::Removed => Sentence::new("error-removed"),
            Self::NotEnrolled => Sentence::new("error-not-enrolled"),
            Self::TooOld => Sentence::new("error-too-old"),
            Self::Storage(storage) => storage_sentence(storage),
            Self::Key(KeyError::Locked) => Sentence::new("error-key-locked"),
            Self::Key(KeyError::Gone) => Sentence::new("error-key-gone"),
            Self::Key(KeyError::Failed { .. }) => Sentence::new("error-key-failed"),
            Self::Cancelled => Sentence::new("error-cancelled"),
            Self::Server { status: 403, .. } => Sentence::new("error-suspended"),
            // It is this device that asked too often; the server is well.
            Self::Server { status: 429, code, after } if code != "dossier_quota" => Sentence::new("error-too-often")
                .with("seconds", after.map_or_else(|| "none".to_owned(), |s| s.to_string())),
            Self::Server { code, .. } if code == "provider_unavailable" => Sentence::new("error-provider-unavailable"),
            Self::Server { code, .. } if code == "server_too_old" => Sentence::new("error-server-too-old"),
            Self::Server { code, .. } => Sentence::new("error-server").with("code", code.clone()),
            Self::Untrusted(code) => Sentence::new("error-untrusted").with("code", code.clone()),
            Self::LogInconsistent(why) => Sentence::new("error-log-inconsistent").with("code", why.clone()),
        };
        sentence.say(language)
    }
}

fn storage_sentence(storage: &StorageError) -> Sentence {
    match storage {
        StorageError::Full => Sentence::new("error-storage-full"),
        StorageError::Busy => Sentence::new("error-storage-busy"),
        StorageError::WrongKey => Sentence::new("error-storage-wrong-key"),
        StorageError::Newer(_) => Sentence::new("error-too-old"),
        StorageError::Damaged(what) => Sentence::new("error-storage-damaged").with("what", what.clone()),
        StorageError::Paused => Sentence::new("error-storage-paused"),
        StorageError::Io(_) => Sentence::new("error-storage"),
    }
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}
impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}
impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        Self::Offline(error)
    }
}
impl From<getrandom::Error> for Error {
    fn from(error: getrandom::Error) -> Self {
        Self::Key(KeyError::Failed { reason: error.to_string() })
    }
}
impl From<WriteRefused> for Error {
    fn from(refused: WriteRefused) -> Self {
        Self::refused(refused.code, refused.sentence)
    }
}
impl From<ExchangeError> for Error {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::Protocol => Self::TooOld,
            other => Self::Untrusted(other.code().into()),
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}
impl std::error::Error for Error {}
