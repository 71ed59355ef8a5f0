//! The times at which a metric was read.

use std::time::Instant;

/// The times at which one metric was read, and was read successfully.
#[derive(Debug)]
pub(super) struct MetricFreshness {
    since: Instant,
    /// The time of the last poll that was recorded or confirmed.
    updated: Instant,
    /// The last success, as an instant and as a Unix timestamp.
    success: Option<(Instant, f64)>,
    /// True if the last recorded poll was a success.
    is_success: bool,
}

impl MetricFreshness {
    pub(super) fn new(now: Instant) -> Self {
        Self { since: now, updated: now, success: None, is_success: false }
    }

    /// Notes a recorded poll.
    pub(super) fn update(&mut self, at: Instant, now: f64, is_success: bool) {
        (self.updated, self.is_success) = (at, is_success);
        if is_success {
            self.success = Some((at, now));
        }
    }

    /// Notes that the API confirmed the last recorded poll: if that was a success, this is one too.
    pub(super) fn confirm(&mut self, at: Instant, now: f64) {
        self.update(at, now, self.is_success);
    }

    /// Returns the time of the last recorded or confirmed poll.
    pub(super) fn updated(&self) -> Instant {
        self.updated
    }

    /// Returns the Unix timestamp of the last success.
    pub(super) fn last_success(&self) -> Option<f64> {
        self.success.map(|(_, now)| now)
    }

    /// Returns the time of the last success, or of the start.
    pub(super) fn fresh_at(&self) -> Instant {
        self.success.map_or(self.since, |(at, _)| at)
    }
}
