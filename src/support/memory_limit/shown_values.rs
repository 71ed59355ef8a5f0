//! The memory of the values that a status shows: the first series of each metric.

use super::of_series;
use crate::config::{Kind, MetricConfig, ServiceConfig};

/// The number of series per metric that a status shows.
pub(crate) const SHOWN_SERIES: usize = 20;

/// The number of characters after which a status cuts a label value.
pub(crate) const SHOWN_CHARS: usize = 200;

/// The bytes of a shown series without its labels, in a list that grows.
pub(crate) const SHOWN_SERIES_BYTES: usize = 160;

/// The bytes of a label without its value.
pub(crate) const SHOWN_LABEL_BYTES: usize = 72;

/// The bytes of the longest cut value.
const SHOWN_VALUE_BYTES: usize = 4 * SHOWN_CHARS + "...".len();

/// The number of published snapshots of a service that exist while a poll is published.
const SNAPSHOTS: u64 = 2;

/// Returns the bytes of the shown values of one service. All label values together take no more than those of all
/// series.
pub(super) fn of_service(service: &ServiceConfig) -> u64 {
    let sum = |bytes: fn(usize) -> usize| -> u64 {
        let metrics = service.metrics.iter();
        metrics.map(|metric| series(metric, service).saturating_mul(bytes(labels(metric)) as u64)).sum()
    };
    let fixed = sum(|labels| SHOWN_SERIES_BYTES + SHOWN_LABEL_BYTES * labels);
    let values = sum(|labels| SHOWN_VALUE_BYTES * labels).min(of_series(service.memory_limit));
    SNAPSHOTS.saturating_mul(fixed.saturating_add(values))
}

/// Returns the largest number of series that a snapshot has of a metric.
///
/// The series of a gauge become stale poll by poll. Others are then among the first.
fn series(metric: &MetricConfig, service: &ServiceConfig) -> u64 {
    let polls = match (metric.kind, service.stale_after) {
        (kind, 1..) if kind.is_current() => u64::from(service.stale_after) + 2,
        _ => 1,
    };
    let most = if labels(metric) == 0 { 1 } else { SHOWN_SERIES as u64 * polls };
    // The states of one series are many samples.
    if metric.kind == Kind::StateSet { most } else { most.min(service.series_limit as u64) }
}

/// Returns the number of labels of a sample.
fn labels(metric: &MetricConfig) -> usize {
    metric.labels.len() + usize::from(metric.kind == Kind::StateSet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_series_count_where_more_can_be_among_the_first() {
        let config = crate::config::parse("config.json", include_str!("../../../config.json")).unwrap();
        let service = &config.services[0];
        let bytes = |kind, labels: &[&str], series_limit, stale_after| {
            let labels = labels.iter().map(|label| (*label).to_owned()).collect();
            let metrics = [MetricConfig { kind, labels, ..service.metrics[0].clone() }].into();
            of_service(&ServiceConfig { metrics, series_limit, stale_after, ..service.clone() })
        };
        let label = 2 * (SHOWN_SERIES_BYTES + SHOWN_LABEL_BYTES + SHOWN_VALUE_BYTES) as u64;
        assert_eq!(bytes(Kind::Counter, &[], 1000, 5), 320);
        assert_eq!(bytes(Kind::Gauge, &[], 1000, 5), 320);
        assert_eq!(bytes(Kind::Counter, &["a"], 1000, 5), 20 * label);
        assert_eq!(bytes(Kind::Gauge, &["a"], 1000, 0), 20 * label);
        assert_eq!(bytes(Kind::Gauge, &["a"], 1000, 5), 7 * 20 * label);
        assert_eq!(bytes(Kind::Gauge, &["a"], 9, 5), 9 * label);
    }

    #[test]
    fn all_label_values_count_no_more_than_those_of_all_series() {
        let config = crate::config::parse("config.json", include_str!("../../../config.json")).unwrap();
        let service = ServiceConfig {
            memory_limit: 4000,
            metrics: [MetricConfig { labels: vec!["a".to_owned()], ..config.services[0].metrics[0].clone() }]
                .into(),
            ..config.services[0].clone()
        };
        assert_eq!(of_service(&service), 2 * (1000 + 20 * (SHOWN_SERIES_BYTES + SHOWN_LABEL_BYTES) as u64));
    }
}
