//! The errors about a body that is not the JSON, or not the text, that the service expects.

use super::Response;
use crate::author::altered_response::without_mark;
use crate::author::json_place::JsonPlace;
use crate::fetch::raw_response::shown_part;
use crate::fetch::secrets::redactor::Redactor;
use crate::support::error::{Error, ErrorKind};
use crate::support::excerpt::without_middle;

/// The help for a body of another type.
const TYPE_HELP: &str = "save the response with `cton once -s NAME -c FILE --record DIR`, and compare it with the types of the service";
/// The help for a recorded body of another type.
const REPLAY_HELP: &str = "compare the recording with the types of the service";

/// The error of a body that is not JSON of the expected type.
pub(super) struct UnexpectedJson {
    pub(super) error: serde_json::Error,
    /// The position of each element or entry around the error, outermost first.
    pub(super) path: Vec<usize>,
}

impl UnexpectedJson {
    /// Returns the path to the value and the excerpt from there on, both redacted.
    fn place(&self, json: &[u8], redactor: &Redactor) -> (String, String) {
        let place = JsonPlace::find(json, &self.path);
        let path = place.path(redactor);
        let place = if self.error.is_data() { place } else { place.before(json, self.position(json)) };
        let excerpt = place.excerpt(json, redactor);
        let lead = if excerpt.is_beginning { "" } else { "..." };
        (path, lead.to_owned() + &shown_part(&excerpt.text))
    }

    /// Returns the position of the error in the text.
    fn position(&self, json: &[u8]) -> usize {
        let mut ends = json.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        let line = self.error.line().checked_sub(2).map_or(0, |line| ends.nth(line).unwrap_or_default());
        line + self.error.column()
    }
}

impl Response {
    /// Returns the error for a body that is not JSON of the expected type.
    pub(super) fn not_as_expected(&self, unexpected: &UnexpectedJson) -> Error {
        let error = &unexpected.error;
        let body = self.raw.body.trim_ascii_start();
        if body.starts_with(b"<") || body.starts_with("\u{feff}<".as_bytes()) {
            let text = format!("web page instead of JSON at line {} column {}", error.line(), error.column());
            return self
                .error(ErrorKind::Type, &text)
                .with_help("check `api_url`, and that the API accepts the key");
        }
        if let Some(encoding) = self.undecoded() {
            let text = format!("the body has the encoding `{encoding}`, expected gzip or none");
            return self.error(ErrorKind::Type, &text);
        }
        if is_utf16(&self.raw.body) {
            let error = self.error(ErrorKind::Type, "the body is JSON in UTF-16, expected UTF-8 (RFC 8259)");
            return error
                .with_help("request UTF-8 if the API allows it; otherwise contact the provider of the API");
        }
        let text = format!("unexpected JSON: {}", without_middle(error.to_string()));
        let (path, excerpt) = unexpected.place(without_mark(&self.raw.body), &self.redactor);
        let error = self.problem(ErrorKind::Type, &text);
        let error = if path.is_empty() { error } else { error.with_detail("path", path) };
        self.located_at(error, &excerpt).with_help(if self.is_replay { REPLAY_HELP } else { TYPE_HELP })
    }

    /// Returns the encoding of the body if it is not supported.
    fn undecoded(&self) -> Option<&str> {
        self.header("content-encoding").filter(|encoding| !matches!(*encoding, "gzip" | "identity" | ""))
    }

    /// Returns an error about the body. The problem may quote it.
    pub(super) fn error(&self, kind: ErrorKind, problem: &str) -> Error {
        self.located(self.problem(kind, problem))
    }

    fn problem(&self, kind: ErrorKind, problem: &str) -> Error {
        let problem = self.without_credentials(problem);
        Error::new(kind, self.redactor.redact_message(&problem))
    }

    /// Returns the error with the request and the beginning of the body.
    pub(super) fn located(&self, error: Error) -> Error {
        let beginning = self.raw.beginning(&self.redactor);
        self.located_at(error, &beginning)
    }

    fn located_at(&self, error: Error, excerpt: &str) -> Error {
        let asked = self.redactor.redact_message(&self.asked);
        let excerpt = if self.may_be_session() { OMITTED } else { excerpt };
        error.with_request(&asked).with_response(&self.redactor.redact_message(excerpt))
    }

    /// Returns true for the response to a successful login, in which any value may be a credential.
    fn may_be_session(&self) -> bool {
        self.is_of_login && self.raw.is_good()
    }

    /// Redacts the message of a parser, which may quote a value of the body without the name of its field.
    pub(super) fn without_credentials(&self, words: &str) -> String {
        if self.may_be_session() || self.raw.body.len() > SEARCHED {
            return without_quoted(words);
        }
        let named = Redactor::default();
        named.remember_named_in(&self.raw.body);
        named.redact(words).into_owned()
    }
}

/// Returns true for a text in UTF-16: it has a byte order mark, or its first character is of two bytes.
fn is_utf16(body: &[u8]) -> bool {
    match body {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [0, other, ..] | [other, 0, ..] => other.is_ascii_graphic(),
        _ => false,
    }
}

/// The excerpt of a response that may be a session.
const OMITTED: &str = "(omitted, because the response of a login may contain a credential)";

/// The longest body in bytes that is searched for credentials. The search takes many times the memory of the body.
const SEARCHED: usize = 256 * 1024;

/// Returns the message of a parser without the values that it quotes.
///
/// A quoted value may contain quotation marks without an escape, so it ends at the last mark.
pub(super) fn without_quoted(words: &str) -> String {
    let ends = words.find('"').zip(words.rfind('"')).filter(|(first, last)| first < last);
    let shown = match ends {
        Some((first, last)) => format!("{}***{}", &words[..=first], &words[last..]),
        None => words.to_owned(),
    };
    let variant = shown.split_once("unknown variant `").and_then(|(before, rest)| {
        let (_, after) = rest.split_once('`')?;
        Some(format!("{before}unknown variant `***`{after}"))
    });
    variant.unwrap_or(shown)
}
