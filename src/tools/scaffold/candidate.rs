//! A metric that a sample proposes, before it has a name.

use super::model::{ModelPath, ModelValue};
use super::outer_keys::OuterKeys;
use super::value_rule::RuledMetric;
use crate::config::Kind;

/// A proposed metric.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// The path to the value.
    pub path: ModelPath,
    /// The rows that the value is in.
    pub rows: Option<usize>,
    /// The keys around the value.
    pub around: OuterKeys,
    /// The form of the metric.
    pub metric: RuledMetric,
    /// The labels that the values themselves become, instead of those of the rows.
    pub labels: Option<Vec<String>>,
    /// The number of values of the sample that the metric exports.
    pub amounts: usize,
    /// The number of series in the sample.
    pub series: usize,
    /// The use of the metric: the larger, the earlier it is selected.
    pub rank: i32,
}

/// The words for values that are watched first.
const USEFUL: &str = "active balance backlog consumers cpu coverage degraded depth down duration error errors failed failing failures \
    failing fan free health healthy heap idle jobs latency lag load memory messages open pending percent pressure queue queued \
    ready remaining requests restarts running saturation speed status success temp temperature unacked unacknowledged unhealthy \
    up uptime usage used users waiting watts";
/// The words for values that seldom change.
const CONSTANT: &str = "capacity config configured default init limit limits lower max maximum min minimum reserved size threshold \
    upper";

/// The least number of steps to a value that is nested deeply.
const DEEP: usize = 4;

impl Candidate {
    /// Returns the rank of a metric by its words, its depth and its form.
    pub(super) fn rank(metric: &RuledMetric, around: &OuterKeys, depth: usize, is_unbounded: bool) -> i32 {
        let around = around.words();
        let has = |list: &str| {
            let words = metric.words.iter().chain(around.last());
            words.into_iter().any(|word| list.split_whitespace().any(|known| known == word))
        };
        let mut rank = 0;
        rank += if has(USEFUL) { 4 } else { 0 };
        rank -= if has(CONSTANT) { 3 } else { 0 };
        rank += if metric.kind == Kind::Counter { 2 } else { 0 };
        rank += if metric.unit.is_some_and(|unit| unit != "timestamp_seconds") { 1 } else { 0 };
        rank -= i32::try_from(depth.saturating_sub(DEEP)).unwrap_or(i32::MAX / 2);
        rank -= if is_unbounded { 6 } else { 0 };
        rank + match metric.value {
            ModelValue::Tally | ModelValue::States(_) | ModelValue::Info(_) => 5,
            ModelValue::Count => 1,
            ModelValue::Flag => 1,
            _ if metric.unit == Some("timestamp_seconds") => -2,
            _ if metric.sample == 0.0 => -1,
            _ => 0,
        }
    }
}
