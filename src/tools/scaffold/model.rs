//! What becomes of a sample: structs to read it with, and metrics to show of it.

use crate::config::Kind;

/// All that the service's file is made of.
#[derive(Debug)]
pub struct ServiceModel {
    /// How the type of the service gets at the answer.
    pub root: ModelRoot,
    /// The structs, those that hold others first. The first is the service's own if it is the answer.
    pub structs: Vec<ModelStruct>,
    /// At least one.
    pub metrics: Vec<ModelMetric>,
    /// How many more numbers would have been metrics.
    pub left_out: usize,
}

/// How the type of the service gets at the answer.
#[derive(Debug, PartialEq)]
pub enum ModelRoot {
    /// It is the answer, which is an object.
    Response,
    /// It has the answer in a field, as JSON of this type or as text.
    Field {
        /// Its name.
        name: &'static str,
        /// Its type.
        of: String,
        /// `json` or `text`.
        read: &'static str,
    },
}

/// A struct that serde reads.
#[derive(Debug)]
pub struct ModelStruct {
    /// Its name.
    pub name: String,
    /// At least one.
    pub fields: Vec<ModelField>,
}

/// A field of a struct.
#[derive(Debug)]
pub struct ModelField {
    /// Its name.
    pub name: String,
    /// What the answer calls it.
    pub key: String,
    /// Its type.
    pub of: String,
}

/// A metric of the service.
#[derive(Debug)]
pub struct ModelMetric {
    /// Its name, which is also the method's.
    pub name: String,
    /// Counter or gauge.
    pub kind: Kind,
    /// The fields that lead to it.
    pub path: Vec<PathStep>,
    /// What is there, or what is to be made of it.
    pub what: MetricSource,
}

/// One field on the way to a metric.
#[derive(Debug, Clone)]
pub struct PathStep {
    /// What the answer calls it; nothing for the answer as a whole.
    pub key: String,
    /// Its name.
    pub field: String,
}

/// What a metric shows.
#[derive(Debug)]
pub enum MetricSource {
    /// A number, which is this one in the sample.
    Number(String),
    /// How long a list is, and how long it is in the sample.
    Length(usize),
    /// How long the text is.
    Bytes(usize),
    /// A number of each item of a list.
    Rows(ModelRows),
}

/// A number of each item of a list.
#[derive(Debug)]
pub struct ModelRows {
    /// The field that tells one item from another.
    pub label: PathStep,
    /// The field with the number.
    pub number: PathStep,
    /// Whether it is missing, or null, in some items.
    pub optional: bool,
    /// Whether some items are null.
    pub gaps: bool,
    /// How many are not, in the sample.
    pub count: usize,
}

impl ModelMetric {
    /// The label's name, if it has one.
    pub fn label(&self) -> Option<&str> {
        if let MetricSource::Rows(rows) = &self.what { Some(&rows.label.key) } else { None }
    }
}
