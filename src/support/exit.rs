//! The reasons to exit, and the exit code of each.

/// Why the process ends before it was asked to; the exit code tells scripts.
#[derive(Debug)]
pub enum Exit {
    /// The command line or the config is wrong: 2.
    Usage(String),
    /// It could not be done: 1.
    Failed(String),
    /// A defect of this program: 70 (`EX_SOFTWARE` of sysexits.h).
    Defect(String),
}
