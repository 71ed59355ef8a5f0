//! The changes of the samples between two writes of the state, and their replay.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::btree_map::{BTreeMap, Entry};

use serde::{Deserialize, Serialize};

use super::Samples;
use super::once::{Key, Seen};
use super::saved::{SavedMetric, SavedSamples, SavedSeries};

/// The changes of one metric.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedChange<'a> {
    name: Cow<'a, str>,
    /// New series, and those whose value has changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    series: Vec<SavedSeries<'a>>,
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

/// The samples as they were written last: a fingerprint for each series, by that of its label text.
///
/// It is compared with the samples, so that no code that changes a series has to report that. Times at which an unchanged
/// series or a known ID was listed are no change.
#[derive(Debug)]
pub(crate) struct Written(Vec<HashMap<u128, u64>>);

impl Written {
    /// The samples as they are now.
    pub(crate) fn now(samples: &mut Samples) -> Self {
        samples.stores.iter_mut().for_each(|store| store.ids_mut().track());
        let key = samples.key;
        Self(samples.save_series().map(|metric| fingerprints(key, &metric.series)).collect())
    }

    /// Returns the changes since the last call, by metric.
    pub(crate) fn changes<'a>(&mut self, samples: &'a mut Samples) -> Vec<SavedChange<'a>> {
        let stores = samples.stores.iter_mut().filter(|store| store.is_saved());
        let ids: Vec<_> = stores.map(|store| store.ids_mut().changes()).collect();
        let key = samples.key;
        let metrics = samples.save_series().zip(&mut self.0).zip(ids);
        let changes = metrics.map(|((metric, written), (ids, forgotten))| {
            let (series, removed) = difference(key, metric.series, written);
            SavedChange { name: metric.name, series, removed, ids, forgotten }
        });
        changes.filter(|change| !change.is_empty()).collect()
    }
}

impl SavedChange<'_> {
    fn is_empty(&self) -> bool {
        self.series.is_empty()
            && [&self.removed, &self.ids, &self.forgotten].into_iter().all(String::is_empty)
    }
}

/// Returns the series that differ from those that were written, and the fingerprints of those that are missing.
fn difference<'a>(
    key: Key,
    mut series: Vec<SavedSeries<'a>>,
    written: &mut HashMap<u128, u64>,
) -> (Vec<SavedSeries<'a>>, String) {
    let now = fingerprints(key, &series);
    series.retain(|series| {
        let label = key.fingerprint(series.0.as_bytes());
        written.get(&label) != now.get(&label)
    });
    let removed: Vec<u128> = written.keys().filter(|label| !now.contains_key(*label)).copied().collect();
    *written = now;
    (series, super::once::to_text(removed))
}

fn fingerprints(key: Key, series: &[SavedSeries<'_>]) -> HashMap<u128, u64> {
    series.iter().map(|series| (key.fingerprint(series.0.as_bytes()), series.fingerprint(key))).collect()
}

impl SavedSamples<'static> {
    /// Applies the changes of later writes, in their order.
    ///
    /// # Errors
    /// They are not of these samples.
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
            let metric = &mut self.metrics[place];
            metric.ids = replayed.ids.to_text();
            metric.series = replayed.series.into_values().collect();
        }
        Ok(())
    }
}

/// A metric to which changes are applied.
struct Replayed {
    series: HashMap<u128, SavedSeries<'static>>,
    ids: Seen,
}

impl Replayed {
    fn new(key: Key, metric: &mut SavedMetric<'static>) -> Result<Self, String> {
        let series = std::mem::take(&mut metric.series).into_iter();
        Ok(Self {
            series: series.map(|series| (key.fingerprint(series.0.as_bytes()), series)).collect(),
            ids: Seen::from_text(key, &metric.ids).ok_or("its IDs are invalid")?,
        })
    }

    fn apply(&mut self, key: Key, change: SavedChange<'static>) -> Result<(), String> {
        let ids = |text: &str| super::once::of_text(text).ok_or("its journal has invalid IDs");
        for label in ids(&change.removed)? {
            self.series.remove(&label);
        }
        for series in change.series {
            self.series.insert(key.fingerprint(series.0.as_bytes()), series);
        }
        self.ids.apply(&ids(&change.ids)?, &ids(&change.forgotten)?);
        Ok(())
    }
}
