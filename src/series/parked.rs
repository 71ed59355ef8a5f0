//! The parked series, which are not exposed because `series_limit` or `memory_limit_bytes` has no room for them.
//!
//! Their values are kept in memory and in the state.

use std::collections::BTreeMap;

use super::time_series::TimeSeries;
use super::unloaded::has_expired;

/// The parked series of one family by label text, each with the Unix timestamp since which it is parked.
///
/// A series is either parked or exposed, never both. One that is listed again continues from its value.
#[derive(Debug, Default)]
pub(super) struct Parked {
    series: BTreeMap<Box<str>, (f64, TimeSeries)>,
    /// The number of series that the state had as parked at the start, and the bytes of their label texts. No limit is
    /// lower.
    restored: (usize, usize),
}

/// The minimum number of series that can be parked, the same as the default of `series_limit`.
const ROOM: usize = 10_000;

impl Parked {
    /// Parks a series; `since` is a Unix timestamp.
    pub(super) fn put(&mut self, labels: Box<str>, since: f64, series: TimeSeries) {
        self.series.insert(labels, (since, series));
    }

    /// Marks the series that are parked now as those of the state, which stay parked under any limit.
    pub(super) fn settle(&mut self) {
        self.restored = (self.len(), self.bytes());
    }

    /// Removes the longest-parked series beyond the limits.
    ///
    /// The maximum number is the largest of `limit`, [`ROOM`] and the number at the start. The maximum size of the
    /// label texts is the larger of `bytes` and the size at the start.
    pub(super) fn trim(&mut self, limit: usize, bytes: usize) {
        let (restored, restored_bytes) = self.restored;
        let surplus = self.len().saturating_sub(limit.max(restored).max(ROOM));
        let surplus_bytes = self.bytes().saturating_sub(bytes.max(restored_bytes));
        if surplus == 0 && surplus_bytes == 0 {
            return;
        }
        let ages =
            self.series.iter().map(|(labels, (since, series))| (*since, series.changed, labels.clone()));
        let mut oldest: Vec<_> = ages.collect();
        oldest.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut dropped = (0, 0);
        for (.., labels) in oldest {
            if dropped.0 >= surplus && dropped.1 >= surplus_bytes {
                return;
            }
            dropped = (dropped.0 + 1, dropped.1 + labels.len());
            self.series.remove(&labels);
        }
    }

    fn bytes(&self) -> usize {
        self.series.keys().map(|labels| labels.len()).sum()
    }

    /// Keeps only the series for which `stays` returns true. It is called with the label texts in their order.
    pub(super) fn retain(&mut self, mut stays: impl FnMut(&str) -> bool) {
        self.series.retain(|labels, _| stays(labels));
    }

    pub(super) fn len(&self) -> usize {
        self.series.len()
    }

    /// Removes and returns a series, which is to be exposed.
    pub(super) fn take(&mut self, labels: &str) -> Option<TimeSeries> {
        self.series.remove(labels).map(|(_, series)| series)
    }

    /// Returns the series in the order of their label texts, each with the Unix timestamp since which it is parked.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, f64, &TimeSeries)> {
        self.series.iter().map(|(labels, (since, series))| (&**labels, *since, series))
    }

    /// Removes the series that have been parked for too long. Returns true if there were any.
    pub(super) fn expire(&mut self, now: f64) -> bool {
        let before = self.len();
        self.series.retain(|_, (since, _)| !has_expired(since, now));
        self.len() < before
    }
}
