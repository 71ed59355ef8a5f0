//! The series of a family as data.

use super::FamilySeries;
use crate::series::encode::SampleValue;
use crate::series::family_snapshot::{FamilySnapshot, SeriesCount, SeriesSnapshot};
use crate::series::time_series::TimeSeries;
use crate::support::excerpt::cut;
use crate::support::memory_limit::shown_values::SHOWN_CHARS;

impl FamilySeries {
    /// Returns the series as data. If gauges `expire`, they become stale in the snapshot too.
    pub(in crate::series) fn snapshot(&self, expire: bool) -> FamilySnapshot {
        let expire = expire && self.family.kind.is_current();
        let (mut count, mut first) = (SeriesCount::default(), Vec::new());
        for (labels, series) in &self.series {
            let fresh_at = expire.then_some(series.fresh);
            for (state, value) in values(series) {
                if count.add(fresh_at, value) {
                    first.push(SeriesSnapshot { value, fresh_at, ..self.one(labels, state, series) });
                }
            }
        }
        count.end(first)
    }

    fn one(&self, labels: &str, state: Option<&str>, series: &TimeSeries) -> SeriesSnapshot {
        let sum = match series.value.shown() {
            SampleValue::Number(_) | SampleValue::States(_) => None,
            SampleValue::Observed { sum, .. } => Some(sum),
            SampleValue::Computed(distribution) => distribution.sum,
        };
        let mut labels = self.labels.pairs(labels);
        labels.extend(state.map(|state| (self.family.name, cut(state.to_owned(), SHOWN_CHARS))));
        labels.shrink_to_fit();
        SeriesSnapshot { labels, value: series.value.figure(), sum, fresh_at: None }
    }
}

/// Returns the value of a series, or that of each state of a state set with the name of the state.
fn values(series: &TimeSeries) -> Vec<(Option<&str>, f64)> {
    match series.value.shown() {
        SampleValue::States(states) => states
            .iter()
            .map(|(state, is_active)| (Some(&**state), f64::from(u8::from(*is_active))))
            .collect(),
        _ => vec![(None, series.value.figure())],
    }
}
