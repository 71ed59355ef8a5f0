//! The comparison of errors: an outage that repeats one cause is logged once.

use super::{Error, REQUEST};
use crate::support::quoted_string::closing;

impl Error {
    /// Returns true if the other error has the same cause, so that logging it would add nothing.
    ///
    /// The comparison includes the kind, the status, the problem and the request. It ignores the other details, the help,
    /// and the parts of the compared texts that come from outside: strings in double quotes, the query of a URL, and
    /// every word with a digit (sizes, times, IDs).
    pub(crate) fn same_cause(&self, other: &Self) -> bool {
        self.same_sort(other)
            && words(&self.problem) == words(&other.problem)
            && self.detail(REQUEST).map(words) == other.detail(REQUEST).map(words)
    }

    /// Returns true if the other error has the same kind and status.
    pub(crate) fn same_sort(&self, other: &Self) -> bool {
        (self.kind, self.status) == (other.kind, other.status)
    }
}

/// Returns the words of a cause that are the same at its next occurrence.
fn words(text: &str) -> Vec<&str> {
    let plain = outside_quotes(text).into_iter().flat_map(str::split_whitespace);
    let plain = plain.map(|word| word.split_once('?').map_or(word, |(path, _)| path));
    plain.filter(|word| !word.contains(|c: char| c.is_ascii_digit())).collect()
}

/// Returns the parts of a text outside double quotes, without names that serde does not know. serde escapes a quoted value
/// as JSON does.
fn outside_quotes(text: &str) -> Vec<&str> {
    const UNKNOWN: [&str; 2] = ["unknown variant `", "unknown field `"];
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(start) = rest.find(['"', '`']) {
        let (before, after) = rest.split_at(start + 1);
        let is_outside = before.ends_with('"') || UNKNOWN.iter().any(|unknown| before.ends_with(unknown));
        let mark = if before.ends_with('`') { b'`' } else { b'"' };
        parts.push(before);
        rest = match closing(after.as_bytes(), mark) {
            Some(end) if is_outside => &after[end + 1..],
            None if is_outside => "",
            _ => after,
        };
    }
    parts.push(rest);
    parts
}
