//! What is kept of samples over a restart, as it stands in a state file.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::once::Key;
use crate::service::Family;

/// All metrics of a service but gauges.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedSamples<'a> {
    /// What the ids are fingerprinted with.
    pub(super) key: Key,
    pub(super) metrics: Vec<SavedMetric<'a>>,
}

/// One metric, with what must be the same for its series to go on.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedMetric<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) kind: Cow<'a, str>,
    /// In the order of their names: that of config.json changes nothing.
    pub(super) labels: Vec<Cow<'a, str>>,
    pub(super) buckets: Cow<'a, [f64]>,
    pub(super) series: Vec<SavedSeries<'a>>,
    /// The fingerprints of ids, the longest-unlisted first, in base64.
    pub(super) ids: String,
}

/// The label text, when it began to count if that is known, both parts of the sum, and the counts by bucket (none of a
/// counter).
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedSeries<'a>(
    pub(super) Cow<'a, str>,
    pub(super) Option<f64>,
    pub(super) [f64; 2],
    pub(super) Cow<'a, [u64]>,
);

impl SavedSamples<'_> {
    /// How many series there are, and how many ids.
    pub(crate) fn size(&self) -> (usize, usize) {
        let series = self.metrics.iter().map(|metric| metric.series.len()).sum();
        // 16 bytes each, of which base64 makes 4 characters for 3.
        let ids = self.metrics.iter().map(|metric| metric.ids.len() / 4 * 3 / 16).sum();
        (series, ids)
    }
}

impl SavedMetric<'_> {
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
