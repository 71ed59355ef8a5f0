//! The generated method of one metric.

use super::identifiers::{camel, escaped};
use super::model::{MetricSource, ModelMetric, ModelRows, PathStep};
use crate::config::Kind;

/// Returns the method, with a doc comment that describes its value and explains its kind.
pub(super) fn of(metric: &ModelMetric) -> String {
    let (name, help, of, value) = (&metric.name, help(metric), type_of(metric), value(metric));
    let why = match (&metric.what, metric.kind) {
        (MetricSource::Bytes(_), _) => "A placeholder: replace it with values of the response.",
        (_, Kind::Counter) => "A counter, because its name counts events.",
        _ => "A gauge, because it may decrease.",
    };
    format!("    /// {help}\n    ///\n    /// {why}\n    pub fn {name}(&self) -> {of} {{\n{value}\n    }}")
}

/// Returns the first paragraph of the doc comment, which becomes the HELP text.
fn help(metric: &ModelMetric) -> String {
    let at = place(&metric.path);
    match &metric.what {
        MetricSource::Number(_) => format!("Value of {at}."),
        MetricSource::Length(_) => format!("Number of items in {at}."),
        MetricSource::Bytes(_) => "Size of the response in bytes.".to_owned(),
        MetricSource::Rows(rows) => {
            let number = metric.path.iter().chain([&rows.number]).cloned().collect::<Vec<_>>();
            format!("Value of {} by {}.", place(&number), rows.label.key)
        }
    }
}

fn type_of(metric: &ModelMetric) -> String {
    let number = if metric.kind == Kind::Counter { "Total<u64>" } else { "f64" };
    match &metric.what {
        MetricSource::Number(_) => number.to_owned(),
        MetricSource::Length(_) | MetricSource::Bytes(_) => "usize".to_owned(),
        MetricSource::Rows(rows) => {
            let number = if rows.optional { format!("Option<{number}>") } else { number.to_owned() };
            format!("Vec<({}<'_>, {number})>", labels(&metric.name))
        }
    }
}

fn value(metric: &ModelMetric) -> String {
    let fields: String = metric.path.iter().map(|step| format!(".{}", step.field)).collect();
    match &metric.what {
        MetricSource::Number(_) => format!("        {}", of_kind(metric.kind, &format!("self{fields}"))),
        MetricSource::Length(_) | MetricSource::Bytes(_) => format!("        self{fields}.len()"),
        MetricSource::Rows(rows) => {
            let items = format!("self{fields}.iter(){}", if rows.gaps { ".flatten()" } else { "" });
            format!("        let items = {items};\n        items.map(|item| {}).collect()", row(metric, rows))
        }
    }
}

/// Returns the labels and the number of an item.
fn row(metric: &ModelMetric, rows: &ModelRows) -> String {
    let (labels, label) = (labels(&metric.name), &rows.label);
    let number = format!("item.{}", rows.number.field);
    let number = match metric.kind {
        Kind::Counter if rows.optional => format!("{number}.map(Total)"),
        kind => of_kind(kind, &number),
    };
    format!("({labels}::new(&item.{}), {number})", label.field)
}

fn of_kind(kind: Kind, number: &str) -> String {
    if kind == Kind::Counter { format!("Total({number})") } else { number.to_owned() }
}

/// Returns the struct that the build generates for a metric with labels.
fn labels(metric: &str) -> String {
    format!("labels::{}", camel(&metric.split('_').map(str::to_owned).collect::<Vec<_>>()))
}

/// Returns the path of a value, as a person writes it. It is in backquotes if its characters could be markup.
fn place(path: &[PathStep]) -> String {
    let keys = path.iter().map(|step| escaped(&step.key).replace('`', "'")).filter(|key| !key.is_empty());
    let place = keys.collect::<Vec<_>>().join(".");
    let is_plain = place.chars().all(|c| c.is_alphanumeric() || " ._-".contains(c));
    match place.as_str() {
        "" => "the response".to_owned(),
        _ if is_plain => place,
        _ => format!("`{place}`"),
    }
}
