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
    /// The message without the parts that come from outside, if it has such parts.
    cause: Option<String>,
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
        let message = shortened(message.into());
        Self { kind, message, cause: None, status: None, retry_after: None }
    }

    /// The cause, for decisions and labels.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The status of the answer, where that is what is wrong.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Reports if the other error has the same cause, so that logging it would add nothing.
    ///
    /// The parts that come from outside are ignored: the quoted body, strings in double quotes, the query of a URL, and
    /// every word with a digit (sizes, times, IDs). The kind and the status are compared.
    pub fn same_cause(&self, other: &Self) -> bool {
        self.same_sort(other) && words(self.cause()) == words(other.cause())
    }

    /// Reports if the other error has the same kind and status.
    pub(crate) fn same_sort(&self, other: &Self) -> bool {
        (self.kind, self.status) == (other.kind, other.status)
    }

    fn cause(&self) -> &str {
        self.cause.as_deref().unwrap_or(&self.message)
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

    /// The same error, whose message quotes text from outside; `cause` is the message without that text.
    #[cfg(feature = "run")]
    pub(crate) fn with_cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(shortened(cause.into()));
        self
    }

    /// The same error in other words.
    pub fn map_message(mut self, mut reword: impl FnMut(String) -> String) -> Self {
        self.message = reword(self.message);
        self.cause = self.cause.map(reword);
        self
    }

    /// The same error, with what was being done in front: `page 3: ...`.
    pub fn context(mut self, doing: impl fmt::Display) -> Self {
        self.message = format!("{doing}: {}", self.message);
        self.cause = self.cause.map(|cause| format!("{doing}: {cause}"));
        self
    }
}

/// The text without its middle if it is too long: it may quote a whole body, and the end has the place in it.
pub(crate) fn shortened(text: String) -> String {
    const START: usize = 3072;
    const END: usize = 1024;
    if text.len() <= START + END {
        return text;
    }
    let is_cut = |at: &usize| text.is_char_boundary(*at);
    let start = (0..=START).rev().find(is_cut).unwrap_or_default();
    let end = (text.len() - END..text.len()).find(is_cut).unwrap_or(text.len());
    // The rest of a word may be that of a credential, whose name is not there any more.
    let is_end = |c: char| c == '"' || c.is_whitespace();
    let end = text[end..].find(is_end).map_or(text.len(), |length| end + length);
    format!("{}...{}", &text[..start], &text[end..])
}

/// The words of a cause that are the same at its next occurrence.
fn words(text: &str) -> Vec<&str> {
    let plain = unquoted(text).into_iter().flat_map(str::split_whitespace);
    let plain = plain.map(|word| word.split_once('?').map_or(word, |(path, _)| path));
    plain.filter(|word| !word.contains(|c: char| c.is_ascii_digit())).collect()
}

/// The parts of a text that are not in double quotes, and not a name that serde does not know.
fn unquoted(text: &str) -> Vec<&str> {
    const UNKNOWN: [&str; 2] = ["unknown variant `", "unknown field `"];
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(start) = rest.find(['"', '`']) {
        let (before, after) = rest.split_at(start + 1);
        let is_outside = before.ends_with('"') || UNKNOWN.iter().any(|unknown| before.ends_with(unknown));
        let mark = before.chars().next_back().unwrap_or('"');
        parts.push(before);
        rest = if is_outside { after_quote(after, mark) } else { after };
    }
    parts.push(rest);
    parts
}

/// The rest of a text after the end of a quotation, in which a backslash escapes the next character.
fn after_quote(text: &str, mark: char) -> &str {
    let mut escaped = false;
    let is_end = |c: char| {
        let ends = c == mark && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    };
    let end = text.find(is_end);
    end.map_or("", |end| &text[end + 1..])
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

    #[test]
    fn no_message_is_as_long_as_a_body() {
        for body in ["x", "é"].map(|char| char.repeat(1 << 20)) {
            let error = Error::from(format!("not \"{body}\" at line 1 column 7"));
            let text = error.to_string();
            assert!(text.len() < 5000 && text.starts_with("not \"") && text.ends_with("line 1 column 7"));
        }
        assert_eq!(shortened("x".repeat(4096)), "x".repeat(4096));
        let cut = shortened(format!("{{\"token\": \"{}\", \"n\": 1}}", "x9".repeat(4000)));
        assert!(cut.ends_with("...\", \"n\": 1}"), "no rest of a value without its name: {cut}");
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
