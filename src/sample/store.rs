//! The series of one family.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::encode::{self, Format, Head, Sample};
use super::freshness::Freshness;
use super::items::{Item, Items, items_of};
use super::labels::LabelNames;
use super::number::canonical;
use super::once::{Key, Seen};
use super::parked::Parked;
use super::saved::{SavedMetric, SavedParked, SavedSeries};
use super::value::Value;
use super::{Gauges, Judge};
use crate::config::Kind;
use crate::error::Result;
use crate::reading::{Reading, Report};
use crate::service::Family;

/// The series of one family, by their label text.
#[derive(Debug)]
pub(super) struct Store {
    family: Family,
    labels: LabelNames,
    /// A histogram's `le="..."`, one for each bucket, `+Inf` among them.
    les: Vec<String>,
    /// The most series there may be.
    limit: usize,
    series: BTreeMap<Box<str>, Series>,
    /// The series of a gauge that were removed as stale, until something is recorded.
    removed: BTreeMap<Box<str>, Series>,
    parked: Parked,
    seen: Seen,
    freshness: Freshness,
    /// When the series of a gauge that was not read for the longest time was last read.
    oldest: Option<Instant>,
    /// Whether items were rejected, and no poll since was without.
    is_rejecting: bool,
}

#[derive(Debug)]
pub(super) struct Series {
    value: Value,
    /// When it began to count, in seconds since 1970, if that is known.
    created: Option<f64>,
    /// When its value was last read or confirmed.
    fresh: Instant,
}

/// The beginning of 2020: nothing has kept a state before.
const OLDEST: f64 = 1_577_836_800.0;

/// A day, in seconds: a clock that is in the wrong time zone now is no reason to forget what is right, and what is ahead by
/// less is true tomorrow.
const AHEAD: f64 = 86_400.0;

/// The label sets that are left out because the limit is reached, and their items.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct LeftOut {
    pub(super) series: u64,
    pub(super) items: u64,
}

impl Store {
    pub(super) fn new(family: Family, limit: usize, key: Key) -> Self {
        let labels = LabelNames::new(family.labels);
        let bounds = family.buckets.iter().chain(&[f64::INFINITY]);
        let les = match family.kind {
            Kind::Histogram => bounds.map(|bound| format!("le=\"{}\"", canonical(*bound))).collect(),
            _ => Vec::new(),
        };
        let (series, removed) = (BTreeMap::new(), BTreeMap::new());
        let (seen, freshness) = (Seen::new(key), Freshness::new(Instant::now()));
        Self {
            family,
            labels,
            les,
            limit,
            series,
            removed,
            parked: Parked::default(),
            seen,
            freshness,
            oldest: None,
            is_rejecting: false,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.family.name
    }

    pub(super) fn len(&self) -> usize {
        self.series.len()
    }

    /// The sum of the values, or of the counts of observations; NaN without a series.
    pub(super) fn total(&self) -> f64 {
        let figures = self.series.values().map(|series| series.value.figure());
        figures.reduce(|sum, figure| sum + figure).unwrap_or(f64::NAN)
    }

    /// How many ids are remembered.
    pub(super) fn ids(&self) -> usize {
        self.seen.len()
    }

    /// The IDs of `Once` that are remembered.
    pub(super) fn ids_mut(&mut self) -> &mut Seen {
        &mut self.seen
    }

    /// Whether anything of it survives a restart.
    pub(super) fn is_saved(&self) -> bool {
        self.family.kind != Kind::Gauge
    }

    /// What is to survive a restart; nothing of a gauge.
    pub(super) fn save(&self) -> Option<SavedMetric<'_>> {
        let saved = self.save_series()?;
        Some(SavedMetric { ids: self.seen.to_text(), ..saved })
    }

    /// The same without the IDs.
    pub(super) fn save_series(&self) -> Option<SavedMetric<'_>> {
        let Family { name, kind, buckets, .. } = self.family;
        if !self.is_saved() {
            return None;
        }
        let series = self.series.iter().filter_map(|(labels, series)| series.save(labels));
        let parked = self.parked.iter();
        let parked =
            parked.filter_map(|(labels, since, series)| Some(SavedParked(since, series.save(labels)?)));
        Some(SavedMetric {
            name: name.into(),
            kind: kind.as_str().into(),
            labels: self.labels.sorted().map(Into::into).collect(),
            buckets: buckets.into(),
            series: series.collect(),
            parked: parked.collect(),
            limit: self.limit,
            ids: String::new(),
        })
    }

    /// Has new ids fingerprinted with that key; those that were seen are forgotten.
    pub(super) fn use_key(&mut self, key: Key) {
        self.seen = Seen::new(key);
    }

    /// Goes on from what was saved, with the key that its ids have; `now` is in seconds since 1970.
    ///
    /// # Errors
    /// Why it cannot; the store is then empty.
    pub(super) fn restore(&mut self, saved: &SavedMetric<'_>, key: Key, now: f64) -> Result<(), String> {
        saved.is_of(&self.family, self.labels.sorted())?;
        let exposed = saved.series.iter().map(|series| (None, series));
        let parked = saved.parked.iter().map(|SavedParked(since, series)| (Some(*since), series));
        let all = exposed.chain(parked).map(|(since, series)| Some((since, self.series_of(series, now)?)));
        let all = all.collect::<Option<Vec<_>>>().filter(|all| are_distinct(all));
        let (Some(all), Some(seen)) = (all, Seen::from_text(key, &saved.ids)) else {
            return Err("what was saved of it is nothing that cton writes".to_owned());
        };
        self.seen = seen;
        self.share_out(all, self.limit > saved.limit, now);
        Ok(())
    }

    /// Exposes as many series as there is room for, and parks the others. Those that were parked stay so, unless the limit was
    /// raised.
    fn share_out(&mut self, all: Vec<Saved>, is_raised: bool, now: f64) {
        for (since, (labels, series)) in all {
            if self.series.len() < self.limit && (since.is_none() || is_raised) {
                self.series.insert(labels, series);
            } else {
                self.parked.put(labels, since.unwrap_or(now), series);
            }
        }
    }

    /// The number of series that are parked.
    pub(super) fn parked(&self) -> usize {
        self.parked.len()
    }

    /// Drops the series that have been parked for too long; returns true if there were any.
    pub(super) fn expire_parked(&mut self, now: f64) -> bool {
        self.parked.expire(now)
    }

    fn series_of(&self, saved: &SavedSeries<'_>, now: f64) -> Option<(Box<str>, Series)> {
        let SavedSeries(labels, created, sum, counts) = saved;
        let value = Value::from_parts(self.family.kind, self.family.buckets, counts, *sum)?;
        let created = created.filter(|created| could_be_true(*created, now));
        self.labels
            .could_be(labels)
            .then(|| (labels.as_ref().into(), Series { value, created, fresh: Instant::now() }))
    }

    /// Judges the items of a reading, removes the series of a gauge that it does not list, and leaves out the new label sets
    /// beyond the limit. Nothing else changes.
    pub(super) fn admit(&mut self, reading: Result<Reading>, judge: Judge<'_>) -> (Items, LeftOut) {
        self.removed.clear();
        let mut items = Items::new(self.family.kind, &self.labels, reading, judge);
        let Some(listed) = &mut items.listed else { return (items, LeftOut::default()) };
        if self.family.kind == Kind::Gauge {
            self.keep_only(listed);
        }
        let left_out = self.leave_out(listed);
        (items, left_out)
    }

    /// Records the admitted items; while the cursor is `held`, only those that may be recorded again.
    pub(super) fn update(&mut self, items: Items, now: f64, at: Instant, held: bool) {
        self.freshness.update(at, now, items.is_success);
        self.is_rejecting = items.rejected.count > 0 || self.is_rejecting && !items.is_clean();
        let Some(listed) = items.listed else { return };
        self.seen.begin();
        for item in listed {
            self.take(item, now, at, held);
        }
        self.seen.forget();
        self.age();
    }

    /// Whether the last polls had invalid items.
    pub(super) fn is_rejecting(&self) -> bool {
        self.is_rejecting
    }

    /// The Unix timestamp of the last success.
    pub(super) fn last_success(&self) -> Option<f64> {
        self.freshness.last_success()
    }

    /// The instant of the last success, or of the start.
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

    /// When the series of a gauge that was not read for the longest time was last read; `None` without such a series.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.oldest
    }

    /// The API confirmed the last recorded poll: the series that were read in it are current, also those that were removed as
    /// stale since.
    pub(super) fn confirm(&mut self, at: Instant, now: f64) {
        let updated = self.freshness.updated();
        let (current, stale) =
            std::mem::take(&mut self.removed).into_iter().partition(|(_, series)| series.fresh == updated);
        self.removed = stale;
        self.series.extend::<BTreeMap<_, _>>(current);
        let confirmed = self.series.values_mut().filter(|series| series.fresh == updated);
        confirmed.for_each(|series| series.fresh = at);
        self.freshness.confirm(at, now);
        self.age();
    }

    /// Writes the family; returns where the values of a gauge are.
    pub(super) fn encode(&self, format: Format, out: &mut Vec<u8>) -> Vec<Gauges> {
        let Family { name, kind, help, unit, .. } = self.family;
        let head = Head { name, kind, help, unit, les: &self.les };
        let samples = self.series.iter().map(|(labels, series)| Sample {
            labels,
            value: series.value.shown(),
            created: series.created.filter(|_| kind != Kind::Gauge),
        });
        let start = out.len();
        encode::family(format, &head, samples, out);
        if kind == Kind::Gauge {
            self.gauges(out.get(start..).unwrap_or_default(), start)
        } else {
            Vec::new()
        }
    }

    /// The ranges of a gauge's lines, which begin at `start`: the metadata with the latest of its series, and each series.
    /// Neighbours that were read at the same time are one.
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

    /// Removes the series that are not listed, or have no value now. Both are in the keys' order.
    fn keep_only(&mut self, listed: &[Item]) {
        let mut listed = listed.iter().filter(|item| item.report != Report::Absent).peekable();
        self.series.retain(|key, _| {
            while listed.next_if(|listed| listed.key < *key).is_some() {}
            listed.next_if(|listed| listed.key == *key).is_some()
        });
    }

    /// Takes the new label sets beyond the limit off the list.
    fn leave_out(&self, listed: &mut Vec<Item>) -> LeftOut {
        let mut left_out = LeftOut::default();
        let mut room = self.limit.saturating_sub(self.series.len());
        listed.retain(|Item { key, report }| {
            if !matches!(report, Report::Value(_)) || self.series.contains_key(key) {
                return true;
            }
            let has_room = room > 0;
            room = room.saturating_sub(1);
            left_out.series += u64::from(!has_room);
            left_out.items += if has_room { 0 } else { items_of(report) };
            has_room
        });
        left_out
    }

    /// Records one label set.
    fn take(&mut self, item: Item, now: f64, at: Instant, held: bool) {
        let Report::Value(mut points) = item.report else { return };
        if held && !points.is_empty() {
            points.retain(|point| !point.is_plain());
            if points.is_empty() {
                return;
            }
        }
        if let Some(parked) = self.parked.take(&item.key) {
            self.series.insert(item.key.clone(), parked);
        }
        let family = &self.family;
        let new = || Series { value: Value::new(family.kind, family.buckets), created: Some(now), fresh: at };
        let series = self.series.entry(item.key).or_insert_with(new);
        series.fresh = at;
        for point in points {
            if self.seen.is_new(&point) && series.value.take(&point, family.buckets) {
                series.created = Some(now);
            }
        }
    }
}

/// The Unix timestamp since which a saved series is parked, if it is; its label text, and the series.
type Saved = (Option<f64>, (Box<str>, Series));

fn are_distinct(all: &[Saved]) -> bool {
    let labels: BTreeSet<&str> = all.iter().map(|(_, (labels, _))| &**labels).collect();
    labels.len() == all.len()
}

impl Series {
    fn save<'a>(&'a self, labels: &'a str) -> Option<SavedSeries<'a>> {
        let (counts, sum) = self.value.parts()?;
        Some(SavedSeries(labels.into(), self.created, sum, counts.into()))
    }
}

/// Whether a series can have begun to count then: a process whose clock was wrong has written it otherwise.
///
/// What cannot be true is forgotten. Another time in its place, such as that of the restart, would have a reader take all
/// that was counted before for counted since.
fn could_be_true(created: f64, now: f64) -> bool {
    // Of a clock that is wrong itself nothing can be learnt.
    now < OLDEST || (OLDEST..now + AHEAD).contains(&created)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_began_neither_before_this_program_nor_ahead_of_the_clock() {
        let now = OLDEST + 1000.0;
        assert!(could_be_true(OLDEST, now) && could_be_true(now, now));
        assert!(!could_be_true(OLDEST - 1.0, now) && !could_be_true(now + AHEAD, now));
        assert!(could_be_true(OLDEST - 1.0, OLDEST - 1.0), "of a clock that is wrong nothing can be learnt");
        assert!(!could_be_true(OLDEST - 1.0, OLDEST));
    }
}
