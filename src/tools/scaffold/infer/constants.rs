//! The info metric: the constant texts of single objects as its labels.

use super::*;
use crate::tools::scaffold::identifiers::label_name;

/// The largest number of labels of the info metric.
const MOST_LABELS: usize = 10;

/// A constant text of a single object.
pub(super) struct ConstantText {
    path: ModelPath,
    /// The name of its label.
    label: String,
    /// The number of numbers and times among its values.
    amounts: usize,
}

impl Inference {
    /// Adds a label of the info metric. Returns false if it has enough labels.
    pub(super) fn add_constant(&mut self, place: &SamplePlace, amounts: usize) -> bool {
        if self.constants.len() == MOST_LABELS {
            return false;
        }
        let mut words = place.keys.telling_words();
        words.dedup();
        let mut taken: Vec<String> = self.constants.iter().map(|constant| constant.label.clone()).collect();
        let label = label_name(&words.join("_"), &mut taken);
        self.constants.push(ConstantText { path: place.path.clone(), label, amounts });
        true
    }

    /// Adds the info metric if there is a constant text.
    pub(super) fn info(&mut self) {
        let Some(first) = self.constants.first() else { return };
        let paths = self.constants.iter().map(|constant| constant.path.clone()).collect();
        let metric = RuledMetric {
            kind: Kind::Info,
            value: ModelValue::Info(paths),
            words: vec!["info".to_owned()],
            unit: None,
            sample: 1.0,
        };
        let (path, rank) = (first.path.clone(), Candidate::rank(&metric, &OuterKeys::default(), 1, false));
        let amounts = self.constants.iter().map(|constant| constant.amounts).sum();
        let (rows, around, labels) = (None, OuterKeys::default(), Some(self.constant_labels()));
        let candidate = Candidate { path, rows, around, metric, labels, amounts, series: 1, rank };
        self.candidates.push(candidate);
    }

    /// Returns the names of the labels of the info metric.
    fn constant_labels(&self) -> Vec<String> {
        self.constants.iter().map(|constant| constant.label.clone()).collect()
    }
}
