//! A series and its times.

use std::time::Instant;

use super::value::SeriesValue;
use crate::author::configured_family::ConfiguredFamily;
use crate::author::reading::ReadItem;
use crate::author::reading::qualified_total::QualifiedTotal;

/// A series with its value and its times.
#[derive(Debug)]
pub(super) struct TimeSeries {
    pub(super) value: SeriesValue,
    /// The Unix timestamp at which it began to count, if that is known.
    pub(super) created: Option<f64>,
    /// The instant at which its value was last read or confirmed.
    pub(super) fresh: Instant,
    /// The number of the recorded poll that changed its value last.
    pub(super) changed: u64,
    /// The Unix timestamp of the last recorded poll that listed it.
    pub(super) listed: f64,
}

/// The start of 2020 as a Unix timestamp; no state was written before.
const OLDEST: f64 = 1_577_836_800.0;

/// The maximum time in seconds by which a time can be ahead of the clock: a day.
///
/// A clock in an incorrect time zone does not invalidate a correct time, and a time that is ahead by less is past
/// tomorrow.
const AHEAD: f64 = 86_400.0;

/// The maximum difference in seconds between two times of one start that are computed from an uptime in whole seconds.
const JITTER: f64 = 2.0;

impl TimeSeries {
    /// Creates a series that begins in the poll of this number; `now` is the Unix timestamp of the poll.
    pub(super) fn new(
        family: &ConfiguredFamily,
        poll: u64,
        created: Option<f64>,
        now: f64,
        fresh: Instant,
    ) -> Self {
        let value = SeriesValue::new(family.kind, &family.buckets);
        Self { value, created, fresh, changed: poll, listed: now }
    }

    /// Applies an item of the poll of this number. Returns the values before and after a counter reset.
    pub(super) fn take(
        &mut self,
        point: &ReadItem,
        family: &ConfiguredFamily,
        poll: u64,
        now: f64,
    ) -> Option<(f64, f64)> {
        let before = self.value.figure();
        let (changes, resets) = match point {
            ReadItem::Total(n) => {
                self.take_total(&QualifiedTotal { total: *n, since: None, noise: 0.0 }, now)
            }
            ReadItem::QualifiedTotal(total) => self.take_total(total, now),
            ReadItem::Buckets(distribution) | ReadItem::Quantiles(distribution) => {
                self.value.take_distribution(distribution)
            }
            point => (self.value.take(point, &family.buckets), false),
        };
        if changes {
            self.changed = poll;
        }
        resets.then(|| (before, self.value.figure()))
    }

    /// Applies a running total. Returns two flags: the value has changed, and the change is a counter reset.
    fn take_total(&mut self, total: &QualifiedTotal<f64>, now: f64) -> (bool, bool) {
        let since = total.since.filter(|since| (0.0..now + AHEAD).contains(since));
        let began_later = since.zip(self.created).is_some_and(|(since, known)| since >= known + JITTER);
        let known = since.zip(self.created).filter(|(since, known)| (since - known).abs() < JITTER);
        self.created = known.map(|(_, known)| known).or(since);
        let noise = if began_later { 0.0 } else { total.noise };
        self.value.take_total(total.total, noise)
    }
}

/// Returns true if a series can have begun to count at `created`; otherwise a process with an unset clock wrote it.
///
/// An impossible time is forgotten. With the time of the restart instead, a reader would count all earlier increases as
/// later ones.
pub(super) fn could_be_true(created: f64, now: f64) -> bool {
    // A clock before 2020 is not set, and disproves nothing.
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
