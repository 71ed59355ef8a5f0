//! The series of a family as data.

use super::FamilySeries;
use crate::config::Kind;
use crate::series::encode::SampleValue;
use crate::series::family_snapshot::{FamilySnapshot, SeriesCount, SeriesSnapshot};
use crate::series::time_series::TimeSeries;

impl FamilySeries {
    /// Returns the series as data. If gauges `expire`, they become stale in the snapshot too.
    pub(in crate::series) fn snapshot(&self, expire: bool) -> FamilySnapshot {
        let expire = expire && self.family.kind == Kind::Gauge;
        let (mut count, mut first) = (SeriesCount::default(), Vec::new());
        for (labels, series) in &self.series {
            let fresh_at = expire.then_some(series.fresh);
            if count.add(fresh_at, series.value.figure()) {
                first.push(SeriesSnapshot { fresh_at, ..self.one(labels, series) });
            }
        }
        count.end(first)
    }

    fn one(&self, labels: &str, series: &TimeSeries) -> SeriesSnapshot {
        let sum = match series.value.shown() {
            SampleValue::Number(_) => None,
            SampleValue::Observed { sum, .. } => Some(sum),
        };
        let labels = self.labels.pairs(labels);
        SeriesSnapshot { labels, value: series.value.figure(), sum, fresh_at: None }
    }
}
