//! Series that are not exposed because `series_limit` has no room for them. Their values are kept, in the state too.

use std::collections::BTreeMap;

use super::time_series::TimeSeries;
use super::unloaded::has_expired;

/// The parked series of one family, by their label text, with the Unix timestamp since which each is parked.
///
/// A series is either parked or exposed, never both. One that is listed again goes on from its value.
#[derive(Debug, Default)]
pub(super) struct Parked {
    series: BTreeMap<Box<str>, (f64, TimeSeries)>,
    /// The number of series that were parked at the start, and the bytes of their label texts: there is always room for as
    /// many.
    restored: (usize, usize),
}

/// The default of `series_limit`: a lower one parks that many, too.
const ROOM: usize = 10_000;

impl Parked {
    /// Parks a series since that Unix timestamp.
    pub(super) fn put(&mut self, labels: Box<str>, since: f64, series: TimeSeries) {
        self.series.insert(labels, (since, series));
    }

    /// The series that were parked so far are those of the state: they stay, whatever the limit is.
    pub(super) fn settle(&mut self) {
        self.restored = (self.len(), self.bytes());
    }

    /// Drops the longest-parked series beyond that limit, [`ROOM`] and the number at the start, or beyond so many bytes of label
    /// texts and those at the start.
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

    /// Drops the series that have ended. The labels are tested in their order.
    pub(super) fn retain(&mut self, mut stays: impl FnMut(&str) -> bool) {
        self.series.retain(|labels, _| stays(labels));
    }

    pub(super) fn len(&self) -> usize {
        self.series.len()
    }

    /// Takes the series out, to be exposed.
    pub(super) fn take(&mut self, labels: &str) -> Option<TimeSeries> {
        self.series.remove(labels).map(|(_, series)| series)
    }

    /// The series in the order of their label texts.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, f64, &TimeSeries)> {
        self.series.iter().map(|(labels, (since, series))| (&**labels, *since, series))
    }

    /// Drops those that have been parked for too long, and returns true if there were any.
    pub(super) fn expire(&mut self, now: f64) -> bool {
        let before = self.len();
        self.series.retain(|_, (since, _)| !has_expired(since, now));
        self.len() < before
    }
}
