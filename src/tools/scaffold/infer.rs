//! Inference of the model of a service from a sample.

mod constants;
mod fields;
mod pairs;
mod rows;
mod tables;
mod texts;

use constants::ConstantText;

use super::candidate::Candidate;
use super::identifiers::words;
use super::map_keys;
use super::model::{ModelPath, ModelRows, ModelStep, ModelValue, ServiceModel, then};
use super::omissions::{Omission, OmissionReason};
use super::outer_keys::OuterKeys;
use super::sample_shape::{SampleShape, SampleValues};
use super::selection::{self, MetricSelection};
use super::unbounded_labels;
use super::value_rule::{RuledMetric, ValueContext, ValueRule};
use crate::config::Kind;
use crate::config::json_tree::Node;
use crate::fetch::secrets::secret::MASK;

/// The largest number of objects and lists around a metric.
const DEEPEST: usize = 16;
/// The largest number of rows within rows.
const DEEPEST_ROWS: usize = 4;

/// Infers the model of the service `service`. Without a sample, or without a value in it, the only metric is the size of the
/// response. `bytes` is its value in the recording.
///
/// # Errors
/// No name of a metric matches the selection.
pub(super) fn model(
    service: &str,
    bytes: usize,
    sample: Option<&Node>,
    selection: &MetricSelection,
) -> Result<ServiceModel, selection::NothingSelected> {
    let mut inference = Inference::default();
    let wrapper = sample.and_then(|sample| inference.root(&SampleValues::root(sample)));
    inference.info();
    let Inference { rows, candidates, omitted, .. } = inference;
    if candidates.is_empty() {
        return Ok(placeholder(service, bytes, omitted));
    }
    selection::model(service, wrapper, rows, candidates, omitted, selection)
}

/// Returns the model with a placeholder as the only metric.
fn placeholder(service: &str, bytes: usize, omitted: Vec<Omission>) -> ServiceModel {
    let metric = RuledMetric {
        kind: Kind::Gauge,
        value: ModelValue::Bytes,
        words: vec!["response".to_owned()],
        unit: Some("bytes"),
        #[allow(clippy::cast_precision_loss, reason = "a sample is smaller than 2^53 bytes")]
        sample: bytes as f64,
    };
    let (around, path) = (OuterKeys::default(), vec![ModelStep::Field("response".to_owned())]);
    let candidate =
        Candidate { path, rows: None, around, metric, labels: None, amounts: 0, series: 1, rank: 0 };
    let metrics = selection::named(service, &[], &[candidate]);
    ServiceModel { wrapper: Some("response"), rows: Vec::new(), metrics, omitted }
}

/// The metrics and the omissions that were found so far.
#[derive(Default)]
struct Inference {
    rows: Vec<ModelRows>,
    candidates: Vec<Candidate>,
    omitted: Vec<Omission>,
    /// The constant texts of single objects, with the names of their labels.
    constants: Vec<ConstantText>,
}

/// The place of values in the sample.
#[derive(Clone, Default)]
struct SamplePlace {
    path: ModelPath,
    /// The innermost rows around the values.
    rows: Option<usize>,
    /// The number of rows around the values.
    row_depth: usize,
    /// The keys to the values, of which the innermost is `key`.
    keys: OuterKeys,
    /// The innermost key.
    key: String,
}

impl SamplePlace {
    /// Returns the place of the value of a key. `name` is a better name of the key.
    fn field(&self, key: &str, name: &str) -> Self {
        let path = then(&self.path, ModelStep::Field(key.to_owned()));
        Self { path, keys: self.keys.with(name), key: name.to_owned(), ..self.clone() }
    }

    /// Returns the place of the value of a key that says nothing about the value.
    fn inside(&self, key: &str) -> Self {
        Self { path: then(&self.path, ModelStep::Field(key.to_owned())), ..self.clone() }
    }

    fn is_too_deep(&self) -> bool {
        self.path.len() > DEEPEST || self.row_depth > DEEPEST_ROWS
    }
}

impl Inference {
    /// Infers the metrics of a response. Returns the field that holds it, unless the response is an object with fixed keys.
    fn root(&mut self, seen: &SampleValues) -> Option<&'static str> {
        let place = SamplePlace::default();
        let is_map = seen.shape() == SampleShape::Object && map_keys::is_map("", seen);
        self.value(&place, seen);
        match seen.shape() {
            SampleShape::Object if is_map => Some("items"),
            SampleShape::Object => None,
            SampleShape::List => Some("items"),
            _ => Some("value"),
        }
    }

    /// Infers the metrics of values.
    fn value(&mut self, place: &SamplePlace, seen: &SampleValues) {
        match seen.shape() {
            SampleShape::Nothing => {}
            _ if place.is_too_deep() => self.omit(place, seen, OmissionReason::TooDeep),
            SampleShape::Object if map_keys::is_map(&place.key, seen) => self.map(place, seen),
            SampleShape::Object => self.object(place, seen),
            SampleShape::List => self.list(place, seen),
            SampleShape::Mixed => self.omit(place, seen, OmissionReason::MixedTypes),
            _ => self.scalar(place, seen, &[]),
        }
    }

    /// Infers the metric of numbers, booleans or strings. `siblings` are the keys beside their key.
    fn scalar(&mut self, place: &SamplePlace, seen: &SampleValues, siblings: &[&str]) {
        let is_root = place.path.len() == 1;
        let is_entry = place.path.last() == Some(&ModelStep::Entries);
        let outer = place.keys.outer();
        let around = &outer.words();
        let context = ValueContext {
            key: &place.key,
            siblings,
            is_root,
            is_entry,
            in_rows: place.rows.is_some(),
            is_unbounded: self.is_unbounded(place.rows),
            is_of_period: self.is_of_period(place.rows),
            around,
        };
        match ValueRule::of(seen, &context) {
            ValueRule::Metric(metric) if !self.has_labels(place.rows) => {
                drop(metric);
                self.omit(place, seen, OmissionReason::NoLabel);
            }
            ValueRule::Metric(metric) => self.add(place, &outer, metric, seen),
            ValueRule::Omitted(reason) => self.omit(place, seen, reason),
            ValueRule::Text => self.text(place, &context, seen),
        }
    }

    fn has_labels(&self, rows: Option<usize>) -> bool {
        let mut next = rows;
        while let Some(at) = next {
            if self.rows[at].labels.is_empty() {
                return false;
            }
            next = self.rows[at].parent;
        }
        true
    }

    fn is_unbounded(&self, rows: Option<usize>) -> bool {
        rows.is_some_and(|at| self.rows[at].unbounded.is_some() || self.is_unbounded(self.rows[at].parent))
    }

    /// Returns true if a label of the rows is a time or a date.
    fn is_of_period(&self, rows: Option<usize>) -> bool {
        rows.is_some_and(|at| {
            let ModelRows { unbounded, parent, .. } = &self.rows[at];
            unbounded.is_some_and(unbounded_labels::is_of_period) || self.is_of_period(*parent)
        })
    }

    /// Adds the metric of values.
    fn add(&mut self, place: &SamplePlace, around: &OuterKeys, metric: RuledMetric, seen: &SampleValues) {
        let rank = Candidate::rank(&metric, around, place.path.len(), self.is_unbounded(place.rows));
        let (path, rows, around) = (place.path.clone(), place.rows, around.clone());
        let amounts = if metric.value == ModelValue::Count { 0 } else { seen.amounts() };
        let series = place.rows.map_or(1, |at| self.rows[at].count);
        self.candidates.push(Candidate { path, rows, around, metric, labels: None, amounts, series, rank });
    }

    /// Adds the omission of all values at a place.
    fn omit(&mut self, place: &SamplePlace, seen: &SampleValues, reason: OmissionReason) {
        let count = seen.amounts();
        if count > 0 {
            let place = super::model::shown(&place.path).replace(MASK, "(redacted)");
            self.omitted.push(Omission { place, count, reason });
        }
    }
}
