//! The errors of polls, and their kinds.

use std::fmt;
use std::time::Duration;

use super::excerpt::without_middle;
use super::quoted_string::closing;

/// The result of everything a service does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of a poll, or of one of its metrics.
///
/// The message is for a person: it names the request, the response and the remedy. It never contains a secret. The URL
/// in it omits query values that contain secrets, and bodies are quoted in part and redacted.
///
/// A service creates an error with `?` from a string, or from an error of `serde_json`, `chrono` or number parsing:
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
    /// The message without the parts that come from outside, if it has such parts.
    cause: Option<String>,
    status: Option<u16>,
    retry_after: Option<Duration>,
}

/// The closed set of causes, as used in the label `reason` of `cton_poll_failures_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The name lookup or the connection failed, or the connection broke, also in the middle of the body.
    Network,
    /// The response took longer than `request_timeout_sec`, or the poll took longer than `poll_timeout_sec`.
    Timeout,
    /// The TLS handshake failed, or a certificate is invalid.
    Tls,
    /// The API responded with a status other than 2xx.
    Status,
    /// The rate limit of the API is exhausted, so nothing was sent.
    Limit,
    /// The body is too large or cannot be decompressed.
    Body,
    /// The body is not the JSON, or not the text, that the service expects.
    Type,
    /// The service itself returned an error.
    Service,
    /// The service panicked.
    Panic,
    /// The secret file, or a key in it, is missing or invalid.
    Secret,
    /// A setting is missing or invalid.
    Config,
    /// A recording could not be read or written.
    Recording,
}

impl Error {
    /// Creates an error of the given kind. The middle of a long message is removed.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = without_middle(message.into());
        Self { kind, message, cause: None, status: None, retry_after: None }
    }

    /// Returns the kind of the error, for decisions and labels.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the status of the response, if the status is the cause of the error.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Returns true if the other error has the same cause, so that logging it would add nothing.
    ///
    /// The comparison includes the kind and the status. It ignores the parts that come from outside: the quoted body,
    /// strings in double quotes, the query of a URL, and every word with a digit (sizes, times, IDs).
    pub(crate) fn same_cause(&self, other: &Self) -> bool {
        self.same_sort(other) && words(self.cause()) == words(other.cause())
    }

    /// Returns true if the other error has the same kind and status.
    pub(crate) fn same_sort(&self, other: &Self) -> bool {
        (self.kind, self.status) == (other.kind, other.status)
    }

    fn cause(&self) -> &str {
        self.cause.as_deref().unwrap_or(&self.message)
    }

    /// Returns the time to wait before the next request: `Retry-After` (RFC 9110 section 10.2.3), or the time until the
    /// rate limit is reset.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns the error with the status of the response.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Returns the error with the time to wait before the next request.
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// Returns the error of a message that quotes text from outside. `cause` is the message without that text.
    pub(crate) fn with_cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(without_middle(cause.into()));
        self
    }

    /// Returns the error with its message and its cause reworded.
    pub(crate) fn map_message(mut self, mut reword: impl FnMut(String) -> String) -> Self {
        self.message = reword(self.message);
        self.cause = self.cause.map(reword);
        self
    }

    /// Returns the error with the action before its message: `page 3: ...`.
    pub fn context(mut self, doing: impl fmt::Display) -> Self {
        self.message = format!("{doing}: {}", self.message);
        self.cause = self.cause.map(|cause| format!("{doing}: {cause}"));
        self
    }
}

/// Returns the words of a cause that are the same at its next occurrence.
fn words(text: &str) -> Vec<&str> {
    let plain = outside_quotes(text).into_iter().flat_map(str::split_whitespace);
    let plain = plain.map(|word| word.split_once('?').map_or(word, |(path, _)| path));
    plain.filter(|word| !word.contains(|c: char| c.is_ascii_digit())).collect()
}

/// Returns the parts of a text outside double quotes, without names that serde does not know. serde escapes a quoted value
/// as JSON does.
fn outside_quotes(text: &str) -> Vec<&str> {
    const UNKNOWN: [&str; 2] = ["unknown variant `", "unknown field `"];
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(start) = rest.find(['"', '`']) {
        let (before, after) = rest.split_at(start + 1);
        let is_outside = before.ends_with('"') || UNKNOWN.iter().any(|unknown| before.ends_with(unknown));
        let mark = if before.ends_with('`') { b'`' } else { b'"' };
        parts.push(before);
        rest = match closing(after.as_bytes(), mark) {
            Some(end) if is_outside => &after[end + 1..],
            None if is_outside => "",
            _ => after,
        };
    }
    parts.push(rest);
    parts
}

impl ErrorKind {
    /// All kinds, in the order of their declaration.
    pub(crate) const ALL: [Self; 12] = [
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

    /// Returns the word for the kind in logs and labels.
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

/// Describes a failure to read a file, with advice: `cannot be read: Permission denied (os error 13): ...`.
pub(crate) fn unread(error: &std::io::Error) -> String {
    let advice = match error.kind() {
        std::io::ErrorKind::PermissionDenied => ": let the user that cton runs as read it",
        std::io::ErrorKind::NotFound => ": write it, or correct its path",
        _ => "",
    };
    format!("cannot be read: {error}{advice}")
}

/// Describes a failure to start a thread, with advice.
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

/// Implements `From` for the errors that services propagate with `?`, each with its kind.
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

    #[test]
    fn no_message_is_as_long_as_a_body() {
        for body in ["x", "é"].map(|char| char.repeat(1 << 20)) {
            let error = Error::from(format!("not \"{body}\" at line 1 column 7"));
            let text = error.to_string();
            assert!(text.len() < 5000 && text.starts_with("not \"") && text.ends_with("line 1 column 7"));
        }
    }

    #[test]
    fn causes_are_compared_without_text_from_outside() {
        for (one, other) in [
            ("invalid type: string \"ab\", expected u64", "invalid type: string \"c\\\"d e\", expected u64"),
            ("unknown variant `open`, expected `a` or `b`", "unknown variant `shut`, expected `a` or `b`"),
            ("unknown field `x y`, expected `a`", "unknown field `z`, expected `a`"),
            (
                "GET https://h/jobs?cursor=abc&x=y: answered 500",
                "GET https://h/jobs?cursor=xyz&x=y: answered 500",
            ),
            (
                "no item 7f9c2ba4-e88f-4a1b-9c1e-aabbccddeeff here",
                "no item 00000000-ffff-4bbb-8ccc-0123456789ab here",
            ),
            ("at line 1 column 7: \"unfinished", "at line 22 column 33: \"other"),
        ] {
            assert!(Error::from(one).same_cause(&Error::from(other)), "{one}\n{other}");
        }
        for (one, other) in [
            ("the setting `team` is missing", "the setting `phase` is missing"),
            ("invalid type: string \"a\", expected u64", "invalid type: string \"a\", expected a string"),
            ("GET https://h/jobs?x=y: answered 500", "GET https://h/users?x=y: answered 500"),
        ] {
            assert!(!Error::from(one).same_cause(&Error::from(other)), "{one}\n{other}");
        }
    }

    #[test]
    fn a_quoted_body_is_shown_and_not_compared() {
        let quoting = |body: &str| {
            let error = Error::new(ErrorKind::Status, format!("no: the body begins: {body}"));
            error.with_cause("no").context("page 3").map_message(|text| text.replace("page", "Page"))
        };
        assert_eq!(quoting("x").to_string(), "Page 3: no: the body begins: x");
        assert!(quoting("one").same_cause(&quoting("two words")));
        assert!(!quoting("one").same_cause(&quoting("one").context("again")));
    }
}
