//! The samples of one service: the values of its series, their changes by readings, and their encoding.
//!
//! Every item of a reading is judged and recorded alone. Distinct label sets never share a series: the key of a series
//! is its escaped label text, so `("ab", "c")` and `("a", "bc")` stay apart. Writing a series copies its key.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use super::unloaded;
use crate::author::configured_family::ConfiguredFamily;
use crate::author::reading::Reading;
use crate::support::error::Result;

use super::byte_limits::Room;
use super::encode::{Format, escaped};
use super::family_series::FamilySeries;
use super::family_snapshot::FamilySnapshot;
use super::options::SeriesOptions;
use super::record_report::RecordReport;
use super::restore_report::RestoreReport;
use super::saved::{SavedMetric, SavedSamples};
use super::unloaded::Unloaded;
use crate::support::hash_key::HashKey;

/// The series of one service, by family, in the order of config.json.
#[derive(Debug)]
pub struct Samples {
    pub(super) stores: Vec<FamilySeries>,
    pub(super) room: Room,
    pub(super) key: HashKey,
    pub(super) unloaded: Vec<Unloaded>,
    /// The label text that is on all series in an exposition.
    labels: Box<str>,
}

/// The position of gauge values in an exposition.
#[derive(Debug, Clone)]
pub struct Gauges {
    /// The range of the bytes, of whole lines.
    pub bytes: Range<usize>,
    /// The time when the values were last read or confirmed.
    pub fresh_at: Instant,
}

/// A function that returns the reason that makes a label value invalid, such as `contains a secret`; `None` for a valid
/// value.
///
/// It gets each value of a label set before the value becomes label text, and before anything of the item is recorded.
pub(crate) type Judge<'a> = &'a dyn Fn(&str) -> Option<&'static str>;

/// The terms on which the readings of one poll are recorded.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// The Unix timestamp of the poll.
    pub now: f64,
    /// The function that rejects label values.
    pub judge: Judge<'a>,
    /// The effect of the poll on the cursor.
    pub cursor: Cursor,
}

/// The effect of a poll on the cursor: the value of [`Api::keep`](crate::Api::keep), from which the next poll
/// continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor {
    /// The cursor stays, so no item is lost because of it.
    Stays,
    /// The cursor moves, unless a valid item cannot be recorded. Then nothing is recorded that would count twice when
    /// the next poll reads it again.
    MayBeHeld,
    /// The cursor moves, and valid items that cannot be recorded are lost.
    Moves,
}

/// Terms of a poll at a Unix timestamp: every label value is valid, and the cursor stays.
impl From<f64> for Terms<'_> {
    fn from(now: f64) -> Self {
        Self { now, judge: &|_| None, cursor: Cursor::Stays }
    }
}

impl Samples {
    /// Creates samples of these families, without series. A number as `options` is the maximum number of series of each
    /// family.
    pub fn new<F: Into<Arc<ConfiguredFamily>>>(families: Vec<F>, options: impl Into<SeriesOptions>) -> Self {
        let (key, options) = (HashKey::random(), options.into());
        let room = Room::new(options.bytes, families.len());
        let store = |family: F| FamilySeries::new(family.into(), options, room.share(), key);
        Self {
            stores: families.into_iter().map(store).collect(),
            room,
            key,
            unloaded: Vec::new(),
            labels: Box::default(),
        }
    }

    /// Adds labels to all series in expositions. They are no part of the state, so that they can change.
    #[must_use]
    pub fn with_labels(mut self, labels: &[(String, String)]) -> Self {
        let label = |(name, value): &(String, String)| format!("{name}=\"{}\"", escaped(value));
        self.labels = labels.iter().map(label).collect::<Vec<_>>().join(",").into();
        self
    }

    /// Records the readings of one poll, in the order of the families.
    pub fn record<'a>(
        &mut self,
        readings: Vec<Result<Reading>>,
        terms: impl Into<Terms<'a>>,
    ) -> RecordReport {
        let terms = terms.into();
        let mut recorded = RecordReport::default();
        let mut admitted = Vec::with_capacity(readings.len());
        let mut bytes: Vec<usize> = self.stores.iter().map(FamilySeries::bytes).collect();
        for (at, (store, reading)) in self.stores.iter_mut().zip(readings).enumerate() {
            let allowed = self.room.beside(but(&bytes, at));
            let (items, left_out) = store.admit(reading, &terms, allowed);
            bytes[at] = left_out.bytes;
            recorded.note(store, &items, left_out);
            admitted.push(items);
        }
        recorded.end(terms.cursor);
        let at = Instant::now();
        for (store, items) in self.stores.iter_mut().zip(admitted) {
            store.update(items, terms.now, at, recorded.held);
            let events = store.take_events();
            if !events.is_empty() {
                recorded.events.push((store.name(), events));
            }
        }
        recorded
    }

    /// Removes the series of gauges that were last read at `before` or earlier, as they are too old to be current.
    /// Returns true if there were any.
    pub fn expire(&mut self, before: Instant) -> bool {
        self.stores.iter_mut().map(|store| store.expire(before)).filter(|expired| *expired).count() > 0
    }

    /// Returns the time of the last reading of the gauge series that expires next.
    pub fn oldest_gauge(&self) -> Option<Instant> {
        self.stores.iter().filter_map(FamilySeries::oldest).min()
    }

    /// Notes that the API confirmed the last recorded poll at `now`, a Unix timestamp.
    ///
    /// The series and metrics of that poll are current, including gauges that were removed as stale since.
    pub fn confirm(&mut self, now: f64) {
        let at = Instant::now();
        self.stores.iter_mut().for_each(|store| store.confirm(at, now));
    }

    /// Returns the Unix timestamp of each metric's last success, in the order of the metrics; `None` without a success.
    pub fn last_successes(&self) -> impl Iterator<Item = (&'static str, Option<f64>)> {
        self.stores.iter().map(|store| (store.name(), store.last_success()))
    }

    /// Returns the instant of each metric's last success, or of the start, in the order of the metrics.
    pub fn fresh_since(&self) -> impl Iterator<Item = (&'static str, Instant)> {
        self.stores.iter().map(|store| (store.name(), store.fresh_at()))
    }

    /// Returns the number of series. A summary or histogram counts as one.
    pub fn series_count(&self) -> usize {
        self.stores.iter().map(FamilySeries::len).sum()
    }

    /// Returns the sum of each family's values, or of its counts of observations, in the order of the families. The sum
    /// is NaN without a series.
    pub fn totals(&self) -> Vec<f64> {
        self.stores.iter().map(FamilySeries::total).collect()
    }

    /// Returns the number of IDs of `Once` that each family retains, in the order of the families.
    pub fn ids(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.stores.iter().map(|store| (store.name(), store.ids()))
    }

    /// Returns the number of IDs of `Once` that are retained beyond `once_ids_limit`, because the last response listed
    /// them.
    pub(crate) fn surplus_ids(&self) -> u64 {
        self.stores.iter().map(FamilySeries::surplus_ids).sum()
    }

    /// Returns the number of retained IDs of `Once`.
    pub fn id_count(&self) -> usize {
        self.stores.iter().map(FamilySeries::ids).sum()
    }

    /// Returns the state that survives a restart: every metric except gauges.
    pub(crate) fn save(&self) -> SavedSamples<'_> {
        SavedSamples {
            key: self.key,
            metrics: self.stores.iter().filter_map(FamilySeries::save).collect(),
            unloaded: self.unloaded.as_slice().into(),
        }
    }

    /// Returns the state of each metric without IDs.
    pub(super) fn save_series(&self) -> impl Iterator<Item = SavedMetric<'_>> {
        self.stores.iter().filter_map(FamilySeries::save_series)
    }

    /// Restores the saved state; `now` is a Unix timestamp.
    ///
    /// State that is not loaded or not exposed in full is saved again unchanged, so a build or config that has the metric
    /// can load it.
    pub(crate) fn restore(&mut self, saved: SavedSamples<'static>, now: f64) -> RestoreReport {
        let key = saved.key;
        let mut report = RestoreReport::default();
        self.stores.iter_mut().for_each(|store| store.use_key(key));
        let current = saved.metrics.into_iter().map(|metric| Unloaded { since: now, metric });
        let mut loaded = BTreeSet::new();
        for unloaded in current.chain(saved.unloaded.into_owned()) {
            let name = unloaded.metric.name.clone();
            let restored = match loaded.contains(&name) {
                true => Err("a later state of the metric was loaded".to_owned()),
                false => self.restore_metric(&unloaded.metric, (key, now)),
            };
            match restored {
                Ok(changed) => {
                    report.restarted.extend(changed.map(|why| (name.to_string(), why)));
                    loaded.insert(name);
                }
                Err(why) => {
                    report.unloaded.push((name.into_owned(), why));
                    self.unloaded.push(unloaded);
                }
            }
        }
        self.key = key;
        let full = self.stores.iter().filter(|store| store.parked() > 0);
        report.unloaded.extend(full.map(|store| {
            let why =
                format!("{} of its series exceed `series_limit` or `memory_limit_bytes`", store.parked());
            (store.name().to_owned(), why)
        }));
        report
    }

    /// Restores one metric. Returns the reason if its series restart from zero.
    fn restore_metric(
        &mut self,
        saved: &SavedMetric<'_>,
        (key, now): (HashKey, f64),
    ) -> Result<Option<String>, String> {
        let at = self.stores.iter().position(|store| store.name() == saved.name);
        let at = at.ok_or("the metric is not configured")?;
        let bytes: Vec<usize> = self.stores.iter().map(FamilySeries::bytes).collect();
        self.stores[at].restore(saved, (key, now), self.room.beside(but(&bytes, at)))
    }

    /// Removes state that has been unloaded or parked for too long, and unloaded state beyond the limit of bytes.
    /// Returns the names of its metrics.
    pub(crate) fn expire_unloaded(&mut self, now: f64) -> Vec<String> {
        let stores = self.stores.iter_mut();
        let parked = stores.filter_map(|store| store.expire_parked(now).then(|| store.name().to_owned()));
        let parked: Vec<_> = parked.collect();
        parked.into_iter().chain(unloaded::expire(&mut self.unloaded, now)).collect()
    }

    /// Writes all families that have series to the end of `out`. The caller adds `# EOF`, which ends an exposition in
    /// OpenMetrics.
    pub fn encode(&self, format: Format, out: &mut Vec<u8>) {
        self.encode_parts(format, out);
    }

    /// Writes the families like [`Self::encode`], and returns the positions of gauge values and the times of their last
    /// reading.
    pub(crate) fn encode_parts(&self, format: Format, out: &mut Vec<u8>) -> Vec<Gauges> {
        self.stores.iter().flat_map(|store| store.encode(format, &self.labels, out)).collect()
    }

    /// Returns the families as data, in their order. If gauges `expire`, they become stale in the snapshots too.
    pub(crate) fn family_snapshots(&self, expire: bool) -> Vec<FamilySnapshot> {
        self.stores.iter().map(|store| store.snapshot(expire)).collect()
    }
}

/// Returns all numbers except the one at `at`.
fn but(bytes: &[usize], at: usize) -> impl Iterator<Item = usize> {
    bytes.iter().enumerate().filter(move |(other, _)| *other != at).map(|(_, bytes)| *bytes)
}
