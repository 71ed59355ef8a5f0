//! Reads the static labels of a service or a target, which are on all of its series.

use super::fields::Fields;
use super::json_syntax::quoted;
use super::json_tree::{ObjectEntry, Tree};
use super::names::{self, Role};
use super::{Kind, MetricConfig, Problem, Spanned, key_table};

/// The help for a key that had another meaning in an older config.
pub(super) const RENAME: &str = "if it is a custom key, rename it";

/// The maximum size of a label value in bytes.
const LONGEST: usize = 1000;

/// A label that is on all series of a service or target, by name.
pub(super) type StaticLabels = Vec<(Spanned<String>, String)>;

/// Returns the static labels of an object, sorted by name; `None` if it has none, or if one of them is invalid.
pub(super) fn read(fields: &Fields, metrics: &[MetricConfig]) -> Option<StaticLabels> {
    let entries = fields.object(&key_table::STATIC_LABELS)?;
    // All errors are reported.
    let read: Vec<_> = entries.iter().map(|entry| label(entry, fields)).collect();
    let checked: Vec<_> = entries.iter().map(|entry| check(&entry.key, metrics, fields)).collect();
    let mut labels =
        read.into_iter().collect::<Option<StaticLabels>>().filter(|_| !checked.contains(&false))?;
    labels.sort_by(|(one, _), (other, _)| one.value.cmp(&other.value));
    Some(labels)
}

/// Reports a name that is not a label name, is reserved, or is a label of a metric. Returns true if the name is valid.
pub(super) fn check(name: &Spanned<String>, metrics: &[MetricConfig], fields: &Fields) -> bool {
    let clash = metrics.iter().find(|metric| is_own(metric, &name.value));
    let found = quoted(&name.value);
    let problem = match (reserved_for(&name.value), clash) {
        (Some(owner), _) => {
            Problem::new(format!("the label name {found} is reserved for {owner}")).help("rename it")
        }
        (None, Some(metric)) => {
            let text = format!("the label {found} is a label of the metric {}", quoted(&metric.name));
            Problem::new(text).help("write another name into `labels`")
        }
        (None, None) => match names::check(Role::Label, &name.value) {
            Ok(()) => return true,
            Err(problem) => problem,
        },
    };
    fields.report.add(name.place, problem);
    false
}

/// Returns the owner of a label name that no static label can have.
fn reserved_for(name: &str) -> Option<&'static str> {
    match name {
        "le" => Some("the buckets of histograms"),
        "quantile" => Some("the quantiles of summaries"),
        // Prometheus would rename them to `exported_job` and `exported_instance`.
        "job" | "instance" => Some("Prometheus, which adds it to each target"),
        _ => None,
    }
}

fn is_own(metric: &MetricConfig, label: &str) -> bool {
    metric.labels.iter().any(|own| own == label) || metric.kind == Kind::StateSet && metric.name == label
}

fn label(entry: &ObjectEntry, fields: &Fields) -> Option<(Spanned<String>, String)> {
    let (name, place) = (&entry.key, entry.value.place);
    let found = format!("the label {}", quoted(&name.value));
    let problem = match &entry.value.tree {
        Tree::Broken => return None,
        Tree::Text(text) if text.is_empty() => {
            Problem::new(format!("{found} is empty, which Prometheus treats as absent")).help("remove it")
        }
        Tree::Text(text) if text.len() > LONGEST => {
            let text = format!("{found} has {} bytes, expected at most {LONGEST}", text.len());
            Problem::new(text).help("shorten it")
        }
        Tree::Text(text) => return Some((name.clone(), text.clone())),
        Tree::Number(_) | Tree::Bool(_) => {
            Problem::new(format!("{found} is {}, expected a string", entry.value.describe()))
                .help("write it in quotation marks")
        }
        _ => Problem::new(format!("{found} is {}, expected a string", entry.value.describe())).help(RENAME),
    };
    fields.report.add(place, problem);
    None
}
