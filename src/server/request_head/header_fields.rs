//! The header fields of a request, and the rules for those that decide its length and its host.

use std::borrow::Cow;

use httparse::Header;

use super::{Refusal, refuse};

/// The headers of a request.
pub(super) struct HeaderFields<'h>(pub(super) &'h [Header<'h>]);

impl<'h> HeaderFields<'h> {
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = Cow<'h, str>> {
        let named = self.0.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| opaque(header.value))
    }

    pub(super) fn one(&self, name: &str) -> Result<Option<Cow<'h, str>>, Refusal> {
        let mut all = self.all(name);
        let first = all.next();
        if all.next().is_some() {
            refuse(400, "A header that must be unique is repeated.")
        } else {
            Ok(first)
        }
    }

    /// Validates `Host`, which HTTP/1.1 requires exactly once (RFC 9112, section 3.2).
    pub(super) fn host(&self, version: u8) -> Result<(), Refusal> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:[]%".contains(c);
        match self.one("Host")? {
            None if version > 0 => refuse(400, "`Host` is missing."),
            Some(host) if !host.chars().all(allowed) => refuse(400, "`Host` is not a host name."),
            _ => Ok(()),
        }
    }

    /// Returns true if a browser sends the request for a page of another site, by the headers of Fetch (`Sec-Fetch-Site`,
    /// `Origin`). Other clients send neither.
    pub(super) fn is_cross_site(&self) -> bool {
        let sites = self.all("Sec-Fetch-Site").any(|site| !matches!(&*site, "same-origin" | "none"));
        let host = self.all("Host").next().unwrap_or_default();
        let is_own = |origin: &str| {
            ["http://", "https://"].iter().any(|scheme| origin.strip_prefix(scheme) == Some(&*host))
        };
        sites || self.all("Origin").any(|origin| !is_own(&origin))
    }

    /// Rejects a body, whose ambiguous length would allow request smuggling (RFC 9112, section 6.3).
    pub(super) fn body(&self) -> Result<(), Refusal> {
        let length = self.one("Content-Length")?;
        if self.all("Transfer-Encoding").next().is_some() {
            return match length {
                Some(_) => refuse(400, "`Content-Length` and `Transfer-Encoding` exclude each other."),
                None => refuse(501, "Requests with a body are not supported."),
            };
        }
        match length {
            Some(length) if length.is_empty() || !length.bytes().all(|c| c.is_ascii_digit()) => {
                refuse(400, "`Content-Length` is not a number.")
            }
            Some(length) if length.bytes().any(|c| c != b'0') => {
                refuse(413, "Requests with a body are not supported.")
            }
            _ => Ok(()),
        }
    }
}

/// Returns a header value with `?` instead of each byte of obs-text, which has no meaning to this server.
fn opaque(value: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(value) {
        Ok(text) if text.is_ascii() => Cow::Borrowed(text),
        _ => value.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect(),
    }
}
