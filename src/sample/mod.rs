//! The samples of one service: what its series hold, how a reading changes them, and how they are written.
//!
//! A reading of a metric is recorded whole or not at all. Distinct label sets never share a series: the key of
//! a series is its label text as the page shows it, escaped, so `("ab", "c")` and `("a", "bc")` stay apart, and
//! writing a series copies its key.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::reading::Reading;
use crate::service::Family;

pub(crate) mod changes;
pub(crate) mod encode;
mod labels;
pub(crate) mod number;
mod once;
pub(crate) mod saved;
mod store;
mod unloaded;
mod value;

pub use encode::Format;
use once::Key;
use saved::{SavedMetric, SavedSamples};
use store::Store;
use unloaded::Unloaded;

/// The series of one service, by family, in the order of config.json.
#[derive(Debug)]
pub struct Samples {
    stores: Vec<Store>,
    key: Key,
    unloaded: Vec<Unloaded>,
}

/// Returns the reason that makes a label value invalid, such as `contains a secret`; `None` for a valid one.
///
/// It gets each value of a label set before the value becomes label text, and before anything of the item is recorded.
pub type Judge<'a> = &'a dyn Fn(&str) -> Option<&'static str>;

/// The terms on which the readings of one poll are recorded.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// The Unix timestamp of the poll.
    pub now: f64,
    /// Rejects label values.
    pub judge: Judge<'a>,
}

/// The terms of a poll at that Unix timestamp, in which every label value is valid.
impl From<f64> for Terms<'_> {
    fn from(now: f64) -> Self {
        Self { now, judge: &|_| None }
    }
}

/// What did not come into the samples of a poll.
#[derive(Debug, Default, PartialEq)]
pub struct Recorded {
    /// The metrics of which nothing was recorded, and why.
    pub errors: Vec<(&'static str, Error)>,
    /// How many series of a metric were left out because it has reached its limit.
    pub dropped: Vec<(&'static str, u64)>,
}

impl Samples {
    /// No series yet, of these families; `series_limit` is the most series that each of them may have.
    pub fn new(families: Vec<Family>, series_limit: usize) -> Self {
        let key = Key::random();
        let stores = families.into_iter().map(|family| Store::new(family, series_limit, key)).collect();
        Self { stores, key, unloaded: Vec::new() }
    }

    /// Records the readings of one poll, in the order of the families.
    pub fn record<'a>(&mut self, readings: Vec<Result<Reading>>, terms: impl Into<Terms<'a>>) -> Recorded {
        let terms = terms.into();
        let mut recorded = Recorded::default();
        for (store, reading) in self.stores.iter_mut().zip(readings) {
            store.forget_removed();
            match reading.and_then(Reading::into_series).and_then(|said| store.update(said, &terms)) {
                Ok(0) => {}
                Ok(dropped) => recorded.dropped.push((store.name(), dropped)),
                Err(error) => recorded.errors.push((store.name(), error)),
            }
        }
        recorded
    }

    /// Removes the series of all gauges: what they showed has become too old to be called current. Says
    /// whether there were any.
    pub fn drop_gauges(&mut self) -> bool {
        self.stores.iter_mut().map(Store::drop_gauges).filter(|dropped| *dropped).count() > 0
    }

    /// Shows the gauges again that were removed last, if nothing was recorded since: they turned out to be current.
    pub fn restore_gauges(&mut self) {
        self.stores.iter_mut().for_each(Store::restore_gauges);
    }

    /// How many series there are, a summary or histogram counted as one.
    pub fn series_count(&self) -> usize {
        self.stores.iter().map(Store::len).sum()
    }

    /// The sum of each family's values, or of its counts of observations, in their order; NaN where there is no series.
    pub fn totals(&self) -> Vec<f64> {
        self.stores.iter().map(Store::total).collect()
    }

    /// How many ids of `Once` are remembered.
    pub fn id_count(&self) -> usize {
        self.stores.iter().map(Store::ids).sum()
    }

    /// What is to survive a restart: everything but gauges.
    pub(crate) fn save(&self) -> SavedSamples<'_> {
        SavedSamples {
            key: self.key,
            metrics: self.stores.iter().filter_map(Store::save).collect(),
            unloaded: self.unloaded.as_slice().into(),
        }
    }

    /// The same without IDs, by metric.
    fn save_series(&self) -> impl Iterator<Item = SavedMetric<'_>> {
        self.stores.iter().filter_map(Store::save_series)
    }

    /// Goes on from what was saved; `now` is in seconds since 1970. Returns the metrics whose state was not loaded, and why: it
    /// is saved again as it is, so that a build or config that has them can load it.
    pub(crate) fn restore(&mut self, saved: SavedSamples<'static>, now: f64) -> Vec<(String, String)> {
        let key = saved.key;
        let mut left = Vec::new();
        self.stores.iter_mut().for_each(|store| store.use_key(key));
        let current = saved.metrics.into_iter().map(|metric| Unloaded { since: now, metric });
        let mut loaded = BTreeSet::new();
        for unloaded in current.chain(saved.unloaded.into_owned()) {
            let name = unloaded.metric.name.clone();
            let store = self.stores.iter_mut().find(|store| store.name() == name);
            let store = store.ok_or("it is not configured".to_owned());
            let restored = store.and_then(|store| match loaded.contains(&name) {
                true => Err("a later state of it was loaded".to_owned()),
                false => store.restore(&unloaded.metric, key, now),
            });
            match restored {
                Ok(()) => drop(loaded.insert(name)),
                Err(why) => {
                    left.push((name.into_owned(), why));
                    self.unloaded.push(unloaded);
                }
            }
        }
        self.key = key;
        left
    }

    /// Drops the state of metrics that has been unloaded for too long or is too much, and returns their names.
    pub(crate) fn expire_unloaded(&mut self, now: f64) -> Vec<String> {
        unloaded::expire(&mut self.unloaded, now)
    }

    /// Writes all families to the end of `out`, one that has no series not at all. `# EOF`, which ends an
    /// OpenMetrics page, is left to the page.
    pub fn encode(&self, format: Format, out: &mut Vec<u8>) {
        self.stores.iter().for_each(|store| store.encode(format, out));
    }
}
