//! JSON of a limited size.

use std::io::{self, Write};

use serde::Serialize;

/// The reason for which a value was not written.
#[derive(Debug)]
pub(super) enum NotWritten {
    /// The JSON is longer than the limit.
    TooLong,
    /// JSON cannot represent the value.
    Refused(serde_json::Error),
}

/// Returns a value as JSON of at most `limit` bytes.
///
/// # Errors
/// The JSON is longer, or JSON cannot represent the value.
pub(super) fn bounded_json(
    value: &(impl Serialize + ?Sized),
    limit: u64,
) -> std::result::Result<Vec<u8>, NotWritten> {
    let mut bounded = BoundedJson { bytes: Vec::new(), limit, is_exceeded: false };
    match serde_json::to_writer(&mut bounded, value) {
        _ if bounded.is_exceeded => Err(NotWritten::TooLong),
        Ok(()) => Ok(bounded.bytes),
        Err(error) => Err(NotWritten::Refused(error)),
    }
}

/// A writer that accepts at most `limit` bytes.
struct BoundedJson {
    bytes: Vec<u8>,
    limit: u64,
    is_exceeded: bool,
}

impl Write for BoundedJson {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        if (self.bytes.len() + part.len()) as u64 > self.limit {
            self.is_exceeded = true;
            return Err(io::Error::other("too long"));
        }
        self.bytes.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
