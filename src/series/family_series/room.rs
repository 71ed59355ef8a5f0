//! The limits of a metric's series: omits new series and evicts old ones.

use super::expiry::listing;
use super::{FamilySeries, LeftOut};
use crate::author::reading::{ReadItem, ReadResult};
use crate::series::encode::SampleValue;
use crate::series::items::{SeriesItem, items_of};
use crate::series::time_series::TimeSeries;

impl FamilySeries {
    /// Returns the maximum size in bytes of the series.
    pub(in crate::series) fn bytes(&self) -> usize {
        self.series.iter().map(|(labels, series)| self.cost_of(labels, series)).sum()
    }

    /// Returns the maximum size of a series in bytes.
    pub(super) fn cost_of(&self, labels: &str, series: &TimeSeries) -> usize {
        let own = match series.value.shown() {
            SampleValue::States(states) => self.cost.of_states(labels, states),
            SampleValue::Computed(distribution) => self.cost.of_points(labels, distribution.points.len()),
            SampleValue::Number(_) | SampleValue::Observed { .. } => 0,
        };
        self.cost.of_series(labels) + own
    }

    /// Returns the maximum size in bytes of the series that recording the item results in.
    fn cost_of_item(&self, item: &SeriesItem) -> usize {
        let own = match item.points().first() {
            Some(ReadItem::States(states)) => self.cost.of_states(&item.key, states.known()),
            Some(ReadItem::Buckets(distribution) | ReadItem::Quantiles(distribution)) => {
                self.cost.of_points(&item.key, distribution.points.len())
            }
            _ => 0,
        };
        self.cost.of_series(&item.key) + own
    }

    /// Evicts unlisted series to make room for those that the reading adds. The series whose value changed longest ago
    /// are evicted first.
    pub(super) fn make_room(&mut self, listed: &[SeriesItem], allowed: usize, now: f64) {
        let (surplus, surplus_bytes) = self.surplus(listed, allowed);
        if surplus == 0 && surplus_bytes == 0 {
            return;
        }
        let mut is_listed = listing(listed);
        let dead = self.series.iter().filter(|(key, _)| !is_listed(key));
        let mut dead: Vec<_> = dead.map(|(key, series)| (series.changed, self.cost.of_series(key))).collect();
        dead.sort_by_key(|(changed, _)| *changed);
        let (mut count, mut bytes) = (0, 0);
        let is_needed = |(_, cost): &&(u64, usize)| {
            let is_needed = count < surplus || bytes < surplus_bytes;
            (count, bytes) = (count + 1, bytes + cost);
            is_needed
        };
        let ended = dead.iter().take_while(is_needed).count();
        let Some((last, _)) = ended.checked_sub(1).and_then(|at| dead.get(at)) else { return };
        let at_last = ended - dead.partition_point(|(changed, _)| changed < last);
        self.evict_until(listed, (*last, at_last), now);
        self.is_large |= surplus_bytes > 0;
    }

    /// Returns the numbers of series and bytes by which the series that the reading adds exceed the limits.
    fn surplus(&self, listed: &[SeriesItem], allowed: usize) -> (usize, usize) {
        let added = listed.iter().filter(|item| self.is_new(item));
        let costs = added.map(|item| self.cost.of_series(&item.key));
        let (count, bytes) = costs.fold((0, 0), |(count, bytes), cost| (count + 1, bytes + cost));
        let surplus = (self.series.len() + count).saturating_sub(self.options.limit);
        (surplus, (self.bytes() + bytes).saturating_sub(allowed))
    }

    /// Evicts the unlisted series whose value last changed before the poll `last`, and `at_last` of those that changed
    /// in it.
    fn evict_until(&mut self, listed: &[SeriesItem], (last, mut at_last): (u64, usize), now: f64) {
        let mut is_listed = listing(listed);
        let ended = self.series.iter().filter(|(key, series)| {
            let is_last = series.changed == last && at_last > 0;
            let ends = !is_listed(key) && (series.changed < last || is_last);
            at_last -= usize::from(ends && is_last);
            ends
        });
        let ended: Vec<Box<str>> = ended.map(|(key, _)| key.clone()).collect();
        ended.into_iter().for_each(|key| self.evict(key, now));
        self.parked.trim(self.options.limit, self.park);
    }

    /// Evicts a series. While other series are parked, it is parked too, until it is listed again or the limit is
    /// raised.
    fn evict(&mut self, key: Box<str>, now: f64) {
        self.events.evict(&key);
        let is_lowered = self.parked.len() > 0;
        if let Some(series) = self.series.remove(&key).filter(|_| is_lowered) {
            self.parked.put(key, now, series);
        }
    }

    /// Removes the new label sets beyond the limits from `listed`, and the known ones that grow beyond the limit of bytes.
    pub(super) fn leave_out(&mut self, listed: &mut Vec<SeriesItem>, allowed: usize) -> LeftOut {
        let mut left_out = LeftOut { bytes: self.bytes(), ..LeftOut::default() };
        let mut count = self.series.len();
        let mut is_large = false;
        listed.retain(|item| {
            if !matches!(item.report, ReadResult::Value(_)) {
                return true;
            }
            let known = self.series.get(&item.key).map(|series| self.cost_of(&item.key, series));
            let (before, after) = (known.unwrap_or_default(), self.cost_of_item(item));
            let bytes = left_out.bytes - before + after;
            let has_place = known.is_some() || count < self.options.limit;
            let fits = bytes <= allowed || after <= before;
            is_large |= has_place && !fits;
            if has_place && fits {
                count += usize::from(known.is_none());
                left_out.bytes = bytes;
                return true;
            }
            left_out.series += 1;
            left_out.items += items_of(&item.report);
            false
        });
        self.is_large |= is_large;
        left_out
    }

    /// Returns true if recording the item adds a series.
    fn is_new(&self, item: &SeriesItem) -> bool {
        matches!(item.report, ReadResult::Value(_)) && !self.series.contains_key(&item.key)
    }
}
