//! The metrics of the exporter about itself: the families `cton_*` and `process_*`.
//!
//! docs/metrics.md lists them; a test compares it with this file.

use std::sync::{Arc, Mutex, MutexGuard};

use prometheus::{Gauge, GaugeVec, Opts, Registry};

use super::family_part::FamilyPart;
#[cfg(target_os = "linux")]
use super::process::ProcessMetrics;
use super::service_health::ServiceHealth;
use super::service_labels;
use crate::config::Kind;
use crate::series::encode::{self, FamilyHead, Format, Sample, SampleValue};
use crate::support::build_info;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::locks::locked;
use crate::support::log;

/// The exporter's own families of one port.
#[derive(Debug, Clone)]
pub struct Health {
    /// The families of the process.
    own: Registry,
    replay: Gauge,
    /// The families of each service, so that a poll renders only its own.
    services: Arc<Mutex<Vec<(String, Registry)>>>,
    #[cfg(target_os = "linux")]
    process: ProcessMetrics,
}

/// The values of the label `outcome` of `cton_polls_total`.
pub(crate) const OUTCOMES: [&str; 3] = ["success", "unchanged", "failure"];

/// The family of the service's state, which each scrape computes.
pub(crate) const UP_FAMILY: &str = "cton_service_up";
/// The family of the staleness of the service's gauges, which each scrape computes like [`UP_FAMILY`].
pub(crate) const STALE_FAMILY: &str = "cton_service_stale";

// The HELP texts.
pub(crate) const UP: &str = "1 if the last poll of the service succeeded and no poll is hung, otherwise 0.";
pub(crate) const STALE: &str =
    "1 if the gauges of the service were removed for lack of new data, otherwise 0.";
pub(crate) const LAST_SUCCESS: &str =
    "Unix timestamp of the last poll whose data was recorded, or confirmed by the API.";
pub(crate) const POLL_DURATION: &str = "Duration of the last poll in seconds.";
pub(super) const POLL_WAIT: &str =
    "Time in seconds from the end of the last poll to the start of the next, including backoff.";
pub(super) const POLLS: &str = "Total number of polls by outcome.";
pub(crate) const FAILURES: &str = "Total number of failed polls by reason.";
pub(crate) const REQUESTS: &str = "Total number of requests to the API by status class (error: no response).";
pub(super) const RETRIES: &str = "Total number of retried requests to the API.";
pub(crate) const RESPONSE_BYTES: &str =
    "Total size of the responses of the API in bytes, after decompression.";
pub(crate) const BUDGET_REMAINING: &str = "Number of requests remaining in the current rate limit, as reported by the API minus requests sent since.";
pub(crate) const METRIC_ERRORS: &str =
    "Total number of polls in which the metric returned an error for all or some of its label sets.";
pub(crate) const METRIC_LAST_SUCCESS: &str = "Unix timestamp of the last poll in which the metric was read successfully, or its data confirmed by the API.";
pub(crate) const REJECTED: &str =
    "Total number of invalid items rejected by the metric; an item counts once per poll.";
pub(crate) const LOST: &str = "Total number of valid items that were not recorded and cannot be read again; a metric error counts as one item.";
pub(crate) const DROPPED: &str = "Total number of new series dropped at series_limit or memory_limit_bytes; a series counts once per poll.";
pub(crate) const EVICTED: &str =
    "Total number of series removed at series_limit or memory_limit_bytes to make room for new series.";
pub(super) const RESETS: &str = "Total number of decreases of running totals, exposed as counter resets.";
pub(super) const IDS: &str = "Number of IDs of Once that are retained to prevent double counting.";
pub(super) const FORGOTTEN: &str = "Total number of IDs of Once that were forgotten at once_ids_limit.";
pub(crate) const STATE_WRITE_FAILURES: &str =
    "Total number of polls after which the state could not be written to state_dir.";
const REPLAY: &str = "1 if responses come from recordings instead of the API, otherwise 0.";
const LOG_DROPPED: &str = "cton_log_lines_dropped_total";
const LOG_DROPPED_HELP: &str = "Total number of log lines dropped because standard error was not read.";

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
        let health = ServiceHealth::new(&registry, service, metrics);
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
        let help =
            "A metric with a constant '1' value labeled by version, revision and target of the binary.";
        let build = GaugeVec::new(Opts::new("cton_build_info", help), &["version", "revision", "target"])?;
        build
            .with_label_values(&[build_info::VERSION, build_info::revision(), build_info::target()])
            .set(1.0);
        self.own.register(Box::new(build))?;
        self.own.register(Box::new(self.replay.clone()))
    }
}

fn refused(whose: &str, error: &prometheus::Error) -> Error {
    Error::new(
        ErrorKind::Config,
        format!("the exporter's own metrics, {whose}: {error}: a bug in cton, please report it"),
    )
}

/// Returns the family of dropped log lines, which the log of the process counts.
fn log_dropped(format: Format) -> FamilyPart {
    let family = (LOG_DROPPED, Kind::Counter, LOG_DROPPED_HELP);
    FamilyPart::number(format, family, "", log::dropped() as f64)
}

/// Returns the families [`UP_FAMILY`] and [`STALE_FAMILY`] as text, given the name of each service and if it is up and
/// stale.
pub(crate) fn flags<'a>(format: Format, services: impl Iterator<Item = (&'a str, bool, bool)>) -> Vec<u8> {
    let services: Vec<_> = services.map(|(name, up, stale)| (labels(name), up, stale)).collect();
    let mut out = Vec::new();
    let mut family = |name, help, holds: fn(&(String, bool, bool)) -> bool| {
        let head = FamilyHead { name, kind: Kind::Gauge, help, unit: "", les: &[], labels: "" };
        let samples = services.iter().map(|service| Sample {
            labels: &service.0,
            value: SampleValue::Number(f64::from(u8::from(holds(service)))),
            created: None,
        });
        encode::family(format, &head, samples, &mut out);
    };
    family(STALE_FAMILY, STALE, |(_, _, stale)| *stale);
    family(UP_FAMILY, UP, |(_, up, _)| *up);
    out
}

/// Returns the labels of a service or target as text: `service="splunk",target="eu"`.
fn labels(name: &str) -> String {
    let labels =
        service_labels::of(name).map(|(label, value)| format!("{label}=\"{}\"", encode::escaped(value)));
    labels.collect::<Vec<_>>().join(",")
}
