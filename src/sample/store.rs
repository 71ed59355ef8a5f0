//! The series of one family.

use std::collections::HashMap;
use std::collections::btree_map::{BTreeMap, Entry};

use super::encode::{self, Format, Head, Sample};
use super::labels::{LabelNames, of, refused};
use super::number::canonical;
use super::once::{Key, Seen};
use super::saved::{SavedMetric, SavedSeries};
use super::value::{Value, check};
use super::{Judge, Terms};
use crate::config::Kind;
use crate::error::Result;
use crate::reading::{Point, SeriesReading};
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
    /// The series of a gauge that were removed as too old, until something is recorded.
    removed: BTreeMap<Box<str>, Series>,
    seen: Seen,
}

#[derive(Debug)]
struct Series {
    value: Value,
    /// When it began to count, in seconds since 1970, if that is known.
    created: Option<f64>,
}

/// The beginning of 2020: nothing has kept a state before.
const OLDEST: f64 = 1_577_836_800.0;

/// A day, in seconds: a clock that is in the wrong time zone now is no reason to forget what is right, and what is ahead by
/// less is true tomorrow.
const AHEAD: f64 = 86_400.0;

/// What is about to be recorded of one series: its key, and its points, if anything was said.
type Fresh = (Box<str>, Option<Vec<Point>>);

impl Store {
    pub(super) fn new(family: Family, limit: usize, key: Key) -> Self {
        let labels = LabelNames::new(family.labels);
        let bounds = family.buckets.iter().chain(&[f64::INFINITY]);
        let les = match family.kind {
            Kind::Histogram => bounds.map(|bound| format!("le=\"{}\"", canonical(*bound))).collect(),
            _ => Vec::new(),
        };
        let (series, removed) = (BTreeMap::new(), BTreeMap::new());
        Self { family, labels, les, limit, series, removed, seen: Seen::new(key) }
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
        let series = self.series.iter().filter_map(|(labels, series)| {
            let (counts, sum) = series.value.parts()?;
            Some(SavedSeries(labels.as_ref().into(), series.created, sum, counts.into()))
        });
        Some(SavedMetric {
            name: name.into(),
            kind: kind.as_str().into(),
            labels: self.labels.sorted().map(Into::into).collect(),
            buckets: buckets.into(),
            series: series.collect(),
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
        if saved.series.len() > self.limit {
            let (found, limit) = (saved.series.len(), self.limit);
            return Err(format!("it had {found} series, and `series_limit` is {limit} now"));
        }
        let series = saved.series.iter().map(|series| self.series_of(series, now));
        let series = series.collect::<Option<BTreeMap<_, _>>>();
        let series = series.filter(|series| series.len() == saved.series.len());
        let (Some(series), Some(seen)) = (series, Seen::from_text(key, &saved.ids)) else {
            return Err("what was saved of it is nothing that cton writes".to_owned());
        };
        (self.series, self.seen) = (series, seen);
        Ok(())
    }

    fn series_of(&self, saved: &SavedSeries<'_>, now: f64) -> Option<(Box<str>, Series)> {
        let SavedSeries(labels, created, sum, counts) = saved;
        let value = Value::from_parts(self.family.kind, self.family.buckets, counts, *sum)?;
        let created = created.filter(|created| could_be_true(*created, now));
        self.labels.could_be(labels).then(|| (labels.as_ref().into(), Series { value, created }))
    }

    /// Records a reading, whole; `None` leaves everything as it is. Returns how many series were left out
    /// because the limit is reached.
    ///
    /// # Errors
    /// What is wrong with the reading; nothing of it is recorded then.
    pub(super) fn update(&mut self, said: Option<Vec<SeriesReading>>, terms: &Terms<'_>) -> Result<u64> {
        let Some(said) = said else { return Ok(0) };
        let fresh = self.checked(said, terms.judge)?;
        if self.family.kind == Kind::Gauge {
            self.keep_only(&fresh);
        }
        self.seen.begin();
        let mut dropped = 0;
        for (key, points) in fresh {
            if let Some(points) = points {
                dropped += u64::from(!self.take(key, points, terms.now));
            }
        }
        self.seen.forget();
        Ok(dropped)
    }

    pub(super) fn drop_gauges(&mut self) -> bool {
        let dropped = self.family.kind == Kind::Gauge && !self.series.is_empty();
        if dropped {
            self.removed = std::mem::take(&mut self.series);
        }
        dropped
    }

    pub(super) fn forget_removed(&mut self) {
        self.removed.clear();
    }

    pub(super) fn restore_gauges(&mut self) {
        if !self.removed.is_empty() {
            self.series = std::mem::take(&mut self.removed);
        }
    }

    pub(super) fn encode(&self, format: Format, out: &mut Vec<u8>) {
        let Family { name, kind, help, unit, .. } = self.family;
        let head = Head { name, kind, help, unit, les: &self.les };
        let samples = self.series.iter().map(|(labels, series)| Sample {
            labels,
            value: series.value.shown(),
            created: series.created.filter(|_| kind != Kind::Gauge),
        });
        encode::family(format, &head, samples, out);
    }

    /// Both are in the keys' order.
    fn keep_only(&mut self, fresh: &[Fresh]) {
        let mut listed = fresh.iter().map(|(key, _)| key).peekable();
        self.series.retain(|key, _| {
            while listed.next_if(|listed| *listed < key).is_some() {}
            listed.next_if_eq(&key).is_some()
        });
    }

    /// The reading by key, in the keys' order, if all of it can be recorded.
    fn checked(&self, said: Vec<SeriesReading>, judge: Judge<'_>) -> Result<Vec<Fresh>> {
        let mut fresh = Vec::with_capacity(said.len());
        for SeriesReading { labels, points } in said {
            let key = self.labels.text(&labels, judge)?;
            for point in points.iter().flatten() {
                check(self.family.kind, point).map_err(|wrong| refused(format!("{wrong}{}", of(&key))))?;
            }
            fresh.push((key, points));
        }
        fresh.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        one_item_for_each_series(&fresh)?;
        if fresh.len() > 1 {
            one_series_for_each_id(&fresh)?;
        }
        Ok(fresh)
    }

    /// Records one series; `false` if it is new and the limit is reached.
    fn take(&mut self, key: Box<str>, points: Vec<Point>, now: f64) -> bool {
        let full = self.series.len() >= self.limit;
        let family = &self.family;
        let series = match self.series.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(_) if full => return false,
            Entry::Vacant(new) => {
                new.insert(Series { value: Value::new(family.kind, family.buckets), created: Some(now) })
            }
        };
        for point in points {
            if self.seen.is_new(&point) && series.value.take(&point, family.buckets) {
                series.created = Some(now);
            }
        }
        true
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

fn one_item_for_each_series(fresh: &[Fresh]) -> Result<()> {
    match fresh.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        None => Ok(()),
        Some(pair) => Err(refused(format!(
            "the answer has two items{}; a metric takes one for each label set: add them up, or add a label that \
             tells them apart",
            of(&pair[0].0)
        ))),
    }
}

/// An id counts once in a metric, so it cannot belong to two of its series.
fn one_series_for_each_id(fresh: &[Fresh]) -> Result<()> {
    let mut series_of = HashMap::new();
    for (key, points) in fresh {
        for id in points.iter().flatten().filter_map(Point::id) {
            let first = series_of.entry(id).or_insert(key);
            if *first != key {
                return Err(refused(format!(
                    "the id {id:?} stands{} and{}; an id counts once in a metric: to count it in both, make what \
                     tells them apart a part of the id",
                    of(first),
                    of(key)
                )));
            }
        }
    }
    Ok(())
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
