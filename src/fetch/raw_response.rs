//! A response of an API as bytes.

use std::time::Duration;

use super::secrets::redactor::Redactor;
use crate::support::memory_limit::OVERHEAD;
use crate::support::printable::one_line;

/// The overhead of a response in bytes: its entries in the response cache and in the lists of the poll.
pub(crate) const RESPONSE: usize = 512;
/// The overhead of a header in bytes.
const HEADER: usize = size_of::<(String, String)>() + 2 * OVERHEAD;

/// A response of an API with any status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawResponse {
    /// The status code.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

impl RawResponse {
    /// Returns true if the status is 2xx.
    pub fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Returns true if the response is final: 2xx, except 202, which reports that the result is not ready (RFC 9110
    /// section 15.3.3).
    pub fn is_final(&self) -> bool {
        self.is_good() && self.status != 202
    }

    /// Returns the memory of the response in bytes: the body, the headers and the overhead.
    pub fn size(&self) -> u64 {
        let headers = self.headers.iter().map(|(name, value)| HEADER + name.len() + value.len());
        (RESPONSE + self.body.len() + headers.sum::<usize>()) as u64
    }

    /// Returns the value of the first header with this name, which must be in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the wait that `Retry-After` requests, or `None` without a valid one.
    ///
    /// The header holds seconds or one of three date formats (RFC 9110 sections 10.2.3 and 5.6.7). A date counts from the
    /// `Date` of the response, or from the clock of this host without one.
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.header("retry-after")?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let until = httpdate::parse_http_date(text).ok()?;
        let now = self.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
        Some(until.duration_since(now.unwrap_or_else(std::time::SystemTime::now)).unwrap_or_default())
    }

    /// Returns the beginning of the body for an error message: one line, redacted and without control characters.
    pub fn beginning(&self, redactor: &Redactor) -> String {
        // Redact more than is shown, so that no secret is cut in two before it is found.
        shown_part(&redactor.redact_excerpt(&self.body[..self.body.len().min(16 * 1024)]))
    }
}

/// Returns the beginning of a redacted part of a body on one line, without control characters.
pub(crate) fn shown_part(part: &[u8]) -> String {
    const LONGEST: usize = 100;
    let (part, rest) = part.split_at(part.len().min(4 * LONGEST));
    let text = one_line(&String::from_utf8_lossy(part));
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown: String = words.chars().take(LONGEST).collect();
    if shown.len() < words.len() || !rest.is_empty() { shown + "..." } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(headers: &[(&str, &str)], body: &str) -> RawResponse {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        RawResponse { status: 503, headers, body: body.into() }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:07 GMT");
        for (text, seconds) in [
            ("120", 120),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 30),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 30),
            ("Sun Nov  6 08:49:37 1994", 30),
            ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ] {
            let response = with(&[date, ("retry-after", text)], "");
            assert_eq!(response.retry_after(), Some(Duration::from_secs(seconds)), "{text}");
        }
        for absurd in ["soon", "-1", "1.5", ""] {
            assert_eq!(with(&[("retry-after", absurd)], "").retry_after(), None, "{absurd}");
        }
    }

    #[test]
    fn the_beginning_of_a_body_is_one_harmless_line() {
        let redactor = Redactor::default();
        redactor.remember("hush-hush");
        let beginning = |body: &str| with(&[], body).beginning(&redactor);
        assert_eq!(beginning("<html>\n  <b>\u{1b}[31mno</b>"), "<html> <b> [31mno</b>");
        assert_eq!(beginning(&"é".repeat(10_000)).chars().count(), 103);
        let exactly = "x".repeat(100);
        assert_eq!(beginning(&exactly), exactly);
        assert_eq!(beginning(&format!("{exactly}x")), format!("{exactly}..."));
        let blank_then_more = format!("no{}", " ".repeat(500));
        assert_eq!(beginning(&blank_then_more), "no...");
        assert_eq!(beginning(&format!("{}hush-hush", "x".repeat(95))), format!("{}***", "x".repeat(95)));
    }
}
