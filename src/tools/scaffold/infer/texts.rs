//! The metrics of texts: state sets, and counts of rows by a text.

use super::*;
use crate::tools::scaffold::constant_text;
use crate::tools::scaffold::identifiers::labels_of;
use crate::tools::scaffold::model::{LabelSource, ModelLabel};
use crate::tools::scaffold::state_words;

/// The words at the end of keys for states.
const STATES: &str = "availability classification conclusion condition grade health impact indicator level mode outcome phase priority \
    reason result role severity state status urgency";
/// The largest number of values of a text that counts are grouped by.
const MOST_STATES: usize = 20;
/// The longest value of a text that counts are grouped by, in bytes.
const LONGEST_STATE: usize = 40;
/// The largest number of rows that have a state set each.
const MOST_ROWS: usize = 20;

impl Inference {
    /// Adds a metric for a text: a state set, the number of rows by the text, or a label of the info metric.
    pub(super) fn text(&mut self, place: &SamplePlace, context: &ValueContext, seen: &SampleValues) {
        let mut texts = seen.texts();
        texts.sort_unstable();
        texts.dedup();
        let is_state = words(&place.key).last().is_some_and(|last| holds_word(STATES, last))
            || !texts.is_empty() && texts.iter().all(|text| state_words::is_known(text));
        let is_plain = map_keys::is_plain(&place.key) && !texts.contains(&"");
        match place.rows {
            Some(rows) if is_state && is_plain => {
                self.states_of_rows(place, rows, &texts, seen);
            }
            None if is_state && is_plain && texts.iter().all(|text| state_words::is_state(text)) => {
                let value = ModelValue::States(state_words::states(&texts));
                self.add_text(place, value, 1);
            }
            None if is_plain => return self.constant(place, context, &texts, seen),
            _ => {}
        }
        self.omit(place, seen, OmissionReason::NoAmount);
    }

    /// Adds a state set of each row if the rows are few, have names, and have usual states. Otherwise, the rows are counted by their state,
    /// because a count needs no list of the known states.
    fn states_of_rows(&mut self, place: &SamplePlace, rows: usize, texts: &[&str], seen: &SampleValues) {
        let has_names =
            |label: &ModelLabel| label.source != LabelSource::Index && !unbounded_labels::is_id(&label.name);
        let ModelRows { labels, count, unbounded, .. } = &self.rows[rows];
        let (count, is_named) =
            (*count, labels.iter().all(has_names) && !labels.is_empty() && unbounded.is_none());
        let is_few = count <= MOST_ROWS && self.has_labels(Some(rows)) && !self.is_unbounded(Some(rows));
        let is_direct = place.path.len() <= self.rows[rows].path.len() + 2 && !seen.optional;
        if is_few && is_named && is_direct && state_words::are_enumerated(texts) {
            return self.add_text(place, ModelValue::States(state_words::states(texts)), count);
        }
        if texts.len() <= MOST_STATES && texts.iter().all(|text| text.len() <= LONGEST_STATE) {
            self.add_text(place, ModelValue::Tally, texts.len());
        }
    }

    fn add_text(&mut self, place: &SamplePlace, value: ModelValue, series: usize) {
        let around = place.keys.outer();
        let is_tally = value == ModelValue::Tally;
        let by = is_tally.then(|| "by".to_owned());
        let own: Vec<String> = by.into_iter().chain(words(&place.key)).collect();
        let kind = if is_tally { Kind::Gauge } else { Kind::StateSet };
        let metric = RuledMetric { kind, value, words: own, unit: None, sample: 1.0 };
        let rank = Candidate::rank(&metric, &around, place.path.len(), false);
        let (path, rows) = (place.path.clone(), place.rows);
        let labels = is_tally.then(|| vec![labels_of(&place.key)]);
        self.candidates.push(Candidate { path, rows, around, metric, labels, amounts: 0, series, rank });
    }

    /// Adds a label of the info metric if the text is constant.
    fn constant(&mut self, place: &SamplePlace, context: &ValueContext, texts: &[&str], seen: &SampleValues) {
        let is_constant = constant_text::is_constant(&place.key, context.around, context.siblings, texts);
        if !is_constant || texts.is_empty() || !self.add_constant(place, seen.amounts()) {
            self.omit(place, seen, OmissionReason::NoAmount);
        }
    }
}

fn holds_word(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}
