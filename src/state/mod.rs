//! What a service knows, on disk: a restart loses nothing and counts nothing twice.
//!
//! One file a service, written whole after each poll that changed something and before the page shows it. Ids and
//! sums stand in the same file, so a state is always one that a poll left, also of a process that was killed.

mod check;
mod disk;
mod file;
mod format;
mod lock;
mod write;

pub use check::look;
pub use file::StateFile;

#[cfg(test)]
mod laws;
