//! One metric of a service with its options.

use super::kind::Kind;
use super::metric_entries::DEFAULT_BUCKETS;
use super::position::Position;

/// One metric of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricConfig {
    /// The name, which is also the name of the method.
    pub name: String,
    /// The position of the name in `prometheus_metrics_mapping`.
    pub place: Position,
    /// The kind, which is the key of the list in `prometheus_metrics_mapping`.
    pub kind: Kind,
    /// The names of the labels in `prometheus_metric_labels`.
    pub labels: Vec<String>,
    /// The HELP text in `prometheus_metric_help`; if absent, the method's doc comment is used.
    pub help: Option<String>,
    /// The unit in `prometheus_metric_units`.
    pub unit: Option<String>,
    /// The upper bounds in `prometheus_metric_buckets`; if absent, the default ones are compiled in.
    pub buckets: Option<Vec<f64>>,
}

impl MetricConfig {
    /// Returns the upper bounds to compile in; none if the metric is no histogram.
    pub fn bounds(&self) -> &[f64] {
        let default: &[f64] = if self.kind == Kind::Histogram { &DEFAULT_BUCKETS } else { &[] };
        self.buckets.as_deref().unwrap_or(default)
    }
}
