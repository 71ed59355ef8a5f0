//! The state files: samples survive a restart, and nothing is counted twice.
//!
//! | file | content |
//! |---|---|
//! | `check` | what `--check` reports about a state directory |
//! | `disk` | atomic writes in a state directory |
//! | `format` | the format of a state file |
//! | `last_written` | the content of the file, as far as the next write depends on it |
//! | `lock` | one process per state file |
//! | `state_file` | the state file of a running service |
//! | `write` | one write: all I/O of a state file |
//!
//! One file for each service: a snapshot, and a journal of the changes since. A poll that changed something appends a record,
//! which is synced before the page shows it; a long journal is replaced by a new snapshot. IDs, sums and what the service keeps
//! are in the same record, so a state is always one that a poll left, also of a process that was killed.

pub(crate) mod check;
mod disk;
mod format;
mod last_written;
mod lock;
pub(crate) mod state_file;
pub(crate) mod write;

#[cfg(test)]
mod properties;
