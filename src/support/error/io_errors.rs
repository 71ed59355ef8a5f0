//! The help for errors of the operating system.

use std::io;

/// Returns the help for a file that cannot be read, if there is any.
pub(crate) fn read_help(error: &io::Error) -> Option<&'static str> {
    match error.kind() {
        io::ErrorKind::PermissionDenied => Some("give the user that runs cton permission to read the file"),
        io::ErrorKind::NotFound => Some("create the file, or correct its path"),
        _ => None,
    }
}

/// The help for a thread that cannot be started.
pub(crate) const THREADS_HELP: &str =
    "raise the limits of threads and memory (TasksMax=, MemoryMax=, ulimit -u)";
