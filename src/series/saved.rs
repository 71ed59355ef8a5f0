//! What is kept of samples over a restart, as it stands in a state file.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::seen_ids::IdHashKey;
use super::unloaded::Unloaded;
use crate::author::family::Family;

/// All metrics of a service but gauges.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedSamples<'a> {
    /// What the ids are fingerprinted with.
    pub(super) key: IdHashKey,
    pub(super) metrics: Vec<SavedMetric<'a>>,
    /// The state of metrics that this build or config does not have.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub(super) unloaded: Cow<'a, [Unloaded]>,
}

/// One metric, with what must be the same for its series to go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedMetric<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) kind: Cow<'a, str>,
    /// In the order of their names: that of config.json changes nothing.
    pub(super) labels: Vec<Cow<'a, str>>,
    pub(super) buckets: Cow<'a, [f64]>,
    pub(super) series: Vec<SavedSeries<'a>>,
    /// True if the series are running totals; `None` if that is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) totals: Option<bool>,
    /// Series for which `series_limit` has no room.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) parked: Vec<SavedParked<'a>>,
    /// `series_limit`.
    #[serde(default)]
    pub(super) limit: usize,
    /// The fingerprints of ids, the longest-unlisted first, in base64.
    pub(super) ids: String,
}

/// The label text, when it began to count if that is known, both parts of the sum, the counts by bucket (none of a
/// counter), the number of the poll that changed the value last, and the Unix timestamp since which it is not listed, if that
/// is noted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedSeries<'a>(
    pub(super) Cow<'a, str>,
    pub(super) Option<f64>,
    pub(super) [f64; 2],
    pub(super) Cow<'a, [u64]>,
    #[serde(default)] pub(super) u64,
    #[serde(default, skip_serializing_if = "Option::is_none")] pub(super) Option<u64>,
);

/// The Unix timestamp since which a series is parked, and the series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedParked<'a>(pub(super) f64, pub(super) SavedSeries<'a>);

impl SavedSeries<'_> {
    /// Tells one value from another, and a series that restarts from one that continues.
    pub(super) fn fingerprint(&self, key: IdHashKey) -> u64 {
        let Self(_, created, sum, counts, _, unlisted) = self;
        let mut bytes = Vec::with_capacity(40 + 8 * counts.len());
        for number in [created.unwrap_or(f64::NAN), sum[0], sum[1]] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(unlisted.unwrap_or(u64::MAX).to_le_bytes());
        counts.iter().for_each(|count| bytes.extend(count.to_le_bytes()));
        key.fingerprint(&bytes) as u64
    }
}

impl SavedSamples<'_> {
    /// Returns a description of each part of the state that is not loaded.
    pub(crate) fn unloaded(&self) -> Vec<String> {
        let parked = self.metrics.iter().filter(|metric| !metric.parked.is_empty());
        let parked = parked.map(|metric| format!("{} series of `{}`", metric.parked.len(), metric.name));
        parked.chain(self.unloaded.iter().map(Unloaded::to_string)).collect()
    }

    /// How many series there are, and how many ids.
    pub(crate) fn size(&self) -> (usize, usize) {
        let series = self.metrics.iter().map(|metric| metric.series.len()).sum();
        // 16 bytes each, of which base64 makes 4 characters for 3.
        let ids = self.metrics.iter().map(|metric| metric.ids.len() / 4 * 3 / 16).sum();
        (series, ids)
    }
}

impl SavedMetric<'_> {
    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        let all = self.series.iter().chain(self.parked.iter().map(|parked| &parked.1));
        all.map(|series| 100 + series.0.len() + 8 * series.3.len()).sum::<usize>() + self.ids.len()
    }

    /// Whether the family has the same kind, labels and buckets.
    ///
    /// # Errors
    /// What has changed.
    pub(super) fn is_of(
        &self,
        family: &Family,
        labels: impl Iterator<Item = &'static str>,
    ) -> Result<(), String> {
        let changed = |what: &str, was: &dyn std::fmt::Debug, is: &dyn std::fmt::Debug| {
            Err(format!("its {what} changed from {was:?} to {is:?}"))
        };
        let labels: Vec<_> = labels.collect();
        if self.kind != family.kind.as_str() {
            changed("kind", &self.kind, &family.kind.as_str())
        } else if self.labels != labels {
            changed("labels", &self.labels, &labels)
        } else if *self.buckets != *family.buckets {
            changed("buckets", &self.buckets, &family.buckets)
        } else {
            Ok(())
        }
    }
}
