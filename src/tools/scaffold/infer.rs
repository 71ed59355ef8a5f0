//! Inference of the model of a service from a sample.

use std::collections::BTreeSet;

use super::identifiers::{self, camel, cut};
use super::model::{
    MetricSource, ModelField, ModelMetric, ModelRoot, ModelRows, ModelStruct, PathStep, ServiceModel,
};
use super::number_kinds;
use super::sample_shape::{SampleShape, SampleValues};
use crate::config::Kind;
use crate::config::json_tree::Node;
use crate::config::names::{Role, check as check_name};

/// The largest number of metrics. Further numbers are no longer obvious metrics.
const MOST_METRICS: usize = 30;
const LONGEST_METRIC: usize = 80;

/// The keys that can distinguish the items of a list, the best first.
const LABELS: [&str; 5] = ["name", "key", "slug", "code", "id"];

/// The suffixes that names of gauges must not have, because series of counters and summaries have them.
const SUFFIXES: [&str; 6] = ["bucket", "count", "created", "info", "sum", "total"];

/// The types that a struct must not hide.
const RESERVED: &str = "Api AsRef Box Clone Copy Debug Default Deserialize Drop Err Extend Fn From IgnoredAny Into \
    IntoIterator Iterator None Ok Option Ord Result Self Send Service Some String Sync ToOwned ToString Total TryFrom \
    TryInto Vec";

/// Infers the model of the service `service`, whose type is `class`. Without a sample, or without a number in it, the
/// only metric is the size of the response. `bytes` is its value in the recording.
pub(super) fn model(service: &str, class: &str, bytes: usize, sample: Option<&Node>) -> ServiceModel {
    let mut inference = Inference::new(service, class);
    let root = sample.and_then(|sample| inference.root(class, &SampleValues::root(sample)));
    let root = root.unwrap_or_else(|| inference.any_response(bytes));
    let Inference { structs, metrics, left_out, .. } = inference;
    ServiceModel { root, structs, metrics, left_out }
}

struct Inference<'s> {
    service: &'s str,
    structs: Vec<ModelStruct>,
    metrics: Vec<ModelMetric>,
    left_out: usize,
    /// The names of types in use.
    types: BTreeSet<String>,
    /// The names of metrics in camel case, because each can become the type of its labels.
    names: BTreeSet<String>,
}

impl<'s> Inference<'s> {
    fn new(service: &'s str, class: &str) -> Self {
        let types = RESERVED.split_whitespace().chain([class]).map(str::to_owned).collect();
        let (structs, metrics, names) = Default::default();
        Self { service, structs, metrics, left_out: 0, types, names }
    }

    /// Infers the relation of the type of the service to the response. Returns `None` if the sample has no metric.
    fn root(&mut self, class: &str, seen: &SampleValues) -> Option<ModelRoot> {
        let step = |field: &str| [PathStep { key: String::new(), field: field.to_owned() }];
        match seen.shape() {
            SampleShape::Object => self.object(class.to_owned(), seen, &[]).then_some(ModelRoot::Response),
            SampleShape::Number => {
                let of = self.value(seen, &step("value"))?;
                Some(ModelRoot::Field { name: "value", of, read: "json" })
            }
            SampleShape::List => {
                let of = self.value(seen, &step("items"))?;
                Some(ModelRoot::Field { name: "items", of, read: "json" })
            }
            SampleShape::Text | SampleShape::Other => None,
        }
    }

    fn any_response(&mut self, bytes: usize) -> ModelRoot {
        let path = vec![PathStep { key: String::new(), field: "response".to_owned() }];
        let name = self.name(&["response".to_owned(), "bytes".to_owned()], Kind::Gauge);
        self.metrics.push(ModelMetric { name, kind: Kind::Gauge, path, what: MetricSource::Bytes(bytes) });
        ModelRoot::Field { name: "response", of: "String".to_owned(), read: "text" }
    }

    /// Adds a struct and the structs that it contains, with the fields that metrics need. Returns true if there are
    /// any.
    fn object(&mut self, name: String, seen: &SampleValues, path: &[PathStep]) -> bool {
        let at = self.structs.len();
        self.structs.push(ModelStruct { name, fields: Vec::new() });
        let mut taken = BTreeSet::new();
        let (fields, data): (Vec<_>, Vec<_>) =
            seen.fields().into_iter().partition(|(key, _)| number_kinds::is_plain(key));
        self.left_out += data.iter().filter(|(_, seen)| seen.shape() == SampleShape::Number).count();
        for (key, seen) in fields {
            let field = identifiers::field(key, &mut taken);
            let step = PathStep { key: key.to_owned(), field: field.clone() };
            match self.value(&seen, &[path, &[step]].concat()) {
                Some(of) => self.structs[at].fields.push(ModelField { name: field, key: key.to_owned(), of }),
                None => _ = taken.remove(&field),
            }
        }
        let is_used = !self.structs[at].fields.is_empty();
        if !is_used {
            self.structs.truncate(at);
        }
        is_used
    }

    /// Returns the type to read a value with, if the value contains metrics.
    fn value(&mut self, seen: &SampleValues, path: &[PathStep]) -> Option<String> {
        let key = path.last().map_or("", |step| step.key.as_str());
        match seen.shape() {
            SampleShape::Number => self.number(key, seen, path),
            SampleShape::List => self.list(key, seen, path),
            SampleShape::Object => {
                let name = identifiers::type_name(key, &mut self.types);
                let is_used = self.object(name.clone(), seen, path);
                if !is_used {
                    self.types.remove(&name);
                }
                is_used.then_some(name)
            }
            SampleShape::Text | SampleShape::Other => None,
        }
    }

    fn number(&mut self, key: &str, seen: &SampleValues, path: &[PathStep]) -> Option<String> {
        let kind = number_kinds::kind(key, seen);
        let what = MetricSource::Number(number_kinds::literal(kind, seen));
        let is_metric = number_kinds::is_amount(key) && self.metric(&keys(path, "value"), kind, path, what);
        is_metric.then(|| number_kinds::type_of(kind).to_owned())
    }

    /// Adds a metric for the length of a list, and metrics for its items if a label distinguishes them. Returns the
    /// type of the list.
    fn list(&mut self, key: &str, seen: &SampleValues, path: &[PathStep]) -> Option<String> {
        let items = &seen.items();
        let is_of_things =
            matches!(items.shape(), SampleShape::Object | SampleShape::Text) || items.values.is_empty();
        let (words, what) = (keys(path, "items"), MetricSource::Length(seen.length()));
        if !is_of_things || !self.metric(&words, Kind::Gauge, path, what) {
            return None;
        }
        let item = self.item(key, items, path);
        let item = item.unwrap_or_else(|| "IgnoredAny".to_owned());
        Some(if items.optional && item != "IgnoredAny" {
            format!("Vec<Option<{item}>>")
        } else {
            format!("Vec<{item}>")
        })
    }

    /// Adds a struct for the items of a list, with a label and the numbers of each item. Returns its name.
    fn item(&mut self, key: &str, items: &SampleValues, path: &[PathStep]) -> Option<String> {
        let fields = items.fields();
        let key_of_label = label(&fields)?;
        let mut taken = BTreeSet::new();
        let label =
            PathStep { key: key_of_label.to_owned(), field: identifiers::field(key_of_label, &mut taken) };
        let mut list =
            vec![ModelField { name: label.field.clone(), key: label.key.clone(), of: "String".to_owned() }];
        let numbers = fields
            .iter()
            .filter(|(key, seen)| number_kinds::is_plain(key) && seen.shape() == SampleShape::Number);
        for (key, seen) in numbers {
            let number = PathStep { key: (*key).to_owned(), field: identifiers::field(key, &mut taken) };
            list.extend(self.row(items, path, &label, number, seen));
        }
        if list.len() < 2 {
            return None;
        }
        let key = if key.is_empty() { "item" } else { key };
        let name = identifiers::type_name(&identifiers::singular(key), &mut self.types);
        self.structs.push(ModelStruct { name: name.clone(), fields: list });
        Some(name)
    }

    /// Returns the field for a number of each item, if the number becomes a metric.
    fn row(
        &mut self,
        items: &SampleValues,
        path: &[PathStep],
        label: &PathStep,
        number: PathStep,
        seen: &SampleValues,
    ) -> Option<ModelField> {
        let kind = number_kinds::kind(&number.key, seen);
        let of = number_kinds::type_of(kind);
        let of = if seen.optional { format!("Option<{of}>") } else { of.to_owned() };
        let field = ModelField { name: number.field.clone(), key: number.key.clone(), of };
        let mut words = keys(path, "");
        words.extend(identifiers::words(&number.key));
        let is_amount = number_kinds::is_amount(&number.key);
        let (label, optional, gaps) = (label.clone(), seen.optional, items.optional);
        let rows = ModelRows { label, number, optional, gaps, count: items.values.len() };
        (is_amount && self.metric(&words, kind, path, MetricSource::Rows(rows))).then_some(field)
    }

    /// Adds a metric. Returns false if there are too many.
    fn metric(&mut self, words: &[String], kind: Kind, path: &[PathStep], what: MetricSource) -> bool {
        if self.metrics.len() == MOST_METRICS {
            self.left_out += 1;
            return false;
        }
        let name = self.name(words, kind);
        self.metrics.push(ModelMetric { name, kind, path: path.to_vec(), what });
        true
    }

    /// Returns a unique name for a metric. It begins with the name of the service, ends in no suffix of another kind,
    /// and has no word twice in a row.
    fn name(&mut self, words: &[String], kind: Kind) -> String {
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        if kind == Kind::Counter {
            words.retain(|word| *word != "total");
        }
        while words.last().is_some_and(|last| SUFFIXES.contains(last)) {
            words.pop();
        }
        words.insert(0, self.service);
        words.dedup();
        if words.len() == 1 {
            words.push("number");
        }
        let name = cut(&words.join("_"), LONGEST_METRIC);
        let name = if check_name(Role::Metric, &name).is_ok() { name } else { format!("api_{name}") };
        let as_type = |name: &str| camel(&name.split('_').map(str::to_owned).collect::<Vec<_>>());
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let free =
            std::iter::once(name.clone()).chain(numbered).find(|name| self.names.insert(as_type(name)));
        free.unwrap_or(name)
    }
}

/// Returns the words of the keys that lead to a metric, or those of `otherwise` without any.
fn keys(path: &[PathStep], otherwise: &str) -> Vec<String> {
    let words: Vec<String> = path.iter().flat_map(|step| identifiers::words(&step.key)).collect();
    if words.is_empty() { identifiers::words(otherwise) } else { words }
}

/// Returns the key of the field that distinguishes the items of a list.
fn label(fields: &[(&str, SampleValues)]) -> Option<&'static str> {
    let is_label = |(key, seen): &(&str, SampleValues), label: &str| {
        *key == label && seen.shape() == SampleShape::Text && seen.distinct()
    };
    LABELS.into_iter().find(|label| fields.iter().any(|field| is_label(field, label)))
}
