//! What can go wrong in a poll, and the words for it.

use std::fmt;
use std::time::Duration;

/// The result of everything a service does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a poll, or one of its metrics, gave nothing.
///
/// The message is for a person: it says what was asked, what came back, and what to do. It never
/// holds a secret: the URL in it has no query value that a secret went into, and bodies are quoted
/// in part and redacted.
///
/// A service makes its own with `?` from a string, or from what `serde_json`, `chrono` and number
/// parsing return:
///
/// ```
/// # use collectington::Result;
/// fn minutes(text: &str) -> Result<f64> {
///     if text.is_empty() {
///         return Err("the answer has no duration".into());
///     }
///     Ok(text.parse::<f64>()?)
/// }
/// assert_eq!(minutes("").unwrap_err().to_string(), "the answer has no duration");
/// assert!(minutes("1.5").is_ok());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    status: Option<u16>,
    retry_after: Option<Duration>,
}

/// The closed set of causes, as they stand in the label `reason` of `cton_poll_failures_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Name look-up, connection, or a connection that broke, also in the middle of the body.
    Network,
    /// No answer within `request_timeout_sec`, or no end of the poll within `poll_timeout_sec`.
    Timeout,
    /// The certificate or the handshake.
    Tls,
    /// A status other than 2xx.
    Status,
    /// Nothing was sent, as the API takes no more calls for now.
    Limit,
    /// The body is too large or cannot be decompressed.
    Body,
    /// The body is not the JSON, or not the text, that the service expects.
    Type,
    /// The service itself said no.
    Service,
    /// The service panicked.
    Panic,
    /// The secret file, or a key in it.
    Secret,
    /// A setting of config.json that the service asked for.
    Config,
    /// A recording could not be read or written.
    Recording,
}

impl Error {
    /// An error of that kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), status: None, retry_after: None }
    }

    /// The cause, for decisions and labels.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The status of the answer, where that is what is wrong.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Whether the other error has the same cause, so that logging it would say nothing new: the figures in
    /// the words (sizes, times, ids) may differ, a status may not.
    pub fn same_cause(&self, other: &Self) -> bool {
        let words = |error: &Self| error.message.split(|c: char| c.is_ascii_digit()).collect::<String>();
        (self.kind, self.status) == (other.kind, other.status) && words(self) == words(other)
    }

    /// How long the API is to be left alone (`Retry-After`, RFC 9110 section 10.2.3, or until its limit is reset).
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The same error, with the status that the API answered.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// The same error, with the API's wish to be left alone.
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// The same error in other words.
    pub fn map_message(mut self, reword: impl FnOnce(String) -> String) -> Self {
        self.message = reword(self.message);
        self
    }

    /// The same error, with what was being done in front: `page 3: ...`.
    pub fn context(mut self, doing: impl fmt::Display) -> Self {
        self.message = format!("{doing}: {}", self.message);
        self
    }
}

impl ErrorKind {
    /// All of them, in the order of their declaration.
    pub const ALL: [Self; 12] = [
        Self::Network,
        Self::Timeout,
        Self::Tls,
        Self::Status,
        Self::Limit,
        Self::Body,
        Self::Type,
        Self::Service,
        Self::Panic,
        Self::Secret,
        Self::Config,
        Self::Recording,
    ];

    /// The word for it in logs and labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::Status => "status",
            Self::Limit => "limit",
            Self::Body => "body",
            Self::Type => "type",
            Self::Service => "service",
            Self::Panic => "panic",
            Self::Secret => "secret",
            Self::Config => "config",
            Self::Recording => "recording",
        }
    }
}

/// Why a file was not read, and what to do: `cannot be read: Permission denied (os error 13): ...`.
#[cfg(feature = "run")]
pub(crate) fn unread(error: &std::io::Error) -> String {
    let advice = match error.kind() {
        std::io::ErrorKind::PermissionDenied => ": let the user that cton runs as read it",
        std::io::ErrorKind::NotFound => ": write it, or correct its path",
        _ => "",
    };
    format!("cannot be read: {error}{advice}")
}

/// Why a thread could not be started, and what to look at.
#[cfg(feature = "run")]
pub(crate) fn exhausted(error: &std::io::Error) -> String {
    format!("{error}: are threads or memory used up (TasksMax=, MemoryMax=, ulimit -u)?")
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<String> for Error {
    fn from(message: String) -> Self {
        Self::new(ErrorKind::Service, message)
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Self {
        Self::from(message.to_owned())
    }
}

/// What services meet with `?`, each with the cause it stands for.
macro_rules! from {
    ($($error:ty => $kind:ident $what:literal),+ $(,)?) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::new(ErrorKind::$kind, format!(concat!($what, "{}"), error))
            }
        }
    )+};
}

from! {
    serde_json::Error => Type "not the JSON that is expected: ",
    std::num::ParseIntError => Type "not a whole number: ",
    std::num::ParseFloatError => Type "not a number: ",
    std::num::TryFromIntError => Type "not such a number: ",
    std::str::Utf8Error => Type "not UTF-8: ",
    std::string::FromUtf8Error => Type "not UTF-8: ",
    std::io::Error => Service "",
    Box<dyn std::error::Error> => Service "",
    Box<dyn std::error::Error + Send + Sync> => Service "",
}

#[cfg(feature = "run")]
from! { chrono::ParseError => Type "not such a time: ", chrono::OutOfRangeError => Type "not such a span of time: " }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_cause_may_have_other_figures_but_no_other_status() {
        let status =
            |code| Error::new(ErrorKind::Status, format!("the API answered {code}")).with_status(code);
        assert!(status(503).same_cause(&status(503)));
        assert!(!status(503).same_cause(&status(401)));
        let late = |ms| Error::new(ErrorKind::Timeout, format!("no answer within {ms} ms"));
        assert!(late(10_001).same_cause(&late(999)));
        assert!(!late(1).same_cause(&Error::new(ErrorKind::Network, "no answer within 1 ms")));
        assert!(!Error::from("no team").same_cause(&Error::from("no phase")));
    }
}
