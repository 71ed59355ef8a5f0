//! The tree of the fields that a service reads, and the structs for it.

use std::collections::BTreeSet;

use super::identifiers::{self, escaped, singular};
use super::model::{LabelSource, ModelMetric, ModelPath, ModelStep, ModelValue, ServiceModel, then};
use super::service_code::settings_name;

/// The types that a struct must not hide.
const RESERVED: &str = "Api AsRef BTreeMap Box Clone Copy Cow Debug Default Deserialize Drop Err Error Extend Fn From IgnoredAny Into \
    IntoIterator Iterator Keyed Lenient None Ok Option Ord Paging Part Result Rows Secret Self Send Service SettingsType Some States String Sync Text \
    Timestamp ToOwned ToString Total TryFrom TryInto Vec";

/// A part of a response that a service reads.
#[derive(Debug)]
pub(super) enum CodeTree {
    /// A value of a type.
    Leaf(&'static str),
    /// An object with the fields that metrics need.
    Object {
        /// The name of its struct.
        name: String,
        /// The fields in the order of their first use.
        fields: Vec<CodeField>,
    },
    /// A list in a field.
    List(Box<CodeTree>),
    /// An object whose keys are data.
    Map(Box<CodeTree>),
}

/// A field of a struct.
#[derive(Debug)]
pub(super) struct CodeField {
    /// The name of the field.
    pub name: String,
    /// The key in the response.
    pub key: String,
    /// The content of the field.
    pub tree: CodeTree,
}

impl CodeTree {
    /// Returns the tree of all fields that the metrics of a service read, and of `further` fields. `class` is the name of its type.
    pub(super) fn of(model: &ServiceModel, class: &str, further: &[(ModelPath, &'static str)]) -> Self {
        let mut root = Self::object();
        let of_metrics = model.metrics.iter().flat_map(|metric| reads(metric, model));
        of_metrics.chain(further.iter().cloned()).for_each(|(path, leaf)| root.insert(&path, leaf));
        let mut taken: BTreeSet<String> = RESERVED.split_whitespace().map(str::to_owned).collect();
        taken.extend([class.to_owned(), settings_name(class)]);
        root.name_fields(class.to_owned(), &mut taken);
        root
    }

    fn object() -> Self {
        Self::Object { name: String::new(), fields: Vec::new() }
    }

    /// Returns an empty tree for the first step of a path.
    fn for_path(path: &[ModelStep], leaf: &'static str) -> Self {
        match path.first() {
            None => Self::Leaf(leaf),
            Some(ModelStep::Field(_)) => Self::object(),
            Some(ModelStep::Elements) => Self::List(Box::new(Self::for_path(&path[1..], leaf))),
            Some(ModelStep::Entries) => Self::Map(Box::new(Self::for_path(&path[1..], leaf))),
        }
    }

    fn insert(&mut self, path: &[ModelStep], leaf: &'static str) {
        let Some((first, rest)) = path.split_first() else { return };
        if matches!(self, Self::Leaf("IgnoredAny")) {
            *self = Self::for_path(path, leaf);
        }
        match (self, first) {
            (Self::Object { fields, .. }, ModelStep::Field(key)) => {
                let at = fields.iter().position(|field| field.key == *key).unwrap_or(fields.len());
                if at == fields.len() {
                    let tree = Self::for_path(rest, leaf);
                    fields.push(CodeField { name: String::new(), key: key.clone(), tree });
                }
                fields[at].tree.insert(rest, leaf);
            }
            (Self::List(inner), ModelStep::Elements) | (Self::Map(inner), ModelStep::Entries) => {
                inner.insert(rest, leaf);
            }
            _ => {}
        }
    }

    /// Gives names to the structs and their fields, each struct before those that it contains.
    fn name_structs(&mut self, key: &str, types: &mut BTreeSet<String>) {
        match self {
            Self::Leaf(_) => {}
            Self::List(inner) | Self::Map(inner) => inner.name_structs(&singular(key), types),
            Self::Object { .. } => {
                let name = identifiers::type_name(if key.is_empty() { "item" } else { key }, types);
                self.name_fields(name, types);
            }
        }
    }

    /// Gives a name to the struct, and names to its fields.
    fn name_fields(&mut self, struct_name: String, types: &mut BTreeSet<String>) {
        let Self::Object { name, fields } = self else { return };
        *name = struct_name;
        let mut taken = BTreeSet::new();
        for field in fields.iter_mut() {
            field.name = identifiers::field(&field.key, &mut taken);
        }
        fields.iter_mut().for_each(|field| field.tree.name_structs(&field.key, types));
    }

    /// Returns the expression for a value inside the value `from`.
    pub(super) fn expression(&self, from: &str, path: &[ModelStep]) -> String {
        match (self, path.split_first()) {
            (Self::Object { fields, .. }, Some((ModelStep::Field(key), rest))) => {
                match fields.iter().find(|field| field.key == *key) {
                    Some(field) => field.tree.expression(&format!("{from}.{}", field.name), rest),
                    None => from.to_owned(),
                }
            }
            _ => from.to_owned(),
        }
    }

    /// Returns the part of the tree at a path.
    pub(super) fn at(&self, path: &[ModelStep]) -> Option<&Self> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        match (self, first) {
            (Self::Object { fields, .. }, ModelStep::Field(key)) => {
                fields.iter().find(|field| field.key == *key)?.tree.at(rest)
            }
            (Self::List(inner), ModelStep::Elements) | (Self::Map(inner), ModelStep::Entries) => {
                inner.at(rest)
            }
            _ => None,
        }
    }

    /// Returns the type of a reference to the value.
    pub(super) fn type_name(&self) -> String {
        match self {
            Self::Leaf(name) => (*name).to_owned(),
            Self::Object { name, .. } => name.clone(),
            Self::List(inner) => format!("Rows<{}>", inner.type_name()),
            Self::Map(inner) => format!("Keyed<{}>", inner.type_name()),
        }
    }

    /// Returns the type of a field with this content.
    fn field_type(&self) -> String {
        match self {
            Self::Object { name, .. } => format!("Part<{name}>"),
            _ => self.type_name(),
        }
    }

    /// Returns the code of the structs. `wrapper` is the field that holds the response, if there is one.
    pub(super) fn structs(&self, wrapper: Option<&str>) -> String {
        let mut text = String::new();
        self.add_structs(&mut text, true, wrapper.is_some());
        text
    }

    fn add_structs(&self, text: &mut String, is_root: bool, is_wrapped: bool) {
        match self {
            Self::Leaf(_) => {}
            Self::List(inner) | Self::Map(inner) => inner.add_structs(text, false, false),
            Self::Object { name, fields } => {
                let visible = if is_root { "pub " } else { "" };
                let derive = if is_wrapped { "" } else { "#[derive(serde::Deserialize)]\n" };
                let lines: String = fields.iter().map(CodeField::code).collect();
                *text += &format!("{derive}{visible}struct {name} {{\n{lines}}}\n\n");
                fields.iter().for_each(|field| field.tree.add_structs(text, false, false));
            }
        }
    }
}

impl CodeField {
    fn code(&self) -> String {
        let Self { name, key, tree } = self;
        let rename = if name == key {
            String::new()
        } else {
            format!("    #[serde(rename = \"{}\")]\n", escaped(key))
        };
        format!("{rename}    {name}: {},\n", tree.field_type())
    }
}

/// Returns the paths that a metric reads, with the types of their values.
fn reads(metric: &ModelMetric, model: &ServiceModel) -> Vec<(ModelPath, &'static str)> {
    if let ModelValue::Info(paths) = &metric.value {
        return paths.iter().map(|path| (path.clone(), "Text")).collect();
    }
    let mut reads = label_reads(metric, model);
    let leaf = match metric.value {
        ModelValue::Number(_) | ModelValue::Epoch(_) => "Lenient<f64>",
        ModelValue::Flag => "Lenient<bool>",
        ModelValue::Parsed(..)
        | ModelValue::Time
        | ModelValue::Tally
        | ModelValue::States(_)
        | ModelValue::Info(_) => "Text",
        ModelValue::Bytes => "String",
        ModelValue::Count => "IgnoredAny",
    };
    let is_count = metric.value == ModelValue::Count;
    let path = if is_count { then(&metric.path, ModelStep::Elements) } else { metric.path.clone() };
    reads.push((path, leaf));
    reads
}

/// Returns the paths of the labels of a metric.
fn label_reads(metric: &ModelMetric, model: &ServiceModel) -> Vec<(ModelPath, &'static str)> {
    let mut reads = Vec::new();
    let mut next = metric.rows.filter(|_| metric.value != ModelValue::Tally);
    while let Some(rows) = next.map(|at| &model.rows[at]) {
        for label in rows.labels.iter().rev() {
            if let LabelSource::Field(path) = &label.source {
                reads.insert(0, ([&rows.path[..], path].concat(), "Text"));
            }
        }
        next = rows.parent;
    }
    reads
}
