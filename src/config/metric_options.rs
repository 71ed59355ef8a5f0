//! Reads the options of metrics: labels, HELP, units and buckets.

use std::collections::HashMap;

use super::fields::Fields;
use super::json_syntax::quoted;
use super::json_tree::{Node, ObjectEntry, Tree};
use super::key_table::{self, ConfigKey};
use super::metric_entries::{list, text};
use super::names::{self, Role};
use super::problem::Problem;
use super::report::Report;
use super::suggest::similar;
use super::{Kind, MetricConfig};

/// The maximum number of labels of a metric, and of buckets of a histogram.
const LIMIT: usize = 100;

/// Reads the options of the metrics into `metrics`. If these are `complete`, an option of any other metric is reported.
pub(super) fn read(fields: &Fields, metrics: &mut [MetricConfig], complete: bool) {
    let places = metrics.iter().enumerate().map(|(at, metric)| (metric.name.clone(), at)).collect();
    let mut companion = Companion { fields, complete, places, metrics };
    companion.read(&key_table::LABELS, labels);
    companion.read(&key_table::HELP, help);
    companion.read(&key_table::UNITS, unit);
    companion.read(&key_table::BUCKETS, buckets);
    without_labels(fields, metrics);
}

/// Reports the info metrics without labels, which have no information.
fn without_labels(fields: &Fields, metrics: &[MetricConfig]) {
    for metric in metrics.iter().filter(|metric| metric.kind == Kind::Info && metric.labels.is_empty()) {
        if !lists_labels(fields, &metric.name) {
            let text = format!("info metric {} has no labels", quoted(&metric.name));
            let help = format!("add its label names to `{}`", key_table::LABELS.name);
            fields.report.add(metric.place, Problem::new(text).help(help));
        }
    }
}

/// Returns true if the labels of a metric are in the config, even if they are invalid, which is reported already.
fn lists_labels(fields: &Fields, metric: &str) -> bool {
    let is_empty = |entry: &ObjectEntry| matches!(&entry.value.tree, Tree::List(items) if items.is_empty());
    match fields.entry(&key_table::LABELS).map(|entry| &entry.value.tree) {
        Some(Tree::Object(entries)) => {
            entries.iter().any(|entry| entry.key.value == metric && !is_empty(entry))
        }
        Some(_) => true,
        None => false,
    }
}

/// A reader of the objects beside the mapping, whose keys are metrics.
struct Companion<'a> {
    fields: &'a Fields<'a>,
    complete: bool,
    places: HashMap<String, usize>,
    metrics: &'a mut [MetricConfig],
}

impl Companion<'_> {
    fn read(&mut self, key: &ConfigKey, read: fn(&mut MetricConfig, &ObjectEntry, &Report)) {
        for entry in self.fields.object(key).unwrap_or_default() {
            let metric = self.places.get(&entry.key.value).and_then(|at| self.metrics.get_mut(*at));
            match metric {
                Some(metric) => read(metric, entry, self.fields.report),
                None if self.complete => self.stray(key, entry),
                None => {}
            }
        }
    }

    fn stray(&self, key: &ConfigKey, entry: &ObjectEntry) {
        let names = self.metrics.iter().map(|metric| metric.name.as_str());
        let names = names.filter(|_| !self.fields.report.is_long());
        let help = similar(&entry.key.value, names);
        let help = help.unwrap_or_else(|| "add it there, or remove it here".to_owned());
        let (found, mapping) = (quoted(&entry.key.value), key_table::MAPPING.name);
        let text = format!("`{}` has {found}, which is not in `{mapping}`", key.name);
        self.fields.report.add(entry.key.place, Problem::new(text).help(help));
    }
}

fn labels(metric: &mut MetricConfig, entry: &ObjectEntry, report: &Report) {
    let what = format!("the entry of {} in `{}`", quoted(&metric.name), key_table::LABELS.name);
    let Some(items) = list(&what, "label names", LIMIT, &entry.value, report) else { return };
    for item in items {
        let Some(label) = text("a label name", item, report) else { continue };
        if let Err(problem) = label_rule(metric, &label) {
            report.add(item.place, problem);
        }
        if metric.labels.contains(&label) {
            let text = format!("label {} of {} is listed twice", quoted(&label), quoted(&metric.name));
            report.add(item.place, Problem::new(text).help("remove one of them"));
        }
        metric.labels.push(label);
    }
}

fn label_rule(metric: &MetricConfig, label: &str) -> Result<(), Problem> {
    let owner = match (metric.kind, label) {
        (Kind::Histogram, "le") => "the buckets of histograms",
        (Kind::Summary, "quantile") => "the quantiles of summaries",
        (Kind::StateSet, label) if label == metric.name => "the states of this state set",
        _ => return names::check(Role::Label, label),
    };
    Err(Problem::new(format!("label `{label}` is reserved for {owner}")).help("rename it"))
}

fn help(metric: &mut MetricConfig, entry: &ObjectEntry, report: &Report) {
    let Some(help) = text("a HELP text", &entry.value, report) else { return };
    if help.trim().is_empty() {
        report.add(
            entry.value.place,
            Problem::new("a HELP text is blank").help("write one, or remove the entry"),
        );
    } else if help.contains(|c: char| c.is_control() && c != '\n') {
        let problem = Problem::new("a HELP text contains a control character");
        report.add(entry.value.place, problem.help("remove the character"));
    }
    metric.help = Some(help);
}

fn unit(metric: &mut MetricConfig, entry: &ObjectEntry, report: &Report) {
    if matches!(metric.kind, Kind::StateSet | Kind::Info) {
        let (units, kind) = (key_table::UNITS.name, metric.kind.as_str());
        let text =
            format!("`{units}` has {}, which is of kind `{kind}` and has no unit", quoted(&metric.name));
        return report.add(entry.key.place, Problem::new(text).help("remove it"));
    }
    let Some(unit) = text("a unit", &entry.value, report) else { return };
    if let Err(problem) = names::check(Role::Unit, &unit) {
        report.add(entry.value.place, problem);
    }
    metric.unit = Some(unit);
}

fn buckets(metric: &mut MetricConfig, entry: &ObjectEntry, report: &Report) {
    if metric.kind != Kind::Histogram {
        let text = format!(
            "`{}` has {}, which is {} {}, expected histograms only",
            key_table::BUCKETS.name,
            quoted(&metric.name),
            if metric.kind == Kind::Info { "an" } else { "a" },
            metric.kind.as_str()
        );
        return report.add(entry.key.place, Problem::new(text).help("remove it"));
    }
    let what = format!("the entry of {} in `{}`", quoted(&metric.name), key_table::BUCKETS.name);
    let Some(items) = list(&what, "upper bounds in ascending order", LIMIT, &entry.value, report) else {
        return;
    };
    if items.is_empty() {
        let text = format!("{what} is empty, expected upper bounds in ascending order");
        report.add(entry.value.place, Problem::new(text).help("add one, or remove the entry"));
    }
    let mut bounds: Vec<f64> = Vec::new();
    for item in items {
        let Some(bound) = bound(item, report) else { continue };
        if bounds.last().is_some_and(|last| *last >= bound) {
            let text = format!("bucket {bound} is not greater than the one before it");
            report.add(item.place, Problem::new(text).help("sort the buckets in ascending order"));
        }
        bounds.push(bound);
    }
    metric.buckets = Some(bounds);
}

fn bound(node: &Node, report: &Report) -> Option<f64> {
    let help = match &node.tree {
        Tree::Number(number) => return number.as_f64(),
        Tree::Broken => return None,
        Tree::Text(text) if text.trim_start_matches(['+', '-']).to_ascii_lowercase().starts_with("inf") => {
            Some("remove it; the bucket +Inf always exists")
        }
        _ => None,
    };
    let text = format!("a bucket is {}, expected a finite number", node.describe());
    report.add(node.place, Problem::new(text).help_if(help));
    None
}
