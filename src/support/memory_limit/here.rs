//! The memory limit of the poll whose metrics a thread reads.

use std::cell::RefCell;
use std::sync::Arc;

use super::PollMemory;
use crate::support::error::Result;

thread_local! {
    /// The limit of the poll whose metrics this thread reads.
    static HERE: RefCell<Option<Arc<PollMemory>>> = const { RefCell::new(None) };
}

/// While it lives, [`take_here`] of this thread counts with that limit.
pub struct Here;

impl Here {
    /// The metrics of a poll are read.
    pub fn enter(memory: Arc<PollMemory>) -> Self {
        HERE.set(Some(memory));
        Self
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        HERE.set(None);
    }
}

/// Counts bytes that a metric takes of the poll's data, if this thread reads the metrics of a poll.
///
/// # Errors
/// They are more than is left.
pub fn take_here(bytes: usize) -> Result<()> {
    HERE.with_borrow(|memory| memory.as_ref().map_or(Ok(()), |memory| memory.take(bytes)))
}

/// Counts an ID that a metric lists and so many bytes of it, if this thread reads the metrics of a poll.
///
/// # Errors
/// They are more than is left.
pub fn take_id_here(bytes: usize) -> Result<()> {
    HERE.with_borrow(|memory| memory.as_ref().map_or(Ok(()), |memory| memory.take(bytes + memory.of_id())))
}
