//! A head that arrives in parts, each byte of which is validated once.

use super::{LONGEST, Refusal, RequestHead, parse, refuse};

/// A head of which a part has been received.
#[derive(Debug, Default)]
pub(crate) struct PartialHead {
    pub(super) bytes: Vec<u8>,
    /// The number of bytes that are validated.
    seen: usize,
    /// The part of the head that the next byte belongs to.
    part: HeadPart,
}

/// A part of the head.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum HeadPart {
    #[default]
    RequestLine,
    Name,
    Value,
}

impl PartialHead {
    /// Returns true if no byte has been received.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Adds received bytes, and returns the head once it is complete. Bytes after the head are ignored.
    ///
    /// # Errors
    /// The request is invalid, too long or not supported.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<Option<RequestHead>, Refusal> {
        let room = LONGEST - self.bytes.len();
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        while let Some(&byte) = self.bytes.get(self.seen) {
            plain(self.seen.checked_sub(1).and_then(|last| self.bytes.get(last)).copied(), byte, self.part)?;
            self.seen += 1;
            self.part = self.part.after(byte);
            if self.bytes[..self.seen].ends_with(b"\r\n\r\n") {
                return parse(&self.bytes[..self.seen]).map(Some);
            }
        }
        if self.bytes.len() < LONGEST {
            Ok(None)
        } else if self.bytes.contains(&b'\n') {
            refuse(431, "The headers are longer than 8 KiB.")
        } else {
            refuse(414, "The request line is longer than 8 KiB.")
        }
    }
}

impl HeadPart {
    /// Returns the part that follows a byte of this one.
    fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (_, b'\n') => Self::Name,
            (Self::Name, b':') => Self::Value,
            (part, _) => part,
        }
    }
}

/// Validates a byte by the byte before it and its part of the head (RFC 9112, section 2.2).
fn plain(before: Option<u8>, byte: u8, part: HeadPart) -> Result<(), Refusal> {
    match (before, byte) {
        (None, b'A'..=b'Z' | b'a'..=b'z') | (Some(b'\r'), b'\n') => Ok(()),
        (None, 0x16) => refuse(400, "This port does not use TLS: use http://."),
        (None, _) => refuse(400, "Not HTTP: a method is expected first."),
        (_, b'\n') => refuse(400, "A line must end in CR LF."),
        (Some(b'\r'), _) => refuse(400, "CR is allowed only before LF."),
        (_, b'\r' | b'\t' | b' '..=b'~') => Ok(()),
        (_, 0x80..) if part == HeadPart::Value => Ok(()),
        (_, 0x80..) => refuse(400, "The request line and header names must be ASCII."),
        _ => refuse(400, "The head must not contain control characters."),
    }
}
