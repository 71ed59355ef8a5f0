//! The metrics of the exporter about itself: the families `cton_*` and `process_*`.
//!
//! docs/metrics.md lists them; a test compares it with this file.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use prometheus::proto::{LabelPair, MetricFamily, MetricType};
use prometheus::{Gauge, GaugeVec, IntCounter, IntCounterVec, Opts, Registry};

#[cfg(target_os = "linux")]
use super::process::ProcessMetrics;
use crate::config::Kind;
use crate::fetch::traffic::Traffic;
use crate::series::encode::{self, FamilyHead, Format, Sample, SampleValue};
use crate::series::events::SeriesEvents;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::locks::locked;
use crate::support::log;

/// The exporter's own families of one port.
#[derive(Debug, Clone)]
pub struct Health {
    /// The families of the process.
    own: Registry,
    replay: Gauge,
    /// The families of each service, so that a poll renders only those of its own.
    services: Arc<Mutex<Vec<(String, Registry)>>>,
    #[cfg(target_os = "linux")]
    process: ProcessMetrics,
}

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

/// The values of the label `outcome` of `cton_polls_total`.
pub(crate) const OUTCOMES: [&str; 3] = ["success", "unchanged", "failure"];

/// The family of the service's state, which each scrape computes.
pub(crate) const UP_FAMILY: &str = "cton_service_up";
/// The family of the staleness of the service's gauges, which each scrape computes like [`UP_FAMILY`].
pub(crate) const STALE_FAMILY: &str = "cton_service_stale";

// The HELP texts.
pub(crate) const UP: &str = "Whether the last poll of the service succeeded, and none is overdue.";
pub(crate) const STALE: &str =
    "Whether the service's gauges were removed because no poll has brought new data for too long.";
pub(crate) const LAST_SUCCESS: &str = "When the last poll ended that brought new data, or the API's word that nothing has changed, in seconds since 1970.";
pub(crate) const POLL_DURATION: &str = "How long the last poll took.";
const POLL_WAIT: &str = "The time from the end of the last poll to the start of the next, back-off included.";
const POLLS: &str = "Polls: with new data, with nothing new, or failed.";
pub(crate) const FAILURES: &str = "Failed polls, by what went wrong.";
pub(crate) const REQUESTS: &str = "Requests to the API, by class of status; error: there was no answer.";
const RETRIES: &str = "Requests to the API that were sent again within a poll.";
pub(crate) const RESPONSE_BYTES: &str = "Bytes of the API's answers, after decompression.";
pub(crate) const BUDGET_REMAINING: &str =
    "Calls that the API said it still takes from this process, less those sent since.";
pub(crate) const METRIC_ERRORS: &str =
    "Polls in which a metric returned an error, for all or for some of its label sets.";
pub(crate) const METRIC_LAST_SUCCESS: &str = "Unix timestamp of the last poll in which the metric was read: with a value, with none, or confirmed by the API.";
pub(crate) const REJECTED: &str = "Invalid items that a metric did not record, counted at each poll.";
pub(crate) const LOST: &str = "Valid items that a metric did not record, because `keep` moved past them or because they may come from a response that was recorded before; a metric that returned an error counts as one item.";
pub(crate) const DROPPED: &str = "New series that a metric left out, counted at each poll, because series_limit or memory_limit_bytes has no room for them.";
pub(crate) const EVICTED: &str = "Series that were removed to make room for new ones, because series_limit or memory_limit_bytes has none.";
const RESETS: &str = "Falls of running totals that were exposed as counter resets.";
const IDS: &str = "IDs of Once that the metric retains, so that none of them counts again.";
const FORGOTTEN: &str = "IDs of Once that were forgotten, because more are listed than once_ids_limit.";
pub(crate) const STATE_WRITE_FAILURES: &str =
    "Polls after which the state could not be written to state_dir; 0 where none is set.";
const REPLAY: &str = "Whether responses come from recordings (1) instead of the API (0).";
const LOG_DROPPED: &str = "cton_log_lines_dropped_total";
const LOG_DROPPED_HELP: &str = "Log lines that were not written, because standard error was not read.";

impl Health {
    /// Creates `cton_build_info`, `cton_replay` and the source of the families `process_*`.
    ///
    /// # Errors
    /// The registry rejects families that clash, which is a bug in cton.
    pub fn new() -> Result<Self> {
        let health = Self {
            own: Registry::new(),
            replay: Gauge::with_opts(Opts::new("cton_replay", REPLAY))
                .map_err(|error| refused("of the process", &error))?,
            services: Arc::default(),
            #[cfg(target_os = "linux")]
            process: ProcessMetrics::new(),
        };
        health.fill().map_err(|error| refused("of the process", &error))?;
        Ok(health)
    }

    /// Sets `cton_replay` to 1, as responses come from recordings from now on.
    pub fn set_replay(&self) {
        self.replay.set(1.0);
    }

    /// Returns true if responses come from recordings.
    pub fn is_replay(&self) -> bool {
        self.replay.get() > 0.0
    }

    /// Adds the families of one more service and its metrics.
    ///
    /// # Errors
    /// A service of that name exists already.
    pub fn service(&self, service: &str, metrics: &[&str]) -> Result<ServiceHealth> {
        let registry = Registry::new();
        let health = ServiceHealth::new(&ServiceFamilies { registry: &registry, service }, metrics);
        let health = health.map_err(|error| refused(service, &error))?;
        let mut services = self.services();
        if services.iter().any(|(known, _)| known == service) {
            return Err(refused(service, &prometheus::Error::AlreadyReg));
        }
        services.push((service.to_owned(), registry));
        Ok(health)
    }

    /// Writes the families `cton_*` of the process and of its services to the end of `out`, each once.
    pub fn encode(&self, format: Format, out: &mut Vec<u8>) {
        let services: Vec<String> = self.services().iter().map(|(service, _)| service.clone()).collect();
        let mut parts = self.process_parts(format);
        parts.extend(services.iter().flat_map(|service| self.service_parts(service, format)));
        parts.sort_by(|a, b| a.family.cmp(&b.family));
        for family in parts.chunk_by(|a, b| a.family == b.family) {
            family.iter().take(1).for_each(|first| out.extend_from_slice(&first.head));
            family.iter().for_each(|part| out.extend_from_slice(&part.lines));
        }
    }

    /// Returns the families `cton_*` of the process.
    pub(crate) fn process_parts(&self, format: Format) -> Vec<FamilyPart> {
        let families = self.own.gather();
        families.iter().map(|family| FamilyPart::of(format, family)).chain([log_dropped(format)]).collect()
    }

    /// Returns the families `cton_*` of one service; empty if it is unknown.
    pub(crate) fn service_parts(&self, service: &str, format: Format) -> Vec<FamilyPart> {
        let registry = self.services().iter().find(|(known, _)| known == service).map(|(_, own)| own.clone());
        let families = registry.map(|registry| registry.gather()).unwrap_or_default();
        families.iter().map(|family| FamilyPart::of(format, family)).collect()
    }

    /// Locks the registries of the services, only to look one up or to add one.
    fn services(&self) -> MutexGuard<'_, Vec<(String, Registry)>> {
        locked(&self.services)
    }

    /// Writes the current families `process_*` to the end of `out`, by name. Only Linux has them.
    #[cfg_attr(not(target_os = "linux"), expect(unused_variables))]
    pub fn encode_process(&self, format: Format, out: &mut Vec<u8>) {
        #[cfg(target_os = "linux")]
        self.process.encode(format, out);
    }

    fn fill(&self) -> prometheus::Result<()> {
        let help = "1, with the version of the exporter as a label.";
        let build = GaugeVec::new(Opts::new("cton_build_info", help), &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1.0);
        self.own.register(Box::new(build))?;
        self.own.register(Box::new(self.replay.clone()))
    }
}

fn refused(whose: &str, error: &prometheus::Error) -> Error {
    Error::new(
        ErrorKind::Config,
        format!("the exporter's own metrics, {whose}: {error}: a defect of cton, please report it"),
    )
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
        Opts::new(name, help).const_label("service", self.service)
    }
}

impl ServiceHealth {
    fn new(families: &ServiceFamilies<'_>, metrics: &[&str]) -> prometheus::Result<Self> {
        let gauge = |name, help| families.gauge(name, help);
        let counter = |name, help| families.counter(name, help);
        let counters = |name, help, label, values| families.counters(name, help, label, values);
        let reasons = ErrorKind::ALL.map(ErrorKind::as_str);
        let health = Self {
            last_success: gauge("cton_last_success_timestamp_seconds", LAST_SUCCESS)?,
            poll_duration: gauge("cton_poll_duration_seconds", POLL_DURATION)?,
            poll_wait: gauge("cton_poll_wait_seconds", POLL_WAIT)?,
            polls: counters("cton_polls_total", POLLS, "outcome", &OUTCOMES)?,
            failures: counters("cton_poll_failures_total", FAILURES, "reason", &reasons)?,
            requests: counters("cton_api_requests_total", REQUESTS, "code", &Traffic::CODES)?,
            retries: counter("cton_api_retries_total", RETRIES)?,
            response_bytes: counter("cton_api_response_bytes_total", RESPONSE_BYTES)?,
            budget_remaining: gauge("cton_api_budget_remaining", BUDGET_REMAINING)?,
            metric_errors: counters("cton_metric_errors_total", METRIC_ERRORS, "metric", metrics)?,
            metric_last_success: families.gauges(
                "cton_metric_last_success_timestamp_seconds",
                METRIC_LAST_SUCCESS,
                "metric",
            )?,
            rejected: counters("cton_items_rejected_total", REJECTED, "metric", metrics)?,
            lost: counters("cton_items_lost_total", LOST, "metric", metrics)?,
            dropped: counters("cton_series_dropped_total", DROPPED, "metric", metrics)?,
            evicted: counters("cton_series_evicted_total", EVICTED, "metric", metrics)?,
            resets: counters("cton_counter_resets_total", RESETS, "metric", metrics)?,
            ids: families.gauges("cton_once_ids", IDS, "metric")?,
            forgotten: counters("cton_once_ids_forgotten_total", FORGOTTEN, "metric", metrics)?,
            state_write_failures: counter("cton_state_write_failures_total", STATE_WRITE_FAILURES)?,
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

/// The lines of one service or of the process in a family, with the metadata above the lines of all services.
pub(crate) struct FamilyPart {
    pub(crate) family: String,
    pub(crate) head: Vec<u8>,
    pub(crate) lines: Vec<u8>,
}

impl FamilyPart {
    fn of(format: Format, family: &MetricFamily) -> Self {
        let mut bytes = Vec::new();
        encode_family(format, family, &mut bytes);
        Self::split(family.name(), bytes)
    }

    /// Builds a family of one value.
    fn number(format: Format, (name, kind, help): (&str, Kind, &str), labels: &str, value: f64) -> Self {
        let head = FamilyHead { name, kind, help, unit: "", les: &[] };
        let samples = [value].into_iter();
        let samples =
            samples.map(|value| Sample { labels, value: SampleValue::Number(value), created: None });
        let mut bytes = Vec::new();
        encode::family(format, &head, samples, &mut bytes);
        Self::split(name, bytes)
    }

    /// Splits the text of a family into its metadata and its lines. Families of the exporter have metadata only at the
    /// top.
    fn split(family: &str, mut bytes: Vec<u8>) -> Self {
        let comments = bytes.split_inclusive(|byte| *byte == b'\n').take_while(|line| line.starts_with(b"#"));
        let lines = bytes.split_off(comments.map(<[u8]>::len).sum());
        Self { family: family.to_owned(), head: bytes, lines }
    }
}

/// Returns the family of dropped log lines, which the log of the process counts.
fn log_dropped(format: Format) -> FamilyPart {
    let family = (LOG_DROPPED, Kind::Counter, LOG_DROPPED_HELP);
    FamilyPart::number(format, family, "", log::dropped() as f64)
}

/// Returns the families [`UP_FAMILY`] and [`STALE_FAMILY`] of a service.
pub(crate) fn flags(format: Format, service: &str, up: bool, stale: bool) -> [FamilyPart; 2] {
    let labels = format!("service=\"{}\"", encode::escaped(service));
    let flag = |name, help, holds| {
        FamilyPart::number(format, (name, Kind::Gauge, help), &labels, f64::from(u8::from(holds)))
    };
    [flag(STALE_FAMILY, STALE, stale), flag(UP_FAMILY, UP, up)]
}

/// Writes a family of the registry, which holds only counters and gauges.
fn encode_family(format: Format, family: &MetricFamily, out: &mut Vec<u8>) {
    let kind = match family.get_field_type() {
        MetricType::COUNTER => Kind::Counter,
        _ => Kind::Gauge,
    };
    let series: Vec<(String, f64)> = family
        .get_metric()
        .iter()
        .map(|metric| {
            let value = match kind {
                Kind::Counter => metric.get_counter().get_value(),
                _ => metric.get_gauge().get_value(),
            };
            (label_text(metric.get_label()), value)
        })
        .collect();
    let head = FamilyHead { name: family.name(), kind, help: family.help(), unit: "", les: &[] };
    let samples = series.iter().map(|(labels, value)| Sample {
        labels,
        value: SampleValue::Number(*value),
        created: None,
    });
    encode::family(format, &head, samples, out);
}

fn label_text(pairs: &[LabelPair]) -> String {
    let texts: Vec<_> =
        pairs.iter().map(|pair| format!("{}=\"{}\"", pair.name(), encode::escaped(pair.value()))).collect();
    texts.join(",")
}
