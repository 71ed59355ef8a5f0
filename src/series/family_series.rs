//! The series of one family.

mod encoding;
mod expiry;
mod recording;
mod room;
mod saved;
mod snapshot;
mod staleness;
mod take_over;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::byte_limits::Cost;
use super::events::SeriesEvents;
use super::items::MetricItems;
use super::label_text::LabelNames;
use super::metric_freshness::MetricFreshness;
use super::number::canonical;
use super::options::SeriesOptions;
use super::parked::Parked;
use super::samples::Terms;
use super::seen_ids::SeenIds;
use super::time_series::TimeSeries;
use crate::author::configured_family::ConfiguredFamily;
use crate::author::reading::Reading;
use crate::config::Kind;
use crate::support::error::Result;
use crate::support::hash_key::HashKey;

/// The series of one family, by their label text.
#[derive(Debug)]
pub(super) struct FamilySeries {
    family: Arc<ConfiguredFamily>,
    labels: LabelNames,
    /// The `le` label of each bucket of a histogram, `+Inf` included.
    les: Vec<String>,
    options: SeriesOptions,
    cost: Cost,
    /// The maximum size in bytes of the label texts of parked series.
    park: usize,
    series: BTreeMap<Box<str>, TimeSeries>,
    /// The series of a gauge that were removed as stale since the last recorded poll.
    removed: BTreeMap<Box<str>, TimeSeries>,
    parked: Parked,
    seen: SeenIds,
    freshness: MetricFreshness,
    /// The earliest of the times at which the gauge's series were last read.
    oldest: Option<Instant>,
    /// True if the last poll evicted or omitted series because of the limit of bytes.
    is_large: bool,
    /// True if items were rejected and no later poll read a value without a rejection.
    is_rejecting: bool,
    /// True if the series are running totals, or distributions that the API computes; `None` if that is unknown.
    totals: Option<bool>,
    /// The number of recorded polls.
    polls: u64,
    /// The Unix timestamp of the last reading, or of the restart.
    read: Option<f64>,
    /// The events of the poll that is being recorded.
    events: SeriesEvents,
}

/// The label sets that are omitted because a limit is reached.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct LeftOut {
    pub(super) series: u64,
    pub(super) items: u64,
    /// The maximum size in bytes of the other series.
    pub(super) bytes: usize,
}

impl FamilySeries {
    /// Creates a family without series. `park` is the maximum size in bytes of the label texts of parked series.
    pub(super) fn new(
        family: Arc<ConfiguredFamily>,
        options: SeriesOptions,
        park: usize,
        key: HashKey,
    ) -> Self {
        let labels = LabelNames::new(family.labels);
        let bounds = family.buckets.iter().chain(&[f64::INFINITY]);
        let les = match family.kind {
            Kind::Histogram => bounds.map(|bound| format!("le=\"{}\"", canonical(*bound))).collect(),
            _ => Vec::new(),
        };
        Self {
            labels,
            cost: Cost::of(&family, &les, options.created),
            family,
            les,
            options,
            park,
            series: BTreeMap::new(),
            removed: BTreeMap::new(),
            parked: Parked::default(),
            seen: SeenIds::new(key, options.ids_limit),
            freshness: MetricFreshness::new(Instant::now()),
            oldest: None,
            is_large: false,
            is_rejecting: false,
            totals: None,
            polls: 0,
            read: None,
            events: SeriesEvents::default(),
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.family.name
    }

    pub(super) fn len(&self) -> usize {
        self.series.len()
    }

    /// Returns the sum of the values, or of the counts of observations; NaN without a series.
    pub(super) fn total(&self) -> f64 {
        let figures = self.series.values().map(|series| series.value.figure());
        figures.reduce(|sum, figure| sum + figure).unwrap_or(f64::NAN)
    }

    /// Returns the number of retained IDs.
    pub(super) fn ids(&self) -> usize {
        self.seen.len()
    }

    /// Returns the number of retained IDs beyond the limit.
    pub(super) fn surplus_ids(&self) -> u64 {
        self.ids().saturating_sub(self.options.ids_limit) as u64
    }

    /// Returns the retained IDs of `Once`.
    pub(super) fn ids_mut(&mut self) -> &mut SeenIds {
        &mut self.seen
    }

    /// Returns true if any part of the metric survives a restart.
    pub(super) fn is_saved(&self) -> bool {
        !self.family.kind.is_current()
    }

    /// Removes and returns the events of the last poll.
    pub(super) fn take_events(&mut self) -> SeriesEvents {
        std::mem::take(&mut self.events)
    }

    /// Sets the key of the fingerprints of IDs, and forgets all IDs.
    pub(super) fn use_key(&mut self, key: HashKey) {
        self.seen = SeenIds::new(key, self.options.ids_limit);
    }

    /// Returns the number of parked series.
    pub(super) fn parked(&self) -> usize {
        self.parked.len()
    }

    /// Removes the series that have been parked for too long. Returns true if there were any.
    pub(super) fn expire_parked(&mut self, now: f64) -> bool {
        self.parked.expire(now)
    }

    /// Judges the items of a reading, removes the series that end with it, and omits the new label sets beyond the
    /// limits.
    ///
    /// `allowed` is the limit in bytes. No value of a series changes.
    pub(super) fn admit(
        &mut self,
        reading: Result<Reading>,
        terms: &Terms<'_>,
        allowed: usize,
    ) -> (MetricItems, LeftOut) {
        self.removed.clear();
        self.is_large = false;
        let mut items = MetricItems::new(&self.family, &self.labels, reading, terms.judge);
        let Some(listed) = &mut items.listed else {
            return (items, LeftOut { bytes: self.bytes(), ..LeftOut::default() });
        };
        self.learn(items.is_complete);
        self.remove_ended(listed, items.is_complete, allowed, terms.now);
        let left_out = self.leave_out(listed, allowed);
        (items, left_out)
    }

    /// Notes if the values are running totals. If they are, their creation times are removed, as they are only the times of
    /// the first reading.
    ///
    /// Observations cannot be added to a histogram or summary that the API computed, so they begin with new series.
    fn learn(&mut self, complete: bool) {
        if self.family.kind.is_current() || self.totals == Some(complete) {
            return;
        }
        let last = self.totals.replace(complete);
        if complete {
            self.series.values_mut().for_each(|series| series.created = None);
        } else if last == Some(true) && self.family.kind != Kind::Counter {
            self.series.clear();
            self.parked = Parked::default();
        }
    }

    /// Returns true if the last poll evicted or omitted series because of the limit of bytes.
    pub(super) fn is_large(&self) -> bool {
        self.is_large
    }

    /// Returns true if the last polls had invalid items.
    pub(super) fn is_rejecting(&self) -> bool {
        self.is_rejecting
    }

    /// Returns the Unix timestamp of the last success.
    pub(super) fn last_success(&self) -> Option<f64> {
        self.freshness.last_success()
    }

    /// Returns the instant of the last success, or of the start.
    pub(super) fn fresh_at(&self) -> Instant {
        self.freshness.fresh_at()
    }
}
