//! The extension of the wait by a rate limit, and its log lines.

use std::time::Duration;

use super::Poller;
use crate::fetch::limits::service_limits::MinPollInterval;
use crate::poll::schedule::{PollOutcome, Schedule};
use crate::support::log;

/// The part of the wait below which a limit counts as having no effect.
///
/// It is less than 1, so a limit on the verge does not fill the log.
const EASED: f64 = 0.8;
const SLOWED: &str = "poll interval extended";

impl Poller {
    /// Returns the wait, extended if the poll would exceed the rate limit of the API or of the config.
    pub(super) fn paced(&mut self, wait: Duration, outcome: PollOutcome, calls: u64) -> Duration {
        if calls > 0 {
            self.state.calls = calls;
        }
        if let Some(remaining) = self.api.remaining() {
            self.health.requests_remaining(remaining);
        }
        let pace = self.api.pace(self.state.calls);
        let slowed = Schedule::slowed(wait, pace.map(|pace| pace.wait), fastrand::f64());
        // A failed poll waits for other reasons, so its wait is no evidence of a limit.
        if !matches!(outcome, PollOutcome::Failed(_)) {
            self.tell_pace(pace, wait, slowed);
        }
        slowed
    }

    fn tell_pace(&mut self, pace: Option<MinPollInterval>, wait: Duration, slowed: Duration) {
        if self.state.slowed && pace.is_none_or(|pace| pace.wait < wait.mul_f64(EASED)) {
            self.state.slowed = false;
            if self.ends(SLOWED, "") {
                self.log(log::info, "poll interval restored", &[]);
            }
        }
        if let Some(MinPollInterval { source, .. }) = pace.filter(|_| slowed > wait && !self.state.slowed) {
            self.state.slowed = true;
            if !self.starts(SLOWED, "") {
                return;
            }
            let (seconds, calls) = (format!("{:.1}", slowed.as_secs_f64()), self.state.calls);
            self.log(
                log::warning,
                SLOWED,
                &[("limit", &source), ("requests", &calls), ("seconds", &seconds)],
            );
        }
    }
}
