//! The part of the samples that a state file keeps over a restart.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use super::unloaded::Unloaded;
use crate::author::configured_family::ConfiguredFamily;
use crate::author::reading::distribution::Distribution;
use crate::support::hash_key::HashKey;

/// All metrics of a service except gauges.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedSamples<'a> {
    /// The key of the fingerprints of IDs.
    pub(super) key: HashKey,
    pub(super) metrics: Vec<SavedMetric<'a>>,
    /// The state of metrics that this build or config cannot load.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub(super) unloaded: Cow<'a, [Unloaded]>,
}

/// One metric, with the properties that must stay the same for its series to continue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedMetric<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) kind: Cow<'a, str>,
    /// The label names in alphabetical order, so their order in config.json does not matter.
    pub(super) labels: Vec<Cow<'a, str>>,
    pub(super) buckets: Cow<'a, [f64]>,
    pub(super) series: Vec<SavedSeries<'a>>,
    /// True if the series are running totals; `None` if that is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) totals: Option<bool>,
    /// Series for which `series_limit` or `memory_limit_bytes` has no room.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) parked: Vec<SavedParked<'a>>,
    /// The `series_limit` at the time of the write.
    #[serde(default)]
    pub(super) limit: usize,
    /// The fingerprints of IDs, the longest-unlisted first, in base64.
    pub(super) ids: String,
}

/// One series as a tuple:
///
/// - the label text
/// - the Unix timestamp at which the series began to count, if known
/// - both parts of the sum
/// - the counts by bucket, empty for a counter
/// - the number of the poll that last changed the value
/// - the Unix timestamp since which the series is not listed, if noted
/// - the histogram or summary that the API computed, if it did
///
/// The end of the tuple is omitted if it is `None`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct SavedSeries<'a>(
    pub(super) Cow<'a, str>,
    pub(super) Option<f64>,
    pub(super) [f64; 2],
    pub(super) Cow<'a, [u64]>,
    #[serde(default)] pub(super) u64,
    #[serde(default)] pub(super) Option<u64>,
    #[serde(default)] pub(super) Option<Cow<'a, Distribution>>,
);

impl Serialize for SavedSeries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(labels, created, sum, counts, changed, unlisted, computed) = self;
        match (unlisted, computed) {
            (None, None) => (labels, created, sum, counts, changed).serialize(serializer),
            (unlisted, None) => (labels, created, sum, counts, changed, unlisted).serialize(serializer),
            (unlisted, computed) => {
                (labels, created, sum, counts, changed, unlisted, computed).serialize(serializer)
            }
        }
    }
}

/// The Unix timestamp since which a series is parked, and the series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedParked<'a>(pub(super) f64, pub(super) SavedSeries<'a>);

impl SavedMetric<'_> {
    /// Returns the metric without references to the series that it was saved from.
    pub(super) fn into_owned(self) -> SavedMetric<'static> {
        let parked = |SavedParked(since, series): SavedParked<'_>| SavedParked(since, series.into_owned());
        SavedMetric {
            name: self.name.into_owned().into(),
            kind: self.kind.into_owned().into(),
            labels: self.labels.into_iter().map(|label| label.into_owned().into()).collect(),
            buckets: self.buckets.into_owned().into(),
            series: self.series.into_iter().map(SavedSeries::into_owned).collect(),
            totals: self.totals,
            parked: self.parked.into_iter().map(parked).collect(),
            limit: self.limit,
            ids: self.ids,
        }
    }
}

impl SavedSeries<'_> {
    fn into_owned(self) -> SavedSeries<'static> {
        let Self(labels, created, sum, counts, changed, unlisted, computed) = self;
        let computed = computed.map(|computed| Cow::Owned(computed.into_owned()));
        SavedSeries(
            labels.into_owned().into(),
            created,
            sum,
            counts.into_owned().into(),
            changed,
            unlisted,
            computed,
        )
    }

    /// Returns true if the API computed the histogram or summary, whose buckets do not depend on the config.
    pub(super) fn is_computed(&self) -> bool {
        self.6.is_some()
    }

    /// Returns a fingerprint of the value, the creation time, and the time since which the series is not listed.
    ///
    /// The creation time distinguishes a series that restarts from one that continues.
    pub(super) fn fingerprint(&self, key: HashKey) -> u64 {
        let Self(_, created, sum, counts, _, unlisted, computed) = self;
        let mut bytes = Vec::with_capacity(40 + 8 * counts.len());
        for number in [created.unwrap_or(f64::NAN), sum[0], sum[1]] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(unlisted.unwrap_or(u64::MAX).to_le_bytes());
        counts.iter().for_each(|count| bytes.extend(count.to_le_bytes()));
        for Distribution { points, sum, count } in computed.iter().map(AsRef::as_ref) {
            bytes.extend(count.to_le_bytes());
            bytes.extend(sum.unwrap_or(f64::NAN).to_le_bytes());
            points.iter().flat_map(|(point, n)| [point, n]).for_each(|n| bytes.extend(n.to_le_bytes()));
        }
        key.hash(&bytes) as u64
    }
}

impl SavedSamples<'_> {
    /// Returns a description of each part of the state that is not loaded.
    pub(crate) fn unloaded(&self) -> Vec<String> {
        let parked = self.metrics.iter().filter(|metric| !metric.parked.is_empty());
        let parked = parked.map(|metric| format!("{} series of `{}`", metric.parked.len(), metric.name));
        parked.chain(self.unloaded.iter().map(Unloaded::to_string)).collect()
    }

    /// Returns the number of exposed series and the number of IDs.
    pub(crate) fn size(&self) -> (usize, usize) {
        let series = self.metrics.iter().map(|metric| metric.series.len()).sum();
        // An ID has 16 bytes, and base64 encodes 3 bytes in 4 characters.
        let ids = self.metrics.iter().map(|metric| metric.ids.len() / 4 * 3 / 16).sum();
        (series, ids)
    }
}

impl SavedMetric<'_> {
    /// Returns the approximate size in bytes.
    pub(super) fn bytes(&self) -> usize {
        let all = self.series.iter().chain(self.parked.iter().map(|parked| &parked.1));
        let computed = |series: &SavedSeries<'_>| series.6.as_ref().map_or(0, |computed| computed.bytes());
        all.map(|series| 100 + series.0.len() + 8 * series.3.len() + computed(series)).sum::<usize>()
            + self.ids.len()
    }

    /// Checks that the family has the same kind and labels.
    ///
    /// # Errors
    /// The kind or the labels have changed; the message has both values.
    pub(super) fn is_of(
        &self,
        family: &ConfiguredFamily,
        labels: impl Iterator<Item = &'static str>,
    ) -> Result<(), String> {
        let labels: Vec<_> = labels.collect();
        if self.kind != family.kind.as_str() {
            Err(changed("kind", &self.kind, &family.kind.as_str()))
        } else if self.labels != labels {
            Err(changed("labels", &self.labels, &labels))
        } else {
            Ok(())
        }
    }

    /// Returns the change of the buckets; `None` if the family has the same ones.
    pub(super) fn other_buckets(&self, family: &ConfiguredFamily) -> Option<String> {
        (*self.buckets != *family.buckets).then(|| changed("buckets", &self.buckets, &family.buckets))
    }
}

fn changed(what: &str, was: &dyn fmt::Debug, is: &dyn fmt::Debug) -> String {
    format!("its {what} changed from {was:?} to {is:?}")
}
