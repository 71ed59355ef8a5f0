//! The metrics of lists, and of objects whose keys are data.

use super::*;
use crate::tools::scaffold::identifiers::{label_name, labels_of, singular};
use crate::tools::scaffold::metric_name::are_envelopes;
use crate::tools::scaffold::model::{LabelSource, ModelLabel};
use crate::tools::scaffold::row_labels;

/// The largest number of numbers in a list that have their positions as a label.
const MOST_NUMBERS: usize = 16;

impl Inference {
    /// Infers the metrics of lists.
    pub(super) fn list(&mut self, place: &SamplePlace, seen: &SampleValues) {
        let elements = seen.elements();
        let shape = elements.shape();
        if pairs::are_pairs(seen) {
            return self.pair(place, seen);
        }
        let are_ids =
            shape == SampleShape::Number && elements.are_whole() && map_keys::is_collection(&place.key);
        if are_ids {
            self.count(place, seen);
            return self.omit(place, seen, OmissionReason::Identifier);
        }
        if matches!(shape, SampleShape::Object | SampleShape::Text | SampleShape::Nothing) {
            self.count(place, seen);
        }
        match shape {
            SampleShape::Object => {
                let labels = row_labels::labels(&place.key, seen);
                self.rows(place, seen, labels, ModelStep::Elements, &elements);
            }
            SampleShape::Number | SampleShape::Flag if seen.longest() <= MOST_NUMBERS => {
                let labels = vec![ModelLabel { name: "index".to_owned(), source: LabelSource::Index }];
                self.rows(place, seen, labels, ModelStep::Elements, &elements);
            }
            SampleShape::List => self.table(place, seen, &[]),
            SampleShape::Number | SampleShape::Flag | SampleShape::Text => {
                self.omit(place, seen, OmissionReason::NoLabel);
            }
            _ => self.omit(place, seen, OmissionReason::MixedTypes),
        }
    }

    /// Infers the metrics of objects whose keys are data.
    pub(super) fn map(&mut self, place: &SamplePlace, seen: &SampleValues) {
        let entries = seen.entries();
        self.rows(place, seen, row_labels::of_entries(&place.key, seen), ModelStep::Entries, &entries);
    }

    /// Infers the metrics of rows.
    pub(super) fn rows(
        &mut self,
        place: &SamplePlace,
        seen: &SampleValues,
        labels: Vec<ModelLabel>,
        step: ModelStep,
        elements: &SampleValues,
    ) {
        let unbounded = labels.iter().find_map(|label| unbounded(&place.key, label, seen, elements));
        let path = then(&place.path, step);
        let labels = self.named_labels(place.rows, labels, &place.path);
        let (parent, count) = (place.rows, elements.values.len());
        self.rows.push(ModelRows { path: path.clone(), parent, labels, count, unbounded });
        let at = SamplePlace {
            path,
            rows: Some(self.rows.len() - 1),
            row_depth: place.row_depth + 1,
            ..place.clone()
        };
        match elements.shape() {
            SampleShape::Number | SampleShape::Flag | SampleShape::Text | SampleShape::NumberOrText => {
                self.scalar(&at, elements, &[]);
            }
            // The name of the list says nothing about the keys of its elements.
            SampleShape::Object if map_keys::is_map("", elements) => self.map(&at, elements),
            SampleShape::Object if !at.is_too_deep() => self.object(&at, elements),
            SampleShape::List if !at.is_too_deep() => self.list(&at, elements),
            _ => self.omit(&at, elements, mixed_or_deep(elements)),
        }
    }

    /// Adds a metric for the lengths of lists, if the rows around them have labels.
    fn count(&mut self, place: &SamplePlace, seen: &SampleValues) {
        if !self.has_labels(place.rows) || !is_counted(&place.key, seen) {
            return;
        }
        let own = if place.keys.telling_words().is_empty() { vec!["items".to_owned()] } else { Vec::new() };
        let length: usize = seen.elements().values.len();
        #[allow(clippy::cast_precision_loss, reason = "a sample has fewer than 2^53 elements")]
        let sample = length as f64;
        let (kind, value, unit) = (Kind::Gauge, ModelValue::Count, None);
        let metric = RuledMetric { kind, value, words: own, unit, sample };
        self.add(place, &place.keys.clone(), metric, seen);
    }

    /// Returns the names of the labels of rows and of those around them.
    fn outer_labels(&self, rows: Option<usize>) -> Vec<String> {
        let Some(rows) = rows.map(|at| &self.rows[at]) else { return Vec::new() };
        let own = rows.labels.iter().map(|label| label.name.clone());
        own.chain(self.outer_labels(rows.parent)).collect()
    }

    /// Returns the labels with names that are valid and unique. An outer label with the same general name gets the name of its rows.
    fn named_labels(
        &mut self,
        parent: Option<usize>,
        labels: Vec<ModelLabel>,
        path: &[ModelStep],
    ) -> Vec<ModelLabel> {
        let names: Vec<String> = labels.iter().map(|label| labels_of(&label.name)).collect();
        let mut taken = self.outer_labels(parent);
        let mut next = parent;
        while let Some(at) = next {
            let noun = noun(&self.rows[at].path);
            for label in self.rows[at].labels.iter_mut().filter(|label| names.contains(&label.name)) {
                if let Some(noun) = &noun {
                    taken.retain(|name| *name != label.name);
                    label.name = label_name(noun, &mut taken);
                }
            }
            next = self.rows[at].parent;
        }
        let named = labels.into_iter().map(|label| {
            let own = noun(path).filter(|_| taken.contains(&labels_of(&label.name)));
            let label = ModelLabel { name: own.unwrap_or(label.name), ..label };
            let name = label_name(&label.name, &mut taken);
            ModelLabel { name, ..label }
        });
        named.collect()
    }
}

/// Returns true if the length of a list is an amount: not of groups such as `pgs_by_state`, of the columns of a table, or of the words of a
/// command.
fn is_counted(key: &str, seen: &SampleValues) -> bool {
    let words = words(key);
    let has_by = words.iter().skip(1).any(|word| word == "by");
    let is_text = seen.elements().shape() == SampleShape::Text;
    let is_plural = words.last().is_none_or(|last| singular(last) != *last);
    !has_by && !(is_text && (!is_plural || tables::is_columns(key)))
}

/// Returns the noun for rows, such as `node` for `nodes`.
fn noun(path: &[ModelStep]) -> Option<String> {
    path.iter().rev().find_map(|step| match step {
        ModelStep::Field(key) if are_envelopes(std::slice::from_ref(key)) => Some("item".to_owned()),
        ModelStep::Field(key) => Some(labels_of(&singular(key))),
        _ => None,
    })
}

/// Returns the reason why a label may have ever more values.
fn unbounded(
    key: &str,
    label: &ModelLabel,
    seen: &SampleValues,
    elements: &SampleValues,
) -> Option<&'static str> {
    match &label.source {
        LabelSource::Index => None,
        LabelSource::Key => unbounded_labels::key_reason(key, seen),
        LabelSource::Field(path) => {
            let mut values = elements.clone();
            for step in path {
                if let ModelStep::Field(key) = step {
                    values = values.field(key);
                }
            }
            let of_event = || unbounded_labels::event_reason(&label.name, elements);
            unbounded_labels::reason(key, &label.name, &values).or_else(of_event)
        }
    }
}

fn mixed_or_deep(seen: &SampleValues) -> OmissionReason {
    match seen.shape() {
        SampleShape::Mixed | SampleShape::Nothing => OmissionReason::MixedTypes,
        _ => OmissionReason::TooDeep,
    }
}
