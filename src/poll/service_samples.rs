//! The samples of a service and their freshness.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::poller_config::PollerConfig;
use crate::author::configured_family::ConfiguredFamily;
use crate::exposition::snapshot::SnapshotFreshness;
use crate::series::samples::Samples;

/// The samples of one service and their freshness. Only the poll thread has access.
#[derive(Debug)]
pub(crate) struct ServiceSamples {
    /// The series of the service.
    pub samples: Samples,
    /// The time of the last poll with recorded or confirmed data, or of the start.
    pub last_success: Instant,
    /// The time that a limit adds to the wait for the next poll. Gauges become stale later by this time.
    pub slowed_by: Duration,
    /// The time without such a poll after which gauges are stale; `None` if they never are.
    stale_after: Option<Duration>,
}

impl ServiceSamples {
    /// Creates the samples of a service that has not been polled yet.
    pub(crate) fn new(samples: Samples, stale_after: Option<Duration>) -> Self {
        Self { samples, last_success: Instant::now(), slowed_by: Duration::ZERO, stale_after }
    }

    /// Changes the metrics, the options and the labels of the series. Returns the metrics that restart from zero, each with the
    /// reason.
    pub(crate) fn reconfigure(&mut self, config: &PollerConfig, now: f64) -> Vec<(String, String)> {
        let none = Samples::new(Vec::<Arc<ConfiguredFamily>>::new(), config.options);
        let last = std::mem::replace(&mut self.samples, none);
        let (samples, report) = last.reconfigured(config.families.clone(), config.options, now);
        self.samples = samples.with_labels(&config.labels);
        self.stale_after = config.stale_after;
        report.restarted
    }

    /// Notes a successful poll.
    pub(crate) fn refresh(&mut self) {
        self.last_success = Instant::now();
    }

    /// Removes the stale series of gauges. A poll that does not read them again must not expose them as fresh.
    pub(crate) fn expire(&mut self, now: Instant) {
        let stale_after = self.freshness().stale_after;
        if let Some(before) = stale_after.and_then(|after| now.checked_sub(after)) {
            self.samples.expire(before);
        }
    }

    /// Returns the times that decide until when the samples are current.
    pub(crate) fn freshness(&self) -> SnapshotFreshness {
        let stale_after = self.stale_after.map(|after| after.saturating_add(self.slowed_by));
        let metrics = self.samples.fresh_since().collect();
        SnapshotFreshness { last_success: Some(self.last_success), stale_after, metrics }
    }
}
