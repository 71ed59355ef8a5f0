//! The capabilities of a terminal.

use std::io::IsTerminal;

/// Returns true if a stream is a terminal that shows colours, and the user did not turn them off
/// (<https://no-color.org>).
pub(crate) fn takes_colours(stream: &impl IsTerminal) -> bool {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    stream.is_terminal() && set("NO_COLOR").is_none() && set("TERM").is_some_and(|term| term != "dumb")
}
