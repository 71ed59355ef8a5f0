//! The series of a family as data, for the status.

use std::time::Instant;

use crate::support::memory_limit::shown_values::SHOWN_SERIES;

/// The series of one family at the time of a poll, as data.
///
/// The series of a gauge can become stale at different times. The snapshot has each series that is among the first ones
/// at any of these times, so it needs no other series later.
#[derive(Debug, Clone, Default)]
pub struct FamilySnapshot {
    /// The series in the order of the exposition.
    series: Vec<SeriesSnapshot>,
    /// The extent of the family before the first time at which series become stale, and after each of them.
    extents: Vec<Extent>,
}

/// One series of a [`FamilySnapshot`].
#[derive(Debug, Clone)]
pub(crate) struct SeriesSnapshot {
    /// The names and values of the labels, sorted by name. Long values are cut.
    pub labels: Vec<(&'static str, String)>,
    /// The value of a counter or gauge, or the count of observations.
    pub value: f64,
    /// The sum of the observations; `None` for a counter or gauge.
    pub sum: Option<f64>,
    /// The time when the value was last read; `None` if it never becomes stale.
    pub(super) fresh_at: Option<Instant>,
}

/// The values of a family at a time, without stale series.
#[derive(Debug, Clone, Default)]
pub(crate) struct FamilyValues<'a> {
    /// The number of series.
    pub count: usize,
    /// The sum of all values, or of all counts of observations; `None` without a series.
    pub total: Option<f64>,
    /// The first series, at most [`SHOWN_SERIES`].
    pub first: Vec<&'a SeriesSnapshot>,
}

/// The number and total of the series that were last read at a time or later.
#[derive(Debug, Clone)]
struct Extent {
    fresh_at: Option<Instant>,
    count: usize,
    total: f64,
}

/// The count of a family's series, one after the other, that decides which of them its snapshot has.
#[derive(Default)]
pub(super) struct SeriesCount(Vec<Extent>);

impl SeriesCount {
    /// Counts the next series. Returns true if it is among the first until it becomes stale.
    pub(super) fn add(&mut self, fresh_at: Option<Instant>, value: f64) -> bool {
        let at = self.0.partition_point(|extent| extent.fresh_at < fresh_at);
        if self.0.get(at).is_none_or(|extent| extent.fresh_at != fresh_at) {
            let later = self.0.get(at).map(|later| (later.count, later.total));
            let (count, total) = later.unwrap_or_default();
            self.0.insert(at, Extent { fresh_at, count, total });
        }
        for extent in &mut self.0[..=at] {
            extent.count += 1;
            extent.total += value;
        }
        self.0[at].count <= SHOWN_SERIES
    }

    /// Returns the snapshot with these series.
    pub(super) fn end(self, series: Vec<SeriesSnapshot>) -> FamilySnapshot {
        FamilySnapshot { series, extents: self.0 }
    }
}

impl FamilySnapshot {
    /// Returns the values without the series that are stale, given the time when they were last read.
    pub(crate) fn values(&self, is_stale: impl Fn(Instant) -> bool) -> FamilyValues<'_> {
        let is_current = |fresh_at: Option<Instant>| !fresh_at.is_some_and(&is_stale);
        let Some(extent) = self.extents.iter().find(|extent| is_current(extent.fresh_at)) else {
            return FamilyValues::default();
        };
        let first = self.series.iter().filter(|series| is_current(series.fresh_at));
        FamilyValues {
            count: extent.count,
            total: Some(extent.total),
            first: first.take(SHOWN_SERIES).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::author::family::Family;
    use crate::author::reading::{Increase, Labels, Reading, Total, Unchanged};
    use crate::config::Kind;
    use crate::series::record_report::RecordReport;
    use crate::series::samples::Samples;
    use crate::support::memory_limit::shown_values::{SHOWN_LABEL_BYTES, SHOWN_SERIES_BYTES};

    const COUNTER: Family = Family {
        name: "asked_total",
        kind: Kind::Counter,
        help: "h",
        unit: "",
        labels: &["team"],
        buckets: &[],
    };
    const OBSERVED: Family =
        Family { name: "took", kind: Kind::Histogram, labels: &[], buckets: &[1.0], ..COUNTER };
    const GAUGE: Family = Family { name: "open", kind: Kind::Gauge, ..COUNTER };

    struct Team(String);

    impl Labels for Team {
        const NAMES: &'static [&'static str] = &["team"];

        fn values(&self, each: &mut dyn FnMut(&str)) {
            each(&self.0);
        }
    }

    fn team(n: usize) -> Team {
        Team(format!("{n:03}"))
    }

    fn record(samples: &mut Samples, fill: impl FnOnce(&mut Reading)) {
        let mut reading = Reading::default();
        fill(&mut reading);
        assert_eq!(samples.record(vec![Ok(reading)], 1e9), RecordReport::default());
    }

    fn snapshot(family: Family, fill: impl FnOnce(&mut Reading)) -> FamilySnapshot {
        let mut samples = Samples::new(vec![family], 1000);
        record(&mut samples, fill);
        samples.family_snapshots(true).remove(0)
    }

    #[test]
    fn observations_have_count_and_sum_and_no_series_has_no_total() {
        let took = snapshot(OBSERVED, |out| out.histogram(vec![0.5, 2.0, 3.5]));
        let FamilyValues { count, total, first } = took.values(|_| true);
        assert_eq!((count, total, first[0].value, first[0].sum), (1, Some(3.0), 3.0, Some(6.0)));
        let none = snapshot(COUNTER, |_| {});
        let FamilyValues { count, total, first } = none.values(|_| false);
        assert_eq!((count, total, first.len()), (0, None, 0));
        let asked = snapshot(COUNTER, |out| out.counters(vec![(team(1), Total(3))]));
        assert_eq!(asked.values(|_| true).first[0].sum, None);
    }

    #[test]
    fn only_the_first_series_are_kept_and_all_are_counted() {
        let asked = snapshot(COUNTER, |out| {
            out.counters((0..100).map(|n| (team(n), Increase(2))).collect::<Vec<_>>());
        });
        let FamilyValues { count, total, first } = asked.values(|_| true);
        assert_eq!(
            (count, total, first.len(), asked.series.len()),
            (100, Some(200.0), SHOWN_SERIES, SHOWN_SERIES)
        );
        assert_eq!((&*first[0].labels[0].1, &*first[19].labels[0].1), ("000", "019"));
    }

    #[test]
    fn the_first_series_that_are_not_stale_are_shown_as_others_become_stale() {
        let mut samples = Samples::new(vec![GAUGE], 1000);
        let start = Instant::now();
        record(&mut samples, |out| out.gauges((0..100).map(|n| (team(n), 1)).collect::<Vec<_>>()));
        let between = Instant::now();
        std::thread::sleep(Duration::from_millis(1));
        record(&mut samples, |out| {
            let again = |n: usize| if n % 2 == 1 { Ok(2) } else { Err(Unchanged) };
            out.gauges((0..100).map(|n| (team(n), again(n))).collect::<Vec<_>>());
        });
        let open = samples.family_snapshots(true).remove(0);
        let at = |stale_until: Instant| open.values(move |fresh_at| fresh_at <= stale_until);
        let shown = |values: &FamilyValues<'_>| {
            let teams = values.first.iter().map(|series| series.labels[0].1.parse().unwrap());
            (values.count, values.total, teams.collect::<Vec<usize>>())
        };
        assert_eq!(shown(&at(start)), (100, Some(150.0), (0..20).collect()));
        assert_eq!(shown(&at(between)), (50, Some(100.0), (0..20).map(|n| 2 * n + 1).collect()));
        assert_eq!(shown(&at(Instant::now())), (0, None, Vec::new()));
        let never = samples.family_snapshots(false).remove(0);
        assert_eq!(shown(&never.values(|_| true)), (100, Some(150.0), (0..20).collect()));
        assert_eq!((open.series.len(), never.series.len()), (30, SHOWN_SERIES));
    }

    #[test]
    fn a_series_takes_no_more_memory_than_the_limit_counts() {
        let long = "\u{10ffff}".repeat(1000);
        let asked = snapshot(COUNTER, |out| {
            out.counters((0..20).map(|n| (Team(format!("{n:03}{long}")), Increase(1))).collect::<Vec<_>>());
        });
        let texts = asked.series.iter().flat_map(|series| &series.labels).map(|(_, value)| value.capacity());
        let labels = asked.series.iter().map(|series| series.labels.capacity() * size_of::<(&str, String)>());
        let bytes = asked.series.capacity() * size_of::<SeriesSnapshot>()
            + labels.sum::<usize>()
            + texts.sum::<usize>();
        let counted = SHOWN_SERIES_BYTES + SHOWN_LABEL_BYTES + 4 * 200 + 3;
        assert!(bytes <= SHOWN_SERIES * counted, "{bytes} of {}", SHOWN_SERIES * counted);
    }
}
