//! A meter for one reading of a response: its memory, and the place of its error.

use std::cell::{Cell, RefCell};

use crate::support::memory_limit::{MemoryMeter, PollMemory};

/// A meter for one reading of a response: its memory, and the place of its error.
#[derive(Debug)]
pub(in crate::author) struct ReadMeter<'m> {
    pub(super) memory: MemoryMeter<'m>,
    /// True if the deserializer needs to know the expected type.
    pub(super) is_typed: bool,
    /// True if an element or entry could not be read.
    has_failed: Cell<bool>,
    /// The position of each element or entry around the error, innermost first.
    failed: RefCell<Vec<usize>>,
}

impl<'m> ReadMeter<'m> {
    /// Returns the meter of a reading whose values draw from `memory`.
    pub(in crate::author) fn new(memory: &'m PollMemory) -> Self {
        Self {
            memory: memory.meter(),
            is_typed: false,
            has_failed: Cell::default(),
            failed: RefCell::default(),
        }
    }

    /// Returns the meter with a deserializer that needs to know the expected type.
    pub(in crate::author) fn typed(memory: &'m PollMemory) -> Self {
        Self { is_typed: true, ..Self::new(memory) }
    }

    /// Notes the position of an element or entry that could not be read, or that a type continues after a failed one.
    #[inline]
    pub(super) fn note<T, E>(&self, position: usize, read: &Result<T, E>) {
        if read.is_err() || self.has_failed.get() {
            self.note_failure(position, read.is_err());
        }
    }

    #[cold]
    fn note_failure(&self, position: usize, has_failed: bool) {
        self.has_failed.set(has_failed);
        let mut failed = self.failed.borrow_mut();
        match has_failed {
            true => failed.push(position),
            false => failed.clear(),
        }
    }

    /// Returns the position of each element or entry around the error, outermost first.
    pub(in crate::author) fn failed_path(&self) -> Vec<usize> {
        self.failed.borrow().iter().rev().copied().collect()
    }
}
