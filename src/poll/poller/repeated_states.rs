//! The log lines of states that start and end repeatedly.

use std::time::{Duration, Instant};

use super::Poller;
use crate::support::error::Error;
use crate::support::flap_log::FlapLog;
use crate::support::flapping::{StartReport, window};
use crate::support::log::{self, LogField};
use crate::support::outages::OutageReport;

impl Poller {
    /// Returns the window in which the starts of a state are counted.
    pub(super) fn window(&self) -> Duration {
        window(self.schedule.period())
    }

    /// Returns true if the start of a state of the metric is to be logged. Logs the start of flapping.
    pub(super) fn starts(&mut self, event: &'static str, metric: &'static str) -> bool {
        let window = self.window();
        let start = self.state.flaps.entry((event, metric)).or_default().start(Instant::now(), window);
        let fields: &[LogField<'_>] = if metric.is_empty() { &[] } else { &[("metric", &metric)] };
        match start {
            StartReport::Logged => return true,
            StartReport::Again(omitted) => self.tell_stable(event, omitted, fields),
            StartReport::Flaps(times) => self.flap_log(event).started(log::warning, times, fields),
            StartReport::Quiet => {}
        }
        matches!(start, StartReport::Again(_))
    }

    /// Returns true if the end of a state of the metric is to be logged.
    pub(super) fn ends(&mut self, event: &'static str, metric: &'static str) -> bool {
        let window = self.window();
        self.state.flaps.entry((event, metric)).or_default().end(Instant::now(), window)
    }

    /// Logs the report on an error of the service or of a metric.
    pub(super) fn tell_outage(
        &self,
        event: &'static str,
        report: OutageReport,
        (fields, error): (&[LogField<'_>], &Error),
    ) {
        if self.state.is_quiet {
            return;
        }
        let facts = error.fields();
        let fields = log::with_facts(fields, &facts);
        match report {
            OutageReport::Failed => self.log(log::error, event, &fields),
            OutageReport::Flaps(times) => self.flap_log(event).started(log::error, times, &fields),
        }
    }

    /// Logs that a state flaps no more.
    pub(super) fn tell_stable(&self, event: &'static str, omitted: usize, fields: &[LogField<'_>]) {
        self.flap_log(event).ended(omitted, fields);
    }

    fn flap_log(&self, event: &'static str) -> FlapLog<'_> {
        FlapLog { service: &self.name, event, window: self.window() }
    }
}
