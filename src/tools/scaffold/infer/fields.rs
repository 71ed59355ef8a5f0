//! The metrics of objects with fixed keys, and of texts.

use super::*;
use crate::tools::scaffold::duplicates;
use crate::tools::scaffold::identifiers::labels_of;

/// The words at the end of keys for texts with few values.
const STATES: &str = "availability classification conclusion condition grade health impact indicator level outcome phase priority \
    reason result severity state status urgency";
/// The words for states, whatever the key is.
const VALUES: &str = "active available connected critical degraded disabled disconnected down enabled error failed failing healthy \
    idle inactive offline ok online operational passing paused pending queued running starting stopped unavailable unhealthy \
    unknown up warning";
/// The largest number of values of a text that counts are grouped by.
const MOST_STATES: usize = 20;
/// The largest number of keys of an object that are compared with each other.
const MOST_SIBLINGS: usize = 500;
/// The longest value of a text that counts are grouped by, in bytes.
const LONGEST_STATE: usize = 40;

impl Inference {
    /// Infers the metrics of objects with fixed keys.
    pub(super) fn object(&mut self, place: &SamplePlace, seen: &SampleValues) {
        let fields = seen.fields();
        let siblings: Vec<&str> = fields.iter().map(|(key, _)| *key).take(MOST_SIBLINGS).collect();
        let tables = self.tables(place, &fields);
        for (key, values) in fields.iter().filter(|(key, _)| !tables.contains(key)) {
            let at = place.field(key, key);
            match values.shape() {
                _ if self.is_label(&at) => self.omit(&at, values, OmissionReason::LabelValue),
                _ if duplicates::has_original(key, values, &fields[..siblings.len()]) => {
                    self.omit(&at, values, OmissionReason::Duplicate);
                }
                _ if !map_keys::is_plain(key) => self.omit(&at, values, OmissionReason::KeyOfData),
                SampleShape::Number | SampleShape::Flag | SampleShape::Text | SampleShape::NumberOrText => {
                    self.scalar(&at, values, &siblings);
                }
                _ => self.value(&at, values),
            }
        }
    }

    /// Returns true if the place is the source of a label of its rows.
    fn is_label(&self, place: &SamplePlace) -> bool {
        use crate::tools::scaffold::model::LabelSource;
        let Some(rows) = place.rows.map(|at| &self.rows[at]) else { return false };
        let inside = &place.path[rows.path.len()..];
        rows.labels.iter().any(|label| matches!(&label.source, LabelSource::Field(path) if path == inside))
    }

    /// Adds a metric for a text with few values: the number of rows by the text, or the text of one object as a label.
    pub(super) fn text(&mut self, place: &SamplePlace, around: &[String], seen: &SampleValues) {
        let mut values = seen.texts();
        let is_state = words(&place.key).last().is_some_and(|last| holds_word(STATES, last));
        values.sort_unstable();
        values.dedup();
        let has_known =
            !values.is_empty() && values.iter().all(|value| holds_word(VALUES, &value.to_ascii_lowercase()));
        let is_state = is_state || has_known;
        let is_short = values.iter().all(|value| value.len() <= LONGEST_STATE && !value.is_empty());
        if !is_state || !is_short || values.len() > MOST_STATES || !is_plain_label(&place.key) {
            return;
        }
        let value = if place.rows.is_some() { ModelValue::Tally } else { ModelValue::State };
        let by = if place.rows.is_some() { vec!["by".to_owned()] } else { Vec::new() };
        let own = [by, words(&place.key)].concat();
        let (kind, unit, sample) = (Kind::Gauge, None, 1.0);
        let metric = RuledMetric { kind, value, words: own, unit, sample };
        let rank = Candidate::rank(&metric, around, place.path.len(), false);
        let (path, rows, around) = (place.path.clone(), place.rows, around.to_vec());
        let label = Some(labels_of(&place.key));
        let series = values.len();
        self.candidates.push(Candidate { path, rows, around, metric, label, amounts: 0, series, rank });
    }
}

fn is_plain_label(key: &str) -> bool {
    map_keys::is_plain(key)
}

fn holds_word(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}
