//! Reads the options of metrics: labels, HELP, units and buckets.

use std::collections::HashMap;

use super::fields::Fields;
use super::json_syntax::quoted;
use super::json_tree::{Node, ObjectEntry, Tree};
use super::key_table::{self, ConfigKey};
use super::metric_entries::{list, text};
use super::names::{self, Role};
use super::report::Report;
use super::suggest::advice;
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
        let advice = advice(&entry.key.value, names, "add it there or take it out here");
        let (found, mapping) = (quoted(&entry.key.value), key_table::MAPPING.name);
        let text = format!("`{}` has {found}, which is no metric of `{mapping}`: {advice}", key.name);
        self.fields.report.add(entry.key.place, text);
    }
}

fn labels(metric: &mut MetricConfig, entry: &ObjectEntry, report: &Report) {
    let what = format!("the entry of {} in `{}`", quoted(&metric.name), key_table::LABELS.name);
    let Some(items) = list(&what, "label names", LIMIT, &entry.value, report) else { return };
    for item in items {
        let Some(label) = text("a label's name", item, report) else { continue };
        if let Err(text) = label_rule(metric.kind, &label) {
            report.add(item.place, text);
        }
        if metric.labels.contains(&label) {
            let text =
                format!("label {} stands twice on {}: take one out", quoted(&label), quoted(&metric.name));
            report.add(item.place, text);
        }
        metric.labels.push(label);
    }
}

fn label_rule(kind: Kind, label: &str) -> Result<(), String> {
    match (kind, label) {
        (Kind::Histogram, "le") => {
            Err("label `le` is reserved: a histogram's buckets bear it: rename it".to_owned())
        }
        (Kind::Summary, "quantile") => {
            Err("label `quantile` is reserved: a summary's quantiles bear it: rename it".to_owned())
        }
        _ => names::check(Role::Label, label),
    }
}

fn help(metric: &mut MetricConfig, entry: &ObjectEntry, report: &Report) {
    let Some(help) = text("a HELP text", &entry.value, report) else { return };
    if help.trim().is_empty() || help.contains(|c: char| c.is_control() && c != '\n') {
        let text = "a HELP text is blank or holds a control character, expected words: write some or take the entry out";
        report.add(entry.value.place, text);
    }
    metric.help = Some(help);
}

fn unit(metric: &mut MetricConfig, entry: &ObjectEntry, report: &Report) {
    let Some(unit) = text("a unit", &entry.value, report) else { return };
    if let Err(text) = names::check(Role::Unit, &unit) {
        report.add(entry.value.place, text);
    }
    metric.unit = Some(unit);
}

fn buckets(metric: &mut MetricConfig, entry: &ObjectEntry, report: &Report) {
    if metric.kind != Kind::Histogram {
        let text = format!(
            "`{}` has {}, which is a {}, expected histograms only: take it out",
            key_table::BUCKETS.name,
            quoted(&metric.name),
            metric.kind.as_str()
        );
        return report.add(entry.key.place, text);
    }
    let what = format!("the entry of {} in `{}`", quoted(&metric.name), key_table::BUCKETS.name);
    let Some(items) = list(&what, "upper bounds in ascending order", LIMIT, &entry.value, report) else {
        return;
    };
    if items.is_empty() {
        let text =
            format!("{what} is empty, expected upper bounds in ascending order: add one or take it out");
        report.add(entry.value.place, text);
    }
    metric.buckets = Vec::new();
    for item in items {
        let Some(bound) = bound(item, report) else { continue };
        if metric.buckets.last().is_some_and(|last| *last >= bound) {
            let text =
                format!("bucket {bound} is not above the one before it, expected ascending order: sort them");
            report.add(item.place, text);
        }
        metric.buckets.push(bound);
    }
}

fn bound(node: &Node, report: &Report) -> Option<f64> {
    let advice = match &node.tree {
        Tree::Number(number) => return number.as_f64(),
        Tree::Broken => return None,
        Tree::Text(text) if text.trim_start_matches(['+', '-']).to_ascii_lowercase().starts_with("inf") => {
            "take it out: the bucket +Inf is always there"
        }
        _ => "write a number",
    };
    report.add(node.place, format!("a bucket is {}, expected a finite number: {advice}", node.describe()));
    None
}
