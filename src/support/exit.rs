//! The reasons to exit, and the exit code of each.

/// The reason to exit with an error. The exit code reports it to scripts.
#[derive(Debug)]
pub(crate) enum Exit {
    /// The command line or the config is invalid: exit code 2.
    Usage(String),
    /// The operation failed: exit code 1.
    Failed(String),
    /// A bug in cton was detected: exit code 70 (`EX_SOFTWARE` of sysexits.h).
    Defect(String),
}
