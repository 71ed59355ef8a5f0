//! The values of the series `cton_*` of one service.

use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use super::own_family::{
    METRIC_ERRORS, METRIC_FAMILIES, METRIC_LAST_SUCCESS, OwnFamily, RESETS, SERVICE_FAMILIES,
};
use crate::config::Kind;

/// The bits of a series without a sample. As a number they are NaN, which no series has.
const ABSENT: u64 = u64::MAX;

/// The values of a service: those of [`SERVICE_FAMILIES`] in their order, then two for each metric.
///
/// A process can have many services, so a value is 8 bytes, and all services share the rest.
#[derive(Debug)]
pub(super) struct OwnValues {
    /// The label text that all series of the service share.
    labels: Box<str>,
    metrics: Box<[(&'static str, Kind)]>,
    /// A counter as a number, and a gauge as the bits of one.
    values: Box<[AtomicU64]>,
}

impl OwnValues {
    pub(super) fn new(labels: String, metrics: &[(&'static str, Kind)]) -> Self {
        let of_service = SERVICE_FAMILIES.iter().flat_map(|family| family.values.iter().map(|_| *family));
        let of_metrics = metrics.iter().flat_map(|(_, kind)| [&METRIC_ERRORS, second(*kind)]);
        let first = |family: &OwnFamily| AtomicU64::new(if family.starts_at_zero { 0 } else { ABSENT });
        let values = of_service.chain(of_metrics).map(first).collect();
        Self { labels: labels.into(), metrics: metrics.into(), values }
    }

    /// Returns the values of the same service with other metrics.
    pub(super) fn with_metrics(&self, metrics: &[(&'static str, Kind)]) -> Self {
        let next = Self::new(self.labels.to_string(), metrics);
        let copy = |from: Option<usize>, to: Option<usize>| {
            let values =
                from.and_then(|from| self.values.get(from)).zip(to.and_then(|to| next.values.get(to)));
            values
                .into_iter()
                .for_each(|(from, to)| to.store(from.load(Ordering::Relaxed), Ordering::Relaxed));
        };
        let of_service = self.values.len() - 2 * self.metrics.len();
        (0..of_service).for_each(|slot| copy(Some(slot), Some(slot)));
        for (metric, family) in
            self.metrics.iter().flat_map(|(metric, _)| METRIC_FAMILIES.map(|family| (metric, family)))
        {
            copy(self.metric_slot(family, metric), next.metric_slot(family, metric));
        }
        next
    }

    /// Removes a gauge of the service.
    pub(super) fn clear(&self, family: &OwnFamily) {
        let value = self.slot(family, "").and_then(|slot| self.values.get(slot));
        value.into_iter().for_each(|value| value.store(ABSENT, Ordering::Relaxed));
    }

    /// Adds to a counter of the service. A series that did not exist starts at 0.
    pub(super) fn add(&self, family: &OwnFamily, value: &str, more: u64) {
        self.change(self.slot(family, value), |count| count.saturating_add(more));
    }

    /// Sets a gauge of the service.
    pub(super) fn set(&self, family: &OwnFamily, value: f64) {
        self.change(self.slot(family, ""), |_| value.to_bits());
    }

    /// Adds to a counter of a metric, if its kind has that counter.
    pub(super) fn add_of_metric(&self, family: &OwnFamily, metric: &str, more: u64) {
        self.change(self.metric_slot(family, metric), |count| count.saturating_add(more));
    }

    /// Sets a gauge of a metric, if its kind has that gauge.
    pub(super) fn set_of_metric(&self, family: &OwnFamily, metric: &str, value: f64) {
        self.change(self.metric_slot(family, metric), |_| value.to_bits());
    }

    /// Returns the samples of a family, each with its labels as text.
    pub(super) fn samples(&self, family: &OwnFamily) -> Vec<(String, f64)> {
        let is_of_metric = METRIC_FAMILIES.iter().any(|known| ptr::eq(*known, family));
        let sample = |value: &str| {
            let slot = if is_of_metric { self.metric_slot(family, value) } else { self.slot(family, value) };
            let bits = self.values.get(slot?)?.load(Ordering::Relaxed);
            let number = if family.kind == Kind::Counter { bits as f64 } else { f64::from_bits(bits) };
            (bits != ABSENT).then(|| (self.label_text(family, value), number))
        };
        if is_of_metric {
            return self.metrics.iter().filter_map(|(metric, _)| sample(metric)).collect();
        }
        family.values.iter().filter_map(|value| sample(value)).collect()
    }

    fn label_text(&self, family: &OwnFamily, value: &str) -> String {
        match family.label {
            "" => self.labels.to_string(),
            label => format!("{label}=\"{value}\",{}", self.labels),
        }
    }

    /// Returns the index of a series of the service.
    fn slot(&self, family: &OwnFamily, value: &str) -> Option<usize> {
        let before = SERVICE_FAMILIES.iter().take_while(|other| !ptr::eq(**other, family));
        let at = family.values.iter().position(|known| *known == value)?;
        Some(before.map(|family| family.values.len()).sum::<usize>() + at)
    }

    /// Returns the index of a series of a metric.
    fn metric_slot(&self, family: &OwnFamily, metric: &str) -> Option<usize> {
        let at = self.metrics.iter().position(|(known, _)| *known == metric)?;
        let (_, kind) = self.metrics.get(at)?;
        let offset = [&METRIC_ERRORS, second(*kind)].iter().position(|known| ptr::eq(*known, family))?;
        Some(self.values.len() - 2 * self.metrics.len() + 2 * at + offset)
    }

    fn change(&self, slot: Option<usize>, change: impl Fn(u64) -> u64) {
        if let Some(value) = slot.and_then(|slot| self.values.get(slot)) {
            let change = |bits| Some(change(if bits == ABSENT { 0 } else { bits }));
            // It never fails, as `change` always returns a value.
            let _ = value.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change);
        }
    }
}

/// Returns the second family of a metric; the first is [`METRIC_ERRORS`].
fn second(kind: Kind) -> &'static OwnFamily {
    match kind {
        Kind::Counter | Kind::Summary | Kind::Histogram => &RESETS,
        Kind::Gauge | Kind::StateSet | Kind::Info => &METRIC_LAST_SUCCESS,
    }
}
