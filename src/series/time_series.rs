//! One series, and the times of its life.

use std::time::Instant;

use super::value::SeriesValue;
use crate::author::family::Family;
use crate::author::reading::ReadItem;
use crate::author::reading::qualified_total::QualifiedTotal;
use crate::config::Kind;

/// One series.
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

/// The beginning of 2020: no state was written before.
const OLDEST: f64 = 1_577_836_800.0;

/// A day, in seconds: a clock that is in the wrong time zone now is no reason to forget what is right, and what is ahead by
/// less is true tomorrow.
const AHEAD: f64 = 86_400.0;

/// Times of one beginning that are computed from an uptime in whole seconds differ by less than this, in seconds.
const JITTER: f64 = 2.0;

impl TimeSeries {
    /// A series that begins in the poll of that number, at that Unix timestamp.
    pub(super) fn new(family: &Family, poll: u64, created: Option<f64>, now: f64, fresh: Instant) -> Self {
        let value = SeriesValue::new(family.kind, family.buckets);
        Self { value, created, fresh, changed: poll, listed: now }
    }

    /// Takes a point of the poll of that number; returns the value before and after if the point is a counter reset.
    pub(super) fn take(
        &mut self,
        point: &ReadItem,
        family: &Family,
        poll: u64,
        now: f64,
    ) -> Option<(f64, f64)> {
        let before = (family.kind == Kind::Counter).then(|| self.value.figure());
        let (changes, resets) = match point {
            ReadItem::Total(n) => {
                self.take_total(&QualifiedTotal { total: *n, since: None, noise: 0.0 }, now)
            }
            ReadItem::QualifiedTotal(total) => self.take_total(total, now),
            point => (self.value.take(point, family.buckets), false),
        };
        if changes {
            self.changed = poll;
        }
        before.filter(|_| resets).map(|before| (before, self.value.figure()))
    }

    /// Takes a running total; returns whether it changes the value, and whether it is a counter reset.
    fn take_total(&mut self, total: &QualifiedTotal<f64>, now: f64) -> (bool, bool) {
        let since = total.since.filter(|since| (0.0..now + AHEAD).contains(since));
        let began_later = since.zip(self.created).is_some_and(|(since, known)| since >= known + JITTER);
        let known = since.zip(self.created).filter(|(since, known)| (since - known).abs() < JITTER);
        self.created = known.map(|(_, known)| known).or(since);
        let noise = if began_later { 0.0 } else { total.noise };
        self.value.take_total(total.total, noise)
    }
}

/// Returns true if a series can have begun to count at `created`; otherwise a process with a wrong clock wrote it.
///
/// An impossible time is forgotten. With another time instead of it, such as that of the restart, a reader would take
/// all that was counted before for counted since.
pub(super) fn could_be_true(created: f64, now: f64) -> bool {
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
