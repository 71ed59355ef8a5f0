//! The model of a new service: structs that read the response, and metrics that show its values.

use crate::config::Kind;

/// The content of the file of a service.
#[derive(Debug)]
pub(super) struct ServiceModel {
    /// The relation of the type of the service to the response.
    pub root: ModelRoot,
    /// The structs, each before those that it contains. The first is the type of the service if that is the response.
    pub structs: Vec<ModelStruct>,
    /// The metrics, at least one.
    pub metrics: Vec<ModelMetric>,
    /// The number of further numbers that could have been metrics.
    pub left_out: usize,
}

/// The relation of the type of the service to the response.
#[derive(Debug, PartialEq)]
pub(super) enum ModelRoot {
    /// The type is the response, which is an object.
    Response,
    /// The type has the response in a field, as JSON of a type or as text.
    Field {
        /// The name of the field.
        name: &'static str,
        /// The type of the field.
        of: String,
        /// The method that reads the response, `json` or `text`.
        read: &'static str,
    },
}

/// A struct that serde deserializes.
#[derive(Debug)]
pub(super) struct ModelStruct {
    /// The name of the struct.
    pub name: String,
    /// The fields, at least one.
    pub fields: Vec<ModelField>,
}

/// A field of a struct.
#[derive(Debug)]
pub(super) struct ModelField {
    /// The name of the field.
    pub name: String,
    /// The key in the response.
    pub key: String,
    /// The type of the field.
    pub of: String,
}

/// A metric of the service.
#[derive(Debug)]
pub(super) struct ModelMetric {
    /// The name of the metric and of its method.
    pub name: String,
    /// The kind, counter or gauge.
    pub kind: Kind,
    /// The fields that lead to the value.
    pub path: Vec<PathStep>,
    /// The source of the value.
    pub what: MetricSource,
}

/// One field on the path to a metric.
#[derive(Debug, Clone)]
pub(super) struct PathStep {
    /// The key in the response, or an empty string for the response as a whole.
    pub key: String,
    /// The name of the field.
    pub field: String,
}

/// The source of the values of a metric.
#[derive(Debug)]
pub(super) enum MetricSource {
    /// A number, with its literal in the sample.
    Number(String),
    /// The length of a list, with its length in the sample.
    Length(usize),
    /// The length of the text in bytes, with its length in the sample.
    Bytes(usize),
    /// A number of each item of a list.
    Rows(ModelRows),
}

/// A number of each item of a list.
#[derive(Debug)]
pub(super) struct ModelRows {
    /// The field that distinguishes the items.
    pub label: PathStep,
    /// The field with the number.
    pub number: PathStep,
    /// True if the number is missing or null in some items.
    pub optional: bool,
    /// True if some items are null.
    pub gaps: bool,
    /// The number of items in the sample that are not null.
    pub count: usize,
}

impl ModelMetric {
    /// Returns the name of the label, if the metric has one.
    pub(super) fn label(&self) -> Option<&str> {
        if let MetricSource::Rows(rows) = &self.what { Some(&rows.label.key) } else { None }
    }
}
