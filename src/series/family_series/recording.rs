//! The recording of the items of a poll.

use std::time::Instant;

use super::FamilySeries;
use crate::author::reading::{ReadItem, ReadResult};
use crate::series::items::{MetricItems, SeriesItem};
use crate::series::time_series::TimeSeries;

impl FamilySeries {
    /// Records the admitted items. While the cursor is `held`, it records only those that may be recorded again.
    pub(in crate::series) fn update(&mut self, items: MetricItems, now: f64, at: Instant, held: bool) {
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
