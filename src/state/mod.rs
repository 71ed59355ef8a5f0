//! What a service knows, on disk: a restart loses nothing and counts nothing twice.
//!
//! One file for each service: a snapshot, and a journal of the changes since. A poll that changed something appends a record,
//! which is synced before the page shows it; a long journal is replaced by a new snapshot. IDs, sums and what the service keeps
//! are in the same record, so a state is always one that a poll left, also of a process that was killed.

mod check;
mod disk;
mod file;
mod format;
mod known;
mod lock;
mod write;

pub use check::look;
pub use file::StateFile;
pub use write::{Write, Written};

#[cfg(test)]
mod laws;
