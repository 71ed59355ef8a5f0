//! The items of one series, as a metric method returns them.

use std::fmt::{self, Write as _};

use super::{Faults, ReadItem, ReadResult};
use crate::support::error::{Error, ErrorKind};
use crate::support::memory_limit::here::{take_here, take_id_here};
use crate::support::memory_limit::of_text;

/// The longest ID of [`Once`] in bytes; IDs are kept in memory.
pub(super) const MAX_ID_BYTES: usize = 256;

/// The size of an ID's place in the table of the reading's IDs in bytes, while the table grows.
const ID_BYTES: usize = 48;

/// The items of one series, while the return value of a method is converted.
#[derive(Debug, Default)]
pub struct ReadItems {
    pub(super) report: ReadResult<Vec<ReadItem>>,
    rejected: Faults,
}

impl ReadItems {
    /// Returns the valid and the invalid items. A series with only invalid items is absent, not empty.
    pub(super) fn into_parts(self) -> (ReadResult<Vec<ReadItem>>, Faults) {
        let Self { report, rejected } = self;
        match report {
            ReadResult::Value(points) if points.is_empty() && rejected.count > 0 => {
                (ReadResult::Absent, rejected)
            }
            report => (report, rejected),
        }
    }

    pub(super) fn push(&mut self, point: ReadItem) {
        // The first allocation of a `Vec` has four places.
        let places =
            if matches!(&self.report, ReadResult::Value(points) if points.is_empty()) { 4 } else { 1 };
        let bytes = size_of::<ReadItem>() * places + point.bytes();
        let taken = match point.id() {
            Some(id) => take_id_here(bytes + ID_BYTES + of_text(id.len())),
            None => take_here(bytes),
        };
        let ReadResult::Value(points) = &mut self.report else { return };
        match taken {
            Ok(()) => points.push(point),
            Err(error) => self.report = ReadResult::Failed(error),
        }
    }

    pub(super) fn once(&mut self, id: impl fmt::Display, point: impl FnOnce(Box<str>) -> ReadItem) {
        let Id { text: id, len } = Id::of(id);
        if len == 0 || len > MAX_ID_BYTES {
            let found = if len == 0 { "an empty ID".to_owned() } else { format!("an ID of {len} bytes") };
            let error = Error::new(ErrorKind::Service, format!("`Once` has {found}"));
            let help = format!("use a unique ID of 1 to {MAX_ID_BYTES} bytes");
            return self.rejected.add(1, error.with_help(help));
        }
        self.push(point(id.into()));
    }
}

/// The text of an ID, which is truncated if the ID is too long.
#[derive(Default)]
struct Id {
    text: String,
    /// The length of the whole ID in bytes.
    len: usize,
}

impl Id {
    fn of(id: impl fmt::Display) -> Self {
        let mut written = Self::default();
        // An ID whose `Display` returns an error has the text that was written before.
        let _ = write!(written, "{id}");
        written
    }
}

impl fmt::Write for Id {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.len = self.len.saturating_add(part.len());
        if self.len <= MAX_ID_BYTES {
            self.text.push_str(part);
        }
        Ok(())
    }
}
