//! The metrics of the exporter about itself: the families `cton_*` and `process_*`.
//!
//! docs/metrics.md lists them; a test compares it with this file.

use std::sync::{Arc, Mutex, MutexGuard};

use prometheus::{Gauge, GaugeVec, Opts, Registry};

use super::family_part::FamilyPart;
#[cfg(target_os = "linux")]
use super::process::ProcessMetrics;
use super::service_health::ServiceHealth;
use crate::config::Kind;
use crate::series::encode::{self, Format};
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
pub(crate) const UP: &str = "Whether the last poll of the service succeeded, and none is overdue.";
pub(crate) const STALE: &str =
    "Whether the service's gauges were removed because no poll has brought new data for too long.";
pub(crate) const LAST_SUCCESS: &str = "When the last poll ended that brought new data, or the API's word that nothing has changed, in seconds since 1970.";
pub(crate) const POLL_DURATION: &str = "How long the last poll took.";
pub(super) const POLL_WAIT: &str =
    "The time from the end of the last poll to the start of the next, back-off included.";
pub(super) const POLLS: &str = "Polls: with new data, with nothing new, or failed.";
pub(crate) const FAILURES: &str = "Failed polls, by what went wrong.";
pub(crate) const REQUESTS: &str = "Requests to the API, by class of status; error: there was no answer.";
pub(super) const RETRIES: &str = "Requests to the API that were sent again within a poll.";
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
pub(super) const RESETS: &str = "Falls of running totals that were exposed as counter resets.";
pub(super) const IDS: &str = "IDs of Once that the metric retains, so that none of them counts again.";
pub(super) const FORGOTTEN: &str =
    "IDs of Once that were forgotten, because more are listed than once_ids_limit.";
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
