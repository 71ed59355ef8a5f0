//! The deadline of a poll.

use std::time::{Duration, Instant};

use crate::support::error::{Error, ErrorKind, Result};

/// The time limit of one poll.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PollDeadline {
    /// The time for a whole poll (`poll_timeout_sec`).
    whole: Duration,
    until: Instant,
}

impl PollDeadline {
    /// Returns the deadline of a poll that starts now.
    pub(crate) fn new(whole: Duration) -> Self {
        Self { whole, until: Instant::now() + whole }
    }

    /// Restarts the deadline for a poll that starts at `now`.
    pub(crate) fn begin(&mut self, now: Instant) {
        self.until = now + self.whole;
    }

    /// Returns the time left for the poll.
    ///
    /// # Errors
    /// Returns an error if no time is left.
    pub(crate) fn left(self) -> Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(self.is_over()) } else { Ok(left) }
    }

    /// Returns the timeout error. Its text is the same before and after the last request, because the cause is the same.
    pub(crate) fn is_over(self) -> Error {
        let seconds = self.whole.as_secs_f64();
        let text = format!("the poll took longer than {seconds} s (`poll_timeout_sec`)");
        Error::new(ErrorKind::Timeout, text)
            .with_help("request less in one poll, or raise `poll_timeout_sec`")
    }
}
