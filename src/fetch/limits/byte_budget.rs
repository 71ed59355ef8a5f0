//! The bytes that parallel responses of one poll may take together.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::support::error::{Error, ErrorKind, Result};

/// The bytes that are left for the responses of a poll. All parallel requests share it.
#[derive(Debug)]
pub(crate) struct ByteBudget {
    left: AtomicU64,
    /// The limit of the whole poll (`poll_limit_bytes`).
    limit: u64,
}

impl ByteBudget {
    /// Creates a budget of `left` bytes, for a poll with this limit.
    pub(crate) fn new(left: u64, limit: u64) -> Self {
        Self { left: AtomicU64::new(left), limit }
    }

    /// Takes bytes that a response has received.
    ///
    /// # Errors
    /// Returns an error if fewer are left.
    pub(crate) fn take(&self, bytes: usize) -> Result<()> {
        let less = |left: u64| left.checked_sub(bytes as u64);
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.map(drop).map_err(|_| {
            // The rest is too little for a response, so no further one begins.
            self.left.store(0, Ordering::Relaxed);
            too_many_bytes(self.limit)
        })
    }

    /// Returns true if no bytes are left.
    pub(crate) fn is_used_up(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }
}

/// Returns the error of a poll whose responses take more than `poll_limit_bytes`.
pub(crate) fn too_many_bytes(limit: u64) -> Error {
    let text = format!("the responses of the poll take more than {limit} bytes");
    Error::new(ErrorKind::Body, text).with_help("request less, or raise `poll_limit_bytes`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_take_no_more_than_the_bytes_that_are_left_and_then_none_begins() {
        let budget = ByteBudget::new(10, 100);
        budget.take(6).unwrap();
        assert!(!budget.is_used_up());
        let error = budget.take(6).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Body);
        assert!(error.to_string().contains("more than 100 bytes"), "{error}");
        assert!(budget.is_used_up() && budget.take(1).is_err());
    }
}
