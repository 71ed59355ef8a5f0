//! The log lines of states that start and end repeatedly.

use std::time::{Duration, Instant};

use super::Poller;
use crate::poll::flapping::{StartReport, window};
use crate::poll::outages::OutageReport;
use crate::support::log::{self, LogField};

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
            StartReport::Flaps(times) => self.tell_flaps(log::warning, event, times, fields),
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
    pub(super) fn tell_outage(&self, event: &'static str, report: OutageReport, fields: &[LogField<'_>]) {
        match report {
            OutageReport::Failed => self.log(log::error, event, fields),
            OutageReport::Flaps(times) => self.tell_flaps(log::error, event, times, fields),
        }
    }

    /// Logs that a state flaps no more.
    pub(super) fn tell_stable(&self, event: &'static str, omitted: usize, fields: &[LogField<'_>]) {
        let seconds = self.window().as_secs();
        let own: [LogField<'_>; 3] = [("event", &event), ("seconds", &seconds), ("omitted", &omitted)];
        self.log(log::info, "flapping ended", &[&own, fields].concat());
    }

    fn tell_flaps(
        &self,
        level: fn(&str, &[LogField<'_>]),
        event: &'static str,
        times: usize,
        fields: &[LogField<'_>],
    ) {
        let seconds = self.window().as_secs();
        let advice = "further ones are counted by the metrics of cton, and logged again when the state has not changed for so long";
        let own: [LogField<'_>; 3] = [("event", &event), ("times", &times), ("seconds", &seconds)];
        let advice: [LogField<'_>; 1] = [("advice", &advice)];
        self.log(level, "flapping started", &[&own[..], fields, &advice].concat());
    }
}
