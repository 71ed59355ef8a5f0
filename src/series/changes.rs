//! The changes of the samples between two writes of the state, and their replay.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::btree_map::{BTreeMap, Entry};

use serde::{Deserialize, Serialize};

use super::samples::Samples;
use super::saved::{SavedMetric, SavedParked, SavedSamples, SavedSeries};
use super::seen_ids::SeenIds;
use crate::support::fingerprint_text;
use crate::support::hash_key::HashKey;

/// The changes of one metric.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedChange<'a> {
    name: Cow<'a, str>,
    /// New series, and those whose value has changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    series: Vec<SavedSeries<'a>>,
    /// Series that were parked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parked: Vec<SavedParked<'a>>,
    /// The fingerprints of the label texts of removed series, in base64 like those of IDs.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    removed: String,
    /// The fingerprints of new IDs, in the order of their last listing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    ids: String,
    /// The fingerprints of IDs that were forgotten.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    forgotten: String,
}

/// The samples of the last write: a fingerprint of each series, by the fingerprint of its label text.
///
/// They are compared with the current samples, so code that changes a series does not report that. A listing of a known
/// ID is not a change. A listing of an unchanged series is a change only if the state has the series as no longer
/// listed.
#[derive(Debug)]
pub(crate) struct WrittenSamples(Vec<HashMap<u128, u64>>);

impl WrittenSamples {
    /// Returns the fingerprints of the current samples, and begins to track the changes of IDs.
    pub(crate) fn now(samples: &mut Samples) -> Self {
        samples.stores.iter_mut().for_each(|store| store.ids_mut().track());
        let key = samples.key;
        Self(samples.save_series().map(|metric| fingerprints(key, &metric)).collect())
    }

    /// Returns the changes since the last call, by metric.
    pub(crate) fn changes<'a>(&mut self, samples: &'a mut Samples) -> Vec<SavedChange<'a>> {
        let stores = samples.stores.iter_mut().filter(|store| store.is_saved());
        let ids: Vec<_> = stores.map(|store| store.ids_mut().changes()).collect();
        let key = samples.key;
        let metrics = samples.save_series().zip(&mut self.0).zip(ids);
        let changes = metrics.map(|((metric, written), (ids, forgotten))| SavedChange {
            ids,
            forgotten,
            ..difference(key, metric, written)
        });
        changes.filter(|change| !change.is_empty()).collect()
    }
}

impl SavedChange<'_> {
    fn is_empty(&self) -> bool {
        self.series.is_empty()
            && self.parked.is_empty()
            && [&self.removed, &self.ids, &self.forgotten].into_iter().all(String::is_empty)
    }
}

/// Returns the changes of a metric since its last write, and updates `written`.
fn difference<'a>(
    key: HashKey,
    metric: SavedMetric<'a>,
    written: &mut HashMap<u128, u64>,
) -> SavedChange<'a> {
    let now = fingerprints(key, &metric);
    let is_changed = |series: &SavedSeries<'_>| {
        let label = key.hash(series.0.as_bytes());
        written.get(&label) != now.get(&label)
    };
    let SavedMetric { name, mut series, mut parked, .. } = metric;
    series.retain(is_changed);
    parked.retain(|parked| is_changed(&parked.1));
    let removed: Vec<u128> = written.keys().filter(|label| !now.contains_key(*label)).copied().collect();
    *written = now;
    let (ids, forgotten) = Default::default();
    SavedChange { name, series, parked, removed: fingerprint_text::to_text(removed), ids, forgotten }
}

fn fingerprints(key: HashKey, metric: &SavedMetric<'_>) -> HashMap<u128, u64> {
    let of = |series: &SavedSeries<'_>| (key.hash(series.0.as_bytes()), series.fingerprint(key));
    let exposed = metric.series.iter().map(of);
    let parked = metric.parked.iter().map(|parked| of(&parked.1)).map(|(label, value)| (label, !value));
    exposed.chain(parked).collect()
}

impl SavedSamples<'static> {
    /// Applies the changes of later writes, in their order.
    ///
    /// # Errors
    /// A change has an unknown metric, or the fingerprints of a metric or a change are invalid.
    pub(crate) fn replay(
        &mut self,
        changes: impl Iterator<Item = SavedChange<'static>>,
    ) -> Result<(), String> {
        let mut changed = BTreeMap::new();
        for change in changes {
            let place = self.metrics.iter().position(|metric| metric.name == change.name);
            let place =
                place.ok_or_else(|| format!("its journal has an unknown metric `{}`", change.name))?;
            let metric = match changed.entry(place) {
                Entry::Occupied(metric) => metric.into_mut(),
                Entry::Vacant(new) => new.insert(Replayed::new(self.key, &mut self.metrics[place])?),
            };
            metric.apply(self.key, change)?;
        }
        for (place, replayed) in changed {
            replayed.put_back(&mut self.metrics[place]);
        }
        Ok(())
    }
}

/// A metric to which changes are applied.
struct Replayed {
    /// The series by the fingerprint of the label text, each with the Unix timestamp since which it is parked, if it
    /// is.
    series: HashMap<u128, (SavedSeries<'static>, Option<f64>)>,
    ids: SeenIds,
}

impl Replayed {
    fn new(key: HashKey, metric: &mut SavedMetric<'static>) -> Result<Self, String> {
        let ids = SeenIds::from_text(key, usize::MAX, &metric.ids).ok_or("its IDs are invalid")?;
        let mut replayed = Self { series: HashMap::new(), ids };
        replayed.put(key, std::mem::take(&mut metric.series), std::mem::take(&mut metric.parked));
        Ok(replayed)
    }

    fn apply(&mut self, key: HashKey, change: SavedChange<'static>) -> Result<(), String> {
        let ids = |text: &str| fingerprint_text::of_text(text).ok_or("its journal has invalid IDs");
        for label in ids(&change.removed)? {
            self.series.remove(&label);
        }
        self.put(key, change.series, change.parked);
        self.ids.apply(&ids(&change.ids)?, &ids(&change.forgotten)?);
        Ok(())
    }

    fn put(&mut self, key: HashKey, series: Vec<SavedSeries<'static>>, parked: Vec<SavedParked<'static>>) {
        let exposed = series.into_iter().map(|series| (series, None));
        let parked = parked.into_iter().map(|SavedParked(since, series)| (series, Some(since)));
        for (series, since) in exposed.chain(parked) {
            self.series.insert(key.hash(series.0.as_bytes()), (series, since));
        }
    }

    fn put_back(self, metric: &mut SavedMetric<'static>) {
        metric.ids = self.ids.to_text();
        for (series, since) in self.series.into_values() {
            match since {
                None => metric.series.push(series),
                Some(since) => metric.parked.push(SavedParked(since, series)),
            }
        }
    }
}
