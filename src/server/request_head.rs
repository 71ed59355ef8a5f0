//! The head of a request, parsed more strictly than HTTP requires (RFC 9112).
//!
//! A head that two parsers can read differently allows request smuggling, so every ambiguity is rejected. Examples
//! are lines that do not end in CRLF, folded lines, control characters, two hosts and two lengths. A connection
//! carries one request, without a body. Header values may contain obs-text (RFC 9110, section 5.5), which proxies and
//! browsers send and all parsers read alike.

mod header_fields;
mod partial_head;

use std::borrow::Cow;

use httparse::{EMPTY_HEADER, Error, Request, Status};

use header_fields::HeaderFields;
pub(crate) use partial_head::PartialHead;

/// Maximum size of the request line and all headers together, in bytes.
pub(super) const LONGEST: usize = 8 * 1024;
/// Maximum number of header lines of a request.
const MOST_HEADERS: usize = 64;
/// Headers that can change the response; no others are passed on.
const HANDED_ON: [&str; 2] = ["Accept", "Accept-Encoding"];

/// The head of a valid request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestHead {
    /// The method, as it was received.
    pub method: String,
    /// The request target, in visible ASCII.
    pub target: String,
    /// The value of `Host`: letters, digits and `-._~:[]%`.
    pub host: Option<String>,
    /// The headers that can change the response.
    pub headers: Vec<(&'static str, String)>,
    /// The value of `Authorization`.
    pub authorization: Option<String>,
    /// True if a browser sends the request for a page of another site.
    pub is_cross_site: bool,
}

/// The status and the reason of a rejected request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The status code.
    pub status: u16,
    /// The reason for the client, on one line.
    pub reason: &'static str,
}

fn parse(bytes: &[u8]) -> Result<RequestHead, Refusal> {
    let mut headers = [EMPTY_HEADER; MOST_HEADERS];
    let mut request = Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(Status::Complete(_)) => {}
        Ok(Status::Partial) => return refuse(400, "The head is incomplete."),
        Err(Error::TooManyHeaders) => return refuse(431, "The request has more than 64 headers."),
        Err(Error::Version) if names_http(bytes) => {
            return refuse(505, "Only HTTP/1.1 and HTTP/1.0 are supported.");
        }
        Err(Error::HeaderName) => return refuse(400, "A header has an invalid name."),
        Err(_) => return refuse(400, "The request line or a header is invalid."),
    }
    let (Some(method), Some(target), Some(version)) = (request.method, request.path, request.version) else {
        return refuse(400, "The request line is incomplete.");
    };
    let fields = HeaderFields(request.headers);
    fields.host(version)?;
    fields.body()?;
    if fields.all("Expect").next().is_some() {
        return refuse(417, "`Expect` is not supported: omit it.");
    }
    Ok(RequestHead {
        method: method.to_owned(),
        target: target.to_owned(),
        host: fields.one("Host")?.map(Cow::into_owned),
        headers: HANDED_ON
            .iter()
            .flat_map(|name| fields.all(name).map(|value| (*name, value.into_owned())))
            .collect(),
        authorization: fields.one("Authorization")?.map(Cow::into_owned),
        is_cross_site: fields.is_cross_site(),
    })
}

/// Returns true if the third word of the request line is a version of HTTP.
fn names_http(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b' ').nth(2).is_some_and(|word| word.starts_with(b"HTTP/"))
}

fn refuse<T>(status: u16, reason: &'static str) -> Result<T, Refusal> {
    Err(Refusal { status, reason })
}

#[cfg(test)]
mod tests;
