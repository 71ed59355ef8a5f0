//! The keys of the secret file that a poll used.

use std::fmt;
use std::path::PathBuf;

/// The keys of the secret file that a poll used, and the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct UsedKeys {
    names: Vec<String>,
    file: Option<PathBuf>,
}

impl UsedKeys {
    /// Creates a list of keys in a file. The names may be unknown, and a test has no file.
    pub(crate) fn new(names: Vec<String>, file: Option<PathBuf>) -> Self {
        Self { names, file }
    }

    /// Returns true if the service has neither keys nor a file.
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.file.is_none()
    }

    /// Returns true if the list has at most one key.
    pub(crate) fn is_single(&self) -> bool {
        self.names.len() <= 1
    }
}

impl fmt::Display for UsedKeys {
    /// Writes `API_ID and API_KEY in ./splunk`, or `the key` without names and file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.names.split_last() {
            None => f.write_str("the key")?,
            Some((last, [])) => f.write_str(last)?,
            Some((last, others)) => write!(f, "{} and {last}", others.join(", "))?,
        }
        self.file.iter().try_for_each(|file| write!(f, " in {}", file.display()))
    }
}
