//! The metrics of the exporter about itself: the families `cton_*` and `process_*`.
//!
//! docs/metrics.md lists them; a test compares it with the exposition.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use prometheus::proto::Metric;
use prometheus::{Gauge, GaugeVec, Opts, Registry};

use super::config_reload::ConfigReload;
use super::own_family::{self, OwnFamily};
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
    /// The result of the last reload.
    reload: Arc<ConfigReload>,
    /// The families of each service, so that a poll renders only its own.
    services: Arc<Mutex<BTreeMap<String, ServiceHealth>>>,
    #[cfg(target_os = "linux")]
    process: ProcessMetrics,
}

/// The values of the label `outcome` of `cton_polls_total`.
pub(crate) const OUTCOMES: [&str; 3] = ["success", "unchanged", "failure"];

// The HELP texts.
const BUILD: &str =
    "A metric with a constant '1' value labeled by version, revision and target of the binary.";
const REPLAY: &str = "1 if responses come from recordings instead of the API, otherwise 0.";
const RELOAD_SUCCESSFUL: &str = "1 if the last reload of the config succeeded, otherwise 0.";
const RELOAD_SUCCESS: &str =
    "Unix timestamp of the last successful reload of the config in seconds, or of the start.";
const LOG_DROPPED: &str = "Total number of log lines dropped because standard error was not read.";

impl Health {
    /// Creates `cton_build_info`, `cton_replay` and the source of the families `process_*`.
    ///
    /// # Errors
    /// The registry rejects families that clash, which is a bug in cton.
    pub fn new() -> Result<Self> {
        Self::of_process(&Arc::default())
    }

    /// Does the same for one of several ports of a process, which share the result of the last reload.
    ///
    /// # Errors
    /// The registry rejects families that clash, which is a bug in cton.
    pub(crate) fn of_process(reload: &Arc<ConfigReload>) -> Result<Self> {
        let health = Self {
            own: Registry::new(),
            reload: Arc::clone(reload),
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
    pub fn service(&self, service: &str, metrics: &[(&'static str, Kind)]) -> Result<ServiceHealth> {
        let health = ServiceHealth::new(service, metrics);
        if self.services().contains_key(service) {
            return Err(refused(service, &prometheus::Error::AlreadyReg));
        }
        self.add(service, health.clone());
        Ok(health)
    }

    /// Adds or replaces the families of a service.
    pub(crate) fn add(&self, service: &str, health: ServiceHealth) {
        self.services().insert(service.to_owned(), health);
    }

    /// Removes the families of a service.
    pub(crate) fn remove(&self, service: &str) {
        self.services().remove(service);
    }

    /// Returns the families of a service; `None` if it is unknown.
    pub(crate) fn of(&self, service: &str) -> Option<ServiceHealth> {
        self.services().get(service).cloned()
    }

    /// Writes the families `cton_*` of the process and of its services to the end of `out`, each once.
    pub fn encode(&self, format: Format, out: &mut Vec<u8>) {
        let services: Vec<ServiceHealth> = self.services().values().cloned().collect();
        encode_services(format, &services, out);
        self.encode_own(format, out);
    }

    /// Writes the families `cton_*` of the process to the end of `out`.
    pub(crate) fn encode_own(&self, format: Format, out: &mut Vec<u8>) {
        let number = |name, help, value: f64| (name, Kind::Gauge, help, vec![(String::new(), value)]);
        let gathered = self.own.gather();
        let value = |metric: &Metric| (label_text(metric), metric.get_gauge().get_value());
        let mut families: Vec<_> = gathered
            .iter()
            .map(|family| {
                let samples = family.get_metric().iter().map(value).collect();
                (family.name(), Kind::Gauge, family.help(), samples)
            })
            .collect();
        let is_successful = f64::from(u8::from(self.reload.failure().is_none()));
        let dropped = vec![(String::new(), log::dropped() as f64)];
        families.extend([
            number(
                "cton_config_last_reload_success_timestamp_seconds",
                RELOAD_SUCCESS,
                self.reload.last_success(),
            ),
            number("cton_config_last_reload_successful", RELOAD_SUCCESSFUL, is_successful),
            ("cton_log_lines_dropped_total", Kind::Counter, LOG_DROPPED, dropped),
        ]);
        families.sort_by_key(|(name, ..)| *name);
        for (name, kind, help, samples) in families {
            encode_family(format, (name, kind, help), &samples, out);
        }
    }

    /// Returns the families `cton_*` of one service as text; empty if it is unknown.
    pub(crate) fn service_text(&self, service: &str, format: Format) -> Vec<u8> {
        let health = self.of(service);
        let mut text = Vec::new();
        encode_services(format, health.as_slice(), &mut text);
        text
    }

    /// Locks the services, only to look one up or to change the list.
    fn services(&self) -> MutexGuard<'_, BTreeMap<String, ServiceHealth>> {
        locked(&self.services)
    }

    /// Writes the current families `process_*` to the end of `out`, by name. Only Linux has them.
    #[cfg_attr(not(target_os = "linux"), expect(unused_variables))]
    pub fn encode_process(&self, format: Format, out: &mut Vec<u8>) {
        #[cfg(target_os = "linux")]
        self.process.encode(format, out);
    }

    fn fill(&self) -> prometheus::Result<()> {
        let build = GaugeVec::new(Opts::new("cton_build_info", BUILD), &["version", "revision", "target"])?;
        build
            .with_label_values(&[build_info::VERSION, build_info::revision(), build_info::target()])
            .set(1.0);
        self.own.register(Box::new(build))?;
        self.own.register(Box::new(self.replay.clone()))
    }
}

/// Writes the families of these services, each once and by name.
fn encode_services(format: Format, services: &[ServiceHealth], out: &mut Vec<u8>) {
    for family in own_family::by_name() {
        let samples: Vec<_> = services.iter().flat_map(|service| service.samples(family)).collect();
        encode_family(format, (family.name, family.kind, family.help), &samples, out);
    }
}

fn refused(whose: &str, error: &prometheus::Error) -> Error {
    Error::new(
        ErrorKind::Config,
        format!("the exporter's own metrics, {whose}: {error}: a bug in cton, please report it"),
    )
}

/// Writes a family, or nothing if it has no samples.
fn encode_family(
    format: Format,
    (name, kind, help): (&str, Kind, &str),
    samples: &[(String, f64)],
    out: &mut Vec<u8>,
) {
    let head = FamilyHead { name, kind, help, unit: "", les: &[], labels: "" };
    let samples = samples.iter().map(|(labels, value)| Sample {
        labels,
        value: SampleValue::Number(*value),
        created: None,
    });
    encode::family(format, &head, samples, out);
}

fn label_text(metric: &Metric) -> String {
    let pairs = metric.get_label().iter();
    let texts: Vec<_> =
        pairs.map(|pair| format!("{}=\"{}\"", pair.name(), encode::escaped(pair.value()))).collect();
    texts.join(",")
}

/// Returns the families `cton_service_stale` and `cton_service_up` as text, given the name of each service and if it is up
/// and stale.
pub(crate) fn flags<'a>(format: Format, services: impl Iterator<Item = (&'a str, bool, bool)>) -> Vec<u8> {
    let services: Vec<_> =
        services.map(|(name, up, stale)| (service_labels::text(name), up, stale)).collect();
    let mut out = Vec::new();
    let mut family = |family: &OwnFamily, holds: fn(&(String, bool, bool)) -> bool| {
        let sample =
            |service: &(String, bool, bool)| (service.0.clone(), f64::from(u8::from(holds(service))));
        let samples: Vec<_> = services.iter().map(sample).collect();
        encode_family(format, (family.name, family.kind, family.help), &samples, &mut out);
    };
    family(&own_family::STALE, |(_, _, stale)| *stale);
    family(&own_family::UP, |(_, up, _)| *up);
    out
}
