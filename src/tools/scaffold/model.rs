//! The model of a new service: the metrics, the rows that they belong to, and what is omitted.
//!
//! It is independent of the source of the shapes. A path leads from the response to a value; the code for it follows from all paths.

use super::omissions::Omission;
use crate::config::Kind;

/// The content of the file of a service.
#[derive(Debug, Default)]
pub(super) struct ServiceModel {
    /// The field that holds the response, if the response is not an object with fixed keys.
    pub wrapper: Option<&'static str>,
    /// The rows, each after the rows that contain it.
    pub rows: Vec<ModelRows>,
    /// The metrics, at least one, in the order of the file.
    pub metrics: Vec<ModelMetric>,
    /// The values that are no metrics.
    pub omitted: Vec<Omission>,
}

/// A path from the response to a value.
pub(super) type ModelPath = Vec<ModelStep>;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ModelStep {
    /// The value of a key of an object.
    Field(String),
    /// The elements of a list.
    Elements,
    /// The values of an object whose keys are data.
    Entries,
}

/// The elements of a list, or the entries of an object.
#[derive(Debug, Clone)]
pub(super) struct ModelRows {
    /// The path to a row. It ends with [`ModelStep::Elements`] or [`ModelStep::Entries`].
    pub path: ModelPath,
    /// The rows that contain these rows.
    pub parent: Option<usize>,
    /// The labels that distinguish the rows of one list. Without labels, only counts are metrics.
    pub labels: Vec<ModelLabel>,
    /// The number of rows in the sample.
    pub count: usize,
    /// The reason why the number of label values may grow without bound.
    pub unbounded: Option<&'static str>,
}

/// A label of rows.
#[derive(Debug, Clone)]
pub(super) struct ModelLabel {
    /// The name of the label.
    pub name: String,
    /// The source of its values.
    pub source: LabelSource,
}

/// The source of the values of a label.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum LabelSource {
    /// A field of the row.
    Field(ModelPath),
    /// The key of the entry.
    Key,
    /// The position in the list, from 0.
    Index,
}

/// A metric of the service.
#[derive(Debug, Clone)]
pub(super) struct ModelMetric {
    /// The name of the metric and of its method.
    pub name: String,
    /// The kind of the metric.
    pub kind: Kind,
    /// The HELP text.
    pub help: String,
    /// The path to the value.
    pub path: ModelPath,
    /// The rows that the value is in.
    pub rows: Option<usize>,
    /// The labels, in the order of config.json.
    pub labels: Vec<String>,
    /// The source of the value.
    pub value: ModelValue,
    /// The value in the sample, or the number of series of a metric with labels.
    pub sample: f64,
    /// The number of values of the sample that the metric exports.
    pub amounts: usize,
}

/// The source of the value of a metric.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ModelValue {
    /// A number in another unit.
    Number(ModelScale),
    /// `true` or `false`.
    Flag,
    /// A text that a function of `collectington::units` reads.
    Parsed(&'static str, ModelScale),
    /// A Unix timestamp, which becomes one in seconds.
    Epoch(ModelScale),
    /// A time as text.
    Time,
    /// The number of elements or entries.
    Count,
    /// The number of rows by a text field, whose name in the row is a label.
    Tally,
    /// The state that a text names, among these known states. The first one is that of the sample.
    States(Vec<String>),
    /// Constant texts at these paths, as labels of the value 1.
    Info(Vec<ModelPath>),
    /// The length of the response in bytes.
    Bytes,
}

/// The conversion of a number to the base unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum ModelScale {
    /// The number is in the base unit.
    One,
    /// The number is multiplied.
    Times(f64),
    /// The number is divided.
    Over(f64),
}

impl ModelScale {
    /// Converts a number.
    pub(super) fn of(self, number: f64) -> f64 {
        match self {
            Self::One => number,
            Self::Times(factor) => number * factor,
            Self::Over(divisor) => number / divisor,
        }
    }
}

/// Returns the path with one more step.
pub(super) fn then(path: &[ModelStep], step: ModelStep) -> ModelPath {
    [path, &[step]].concat()
}

/// Returns the path as a person writes it, such as `queues[].name`.
pub(super) fn shown(path: &[ModelStep]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            ModelStep::Field(key) if text.is_empty() => text += key,
            ModelStep::Field(key) => text += &format!(".{key}"),
            ModelStep::Elements => text += "[]",
            ModelStep::Entries => text += "{}",
        }
    }
    if text.is_empty() { "the response".to_owned() } else { text }
}
