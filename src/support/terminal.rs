//! The capabilities of a terminal.

use std::io::{IsTerminal, Stdout};

/// Returns true if a stream is a terminal that shows colours, and the user did not turn them off
/// (<https://no-color.org>).
pub(crate) fn takes_colours(stream: &impl IsTerminal) -> bool {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    stream.is_terminal() && set("NO_COLOR").is_none() && set("TERM").is_some_and(|term| term != "dumb")
}

/// The width of a terminal that does not report one.
const COLUMNS: usize = 80;

/// Returns the width of a terminal: the variable `COLUMNS`, otherwise the width that the terminal reports, otherwise 80.
pub(crate) fn columns(stream: &Stdout) -> usize {
    let set = std::env::var("COLUMNS").ok().and_then(|value| value.parse().ok());
    set.or_else(|| reported(stream)).filter(|columns| *columns > 0).unwrap_or(COLUMNS)
}

#[cfg(unix)]
fn reported(stream: &Stdout) -> Option<usize> {
    Some(rustix::termios::tcgetwinsize(stream).ok()?.ws_col.into())
}

#[cfg(not(unix))]
fn reported(_: &Stdout) -> Option<usize> {
    None
}
