//! The samples of a service whose metrics or options change during a run.

use std::sync::Arc;

use super::family_series::FamilySeries;
use super::options::SeriesOptions;
use super::restore_report::RestoreReport;
use super::samples::Samples;
use super::saved::{SavedMetric, SavedSamples};
use crate::author::configured_family::ConfiguredFamily;

impl Samples {
    /// Returns the samples of other families, with other options; `now` is a Unix timestamp.
    ///
    /// A metric with equal values of its options continues unchanged. Another one continues as after a restart, and
    /// keeps its gauges. The state of a metric that the families lack stays in the state, unloaded.
    pub(crate) fn reconfigured(
        mut self,
        families: Vec<Arc<ConfiguredFamily>>,
        options: SeriesOptions,
        now: f64,
    ) -> (Self, RestoreReport) {
        let mut next = Self::new(families, options);
        let (kept, changed): (Vec<_>, Vec<_>) = std::mem::take(&mut self.stores)
            .into_iter()
            .partition(|store| next.stores.iter().any(|other| store.continues_as(other)));
        let saved = SavedSamples {
            key: self.key,
            metrics: changed.iter().filter_map(FamilySeries::save).map(SavedMetric::into_owned).collect(),
            unloaded: std::mem::take(&mut self.unloaded).into(),
        };
        let report = next.restore(saved, now);
        for store in kept.into_iter().chain(changed) {
            if let Some(next) = next.stores.iter_mut().find(|next| next.name() == store.name()) {
                next.take_over(store);
            }
        }
        (next, report)
    }
}
