//! How long the poll that is under way may still take.

use std::time::{Duration, Instant};

use crate::support::error::{Error, ErrorKind, Result};

/// The time of one poll.
#[derive(Debug, Clone, Copy)]
pub struct PollDeadline {
    /// `poll_timeout_sec`.
    whole: Duration,
    until: Instant,
}

impl PollDeadline {
    /// Of a poll that begins now.
    pub fn new(whole: Duration) -> Self {
        Self { whole, until: Instant::now() + whole }
    }

    /// The next poll begins.
    pub fn begin(&mut self, now: Instant) {
        self.until = now + self.whole;
    }

    /// What is left of it.
    ///
    /// # Errors
    /// Nothing is.
    pub fn left(self) -> Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(self.is_over()) } else { Ok(left) }
    }

    /// The same words whether the last request was sent or not: they are one cause.
    pub fn is_over(self) -> Error {
        let seconds = self.whole.as_secs_f64();
        let advice = "is the API slow, or is it asked for more than it can say in that time?";
        let text = format!("the poll has taken its {seconds} s (`poll_timeout_sec`): {advice}");
        Error::new(ErrorKind::Timeout, text)
    }
}
