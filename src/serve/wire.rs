//! An answer as HTTP/1.1 writes it (RFC 9112).
//!
//! tiny_http would do it too, but in copies of 8 kB, a write each: three times slower for a page of 10 MB.

use std::io::{self, Write};

use chrono::Utc;
use tiny_http::StatusCode;

use super::answer::Answer;

/// What becomes of the connection after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Connection {
    /// It stays open, as is usual.
    Open,
    /// It stays open, and the scraper has to be told as it speaks HTTP/1.0.
    KeptAlive,
    /// It is closed.
    Closed,
}

/// Writes an answer, to a HEAD request without the body.
pub(super) fn write(
    answer: &Answer,
    head_only: bool,
    connection: Connection,
    to: &mut impl Write,
) -> io::Result<()> {
    to.write_all(&head(answer, connection)?)?;
    if !head_only {
        answer.body.pieces().try_for_each(|piece| to.write_all(piece))?;
    }
    to.flush()
}

fn head(answer: &Answer, connection: Connection) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(512);
    let reason = StatusCode(answer.status).default_reason_phrase();
    write!(head, "HTTP/1.1 {} {reason}\r\n", answer.status)?;
    write!(head, "Date: {}\r\n", Utc::now().format("%a, %d %b %Y %H:%M:%S GMT"))?;
    for (name, value) in &answer.headers {
        write!(head, "{name}: {value}\r\n")?;
    }
    match connection {
        Connection::Open => {}
        Connection::KeptAlive => head.extend_from_slice(b"Connection: keep-alive\r\n"),
        Connection::Closed => head.extend_from_slice(b"Connection: close\r\n"),
    }
    write!(head, "Content-Length: {}\r\n\r\n", answer.body.len())?;
    Ok(head)
}
