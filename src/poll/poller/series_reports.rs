//! The reports on the series and IDs of a recorded poll.

use std::collections::BTreeMap;

use super::Poller;
use crate::series::events::{Fall, SeriesEvents};
use crate::series::label_text::in_braces;
use crate::support::log::{self, LogField};
use crate::support::memory_limit;

/// The reports on all metrics that had an event.
pub(super) type SeriesReports = BTreeMap<&'static str, SeriesReport>;

/// The past events of one metric, so that the log shows changes instead of repetitions.
#[derive(Debug, Default)]
pub(super) struct SeriesReport {
    /// True if an eviction was logged.
    evicted: bool,
    /// The last recorded polls as bits, the most recent in the lowest; a bit is set if a total was reset.
    resets: u16,
    /// True if a reset was logged.
    reset: bool,
    /// True if frequent resets were logged and each of the last [`POLLS`] polls since had a reset.
    frequent: bool,
    /// True if the last poll listed more IDs than can be retained.
    surplus: bool,
}

/// The number of recorded polls in which resets are counted.
const POLLS: u32 = 10;

const SURPLUS: &str = "more ids listed than can be retained";
const FREQUENT_RESETS: &str = "counter resets frequent";

/// The number of recorded polls with a reset from which on resets are frequent.
const FREQUENT: u32 = 3;

/// The news about the resets of a metric.
#[derive(Debug, PartialEq)]
enum Resets {
    First,
    Frequent,
}

impl SeriesReport {
    /// Notes a recorded poll, and returns its news, if any.
    fn note_resets(&mut self, any: bool) -> Option<Resets> {
        self.resets = (self.resets << 1 | u16::from(any)) & ((1 << POLLS) - 1);
        if self.resets == 0 {
            self.frequent = false;
        }
        if self.resets.count_ones() >= FREQUENT && !std::mem::replace(&mut self.frequent, true) {
            return Some(Resets::Frequent);
        }
        (any && !std::mem::replace(&mut self.reset, true)).then_some(Resets::First)
    }
}

impl Poller {
    /// Counts the events of series, and logs the first ones.
    pub(super) fn tell_events(&mut self, events: Vec<(&'static str, SeriesEvents)>, large: &[&str]) {
        let mut lives = std::mem::take(&mut self.state.lives);
        let mut events: BTreeMap<_, _> = events.into_iter().collect();
        for metric in events.keys() {
            lives.entry(*metric).or_default();
        }
        for (metric, life) in &mut lives {
            let events = events.remove(metric).unwrap_or_default();
            self.health.series_events(metric, &events);
            self.tell_evicted((metric, large.contains(metric)), &events, life);
            self.tell_resets(metric, &events, life);
            self.tell_surplus(metric, &events, life);
        }
        self.state.lives = lives;
        self.publish_ids();
    }

    /// Publishes the number of IDs that the metrics retain, and reserves memory for those beyond `once_ids_limit`.
    pub(super) fn publish_ids(&self) {
        self.api.memory().retain(self.shown.samples.surplus_ids() * memory_limit::ID);
        let ids: usize = self.shown.samples.ids().map(|(_, ids)| ids).sum();
        if ids > 0 {
            self.health.ids(ids);
        }
    }

    fn tell_evicted(&self, (metric, is_large): (&str, bool), events: &SeriesEvents, life: &mut SeriesReport) {
        let (count, Some(series)) = &events.evicted else { return };
        if !std::mem::replace(&mut life.evicted, true) {
            let hint = match is_large {
                true => {
                    "raise `memory_limit_bytes`, set `series_expire_after_sec`, or use fewer or shorter label values"
                }
                false => {
                    "raise `series_limit`, set `series_expire_after_sec`, or use labels with fewer values"
                }
            };
            let fields: [LogField<'_>; 4] =
                [("metric", &metric), ("count", count), ("series", &in_braces(series)), ("hint", &hint)];
            self.log(log::warning, "series evicted", &fields);
        }
    }

    fn tell_resets(
        &mut self,
        metric: &'static str,
        SeriesEvents { resets, .. }: &SeriesEvents,
        life: &mut SeriesReport,
    ) {
        let news = life.note_resets(resets.0 > 0);
        let (count, Some(Fall { labels, from, to })) = resets else { return };
        let (message, hint) = match news {
            None => return,
            Some(Resets::Frequent) if !self.starts(FREQUENT_RESETS, metric) => return,
            Some(Resets::First) => (
                "counter reset",
                "check that the API restarted the counter: `rate()` counts the whole new value again",
            ),
            Some(Resets::Frequent) => (
                FREQUENT_RESETS,
                "declare small falls with `Total(n).ignoring_falls_below(bound)`, or return a number that falls as a gauge",
            ),
        };
        let series = in_braces(labels);
        let fields: [LogField<'_>; 6] = [
            ("metric", &metric),
            ("count", count),
            ("series", &series),
            ("from", from),
            ("to", to),
            ("hint", &hint),
        ];
        self.log(log::warning, message, &fields);
    }

    fn tell_surplus(&mut self, metric: &'static str, events: &SeriesEvents, life: &mut SeriesReport) {
        let before = std::mem::replace(&mut life.surplus, events.surplus.is_some());
        let Some(listed) = events.surplus.filter(|_| !before) else { return };
        if self.starts(SURPLUS, metric) {
            let hint = "raise `once_ids_limit` above this number, or request a shorter time range: a forgotten ID counts again";
            let fields: [LogField<'_>; 3] = [("metric", &metric), ("listed", &listed), ("hint", &hint)];
            self.log(log::warning, SURPLUS, &fields);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reset_is_reported_and_each_phase_of_frequent_ones_once() {
        let mut life = SeriesReport::default();
        let mut news = |resets: &str| -> Vec<_> {
            resets.chars().filter_map(|poll| life.note_resets(poll == 'x')).collect()
        };
        assert_eq!(news("..x"), [Resets::First]);
        assert_eq!(news("..........x.........."), []);
        assert_eq!(news("x.x.x.x.x.xxxxxx"), [Resets::Frequent]);
        assert_eq!(news("....xxx"), []);
        assert_eq!(news("..........x.x....x"), [Resets::Frequent]);
    }
}
