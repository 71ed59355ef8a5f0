//! The state of a metric: saves its series and restores them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Instant;

use super::FamilySeries;
use crate::author::configured_family::ConfiguredFamily;
use crate::series::saved::{SavedMetric, SavedParked, SavedSeries};
use crate::series::seen_ids::SeenIds;
use crate::series::time_series::{TimeSeries, could_be_true};
use crate::series::value::SeriesValue;
use crate::support::hash_key::HashKey;

/// The largest valid number of a poll; no service reaches it.
const LATEST: u64 = 1 << 53;

impl FamilySeries {
    /// Returns the state that survives a restart; `None` for a gauge.
    pub(in crate::series) fn save(&self) -> Option<SavedMetric<'_>> {
        let saved = self.save_series()?;
        Some(SavedMetric { ids: self.seen.to_text(), ..saved })
    }

    /// Returns the state without the IDs; `None` for a gauge.
    pub(in crate::series) fn save_series(&self) -> Option<SavedMetric<'_>> {
        let ConfiguredFamily { name, kind, buckets, .. } = &*self.family;
        if !self.is_saved() {
            return None;
        }
        let series = self.series.iter().filter_map(|(labels, series)| self.save_one(labels, series));
        let parked = self.parked.iter();
        let parked = parked
            .filter_map(|(labels, since, series)| Some(SavedParked(since, self.save_one(labels, series)?)));
        Some(SavedMetric {
            name: (*name).into(),
            kind: kind.as_str().into(),
            labels: self.labels.sorted().map(Into::into).collect(),
            buckets: (&**buckets).into(),
            series: series.collect(),
            parked: parked.collect(),
            limit: self.options.limit,
            totals: self.totals,
            ids: String::new(),
        })
    }

    fn save_one<'a>(&self, labels: &'a str, series: &'a TimeSeries) -> Option<SavedSeries<'a>> {
        let (counts, sum) = series.value.parts()?;
        let (changed, unlisted) = (series.changed, self.unlisted(series));
        let computed = series.value.computed().map(Cow::Borrowed);
        Some(SavedSeries(labels.into(), series.created, sum, counts.into(), changed, unlisted, computed))
    }

    /// Restores the saved state, whose IDs have this key; `now` is a Unix timestamp.
    ///
    /// If the buckets have changed, the series that this exporter observed restart from zero, which is a counter reset. Their
    /// IDs are restored, so that no ID is observed again. The reason is returned.
    ///
    /// # Errors
    /// The kind or the labels have changed, or the state is invalid. The family then stays empty.
    pub(in crate::series) fn restore(
        &mut self,
        saved: &SavedMetric<'_>,
        (key, now): (HashKey, f64),
        allowed: usize,
    ) -> Result<Option<String>, String> {
        saved.is_of(&self.family, self.labels.sorted())?;
        let restarts = saved.other_buckets(&self.family);
        let exposed = saved.series.iter().map(|series| (None, series));
        let parked = saved.parked.iter().map(|SavedParked(since, series)| (Some(*since), series));
        let continues = |series: &SavedSeries<'_>| restarts.is_none() || series.is_computed();
        let series_of = |(since, series)| Some((since, self.series_of(series, saved.totals, now)?));
        let all = exposed.chain(parked).filter(|(_, series)| continues(series)).map(series_of);
        let all = all.collect::<Option<Vec<_>>>().filter(|all| are_distinct(all));
        let (Some(all), Some(seen)) = (all, SeenIds::from_text(key, self.options.ids_limit, &saved.ids))
        else {
            return Err("its saved values are invalid".to_owned());
        };
        self.polls = all.iter().map(|(_, (_, series))| series.changed).max().unwrap_or_default();
        (self.seen, self.totals, self.read) = (seen, saved.totals, Some(now));
        self.share_out(all, self.options.limit > saved.limit, allowed, now);
        Ok(restarts)
    }

    /// Exposes as many series as the limits allow, those whose value changed last, and parks the others.
    ///
    /// A series that was parked stays parked unless the limit was raised.
    fn share_out(&mut self, mut all: Vec<Saved>, is_raised: bool, allowed: usize, now: f64) {
        all.sort_by_key(|(since, (_, series))| (since.is_some(), std::cmp::Reverse(series.changed)));
        let mut left = allowed;
        for (since, (labels, series)) in all {
            let cost = self.cost_of(&labels, &series);
            let has_room = self.series.len() < self.options.limit && cost <= left;
            if has_room && (since.is_none() || is_raised) {
                left -= cost;
                self.series.insert(labels, series);
            } else {
                self.parked.put(labels, since.unwrap_or(now), series);
            }
        }
        self.parked.settle();
    }

    fn series_of(
        &self,
        saved: &SavedSeries<'_>,
        totals: Option<bool>,
        now: f64,
    ) -> Option<(Box<str>, TimeSeries)> {
        let SavedSeries(labels, created, sum, counts, changed, unlisted, computed) = saved;
        let value = match computed {
            Some(distribution) => SeriesValue::from_distribution(self.family.kind, distribution)?,
            None => SeriesValue::from_parts(self.family.kind, &self.family.buckets, counts, *sum)?,
        };
        // A running total may have begun before this process.
        let created = created.filter(|created| totals == Some(true) || could_be_true(*created, now));
        let listed = unlisted.map_or(now, |unlisted| now.min(unlisted as f64));
        let (changed, fresh) = ((*changed).min(LATEST), Instant::now());
        let series = TimeSeries { value, created, fresh, changed, listed };
        self.labels.could_be(labels).then(|| (labels.as_ref().into(), series))
    }
}

/// A restored series: the Unix timestamp since which it is parked, if it is, its label text, and the series.
type Saved = (Option<f64>, (Box<str>, TimeSeries));

fn are_distinct(all: &[Saved]) -> bool {
    let labels: BTreeSet<&str> = all.iter().map(|(_, (labels, _))| &**labels).collect();
    labels.len() == all.len()
}
