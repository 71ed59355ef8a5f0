//! An answer, as a service reads it.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::answer::Answer;
use super::redactor::Redactor;
use crate::error::{Error, ErrorKind, Result};

/// An answer of the API.
#[derive(Debug, Clone)]
pub struct Response {
    answer: Arc<Answer>,
    /// `GET https://...`, redacted.
    asked: String,
    redactor: Redactor,
}

impl Response {
    pub(crate) fn new(answer: Arc<Answer>, asked: String, redactor: Redactor) -> Self {
        Self { answer, asked, redactor }
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.answer.status
    }

    /// The first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.answer.header(&name.to_ascii_lowercase())
    }

    /// This response, if its status is 2xx.
    ///
    /// # Errors
    /// It is not: with the status, the beginning of the body, and the API's `Retry-After`.
    pub fn ok(self) -> Result<Self> {
        if self.answer.is_good() {
            return Ok(self);
        }
        let status = self.status();
        let error = self.error(ErrorKind::Status, &format!("{status}{}", advice(status)));
        Err(error.with_status(status).with_retry_after(self.answer.retry_after()))
    }

    /// The body as JSON; a byte-order mark in front of it is passed over (RFC 8259 section 8.1).
    ///
    /// # Errors
    /// The status is not 2xx, or the body is not the JSON that `T` wants.
    pub fn json<T: DeserializeOwned>(self) -> Result<T> {
        let response = self.ok()?;
        let body = response.answer.body.as_slice();
        let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
        serde_json::from_slice(body).map_err(|error| {
            let expected = if body.trim_ascii_start().starts_with(b"<") {
                "HTML where JSON is expected"
            } else {
                "not the JSON that is expected"
            };
            response.error(ErrorKind::Type, &format!("{expected} ({error})"))
        })
    }

    /// The body as text.
    ///
    /// # Errors
    /// The status is not 2xx, or the body is not UTF-8.
    pub fn text(self) -> Result<String> {
        let response = self.ok()?;
        let text = std::str::from_utf8(&response.answer.body);
        text.map(str::to_owned)
            .map_err(|error| response.error(ErrorKind::Body, &format!("not UTF-8 ({error})")))
    }

    /// The body as it came, decompressed.
    ///
    /// # Errors
    /// The status is not 2xx.
    pub fn bytes(self) -> Result<Vec<u8>> {
        let response = self.ok()?;
        Ok(Arc::try_unwrap(response.answer).map_or_else(|shared| shared.body.clone(), |answer| answer.body))
    }

    /// `GET https://...: the answer is WRONG; it begins: ...`
    fn error(&self, kind: ErrorKind, wrong: &str) -> Error {
        let media = self.header("content-type").map(|media| format!(" ({media})")).unwrap_or_default();
        let beginning = self.answer.beginning();
        let begins = if beginning.is_empty() {
            "its body is empty".to_owned()
        } else {
            format!("it begins: {beginning}")
        };
        let text = format!("{}: the answer is {wrong}{media}; {begins}", self.asked);
        Error::new(kind, self.redactor.redact(&text))
    }
}

/// What to do about a status, where that is plain.
fn advice(status: u16) -> &'static str {
    match status {
        401 => " Unauthorized: is the key right, and not expired?",
        403 => " Forbidden: may this key read that?",
        404 => " Not Found: is `api_url` right?",
        429 => " Too Many Requests: raise `api_call_intervals`",
        300..=399 => ", a redirect that was not followed: is `api_url` right?",
        500..=599 => ": the API has a problem of its own",
        _ => "",
    }
}
