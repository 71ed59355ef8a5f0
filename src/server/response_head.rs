//! The head of an answer, as HTTP/1.1 writes it (RFC 9112).

use std::io::Write;

use chrono::Utc;
use tiny_http::StatusCode;

use crate::exposition::scrape_response::ScrapeResponse;

/// The status line and the headers, with the empty line that ends them. Every answer ends its connection: one
/// that is kept open for a next scrape is one that somebody else cannot have.
///
/// `more` are headers of the web config, which stand in place of those of the same name.
pub(super) fn head(response: &ScrapeResponse, more: &[(&str, String)]) -> Vec<u8> {
    let mut head = Vec::with_capacity(512);
    let reason = StatusCode(response.status).default_reason_phrase();
    // Writing to a vector cannot fail.
    let _ = write!(head, "HTTP/1.1 {} {reason}\r\n", response.status);
    let _ = write!(head, "Date: {}\r\n", Utc::now().format("%a, %d %b %Y %H:%M:%S GMT"));
    let own = response.headers.iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
    for (name, value) in own.copied().chain(more.iter().map(|(name, value)| (*name, &**value))) {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let _ = write!(head, "Connection: close\r\nContent-Length: {}\r\n\r\n", response.body.len());
    head
}
