//! What the exporter says of itself: the families `cton_*`, and `process_*`.
//!
//! docs/metrics.md lists them; a test holds it against this file.

use std::time::Duration;

use prometheus::core::Collector;
use prometheus::proto::{LabelPair, MetricFamily, MetricType};
use prometheus::{GaugeVec, IntCounterVec, Opts, Registry};

use crate::config::Kind;
use crate::error::{Error, ErrorKind, Result};
use crate::sample::Format;
use crate::sample::encode::{self, Head, Sample, Shown};

/// The exporter's own families on one page.
#[derive(Debug, Clone)]
pub struct Health {
    registry: Registry,
}

/// The exporter's own families of one service.
///
/// Counters are there from the start, at 0. A gauge comes with the first poll that has something to say.
#[derive(Debug, Clone)]
pub struct ServiceHealth {
    up: GaugeVec,
    stale: GaugeVec,
    poll_duration: GaugeVec,
    poll_wait: GaugeVec,
    last_success: GaugeVec,
    polls: IntCounterVec,
    failures: IntCounterVec,
    requests: IntCounterVec,
    retries: IntCounterVec,
    response_bytes: IntCounterVec,
    metric_errors: IntCounterVec,
    dropped: IntCounterVec,
}

/// What a poll asked of the API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests by what came of them, in the order of [`Traffic::CODES`].
    pub requests: [u64; Traffic::CODES.len()],
    /// Requests that were sent again.
    pub retries: u64,
    /// The size of the bodies, after decompression.
    pub response_bytes: u64,
}

impl Traffic {
    /// The classes of status, and `error` where there was no answer.
    pub const CODES: [&'static str; 6] = ["1xx", "2xx", "3xx", "4xx", "5xx", "error"];
}

const OUTCOMES: [&str; 3] = ["success", "unchanged", "failure"];

impl Health {
    /// `cton_build_info` and, where the system tells them, the families `process_*`.
    ///
    /// # Errors
    /// None that is known: the registry refuses families that clash.
    pub fn new() -> Result<Self> {
        let health = Self { registry: Registry::new() };
        #[cfg(target_os = "linux")]
        health.add(prometheus::process_collector::ProcessCollector::for_self())?;
        let help = "1, labelled with the version of the exporter.";
        let build = GaugeVec::new(Opts::new("cton_build_info", help), &["version"]).map_err(refused)?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1.0);
        health.add(build)?;
        Ok(health)
    }

    /// The families of one more service and its metrics.
    ///
    /// # Errors
    /// The page has a service of that name.
    pub fn service(&self, service: &str, metrics: &[&str]) -> Result<ServiceHealth> {
        let reasons = ErrorKind::ALL.map(ErrorKind::as_str);
        let gauge = |name, help| self.gauge(service, name, help);
        let counter = |name, help, label, values| self.counter(service, name, help, label, values);
        let health = ServiceHealth {
            up: gauge("cton_service_up", "Whether the last poll of the service succeeded.")?,
            stale: gauge("cton_service_stale", "Whether the service's gauges were removed as too old.")?,
            poll_duration: gauge("cton_poll_duration_seconds", "How long the last poll took.")?,
            poll_wait: gauge(
                "cton_poll_wait_seconds",
                "How long the next poll was put off when the last had ended.",
            )?,
            last_success: gauge(
                "cton_last_success_timestamp_seconds",
                "When the last poll that brought new data ended, in seconds since 1970.",
            )?,
            polls: counter(
                "cton_polls_total",
                "Polls, by outcome: new data, nothing new, or a failure.",
                Some("outcome"),
                &OUTCOMES,
            )?,
            failures: counter(
                "cton_poll_failures_total",
                "Failed polls, by what went wrong.",
                Some("reason"),
                &reasons,
            )?,
            requests: counter(
                "cton_api_requests_total",
                "Requests to the API, by class of status; error: no answer came.",
                Some("code"),
                &Traffic::CODES,
            )?,
            retries: counter(
                "cton_api_retries_total",
                "Requests to the API that were sent again within a poll.",
                None,
                &[],
            )?,
            response_bytes: counter(
                "cton_api_response_bytes_total",
                "Size of the API's answers, after decompression.",
                None,
                &[],
            )?,
            metric_errors: counter(
                "cton_metric_errors_total",
                "Polls of which a metric recorded nothing because its reading was wrong.",
                Some("metric"),
                metrics,
            )?,
            dropped: counter(
                "cton_series_dropped_total",
                "New series that a metric left out, poll by poll, because it has reached series_limit.",
                Some("metric"),
                metrics,
            )?,
        };
        health.stale.with_label_values::<&str>(&[]).set(0.0);
        Ok(health)
    }

    /// Writes the families to the end of `out`, by name.
    pub fn encode(&self, format: Format, out: &mut Vec<u8>) {
        for family in self.registry.gather() {
            encode_family(format, &family, out);
        }
    }

    /// The service is a constant label: the crate tells the values of several variable labels apart only by
    /// their concatenation.
    fn gauge(&self, service: &str, name: &str, help: &str) -> Result<GaugeVec> {
        let gauge =
            GaugeVec::new(Opts::new(name, help).const_label("service", service), &[]).map_err(refused)?;
        self.add(gauge.clone())?;
        Ok(gauge)
    }

    fn counter(
        &self,
        service: &str,
        name: &str,
        help: &str,
        label: Option<&str>,
        values: &[&str],
    ) -> Result<IntCounterVec> {
        let opts = Opts::new(name, help).const_label("service", service);
        let counter = IntCounterVec::new(opts, label.as_slice()).map_err(refused)?;
        self.add(counter.clone())?;
        match label {
            Some(_) => values.iter().for_each(|value| counter.with_label_values(&[value]).inc_by(0)),
            None => counter.with_label_values::<&str>(&[]).inc_by(0),
        }
        Ok(counter)
    }

    fn add(&self, collector: impl Collector + 'static) -> Result<()> {
        self.registry.register(Box::new(collector)).map_err(refused)
    }
}

fn refused(error: prometheus::Error) -> Error {
    Error::new(ErrorKind::Config, format!("the exporter's own families: {error}"))
}

impl ServiceHealth {
    /// A poll brought new data, which was recorded at `now` (seconds since 1970).
    pub fn succeeded(&self, took: Duration, now: f64) {
        self.polled("success", took, true);
        set(&self.last_success, now);
        set(&self.stale, 0.0);
    }

    /// A poll brought nothing new.
    pub fn unchanged(&self, took: Duration) {
        self.polled("unchanged", took, true);
    }

    /// A poll failed.
    pub fn failed(&self, reason: ErrorKind, took: Duration) {
        self.polled("failure", took, false);
        self.failures.with_label_values(&[reason.as_str()]).inc();
    }

    /// What the poll asked of the API.
    pub fn traffic(&self, traffic: &Traffic) {
        for (code, requests) in Traffic::CODES.iter().zip(traffic.requests) {
            self.requests.with_label_values(&[code]).inc_by(requests);
        }
        self.retries.with_label_values::<&str>(&[]).inc_by(traffic.retries);
        self.response_bytes.with_label_values::<&str>(&[]).inc_by(traffic.response_bytes);
    }

    /// A metric recorded nothing of a poll.
    pub fn metric_error(&self, metric: &str) {
        self.metric_errors.with_label_values(&[metric]).inc();
    }

    /// A metric left out so many series of a poll.
    pub fn dropped(&self, metric: &str, series: u64) {
        self.dropped.with_label_values(&[metric]).inc_by(series);
    }

    /// The service's gauges were removed.
    pub fn stale(&self) {
        set(&self.stale, 1.0);
    }

    /// The next poll comes after that time.
    pub fn next_poll_in(&self, wait: Duration) {
        set(&self.poll_wait, wait.as_secs_f64());
    }

    fn polled(&self, outcome: &str, took: Duration, up: bool) {
        self.polls.with_label_values(&[outcome]).inc();
        set(&self.poll_duration, took.as_secs_f64());
        set(&self.up, f64::from(up));
    }
}

fn set(gauge: &GaugeVec, value: f64) {
    gauge.with_label_values::<&str>(&[]).set(value);
}

/// The registry holds counters and gauges only.
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
    let head = Head { name: family.name(), kind, help: family.help(), unit: "", les: &[] };
    let samples =
        series.iter().map(|(labels, value)| Sample { labels, value: Shown::Number(*value), created: None });
    encode::family(format, &head, samples, out);
}

fn label_text(pairs: &[LabelPair]) -> String {
    let texts: Vec<_> =
        pairs.iter().map(|pair| format!("{}=\"{}\"", pair.name(), encode::escaped(pair.value()))).collect();
    texts.join(",")
}
