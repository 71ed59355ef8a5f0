//! Series that are not exposed because `series_limit` has no room for them. Their values stay in the state.

use std::collections::BTreeMap;

use super::series::Series;
use super::unloaded::has_expired;

/// The parked series of one family, by their label text, with the Unix timestamp since which each is parked.
///
/// A series is either parked or exposed, never both. One that is listed again goes on from its value.
#[derive(Debug, Default)]
pub(super) struct Parked(BTreeMap<Box<str>, (f64, Series)>);

impl Parked {
    /// Parks a series since that Unix timestamp.
    pub(super) fn put(&mut self, labels: Box<str>, since: f64, series: Series) {
        self.0.insert(labels, (since, series));
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes the series out, to be exposed.
    pub(super) fn take(&mut self, labels: &str) -> Option<Series> {
        self.0.remove(labels).map(|(_, series)| series)
    }

    /// The series in the order of their label texts.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, f64, &Series)> {
        self.0.iter().map(|(labels, (since, series))| (&**labels, *since, series))
    }

    /// Drops those that have been parked for too long, and returns true if there were any.
    pub(super) fn expire(&mut self, now: f64) -> bool {
        let before = self.len();
        self.0.retain(|_, (since, _)| !has_expired(since, now));
        self.len() < before
    }
}
