//! The families `cton_*` of one service.

use std::sync::Arc;
use std::time::Duration;

use super::own_family::{self, OwnFamily};
use super::own_values::OwnValues;
use super::service_labels;
use crate::config::Kind;
use crate::fetch::traffic::Traffic;
use crate::series::events::SeriesEvents;
use crate::support::error::ErrorKind;

/// The exporter's own families of one service.
///
/// Counters exist from the start, with the value 0, except those of rare events and of features that the service does not use. A
/// gauge appears when it is first set. `cton_service_up` and `cton_service_stale` depend on the time of the scrape.
#[derive(Debug, Clone)]
pub struct ServiceHealth(Arc<OwnValues>);

impl ServiceHealth {
    /// Creates the families of a service that has not been polled, with these metrics.
    pub(crate) fn new(service: &str, metrics: &[(&'static str, Kind)]) -> Self {
        Self(Arc::new(OwnValues::new(service_labels::text(service), metrics)))
    }

    /// Returns the families of the same service with other metrics. The values continue.
    pub(crate) fn with_metrics(&self, metrics: &[(&'static str, Kind)]) -> Self {
        Self(Arc::new(self.0.with_metrics(metrics)))
    }

    /// Returns the samples of a family, each with its labels as text.
    pub(super) fn samples(&self, family: &OwnFamily) -> Vec<(String, f64)> {
        self.0.samples(family)
    }

    /// Sets the configured times: the poll interval, and the time after which gauges are stale, unless they never are.
    pub fn set_intervals(&self, poll: Duration, stale_after: Option<Duration>) {
        self.0.set(&own_family::POLL_INTERVAL, poll.as_secs_f64());
        match stale_after {
            Some(stale_after) => self.0.set(&own_family::STALE_AFTER, stale_after.as_secs_f64()),
            None => self.0.clear(&own_family::STALE_AFTER),
        }
    }

    /// Shows that the service has a state, which can fail to be written.
    pub fn set_stateful(&self) {
        self.count(&own_family::STATE_WRITE_FAILURES, 0);
    }

    /// Notes a poll with new data, which was recorded at `now`, a Unix timestamp.
    pub fn succeeded(&self, took: Duration, now: f64) {
        self.polled("success", took);
        self.0.set(&own_family::LAST_SUCCESS, now);
    }

    /// Notes that the API confirmed the recorded data at `now`, a Unix timestamp.
    pub fn confirmed(&self, took: Duration, now: f64) {
        self.polled("unchanged", took);
        self.0.set(&own_family::LAST_SUCCESS, now);
    }

    /// Notes a poll without new data.
    pub fn unchanged(&self, took: Duration) {
        self.polled("unchanged", took);
    }

    /// Notes a failed poll.
    pub fn failed(&self, reason: ErrorKind, took: Duration) {
        self.polled("failure", took);
        self.0.add(&own_family::FAILURES, reason.as_str(), 1);
    }

    /// Adds the requests and responses of a poll.
    pub fn traffic(&self, traffic: &Traffic) {
        for (code, requests) in Traffic::CODES.iter().zip(traffic.requests) {
            self.0.add(&own_family::REQUESTS, code, requests);
        }
        self.count(&own_family::RETRIES, traffic.retries);
        self.count(&own_family::RESPONSE_BYTES, traffic.response_bytes);
    }

    /// Sets the number of requests remaining in the rate limit of the API.
    pub fn requests_remaining(&self, requests: u64) {
        self.0.set(&own_family::REQUESTS_REMAINING, requests as f64);
    }

    /// Notes that a metric was read in a poll at `now`, a Unix timestamp.
    pub fn metric_succeeded(&self, metric: &str, now: f64) {
        self.0.set_of_metric(&own_family::METRIC_LAST_SUCCESS, metric, now);
    }

    /// Notes that a metric returned an error in a poll.
    pub fn metric_error(&self, metric: &str) {
        self.0.add_of_metric(&own_family::METRIC_ERRORS, metric, 1);
    }

    /// Adds items of a poll that were rejected as invalid.
    pub fn rejected(&self, items: u64) {
        self.count(&own_family::REJECTED, items);
    }

    /// Adds valid items that could not be recorded and that no later poll reads again.
    pub fn lost(&self, items: u64) {
        self.count(&own_family::LOST, items);
    }

    /// Adds series of a poll that were omitted.
    pub fn dropped(&self, series: u64) {
        self.count(&own_family::DROPPED, series);
    }

    /// Adds the events of a metric's series in a poll.
    pub fn series_events(&self, metric: &str, events: &SeriesEvents) {
        let SeriesEvents { evicted: (evicted, _), resets: (resets, _), forgotten, .. } = events;
        self.count(&own_family::EVICTED, *evicted);
        self.0.add_of_metric(&own_family::RESETS, metric, *resets);
        if *forgotten > 0 {
            self.count(&own_family::FORGOTTEN, *forgotten);
        }
    }

    /// Sets the number of IDs that the metrics of the service retain.
    pub fn ids(&self, ids: usize) {
        self.0.set(&own_family::IDS, ids as f64);
        self.count(&own_family::FORGOTTEN, 0);
    }

    /// Notes that the state could not be written.
    pub fn state_write_failed(&self) {
        self.count(&own_family::STATE_WRITE_FAILURES, 1);
    }

    /// Sets the wait for the next poll.
    pub fn next_poll_in(&self, wait: Duration) {
        self.0.set(&own_family::POLL_WAIT, wait.as_secs_f64());
    }

    fn polled(&self, outcome: &str, took: Duration) {
        self.0.add(&own_family::POLLS, outcome, 1);
        self.0.set(&own_family::POLL_DURATION, took.as_secs_f64());
    }

    fn count(&self, family: &OwnFamily, more: u64) {
        self.0.add(family, "", more);
    }
}
