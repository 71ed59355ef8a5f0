//! The log lines of a test.

use std::cell::RefCell;

thread_local! {
    static LINES: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Returns the lines of every level that `run` logs on this thread.
pub(crate) fn captured(run: impl FnOnce()) -> Vec<String> {
    LINES.set(Some(Vec::new()));
    run();
    LINES.take().unwrap_or_default()
}

/// Adds a line, if a test captures them.
pub(super) fn add(line: impl FnOnce() -> String) {
    LINES.with_borrow_mut(|lines| {
        if let Some(lines) = lines {
            lines.push(line());
        }
    });
}
