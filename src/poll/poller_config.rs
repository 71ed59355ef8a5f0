//! The part of a poller that the config determines.

use std::sync::Arc;
use std::time::Duration;

use super::plan::Planned;
use super::schedule::Schedule;
use crate::author::configured_family::ConfiguredFamily;
use crate::author::service::Bound;
use crate::config::{Config, Kind};
use crate::series::options::SeriesOptions;

/// The part of a poller that the config determines.
pub(crate) struct PollerConfig {
    /// The full name of what is polled, such as `splunk` or `splunk/eu`.
    pub name: Arc<str>,
    /// The generated table of the service.
    pub bound: &'static dyn Bound,
    /// The index of each configured metric in the table.
    pub rows: Vec<usize>,
    /// The configured metrics.
    pub families: Vec<Arc<ConfiguredFamily>>,
    /// The options of the series.
    pub options: SeriesOptions,
    /// The labels on all series.
    pub labels: Vec<(String, String)>,
    /// The schedule of the polls.
    pub schedule: Schedule,
    /// The configured time between the starts of two polls.
    pub poll_interval: Duration,
    /// The time without success after which gauges are stale; `None` if they never are.
    pub stale_after: Option<Duration>,
    /// The timeout of a poll.
    pub poll_timeout: Duration,
}

impl PollerConfig {
    pub(crate) fn new(planned: &Planned, config: &Config) -> Self {
        Self {
            name: planned.config.name.as_str().into(),
            bound: planned.bound,
            rows: planned.metrics.rows.clone(),
            families: planned.metrics.families.clone(),
            options: SeriesOptions::new(config, &planned.config),
            labels: planned.config.labels.clone(),
            schedule: planned.schedule(config),
            poll_interval: planned.poll_interval(config),
            stale_after: planned.stale_after(config),
            poll_timeout: planned.config.poll_timeout,
        }
    }

    /// Returns the name and kind of each metric.
    pub(crate) fn kinds(&self) -> Vec<(&'static str, Kind)> {
        self.families.iter().map(|family| (family.name, family.kind)).collect()
    }
}
