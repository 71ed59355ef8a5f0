//! The metrics of a service that the config of this run has.

use std::sync::Arc;

use crate::author::configured_family::ConfiguredFamily;
use crate::author::service::Bound;
use crate::config::ServiceConfig;

/// The configured metrics of a service, in the order of the compiled-in config.
#[derive(PartialEq)]
pub(crate) struct PlannedMetrics {
    /// The families, with the options of the config.
    pub families: Vec<Arc<ConfiguredFamily>>,
    /// The index of each metric in the generated table. The methods of other rows are never called.
    pub rows: Vec<usize>,
}

impl PlannedMetrics {
    /// Returns the metrics of the generated table that the entry of the config has.
    pub(crate) fn new(bound: &dyn Bound, config: &ServiceConfig) -> Self {
        let compiled = bound.families().into_iter().enumerate();
        let configured = compiled.filter_map(|(row, family)| {
            let metric = config.metrics.iter().find(|metric| metric.name == family.name)?;
            Some((Arc::new(ConfiguredFamily::new(family, metric)), row))
        });
        let (families, rows) = configured.unzip();
        Self { families, rows }
    }
}
