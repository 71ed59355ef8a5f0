//! The keys of secrets that a poll used.

use std::fmt;

/// The keys of secrets that a poll used, and their place.
#[derive(Debug, Clone, Default)]
pub(crate) struct UsedKeys {
    names: Vec<String>,
    place: Option<String>,
}

impl UsedKeys {
    /// Creates a list of keys in a file or the environment. The names may be unknown, and a test has no place.
    pub(crate) fn new(names: Vec<String>, place: Option<String>) -> Self {
        Self { names, place }
    }

    /// Returns true if the service has neither keys nor a place.
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.place.is_none()
    }

    /// Returns true if the list has at most one key.
    pub(crate) fn is_single(&self) -> bool {
        self.names.len() <= 1
    }
}

impl fmt::Display for UsedKeys {
    /// Writes `API_ID and API_KEY in ./splunk`, or `the key` without names and place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.names.split_last() {
            None => f.write_str("the key")?,
            Some((last, [])) => f.write_str(last)?,
            Some((last, others)) => write!(f, "{} and {last}", others.join(", "))?,
        }
        self.place.iter().try_for_each(|place| write!(f, " in {place}"))
    }
}
