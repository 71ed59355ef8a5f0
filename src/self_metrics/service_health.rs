//! The families `cton_*` of one service.

use std::time::Duration;

use prometheus::{GaugeVec, IntCounter, IntCounterVec, Opts, Registry};

use super::{health, service_labels};
use crate::fetch::traffic::Traffic;
use crate::series::events::SeriesEvents;
use crate::support::error::ErrorKind;

/// The exporter's own families of one service.
///
/// Counters exist from the start, with the value 0. A gauge appears when it is first set. `cton_service_up` and
/// `cton_service_stale` depend on the time of the scrape.
#[derive(Debug, Clone)]
pub struct ServiceHealth {
    last_success: GaugeVec,
    poll_duration: GaugeVec,
    poll_wait: GaugeVec,
    polls: IntCounterVec,
    failures: IntCounterVec,
    requests: IntCounterVec,
    retries: IntCounter,
    response_bytes: IntCounter,
    budget_remaining: GaugeVec,
    metric_errors: IntCounterVec,
    metric_last_success: GaugeVec,
    rejected: IntCounterVec,
    lost: IntCounterVec,
    dropped: IntCounterVec,
    evicted: IntCounterVec,
    resets: IntCounterVec,
    ids: GaugeVec,
    forgotten: IntCounterVec,
    state_write_failures: IntCounter,
}

impl ServiceHealth {
    pub(super) fn new(registry: &Registry, service: &str, metrics: &[&str]) -> prometheus::Result<Self> {
        let families = ServiceFamilies { registry, service };
        let gauge = |name, help| families.gauge(name, help);
        let counter = |name, help| families.counter(name, help);
        let counters = |name, help, label, values| families.counters(name, help, label, values);
        let reasons = ErrorKind::ALL.map(ErrorKind::as_str);
        let health = Self {
            last_success: gauge("cton_last_success_timestamp_seconds", health::LAST_SUCCESS)?,
            poll_duration: gauge("cton_poll_duration_seconds", health::POLL_DURATION)?,
            poll_wait: gauge("cton_poll_wait_seconds", health::POLL_WAIT)?,
            polls: counters("cton_polls_total", health::POLLS, "outcome", &health::OUTCOMES)?,
            failures: counters("cton_poll_failures_total", health::FAILURES, "reason", &reasons)?,
            requests: counters("cton_api_requests_total", health::REQUESTS, "code", &Traffic::CODES)?,
            retries: counter("cton_api_retries_total", health::RETRIES)?,
            response_bytes: counter("cton_api_response_bytes_total", health::RESPONSE_BYTES)?,
            budget_remaining: gauge("cton_api_budget_remaining", health::BUDGET_REMAINING)?,
            metric_errors: counters("cton_metric_errors_total", health::METRIC_ERRORS, "metric", metrics)?,
            metric_last_success: families.gauges(
                "cton_metric_last_success_timestamp_seconds",
                health::METRIC_LAST_SUCCESS,
                "metric",
            )?,
            rejected: counters("cton_items_rejected_total", health::REJECTED, "metric", metrics)?,
            lost: counters("cton_items_lost_total", health::LOST, "metric", metrics)?,
            dropped: counters("cton_series_dropped_total", health::DROPPED, "metric", metrics)?,
            evicted: counters("cton_series_evicted_total", health::EVICTED, "metric", metrics)?,
            resets: counters("cton_counter_resets_total", health::RESETS, "metric", metrics)?,
            ids: families.gauges("cton_once_ids", health::IDS, "metric")?,
            forgotten: counters("cton_once_ids_forgotten_total", health::FORGOTTEN, "metric", metrics)?,
            state_write_failures: counter("cton_state_write_failures_total", health::STATE_WRITE_FAILURES)?,
        };
        Ok(health)
    }

    /// Notes a poll with new data, which was recorded at `now`, a Unix timestamp.
    pub fn succeeded(&self, took: Duration, now: f64) {
        self.polled("success", took);
        set(&self.last_success, now);
    }

    /// Notes that the API confirmed the recorded data at `now`, a Unix timestamp.
    pub fn confirmed(&self, took: Duration, now: f64) {
        self.polled("unchanged", took);
        set(&self.last_success, now);
    }

    /// Notes a poll without new data.
    pub fn unchanged(&self, took: Duration) {
        self.polled("unchanged", took);
    }

    /// Notes a failed poll.
    pub fn failed(&self, reason: ErrorKind, took: Duration) {
        self.polled("failure", took);
        self.failures.with_label_values(&[reason.as_str()]).inc();
    }

    /// Adds the requests and responses of a poll.
    pub fn traffic(&self, traffic: &Traffic) {
        for (code, requests) in Traffic::CODES.iter().zip(traffic.requests) {
            self.requests.with_label_values(&[code]).inc_by(requests);
        }
        self.retries.inc_by(traffic.retries);
        self.response_bytes.inc_by(traffic.response_bytes);
    }

    /// Sets the number of requests remaining in the rate limit of the API.
    pub fn budget_remaining(&self, calls: u64) {
        set(&self.budget_remaining, calls as f64);
    }

    /// Notes that a metric was read in a poll at `now`, a Unix timestamp.
    pub fn metric_succeeded(&self, metric: &str, now: f64) {
        self.metric_last_success.with_label_values(&[metric]).set(now);
    }

    /// Adds items of a poll that a metric rejected as invalid.
    pub fn rejected(&self, metric: &str, items: u64) {
        self.rejected.with_label_values(&[metric]).inc_by(items);
    }

    /// Adds valid items that a metric could not record and that no later poll reads again.
    pub fn lost(&self, metric: &str, items: u64) {
        self.lost.with_label_values(&[metric]).inc_by(items);
    }

    /// Notes that a metric returned an error in a poll.
    pub fn metric_error(&self, metric: &str) {
        self.metric_errors.with_label_values(&[metric]).inc();
    }

    /// Adds series of a poll that a metric omitted.
    pub fn dropped(&self, metric: &str, series: u64) {
        self.dropped.with_label_values(&[metric]).inc_by(series);
    }

    /// Adds the events of a metric's series in a poll.
    pub fn series_events(&self, metric: &str, events: &SeriesEvents) {
        let SeriesEvents { evicted: (evicted, _), resets: (resets, _), forgotten, .. } = events;
        self.evicted.with_label_values(&[metric]).inc_by(*evicted);
        self.resets.with_label_values(&[metric]).inc_by(*resets);
        self.forgotten.with_label_values(&[metric]).inc_by(*forgotten);
    }

    /// Sets the number of IDs that a metric retains.
    pub fn ids(&self, metric: &str, ids: usize) {
        self.ids.with_label_values(&[metric]).set(ids as f64);
    }

    /// Notes that the state could not be written.
    pub fn state_write_failed(&self) {
        self.state_write_failures.inc();
    }

    /// Sets the wait for the next poll.
    pub fn next_poll_in(&self, wait: Duration) {
        set(&self.poll_wait, wait.as_secs_f64());
    }

    fn polled(&self, outcome: &str, took: Duration) {
        self.polls.with_label_values(&[outcome]).inc();
        set(&self.poll_duration, took.as_secs_f64());
    }
}

fn set(gauge: &GaugeVec, value: f64) {
    gauge.with_label_values::<&str>(&[]).set(value);
}

/// Creates and registers the families of a service.
///
/// The service is a constant label, as the crate distinguishes the values of several variable labels only by their
/// concatenation.
struct ServiceFamilies<'a> {
    registry: &'a Registry,
    service: &'a str,
}

impl ServiceFamilies<'_> {
    /// Creates a gauge, which has no sample until it is set.
    fn gauge(&self, name: &str, help: &str) -> prometheus::Result<GaugeVec> {
        self.gauge_by(name, help, &[])
    }

    /// Creates one gauge for each value of the label, which has no sample until it is set.
    fn gauges(&self, name: &str, help: &str, label: &str) -> prometheus::Result<GaugeVec> {
        self.gauge_by(name, help, &[label])
    }

    fn gauge_by(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<GaugeVec> {
        let gauge = GaugeVec::new(self.opts(name, help), labels)?;
        self.registry.register(Box::new(gauge.clone()))?;
        Ok(gauge)
    }

    fn counter(&self, name: &str, help: &str) -> prometheus::Result<IntCounter> {
        let counter = IntCounter::with_opts(self.opts(name, help))?;
        self.registry.register(Box::new(counter.clone()))?;
        Ok(counter)
    }

    /// Creates one counter for each value of the label, with the value 0.
    fn counters(
        &self,
        name: &str,
        help: &str,
        label: &str,
        values: &[&str],
    ) -> prometheus::Result<IntCounterVec> {
        let counters = IntCounterVec::new(self.opts(name, help), &[label])?;
        for value in values {
            counters.get_metric_with_label_values(&[value])?;
        }
        self.registry.register(Box::new(counters.clone()))?;
        Ok(counters)
    }

    fn opts(&self, name: &str, help: &str) -> Opts {
        let labels = service_labels::of(self.service);
        labels.fold(Opts::new(name, help), |opts, (label, value)| opts.const_label(label, value))
    }
}
