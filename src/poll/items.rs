//! The reports on single items and metrics of a recorded poll.

use super::Poller;
use crate::log;
use crate::sample::Rejection;

impl Poller {
    /// Counts the invalid items, and logs the first of each metric until a poll has none.
    pub(super) fn tell_rejected(&self, rejected: Vec<Rejection>) {
        for Rejection { metric, count, reason, is_first } in rejected {
            self.health.rejected(metric, count);
            if is_first {
                let cause = self.api.redacted(reason);
                let fields: [log::Field<'_>; 3] = [("metric", &metric), ("count", &count), ("cause", &cause)];
                self.log(log::warning, "items rejected", &fields);
            }
        }
    }

    /// Counts the items that may come from a response that was recorded before, and logs the metrics that have such, until a poll
    /// has none.
    pub(super) fn tell_ambiguous(&mut self, ambiguous: &[(&'static str, u64)]) {
        for (metric, count) in ambiguous {
            self.health.lost(metric, *count);
            if !self.state.ambiguous.contains(metric) {
                let cause = "they may come from a response that was recorded before and is confirmed (304)";
                let advice = "use one metric for each response, or `Once` with an ID";
                let fields: [log::Field<'_>; 4] =
                    [("metric", metric), ("count", count), ("cause", &cause), ("advice", &advice)];
                self.log(log::error, "items lost", &fields);
            }
        }
        self.state.ambiguous = ambiguous.iter().map(|(metric, _)| *metric).collect();
    }

    /// Publishes each metric's last success.
    pub(super) fn tell_freshness(&self) {
        for (metric, at) in self.shown.samples.last_successes() {
            if let Some(at) = at {
                self.health.metric_succeeded(metric, at);
            }
        }
    }
}
