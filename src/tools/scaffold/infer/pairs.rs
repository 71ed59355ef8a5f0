//! The metrics of pairs of a time and a value, as the query API of Prometheus returns them.
//!
//! Source: <https://prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats>.

use super::*;
use crate::tools::scaffold::time_keys;

impl Inference {
    /// Infers the metric of the second value of pairs. The first one is the time of the response.
    pub(super) fn pair(&mut self, place: &SamplePlace, seen: &SampleValues) {
        if let [time, value] = seen.columns().as_slice() {
            self.omit(&place.inside("0"), time, OmissionReason::Now);
            self.scalar(&place.inside("1"), value, &[]);
        }
    }
}

/// Returns true if all lists are pairs of a Unix timestamp and a number in quotes.
pub(super) fn are_pairs(seen: &SampleValues) -> bool {
    let columns = seen.columns();
    let [time, value] = columns.as_slice() else { return false };
    let is_complete = !time.optional && !value.optional;
    let (times, texts) = (time.numbers(), value.texts());
    let are_all = times.len() == time.values.len() && texts.len() == value.values.len() && !texts.is_empty();
    let are_times = time_keys::epoch("time", &times).is_some();
    is_complete && are_all && are_times && texts.iter().all(|text| text.parse::<f64>().is_ok())
}
