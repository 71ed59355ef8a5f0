//! The head of an HTTP/1.1 response (RFC 9112).

use std::io::Write;

use chrono::Utc;
use tiny_http::StatusCode;

use crate::exposition::scrape_response::ScrapeResponse;

/// Returns the status line and the headers, with the empty line that ends them.
///
/// Every response closes its connection: one that stays open for the next scrape occupies a slot of the limit.
/// The headers of the web config, `more`, replace those of the same name.
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
