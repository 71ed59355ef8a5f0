//! The value of `Api::keep` as JSON of a limited size.

use std::io::{self, Write};

use serde::Serialize;

use crate::support::error::{Error, ErrorKind, Result};
use crate::support::memory_limit::PollMemory;

/// Returns the value as JSON, which counts towards the memory of the poll.
///
/// # Errors
/// JSON cannot represent the value, or it is too large.
pub(super) fn as_json(value: &impl Serialize, memory: &PollMemory) -> Result<String> {
    let mut bounded = BoundedJson { bytes: Vec::new(), limit: memory.kept(), is_exceeded: false };
    let written = serde_json::to_writer(&mut bounded, value);
    let BoundedJson { bytes, limit, is_exceeded } = bounded;
    if is_exceeded {
        let text = format!("the value of `keep` takes more than {limit} bytes as JSON");
        let help = "keep less, or raise `memory_limit_bytes`, an eighth of which it may take";
        return Err(Error::new(ErrorKind::Body, text).with_help(help));
    }
    written.map_err(|error| refused(&error))?;
    memory.take(bytes.len())?;
    String::from_utf8(bytes).map_err(|error| refused(&error))
}

fn refused(error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Service, format!("the value of `keep` cannot be written as JSON: {error}"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_takes_more_than_an_eighth_of_the_memory_is_refused_before_it_is_built() {
        let memory = PollMemory::new(8000, 0);
        assert_eq!(as_json(&"x".repeat(998), &memory).unwrap().len(), 1000);
        let error = as_json(&"x".repeat(999), &memory).unwrap_err();
        assert!(
            error.kind() == ErrorKind::Body && error.to_string().contains("`memory_limit_bytes`"),
            "{error}"
        );
        // In JSON each of these characters takes six bytes.
        assert!(as_json(&"\u{1}".repeat(200), &memory).is_err());
        assert_eq!(memory.taken(), 1000);
    }
}
