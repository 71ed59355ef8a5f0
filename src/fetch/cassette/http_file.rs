//! One request and its response as text that a person can read and edit.
//!
//! ```text
//! GET /v2/incidents?limit=2 HTTP/1.1
//! accept: application/json
//!
//! HTTP/1.1 200 OK
//! content-type: application/json
//!
//! {"total": 2, "incidents": []}
//! ```
//!
//! A request body is between the request's headers and the status line, with a blank line on both sides. The response
//! body extends to the end of the file. Lines before the request that begin with `#` are comments.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::config::json_syntax::quoted;
use crate::fetch::http_token::is_http_token;
use crate::fetch::status_text::status_text;
use crate::fetch::url::split_target;
use crate::support::error::{Error, ErrorKind, Result};

/// The names and values of headers in their order. Parsed names are in lower case.
pub(crate) type Headers = Vec<(String, String)>;

/// Returns true if a recording contains the header of a name.
type HeaderFilter = fn(&str) -> bool;

/// The header line that marks a body in base64, because it is not text.
const ENCODED: (&str, &str) = ("x-recorded-body", "base64");
/// The headers that a recording omits. They describe the transfer of a body or the connection, or they are the cookies of a
/// request, which are as secret as passwords and not needed by a replay.
const LEFT_OUT: [&str; 7] = [
    "connection",
    "content-encoding",
    "content-length",
    "cookie",
    "keep-alive",
    "transfer-encoding",
    ENCODED.0,
];

/// A request and its response.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Exchange {
    /// The method, such as `GET`.
    pub method: String,
    /// The path and query, as in the request line.
    pub target: String,
    /// The headers of the request.
    pub request_headers: Headers,
    /// The body of the request, empty if there is none.
    pub request_body: Vec<u8>,
    /// The status of the response, from 100 to 599.
    pub status: u16,
    /// The headers of the response.
    pub headers: Headers,
    /// The body of the response, decoded.
    pub body: Vec<u8>,
}

impl Exchange {
    /// Parses the text that [`to_bytes`](Self::to_bytes) or a person wrote. Lines may end in LF or CRLF.
    ///
    /// # Errors
    /// Returns an error if the text is not an exchange. The message has `name`, the line, the invalid text and the
    /// expected text.
    pub(crate) fn parse(name: &str, bytes: &[u8]) -> Result<Self> {
        let rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = HttpFileReader { name, rest, line: 0 };
        let (method, target) = reader.request_line()?;
        let (request_headers, encoded) = reader.headers(is_kept)?;
        let request_body = reader.request_body();
        let request_body = reader.decoded(request_body, encoded)?;
        let status = reader.status_line()?;
        let (headers, encoded) = reader.headers(kept_in_response(&method))?;
        let body = reader.decoded(reader.rest, encoded)?;
        Ok(Self { method, target, request_headers, request_body, status, headers, body })
    }

    /// Returns the exchange as text, in which a body that is not text is in base64.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\n", self.method, self.target).into_bytes();
        let plain = is_plain_request(&self.request_body);
        push_headers(&mut bytes, &self.request_headers, plain, is_kept);
        if !self.request_body.is_empty() {
            push_body(&mut bytes, &self.request_body, plain);
            bytes.extend(b"\n\n");
        }
        bytes.extend(format!("HTTP/1.1 {}\n", status_text(self.status)).bytes());
        let plain = std::str::from_utf8(&self.body).is_ok();
        push_headers(&mut bytes, &self.headers, plain, kept_in_response(&self.method));
        push_body(&mut bytes, &self.body, plain);
        bytes
    }

    /// Returns the value of the first response header with this name, in upper or lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }

    /// Returns the value of the first request header with this name, in upper or lower case.
    pub(crate) fn request_header(&self, name: &str) -> Option<&str> {
        first(&self.request_headers, name)
    }

    /// Returns the path and query of the target. The query is empty if there is none.
    pub(crate) fn path_and_query(&self) -> (&str, &str) {
        split_target(&self.target)
    }
}

fn first<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Returns true if a request body can be written as text: a reader cannot confuse it with the status line after it.
fn is_plain_request(body: &[u8]) -> bool {
    let blank = |text: &str| !text.is_empty() && text.trim_matches(['\r', '\n']).is_empty();
    let confusing = |text: &str| text.ends_with('\r') || text.lines().any(|line| line.starts_with("HTTP/"));
    std::str::from_utf8(body).is_ok_and(|text| !blank(text) && !confusing(text))
}

fn push_headers(bytes: &mut Vec<u8>, headers: &Headers, plain: bool, is_kept: HeaderFilter) {
    for (name, value) in headers.iter().filter(|(name, _)| is_kept(name)) {
        bytes.extend(format!("{name}: {}", plain_value(value)).trim_end().bytes().chain(*b"\n"));
    }
    if !plain {
        bytes.extend(format!("{}: {}\n", ENCODED.0, ENCODED.1).bytes());
    }
    bytes.push(b'\n');
}

/// Returns a header value with a space for each control character, which no value can have (RFC 9110 section 5.5).
fn plain_value(value: &str) -> String {
    value.replace(char::is_control, " ").trim().to_owned()
}

fn push_body(bytes: &mut Vec<u8>, body: &[u8], plain: bool) {
    if plain {
        bytes.extend(body);
    } else {
        bytes.extend(STANDARD.encode(body).bytes());
    }
}

fn is_kept(name: &str) -> bool {
    !LEFT_OUT.iter().any(|left_out| left_out.eq_ignore_ascii_case(name))
}

/// Returns the filter for the response headers of a method.
///
/// The length in a response to a HEAD describes the body of a GET (RFC 9110 section 9.3.2), so it is data.
fn kept_in_response(method: &str) -> HeaderFilter {
    if method == "HEAD" {
        |name| name.eq_ignore_ascii_case("content-length") || is_kept(name)
    } else {
        is_kept
    }
}

/// A reader of the rest of a file.
struct HttpFileReader<'a> {
    name: &'a str,
    rest: &'a [u8],
    /// The number of the line that was read last, from 1.
    line: usize,
}

impl<'a> HttpFileReader<'a> {
    fn request_line(&mut self) -> Result<(String, String)> {
        let expected = "a request line like `GET /path?query HTTP/1.1` is expected";
        let line = loop {
            let line = self.text()?.ok_or_else(|| self.wrong(&format!("the file ends here; {expected}")))?;
            if !line.trim().is_empty() && !line.starts_with('#') {
                break line;
            }
        };
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            [method, target] if is_request(method, target) => Ok((method.into(), target.into())),
            [method, target, version] if is_request(method, target) && version.starts_with("HTTP/") => {
                Ok((method.into(), target.into()))
            }
            _ => Err(self.wrong(&format!("found {}; {expected}", quoted(line)))),
        }
    }

    /// Reads the headers up to the blank line, with true if the body after them is in base64.
    fn headers(&mut self, is_kept: HeaderFilter) -> Result<(Headers, bool)> {
        let (mut headers, mut encoded) = (Headers::new(), false);
        while let Some(line) = self.text()?.filter(|line| !line.is_empty()) {
            let (name, value) =
                line.split_once(':').filter(|(name, _)| is_http_token(name)).ok_or_else(|| {
                    self.wrong(&format!("found {}; `name: value` or a blank line is expected", quoted(line)))
                })?;
            let value = plain_value(value);
            let name = name.to_ascii_lowercase();
            if is_kept(&name) {
                headers.push((name, value));
            } else if name == ENCODED.0 {
                let expected =
                    || self.wrong(&format!("found {}; `{}` is expected", quoted(&value), ENCODED.1));
                encoded = value.eq_ignore_ascii_case(ENCODED.1).then_some(true).ok_or_else(expected)?;
            }
        }
        Ok((headers, encoded))
    }

    /// Reads the request body before the status line, without the blank line between them.
    fn request_body(&mut self) -> &'a [u8] {
        let start = self.rest;
        while !self.rest.is_empty() && !self.rest.starts_with(b"HTTP/") {
            self.next();
        }
        let body = &start[..start.len() - self.rest.len()];
        if body.iter().all(|byte| b"\r\n".contains(byte)) {
            return &[];
        }
        without_line_end(without_line_end(body))
    }

    fn status_line(&mut self) -> Result<u16> {
        let expected = "a status line like `HTTP/1.1 200 OK` is expected after the request and a blank line";
        let line = self.text()?.ok_or_else(|| self.wrong(&format!("the file ends here; {expected}")))?;
        let status = line.split_whitespace().nth(1).and_then(|word| word.parse().ok());
        status
            .filter(|status| line.starts_with("HTTP/") && (100..600).contains(status))
            .ok_or_else(|| self.wrong(&format!("found {}; {expected}", quoted(line))))
    }

    fn decoded(&self, body: &[u8], encoded: bool) -> Result<Vec<u8>> {
        if !encoded {
            return Ok(body.to_owned());
        }
        let packed: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        STANDARD.decode(packed).map_err(|error| {
            let fix = format!("omit `{}: {}` if it is text", ENCODED.0, ENCODED.1);
            self.wrong(&format!("the body that begins below is not base64 ({error}); {fix}"))
        })
    }

    /// Reads the next line as text.
    fn text(&mut self) -> Result<Option<&'a str>> {
        let Some(line) = self.next() else { return Ok(None) };
        std::str::from_utf8(line).map(Some).map_err(|_| self.wrong("found bytes that are not UTF-8 text"))
    }

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.iter().position(|byte| *byte == b'\n').map_or(self.rest.len(), |at| at + 1);
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.line += 1;
        Some(without_line_end(line))
    }

    fn wrong(&self, what: &str) -> Error {
        Error::new(ErrorKind::Recording, format!("{}:{}: {what}", self.name, self.line.max(1)))
    }
}

fn without_line_end(bytes: &[u8]) -> &[u8] {
    let Some(line) = bytes.strip_suffix(b"\n") else { return bytes };
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn is_request(method: &str, target: &str) -> bool {
    is_http_token(method) && !method.starts_with("HTTP/") && target.starts_with('/')
}

#[cfg(test)]
mod tests;
