//! The memory limit of the poll whose metrics the current thread reads.

use std::cell::RefCell;
use std::sync::Arc;

use super::PollMemory;
use crate::support::error::Result;

thread_local! {
    /// The limit of the poll whose metrics this thread reads.
    static HERE: RefCell<Option<Arc<PollMemory>>> = const { RefCell::new(None) };
}

/// A guard that makes [`take_here`] on this thread count against a limit.
pub(crate) struct Here;

impl Here {
    /// Sets the limit of the poll whose metrics this thread reads.
    pub(crate) fn enter(memory: Arc<PollMemory>) -> Self {
        HERE.set(Some(memory));
        Self
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        HERE.set(None);
    }
}

/// Counts bytes that a metric takes from the data of the poll, if this thread reads the metrics of a poll.
///
/// # Errors
/// The bytes exceed the memory that remains.
pub(crate) fn take_here(bytes: usize) -> Result<()> {
    HERE.with_borrow(|memory| memory.as_ref().map_or(Ok(()), |memory| memory.take(bytes)))
}

/// Counts an ID that a metric lists, and its bytes, if this thread reads the metrics of a poll.
///
/// # Errors
/// The bytes exceed the memory that remains.
pub(crate) fn take_id_here(bytes: usize) -> Result<()> {
    HERE.with_borrow(|memory| memory.as_ref().map_or(Ok(()), |memory| memory.take(bytes + memory.of_id())))
}
