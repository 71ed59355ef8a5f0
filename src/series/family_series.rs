//! The series of one family.

mod expiry;
mod room;
mod saved;
mod snapshot;

use std::collections::BTreeMap;
use std::time::Instant;

use super::byte_limits::Cost;
use super::encode::{self, FamilyHead, Format, Sample};
use super::events::SeriesEvents;
use super::items::{MetricItems, SeriesItem};
use super::label_text::LabelNames;
use super::metric_freshness::MetricFreshness;
use super::number::canonical;
use super::options::SeriesOptions;
use super::parked::Parked;
use super::samples::{Gauges, Terms};
use super::seen_ids::SeenIds;
use super::time_series::TimeSeries;
use crate::author::family::Family;
use crate::author::reading::{ReadItem, ReadResult, Reading};
use crate::config::Kind;
use crate::support::error::Result;
use crate::support::hash_key::HashKey;

/// The series of one family, by their label text.
#[derive(Debug)]
pub(super) struct FamilySeries {
    family: Family,
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
    /// True if the counter's series are running totals; `None` if that is unknown.
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
    pub(super) fn new(family: Family, options: SeriesOptions, park: usize, key: HashKey) -> Self {
        let labels = LabelNames::new(family.labels);
        let bounds = family.buckets.iter().chain(&[f64::INFINITY]);
        let les = match family.kind {
            Kind::Histogram => bounds.map(|bound| format!("le=\"{}\"", canonical(*bound))).collect(),
            _ => Vec::new(),
        };
        Self {
            family,
            labels,
            cost: Cost::of(&family, &les, options.created),
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
        self.family.kind != Kind::Gauge
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
        let mut items = MetricItems::new(self.family.kind, &self.labels, reading, terms.judge);
        let Some(listed) = &mut items.listed else {
            return (items, LeftOut { bytes: self.bytes(), ..LeftOut::default() });
        };
        self.learn(items.is_complete);
        self.remove_ended(listed, items.is_complete, allowed, terms.now);
        let left_out = self.leave_out(listed, allowed);
        (items, left_out)
    }

    /// Records the admitted items. While the cursor is `held`, it records only those that may be recorded again.
    pub(super) fn update(&mut self, items: MetricItems, now: f64, at: Instant, held: bool) {
        self.freshness.update(at, now, items.is_success);
        self.is_rejecting = items.rejected.count > 0 || self.is_rejecting && !items.is_clean();
        let Some(listed) = items.listed else { return };
        self.polls += 1;
        self.seen.begin();
        for item in listed {
            self.take(item, now, at, held);
        }
        self.events.forgotten = self.seen.forget();
        self.events.surplus = self.seen.surplus();
        self.age();
    }

    /// Notes if the counter is a running total. If it is, its creation times are removed, as they are only the times of
    /// its first reading.
    fn learn(&mut self, complete: bool) {
        if self.family.kind == Kind::Counter && self.totals.replace(complete) != Some(complete) && complete {
            self.series.values_mut().for_each(|series| series.created = None);
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

    /// Removes the series of a gauge that were last read at `before` or earlier. Returns true if there were any.
    pub(super) fn expire(&mut self, before: Instant) -> bool {
        if self.oldest.is_none_or(|oldest| oldest > before) {
            return false;
        }
        let (stale, fresh) =
            std::mem::take(&mut self.series).into_iter().partition(|(_, series)| series.fresh <= before);
        self.series = fresh;
        self.removed.extend::<BTreeMap<_, _>>(stale);
        self.age();
        true
    }

    /// Returns the earliest of the times at which the gauge's series were last read; `None` without such a series.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.oldest
    }

    /// Notes that the API confirmed the last recorded poll. The series that were read in it are current, including
    /// those that were removed as stale since.
    pub(super) fn confirm(&mut self, at: Instant, now: f64) {
        let updated = self.freshness.updated();
        let (current, stale) =
            std::mem::take(&mut self.removed).into_iter().partition(|(_, series)| series.fresh == updated);
        self.removed = stale;
        self.series.extend::<BTreeMap<_, _>>(current);
        let confirmed = self.series.values_mut().filter(|series| series.fresh == updated);
        confirmed.for_each(|series| series.fresh = at);
        self.list_again(now);
        self.freshness.confirm(at, now);
        self.age();
    }

    /// Writes the family. Returns the positions of the values of a gauge.
    pub(super) fn encode(&self, format: Format, out: &mut Vec<u8>) -> Vec<Gauges> {
        let Family { name, kind, help, unit, .. } = self.family;
        let head = FamilyHead { name, kind, help, unit, les: &self.les };
        // The state of an older build may have creation times of running totals.
        let is_known = kind != Kind::Counter || self.totals.is_some();
        let shows_created = self.options.created && kind != Kind::Gauge && is_known;
        let samples = self.series.iter().map(|(labels, series)| Sample {
            labels,
            value: series.value.shown(),
            created: series.created.filter(|_| shows_created),
        });
        let start = out.len();
        encode::family(format, &head, samples, out);
        if kind == Kind::Gauge {
            self.gauges(out.get(start..).unwrap_or_default(), start)
        } else {
            Vec::new()
        }
    }

    /// Returns the ranges of a gauge's lines, which begin at `start`. Neighbors that were read at the same time are one
    /// range.
    ///
    /// The metadata has the latest time of the series.
    fn gauges(&self, lines: &[u8], start: usize) -> Vec<Gauges> {
        let times = || self.series.values().map(|series| series.fresh);
        let Some(latest) = times().max() else { return Vec::new() };
        if times().all(|time| time == latest) {
            return vec![Gauges { bytes: start..start + lines.len(), fresh_at: latest }];
        }
        let (mut gauges, mut times, mut at) = (Vec::<Gauges>::new(), times(), start);
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            let fresh_at = if line.starts_with(b"#") { latest } else { times.next().unwrap_or(latest) };
            let end = at + line.len();
            match gauges.last_mut().filter(|last| last.fresh_at == fresh_at) {
                Some(last) => last.bytes.end = end,
                None => gauges.push(Gauges { bytes: at..end, fresh_at }),
            }
            at = end;
        }
        gauges
    }

    fn age(&mut self) {
        if self.family.kind == Kind::Gauge {
            self.oldest = self.series.values().map(|series| series.fresh).min();
        }
    }

    /// Records one label set.
    fn take(&mut self, SeriesItem { key, report }: SeriesItem, now: f64, at: Instant, held: bool) {
        let points = recordable(report, held);
        if let Some(parked) = points.as_ref().and_then(|_| self.parked.take(&key)) {
            self.series.insert(key.clone(), parked);
        }
        let (family, poll, seen, events) = (&self.family, self.polls, &mut self.seen, &mut self.events);
        let mut record = |series: &mut TimeSeries, points: Vec<ReadItem>| {
            series.fresh = at;
            for point in points.iter().filter(|point| seen.is_new(point)) {
                if let Some((from, to)) = series.take(point, family, poll, now) {
                    events.reset(&key, from, to);
                }
            }
        };
        match (self.series.get_mut(&key), points) {
            (Some(known), points) => {
                known.listed = now;
                points.into_iter().for_each(|points| record(known, points));
            }
            (None, Some(points)) => {
                let created = Some(now).filter(|_| self.totals != Some(true));
                let mut new = TimeSeries::new(family, poll, created, now, at);
                record(&mut new, points);
                self.series.insert(key, new);
            }
            (None, None) => {}
        }
    }
}

/// Returns the items of a label set that can be recorded; `None` if its series stays unchanged.
///
/// While the cursor is `held`, items that add to a value and have no ID are omitted, as the next poll reads them again.
fn recordable(report: ReadResult<Vec<ReadItem>>, held: bool) -> Option<Vec<ReadItem>> {
    let ReadResult::Value(mut points) = report else { return None };
    let all = points.len();
    if held {
        points.retain(|point| !point.is_plain());
    }
    (all == 0 || !points.is_empty()).then_some(points)
}
