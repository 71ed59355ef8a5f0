//! The metrics of one service: their kinds, and what else is said of each.

use crate::config::fields::Fields;
use crate::config::json::{Node, Tree};
use crate::config::{Kind, MetricConfig, keys};

/// The upper bounds of a histogram that has no others, as in the Python client; `+Inf` follows by itself.
const DEFAULT_BUCKETS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Reads `prometheus_metrics_mapping` and its companions.
pub(super) fn read(fields: &Fields) -> Vec<MetricConfig> {
    let mut metrics = Vec::new();
    if let Some(mapping) = fields.object(&keys::MAPPING) {
        for entry in mapping.entries {
            let Some(kind) = Kind::from_name(&entry.key.value) else { continue };
            let Tree::List(names) = &entry.value.tree else { continue };
            metrics.extend(names.iter().filter_map(|name| metric(name, kind)));
        }
    }
    for metric in &mut metrics {
        of(fields, &keys::LABELS, metric, |metric, node| metric.labels = texts(node));
        of(fields, &keys::HELP, metric, |metric, node| metric.help = text(node));
        of(fields, &keys::UNITS, metric, |metric, node| metric.unit = text(node));
        of(fields, &keys::BUCKETS, metric, |metric, node| metric.buckets = numbers(node));
    }
    metrics
}

fn metric(name: &Node, kind: Kind) -> Option<MetricConfig> {
    let buckets = if kind == Kind::Histogram { DEFAULT_BUCKETS.to_vec() } else { Vec::new() };
    let place = name.place;
    text(name).map(|name| MetricConfig {
        name,
        place,
        kind,
        labels: Vec::new(),
        help: None,
        unit: None,
        buckets,
    })
}

fn of(fields: &Fields, key: &keys::Key, metric: &mut MetricConfig, set: impl Fn(&mut MetricConfig, &Node)) {
    let Some(object) = fields.object(key) else { return };
    if let Some(entry) = object.entries.iter().find(|entry| entry.key.value == metric.name) {
        set(metric, &entry.value);
    }
}

fn text(node: &Node) -> Option<String> {
    if let Tree::Text(text) = &node.tree { Some(text.clone()) } else { None }
}

fn texts(node: &Node) -> Vec<String> {
    if let Tree::List(items) = &node.tree { items.iter().filter_map(text).collect() } else { Vec::new() }
}

fn numbers(node: &Node) -> Vec<f64> {
    let number = |node: &Node| if let Tree::Number(number) = &node.tree { number.as_f64() } else { None };
    if let Tree::List(items) = &node.tree { items.iter().filter_map(number).collect() } else { Vec::new() }
}
