//! Reads the metrics of one service with their kinds and options.

use super::fields::Fields;
use super::json_syntax::quoted;
use super::json_tree::{Node, ObjectEntry, Tree};
use super::names::{self, Role};
use super::problem::Problem;
use super::report::Report;
use super::suggest::{near, similar};
use super::unknown_name::alternatives;
use super::{Kind, MetricConfig, Spanned, key_table, metric_options};

/// The default upper bounds of a histogram, as in the Python client; `+Inf` is added automatically.
pub(super) const DEFAULT_BUCKETS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The maximum number of metrics of one kind in a service.
const LIMIT: usize = 1_000;

/// The help for an empty mapping.
const ADD_ONE: &str = r#"add one, such as `"counter": ["number_of_incidents"]`"#;

/// Reads `prometheus_metrics_mapping` and the options of its metrics.
pub(super) fn read(fields: &Fields) -> Vec<MetricConfig> {
    let mapping = fields.object(&key_table::MAPPING);
    let entries = mapping.unwrap_or_default();
    let mut metrics: Vec<_> = entries.iter().flat_map(|entry| of_kind(entry, fields.report)).collect();
    let written = mapping.and_then(count);
    if let (Some(0), Some(entry)) = (written, fields.entry(&key_table::MAPPING)) {
        let text = format!("`{}` has no metric", key_table::MAPPING.name);
        fields.report.add(entry.value.place, Problem::new(text).help(ADD_ONE));
    }
    let complete = written == Some(metrics.len());
    metric_options::read(fields, &mut metrics, complete);
    metrics
}

/// Returns the number of names in the mapping; `None` if one of its values is no list.
fn count(mapping: &[ObjectEntry]) -> Option<usize> {
    let names = |entry: &ObjectEntry| {
        if let Tree::List(names) = &entry.value.tree { Some(names.len()) } else { None }
    };
    mapping.iter().map(names).sum()
}

/// Returns the metrics of one entry of the mapping.
fn of_kind(entry: &ObjectEntry, report: &Report) -> Vec<MetricConfig> {
    let kind = Kind::from_name(&entry.key.value).unwrap_or_else(|| unknown(&entry.key, report));
    let what = quoted(&entry.key.value);
    let names = list(&what, "metric names", LIMIT, &entry.value, report).unwrap_or_default();
    names.iter().filter_map(|name| metric(name, kind, report)).collect()
}

/// Reports an unknown kind, and returns the kind that was probably meant, so that its metrics are still read.
fn unknown(key: &Spanned<String>, report: &Report) -> Kind {
    let kinds = Kind::ALL.map(Kind::as_str);
    let text = format!("unknown kind {}, expected {}", quoted(&key.value), alternatives(&kinds));
    report.add(key.place, Problem::new(text).help_if(similar(&key.value, kinds)));
    near(&key.value, kinds).and_then(Kind::from_name).unwrap_or(Kind::Gauge)
}

fn metric(node: &Node, kind: Kind, report: &Report) -> Option<MetricConfig> {
    let name = text("a metric name", node, report)?;
    if let Err(text) = names::check(Role::Metric, &name) {
        report.add(node.place, text);
    } else if let Some(suffixed) = kind.suffixed(&name) {
        let text =
            format!("{} cannot name an info metric, expected a name with the suffix `_info`", quoted(&name));
        report.add(node.place, Problem::new(text).help(format!("rename it to {}", quoted(&suffixed))));
    }
    let (place, labels) = (node.place, Vec::new());
    Some(MetricConfig { name, place, kind, labels, help: None, unit: None, buckets: None })
}

/// Returns the items of a list; `None` if it is no list or has more than `limit` items, which is reported.
pub(super) fn list<'a>(
    what: &str,
    expected: &str,
    limit: usize,
    node: &'a Node,
    report: &Report,
) -> Option<&'a [Node]> {
    let problem = match &node.tree {
        Tree::List(items) if items.len() <= limit => return Some(items),
        Tree::List(items) => {
            Problem::new(format!("{what} has {} items, expected at most {limit}", items.len()))
        }
        Tree::Broken => return None,
        _ => Problem::new(format!("{what} is {}, expected a list of {expected}", node.describe()))
            .help("write `[ ... ]`"),
    };
    report.add(node.place, problem);
    None
}

pub(super) fn text(what: &str, node: &Node, report: &Report) -> Option<String> {
    match &node.tree {
        Tree::Text(text) => Some(text.clone()),
        Tree::Broken => None,
        _ => {
            let text = format!("{what} is {}, expected a string", node.describe());
            let is_scalar = matches!(node.tree, Tree::Bool(_) | Tree::Number(_));
            let help = is_scalar.then_some("write it in quotation marks");
            report.add(node.place, Problem::new(text).help_if(help));
            None
        }
    }
}
