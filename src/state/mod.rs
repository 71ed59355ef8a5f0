//! The state files, which let samples survive a restart without counting anything twice.
//!
//! | file | content |
//! |---|---|
//! | `check` | what `--check` reports about a state directory |
//! | `disk` | atomic writes in a state directory |
//! | `format` | the format of a state file |
//! | `last_written` | the content of the file, as far as the next write depends on it |
//! | `state_file` | the state file of a running service |
//! | `write` | one write: all I/O of a state file |
//!
//! Each service has one file: a snapshot, and a journal of the changes since. A poll that changed something appends a record,
//! which is synced before the exposition shows the change. A new snapshot replaces a long journal. IDs, sums and the kept value
//! are in the same record, so even a killed process leaves the state of a complete poll.

pub(crate) mod check;
mod disk;
mod format;
mod last_written;
pub(crate) mod state_file;
pub(crate) mod write;

#[cfg(test)]
mod properties;
