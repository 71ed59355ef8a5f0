//! The reports on single items and metrics of a recorded poll.

use std::collections::BTreeMap;
use std::time::Instant;

use super::Poller;
use crate::series::record_report::Rejection;
use crate::support::error::Error;
use crate::support::log;
use crate::support::outages::RecoveryReport;

const NOT_READ: &str = "metric not read";
const DROPPED: &str = "series dropped";
const REJECTED: &str = "items rejected";
const LOST: &str = "items lost";

impl Poller {
    /// Counts the errors of metrics, and logs each cause once until the metric is read again.
    pub(super) fn tell_metric_errors(&mut self, errors: Vec<(&'static str, Error)>) {
        let (at, window) = (Instant::now(), self.window());
        let (mut now, mut told) = (BTreeMap::new(), Vec::new());
        for (metric, error) in errors {
            self.health.metric_error(metric);
            let outages = self.state.metric_outages.entry(metric).or_default();
            if let Some(report) = outages.fail(&error, at, window) {
                self.tell_outage(NOT_READ, report, (&[("metric", &metric)], &error));
            }
            now.insert(metric, error);
        }
        for (metric, outages) in &mut self.state.metric_outages {
            let recovery = if now.contains_key(metric) { None } else { outages.succeed(at, window) };
            told.extend(recovery.map(|recovery| (*metric, recovery)));
        }
        for (metric, recovery) in told {
            match recovery {
                RecoveryReport::Ended => self.log(log::info, "metric recovered", &[("metric", &metric)]),
                RecoveryReport::Stable(omitted) => {
                    self.tell_stable(NOT_READ, omitted, &[("metric", &metric)]);
                }
            }
        }
        self.state.metric_errors = now;
    }

    /// Counts the omitted series. Logs each metric that has any, until a poll has none.
    pub(super) fn tell_dropped(&mut self, dropped: Vec<(&'static str, u64)>, large: &[&str]) {
        let now: BTreeMap<_, _> = dropped.into_iter().collect();
        for (metric, count) in &now {
            self.health.dropped(*count);
            if !self.state.dropping.contains_key(metric) && self.starts(DROPPED, metric) {
                let hint = match large.contains(metric) {
                    true => {
                        "raise `memory_limit_bytes`, a quarter of which the series may take, or use fewer or shorter label values"
                    }
                    false => "raise `series_limit` in the service's config, or use labels with fewer values",
                };
                let fields: [log::LogField<'_>; 3] = [("metric", metric), ("count", count), ("hint", &hint)];
                self.log(log::warning, DROPPED, &fields);
            }
        }
        self.state.dropping = now;
    }

    /// Counts the invalid items. Logs the first item of each metric, until a poll has none.
    pub(super) fn tell_rejected(&mut self, rejected: Vec<Rejection>) {
        for Rejection { metric, count, reason, is_first } in rejected {
            self.health.rejected(count);
            if is_first && self.starts(REJECTED, metric) {
                let facts = self.api.redacted(reason).fields();
                let fields: [log::LogField<'_>; 2] = [("metric", &metric), ("count", &count)];
                self.log(log::warning, REJECTED, &log::with_facts(&fields, &facts));
            }
        }
    }

    /// Counts the items that may come from a response that was recorded before. Logs each metric that has any, until a
    /// poll has none.
    pub(super) fn tell_ambiguous(&mut self, ambiguous: &[(&'static str, u64)]) {
        for (metric, count) in ambiguous {
            self.health.lost(*count);
            if !self.state.ambiguous.contains(metric) && self.starts(LOST, metric) {
                let error = "the items may come from a response that was recorded before";
                let hint = "use one metric for each response, or `Once` with an ID";
                let fields: [log::LogField<'_>; 4] =
                    [("metric", metric), ("count", count), ("error", &error), ("hint", &hint)];
                self.log(log::error, LOST, &fields);
            }
        }
        self.state.ambiguous = ambiguous.iter().map(|(metric, _)| *metric).collect();
    }

    /// Publishes the time of each metric's last success.
    pub(super) fn tell_freshness(&self) {
        for (metric, at) in self.shown.samples.last_successes() {
            if let Some(at) = at {
                self.health.metric_succeeded(metric, at);
            }
        }
    }
}
