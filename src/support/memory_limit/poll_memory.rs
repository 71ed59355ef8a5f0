//! The memory that the data of one poll may take.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::memory_meter::MemoryMeter;
use super::of_kept;
use crate::support::error::{Error, ErrorKind, Result};

/// The bytes of a new ID in a table that grows, and in the table before its growth.
const NEW_ID: usize = 128;

/// The memory that the data of one poll may take, as estimated from its values. All responses of a service share it.
#[derive(Debug)]
pub(crate) struct PollMemory {
    limit: u64,
    pub(super) left: AtomicU64,
    pub(super) is_exceeded: AtomicBool,
    /// The bytes that the service retains from its last polls beyond its other limits.
    retained: AtomicU64,
    /// The number of IDs that a metric may list before they count.
    ids_limit: u64,
    /// The number of IDs that the current metric may still list before they count.
    ids: AtomicU64,
}

impl PollMemory {
    /// Creates the memory limit of each poll. The first `ids_limit` IDs of a metric do not count, because other limits
    /// include them.
    pub(crate) fn new(limit: u64, ids_limit: usize) -> Self {
        let (ids_limit, ids) = (ids_limit as u64, AtomicU64::default());
        let (left, is_exceeded, retained) =
            (AtomicU64::new(limit), AtomicBool::default(), AtomicU64::default());
        Self { limit, left, is_exceeded, retained, ids_limit, ids }
    }

    /// Begins a poll: the data of the last one no longer counts.
    pub(crate) fn begin(&self) {
        self.give_back_to(0);
    }

    /// Sets the bytes that are retained beyond other limits. The next polls cannot use them.
    pub(crate) fn retain(&self, bytes: u64) {
        self.retained.store(bytes, Ordering::Relaxed);
    }

    /// Begins the reading of a metric.
    pub(crate) fn begin_metric(&self) {
        self.ids.store(self.ids_limit, Ordering::Relaxed);
    }

    /// Counts the next ID of the metric. Returns the bytes that it takes in the tables of IDs beyond `once_ids_limit`.
    pub(super) fn of_id(&self) -> usize {
        let left = self.ids.load(Ordering::Relaxed);
        self.ids.store(left.saturating_sub(1), Ordering::Relaxed);
        if left > 0 { 0 } else { NEW_ID }
    }

    /// Returns the bytes that the value of `Api::keep` may take.
    pub(crate) fn kept(&self) -> u64 {
        of_kept(self.limit)
    }

    /// Returns the bytes that were counted in this poll.
    pub(crate) fn taken(&self) -> u64 {
        self.limit.saturating_sub(self.left.load(Ordering::Relaxed))
    }

    /// Returns the bytes that this poll may still take.
    pub(crate) fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Releases bytes of data that are no longer in memory.
    pub(crate) fn give_back(&self, bytes: u64) {
        self.give_back_to(self.taken().saturating_sub(bytes));
    }

    /// Sets the counted bytes to those that are still in memory, or to the retained bytes if these are more.
    pub(crate) fn give_back_to(&self, bytes: u64) {
        let bytes = bytes.max(self.retained.load(Ordering::Relaxed));
        self.left.store(self.limit.saturating_sub(bytes), Ordering::Relaxed);
        self.is_exceeded.store(false, Ordering::Relaxed);
    }

    /// Counts bytes of the poll.
    ///
    /// # Errors
    /// The bytes exceed the memory that remains.
    pub(crate) fn take(&self, bytes: usize) -> Result<()> {
        if self.fits(bytes as u64) { Ok(()) } else { Err(self.exceeded()) }
    }

    /// Checks that no response has exceeded the limit, even if the service continued with a default.
    ///
    /// # Errors
    /// A response has exceeded the limit.
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_exceeded.load(Ordering::Relaxed) { Err(self.exceeded()) } else { Ok(()) }
    }

    /// Returns the error of data that takes too much memory.
    pub(crate) fn exceeded(&self) -> Error {
        let text = format!("the data of the poll takes more than {} bytes of memory", self.limit);
        let help = "request less, read fewer fields in the service, or raise `memory_limit_bytes`";
        Error::new(ErrorKind::Body, text).with_help(help)
    }

    /// Returns a meter for one response.
    pub(crate) fn meter(&self) -> MemoryMeter<'_> {
        MemoryMeter::new(self)
    }

    pub(super) fn fits(&self, bytes: u64) -> bool {
        let left = |left: u64| left.checked_sub(bytes);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::support::memory_limit::here::{Here, take_here, take_id_here};

    #[test]
    fn a_poll_takes_no_more_than_its_limit_and_the_next_one_starts_again() {
        let memory = PollMemory::new(100, 0);
        memory.take(60).unwrap();
        assert_eq!(memory.take(41).unwrap_err().kind(), ErrorKind::Body);
        memory.take(40).unwrap();
        assert!(memory.take(1).is_err());
        memory.begin();
        memory.take(100).unwrap();
    }

    #[test]
    fn ids_beyond_their_limit_count_and_what_is_retained_of_them_is_left_out_of_the_next_polls() {
        let memory = Arc::new(PollMemory::new(1000, 3));
        let _here = Here::enter(Arc::clone(&memory));
        for _ in 0..2 {
            memory.begin_metric();
            (0..3).for_each(|_| take_id_here(10).unwrap());
        }
        assert_eq!(memory.taken(), 60, "each metric has its own");
        take_id_here(10).unwrap();
        assert_eq!(memory.taken(), 70 + NEW_ID as u64);
        memory.retain(600);
        memory.begin();
        assert!(take_here(401).is_err() && take_here(400).is_ok());
        memory.give_back_to(0);
        assert_eq!(memory.taken(), 600);
    }
}
